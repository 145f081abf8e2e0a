package report

import (
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// evidenceOf is the evidence to show, and how much more there is; what is right is left
// out of a failure unless verbose.
func (c *canvas) evidenceOf(r *scorecard.Result) (shown []scorecard.Evidence, rest int) {
	if c.opts.Verbose {
		return r.Evidence, r.EvidenceTotal - len(r.Evidence)
	}
	if r.Outcome != scorecard.Fail && r.Outcome != scorecard.Unknown {
		return nil, 0
	}
	for _, e := range r.Evidence {
		if e.Outcome != scorecard.Pass {
			shown = append(shown, e)
		}
	}
	total := r.EvidenceTotal
	// Those that were not kept are of the last rank that was.
	if n := len(r.Evidence); n > 0 && len(shown) < n {
		total = len(shown)
	}
	shown = shown[:min(len(shown), shortEvidence)]
	return shown, total - len(shown)
}

// evidence lists where it was seen.
func (c *canvas) evidence(shown []scorecard.Evidence, rest int) {
	const indent, hang = 7, 9
	for _, e := range shown {
		symbol, _, t := verdict(e.Outcome)
		spans := []span{toned(t, symbol+" "), c.at(e.Location), text(": " + clean(e.Message))}
		if c.opts.Verbose {
			if more := c.detail(e.Location); more != "" {
				spans = append(spans, toned(faint, " ("+more+")"))
			}
		}
		c.para(indent, hang, spans...)
	}
	if rest > 0 && len(shown) > 0 {
		c.para(hang, hang, toned(faint, fmt.Sprintf("… and %d more", rest)))
	}
}

// detail is what a location says besides its path.
func (c *canvas) detail(l scorecard.Location) string {
	var parts []string
	if l.Path != "" && l.Object != (scorecard.ObjectRef{}) {
		parts = append(parts, strings.TrimSpace(l.Object.String()+" "+l.Field))
	}
	detail := clean(strings.Join(parts, ", "))
	if l.Form != "" && l.Form != c.judged {
		return strings.TrimPrefix(detail+", from "+c.formName(l.Form), ", ")
	}
	return detail
}

// first is where the result's first piece of evidence was seen, and how many more there are.
func (c *canvas) first(r *scorecard.Result) []span {
	if len(r.Evidence) == 0 {
		return nil
	}
	out := []span{text(" "), fixed(faint, "· "), c.at(r.Evidence[0].Location)}
	if rest := r.EvidenceTotal - 1; rest > 0 {
		out = append(out, text(" "), fixed(faint, fmt.Sprintf("(and %d more)", rest)))
	}
	return out
}

// at is a location as a span that is never broken, and clickable where it can be.
func (c *canvas) at(l scorecard.Location) span {
	s := fixed(place, clean(l.String()))
	s.link = c.fileLink(l.Path)
	return s
}
