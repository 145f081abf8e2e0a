package checks

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// object is a YAML mapping that is written in the order given.
type object []field

// field is one key of an object, with an optional comment behind it.
type field struct {
	key     string
	value   any
	comment string
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

// yamlText writes the object in block style. Every failing subject has such a text, so
// it is written directly: the YAML library's encoder costs twenty times as much.
func yamlText(o object) string {
	var w yamlWriter
	w.object(o, 0)
	return w.String()
}

type yamlWriter struct{ strings.Builder }

// object writes the fields, the first one where the writer stands.
func (w *yamlWriter) object(o object, indent int) {
	for i, f := range o {
		if i > 0 {
			w.indent(indent)
		}
		w.WriteString(yamlString(f.key))
		w.WriteByte(':')
		w.value(f.value, indent, f.comment)
	}
}

func (w *yamlWriter) indent(n int) {
	for range n {
		w.WriteByte(' ')
	}
}

// value writes what stands behind a key of that indent, with the end of its line.
func (w *yamlWriter) value(value any, indent int, comment string) {
	switch v := value.(type) {
	case object:
		if len(v) > 0 {
			w.end(comment)
			w.indent(indent + 2)
			w.object(v, indent+2)
			return
		}
		w.WriteString(" {}")
	case []object:
		if len(v) > 0 {
			w.end(comment)
			for _, o := range v {
				w.indent(indent + 2)
				w.WriteString("- ")
				w.object(o, indent+4)
			}
			return
		}
		w.WriteString(" []")
	case []string:
		if len(v) > 0 {
			w.end(comment)
			for _, s := range v {
				w.indent(indent + 2)
				w.WriteString("- " + yamlString(s) + "\n")
			}
			return
		}
		w.WriteString(" []")
	case string:
		w.WriteString(" " + yamlString(v))
	case nil:
		w.WriteString(" null")
	default:
		fmt.Fprintf(w, " %v", v)
	}
	w.end(comment)
}

func (w *yamlWriter) end(comment string) {
	if comment != "" {
		w.WriteString(" # " + comment)
	}
	w.WriteByte('\n')
}

// notText are words that YAML, old or new, takes for something else.
var notText = []string{"y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"}

// plainYAML reports whether YAML reads the text as itself without quotes, but for
// those words: letters, digits and a few signs that mean nothing to it, a letter first,
// and single spaces inside.
func plainYAML(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == '/'
		switch {
		case letter:
		case i == 0:
			return false
		case c >= '0' && c <= '9', strings.IndexByte(".,;()=-", c) >= 0:
		case c == ' ' && i+1 < len(s) && s[i-1] != ' ' && s[i+1] != '-':
		default:
			return false
		}
	}
	return s != ""
}

// unescaped are the signs that encoding/json escapes for the sake of HTML.
var unescaped = strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&")

// yamlString writes text so that it is read back as that text: in quotes where it
// would be something else without.
func yamlString(s string) string {
	if plainYAML(s) && (len(s) > len("false") || !slices.Contains(notText, strings.ToLower(s))) {
		return s
	}
	b, err := json.Marshal(s) // a JSON string is a YAML string, but for what YAML can't hold as it is
	if err != nil {
		return fmt.Sprintf("%q", s)
	}
	text := unescaped.Replace(string(b))
	if strings.IndexFunc(text, unprintable) < 0 {
		return text
	}
	var w strings.Builder
	for _, r := range text {
		if unprintable(r) {
			fmt.Fprintf(&w, `\u%04x`, r)
			continue
		}
		w.WriteRune(r)
	}
	return w.String()
}

// unprintable are the signs that JSON writes as they are and YAML takes only escaped:
// https://yaml.org/spec/1.2.2/#51-character-set. All of them have four digits.
func unprintable(r rune) bool {
	return r >= 0x7f && r < 0xa0 || r == 0xfeff || r == 0xfffe || r == 0xffff
}
