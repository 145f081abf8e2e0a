package infra

import (
	"errors"
	"path"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// serverless reads a Serverless Framework service.
func (r *reader) serverless(f tree.File, data []byte) {
	r.documents(f, data, true, func(r *reader, f tree.File, doc yamldoc.Document) {
		root := doc.Root
		if yamldoc.Get(root, "provider") == nil && yamldoc.Get(root, "component") == nil {
			return
		}
		name := firstOf(literal(root, "service"), literal(root, "service", "name"))
		if yamldoc.Get(root, "functions") != nil || yamldoc.Get(root, "component") != nil {
			r.deploys(f, doc, "serverless", name)
		}
		if yamldoc.Get(root, "resources") != nil {
			r.provisions(f, doc, "serverless")
		}
	})
}

var serverlessService = lazyregexp.New(`(?m)^\s*service:\s*['"]([\w-]+)['"]`)

// serverlessCode reads a service that is written in TypeScript or JavaScript.
func (r *reader) serverlessCode(f tree.File, data []byte) {
	if m := serverlessService.FindSubmatchIndex(data); m != nil && strings.Contains(string(data), "provider") {
		line := 1 + strings.Count(string(data[:m[2]]), "\n")
		r.add(scorecard.Definition{Location: at(f.Path, line), Tool: "serverless", Deploys: true, Name: string(data[m[2]:m[3]])})
	}
}

// tomlFile decodes a file; a broken one is a gap.
func (r *reader) tomlFile(f tree.File, data []byte) map[string]any {
	out := map[string]any{}
	if err := toml.Unmarshal(data, &out); err != nil {
		line := 0
		var bad toml.ParseError
		if errors.As(err, &bad) {
			line, err = bad.Position.Line, errors.New(bad.Message)
			if bad.Message == "" {
				err = errors.New("it is not TOML")
			}
		}
		r.t.Malformed(f.Path, line, err, scorecard.Infrastructure)
		return nil
	}
	return out
}

func (r *reader) fly(f tree.File, data []byte) {
	if m := r.tomlFile(f, data); m != nil {
		name, _ := m["app"].(string)
		r.add(scorecard.Definition{Location: scorecard.Location{Path: f.Path}, Tool: "fly", Deploys: true, Name: plain(name)})
	}
}

func (r *reader) wrangler(f tree.File, data []byte) {
	if m := r.tomlFile(f, data); m["name"] != nil || m["main"] != nil {
		name, _ := m["name"].(string)
		r.add(scorecard.Definition{Location: scorecard.Location{Path: f.Path}, Tool: "cloudflare", Deploys: true, Name: plain(name)})
	}
}

var jsonName = lazyregexp.New(`"name"\s*:\s*"([^"]*)"`)

// wranglerJSON reads a worker's configuration, which may hold comments and trailing
// commas: the name is looked for in the text.
func (r *reader) wranglerJSON(f tree.File, data []byte) {
	d := scorecard.Definition{Location: scorecard.Location{Path: f.Path}, Tool: "cloudflare", Deploys: true}
	if m := jsonName.FindSubmatch(data); m != nil {
		d.Name = plain(string(m[1]))
	}
	r.add(d)
}

func (r *reader) netlify(f tree.File, data []byte) {
	m := r.tomlFile(f, data)
	build, _ := m["build"].(map[string]any)
	if base, _ := build["base"].(string); isSite(base) {
		return
	}
	if publish, _ := build["publish"].(string); isSite(publish) {
		return
	}
	if m["build"] != nil || m["functions"] != nil {
		r.add(scorecard.Definition{Location: scorecard.Location{Path: f.Path}, Tool: "netlify", Deploys: true})
	}
}

// siteFolders are those of pages about a program, which a platform shows; the program
// itself runs elsewhere.
var siteFolders = []string{"website", "docs", "doc", "documentation", "site", "www-docs", "docsite"}

func isSite(folder string) bool {
	first, _, _ := strings.Cut(strings.TrimPrefix(path.Clean("/"+folder), "/"), "/")
	return slices.Contains(siteFolders, first)
}

func (r *reader) vercel(f tree.File, data []byte) {
	r.documents(f, data, true, func(r *reader, f tree.File, doc yamldoc.Document) {
		if doc.Root.Kind == yaml.MappingNode {
			r.deploys(f, doc, "vercel", literal(doc.Root, "name"))
		}
	})
}

var process = lazyregexp.New(`^[A-Za-z0-9_-]+:\s*\S`)

// procfile reads the process types of Heroku and its kin.
func (r *reader) procfile(f tree.File, data []byte) {
	for i, line := range strings.Split(string(data), "\n") {
		if process.MatchString(line) {
			r.add(scorecard.Definition{Location: at(f.Path, i+1), Tool: "procfile", Deploys: true})
			return
		}
	}
}

// render reads a Render blueprint: services and the databases that they need.
func (r *reader) render(f tree.File, data []byte) {
	r.documents(f, data, true, func(r *reader, f tree.File, doc yamldoc.Document) {
		for _, s := range yamldoc.Items(yamldoc.Get(doc.Root, "services")) {
			if text(s, "type") != "" {
				r.item(f, s, "render", literal(s, "name"))
			}
		}
		if len(yamldoc.Items(yamldoc.Get(doc.Root, "databases"))) > 0 {
			r.add(scorecard.Definition{Location: lines(f, doc.Root, "databases"), Tool: "render", Provisions: true})
		}
	})
}

// item adds a member of a list that says how a service is run.
func (r *reader) item(f tree.File, n *yaml.Node, tool, name string) {
	where := scorecard.Location{Path: f.Path, FirstLine: n.Line, LastLine: yamldoc.LastLine(n)}
	r.add(scorecard.Definition{Location: where, Tool: tool, Deploys: true, Name: name})
}

func (r *reader) appRunner(f tree.File, data []byte) {
	r.documents(f, data, true, func(r *reader, f tree.File, doc yamldoc.Document) {
		if yamldoc.Get(doc.Root, "runtime") != nil && yamldoc.Get(doc.Root, "run") != nil {
			r.deploys(f, doc, "app-runner", "")
		}
	})
}

func (r *reader) dockerrun(f tree.File, data []byte) {
	r.documents(f, data, true, func(r *reader, f tree.File, doc yamldoc.Document) {
		if yamldoc.Get(doc.Root, "AWSEBDockerrunVersion") != nil {
			r.deploys(f, doc, "elastic-beanstalk", "")
		}
	})
}

// azd reads an Azure Developer CLI project: each service says what hosts it.
func (r *reader) azd(f tree.File, data []byte) {
	r.documents(f, data, false, func(r *reader, f tree.File, doc yamldoc.Document) {
		services := yamldoc.Get(doc.Root, "services")
		if services == nil || services.Kind != yaml.MappingNode {
			return
		}
		for i := 0; i+1 < len(services.Content); i += 2 {
			if name := services.Content[i].Value; text(services, name, "host") != "" {
				r.add(scorecard.Definition{Location: lines(f, services, name), Tool: "azure-developer-cli", Deploys: true, Name: plain(name)})
			}
		}
	})
}

// copilot reads the manifest of an AWS Copilot service or job.
func (r *reader) copilot(f tree.File, doc yamldoc.Document) {
	switch typ := text(doc.Root, "type"); {
	case strings.HasSuffix(typ, "Service") || strings.HasSuffix(typ, "Job") || typ == "Static Site":
		r.deploys(f, doc, "copilot", literal(doc.Root, "name"))
	}
}

func (r *reader) digitalOcean(f tree.File, doc yamldoc.Document) {
	for _, kind := range []string{"services", "workers", "jobs", "functions", "static_sites"} {
		for _, s := range yamldoc.Items(yamldoc.Get(doc.Root, kind)) {
			r.item(f, s, "digitalocean", literal(s, "name"))
		}
	}
}

// kamal reads the deployment of Kamal, which Rails generates.
func (r *reader) kamal(f tree.File, doc yamldoc.Document) {
	if yamldoc.Get(doc.Root, "service") != nil && yamldoc.Get(doc.Root, "image") != nil && yamldoc.Get(doc.Root, "servers") != nil {
		r.deploys(f, doc, "kamal", literal(doc.Root, "service"))
	}
}

// isAppEngine: a file of that name with a runtime and what App Engine alone has, or
// nothing but what it has.
func isAppEngine(f tree.File, root *yaml.Node) bool {
	base := strings.ToLower(f.Base())
	if base != "app.yaml" && base != "app.yml" && !strings.HasSuffix(base, ".app.yaml") && !strings.HasPrefix(base, "app.") && !strings.HasPrefix(base, "app-") {
		return false
	}
	return text(root, "runtime") != ""
}
