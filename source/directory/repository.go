package directory

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/go-git/go-billy/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/cache"
	"github.com/go-git/go-git/v5/plumbing/format/config"
	"github.com/go-git/go-git/v5/plumbing/format/index"
	"github.com/go-git/go-git/v5/plumbing/storer"
	"github.com/go-git/go-git/v5/storage/filesystem"
	"github.com/go-git/go-git/v5/storage/filesystem/dotgit"

	"github.com/seaworthy-dev/seaworthy/reader/alert"
	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// repository is what a git folder says. A nil one is a folder outside of version
// control; every method takes that.
type repository struct {
	place   *place
	files   billy.Filesystem
	storage *filesystem.Storage
	config  *config.Config
	// entries are the index's, sorted by name; nil where it can't be read.
	entries []*index.Entry
	cached  *index.Tree
	indexed bool      // the index was read
	written time.Time // when the index was
	// foreign says why its references and objects can't be read; empty when they can.
	foreign string
}

// openRepository reads the configuration and the index. What fails becomes a note.
func openRepository(p *place, n *notes) *repository {
	if p == nil {
		return nil
	}
	r := &repository{place: p, config: config.New()}
	r.files = dotgit.NewRepositoryFilesystem(openReadOnly(p.git), openReadOnly(p.common))
	r.storage = filesystem.NewStorageWithOptions(r.files, cache.NewObjectLRU(8*cache.MiByte),
		filesystem.Options{AlternatesFS: openReadOnly(string(filepath.Separator))})
	if err := guard(r.readConfig); err != nil {
		n.add(".", "git's configuration can't be read, so the repository's address is not known")
	}
	extensions := r.config.Section("extensions")
	switch {
	case strings.EqualFold(extensions.Option("objectformat"), "sha256"):
		r.foreign = "it is of git's SHA-256 kind"
	case strings.EqualFold(extensions.Option("refstorage"), "reftable"):
		r.foreign = "it keeps its branches as a reftable"
	}
	if err := guard(r.readIndex); err != nil {
		r.entries, r.cached, r.indexed = nil, nil, false
		n.add(".", "git's index can't be read, so what it ignores was left out even where it is tracked")
	}
	return r
}

func (r *repository) readConfig() error {
	f, err := r.files.Open("config")
	if err != nil {
		return err
	}
	defer f.Close()
	if err := config.NewDecoder(f).Decode(r.config); err != nil {
		r.config = config.New()
		return err
	}
	return nil
}

// readIndex reads the list of tracked files. A repository without an index tracks nothing.
func (r *repository) readIndex() error {
	if strings.Contains(r.foreign, "SHA-256") {
		return errors.New(r.foreign)
	}
	info, err := r.files.Stat("index")
	if errors.Is(err, os.ErrNotExist) {
		r.indexed = true
		return nil
	}
	if err != nil {
		return err
	}
	f, err := r.files.Open("index")
	if err != nil {
		return err
	}
	defer f.Close()
	var idx index.Index
	err = index.NewDecoder(f).Decode(&idx)
	if err != nil && !(errors.Is(err, index.ErrInvalidChecksum) && zeroTail(f, info.Size())) {
		return err
	}
	byName := func(a, b *index.Entry) int { return strings.Compare(a.Name, b.Name) }
	if !slices.IsSortedFunc(idx.Entries, byName) {
		slices.SortStableFunc(idx.Entries, byName)
	}
	r.entries, r.cached, r.written, r.indexed = idx.Entries, idx.Cache, info.ModTime(), true
	return nil
}

// zeroTail reports whether the index ends in zeros, which is how git writes one
// under index.skipHash.
func zeroTail(f io.ReaderAt, size int64) bool {
	var tail [20]byte
	_, err := f.ReadAt(tail[:], size-int64(len(tail)))
	return err == nil && tail == [20]byte{}
}

// guard makes an error of a panic: a damaged git folder is input like any other.
func guard(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("git's files are damaged: %v", p)
		}
	}()
	return f()
}

// tracked reports whether the index has the file, or anything below the folder.
func (r *repository) tracked(name string, isDir bool) bool {
	if r == nil {
		return false
	}
	if _, found := r.search(name); found || !isDir {
		return found
	}
	below := name + "/"
	i, _ := r.search(below)
	return i < len(r.entries) && strings.HasPrefix(r.entries[i].Name, below)
}

// search gives where the index has the name, or would have it.
func (r *repository) search(name string) (int, bool) {
	return slices.BinarySearchFunc(r.entries, name, func(e *index.Entry, n string) int { return strings.Compare(e.Name, n) })
}

// remote is the address of the remote named origin, else of the only one; it may
// hold a password and is for webURL alone.
func (r *repository) remote() string {
	if r == nil {
		return ""
	}
	remotes := r.config.Section("remote")
	if remotes.HasSubsection("origin") {
		return remotes.Subsection("origin").Option("url")
	}
	if len(remotes.Subsections) == 1 {
		return remotes.Subsections[0].Option("url")
	}
	return ""
}

// head gives HEAD's commit and its branch; a detached HEAD has no branch, a
// repository without commits no commit.
func (r *repository) head() (commit plumbing.Hash, branch string, err error) {
	err = guard(func() error {
		ref, err := r.storage.Reference(plumbing.HEAD)
		if err != nil {
			return err
		}
		if ref.Type() == plumbing.SymbolicReference {
			if ref.Target().IsBranch() {
				branch = ref.Target().Short()
			}
			ref, err = storer.ResolveReference(r.storage, plumbing.HEAD)
			if errors.Is(err, plumbing.ErrReferenceNotFound) {
				return nil
			}
			if err != nil {
				return err
			}
		}
		if commit = ref.Hash(); commit.IsZero() {
			return errors.New("no hash in it") // which is how go-git reads any other text
		}
		return nil
	})
	return commit, branch, err
}

// revision says which state of the repository was read. The only error is the
// context's.
func (r *repository) revision(ctx context.Context, limits tree.Limits, n *notes) (scorecard.Revision, error) {
	if r == nil {
		return scorecard.Revision{}, nil
	}
	rev := scorecard.Revision{URL: webURL(r.remote()), Folder: r.place.folder}
	if r.place.folder != "" {
		n.add(".", "this is the folder %s of a larger work tree; what stands outside of it (owners, shared infrastructure, runbooks) was not read", r.place.folder)
	}
	if r.foreign != "" {
		n.add(".", "the commit of the git repository can't be told: %s", r.foreign)
		return rev, nil
	}
	commit, branch, err := r.head()
	if err != nil {
		n.add(".", "the commit of the git repository can't be told: its HEAD is damaged")
		return rev, nil
	}
	rev.Branch = branch
	if commit.IsZero() {
		return rev, nil // nothing is committed yet
	}
	rev.Commit = commit.String()
	err = guard(func() (err error) { rev.Dirty, err = r.dirty(ctx, commit, limits); return err })
	switch {
	case ctx.Err() != nil:
		return rev, context.Cause(ctx)
	case err != nil:
		rev.Dirty = true
		n.add(".", "whether the files differ from the commit can't be told, so they are taken to: %s", reason(err))
	}
	return rev, nil
}

// home is the repository's web address and the folder in it that is read.
func (r *repository) home() alert.Home {
	if r == nil {
		return alert.Home{}
	}
	return alert.Home{URL: webURL(r.remote()), Folder: r.place.folder}
}

// reason keeps what go-git says, which names objects and never contents, and leaves
// out paths of this machine.
func reason(err error) string {
	switch {
	case errors.Is(err, plumbing.ErrObjectNotFound):
		return "the commit or one of its folders is not in the clone"
	case errors.Is(err, errTooMuch), errors.Is(err, errNoIndex):
		return err.Error()
	}
	return "the git folder is damaged"
}
