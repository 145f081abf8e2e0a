package docs

import (
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// maxActions bounds the action items that are kept of one document.
const maxActions = 200

// timeline adds the part that says what happened when.
func (p *partsOf) timeline(line int) {
	for _, m := range p.lexicon {
		if m.kind == scorecard.TimelinePart {
			p.add(m.kind, line)
		}
	}
}

// timed reports whether a table's columns are those of a timeline.
func timed(columns []string) bool {
	when, what := false, false
	for _, c := range columns {
		ws := words(c)
		has := func(list ...string) bool {
			return slices.ContainsFunc(ws, func(w string) bool { return slices.Contains(list, w) })
		}
		when = when || has("time", "timestamp", "when", "utc")
		what = what || has("event", "events", "what", "description", "action", "happened", "details", "who", "activity", "note", "notes")
	}
	return when && what
}

var clock = lazyregexp.New(`(?i)^[\s*\x01\x02(\x60\[~]*(?:\d{4}-\d\d-\d\d[T ,]+)?(?:\d{1,2}[:.h]\d\d|hh:mm|t[+-]\d)`)

// clocked finds a list of what happened when: three items or lines that begin with a time.
func (p *partsOf) clocked() {
	n, first := 0, 0
	for _, x := range p.o.pieces[p.from:p.to] {
		if x.kind != prose {
			continue
		}
		for i, line := range strings.Split(x.text, "\n") {
			if clock.MatchString(line) {
				if n++; n == 1 {
					first = x.line + i
				}
			}
		}
	}
	if n >= 3 {
		p.timeline(first)
	}
}

// actions are the things to do: the rows of tables and the items of lists below the
// headings and labels that say so.
func (p *partsOf) actions() (out []scorecard.ActionItem) {
	for i := p.from; i < p.to; i++ {
		x := p.o.pieces[i]
		title := ""
		switch x.kind {
		case heading:
			title = x.text
		case prose:
			if bare(x) {
				title, _ = labelOf(x.text)
			}
		}
		if i == p.skip || title == "" || !slices.Contains(mean(title, forPostmortems), scorecard.ActionsPart) {
			continue
		}
		end := p.section(i)
		if x.kind == prose {
			for end = i + 1; end < p.to && p.o.pieces[end].kind != heading && !bare(p.o.pieces[end]); end++ {
			}
		}
		out = append(out, p.actionsIn(i+1, end)...)
		i = end - 1
	}
	return out[:min(len(out), maxActions)]
}

func (p *partsOf) actionsIn(from, to int) (out []scorecard.ActionItem) {
	var columns []string
	for i := from; i < to; i++ {
		switch x := p.o.pieces[i]; x.kind {
		case row:
			if x.header {
				columns = x.cells
			} else if a, ok := actionRow(columns, x); ok {
				out = append(out, a)
			}
		case step:
			items, end := p.actionItems(i, to)
			out = append(out, items...)
			i = end - 1
		}
	}
	return out
}

var (
	ownerColumn = lazyregexp.New(`(?i)\b(?:owners?|assignee|assigned|who|responsible|dri|person|lead|team|by whom)\b`)
	stateColumn = lazyregexp.New(`(?i)\b(?:status|state|done|completed?|progress|resolved|closed)\b`)
	linkColumn  = lazyregexp.New(`(?i)\b(?:ticket|issue|bug|jira|link|tracking|tracker|pr|mr|reference|ref|url)s?\b`)
	reference   = lazyregexp.New(`https?://|<[^>\s]+>|(?:^|[\s(\[/,])[#!]\d+\b|\b[A-Z][A-Z0-9]{1,9}-\d+\b|\b[\w.-]+/[\w.-]+#\d+\b|\bGH-\d+\b`)
	nobody      = lazyregexp.New(`(?i)^[\s?_.…\x01\x02*<>\[\]-]*(?:(?:tbd|todo|n/?a|none|nobody|unassigned|unknown|owner|name|person|team|your name|@?(?:owner|name|person|user|username|assignee|handle))\b[\s?>.\]-]*)?$`)
	person      = lazyregexp.New(`(?i)(?:^|[\s([,])@[a-z\d][\w./-]*|[\w.+-]+@[\w-]+\.\w+|\b(?:owned by|assigned to)\s+\w|\b(?:owner|assignee|dri|responsible|lead|who)\b[\s*\x01\x02]*[:=][\s*\x01\x02]*\[?@?\w`)
	unfilled    = lazyregexp.New(`(?i)\b(?:owner|assignee|assigned to|dri|responsible)\b[\s:*=\x01\x02]+(?:tbd|todo|n/?a|none|nobody|unassigned|unknown|\?)`)
	settled     = lazyregexp.New(`(?i)\[[ x]\]|\b(?:status|state)\b[\s:*\x01\x02]+\w|[✅☑✔❌🚧⏳🔄]|\[(?:done|open|closed|wip|in progress|todo)\]|\((?:done|open|closed|completed?|fixed|in progress|todo|wip|merged)\)|(?:^|[\s*:–—-])(?:DONE|OPEN|CLOSED|IN PROGRESS|FIXED|TODO)\b|\b(?:done|completed|closed|fixed|merged|in progress)\s*[.!)]*$|~~`)
)

// actionRow makes an action item of a table's row; false for one that is empty.
func actionRow(columns []string, x piece) (scorecard.ActionItem, bool) {
	a := scorecard.ActionItem{Line: x.line}
	filled := 0
	for i, cell := range x.cells {
		if nobody.MatchString(cell) {
			continue
		}
		filled++
		column := ""
		if i < len(columns) {
			column = columns[i]
		}
		switch {
		case ownerColumn.MatchString(column) || person.MatchString(cell):
			a.Owner = true
		case stateColumn.MatchString(column), settled.MatchString(cell):
			a.State = true
		}
		a.Link = a.Link || reference.MatchString(cell) || linkColumn.MatchString(column)
	}
	return a, filled > 0
}

// actionItems makes action items of the list item at from, and gives the index behind
// it. Where its own items are tasks or name their owners, these are the things to do.
func (p *partsOf) actionItems(from, to int) (out []scorecard.ActionItem, end int) {
	end = from + 1
	for end < to && !(p.o.pieces[end].kind == step && p.o.pieces[end].level <= p.o.pieces[from].level) && p.o.pieces[end].kind != heading && p.o.pieces[end].kind != row {
		end++
	}
	own := from + 1
	for own < end && p.o.pieces[own].kind != step {
		own++
	}
	if own < end {
		head, _ := p.said(from, own)
		for i := own; i < end; {
			items, next := p.actionItems(i, end)
			out = append(out, items...)
			i = next
		}
		if !task(head) && slices.ContainsFunc(out, func(a scorecard.ActionItem) bool { return a.Owner && (a.Link || a.State) || a.State }) {
			return out, end
		}
	}
	text, content := p.said(from, end)
	if !content || strings.Trim(text, "* []\n") == "" {
		return nil, end
	}
	return []scorecard.ActionItem{{
		Line: p.o.pieces[from].line, Owner: person.MatchString(text) && !unfilled.MatchString(text),
		Link: reference.MatchString(text), State: settled.MatchString(text),
	}}, end
}

var box = lazyregexp.New(`\[[ xX]\]`)

// task reports whether a list item has a check box, or an owner, of its own.
func task(text string) bool { return box.MatchString(text) || person.MatchString(text) }
