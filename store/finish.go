package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seaworthy-dev/seaworthy/ent"
	"github.com/seaworthy-dev/seaworthy/ent/scan"
	"github.com/seaworthy-dev/seaworthy/ent/verdict"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// finding is one judged service as it will be kept.
type finding struct {
	card *scorecard.Scorecard
	hash string // of the scorecard's canonical form
	// verdict is the row's key; 0 until it is known.
	verdict int
	// What it was judged by beside inventory and rubric.
	asOf, program string
	// origins is the JSON of the commits behind it.
	origins string
	// The rest is made only for a verdict that the database does not have yet.
	summary, body, inventory []byte
}

// chunk is how many rows go into one statement: their columns stay far under the
// 32,766 parameters that SQLite takes.
const chunk = 500

// FinishScan implements scorecard.ScanStore. A service that was not known before
// counts as changed. A service that another repository declares too stays with the
// one that had it first, until that one retires it; the scan's Error names it then.
func (s *Store) FinishScan(ctx context.Context, sc scorecard.Scan, judged []scorecard.Judged) (scorecard.Scan, error) {
	if !sc.State.Final() || sc.State != scorecard.ScanSucceeded && len(judged) > 0 {
		return scorecard.Scan{}, fmt.Errorf("%w: scan %.80q can't be finished as %q with %d services", scorecard.ErrInvalid, sc.ID, sc.State, len(judged))
	}
	if !keepable(sc.ID) {
		return scorecard.Scan{}, notRunning(sc.ID)
	}
	for {
		out, err := s.finish(ctx, sc, judged)
		if !errors.Is(err, errSwept) {
			return out, err
		}
	}
}

// errSwept: a verdict that was there when the findings were prepared was swept since.
var errSwept = errors.New("a verdict was swept meanwhile")

func (s *Store) finish(ctx context.Context, sc scorecard.Scan, judged []scorecard.Judged) (out scorecard.Scan, err error) {
	findings, err := s.prepare(ctx, sc, judged)
	if err != nil {
		return scorecard.Scan{}, err
	}
	err = s.inTx(ctx, "finish scan "+sc.ID, func(tx *ent.Tx) error {
		if err := s.alone(ctx, tx, recordingFindings); err != nil {
			return err
		}
		row, err := s.end(ctx, tx, sc, len(judged))
		if err != nil {
			return err
		}
		if sc.State == scorecard.ScanSucceeded {
			if row, err = record(ctx, tx, row, findings); err != nil {
				return err
			}
		}
		out = toScan(row)
		return nil
	})
	if err != nil {
		return scorecard.Scan{}, err
	}
	return out, nil
}

// end makes the running scan's row a final one; from here on nobody else can.
func (s *Store) end(ctx context.Context, tx *ent.Tx, sc scorecard.Scan, services int) (*ent.Scan, error) {
	revision, err := json.Marshal(sc.Revision)
	if err != nil {
		return nil, err
	}
	change := tx.Scan.Update().Where(scan.ID(sc.ID), scan.State(running), scan.Worker(s.worker)).
		SetState(string(sc.State)).SetEndTime(now()).SetError(cut(mend(sc.Error), maxError)).
		SetServices(services).SetGaps(sc.Gaps).SetRevision(string(revision))
	if p := sc.Progress; p.Stage != "" {
		change.SetStage(column(p.Stage)).SetDone(p.Done).SetTotal(p.Total).SetItem(column(p.Item))
	}
	n, err := change.Save(ctx)
	if err != nil {
		return nil, err
	}
	if n == 0 {
		return nil, notRunning(sc.ID)
	}
	return tx.Scan.Get(ctx, sc.ID)
}

// maxError is how many bytes of a scan's error are kept.
const maxError = 4000

// prepare does what takes time and no lock: it names the verdicts and compresses
// those that the database does not have.
func (s *Store) prepare(ctx context.Context, sc scorecard.Scan, judged []scorecard.Judged) ([]*finding, error) {
	byHash := make(map[string]scorecard.Judged, len(judged))
	out := make([]*finding, 0, len(judged))
	bodies := make(map[string][]byte, len(judged))
	for _, j := range judged {
		if err := valid(sc, j); err != nil {
			return nil, err
		}
		body, err := j.Scorecard.Canonical()
		if err != nil {
			return nil, err
		}
		f := &finding{card: j.Scorecard, hash: scorecard.Hash(body), asOf: j.Inventory.AsOf, program: column(j.Program)}
		if len(j.Origins) > 0 {
			origins, err := json.Marshal(j.Origins)
			if err != nil {
				return nil, err
			}
			f.origins = mend(string(origins))
		}
		out = append(out, f)
		byHash[f.hash], bodies[f.hash] = j, body
	}
	slices.SortFunc(out, func(a, b *finding) int { return strings.Compare(a.card.Service.ID, b.card.Service.ID) })
	for i := 1; i < len(out); i++ {
		if id := out[i].card.Service.ID; id == out[i-1].card.Service.ID {
			return nil, fmt.Errorf("%w: scan %s found service %s twice", scorecard.ErrInvalid, sc.ID, id)
		}
	}
	known, err := verdictsOf(ctx, s.read, out)
	if err != nil {
		return nil, translate(ctx, err, "finish scan "+sc.ID)
	}
	var p packer
	for _, f := range out {
		if _, has := known[f.hash]; has {
			continue
		}
		if err := f.pack(&p, bodies[f.hash], byHash[f.hash].Inventory); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func valid(sc scorecard.Scan, j scorecard.Judged) error {
	if j.Inventory == nil || j.Scorecard == nil {
		return fmt.Errorf("%w: scan %s: a judged service needs its inventory and its scorecard", scorecard.ErrInvalid, sc.ID)
	}
	service, from := j.Scorecard.Service, j.Inventory.Service
	from.Unscored = service.Unscored // the rubric decides on that, not the inventory
	switch {
	case service.ID == "" || !keepable(service.ID) || len(service.ID) > maxColumn:
		return fmt.Errorf("%w: scan %s: a service's ID must be UTF-8 of at most %d bytes: %.80q", scorecard.ErrInvalid, sc.ID, maxColumn, service.ID)
	case service.Repository != sc.Repository || service != from:
		return fmt.Errorf("%w: scan %s of %s: service %s, of %s, does not belong to it or to its inventory", scorecard.ErrInvalid, sc.ID, sc.Repository, service.ID, service.Repository)
	}
	return nil
}

// pack makes the bytes of a verdict and of its inventory.
func (f *finding) pack(p *packer, body []byte, inventory *scorecard.Inventory) (err error) {
	canonical, err := inventory.Canonical()
	if err != nil {
		return err
	}
	if scorecard.Hash(canonical) != f.card.InventoryHash {
		return fmt.Errorf("%w: the scorecard of service %s was not judged from this inventory", scorecard.ErrInvalid, f.card.Service.ID)
	}
	brief := *f.card
	brief.Results, brief.NextSteps, brief.Gaps = nil, nil, nil
	if f.summary, err = json.Marshal(&brief); err != nil {
		return err
	}
	if f.body, err = p.pack(body); err != nil {
		return err
	}
	f.inventory, err = p.pack(canonical)
	return err
}

// verdictsOf gives the keys of the findings' verdicts that the database has, by hash.
func verdictsOf(ctx context.Context, client *ent.Client, findings []*finding) (map[string]int, error) {
	out := make(map[string]int, len(findings))
	for part := range slices.Chunk(findings, chunk) {
		hashes := make([]string, len(part))
		for i, f := range part {
			hashes[i] = f.hash
		}
		rows, err := client.Verdict.Query().Where(verdict.HashIn(hashes...)).Select(verdict.FieldID, verdict.FieldHash).All(ctx)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			out[r.Hash] = r.ID
		}
	}
	return out, nil
}

// writeVerdicts writes the verdicts that the database does not have, with their
// inventories and results, and sets every finding's key.
func writeVerdicts(ctx context.Context, tx *ent.Tx, findings []*finding, t time.Time) error {
	known, err := verdictsOf(ctx, tx.Client(), findings)
	if err != nil {
		return err
	}
	fresh := slices.DeleteFunc(slices.Clone(findings), func(f *finding) bool { _, has := known[f.hash]; return has })
	if slices.ContainsFunc(fresh, func(f *finding) bool { return f.body == nil }) {
		return errSwept
	}
	for part := range slices.Chunk(fresh, chunk) {
		inventories := make([]*ent.InventoryCreate, len(part))
		verdicts := make([]*ent.VerdictCreate, len(part))
		for i, f := range part {
			inventories[i] = tx.Inventory.Create().SetID(f.card.InventoryHash).SetCreateTime(t).SetBody(f.inventory)
			verdicts[i] = tx.Verdict.Create().SetHash(f.hash).SetService(f.card.Service.ID).SetInventoryHash(f.card.InventoryHash).
				SetRubricHash(f.card.RubricHash).SetAsOf(f.asOf).SetProgram(f.program).SetCreateTime(t).SetSummary(f.summary).SetBody(f.body)
		}
		// An inventory may be there already, judged by another rubric.
		if err := tx.Inventory.CreateBulk(inventories...).OnConflictColumns("id").Ignore().Exec(ctx); err != nil {
			return err
		}
		if err := tx.Verdict.CreateBulk(verdicts...).Exec(ctx); err != nil {
			return err
		}
	}
	if len(fresh) > 0 {
		if known, err = verdictsOf(ctx, tx.Client(), findings); err != nil {
			return err
		}
	}
	for _, f := range findings {
		f.verdict = known[f.hash]
	}
	return writeResults(ctx, tx, fresh)
}

func writeResults(ctx context.Context, tx *ent.Tx, fresh []*finding) error {
	var rows []*ent.ResultCreate
	for _, f := range fresh {
		for i := range f.card.Results {
			r := &f.card.Results[i]
			rows = append(rows, tx.Result.Create().SetVerdictID(f.verdict).SetCheckID(r.Check).SetOutcome(string(r.Outcome)).
				SetLevel(int8(r.Level.Rank())).SetWeight(float64(r.Weight)).SetCreditMin(r.CreditMin).SetCreditMax(r.CreditMax))
		}
	}
	for part := range slices.Chunk(rows, chunk) {
		if err := tx.Result.CreateBulk(part...).Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}
