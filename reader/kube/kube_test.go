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

// TestReal reads a repository of the machine, named by SEAWORTHY_REPOSITORY, and
// shows what it found.
func TestReal(t *testing.T) {
	dir := os.Getenv("SEAWORTHY_REPOSITORY")
	if dir == "" {
		t.Skip("set SEAWORTHY_REPOSITORY to a folder")
	}
	tr, err := tree.Open(context.Background(), os.DirFS(dir), tree.Options{Skip: nil})
	if err != nil {
		t.Fatal(err)
	}
	facts, err := Read(context.Background(), tr, Options{Worker: worker})
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range facts.Workloads {
		t.Logf("W %s %s [%s] ns=%q", w.Location, w.Object, w.Location.Form, w.Object.Namespace)
		for _, c := range w.Containers {
			t.Logf("    %s%s %s lines %d-%d image %d ready %v live %v", c.Role, c.Name, c.Image, c.Location.FirstLine, c.Location.LastLine, c.ImageLine, c.Readiness != nil, c.Liveness != nil)
		}
	}
	for _, m := range facts.Manifests {
		for _, p := range m.Problems {
			t.Logf("P %s %s (%s)", p.Location, p.Message, p.Location.Object)
		}
	}
	for _, g := range tr.Gaps() {
		t.Logf("G %s %s %s", g.Location, g.Reason, g.Message)
	}
	for _, n := range facts.Notes {
		t.Logf("N %s %s", n.Location, n.Message)
	}
	t.Logf("%d workloads %d services %d budgets %d scalers %d objects %d manifests %d charts", len(facts.Workloads), len(facts.Services), len(facts.Budgets), len(facts.Scalers), len(facts.Objects), len(facts.Manifests), len(facts.Charts))
}
