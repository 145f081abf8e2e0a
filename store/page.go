package store

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// MaxPage is the largest page; a Query that asks for more gets so many.
const MaxPage = 1000

// plan is one page of a list, as predicates and an order for ent.
type plan[T any] struct {
	list[T]
	by    []sortKey[T]
	query string // names filter and order
	size  int

	where func(*sql.Selector) // what matches, on any page
	after func(*sql.Selector) // what comes after the page before
	order func(*sql.Selector)
}

type sortKey[T any] struct {
	field[T]
	desc bool
}

// token is where a page ended: the last row's sort values and ID. The next page is
// what sorts after that, so that rows that come, go or change in the meantime
// neither repeat nor hide others.
type token struct {
	Query  string `json:"q"`
	Values []any  `json:"v,omitempty"`
	ID     string `json:"i"`
}

// maxToken is more than any token that was given out has.
const maxToken = 32 << 10

func (l list[T]) plan(q scorecard.Query) (*plan[T], error) {
	if q.Size <= 0 {
		return nil, &scorecard.FieldError{Field: "page_size", Description: "must be above 0"}
	}
	p := &plan[T]{list: l, size: min(q.Size, MaxPage)}
	matches := func(*sql.Selector) *sql.Predicate { return nil }
	if q.Filter != nil {
		c, err := l.filter(q.Filter)
		if err != nil {
			return nil, err
		}
		matches = c
	}
	p.where = func(s *sql.Selector) {
		if m := matches(s); m != nil {
			s.Where(m)
		}
		if l.retired != "" && !q.ShowRetired {
			s.Where(sql.IsNull(s.C(l.retired)))
		}
	}
	for _, o := range q.Order {
		f, err := l.find(o.Field, "order_by")
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(p.by, func(k sortKey[T]) bool { return k.Name == f.Name }) {
			return nil, &scorecard.FieldError{Field: "order_by", Description: f.Name + " stands there twice"}
		}
		p.by = append(p.by, sortKey[T]{f, o.Desc})
	}
	p.order = p.sort
	identity, err := json.Marshal([]any{l.name, q.Filter, q.Order, q.ShowRetired})
	if err != nil {
		return nil, badFilter("has a value that can't be written down: %v", err)
	}
	p.query = scorecard.Hash(identity)[:16]
	p.after = func(*sql.Selector) {}
	if q.Token != "" {
		t, err := p.parse(q.Token)
		if err != nil {
			return nil, err
		}
		p.after = func(s *sql.Selector) { s.Where(p.behind(s, t)) }
	}
	return p, nil
}

// sort orders by the keys, what has no value last in either direction, and by ID.
func (p *plan[T]) sort(s *sql.Selector) {
	for _, k := range p.by {
		if k.nullable {
			s.OrderExpr(sql.ExprFunc(func(b *sql.Builder) { b.WriteByte('(').Ident(s.C(k.column)).WriteString(" IS NULL)") }))
		}
		s.OrderExpr(sql.ExprFunc(func(b *sql.Builder) {
			b.Ident(s.C(k.column))
			k.collate(b)
			if k.desc {
				b.WriteString(" DESC")
			}
		}))
	}
	s.OrderExpr(sql.ExprFunc(func(b *sql.Builder) {
		b.Ident(s.C("id"))
		p.key().collate(b)
	}))
}

// key is the ID as a field, which decides between equals.
func (p *plan[T]) key() field[T] {
	return field[T]{Field: scorecard.Field{Name: "name", Type: scorecard.TextField}, column: "id"}
}

// behind is true of rows that sort after the token's: those that differ from it
// first in a key that sorts later.
func (p *plan[T]) behind(s *sql.Selector, t token) *sql.Predicate {
	var or []*sql.Predicate
	var same []*sql.Predicate
	add := func(later *sql.Predicate) { or = append(or, sql.And(append(slices.Clone(same), later)...)) }
	for i, k := range p.by {
		v := t.Values[i]
		if v == nil { // nothing sorts after no value, but equals are ordered by the rest
			same = append(same, sql.IsNull(s.C(k.column)))
			continue
		}
		operator := ">"
		if k.desc {
			operator = "<"
		}
		add(k.operate(s, operator, v))
		if k.nullable {
			add(sql.IsNull(s.C(k.column)))
		}
		same = append(same, k.operate(s, "=", v))
	}
	add(p.key().operate(s, ">", t.ID))
	return sql.Or(or...)
}

// cut takes the row too many off, which says that there is a next page, and gives
// that page's token.
func (p *plan[T]) cut(rows []*T) ([]*T, string) {
	if len(rows) <= p.size {
		return rows, ""
	}
	rows = rows[:p.size]
	last := rows[p.size-1]
	t := token{Query: p.query, ID: p.id(last)}
	for _, k := range p.by {
		t.Values = append(t.Values, k.value(last))
	}
	b, _ := json.Marshal(t) // of strings, finite numbers and times of the database
	return rows, base64.RawURLEncoding.EncodeToString(b)
}

func (p *plan[T]) parse(s string) (token, error) {
	var t token
	bad := func(why string) error { return &scorecard.FieldError{Field: "page_token", Description: why} }
	const broken = "is not one that this list gave out; leave it empty to begin again"
	if len(s) > maxToken {
		return t, bad(broken)
	}
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || json.Unmarshal(b, &t) != nil {
		return t, bad(broken)
	}
	if t.Query != p.query {
		return t, bad("belongs to another query: filter, order_by and show_retired must stay the same from page to page")
	}
	if len(t.Values) != len(p.by) || !keepable(t.ID) {
		return t, bad(broken)
	}
	for i, k := range p.by {
		if t.Values[i], err = k.restore(t.Values[i]); err != nil {
			return t, bad(broken)
		}
	}
	return t, nil
}

// restore turns a token's value back into the column's.
func (k sortKey[T]) restore(v any) (any, error) {
	switch x := v.(type) {
	case nil:
		if k.nullable {
			return nil, nil
		}
	case float64:
		switch {
		case k.Type == scorecard.NumberField:
			return x, nil
		case k.Type == scorecard.RankField && x == float64(int(x)) && x >= 0 && int(x) < len(k.Values):
			return int(x), nil
		}
	case string:
		switch {
		case k.Type == scorecard.TimeField:
			t, err := time.Parse(time.RFC3339Nano, x)
			return keepTime(t), err
		case (k.Type == scorecard.TextField || k.Type == scorecard.WordField) && keepable(x):
			return x, nil
		}
	}
	return nil, fmt.Errorf("%w: %v is no %s", scorecard.ErrInvalid, v, k.Name)
}
