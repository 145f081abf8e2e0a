package store_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seaworthy-dev/seaworthy/scorecard"
	"github.com/seaworthy-dev/seaworthy/store"
)

func testScanLife(t *testing.T, d *database) {
	s, ctx := d.open(t), t.Context()
	register(t, s, "shop")
	start := time.Now().Add(-time.Second)
	asked, created, err := s.RequestScan(ctx, "shop")
	if err != nil || !created || asked.State != scorecard.ScanQueued || asked.CreateTime.Before(start) || !asked.StartTime.IsZero() || asked.ID == "" {
		t.Fatalf("requested: %+v, %v, %v", asked, created, err)
	}
	claimed, ok, err := s.ClaimScan(ctx)
	if err != nil || !ok || claimed.ID != asked.ID || claimed.State != scorecard.ScanRunning || claimed.StartTime.IsZero() {
		t.Fatalf("claimed: %+v, %v, %v", claimed, ok, err)
	}
	p := scorecard.Progress{Stage: "read", Done: 3, Total: 10, Item: "a/b.yaml"}
	if err := s.ProgressScan(ctx, asked.ID, p); err != nil {
		t.Fatal(err)
	}
	if got, err := s.GetScan(ctx, asked.ID); err != nil || got.Progress != p {
		t.Errorf("progress: %+v, %v", got.Progress, err)
	}
	claimed.State, claimed.Error, claimed.Gaps = scorecard.ScanFailed, "no such folder", 2
	claimed.Revision = scorecard.Revision{Commit: "c", Branch: "b", URL: "u", Folder: "f", Dirty: true}
	ended, err := s.FinishScan(ctx, claimed, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := claimed
	want.EndTime, want.Progress = ended.EndTime, p
	if diff := cmp.Diff(want, ended); diff != "" || ended.EndTime.Before(ended.StartTime) {
		t.Error(diff, ended.EndTime)
	}
	got, err := s.GetScan(ctx, asked.ID)
	if diff := cmp.Diff(ended, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
	if _, err := s.FinishScan(ctx, claimed, nil); !errors.Is(err, scorecard.ErrConflict) {
		t.Errorf("finished twice: %v", err)
	}
	if err := s.ProgressScan(ctx, asked.ID, p); !errors.Is(err, scorecard.ErrConflict) {
		t.Errorf("progress after the end: %v", err)
	}
	claimed.State = scorecard.ScanRunning
	if _, err := s.FinishScan(ctx, claimed, nil); !errors.Is(err, scorecard.ErrInvalid) {
		t.Errorf("finished as running: %v", err)
	}
	for _, id := range []string{"none", "", "a\x00b"} {
		_, get := s.GetScan(ctx, id)
		_, cancel := s.CancelScan(ctx, id)
		_, _, request := s.RequestScan(ctx, id)
		for what, err := range map[string]error{"get": get, "cancel": cancel, "request": request} {
			if !errors.Is(err, scorecard.ErrNotFound) {
				t.Errorf("%s %q: %v", what, id, err)
			}
		}
		if err := s.ProgressScan(ctx, id, p); !errors.Is(err, scorecard.ErrConflict) {
			t.Errorf("progress %q: %v", id, err)
		}
	}
}

func testRequestCoalesces(t *testing.T, d *database) {
	s, ctx := d.open(t), t.Context()
	register(t, s, "shop")
	first, _, err := s.RequestScan(ctx, "shop")
	if err != nil {
		t.Fatal(err)
	}
	if again, created, err := s.RequestScan(ctx, "shop"); err != nil || created || again.ID != first.ID {
		t.Errorf("asked twice: %s, %v, %v; want %s", again.ID, created, err, first.ID)
	}
	if _, ok, err := s.ClaimScan(ctx); err != nil || !ok {
		t.Fatal(ok, err)
	}
	next, created, err := s.RequestScan(ctx, "shop")
	if err != nil || !created || next.ID == first.ID {
		t.Errorf("while one runs: %s, %v, %v", next.ID, created, err)
	}
}

func testRequestAtOnce(t *testing.T, d *database) {
	one, two := d.open(t), d.open(t)
	register(t, one, "shop")
	var mu sync.Mutex
	ids, made := map[string]bool{}, 0
	atOnce(t, 16, func(i int) error {
		s := one
		if i%2 == 1 {
			s = two
		}
		sc, created, err := s.RequestScan(t.Context(), "shop")
		mu.Lock()
		defer mu.Unlock()
		ids[sc.ID] = true
		if created {
			made++
		}
		return err
	})
	if len(ids) != 1 || made != 1 {
		t.Errorf("%d scans, %d of them new", len(ids), made)
	}
}

// atOnce runs f n times side by side.
func atOnce(t testing.TB, n int, f func(int) error) {
	t.Helper()
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			if err := f(i); err != nil {
				t.Errorf("%d: %v", i, err)
			}
		})
	}
	wg.Wait()
}

func testClaimAtOnce(t *testing.T, d *database) {
	const repositories = 12
	stores := []*store.Store{d.open(t), d.open(t)}
	for i := range repositories {
		id := fmt.Sprintf("r%d", i)
		register(t, stores[0], id)
		if _, _, err := stores[0].RequestScan(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	var mu sync.Mutex
	got := map[string]int{}
	atOnce(t, 6, func(i int) error {
		for {
			sc, ok, err := stores[i%2].ClaimScan(t.Context())
			if err != nil || !ok {
				return err
			}
			mu.Lock()
			got[sc.Repository]++
			mu.Unlock()
		}
	})
	// A claimer that passes over rows which others are about to take may stop early,
	// but each of the six stops only once it saw none: all are taken.
	for i := range repositories {
		if n := got[fmt.Sprintf("r%d", i)]; n != 1 {
			t.Errorf("r%d was claimed %d times", i, n)
		}
	}
}

func testOneRunning(t *testing.T, d *database) {
	s, ctx := d.open(t), t.Context()
	register(t, s, "a", "b")
	first := begin(t, s, "a")
	for _, r := range []string{"a", "b"} {
		if _, _, err := s.RequestScan(ctx, r); err != nil {
			t.Fatal(err)
		}
	}
	if sc, ok, err := s.ClaimScan(ctx); err != nil || !ok || sc.Repository != "b" {
		t.Errorf("while a runs: %q, %v, %v; want b", sc.Repository, ok, err)
	}
	if sc, ok, err := s.ClaimScan(ctx); err != nil || ok {
		t.Errorf("a second one of a or b: %+v, %v", sc, err)
	}
	first.State = scorecard.ScanFailed
	if _, err := s.FinishScan(ctx, first, nil); err != nil {
		t.Fatal(err)
	}
	if sc, ok, err := s.ClaimScan(ctx); err != nil || !ok || sc.Repository != "a" {
		t.Errorf("after a ended: %q, %v, %v", sc.Repository, ok, err)
	}
}

// testCrash leaves a running and a queued scan of one repository behind.
func testCrash(t *testing.T, d *database) {
	ctx := t.Context()
	before, err := store.Open(ctx, d.url, quiet)
	if err != nil {
		t.Fatal(err)
	}
	register(t, before, "shop")
	left := begin(t, before, "shop")
	if err := before.ProgressScan(ctx, left.ID, scorecard.Progress{Stage: "read", Done: 5}); err != nil {
		t.Fatal(err)
	}
	waits, _, err := before.RequestScan(ctx, "shop")
	if err != nil {
		t.Fatal(err)
	}
	if err := before.Close(); err != nil {
		t.Fatal(err)
	}

	s := d.open(t)
	if _, ok, err := s.ClaimScan(ctx); err != nil || ok {
		t.Errorf("claimed beside the one that was left running: %v, %v", ok, err)
	}
	if n, err := s.RequeueScans(ctx); err != nil || n != 1 {
		t.Fatalf("requeued %d, %v", n, err)
	}
	if sc, err := s.GetScan(ctx, left.ID); err != nil || sc.State != scorecard.ScanQueued || !sc.StartTime.IsZero() || sc.Progress != (scorecard.Progress{}) {
		t.Errorf("requeued: %+v, %v", sc, err)
	}
	if sc, created, err := s.RequestScan(ctx, "shop"); err != nil || created || sc.ID != left.ID {
		t.Errorf("requested: %s, %v, %v", sc.ID, created, err)
	}
	for _, want := range []string{left.ID, waits.ID} {
		sc, ok, err := s.ClaimScan(ctx)
		if err != nil || !ok || sc.ID != want {
			t.Fatalf("claimed %s, %v, %v; want %s", sc.ID, ok, err, want)
		}
		sc.State = scorecard.ScanSucceeded
		if _, err := s.FinishScan(ctx, sc, nil); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := s.RequeueScans(ctx); err != nil || n != 0 {
		t.Errorf("requeued %d, %v; want none", n, err)
	}
}

func testCancel(t *testing.T, d *database) {
	s, ctx := d.open(t), t.Context()
	register(t, s, "a", "b")
	waits, _, err := s.RequestScan(ctx, "a")
	if err != nil {
		t.Fatal(err)
	}
	if sc, err := s.CancelScan(ctx, waits.ID); err != nil || sc.State != scorecard.ScanCancelled || sc.EndTime.IsZero() {
		t.Errorf("cancelled: %+v, %v", sc, err)
	}
	if _, ok, err := s.ClaimScan(ctx); err != nil || ok {
		t.Errorf("claimed a cancelled scan: %v", err)
	}
	runs := begin(t, s, "b")
	if _, err := s.CancelScan(ctx, runs.ID); err != nil {
		t.Fatal(err)
	}
	if err := s.ProgressScan(ctx, runs.ID, scorecard.Progress{}); !errors.Is(err, scorecard.ErrConflict) {
		t.Errorf("progress: %v", err)
	}
	runs.State = scorecard.ScanSucceeded
	if _, err := s.FinishScan(ctx, runs, []scorecard.Judged{judge(t, rubric(t), "b", "cart")}); !errors.Is(err, scorecard.ErrConflict) {
		t.Errorf("finish: %v", err)
	}
	if got := names(t, s, scorecard.Query{Size: 9}); got != nil {
		t.Errorf("a cancelled scan recorded %v", got)
	}
	if _, err := s.CancelScan(ctx, runs.ID); !errors.Is(err, scorecard.ErrConflict) {
		t.Errorf("cancelled twice: %v", err)
	}
}

// testReplicas opens one database many times at once, as replicas do. On
// PostgreSQL none takes a scan from another that lives.
func testReplicas(t *testing.T, d *database) {
	ctx := t.Context()
	stores := make([]*store.Store, 6)
	atOnce(t, len(stores), func(i int) (err error) {
		stores[i], err = store.Open(ctx, d.url, quiet)
		return err
	})
	for _, s := range stores {
		if s == nil {
			t.FailNow()
		}
		defer s.Close()
	}
	for round := range 5 { // each declares anew what the one before dropped
		path := fmt.Sprintf("/round%d", round)
		atOnce(t, len(stores), func(i int) error {
			return stores[i].SyncRepositories(ctx, []scorecard.Repository{{ID: "a", Path: path}, {ID: fmt.Sprintf("b%d", round), Path: "/b"}})
		})
	}
	if got := len(listRepositories(t, stores[0])); got != 2 {
		t.Errorf("%d repositories", got)
	}
	runs := begin(t, stores[1], "a")
	if d.driver == "sqlite" {
		return // one process
	}
	if n, err := stores[2].RequeueScans(ctx); err != nil || n != 0 {
		t.Errorf("took %d scans of a worker that lives, %v", n, err)
	}
	runs.State = scorecard.ScanSucceeded
	if _, err := stores[3].FinishScan(ctx, runs, nil); !errors.Is(err, scorecard.ErrConflict) {
		t.Errorf("another worker finished it: %v", err)
	}
	if err := stores[1].Close(); err != nil {
		t.Fatal(err)
	}
	if n, err := stores[2].RequeueScans(ctx); err != nil || n != 1 {
		t.Errorf("took %d scans of a worker that is gone, %v", n, err)
	}
}
