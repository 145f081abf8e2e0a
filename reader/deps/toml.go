package deps

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"

	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// parseTOML reads a document; line is where it went wrong. Keys of tables keep their
// lines, which the library's own decoder does not tell.
func parseTOML(data []byte) (root *value, line int, err error) {
	p := &tomlReader{data: data, line: 1}
	p.p.Reset(data)
	root = &value{object: true, line: 1}
	table := root
	for p.p.NextExpression() {
		e := p.p.Expression()
		switch e.Kind {
		case unstable.Table, unstable.ArrayTable:
			if table = p.table(root, e); table == nil {
				return nil, p.line, errors.New("a table is no table above")
			}
		case unstable.KeyValue:
			if err := p.set(table, e, 0); err != nil {
				return nil, p.line, err
			}
		}
	}
	if err := p.p.Error(); err != nil {
		var bad *unstable.ParserError
		if errors.As(err, &bad) {
			err = errors.New(bad.Message)
			if len(bad.Highlight) > 0 {
				return nil, p.lineAt(p.p.Range(bad.Highlight).Offset), err
			}
		}
		return nil, p.line, err
	}
	return root, 0, nil
}

type tomlReader struct {
	p    unstable.Parser
	data []byte
	line int
	at   uint32
}

func (p *tomlReader) lineAt(offset uint32) int {
	if offset < p.at || int(offset) > len(p.data) {
		return lineOf(string(p.data), int(offset))
	}
	p.line += strings.Count(string(p.data[p.at:offset]), "\n")
	p.at = offset
	return p.line
}

// key is a dotted key and its line.
func (p *tomlReader) key(it unstable.Iterator) (keys []string, line int) {
	for it.Next() {
		n := it.Node()
		if line == 0 {
			line = p.lineAt(n.Raw.Offset)
		}
		keys = append(keys, string(n.Data))
	}
	return keys, line
}

// table gives the table that a header opens; nil where something else has its name.
func (p *tomlReader) table(root *value, e *unstable.Node) *value {
	keys, line := p.key(e.Key())
	if len(keys) == 0 {
		return nil
	}
	at := root
	for i, k := range keys {
		next := at.get(k)
		last := i == len(keys)-1
		switch {
		case next == nil && last && e.Kind == unstable.ArrayTable:
			next = &value{line: line}
			at.put(k, next)
		case next == nil:
			next = &value{line: line, object: true}
			at.put(k, next)
		}
		if last && e.Kind == unstable.ArrayTable {
			if next.object {
				return nil
			}
			item := &value{line: line, object: true}
			next.items = append(next.items, item)
			return item
		}
		if !next.object && len(next.items) > 0 {
			next = next.items[len(next.items)-1]
		}
		if !next.object {
			return nil
		}
		at = next
	}
	return at
}

func (v *value) put(key string, item *value) {
	v.keys, v.items = append(v.keys, key), append(v.items, item)
}

// set puts a key and its value into a table.
func (p *tomlReader) set(table *value, e *unstable.Node, depth int) error {
	keys, line := p.key(e.Key())
	item, err := p.value(e.Value(), line, depth)
	if err != nil || len(keys) == 0 {
		return err
	}
	for _, k := range keys[:len(keys)-1] {
		next := table.get(k)
		if next == nil {
			next = &value{line: line, object: true}
			table.put(k, next)
		}
		if !next.object {
			return fmt.Errorf("%s is no table", k)
		}
		table = next
	}
	table.put(keys[len(keys)-1], item)
	return nil
}

func (p *tomlReader) value(n *unstable.Node, line, depth int) (*value, error) {
	if depth > maxNesting {
		return nil, fmt.Errorf("it nests more than %d deep", maxNesting)
	}
	v := &value{line: line}
	switch n.Kind {
	case unstable.InlineTable:
		v.object = true
		for it := n.Children(); it.Next(); {
			if err := p.set(v, it.Node(), depth+1); err != nil {
				return nil, err
			}
		}
	case unstable.Array:
		for it := n.Children(); it.Next(); {
			c := it.Node()
			if c.Kind == unstable.Comment {
				continue
			}
			at := line
			if c.Raw.Length > 0 {
				at = p.lineAt(c.Raw.Offset)
			}
			item, err := p.value(c, at, depth+1)
			if err != nil {
				return nil, err
			}
			v.items = append(v.items, item)
		}
	default:
		v.text = string(n.Data)
	}
	return v, nil
}

// toml reads a file of a format, and notes a gap where it does not parse.
func (r *reader) toml(f tree.File, data []byte) *value {
	root, line, err := parseTOML(data)
	if err != nil {
		r.t.Malformed(f.Path, line, err, scorecard.Dependencies)
		return nil
	}
	return root
}

// crate is a Cargo.toml, kept until that of its workspace is read.
type crate struct {
	file   tree.File
	root   *value
	module *scorecard.Module
}

// cargoToml reads a crate, or the workspace of crates.
func (r *reader) cargoToml(f tree.File, data []byte) {
	root := r.toml(f, data)
	if root == nil {
		return
	}
	m := r.module(cargo, f.Folder(), "", f, "rust")
	m.Name = root.str("package", "name")
	m.Aggregate = root.get("package") == nil
	r.crates[f.Folder()] = &crate{f, root, m}
}

// finishCargo reads dependencies, with what crates take over from their workspace.
func (r *reader) finishCargo() {
	for _, m := range r.order {
		c := r.crates[m.Folder]
		if m.Ecosystem != cargo || c == nil {
			continue
		}
		workspace := r.workspaceOf(m.Folder)
		tables := []*value{c.root}
		c.root.get("target").each(func(_ string, t *value) { tables = append(tables, t) })
		for _, t := range tables {
			for _, of := range []struct{ key, scope string }{
				{"dependencies", scorecard.ScopeRuntime}, {"dev-dependencies", scorecard.ScopeTest}, {"build-dependencies", scorecard.ScopeBuild},
			} {
				t.get(of.key).each(func(name string, spec *value) { c.dependency(workspace, name, spec, of.scope) })
			}
		}
	}
}

// workspaceOf is the crate above whose workspace gives what its members take over.
func (r *reader) workspaceOf(folder string) *crate {
	for ; ; folder = path.Dir(folder) {
		if c := r.crates[folder]; c != nil && c.root.get("workspace") != nil {
			return c
		}
		if folder == "." || folder == "/" {
			return nil
		}
	}
}

func (c *crate) dependency(workspace *crate, name string, spec *value, scope string) {
	from, folder := spec, c.file.Folder()
	if spec.str("workspace") == "true" && workspace != nil {
		if shared := workspace.root.get("workspace", "dependencies", name); shared != nil {
			from, folder = shared, workspace.file.Folder()
		}
	}
	version := from.text
	if from.object {
		version = from.str("version")
	}
	if real := from.str("package"); real != "" {
		name = real
	}
	if ref := from.str("path"); ref != "" && scope == scorecard.ScopeRuntime {
		if p := below(folder, ref); p != "" {
			c.module.Local = append(c.module.Local, p)
		}
	}
	add(c.module, c.file.Path, spec.line, name, version, scope)
}
