// Package report shows scorecards as text: for a terminal, as Markdown for a pull
// request or a job summary, and as SARIF 2.1.0 for tools that collect findings.
//
// It only lays out what a [scorecard.Record] says and judges nothing. The same
// records and options give the same bytes. Every string of a record may come
// from a repository that nobody vouches for, so none of them reaches the output
// before clean (and the escaping of the format) has been over it: a control
// character, an escape sequence or markup in a name shows as text.
package report

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// Options say how to show scorecards. The zero Options give plain text, 80 columns wide.
type Options struct {
	// Width is the terminal's, in columns; 0 is 80, and less than MinWidth is MinWidth.
	Width int
	// Color allows colours. They repeat what words and symbols say already.
	Color bool
	// Links allows OSC 8 hyperlinks on paths: only for a terminal.
	Links bool
	// Root is the absolute folder that paths are relative to, for the hyperlinks;
	// empty where it is not on this machine.
	Root string
	// Verbose shows everything: all services, evidence, gaps and remediations.
	Verbose bool
	// Only names the checks that the records have been narrowed to with Select, so
	// that the output can say so; empty for all.
	Only []string
	// Notes say what was left out on purpose; they belong to the scan as a whole.
	Notes []scorecard.Problem
	// Checks are the rubric's, in its order: the rules of SARIF.
	Checks []scorecard.Check
	// Version is the program's, for SARIF.
	Version string
}

// Bounds of the layout.
const (
	// MinWidth is the narrowest terminal that is laid out for, in columns.
	MinWidth = 40
	// FleetSize is how many services are shown in full; with more of them each
	// gets a few lines below the table.
	FleetSize = 8
	// FleetSections is how many services of a fleet, the worst ones, get their
	// own lines below the table; Verbose shows all in full.
	FleetSections = 25

	maxProse = 120 // columns; longer lines of prose are hard to read
)

func (o Options) width() int {
	if o.Width == 0 {
		return 80
	}
	return max(o.Width, MinWidth)
}

// Select gives copies of the records that hold only the results and next steps of
// the named checks. Score, bounds, coverage and level stay those of the whole. No
// checks named are all checks.
func Select(recs []scorecard.Record, checks []string) []scorecard.Record {
	if len(checks) == 0 {
		return recs
	}
	out := slices.Clone(recs)
	for i := range out {
		card := *out[i].Scorecard
		card.Results = slices.DeleteFunc(slices.Clone(card.Results), func(r scorecard.Result) bool { return !slices.Contains(checks, r.Check) })
		card.NextSteps = slices.DeleteFunc(slices.Clone(card.NextSteps), func(s scorecard.Step) bool { return !slices.Contains(checks, s.Check) })
		out[i].Scorecard = &card
	}
	return out
}

// worstFirst sorts as worseFirst does.
func worstFirst(recs []scorecard.Record) []scorecard.Record {
	return slices.SortedStableFunc(slices.Values(recs), worseFirst)
}

// worseFirst orders the lowest level first, then the lowest score; what is not scored
// comes last.
func worseFirst(a, b scorecard.Record) int {
	unscored := func(c *scorecard.Scorecard) int { return min(1, len(c.Service.Unscored)) }
	score := func(c *scorecard.Scorecard) float64 {
		if c.Score == nil {
			return c.Min
		}
		return *c.Score
	}
	x, y := a.Scorecard, b.Scorecard
	return cmp.Or(cmp.Compare(unscored(x), unscored(y)), x.Level.Compare(y.Level),
		cmp.Compare(score(x), score(y)), strings.Compare(x.Service.ID, y.Service.ID))
}

// names gives each service its name, or its ID where others have the same name.
func names(recs []scorecard.Record) map[string]string {
	count, out := map[string]int{}, map[string]string{}
	for _, r := range recs {
		count[r.Scorecard.Service.Name]++
	}
	for _, r := range recs {
		s := r.Scorecard.Service
		out[s.ID] = clean(s.Name)
		if count[s.Name] > 1 || out[s.ID] == "" {
			out[s.ID] = clean(s.ID)
		}
	}
	return out
}

// scoreText is `71.4 (63–88)`; the bounds are rounded outwards, and left out when
// everything is known.
func scoreText(c *scorecard.Scorecard) string {
	bounds := fmt.Sprintf("(%.0f–%.0f)", math.Floor(c.Min), math.Ceil(c.Max))
	if c.Score == nil {
		return "none " + bounds
	}
	if c.Min == c.Max && c.Min == *c.Score {
		return fmt.Sprintf("%.1f", *c.Score)
	}
	return fmt.Sprintf("%.1f %s", *c.Score, bounds)
}

// levelText is the level, and what it may be at most where that is another one.
func levelText(c *scorecard.Scorecard) string {
	if c.Level == c.LevelAtMost {
		return string(c.Level)
	}
	return fmt.Sprintf("%s (at most %s)", c.Level, c.LevelAtMost)
}

// coverageText is in whole percent, rounded down: 100% is all of it.
func coverageText(c *scorecard.Scorecard) string {
	return fmt.Sprintf("%.0f%%", math.Floor(c.Coverage))
}

// tally counts results by outcome.
func tally(recs ...scorecard.Record) map[scorecard.Outcome]int {
	n := map[scorecard.Outcome]int{}
	for _, rec := range recs {
		for _, r := range rec.Scorecard.Results {
			n[r.Outcome]++
		}
	}
	return n
}

// levelCounts is "2 SILVER, 1 NONE", the highest level first; what is not scored is
// counted apart.
func levelCounts(recs []scorecard.Record) string {
	n := map[scorecard.Level]int{}
	unscored := 0
	for _, r := range recs {
		if r.Scorecard.Service.Unscored != "" {
			unscored++
			continue
		}
		n[r.Scorecard.Level]++
	}
	var out []string
	levels := scorecard.Levels()
	slices.Reverse(levels)
	for _, l := range levels {
		if n[l] > 0 {
			out = append(out, fmt.Sprintf("%d %s", n[l], l))
		}
	}
	if unscored > 0 {
		out = append(out, fmt.Sprintf("%d not scored", unscored))
	}
	return strings.Join(out, ", ")
}

// origins are the repository and the revision that was read, one for each that the
// records name: "shop, main @ 1a2b3c4 (work tree changed)".
func origins(recs []scorecard.Record) []string {
	var out []string
	for _, r := range recs {
		s := clean(r.Scorecard.Service.Repository)
		if r.Revision.Commit != "" {
			at := clean(r.Revision.Commit[:min(12, len(r.Revision.Commit))])
			if r.Revision.Branch != "" {
				at = clean(r.Revision.Branch) + " @ " + at
			}
			s += ", " + at
		}
		if r.Revision.Dirty {
			s += " (work tree changed)"
		}
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// gapsOf gives every gap of the records once, in order of location.
func gapsOf(recs ...scorecard.Record) []scorecard.Gap {
	set := gapSet{}
	for _, r := range recs {
		set.add(r.Scorecard.Gaps)
	}
	return set.sorted()
}

// gapSet holds each gap once, though thousands of services may share it.
type gapSet map[gapKey]scorecard.Gap

type gapKey struct {
	at              scorecard.Location
	reason, message string
}

func (s gapSet) add(gaps []scorecard.Gap) {
	for _, g := range gaps {
		k := gapKey{g.Location, g.Reason, g.Message}
		if _, seen := s[k]; !seen {
			s[k] = g
		}
	}
}

// sorted gives them in order of location.
func (s gapSet) sorted() []scorecard.Gap {
	return slices.SortedFunc(maps.Values(s), func(a, b scorecard.Gap) int {
		return cmp.Or(a.Location.Compare(b.Location), strings.Compare(a.Message, b.Message), strings.Compare(a.Reason, b.Reason))
	})
}

// notesOf gives every note once, in order of location.
func notesOf(o Options) []scorecard.Problem {
	notes := slices.Clone(o.Notes)
	slices.SortFunc(notes, func(a, b scorecard.Problem) int {
		return cmp.Or(a.Location.Compare(b.Location), strings.Compare(a.Message, b.Message))
	})
	return slices.Compact(notes)
}

func count(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}

// effortText turns an effort into words; it is an estimate and should sound like one.
func effortText(effort int) string {
	switch {
	case effort < int(scorecard.Hour):
		return "minutes"
	case effort < int(scorecard.Day):
		return "hours"
	}
	return "a day or more"
}
