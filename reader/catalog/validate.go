package catalog

import (
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// maxProblems is how many problems of one entity are kept.
const maxProblems = 50

// validator collects what a Backstage backend would refuse in one entity.
type validator struct {
	path     string
	has      func(string) bool
	problems []scorecard.Problem
}

func (v *validator) add(line int, field, format string, a ...any) {
	if len(v.problems) < maxProblems {
		v.problems = append(v.problems, scorecard.Problem{
			Location: scorecard.Location{Path: v.path, FirstLine: line, LastLine: line, Field: field},
			Message:  strings.TrimPrefix(field+" ", " ") + fmt.Sprintf(format, a...),
		})
	}
}

var (
	dnsLabel    = lazyregexp.New(`\A[a-z0-9]+(?:-+[a-z0-9]+)*\z`)
	objectName  = lazyregexp.New(`\A([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]\z`)
	kindName    = lazyregexp.New(`\A[a-zA-Z][a-z0-9A-Z]*\z`)
	versionName = lazyregexp.New(`\A[a-z0-9A-Z]+\z`)
	tagName     = lazyregexp.New(`\A[a-z0-9:+#]+(-[a-z0-9:+#]+)*\z`)
)

const nameRule = "must be sequences of [a-zA-Z0-9] separated by any of [-_.], at most 63 characters"

func short(s string, pattern lazyregexp.Regexp) bool { return len(s) <= 63 && pattern.MatchString(s) }

// prefixed checks `suffix` or `dns.sub.domain/suffix`.
func prefixed(s string, suffix lazyregexp.Regexp) bool {
	parts := strings.Split(s, "/")
	if len(parts) > 2 || !short(parts[len(parts)-1], suffix) {
		return false
	}
	return len(parts) == 1 || len(parts[0]) <= 253 && !slices.ContainsFunc(strings.Split(parts[0], "."), func(l string) bool { return !short(l, dnsLabel) })
}

// entity checks the envelope, the formats of the metadata, and the kind's own schema.
func (v *validator) entity(root *yaml.Node) {
	for _, d := range yamldoc.Duplicates(root) {
		v.add(d.Line, strings.TrimPrefix(d.Path+"."+d.Key, "."), "stands twice, first at line %d; Backstage refuses the document", d.EarlierAt)
	}
	for i := 0; i+1 < len(root.Content); i += 2 {
		k := root.Content[i]
		if !slices.Contains([]string{"apiVersion", "kind", "metadata", "spec"}, k.Value) && k.Tag != "!!merge" {
			v.add(k.Line, k.Value, "is no field of an entity; an entity has apiVersion, kind, metadata and spec")
		}
	}
	version, kind := v.text(root, root, "apiVersion", "apiVersion", true), v.text(root, root, "kind", "kind", true)
	if version != "" && !prefixed(version, versionName) {
		v.add(yamldoc.KeyLine(root, "apiVersion"), "apiVersion", "%q is malformed; write backstage.io/v1alpha1", version)
		version = ""
	}
	if kind != "" && !short(kind, kindName) {
		v.add(yamldoc.KeyLine(root, "kind"), "kind", "%q is malformed", kind)
		kind = ""
	}
	if meta := v.mapping(root, root, "metadata", "metadata", true); meta != nil {
		v.metadata(root, meta)
	}
	v.kind(root, version, kind)
}

func (v *validator) metadata(root, meta *yaml.Node) {
	if name := v.text(root, meta, "metadata.name", "name", true); name != "" && !short(name, objectName) {
		v.add(yamldoc.KeyLine(meta, "name"), "metadata.name", "%q %s", name, nameRule)
	}
	if ns := v.text(root, meta, "metadata.namespace", "namespace", false); ns != "" && !short(ns, dnsLabel) {
		v.add(yamldoc.KeyLine(meta, "namespace"), "metadata.namespace", "%q must be sequences of [a-z0-9] separated by -, at most 63 characters", ns)
	}
	v.text(root, meta, "metadata.title", "title", false)
	if n := yamldoc.Get(meta, "description"); n != nil && !isText(n) {
		v.add(n.Line, "metadata.description", "must be text")
	}
	v.pairs(root, meta, "labels", func(value string) bool { return value == "" || short(value, objectName) })
	v.pairs(root, meta, "annotations", func(string) bool { return true })
	for i, n := range v.list(meta, "metadata.tags", "tags") {
		if field := fmt.Sprintf("metadata.tags[%d]", i); !isText(n) || !short(n.Value, tagName) {
			v.add(n.Line, field, "%q must be sequences of [a-z0-9:+#] separated by -, at most 63 characters", shown(n))
		}
	}
	for i, n := range v.list(meta, "metadata.links", "links") {
		field := fmt.Sprintf("metadata.links[%d]", i)
		if n.Kind != yaml.MappingNode {
			v.add(n.Line, field, "must be a mapping with a url")
			continue
		}
		if u := v.text(n, n, field+".url", "url", true); u != "" {
			if parsed, err := url.Parse(u); err != nil || parsed.Scheme == "" {
				v.add(yamldoc.KeyLine(n, "url"), field+".url", "%q is no absolute URL", u)
			}
		}
		for _, key := range []string{"title", "icon", "type"} {
			v.text(n, n, field+"."+key, key, false)
		}
	}
}

// pairs checks the keys and values of labels or annotations.
func (v *validator) pairs(root, meta *yaml.Node, key string, valid func(string) bool) {
	m := v.mapping(root, meta, "metadata."+key, key, false)
	if m == nil {
		return
	}
	for i := 0; i+1 < len(m.Content); i += 2 {
		k, n := m.Content[i], yamldoc.Follow(m.Content[i+1])
		field := "metadata." + key + "[" + k.Value + "]"
		switch {
		case k.Tag == "!!merge":
		case !prefixed(k.Value, objectName):
			v.add(k.Line, field, "has a malformed key; a key is an optional DNS prefix with a slash and a name of at most 63 characters")
		case !isText(n):
			v.add(k.Line, field, "must be text; quote %s", shown(n))
		case !valid(n.Value):
			v.add(k.Line, field, "%q %s", shown(n), nameRule)
		}
	}
}

// text gives a field's text and notes when it is missing though required, empty, or
// no text. Line numbers of missing fields are those of what should hold them.
func (v *validator) text(root, in *yaml.Node, field, key string, required bool) string {
	n := yamldoc.Get(in, key)
	switch {
	case n == nil && required:
		v.add(holderLine(root, in), field, "is missing")
	case n == nil || v.placeholder(n, field):
	case !isText(n):
		v.add(n.Line, field, "must be text%s", quoteHint(n))
	case strings.TrimSpace(n.Value) == "":
		v.add(n.Line, field, "must not be empty")
	default:
		return n.Value
	}
	return ""
}

func (v *validator) mapping(root, in *yaml.Node, field, key string, required bool) *yaml.Node {
	n := yamldoc.Get(in, key)
	switch {
	case n == nil && required:
		v.add(holderLine(root, in), field, "is missing")
	case n == nil || v.placeholder(n, field):
	case n.Kind != yaml.MappingNode:
		v.add(n.Line, field, "must be a mapping")
	default:
		return n
	}
	return nil
}

func (v *validator) list(in *yaml.Node, field, key string) []*yaml.Node {
	n := yamldoc.Get(in, key)
	if n == nil || v.placeholder(n, field) {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		v.add(n.Line, field, "must be a list")
		return nil
	}
	return yamldoc.Items(n)
}

// placeholder reports whether a value is filled in from another file when Backstage
// reads it: `$text`, `$json`, `$yaml` and the like. A relative file must exist.
func (v *validator) placeholder(n *yaml.Node, field string) bool {
	if n.Kind != yaml.MappingNode || len(n.Content) != 2 || !strings.HasPrefix(n.Content[0].Value, "$") {
		return false
	}
	to := yamldoc.Follow(n.Content[1])
	switch {
	case !isText(to) || to.Value == "":
		v.add(n.Line, field, "%s must name a file or a URL", n.Content[0].Value)
	case scheme.MatchString(to.Value) || strings.HasPrefix(to.Value, "/"):
	case !v.has(path.Join(path.Dir(v.path), to.Value)):
		v.add(n.Line, field, "%s names %s, which does not exist in the repository", n.Content[0].Value, to.Value)
	}
	return true
}

// isText: YAML 1.2, which Backstage reads, has no dates; they are text.
func isText(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && (n.Tag == "!!str" || n.Tag == "!!timestamp")
}

func quoteHint(n *yaml.Node) string {
	if n.Kind == yaml.ScalarNode && n.Tag != "!!null" {
		return "; quote " + shown(n)
	}
	return ""
}

// shown is a value for a message: short, and nothing of what it holds when it is no scalar.
func shown(n *yaml.Node) string {
	switch {
	case n.Kind != yaml.ScalarNode:
		return "it"
	case len(n.Value) > 80:
		return strings.ToValidUTF8(n.Value[:80], "") + "…"
	}
	return n.Value
}

// holderLine is the line of the mapping that lacks a field: its key where it has one.
func holderLine(root, in *yaml.Node) int {
	for i := 0; root != in && i+1 < len(root.Content); i += 2 {
		if yamldoc.Follow(root.Content[i+1]) == in {
			return root.Content[i].Line
		}
	}
	return in.Line
}
