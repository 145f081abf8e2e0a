package checks

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

func TestYAMLText(t *testing.T) {
	got := yamlText(object{
		{key: "apiVersion", value: "v1"}, {key: "none", value: object(nil)}, {key: "nobody", value: []string(nil)},
		{key: "spec", comment: "all of it", value: object{
			{key: "yes", value: "yes"}, {key: "number", value: 3}, {key: "text", value: "8080", comment: "a name"}, {key: "gone", value: nil},
			{key: "containers", value: []object{{{key: "name", value: "a"}, {key: "command", value: []string{"sh", "-c", "sleep 10 && exit"}}}, {{key: "name", value: "b"}}}},
		}},
	})
	want := `apiVersion: v1
none: {}
nobody: []
spec: # all of it
  "yes": "yes"
  number: 3
  text: "8080" # a name
  gone: null
  containers:
    - name: a
      command:
        - sh
        - "-c"
        - "sleep 10 && exit"
    - name: b
`
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

// Whatever a label or a name may be, it is read back as it was.
func FuzzYAMLText(f *testing.F) {
	for _, s := range []string{"", "a", "yes", "NO", "1", "0x1f", "1e3", "~", "null", "a: b", "a #b", "- a", "&a", "*a", "!a", "%a", "@a", "`a", "a\nb", "\t", "a ", "<a&b>", "2001-01-01", "1:30", ".5", "a'b", `a"b\c`, "key with words", "=", "<<",
		"N\xfe`\x7f", "\u0085", "\u009f", "\ufeffa", "a\ufffe", "\uffff", "\u2028"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if len(yamlString(s)) > 1000 {
			return // YAML takes no key of more than 1,024 characters before a colon; those of Kubernetes have 317 at most
		}
		text := yamlText(object{{key: s, value: s, comment: "why"}, {key: s + "2", value: []string{s}}, {key: s + "3", value: []object{{{key: s, value: s}}}}})
		var n yaml.Node
		if err := yaml.Unmarshal([]byte(text), &n); err != nil {
			t.Fatalf("%q: %v\n%s", s, err, text)
		}
		var want string
		if err := yaml.Unmarshal([]byte(yamlString("x"+s)), &want); err != nil || want != string([]rune("x"+s)) {
			t.Fatalf("%q is read back as %q: %v", "x"+s, want, err)
		}
		root := n.Content[0]
		back := string([]rune(s)) // what is no UTF-8 is replaced
		if root.Content[0].Value != back || root.Content[1].Value != back || root.Content[1].Tag != "!!str" || root.Content[0].Tag != "!!str" ||
			root.Content[3].Content[0].Value != back || root.Content[5].Content[0].Content[1].Value != back {
			t.Fatalf("%q is not read back from\n%s", s, text)
		}
	})
}
