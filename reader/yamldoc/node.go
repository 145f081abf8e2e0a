package yamldoc

import (
	"fmt"
	"math"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Follow gives what an alias stands for, and any other node itself; nil for nil.
func Follow(n *yaml.Node) *yaml.Node {
	for n != nil && n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

// Get walks down mappings by key and gives the value there, aliases followed; nil
// where the path does not exist. Merge keys (`<<`) are looked into last.
func Get(n *yaml.Node, keys ...string) *yaml.Node {
	n = Follow(n)
	for _, k := range keys {
		if n = get(n, k, 0); n == nil {
			return nil
		}
	}
	return n
}

func get(n *yaml.Node, key string, depth int) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode || depth > maxDepth {
		return nil
	}
	var merged *yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		switch {
		case n.Content[i].Value == key:
			return Follow(n.Content[i+1])
		case n.Content[i].Tag == "!!merge":
			merged = Follow(n.Content[i+1])
		}
	}
	if merged != nil && merged.Kind == yaml.SequenceNode {
		for _, m := range merged.Content {
			if v := get(Follow(m), key, depth+1); v != nil {
				return v
			}
		}
		return nil
	}
	return get(merged, key, depth+1)
}

// KeyLine is the line of a key of a mapping; 0 when it has none such.
func KeyLine(n *yaml.Node, key string) int {
	if n = Follow(n); n == nil || n.Kind != yaml.MappingNode {
		return 0
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i].Line
		}
	}
	return 0
}

// LastLine is the last line that a node reaches.
func LastLine(n *yaml.Node) int {
	n = Follow(n)
	if n == nil {
		return 0
	}
	last := n.Line
	if n.Kind == yaml.ScalarNode {
		if n.Style == yaml.LiteralStyle || n.Style == yaml.FoldedStyle {
			last += strings.Count(strings.TrimRight(n.Value, "\n"), "\n") + 1
		}
		return last
	}
	for _, c := range n.Content {
		if c.Kind != yaml.AliasNode {
			last = max(last, LastLine(c))
		}
	}
	return last
}

// UnknownTag is the tag of a scalar that something outside of the files fills in, such
// as a template's parameter without a default. Its value is the text as written.
const UnknownTag = "!seaworthy/unknown"

// IsUnknown reports whether something outside of the files fills the scalar in.
func IsUnknown(n *yaml.Node) bool {
	n = Follow(n)
	return n != nil && n.Kind == yaml.ScalarNode && n.Tag == UnknownTag
}

// String is a scalar's text as written, numbers and booleans too; "" for anything
// else, and for what is not known.
func String(n *yaml.Node) string {
	if IsUnknown(n) {
		return ""
	}
	return Written(n)
}

// Written is String for names and labels, which are compared with each other: those
// that are not known are the same where they are written the same.
func Written(n *yaml.Node) string {
	if n = Follow(n); n == nil || n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		return ""
	}
	return n.Value
}

// StringMap is a mapping of scalars; nil for anything else. Values keep their text, as
// of Written: such maps are labels mostly.
func StringMap(n *yaml.Node) map[string]string {
	if n = Follow(n); n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	out := map[string]string{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if v := Follow(n.Content[i+1]); v.Kind == yaml.ScalarNode && v.Tag != "!!null" {
			out[n.Content[i].Value] = v.Value
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// Items are a sequence's items, aliases followed; nil for anything else.
func Items(n *yaml.Node) []*yaml.Node {
	if n = Follow(n); n == nil || n.Kind != yaml.SequenceNode {
		return nil
	}
	out := make([]*yaml.Node, len(n.Content))
	for i, c := range n.Content {
		out[i] = Follow(c)
	}
	return out
}

// Duplicate is a key that a mapping has twice.
type Duplicate struct {
	Path            string // dotted, e.g. `spec.template.spec`
	Key             string
	Line, EarlierAt int
}

// Duplicates finds keys that stand twice in one mapping, which YAML forbids and
// parsers silently take.
func Duplicates(n *yaml.Node) []Duplicate {
	if !repeats(n, 0) {
		return nil
	}
	return duplicates(n, "", 0)
}

// repeats reports whether some mapping has a key twice: nearly none has, and to name
// the place costs more than to look.
func repeats(n *yaml.Node, depth int) bool {
	if n == nil || depth > maxDepth {
		return false
	}
	step := 1
	if n.Kind == yaml.MappingNode {
		step = 2
		if len(n.Content) > 2*manyKeys {
			seen := make(map[string]bool, len(n.Content)/2)
			for i := 0; i+1 < len(n.Content); i += 2 {
				if seen[n.Content[i].Value] {
					return true
				}
				seen[n.Content[i].Value] = true
			}
		} else {
			for i := 2; i+1 < len(n.Content); i += 2 {
				for j := 0; j < i; j += 2 {
					if n.Content[i].Value == n.Content[j].Value {
						return true
					}
				}
			}
		}
	}
	for i := step - 1; i < len(n.Content); i += step {
		if repeats(n.Content[i], depth+1) {
			return true
		}
	}
	return false
}

// manyKeys is how many keys are compared one with another.
const manyKeys = 12

func duplicates(n *yaml.Node, at string, depth int) (out []Duplicate) {
	if n == nil || depth > maxDepth {
		return nil
	}
	switch n.Kind {
	case yaml.MappingNode:
		seen := map[string]int{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			k := n.Content[i]
			if first, twice := seen[k.Value]; twice && k.Tag != "!!merge" {
				out = append(out, Duplicate{at, k.Value, k.Line, first})
			} else {
				seen[k.Value] = k.Line
			}
			below := k.Value
			if at != "" {
				below = at + "." + k.Value
			}
			out = append(out, duplicates(n.Content[i+1], below, depth+1)...)
		}
	case yaml.SequenceNode:
		for i, c := range n.Content {
			out = append(out, duplicates(c, fmt.Sprintf("%s[%d]", at, i), depth+1)...)
		}
	}
	return out
}

// Value makes plain Go values of a node, as JSON would hold them: map[string]any,
// []any, string, bool, int64, float64, nil (which is also what is not known). Of keys that stand twice the last one
// counts; merge keys are merged. The node must have passed Check, as Parse sees to.
func Value(n *yaml.Node) any {
	n = Follow(n)
	if n == nil {
		return nil
	}
	switch n.Kind {
	case yaml.MappingNode:
		m := make(map[string]any, len(n.Content)/2)
		mergeInto(m, n)
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Tag != "!!merge" {
				m[n.Content[i].Value] = Value(n.Content[i+1])
			}
		}
		return m
	case yaml.SequenceNode:
		s := make([]any, len(n.Content))
		for i, c := range n.Content {
			s[i] = Value(c)
		}
		return s
	case yaml.ScalarNode:
		return scalar(n)
	}
	return nil
}

func mergeInto(m map[string]any, n *yaml.Node) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Tag != "!!merge" {
			continue
		}
		from := Follow(n.Content[i+1])
		sources := []*yaml.Node{from}
		if from.Kind == yaml.SequenceNode {
			sources = Items(from)
		}
		for _, s := range sources {
			if v, ok := Value(s).(map[string]any); ok {
				for k, x := range v {
					if _, have := m[k]; !have {
						m[k] = x
					}
				}
			}
		}
	}
}

func scalar(n *yaml.Node) any {
	switch n.Tag {
	case "!!null", UnknownTag:
		return nil
	case "!!bool":
		var b bool
		if n.Decode(&b) == nil {
			return b
		}
	case "!!int":
		var i int64
		if n.Decode(&i) == nil {
			return i
		}
		var f float64
		if n.Decode(&f) == nil {
			return f
		}
	case "!!float":
		var f float64
		if n.Decode(&f) == nil && !math.IsInf(f, 0) && !math.IsNaN(f) {
			return f
		}
	case "!!timestamp":
		var ts time.Time
		if n.Decode(&ts) == nil {
			return n.Value // as written: JSON has no dates
		}
	}
	return n.Value
}
