package report

import (
	"fmt"
	"io"
	"slices"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// Terminal writes the records for a person at a terminal: a table of the services
// where there are several, then each service with its level, score, results by
// pillar, gaps and next steps, the worst service first. With more than FleetSize
// services each gets a few lines only, and beyond FleetSections none, unless
// Options.Verbose. The error is the writer's.
func Terminal(w io.Writer, recs []scorecard.Record, o Options) error {
	s := NewSheet(o)
	for _, rec := range recs {
		s.Add(rec)
	}
	return s.Write(w, o.Notes)
}

// whyNothing is what there is to say where nothingKnown.
const whyNothing = "every check is unknown until the gaps below are closed"

// nothingKnown reports whether gaps leave nothing to say of any service, as in a folder
// without a file.
func nothingKnown(recs []scorecard.Record) bool {
	for _, rec := range recs {
		if rec.Scorecard.Coverage > 0 || len(rec.Scorecard.Gaps) == 0 || rec.Scorecard.Service.Unscored != "" {
			return false
		}
	}
	return true
}

// closing says what was counted and where more is to be had.
func (c *canvas) closing(services int, n map[scorecard.Outcome]int) {
	c.blank()
	counted := func(t tone, n int, word string) span {
		if n == 0 {
			t = faint
		}
		return toned(t, fmt.Sprintf("%d %s", n, word))
	}
	c.para(0, 2,
		text(count(services, "service")+", "+count(applying(n)+n[scorecard.NotApplicable], "result")+": "),
		counted(good, n[scorecard.Pass], "pass"), text(", "),
		counted(bad, n[scorecard.Fail], "FAIL"), text(", "),
		counted(warning, n[scorecard.Unknown], "unknown"), text(", "),
		text(fmt.Sprintf("%d not applicable.", n[scorecard.NotApplicable])))
	if c.opts.Verbose {
		return
	}
	hint := "What to write for each failure, all evidence, and why a check does not apply: --verbose"
	if services > FleetSize {
		hint = "Evidence and what to write: --service NAME --verbose, or --verbose for all"
	}
	c.para(0, 2, toned(faint, hint+". What a check asks and why: seaworthy checks show ID."))
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
