package server

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

func TestFilters(t *testing.T) {
	is := func(field, op string, value any) *scorecard.Expr {
		return &scorecard.Expr{Op: op, Field: field, Value: value}
	}
	of := func(op string, args ...*scorecard.Expr) *scorecard.Expr {
		return &scorecard.Expr{Op: op, Args: args}
	}
	at := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	for filter, want := range map[string]*scorecard.Expr{
		"":                                     nil,
		"  ":                                   nil,
		`level = SILVER`:                       is("level", "=", "SILVER"),
		`level >= "SILVER"`:                    is("level", ">=", "SILVER"),
		`name = "services/shop.cart"`:          is("name", "=", "shop.cart"),
		`name = services/shop.cart`:            is("name", "=", "shop.cart"),
		`name = shop.cart`:                     is("name", "=", "shop.cart"),
		`repository = repositories/shop`:       is("repository", "=", "shop"),
		`discovery = CATALOG`:                  is("discovery", "=", "catalog"),
		`score < 50`:                           is("score", "<", 50.0),
		`score >= -0.5`:                        is("score", ">=", -0.5),
		`owner : "team"`:                       is("owner", ":", "team"),
		`owner:*`:                              is("owner", ":", "*"),
		`score:*`:                              is("score", ":", "*"),
		`owner = ""`:                           is("owner", "=", ""),
		`owner = "a \"b\" c"`:                  is("owner", "=", `a "b" c`),
		`change_time > "2026-01-31T12:00:00Z"`: is("change_time", ">", at),
		`change_time > timestamp("2026-01-31T13:00:00+01:00")`: is("change_time", ">", at),
		`NOT level = GOLD`:                    of("NOT", is("level", "=", "GOLD")),
		`-owner = x`:                          of("NOT", is("owner", "=", "x")),
		`owner = a AND tier = b AND type = c`: of("AND", is("owner", "=", "a"), is("tier", "=", "b"), is("type", "=", "c")),
		// In AIP-160 OR binds closer than AND.
		`owner = a AND tier = b OR tier = c`:   of("AND", is("owner", "=", "a"), of("OR", is("tier", "=", "b"), is("tier", "=", "c"))),
		`(owner = a AND tier = b) OR tier = c`: of("OR", of("AND", is("owner", "=", "a"), is("tier", "=", "b")), is("tier", "=", "c")),
	} {
		got, err := parseFilter(filter, recordFields)
		if err != nil {
			t.Errorf("%s: %v", filter, err)
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", filter, diff)
		}
	}
}

func TestBadFilters(t *testing.T) {
	for filter, want := range map[string]string{
		`colour = red`:              "colour is not a field; the fields are name, display_name",
		`level = BEST`:              "level is one of NONE, BRONZE, SILVER, GOLD, PLATINUM",
		`level = silver`:            "level is one of",
		`discovery > CATALOG`:       "discovery can't be compared by >, but by = != :",
		`score = "high"`:            "score is compared with a number",
		`score = high`:              "score is compared with a number",
		`change_time > "yesterday"`: "a time of RFC 3339",
		`owner = 5`:                 "owner is compared with a text",
		`owner = team-a`:            "need quotes",
		`owner`:                     "compare a field with a value",
		`"shop"`:                    "compare a field with a value",
		`owner = a tier = b`:        "put AND or OR between",
		`"a" = owner`:               "a field stands on the left of =",
		`lower(owner) = "a"`:        "a field stands on the left",
		`lower("a")`:                "there is no function lower",
		`owner = lower("a")`:        "owner is compared with a text",
		`owner = (a OR b)`:          "owner is compared with a text",
		`owner =`:                   "it can't be read",
		`(owner = a`:                "it can't be read",
		`owner = "a`:                "it can't be read",
		`owner = 'a' AND`:           "it can't be read",
		strings.Repeat(`NOT (`, 30) + "owner = a" + strings.Repeat(")", 30): "nested more than 16 deep",
		"owner = a" + strings.Repeat(" OR owner = a", 64):                   "more than 64 comparisons",
	} {
		got, err := parseFilter(filter, recordFields)
		var field *scorecard.FieldError
		if got != nil || !errors.As(err, &field) || field.Field != "filter" || !strings.Contains(field.Description, want) {
			t.Errorf("%.60s: %v, %v", filter, got, err)
		}
	}
}

func TestOrders(t *testing.T) {
	for order, want := range map[string][]scorecard.Order{
		"":                        nil,
		"name":                    {{Field: "name"}},
		" level desc , score asc": {{Field: "level", Desc: true}, {Field: "score"}},
	} {
		got, err := parseOrder(order, recordFields)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%q: %v %s", order, err, diff)
		}
	}
	for order, want := range map[string]string{
		"colour":          "colour is not a field",
		"name, name desc": "names name twice",
		"name down":       "can't be read",
		"name,":           "can't be read",
		"name;drop":       "can't be read",
	} {
		_, err := parseOrder(order, recordFields)
		var field *scorecard.FieldError
		if !errors.As(err, &field) || field.Field != "order_by" || !strings.Contains(field.Description, want) {
			t.Errorf("%q: %v", order, err)
		}
	}
}

// Whatever is sent, a filter is refused as a filter, or holds only what the store
// knows: fields of the list, their operators, values of their type, within bounds.
func FuzzFilter(f *testing.F) {
	for _, s := range []string{
		``, `level >= SILVER AND owner = "team-a"`, `score < 50 OR coverage < 80`, `NOT (name:"cart" AND -tier = "1")`,
		`change_time > timestamp("2026-01-31T13:00:00+01:00")`, `owner:*`, `a.b.c = d`, `((((`, `f(f(f(`, "owner = \"\xff\"", `score = 1e999`, `x "y" z`, `owner = "\u00e9\x41"`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 2048 { // the API's bound
			return
		}
		e, err := parseFilter(s, recordFields)
		if err != nil {
			var field *scorecard.FieldError
			if !errors.As(err, &field) || field.Field != "filter" {
				t.Fatalf("%q: %v", s, err)
			}
			return
		}
		if e != nil {
			known(t, e, 0)
		}
	})
}

func known(t *testing.T, e *scorecard.Expr, depth int) {
	t.Helper()
	if depth > maxFilterDepth+1 {
		t.Fatal("too deep")
	}
	if len(e.Args) > 0 {
		if e.Op == "NOT" && len(e.Args) != 1 || e.Op != "NOT" && e.Op != "AND" && e.Op != "OR" {
			t.Fatalf("%s of %d", e.Op, len(e.Args))
		}
		for _, a := range e.Args {
			known(t, a, depth+1)
		}
		return
	}
	for _, f := range recordFields {
		if f.Name != e.Field {
			continue
		}
		if e.Value == "*" && e.Op == ":" {
			return
		}
		ok := false
		switch e.Value.(type) {
		case string:
			ok = f.Type == scorecard.TextField || f.Type == scorecard.WordField || f.Type == scorecard.RankField
		case float64:
			ok = f.Type == scorecard.NumberField
		case time.Time:
			ok = f.Type == scorecard.TimeField
		}
		if !ok {
			t.Fatalf("%s %s %T", e.Field, e.Op, e.Value)
		}
		return
	}
	t.Fatalf("unknown field %q", e.Field)
}
