package yamldoc

import "testing"

func TestHasKey(t *testing.T) {
	for text, want := range map[string]bool{
		"kind: A":                      true,
		"a:\n  - kind: A":              true,
		"{kind: A}":                    true,
		`{"kind" : "A"}`:               true,
		"'kind': A":                    true,
		"\"kind\"\n  : A":              true,
		"kind : A":                     true,
		"? kind\n: A":                  true,
		"-kind: A":                     true, // a key of its own, which costs a parse
		"mankind: A":                   false,
		"kinds: A":                     false,
		"text: of this kind, and more": false,
		"":                             false,
		"kind":                         false,
	} {
		if got := HasKey([]byte(text), "kind"); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}
