package directory

import (
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/config"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/format/index"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/google/go-cmp/cmp"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// repo is a real repository with one commit, made without the git program.
type repo struct {
	t   testing.TB
	dir string
	git *git.Repository
}

func newRepo(t testing.TB) *repo {
	t.Helper()
	r := &repo{t: t, dir: filepath.Join(t.TempDir(), "clone")}
	var err error
	r.git, err = git.PlainInitWithOptions(r.dir, &git.PlainInitOptions{InitOptions: git.InitOptions{DefaultBranch: "refs/heads/main"}})
	r.must(err)
	_, err = r.git.CreateRemote(&config.RemoteConfig{Name: "origin", URLs: []string{"https://me:s3cret@git.example.com/team/shop.git"}})
	r.must(err)
	r.write("README.md", "# Shop\n")
	r.write("deploy/app.yaml", "kind: Deployment\n")
	r.write("run.sh", "#!/bin/sh\n")
	r.must(os.Chmod(filepath.Join(r.dir, "run.sh"), 0o755))
	r.must(os.Symlink("README.md", filepath.Join(r.dir, "link.md")))
	r.commit()
	return r
}

func (r *repo) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *repo) write(name, content string) {
	r.t.Helper()
	writeFile(r.t, filepath.Join(r.dir, name), content)
}

func (r *repo) add(name string) {
	r.t.Helper()
	w, err := r.git.Worktree()
	r.must(err)
	_, err = w.Add(name)
	r.must(err)
}

// commit commits all files that are not ignored.
func (r *repo) commit() plumbing.Hash {
	r.t.Helper()
	w, err := r.git.Worktree()
	r.must(err)
	r.must(w.AddWithOptions(&git.AddOptions{All: true}))
	h, err := w.Commit("c", &git.CommitOptions{Author: &object.Signature{Name: "a", Email: "a@example.com", When: time.Unix(1e9, 0)}})
	r.must(err)
	return h
}

func (r *repo) head() string {
	r.t.Helper()
	h, err := r.git.Head()
	r.must(err)
	return h.Hash().String()
}

func TestRevision(t *testing.T) {
	r := newRepo(t)
	want := scorecard.Revision{Commit: r.head(), Branch: "main", URL: "https://git.example.com/team/shop"}
	c := collect(t, r.dir)
	if diff := cmp.Diff(want, c.Revision); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if c.Facts.Notes != nil {
		t.Errorf("notes on a clean clone: %v", notesOf(c))
	}
	link := filepath.Join(t.TempDir(), "link")
	r.must(os.Symlink(r.dir, link))
	if diff := cmp.Diff(want, collect(t, link).Revision); diff != "" {
		t.Errorf("through a link: -want +got:\n%s", diff)
	}
}

func TestDirty(t *testing.T) {
	for _, c := range []struct {
		name  string
		do    func(r *repo)
		dirty bool
	}{
		{"nothing", func(*repo) {}, false},
		{"another size", func(r *repo) { r.write("README.md", "# Shops\n") }, true},
		{"the same size", func(r *repo) { r.write("README.md", "# Ship\n") }, true},
		{"written again", func(r *repo) { r.write("README.md", "# Shop\n") }, false},
		{"only touched", func(r *repo) { r.touch("README.md", time.Unix(2e9, 0)) }, false},
		{"changed at the time of the index", func(r *repo) {
			at := time.Unix(2e9, 5)
			r.touch("README.md", at)
			r.add("README.md")
			r.write("README.md", "# Ship\n")
			r.touch("README.md", at)
			r.touch(".git/index", at)
		}, true},
		{"changed before the time of the index, which git would not see either", func(r *repo) {
			at := time.Unix(2e9, 5)
			r.touch("README.md", at)
			r.add("README.md")
			r.write("README.md", "# Ship\n")
			r.touch("README.md", at)
			r.touch(".git/index", at.Add(time.Second))
		}, false},
		{"an index without its hash", func(r *repo) {
			f, err := os.OpenFile(filepath.Join(r.dir, ".git/index"), os.O_RDWR, 0)
			r.must(err)
			size, err := f.Seek(-20, io.SeekEnd)
			r.must(err)
			_, err = f.WriteAt(make([]byte, 20), size)
			r.must(err)
			r.must(f.Close())
		}, false},
		{"deleted", func(r *repo) { r.must(os.Remove(filepath.Join(r.dir, "README.md"))) }, true},
		{"no longer executable", func(r *repo) { r.must(os.Chmod(filepath.Join(r.dir, "run.sh"), 0o644)) }, true},
		{"link elsewhere", func(r *repo) {
			r.must(os.Remove(filepath.Join(r.dir, "link.md")))
			r.must(os.Symlink("run.sh", filepath.Join(r.dir, "link.md")))
		}, true},
		{"link made a file", func(r *repo) {
			r.must(os.Remove(filepath.Join(r.dir, "link.md")))
			r.write("link.md", "README.md")
		}, true},
		{"folder in place of a file", func(r *repo) {
			r.must(os.Remove(filepath.Join(r.dir, "README.md")))
			r.write("README.md/x", "")
		}, true},
		{"new and not tracked", func(r *repo) { r.write("new.yaml", "a: 1\n") }, false},
		{"new and staged", func(r *repo) { r.write("new.yaml", "a: 1\n"); r.add("new.yaml") }, true},
		{"changed and staged", func(r *repo) { r.write("deploy/app.yaml", "kind: Job\n"); r.add("deploy/app.yaml") }, true},
		{"staged and turned back", func(r *repo) {
			r.write("README.md", "# Other\n")
			r.add("README.md")
			r.write("README.md", "# Shop\n")
		}, true},
		{"checked out with other line ends", func(r *repo) {
			r.write("README.md", "# Shop\r\n")
			r.forgetSizes()
		}, false},
		{"other line ends and another text", func(r *repo) {
			r.write("README.md", "# Ship\r\n")
			r.forgetSizes()
		}, true},
		{"kept by git LFS", func(r *repo) { r.lfs("big.bin", "big", "big") }, false},
		{"kept by git LFS and changed", func(r *repo) { r.lfs("big.bin", "big", "bag") }, true},
		{"in conflict", func(r *repo) {
			idx, err := r.git.Storer.Index()
			r.must(err)
			idx.Entries[0].Stage = index.OurMode
			r.must(r.git.Storer.SetIndex(idx))
		}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRepo(t)
			c.do(r)
			got := collect(t, r.dir)
			if got.Revision.Dirty != c.dirty || got.Revision.Commit == "" {
				t.Errorf("revision %+v, want dirty %t; notes: %s", got.Revision, c.dirty, notesOf(got))
			}
		})
	}
}

func (r *repo) touch(name string, at time.Time) {
	r.t.Helper()
	r.must(os.Chtimes(filepath.Join(r.dir, name), at, at))
}

// forgetSizes makes the index ask for contents, as it does of files that it was
// written together with.
func (r *repo) forgetSizes() {
	r.t.Helper()
	idx, err := r.git.Storer.Index()
	r.must(err)
	for _, e := range idx.Entries {
		e.Size = 0
	}
	r.must(r.git.Storer.SetIndex(idx))
}

// lfs commits the pointer of one content and leaves another in its place.
func (r *repo) lfs(name, content, found string) {
	r.t.Helper()
	r.write(name, fmt.Sprintf("version https://git-lfs.github.com/spec/v1\noid sha256:%x\nsize %d\n", sha256.Sum256([]byte(content)), len(content)))
	r.commit()
	r.write(name, found)
	r.forgetSizes()
}

func TestIgnored(t *testing.T) {
	r := newRepo(t)
	r.write("infra/tracked.tfstate", "{}")
	r.write("old/kept/app.yaml", "a: 1")
	r.commit()
	r.write(".gitignore", "*.tfstate\n/old/\nnode_modules/\n")
	r.write("infra/.gitignore", "cache\n!wanted.tfstate\n")
	r.write(".git/info/exclude", "mine\n")
	r.commit()
	for _, p := range []string{"infra/loose.tfstate", "infra/wanted.tfstate", "infra/cache/x", "old/new/x", "old/kept/new.yaml", "node_modules/a/b", "mine/x", "seen/x"} {
		r.write(p, "{}")
	}
	s := newSource(t, Options{Path: r.dir})
	for _, at := range []string{"", "infra", "old/kept"} {
		t.Run("from "+at, func(t *testing.T) {
			want := []string{".gitignore", "README.md", "deploy/app.yaml", "infra/.gitignore", "infra/tracked.tfstate", "infra/wanted.tfstate",
				"link.md", "old/kept/app.yaml", "run.sh", "seen/x"}
			if at != "" {
				var below []string
				for _, p := range want {
					if rest, ok := strings.CutPrefix(p, at+"/"); ok {
						below = append(below, rest)
					}
				}
				want = below
			}
			got := walked(t, filepath.Join(s.Path(), at))
			if at == "old/kept" { // an ignored folder that is named is read, whatever is above
				want = append(want, "new.yaml")
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
	if n := notesOf(collect(t, r.dir)); !strings.Contains(n, "2 files are not in version control yet, infra/wanted.tfstate the first") {
		t.Errorf("notes: %s", n)
	}
}

func TestFolderOfWorkTree(t *testing.T) {
	r := newRepo(t)
	r.write("services/cart/app.yaml", "a: 1\n")
	r.write("services/carts.yaml", "a: 1\n")
	r.commit()
	r.write("README.md", "changed outside of the folder\n")
	r.write("services/carts.yaml", "a: 2 beside the folder\n")
	cart := filepath.Join(r.dir, "services/cart")
	want := scorecard.Revision{Commit: r.head(), Branch: "main", URL: "https://git.example.com/team/shop", Folder: "services/cart"}
	c := collect(t, cart)
	if diff := cmp.Diff(want, c.Revision); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if n := notesOf(c); !strings.Contains(n, "this is the folder services/cart of a larger work tree") {
		t.Errorf("notes: %s", n)
	}
	r.write("services/cart/app.yaml", "a: 2 inside\n")
	if !collect(t, cart).Revision.Dirty {
		t.Error("a change inside of the folder is not seen")
	}
	if err := os.MkdirAll(filepath.Join(r.dir, "services/new"), 0o755); err != nil {
		t.Fatal(err)
	}
	if got := collect(t, filepath.Join(r.dir, "services/new")).Revision; got.Dirty || got.Folder != "services/new" {
		t.Errorf("a folder without tracked files: %+v", got)
	}
}

func TestHeads(t *testing.T) {
	t.Run("detached", func(t *testing.T) {
		r := newRepo(t)
		r.must(r.git.Storer.SetReference(plumbing.NewHashReference(plumbing.HEAD, plumbing.NewHash(r.head()))))
		if got := collect(t, r.dir).Revision; got.Branch != "" || got.Commit != r.head() || got.Dirty {
			t.Errorf("%+v", got)
		}
	})
	t.Run("no commit", func(t *testing.T) {
		dir := t.TempDir()
		_, err := git.PlainInit(dir, false)
		if err != nil {
			t.Fatal(err)
		}
		writeFile(t, filepath.Join(dir, "a/x"), "x")
		c := collect(t, dir)
		if c.Revision.Commit != "" || c.Revision.Dirty || c.Revision.Branch != "master" {
			t.Errorf("%+v", c.Revision)
		}
		if diff := cmp.Diff([]string{"a"}, c.Folders); diff != "" {
			t.Error(diff)
		}
	})
}

// walked gives the files that a scan of the folder looks at.
func walked(t *testing.T, dir string) []string {
	t.Helper()
	place, err := locate(dir)
	if err != nil {
		t.Fatal(err)
	}
	var n notes
	ig := newIgnores(place, openRepository(place, &n), &n)
	defer ig.close()
	return walkNames(t, dir, ig.skip)
}

// The tags are the repository's, also for a folder of it.
func TestTagsOfFolder(t *testing.T) {
	r := newRepo(t)
	head := plumbing.NewHash(r.head())
	for _, name := range []string{"v1.2.3", "v1.10.0", "nightly"} {
		_, err := r.git.CreateTag(name, head, nil)
		r.must(err)
	}
	for _, folder := range []string{".", "deploy"} {
		got := collect(t, filepath.Join(r.dir, folder)).Facts.Tags
		want := []scorecard.Tags{{Location: scorecard.Location{Path: "."}, Versions: []string{"v1.10.0", "v1.2.3"}, Count: 3, Releases: 2,
			Dated: []scorecard.Released{{Version: "v1.10.0", Day: "2001-09-09"}, {Version: "v1.2.3", Day: "2001-09-09"}}}}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: %s", folder, d)
		}
	}
}
