package store_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seaworthy-dev/seaworthy/scorecard"
	"github.com/seaworthy-dev/seaworthy/store"
)

func testRepositories(t *testing.T, d *database) {
	s, ctx := d.open(t), t.Context()
	at := time.Date(2026, 3, 29, 1, 30, 0, 123456789, time.FixedZone("x", 7200))
	made, err := s.CreateRepository(ctx, scorecard.Repository{ID: "shop", Path: "/src/shop", DisplayName: "The Shop", CreateTime: at})
	if err != nil {
		t.Fatal(err)
	}
	want := scorecard.Repository{ID: "shop", Path: "/src/shop", DisplayName: "The Shop", Origin: "api", CreateTime: at.UTC().Truncate(time.Microsecond)}
	if diff := cmp.Diff(want, made); diff != "" {
		t.Error(diff)
	}
	got, err := s.GetRepository(ctx, "shop")
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
	for _, c := range []struct {
		r    scorecard.Repository
		want error
		says string
	}{
		{scorecard.Repository{ID: "shop", Path: "/src/other"}, scorecard.ErrConflict, "shop"},
		{scorecard.Repository{ID: "other", Path: "/src/shop"}, scorecard.ErrConflict, "repository shop has it"},
		{scorecard.Repository{ID: "Shop", Path: "/x"}, scorecard.ErrInvalid, "repository_id"},
		{scorecard.Repository{ID: "-shop", Path: "/x"}, scorecard.ErrInvalid, "repository_id"},
		{scorecard.Repository{ID: strings.Repeat("a", 64), Path: "/x"}, scorecard.ErrInvalid, "repository_id"},
		{scorecard.Repository{ID: "rel", Path: "src/shop"}, scorecard.ErrInvalid, "repository.path"},
		{scorecard.Repository{ID: "nul", Path: "/src/\x00"}, scorecard.ErrInvalid, "repository.path"},
		{scorecard.Repository{ID: "long", Path: "/" + strings.Repeat("a", 4000)}, scorecard.ErrInvalid, "repository.path"},
	} {
		if _, err := s.CreateRepository(ctx, c.r); !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%.40s at %.40q: %v, want %v that says %q", c.r.ID, c.r.Path, err, c.want, c.says)
		}
	}
	for _, id := range []string{"none", "", "a\x00b", "\xff", "' OR 1=1 --"} {
		if _, err := s.GetRepository(ctx, id); !errors.Is(err, scorecard.ErrNotFound) {
			t.Errorf("get %q: %v", id, err)
		}
		if err := s.DeleteRepository(ctx, id); !errors.Is(err, scorecard.ErrNotFound) {
			t.Errorf("delete %q: %v", id, err)
		}
	}
	if err := s.Ping(ctx); err != nil {
		t.Error(err)
	}
}

func testSyncRepositories(t *testing.T, d *database) {
	s, ctx := d.open(t), t.Context()
	register(t, s, "mine", "adopted")
	sync := func(want error, pairs ...string) {
		t.Helper()
		var rs []scorecard.Repository
		for i := 0; i < len(pairs); i += 2 {
			rs = append(rs, scorecard.Repository{ID: pairs[i], Path: pairs[i+1]})
		}
		if err := s.SyncRepositories(ctx, rs); !errors.Is(err, want) {
			t.Fatalf("%v: %v, want %v", pairs, err, want)
		}
	}
	expect := func(want ...string) {
		t.Helper()
		var got []string
		for _, r := range listRepositories(t, s) {
			got = append(got, r.ID+" "+r.Path+" "+r.Origin)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
	sync(nil, "a", "/a", "b", "/b", "adopted", "/src/adopted")
	expect("a /a config", "adopted /src/adopted config", "b /b config", "mine /src/mine api")
	sync(nil, "a", "/b", "b", "/a") // swapped; adopted is gone
	expect("a /b config", "b /a config", "mine /src/mine api")
	sync(scorecard.ErrConflict, "a", "/src/mine")
	sync(scorecard.ErrConflict, "mine", "/elsewhere")
	sync(scorecard.ErrConflict, "a", "/x", "b", "/x")
	sync(scorecard.ErrConflict, "a", "/x", "a", "/y")
	sync(scorecard.ErrInvalid, "a", "x")
	expect("a /b config", "b /a config", "mine /src/mine api") // all or nothing
	if err := s.DeleteRepository(ctx, "a"); !errors.Is(err, scorecard.ErrConflict) {
		t.Errorf("deleting one of the configuration: %v", err)
	}
	scanned(t, s, "a", judge(t, rubric(t), "a", "cart"))
	sync(nil)
	expect("mine /src/mine api")
	if r, err := s.GetRecord(ctx, "a.cart"); err != nil || r.RetireTime.IsZero() {
		t.Errorf("the service of a repository that is gone: %+v, %v", r.RetireTime, err)
	}
}

func listRepositories(t testing.TB, s *store.Store) []scorecard.Repository {
	t.Helper()
	p, err := s.ListRepositories(t.Context(), scorecard.Query{Size: 100})
	if err != nil {
		t.Fatal(err)
	}
	return p.Items
}

func testDeleteRepository(t *testing.T, d *database) {
	s, ctx := d.open(t), t.Context()
	register(t, s, "shop", "other")
	scanned(t, s, "shop", judge(t, rubric(t), "shop", "cart"))
	scanned(t, s, "other", judge(t, rubric(t), "other", "cart"))
	under := begin(t, s, "shop")
	waits, _, err := s.RequestScan(ctx, "shop")
	if err != nil {
		t.Fatal(err)
	}
	before := d.rows(t)
	if err := s.DeleteRepository(ctx, "shop"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.GetScan(ctx, waits.ID); !errors.Is(err, scorecard.ErrNotFound) {
		t.Errorf("the queued scan: %v", err)
	}
	if sc, err := s.GetScan(ctx, under.ID); err != nil || sc.State != scorecard.ScanCancelled || sc.EndTime.IsZero() {
		t.Errorf("the running scan: %+v, %v", sc, err)
	}
	if err := s.ProgressScan(ctx, under.ID, scorecard.Progress{}); !errors.Is(err, scorecard.ErrConflict) {
		t.Errorf("its worker goes on: %v", err)
	}
	if _, _, err := s.RequestScan(ctx, "shop"); !errors.Is(err, scorecard.ErrNotFound) {
		t.Errorf("a scan of what is gone: %v", err)
	}
	if diff := cmp.Diff([]string{"cart"}, names(t, s, scorecard.Query{Size: 9})); diff != "" {
		t.Error(diff)
	}
	if r, err := s.GetRecord(ctx, "shop.cart"); err != nil || r.RetireTime.IsZero() || len(r.Scorecard.Results) == 0 {
		t.Errorf("its service: %+v, %v", r, err)
	}
	after := d.rows(t)
	if after["verdicts"] != before["verdicts"] || after["results"] != before["results"] {
		t.Errorf("verdicts went: %v, then %v", before, after)
	}
	register(t, s, "shop") // the ID and the path are free again
	if sc := scanned(t, s, "shop", judge(t, rubric(t), "shop", "cart")); sc.Changed != 0 {
		t.Errorf("the same verdict counts as changed: %d", sc.Changed)
	}
}
