package store

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/seaworthy-dev/seaworthy/ent"
	"github.com/seaworthy-dev/seaworthy/ent/period"
	"github.com/seaworthy-dev/seaworthy/ent/predicate"
	"github.com/seaworthy-dev/seaworthy/ent/service"
	"github.com/seaworthy-dev/seaworthy/ent/verdict"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// KeepRubric implements scorecard.RecordStore.
func (s *Store) KeepRubric(ctx context.Context, r *scorecard.Rubric) error {
	canonical, err := r.Canonical()
	if err != nil {
		return err
	}
	if r.Hash() != scorecard.Hash(canonical) {
		return fmt.Errorf("%w: rubric %s was changed after it was bound", scorecard.ErrInvalid, r.Name)
	}
	var p packer
	body, err := p.pack(canonical)
	if err != nil {
		return err
	}
	return s.inTx(ctx, "keep rubric "+r.Name, func(tx *ent.Tx) error {
		return tx.Rubric.Create().SetID(r.Hash()).SetName(column(r.Name)).SetCreateTime(now()).SetBody(body).
			OnConflictColumns("id").Ignore().Exec(ctx)
	})
}

// rubric gives a rubric that verdicts were judged by, bound to the checks; nil where it was
// not kept, or does not make sense with these checks.
func (s *Store) rubric(ctx context.Context, hash string, checks []scorecard.Check) (*scorecard.Rubric, error) {
	row, err := s.read.Rubric.Get(ctx, hash)
	if ent.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	b, err := unpack(row.Body)
	if err != nil {
		return nil, fmt.Errorf("rubric %s: %w", hash, err)
	}
	r, err := scorecard.ParseRubric(b, checks)
	if err != nil || r.Hash() != hash {
		return nil, nil //nolint:nilerr // a check of then that there is no more: it can't be judged by it
	}
	return r, nil
}

// ListPeriods implements scorecard.HistoryStore.
func (s *Store) ListPeriods(ctx context.Context, id string, q scorecard.Query) (scorecard.Page[scorecard.Period], error) {
	none := scorecard.Page[scorecard.Period]{}
	if q.Size <= 0 {
		return none, &scorecard.FieldError{Field: "page_size", Description: "must be above 0"}
	}
	of, err := s.findService(ctx, id)
	if err != nil {
		return none, err
	}
	which := []predicate.Period{period.ServiceID(id)}
	total, err := s.read.Period.Query().Where(which...).Count(ctx)
	if err != nil {
		return none, translate(ctx, err, "list revisions of "+id)
	}
	if q.Token != "" {
		before, err := periodToken(q.Token, id)
		if err != nil {
			return none, err
		}
		which = append(which, period.IDLT(before))
	}
	size := min(q.Size, MaxPage)
	large := verdict.FieldBody
	if q.SummaryOnly {
		large = verdict.FieldSummary
	}
	rows, err := s.read.Period.Query().Where(which...).Order(period.ByID(sql.OrderDesc())).Limit(size + 1).
		WithVerdict(func(q *ent.VerdictQuery) { q.Select(verdict.FieldHash, verdict.FieldProgram, large) }).All(ctx)
	if err != nil {
		return none, translate(ctx, err, "list revisions of "+id)
	}
	page := scorecard.Page[scorecard.Period]{Total: total}
	if len(rows) > size {
		rows = rows[:size]
		page.Next = base64.RawURLEncoding.EncodeToString([]byte(strconv.Itoa(rows[size-1].ID) + " " + id))
	}
	for _, row := range rows {
		p, err := toPeriod(row, of, q.SummaryOnly)
		if err != nil {
			return none, err
		}
		page.Items = append(page.Items, p)
	}
	return page, nil
}

// periodToken is the last period of the page before.
func periodToken(token, id string) (int, error) {
	b, err := base64.RawURLEncoding.DecodeString(token)
	number, of, _ := strings.Cut(string(b), " ")
	n, bad := strconv.Atoi(number)
	if err != nil || bad != nil || of != id {
		return 0, &scorecard.FieldError{Field: "page_token", Description: "is not one that this list gave out; leave it empty to begin again"}
	}
	return n, nil
}

// findService gives what periods need of their service.
func (s *Store) findService(ctx context.Context, id string) (*ent.Service, error) {
	if !keepable(id) {
		return nil, missing("service", id)
	}
	row, err := s.read.Service.Query().Where(service.ID(id)).Select(service.FieldID, service.FieldScanTime).Only(ctx)
	return row, translate(ctx, err, "service "+id)
}

// GetPeriod implements scorecard.HistoryStore.
func (s *Store) GetPeriod(ctx context.Context, id string, number int) (scorecard.Period, error) {
	return s.period(ctx, id, fmt.Sprintf("revision %d of service %s", number, id), period.ID(number))
}

// PeriodAt implements scorecard.HistoryStore.
func (s *Store) PeriodAt(ctx context.Context, id string, t time.Time) (scorecard.Period, error) {
	return s.period(ctx, id, fmt.Sprintf("service %s at %s", id, t.UTC().Format(time.RFC3339)), period.StartTimeLTE(keepTime(t)))
}

func (s *Store) period(ctx context.Context, id, what string, which predicate.Period) (none scorecard.Period, err error) {
	of, err := s.findService(ctx, id)
	if err != nil {
		return none, err
	}
	row, err := s.read.Period.Query().Where(period.ServiceID(id), which).Order(period.ByID(sql.OrderDesc())).WithVerdict().First(ctx)
	if err != nil {
		return none, translate(ctx, err, what)
	}
	p, err := toPeriod(row, of, false)
	return p, translate(ctx, err, what)
}

// toPeriod makes a period of its row with its verdict.
func toPeriod(row *ent.Period, of *ent.Service, summary bool) (scorecard.Period, error) {
	card, err := toScorecard(row.ServiceID, row.Edges.Verdict, summary)
	if err != nil {
		return scorecard.Period{}, err
	}
	p := scorecard.Period{ID: row.ID, Scorecard: card, Revision: readRevision(row.Revision), Scan: row.Scan, StartTime: row.StartTime.UTC(),
		SeenTime: optional(row.SeenTime), EndTime: optional(row.EndTime), Program: row.Edges.Verdict.Program, Origins: readOrigins(row.Origins)}
	switch {
	case p.EndTime.IsZero():
		p.SeenTime = of.ScanTime.UTC()
	case p.SeenTime.IsZero():
		p.SeenTime = p.StartTime // written before that was noted
	}
	return p, nil
}

// GetPast implements scorecard.HistoryStore.
func (s *Store) GetPast(ctx context.Context, id string, number int, checks []scorecard.Check) (scorecard.Past, error) {
	what := fmt.Sprintf("revision %d of service %s", number, id)
	if !keepable(id) {
		return scorecard.Past{}, missing("service", id)
	}
	row, err := s.read.Period.Query().Where(period.ServiceID(id), period.ID(number)).
		WithVerdict(func(q *ent.VerdictQuery) { q.WithInventory() }).Only(ctx)
	if err != nil {
		return scorecard.Past{}, translate(ctx, err, what)
	}
	p, err := toPast(row)
	if err != nil {
		return scorecard.Past{}, err
	}
	p.Rubric, err = s.rubric(ctx, row.Edges.Verdict.RubricHash, checks)
	return p, translate(ctx, err, what)
}

// toPast makes of a period's row, with its verdict and inventory, all but the rubric.
func toPast(row *ent.Period) (scorecard.Past, error) {
	v := row.Edges.Verdict
	card, err := toScorecard(row.ServiceID, v, false)
	if err != nil {
		return scorecard.Past{}, err
	}
	inv, err := toInventory(v.Edges.Inventory)
	if err != nil {
		return scorecard.Past{}, err
	}
	inv.AsOf = v.AsOf
	return scorecard.Past{Scorecard: card, Inventory: inv, Revision: readRevision(row.Revision), Program: v.Program, Origins: readOrigins(row.Origins)}, nil
}

// readOrigins reads the column; most periods have none.
func readOrigins(column string) (out []scorecard.Origin) {
	if column != "" {
		_ = json.Unmarshal([]byte(column), &out) // written by prepare, and nothing hangs on it
	}
	return out
}

// pastChunk is how many verdicts with their inventories are held at a time.
const pastChunk = 100

// EachPast implements scorecard.HistoryStore.
func (s *Store) EachPast(ctx context.Context, t time.Time, f func(scorecard.Past) error) error {
	after := ""
	for {
		rows, err := s.read.Period.Query().Where(heldAt(t), period.ServiceIDGT(after)).Order(period.ByServiceID(), period.ByID()).
			Limit(pastChunk).WithVerdict(func(q *ent.VerdictQuery) { q.WithInventory() }).All(ctx)
		if err != nil {
			return translate(ctx, err, "read the verdicts of "+t.UTC().Format(time.RFC3339))
		}
		for _, row := range rows {
			p, err := toPast(row)
			if err == nil {
				err = f(p)
			}
			if err != nil {
				return err
			}
			after = row.ServiceID
		}
		if len(rows) < pastChunk {
			return nil
		}
	}
}

// heldAt keeps the periods that held at a time: those that began then do, those that ended don't.
func heldAt(t time.Time) predicate.Period {
	t = keepTime(t)
	return period.And(period.StartTimeLTE(t), period.Or(period.EndTimeIsNil(), period.EndTimeGT(t)))
}

// toScorecard reads a verdict. A whole scorecard is held against its hash, so that what is
// shown is what was judged.
func toScorecard(id string, v *ent.Verdict, summary bool) (*scorecard.Scorecard, error) {
	body := v.Summary
	if !summary {
		var err error
		if body, err = unpack(v.Body); err != nil {
			return nil, fmt.Errorf("verdict on %s: %w", id, err)
		}
		if scorecard.Hash(body) != v.Hash {
			return nil, fmt.Errorf("the verdict on %s is damaged: its bytes don't have the hash %s", id, v.Hash)
		}
	}
	var card scorecard.Scorecard
	if err := json.Unmarshal(body, &card); err != nil {
		return nil, fmt.Errorf("verdict on %s: %w", id, err)
	}
	return &card, nil
}

// toInventory reads an inventory and holds it against its hash.
func toInventory(row *ent.Inventory) (*scorecard.Inventory, error) {
	if row == nil {
		return nil, errors.New("a verdict's inventory is gone")
	}
	b, err := unpack(row.Body)
	if err != nil {
		return nil, fmt.Errorf("inventory %s: %w", row.ID, err)
	}
	if scorecard.Hash(b) != row.ID {
		return nil, fmt.Errorf("the inventory %s is damaged: its bytes don't have that hash", row.ID)
	}
	return scorecard.ParseInventory(b)
}
