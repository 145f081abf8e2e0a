package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/report"
	"github.com/seaworthy-dev/seaworthy/scorecard"
	"github.com/seaworthy-dev/seaworthy/server"
)

// presenter shows records that come one by one, in the order of their services' IDs.
type presenter struct {
	add func(scorecard.Record) error
	end func(notes []scorecard.Problem) error
}

// presenter is that of the format. The terminal and JSON let go of what they have
// shown, or will not show: thousands of scorecards are large.
func (o *scanOptions) presenter(w io.Writer, layout report.Options) presenter {
	switch {
	case o.format == "terminal":
		sheet := report.NewSheet(layout)
		return presenter{
			func(rec scorecard.Record) error { sheet.Add(rec); return nil },
			func(notes []scorecard.Problem) error { return sheet.Write(w, notes) },
		}
	case o.format == "json" && len(o.services) == 0:
		list := server.NewScorecardWriter(w)
		return presenter{list.Write, func([]scorecard.Problem) error { return list.Close() }}
	}
	var recs []scorecard.Record
	return presenter{
		func(rec scorecard.Record) error { recs = append(recs, rec); return nil },
		func(notes []scorecard.Problem) error {
			layout.Notes = notes
			switch o.format {
			case "json":
				return server.MarshalScorecards(w, recs)
			case "markdown":
				return report.Markdown(w, recs, layout)
			}
			return report.SARIF(w, recs, layout)
		},
	}
}

// gate chooses services, and weighs whether those that were chosen reach a level.
type gate struct {
	names, found []string // of all services; of those in the order they were asked for
	chosen       []standing
}

// standing is what a service holds.
type standing struct {
	name   string
	level  scorecard.Level
	scored bool
}

// add takes in a service and reports whether it is wanted, by ID or by name; none
// wanted are all.
func (g *gate) add(card *scorecard.Scorecard, wanted []string) bool {
	s := &card.Service
	g.names = append(g.names, report.Clean(s.Name))
	is := func(w string) bool { return strings.EqualFold(w, s.ID) || strings.EqualFold(w, s.Name) }
	for _, w := range wanted {
		if is(w) {
			g.found = append(g.found, w)
		}
	}
	if len(wanted) > 0 && !slices.ContainsFunc(wanted, is) {
		return false
	}
	g.chosen = append(g.chosen, standing{s.Name, card.Level, s.Unscored == ""})
	return true
}

// missing names the first service that was asked for and is none.
func (g *gate) missing(wanted []string) error {
	for _, w := range wanted {
		if !slices.Contains(g.found, w) {
			return usageError("service %q was not found%s", w, didYouMean(w, slices.Compact(slices.Sorted(slices.Values(g.names)))))
		}
	}
	return nil
}

// reached fails when a scored service is below the level, or when there is no service.
func (g *gate) reached(minLevel string, rubric *scorecard.Rubric) error {
	if minLevel == "" {
		return nil
	}
	level := scorecard.Level(strings.ToUpper(minLevel))
	if len(g.chosen) == 0 {
		return &failure{exitLevel, fmt.Errorf("no service was found that could be %s", level)}
	}
	var below []string
	for _, s := range g.chosen {
		if s.scored && s.level.Compare(level) < 0 {
			below = append(below, fmt.Sprintf("%s (%s)", s.name, s.level))
		}
	}
	if len(below) == 0 {
		return nil
	}
	more := ""
	if most := 10; len(below) > most {
		more = fmt.Sprintf(" and %d more", len(below)-most)
		below = below[:most]
	}
	top := scorecard.None
	for _, c := range rubric.All() {
		if c.Level.Compare(top) > 0 {
			top = c.Level
		}
	}
	if level.Compare(top) > 0 {
		more += fmt.Sprintf("; no check asks for more than %s yet, so no service can be more", top)
	}
	return &failure{exitLevel, fmt.Errorf("below %s: %s%s", level, strings.Join(below, ", "), more)}
}
