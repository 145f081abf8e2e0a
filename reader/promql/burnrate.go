package promql

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// side is one comparison of a burn-rate pair: an error ratio over a window against a
// threshold.
type side struct {
	window    float64 // seconds
	metrics   []string
	threshold limit
	below     bool // a ratio of good events that falls below
}

// limit is what a ratio is compared with.
type limit struct {
	value, factor, budget float64
	// by names the metric that holds the budget, where that is no number.
	by string
}

// maxPairs is how many pairs of one expression are kept.
const maxPairs = 8

// burnRates gives the pairs of windows of an expression of the multi-window,
// multi-burn-rate shape: comparisons of the same error ratio with the same threshold
// over two windows, both of which must hold; several pairs may stand side by side.
func (a *analysis) burnRates(expr parser.Expr) (out []scorecard.BurnWindows) {
	switch e := peel(expr).(type) {
	case *parser.BinaryExpr:
		switch e.Op {
		case parser.LOR:
			out = append(a.burnRates(e.LHS), a.burnRates(e.RHS)...)
			return out[:min(len(out), maxPairs)]
		case parser.LAND:
			return a.pair(conjuncts(e))
		}
	}
	return nil
}

// peel takes off what changes only the labels of what comes out.
func peel(expr parser.Expr) parser.Expr {
	for {
		switch e := unwrap(expr).(type) {
		case *parser.AggregateExpr:
			expr = e.Expr
		case *parser.Call:
			if e.Func.Name != "label_replace" && e.Func.Name != "label_join" {
				return e
			}
			expr = e.Args[0]
		case *parser.BinaryExpr:
			if e.Op == parser.LUNLESS {
				expr = e.LHS // unless it is silenced
				continue
			}
			return e
		default:
			return e
		}
	}
}

// conjuncts are the parts of an expression that must all hold.
func conjuncts(expr parser.Expr) []parser.Expr {
	if b, ok := peel(expr).(*parser.BinaryExpr); ok && b.Op == parser.LAND {
		return append(conjuncts(b.LHS), conjuncts(b.RHS)...)
	}
	return []parser.Expr{expr}
}

// pair finds among conjuncts two of the same ratio and threshold with other windows.
func (a *analysis) pair(parts []parser.Expr) []scorecard.BurnWindows {
	var sides []side
	for _, p := range parts {
		if s, ok := a.side(p); ok {
			sides = append(sides, s)
		}
	}
	for i := range sides {
		for j := i + 1; j < len(sides); j++ {
			s, t := sides[i], sides[j]
			if s.window == t.window || s.below != t.below || !near(s.threshold.value, t.threshold.value) || !near(s.threshold.factor, t.threshold.factor) || !slices.Equal(s.metrics, t.metrics) {
				continue
			}
			if s.window < t.window {
				s, t = t, s
			}
			return []scorecard.BurnWindows{{Long: s.window, Short: t.window, Threshold: s.threshold.value, Factor: s.threshold.factor, Budget: s.threshold.budget}}
		}
	}
	return nil
}

func near(x, y float64) bool { return math.Abs(x-y) <= 1e-9*math.Max(1, math.Abs(x)) }

// side reads one comparison; false where it compares no error ratio over one window.
func (a *analysis) side(expr parser.Expr) (s side, ok bool) {
	e, isBinary := peel(expr).(*parser.BinaryExpr)
	if !isBinary {
		return s, false
	}
	ratio, bound := e.LHS, e.RHS
	switch e.Op {
	case parser.GTR, parser.GTE:
	case parser.LSS, parser.LTE:
		s.below = true
	default:
		return s, false
	}
	if _, turned := constant(e.LHS); turned {
		ratio, bound, s.below = e.RHS, e.LHS, !s.below
	}
	if s.threshold, ok = limitOf(bound); !ok {
		return s, false
	}
	windows, names, divides := a.measured(ratio)
	if len(windows) != 1 || !divides && !slices.ContainsFunc(names, a.isRatio) {
		return s, false
	}
	if s.below && s.threshold.value > 0 {
		// 1 - 14.4 * 0.001 of good events is 14.4 * 0.001 of bad ones.
		s.threshold.value = round(1 - s.threshold.value)
	}
	if v := s.threshold.value; s.threshold.by == "" && s.threshold.factor == 0 && !slices.ContainsFunc(names, isBurn) && (v <= 0 || v >= 1) {
		return s, false // no share of requests
	}
	s.window = windows[0]
	for _, n := range names {
		s.metrics = append(s.metrics, Stem(n))
	}
	slices.Sort(s.metrics)
	s.metrics = slices.Compact(s.metrics)
	return s, true
}

func round(v float64) float64 { return math.Round(v*1e12) / 1e12 }

// limitOf reads a threshold: a number, mostly factor times budget, or a factor times a
// metric that holds the budget.
func limitOf(expr parser.Expr) (limit, bool) {
	expr = unwrap(expr)
	if v, ok := constant(expr); ok {
		l := limit{value: round(v)}
		if b, ok := expr.(*parser.BinaryExpr); ok {
			l.factor, l.budget = factors(b)
		}
		return l, true
	}
	b, ok := expr.(*parser.BinaryExpr)
	if !ok || b.Op != parser.MUL && b.Op != parser.SUB {
		return limit{}, false
	}
	if b.Op == parser.SUB { // 1 - 14.4 * budget
		one, ok := constant(b.LHS)
		if !ok || one != 1 {
			return limit{}, false
		}
		return limitOf(b.RHS)
	}
	for _, way := range [][2]parser.Expr{{b.LHS, b.RHS}, {b.RHS, b.LHS}} {
		if f, ok := constant(way[0]); ok {
			by := ""
			parser.Inspect(way[1], func(n parser.Node, _ []parser.Node) error {
				if v, ok := n.(*parser.VectorSelector); ok && by == "" {
					by = v.Name
				}
				return nil
			})
			return limit{factor: f, by: by}, by != ""
		}
	}
	return limit{}, false
}

// factors parts 14.4 * 0.001, (14.4 * (1 - 0.999)) or 1 - 14.4 * 0.001 into how fast the
// budget burns and the budget; zeros for anything else.
func factors(b *parser.BinaryExpr) (factor, budget float64) {
	if b.Op == parser.SUB {
		if one, ok := constant(b.LHS); ok && one == 1 {
			if m, ok := unwrap(b.RHS).(*parser.BinaryExpr); ok {
				return factors(m)
			}
		}
		return 0, 0
	}
	if b.Op != parser.MUL {
		return 0, 0
	}
	l, _ := constant(b.LHS)
	r, _ := constant(b.RHS)
	if l < r {
		l, r = r, l
	}
	if r <= 0 || r >= 1 {
		return 0, 0
	}
	return round(l), round(r)
}

// measured gives the windows and metrics of a ratio, and whether it divides.
func (a *analysis) measured(expr parser.Expr) (windows []float64, names []string, divides bool) {
	add := func(w float64) {
		if w > 0 && !slices.Contains(windows, w) {
			windows = append(windows, w)
		}
	}
	parser.Inspect(expr, func(n parser.Node, path []parser.Node) error {
		switch n := n.(type) {
		case *parser.BinaryExpr:
			divides = divides || n.Op == parser.DIV
		case *parser.SubqueryExpr:
			add(n.Range.Seconds())
		case *parser.MatrixSelector:
			if !inSubquery(path) {
				add(n.Range.Seconds())
			}
		case *parser.VectorSelector:
			if n.Name == "" {
				return nil
			}
			names = append(names, n.Name)
			if w := a.windowOf(n.Name); w > 0 && !inRange(path) {
				add(w)
			}
		}
		return nil
	})
	return windows, names, divides
}

func inSubquery(path []parser.Node) bool {
	return slices.ContainsFunc(path, func(n parser.Node) bool { _, ok := n.(*parser.SubqueryExpr); return ok })
}

func inRange(path []parser.Node) bool {
	return slices.ContainsFunc(path, func(n parser.Node) bool {
		switch n.(type) {
		case *parser.MatrixSelector, *parser.SubqueryExpr:
			return true
		}
		return false
	})
}

var (
	// suffix is the window in the name of a recording rule: job:errors:ratio_rate5m,
	// http_errors:burnrate1h, component:errors:ratio_6h.
	suffix  = lazyregexp.New(`(?:_?(?:ratio_rate|burnrate|burn_rate|rate|ratio|over|increase|avg)_?|[_:])(\d+)(ms|[smhdw])$`)
	seconds = map[string]float64{"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
)

// windowOf is the window of a recording rule: the one that its expression has, else
// the one that its name ends with; 0 for any other metric.
func (a *analysis) windowOf(name string) float64 {
	if a.recorded != nil {
		if r, ok := a.recorded(name); ok && r.Window > 0 {
			return r.Window
		}
	}
	if !strings.ContainsRune(name, ':') && !isBurn(name) && !strings.Contains(name, "ratio") && !strings.Contains(name, "rate") {
		return 0
	}
	m := suffix.FindStringSubmatch(name)
	if m == nil {
		return 0
	}
	n, err := strconv.ParseFloat(m[1], 64)
	if err != nil {
		return 0
	}
	return n * seconds[m[2]]
}

// Stem is a metric's name without its window, by which the two sides are compared.
func Stem(name string) string {
	if m := suffix.FindStringSubmatchIndex(name); m != nil {
		return name[:m[2]]
	}
	return name
}

func isBurn(name string) bool {
	name = strings.ToLower(name)
	return strings.Contains(name, "burnrate") || strings.Contains(name, "burn_rate")
}

// isRatio reports whether a metric is an error ratio that a rule records.
func (a *analysis) isRatio(name string) bool {
	if a.recorded != nil {
		if r, ok := a.recorded(name); ok && r.Ratio {
			return true
		}
	}
	lower := strings.ToLower(name)
	return isBurn(name) || strings.Contains(lower, "ratio") || strings.Contains(lower, ":") && (strings.Contains(lower, "error") || strings.Contains(lower, "sli"))
}

// Record completes a recording rule with the window that it measures over and whether
// it divides.
func Record(r *scorecard.Recording) {
	expr, bad := parse(r.Expr)
	if bad != nil {
		return
	}
	a := &analysis{}
	windows, _, divides := a.measured(expr)
	if len(windows) == 1 {
		r.Window = windows[0]
	}
	r.Ratio = divides
}
