package report

import (
	"net/url"
	"path/filepath"
	"strings"

	"github.com/clipperhouse/displaywidth"
)

// tone is what a piece of text means; colours and weights follow from it.
type tone int

const (
	plain tone = iota
	strong
	faint
	good
	bad
	warning
	place // a path
	gold
	platinum
)

// escapes are the sequences (SGR) of the tones: the sixteen colours that every
// terminal lets its user choose, and never a background.
var escapes = map[tone]string{
	strong: "\x1b[1m", faint: "\x1b[2m", good: "\x1b[32m", bad: "\x1b[1;31m",
	warning: "\x1b[33m", place: "\x1b[36m", gold: "\x1b[1;33m", platinum: "\x1b[1;36m",
}

const (
	reset     = "\x1b[m"
	linkStart = "\x1b]8;;" // then the target and linkEnd; without a target it ends the link
	linkEnd   = "\x1b\\"
)

// span is a run of text of one tone. The text must have been cleaned.
type span struct {
	text string
	tone tone
	// whole: never broken across lines, not even at its blanks.
	whole bool
	link  string // the hyperlink's target
}

func text(s string) span              { return span{text: s} }
func toned(t tone, s string) span     { return span{text: s, tone: t} }
func fixed(t tone, s string) span     { return span{text: s, tone: t, whole: true} }
func (s span) width() int             { return width(s.text) }
func width(s string) int              { return displaywidth.String(s) }
func blanks(n int) string             { return strings.Repeat(" ", max(0, n)) }
func padRight(s string, n int) string { return s + blanks(n-width(s)) }

// canvas collects laid-out lines.
type canvas struct {
	b     strings.Builder
	opts  Options
	width int
	// judged is the one form that all of the service's objects have, as its head says;
	// empty where there are several. marks stand for forms that its head names.
	judged string
	marks  map[string]string
}

func newCanvas(o Options) *canvas { return &canvas{opts: o, width: o.width()} }

// prose is the width for running text.
func (c *canvas) prose() int { return min(c.width, maxProse) }

func (c *canvas) blank() { c.b.WriteByte('\n') }

// rule draws a line across, with a title in it.
func (c *canvas) rule(title string) {
	const lead = "── "
	if width(title)+5 > c.prose() {
		c.para(0, 0, toned(strong, title))
		return
	}
	c.paint(toned(faint, lead))
	c.paint(toned(strong, title))
	c.paint(toned(faint, " "+strings.Repeat("─", c.prose()-width(lead)-width(title)-1)))
	c.blank()
}

// verbatim writes a line that is to be copied and therefore never wrapped: the
// terminal breaks it on the screen, and a selection still gives the line.
func (c *canvas) verbatim(indent int, t tone, line string) {
	if line != "" {
		c.b.WriteString(blanks(indent))
		c.paint(toned(t, line))
	}
	c.blank()
}

// para wraps the spans at the prose width: the first line starts at column first,
// the others at hang. A word is broken only when it is longer than a line, and a
// path, or a span that is whole, not even then.
func (c *canvas) para(first, hang int, spans ...span) { c.flow(first, hang, 0, spans) }

// outdent is the column of a path for which there is no room where it belongs.
const outdent = 7

// flow is para for a line on which used columns are taken already, by a label.
// Libraries that wrap for terminals break at hyphens, which would cut paths and the
// names of checks.
func (c *canvas) flow(first, hang, used int, spans []span) {
	limit := c.prose()
	column, pending, empty := first, first-used, true
	line := func() {
		c.blank()
		column, pending, empty = hang, hang, true
	}
	put := func(w word) {
		c.b.WriteString(blanks(pending))
		for _, s := range w {
			c.paint(s)
		}
		column, pending, empty = column+w.width(), 0, false
	}
	for _, rest := range words(spans) {
		for len(rest) > 0 {
			if !empty && pending == 0 {
				pending, column = 1, column+1
			}
			room := limit - column
			switch long := rest.width() > limit-hang; {
			case empty && column == hang && rest.width() > limit-hang && !rest.breakable():
				// It stands further to the left rather than beyond the edge.
				if pending = min(hang, outdent); rest.width() <= limit {
					pending = min(pending, limit-rest.width())
				}
				column = pending
				put(rest)
				rest = nil
			case rest.width() <= room, column <= hang && !rest.breakable():
				put(rest)
				rest = nil
			case column <= hang, long && rest.breakable() && room >= limit/4:
				var head word
				head, rest = rest.split(max(1, room))
				put(head)
			default:
				line()
			}
		}
	}
	c.blank()
}

// word is what stands between two blanks: pieces of one or several spans.
type word []span

func (w word) width() (n int) {
	for _, s := range w {
		n += s.width()
	}
	return n
}

func (w word) breakable() bool {
	for _, s := range w {
		if s.whole || strings.ContainsRune(s.text, '/') {
			return false
		}
	}
	return true
}

// split cuts a word after n columns, and after one character at least.
func (w word) split(n int) (head, tail word) {
	for i, s := range w {
		sw := s.width()
		if sw <= n {
			head, n = append(head, s), n-sw
			continue
		}
		cut := displaywidth.TruncateString(s.text, n, "")
		if cut == "" && len(head) == 0 {
			cut = displaywidth.TruncateString(s.text, 2, "")
		}
		if cut == "" && len(head) == 0 {
			cut = s.text
		}
		left, right := s, s
		left.text, right.text = cut, s.text[len(cut):]
		if cut != "" {
			head = append(head, left)
		}
		if right.text != "" {
			tail = append(tail, right)
		}
		return head, append(tail, w[i+1:]...)
	}
	return head, nil
}

func words(spans []span) []word {
	var out []word
	var current word
	flush := func() {
		if len(current) > 0 {
			out = append(out, current)
			current = nil
		}
	}
	for _, s := range spans {
		if s.whole {
			current = append(current, s)
			continue
		}
		for i, part := range strings.Split(s.text, " ") {
			if i > 0 {
				flush()
			}
			if part != "" {
				piece := s
				piece.text = part
				current = append(current, piece)
			}
		}
	}
	flush()
	return out
}

func (c *canvas) paint(s span) {
	out := s.text
	if c.opts.Color && s.tone != plain {
		out = escapes[s.tone] + out + reset
	}
	if c.opts.Links && s.link != "" {
		out = linkStart + s.link + linkEnd + out + linkStart + linkEnd
	}
	c.b.WriteString(out)
}

// fileLink is the file URL of a path below the root. Terminals open those on this
// machine; a path that leaves the root gets none.
func (c *canvas) fileLink(path string) string {
	if c.opts.Root == "" || path == "" || !filepath.IsLocal(filepath.FromSlash(path)) {
		return ""
	}
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(filepath.Join(c.opts.Root, filepath.FromSlash(path)))}
	return u.String()
}
