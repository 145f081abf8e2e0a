package docs

import (
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// partsOf finds what the pieces say in parts of their own; the heading at skip is the
// title. Where blank is set, a heading counts without anything below it: a form is
// empty until it is filled in.
type partsOf struct {
	o        *outline
	from, to int
	skip     int
	lexicon  []meaning
	blank    bool
	found    map[scorecard.PartKind]int // lines
}

func (o *outline) parts(from, to, skip int, lexicon []meaning, blank bool) *partsOf {
	p := &partsOf{o: o, from: from, to: to, skip: skip, lexicon: lexicon, blank: blank, found: map[scorecard.PartKind]int{}}
	for i := from; i < to; i++ {
		switch x := o.pieces[i]; x.kind {
		case heading:
			if i != skip {
				p.heading(i)
			}
		case prose:
			p.prose(i)
		case row:
			p.row(i)
		case quoted:
			if blank {
				p.say(x.text, x.line, "", false)
			}
		}
	}
	return p
}

// list gives the parts in the order of their kinds' names.
func (p *partsOf) list() (out []scorecard.DocumentPart) {
	for kind, line := range p.found {
		out = append(out, scorecard.DocumentPart{Kind: kind, Line: line})
	}
	slices.SortFunc(out, func(a, b scorecard.DocumentPart) int { return strings.Compare(string(a.Kind), string(b.Kind)) })
	return out
}

func (p *partsOf) add(kind scorecard.PartKind, line int) {
	if _, ok := p.found[kind]; !ok {
		p.found[kind] = line
	}
}

// say adds what the text of a heading or label means, where something is said about it.
func (p *partsOf) say(text string, line int, about string, content bool) {
	if len(text) > maxHeading {
		return
	}
	for _, kind := range mean(text, p.lexicon) {
		switch {
		case kind == scorecard.EscalationPart && !answers(about):
		case content || p.blank:
			p.add(kind, line)
		}
	}
}

// section gives the index behind the pieces below a heading.
func (p *partsOf) section(i int) int {
	for j := i + 1; j < p.to; j++ {
		if x := p.o.pieces[j]; x.kind == heading && x.level <= p.o.pieces[i].level {
			return j
		}
	}
	return p.to
}

func (p *partsOf) heading(i int) {
	x := p.o.pieces[i]
	end := p.section(i)
	about, content := p.said(i+1, end)
	p.say(x.text, x.line, about, content)
}

// said is the text of pieces, and whether it says something.
func (p *partsOf) said(from, to int) (text string, content bool) {
	var b strings.Builder
	for _, x := range p.o.pieces[from:min(to, from+maxPieces)] {
		switch x.kind {
		case step:
			b.WriteString("\n* ")
		case command:
			content = true
		case row:
			if !x.header {
				b.WriteString("\n* " + strings.Join(x.cells, " "))
				content = content || slices.ContainsFunc(x.cells, says)
			}
		case prose:
			b.WriteString("\n" + x.text)
			content = content || says(x.text)
		}
		if b.Len() > maxSaid {
			break
		}
	}
	return b.String(), content
}

// maxSaid and maxPieces bound what is looked through of one part.
const (
	maxSaid   = 8 << 10
	maxPieces = 300
	// maxColumns bounds the columns of a table.
	maxColumns = 30
)

// prose reads labels at the beginning of lines, and sentences that name whom to call.
func (p *partsOf) prose(i int) {
	x := p.o.pieces[i]
	lines := strings.Split(x.text, "\n")
	for n, line := range lines {
		if label, rest := labelOf(line); label != "" {
			about, content := rest, says(rest)
			if strings.TrimSpace(rest) == "" { // what it stands above
				end := i + 1
				for end < min(p.to, i+maxPieces) && p.o.pieces[end].kind != heading && !bare(p.o.pieces[end]) {
					end++
				}
				after := strings.Join(lines[n+1:min(len(lines), n+maxPieces)], "\n")
				text, more := p.said(i+1, end)
				about, content = after+text, says(after) || more
			}
			p.say(label, x.line+n, about, content)
		}
		p.phrases(line, x.line+n)
	}
}

// bare reports whether a piece is a label alone, which ends what stood below another.
func bare(x piece) bool {
	label, rest := labelOf(x.text)
	return x.kind == prose && label != "" && strings.TrimSpace(rest) == "" && !strings.Contains(x.text, "\n")
}

func (p *partsOf) row(i int) {
	x := p.o.pieces[i]
	line := strings.Join(x.cells, " | ")
	p.phrases(line, x.line)
	if !x.header {
		if len(x.cells) > 1 {
			rest := strings.Join(x.cells[1:], " ")
			p.say(x.cells[0], x.line, rest, says(rest))
		}
		return
	}
	for column, name := range x.cells[:min(len(x.cells), maxColumns)] {
		var about strings.Builder
		for j := i + 1; j < min(p.to, i+maxPieces) && p.o.pieces[j].kind != heading && !p.o.pieces[j].header; j++ {
			if c := p.o.pieces[j]; c.kind == row && column < len(c.cells) {
				about.WriteString("\n* " + c.cells[column])
			}
		}
		p.say(name, x.line, about.String(), says(about.String()))
	}
	if timed(x.cells) {
		p.timeline(x.line)
	}
}

var (
	escalates = lazyregexp.New(`(?i)\bescalate[sd]?\b(?:\s+\S+){0,5}?\s+to\s+\S`)
	calls     = lazyregexp.New(`(?i)\b(?:page|call|contact|notify|ping|reach out to|hand over to|hand off to|raise (?:it |this )?(?:with|to))\b(?:\s+\S+){0,4}?\s*(?:\bteam\b|\bon[- ]?call\b|@[\w-]+|\B#[a-z][\w-]+|\bengineers?\b|\bmanager\b|\bsupport\b|\bSREs?\b|\bDBAs?\b|\blead\b)`)
	board     = lazyregexp.New(`(?i)<?\bhttps?://[^\s<>]*(?:dashboard|grafana|kibana|datadog|newrelic|new-relic|cloudwatch|console\.cloud\.google\.com/monitoring|honeycomb|signalfx|chronosphere|lightstep|dynatrace|appdynamics|wavefront|sentry|prometheus|thanos|/d/|/d-solo/)[^\s<>]*|dashboards?\b[^<\n]{0,40}<[^>\s]+>`)
)

// phrases finds what a sentence says by its form.
func (p *partsOf) phrases(line string, at int) {
	if len(line) > maxSaid {
		line = line[:maxSaid]
	}
	lower := strings.ToLower(line)
	if escalates.MatchString(line) && !strings.Contains(lower, "not escalate") || calls.MatchString(line) && !strings.Contains(lower, "do not ") {
		p.add(scorecard.ContactPart, at)
	}
	if board.MatchString(line) {
		p.add(scorecard.DashboardPart, at)
	}
}

// labelOf parts a line into the label that it begins with and what follows: what is in
// bold, or a few words before a colon.
func labelOf(line string) (label, rest string) {
	line = strings.TrimSpace(line)
	if after, ok := strings.CutPrefix(line, labelStart); ok {
		label, rest, _ = strings.Cut(after, labelEnd)
		rest = strings.TrimLeft(rest, " :–—-")
		return strings.TrimRight(strings.TrimSpace(label), ":"), rest
	}
	name, after, ok := strings.Cut(line, ":")
	if !ok || len(strings.Fields(name)) > 4 || strings.ContainsAny(name, "<>(`/") || strings.HasPrefix(after, "//") || after != "" && after[0] != ' ' {
		return "", ""
	}
	return name, strings.TrimSpace(after)
}

// plain is a piece's text without its marks.
func plain(text string) string {
	return strings.TrimSpace(strings.NewReplacer(labelStart, "", labelEnd, "", "\n", " ").Replace(text))
}

var nothingSaid = lazyregexp.New(`(?i)^[\s*:|.…_-]*(?:(?:tbd|todo|to be (?:done|defined|determined|written|added)|to do|n/?a|none|xxx|fixme|coming soon|work in progress|wip|lorem ipsum)\b[\s.!:…-]*)*$`)

// says reports whether a text says anything: not only that it is to be written.
func says(text string) bool { return !nothingSaid.MatchString(plain(text)) }

var (
	contact = lazyregexp.New(`(?i)@[\w-]+|(?:^|[\s(*])#[a-z][\w-]+|[\w.+-]+@[\w-]+\.\w+|https?://|\+?\d[\d ()-]{7,}\d|\b(?:team|on[- ]?call|manager|lead|engineers?|director|cto|head of|vendor|support|admin\w*|primary|secondary|owner|commander|sres?|dbas?)\b`)
	delay   = lazyregexp.New(`(?i)\b\d+\s*(?:m|min|mins|minutes?|h|hr|hrs|hours?)\b`)
	listed  = lazyregexp.New(`(?m)^\* +\S`)
)

// answers reports whether what is said of escalation is more than that there is one:
// steps, times, or somebody to turn to.
func answers(text string) bool {
	return says(text) && (contact.MatchString(text) || delay.MatchString(text) || len(listed.FindAllString(text, 2)) > 1)
}
