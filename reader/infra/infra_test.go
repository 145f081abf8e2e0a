package infra

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var update = flag.Bool("update", false, "write the answers of the cases anew")

// golden is the name of the file in a case that holds the answer.
const golden = "want.json"

// TestCases reads each repository in testdata and compares what was seen.
func TestCases(t *testing.T) {
	names, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			files, want := fstest.MapFS{}, []byte(nil)
			for _, f := range archive.Files {
				if f.Name == golden {
					want = f.Data
					continue
				}
				files[f.Name] = &fstest.MapFile{Data: f.Data}
			}
			facts := readAll(t, files)
			got, err := json.MarshalIndent(facts, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, '\n')
			if *update {
				archive.Files = append(without(archive.Files, golden), txtar.File{Name: golden, Data: got})
				if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("what was seen differs (-want +got); if it is right, run with -update\n%s", diff)
			}
			if again, _ := json.MarshalIndent(readAll(t, files), "", "  "); !bytes.Equal(append(again, '\n'), got) {
				t.Error("reading twice gives two answers")
			}
		})
	}
}

func without(files []txtar.File, name string) []txtar.File {
	var out []txtar.File
	for _, f := range files {
		if f.Name != name {
			out = append(out, f)
		}
	}
	return out
}

func readAll(t testing.TB, files fstest.MapFS) *scorecard.Facts {
	t.Helper()
	tr, err := tree.Open(context.Background(), files, tree.Options{})
	if err != nil {
		t.Fatal(err)
	}
	facts := &scorecard.Facts{}
	Read(context.Background(), tr, facts)
	facts.Gaps = tr.Gaps()
	facts.Sort()
	return facts
}
