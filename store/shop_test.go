package store_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/seaworthy-dev/seaworthy/scorecard"
	"github.com/seaworthy-dev/seaworthy/store"
)

// rubric is a small one: an owner makes bronze, images of a digest silver, and a
// runbook gold.
func rubric(t testing.TB) *scorecard.Rubric {
	t.Helper()
	r, err := scorecard.NewRubric("test", practices())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func practices() []scorecard.Check {
	return []scorecard.Check{
		{ID: "owned", Pillar: scorecard.Ownership, Title: "The service has an owner", Level: scorecard.Bronze, Weight: scorecard.Critical,
			Effort: scorecard.Minutes, Reads: []scorecard.Family{scorecard.Catalog}, Rule: func(v *scorecard.View) scorecard.Finding {
				if v.Service.Owner == "" {
					return scorecard.Missing(func() string { return "Write an owner." }, "no owner")
				}
				return scorecard.Finding{Outcome: scorecard.Pass, Satisfied: 1, Subjects: 1, Reason: "owned by " + v.Service.Owner}
			}},
		{ID: "pinned", Pillar: scorecard.Config, Title: "Images are pinned", Level: scorecard.Silver, Weight: scorecard.High,
			Effort: scorecard.Minutes, Reads: []scorecard.Family{scorecard.Images}, Rule: func(v *scorecard.View) scorecard.Finding {
				var tally scorecard.Tally
				for _, i := range v.Images {
					if i.Unresolved == "" {
						tally.Pass(i.Location, "%s", i.Image)
					} else {
						tally.Fail(i.Location, "Pin it.", "%s: %s", i.Image, i.Unresolved)
					}
				}
				return tally.Finding("image", "is pinned", "no images")
			}},
		{ID: "runbook", Pillar: scorecard.Incident, Title: "There is a runbook", Level: scorecard.Gold, Weight: scorecard.Medium,
			Effort: scorecard.Hour, Reads: []scorecard.Family{scorecard.Documents}, Rule: func(v *scorecard.View) scorecard.Finding {
				if len(v.Documents) == 0 {
					return scorecard.Missing(func() string { return "Write one." }, "no runbook")
				}
				return scorecard.Finding{Outcome: scorecard.Pass, Satisfied: 1, Subjects: 1, Reason: "there is one"}
			}},
	}
}

// part changes an inventory before it is judged.
type part func(*scorecard.Inventory)

func owner(name string) part { return func(i *scorecard.Inventory) { i.Service.Owner = name } }

// images adds so many, the last bad of which can't be resolved.
func images(n, bad int) part {
	return func(i *scorecard.Inventory) {
		for k := range n {
			b := scorecard.BuildImage{Location: scorecard.Location{Path: "Dockerfile", FirstLine: k + 1, LastLine: k + 1}, Format: "dockerfile", Image: fmt.Sprintf("image-%d", k)}
			if k >= n-bad {
				b.Unresolved = "no default"
			}
			i.Images = append(i.Images, b)
		}
	}
}

func runbook(i *scorecard.Inventory) {
	i.Documents = append(i.Documents, scorecard.Document{Kind: scorecard.Runbook, Location: scorecard.Location{Path: "runbook.md"}, Format: "markdown"})
}

func blind(i *scorecard.Inventory) {
	i.Gaps = append(i.Gaps, scorecard.Gap{Location: scorecard.Location{Path: "broken.yaml"}, Hides: scorecard.Families(), Reason: "malformed", Message: "broken.yaml is broken"})
}

func unscored(i *scorecard.Inventory) { i.Service.Unscored = "a library is not scored" }

// judge makes a service of the repository and judges it.
func judge(t testing.TB, r *scorecard.Rubric, repository, name string, parts ...part) scorecard.Judged {
	t.Helper()
	inv := &scorecard.Inventory{Service: scorecard.Service{
		ID: repository + "." + name, Name: name, Repository: repository, Discovery: scorecard.ByWorkload, Path: name,
		Location: scorecard.Location{Path: name + "/deployment.yaml", FirstLine: 1, LastLine: 9},
	}}
	for _, p := range parts {
		p(inv)
	}
	card, err := scorecard.Judge(inv, r)
	if err != nil {
		t.Fatal(err)
	}
	return scorecard.Judged{Inventory: inv, Scorecard: card}
}

// register makes repositories.
func register(t testing.TB, s *store.Store, ids ...string) {
	t.Helper()
	for _, id := range ids {
		if _, err := s.CreateRepository(t.Context(), scorecard.Repository{ID: id, Path: "/src/" + id}); err != nil {
			t.Fatal(err)
		}
	}
}

// begin requests and claims a scan of the repository, where nothing else is queued.
func begin(t testing.TB, s *store.Store, repository string) scorecard.Scan {
	t.Helper()
	if _, _, err := s.RequestScan(t.Context(), repository); err != nil {
		t.Fatal(err)
	}
	sc, ok, err := s.ClaimScan(t.Context())
	if err != nil || !ok || sc.Repository != repository {
		t.Fatalf("claimed %v of %q, %v; want one of %s", ok, sc.Repository, err, repository)
	}
	return sc
}

// scanned has a scan of the repository find these.
func scanned(t testing.TB, s *store.Store, repository string, judged ...scorecard.Judged) scorecard.Scan {
	t.Helper()
	sc := begin(t, s, repository)
	sc.State = scorecard.ScanSucceeded
	sc.Revision = scorecard.Revision{Commit: "c0ffee", Branch: "main", URL: "https://example.org/" + repository, Folder: "src", Dirty: true}
	done, err := s.FinishScan(t.Context(), sc, judged)
	if err != nil {
		t.Fatal(err)
	}
	return done
}

// names lists the services of a query, page by page.
func names(t testing.TB, s *store.Store, q scorecard.Query) []string {
	t.Helper()
	var out []string
	for {
		p, err := s.ListRecords(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range p.Items {
			out = append(out, r.Scorecard.Service.Name)
		}
		if q.Token = p.Next; q.Token == "" {
			return out
		}
	}
}

func sorted(s []string) []string { slices.Sort(s); return s }
