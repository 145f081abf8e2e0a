package store_test

import (
	"fmt"
	"testing"

	"github.com/seaworthy-dev/seaworthy/scorecard"
	"github.com/seaworthy-dev/seaworthy/store"
)

// onEngines runs a benchmark on each engine that is here.
func onEngines(b *testing.B, f func(*testing.B, *database)) {
	for _, e := range engines {
		b.Run(e.name, func(b *testing.B) { f(b, e.database(b)) })
	}
}

// catalogue is a rubric of as many checks as the real one's first edition, with
// evidence and remediations of a real one's size.
func catalogue(b *testing.B) *scorecard.Rubric {
	b.Helper()
	var checks []scorecard.Check
	for i := range 20 {
		checks = append(checks, scorecard.Check{
			ID: fmt.Sprintf("check-%02d", i), Pillar: scorecard.Pillars()[i%15], Title: "Every container says what it needs", Level: scorecard.Levels()[1+i%4],
			Weight: scorecard.High, Effort: scorecard.Hour, Reads: []scorecard.Family{scorecard.Images},
			Rule: func(v *scorecard.View) scorecard.Finding {
				var t scorecard.Tally
				for k, image := range v.Images {
					if (k+i)%3 == 0 {
						t.Fail(image.Location, fmt.Sprintf("Write to `%s`:\n\n```yaml\nresources:\n  requests:\n    cpu: 100m\n    memory: 128Mi\n```", image.Location), "%s asks for nothing", image.Image)
					} else {
						t.Pass(image.Location, "%s asks for cpu and memory", image.Image)
					}
				}
				return t.Finding("container", "says what it needs", "no containers")
			},
		})
	}
	r, err := scorecard.NewRubric("bench", checks)
	if err != nil {
		b.Fatal(err)
	}
	return r
}

func findings(b *testing.B, r *scorecard.Rubric, from, n, variant int) []scorecard.Judged {
	js := make([]scorecard.Judged, n)
	for i := range js {
		js[i] = judge(b, r, "shop", fmt.Sprintf("service-%05d", from+i), owner(fmt.Sprintf("team-%d", (from+i)%20)), images(2+(i+variant)%5, variant%2))
	}
	return js
}

// BenchmarkRecord keeps a scan of 1,000 services: one in which every verdict is
// new, and one in which none is.
func BenchmarkRecord(b *testing.B) {
	r := catalogue(b)
	onEngines(b, func(b *testing.B, d *database) {
		s := d.open(b)
		register(b, s, "shop")
		b.Run("new", func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				b.StopTimer()
				// Another owner in every round makes another verdict.
				js := make([]scorecard.Judged, 1000)
				for k := range js {
					js[k] = judge(b, r, "shop", fmt.Sprintf("service-%05d", k), owner(fmt.Sprintf("team-%d-%d", k%20, i)), images(2+k%5, k%2))
				}
				b.StartTimer()
				if sc := scanned(b, s, "shop", js...); sc.Changed != 1000 {
					b.Fatal(sc.Changed)
				}
			}
		})
		b.Run("unchanged", func(b *testing.B) {
			js := findings(b, r, 0, 1000, 0)
			scanned(b, s, "shop", js...)
			b.ReportAllocs()
			for b.Loop() {
				if sc := scanned(b, s, "shop", js...); sc.Changed != 0 {
					b.Fatal(sc.Changed)
				}
			}
		})
	})
}

// fleet keeps 10,000 services.
func fleet(b *testing.B, d *database) *store.Store {
	s := d.open(b)
	register(b, s, "shop")
	scanned(b, s, "shop", findings(b, catalogue(b), 0, 10_000, 0)...)
	return s
}

// BenchmarkRead reads one record, pages of a list, and the largest question about
// results, among 10,000 services.
func BenchmarkRead(b *testing.B) {
	onEngines(b, func(b *testing.B, d *database) {
		s := fleet(b, d)
		b.Run("GetRecord", func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if _, err := s.GetRecord(b.Context(), fmt.Sprintf("shop.service-%05d", i%10_000)); err != nil {
					b.Fatal(err)
				}
			}
		})
		for name, q := range map[string]scorecard.Query{
			"ListRecords/owner": {Size: 100, SummaryOnly: true, Filter: is("owner", "team-7"), Order: orders("score desc")},
			"ListRecords/all":   {Size: 100, SummaryOnly: true, Order: orders("score desc")},
			"ListRecords/whole": {Size: 100, Filter: is("owner", "team-7"), Order: orders("score desc")},
		} {
			b.Run(name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					p, err := s.ListRecords(b.Context(), q)
					if err != nil || len(p.Items) != 100 {
						b.Fatal(len(p.Items), err)
					}
				}
			})
		}
		b.Run("FailingOneCheck", func(b *testing.B) {
			for b.Loop() {
				d.ask(b, `SELECT count(*) FROM services s JOIN results r ON r.verdict_id = s.verdict_id WHERE r.check_id = 'check-07' AND r.outcome = 'FAIL'`)
			}
		})
	})
}
