package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// Checks writes the checks as a table, in the order given. The error is the writer's.
func Checks(w io.Writer, checks []scorecard.Check, o Options) error {
	c := newCanvas(o)
	columns := []column{{title: "CHECK"}, {title: "LEVEL"}, {title: "TITLE", flexible: true}}
	if c.width >= 72 {
		columns = []column{{title: "CHECK"}, {title: "PILLAR"}, {title: "LEVEL"}, {title: "WEIGHT"}, {title: "TITLE", flexible: true}}
	}
	var rows [][]span
	for _, check := range checks {
		row := []span{toned(strong, check.ID), text(string(check.Level)), text(check.Title)}
		if c.width >= 72 {
			row = []span{row[0], text(string(check.Pillar)), row[1], text(check.Weight.String()), row[2]}
		}
		rows = append(rows, row)
	}
	c.table(columns, rows)
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
