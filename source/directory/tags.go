package directory

import (
	"github.com/go-git/go-git/v5/plumbing"
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
