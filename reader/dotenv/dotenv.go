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
// `NAME=value`. One without a value that is written has that of where it is run.
func Each(n *yaml.Node, do func(name, value string, written bool, line int)) {
	if n = yamldoc.Follow(n); n == nil {
		return
	}
	for i, x := range n.Content {
		v := yamldoc.Follow(x)
		switch {
		case v == nil || v.Kind != yaml.ScalarNode:
		case n.Kind == yaml.SequenceNode:
			name, value, written := strings.Cut(v.Value, "=")
			do(name, value, written, x.Line)
		case n.Kind == yaml.MappingNode && i%2 == 1:
			do(n.Content[i-1].Value, yamldoc.String(v), v.Tag != "!!null", n.Content[i-1].Line)
		}
	}
}
