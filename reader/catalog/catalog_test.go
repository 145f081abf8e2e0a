package catalog

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
	bomb := "a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n" +
		"d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\ng: [*f,*f,*f,*f,*f,*f,*f,*f,*f,*f]\n"
	good := "apiVersion: backstage.io/v1alpha1\nkind: System\nmetadata: {name: shop}\nspec: {owner: team-a}\n"
	for _, tt := range []struct {
		name, path, content string
		entities            int
		gap                 string // reason
		line                int
	}{
		{"syntax", "catalog-info.yaml", "apiVersion: backstage.io/v1alpha1\nkind: @Component\n", 0, "malformed", 2},
		{"one broken document hides no other", "catalog-info.yaml", "kind: [\n---\n" + good, 1, "malformed", 1},
		{"invalid UTF-8", "catalog-info.yaml", "kind: Component\nmetadata: {name: \"\xff\"}\n", 0, "malformed", 2},
		{"alias bomb", "catalog-info.yaml", bomb, 0, "malformed", 1},
		{"deep nesting", "catalog-info.yaml", "a: " + strings.Repeat("[", 100_000), 0, "malformed", 1},
		{"too large", "catalog-info.yaml", good + "# " + strings.Repeat("x", 1<<20), 0, "too-large", 0},
		{"broken entity elsewhere", "backstage/all.yaml", "apiVersion: backstage.io/v1alpha1\nkind: @Component\n", 0, "malformed", 2},
		{"broken file of another kind", "values.yaml", "# backstage.io/docs\na: [\n", 0, "", 0},
		{"broken document beside an entity", "all.yaml", "a: [\n---\n" + good, 1, "", 0},
		{"empty", "catalog-info.yaml", "", 0, "", 0},
		{"a list", "catalog-info.yaml", "- a\n- b\n", 0, "", 0},
		{"10,000 documents", "catalog-info.yaml", strings.Repeat(good+"---\n", 10_000), 10_000, "", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			facts := read(t, fstest.MapFS{tt.path: {Data: []byte(tt.content)}}, tree.Limits{MaxFileBytes: 1 << 20})
			if len(facts.Entities) != tt.entities {
				t.Errorf("%d entities, want %d", len(facts.Entities), tt.entities)
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
			if g.Reason != tt.gap || g.Location.Path != tt.path || g.Location.FirstLine != tt.line || !slices.Equal(g.Hides, []scorecard.Family{scorecard.Catalog}) {
				t.Errorf("gap %+v, want %s at line %d hiding the catalog", g, tt.gap, tt.line)
			}
		})
	}
}

func TestGlob(t *testing.T) {
	for _, tt := range []struct {
		pattern, path string
		want          bool
	}{
		{"services/*/catalog-info.yaml", "services/cart/catalog-info.yaml", true},
		{"services/*/catalog-info.yaml", "services/a/b/catalog-info.yaml", false},
		{"**/catalog-info.yaml", "catalog-info.yaml", true},
		{"**/catalog-info.yaml", "a/b/catalog-info.yaml", true},
		{"a/**", "a/b/c.yaml", true},
		{"a/?.yaml", "a/b.yaml", true},
		{"a/?.yaml", "a/bc.yaml", false},
		{"{a,b}.yaml", "b.yaml", true},
		{"ä*.yaml", "äb.yaml", true},
		{"a.yaml", "aXyaml", false},
		{"a+(b).yaml", "a+(b).yaml", true},
		{"{a.yaml", "a.yaml", true},
	} {
		if got := glob(tt.pattern).MatchString(tt.path); got != tt.want {
			t.Errorf("glob(%q) on %q = %v", tt.pattern, tt.path, got)
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
		}
	}
	f.Add([]byte("&a {<<: *a, apiVersion: backstage.io/v1, kind: Location, spec: {targets: [~, {}, 1]}}"), true)
	f.Add([]byte("apiVersion: backstage.io/v1\nmetadata: {links: [{url: '%zz'}], labels: {? [a] : b}}"), false)
	f.Fuzz(func(t *testing.T, data []byte, named bool) {
		out := parse("dir/catalog-info.yaml", data, named, func(string) bool { return false })
		last := 1 // YAML knows more line breaks than editors do
		for _, b := range []string{"\n", "\r", "\u0085", "\u2028", "\u2029"} {
			last += bytes.Count(data, []byte(b))
		}
		for _, e := range out.entities {
			if e.Location.FirstLine < 1 || e.Location.LastLine < e.Location.FirstLine || e.Location.FirstLine > last {
				t.Errorf("lines %d to %d of %d", e.Location.FirstLine, e.Location.LastLine, last)
			}
			for _, p := range e.Problems {
				if p.Location.FirstLine < 1 || p.Location.FirstLine > last {
					t.Errorf("problem %q at line %d of %d", p.Message, p.Location.FirstLine, last)
				}
			}
			if _, err := json.Marshal(e); err != nil {
				t.Error(err)
			}
		}
		for _, target := range out.targets {
			glob(target.text)
		}
	})
}
