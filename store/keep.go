package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seaworthy-dev/seaworthy/ent"
	"github.com/seaworthy-dev/seaworthy/ent/period"
	"github.com/seaworthy-dev/seaworthy/ent/predicate"
	"github.com/seaworthy-dev/seaworthy/ent/service"
)

// record keeps what a scan found: new verdicts, what became of each service, and
// which are gone. A service whose verdict stays has only its scan noted.
func record(ctx context.Context, tx *ent.Tx, sc *ent.Scan, findings []*finding) (*ent.Scan, error) {
	before, err := servicesOf(ctx, tx, findings)
	if err != nil {
		return nil, err
	}
	var elsewhere []string
	findings = slices.DeleteFunc(slices.Clone(findings), func(f *finding) bool {
		was := before[f.card.Service.ID]
		taken := was != nil && was.Repository != sc.Repository && was.RetireTime == nil
		if taken {
			elsewhere = append(elsewhere, fmt.Sprintf("%s (declared by repository %s)", was.ID, was.Repository))
		}
		return taken
	})
	if err := writeVerdicts(ctx, tx, findings, *sc.EndTime); err != nil {
		return nil, err
	}
	var stay []string
	var change []*finding
	changed := 0
	for _, f := range findings {
		was := before[f.card.Service.ID]
		if was == nil || was.VerdictID != f.verdict {
			changed++
		}
		if was != nil && was.VerdictID == f.verdict && was.RetireTime == nil && was.Repository == sc.Repository {
			stay = append(stay, was.ID)
		} else {
			change = append(change, f)
		}
	}
	if err := noteScan(ctx, tx, sc, stay); err != nil {
		return nil, err
	}
	if err := writeServices(ctx, tx, sc, change, before); err != nil {
		return nil, err
	}
	if err := retire(ctx, tx, *sc.EndTime, service.Repository(sc.Repository), service.ScanNEQ(sc.ID)); err != nil {
		return nil, err
	}
	update := sc.Update().SetChanged(changed)
	if len(elsewhere) > 0 {
		update.SetError(cut("not recorded, since a service has one home: "+strings.Join(elsewhere, ", ")+
			". Rename one of them, or take it out of one repository", maxError))
	}
	return update.Save(ctx)
}

// servicesOf gives the findings' services as they stand, by ID.
func servicesOf(ctx context.Context, tx *ent.Tx, findings []*finding) (map[string]*ent.Service, error) {
	out := make(map[string]*ent.Service, len(findings))
	for part := range slices.Chunk(findings, chunk) {
		ids := make([]string, len(part))
		for i, f := range part {
			ids[i] = f.card.Service.ID
		}
		rows, err := tx.Service.Query().Where(service.IDIn(ids...)).
			Select(service.FieldID, service.FieldRepository, service.FieldVerdictID, service.FieldRetireTime,
				service.FieldCreateTime, service.FieldChangeTime, service.FieldScanTime).All(ctx)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			out[r.ID] = r
		}
	}
	return out, nil
}

// noteScan notes the scan at services whose verdict stays.
func noteScan(ctx context.Context, tx *ent.Tx, sc *ent.Scan, ids []string) error {
	for part := range slices.Chunk(ids, chunk) {
		err := tx.Service.Update().Where(service.IDIn(part...)).SetScan(sc.ID).SetScanTime(*sc.EndTime).SetRevision(sc.Revision).Exec(ctx)
		if err != nil {
			return err
		}
	}
	return nil
}

// writeServices makes or changes services that are new, came back, or have another
// verdict, and begins a period for each.
func writeServices(ctx context.Context, tx *ent.Tx, sc *ent.Scan, findings []*finding, before map[string]*ent.Service) error {
	t := *sc.EndTime
	for part := range slices.Chunk(findings, chunk) {
		var were []*ent.Service
		services := make([]*ent.ServiceCreate, len(part))
		periods := make([]*ent.PeriodCreate, len(part))
		for i, f := range part {
			created, changed := t, t
			if was := before[f.card.Service.ID]; was != nil {
				were = append(were, was)
				created = was.CreateTime
				if was.VerdictID == f.verdict {
					changed = was.ChangeTime // it came back as it was
				}
			}
			services[i] = serviceOf(tx, f, sc).SetCreateTime(created).SetChangeTime(changed)
			periods[i] = periodOf(tx, f, sc)
		}
		err := tx.Service.CreateBulk(services...).OnConflictColumns(service.FieldID).UpdateNewValues().
			Update(func(u *ent.ServiceUpsert) {
				// Where no row of the part sets a column, it is not among the new values,
				// and would stay as it was.
				u.UpdateScore()
				u.UpdateRetireTime()
			}).Exec(ctx)
		if err != nil {
			return err
		}
		if err := endPeriods(ctx, tx, t, were); err != nil {
			return err
		}
		if err := tx.Period.CreateBulk(periods...).Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// periodOf begins a period of a verdict.
func periodOf(tx *ent.Tx, f *finding, sc *ent.Scan) *ent.PeriodCreate {
	card, s := f.card, f.card.Service
	return tx.Period.Create().SetServiceID(s.ID).SetVerdictID(f.verdict).SetScan(sc.ID).SetStartTime(*sc.EndTime).SetRevision(sc.Revision).SetOrigins(f.origins).
		SetOwner(column(s.Owner)).SetSystem(column(s.System)).SetTier(column(s.Tier)).SetLifecycle(column(s.Lifecycle)).
		SetLevel(int8(card.Level.Rank())).SetNillableScore(card.Score)
}

// endPeriods ends what holds for the services, of which the last scan is known.
func endPeriods(ctx context.Context, tx *ent.Tx, t time.Time, services []*ent.Service) error {
	seen := map[time.Time][]string{} // those of one scan were seen at one time
	for _, s := range services {
		seen[s.ScanTime] = append(seen[s.ScanTime], s.ID)
	}
	for at, ids := range seen {
		err := tx.Period.Update().Where(period.ServiceIDIn(ids...), period.EndTimeIsNil()).SetEndTime(t).SetSeenTime(at).Exec(ctx)
		if err != nil {
			return err
		}
	}
	return nil
}

// serviceOf sets every column but the times of its life, so that an update leaves
// nothing of the verdict before.
func serviceOf(tx *ent.Tx, f *finding, sc *ent.Scan) *ent.ServiceCreate {
	card, s := f.card, f.card.Service
	return tx.Service.Create().SetID(s.ID).SetRepository(s.Repository).SetVerdictID(f.verdict).
		SetDisplayName(column(cmp.Or(s.Title, s.Name))).SetDiscovery(column(string(s.Discovery))).SetEntityRef(column(s.EntityRef)).
		SetType(column(s.Type)).SetOwner(column(s.Owner)).SetLifecycle(column(s.Lifecycle)).SetTier(column(s.Tier)).
		SetSystem(column(s.System)).SetUnscored(column(s.Unscored)).
		SetLevel(int8(card.Level.Rank())).SetLevelAtMost(int8(card.LevelAtMost.Rank())).
		SetNillableScore(card.Score).SetScoreMin(card.Min).SetScoreMax(card.Max).SetCoverage(card.Coverage).
		SetScan(sc.ID).SetScanTime(*sc.EndTime).SetRevision(sc.Revision)
}

// retire marks the services, those that are not retired yet, and ends their periods.
func retire(ctx context.Context, tx *ent.Tx, t time.Time, which ...predicate.Service) error {
	which = append(which, service.RetireTimeIsNil())
	rows, err := tx.Service.Query().Where(which...).Order(service.ByID()).Select(service.FieldID, service.FieldScanTime).All(ctx)
	if err != nil {
		return err
	}
	for part := range slices.Chunk(rows, chunk) {
		ids := make([]string, len(part))
		for i, r := range part {
			ids[i] = r.ID
		}
		if err := tx.Service.Update().Where(service.IDIn(ids...)).SetRetireTime(t).Exec(ctx); err != nil {
			return err
		}
		if err := endPeriods(ctx, tx, t, part); err != nil {
			return err
		}
	}
	return nil
}
