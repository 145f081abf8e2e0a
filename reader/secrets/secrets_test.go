package secrets

import (
	"context"
	"encoding/json"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/seaworthy-dev/seaworthy/reader/kube"
	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var update = flag.Bool("update", false, "rewrite the want.json of each case")

// read reads a file system, files and objects, and keeps the part of this package.
func read(t testing.TB, fsys fs.FS) scorecard.Facts {
	t.Helper()
	ctx := context.Background()
	tr, err := tree.Open(ctx, fsys, tree.Options{})
	if err != nil {
		t.Fatal(err)
	}
	objects, err := kube.Read(ctx, tr, kube.Options{Objects: []kube.ObjectReader{Objects()}})
	if err != nil {
		t.Fatal(err)
	}
	facts := scorecard.Facts{SecretSources: objects.SecretSources}
	Read(ctx, tr, &facts)
	facts.Sort()
	return facts
}

// TestCases reads the files of each archive and compares with its want.json.
func TestCases(t *testing.T) {
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatal("no cases", err)
	}
	for _, name := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			var want []byte
			a.Files = slices.DeleteFunc(a.Files, func(f txtar.File) bool {
				if f.Name == "want.json" {
					want = f.Data
				}
				return f.Name == "want.json"
			})
			fsys, err := txtar.FS(a)
			if err != nil {
				t.Fatal(err)
			}
			got, err := json.MarshalIndent(read(t, fsys), "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, '\n')
			if *update {
				a.Files = append(a.Files, txtar.File{Name: "want.json", Data: got})
				if err := os.WriteFile(name, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("run with -update if this is meant (-want +got):\n%s", diff)
			}
		})
	}
}

// FuzzRead holds that no file brings the reader down.
func FuzzRead(f *testing.F) {
	archives, _ := filepath.Glob("testdata/*.txtar")
	for _, name := range archives {
		a, err := txtar.ParseFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range a.Files {
			f.Add(string(file.Data))
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		read(t, fstest.MapFS{".sops.yaml": {Data: []byte(text)}, ".gitattributes": {Data: []byte(text)}, "secret.yaml": {Data: []byte(text)}})
	})
}
