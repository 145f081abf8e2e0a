package directory

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestKindsOfClones reads what only the git program makes.
func TestKindsOfClones(t *testing.T) {
	for _, c := range []struct {
		name string
		// make gives the folder to scan, from an origin with two commits.
		make         func(t *testing.T, base, origin string) string
		branch, note string
		noCommit     bool
		dirty        bool // taken to be, because it can't be told
		staged       bool // it is
	}{
		{name: "clone", branch: "main", make: clone()},
		{name: "shallow", branch: "main", make: clone("--depth=1")},
		{name: "without blobs", branch: "main", make: clone("--filter=blob:none")},
		{name: "sharing objects", branch: "main", make: clone("--shared")},
		{name: "git folder elsewhere", branch: "main", make: clone("--separate-git-dir=elsewhere.git")},
		{name: "packed", branch: "main", make: after("gc", "-q")},
		{name: "detached", make: after("checkout", "-q", "--detach")},
		{name: "linked work tree", branch: "side", make: func(t *testing.T, base, origin string) string {
			dir := clone()(t, base, origin)
			gitCommand(t, dir, "worktree", "add", "-q", "-b", "side", filepath.Join(base, "linked"))
			return filepath.Join(base, "linked")
		}},
		{name: "fourth version of the index", branch: "main", make: after("update-index", "--index-version=4")},
		{name: "commit taken back", branch: "main", make: after("reset", "-q", "--soft", "HEAD~1"), staged: true},
		{name: "untracked cache", branch: "main", make: after("update-index", "--force-untracked-cache")},
		{name: "sparse", branch: "main", make: after("sparse-checkout", "set", "deploy")},
		{name: "split index", branch: "main", make: after("update-index", "--split-index"), note: "index can't be read", dirty: true},
		{name: "SHA-256", make: empty("--object-format=sha256"), note: "SHA-256", noCommit: true},
		{name: "reftable", make: empty("--ref-format=reftable"), note: "reftable", noCommit: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			base := t.TempDir()
			dir := c.make(t, base, newOrigin(t, base))
			got := collect(t, dir)
			want := ""
			if !c.noCommit {
				want = gitCommand(t, dir, "rev-parse", "HEAD")
			}
			if r := got.Revision; r.Commit != want || r.Branch != c.branch || r.Dirty != (c.dirty || c.staged) {
				t.Errorf("%+v, want commit %q branch %q dirty %t; notes: %s", r, want, c.branch, c.dirty, notesOf(got))
			}
			if n := notesOf(got); (n == "") != (c.note == "") || !strings.Contains(n, c.note) {
				t.Errorf("notes %q, want %q", n, c.note)
			}
			if len(got.Folders) != 1 {
				t.Errorf("folders: %q", got.Folders)
			}
			if c.noCommit || c.dirty || c.staged {
				return
			}
			writeFile(t, filepath.Join(dir, "deploy/app.yaml"), "changed: true\n")
			if !collect(t, dir).Revision.Dirty {
				t.Error("a change is not seen")
			}
			gitCommand(t, dir, "add", ".")
			if !collect(t, dir).Revision.Dirty {
				t.Error("a staged change is not seen")
			}
		})
	}
}

func newOrigin(t *testing.T, base string) string {
	origin := filepath.Join(base, "origin")
	gitCommand(t, base, "init", "-q", "-b", "main", origin)
	gitCommand(t, origin, "config", "uploadpack.allowFilter", "true")
	for i, text := range []string{"a: 1\n", "a: 2\n"} {
		writeFile(t, filepath.Join(origin, "deploy/app.yaml"), text)
		writeFile(t, filepath.Join(origin, "README.md"), text)
		gitCommand(t, origin, "add", ".")
		gitCommand(t, origin, "commit", "-q", "-m", string(rune('a'+i)))
	}
	return origin
}

func clone(options ...string) func(*testing.T, string, string) string {
	return func(t *testing.T, base, origin string) string {
		dir := filepath.Join(base, "clone")
		gitCommand(t, base, append(append([]string{"clone", "-q"}, options...), "file://"+origin, dir)...)
		return dir
	}
}

func after(command ...string) func(*testing.T, string, string) string {
	return func(t *testing.T, base, origin string) string {
		dir := clone()(t, base, origin)
		gitCommand(t, dir, command...)
		return dir
	}
}

// empty is a repository of a kind that older versions of git can't make.
func empty(option string) func(*testing.T, string, string) string {
	return func(t *testing.T, base, _ string) string {
		dir := filepath.Join(base, "new")
		if strings.Contains(gitCommand(t, base, "version"), "git version 2.3") && strings.Contains(option, "reftable") {
			t.Skip("this machine's git makes no reftables")
		}
		gitCommand(t, base, "init", "-q", option, dir)
		writeFile(t, filepath.Join(dir, "deploy/app.yaml"), "a: 1\n")
		gitCommand(t, dir, "add", ".")
		gitCommand(t, dir, "commit", "-q", "-m", "a")
		return dir
	}
}

func TestSubmodule(t *testing.T) {
	base := t.TempDir()
	part := newOrigin(t, base)
	whole := filepath.Join(base, "whole")
	gitCommand(t, base, "init", "-q", "-b", "main", whole)
	gitCommand(t, whole, "submodule", "--quiet", "add", "file://"+part, "part")
	writeFile(t, filepath.Join(whole, ".gitignore"), "*.tfstate\n")
	gitCommand(t, whole, "add", ".")
	gitCommand(t, whole, "commit", "-q", "-m", "a")
	writeFile(t, filepath.Join(whole, "part/.git-is-a-file-here.tfstate"), "{}")

	c := collect(t, whole)
	if c.Revision.Dirty || c.Revision.Commit != gitCommand(t, whole, "rev-parse", "HEAD") {
		t.Errorf("%+v", c.Revision)
	}
	n := notesOf(c)
	if !strings.Contains(n, "part is a git repository of its own") {
		t.Errorf("notes: %s", n)
	}
	// The outer repository's rules do not reach into the inner one, as in git.
	if !strings.Contains(n, "part/.git-is-a-file-here.tfstate is not in version control") {
		t.Errorf("notes: %s", n)
	}
	if got := collect(t, filepath.Join(whole, "part")).Revision; got.Commit != gitCommand(t, part, "rev-parse", "HEAD") || got.Folder != "" {
		t.Errorf("the submodule on its own: %+v", got)
	}
	gitCommand(t, filepath.Join(whole, "part"), "checkout", "-q", "HEAD~1")
	if !collect(t, whole).Revision.Dirty {
		t.Error("another commit of the submodule is not seen")
	}
	gitCommand(t, whole, "submodule", "--quiet", "deinit", "-f", "part")
	if collect(t, whole).Revision.Dirty {
		t.Error("a submodule that is not checked out makes it dirty")
	}
}

// TestNothingIsRun holds that what the repository configures is never run.
func TestNothingIsRun(t *testing.T) {
	base := t.TempDir()
	dir := clone()(t, base, newOrigin(t, base))
	ran := filepath.Join(base, "ran")
	script := filepath.Join(base, "run.sh")
	writeFile(t, script, "#!/bin/sh\ntouch '"+ran+"'\ncat\n")
	if err := os.Chmod(script, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"core.fsmonitor", "filter.x.clean", "filter.x.process", "core.sshCommand", "uploadpack.packObjectsHook"} {
		gitCommand(t, dir, "config", key, script)
	}
	writeFile(t, filepath.Join(dir, ".gitattributes"), "* filter=x\n")
	writeFile(t, filepath.Join(dir, "README.md"), "a: 3\n")
	collect(t, dir)
	if _, err := os.Stat(ran); err == nil {
		t.Error("a program that the repository names was run")
	}
}
