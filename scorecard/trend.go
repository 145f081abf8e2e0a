package scorecard

import "time"

// Period is a time in which one verdict held for a service.
type Period struct {
	ID        int
	Scorecard *Scorecard
	// Revision is the state of the repository that was read first.
	Revision Revision
	// Scan is the scan that brought it.
	Scan string
	// StartTime is when it was first seen, SeenTime when it was last, EndTime when another
	// one took its place or the service was gone; zero while it holds.
	StartTime, SeenTime, EndTime time.Time
	// Program is the version that judged; empty where that is not known.
	Program string
	// Origins are the commits behind what differs from the period before, where known.
	Origins []Origin
}

// TrendKind says what a trend is of.
type TrendKind string

// The kinds of trends.
const (
	OfAll       TrendKind = "all"
	ByOwner     TrendKind = "owner"
	BySystem    TrendKind = "system"
	ByTier      TrendKind = "tier"
	ByLifecycle TrendKind = "lifecycle"
)

// TrendQuery asks for the days of one group.
type TrendQuery struct {
	Kind TrendKind
	// Value is the owner's name, the system's, …; empty for all, or for those that have none.
	Value string
	// First and Last are days, "2026-11-30".
	First, Last string
}

// TrendDay is what the services of a group came to at the end of a day, in UTC.
type TrendDay struct {
	Day string
	// Services is how many there were, Scored of how many the score is known.
	Services, Scored int
	// Sum is the scored ones' scores, added up.
	Sum Points
	// Levels counts the scored services by level.
	Levels map[Level]int
	// Matched is how many were scored on the day before, too; Rise is what their scores rose
	// by since, all together, and Ruled the part of it that rubric and program have. A mean
	// that follows these does not move because services come and go, or because rules do.
	Matched     int
	Rise, Ruled Points
}

// Mean is the mean score; nil where none is known.
func (d *TrendDay) Mean() *float64 {
	if d.Scored == 0 {
		return nil
	}
	m := d.Sum.Score() / float64(d.Scored)
	return &m
}

// Chain are, for each day, the means that follow only services that were there on both of
// two days: constant has the changes of rubric and program in it, fixed does not. Both end
// at the last day's mean, so that they say what earlier days would have been. They are nil
// before the first day and after the last one with a mean.
func Chain(days []TrendDay) (constant, fixed []*float64) {
	constant, fixed = make([]*float64, len(days)), make([]*float64, len(days))
	var c, f float64
	known := false
	for i := len(days) - 1; i >= 0; i-- {
		if !known {
			m := days[i].Mean()
			if m == nil {
				continue
			}
			c, f, known = *m, *m, true
		}
		here, fixedHere := c, f
		constant[i], fixed[i] = &here, &fixedHere
		if n := float64(days[i].Matched); n > 0 {
			c -= days[i].Rise.Score() / n
			f -= (days[i].Rise - days[i].Ruled).Score() / n
		}
	}
	return constant, fixed
}
