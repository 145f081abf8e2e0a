package directory

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

func TestOrigins(t *testing.T) {
	r := newRepo(t)
	r.write("slo/cart.yaml", "a\n")
	r.write("deploy/cart.yaml", "a\n")
	r.write("README.md", "# Shop of carts\n")
	first := r.commitAt("2026-01-01")
	r.write("deploy/cart.yaml", "b\n")
	second := r.commitAt("2026-02-01")
	r.must(os.Remove(filepath.Join(r.dir, "slo/cart.yaml")))
	third := r.commitAt("2026-03-01")
	r.write("other.md", "# Other\n")
	last := r.commitAt("2026-04-01")

	s, err := New(Options{Path: r.dir})
	r.must(err)
	c, err := s.Collect(context.Background(), nil)
	r.must(err)
	ask := func(since, at scorecard.Revision, paths ...string) map[string]string {
		out := map[string]string{}
		for _, o := range s.Origins(context.Background(), since, at, paths) {
			out[o.Path] = o.Commit + " by " + o.Author + " on " + o.Time.Format("2006-01-02")
		}
		return out
	}
	want := map[string]string{
		"deploy/cart.yaml": second.String() + " by a on 2026-02-01",
		"slo/cart.yaml":    third.String() + " by a on 2026-03-01", // it took it away
		"README.md":        first.String() + " by a on 2026-01-01",
	}
	if diff := cmp.Diff(want, ask(scorecard.Revision{}, c.Revision, "deploy/cart.yaml", "slo/cart.yaml", "README.md")); diff != "" {
		t.Error(diff)
	}
	// What stayed since a commit was changed by nobody.
	delete(want, "README.md")
	delete(want, "deploy/cart.yaml")
	if diff := cmp.Diff(want, ask(scorecard.Revision{Commit: second.String()}, c.Revision, "deploy/cart.yaml", "slo/cart.yaml", "README.md")); diff != "" {
		t.Error(diff)
	}
	for name, at := range map[string]scorecard.Revision{
		"not committed": {Commit: last.String(), Dirty: true},
		"moved on":      {Commit: second.String()},
		"no git":        {},
	} {
		if got := ask(scorecard.Revision{}, at, "README.md"); len(got) > 0 {
			t.Errorf("%s: %v", name, got)
		}
	}
}
