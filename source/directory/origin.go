package directory

import (
	"context"
	"path"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var _ scorecard.Historian = (*Source)(nil)

// Origins implements scorecard.Historian by the commits that lead to HEAD.
func (s *Source) Origins(ctx context.Context, since, at scorecard.Revision, paths []string) []scorecard.Origin {
	if at.Commit == "" || at.Dirty || len(paths) == 0 {
		return nil // what is not committed has no author yet
	}
	place, err := locate(s.path)
	if err != nil || place == nil {
		return nil
	}
	var n notes
	r := openRepository(place, &n)
	if r == nil || r.foreign != "" {
		return nil
	}
	if head, _, err := r.head(); err != nil || head.String() != at.Commit {
		return nil // it has moved on since it was read
	}
	w := &walk{ctx: ctx, repo: r, paths: map[string]string{}, until: time.Now().Add(maxWalk), at: map[plumbing.Hash]*stop{}, trees: map[plumbing.Hash]*object.Tree{}, gone: true, since: plumbing.NewHash(since.Commit)}
	for _, p := range paths[:min(len(paths), maxSearched)] {
		w.paths[path.Join(place.folder, p)] = p
	}
	var out []scorecard.Origin
	w.found = func(p string, c *object.Commit, before bool) {
		if !before { // where the history ends nobody knows who it was
			out = append(out, scorecard.Origin{Path: p, Commit: c.Hash.String(), Author: c.Author.Name, Time: c.Author.When.UTC()})
		}
	}
	_ = guard(w.run) // a damaged history tells what it told until there
	return out
}
