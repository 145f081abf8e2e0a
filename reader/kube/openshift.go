package kube

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
)

// maxFilled bounds what parameters add to the OpenShift Templates of one document, in
// bytes; what comes after stays unknown.
const maxFilled = 256 << 10

var (
	// OpenShift's own forms: ${NAME} within text, ${{NAME}} as a whole value.
	parameterInText = lazyregexp.New(`\$\{([a-zA-Z0-9_]+)\}`)
	parameterWhole  = lazyregexp.New(`^\$\{\{([a-zA-Z0-9_]+)\}\}$`)
)

// isTemplate reports whether an object is an OpenShift Template, of today's group or of
// the time when OpenShift had none.
func isTemplate(apiVersion, kind string) bool {
	return kind == "Template" && (apiVersion == "v1" || strings.HasPrefix(apiVersion, "template.openshift.io/"))
}

// filler fills the parameters of one Template in.
type filler struct {
	// values are those of parameters with a default; unknown are the other parameters.
	values  map[string]string
	unknown map[string]bool
	room    *int // bytes that may be filled in yet
}

// instantiate gives the objects of an OpenShift Template as `oc process` makes them of
// its defaults. A parameter that is generated, or has no default, leaves the scalars
// that it stands in unknown, but for names and labels: there its text `${NAME}` stays,
// so that objects can be told apart and what selects by it still finds what carries
// it. A reference to no parameter is text, as OpenShift has it.
func instantiate(n *yaml.Node, room *int) []*yaml.Node {
	f := &filler{values: map[string]string{}, unknown: map[string]bool{}, room: room}
	for _, p := range yamldoc.Items(yamldoc.Get(n, "parameters")) {
		name, value := yamldoc.String(yamldoc.Get(p, "name")), yamldoc.Get(p, "value")
		required := yamldoc.String(yamldoc.Get(p, "required")) == "true"
		generated := yamldoc.String(yamldoc.Get(p, "generate")) != ""
		switch text := yamldoc.String(value); {
		case name == "":
		case text != "", value != nil && value.Tag == "!!str" && !required && !generated:
			f.values[name] = text
		default:
			f.unknown[name] = true
		}
	}
	labels := f.fill(yamldoc.Get(n, "labels"), textStays)
	var out []*yaml.Node
	for _, o := range yamldoc.Items(yamldoc.Get(n, "objects")) {
		if o.Kind == yaml.MappingNode {
			out = append(out, withLabels(f.fill(o, textGoes), labels))
		}
	}
	return out
}

// keeping says what becomes of text whose parameter is not known.
type keeping int

const (
	textGoes   keeping = iota // the scalar is unknown
	textStays                 // the scalar keeps its text, `${NAME}` and all
	textEmpty                 // the scalar is as if it were not written
	textBranch                // as textStays, for all that is below too
)

// keepingOf tells by the key how what stands there is used. Names and labels name
// things to each other within the Template; an unknown namespace is the one that the
// Template's other objects go to.
func keepingOf(key string, above keeping) keeping {
	switch key {
	case "labels", "matchLabels", "matchExpressions", "selector", "annotations":
		return textBranch
	case "namespace":
		return textEmpty
	case "name", "generateName":
		return textStays
	}
	switch {
	case above == textBranch:
		return textBranch
	case strings.HasSuffix(key, "Name"):
		return textStays
	}
	return textGoes
}

// fill gives a copy of the node with parameters filled in.
func (f *filler) fill(n *yaml.Node, keep keeping) *yaml.Node {
	if n == nil {
		return nil
	}
	out := *n
	out.Content = make([]*yaml.Node, 0, len(n.Content))
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := f.fill(n.Content[i], textStays)
			out.Content = append(out.Content, key, f.fill(n.Content[i+1], keepingOf(key.Value, keep)))
		}
	case yaml.ScalarNode:
		if n.Tag == "!!str" && strings.Contains(n.Value, "${") {
			return f.scalar(&out, keep)
		}
	default:
		for _, c := range n.Content {
			out.Content = append(out.Content, f.fill(c, keep))
		}
	}
	return &out
}

// scalar fills in a copy of a scalar, which is its own to change.
func (f *filler) scalar(n *yaml.Node, keep keeping) *yaml.Node {
	if m := parameterWhole.FindStringSubmatch(n.Value); m != nil {
		if value, ok := f.values[m[1]]; ok && f.spend(len(value)) {
			if v := structure(value, n.Line); v != nil {
				return v
			}
			return unknownScalar(n, keep)
		}
		if _, ok := f.values[m[1]]; ok || f.unknown[m[1]] {
			return unknownScalar(n, keep)
		}
		return n // no parameter of that name
	}
	known := true
	lines := strings.Count(n.Value, "\n")
	n.Value = parameterInText.ReplaceAllStringFunc(n.Value, func(ref string) string {
		name := ref[2 : len(ref)-1]
		value, ok := f.values[name]
		if ok && f.spend(len(value)) {
			return value
		}
		known = known && !ok && !f.unknown[name]
		return ref
	})
	if strings.Count(n.Value, "\n") != lines {
		n.Style = yaml.DoubleQuotedStyle // its lines are no longer those of the file
	}
	if !known {
		return unknownScalar(n, keep)
	}
	return n
}

func (f *filler) spend(bytes int) bool {
	if bytes > *f.room {
		return false
	}
	*f.room -= bytes
	return true
}

// unknownScalar is the scalar as it stands when a parameter in it is not known.
func unknownScalar(n *yaml.Node, keep keeping) *yaml.Node {
	switch keep {
	case textGoes:
		n.Tag = yamldoc.UnknownTag
	case textEmpty:
		n.Value = ""
	}
	return n
}

// structure reads the value of a parameter that stands for more than text, and puts
// all of it on that line; nil where it is none.
func structure(value string, line int) *yaml.Node {
	docs := yamldoc.Parse([]byte(value))
	if len(docs) != 1 || docs[0].Err != nil || docs[0].Root == nil {
		return nil
	}
	n := copyOf(plain(docs[0].Root))
	setLines(n, func(int) int { return line })
	return n
}

func copyOf(n *yaml.Node) *yaml.Node {
	out := *n
	out.Content = make([]*yaml.Node, len(n.Content))
	for i, c := range n.Content {
		out.Content[i] = copyOf(c)
	}
	return &out
}

// withLabels writes the Template's labels over those of an object. They stand on no
// line of it.
func withLabels(o, labels *yaml.Node) *yaml.Node {
	if labels == nil || labels.Kind != yaml.MappingNode || len(labels.Content) == 0 {
		return o
	}
	metadata := ensure(o, "metadata")
	if metadata == nil {
		return o
	}
	own := ensure(metadata, "labels")
	if own == nil {
		return o
	}
	for i := 0; i+1 < len(labels.Content); i += 2 {
		key, value := copyOf(labels.Content[i]), copyOf(labels.Content[i+1])
		key.Line, value.Line = 0, 0
		set(own, key, value)
	}
	return o
}

// ensure gives the mapping at a key, made where there is none; nil where something
// else stands there.
func ensure(n *yaml.Node, key string) *yaml.Node {
	v := yamldoc.Get(n, key)
	switch {
	case v == nil || v.Tag == "!!null":
		v = &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
		set(n, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: key}, v)
	case v.Kind != yaml.MappingNode:
		return nil
	}
	return v
}

func set(n, key, value *yaml.Node) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key.Value {
			n.Content[i+1] = value
			return
		}
	}
	n.Content = append(n.Content, key, value)
}
