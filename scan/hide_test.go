package scan_test

import (
	"context"
	"io/fs"
	"maps"
	"os"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/seaworthy-dev/seaworthy/checks"
	"github.com/seaworthy-dev/seaworthy/reader"
	"github.com/seaworthy-dev/seaworthy/reader/kube"
	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/scan"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// example loads the repository that ships with the project into memory.
func example(t testing.TB) fstest.MapFS {
	t.Helper()
	out := fstest.MapFS{}
	root := os.DirFS("../example")
	err := fs.WalkDir(root, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(root, p)
		out[p] = &fstest.MapFile{Data: b}
		return err
	})
	if err != nil || len(out) == 0 {
		t.Fatalf("the example can't be read: %v, %d files", err, len(out))
	}
	return out
}

func judgeAll(t testing.TB, fsys fs.FS, limits tree.Limits) map[string]*scorecard.Scorecard {
	t.Helper()
	ctx := context.Background()
	tr, err := tree.Open(ctx, fsys, tree.Options{Limits: limits})
	if err != nil {
		t.Fatal(err)
	}
	collection, err := reader.Read(ctx, tr, reader.Options{Kube: kube.Options{}})
	if err != nil {
		t.Fatal(err)
	}
	rubric, err := checks.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]*scorecard.Scorecard{}
	for _, inv := range scan.Attribute("shop", collection) {
		card, err := scorecard.Judge(inv, rubric)
		if err != nil {
			t.Fatal(err)
		}
		out[inv.Service.Name] = card
	}
	return out
}

// Each file of the example in turn is made too large to be read. No service may gain
// by it: not in what it can prove, not in level, not in coverage.
func TestHidingAFileNeverHelps(t *testing.T) {
	files := example(t)
	const bound = 1 << 20
	before := judgeAll(t, files, tree.Limits{MaxFileBytes: bound})
	large := make([]byte, bound+1)
	for i := range large {
		large[i] = '#'
	}
	for _, hidden := range slices.Sorted(maps.Keys(files)) {
		t.Run(hidden, func(t *testing.T) {
			less := maps.Clone(files)
			less[hidden] = &fstest.MapFile{Data: large}
			after := judgeAll(t, less, tree.Limits{MaxFileBytes: bound})
			for name, was := range before {
				is, still := after[name]
				if !still {
					continue // without its declaration it is no service any more
				}
				if is.Min > was.Min || is.Coverage > was.Coverage || is.Level.Compare(was.Level) > 0 {
					t.Errorf("without %s, %s went from min %v, coverage %v, %s to min %v, coverage %v, %s", hidden, name,
						was.Min, was.Coverage, was.Level, is.Min, is.Coverage, is.Level)
					explain(t, was, is)
				}
			}
		})
	}
}

func explain(t *testing.T, was, is *scorecard.Scorecard) {
	t.Helper()
	for i, r := range is.Results {
		if w := was.Results[i]; r.Outcome != w.Outcome || r.CreditMin != w.CreditMin {
			t.Logf("  %s: %s %v (%s) → %s %v (%s)", r.Check, w.Outcome, w.CreditMin, w.Reason, r.Outcome, r.CreditMin, r.Reason)
		}
	}
}

// Time zone, locale and the order of scans have no part in a verdict.
func TestVerdictsAreReproducible(t *testing.T) {
	files := example(t)
	want := judgeAll(t, files, tree.Limits{})
	for _, env := range []map[string]string{{"TZ": "Pacific/Apia", "LANG": "tr_TR.UTF-8", "LC_ALL": "tr_TR.UTF-8"}, {"TZ": "UTC", "HOME": t.TempDir()}} {
		for k, v := range env {
			t.Setenv(k, v)
		}
		got := judgeAll(t, files, tree.Limits{})
		for name, card := range want {
			a, err := card.Canonical()
			if err != nil {
				t.Fatal(err)
			}
			b, err := got[name].Canonical()
			if err != nil {
				t.Fatal(err)
			}
			if string(a) != string(b) {
				t.Errorf("%s was judged differently under %v", name, env)
			}
		}
	}
}
