package directory

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

func TestNewRefuses(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "file"), "x")
	for _, sub := range []string{"bare.git/objects/pack", "bare.git/refs", "work/.git/objects", "closed"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	writeFile(t, filepath.Join(dir, "bare.git/HEAD"), "ref: refs/heads/main\n")
	for _, c := range []struct{ name, path, id, want string }{
		{"nothing", "", "", "no folder"},
		{"missing", filepath.Join(dir, "missing"), "", "there is no folder " + filepath.Join(dir, "missing")},
		{"below a file", filepath.Join(dir, "file/x"), "", filepath.Join(dir, "file/x")},
		{"a file", filepath.Join(dir, "file"), "", filepath.Join(dir, "file") + " is no folder"},
		{"bare", filepath.Join(dir, "bare.git"), "", "bare git repository"},
		{"inside of bare", filepath.Join(dir, "bare.git/objects/pack"), "", "bare git repository"},
		{"git folder", filepath.Join(dir, "work/.git"), "", "inside a git folder"},
		{"inside of git folder", filepath.Join(dir, "work/.git/objects"), "", "name the work tree " + filepath.Join(dir, "work")},
		{"ID in capitals", dir, "Shop", `repository ID "Shop"`},
		{"ID too long", dir, strings.Repeat("a", 64), "1 to 63"},
		{"ID ends in a dash", dir, "a-", "letter or digit"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := New(Options{Path: c.path, ID: c.id})
			if !errors.Is(err, scorecard.ErrInvalid) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an ErrInvalid with %q", err, c.want)
			}
		})
	}
	t.Run("no permission", func(t *testing.T) {
		closed := filepath.Join(dir, "closed")
		refuseReading(t, closed)
		if _, err := New(Options{Path: closed}); !errors.Is(err, scorecard.ErrInvalid) || !strings.Contains(err.Error(), closed) {
			t.Errorf("got %v, want an ErrInvalid that names the folder", err)
		}
	})
}

// refuseReading takes all permissions from a path; root reads it all the same, so
// then the test is skipped.
func refuseReading(t *testing.T, path string) {
	t.Helper()
	if os.Geteuid() == 0 {
		t.Skip("root may read everything, so nothing can be made unreadable")
	}
	if err := os.Chmod(path, 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Chmod(path, 0o755) })
}

func TestID(t *testing.T) {
	dir := t.TempDir()
	for name, want := range map[string]string{
		"Online Shop": "online-shop", "a.b": "a-b", "_x_": "x", "日本": "repository", "plain": "plain", "--": "repository",
		strings.Repeat("a", 62) + "-b": strings.Repeat("a", 62),
	} {
		at := filepath.Join(dir, name)
		if err := os.Mkdir(at, 0o755); err != nil {
			t.Fatal(err)
		}
		if s := newSource(t, Options{Path: at}); s.Name() != want {
			t.Errorf("folder %q gets the ID %q, want %q", name, s.Name(), want)
		}
	}
	repo := newRepo(t)
	if got := newSource(t, Options{Path: repo.dir}).Name(); got != "shop" {
		t.Errorf("a clone of …/shop.git gets the ID %q", got)
	}
	repo.write("services/cart/README.md", "x")
	if got := newSource(t, Options{Path: filepath.Join(repo.dir, "services/cart")}).Name(); got != "shop" {
		t.Errorf("a folder in a clone of …/shop.git gets the ID %q", got)
	}
}

func TestCollectWithoutGit(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, ".gitignore"), "a\n")
	writeFile(t, filepath.Join(dir, "a/b/c"), "x")
	c := collect(t, dir)
	looked := scorecard.Facts{Searches: []scorecard.Search{{Location: scorecard.Location{Path: "."}, Files: 2}}}
	if diff := cmp.Diff(&scorecard.Collection{Folders: []string{"a", "a/b"}, Facts: looked}, c); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestCollectLaterErrors(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "x")
	writeFile(t, filepath.Join(dir, "a"), "x")
	s := newSource(t, Options{Path: dir})

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Collect(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: got %v", err)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Collect(t.Context(), nil); !errors.Is(err, scorecard.ErrNotFound) {
		t.Errorf("gone: got %v, want ErrNotFound", err)
	}
	writeFile(t, dir, "x")
	if _, err := s.Collect(t.Context(), nil); !errors.Is(err, scorecard.ErrInvalid) {
		t.Errorf("now a file: got %v, want ErrInvalid", err)
	}
}

func TestProgress(t *testing.T) {
	dir := t.TempDir()
	for i := range 600 {
		writeFile(t, filepath.Join(dir, "f"+string(rune('a'+i%26)), strings.Repeat("x", 1+i/26)), "")
	}
	stages := map[string]int{}
	if _, err := newSource(t, Options{Path: dir}).Collect(t.Context(), func(p scorecard.Progress) { stages[p.Stage]++ }); err != nil {
		t.Fatal(err)
	}
	if stages["walk"] == 0 || stages["read"] == 0 {
		t.Errorf("stages seen: %v", stages)
	}
}

// TestHostileFiles holds that no file of the tree makes a scan hang, leave the
// folder or fail.
func TestHostileFiles(t *testing.T) {
	dir := t.TempDir()
	outside := filepath.Join(t.TempDir(), "secret.yaml")
	writeFile(t, outside, "kind: Secret")
	writeFile(t, filepath.Join(dir, "in/real.yaml"), "a: 1")
	for link, to := range map[string]string{
		"cycle": ".", "in/up": "..", "out.yaml": outside, "in/out.yaml": "../../../../../../../../etc/passwd",
		"self.yaml": "self.yaml", "nowhere.yaml": "nothing", "good.yaml": "in/real.yaml",
	} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	makePipe(t, filepath.Join(dir, "pipe.yaml"))
	deep := dir
	for range 80 {
		deep = filepath.Join(deep, "d")
	}
	writeFile(t, filepath.Join(deep, "x.yaml"), "a: 1")

	c := collect(t, dir)
	got := map[string]string{}
	for _, g := range c.Facts.Gaps {
		got[g.Location.Path] = g.Reason
	}
	want := map[string]string{
		"out.yaml": "link-escapes", "in/out.yaml": "link-escapes", "self.yaml": "link-escapes", "nowhere.yaml": "link-escapes",
		strings.Repeat("d/", 63) + "d": "too-many",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("gaps (-want +got):\n%s", diff)
	}
}

func TestUnreadableFolder(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "open/a"), "x")
	writeFile(t, filepath.Join(dir, "closed/a"), "x")
	refuseReading(t, filepath.Join(dir, "closed"))
	c := collect(t, dir)
	if len(c.Facts.Gaps) != 1 || c.Facts.Gaps[0].Location.Path != "closed" {
		t.Errorf("gaps: %v", c.Facts.Gaps)
	}
}

// BenchmarkWalk reads the names of 100,000 files in 2,000 folders of a git work tree
// that has a few rules, and compares them all with the index.
func BenchmarkWalk(b *testing.B) {
	dir := b.TempDir()
	gitCommand(b, dir, "init", "-q")
	writeFile(b, filepath.Join(dir, ".gitignore"), "node_modules/\n*.tmp\n/build/**\n!*.keep\n.terraform\n")
	for i := range 100_000 {
		writeFile(b, filepath.Join(dir, fmt.Sprintf("s/%d/%d/%d/f%d", i%20, i/20%20, i/400%5, i/2000)), "")
	}
	gitCommand(b, dir, "add", ".")
	gitCommand(b, dir, "commit", "-q", "-m", "a")
	s := newSource(b, Options{Path: dir})
	b.ReportAllocs()
	for b.Loop() {
		c, err := s.Collect(b.Context(), nil)
		if err != nil || c.Revision.Dirty {
			b.Fatal(c, err)
		}
	}
}

func newSource(t testing.TB, o Options) *Source {
	t.Helper()
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func collect(t testing.TB, dir string) *scorecard.Collection {
	t.Helper()
	c, err := newSource(t, Options{Path: dir, Limits: tree.Limits{}}).Collect(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// notesOf gives the messages, one a line.
func notesOf(c *scorecard.Collection) string {
	var b strings.Builder
	for _, n := range c.Facts.Notes {
		b.WriteString(n.Message + "\n")
	}
	return b.String()
}
