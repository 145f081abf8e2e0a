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

// jobs are those that were found in files, with the targets that have variables in them.
type jobs struct {
	all  []scorecard.Scrape
	open [][]string // beside all
}

func (j *jobs) add(root *yaml.Node, at scorecard.Location) {
	f := finder{at: at, open: map[int][]string{}}
	f.find(root)
	for i := range f.out {
		j.all, j.open = append(j.all, f.out[i]), append(j.open, f.open[i])
	}
}

// ofCompose marks the jobs of configurations that a Compose file mounts, or builds into an
// image: that Prometheus scrapes the other containers of its Compose network, and nothing
// of a cluster. The variables in their targets are those of the container. What a
// kustomization or a chart makes of the same file is an object, which package kube hands over.
func (j *jobs) ofCompose(t *tree.Tree) (out []scorecard.Scrape) {
	if len(j.all) == 0 {
		return nil
	}
	c := composed(t)
	for i, s := range j.all {
		folder := path.Dir(s.Location.Path)
		users := slices.Concat(c.built[folder], c.mounted[s.Location.Path], c.mounted[folder])
		s.Compose = len(users) > 0
		if s.Compose && len(j.open[i]) > 0 {
			env := c.environment(users)
			for _, written := range j.open[i] {
				s.Targets = add(s.Targets, hostOf(filled(written, env)))
			}
		}
		if len(s.Targets) > 0 || !s.Compose && (s.Annotated || s.Discovered) {
			out = append(out, s)
		}
	}
	return out
}

// compose is what Compose files say of configurations.
type compose struct {
	t *tree.Tree
	// mounted are the files and folders that services mount, built the folders that their
	// images are built of.
	mounted, built map[string][]user
	// dotenv are the variables of the .env files of folders.
	dotenv map[string]map[string]string
}

// user is a service that uses a configuration.
type user struct {
	folder  string // of its Compose file
	service *yaml.Node
}

// composed reads the Compose files.
func composed(t *tree.Tree) *compose {
	c := &compose{t: t, mounted: map[string][]user{}, built: map[string][]user{}, dotenv: map[string]map[string]string{}}
	for _, f := range t.All() {
		if !composeName.MatchString(f.Base()) {
			continue
		}
		data, ok := t.Read(f.Path)
		if !ok {
			continue
		}
		for _, doc := range yamldoc.Parse(data) {
			if doc.Err == nil { // its own reader says so
				c.document(f.Folder(), doc.Root)
			}
		}
	}
	return c
}

func (c *compose) document(folder string, root *yaml.Node) {
	note := func(set map[string][]user, source string, service *yaml.Node) {
		for _, here := range []string{"${PWD}", "$PWD"} {
			source = strings.Replace(source, here, ".", 1)
		}
		if strings.Contains(source, "$") {
			source = filled(source, c.variables(folder))
		}
		if p := path.Join(folder, source); source != "" && !path.IsAbs(source) && p != "." && p != folder {
			set[p] = append(set[p], user{folder, service})
		}
	}
	for _, s := range values(yamldoc.Get(root, "services")) {
		for _, v := range yamldoc.Items(yamldoc.Get(s, "volumes")) {
			source, _, _ := strings.Cut(yamldoc.String(v), ":")
			if v.Kind == yaml.MappingNode {
				source = yamldoc.String(yamldoc.Get(v, "source"))
			}
			note(c.mounted, source, s)
		}
		for _, v := range yamldoc.Items(yamldoc.Get(s, "configs")) {
			name := yamldoc.String(v)
			if v.Kind == yaml.MappingNode {
				name = yamldoc.String(yamldoc.Get(v, "source"))
			}
			note(c.mounted, yamldoc.String(yamldoc.Get(root, "configs", name, "file")), s)
		}
		build := yamldoc.Get(s, "build")
		note(c.built, yamldoc.String(build), s)
		note(c.built, yamldoc.String(yamldoc.Get(build, "context")), s)
	}
	for _, x := range values(yamldoc.Get(root, "configs")) {
		note(c.mounted, yamldoc.String(yamldoc.Get(x, "file")), nil)
	}
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
