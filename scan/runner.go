// Package scan runs scans: it takes them from the queue, asks the repository's
// source, deals the facts out to services, judges these, and records the verdicts.
package scan

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// Options say how scans are run.
type Options struct {
	Store  scorecard.Store
	Rubric *scorecard.Rubric
	// Checks are all that there are: rubrics of the past may have asked others than Rubric does.
	Checks []scorecard.Check
	// Program is the version that judges; it is kept with the verdicts.
	Program string
	// Open gives the source of a repository.
	Open func(scorecard.Repository) (scorecard.Source, error)
	// Workers is how many scans run at once; default 1.
	Workers int
	// Timeout bounds one scan; default 10 minutes.
	Timeout time.Duration
	// Interval is how often every repository is scanned without being asked; 0 is never.
	Interval time.Duration
	// Poll is how often the queue is looked at without a Wake; default 5 s.
	Poll time.Duration
	// Keep is how long what is over is kept; 0 is for ever.
	Keep time.Duration
	// TrendInterval is how soon after a scan the trend shows it; default 1 minute.
	TrendInterval time.Duration
	Logger        *slog.Logger
}

// Runner works off the queue of scans.
type Runner struct {
	o    Options
	wake chan struct{}
	// changed: a scan has ended since the trend was rolled up.
	changed atomic.Bool
}

// NewRunner checks the options and fills in defaults; ErrInvalid when Store, Rubric
// or Open is missing.
func NewRunner(o Options) (*Runner, error) {
	if o.Store == nil || o.Rubric == nil || o.Open == nil {
		return nil, fmt.Errorf("%w: a scan runner needs a store, a rubric and a way to open repositories", scorecard.ErrInvalid)
	}
	if o.Workers <= 0 {
		o.Workers = 1
	}
	if o.Timeout <= 0 {
		o.Timeout = 10 * time.Minute
	}
	if o.Poll <= 0 {
		o.Poll = 5 * time.Second
	}
	if o.TrendInterval <= 0 {
		o.TrendInterval = time.Minute
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Runner{o: o, wake: make(chan struct{}, o.Workers)}, nil
}

// Wake makes the runner look at the queue now. It never blocks.
func (r *Runner) Wake() {
	for range cap(r.wake) {
		select {
		case r.wake <- struct{}{}:
		default:
			return
		}
	}
}

// Run works until the context ends; scans that run then stay marked as running and
// are queued again by the next Run. It returns the first error that keeps it from
// working at all: a store that can't be asked at the start.
func (r *Runner) Run(ctx context.Context) error {
	n, err := r.o.Store.RequeueScans(ctx)
	if err != nil {
		return fmt.Errorf("queueing interrupted scans again: %w", err)
	}
	if n > 0 {
		r.o.Logger.Info("interrupted scans are queued again", "scans", n)
	}
	if err := r.o.Store.KeepRubric(ctx, r.o.Rubric); err != nil {
		return fmt.Errorf("keeping the rubric: %w", err)
	}
	var wg sync.WaitGroup
	wg.Go(func() { r.rollUp(ctx) })
	for range r.o.Workers {
		wg.Go(func() { r.work(ctx) })
	}
	if r.o.Interval > 0 {
		wg.Go(func() { r.schedule(ctx) })
	}
	wg.Wait()
	return nil
}

// work takes one scan after another. A store that fails is asked again at the next
// tick, not at once.
func (r *Runner) work(ctx context.Context) {
	tick := time.NewTicker(r.o.Poll)
	defer tick.Stop()
	for {
		s, ok, err := r.o.Store.ClaimScan(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			r.o.Logger.Error("the queue of scans can't be read", "error", err)
		case ok:
			r.run(ctx, s)
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-r.wake:
		case <-tick.C:
		}
	}
}

// rollUp brings the trend up to date: at the start, each day, and soon after a scan.
func (r *Runner) rollUp(ctx context.Context) {
	tick := time.NewTicker(r.o.TrendInterval)
	defer tick.Stop()
	done := ""
	for {
		if today := time.Now().UTC().Format(time.DateOnly); r.changed.Swap(false) || today != done {
			switch err := r.o.Store.RollUp(ctx, time.Now(), r.o.Checks); {
			case err == nil:
				if done != today {
					r.sweep(ctx) // after the trend has what it needs
				}
				done = today
			case ctx.Err() == nil:
				r.changed.Store(true)
				r.o.Logger.Error("the trend could not be rolled up; it is tried again", "in", r.o.TrendInterval, "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// sweep drops what was over too long ago.
func (r *Runner) sweep(ctx context.Context) {
	if r.o.Keep <= 0 {
		return
	}
	before := time.Now().Add(-r.o.Keep)
	swept, err := r.o.Store.Sweep(ctx, before)
	switch {
	case err != nil && ctx.Err() == nil:
		r.o.Logger.Error("what is old could not be swept; it is tried again tomorrow", "error", err)
	case swept != scorecard.Swept{}:
		r.o.Logger.Info("swept what was over", "before", before.UTC().Format(time.RFC3339), "revisions", swept.Revisions, "verdicts", swept.Verdicts,
			"inventories", swept.Inventories, "services", swept.Services, "scans", swept.Scans)
	}
}

// schedule asks for a scan of every repository each interval, spread by a tenth so
// that replicas and repositories do not march in step.
func (r *Runner) schedule(ctx context.Context) {
	for {
		jitter := time.Duration(rand.Int64N(int64(r.o.Interval)/10 + 1))
		select {
		case <-ctx.Done():
			return
		case <-time.After(r.o.Interval + jitter):
		}
		if err := r.RequestAll(ctx); err != nil && ctx.Err() == nil {
			r.o.Logger.Error("scheduled scans could not be queued", "error", err)
		}
	}
}

// RequestAll queues a scan of every repository that has none queued.
func (r *Runner) RequestAll(ctx context.Context) error {
	q := scorecard.Query{Size: 500}
	for {
		page, err := r.o.Store.ListRepositories(ctx, q)
		if err != nil {
			return err
		}
		for _, repo := range page.Items {
			_, _, err := r.o.Store.RequestScan(ctx, repo.ID)
			if err != nil && !errors.Is(err, scorecard.ErrNotFound) { // deleted while we looked
				return err
			}
		}
		r.Wake()
		if q.Token = page.Next; q.Token == "" {
			return nil
		}
	}
}

// errCancelled ends the work on a scan that was cancelled through the store.
var errCancelled = errors.New("the scan was cancelled")

// run works one scan to its end. When the runner itself is stopped the scan is left
// as it is, for the next start.
func (r *Runner) run(ctx context.Context, s scorecard.Scan) {
	log := r.o.Logger.With("scan", s.ID, "repository", s.Repository)
	log.Info("scan started")
	work, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	bounded, stop := context.WithTimeoutCause(work, r.o.Timeout, fmt.Errorf("the scan took longer than its bound of %s", r.o.Timeout))
	defer stop()

	reporter := newReporter(s.ID, r.o.Store, cancel)
	judged, err := r.judge(bounded, &s, reporter.report)
	reporter.stop()

	switch {
	case ctx.Err() != nil:
		log.Info("scan interrupted by shutdown; it is queued again at the next start")
		return
	case errors.Is(context.Cause(work), errCancelled):
		log.Info("scan cancelled")
		return
	case err != nil:
		s.State, s.Error, judged = scorecard.ScanFailed, err.Error(), nil
		log.Error("scan failed", "error", err)
	default:
		s.State = scorecard.ScanSucceeded
	}
	done, err := r.finish(ctx, s, judged)
	if err != nil && ctx.Err() == nil && !errors.Is(err, scorecard.ErrUnavailable) && !errors.Is(err, scorecard.ErrConflict) {
		// What can't be recorded now can't be recorded at the next start either.
		log.Error("the scan's result could not be recorded", "error", err)
		s.State, s.Error = scorecard.ScanFailed, err.Error()
		done, err = r.finish(ctx, s, nil)
	}
	if err != nil {
		log.Error("the scan's result could not be recorded; it is queued again at the next start", "error", err)
		return
	}
	r.changed.Store(true) // services that are gone are not among the changed
	log.Info("scan ended", "state", done.State, "services", done.Services, "changed", done.Changed, "gaps", done.Gaps,
		"took", done.EndTime.Sub(done.StartTime).Round(time.Millisecond).String())
}

// finish records, trying again for a while when the store does not answer.
func (r *Runner) finish(ctx context.Context, s scorecard.Scan, judged []scorecard.Judged) (done scorecard.Scan, err error) {
	for wait := 100 * time.Millisecond; ; wait *= 2 {
		done, err = r.o.Store.FinishScan(ctx, s, judged)
		if err == nil || !errors.Is(err, scorecard.ErrUnavailable) || wait > 10*time.Second {
			return done, err
		}
		select {
		case <-ctx.Done():
			return done, ctx.Err()
		case <-time.After(wait):
		}
	}
}

// judge reads the repository and judges its services. A panic becomes an error of
// this scan.
func (r *Runner) judge(ctx context.Context, s *scorecard.Scan, progress func(scorecard.Progress)) (judged []scorecard.Judged, err error) {
	defer func() {
		if p := recover(); p != nil {
			r.o.Logger.Error("panic in a scan", "scan", s.ID, "panic", p, "stack", string(debug.Stack()))
			err = errors.New("the scan failed by a defect of Seaworthy; the log says where")
		}
	}()
	repo, err := r.o.Store.GetRepository(ctx, s.Repository)
	if err != nil {
		return nil, err
	}
	source, err := r.o.Open(repo)
	if err != nil {
		return nil, err
	}
	revision, gaps, err := Judge(ctx, Request{
		Source: source, Rubric: r.o.Rubric, Progress: progress,
		Each: func(_ scorecard.Revision, j scorecard.Judged) {
			j.Program = r.o.Program
			judged = append(judged, j)
		},
	})
	if err == nil {
		r.trace(ctx, source, revision, judged)
	}
	s.Revision, s.Services, s.Gaps = revision, len(judged), gaps
	s.Progress = scorecard.Progress{Stage: "record", Done: len(judged), Total: len(judged)}
	if err != nil {
		return nil, err
	}
	return judged, nil
}

// trace asks the source for the commits behind what changed since the verdicts before. It
// is only told: a scan does not fail for it.
func (r *Runner) trace(ctx context.Context, source scorecard.Source, at scorecard.Revision, judged []scorecard.Judged) {
	historian, ok := source.(scorecard.Historian)
	if !ok {
		return
	}
	files := make([][]string, len(judged))
	since := map[string][]string{} // the files, by the commit that was read before
	for i := range judged {
		rec, err := r.o.Store.GetRecord(ctx, judged[i].Scorecard.Service.ID)
		if err != nil || rec.Scorecard.InventoryHash == judged[i].Scorecard.InventoryHash {
			continue // a new one, or one of which nothing else was seen
		}
		files[i] = scorecard.Changed(rec.Scorecard, judged[i].Scorecard)
		since[rec.Revision.Commit] = append(since[rec.Revision.Commit], files[i]...)
	}
	origins := map[string]scorecard.Origin{}
	for commit, all := range since {
		slices.Sort(all)
		for _, o := range historian.Origins(ctx, scorecard.Revision{Commit: commit}, at, slices.Compact(all)) {
			origins[o.Path] = o
		}
	}
	for i := range judged {
		for _, f := range files[i] {
			if o, ok := origins[f]; ok {
				judged[i].Origins = append(judged[i].Origins, o)
			}
		}
	}
}

// Request is what one whole scan without a store needs.
type Request struct {
	Source scorecard.Source
	Rubric *scorecard.Rubric
	// Progress is told how far the scan is; nil where nobody asks.
	Progress func(scorecard.Progress)
	// Detail says how much of their verdicts is wanted, by the number of services; nil: all.
	Detail func(services int) scorecard.Detail
	// Each is given the services in the order of their IDs; what it does not keep of
	// them is let go, since thousands of inventories are large.
	Each func(scorecard.Revision, scorecard.Judged)
}

// Judge is one whole scan without a store: it collects from the source, attributes
// and judges. It returns the number of gaps of the repository.
func Judge(ctx context.Context, r Request) (scorecard.Revision, int, error) {
	progress := r.Progress
	if progress == nil {
		progress = func(scorecard.Progress) {}
	}
	inventories, revision, gaps, err := collect(ctx, r.Source, progress)
	if err != nil {
		return revision, 0, err
	}
	detail := scorecard.Whole
	if r.Detail != nil {
		detail = r.Detail(len(inventories))
	}
	for i, inv := range inventories {
		if ctx.Err() != nil {
			return revision, 0, context.Cause(ctx)
		}
		progress(scorecard.Progress{Stage: "judge", Done: i, Total: len(inventories), Item: inv.Service.Name})
		card, err := scorecard.JudgeIn(detail, inv, r.Rubric)
		if err != nil {
			return revision, 0, err
		}
		r.Each(revision, scorecard.Judged{Inventory: inv, Scorecard: card})
		inventories[i] = nil
	}
	return revision, gaps, nil
}

// collect gives the services' inventories, and lets go of what they were dealt from.
func collect(ctx context.Context, source scorecard.Source, progress func(scorecard.Progress)) ([]*scorecard.Inventory, scorecard.Revision, int, error) {
	collection, err := source.Collect(ctx, progress)
	if err != nil {
		return nil, scorecard.Revision{}, 0, err
	}
	collection.Facts.Withhold()
	return Attribute(source.Name(), collection), collection.Revision, len(collection.Facts.Gaps), nil
}
