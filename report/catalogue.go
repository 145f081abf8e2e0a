package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// checkColumn is a column of the table of checks.
type checkColumn struct {
	column
	cell func(scorecard.Check) span
}

// Checks writes the checks as a table, in the order given. Where there is no room for a
// column of pillars, a line names that of the checks below it, and titles stand in lines
// of their own on a narrow terminal. The error is the writer's.
func Checks(w io.Writer, checks []scorecard.Check, o Options) error {
	c := newCanvas(o)
	wide, narrow := c.width >= 110, c.width < 70
	table := []checkColumn{
		{column{title: "CHECK"}, func(k scorecard.Check) span { return toned(strong, k.ID) }},
		{column{title: "PILLAR"}, func(k scorecard.Check) span { return text(string(k.Pillar)) }},
		{column{title: "LEVEL"}, func(k scorecard.Check) span { return text(string(k.Level)) }},
		{column{title: "WEIGHT"}, func(k scorecard.Check) span { return text(k.Weight.String()) }},
		{column{title: "TITLE", flexible: true}, func(k scorecard.Check) span { return text(k.Title) }},
	}
	table = slices.DeleteFunc(table, func(col checkColumn) bool {
		return col.title == "PILLAR" && !wide || col.title == "TITLE" && narrow
	})
	var columns []column
	for _, col := range table {
		columns = append(columns, col.column)
	}
	var rows [][]span
	for _, check := range checks {
		var row []span
		for _, col := range table {
			row = append(row, col.cell(check))
		}
		rows = append(rows, row)
	}
	widths := c.widths(columns, rows)
	c.titles(columns, widths)
	for i, check := range checks {
		if !wide && (i == 0 || check.Pillar != checks[i-1].Pillar) {
			c.blank()
			c.para(0, 0, toned(faint, string(check.Pillar)))
		}
		c.row(columns, widths, rows[i])
		if narrow {
			c.para(2, 2, text(check.Title))
		}
	}
	_, err := io.WriteString(w, c.b.String())
	return err
}

// sentence begins with a capital and ends with a full stop.
func sentence(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:] + "."
}

// Check writes all that a check says of itself. The error is the writer's.
func Check(w io.Writer, check scorecard.Check, o Options) error {
	c := newCanvas(o)
	c.para(0, 0, toned(strong, check.ID), text(": "+check.Title+"."))
	c.blank()
	var reads []string
	for _, f := range check.Reads {
		reads = append(reads, string(f))
	}
	for _, row := range [][2]string{
		{"pillar", string(check.Pillar)}, {"level", string(check.Level)}, {"weight", check.Weight.String()},
		{"effort", effortText(int(check.Effort)) + " for each place to mend"}, {"reads", strings.Join(reads, ", ")},
	} {
		c.para(0, 8, fixed(faint, padRight(row[0], 8)), text(row[1]))
	}
	var thresholds []string
	for _, t := range check.Thresholds {
		thresholds = append(thresholds, fmt.Sprintf("%s: %g, %s (a rubric may say %g to %g)", t.Name, t.Value, t.Text, t.Min, t.Max))
	}
	var files []string
	for _, f := range check.Reads {
		files = append(files, fmt.Sprintf("%s: %s", f, f.Reads()))
	}
	for _, part := range [][2]string{
		{"Why", check.Why}, {"What it looks at", sentence(check.Applies)}, {"Passes when", sentence(check.Passes)},
		{"Thresholds", strings.Join(thresholds, "\n\n")}, {"What to do", check.Fix}, {"What is read", strings.Join(files, "\n\n")},
	} {
		if part[1] == "" {
			continue
		}
		c.blank()
		c.para(0, 0, toned(strong, part[0]))
		for _, b := range blocks(part[1]) {
			if b.code {
				for _, line := range b.lines {
					c.verbatim(4, plain, line)
				}
				continue
			}
			c.para(2, 2, text(strings.Join(b.lines, " ")))
		}
	}
	c.blank()
	c.para(0, 0, toned(strong, "Read more"))
	for _, r := range check.References {
		link := fixed(place, r.URL)
		link.link = r.URL
		c.para(2, 4, text(r.Title+": "), link)
	}
	_, err := io.WriteString(w, c.b.String())
	return err
}
