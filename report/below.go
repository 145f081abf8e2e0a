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
		spans := []span{toned(warning, "! ")}
		if at := c.at(gapPlace(g)); at.text != "" {
			spans = append(spans, at, text(": "))
		}
		c.para(indent+2, indent+4, append(spans, text(gapText(g)))...)
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

// gapPlace is the gap's location, none where that is the whole folder.
func gapPlace(g scorecard.Gap) scorecard.Location {
	if g.Location.Path == "." {
		return scorecard.Location{}
	}
	return g.Location
}

// gapText is the gap's message without the location where it only repeats it.
func gapText(g scorecard.Gap) string {
	return clean(strings.TrimPrefix(g.Message, g.Location.String()+": "))
}
