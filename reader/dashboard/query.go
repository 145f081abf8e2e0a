package dashboard

import (
	"strings"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/reader/promql"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// variables are what Grafana fills into an expression before Prometheus reads it.
var (
	rangeVariable = lazyregexp.New(`\[\s*(?:\$\{?\w+(?::\w+)?\}?|\[\[\w+\]\])\s*(?::[^\]]*)?\]`)
	plainVariable = lazyregexp.New(`\$\{(\w+)(?:[:.]\w+)*\}|\$(\w+)|\[\[(\w+)\]\]`)
)

// filled stands for a variable.
const filled = "variable"

// prometheus reads an expression of a panel. Variables within a selector's value stay
// recognisable, and are then left out; those elsewhere become a number.
func prometheus(expr string) scorecard.Expression {
	text := rangeVariable.ReplaceAllString(expr, "[5m]")
	if e, bad := promql.Victoria(text, nil); bad == nil {
		return e
	}
	quoted := false
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			quoted = !quoted
			b.WriteByte(c)
		case c == '\\' && quoted && i+1 < len(text):
			b.WriteString(text[i : i+2])
			i++
		case !quoted && (c == '$' || c == '[' && strings.HasPrefix(text[i:], "[[")):
			if at := plainVariable.FindStringSubmatchIndex(text[i:]); at != nil && at[0] == 0 {
				b.WriteString(filled)
				i += at[1] - 1
				continue
			}
			b.WriteByte(c)
		default:
			b.WriteByte(c)
		}
	}
	if e, bad := promql.Victoria(b.String(), nil); bad == nil {
		return e
	}
	if strings.Contains(expr, "{") && !strings.Contains(expr, "SELECT") {
		return promql.Loki(expr)
	}
	return scorecard.Expression{}
}

var (
	dottedMetric = lazyregexp.New(`(?:^|[\s(,:*/+-])(?:(?:avg|sum|min|max|p\d+|count)(?:\([^)]*\))?:)?([a-zA-Z][\w.]*\.[\w.]+)\{([^}]*)\}`)
	anyName      = lazyregexp.New(`[a-zA-Z][\w./]*[\w]`)
)

// dotted reads a query of Datadog's.
func dotted(expr string) (e scorecard.Expression) {
	e.Language = "datadog"
	for _, m := range dottedMetric.FindAllStringSubmatch(expr, 20) {
		failed := false
		for _, pair := range strings.FieldsFunc(m[2], func(r rune) bool { return r == ',' || r == ' ' }) {
			label, value, ok := strings.Cut(pair, ":")
			if ok && !strings.ContainsAny(value, "*$") && !strings.HasPrefix(label, "!") {
				failed = failed || promql.Failing(label, value, false)
				e.Selects = append(e.Selects, scorecard.LabelMatch{Label: label, Value: value})
			}
		}
		e.Metrics = append(e.Metrics, m[1])
		e.Signals = append(e.Signals, promql.Signals(m[1], failed)...)
	}
	return e
}

// named reads any other query by the names in it.
func named(language, expr string) (e scorecard.Expression) {
	e.Language = language
	for _, name := range anyName.FindAllString(expr, 60) {
		if strings.ContainsAny(name, "._/") || len(name) > 8 {
			e.Signals = append(e.Signals, promql.Signals(name, strings.Contains(expr, "5xx") || strings.Contains(expr, "error"))...)
		}
	}
	return e
}
