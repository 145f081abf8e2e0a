package directory

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var scanDay = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// commitAt commits all files on a day, with other parents than HEAD where any are given.
func (r *repo) commitAt(day string, parents ...plumbing.Hash) plumbing.Hash {
	r.t.Helper()
	when, err := time.Parse(time.DateOnly, day)
	r.must(err)
	w, err := r.git.Worktree()
	r.must(err)
	r.must(w.AddWithOptions(&git.AddOptions{All: true}))
	h, err := w.Commit("c", &git.CommitOptions{Author: &object.Signature{Name: "a", Email: "a@example.com", When: when}, Parents: parents, AllowEmptyCommits: true})
	r.must(err)
	return h
}

// changes reads the folder and gives what is told of its runbooks.
func changes(t *testing.T, dir string) (map[string]scorecard.Document, string) {
	t.Helper()
	s, err := New(Options{Path: dir, Now: func() time.Time { return scanDay }})
	if err != nil {
		t.Fatal(err)
	}
	c, err := s.Collect(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]scorecard.Document{}
	for _, d := range c.Facts.Documents {
		if d.Kind == scorecard.Runbook {
			out[d.Location.Path] = d
		} else if d.Changed != "" {
			t.Errorf("%s %s has a day", d.Kind, d.Location.Path)
		}
	}
	return out, c.Facts.AsOf
}

func TestChanges(t *testing.T) {
	r := newRepo(t)
	if _, asOf := changes(t, r.dir); asOf != "" {
		t.Errorf("a repository without a runbook is of the day %s", asOf)
	}
	r.write("runbooks/old.md", "# Old\nx\n")
	r.write("runbooks/both.md", "# Both\nx\n")
	r.write("docs/deep/er/runbook.md", "# Deep\nx\n")
	base := r.commitAt("2024-01-01")
	r.write("runbooks/both.md", "# Both\ny\n")
	r.write("README.md", "# Shop\nOther.\n")
	side := r.commitAt("2024-03-01", base)
	// A merge that takes one file from each of its sides is no change of either.
	r.write("docs/deep/er/runbook.md", "# Deep\ny\n")
	r.write("runbooks/both.md", "# Both\nx\n")
	main := r.commitAt("2024-05-01", base)
	r.write("runbooks/both.md", "# Both\ny\n")
	r.commitAt("2025-01-01", main, side)
	r.write("runbooks/new.md", "# New\nx\n") // not committed

	got, asOf := changes(t, r.dir)
	if asOf != "2026-06-01" {
		t.Errorf("as of %q", asOf)
	}
	for p, want := range map[string]string{"runbooks/old.md": "2024-01-01", "runbooks/both.md": "2024-03-01", "docs/deep/er/runbook.md": "2024-05-01", "runbooks/new.md": ""} {
		if d, ok := got[p]; !ok || d.Changed != want || d.Before {
			t.Errorf("%s was changed on %q (%v), want %q", p, d.Changed, d.Before, want)
		}
	}
	// A folder inside of the work tree.
	if got, _ := changes(t, filepath.Join(r.dir, "docs")); got["deep/er/runbook.md"].Changed != "2024-05-01" {
		t.Errorf("below docs: %+v", got)
	}
	// Outside of version control.
	r.must(os.RemoveAll(filepath.Join(r.dir, ".git")))
	if got, asOf := changes(t, r.dir); asOf != "" || got["runbooks/old.md"].Changed != "" {
		t.Errorf("without git: %q, %+v", asOf, got)
	}
}

// Where commits are missing, the last one that is there bounds the day.
func TestChangesOfShallowClone(t *testing.T) {
	r := newRepo(t)
	r.write("runbooks/old.md", "# Old\nx\n")
	lost := r.commitAt("2024-01-01")
	r.write("README.md", "# Shop\nOther.\n")
	end := r.commitAt("2024-03-01")
	r.write("runbooks/new.md", "# New\nx\n")
	r.commitAt("2024-05-01")
	r.must(os.Remove(filepath.Join(r.dir, ".git/objects", lost.String()[:2], lost.String()[2:])))
	r.must(os.WriteFile(filepath.Join(r.dir, ".git/shallow"), []byte(end.String()+"\n"), 0o644))
	got, _ := changes(t, r.dir)
	if d := got["runbooks/old.md"]; d.Changed != "2024-03-01" || !d.Before {
		t.Errorf("old: %q %v", d.Changed, d.Before)
	}
	if d := got["runbooks/new.md"]; d.Changed != "2024-05-01" || d.Before {
		t.Errorf("new: %q %v", d.Changed, d.Before)
	}
}

// A tag is of the day on which it was made: an annotated one of its own, another of its commit's.
func TestDaysOfTags(t *testing.T) {
	r := newRepo(t)
	r.write("README.md", "# Shop\nIt sells.\n")
	first := r.commitAt("2024-01-01")
	r.write("README.md", "# Shop\nIt sells more.\n")
	second := r.commitAt("2024-03-01")
	for _, tag := range []struct {
		name   string
		commit plumbing.Hash
		o      *git.CreateTagOptions
	}{
		{"v1.0.0", first, nil},
		{"before-rewrite", first, nil},
		{"cart-v1.1.0", second, &git.CreateTagOptions{Message: "m", Tagger: &object.Signature{Name: "a", Email: "a@example.com", When: scanDay}}},
	} {
		_, err := r.git.CreateTag(tag.name, tag.commit, tag.o)
		r.must(err)
	}
	s, err := New(Options{Path: r.dir, Now: func() time.Time { return scanDay }})
	r.must(err)
	c, err := s.Collect(context.Background(), nil)
	r.must(err)
	want := []scorecard.Released{{Version: "cart-v1.1.0", Day: "2026-06-01"}, {Version: "v1.0.0", Day: "2024-01-01"}}
	if len(c.Facts.Tags) != 1 || !slices.Equal(c.Facts.Tags[0].Dated, want) || c.Facts.AsOf != "2026-06-01" {
		t.Errorf("as of %q: %+v, want %+v", c.Facts.AsOf, c.Facts.Tags, want)
	}
	// A commit that is not there gives no day.
	r.must(os.Remove(filepath.Join(r.dir, ".git/objects", first.String()[:2], first.String()[2:])))
	c, err = s.Collect(context.Background(), nil)
	r.must(err)
	if got := c.Facts.Tags[0]; !slices.Equal(got.Dated, want[:1]) || got.Releases != 2 {
		t.Errorf("without a commit: %+v", got)
	}
}
