package image

import (
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/reader/credential"
	"github.com/seaworthy-dev/seaworthy/reader/dotenv"
	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// maxGiven is how many files and folders are kept of what a service is given.
const maxGiven = 50

// given are the files and folders of the repository that a service is given: what it
// mounts, the files of its environment, and those of its secrets and configurations.
func (r *reader) given(f tree.File, root, service *yaml.Node) (out []string) {
	add := func(written string) {
		if p := r.inside(f, written); p != "" && !slices.Contains(out, p) && len(out) < maxGiven {
			out = append(out, p)
		}
	}
	for _, v := range yamldoc.Items(yamldoc.Get(service, "volumes")) {
		add(r.mounted(f, v))
	}
	for _, x := range envFiles(service) {
		add(yamldoc.String(x))
	}
	for _, key := range []string{"secrets", "configs"} {
		for _, name := range grants(service, key) {
			add(yamldoc.String(yamldoc.Get(root, key, name, "file")))
		}
	}
	slices.Sort(out)
	return out
}

// mounted is the path that a volume binds, in the short form or the long one; empty for a
// volume with a name.
func (r *reader) mounted(f tree.File, volume *yaml.Node) string {
	if volume.Kind == yaml.MappingNode {
		if yamldoc.String(yamldoc.Get(volume, "type")) != "bind" {
			return ""
		}
		return yamldoc.String(yamldoc.Get(volume, "source"))
	}
	filled, unresolved := r.interpolate(f.Folder(), yamldoc.String(volume))
	from, _, found := strings.Cut(filled, ":")
	if unresolved != "" || !found || !strings.HasPrefix(from, ".") {
		return ""
	}
	return from
}

// inside is a path as it is written in a Compose file, from the root of the repository;
// empty for what is outside of it or all of it.
func (r *reader) inside(f tree.File, written string) string {
	if written == "" || path.IsAbs(written) || strings.HasPrefix(written, "~") {
		return ""
	}
	filled, unresolved := r.interpolate(f.Folder(), written)
	if unresolved != "" || path.IsAbs(filled) {
		return ""
	}
	p := path.Join(f.Folder(), filled)
	if p == "." || p == ".." || strings.HasPrefix(p, "../") {
		return ""
	}
	return p
}

// envFiles are the paths of the files of a service's environment, as they are written.
func envFiles(service *yaml.Node) (out []*yaml.Node) {
	files := yamldoc.Get(service, "env_file")
	if files != nil && files.Kind == yaml.ScalarNode {
		return []*yaml.Node{files}
	}
	for _, x := range yamldoc.Items(files) {
		if x.Kind == yaml.MappingNode {
			x = yamldoc.Get(x, "path")
		}
		if x != nil {
			out = append(out, x)
		}
	}
	return out
}

// maxEnvFile is how large a file of variables may be, in bytes.
const maxEnvFile = 1 << 20

// samples are the names of what is copied to a file of variables that is not kept in
// version control, and then filled in by hand.
func samples(p string) (out []string) {
	folder, base := path.Split(p)
	for _, word := range []string{"sample", "example", "template", "dist", "defaults"} {
		for _, sign := range []string{".", "-", "_"} {
			out = append(out, folder+base+sign+word)
		}
		out = append(out, folder+word+base)
	}
	return out
}

// filedSecrets adds the variables of files of a service's environment that hold a secret,
// besides those that its environment itself sets: with the value of a file that is kept
// here, and without one where there is no more than a sample of it.
func (r *reader) filedSecrets(f tree.File, service *yaml.Node, have []scorecard.RunSecret) []scorecard.RunSecret {
	for _, x := range envFiles(service) {
		p := r.inside(f, yamldoc.String(x))
		if p == "" {
			continue
		}
		file, plain := p, r.t.Has(p)
		if !plain {
			i := slices.IndexFunc(samples(p), r.t.Has)
			if i < 0 {
				continue
			}
			p = samples(p)[i]
		}
		data, ok := r.t.Peek(p, maxEnvFile)
		if !ok {
			continue
		}
		variables := dotenv.Parse(data)
		for _, name := range variables.Keys() {
			value := variables[name]
			if len(have) >= maxSecrets || plain && strings.TrimSpace(value) == "" || !credential.Takes(name, value) || !variableName.MatchString(name) ||
				credential.ShowsKey(name) || slices.ContainsFunc(have, func(s scorecard.RunSecret) bool { return s.Name == name }) {
				continue
			}
			have = append(have, scorecard.RunSecret{Name: name, FirstLine: x.Line, Plain: plain, File: file})
		}
	}
	return have
}
