package kube

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
)

// notes are what is learned of an object's fields while they are read.
type notes struct {
	lines      map[string]int // by path, of fields that are written and whose line is known
	unreadable []string       // paths of what was written and can't be decoded
}

func (n *notes) lose(path string) {
	if !slices.Contains(n.unreadable, path) {
		n.unreadable = append(n.unreadable, path)
	}
}

// fields reads the fields of one mapping of an object. Those that are written are noted
// with their lines, and those that can't be decoded as unreadable; null is as good as
// not written.
type fields struct {
	node *yaml.Node // nil where the mapping is not written
	path string     // in the object, empty for the object itself
	*notes
	// unlined: the lines of the fields are not noted, as within the items of a list.
	unlined bool
}

func fieldsOf(n *yaml.Node, path string, to *notes) fields {
	return fields{node: n, path: path, notes: to}
}

// scratch are the fields of a mapping of which only what they hold matters, and
// whether all of it could be read.
func scratch(n *yaml.Node) fields { return fields{node: n, notes: &notes{}, unlined: true} }

func (f fields) ok() bool { return len(f.unreadable) == 0 }

// get is the field's value; nil where it is not written or not known. The line is
// noted of what is not known too.
func (f fields) get(key string) *yaml.Node {
	n := yamldoc.Get(f.node, key)
	if line := f.line(key); line > 0 && !f.unlined && !isNull(n) {
		if f.lines == nil {
			f.lines = map[string]int{}
		}
		f.lines[join(f.path, key)] = line
	}
	return f.known(key, n)
}

// peek is get for what nobody points to, whose line is not noted.
func (f fields) peek(key string) *yaml.Node { return f.known(key, yamldoc.Get(f.node, key)) }

func (f fields) known(key string, n *yaml.Node) *yaml.Node {
	if isNull(n) {
		return nil
	}
	if yamldoc.IsUnknown(n) {
		f.lost(key)
		return nil
	}
	return n
}

func (f fields) line(key string) int { return yamldoc.KeyLine(f.node, key) }

func (f fields) lost(key string) { f.lose(join(f.path, key)) }

// in gives the fields of a mapping below.
func (f fields) in(key string) fields { return f.below(key, f.get(key)) }

// through is in for mappings that nobody points to, such as an object's spec.
func (f fields) through(keys ...string) fields {
	for _, key := range keys {
		f = f.below(key, f.peek(key))
	}
	return f
}

func (f fields) below(key string, n *yaml.Node) fields {
	out := fields{path: join(f.path, key), notes: f.notes, unlined: f.unlined}
	if n != nil && n.Kind == yaml.MappingNode {
		out.node = n
	} else if n != nil {
		f.lost(key)
	}
	return out
}

// items gives the mappings of a list below. An item that is none is noted.
func (f fields) items(key string) []fields {
	n := f.get(key)
	if n == nil {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		f.lost(key)
		return nil
	}
	out := make([]fields, 0, len(n.Content))
	for i, item := range yamldoc.Items(n) {
		path := fmt.Sprintf("%s[%s]", join(f.path, key), itemName(item, i))
		if item.Kind != yaml.MappingNode {
			f.lose(path)
			continue
		}
		out = append(out, fields{node: item, path: path, notes: f.notes, unlined: true})
	}
	return out
}

// text is a scalar's text.
func (f fields) text(key string) string {
	n := f.get(key)
	if n != nil && n.Kind != yaml.ScalarNode {
		f.lost(key)
	}
	return yamldoc.String(n)
}

// texts are the texts of a list of scalars.
func (f fields) texts(key string) []string {
	n := f.get(key)
	if n == nil {
		return nil
	}
	var out []string
	ok := n.Kind == yaml.SequenceNode
	for _, item := range yamldoc.Items(n) {
		ok = ok && item.Kind == yaml.ScalarNode && !yamldoc.IsUnknown(item)
		out = append(out, yamldoc.String(item))
	}
	if !ok {
		f.lost(key)
	}
	return out
}

func (f fields) int32(key string) *int32 {
	n, ok := whole(f.get(key))
	if !ok {
		f.lost(key)
	}
	return n
}

func (f fields) int64(key string) *int64 {
	n, ok := integer(f.get(key), 64)
	if !ok {
		f.lost(key)
	}
	return n
}

// bool reads true and false, in quotes or not, as `whole` does numbers, and the words
// that YAML 1.1 takes for them.
func (f fields) bool(key string) *bool {
	n := f.get(key)
	if n == nil {
		return nil
	}
	var v bool
	switch text := strings.ToLower(yamldoc.String(n)); {
	case text == "true", oldBool(n) && (text == "yes" || text == "on"):
		v = true
	case text == "false", oldBool(n):
	default:
		f.lost(key)
		return nil
	}
	return &v
}

// is reports whether a switch is on; one that is not written is off.
func (f fields) is(key string) bool {
	v := f.bool(key)
	return v != nil && *v
}

// amount is a count or a percentage: "1", "25%".
func (f fields) amount(key string) string {
	text := f.text(key)
	digits := strings.TrimSuffix(text, "%")
	if _, err := strconv.ParseUint(digits, 10, 31); err != nil && text != "" {
		f.lost(key)
		return ""
	}
	return text
}

// whole reads a whole number, in quotes or not: the API server refuses quotes, but
// what was meant is plain. nil and true where nothing is written, false where it
// can't be read.
func whole(n *yaml.Node) (*int32, bool) {
	v, ok := integer(n, 32)
	if v == nil {
		return nil, ok
	}
	i := int32(*v)
	return &i, true
}

// integer is whole for numbers of so many bits.
func integer(n *yaml.Node, bits int) (*int64, bool) {
	n = yamldoc.Follow(n)
	if n == nil || n.Tag == "!!null" {
		return nil, true
	}
	if n.Kind != yaml.ScalarNode || yamldoc.IsUnknown(n) {
		return nil, false
	}
	v, err := strconv.ParseInt(strings.TrimSpace(n.Value), 0, bits)
	if err != nil {
		f, ferr := strconv.ParseFloat(n.Value, 64)
		if ferr != nil || f != math.Trunc(f) || math.Abs(f) > math.MaxInt32 {
			return nil, false
		}
		v = int64(f)
	}
	return &v, true
}
