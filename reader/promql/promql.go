// Package promql takes the expressions of alerts, recording rules and dashboards
// apart: by which labels they select, which metrics they read, which of the golden
// signals they show, what makes them fire, and over which windows they measure the
// burning of an error budget. PromQL and MetricsQL are parsed by their own libraries;
// of LogQL, whose parser is a part of Loki, the stream selectors are.
package promql

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/VictoriaMetrics/metricsql"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// The bounds of what is read of one expression.
const (
	maxExpr    = 64 << 10
	maxKept    = 2_000
	maxSelects = 60
	maxMetrics = 40
	maxNesting = 150
)

// Error says why an expression would not parse, and where in it.
type Error struct {
	// Line and Column count from 1, within the expression; 0 where they are not known.
	Line, Column int
	Text         string
}

// Error is the sentence alone; the place stands beside it.
func (e *Error) Error() string { return e.Text }

var options = sync.OnceValue(func() parser.Parser {
	return parser.NewParser(parser.Options{EnableExperimentalFunctions: true, EnableBinopFillModifiers: true, EnableUnquotedUTF8Names: true})
})

// Lookup gives the recording rule of a name, where it is known.
type Lookup func(name string) (scorecard.Recording, bool)

// Prometheus reads an expression of PromQL. The expression is filled in as far as it
// could be read, even where there is an error.
func Prometheus(text string, recorded Lookup) (scorecard.Expression, *Error) {
	out := scorecard.Expression{Language: "promql", Expr: Clip(text)}
	if bad := bounds(text); bad != nil {
		return out, bad
	}
	expr, err := parse(text)
	if err != nil {
		return out, err
	}
	a := &analysis{out: &out, recorded: recorded}
	a.read(expr)
	out.Shape = a.shape(expr)
	if out.BurnRate = a.burnRates(expr); len(out.BurnRate) > 0 {
		out.Shape = scorecard.BurnRatePair
	}
	return out, nil
}

func parse(text string) (expr parser.Expr, bad *Error) {
	defer func() {
		if p := recover(); p != nil { // a defect of the parser's must not be the scan's
			expr, bad = nil, &Error{Text: fmt.Sprint(p)}
		}
	}()
	expr, err := options().ParseExpr(text)
	if err == nil {
		return expr, nil
	}
	var list parser.ParseErrors
	if errors.As(err, &list) && len(list) > 0 {
		e := &Error{Text: list[0].Err.Error()}
		e.Line, e.Column = position(text, int(list[0].PositionRange.Start))
		return nil, e
	}
	return nil, &Error{Text: err.Error()}
}

func position(text string, at int) (line, column int) {
	before := text[:max(0, min(at, len(text)))]
	return 1 + strings.Count(before, "\n"), len(before) - strings.LastIndexByte(before, '\n')
}

// bounds refuses what would cost too much to read.
func bounds(text string) *Error {
	if len(text) > maxExpr {
		return &Error{Text: fmt.Sprintf("it has %d bytes; expressions are read up to %d", len(text), maxExpr)}
	}
	depth := 0
	for _, c := range text {
		switch c {
		case '(', '[', '{':
			if depth++; depth > maxNesting {
				return &Error{Text: fmt.Sprintf("it nests more than %d deep", maxNesting)}
			}
		case ')', ']', '}':
			depth = max(0, depth-1)
		}
	}
	return nil
}

// Clip cuts an expression at what is kept of one.
func Clip(text string) string {
	text = strings.TrimSpace(text)
	if len(text) > maxKept {
		return strings.ToValidUTF8(text[:maxKept], "") + "…"
	}
	return text
}

// Victoria reads an expression of VictoriaMetrics, which understands more than PromQL.
func Victoria(text string, recorded Lookup) (scorecard.Expression, *Error) {
	out, bad := Prometheus(text, recorded)
	if bad == nil || bounds(text) != nil {
		return out, bad
	}
	expr, err := metrics(text)
	if err != nil {
		return out, bad
	}
	out.Language = "metricsql"
	a := &analysis{out: &out, recorded: recorded}
	compares := false
	metricsql.VisitAll(expr, func(e metricsql.Expr) {
		switch e := e.(type) {
		case *metricsql.MetricExpr:
			a.victoria(e)
		case *metricsql.BinaryOpExpr:
			compares = compares || slices.Contains([]string{">", "<", ">=", "<=", "==", "!="}, e.Op)
		case *metricsql.FuncExpr:
			a.functions = append(a.functions, strings.ToLower(e.Name))
		}
	})
	a.finish()
	if compares {
		out.Shape = scorecard.ThresholdAlert
	}
	return out, nil
}

func metrics(text string) (expr metricsql.Expr, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
	}()
	return metricsql.Parse(text)
}

func (a *analysis) victoria(e *metricsql.MetricExpr) {
	for _, filters := range e.LabelFilterss {
		a.group++
		for _, f := range filters {
			a.failing = a.failing || Failing(f.Label, f.Value, f.IsNegative)
			switch {
			case f.Label == "__name__" && !f.IsNegative:
				a.metric(f.Value)
			case !f.IsNegative:
				a.selects(f.Label, f.Value, f.IsRegexp)
			}
		}
	}
}

// Loki reads an expression of LogQL: its stream selectors, and whether it counts lines
// and compares. Its syntax is not checked.
func Loki(text string) scorecard.Expression {
	out := scorecard.Expression{Language: "logql", Expr: Clip(text), Shape: scorecard.LogAlert}
	if bounds(text) != nil {
		return out
	}
	a := &analysis{out: &out}
	for _, selector := range braces(text) {
		matchers, err := options().ParseMetricSelector(selector)
		if err != nil {
			continue
		}
		a.group++
		a.matchers(matchers)
	}
	a.finish()
	return out
}

// braces gives the pieces between braces that are not in quotes.
func braces(text string) (out []string) {
	var quote byte
	start := -1
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quote != 0:
			if c == '\\' && quote == '"' {
				i++
			} else if c == quote {
				quote = 0
			}
		case c == '"' || c == '`':
			quote = c
		case c == '{':
			start = i
		case c == '}' && start >= 0:
			out = append(out, text[start:i+1])
			start = -1
		}
	}
	return out
}
