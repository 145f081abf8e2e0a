package scan

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// reporter writes a scan's progress into the store, at most twice a second however
// often it is told, and at least once in two seconds: that is also how a running
// scan learns that it was cancelled.
type reporter struct {
	mu     sync.Mutex
	latest scorecard.Progress
	done   chan struct{}
	ended  chan struct{}
}

func newReporter(id string, store scorecard.ScanStore, cancel context.CancelCauseFunc) *reporter {
	r := &reporter{latest: scorecard.Progress{Stage: "walk"}, done: make(chan struct{}), ended: make(chan struct{})}
	go r.loop(id, store, cancel)
	return r
}

func (r *reporter) report(p scorecard.Progress) {
	r.mu.Lock()
	r.latest = p
	r.mu.Unlock()
}

func (r *reporter) stop() {
	close(r.done)
	<-r.ended
}

func (r *reporter) loop(id string, store scorecard.ScanStore, cancel context.CancelCauseFunc) {
	defer close(r.ended)
	const often, atLeast = 500 * time.Millisecond, 2 * time.Second
	tick := time.NewTicker(often)
	defer tick.Stop()
	var written scorecard.Progress
	var at time.Time
	for {
		select {
		case <-r.done:
			return
		case now := <-tick.C:
			r.mu.Lock()
			p := r.latest
			r.mu.Unlock()
			if p == written && now.Sub(at) < atLeast {
				continue
			}
			ctx, stop := context.WithTimeout(context.Background(), atLeast)
			err := store.ProgressScan(ctx, id, p)
			stop()
			if errors.Is(err, scorecard.ErrConflict) || errors.Is(err, scorecard.ErrNotFound) {
				cancel(errCancelled)
				return
			}
			written, at = p, now
		}
	}
}
