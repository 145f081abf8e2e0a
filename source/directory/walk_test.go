package directory

import (
	"os"
	"testing"

	"github.com/seaworthy-dev/seaworthy/reader/tree"
)

func walkNames(t *testing.T, dir string, skip func(string, bool) bool) (names []string) {
	t.Helper()
	tr, err := tree.Open(t.Context(), os.DirFS(dir), tree.Options{Skip: skip})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range tr.All() {
		names = append(names, f.Path)
	}
	return names
}
