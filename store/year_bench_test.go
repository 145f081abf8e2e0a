package store_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// BenchmarkYear is the history of 10,000 services of which 5 % change each day. What a day
// adds is measured with whole verdicts of 95 checks; the year's periods point to a few of them.
func BenchmarkYear(b *testing.B) {
	r := wide(b, 95)
	d := engines[0].database(b)
	s := d.open(b)
	register(b, s, "shop")
	judged := func(day int) []scorecard.Judged {
		js := make([]scorecard.Judged, 10_000)
		for i := range js {
			last := day - (day+i)%20 // each twentieth changes on a day
			js[i] = judge(b, r, "shop", fmt.Sprintf("service-%05d", i), owner(fmt.Sprintf("team-%d", i%500)), images(2+i%5, (i+last/20)%2), named(last))
		}
		return js
	}
	scanned(b, s, "shop", judged(20)...)
	size := func() int64 {
		d.ask(b, "PRAGMA wal_checkpoint(TRUNCATE)")
		info, err := os.Stat(strings.TrimPrefix(d.url, "sqlite:"))
		if err != nil {
			b.Fatal(err)
		}
		return info.Size()
	}
	base := size()
	const days = 5
	for day := range days {
		if sc := scanned(b, s, "shop", judged(21+day)...); sc.Changed != 500 {
			b.Fatal(sc.Changed)
		}
	}
	daily := float64(size()-base) / days
	b.Logf("10,000 services: %.0f MB; a day of 500 changes: %.2f MB; a year: %.2f GB", float64(base)/1e6, daily/1e6, (float64(base)+365*daily)/1e9)

	// A year of periods: each service's begins anew every 20 days.
	d.ask(b, "DELETE FROM periods")
	d.ask(b, `WITH RECURSIVE n(k) AS (SELECT 0 UNION ALL SELECT k + 1 FROM n WHERE k < 18)
		INSERT INTO periods (scan, start_time, end_time, seen_time, revision, owner, system, tier, lifecycle, level, score, verdict_id, service_id)
		SELECT s.scan, datetime('2025-12-01', '+' || (k * 20 + s.rowid % 20) || ' days') || '+00:00',
			CASE WHEN k < 18 THEN datetime('2025-12-01', '+' || ((k + 1) * 20 + s.rowid % 20) || ' days') || '+00:00' END,
			NULL, '', s.owner, '', '', '', s.level, s.score + k % 3, s.verdict_id, s.id FROM services s, n`)
	last := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	start := time.Now()
	if err := s.RollUp(b.Context(), last, r.All()); err != nil {
		b.Fatal(err)
	}
	b.Logf("%s periods rolled up to a year of days in %s", d.ask(b, "SELECT count(*) FROM periods")[0], time.Since(start).Round(time.Second))
	for name, q := range map[string]scorecard.TrendQuery{"all": {Kind: scorecard.OfAll}, "owner": {Kind: scorecard.ByOwner, Value: "team-7"}} {
		q.First, q.Last = "2025-12-01", "2026-11-30"
		b.Run("ListTrend/"+name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if list, err := s.ListTrend(b.Context(), q); err != nil || len(list) < 350 {
					b.Fatal(len(list), err)
				}
			}
		})
	}
	b.Run("RollUp/today", func(b *testing.B) {
		for b.Loop() {
			if err := s.RollUp(b.Context(), last, r.All()); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("ListPeriods", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			if p, err := s.ListPeriods(b.Context(), fmt.Sprintf("shop.service-%05d", i%10_000), scorecard.Query{Size: 50, SummaryOnly: true}); err != nil || len(p.Items) != 19 {
				b.Fatal(len(p.Items), err)
			}
		}
	})
}

// named makes inventories of one service differ.
func named(day int) part {
	return func(i *scorecard.Inventory) { i.Service.Title = fmt.Sprintf("as of day %d", day) }
}

// wide is a rubric of so many checks.
func wide(b *testing.B, n int) *scorecard.Rubric {
	b.Helper()
	few := catalogue(b).All()
	var all []scorecard.Check
	for i := range n {
		c := few[i%len(few)]
		c.ID = fmt.Sprintf("check-%02d", i)
		all = append(all, c)
	}
	r, err := scorecard.NewRubric("wide", all)
	if err != nil {
		b.Fatal(err)
	}
	return r
}
