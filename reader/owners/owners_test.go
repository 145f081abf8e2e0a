package owners

import (
	"bytes"
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
	"github.com/hmarr/codeowners"
	"golang.org/x/tools/txtar"

	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var update = flag.Bool("update", false, "rewrite the want.json of each case")

// read reads a file system and gives its facts, gaps included, in their canonical order.
func read(t *testing.T, fsys fs.FS, limits tree.Limits) scorecard.Facts {
	t.Helper()
	tr, err := tree.Open(context.Background(), fsys, tree.Options{Limits: limits})
	if err != nil {
		t.Fatal(err)
	}
	var facts scorecard.Facts
	Read(context.Background(), tr, &facts)
	facts.Gaps = tr.Gaps()
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
			got, err := json.MarshalIndent(read(t, fsys, tree.Limits{}), "", "  ")
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

func TestBadInput(t *testing.T) {
	for _, tt := range []struct {
		name, path, content string
		rules               int
		gap                 string // reason
		line                int
	}{
		{"invalid UTF-8", "CODEOWNERS", "* @team\n/\xff @x\n", 0, "not-text", 0},
		{"binary", ".github/CODEOWNERS", "\x00\x01", 0, "not-text", 0},
		{"too many rules", "CODEOWNERS", strings.Repeat("a @b\n", maxRules+1), maxRules, "too-many", maxRules + 1},
		{"broken OWNERS", "OWNERS", "approvers:\n- a\n- \"b\n", 0, "malformed", 3},
		{"broken aliases", "OWNERS_ALIASES", "aliases:\n\ta: b\n", 0, "malformed", 2},
		{"empty", "CODEOWNERS", "", 0, "", 0},
		{"empty OWNERS", "OWNERS", "\n", 0, "", 0},
		{"a very long line", "CODEOWNERS", "/" + strings.Repeat("a", 1<<20) + " @b\n", 1, "", 0},
		{"many odd characters", "CODEOWNERS", "/" + strings.Repeat("~", 4000) + " @b\n", 1, "", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			facts := read(t, fstest.MapFS{tt.path: {Data: []byte(tt.content)}}, tree.Limits{})
			if len(facts.Owners) != tt.rules {
				t.Errorf("%d rules, want %d", len(facts.Owners), tt.rules)
			}
			for _, r := range facts.Owners {
				if len(r.Pattern) > maxPattern+8 {
					t.Errorf("a pattern of %d bytes", len(r.Pattern))
				}
			}
			if tt.gap == "" {
				if len(facts.Gaps) > 0 {
					t.Errorf("unexpected gap %+v", facts.Gaps[0])
				}
				return
			}
			if len(facts.Gaps) != 1 {
				t.Fatalf("gaps %+v, want one %s", facts.Gaps, tt.gap)
			}
			g := facts.Gaps[0]
			if g.Reason != tt.gap || g.Location.Path != tt.path || g.Location.FirstLine != tt.line || !slices.Equal(g.Hides, []scorecard.Family{scorecard.Owners}) {
				t.Errorf("gap %+v, want %s at line %d hiding the owners", g, tt.gap, tt.line)
			}
		})
	}
}

// TestTooLargeForGitHub: over 3 MB GitHub loads nothing, and the next place is not tried.
func TestTooLargeForGitHub(t *testing.T) {
	big := "* @team\n" + strings.Repeat("# "+strings.Repeat("x", 1022)+"\n", 3<<10)
	facts := read(t, fstest.MapFS{".github/CODEOWNERS": {Data: []byte(big)}, "CODEOWNERS": {Data: []byte("* @other\n")}}, tree.Limits{})
	if len(facts.Owners) != 2 || facts.Owners[0].Ignored == "" || facts.Owners[1].Ignored == "" {
		t.Errorf("rules %+v, want two that are ignored", facts.Owners)
	}
}

// TestUsable: whatever a rule says that counts, the matcher must take its pattern, and
// it must match what the line meant.
func TestUsable(t *testing.T) {
	for _, tt := range []struct {
		line, path string
		want       bool
	}{
		{"* @a", "x/y", true},
		{"/src/ @a", "src/x", true},
		{"src/*.go @a", "src/x.go", true},
		{"/docs/Übersicht/ @a", "docs/Übersicht/x", true},
		{`/with\ space/ @a`, "with space/x", true},
		{"/a~b/c&d @a", "a~b/c&d", true},
		{"/a#b @a", "a#b", true},
		{"/a~b @a", "axxb", false},
		{"/src @a", "srcs/x", false},
	} {
		rules, _ := parseCodeowners("CODEOWNERS", []byte(tt.line), false)
		if len(rules) != 1 || rules[0].Ignored != "" {
			t.Errorf("%s: %+v", tt.line, rules)
			continue
		}
		set, err := codeowners.ParseFile(strings.NewReader(rules[0].Pattern + " @owner\n"))
		if err != nil {
			t.Errorf("%s: %v", tt.line, err)
			continue
		}
		if got, err := set[0].Match(tt.path); err != nil || got != tt.want {
			t.Errorf("%s on %s = %v, %v", tt.line, tt.path, got, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	archives, _ := filepath.Glob("testdata/*.txtar")
	for _, name := range archives {
		a, err := txtar.ParseFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range a.Files {
			f.Add(file.Data, true)
			f.Add(file.Data, false)
		}
	}
	f.Add([]byte("\\"), false)
	f.Add([]byte("^[x][1] @@maintainer\n!a\\ b"), true)
	f.Fuzz(func(t *testing.T, data []byte, gitlab bool) {
		last := 1 + bytes.Count(data, []byte("\n"))
		rules, _ := parseCodeowners("CODEOWNERS", data, gitlab)
		for _, r := range rules {
			if r.Location.FirstLine < 1 || r.Location.FirstLine > last {
				t.Errorf("line %d of %d", r.Location.FirstLine, last)
			}
			if r.Ignored == "" && !matchable(r.Pattern) {
				t.Errorf("%q counts and can't be matched", r.Pattern)
			}
		}
		r, _, err := parseOwners("a/OWNERS", data, map[string][]string{"a": {"b", "a"}})
		if err == nil && r != nil && (r.Ignored == "") != (len(r.Owners) > 0) {
			t.Errorf("%+v neither owns nor says why not", r)
		}
	})
}
