package directory

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"

	"github.com/seaworthy-dev/seaworthy/reader/tree"
)

// maxRuleFile bounds a .gitignore file.
const maxRuleFile = 1 << 20

// ignores decides what is left out of a walk. Folders are asked about before what is
// in them, as a walk does. A nil one leaves out git's own files alone.
type ignores struct {
	place *place
	root  *os.Root // the work tree, which may be more than what is walked
	notes *notes
	// folders are the walked ones, by their path in the work tree ("." for its root).
	folders map[string]*folder
	budget  int // for parseRules
}

// folder is what holds for the things in a folder; folders without rules of their
// own share their parent's.
type folder struct {
	parent *folder // whose rules count too; nil at the root of a repository
	path   string  // in the work tree, "." for its root
	rules  []rule
	// ignored: nothing below can be taken in again, but for what is tracked.
	ignored bool
	repo    *repository
	top     string // the root of repo, in the work tree of the outermost one
}

func newIgnores(p *place, r *repository, n *notes) *ignores {
	if p == nil {
		return nil
	}
	root, err := os.OpenRoot(p.top)
	if err != nil {
		n.add(".", "the rules of what git ignores can't be read, so nothing was left out for them")
		return nil
	}
	ig := &ignores{p, root, n, map[string]*folder{}, maxWildBytes}
	exclude := &folder{path: ".", repo: r, top: "."}
	exclude.rules = ig.parse(r.files.Open("info/exclude"))
	f := ig.enter(&folder{parent: exclude, path: ".", repo: r, top: "."})
	ig.folders["."] = f
	at := "."
	for _, part := range strings.Split(p.folder, "/") {
		if part != "" {
			at = path.Join(at, part)
			f = ig.enter(&folder{parent: f, path: at, repo: r, top: "."})
			ig.folders[at] = f
		}
	}
	return ig
}

func (ig *ignores) close() {
	if ig != nil {
		ig.root.Close()
	}
}

// skip reports whether a path of the walk is left out.
func (ig *ignores) skip(p string, isDir bool) bool {
	if path.Base(p) == ".git" {
		return true // a folder, or the file that stands for one
	}
	if ig == nil {
		return false
	}
	p = path.Join(ig.place.folder, p)
	in := ig.folders[path.Dir(p)]
	if in == nil {
		return false
	}
	ignored := in.ignored || in.ignores(p, isDir)
	if ignored && !in.repo.tracked(within(in.top, p), isDir) {
		return true
	}
	if isDir {
		ig.folders[p] = ig.below(in, p, ignored)
	}
	return false
}

// below gives what holds inside a folder that is walked.
func (ig *ignores) below(in *folder, p string, ignored bool) *folder {
	if _, err := ig.root.Lstat(path.Join(p, ".git")); err == nil {
		if nested := ig.nested(p); nested != nil {
			return nested
		}
	}
	f := &folder{parent: in, path: p, ignored: ignored, repo: in.repo, top: in.top}
	if ig.enter(f); len(f.rules) == 0 && f.ignored == in.ignored {
		return in
	}
	return f
}

// nested is a repository inside of the work tree: a submodule, or a clone that
// stands there. It has rules and an index of its own.
func (ig *ignores) nested(p string) *folder {
	dir := path.Join(ig.place.top, p)
	place, err := locate(dir)
	if err != nil || place == nil || place.top != dir {
		return nil
	}
	ig.notes.add(ig.shown(p), "%s is a git repository of its own; its files were read, and links to them lead nowhere", ig.shown(p))
	var quiet notes
	r := openRepository(place, &quiet)
	exclude := &folder{path: p, repo: r, top: p}
	exclude.rules = ig.parse(r.files.Open("info/exclude"))
	return ig.enter(&folder{parent: exclude, path: p, repo: r, top: p})
}

// enter reads the folder's own rules. Like git it follows no link there.
func (ig *ignores) enter(f *folder) *folder {
	name := path.Join(f.path, ".gitignore")
	info, err := ig.root.Lstat(name)
	if err != nil || !info.Mode().IsRegular() {
		return f
	}
	if info.Size() > maxRuleFile {
		ig.notes.add(ig.shown(name), "%s has %d bytes and was not read; the bound is %d", ig.shown(name), info.Size(), maxRuleFile)
		return f
	}
	file, err := ig.root.Open(name)
	f.rules = ig.parse(file, err)
	return f
}

func (ig *ignores) parse(f io.ReadCloser, err error) []rule {
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			ig.notes.add(".", "a file of git's ignore rules can't be read; what only it leaves out was read")
		}
		return nil
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxRuleFile))
	if err != nil {
		ig.notes.add(".", "a file of git's ignore rules can't be read; what only it leaves out was read")
	}
	rules, complete := parseRules(b, &ig.budget)
	if !complete {
		ig.notes.add(".", "git's ignore rules have more than %d bytes of wildcards; those after were not used", maxWildBytes)
	}
	return rules
}

// shown is a path of the work tree as the scan's locations spell it.
func (ig *ignores) shown(p string) string {
	if rel := within(ig.place.folder, p); rel != "" {
		return rel
	}
	return "."
}

// ignores asks the rules of the folder and of those above, the innermost first and
// in a file the last first.
func (f *folder) ignores(p string, isDir bool) bool {
	base := path.Base(p)
	for ; f != nil; f = f.parent {
		rel := within(f.path, p)
		for i := len(f.rules) - 1; i >= 0; i-- {
			if r := &f.rules[i]; r.matches(rel, base, isDir) {
				return !r.negate
			}
		}
	}
	return false
}

// within is p relative to a folder that it is in.
func within(folder, p string) string {
	if folder == "." || folder == "" {
		return p
	}
	return strings.TrimPrefix(strings.TrimPrefix(p, folder), "/")
}

// noteUntracked says how many files that were looked at are not in version control.
func (ig *ignores) noteUntracked(t *tree.Tree) {
	if ig == nil {
		return
	}
	count, first := 0, ""
	for _, f := range t.Files() {
		p := path.Join(ig.place.folder, f.Path)
		in := ig.folders[path.Dir(p)]
		if in == nil || !in.repo.indexed || in.repo.tracked(within(in.top, p), false) {
			continue
		}
		if count++; count == 1 {
			first = f.Path
		}
	}
	switch {
	case count == 1:
		ig.notes.add(first, "%s is not in version control yet; it was read, and a link to it leads nowhere until it is", first)
	case count > 1:
		ig.notes.add(first, "%d files are not in version control yet, %s the first; they were read, and links to them lead nowhere until they are", count, first)
	}
}
