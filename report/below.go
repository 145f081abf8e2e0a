package report

import (
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// hidden says what the gaps mean for verdicts.
func hidden(gaps []scorecard.Gap) string {
	for _, g := range gaps {
		if len(g.Hides) > 0 {
			return ": what would read it is unknown"
		}
	}
	return ", no verdict depends on it"
}

// gaps lists what could not be seen.
func (c *canvas) gaps(indent int, gaps []scorecard.Gap) {
	if len(gaps) == 0 {
		return
	}
	c.blank()
	c.para(indent, indent+2, toned(strong, "could not be seen"), text(" ("+count(len(gaps), "gap")+hidden(gaps)+")"))
	shown := gaps
	if !c.opts.Verbose {
		shown = gaps[:min(len(gaps), shortGaps)]
	}
	for _, g := range shown {
		c.para(indent+2, indent+4, toned(warning, "! "), c.at(g.Location), text(": "+gapText(g)))
	}
	if rest := len(gaps) - len(shown); rest > 0 {
		c.para(indent+4, indent+4, toned(faint, fmt.Sprintf("… and %d more", rest)))
	}
}

// notes lists what was left out of the whole scan on purpose.
func (c *canvas) notes() {
	notes := notesOf(c.opts)
	if len(notes) == 0 {
		return
	}
	c.blank()
	c.para(0, 2, toned(strong, "left out on purpose"), text(fmt.Sprintf(" (%s, without effect on any verdict)", count(len(notes), "note"))))
	shown := notes
	if !c.opts.Verbose {
		shown = notes[:min(len(notes), shortGaps)]
	}
	for _, n := range shown {
		spans := []span{text("· ")}
		if p := n.Location.Path; p != "" && p != "." && !strings.HasPrefix(n.Message, p) {
			spans = append(spans, c.at(n.Location), text(": "))
		}
		c.para(2, 4, append(spans, text(clean(n.Message)))...)
	}
	if rest := len(notes) - len(shown); rest > 0 {
		c.para(4, 4, toned(faint, fmt.Sprintf("… and %d more", rest)))
	}
}

// gapText is the gap's message without the location where it only repeats it.
func gapText(g scorecard.Gap) string {
	return clean(strings.TrimPrefix(g.Message, g.Location.String()+": "))
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
	c.blank()
	c.para(1, 3, toned(strong, "next steps to "+string(card.NextLevel)), text(", cheapest first"))
	shown := card.NextSteps
	if !c.opts.Verbose {
		shown = shown[:min(len(shown), shortSteps)]
	}
	for i, s := range shown {
		number := fmt.Sprintf("%2d. ", i+1)
		what := clean(s.Title)
		if s.Outcome == scorecard.Unknown {
			what += " (let it be seen)"
		}
		c.para(3, 3+len(number), fixed(plain, number), toned(strong, clean(s.Check)), toned(faint, " ("+effortText(s.Effort)+") "), text(what))
	}
	if rest := len(card.NextSteps) - len(shown); rest > 0 {
		c.para(7, 7, toned(faint, fmt.Sprintf("… and %d more", rest)))
	}
}
