package deps

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// value is a JSON or TOML value with its line.
type value struct {
	line int
	// text is that of a scalar; of an object keys and items go together, of an array
	// keys is nil.
	text   string
	object bool
	keys   []string
	items  []*value
}

func (v *value) get(keys ...string) *value {
	for _, k := range keys {
		if v == nil || !v.object {
			return nil
		}
		var found *value
		for i, have := range v.keys {
			if have == k {
				found = v.items[i]
			}
		}
		v = found
	}
	return v
}

// str is the text of a scalar below; empty where there is none.
func (v *value) str(keys ...string) string {
	if n := v.get(keys...); n != nil {
		return n.text
	}
	return ""
}

// each calls do for the members of an object.
func (v *value) each(do func(key string, item *value)) {
	if v == nil || !v.object {
		return
	}
	for i, k := range v.keys {
		do(k, v.items[i])
	}
}

// list are the items of an array.
func (v *value) list() []*value {
	if v == nil || v.object {
		return nil
	}
	return v.items
}

const maxNesting = 100

// parseJSON reads a document; line is where it went wrong.
func parseJSON(data []byte) (root *value, line int, err error) {
	p := &jsonReader{d: json.NewDecoder(bytes.NewReader(data)), data: data, line: 1}
	p.d.UseNumber()
	root, err = p.value(0)
	if err == nil {
		if _, more := p.d.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("more follows the value")
		}
	}
	if err != nil {
		at := p.d.InputOffset()
		var bad *json.SyntaxError
		if errors.As(err, &bad) {
			at = bad.Offset
		}
		return nil, lineOf(string(data), int(at)), err
	}
	return root, 0, nil
}

type jsonReader struct {
	d    *json.Decoder
	data []byte
	line int // of the offset up to which lines were counted
	at   int64
}

func (p *jsonReader) here() int {
	if at := p.d.InputOffset(); at > p.at && at <= int64(len(p.data)) {
		p.line += bytes.Count(p.data[p.at:at], []byte("\n"))
		p.at = at
	}
	return p.line
}

func (p *jsonReader) value(depth int) (*value, error) {
	if depth > maxNesting {
		return nil, fmt.Errorf("it nests more than %d deep", maxNesting)
	}
	token, err := p.d.Token()
	if err != nil {
		return nil, err
	}
	v := &value{line: p.here()}
	switch t := token.(type) {
	case json.Delim:
		v.object = t == '{'
		for p.d.More() {
			if v.object {
				key, err := p.d.Token()
				if err != nil {
					return nil, err
				}
				name, ok := key.(string)
				if !ok {
					return nil, errors.New("a key is no text")
				}
				v.keys = append(v.keys, name)
			}
			line := p.here()
			item, err := p.value(depth + 1)
			if err != nil {
				return nil, err
			}
			if v.object {
				item.line = line
			}
			v.items = append(v.items, item)
		}
		_, err = p.d.Token()
		return v, err
	case string:
		v.text = t
	case json.Number:
		v.text = t.String()
	case bool:
		v.text = fmt.Sprint(t)
	}
	return v, nil
}

// packageJSON reads an npm package.
func (r *reader) packageJSON(f tree.File, data []byte) {
	root, line, err := parseJSON(data)
	if err != nil {
		r.t.Malformed(f.Path, line, err, scorecard.Dependencies)
		return
	}
	if !root.object {
		return
	}
	language := "javascript"
	if root.get("devDependencies", "typescript") != nil || root.get("dependencies", "typescript") != nil || r.t.Has(path.Join(f.Folder(), "tsconfig.json")) {
		language = "typescript"
	}
	m := r.module(npm, f.Folder(), "", f, language)
	m.Name = root.str("name")
	own := 0
	for _, of := range []struct{ key, scope string }{
		{"dependencies", scorecard.ScopeRuntime}, {"optionalDependencies", scorecard.ScopeRuntime},
		{"peerDependencies", scorecard.ScopeRuntime}, {"devDependencies", scorecard.ScopeDev},
	} {
		root.get(of.key).each(func(name string, version *value) {
			if of.scope == scorecard.ScopeRuntime {
				own++
			}
			npmDependency(m, f, name, version, of.scope)
		})
	}
	holds := root.get("workspaces") != nil || r.t.Has(path.Join(f.Folder(), "pnpm-workspace.yaml")) || r.t.Has(path.Join(f.Folder(), "lerna.json"))
	m.Aggregate = holds && own == 0
	m.Program = root.str("scripts", "start") != "" || root.str("scripts", "serve") != "" || root.str("scripts", "start:prod") != ""
	if role := root.str("backstage", "role"); role != "" {
		m.Program = role == "frontend" || role == "backend"
		r.libraries[m] = !m.Program
	}
}

// npmDependency adds a dependency of a package: an alias is what it stands for, and a path
// or the workspace's own package is a module of the repository.
func npmDependency(m *scorecard.Module, f tree.File, name string, version *value, scope string) {
	spec := version.text
	if alias, ok := strings.CutPrefix(spec, "npm:"); ok {
		if i := strings.LastIndexByte(alias, '@'); i > 0 {
			name, spec = alias[:i], alias[i+1:]
		} else {
			name, spec = alias, ""
		}
	}
	for _, kind := range []string{"file:", "link:", "portal:"} {
		if ref, ok := strings.CutPrefix(spec, kind); ok {
			if p := below(f.Folder(), ref); p != "" && scope == scorecard.ScopeRuntime {
				m.Local = append(m.Local, p)
			}
		}
	}
	add(m, f.Path, version.line, name, withoutURL(spec), scope)
}

// withoutURL leaves out a version that is an address, which may hold a password.
func withoutURL(version string) string {
	if strings.Contains(version, "://") || strings.Contains(version, "@") || len(version) > 100 {
		return ""
	}
	return version
}

// composer reads a package of PHP's Composer.
func (r *reader) composer(f tree.File, data []byte) {
	root, line, err := parseJSON(data)
	if err != nil {
		r.t.Malformed(f.Path, line, err, scorecard.Dependencies)
		return
	}
	if !root.object {
		return
	}
	m := r.module(packagist, f.Folder(), "", f, "php")
	m.Name = strings.ToLower(root.str("name"))
	for _, of := range []struct{ key, scope string }{{"require", scorecard.ScopeRuntime}, {"require-dev", scorecard.ScopeDev}} {
		root.get(of.key).each(func(name string, version *value) {
			if name = strings.ToLower(name); strings.Contains(name, "/") || strings.HasPrefix(name, "ext-") {
				add(m, f.Path, version.line, name, withoutURL(version.text), of.scope)
			}
		})
	}
}
