package render

import (
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
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
	message = withoutFailures(job, message)
	for _, v := range slices.Clone(values) {
		values = append(values, disguises(v)...)
	}
	// The longest first, so that none leaves a part of another behind.
	slices.SortFunc(values, func(a, b string) int { return len(b) - len(a) })
	for _, v := range values {
		message = strings.ReplaceAll(message, v, "…")
	}
	return message
}

// failing finds what a template itself says when it gives up, which may be made of
// values in any way: cut, joined, encoded.
var failing = lazyregexp.New(`(?s)(error calling (?:fail|required): )(.*)`)

// withoutFailures leaves of what a template says the words that it has from the
// chart's templates; what it has from somewhere else may be a value, or a piece of one.
func withoutFailures(job Job, message string) string {
	m := failing.FindStringSubmatchIndex(message)
	if job.Tool != Helm || m == nil {
		return message
	}
	known := map[string]bool{}
	for name, b := range job.Files {
		if strings.Contains("/"+name, "/templates/") || path.Base(name) == "Chart.yaml" {
			for _, w := range wordsOf(string(b)) {
				known[w] = true
			}
		}
	}
	var out strings.Builder
	rest := message[m[4]:m[5]]
	for _, w := range wordsOf(rest) {
		i := strings.Index(rest, w)
		out.WriteString(rest[:i])
		if known[w] || len(w) < 2 {
			out.WriteString(w)
		} else {
			out.WriteString("…")
		}
		rest = rest[i+len(w):]
	}
	return message[:m[4]] + out.String() + rest
}

// wordsOf are the runs of letters, digits and what encodings are made of.
func wordsOf(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("+=_$%", r)
	})
}

// disguises are forms in which a value may stand in a message without being itself:
// encoded, quoted, in capitals; and the names in a value that is a template.
func disguises(v string) []string {
	b := []byte(v)
	out := []string{
		base64.StdEncoding.EncodeToString(b), base64.RawStdEncoding.EncodeToString(b), base64.URLEncoding.EncodeToString(b), base64.RawURLEncoding.EncodeToString(b),
		base32.StdEncoding.EncodeToString(b), hex.EncodeToString(b), url.QueryEscape(v), url.PathEscape(v), strings.Trim(strconv.Quote(v), `"`), strings.ToUpper(v), strings.ToLower(v),
	}
	if strings.Contains(v, "{{") {
		out = append(out, wordsOf(v)...)
	}
	return slices.DeleteFunc(out, func(s string) bool { return len(s) <= shortValue })
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
