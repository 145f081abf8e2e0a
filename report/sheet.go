package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// Sheet is what Terminal writes, gathered a record at a time: of thousands of services
// it keeps a row each, and in full only the worst, which get lines of their own.
type Sheet struct {
	o Options
	// members are all services, without results, gaps and all but the first next step.
	members []member
	// full are the worst FleetSections so far and a few more, or all with Options.Verbose.
	full  []scorecard.Record
	total map[scorecard.Outcome]int
	fails map[string]int // by check
	gaps  gapSet
	known bool // something is known of a service
}

// NewSheet is an empty sheet. Options.Notes may be given later, with Write.
func NewSheet(o Options) *Sheet {
	return &Sheet{o: o, total: map[scorecard.Outcome]int{}, fails: map[string]int{}, gaps: gapSet{}}
}

// Add takes in a record; the sheet may drop what is in it.
func (s *Sheet) Add(rec scorecard.Record) {
	card := rec.Scorecard
	m := member{rec: rec, n: tally(rec)}
	for o, n := range m.n {
		s.total[o] += n
	}
	for i := range card.Results {
		if card.Results[i].Outcome == scorecard.Fail {
			s.fails[card.Results[i].Check]++
		}
	}
	s.gaps.add(card.Gaps)
	s.known = s.known || card.Coverage > 0 || len(card.Gaps) == 0 || card.Service.Unscored != ""

	thin := *card
	thin.Results, thin.Pillars, thin.Gaps = nil, nil, nil
	thin.NextSteps = slices.Clone(card.NextSteps[:min(1, len(card.NextSteps))])
	m.rec.Scorecard = &thin
	s.members = append(s.members, m)
	s.full = append(s.full, rec)
	if !s.o.Verbose && len(s.full) >= 2*FleetSections {
		s.full = worst(s.full, FleetSections)
	}
}

// worst are the n worst of the records; the others are let go.
func worst(recs []scorecard.Record, n int) []scorecard.Record {
	slices.SortStableFunc(recs, worseFirst)
	n = min(n, len(recs))
	clear(recs[n:])
	return recs[:n]
}

// Write lays the sheet out, with what the whole scan left out on purpose. The error is
// the writer's.
func (s *Sheet) Write(w io.Writer, notes []scorecard.Problem) error {
	s.o.Notes = notes
	c := newCanvas(s.o)
	if len(s.members) == 0 {
		c.para(0, 0, toned(strong, "No services found."), text(" There is no catalog entity, no workload and no file that says what this repository runs."))
		_, err := io.WriteString(w, c.b.String())
		return err
	}
	slices.SortStableFunc(s.members, func(a, b member) int { return worseFirst(a.rec, b.rec) })
	var recs []scorecard.Record
	for _, m := range s.members {
		recs = append(recs, m.rec)
	}
	names := names(recs)
	for i := range s.members {
		s.members[i].name = names[recs[i].Scorecard.Service.ID]
	}
	for _, origin := range origins(recs) {
		c.para(0, 2, toned(strong, origin))
	}
	if !s.known {
		c.para(0, 2, toned(warning, "Nothing could be judged"), text(": "+whyNothing+"."))
	}
	if len(s.o.Only) > 0 {
		c.para(0, 2, toned(warning, "Only "+strings.Join(s.o.Only, ", ")+" shown"), text("; levels and scores are those of all checks."))
	}
	if len(recs) > 1 {
		c.para(0, 2, text(count(len(recs), "service")+": "+levelCounts(recs)))
		c.blank()
		c.fleetTable(s.members)
		c.failsMost(s.fails)
	}
	s.sections(c, names)
	c.notes()
	c.closing(len(recs), s.total)
	_, err := io.WriteString(w, c.b.String())
	return err
}

// sections are the services one by one, the worst first.
func (s *Sheet) sections(c *canvas, names map[string]string) {
	if s.o.Verbose || len(s.members) <= FleetSize {
		for _, rec := range worst(s.full, len(s.full)) {
			c.service(rec, names[rec.Scorecard.Service.ID])
		}
		return
	}
	for _, rec := range worst(s.full, FleetSections) {
		c.digest(rec, names[rec.Scorecard.Service.ID])
	}
	if rest := len(s.members) - FleetSections; rest > 0 {
		c.blank()
		c.para(0, 2, text(fmt.Sprintf("… and %s with a higher level or score: see the table.", count(rest, "service"))))
	}
	c.gaps(0, s.gaps.sorted())
}
