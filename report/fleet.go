package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// member is a service in the table of a fleet.
type member struct {
	rec  scorecard.Record
	name string
	n    map[scorecard.Outcome]int
}

func (m member) card() *scorecard.Scorecard { return m.rec.Scorecard }

// fleetColumn is a column and what it says of a service that is scored.
type fleetColumn struct {
	column
	cell func(member) span
}

// The columns of the table. Where there is little room the level and what it is at most
// share one, and titles are shorter: bounds, coverage and unknowns are never left out.
var (
	levelColumn  = fleetColumn{column{title: "LEVEL"}, func(m member) span { return toned(levelTone(m.card().Level), string(m.card().Level)) }}
	atMostColumn = fleetColumn{column{title: "AT MOST"}, func(m member) span {
		if m.card().Level == m.card().LevelAtMost {
			return toned(faint, string(m.card().LevelAtMost))
		}
		return text(string(m.card().LevelAtMost))
	}}
	levelsColumn  = fleetColumn{column{title: "LEVEL"}, func(m member) span { return toned(levelTone(m.card().Level), levelRange(m.card())) }}
	serviceColumn = fleetColumn{column{title: "SERVICE", flexible: true}, func(m member) span { return toned(strong, m.name) }}
	scoreColumn   = fleetColumn{column{title: "SCORE"}, func(m member) span { return text(scoreText(m.card())) }}
	appliesColumn = fleetColumn{column{title: "CHECKS", right: true}, func(m member) span { return text(fmt.Sprint(applying(m.n))) }}
	failColumn    = fleetColumn{column{title: "FAIL", right: true}, func(m member) span { return number(bad, m.n[scorecard.Fail]) }}
	stepColumn    = fleetColumn{column{title: "FIRST STEP UP"}, func(m member) span { return text(firstStep(m.card())) }}
)

func coverageColumn(title string) fleetColumn {
	return fleetColumn{column{title: title, right: true}, func(m member) span { return text(coverageText(m.card())) }}
}

func unknownColumn(title string) fleetColumn {
	return fleetColumn{column{title: title, right: true}, func(m member) span { return number(warning, m.n[scorecard.Unknown]) }}
}

// fleetLayouts are the tables, the widest first.
func fleetLayouts(o Options) [][]fleetColumn {
	wide := []fleetColumn{levelColumn, atMostColumn, serviceColumn, scoreColumn, coverageColumn("COVERAGE"), appliesColumn, failColumn, unknownColumn("UNKNOWN")}
	narrow := []fleetColumn{levelsColumn, serviceColumn, scoreColumn, coverageColumn("COV"), appliesColumn, failColumn, unknownColumn("UNK")}
	layouts := [][]fleetColumn{
		append(slices.Clone(wide), stepColumn),
		append(slices.Clone(narrow), stepColumn),
		wide,
		narrow,
		{levelsColumn, serviceColumn, scoreColumn, coverageColumn("COV"), failColumn, unknownColumn("UNK")},
	}
	if len(o.Only) > 0 { // how many apply can't be told from the few that are left
		for i := range layouts {
			layouts[i] = slices.DeleteFunc(layouts[i], func(c fleetColumn) bool { return c.title == appliesColumn.title })
		}
	}
	return layouts
}

// fleetTable draws the widest table for which no name must be broken, else the
// narrowest, else a few lines for each service.
func (c *canvas) fleetTable(members []member) {
	const readable = 20 // columns for a name
	layouts := fleetLayouts(c.opts)
	for i, layout := range layouts {
		var columns []column
		longest := 0
		for _, col := range layout {
			columns = append(columns, col.column)
		}
		var rows [][]span
		for _, m := range members {
			rows = append(rows, m.row(layout))
			longest = max(longest, width(m.name))
		}
		over := natural(columns, rows) - c.width
		if over <= 0 || i == len(layouts)-1 && longest-over >= readable {
			c.table(columns, rows)
			return
		}
	}
	for _, m := range members {
		c.stacked(m)
	}
}

// row is a service's row; of one that is not scored only the name is told.
func (m member) row(layout []fleetColumn) []span {
	var cells []span
	for _, col := range layout {
		cell := toned(faint, "–")
		switch {
		case m.card().Service.Unscored == "" || col.title == serviceColumn.title:
			cell = col.cell(m)
		case col.title == scoreColumn.title:
			cell = toned(faint, "not scored")
		case col.title == stepColumn.title:
			cell = text("")
		}
		cells = append(cells, cell)
	}
	return cells
}

// stacked says of a service what its row would, where the table has no room.
func (c *canvas) stacked(m member) {
	c.para(0, 2, toned(strong, m.name))
	if m.card().Service.Unscored != "" {
		c.para(2, 2, toned(faint, "not scored"))
		return
	}
	spans := []span{fixed(levelTone(m.card().Level), levelRange(m.card())), text(" "), fixed(plain, "· "+scoreText(m.card())), text(" "),
		fixed(plain, "· coverage "+coverageText(m.card())), text(" ")}
	if len(c.opts.Only) == 0 {
		spans = append(spans, fixed(plain, "· "+count(applying(m.n), "check")), text(" "))
	}
	fails, unknowns := number(bad, m.n[scorecard.Fail]), number(warning, m.n[scorecard.Unknown])
	c.para(2, 2, append(spans, fixed(fails.tone, "· "+fails.text+" FAIL"), text(" "), fixed(unknowns.tone, "· "+unknowns.text+" unknown"))...)
}

// applying is how many checks apply, known or not.
func applying(n map[scorecard.Outcome]int) int {
	return n[scorecard.Pass] + n[scorecard.Fail] + n[scorecard.Unknown]
}

// levelRange is the level, to what it is at most where that is another one.
func levelRange(c *scorecard.Scorecard) string {
	if c.Level == c.LevelAtMost {
		return string(c.Level)
	}
	return string(c.Level) + "–" + string(c.LevelAtMost)
}

// firstStep is the first of the next steps, and where they lead. One that is only
// unknown has the symbol for that.
func firstStep(c *scorecard.Scorecard) string {
	if len(c.NextSteps) == 0 {
		return ""
	}
	return stepName(c.NextSteps[0]) + " → " + string(c.NextLevel)
}

func stepName(s scorecard.Step) string {
	if s.Outcome == scorecard.Unknown {
		return "? " + clean(s.Check)
	}
	return clean(s.Check)
}

// failsMost names the checks that most services fail, with how many do: what one
// change to a template or a chart may mend everywhere.
func (c *canvas) failsMost(n map[string]int) {
	const shown = 5
	ids := slices.SortedFunc(maps.Keys(n), func(a, b string) int { return cmp.Or(cmp.Compare(n[b], n[a]), strings.Compare(a, b)) })
	ids = ids[:min(shown, len(ids))]
	if len(ids) == 0 {
		return
	}
	out := []span{toned(strong, "fails most:")}
	for i, id := range ids {
		comma := ","
		if i == len(ids)-1 {
			comma = ""
		}
		out = append(out, text(" "), fixed(plain, fmt.Sprintf("%s (%d)%s", clean(id), n[id], comma)))
	}
	c.blank()
	c.para(0, 2, out...)
}

func number(t tone, n int) span {
	if n == 0 {
		return toned(faint, "0")
	}
	return toned(t, fmt.Sprint(n))
}
