package kube

import (
	"testing"
	"testing/fstest"

	"github.com/seaworthy-dev/seaworthy/reader/tree"
)

// A file that is named as a manifest and can't be read as text may hold one: it is a
// gap, not nothing.
func TestWhatIsNoTextIsAGap(t *testing.T) {
	for name, content := range map[string]string{
		"git-crypt": "\x00GITCRYPT\x00abc", "git lfs": "version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 1\n",
		"placeholder": "apiVersion: ${API}\nkind: Secret\nmetadata: {name: s}\n", "kind": "apiVersion: v1\nkind: \"{{ kind }}\"\nmetadata: {name: s}\n",
		"utf-16": "\xff\xfea\x00p\x00i\x00", "nul": "\x00apiVersion: v1\nkind: Secret\n",
	} {
		tr, err := tree.Open(t.Context(), fstest.MapFS{"deploy/a.yaml": {Data: []byte(content), Mode: 0o644}}, tree.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Read(t.Context(), tr, Options{}); err != nil {
			t.Fatal(err)
		}
		if gaps := tr.Gaps(); len(gaps) != 1 || gaps[0].Reason != map[bool]string{true: "malformed", false: "not-text"}[name == "placeholder" || name == "kind"] || len(gaps[0].Hides) == 0 {
			t.Errorf("%s: %+v", name, gaps)
		}
	}
}
