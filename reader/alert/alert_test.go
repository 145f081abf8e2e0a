package alert

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
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var update = flag.Bool("update", false, "rewrite the want.json of each case")

// read reads a file system as package reader does, and gives what is ours of its facts.
func read(t testing.TB, fsys fs.FS) scorecard.Facts {
	t.Helper()
	ctx := context.Background()
	tr, err := tree.Open(ctx, fsys, tree.Options{})
	if err != nil {
		t.Fatal(err)
	}
	all, err := kube.Read(ctx, tr, kube.Options{Objects: []kube.ObjectReader{{Family: scorecard.Alerts, Marks: Marks(), Knows: Knows, Read: ReadObject}}})
	if err != nil {
		t.Fatal(err)
	}
	Read(ctx, tr, &all)
	all.Sort()
	Finish(tr, Home{URL: "https://github.com/acme/shop"}, &all)
	all.Sort()
	out := scorecard.Facts{Alerts: all.Alerts, RuleFiles: all.RuleFiles, Recordings: all.Recordings, Routings: all.Routings, Gaps: tr.Gaps()}
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
			if strings.Contains(string(got), "s3cret") {
				t.Error("the facts hold what is secret")
			}
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

// readFiles is read without package kube, which has a fuzzer of its own: objects in the
// data are read as they stand.
func readFiles(t testing.TB, fsys fs.FS, data []byte) (out scorecard.Facts) {
	t.Helper()
	tr, err := tree.Open(context.Background(), fsys, tree.Options{})
	if err != nil {
		t.Fatal(err)
	}
	Read(context.Background(), tr, &out)
	for _, doc := range yamldoc.Parse(data) {
		ref := scorecard.ObjectRef{APIVersion: yamldoc.String(yamldoc.Get(doc.Root, "apiVersion")), Kind: yamldoc.String(yamldoc.Get(doc.Root, "kind"))}
		if Knows(ref) {
			ReadObject(doc.Root, scorecard.Location{Path: "object.yaml", Object: ref}, &out)
		}
	}
	out.Sort()
	Finish(tr, Home{}, &out)
	out.Gaps = tr.Gaps()
	out.Sort()
	return out
}

// seeds are the files of all cases.
func seeds(f *testing.F, add func(name string, data []byte)) {
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(archives) == 0 {
		f.Fatal("no cases", err)
	}
	for _, name := range archives {
		a, err := txtar.ParseFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for _, x := range a.Files {
			add(x.Name, x.Data)
		}
	}
}

// FuzzRead holds that no input brings the reader down, and that what comes out can be
// written and is the same each time.
func FuzzRead(f *testing.F) {
	names := []string{"rules.yml", "monitors.tf", "alertmanager.json", "values.yaml", "rules.yml.j2"}
	seeds(f, func(name string, data []byte) {
		for i, n := range names {
			if filepath.Ext(n) == filepath.Ext(name) {
				f.Add(i, data)
			}
		}
	})
	f.Fuzz(func(t *testing.T, which int, data []byte) {
		if which < 0 || len(data) > 64<<10 {
			return
		}
		fsys := fstest.MapFS{names[which%len(names)]: {Data: data}}
		a, err := json.Marshal(readFiles(t, fsys, data))
		if err != nil {
			t.Fatal(err)
		}
		if b, _ := json.Marshal(readFiles(t, fsys, data)); string(a) != string(b) {
			t.Errorf("two readings differ:\n%s\n%s", a, b)
		}
	})
}
