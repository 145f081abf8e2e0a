package scrape

import (
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var composeName = lazyregexp.New(`^(?:.*[._-])?compose(?:[._-].*)?\.ya?ml$`)

// ofCompose marks the jobs of configurations that a Compose file mounts, or builds into an
// image: that Prometheus scrapes the other containers of its Compose network, and nothing
// of a cluster. What a kustomization or a chart makes of the same file is an object, which
// package kube hands over.
func ofCompose(t *tree.Tree, jobs []scorecard.Scrape) []scorecard.Scrape {
	if len(jobs) == 0 {
		return nil
	}
	mounted, built := composed(t)
	for i := range jobs {
		j := &jobs[i]
		folder := path.Dir(j.Location.Path)
		j.Compose = built[folder] || mounted[j.Location.Path] || mounted[folder]
	}
	return slices.DeleteFunc(jobs, func(j scorecard.Scrape) bool { return j.Compose && len(j.Targets) == 0 })
}

// composed are the files and folders that Compose files mount, and the folders that they
// build images of.
func composed(t *tree.Tree) (mounted, built map[string]bool) {
	mounted, built = map[string]bool{}, map[string]bool{}
	for _, f := range t.All() {
		if !composeName.MatchString(f.Base()) {
			continue
		}
		data, ok := t.Read(f.Path)
		if !ok {
			continue
		}
		note := func(set map[string]bool, source string) {
			for _, here := range []string{"${PWD}", "$PWD"} {
				source = strings.Replace(source, here, ".", 1)
			}
			if p := path.Join(f.Folder(), source); source != "" && !path.IsAbs(source) && p != "." && p != f.Folder() {
				set[p] = true
			}
		}
		for _, doc := range yamldoc.Parse(data) {
			if doc.Err != nil {
				continue // its own reader says so
			}
			for _, c := range values(yamldoc.Get(doc.Root, "configs")) {
				note(mounted, yamldoc.String(yamldoc.Get(c, "file")))
			}
			for _, s := range values(yamldoc.Get(doc.Root, "services")) {
				for _, v := range yamldoc.Items(yamldoc.Get(s, "volumes")) {
					source, _, _ := strings.Cut(yamldoc.String(v), ":")
					if v.Kind == yaml.MappingNode {
						source = yamldoc.String(yamldoc.Get(v, "source"))
					}
					note(mounted, source)
				}
				build := yamldoc.Get(s, "build")
				note(built, yamldoc.String(build))
				note(built, yamldoc.String(yamldoc.Get(build, "context")))
			}
		}
	}
	return mounted, built
}

// values are those of a mapping.
func values(n *yaml.Node) (out []*yaml.Node) {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 1; i < len(n.Content); i += 2 {
		out = append(out, yamldoc.Follow(n.Content[i]))
	}
	return out
}
