package dashboard

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

func read(t testing.TB, fsys fs.FS) scorecard.Facts {
	t.Helper()
	ctx := context.Background()
	tr, err := tree.Open(ctx, fsys, tree.Options{})
	if err != nil {
		t.Fatal(err)
	}
	all, err := kube.Read(ctx, tr, kube.Options{Objects: []kube.ObjectReader{{Family: scorecard.Dashboards, Marks: Marks(), Knows: Knows, Read: ReadObject}}})
	if err != nil {
		t.Fatal(err)
	}
	Read(ctx, tr, &all)
	out := scorecard.Facts{Dashboards: all.Dashboards, Gaps: tr.Gaps()}
	out.Sort()
	return out
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

// FuzzRead holds that no input brings the reader down, and that two readings are the same.
func FuzzRead(f *testing.F) {
	names := []string{"dashboards/a.json", "a.tf", "a.jsonnet", "values.yaml"}
	archives, _ := filepath.Glob("testdata/*.txtar")
	for _, name := range archives {
		a, err := txtar.ParseFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for _, x := range a.Files {
			for i, n := range names {
				if filepath.Ext(n) == filepath.Ext(x.Name) {
					f.Add(i, x.Data)
				}
			}
		}
	}
	f.Fuzz(func(t *testing.T, which int, data []byte) {
		if which < 0 || len(data) > 64<<10 {
			return
		}
		fsys := fstest.MapFS{names[which%len(names)]: {Data: data}}
		a, err := json.Marshal(read(t, fsys))
		if err != nil {
			t.Fatal(err)
		}
		if b, _ := json.Marshal(read(t, fsys)); string(a) != string(b) {
			t.Errorf("two readings differ:\n%s\n%s", a, b)
		}
	})
}
