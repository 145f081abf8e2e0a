package image

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/shell"
	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/reader/dotenv"
	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var composeName = lazyregexp.New(`^(?:.*[._-])?compose(?:[._-].*)?\.ya?ml$`)

func isCompose(base string) bool {
	return composeName.MatchString(base) && !strings.HasPrefix(base, "serverless")
}

// compose reads the services of a Compose file: those with an image start from it,
// those with a build make one; each is run as it says.
func (r *reader) compose(f tree.File, data []byte) {
	for _, doc := range yamldoc.Parse(data) {
		if doc.Err != nil {
			r.t.Malformed(f.Path, doc.ErrLine, doc.Err, scorecard.Images, scorecard.Runtime, scorecard.Infrastructure)
			continue
		}
		services := composeServices(doc.Root)
		if services == nil {
			continue
		}
		r.composeSecrets(f, yamldoc.Get(doc.Root, "secrets"), services)
		for i := 0; i+1 < len(services.Content); i += 2 {
			if services.Content[i].Tag != "!!merge" && !strings.HasPrefix(services.Content[i].Value, "x-") {
				r.composeService(f, doc.Root, services, services.Content[i].Value)
			}
		}
	}
}

// composeServices is the mapping of services; the first form of Compose had them at
// the top. Nil for a file that is no Compose file.
func composeServices(root *yaml.Node) *yaml.Node {
	root = yamldoc.Follow(root)
	if root == nil || root.Kind != yaml.MappingNode || yamldoc.Get(root, "apiVersion") != nil {
		return nil
	}
	if services := yamldoc.Get(root, "services"); services != nil {
		if services.Kind != yaml.MappingNode {
			return nil
		}
		return services
	}
	for i := 0; i+1 < len(root.Content); i += 2 {
		s := root.Content[i+1]
		if yamldoc.Get(s, "image") == nil && yamldoc.Get(s, "build") == nil {
			return nil
		}
	}
	if len(root.Content) == 0 {
		return nil
	}
	return root
}

func (r *reader) composeService(f tree.File, root, services *yaml.Node, name string) {
	service := yamldoc.Get(services, name)
	if service == nil || service.Kind != yaml.MappingNode {
		return
	}
	first := yamldoc.KeyLine(services, name)
	where := at(f.Path, first, yamldoc.LastLine(service))
	r.into.Infra = append(r.into.Infra, scorecard.Definition{Location: where, Tool: "compose", Deploys: true, Name: name})
	r.leaks(f, name, yamldoc.Get(service, "environment"))
	r.run(f, where, name, root, services, service)
	r.leaks(f, name, yamldoc.Get(service, "build", "args"))
	written := yamldoc.String(yamldoc.Get(service, "image"))
	image, unresolved := "", ""
	if written != "" {
		image, unresolved = r.interpolate(f.Folder(), written)
	}
	if yamldoc.Get(service, "build") != nil {
		made := name
		if written != "" {
			made = scorecard.ParseImage(image).Repository
			if unresolved != "" {
				// The tag is most often what is open: the name counts where it is whole.
				if repository := untagged(written); !strings.Contains(repository, "$") {
					made = repository
				} else {
					made = name
				}
			}
		}
		context, dockerfile := r.buildOf(f, service)
		b := scorecard.BuiltImage{Location: where, Tool: "compose", Name: made, Service: name}
		b = r.describe(b, f.Folder(), context, dockerfile)
		r.into.Built = append(r.into.Built, b)
		return
	}
	if written == "" {
		return
	}
	line := yamldoc.KeyLine(service, "image")
	if line == 0 { // it came by a merge key
		line = first
	}
	r.into.Images = append(r.into.Images, scorecard.BuildImage{
		Location: at(f.Path, line, line), Format: "compose", Image: scorecard.CleanImage(image), Unresolved: unresolved, Service: name,
	})
}

// untagged cuts a reference with variables in it at its tag.
func untagged(s string) string {
	depth := 0
	for i := len(s) - 1; i >= 0; i-- {
		switch s[i] {
		case '}':
			depth++
		case '{':
			depth--
		case '/':
			if depth == 0 {
				return s
			}
		case ':', '@':
			if depth == 0 {
				return s[:i]
			}
		}
	}
	return s
}

// interpolate fills in variables as Compose does: from the .env file beside it,
// else from the default that is written.
func (r *reader) interpolate(folder, s string) (value, unresolved string) {
	if !strings.Contains(s, "$") {
		return s, ""
	}
	if len(s) > 4096 {
		return "", "it is too long to be a reference"
	}
	res, err := shell.NewLex('\\').ProcessWordWithMatches(s, r.dotenv(folder))
	if err != nil {
		return s, "its variables have no default and are set where it is run"
	}
	open := make([]string, 0, len(res.Unmatched))
	for name := range res.Unmatched {
		if !dotenv.HasDefault(s, name) {
			open = append(open, name)
		}
	}
	if len(open) > 0 {
		slices.Sort(open)
		return s, fmt.Sprintf("variable %s has no default", open[0])
	}
	return res.Result, ""
}

// dotenv reads the .env file of a folder; only what an image names is used of it.
func (r *reader) dotenv(folder string) dotenv.Variables {
	if have, ok := r.env[folder]; ok {
		return have
	}
	out := dotenv.Variables{}
	if data, ok := r.t.Read(path.Join(folder, ".env"), scorecard.Images); ok {
		out = dotenv.Parse(data)
	}
	r.env[folder] = out
	return out
}
