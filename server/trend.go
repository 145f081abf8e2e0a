package server

import (
	"context"
	"math"
	"strings"
	"time"

	seaworthyv1 "github.com/seaworthy-dev/seaworthy/gen/seaworthy/v1"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// Bounds of a trend, in days.
const (
	usualTrend = 90
	maxTrend   = 3700
)

func (x *historyService) GetTrend(ctx context.Context, r *seaworthyv1.GetTrendRequest) (*seaworthyv1.Trend, error) {
	first, last, err := days(r, time.Now())
	if err != nil {
		return nil, err
	}
	q := scorecard.TrendQuery{Value: r.GetValue(), First: first.Format(time.DateOnly), Last: last.Format(time.DateOnly)}
	var list []scorecard.TrendDay
	switch r.GetGroup() {
	case seaworthyv1.GetTrendRequest_SERVICE:
		if list, err = x.serviceTrend(ctx, r.GetValue(), first, last); err != nil {
			return nil, about("Service", r.GetValue(), err)
		}
	case seaworthyv1.GetTrendRequest_GROUP_UNSPECIFIED:
		if r.GetValue() != "" {
			return nil, &scorecard.FieldError{Field: "group", Description: "says what value is one of: OWNER, SYSTEM, TIER, LIFECYCLE or SERVICE"}
		}
		q.Kind = scorecard.OfAll
	default:
		q.Kind = scorecard.TrendKind(strings.ToLower(r.GetGroup().String()))
	}
	if q.Kind != "" {
		if list, err = x.s.options.Store.ListTrend(ctx, q); err != nil {
			return nil, err
		}
	}
	constant, fixed := scorecard.Chain(list)
	out := &seaworthyv1.Trend{}
	for i := range list {
		d := &list[i]
		day := &seaworthyv1.TrendDay{Day: d.Day, ServiceCount: count(d.Services), ScoredCount: count(d.Scored),
			MeanScore: rounded(d.Mean()), ConstantScore: rounded(constant[i]), FixedScore: rounded(fixed[i])}
		for _, l := range scorecard.Levels() {
			day.Levels = append(day.Levels, &seaworthyv1.LevelCount{Level: levelProto(l), ServiceCount: count(d.Levels[l])})
		}
		out.Days = append(out.Days, day)
	}
	return out, nil
}

// days are the first and the last day of a request.
func days(r *seaworthyv1.GetTrendRequest, now time.Time) (first, last time.Time, err error) {
	last = now.UTC().Truncate(24 * time.Hour)
	if r.GetLastDay() != "" {
		if last, err = day("last_day", r.GetLastDay()); err != nil {
			return first, last, err
		}
	}
	first = last.AddDate(0, 0, -usualTrend)
	if r.GetFirstDay() != "" {
		if first, err = day("first_day", r.GetFirstDay()); err != nil {
			return first, last, err
		}
	}
	switch {
	case last.Before(first):
		err = &scorecard.FieldError{Field: "last_day", Description: "comes before first_day"}
	case last.Sub(first) >= maxTrend*24*time.Hour:
		err = &scorecard.FieldError{Field: "first_day", Description: "is more than 3700 days before last_day"}
	}
	return first, last, err
}

func day(field, text string) (time.Time, error) {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return t, &scorecard.FieldError{Field: field, Description: "must be a day, as in 2026-11-30"}
	}
	return t, nil
}

// rounded is a score to a hundredth, as scores are.
func rounded(score *float64) *float64 {
	if score == nil {
		return nil
	}
	r := math.Round(*score*100) / 100
	return &r
}

// serviceTrend makes days of the periods of one service.
func (x *historyService) serviceTrend(ctx context.Context, name string, first, last time.Time) ([]scorecard.TrendDay, error) {
	if !strings.HasPrefix(name, "services/") {
		return nil, &scorecard.FieldError{Field: "value", Description: "must be services/ and the service's ID where group is SERVICE"}
	}
	var periods []scorecard.Period // from the newest on
	q := scorecard.Query{Size: maxPageSize, SummaryOnly: true}
	for more := true; more; {
		page, err := x.s.options.Store.ListPeriods(ctx, strings.TrimPrefix(name, "services/"), q)
		if err != nil {
			return nil, err
		}
		periods = append(periods, page.Items...)
		q.Token = page.Next
		more = q.Token != "" && !periods[len(periods)-1].StartTime.Before(first)
	}
	var out []scorecard.TrendDay
	now := time.Now()
	i := len(periods) - 1
	var before *scorecard.Period
	for at := first; !at.After(last) && !at.After(now); at = at.AddDate(0, 0, 1) {
		end := at.AddDate(0, 0, 1)
		for i > 0 && periods[i-1].StartTime.Before(end) {
			i--
		}
		if i < 0 || !periods[i].StartTime.Before(end) {
			continue // it was not known yet
		}
		p := &periods[i]
		if !p.EndTime.IsZero() && p.EndTime.Before(end) {
			before = nil
			continue // it was gone
		}
		out = append(out, serviceDay(at, before, p))
		before = p
	}
	return out, nil
}

// serviceDay is a day of one service. What rules had in a change is not told: that is what
// ExplainScorecardChange does.
func serviceDay(at time.Time, before, p *scorecard.Period) scorecard.TrendDay {
	d := scorecard.TrendDay{Day: at.Format(time.DateOnly), Services: 1, Levels: map[scorecard.Level]int{}}
	score := p.Scorecard.Score
	if score == nil {
		return d
	}
	d.Scored, d.Sum, d.Levels[p.Scorecard.Level] = 1, scorecard.PointsOf(*score), 1
	if before != nil && before.Scorecard.Score != nil {
		d.Matched, d.Rise = 1, d.Sum-scorecard.PointsOf(*before.Scorecard.Score)
	}
	return d
}
