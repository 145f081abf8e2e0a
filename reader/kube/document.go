package kube

import (
	"bytes"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// object is one Kubernetes object as a file or a rendering has it.
type object struct {
	// node is its mapping, without aliases and merge keys.
	node *yaml.Node
	// at is the whole object's place.
	at scorecard.Location
	// release is the namespace that the object's chart leaves to its release (see
	// scorecard.ReleaseNamespace); empty where no chart rendered it.
	release string
}

// namespace reads a namespace that one of the object's fields names: where that is the
// release's, it is the same as that of objects which leave theirs to the release.
func (o object) namespace(text string) string {
	if o.release != "" && text == releaseNamespace {
		return o.release
	}
	return text
}

// objectsOf gives the objects of one document: itself, or what its list or its
// OpenShift Template holds.
func objectsOf(root *yaml.Node) []*yaml.Node {
	room := maxFilled
	return expand(plain(root), "", "", 0, &room)
}

// maxLists is how deep lists of lists are opened.
const maxLists = 8

func expand(n *yaml.Node, apiVersion, kind string, depth int, room *int) []*yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode || depth > maxLists {
		return nil
	}
	if v := yamldoc.String(yamldoc.Get(n, "apiVersion")); v != "" {
		apiVersion = v
	}
	if v := yamldoc.String(yamldoc.Get(n, "kind")); v != "" {
		kind = v
	}
	if !isObject(apiVersion, kind) {
		return nil
	}
	if isTemplate(apiVersion, kind) && yamldoc.Get(n, "objects") != nil {
		var out []*yaml.Node
		for _, o := range instantiate(n, room) {
			out = append(out, expand(o, "", "", depth+1, room)...)
		}
		return out
	}
	items := yamldoc.Get(n, "items")
	if !strings.HasSuffix(kind, "List") || items == nil || items.Kind != yaml.SequenceNode {
		return []*yaml.Node{named(n, apiVersion, kind)}
	}
	// The items of a typed list may leave out what they are; those of a List may not.
	itemKind := strings.TrimSuffix(kind, "List")
	if itemKind == "" {
		apiVersion = ""
	}
	var out []*yaml.Node
	for _, item := range yamldoc.Items(items) {
		out = append(out, expand(item, apiVersion, itemKind, depth+1, room)...)
	}
	return out
}

// named writes apiVersion and kind into an object that had them from its list.
func named(n *yaml.Node, apiVersion, kind string) *yaml.Node {
	out := *n
	for _, f := range [][2]string{{"kind", kind}, {"apiVersion", apiVersion}} {
		if yamldoc.Get(n, f[0]) == nil {
			key := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: f[0], Line: n.Line}
			value := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: f[1], Line: n.Line}
			out.Content = append([]*yaml.Node{key, value}, out.Content...)
		}
	}
	return &out
}

// plain gives the node with aliases followed and merge keys merged. Nodes without
// either are shared with the original. yamldoc has bounded what it may grow to.
func plain(n *yaml.Node) *yaml.Node {
	if !bent(n) {
		return n
	}
	n = yamldoc.Follow(n)
	out := *n
	out.Anchor, out.Content = "", nil
	if n.Kind != yaml.MappingNode {
		for _, c := range n.Content {
			out.Content = append(out.Content, plain(c))
		}
		return &out
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Tag != "!!merge" {
			seen[n.Content[i].Value] = true
			out.Content = append(out.Content, n.Content[i], plain(n.Content[i+1]))
		}
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Tag == "!!merge" {
			merge(&out, n.Content[i+1], seen)
		}
	}
	return &out
}

func merge(into, from *yaml.Node, seen map[string]bool) {
	from = yamldoc.Follow(from)
	if from.Kind == yaml.SequenceNode {
		for _, c := range from.Content {
			merge(into, c, seen)
		}
		return
	}
	from = plain(from)
	if from.Kind != yaml.MappingNode {
		return
	}
	for i := 0; i+1 < len(from.Content); i += 2 {
		if k := from.Content[i]; !seen[k.Value] {
			seen[k.Value] = true
			into.Content = append(into.Content, k, from.Content[i+1])
		}
	}
}

// bent reports whether there is an alias or a merge key below.
func bent(n *yaml.Node) bool {
	if n == nil {
		return false
	}
	if n.Kind == yaml.AliasNode || n.Tag == "!!merge" {
		return true
	}
	for _, c := range n.Content {
		if bent(c) {
			return true
		}
	}
	return false
}

var (
	apiVersionLine = lazyregexp.New(`(?m)^\s{0,2}["']?apiVersion["']?\s*:`)
	kindLine       = lazyregexp.New(`(?m)^\s{0,2}["']?kind["']?\s*:`)
)

// notText says why a file named as YAML or JSON is none; empty where it may be.
func notText(b []byte) string {
	head := b[:min(len(b), 512)]
	switch {
	case bytes.HasPrefix(head, []byte("\x00GITCRYPT")):
		return "git-crypt has encrypted it; unlock it before the scan"
	case bytes.HasPrefix(head, []byte("version https://git-lfs.github.com/spec/")):
		return "it stands in Git LFS and is not here; fetch it before the scan (git lfs pull)"
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")):
		return "it is UTF-16; save it as UTF-8"
	case bytes.IndexByte(head, 0) >= 0:
		return "it is no text"
	}
	return ""
}

// mayHoldObjects is a cheap look at a file's text, before it is parsed.
func mayHoldObjects(b []byte) bool {
	return bytes.Contains(b, []byte("apiVersion")) && bytes.Contains(b, []byte("kind"))
}

// looksLikeObject reports whether text that would not parse was meant as a manifest.
func looksLikeObject(b []byte) bool { return apiVersionLine.Match(b) && kindLine.Match(b) }

// looksTemplated reports whether something has to fill the text in before it is YAML.
func looksTemplated(b []byte) bool {
	for _, mark := range []string{"{{", "{%", "<%"} {
		if bytes.Contains(b, []byte(mark)) {
			return true
		}
	}
	return false
}

// span gives the first and last line of a node that stands somewhere in a file; 0, 0
// when none of its lines is known.
func span(n *yaml.Node) (first, last int) {
	walk(n, func(x *yaml.Node) {
		if x.Line > 0 && (first == 0 || x.Line < first) {
			first = x.Line
		}
	})
	if first == 0 {
		return 0, 0
	}
	return first, max(first, yamldoc.LastLine(n))
}

func walk(n *yaml.Node, f func(*yaml.Node)) {
	if n == nil {
		return
	}
	f(n)
	for _, c := range n.Content {
		walk(c, f)
	}
}
