package directory

import (
	"context"
	"errors"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/format/index"
	"github.com/go-git/go-git/v5/plumbing/object"

	"github.com/seaworthy-dev/seaworthy/reader/tree"
)

var (
	errTooMuch = errors.New("too much would have to be read")
	errNoIndex = errors.New("git's index can't be read")
)

// maxObject bounds a commit or a folder's listing that is read from the objects.
const maxObject = 32 << 20

// dirty reports whether the scanned folder's tracked files differ from the commit:
// the index from the commit's tree, or the files from the index. Untracked files do
// not count, nor does what changed inside a submodule; another commit of it does.
func (r *repository) dirty(ctx context.Context, commit plumbing.Hash, limits tree.Limits) (bool, error) {
	if !r.indexed {
		return true, errNoIndex
	}
	entries := r.below(r.place.folder)
	for _, e := range entries {
		if e.Stage != 0 || e.IntentToAdd {
			return true, nil
		}
	}
	staged, err := r.differsFromTree(ctx, commit, len(entries))
	if staged || err != nil {
		return staged, err
	}
	root, err := os.OpenRoot(r.place.top)
	if err != nil {
		return true, err
	}
	defer root.Close()
	w := &workTree{repo: r, root: root, budget: limits.MaxTotalBytes}
	defer w.close()
	w.ignoreMode = strings.EqualFold(r.config.Section("core").Option("filemode"), "false")
	for _, e := range entries {
		if ctx.Err() != nil {
			return true, context.Cause(ctx)
		}
		if changed, err := w.changed(ctx, e); changed || err != nil {
			return true, err
		}
	}
	return false, nil
}

// below gives the index's entries in a folder.
func (r *repository) below(folder string) []*index.Entry {
	if folder == "" {
		return r.entries
	}
	first, _ := r.search(folder + "/")
	end, _ := r.search(folder + "0") // the byte after '/'
	return r.entries[first:end]
}

// differsFromTree compares the commit's tree with the index. Folders whose tree the
// index knows already, as it does for all after a checkout, are not read.
func (r *repository) differsFromTree(ctx context.Context, commit plumbing.Hash, want int) (bool, error) {
	if err := r.affordable(commit); err != nil {
		return true, err
	}
	c, err := object.GetCommit(r.storage, commit)
	if err != nil {
		return true, err
	}
	d := &treeDiff{ctx: ctx, repo: r, known: cachedTrees(r.cached)}
	root := c.TreeHash
	for _, name := range strings.Split(r.place.folder, "/") {
		if name == "" {
			continue
		}
		t, err := d.read(root)
		if err != nil {
			return true, err
		}
		i := slices.IndexFunc(t.Entries, func(e object.TreeEntry) bool { return e.Name == name && e.Mode == filemode.Dir })
		if i < 0 {
			return want > 0, nil // the folder is not in the commit
		}
		root = t.Entries[i].Hash
	}
	differs, err := d.folder(r.place.folder, root)
	return differs || d.seen != want, err
}

type cachedTree struct {
	hash  plumbing.Hash
	count int
}

// cachedTrees gives the trees that the index holds as valid, by folder.
func cachedTrees(t *index.Tree) map[string]cachedTree {
	out := map[string]cachedTree{}
	if t == nil {
		return out
	}
	type open struct {
		folder string
		left   int
	}
	var stack []open
	for i, e := range t.Entries {
		folder := e.Path
		if i > 0 {
			for len(stack) > 0 && stack[len(stack)-1].left == 0 {
				stack = stack[:len(stack)-1]
			}
			if len(stack) == 0 {
				return map[string]cachedTree{} // not a tree: don't trust it
			}
			stack[len(stack)-1].left--
			folder = path.Join(stack[len(stack)-1].folder, e.Path)
		}
		if e.Entries >= 0 {
			out[folder] = cachedTree{e.Hash, e.Entries}
		}
		stack = append(stack, open{folder, e.Trees})
	}
	return out
}

type treeDiff struct {
	ctx   context.Context
	repo  *repository
	known map[string]cachedTree
	seen  int // entries of the index that were found the same
}

func (d *treeDiff) read(h plumbing.Hash) (*object.Tree, error) {
	if err := d.repo.affordable(h); err != nil {
		return nil, err
	}
	return object.GetTree(d.repo.storage, h)
}

func (d *treeDiff) folder(folder string, h plumbing.Hash) (differs bool, err error) {
	if d.ctx.Err() != nil {
		return true, context.Cause(d.ctx)
	}
	if k, ok := d.known[folder]; ok && k.hash == h {
		d.seen += k.count
		return false, nil
	}
	if strings.Count(folder, "/") > 1000 {
		return true, errTooMuch
	}
	t, err := d.read(h)
	if err != nil {
		return true, err
	}
	for _, e := range t.Entries {
		name := path.Join(folder, e.Name)
		if e.Mode == filemode.Dir {
			if differs, err := d.folder(name, e.Hash); differs || err != nil {
				return differs, err
			}
			continue
		}
		i, found := d.repo.search(name)
		if !found || d.repo.entries[i].Hash != e.Hash || !sameMode(d.repo.entries[i].Mode, e.Mode) {
			return true, nil
		}
		d.seen++
	}
	return false, nil
}

// sameMode takes the mode 0664, which old versions of git wrote, for what it means.
func sameMode(a, b filemode.FileMode) bool {
	norm := func(m filemode.FileMode) filemode.FileMode {
		if m == filemode.Deprecated {
			return filemode.Regular
		}
		return m
	}
	return norm(a) == norm(b)
}

func (r *repository) affordable(h plumbing.Hash) error {
	size, err := r.storage.EncodedObjectSize(h)
	if err != nil {
		return err
	}
	if size > maxObject {
		return errTooMuch
	}
	return nil
}
