package store

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// The bounds of a filter.
const (
	maxComparisons = 100
	maxDepth       = 20
)

// condition is a filter's part, made for the table that the selector reads. It is
// always true or false, never SQL's null, so that NOT means not.
type condition func(*sql.Selector) *sql.Predicate

func badFilter(format string, a ...any) error {
	return &scorecard.FieldError{Field: "filter", Description: fmt.Sprintf(format, a...)}
}

// find gives the field of that name; the error names all there are.
func (l list[T]) find(name, at string) (field[T], error) {
	i := slices.IndexFunc(l.fields, func(f field[T]) bool { return f.Name == name })
	if i < 0 {
		var known []string
		for _, f := range l.fields {
			known = append(known, f.Name)
		}
		return field[T]{}, &scorecard.FieldError{Field: at, Description: fmt.Sprintf("unknown field %.80q; the fields are %s", name, strings.Join(known, ", "))}
	}
	return l.fields[i], nil
}

// filter makes a condition of the expression. Values become parameters, and names
// are looked up in the list's own table: no text of the caller's gets into SQL.
func (l list[T]) filter(e *scorecard.Expr) (condition, error) {
	left := maxComparisons
	return l.compile(e, maxDepth, &left)
}

func (l list[T]) compile(e *scorecard.Expr, depth int, left *int) (condition, error) {
	if *left--; e == nil || depth == 0 || *left < 0 {
		return nil, badFilter("empty, or more than %d comparisons, or nested deeper than %d", maxComparisons, maxDepth)
	}
	switch e.Op {
	case "AND", "OR", "NOT":
	default:
		f, err := l.find(e.Field, "filter")
		if err != nil {
			return nil, err
		}
		return f.compare(e.Op, e.Value)
	}
	if len(e.Args) == 0 || e.Op == "NOT" && len(e.Args) != 1 {
		return nil, badFilter("%s of %d expressions", e.Op, len(e.Args))
	}
	parts := make([]condition, len(e.Args))
	for i, a := range e.Args {
		var err error
		if parts[i], err = l.compile(a, depth-1, left); err != nil {
			return nil, err
		}
	}
	return func(s *sql.Selector) *sql.Predicate {
		ps := make([]*sql.Predicate, len(parts))
		for i, p := range parts {
			ps[i] = p(s)
		}
		switch e.Op {
		case "AND":
			return sql.And(ps...)
		case "OR":
			return sql.Or(ps...)
		}
		return sql.Not(ps[0])
	}, nil
}

// operators by the type of field.
var operators = map[scorecard.FieldType]string{
	scorecard.TextField:   "= != < <= > >= :",
	scorecard.NumberField: "= != < <= > >= :",
	scorecard.TimeField:   "= != < <= > >= :",
	scorecard.WordField:   "= != :",
	scorecard.RankField:   "= != < <= > >= :",
}

// compare makes the condition `field op value`. The field without a value differs
// from every value and compares with none. `:` with "*" asks whether there is a
// value; on a text it finds a part, elsewhere it is `=`.
func (f field[T]) compare(op string, value any) (condition, error) {
	if !slices.Contains(strings.Fields(operators[f.Type]), op) {
		return nil, badFilter("%s can't be compared by %.10q, but by %s", f.Name, op, operators[f.Type])
	}
	if op == ":" && value == "*" {
		return f.present, nil
	}
	arg, err := f.argument(value)
	if err != nil {
		return nil, err
	}
	if op == ":" && f.Type == scorecard.TextField {
		return func(s *sql.Selector) *sql.Predicate { return f.contains(s, arg) }, nil
	}
	operator := map[string]string{"=": "=", ":": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}[op]
	return func(s *sql.Selector) *sql.Predicate {
		p := f.operate(s, operator, arg)
		switch {
		case !f.nullable:
			return p
		case op == "!=":
			return sql.Or(sql.IsNull(s.C(f.column)), p)
		}
		return sql.And(sql.NotNull(s.C(f.column)), p)
	}, nil
}

// operate is `column operator ?`, texts being compared by their bytes.
func (f field[T]) operate(s *sql.Selector, operator string, arg any) *sql.Predicate {
	return sql.P(func(b *sql.Builder) {
		b.Ident(s.C(f.column))
		if operator != "=" && operator != "<>" { // those do without, and so can use an index
			f.collate(b)
		}
		b.WriteString(" " + operator + " ").Arg(arg)
	})
}

// collate makes PostgreSQL order a text as SQLite does, whatever its locale.
func (f field[T]) collate(b *sql.Builder) {
	if b.Dialect() == dialect.Postgres && (f.Type == scorecard.TextField || f.Type == scorecard.WordField) {
		b.WriteString(` COLLATE "C"`)
	}
}

// contains finds a part without regard to case, of ASCII letters only, which is
// what both engines can do alike.
func (f field[T]) contains(s *sql.Selector, part any) *sql.Predicate {
	return sql.P(func(b *sql.Builder) {
		if b.Dialect() == dialect.Postgres {
			b.WriteString("strpos(lower(").Ident(s.C(f.column)).WriteString(` COLLATE "C"), lower(`).Arg(part).WriteString(`::text COLLATE "C")) > 0`)
			return
		}
		b.WriteString("instr(lower(").Ident(s.C(f.column)).WriteString("), lower(").Arg(part).WriteString(")) > 0")
	})
}

func (f field[T]) present(s *sql.Selector) *sql.Predicate {
	switch {
	case f.nullable:
		return sql.NotNull(s.C(f.column))
	case f.Type == scorecard.TextField || f.Type == scorecard.WordField:
		return sql.NEQ(s.C(f.column), "")
	}
	return sql.NotNull(s.C(f.column))
}

// argument turns a filter's value into the column's.
func (f field[T]) argument(value any) (any, error) {
	switch f.Type {
	case scorecard.NumberField:
		if n, ok := value.(float64); ok && !math.IsNaN(n) && !math.IsInf(n, 0) {
			return n, nil
		}
		return nil, badFilter("%s compares with a number", f.Name)
	case scorecard.TimeField:
		if t, ok := value.(time.Time); ok && t.Year() > 0 && t.Year() < 10000 {
			return keepTime(t), nil
		}
		return nil, badFilter("%s compares with a time such as \"2026-01-31T12:00:00Z\"", f.Name)
	}
	s, ok := value.(string)
	if !ok || !keepable(s) || len(s) > maxPath {
		return nil, badFilter("%s compares with a text of at most %d bytes of UTF-8", f.Name, maxPath)
	}
	if f.Type == scorecard.TextField {
		return s, nil
	}
	i := slices.Index(f.Values, s)
	if i < 0 {
		return nil, badFilter("%s is one of %s, not %.80q", f.Name, strings.Join(f.Values, ", "), s)
	}
	if f.Type == scorecard.RankField {
		return i, nil
	}
	return s, nil
}
