package report

import (
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// How much of a service is shown without Options.Verbose.
const (
	shortEvidence = 3
	shortGaps     = 5
	shortSteps    = 5
	shortNames    = 12 // of checks that do not apply, in a fleet
)

// service shows one service in full.
func (c *canvas) service(rec scorecard.Record, name string) {
	card := rec.Scorecard
	c.head(card, name)
	if card.Service.Unscored != "" {
		c.para(3, 3, toned(faint, "not scored: "), text(clean(card.Service.Unscored)))
		c.gaps(3, card.Gaps)
		return
	}
	shown, folded, hidden := fold(card.Results, c.opts)
	c.others(shown)
	c.blank()
	for _, group := range byPillar(shown) {
		c.para(1, 1, toned(strong, clean(string(group[0].Pillar))))
		for i := range group {
			c.result(&group[i], longest(card.Results))
		}
	}
	if len(hidden) > 0 {
		if len(shown) > 0 {
			c.blank()
		}
		c.para(1, 3, toned(warning, "? unknown"), text(" while there are gaps (see below): "+hiddenText(hidden, card)))
	}
	if len(folded) > 0 {
		c.blank()
		c.para(1, 3, toned(faint, "does not apply: "+strings.Join(folded, ", ")))
	}
	c.gaps(1, card.Gaps)
	c.steps(card)
}

// fold parts the results that get a line from the checks that are only named: those that
// do not apply, and those that are unknown for nothing but a gap, which is told once
// below. With Verbose, or where checks were asked for, all get a line; so does a check
// that comes out differently in another form.
func fold(results []scorecard.Result, o Options) (shown []scorecard.Result, folded, hidden []string) {
	if o.Verbose || len(o.Only) > 0 {
		return results, nil, nil
	}
	for i := range results {
		switch r := &results[i]; {
		case len(r.Otherwise) > 0:
			shown = append(shown, *r)
		case r.Outcome == scorecard.NotApplicable:
			folded = append(folded, clean(r.Check))
		case onlyHidden(r):
			hidden = append(hidden, clean(r.Check))
		default:
			shown = append(shown, *r)
		}
	}
	return shown, folded, hidden
}

// notAllSeen begins the clause of a reason that names a gap. Judge puts a "but" before it
// where the gap alone makes the check unknown.
const notAllSeen = "not all could be seen"

// onlyHidden reports whether a gap alone makes the check unknown.
func onlyHidden(r *scorecard.Result) bool {
	return r.Outcome == scorecard.Unknown && len(r.Gaps) > 0 && strings.Contains(r.Reason, ", but "+notAllSeen+": "+r.Gaps[0].Message)
}

// hiddenText names the checks that a gap hides, unless those are all there are.
func hiddenText(hidden []string, card *scorecard.Scorecard) string {
	if len(hidden) == len(card.Results) {
		return fmt.Sprintf("all %d checks", len(hidden))
	}
	return strings.Join(hidden, ", ")
}

// head is the service's name with what is known of it as a whole.
func (c *canvas) head(card *scorecard.Scorecard, name string) {
	s := card.Service
	c.blank()
	c.rule(name)
	if s.Unscored == "" {
		spans := []span{toned(levelTone(card.Level), string(card.Level))}
		if card.Level != card.LevelAtMost {
			spans = append(spans, text(" (at most "+string(card.LevelAtMost)+")"))
		}
		spans = append(spans, text(" · score "), toned(strong, scoreText(card)), text(" · coverage "+coverageText(card)))
		c.para(3, 3, append(spans, c.rests(card)...)...)
	}
	about := join(labelled("owner ", s.Owner), labelled("tier ", s.Tier), labelled("system ", s.System), labelled("", s.Lifecycle), "found by "+string(s.Discovery))
	where := []span{toned(faint, about)}
	if s.Location.Path != "" && s.Location.Path != "." {
		where = append(where, text(" "), fixed(faint, "· "), c.at(s.Location))
	}
	c.para(3, 3, where...)
	c.forms(card)
}

// rests says on how many of the checks the verdict rests. It is a warning where those are
// few: a score over six checks says less than one over thirty.
func (c *canvas) rests(card *scorecard.Scorecard) (spans []span) {
	if len(c.opts.Only) > 0 || len(card.Results) == 0 {
		return nil
	}
	t := plain
	if 4*answered(tally(scorecard.Record{Scorecard: card})) <= len(card.Results) {
		t = warning
	}
	for i, part := range strings.SplitAfter(restsText(card), ",") {
		if i == 0 {
			part = "· " + part
		}
		spans = append(spans, text(" "), fixed(t, strings.TrimSpace(part)))
	}
	return spans
}

// restsText is `6 of 41 checks apply`, or `9 of 41 checks answered, 29 unknown`: of what is
// unknown it may be unknown whether it applies.
func restsText(card *scorecard.Scorecard) string {
	n := tally(scorecard.Record{Scorecard: card})
	s := fmt.Sprintf("%d of %s ", answered(n), count(len(card.Results), "check"))
	if n[scorecard.Unknown] > 0 {
		return s + fmt.Sprintf("answered, %d unknown", n[scorecard.Unknown])
	}
	return s + "apply"
}

// answered is how many checks the score is made of.
func answered(n map[scorecard.Outcome]int) int { return n[scorecard.Pass] + n[scorecard.Fail] }

func labelled(label, s string) string {
	if s == "" {
		return ""
	}
	return label + clean(s)
}

// result is one check's line, with evidence and what to do below it.
func (c *canvas) result(r *scorecard.Result, longest int) {
	shown, rest := c.evidenceOf(r)
	switch {
	case c.opts.Verbose:
		c.line(r, longest)
		c.evidence(shown, rest)
	case r.Outcome == scorecard.Pass:
		c.line(r, longest, c.first(r)...)
	case len(shown) == 1 && rest == 0 && strings.Contains(r.Reason, shown[0].Message):
		// The evidence adds nothing to the reason but its place.
		c.line(r, longest, text(" "), fixed(faint, "· "), c.at(shown[0].Location))
	default:
		c.line(r, longest)
		c.evidence(shown, rest)
	}
	for _, v := range r.Otherwise {
		_, word, _ := verdict(v.Outcome)
		c.para(7, 9, toned(faint, "otherwise "+word+" in "+c.formName(v.Form)+": "+clean(v.Reason)))
	}
	if r.Remediation != "" && r.Outcome == scorecard.Fail {
		c.remediation(r)
	}
}

// line is a result's outcome, check and reason, side by side where there is room.
func (c *canvas) line(r *scorecard.Result, longest int, more ...span) {
	const indent, hang = 3, 5
	symbol, word, t := verdict(r.Outcome)
	id, reason := toned(plain, clean(r.Check)), text(reasonText(r))
	switch r.Outcome {
	case scorecard.NotApplicable:
		id.tone, reason.tone = faint, faint
	case scorecard.Fail, scorecard.Unknown:
		id.tone = strong
	}
	outcome := symbol + " " + padRight(word, 7) + "  "
	c.b.WriteString(blanks(indent))
	c.paint(toned(t, outcome))
	used := indent + width(outcome)
	if column := used + longest + 2; c.prose()-column >= 30 {
		c.paint(id)
		c.flow(column, column, used+id.width(), append([]span{reason}, more...))
		return
	}
	c.flow(used, hang, used, []span{id})
	c.para(hang, hang, append([]span{reason}, more...)...)
}

// reasonText is the result's reason without the gap's message, which stands below
// once for all the results that it touches.
func reasonText(r *scorecard.Result) string {
	if len(r.Gaps) > 0 {
		if before, _, ok := strings.Cut(r.Reason, notAllSeen+": "+r.Gaps[0].Message); ok {
			return clean(before + notAllSeen + " (" + count(len(r.Gaps), "gap") + ", see below)")
		}
	}
	return clean(r.Reason)
}

// longest is the width of the longest check's name.
func longest(results []scorecard.Result) (n int) {
	for _, r := range results {
		n = max(n, width(clean(r.Check)))
	}
	return n
}

// otherwise is a line for each other form, with the checks that come out differently in it.
func (c *canvas) otherwise(results []scorecard.Result) {
	var forms []string
	in := map[string][]string{}
	for _, r := range results {
		for _, v := range r.Otherwise {
			if in[v.Form] == nil {
				forms = append(forms, v.Form)
			}
			_, word, _ := verdict(v.Outcome)
			in[v.Form] = append(in[v.Form], clean(r.Check)+" "+word)
		}
	}
	for _, f := range forms {
		c.para(3, 5, toned(faint, "otherwise in "+clean(f)+": "+strings.Join(in[f], ", ")))
	}
}

// remediation is its first paragraph, or with Verbose all of it; code is not wrapped.
func (c *canvas) remediation(r *scorecard.Result) {
	const indent = 7
	fix, markdown := toned(good, "→ fix: "), c.withoutForms(r)
	if !c.opts.Verbose {
		s, more := brief(markdown)
		switch {
		case s == "":
			return
		case more:
			s = strings.TrimRight(s, ": ") + " …"
		}
		c.para(indent, indent+2, fix, text(s))
		return
	}
	for i, b := range blocks(markdown) {
		switch {
		case b.code:
			if i == 0 {
				c.para(indent, indent, fix)
			}
			for _, line := range b.lines {
				c.verbatim(indent+4, plain, line)
			}
		case i == 0:
			c.para(indent, indent+2, fix, text(strings.Join(b.lines, " ")))
		default:
			c.para(indent+2, indent+2, text(strings.Join(b.lines, " ")))
		}
	}
}

// digest is a service of a fleet: its verdict, failures and unknowns in a line each,
// and the rest by name.
func (c *canvas) digest(rec scorecard.Record, name string) {
	card := rec.Scorecard
	c.head(card, name)
	if card.Service.Unscored != "" {
		c.para(3, 3, toned(faint, "not scored: "), text(clean(card.Service.Unscored)))
		return
	}
	of := map[scorecard.Outcome][]string{}
	var open []scorecard.Result
	for i := range card.Results {
		r := &card.Results[i]
		if r.Outcome == scorecard.Fail || r.Outcome == scorecard.Unknown && !onlyHidden(r) {
			open = append(open, *r)
			continue
		}
		of[r.Outcome] = append(of[r.Outcome], clean(r.Check))
	}
	for i := range open {
		c.line(&open[i], longest(open), c.first(&open[i])...)
	}
	if n := len(of[scorecard.NotApplicable]); n > shortNames {
		of[scorecard.NotApplicable] = []string{count(n, "check") + "; --service NAME tells which"}
	}
	for _, o := range []scorecard.Outcome{scorecard.Unknown, scorecard.Pass, scorecard.NotApplicable} {
		if len(of[o]) > 0 {
			symbol, word, t := verdict(o)
			names := strings.Join(of[o], ", ")
			if o == scorecard.Unknown {
				names = "while there are gaps (see below): " + hiddenText(of[o], card)
			}
			c.para(3, 14, toned(t, symbol+" "), fixed(t, padRight(word, 7)+"  "), toned(faint, names))
		}
	}
	c.otherwise(card.Results)
	c.stepsLine(card)
}
