package docs

import (
	"strings"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var (
	// planWords are what a plan of capacity is about.
	planWords = lazyregexp.New(`(?i)\b(?:forecast\w*|headroom|expected (?:growth|load|traffic|demand|peak)|growth|projected|projections?|(?:load|scaling|capacity|throughput|hard|soft|known|resource|service) limits?|limits?|saturat\w*|bottlenecks?|peak (?:load|traffic|demand)|maximum (?:load|throughput|traffic|capacity)|max (?:load|throughput|traffic|rps|qps))\b`)
	// measured is a number with what it counts, a share or a factor.
	measured = lazyregexp.New(`(?i)\b\d[\d,.]*\s*(?:%|x\b|k\b|m\b|rps|qps|tps|rpm|req|requests|users|messages|events|connections|orders|sessions|jobs|per |/\s*(?:s|sec|min|h|day)\b|[kmgt]i?b?\b|cpus?|cores?|pods?|replicas?|nodes?|instances?|gpus?)`)
)

// capacity finds where a plan gives a forecast, the headroom or a limit a number: in one
// line, or below a heading or column of that name.
func (o *outline) capacity(from, to, skip int) []scorecard.DocumentPart {
	p := &partsOf{o: o, from: from, to: to}
	for i := from; i < to; i++ {
		x := o.pieces[i]
		switch {
		case i == skip:
		case x.kind == heading && planWords.MatchString(x.text):
			if text, _ := p.said(i+1, p.section(i)); measured.MatchString(text) {
				return []scorecard.DocumentPart{{Kind: scorecard.CapacityPart, Line: x.line}}
			}
		case x.kind == row:
			text := strings.Join(x.cells, " ")
			if x.header && planWords.MatchString(text) {
				rows, _ := p.said(i+1, p.rows(i))
				text += rows
			}
			if planWords.MatchString(text) && (measured.MatchString(text) || x.header && digits.MatchString(text)) {
				return []scorecard.DocumentPart{{Kind: scorecard.CapacityPart, Line: x.line}}
			}
		case x.kind == prose:
			for n, line := range strings.Split(x.text, "\n") {
				if planWords.MatchString(line) && measured.MatchString(line) {
					return []scorecard.DocumentPart{{Kind: scorecard.CapacityPart, Line: x.line + n}}
				}
			}
		}
	}
	return nil
}

var digits = lazyregexp.New(`\d`)

// rows gives the index behind the rows below a table's header.
func (p *partsOf) rows(i int) int {
	j := i + 1
	for j < p.to && p.o.pieces[j].kind == row && !p.o.pieces[j].header {
		j++
	}
	return j
}

// capacitySections are the sections of a README that are a plan of capacity with a number.
func (o *outline) capacitySections(p string) (out []scorecard.Document) {
	for _, s := range o.headed(func(text string) bool { return kindOfName(flatWords(text)) == scorecard.CapacityPlan }) {
		if d := o.sectionOf(s, scorecard.CapacityPlan, p); len(d.Parts) > 0 && d.Parts[0].Kind == scorecard.CapacityPart {
			out = append(out, d)
		}
	}
	return out
}
