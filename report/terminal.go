package report

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// Terminal writes the records for a person at a terminal: a table of the services
// where there are several, then each service with its level, score, results by
// pillar, gaps and next steps, the worst service first. With more than FleetSize
// services each gets a few lines only, and beyond FleetSections none, unless
// Options.Verbose. The error is the writer's.
func Terminal(w io.Writer, recs []scorecard.Record, o Options) error {
	c := newCanvas(o)
	recs = worstFirst(recs)
	if len(recs) == 0 {
		c.para(0, 0, toned(strong, "No services found."), text(" There is no catalog entity, no workload and no file that says what this repository runs."))
		_, err := io.WriteString(w, c.b.String())
		return err
	}
	for _, origin := range origins(recs) {
		c.para(0, 2, toned(strong, origin))
	}
	if len(o.Only) > 0 {
		c.para(0, 2, toned(warning, "Only "+strings.Join(o.Only, ", ")+" shown"), text("; levels and scores are those of all checks."))
	}
	names := names(recs)
	if len(recs) > 1 {
		c.fleet(recs, names)
	}
	switch {
	case o.Verbose || len(recs) <= FleetSize:
		for _, rec := range recs {
			c.service(rec, names[rec.Scorecard.Service.ID])
		}
	default:
		for _, rec := range recs[:min(FleetSections, len(recs))] {
			c.digest(rec, names[rec.Scorecard.Service.ID])
		}
		if rest := len(recs) - FleetSections; rest > 0 {
			c.blank()
			c.para(0, 2, text(fmt.Sprintf("… and %s with a higher level or score: see the table.", count(rest, "service"))))
		}
		c.gaps(0, gapsOf(recs...))
	}
	c.notes()
	c.closing(recs)
	_, err := io.WriteString(w, c.b.String())
	return err
}

// fleet is the summary line and the table.
func (c *canvas) fleet(recs []scorecard.Record, names map[string]string) {
	c.para(0, 2, text(count(len(recs), "service")+": "+levelCounts(recs)))
	c.blank()
	narrow := []column{{title: "LEVEL"}, {title: "SERVICE", flexible: true}, {title: "SCORE", right: true}, {title: "FAIL", right: true}}
	wide := []column{{title: "LEVEL"}, {title: "AT MOST"}, {title: "SERVICE", flexible: true}, {title: "SCORE"},
		{title: "COVERAGE", right: true}, {title: "FAIL", right: true}, {title: "UNKNOWN", right: true}}
	wider := append(slices.Clone(wide), column{title: "FIRST STEP UP"})
	for _, columns := range [][]column{wider, wide, narrow} {
		var rows [][]span
		for _, rec := range recs {
			rows = append(rows, fleetRow(rec, names[rec.Scorecard.Service.ID], len(columns)))
		}
		// The most columns for which no name must be broken.
		if natural(columns, rows) <= c.width || len(columns) == len(narrow) {
			c.table(columns, rows)
			break
		}
	}
	if most := failsMost(recs); most != "" {
		c.blank()
		c.para(0, 2, toned(strong, "fails most: "), text(most))
	}
}

// failsMost names the checks that most services fail, with how many do: what one
// change to a template or a chart may mend everywhere.
func failsMost(recs []scorecard.Record) string {
	const shown = 5
	n := map[string]int{}
	for _, rec := range recs {
		for _, r := range rec.Scorecard.Results {
			if r.Outcome == scorecard.Fail {
				n[r.Check]++
			}
		}
	}
	ids := slices.SortedFunc(maps.Keys(n), func(a, b string) int { return cmp.Or(cmp.Compare(n[b], n[a]), strings.Compare(a, b)) })
	var out []string
	for _, id := range ids[:min(shown, len(ids))] {
		out = append(out, fmt.Sprintf("%s (%d)", clean(id), n[id]))
	}
	return strings.Join(out, ", ")
}

// fleetRow is a service's row in a table of 4, 7 or 8 columns.
func fleetRow(rec scorecard.Record, name string, columns int) []span {
	card, n := rec.Scorecard, tally(rec)
	level, score, service := toned(levelTone(card.Level), string(card.Level)), text(scoreText(card)), toned(strong, name)
	fails, unknowns := number(bad, n[scorecard.Fail]), number(warning, n[scorecard.Unknown])
	atMost, coverage, step := text(string(card.LevelAtMost)), text(coverageText(card)), text("")
	if columns == 4 && card.Score != nil {
		score = text(fmt.Sprintf("%.1f", *card.Score))
	}
	if card.Level == card.LevelAtMost {
		atMost = toned(faint, string(card.LevelAtMost))
	}
	if len(card.NextSteps) > 0 {
		step = text(clean(card.NextSteps[0].Check) + " → " + string(card.NextLevel))
	}
	if card.Service.Unscored != "" {
		dash := toned(faint, "–")
		level, atMost, score, coverage, fails, unknowns, step = dash, dash, toned(faint, "not scored"), dash, dash, dash, text("")
	}
	if columns == 4 {
		return []span{level, service, score, fails}
	}
	return []span{level, atMost, service, score, coverage, fails, unknowns, step}[:columns]
}

func number(t tone, n int) span {
	if n == 0 {
		return toned(faint, "0")
	}
	return toned(t, fmt.Sprint(n))
}

// closing says what was counted and where more is to be had.
func (c *canvas) closing(recs []scorecard.Record) {
	n := tally(recs...)
	c.blank()
	c.para(0, 2,
		text(count(len(recs), "service")+", "+count(n[scorecard.Pass]+n[scorecard.Fail]+n[scorecard.Unknown]+n[scorecard.NotApplicable], "result")+": "),
		toned(good, fmt.Sprintf("%d pass", n[scorecard.Pass])), text(", "),
		toned(bad, fmt.Sprintf("%d FAIL", n[scorecard.Fail])), text(", "),
		toned(warning, fmt.Sprintf("%d unknown", n[scorecard.Unknown])), text(", "),
		text(fmt.Sprintf("%d not applicable.", n[scorecard.NotApplicable])))
	if c.opts.Verbose {
		return
	}
	hint := "What to write for each failure, all evidence, and why a check does not apply: --verbose"
	if len(recs) > FleetSize {
		hint = "Evidence and what to write: --service NAME --verbose, or --verbose for all"
	}
	c.para(0, 2, toned(faint, hint+". What a check asks and why: seaworthy checks explain ID."))
}

func levelTone(l scorecard.Level) tone {
	switch l {
	case scorecard.None:
		return bad
	case scorecard.Bronze:
		return warning
	case scorecard.Gold:
		return gold
	case scorecard.Platinum:
		return platinum
	}
	return strong
}

// verdict is how an outcome is shown: a symbol and a word, and a colour that
// repeats them.
func verdict(o scorecard.Outcome) (symbol, word string, t tone) {
	switch o {
	case scorecard.Pass:
		return "✓", "pass", good
	case scorecard.Fail:
		return "✗", "FAIL", bad
	case scorecard.Unknown:
		return "?", "unknown", warning
	}
	return "–", "n/a", faint
}

// byPillar groups results in the order in which pillars are shown.
func byPillar(results []scorecard.Result) [][]scorecard.Result {
	var out [][]scorecard.Result
	for _, p := range scorecard.Pillars() {
		of := slices.DeleteFunc(slices.Clone(results), func(r scorecard.Result) bool { return r.Pillar != p })
		if len(of) > 0 {
			out = append(out, of)
		}
	}
	return out
}
