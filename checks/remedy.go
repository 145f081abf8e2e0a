package checks

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// object is a YAML mapping that is written in the order given.
type object []field

// field is one key of an object, with an optional comment behind it.
type field struct {
	key     string
	value   any
	comment string
}

// node makes YAML of what an object may hold: objects, lists of objects or of
// strings, strings, numbers and nil.
func node(value any) *yaml.Node {
	n := &yaml.Node{}
	switch v := value.(type) {
	case object:
		n.Kind = yaml.MappingNode
		for _, f := range v {
			child := node(f.value)
			child.LineComment = f.comment
			n.Content = append(n.Content, node(f.key), child)
		}
	case []object:
		n.Kind = yaml.SequenceNode
		for _, o := range v {
			n.Content = append(n.Content, node(o))
		}
	case []string:
		n.Kind = yaml.SequenceNode
		for _, s := range v {
			n.Content = append(n.Content, node(s))
		}
	case string:
		n.SetString(v)
	case nil:
		n.Kind, n.Tag, n.Value = yaml.ScalarNode, "!!null", "null"
	default:
		n.Kind, n.Value = yaml.ScalarNode, fmt.Sprint(v)
	}
	return n
}

// stringMap writes labels sorted by key, quoted where they would not be strings.
func stringMap(m map[string]string) object {
	var o object
	for _, k := range sortedKeys(m) {
		o = append(o, field{key: k, value: m[k]})
	}
	return o
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// yamlText writes the object; an object holds only what can be written.
func yamlText(o object) string {
	var b strings.Builder
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(node(o)); err != nil {
		return "# " + err.Error() + "\n"
	}
	return b.String()
}

// fenced is a Markdown block of code behind a sentence.
func fenced(sentence, language, code string) string {
	return sentence + "\n\n```" + language + "\n" + strings.TrimRight(code, "\n") + "\n```"
}

// metadata is an object's name and, where one is written, its namespace.
func metadata(o scorecard.ObjectRef, name string) object {
	m := object{{key: "name", value: name}}
	if o.Namespace != "" && !scorecard.IsReleaseNamespace(o.Namespace) {
		m = append(m, field{key: "namespace", value: o.Namespace})
	}
	return m
}

// specPatch is a piece of the object's own manifest with what to write under `spec`.
func specPatch(o scorecard.ObjectRef, spec object) string {
	return yamlText(object{
		{key: "apiVersion", value: o.APIVersion}, {key: "kind", value: o.Kind},
		{key: "metadata", value: metadata(o, o.Name)}, {key: "spec", value: spec},
	})
}

// podPath is where the pod's spec stands in a workload of that kind, below `spec`.
func podPath(kind string) []string {
	switch kind {
	case "Pod":
		return nil
	case "CronJob":
		return []string{"jobTemplate", "spec", "template", "spec"}
	case "InferenceService":
		return []string{"predictor"}
	}
	return []string{"template", "spec"}
}

// containerPatch is a piece of the workload's manifest with what to write in one of
// its containers.
func containerPatch(w *scorecard.Workload, c *scorecard.Container, fields object) string {
	list := "containers"
	if c.Role != scorecard.AppContainer {
		list = "initContainers"
	}
	one := append(object{{key: "name", value: c.Name}}, fields...)
	spec := object{{key: list, value: []object{one}}}
	path := podPath(w.Object.Kind)
	for i := len(path) - 1; i >= 0; i-- {
		spec = object{{key: path[i], value: spec}}
	}
	return specPatch(w.Object, spec)
}

// in names the file to edit: "In `deploy/cart.yaml`, ", or nothing for what no file shows.
func in(l scorecard.Location) string {
	switch {
	case l.Path == "":
		return ""
	case l.Form != "":
		return fmt.Sprintf("In `%s` (rendered by %s), ", l.Path, l.Form)
	}
	return fmt.Sprintf("In `%s`, ", l.Path)
}

// freeName is the name, with the suffix as often as it takes until nothing has it.
func freeName(name, suffix string, taken func(string) bool) string {
	for taken(name) {
		name += suffix
	}
	return name
}
