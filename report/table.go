package report

import (
	"slices"
	"strings"

	"github.com/clipperhouse/displaywidth"
)

// column is one of a table's.
type column struct {
	title string
	right bool
	// flexible: takes the width that is left, its cells broken across lines. One
	// column of a table is.
	flexible bool
}

// natural is how wide a table is in which nothing is folded.
func natural(columns []column, rows [][]span) int {
	total := 2 * (len(columns) - 1)
	for i, col := range columns {
		w := width(col.title)
		for _, row := range rows {
			w = max(w, row[i].width())
		}
		total += w
	}
	return total
}

// table draws rows below a line of titles; cells hold cleaned text.
func (c *canvas) table(columns []column, rows [][]span) {
	widths := c.widths(columns, rows)
	c.titles(columns, widths)
	for _, row := range rows {
		c.row(columns, widths, row)
	}
}

// widths are those of the columns.
func (c *canvas) widths(columns []column, rows [][]span) []int {
	widths := make([]int, len(columns))
	rest, flexible := c.width, -1
	for i, col := range columns {
		widths[i] = width(col.title)
		for _, row := range rows {
			widths[i] = max(widths[i], row[i].width())
		}
		if col.flexible {
			flexible = i
		} else {
			rest -= widths[i]
		}
		rest -= 2 // between columns
	}
	if flexible >= 0 {
		widths[flexible] = max(8, min(widths[flexible], rest+2))
	}
	return widths
}

func (c *canvas) titles(columns []column, widths []int) {
	titles := make([]span, len(columns))
	for i, col := range columns {
		titles[i] = toned(faint, col.title)
	}
	c.row(columns, widths, titles)
}

func (c *canvas) row(columns []column, widths []int, cells []span) {
	more := span{}
	flexible := 0
	for i, cell := range cells {
		if columns[i].flexible && cell.width() > widths[i] {
			cell, more = foldCell(cell, widths[i])
			flexible = i
		}
		pad := widths[i] - cell.width()
		if columns[i].right {
			c.b.WriteString(blanks(pad))
			pad = 0
		}
		c.paint(cell)
		if slices.ContainsFunc(cells[i+1:], func(s span) bool { return s.text != "" }) {
			c.b.WriteString(blanks(pad + 2))
		}
	}
	c.blank()
	if more.text != "" {
		rest := make([]span, len(cells))
		rest[flexible] = more
		c.row(columns[:flexible+1], widths, rest[:flexible+1])
	}
}

// foldCell cuts a cell after n columns: at a blank where it has one, else after a hyphen,
// else anywhere.
func foldCell(s span, n int) (head, tail span) {
	head, tail = s, s
	head.text = displaywidth.TruncateString(s.text, n, "")
	if s.text[len(head.text)] != ' ' {
		if i := strings.LastIndexByte(head.text, ' '); i > 0 {
			head.text = head.text[:i]
		} else if i := strings.LastIndexByte(head.text, '-'); i > 0 {
			head.text = head.text[:i+1]
		}
	}
	tail.text = strings.TrimLeft(s.text[len(head.text):], " ")
	head.text = strings.TrimRight(head.text, " ")
	return head, tail
}

// join puts what is not empty side by side.
func join(parts ...string) string {
	kept := parts[:0]
	for _, p := range parts {
		if p != "" {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, " · ")
}
