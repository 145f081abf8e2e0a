package promql

import (
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// analysis collects what one expression says.
type analysis struct {
	out       *scorecard.Expression
	recorded  Lookup
	group     int // the selector that is being read
	functions []string
	// failing: a matcher keeps what went wrong (code=~"5..").
	failing bool
	signals []scorecard.Signal
}

// read walks the whole expression.
func (a *analysis) read(expr parser.Expr) {
	parser.Inspect(expr, func(n parser.Node, path []parser.Node) error {
		switch n := n.(type) {
		case *parser.VectorSelector:
			a.group++
			if n.Name != "" {
				a.metric(n.Name)
			}
			a.matchers(n.LabelMatchers)
			shown := signalsOf(n.Name, failing(n.LabelMatchers), callsIn(path))
			if slices.Contains(shown, scorecard.Traffic) && byCode(path) {
				shown = append(shown, scorecard.Errors)
			}
			a.signals = append(a.signals, shown...)
		case *parser.Call:
			a.functions = append(a.functions, n.Func.Name)
		}
		return nil
	})
	a.finish()
}

// callsIn are the functions around a node, innermost last.
func callsIn(path []parser.Node) (out []string) {
	for _, n := range path {
		if c, ok := n.(*parser.Call); ok {
			out = append(out, c.Func.Name)
		}
	}
	return out
}

// byCode reports whether what is around a node keeps responses apart by how they ended,
// so that those which failed are seen: sum by (code) (rate(…)).
func byCode(path []parser.Node) bool {
	return slices.ContainsFunc(path, func(n parser.Node) bool {
		e, ok := n.(*parser.AggregateExpr)
		return ok && !e.Without && slices.ContainsFunc(e.Grouping, func(label string) bool { return slices.Contains(codeLabels, strings.ToLower(label)) })
	})
}

func (a *analysis) matchers(ms []*labels.Matcher) {
	for _, m := range ms {
		switch {
		case m.Type == labels.MatchNotEqual || m.Type == labels.MatchNotRegexp:
			a.keep(&a.out.Excludes, m.Name, m.Value, m.Type == labels.MatchNotRegexp)
		case m.Name == model.MetricNameLabel && m.Type == labels.MatchEqual:
			a.metric(m.Value)
		case m.Name == model.MetricNameLabel:
			a.metric(strings.TrimRight(m.Value, ".*+$"))
		default:
			a.selects(m.Name, m.Value, m.Type == labels.MatchRegexp)
		}
	}
}

// maxValue is how long a label's value may be to be kept.
const maxValue = 400

// selects notes a matcher. Those of a dashboard's variables, and those that match all,
// say nothing of what is looked at.
func (a *analysis) selects(label, value string, regex bool) {
	a.keep(&a.out.Selects, label, value, regex)
}

func (a *analysis) keep(list *[]scorecard.LabelMatch, label, value string, regex bool) {
	if value == "" || len(value) > maxValue || regex && takesAll(value) || variable(value) || len(*list) >= maxSelects {
		return
	}
	m := scorecard.LabelMatch{Label: label, Value: value, Regex: regex && strings.ContainsAny(value, `.*+?()[]{}|^$\`), Group: a.group}
	for _, have := range *list {
		if have.Label == m.Label && have.Value == m.Value && have.Regex == m.Regex {
			return
		}
	}
	*list = append(*list, m)
}

func takesAll(regex string) bool {
	return slices.Contains([]string{".*", ".+", "(.*)", "(.+)", "^.*$", "^.+$", ".*|", "|.*", ".+|"}, regex)
}

// variable reports whether a value is one that a dashboard or a generator fills in.
func variable(value string) bool {
	return strings.Contains(value, "${") || strings.Contains(value, "{{") || strings.Contains(value, "[[") || strings.Contains(value, "%(") ||
		strings.HasPrefix(value, "$") || strings.Contains(value, "|$") || strings.Contains(value, "$service") || strings.Contains(value, "$namespace")
}

func (a *analysis) metric(name string) {
	if name != "" && len(name) <= 200 && len(a.out.Metrics) < maxMetrics && !slices.Contains(a.out.Metrics, name) && !variable(name) {
		a.out.Metrics = append(a.out.Metrics, name)
	}
}

// finish sorts what was found.
func (a *analysis) finish() {
	slices.Sort(a.out.Metrics)
	if a.signals == nil {
		for _, name := range a.out.Metrics {
			a.signals = append(a.signals, signalsOf(name, a.failing, a.functions)...)
		}
	}
	a.out.Signals = SortSignals(a.signals)
}

// SortSignals gives each signal once, in their usual order.
func SortSignals(in []scorecard.Signal) (out []scorecard.Signal) {
	for _, s := range []scorecard.Signal{scorecard.Latency, scorecard.Traffic, scorecard.Errors, scorecard.Saturation} {
		if slices.Contains(in, s) {
			out = append(out, s)
		}
	}
	return out
}

// shape says what makes the expression fire.
func (a *analysis) shape(expr parser.Expr) scorecard.AlertShape {
	expr = unwrap(expr)
	switch e := expr.(type) {
	case *parser.Call:
		if e.Func.Name == "absent" || e.Func.Name == "absent_over_time" {
			return scorecard.Absent
		}
		if len(e.Args) > 0 && slices.Contains([]string{"label_replace", "label_join", "sort", "sort_desc", "vector", "scalar"}, e.Func.Name) {
			return a.shape(e.Args[0])
		}
	case *parser.AggregateExpr:
		return a.shape(e.Expr)
	case *parser.BinaryExpr:
		return a.binaryShape(e)
	}
	return scorecard.Event // whatever comes fires it
}

func (a *analysis) binaryShape(e *parser.BinaryExpr) scorecard.AlertShape {
	switch e.Op {
	case parser.LAND, parser.LUNLESS, parser.LOR:
		left, right := a.shape(e.LHS), a.shape(e.RHS)
		if e.Op == parser.LUNLESS {
			if left == scorecard.Event {
				return scorecard.Absent // there is one without the other
			}
			return left
		}
		if left == scorecard.ThresholdAlert || right == scorecard.ThresholdAlert {
			if e.Op == parser.LAND && (left == scorecard.Absent || right == scorecard.Absent) {
				return scorecard.Absent
			}
			return scorecard.ThresholdAlert
		}
		if left == scorecard.Absent || right == scorecard.Absent {
			return scorecard.Absent
		}
		return left
	case parser.EQLC, parser.NEQ, parser.GTR, parser.LSS, parser.GTE, parser.LTE:
		if occurrence(e) || age(e) || a.onAlerts() {
			return scorecard.Event
		}
		return scorecard.ThresholdAlert
	}
	// Arithmetic over comparisons: (a > 1) * on() group_left b.
	left, right := unwrap(e.LHS), unwrap(e.RHS)
	for _, side := range []parser.Expr{left, right} {
		if b, ok := side.(*parser.BinaryExpr); ok {
			if s := a.binaryShape(b); s != scorecard.Event {
				return s
			}
		}
		if agg, ok := side.(*parser.AggregateExpr); ok {
			if s := a.shape(agg); s == scorecard.ThresholdAlert {
				return s
			}
		}
	}
	return scorecard.Event
}

// onAlerts reports whether the expression looks at nothing but other alerts.
func (a *analysis) onAlerts() bool {
	return len(a.out.Metrics) == 1 && (a.out.Metrics[0] == "ALERTS" || a.out.Metrics[0] == "ALERTS_FOR_STATE")
}

// counting are the functions that count what happened in a window.
var counting = []string{"increase", "changes", "resets", "delta", "count_over_time", "increase_pure"}

// occurrence reports whether a comparison asks only whether something happened at all:
// increase(x[5m]) > 0; or whether a constant holds.
func occurrence(e *parser.BinaryExpr) bool {
	if _, ok := constant(e.LHS); ok {
		if _, both := constant(e.RHS); both {
			return true
		}
	}
	zero := func(x parser.Expr) bool {
		v, ok := constant(x)
		return ok && (v == 0 && (e.Op == parser.GTR || e.Op == parser.NEQ) || v == 1 && e.Op == parser.GTE)
	}
	return zero(e.RHS) && counts(e.LHS)
}

// age reports whether a comparison asks for how long something has been so, which waits
// by itself: time() - x > 3600. One of less than a minute does not wait.
func age(e *parser.BinaryExpr) bool {
	if e.Op != parser.GTR && e.Op != parser.GTE {
		return false
	}
	seconds, ok := constant(e.RHS)
	since, isDifference := unwrap(e.LHS).(*parser.BinaryExpr)
	if !ok || seconds < 60 || !isDifference || since.Op != parser.SUB {
		return false
	}
	now, isCall := unwrap(since.LHS).(*parser.Call)
	return isCall && now.Func.Name == "time"
}

// counts reports whether an expression counts what happened.
func counts(expr parser.Expr) bool {
	switch e := unwrap(expr).(type) {
	case *parser.Call:
		return slices.Contains(counting, e.Func.Name)
	case *parser.AggregateExpr:
		return counts(e.Expr)
	case *parser.BinaryExpr:
		return (e.Op == parser.ADD || e.Op == parser.SUB) && counts(e.LHS)
	}
	return false
}

// unwrap takes brackets and signs off.
func unwrap(expr parser.Expr) parser.Expr {
	for {
		switch e := expr.(type) {
		case *parser.ParenExpr:
			expr = e.Expr
		case *parser.StepInvariantExpr:
			expr = e.Expr
		default:
			return expr
		}
	}
}

// constant is the value of an expression that is made of numbers alone.
func constant(expr parser.Expr) (float64, bool) {
	switch e := unwrap(expr).(type) {
	case *parser.NumberLiteral:
		return e.Val, true
	case *parser.UnaryExpr:
		v, ok := constant(e.Expr)
		if e.Op == parser.SUB {
			v = -v
		}
		return v, ok
	case *parser.BinaryExpr:
		l, ok1 := constant(e.LHS)
		r, ok2 := constant(e.RHS)
		if !ok1 || !ok2 {
			return 0, false
		}
		switch e.Op {
		case parser.ADD:
			return l + r, true
		case parser.SUB:
			return l - r, true
		case parser.MUL:
			return l * r, true
		case parser.DIV:
			return l / r, r != 0
		}
	case *parser.Call:
		if (e.Func.Name == "vector" || e.Func.Name == "scalar") && len(e.Args) == 1 {
			return constant(e.Args[0])
		}
	}
	return 0, false
}
