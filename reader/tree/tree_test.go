package tree

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

func open(t *testing.T, o Options, files map[string]string) *Tree {
	t.Helper()
	fsys := fstest.MapFS{}
	for p, s := range files {
		fsys[p] = &fstest.MapFile{Data: []byte(s)}
	}
	tr, err := Open(context.Background(), fsys, o)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

func TestWhoSpeaks(t *testing.T) {
	for path, want := range map[string]Class{
		"deploy/app.yaml":                               Spoken,
		"test/app.yaml":                                 Test,
		"services/cart/testdata/x.yaml":                 Test,
		"chart/templates/tests/hook.yaml":               Spoken,
		"dev/app.yaml":                                  Development,
		"overlays/dev/kustomization.yaml":               Spoken,
		"deploy/environments/local/app.yaml":            Spoken,
		"vendor/x/app.yaml":                             Vendored,
		"web/node_modules/a/README.md":                  Vendored,
		"examples/app.yaml":                             Demonstration,
		"demo.yaml":                                     Spoken,
		"Tests/a.yaml":                                  Test,
		"cart/src/main/java/com/example/demo/Cart.java": Spoken,
		"cart/src/test/java/com/example/CartTest.java":  Test,
		"demo/src/main/java/com/example/Cart.java":      Demonstration,
	} {
		if got := DefaultRules().classOf(path); got != want {
			t.Errorf("%s is of class %d, want %d", path, got, want)
		}
	}
}

func TestDemonstrations(t *testing.T) {
	tr := open(t, Options{}, map[string]string{"examples/a.yaml": "a", "b.yaml": "b", "test/c.yaml": "c"})
	if got := len(tr.Files()); got != 1 {
		t.Errorf("%d files speak, want 1", got)
	}
	tr.IncludeDemonstrations()
	if diff := cmp.Diff([]string{"examples"}, tr.Folders()); diff != "" {
		t.Error(diff)
	}
	if got := len(tr.Files()); got != 2 {
		t.Errorf("with demonstrations %d files speak, want 2", got)
	}
}

func TestBounds(t *testing.T) {
	files := map[string]string{"a.yaml": "0123456789", "b.yaml": "012345", "c.yaml": "012", "deep/er/still/d.yaml": "x"}
	tr := open(t, Options{Limits: Limits{MaxFileBytes: 8, MaxTotalBytes: 8, MaxDepth: 2}}, files)
	read := map[string]bool{}
	for _, f := range []string{"a.yaml", "b.yaml", "b.yaml", "c.yaml", "deep/er/still/d.yaml", "none.yaml"} {
		_, read[f] = tr.Read(f, scorecard.Kubernetes)
	}
	want := map[string]bool{"a.yaml": false, "b.yaml": true, "c.yaml": false, "deep/er/still/d.yaml": false, "none.yaml": false}
	if diff := cmp.Diff(want, read); diff != "" {
		t.Errorf("read (-want +got):\n%s", diff)
	}
	reasons := map[string]string{}
	for _, g := range tr.Gaps() {
		reasons[g.Location.Path] = g.Reason
		if !strings.Contains(g.Message, g.Location.Path) {
			t.Errorf("the gap does not name its place: %s", g.Message)
		}
	}
	if diff := cmp.Diff(map[string]string{"a.yaml": "too-large", "c.yaml": "too-large", "deep/er": "too-many"}, reasons); diff != "" {
		t.Errorf("gaps (-want +got):\n%s", diff)
	}
	many := open(t, Options{Limits: Limits{MaxFiles: 2}}, files)
	if len(many.All()) != 2 || len(many.Gaps()) != 1 || many.Gaps()[0].Reason != "too-many" {
		t.Errorf("of 4 files %d were taken with the gaps %v; the bound is 2", len(many.All()), many.Gaps())
	}
}

func TestGapsOfOneFileAreOne(t *testing.T) {
	tr := open(t, Options{Limits: Limits{MaxFileBytes: 1}}, map[string]string{"a.yaml": "xx"})
	tr.Read("a.yaml", scorecard.Objectives)
	tr.Read("a.yaml", scorecard.Kubernetes, scorecard.Catalog)
	want := []scorecard.Family{scorecard.Catalog, scorecard.Kubernetes, scorecard.Objectives}
	if g := tr.Gaps(); len(g) != 1 || !cmp.Equal(g[0].Hides, want) {
		t.Errorf("gaps are %+v; want one that hides %v", g, want)
	}
}

// The real thing: links that lead out, in circles, to folders, to nowhere.
func TestLinks(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	write := func(p, s string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(s), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(filepath.Join(outside, "secret.yaml"), "password")
	write(filepath.Join(dir, "docs/real.md"), "# Real")
	for link, to := range map[string]string{
		"README.md":     "docs/real.md",
		"escape.yaml":   filepath.Join(outside, "secret.yaml"),
		"up.yaml":       "../../../../../../../../etc/hostname",
		"circle.yaml":   "circle.yaml",
		"loop":          ".",
		"docs/back":     "../docs",
		"outside":       outside,
		"dangling.yaml": "nowhere.yaml",
	} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	tr, err := Open(context.Background(), root.FS(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, f := range tr.Files() {
		paths = append(paths, f.Path)
	}
	if diff := cmp.Diff([]string{"README.md", "docs/real.md"}, paths); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	if b, ok := tr.Read("README.md"); !ok || string(b) != "# Real" {
		t.Errorf("a link inside the tree reads %q, %v", b, ok)
	}
	gaps := map[string]bool{}
	for _, g := range tr.Gaps() {
		gaps[g.Location.Path] = true
		if strings.Contains(g.Message, outside) {
			t.Errorf("the gap tells where the link leads: %s", g.Message)
		}
	}
	if diff := cmp.Diff(map[string]bool{"escape.yaml": true, "up.yaml": true, "circle.yaml": true, "dangling.yaml": true}, gaps); diff != "" {
		t.Errorf("gaps (-want +got):\n%s", diff)
	}
}

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Open(ctx, fstest.MapFS{"a": {}}, Options{}); err == nil {
		t.Error("a cancelled walk went on")
	}
}
