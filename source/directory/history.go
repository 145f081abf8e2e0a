package directory

import (
	"container/heap"
	"context"
	"path"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// Bounds of the walk through the commits for the days on which documents were changed.
const (
	maxCommits  = 20_000
	maxWalk     = 5 * time.Second
	maxSearched = 2_000 // documents
)

// dates says of each document whose age is judged when a commit changed it last, and of
// the scan on which day it was. Where the history ends before that (a shallow clone, the
// bounds), the last commit at which the document is known to have been the same is told.
func (r *repository) dates(ctx context.Context, facts *scorecard.Facts, now time.Time) {
	paths := map[string][]*scorecard.Document{}
	for i := range facts.Documents {
		if d := &facts.Documents[i]; d.HasDates() && len(paths) < maxSearched {
			paths[d.Location.Path] = append(paths[d.Location.Path], d)
		}
	}
	if len(paths) > 0 && r != nil && r.foreign == "" {
		w := &walk{ctx: ctx, repo: r, paths: map[string]string{}, until: time.Now().Add(maxWalk), at: map[plumbing.Hash]*stop{}, trees: map[plumbing.Hash]*object.Tree{}}
		for p := range paths {
			w.paths[path.Join(r.place.folder, p)] = p
		}
		w.found = func(p string, c *object.Commit, before bool) {
			for _, d := range paths[p] {
				d.Changed, d.Before = c.Committer.When.UTC().Format(time.DateOnly), before
			}
		}
		_ = guard(w.run) // a damaged history tells what it told until there
	}
	facts.Date(now)
}

// walk follows each file from HEAD to the commit that changed it last, as `git log -1
// FILE` does: past a merge it goes on with the first parent that has the same content.
type walk struct {
	ctx   context.Context
	repo  *repository
	until time.Time
	// paths are the files still looked for, by their path in the repository.
	paths map[string]string
	found func(file string, c *object.Commit, before bool)
	// since is a commit at which the walk ends: what is the same there was not changed.
	since plumbing.Hash
	// gone follows files that are not there, to the commit that took them away.
	gone bool

	queue stops
	at    map[plumbing.Hash]*stop
	// trees are folders read for the commit at hand and its parents.
	trees map[plumbing.Hash]*object.Tree
}

// stop is a commit that some of the files have come to.
type stop struct {
	commit *object.Commit
	files  map[string]plumbing.Hash // path in the repository to content
}

func (w *walk) run() error {
	head, _, err := w.repo.head()
	if err != nil || head.IsZero() {
		return err
	}
	c, err := w.commit(head)
	if err != nil {
		return err
	}
	first := &stop{commit: c, files: map[string]plumbing.Hash{}}
	for p := range w.paths {
		h, err := w.content(c, p)
		if err != nil {
			return err
		}
		if !h.IsZero() || w.gone { // one that is not committed yet has no history
			first.files[p] = h
		}
	}
	w.push(first)
	for n := 0; len(w.queue) > 0; n++ {
		s := heap.Pop(&w.queue).(*stop)
		delete(w.at, s.commit.Hash)
		if s.commit.Hash == w.since {
			continue
		}
		if n >= maxCommits || w.ctx.Err() != nil || time.Now().After(w.until) {
			w.ends(s)
			continue
		}
		if err := guard(func() error { return w.step(s) }); err != nil {
			w.ends(s)
		}
	}
	return nil
}

// ends says of the files of a stop that nothing older can be read.
func (w *walk) ends(s *stop) {
	for p := range s.files {
		w.found(w.paths[p], s.commit, true)
	}
}

// step sends each file of a stop on to the parent that has it as it is; what no parent
// has, the commit changed.
func (w *walk) step(s *stop) error {
	if len(w.trees) > 500 {
		clear(w.trees)
	}
	parents := make([]*stop, 0, len(s.commit.ParentHashes))
	for _, h := range s.commit.ParentHashes {
		c, err := w.commit(h)
		if err != nil {
			return err // beyond a shallow clone
		}
		p := &stop{commit: c, files: map[string]plumbing.Hash{}}
		parents = append(parents, p)
		for file, hash := range s.files {
			same, err := w.content(c, file)
			if err != nil {
				return err
			}
			if same == hash {
				p.files[file] = hash
			}
		}
	}
	for file, hash := range s.files {
		to := (*stop)(nil)
		for _, p := range parents {
			if _, same := p.files[file]; same && to == nil {
				to = p
			} else if same {
				delete(p.files, file)
			}
		}
		if to == nil {
			w.found(w.paths[file], s.commit, false)
		} else {
			to.files[file] = hash
		}
	}
	for _, p := range parents {
		w.push(p)
	}
	return nil
}

func (w *walk) push(s *stop) {
	if len(s.files) == 0 {
		return
	}
	if there := w.at[s.commit.Hash]; there != nil {
		for file, hash := range s.files {
			there.files[file] = hash
		}
		return
	}
	w.at[s.commit.Hash] = s
	heap.Push(&w.queue, s)
}

func (w *walk) commit(h plumbing.Hash) (*object.Commit, error) {
	if err := w.repo.affordable(h); err != nil {
		return nil, err
	}
	return object.GetCommit(w.repo.storage, h)
}

func (w *walk) tree(h plumbing.Hash) (*object.Tree, error) {
	if t := w.trees[h]; t != nil {
		return t, nil
	}
	if err := w.repo.affordable(h); err != nil {
		return nil, err
	}
	t, err := object.GetTree(w.repo.storage, h)
	if err == nil {
		w.trees[h] = t
	}
	return t, err
}

// content is what a commit has at a path; the zero hash where it has nothing.
func (w *walk) content(c *object.Commit, file string) (plumbing.Hash, error) {
	at := c.TreeHash
	for rest := file; ; {
		name, below, deeper := strings.Cut(rest, "/")
		t, err := w.tree(at)
		if err != nil {
			return plumbing.ZeroHash, err
		}
		e := entry(t, name)
		switch {
		case e == nil || deeper != (e.Mode == filemode.Dir):
			return plumbing.ZeroHash, nil
		case !deeper:
			return e.Hash, nil
		}
		at, rest = e.Hash, below
	}
}

// entry finds a name in a folder.
func entry(t *object.Tree, name string) *object.TreeEntry {
	for i := range t.Entries {
		if t.Entries[i].Name == name {
			return &t.Entries[i]
		}
	}
	return nil
}

// stops are a heap, the newest commit first.
type stops []*stop

func (q stops) Len() int { return len(q) }
func (q stops) Less(i, j int) bool {
	return q[i].commit.Committer.When.After(q[j].commit.Committer.When)
}
func (q stops) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *stops) Push(x any)   { *q = append(*q, x.(*stop)) }
func (q *stops) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}
