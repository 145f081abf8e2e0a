package store

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/seaworthy-dev/seaworthy/ent"
	"github.com/seaworthy-dev/seaworthy/ent/period"
	"github.com/seaworthy-dev/seaworthy/ent/trendday"
	"github.com/seaworthy-dev/seaworthy/ent/verdict"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// ListTrend implements scorecard.TrendStore.
func (s *Store) ListTrend(ctx context.Context, q scorecard.TrendQuery) ([]scorecard.TrendDay, error) {
	if !keepable(q.Value) || !keepable(q.First) || !keepable(q.Last) {
		return nil, nil
	}
	rows, err := s.read.TrendDay.Query().Where(trendday.Kind(string(q.Kind)), trendday.Value(column(q.Value)),
		trendday.DayGTE(q.First), trendday.DayLTE(q.Last)).Order(trendday.ByDay()).All(ctx)
	if err != nil {
		return nil, translate(ctx, err, "read the trend")
	}
	out := make([]scorecard.TrendDay, len(rows))
	for i, r := range rows {
		out[i] = scorecard.TrendDay{Day: r.Day, Services: r.Services, Scored: r.Scored, Sum: scorecard.Points(r.ScoreSum),
			Levels: map[scorecard.Level]int{scorecard.None: r.None, scorecard.Bronze: r.Bronze, scorecard.Silver: r.Silver,
				scorecard.Gold: r.Gold, scorecard.Platinum: r.Platinum},
			Matched: r.Matched, Rise: scorecard.Points(r.MatchedRise), Ruled: scorecard.Points(r.RuledRise)}
	}
	return out, nil
}

// RollUp implements scorecard.TrendStore. Replicas that do it at once write the same.
func (s *Store) RollUp(ctx context.Context, t time.Time, checks []scorecard.Check) error {
	last := midnight(t)
	first, err := s.firstOpenDay(ctx, last)
	if err != nil {
		return translate(ctx, err, "roll the trend up")
	}
	s.rolling.Lock()
	defer s.rolling.Unlock()
	if s.ruled == nil || len(s.ruled) > maxRuled {
		s.ruled = map[[2]int]scorecard.Points{}
	}
	r := roller{s: s, checks: checks}
	for day := first; !day.After(last); day = day.AddDate(0, 0, 1) {
		if err := r.day(ctx, day, t); err != nil {
			return translate(ctx, err, "roll the trend of "+day.Format(time.DateOnly)+" up")
		}
	}
	return nil
}

// maxRuled bounds what is remembered of changed rubrics from one rolling up to the next.
const maxRuled = 100_000

func midnight(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }

// firstOpenDay is the first day that was not written after its end, and no later than last.
func (s *Store) firstOpenDay(ctx context.Context, last time.Time) (time.Time, error) {
	row, err := s.read.TrendDay.Query().Where(trendday.Kind(string(scorecard.OfAll))).Order(ent.Desc(trendday.FieldDay)).First(ctx)
	if err == nil {
		day, err := time.Parse(time.DateOnly, row.Day)
		if err != nil {
			return last, err
		}
		if !row.UpdateTime.Before(day.AddDate(0, 0, 1)) {
			day = day.AddDate(0, 0, 1)
		}
		if day.After(last) {
			day = last
		}
		return day, nil
	}
	if !ent.IsNotFound(err) {
		return last, err
	}
	oldest, err := s.read.Period.Query().Order(period.ByStartTime()).First(ctx)
	if ent.IsNotFound(err) {
		return last, nil
	}
	if err != nil {
		return last, err
	}
	return midnight(oldest.StartTime), nil
}

// roller rolls days up.
type roller struct {
	s      *Store
	checks []scorecard.Check
	// last is what held at the end of the day before, by service; nil on the first day.
	last map[string]*ent.Period
}

// day writes what the services came to at the end of the day, or at now where that comes first.
func (r *roller) day(ctx context.Context, day, now time.Time) error {
	end := day.AddDate(0, 0, 1).Add(-time.Microsecond)
	if now.Before(end) {
		end = now
	}
	here, err := r.standing(ctx, end)
	if err != nil {
		return err
	}
	was := r.last
	if was == nil {
		before, err := r.standing(ctx, day.Add(-time.Microsecond))
		if err != nil {
			return err
		}
		was = byService(before)
	}
	r.last = byService(here)
	groups := map[[2]string]*scorecard.TrendDay{{string(scorecard.OfAll), ""}: newDay()} // it says that the day was rolled up
	for _, p := range here {
		rise, ruled, matched, err := r.rise(ctx, was[p.ServiceID], p)
		if err != nil {
			return err
		}
		for _, g := range groupsOf(p) {
			d := groups[g]
			if d == nil {
				d = newDay()
				groups[g] = d
			}
			d.Services++
			if p.Score == nil {
				continue
			}
			d.Scored++
			d.Sum += scorecard.PointsOf(*p.Score)
			d.Levels[scorecard.Levels()[p.Level]]++
			if matched {
				d.Matched++
				d.Rise += rise
				d.Ruled += ruled
			}
		}
	}
	return r.write(ctx, day.Format(time.DateOnly), now, groups)
}

func byService(ps []*ent.Period) map[string]*ent.Period {
	out := make(map[string]*ent.Period, len(ps))
	for _, p := range ps {
		out[p.ServiceID] = p
	}
	return out
}

func newDay() *scorecard.TrendDay { return &scorecard.TrendDay{Levels: map[scorecard.Level]int{}} }

// groupsOf are the groups that a service counts in.
func groupsOf(p *ent.Period) [][2]string {
	return [][2]string{{string(scorecard.OfAll), ""}, {string(scorecard.ByOwner), p.Owner}, {string(scorecard.BySystem), p.System},
		{string(scorecard.ByTier), p.Tier}, {string(scorecard.ByLifecycle), p.Lifecycle}}
}

// standing are the periods that held at a time, with their verdicts' hashes.
func (r *roller) standing(ctx context.Context, t time.Time) ([]*ent.Period, error) {
	return r.s.read.Period.Query().Where(heldAt(t)).
		WithVerdict(func(q *ent.VerdictQuery) { q.Select(verdict.FieldRubricHash, verdict.FieldProgram) }).All(ctx)
}

// rise is what a service's score rose by from one period to the other, and what of it
// rubric and program have; matched is false where one of them has no score.
func (r *roller) rise(ctx context.Context, from, to *ent.Period) (rise, ruled scorecard.Points, matched bool, err error) {
	if from == nil || from.Score == nil || to.Score == nil {
		return 0, 0, false, nil
	}
	rise = scorecard.PointsOf(*to.Score) - scorecard.PointsOf(*from.Score)
	a, b := from.Edges.Verdict, to.Edges.Verdict
	if a.RubricHash == b.RubricHash && a.Program == b.Program {
		return rise, 0, true, nil
	}
	key := [2]int{from.ID, to.ID}
	if ruled, known := r.s.ruled[key]; known {
		return rise, ruled, true, nil
	}
	past, err := r.s.GetPast(ctx, from.ServiceID, from.ID, r.checks)
	if err != nil {
		return 0, 0, false, err
	}
	present, err := r.s.GetPast(ctx, to.ServiceID, to.ID, r.checks)
	if err != nil {
		return 0, 0, false, err
	}
	change, err := scorecard.Explain(past, present)
	if err != nil {
		return 0, 0, false, err
	}
	for _, s := range change.Shares {
		if s.Cause == scorecard.RubricChanged || s.Cause == scorecard.ProgramChanged {
			ruled += s.Points
		}
	}
	r.s.ruled[key] = ruled
	return rise, ruled, true, nil
}

// write puts the day's rows in the place of those that it had.
func (r *roller) write(ctx context.Context, day string, now time.Time, groups map[[2]string]*scorecard.TrendDay) error {
	keys := make([][2]string, 0, len(groups))
	for k := range groups {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b [2]string) int { return strings.Compare(a[0]+"\x00"+a[1], b[0]+"\x00"+b[1]) })
	return r.s.inTx(ctx, "write the trend", func(tx *ent.Tx) error {
		if err := r.s.alone(ctx, tx, rollingUp); err != nil {
			return err
		}
		if _, err := tx.TrendDay.Delete().Where(trendday.Day(day)).Exec(ctx); err != nil {
			return err
		}
		for part := range slices.Chunk(keys, chunk) {
			rows := make([]*ent.TrendDayCreate, len(part))
			for i, k := range part {
				d := groups[k]
				rows[i] = tx.TrendDay.Create().SetDay(day).SetKind(k[0]).SetValue(k[1]).SetServices(d.Services).SetScored(d.Scored).
					SetScoreSum(int64(d.Sum)).SetNone(d.Levels[scorecard.None]).SetBronze(d.Levels[scorecard.Bronze]).
					SetSilver(d.Levels[scorecard.Silver]).SetGold(d.Levels[scorecard.Gold]).SetPlatinum(d.Levels[scorecard.Platinum]).
					SetMatched(d.Matched).SetMatchedRise(int64(d.Rise)).SetRuledRise(int64(d.Ruled)).SetUpdateTime(keepTime(now))
			}
			if err := tx.TrendDay.CreateBulk(rows...).Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	})
}
