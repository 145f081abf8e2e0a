package store

import (
	"context"
	"encoding/json"

	"github.com/seaworthy-dev/seaworthy/ent"
	"github.com/seaworthy-dev/seaworthy/ent/service"
	"github.com/seaworthy-dev/seaworthy/ent/verdict"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// GetRecord implements scorecard.RecordStore; it finds retired services too.
func (s *Store) GetRecord(ctx context.Context, id string) (scorecard.Record, error) {
	if !keepable(id) {
		return scorecard.Record{}, missing("service", id)
	}
	row, err := s.read.Service.Query().Where(service.ID(id)).
		WithVerdict(func(q *ent.VerdictQuery) { q.Select(verdict.FieldHash, verdict.FieldBody) }).Only(ctx)
	if err != nil {
		return scorecard.Record{}, translate(ctx, err, "service "+id)
	}
	r, err := toRecord(row, false)
	return r, translate(ctx, err, "service "+id)
}

// ListRecords implements scorecard.RecordStore.
func (s *Store) ListRecords(ctx context.Context, q scorecard.Query) (scorecard.Page[scorecard.Record], error) {
	none := scorecard.Page[scorecard.Record]{}
	p, err := records.plan(q)
	if err != nil {
		return none, err
	}
	total, err := s.read.Service.Query().Where(p.where).Count(ctx)
	if err != nil {
		return none, translate(ctx, err, "list services")
	}
	large := verdict.FieldBody
	if q.SummaryOnly {
		large = verdict.FieldSummary
	}
	rows, err := s.read.Service.Query().Where(p.where, p.after).Order(p.order).Limit(p.size + 1).
		WithVerdict(func(q *ent.VerdictQuery) { q.Select(verdict.FieldHash, large) }).All(ctx)
	if err != nil {
		return none, translate(ctx, err, "list services")
	}
	rows, next := p.cut(rows)
	page := scorecard.Page[scorecard.Record]{Total: total, Next: next, Items: make([]scorecard.Record, 0, len(rows))}
	for _, row := range rows {
		r, err := toRecord(row, q.SummaryOnly)
		if err != nil {
			return none, err
		}
		page.Items = append(page.Items, r)
	}
	return page, nil
}

// toRecord makes a record of a service with its verdict.
func toRecord(row *ent.Service, summary bool) (scorecard.Record, error) {
	card, err := toScorecard(row.ID, row.Edges.Verdict, summary)
	if err != nil {
		return scorecard.Record{}, err
	}
	return scorecard.Record{
		Scorecard: card, Revision: readRevision(row.Revision), Scan: row.Scan, ScanTime: row.ScanTime.UTC(),
		ChangeTime: row.ChangeTime.UTC(), CreateTime: row.CreateTime.UTC(), RetireTime: optional(row.RetireTime),
	}, nil
}

// readRevision reads the column; a scan that has not ended has none.
func readRevision(column string) (r scorecard.Revision) {
	_ = json.Unmarshal([]byte(column), &r) // written by end, and nothing hangs on it
	return r
}

// GetInventory implements scorecard.RecordStore.
func (s *Store) GetInventory(ctx context.Context, hash string) (*scorecard.Inventory, error) {
	if !keepable(hash) {
		return nil, missing("inventory", hash)
	}
	row, err := s.read.Inventory.Get(ctx, hash)
	if err != nil {
		return nil, translate(ctx, err, "inventory "+hash)
	}
	return toInventory(row)
}
