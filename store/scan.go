package store

import (
	"context"
	"fmt"
	"time"

	"entgo.io/ent/dialect/sql"
	"github.com/google/uuid"

	"github.com/seaworthy-dev/seaworthy/ent"
	"github.com/seaworthy-dev/seaworthy/ent/scan"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// The states as they are kept.
const (
	queued    = string(scorecard.ScanQueued)
	running   = string(scorecard.ScanRunning)
	cancelled = string(scorecard.ScanCancelled)
)

// RequestScan implements scorecard.ScanStore. Requests for one repository wait for
// each other on its row, so that two at once make one scan.
func (s *Store) RequestScan(ctx context.Context, repository string) (out scorecard.Scan, created bool, err error) {
	if !keepable(repository) {
		return out, false, missing("repository", repository)
	}
	err = s.inTx(ctx, "scan repository "+repository, func(tx *ent.Tx) error {
		if _, err := s.lockRepository(ctx, tx, repository); err != nil {
			return err
		}
		row, err := tx.Scan.Query().Where(scan.Repository(repository), scan.State(queued)).
			Order(scan.ByCreateTime(), scan.ByID()).First(ctx)
		if ent.IsNotFound(err) {
			var id uuid.UUID
			if id, err = uuid.NewV7(); err != nil {
				return err
			}
			created = true
			row, err = tx.Scan.Create().SetID(id.String()).SetRepository(repository).SetState(queued).SetCreateTime(now()).Save(ctx)
		}
		if err != nil {
			return err
		}
		out = toScan(row)
		return nil
	})
	if err != nil {
		return scorecard.Scan{}, false, err
	}
	return out, created, nil
}

// ClaimScan implements scorecard.ScanStore. Two workers never get the same scan,
// nor two scans of one repository: on PostgreSQL rows that another one is claiming
// are passed over, and a unique index stops who slips through.
func (s *Store) ClaimScan(ctx context.Context) (out scorecard.Scan, ok bool, err error) {
	if s.lease != nil {
		if err := s.lease.hold(ctx); err != nil {
			return out, false, err
		}
	}
	err = s.inTx(ctx, "claim a scan", func(tx *ent.Tx) error {
		ok = false
		q := tx.Scan.Query().Where(scan.State(queued), notBusy).Order(scan.ByCreateTime(), scan.ByID())
		if s.lease != nil {
			q = q.ForUpdate(sql.WithLockAction(sql.SkipLocked))
		}
		row, err := q.First(ctx)
		if ent.IsNotFound(err) {
			return nil
		}
		if err != nil {
			return err
		}
		row, err = row.Update().SetState(running).SetWorker(s.worker).SetStartTime(now()).Save(ctx)
		if err != nil {
			return err
		}
		out, ok = toScan(row), true
		return nil
	})
	if err != nil || !ok {
		return scorecard.Scan{}, false, err
	}
	return out, true, nil
}

// notBusy keeps scans whose repository has none running.
func notBusy(s *sql.Selector) {
	other := sql.Table(scan.Table).As("other")
	s.Where(sql.NotExists(sql.Dialect(s.Dialect()).Select(other.C(scan.FieldID)).From(other).Where(sql.And(
		sql.ColumnsEQ(other.C(scan.FieldRepository), s.C(scan.FieldRepository)),
		sql.EQ(other.C(scan.FieldState), running)))))
}

// RequeueScans implements scorecard.ScanStore. On PostgreSQL it leaves alone the
// scans of workers that live, which other processes may be.
func (s *Store) RequeueScans(ctx context.Context) (n int, err error) {
	err = s.inTx(ctx, "requeue scans", func(tx *ent.Tx) error {
		var workers []int64
		if err := tx.Scan.Query().Where(scan.State(running)).Unique(true).Select(scan.FieldWorker).Scan(ctx, &workers); err != nil {
			return err
		}
		n = 0
		for _, w := range workers {
			if gone, err := s.gone(ctx, tx, w); err != nil {
				return err
			} else if !gone {
				continue
			}
			k, err := tx.Scan.Update().Where(scan.State(running), scan.Worker(w)).SetState(queued).SetWorker(0).
				ClearStartTime().SetStage("").SetDone(0).SetTotal(0).SetItem("").Save(ctx)
			if err != nil {
				return err
			}
			n += k
		}
		return nil
	})
	return n, err
}

// gone reports whether nobody holds the worker's lease any more. An SQLite file
// has one process: whoever ran a scan before it opened is gone.
func (s *Store) gone(ctx context.Context, tx *ent.Tx, worker int64) (bool, error) {
	if s.lease == nil {
		return true, nil
	}
	rows, err := tx.QueryContext(ctx, "SELECT pg_try_advisory_xact_lock($1)", worker)
	if err != nil {
		return false, err
	}
	defer rows.Close()
	free, err := sql.ScanBool(rows)
	return free, err
}

// ProgressScan implements scorecard.ScanStore.
func (s *Store) ProgressScan(ctx context.Context, id string, p scorecard.Progress) error {
	if !keepable(id) {
		return notRunning(id)
	}
	return s.inTx(ctx, "progress of scan "+id, func(tx *ent.Tx) error {
		n, err := tx.Scan.Update().Where(scan.ID(id), scan.State(running), scan.Worker(s.worker)).
			SetStage(column(p.Stage)).SetDone(p.Done).SetTotal(p.Total).SetItem(column(p.Item)).Save(ctx)
		if err == nil && n == 0 {
			return notRunning(id)
		}
		return err
	})
}

func notRunning(id string) error {
	return fmt.Errorf("%w: scan %.80q is not running here (any more)", scorecard.ErrConflict, id)
}

// CancelScan implements scorecard.ScanStore.
func (s *Store) CancelScan(ctx context.Context, id string) (out scorecard.Scan, err error) {
	if !keepable(id) {
		return out, missing("scan", id)
	}
	err = s.inTx(ctx, "cancel scan "+id, func(tx *ent.Tx) error {
		n, err := tx.Scan.Update().Where(scan.ID(id), scan.StateIn(queued, running)).SetState(cancelled).SetEndTime(now()).Save(ctx)
		if err != nil {
			return err
		}
		row, err := tx.Scan.Get(ctx, id)
		if err != nil {
			return err
		}
		if n == 0 {
			return fmt.Errorf("%w: scan %s has ended already: %s", scorecard.ErrConflict, id, row.State)
		}
		out = toScan(row)
		return nil
	})
	if err != nil {
		return scorecard.Scan{}, err
	}
	return out, nil
}

// GetScan implements scorecard.ScanStore.
func (s *Store) GetScan(ctx context.Context, id string) (scorecard.Scan, error) {
	if !keepable(id) {
		return scorecard.Scan{}, missing("scan", id)
	}
	row, err := s.read.Scan.Get(ctx, id)
	if err != nil {
		return scorecard.Scan{}, translate(ctx, err, "scan "+id)
	}
	return toScan(row), nil
}

// ListScans implements scorecard.ScanStore. IDs sort by time: without an order the
// oldest comes first.
func (s *Store) ListScans(ctx context.Context, q scorecard.Query) (scorecard.Page[scorecard.Scan], error) {
	none := scorecard.Page[scorecard.Scan]{}
	p, err := scans.plan(q)
	if err != nil {
		return none, err
	}
	total, err := s.read.Scan.Query().Where(p.where).Count(ctx)
	if err != nil {
		return none, translate(ctx, err, "list scans")
	}
	rows, err := s.read.Scan.Query().Where(p.where, p.after).Order(p.order).Limit(p.size + 1).All(ctx)
	if err != nil {
		return none, translate(ctx, err, "list scans")
	}
	rows, next := p.cut(rows)
	page := scorecard.Page[scorecard.Scan]{Total: total, Next: next}
	for _, r := range rows {
		page.Items = append(page.Items, toScan(r))
	}
	return page, nil
}

func toScan(r *ent.Scan) scorecard.Scan {
	return scorecard.Scan{
		ID: r.ID, Repository: r.Repository, State: scorecard.ScanState(r.State),
		CreateTime: r.CreateTime.UTC(), StartTime: optional(r.StartTime), EndTime: optional(r.EndTime),
		Progress: scorecard.Progress{Stage: r.Stage, Done: r.Done, Total: r.Total, Item: r.Item},
		Revision: readRevision(r.Revision),
		Error:    r.Error, Services: r.Services, Changed: r.Changed, Gaps: r.Gaps,
	}
}

func optional(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}
