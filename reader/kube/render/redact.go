package render

import (
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// shortValue is the length up to which a value is not taken out of a message: a shorter
// one is a word that stands in any sentence.
const shortValue = 5

// echoes are what Kustomize says before it repeats a piece of a file, which may be a Secret.
var echoes = []string{"loading KV pairs", "literal source", "node contents:", "unable to parse SM or JSON patch", "trouble configuring builtin", "invalid env", "env source"}

// withoutValues takes out of a failure's message what may be a secret: the values that
// templates were filled with, and the pieces of files that Kustomize repeats.
func withoutValues(job Job, message string) string {
	if job.Tool == Kustomize {
		for _, e := range echoes {
			if i := strings.Index(message, e); i >= 0 {
				message = message[:i+len(e)] + " …"
			}
		}
		return message
	}
	texts := slices.Clone(job.Values)
	for name, b := range job.Files {
		if base := path.Base(name); strings.HasPrefix(base, "values") || job.Tool == Text {
			texts = append(texts, b)
		}
	}
	for _, s := range job.Set {
		_, value, _ := strings.Cut(s.Text, "=")
		texts = append(texts, []byte(value))
	}
	var values []string
	for _, text := range texts {
		var n yaml.Node
		if yaml.Unmarshal(text, &n) == nil {
			values = scalars(&n, values, 0)
		}
	}
	// The longest first, so that none leaves a part of another behind.
	slices.SortFunc(values, func(a, b string) int { return len(b) - len(a) })
	for _, v := range values {
		message = strings.ReplaceAll(message, v, "…")
	}
	return message
}

// scalars adds the texts below the node that are long enough to be a secret. Nothing
// is repeated by aliases.
func scalars(n *yaml.Node, out []string, depth int) []string {
	const deep = 100
	if depth > deep {
		return out
	}
	if n.Kind == yaml.ScalarNode && n.Tag != "!!bool" && n.Tag != "!!null" {
		for part := range strings.Lines(n.Value) {
			if part = strings.TrimSpace(part); len(part) > shortValue {
				out = append(out, part)
			}
		}
		return out
	}
	for i, c := range n.Content {
		if n.Kind != yaml.MappingNode || i%2 == 1 {
			out = scalars(c, out, depth+1)
		}
	}
	return out
}
