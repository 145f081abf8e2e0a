package store

import (
	"context"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/seaworthy-dev/seaworthy/ent"
	"github.com/seaworthy-dev/seaworthy/ent/inventory"
	"github.com/seaworthy-dev/seaworthy/ent/period"
	"github.com/seaworthy-dev/seaworthy/ent/predicate"
	"github.com/seaworthy-dev/seaworthy/ent/scan"
	"github.com/seaworthy-dev/seaworthy/ent/service"
	"github.com/seaworthy-dev/seaworthy/ent/verdict"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// Sweep implements scorecard.HistoryStore. It goes in small steps, each of which leaves the
// database whole, so that others can write in between.
func (s *Store) Sweep(ctx context.Context, before time.Time) (scorecard.Swept, error) {
	before = keepTime(before)
	var out scorecard.Swept
	for _, step := range []struct {
		count *int
		drop  func(context.Context, *ent.Tx) (int, error)
	}{
		// A service goes with its periods; a verdict is held by those, and an inventory by
		// verdicts. Scans are named by what they brought.
		{&out.Services, dropServices(before)},
		{&out.Revisions, dropPeriods(before)},
		{&out.Verdicts, dropVerdicts(before)},
		{&out.Inventories, dropInventories(before)},
		{&out.Scans, dropScans(before)},
	} {
		for {
			n := 0
			err := s.inTx(ctx, "sweep what is old", func(tx *ent.Tx) (err error) {
				// A verdict that is about to be referred to again must not go.
				if err := s.alone(ctx, tx, recordingFindings); err != nil {
					return err
				}
				n, err = step.drop(ctx, tx)
				return err
			})
			if err != nil {
				return out, err
			}
			if *step.count += n; n < chunk {
				break
			}
		}
	}
	return out, nil
}

func dropServices(before time.Time) func(context.Context, *ent.Tx) (int, error) {
	return func(ctx context.Context, tx *ent.Tx) (int, error) {
		ids, err := tx.Service.Query().Where(service.RetireTimeLT(before)).Limit(chunk).IDs(ctx)
		if err != nil || len(ids) == 0 {
			return 0, err
		}
		return tx.Service.Delete().Where(service.IDIn(ids...)).Exec(ctx)
	}
}

func dropPeriods(before time.Time) func(context.Context, *ent.Tx) (int, error) {
	return func(ctx context.Context, tx *ent.Tx) (int, error) {
		ids, err := tx.Period.Query().Where(period.EndTimeLT(before)).Limit(chunk).IDs(ctx)
		if err != nil || len(ids) == 0 {
			return 0, err
		}
		return tx.Period.Delete().Where(period.IDIn(ids...)).Exec(ctx)
	}
}

func dropVerdicts(before time.Time) func(context.Context, *ent.Tx) (int, error) {
	return func(ctx context.Context, tx *ent.Tx) (int, error) {
		ids, err := tx.Verdict.Query().Where(verdict.CreateTimeLT(before),
			unnamed(verdict.FieldID, period.Table, period.FieldVerdictID), unnamed(verdict.FieldID, service.Table, service.FieldVerdictID)).Limit(chunk).IDs(ctx)
		if err != nil || len(ids) == 0 {
			return 0, err
		}
		return tx.Verdict.Delete().Where(verdict.IDIn(ids...)).Exec(ctx)
	}
}

func dropInventories(before time.Time) func(context.Context, *ent.Tx) (int, error) {
	return func(ctx context.Context, tx *ent.Tx) (int, error) {
		ids, err := tx.Inventory.Query().Where(inventory.CreateTimeLT(before),
			predicate.Inventory(unnamed(inventory.FieldID, verdict.Table, verdict.FieldInventoryHash))).Limit(chunk).IDs(ctx)
		if err != nil || len(ids) == 0 {
			return 0, err
		}
		return tx.Inventory.Delete().Where(inventory.IDIn(ids...)).Exec(ctx)
	}
}

func dropScans(before time.Time) func(context.Context, *ent.Tx) (int, error) {
	return func(ctx context.Context, tx *ent.Tx) (int, error) {
		ids, err := tx.Scan.Query().Where(scan.EndTimeLT(before),
			predicate.Scan(unnamed(scan.FieldID, period.Table, period.FieldScan)), predicate.Scan(unnamed(scan.FieldID, service.Table, service.FieldScan))).Limit(chunk).IDs(ctx)
		if err != nil || len(ids) == 0 {
			return 0, err
		}
		return tx.Scan.Delete().Where(scan.IDIn(ids...)).Exec(ctx)
	}
}

// unnamed keeps rows whose key no row of the other table has in its column.
func unnamed(key, table, column string) func(*sql.Selector) {
	return func(s *sql.Selector) {
		other := sql.Table(table).As("other")
		s.Where(sql.NotExists(sql.Dialect(s.Dialect()).Select(other.C(column)).From(other).Where(sql.ColumnsEQ(other.C(column), s.C(key)))))
	}
}
