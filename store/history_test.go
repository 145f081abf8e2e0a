package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// told gives a service's history from the oldest period on, page by page: its score and
// whether it has ended.
func told(t *testing.T, s scorecard.HistoryStore, service string, size int) []string {
	t.Helper()
	var out []string
	q := scorecard.Query{Size: size, SummaryOnly: true}
	for {
		page, err := s.ListPeriods(t.Context(), service, q)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range page.Items {
			if p.Scorecard.Results != nil || p.Scan == "" || p.Revision.Commit != "c0ffee" || p.SeenTime.Before(p.StartTime) {
				t.Errorf("a period: %+v", p)
			}
			says := fmt.Sprintf("%.1f", *p.Scorecard.Score)
			if !p.EndTime.IsZero() {
				says += " ended"
			}
			out = append([]string{says}, out...)
		}
		if q.Token = page.Next; q.Token == "" {
			if page.Total != len(out) {
				t.Errorf("%d in all, %d given", page.Total, len(out))
			}
			return out
		}
	}
}

func testHistory(t *testing.T, d *database) {
	s, ctx, r := d.open(t), t.Context(), rubric(t)
	register(t, s, "shop", "other")
	poor, owned := judge(t, r, "shop", "cart"), judge(t, r, "shop", "cart", owner("team-a"))
	first := scanned(t, s, "shop", poor)
	scanned(t, s, "other", judge(t, r, "other", "cart"))
	again := scanned(t, s, "shop", poor)
	second := scanned(t, s, "shop", owned)
	scanned(t, s, "shop")       // it is gone
	scanned(t, s, "shop", poor) // and comes back
	for _, size := range []int{1, 2, 9} {
		if diff := cmp.Diff([]string{"0.0 ended", "66.7 ended", "0.0"}, told(t, s, "shop.cart", size)); diff != "" {
			t.Errorf("pages of %d: %s", size, diff)
		}
	}
	page, err := s.ListPeriods(ctx, "shop.cart", scorecard.Query{Size: 9})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(owned.Scorecard, page.Items[1].Scorecard); diff != "" {
		t.Error(diff)
	}
	oldest := page.Items[2]
	if oldest.StartTime != first.EndTime || oldest.SeenTime != again.EndTime || oldest.EndTime != second.EndTime || oldest.Scan != first.ID {
		t.Errorf("first seen %s, last %s, ended %s, by %s; the scans: %+v, %+v, %+v", oldest.StartTime, oldest.SeenTime, oldest.EndTime, oldest.Scan, first, again, second)
	}
	if got, err := s.GetPeriod(ctx, "shop.cart", oldest.ID); err != nil || cmp.Diff(oldest, got) != "" {
		t.Error(err, cmp.Diff(oldest, got))
	}
	for _, c := range []struct {
		at   time.Time
		want int
	}{
		{first.EndTime, page.Items[2].ID},
		{second.EndTime.Add(-time.Microsecond), page.Items[2].ID},
		{second.EndTime, page.Items[1].ID},
		{time.Now().Add(time.Hour), page.Items[0].ID},
	} {
		if got, err := s.PeriodAt(ctx, "shop.cart", c.at); err != nil || got.ID != c.want {
			t.Errorf("at %s: %d, %v; want %d", c.at, got.ID, err, c.want)
		}
	}
	other, _ := s.ListPeriods(ctx, "other.cart", scorecard.Query{Size: 1})
	for name, err := range map[string]error{
		"no such service":        func() error { _, err := s.ListPeriods(ctx, "shop.none", scorecard.Query{Size: 1}); return err }(),
		"hostile service":        func() error { _, err := s.ListPeriods(ctx, "a\x00b", scorecard.Query{Size: 1}); return err }(),
		"no such period":         func() error { _, err := s.GetPeriod(ctx, "shop.cart", 1<<30); return err }(),
		"another's period":       func() error { _, err := s.GetPeriod(ctx, "shop.cart", other.Items[0].ID); return err }(),
		"before it was known":    func() error { _, err := s.PeriodAt(ctx, "shop.cart", first.EndTime.Add(-time.Hour)); return err }(),
		"another's past":         func() error { _, err := s.GetPast(ctx, "shop.cart", other.Items[0].ID, practices()); return err }(),
		"past of a hostile name": func() error { _, err := s.GetPast(ctx, "\xff", 1, practices()); return err }(),
	} {
		if !errors.Is(err, scorecard.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, token := range []string{"nonsense", "!", "MSBzaG9wLm5vbmU"} {
		if _, err := s.ListPeriods(ctx, "shop.cart", scorecard.Query{Size: 1, Token: token}); !errors.Is(err, scorecard.ErrInvalid) {
			t.Errorf("token %s: %v", token, err)
		}
	}
}

func testReplay(t *testing.T, d *database) {
	s, ctx, r := d.open(t), t.Context(), rubric(t)
	register(t, s, "shop")
	for range 2 { // keeping it again changes nothing
		if err := s.KeepRubric(ctx, r); err != nil {
			t.Fatal(err)
		}
	}
	dated := judge(t, r, "shop", "cart", owner("team-a"), func(i *scorecard.Inventory) { i.AsOf = "2026-11-30" })
	dated.Program = "v1.2.3"
	dated.Origins = []scorecard.Origin{{Path: "catalog-info.yaml", Commit: "c0ffee", Author: "Ann \x00 é", Time: time.Date(2026, 11, 29, 8, 0, 0, 0, time.UTC)}}
	scanned(t, s, "shop", dated)
	page, err := s.ListPeriods(ctx, "shop.cart", scorecard.Query{Size: 1})
	if err != nil {
		t.Fatal(err)
	}
	past, err := s.GetPast(ctx, "shop.cart", page.Items[0].ID, practices())
	if err != nil {
		t.Fatal(err)
	}
	if len(past.Origins) != 1 || past.Origins[0].Commit != "c0ffee" || !past.Origins[0].Time.Equal(dated.Origins[0].Time) || cmp.Diff(past.Origins, page.Items[0].Origins) != "" {
		t.Errorf("who it was: %+v, %+v", past.Origins, page.Items[0].Origins)
	}
	if past.Inventory.AsOf != "2026-11-30" || past.Program != "v1.2.3" || page.Items[0].Program != "v1.2.3" || past.Revision.Commit != "c0ffee" || past.Rubric == nil || past.Rubric.Hash() != r.Hash() {
		t.Errorf("the past: %+v", past)
	}
	if _, same, err := scorecard.Replay(past); err != nil || !same {
		t.Errorf("judged again it is the same: %v, %v", same, err)
	}
	// A check that the program does not have any more.
	past, err = s.GetPast(ctx, "shop.cart", page.Items[0].ID, practices()[1:])
	if err != nil || past.Rubric != nil {
		t.Errorf("a rubric with a check that there is no more: %+v, %v", past.Rubric, err)
	}
	changed := rubric(t)
	changed.Name = "changed after it was bound"
	if err := s.KeepRubric(ctx, changed); !errors.Is(err, scorecard.ErrInvalid) {
		t.Error(err)
	}
}

func testEachPast(t *testing.T, d *database) {
	s, ctx, r := d.open(t), t.Context(), rubric(t)
	register(t, s, "shop")
	var all []scorecard.Judged
	for i := range 205 { // more than are held at a time
		all = append(all, judge(t, r, "shop", fmt.Sprintf("s-%03d", i)))
	}
	first := scanned(t, s, "shop", all...)
	second := scanned(t, s, "shop", all[:3]...)
	count := func(at time.Time) (n int) {
		last := ""
		err := s.EachPast(ctx, at, func(p scorecard.Past) error {
			if id := p.Scorecard.Service.ID; id <= last || p.Inventory.Service.ID != id {
				t.Errorf("%s after %s, with the inventory of %s", id, last, p.Inventory.Service.ID)
			} else {
				last = id
			}
			n++
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if a, b, c := count(first.EndTime.Add(-time.Second)), count(first.EndTime), count(second.EndTime); a != 0 || b != 205 || c != 3 {
		t.Errorf("%d before, %d then, %d at last", a, b, c)
	}
	stop := errors.New("enough")
	if err := s.EachPast(ctx, first.EndTime, func(scorecard.Past) error { return stop }); !errors.Is(err, stop) {
		t.Error(err)
	}
}

func testTrend(t *testing.T, d *database) {
	s, ctx, r := d.open(t), t.Context(), rubric(t)
	register(t, s, "shop")
	checks := practices()
	checks[0].Weight = scorecard.Low
	lighter, err := scorecard.NewRubric("lighter", checks)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []*scorecard.Rubric{r, lighter} {
		if err := s.KeepRubric(ctx, r); err != nil {
			t.Fatal(err)
		}
	}
	// Each scan is of a day: the last is that of the roll-up.
	cart, search := []part{owner("team-a")}, []part{}
	days := [][]scorecard.Judged{
		{judge(t, r, "shop", "cart", cart...)},                                           // 66.67
		{judge(t, r, "shop", "cart", cart...), judge(t, r, "shop", "search", search...)}, // and one of 0
		{judge(t, lighter, "shop", "cart", cart...), judge(t, lighter, "shop", "search", search...)},
		{judge(t, lighter, "shop", "cart", owner("team-a"), runbook), judge(t, lighter, "shop", "search", search...)},
	}
	begun := time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)
	for i, judged := range days {
		scanned(t, s, "shop", judged...)
		// What began or ended with the scan did so on its day.
		for _, column := range []string{"start_time", "end_time"} {
			at := begun.AddDate(0, 0, i).Format("2006-01-02 15:04:05") + "+00:00"
			d.ask(t, fmt.Sprintf("UPDATE periods SET %s = '%s' WHERE %[1]s > '2026-11-30 00:00:00+00:00'", column, at))
		}
	}
	now := begun.AddDate(0, 0, 3).Add(time.Hour)
	for range 2 { // the second time it finds all but the last day done
		if err := s.RollUp(ctx, now, practices()); err != nil {
			t.Fatal(err)
		}
	}
	trend := func(kind scorecard.TrendKind, value string) (out []string) {
		list, err := s.ListTrend(ctx, scorecard.TrendQuery{Kind: kind, Value: value, First: "2026-11-01", Last: "2026-11-30"})
		if err != nil {
			t.Fatal(err)
		}
		constant, fixed := scorecard.Chain(list)
		for i, d := range list {
			out = append(out, strings.TrimSpace(fmt.Sprintf("%s services=%d mean=%.2f matched=%d rise=%.2f ruled=%.2f constant=%.2f fixed=%.2f gold=%d",
				d.Day[8:], d.Services, *d.Mean(), d.Matched, d.Rise.Score(), d.Ruled.Score(), *constant[i], *fixed[i], d.Levels[scorecard.Gold])))
		}
		return out
	}
	// On the 21st a service of 0 comes, which is no decline; on the 22nd a lighter weight costs
	// 33.34 points, which is none by fixed rules.
	want := []string{
		"20 services=1 mean=66.67 matched=0 rise=0.00 ruled=0.00 constant=33.34 fixed=16.66 gold=0",
		"21 services=2 mean=33.34 matched=1 rise=0.00 ruled=0.00 constant=33.34 fixed=16.66 gold=0",
		"22 services=2 mean=16.66 matched=2 rise=-33.34 ruled=-33.34 constant=16.66 fixed=16.66 gold=0",
		"23 services=2 mean=50.00 matched=2 rise=66.67 ruled=0.00 constant=50.00 fixed=50.00 gold=1",
	}
	if diff := cmp.Diff(want, trend(scorecard.OfAll, "")); diff != "" {
		t.Error(diff)
	}
	want = []string{
		"20 services=1 mean=66.67 matched=0 rise=0.00 ruled=0.00 constant=66.67 fixed=33.33 gold=0",
		"21 services=1 mean=66.67 matched=1 rise=0.00 ruled=0.00 constant=66.67 fixed=33.33 gold=0",
		"22 services=1 mean=33.33 matched=1 rise=-33.34 ruled=-33.34 constant=33.33 fixed=33.33 gold=0",
		"23 services=1 mean=100.00 matched=1 rise=66.67 ruled=0.00 constant=100.00 fixed=100.00 gold=1",
	}
	if diff := cmp.Diff(want, trend(scorecard.ByOwner, "team-a")); diff != "" {
		t.Error(diff)
	}
	if none := trend(scorecard.ByOwner, "nobody"); none != nil {
		t.Error(none)
	}
}

func testSweep(t *testing.T, d *database) {
	s, ctx, r := d.open(t), t.Context(), rubric(t)
	register(t, s, "shop")
	gone := judge(t, r, "shop", "gone")
	scanned(t, s, "shop", judge(t, r, "shop", "cart"), gone)
	second := scanned(t, s, "shop", judge(t, r, "shop", "cart", owner("team-a")))
	third := scanned(t, s, "shop", judge(t, r, "shop", "cart", owner("team-b")))
	if err := s.RollUp(ctx, time.Now(), practices()); err != nil {
		t.Fatal(err)
	}
	if swept, err := s.Sweep(ctx, second.EndTime.Add(-time.Hour)); err != nil || swept != (scorecard.Swept{}) {
		t.Errorf("before anything was over: %+v, %v", swept, err)
	}
	swept, err := s.Sweep(ctx, third.EndTime) // what ended with the last scan is not over before it
	if want := (scorecard.Swept{Services: 1, Revisions: 1, Verdicts: 2, Inventories: 2, Scans: 1}); err != nil || swept != want {
		t.Errorf("swept %+v, %v; want %+v", swept, err, want)
	}
	if diff := cmp.Diff([]string{"66.7 ended", "66.7"}, told(t, s, "shop.cart", 9)); diff != "" {
		t.Error(diff)
	}
	if _, err := s.GetRecord(ctx, "shop.gone"); !errors.Is(err, scorecard.ErrNotFound) {
		t.Error("a service that retired:", err)
	}
	if _, err := s.GetScan(ctx, second.ID); err != nil {
		t.Error("the scan of a revision that is kept:", err)
	}
	// What holds stays, however late it is, and comes back as it was judged.
	if _, err := s.Sweep(ctx, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"66.7"}, told(t, s, "shop.cart", 9)); diff != "" {
		t.Error(diff)
	}
	if rec, err := s.GetRecord(ctx, "shop.cart"); err != nil || rec.Scorecard.Service.Owner != "team-b" {
		t.Error(err)
	}
	if n := d.ask(t, "SELECT count(*) FROM results"); n[0] != "3" {
		t.Error("results that are left:", n)
	}
	scanned(t, s, "shop", gone, judge(t, r, "shop", "cart")) // what was swept can come again
	if list, err := s.ListTrend(ctx, scorecard.TrendQuery{Kind: scorecard.OfAll, First: "2000-01-01", Last: "2100-01-01"}); err != nil || len(list) != 1 {
		t.Error("trends:", list, err)
	}
}

// What is swept while a scan finds it again is written again, whole.
func testSweepBeside(t *testing.T, d *database) {
	s, r := d.open(t), rubric(t)
	register(t, s, "shop")
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	var swept atomic.Int64
	go func() {
		for {
			n, err := s.Sweep(ctx, time.Now().Add(time.Hour))
			swept.Add(int64(n.Verdicts))
			if err != nil || ctx.Err() != nil {
				done <- err
				return
			}
		}
	}()
	for i := 0; i < 40 || swept.Load() == 0 && i < 2000; i++ {
		want := judge(t, r, "shop", "cart", owner(fmt.Sprintf("team-%d", i%2)))
		scanned(t, s, "shop", want)
		rec, err := s.GetRecord(t.Context(), "shop.cart")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want.Scorecard, rec.Scorecard); diff != "" {
			t.Fatal(diff)
		}
	}
	stop()
	if err := <-done; err != nil && !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if swept.Load() == 0 {
		t.Error("nothing was swept, so nothing was tried")
	}
}
