package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// toDo are the next steps by what there is to do about them.
type toDo struct {
	mend []scorecard.Step
	// hidden are the checks that wait for gaps to be closed.
	hidden []string
	gaps   []scorecard.Gap
	// open are the checks for which a file leaves something open.
	open []openStep
}

// openStep is a check that is unknown, and what is not known.
type openStep struct {
	check string
	at    scorecard.Location
	what  string
}

// stepsOf sorts the next steps; their order stays. What a gap hides is told once for all
// the checks: closing it makes them known together.
func stepsOf(card *scorecard.Scorecard) (do toDo) {
	for _, s := range card.NextSteps {
		if s.Outcome != scorecard.Unknown {
			do.mend = append(do.mend, s)
			continue
		}
		i := slices.IndexFunc(card.Results, func(r scorecard.Result) bool { return r.Check == s.Check })
		if i < 0 {
			do.open = append(do.open, openStep{check: clean(s.Check), what: clean(s.Reason)})
			continue
		}
		r := &card.Results[i]
		if onlyHidden(r) {
			do.hidden = append(do.hidden, clean(r.Check))
			for _, g := range r.Gaps {
				if !slices.ContainsFunc(do.gaps, func(h scorecard.Gap) bool { return h.Location == g.Location && h.Message == g.Message }) {
					do.gaps = append(do.gaps, g)
				}
			}
			continue
		}
		open := openStep{check: clean(r.Check), what: clean(r.Reason)}
		if e := slices.IndexFunc(r.Evidence, func(e scorecard.Evidence) bool { return e.Outcome == scorecard.Unknown }); e >= 0 {
			open.at, open.what = r.Evidence[e].Location, clean(r.Evidence[e].Message)
		}
		do.open = append(do.open, open)
	}
	return do
}

// closeGaps says what to do about what could not be seen; the gaps themselves say how.
func (do toDo) closeGaps() string {
	those := fmt.Sprintf("close the %d gaps", len(do.gaps))
	if len(do.gaps) == 1 {
		those = "close the gap"
		if at := gapPlace(do.gaps[0]); at.Path != "" {
			those += " at " + clean(at.String())
		}
	}
	return those + " under “could not be seen”, so that " + count(len(do.hidden), "check") + " become known: "
}

// makeKnown says what to do where a file leaves something open.
const makeKnown = "write down what is open: "

// order says how the steps are sorted.
func (do toDo) order() string {
	if len(do.mend) > 1 {
		return ", what raises the score most first"
	}
	return ""
}

// steps lists what to do for the next level.
func (c *canvas) steps(card *scorecard.Scorecard) {
	if len(card.NextSteps) == 0 {
		if card.NextLevel == "" && card.Level != scorecard.None {
			c.blank()
			c.para(1, 3, toned(strong, "no next level"), text(": no check asks for more than "+string(card.Level)))
		}
		return
	}
	do := stepsOf(card)
	c.blank()
	c.para(1, 3, toned(strong, "next steps to "+string(card.NextLevel)), text(do.order()))
	n := 0
	item := func(spans ...span) {
		n++
		number := fmt.Sprintf("%2d. ", n)
		c.para(3, 3+len(number), append([]span{fixed(plain, number)}, spans...)...)
	}
	most := shortSteps
	if c.opts.Verbose {
		most = len(card.NextSteps)
	}
	for _, s := range do.mend[:min(len(do.mend), most)] {
		item(toned(strong, clean(s.Check)), toned(faint, " ("+effortText(s.Effort)+") "), text(clean(s.Title)))
	}
	c.more(len(do.mend) - most)
	n = len(do.mend)
	if len(do.hidden) > 0 {
		item(text(do.closeGaps()), toned(strong, strings.Join(do.hidden, ", ")))
	}
	for _, o := range do.open[:min(len(do.open), most)] {
		spans := []span{toned(strong, o.check), toned(warning, " (unknown) "), text(makeKnown + o.what)}
		if o.at.Path != "" {
			spans = append(spans, text(" "), fixed(faint, "· "), c.at(o.at))
		}
		item(spans...)
	}
	c.more(len(do.open) - most)
}

// more says how many steps were left out.
func (c *canvas) more(n int) {
	if n > 0 {
		c.para(7, 7, toned(faint, fmt.Sprintf("… and %d more", n)))
	}
}

// stepsLine is steps in one line, for a fleet.
func (c *canvas) stepsLine(card *scorecard.Scorecard) {
	if len(card.NextSteps) == 0 {
		return
	}
	var mend, open []string
	for _, s := range card.NextSteps {
		if s.Outcome == scorecard.Unknown {
			open = append(open, clean(s.Check))
			continue
		}
		mend = append(mend, clean(s.Check))
	}
	spans := []span{toned(strong, "next steps to "+string(card.NextLevel))}
	if len(mend) > 0 {
		spans = append(spans, text(": "+strings.Join(mend, ", ")))
	}
	switch known := "to make known: " + strings.Join(open, ", "); {
	case len(open) > 0 && len(mend) > 0:
		spans = append(spans, text("; "+known))
	case len(open) > 0:
		spans = append(spans, text(", "+known))
	}
	c.para(3, 5, spans...)
}
