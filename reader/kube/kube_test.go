package kube

import (
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var (
	update = flag.Bool("update", false, "write the golden files")
	worker string
)

func TestMain(m *testing.M) {
	var done bool
	if worker, done = RenderWorker(); done {
		return
	}
	os.Exit(m.Run())
}

// readFiles reads a repository of files by path.
func readFiles(t testing.TB, files map[string]string, o Options) scorecard.Facts {
	t.Helper()
	fsys := fstest.MapFS{}
	for p, text := range files {
		fsys[p] = &fstest.MapFile{Data: []byte(text)}
	}
	tr, err := tree.Open(context.Background(), fsys, tree.Options{})
	if err != nil {
		t.Fatal(err)
	}
	facts, err := Read(context.Background(), tr, o)
	if err != nil {
		t.Fatal(err)
	}
	facts.Gaps = tr.Gaps()
	facts.Sort()
	return facts
}

// TestCases reads each archive of testdata as a repository and compares all facts
// with the golden file beside it, lines included.
func TestCases(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, p := range paths {
		t.Run(filepath.Base(p), func(t *testing.T) {
			t.Parallel()
			ar, err := txtar.ParseFile(p)
			if err != nil {
				t.Fatal(err)
			}
			files := map[string]string{}
			for _, f := range ar.Files {
				files[f.Name] = string(f.Data)
			}
			facts := readFiles(t, files, Options{Worker: worker})
			got, err := json.MarshalIndent(facts, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			golden := p[:len(p)-len(".txtar")] + ".json"
			if *update {
				if err := os.WriteFile(golden, append(got, '\n'), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)+"\n"); diff != "" {
				t.Errorf("facts differ from %s (-want +got):\n%s", golden, diff)
			}
		})
	}
}
