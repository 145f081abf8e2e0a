package server

import (
	"fmt"
	"slices"
	"strings"

	"go.einride.tech/aip/filtering"
	expr "google.golang.org/genproto/googleapis/api/expr/v1alpha1"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// A filter's bounds: what a database plans without trouble.
const (
	maxFilterTerms = 64
	maxFilterDepth = 16
)

// parseFilter makes the store's filter of an AIP-160 one over the fields; nil for an
// empty one. What is wrong with it is a FieldError on "filter".
func parseFilter(s string, fields []field) (*scorecard.Expr, error) {
	if strings.TrimSpace(s) == "" {
		return nil, nil
	}
	var p filtering.Parser
	p.Init(s)
	parsed, err := p.Parse()
	if err != nil {
		return nil, badFilter("%s; texts with anything but letters, digits and _ need quotes", parserSays(err))
	}
	t := &translation{fields: fields}
	return t.expr(parsed.GetExpr(), 0)
}

func badFilter(format string, a ...any) error {
	return &scorecard.FieldError{Field: "filter", Description: fmt.Sprintf(format, a...)}
}

// parserSays is what the parser has to say, without the drawing of where.
func parserSays(err error) string {
	lines := strings.FieldsFunc(strings.TrimSpace(err.Error()), func(r rune) bool { return r == '\n' })
	return "it can't be read: " + strings.Trim(lines[len(lines)-1], " ^\t")
}

// translation checks a parsed filter against its fields on the way.
type translation struct {
	fields []field
	terms  int
}

func (t *translation) expr(e *expr.Expr, depth int) (*scorecard.Expr, error) {
	call := e.GetCallExpr()
	switch {
	case depth > maxFilterDepth:
		return nil, badFilter("it is nested more than %d deep", maxFilterDepth)
	case call == nil:
		return nil, badFilter(`compare a field with a value, as in %s = "…"`, t.fields[0].Name)
	}
	switch op := call.GetFunction(); op {
	case filtering.FunctionAnd, filtering.FunctionOr, filtering.FunctionNot:
		out := &scorecard.Expr{Op: op}
		for _, a := range call.GetArgs() {
			// a AND b AND c is one AND of three, not one in another.
			same := op != filtering.FunctionNot && a.GetCallExpr().GetFunction() == op
			below := depth + 1
			if same {
				below = depth
			}
			arg, err := t.expr(a, below)
			if err != nil {
				return nil, err
			}
			if same {
				out.Args = append(out.Args, arg.Args...)
			} else {
				out.Args = append(out.Args, arg)
			}
		}
		return out, nil
	case filtering.FunctionEquals, filtering.FunctionNotEquals, filtering.FunctionHas, filtering.FunctionLessThan,
		filtering.FunctionLessEquals, filtering.FunctionGreaterThan, filtering.FunctionGreaterEquals:
		if t.terms++; t.terms > maxFilterTerms {
			return nil, badFilter("it has more than %d comparisons", maxFilterTerms)
		}
		if len(call.GetArgs()) != 2 {
			return nil, badFilter("%s needs a field and a value", op)
		}
		return t.comparison(op, call.GetArgs()[0], call.GetArgs()[1])
	case filtering.FunctionFuzzyAnd:
		return nil, badFilter("put AND or OR between the comparisons")
	default:
		return nil, badFilter("there is no function %s here", op)
	}
}

func (t *translation) comparison(op string, left, right *expr.Expr) (*scorecard.Expr, error) {
	name, ok := dotted(left)
	if !ok {
		return nil, badFilter("a field stands on the left of %s; the fields are %s", op, names(t.fields))
	}
	i := slices.IndexFunc(t.fields, func(f field) bool { return f.Name == name })
	if i < 0 {
		return nil, badFilter("%s is not a field; the fields are %s", name, names(t.fields))
	}
	f := t.fields[i]
	if !slices.Contains(f.operators(), op) {
		return nil, badFilter("%s can't be compared by %s, but by %s", f.Name, op, strings.Join(f.operators(), " "))
	}
	if s, ok := literal(right); ok && s == "*" && op == filtering.FunctionHas {
		return &scorecard.Expr{Op: op, Field: f.Name, Value: s}, nil // AIP-160: it is there at all
	}
	value, err := f.value(right)
	if err != nil {
		return nil, err
	}
	return &scorecard.Expr{Op: op, Field: f.Name, Value: value}, nil
}

// literal is a text: in quotes, without them, or in timestamp().
func literal(e *expr.Expr) (string, bool) {
	switch k := e.GetExprKind().(type) {
	case *expr.Expr_ConstExpr:
		_, ok := k.ConstExpr.GetConstantKind().(*expr.Constant_StringValue)
		return k.ConstExpr.GetStringValue(), ok
	case *expr.Expr_CallExpr:
		if k.CallExpr.GetFunction() == filtering.FunctionTimestamp && len(k.CallExpr.GetArgs()) == 1 {
			return literal(k.CallExpr.GetArgs()[0])
		}
		return "", false
	}
	return dotted(e)
}

// dotted is a name, or names with dots between them.
func dotted(e *expr.Expr) (string, bool) {
	switch k := e.GetExprKind().(type) {
	case *expr.Expr_IdentExpr:
		return k.IdentExpr.GetName(), true
	case *expr.Expr_SelectExpr:
		of, ok := dotted(k.SelectExpr.GetOperand())
		return of + "." + k.SelectExpr.GetField(), ok
	}
	return "", false
}
