package directory

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestDamage holds that a broken git folder costs no more than the revision.
func TestDamage(t *testing.T) {
	for _, c := range []struct {
		name, note string
		commit     bool // it is still known
		do         func(r *repo, git string)
	}{
		{"empty .git", "broken", false, func(r *repo, git string) { r.must(os.RemoveAll(git)); r.must(os.Mkdir(git, 0o755)) }},
		{".git to nowhere", "does not lead to a git folder", false, func(r *repo, git string) {
			r.must(os.RemoveAll(git))
			writeFile(r.t, git, "gitdir: ../../elsewhere\n")
		}},
		{".git is text", "does not lead to a git folder", false, func(r *repo, git string) {
			r.must(os.RemoveAll(git))
			writeFile(r.t, git, "hello")
		}},
		{".git is a pipe", "does not lead to a git folder", false, func(r *repo, git string) { r.must(os.RemoveAll(git)); makePipe(r.t.(*testing.T), git) }},
		{"HEAD is text", "HEAD is damaged", false, func(_ *repo, git string) { writeFile(t, filepath.Join(git, "HEAD"), "root:x:0:0") }},
		{"HEAD is empty", "HEAD is damaged", false, func(_ *repo, git string) { writeFile(t, filepath.Join(git, "HEAD"), "") }},
		{"HEAD is a pipe", "HEAD is damaged", false, func(r *repo, git string) {
			r.must(os.Remove(filepath.Join(git, "HEAD")))
			makePipe(r.t.(*testing.T), filepath.Join(git, "HEAD"))
		}},
		{"HEAD points to itself", "HEAD is damaged", false, func(_ *repo, git string) { writeFile(t, filepath.Join(git, "HEAD"), "ref: HEAD\n") }},
		{"index is cut", "index can't be read", true, func(r *repo, git string) { r.must(os.Truncate(filepath.Join(git, "index"), 100)) }},
		{"index is text", "index can't be read", true, func(_ *repo, git string) { writeFile(t, filepath.Join(git, "index"), "hello") }},
		{"index claims too much", "index can't be read", true, func(_ *repo, git string) {
			writeFile(t, filepath.Join(git, "index"), "DIRC\x00\x00\x00\x02\xff\xff\xff\xff")
		}},
		{"config is binary", "configuration can't be read", true, func(_ *repo, git string) { writeFile(t, filepath.Join(git, "config"), "\x00\xff[[[") }},
		{"config is gone", "configuration can't be read", true, func(r *repo, git string) { r.must(os.Remove(filepath.Join(git, "config"))) }},
		{"objects are gone", "not in the clone", true, func(r *repo, git string) {
			r.must(os.RemoveAll(filepath.Join(git, "objects")))
			r.must(os.Mkdir(filepath.Join(git, "objects"), 0o755))
		}},
		{"objects are garbage", "can't be told", true, func(r *repo, git string) {
			objects, err := filepath.Glob(filepath.Join(git, "objects/*/*"))
			r.must(err)
			for _, o := range objects {
				r.must(os.Chmod(o, 0o644))
				writeFile(r.t, o, "garbage")
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRepo(t)
			r.write("x/y", "z")
			commit := r.head()
			c.do(r, filepath.Join(r.dir, ".git"))
			got := collect(t, r.dir)
			if n := notesOf(got); !strings.Contains(n, c.note) || strings.Contains(n, r.dir) || strings.Contains(n, "root:x") {
				t.Errorf("notes: %s", n)
			}
			if (got.Revision.Commit == commit) != c.commit {
				t.Errorf("revision: %+v", got.Revision)
			}
			if diff := cmp.Diff([]string{"deploy", "x"}, got.Folders); diff != "" {
				t.Errorf("folders (-want +got):\n%s", diff)
			}
		})
	}
}

// FuzzGitFiles holds that no content of git's own files brings a scan down.
func FuzzGitFiles(f *testing.F) {
	r := newRepo(f)
	files := []string{"index", "HEAD", "config", "packed-refs", "info/exclude", "refs/heads/main"}
	for i, name := range files {
		b, err := os.ReadFile(filepath.Join(r.dir, ".git", name))
		if err == nil {
			f.Add(uint8(i), b)
		}
	}
	f.Add(uint8(3), []byte("# pack-refs with: peeled\n"+strings.Repeat("a", 40)+" refs/heads/main\n^x\n"))
	objects, err := filepath.Glob(filepath.Join(r.dir, ".git/objects/*/*"))
	r.must(err)
	for _, o := range objects {
		rel, err := filepath.Rel(filepath.Join(r.dir, ".git"), o)
		r.must(err)
		b, err := os.ReadFile(o)
		r.must(err)
		f.Add(uint8(len(files)), b)
		files = append(files, rel)
		r.must(os.Chmod(o, 0o644))
	}
	f.Fuzz(func(t *testing.T, which uint8, content []byte) {
		name := filepath.Join(r.dir, ".git", files[int(which)%len(files)])
		before, err := os.ReadFile(name)
		writeFile(t, name, string(content))
		defer func() {
			if err != nil {
				os.Remove(name)
			} else {
				writeFile(t, name, string(before))
			}
		}()
		c := collect(t, r.dir)
		if strings.Contains(c.Revision.URL, "s3cret@") {
			t.Errorf("the address keeps the password: %s", c.Revision.URL)
		}
	})
}
