package pipeline

import (
	"bytes"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// dependabot reads the updates that Dependabot is told to make.
func (r *reader) dependabot(f tree.File, data []byte) {
	for _, root := range r.roots(f, data) {
		for _, u := range yamldoc.Items(get(root, "updates")) {
			name := text(u, "package-ecosystem")
			if name == "" {
				continue
			}
			folders := append(list(get(u, "directories")), list(get(u, "directory"))...)
			for i, d := range folders {
				folders[i] = strings.Trim(strings.TrimSpace(d), "/")
				if folders[i] == "" {
					folders[i] = "."
				}
			}
			r.into.Updates = append(r.into.Updates, scorecard.UpdateBot{Location: where(f.Path, u), Bot: "dependabot", Ecosystems: []string{ecosystemName(name)}, Folders: folders})
		}
	}
}

// ecosystemName is the one name of those that mean the same files.
func ecosystemName(name string) string {
	switch name {
	case "uv":
		return "pip"
	case "bun":
		return "npm"
	}
	return name
}

// managers are Renovate's names of the ecosystems, where they are others.
var managers = map[string]string{
	"gomod": "gomod", "npm": "npm", "bun": "npm", "maven": "maven", "gradle": "gradle", "bundler": "bundler", "cargo": "cargo", "composer": "composer", "nuget": "nuget", "mix": "mix", "pub": "pub", "swift": "swift",
	"dockerfile": "docker", "github-actions": "github-actions", "pip_requirements": "pip", "pip_setup": "pip", "pip-compile": "pip", "pipenv": "pip", "poetry": "pip", "pep621": "pip", "setup-cfg": "pip",
}

// renovate reads Renovate's configuration: JSON, or JSON with comments.
func (r *reader) renovate(f tree.File, data []byte) {
	docs := yamldoc.Parse(plainJSON(data))
	if len(docs) == 0 {
		return
	}
	if docs[0].Err != nil {
		r.t.Malformed(f.Path, docs[0].ErrLine, docs[0].Err, scorecard.Pipelines)
		return
	}
	if docs[0].Root != nil && docs[0].Root.Kind == yaml.MappingNode {
		r.renovateOf(f.Path, docs[0].Root)
	}
}

// renovateInPackage reads what a package.json says to Renovate.
func (r *reader) renovateInPackage(f tree.File, data []byte) {
	if !bytes.Contains(data, []byte(`"renovate"`)) {
		return
	}
	for _, d := range yamldoc.Parse(data) {
		if n := get(d.Root, "renovate"); n != nil && n.Kind == yaml.MappingNode {
			r.renovateOf(f.Path, n)
		}
	}
}

func (r *reader) renovateOf(file string, n *yaml.Node) {
	b := scorecard.UpdateBot{Location: where(file, n), Bot: "renovate"}
	if text(n, "enabled") == "false" {
		b.Disabled = "it is set to `enabled: false`"
	}
	enabled := list(get(n, "enabledManagers"))
	off := map[string]bool{}
	for _, e := range entries(n) {
		if managers[e.key] != "" && text(e.value, "enabled") == "false" {
			off[managers[e.key]] = true
		}
	}
	for _, preset := range list(get(n, "extends")) {
		if preset == ":disableRenovate" {
			b.Disabled = "it extends :disableRenovate"
		}
	}
	if len(enabled) > 0 {
		for _, m := range enabled {
			b.Ecosystems = append(b.Ecosystems, first(managers[m], m))
		}
	} else if len(off) > 0 {
		for _, m := range sortedKeys(managers) {
			if e := managers[m]; !off[e] {
				b.Ecosystems = append(b.Ecosystems, e)
			}
		}
	}
	b.Folders = prefixes(list(get(n, "includePaths")))
	b.Ignored = prefixes(list(get(n, "ignorePaths")))
	r.into.Updates = append(r.into.Updates, b)
}

// plainJSON blanks comments outside of strings, and trailing commas that YAML would not take.
func plainJSON(data []byte) []byte {
	out := bytes.Clone(data)
	quote := byte(0)
	for i := 0; i < len(out); i++ {
		c := out[i]
		switch {
		case c == '\\' && quote != 0:
			i++
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '\t':
			out[i] = ' '
		case c == '/' && i+1 < len(out) && (out[i+1] == '/' || out[i+1] == '*'):
			end := bytes.IndexByte(out[i:], '\n')
			if out[i+1] == '*' {
				if end = bytes.Index(out[i:], []byte("*/")); end >= 0 {
					end += 2
				}
			}
			if end < 0 {
				end = len(out) - i
			}
			for j := i; j < i+end; j++ {
				if out[j] != '\n' {
					out[j] = ' '
				}
			}
		}
	}
	return out
}

// pyup and steward are bots for one language.
func (r *reader) pyup(f tree.File, data []byte) {
	for _, root := range r.roots(f, data) {
		b := scorecard.UpdateBot{Location: where(f.Path, root), Bot: "pyup", Ecosystems: []string{"pip"}}
		if text(root, "update") == "false" {
			b.Disabled = "it is set to `update: false`"
		}
		r.into.Updates = append(r.into.Updates, b)
	}
}

func (r *reader) steward(f tree.File, _ []byte) {
	r.into.Updates = append(r.into.Updates, scorecard.UpdateBot{Location: at(f.Path, 1, 1), Bot: "scala-steward", Ecosystems: []string{"sbt", "maven", "gradle"}})
}
