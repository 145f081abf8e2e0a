package directory

import (
	"context"
	"slices"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/plumbing/storer"

	"github.com/seaworthy-dev/seaworthy/reader/history"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// tags are those of the repository that the folder is in, when it is a part of one or a
// work tree beside it; false where they can't be read, which says nothing of them.
func (r *repository) tags() (tags scorecard.Tags, ok bool) {
	if r == nil || r.foreign != "" {
		return tags, false
	}
	err := guard(func() error {
		refs, err := r.storage.IterReferences()
		if err != nil {
			return err
		}
		defer refs.Close()
		tags.Location.Path = "."
		if _, err := r.files.Stat("shallow"); err == nil {
			tags.Shallow = true
		}
		history.Count(&tags, func(yield func(string) bool) {
			_ = refs.ForEach(func(ref *plumbing.Reference) error { // the references are in memory
				if ref.Name().IsTag() && !yield(ref.Name().Short()) {
					return storer.ErrStop
				}
				return nil
			})
		})
		return nil
	})
	return tags, err == nil
}

// maxDatedTags is how many tags are opened for their day, those of the highest versions.
const maxDatedTags = 500

// dateTags says of the tags that are versions on which day they were made: that of an
// annotated tag, else of the commit that it names. What is not in the clone has no day.
func (r *repository) dateTags(ctx context.Context, facts *scorecard.Facts) {
	if r == nil || r.foreign != "" || len(facts.Tags) == 0 || facts.Tags[0].Releases == 0 {
		return
	}
	tags := &facts.Tags[0]
	_ = guard(func() error { // a damaged history tells what it told until there
		refs, err := r.storage.IterReferences()
		if err != nil {
			return err
		}
		defer refs.Close()
		var list []*plumbing.Reference
		_ = refs.ForEach(func(ref *plumbing.Reference) error { // the references are in memory
			if ref.Name().IsTag() && history.Version(ref.Name().Short()) != "" {
				list = append(list, ref)
			}
			return nil
		})
		slices.SortFunc(list, func(a, b *plumbing.Reference) int {
			return history.Compare(a.Name().Short(), b.Name().Short())
		})
		for _, ref := range list[:min(len(list), maxDatedTags)] {
			if ctx.Err() != nil {
				break
			}
			if when, err := r.tagged(ref.Hash()); err == nil {
				tags.Dated = append(tags.Dated, scorecard.Released{Version: ref.Name().Short(), Day: when.UTC().Format(time.DateOnly)})
			}
		}
		tags.Dated = scorecard.Newest(tags.Dated)
		return nil
	})
}

// tagged is when the tag behind a reference was made.
func (r *repository) tagged(h plumbing.Hash) (time.Time, error) {
	if err := r.affordable(h); err != nil {
		return time.Time{}, err
	}
	if t, err := object.GetTag(r.storage, h); err == nil {
		return t.Tagger.When, nil
	}
	c, err := object.GetCommit(r.storage, h)
	if err != nil {
		return time.Time{}, err
	}
	return c.Committer.When, nil
}
