package kube

import (
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
)

const (
	// maxElements is how many Applications one ApplicationSet makes here.
	maxElements = 300
	// maxGenerators is how deep generators hold generators; Argo CD allows two.
	maxGenerators = 3
	// maxElementBytes is how large a file of a git generator may be.
	maxElementBytes = 64 << 10
	// maxParams is how many parameters one element may have.
	maxParams = 2_000
)

// params are what an ApplicationSet's generators give to its template, flat: nested
// keys are joined with dots, `path.segments.0` is an item of a list.
type params map[string]string

func (p params) list(name string, i int, value string) { p[name+"."+strconv.Itoa(i)] = value }

var (
	placeholder = lazyregexp.New(`\{\{-?\s*([^{}]*?)\s*-?\}\}`)
	indexOf     = lazyregexp.New(`^index \.?([\w.]+) (\d+)$`)
	bracket     = lazyregexp.New(`\[(\d+)\]`)
)

// fill puts parameters into a text: `{{ name }}` as well as `{{ .name }}`. known is
// false where a placeholder is left; it stays as it is. Nothing is evaluated.
func (p params) fill(text string) (out string, known bool) {
	if !strings.Contains(text, "{{") {
		return text, true
	}
	known = true
	room := maxFilled
	out = placeholder.ReplaceAllStringFunc(text, func(ref string) string {
		name := placeholder.FindStringSubmatch(ref)[1]
		if m := indexOf.FindStringSubmatch(name); m != nil {
			name = m[1] + "." + m[2]
		}
		name = bracket.ReplaceAllString(strings.TrimPrefix(name, "."), ".$1")
		value, ok := p[name]
		if !ok || len(value) > room {
			known = false
			return ref
		}
		room -= len(value)
		return value
	})
	return out, known && !strings.Contains(out, "{{")
}

// fillAll gives a copy of the node with parameters in all its texts.
func (p params) fillAll(n *yaml.Node) *yaml.Node {
	out := copyOf(plain(n))
	if len(p) > 0 {
		walk(out, func(x *yaml.Node) {
			if x.Kind == yaml.ScalarNode && x.Tag == "!!str" {
				x.Value, _ = p.fill(x.Value)
			}
		})
	}
	return out
}

// flatten adds a value, with all that is in it, under a name.
func (p params) flatten(name string, n *yaml.Node) {
	n = yamldoc.Follow(n)
	if n == nil || len(p) >= maxParams {
		return
	}
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := n.Content[i].Value
			if name != "" {
				key = name + "." + key
			}
			p.flatten(key, n.Content[i+1])
		}
	case yaml.SequenceNode:
		for i, item := range n.Content {
			p.flatten(name+"."+strconv.Itoa(i), item)
		}
	case yaml.ScalarNode:
		if name != "" {
			p[name] = yamldoc.String(n)
		}
	}
}

func (p params) with(q params) params {
	out := make(params, len(p)+len(q))
	maps.Copy(out, p)
	maps.Copy(out, q)
	return out
}

// generator makes the parameters of one ApplicationSet.
type generator struct {
	r       *reader
	unclear string
	full    bool
}

// generate gives the elements of a generator: of a list, of folders and files of this
// repository, and of combinations of those. A generator of clusters gives one element
// for all clusters, in which nothing is known but the values written beside it.
// outer are parameters that its own fields may use.
func (g *generator) generate(n *yaml.Node, outer params, depth int) []params {
	if n == nil || n.Kind != yaml.MappingNode || depth >= maxGenerators {
		return nil
	}
	var out []params
	for i := 0; i+1 < len(n.Content); i += 2 {
		kind, body := n.Content[i].Value, yamldoc.Follow(n.Content[i+1])
		switch kind {
		case "list":
			for _, e := range yamldoc.Items(yamldoc.Get(body, "elements")) {
				p := params{}
				p.flatten("", e)
				out = append(out, p)
			}
			if yamldoc.Get(body, "elementsYaml") != nil {
				g.unclear = kind
			}
		case "git":
			out = append(out, g.git(body, outer)...)
		case "clusters":
			p := params{}
			p.flatten("values", yamldoc.Get(body, "values"))
			out = append(out, p)
		case "matrix":
			out = append(out, g.matrix(yamldoc.Items(yamldoc.Get(body, "generators")), outer, depth)...)
		case "merge":
			out = append(out, g.merge(body, outer, depth)...)
		case "selector", "template":
		default:
			g.unclear = kind
		}
		if len(out) > maxElements {
			g.full = true
			return out[:maxElements]
		}
	}
	return out
}

// git lists folders or files of this repository.
func (g *generator) git(body *yaml.Node, outer params) []params {
	values := params{}
	values.flatten("values", yamldoc.Get(body, "values"))
	var out []params
	take := func(p params) {
		own := maps.Clone(p)
		for k, v := range values {
			p[k], _ = own.fill(v)
		}
		out = append(out, p)
	}
	if dirs := yamldoc.Items(yamldoc.Get(body, "directories")); len(dirs) > 0 {
		for _, folder := range g.r.t.Folders() {
			if folder != "." && g.wanted(dirs, folder, outer) {
				take(folderParams(folder))
			}
			if len(out) > maxElements {
				return out
			}
		}
	}
	if files := yamldoc.Items(yamldoc.Get(body, "files")); len(files) > 0 {
		for _, f := range g.r.t.Files() {
			if !isManifestName(f.Base()) || !g.wanted(files, f.Path, outer) {
				continue
			}
			for _, p := range g.file(f.Path) {
				take(p)
			}
			if len(out) > maxElements {
				return out
			}
		}
	}
	return out
}

// file gives the elements that a file of a git generator holds: itself, or its items.
func (g *generator) file(file string) []params {
	b, ok := g.r.read(file, hides()...)
	if !ok || len(b) > maxElementBytes {
		return nil
	}
	var out []params
	for _, doc := range yamldoc.Parse(b) {
		if doc.Err != nil || doc.Root == nil {
			continue
		}
		elements := yamldoc.Items(doc.Root)
		if elements == nil {
			elements = []*yaml.Node{doc.Root}
		}
		for _, e := range elements {
			p := folderParams(path.Dir(file))
			p["path.filename"], p["path.filenameNormalized"] = path.Base(file), normalized(path.Base(file))
			p.flatten("", e)
			out = append(out, p)
		}
	}
	return out
}

// wanted matches a path with the patterns of a git generator; exclusions win.
func (g *generator) wanted(patterns []*yaml.Node, p string, outer params) bool {
	ok := false
	for _, n := range patterns {
		pattern, known := outer.fill(yamldoc.String(yamldoc.Get(n, "path")))
		if !known || len(pattern) > 1_000 || !glob(strings.TrimPrefix(pattern, "./")).MatchString(p) {
			continue
		}
		if yamldoc.String(yamldoc.Get(n, "exclude")) == "true" {
			return false
		}
		ok = true
	}
	return ok
}

// glob turns a pattern into an expression: `*` stays in a folder, `**` does not.
func glob(pattern string) *regexp.Regexp {
	var b strings.Builder
	b.WriteString("^")
	for len(pattern) > 0 {
		switch {
		case strings.HasPrefix(pattern, "**/"):
			b.WriteString("(?:.*/)?")
			pattern = pattern[3:]
			continue
		case strings.HasPrefix(pattern, "**"):
			b.WriteString(".*")
			pattern = pattern[2:]
			continue
		case pattern[0] == '*':
			b.WriteString("[^/]*")
		case pattern[0] == '?':
			b.WriteString("[^/]")
		default:
			b.WriteString(regexp.QuoteMeta(pattern[:1]))
		}
		pattern = pattern[1:]
	}
	return regexp.MustCompile(b.String() + "$")
}

// matrix combines each element of the first generator with each of the second, which
// may use the first one's parameters.
func (g *generator) matrix(gens []*yaml.Node, outer params, depth int) []params {
	if len(gens) != 2 {
		return nil
	}
	var out []params
	for _, a := range g.generate(gens[0], outer, depth+1) {
		for _, b := range g.generate(gens[1], outer.with(a), depth+1) {
			for k, v := range b {
				b[k], _ = a.fill(v)
			}
			out = append(out, a.with(b))
			if len(out) > maxElements {
				return out
			}
		}
	}
	return out
}

// merge lays the elements of the further generators over those of the first that agree
// with them in the merge keys. Where the first is of clusters, nobody knows here which
// there are: each further element is taken for one of them, beside the cluster of which
// nothing is said.
func (g *generator) merge(body *yaml.Node, outer params, depth int) []params {
	gens := yamldoc.Items(yamldoc.Get(body, "generators"))
	if len(gens) == 0 {
		return nil
	}
	var keys []string
	for _, k := range yamldoc.Items(yamldoc.Get(body, "mergeKeys")) {
		keys = append(keys, yamldoc.String(k))
	}
	base := g.generate(gens[0], outer, depth+1)
	out := slices.Clone(base)
	for _, n := range gens[1:] {
		for _, over := range g.generate(n, outer, depth+1) {
			for i, b := range base {
				same, open := true, false
				for _, k := range keys {
					v, have := b[k]
					open = open || !have
					same = same && v == over[k]
				}
				switch {
				case open:
					out = append(out, b.with(over))
				case same:
					out[i] = out[i].with(over)
				}
			}
			if len(out) > maxElements {
				return out
			}
		}
	}
	return out
}
