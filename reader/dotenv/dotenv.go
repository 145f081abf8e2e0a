// Package dotenv reads environments as Compose has them: files of variables (.env), and
// the lists and mappings of its services.
package dotenv

import (
	"maps"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/shell"
	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
)

// maxValue is how long a value, or a text to fill in, may be, in bytes.
const maxValue = 4096

// Variables are what references may be filled in with; it is a shell.EnvGetter.
type Variables map[string]string

// Get gives a variable's value.
func (v Variables) Get(name string) (string, bool) {
	s, ok := v[name]
	return s, ok
}

// Keys gives the names, sorted.
func (v Variables) Keys() []string { return slices.Sorted(maps.Keys(v)) }

var assignment = lazyregexp.New(`^(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)$`)

// Parse gives the variables of a file. Values may be made of those before them; what can't
// be is left out.
func Parse(data []byte) Variables {
	out := Variables{}
	for line := range strings.SplitSeq(string(data), "\n") {
		m := assignment.FindStringSubmatch(strings.TrimSpace(line))
		if m == nil || len(m[2]) > maxValue {
			continue
		}
		v := m[2]
		if i := strings.Index(v, " #"); i >= 0 && !strings.HasPrefix(v, `"`) && !strings.HasPrefix(v, "'") {
			v = strings.TrimSpace(v[:i])
		}
		if strings.Contains(v, "$") {
			filled, err := shell.NewLex('\\').ProcessWordWithMatches(v, out)
			if err != nil || len(filled.Unmatched) > 0 {
				continue
			}
			v = filled.Result
		}
		if v = strings.Trim(v, `"'`); len(v) <= maxValue {
			out[m[1]] = v
		}
	}
	return out
}

// Each calls do with the variables of an environment, which is a mapping or a list of
// `NAME=value`. One without a value that is written has that of where it is run. What a
// mapping takes over from another (`<<: *common`) has the line where it is written.
func Each(n *yaml.Node, do func(name, value string, written bool, line int)) {
	if n = yamldoc.Follow(n); n == nil {
		return
	}
	if n.Kind == yaml.MappingNode {
		eachOf(n, map[string]bool{}, 0, do)
		return
	}
	for _, x := range n.Content {
		if v := yamldoc.Follow(x); n.Kind == yaml.SequenceNode && v != nil && v.Kind == yaml.ScalarNode {
			name, value, written := strings.Cut(v.Value, "=")
			do(name, value, written, x.Line)
		}
	}
}

// maxMerged is how deep mappings may take over from each other.
const maxMerged = 10

// eachOf goes through a mapping's own keys, which count first, and those that it takes over.
func eachOf(n *yaml.Node, seen map[string]bool, depth int, do func(name, value string, written bool, line int)) {
	var merged []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, v := n.Content[i], yamldoc.Follow(n.Content[i+1])
		switch {
		case key.Tag == "!!merge" && v.Kind == yaml.SequenceNode:
			merged = append(merged, yamldoc.Items(v)...)
		case key.Tag == "!!merge":
			merged = append(merged, v)
		case v.Kind == yaml.ScalarNode && !seen[key.Value]:
			do(key.Value, yamldoc.String(v), v.Tag != "!!null", key.Line)
			fallthrough
		default:
			seen[key.Value] = true
		}
	}
	for _, m := range merged {
		if m != nil && m.Kind == yaml.MappingNode && depth < maxMerged {
			eachOf(m, seen, depth+1, do)
		}
	}
}

// HasDefault reports whether the text itself says what a variable becomes that nobody sets.
func HasDefault(text, name string) bool {
	for _, op := range []string{":-", "-", ":+", "+"} {
		if strings.Contains(text, "${"+name+op) {
			return true
		}
	}
	return false
}

// Defaulted is the text with the defaults that it writes for variables in the place of
// these: `${NAME:-text}` is text where nobody sets NAME. Other variables stay as they are.
func Defaulted(text string) string {
	if !strings.Contains(text, "${") || !strings.Contains(text, "-") || len(text) > maxValue {
		return text
	}
	lex := shell.NewLex('\\')
	res, err := lex.ProcessWordWithMatches(text, Variables{})
	if err != nil {
		return text
	}
	open := Variables{}
	for name := range res.Unmatched {
		if !HasDefault(text, name) {
			open[name] = "${" + name + "}"
		}
	}
	if len(open) == len(res.Unmatched) {
		return text
	}
	if len(open) > 0 {
		if res, err = lex.ProcessWordWithMatches(text, open); err != nil {
			return text
		}
	}
	return res.Result
}
