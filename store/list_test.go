package store_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seaworthy-dev/seaworthy/scorecard"
	"github.com/seaworthy-dev/seaworthy/store"
)

func is(field string, value any) *scorecard.Expr { return compare(field, "=", value) }

func compare(field, op string, value any) *scorecard.Expr {
	return &scorecard.Expr{Op: op, Field: field, Value: value}
}

func allOf(es ...*scorecard.Expr) *scorecard.Expr { return &scorecard.Expr{Op: "AND", Args: es} }
func anyOf(es ...*scorecard.Expr) *scorecard.Expr { return &scorecard.Expr{Op: "OR", Args: es} }
func not(e *scorecard.Expr) *scorecard.Expr {
	return &scorecard.Expr{Op: "NOT", Args: []*scorecard.Expr{e}}
}

// fill makes a shop of six services: levels, scores and owners differ, "lib" has no
// score, and "Zeta" and "beta" sort otherwise in other locales.
func fill(t *testing.T, s *store.Store) (scan scorecard.Scan) {
	t.Helper()
	r := rubric(t)
	register(t, s, "shop")
	set := func(f func(*scorecard.Service)) part { return func(i *scorecard.Inventory) { f(&i.Service) } }
	return scanned(t, s, "shop",
		judge(t, r, "shop", "Zeta", owner("Team_A"), images(1, 0), runbook),                                                                 // GOLD… 100
		judge(t, r, "shop", "alpha", owner("team-b"), images(2, 1)),                                                                         // BRONZE
		judge(t, r, "shop", "beta", images(2, 0), set(func(s *scorecard.Service) { s.Tier = "1"; s.Title = "The Beta" })),                   // NONE
		judge(t, r, "shop", "dark", blind, set(func(s *scorecard.Service) { s.Discovery = scorecard.ByCatalog })),                           // NONE, at most GOLD, no score
		judge(t, r, "shop", "lib", unscored, set(func(s *scorecard.Service) { s.Type = "library"; s.EntityRef = "component:default/lib" })), // no score
		judge(t, r, "shop", "mid", owner("team%b"), images(1, 0)),                                                                           // SILVER
	)
}

func testFilters(t *testing.T, d *database) {
	s := d.open(t)
	scan := fill(t, s)
	for _, c := range []struct {
		filter *scorecard.Expr
		want   string
	}{
		{nil, "Zeta alpha beta dark lib mid"},
		{is("name", "shop.beta"), "beta"},
		{is("display_name", "The Beta"), "beta"},
		{compare("name", ">", "shop.alpha"), "beta dark lib mid"}, // by bytes: Z stands before a
		{compare("name", "<=", "shop.alpha"), "Zeta alpha"},
		{is("owner", "team-b"), "alpha"},
		{compare("owner", "!=", "team-b"), "Zeta beta dark lib mid"},
		{compare("owner", ":", "TEAM"), "Zeta alpha mid"},
		{compare("owner", ":", "m_"), "Zeta"}, // no wildcard
		{compare("owner", ":", "m%"), "mid"},
		{compare("owner", ":", ""), "Zeta alpha beta dark lib mid"},
		{compare("owner", ":", "*"), "Zeta alpha mid"},
		{not(compare("owner", ":", "*")), "beta dark lib"},
		{is("repository", "shop"), "Zeta alpha beta dark lib mid"},
		{is("tier", "1"), "beta"},
		{is("type", "library"), "lib"},
		{is("entity_ref", "component:default/lib"), "lib"},
		{is("discovery", "catalog"), "dark"},
		{compare("discovery", "!=", "catalog"), "Zeta alpha beta lib mid"},
		{is("level", "GOLD"), "Zeta"},
		{compare("level", ">=", "BRONZE"), "Zeta alpha mid"}, // by rank
		{compare("level", "<", "SILVER"), "alpha beta dark lib"},
		{compare("level_at_most", ">", "SILVER"), "Zeta dark"},
		{compare("score", ">=", 100.0), "Zeta"},
		{compare("score", "<", 100.0), "alpha beta mid"},
		{not(compare("score", "<", 100.0)), "Zeta dark lib"}, // no score is not below
		{compare("score", "!=", 100.0), "alpha beta dark lib mid"},
		{compare("score", ":", "*"), "Zeta alpha beta mid"},
		{compare("coverage", "=", 0.0), "dark lib"},
		{compare("change_time", "=", scan.EndTime), "Zeta alpha beta dark lib mid"},
		{compare("change_time", ">", scan.EndTime), ""},
		{compare("scan_time", "<", scan.EndTime.Add(time.Microsecond)), "Zeta alpha beta dark lib mid"},
		{compare("scan_time", "<", scan.EndTime.In(time.FixedZone("x", -7200))), ""},
		{allOf(compare("level", ">=", "BRONZE"), not(is("owner", "team-b"))), "Zeta mid"},
		{anyOf(is("name", "shop.lib"), allOf(is("name", "shop.mid"), is("owner", "team%b"))), "lib mid"},
		{not(anyOf(is("name", "shop.lib"), is("name", "shop.mid"))), "Zeta alpha beta dark"},
	} {
		got := names(t, s, scorecard.Query{Filter: c.filter, Size: 2})
		if diff := cmp.Diff(strings.Fields(c.want), got); diff != "" && c.want+strings.Join(got, "") != "" {
			t.Errorf("%+v: %s", c.filter, diff)
		}
		p, err := s.ListRecords(t.Context(), scorecard.Query{Filter: c.filter, Size: 1})
		if err != nil || p.Total != len(strings.Fields(c.want)) {
			t.Errorf("%+v: total %d, %v", c.filter, p.Total, err)
		}
	}
}

func testBadFilters(t *testing.T, d *database) {
	s := d.open(t)
	deep := is("owner", "x")
	for range 30 {
		deep = not(deep)
	}
	wide := &scorecard.Expr{Op: "OR"}
	for range 200 {
		wide.Args = append(wide.Args, is("owner", "x"))
	}
	for _, c := range []struct {
		filter *scorecard.Expr
		says   string
	}{
		{is("colour", "red"), "name, display_name, repository, owner"},
		{is("verdict_id", 1.0), "unknown field"},
		{is("owner", 1.0), "owner compares with a text"},
		{is("owner", "a\x00b"), "UTF-8"},
		{is("owner", "\xff"), "UTF-8"},
		{is("owner", strings.Repeat("x", 2000)), "at most"},
		{is("score", "high"), "a number"},
		{is("score", math.NaN()), "a number"},
		{is("change_time", "yesterday"), "a time"},
		{is("level", "IRON"), "NONE, BRONZE, SILVER, GOLD, PLATINUM"},
		{is("level", "gold"), "NONE, BRONZE"},
		{compare("discovery", "<", "catalog"), "discovery can't be compared by"},
		{is("discovery", "luck"), "catalog, workload, repository"},
		{compare("owner", "LIKE", "x"), "can't be compared by"},
		{compare("owner", "= '' OR 1=1 --", "x"), "can't be compared by"},
		{&scorecard.Expr{Op: "AND"}, "AND of 0"},
		{&scorecard.Expr{Op: "NOT", Args: []*scorecard.Expr{is("owner", "a"), is("owner", "b")}}, "NOT of 2"},
		{&scorecard.Expr{Op: "AND", Args: []*scorecard.Expr{nil}}, "empty"},
		{deep, "deeper than"},
		{wide, "more than"},
	} {
		_, err := s.ListRecords(t.Context(), scorecard.Query{Filter: c.filter, Size: 1})
		refused(t, fmt.Sprintf("%+v", c.filter), err, "filter", c.says)
	}
	_, err := s.ListRecords(t.Context(), scorecard.Query{Size: 0})
	refused(t, "no size", err, "page_size", "above 0")
	_, err = s.ListRecords(t.Context(), scorecard.Query{Size: 1, Order: []scorecard.Order{{Field: "score; DROP TABLE services"}}})
	refused(t, "an order", err, "order_by", "unknown field")
	_, err = s.ListRecords(t.Context(), scorecard.Query{Size: 1, Order: []scorecard.Order{{Field: "score"}, {Field: "score", Desc: true}}})
	refused(t, "an order twice", err, "order_by", "twice")
}

func refused(t *testing.T, what string, err error, field, says string) {
	t.Helper()
	var f *scorecard.FieldError
	if !errors.As(err, &f) || !errors.Is(err, scorecard.ErrInvalid) || f.Field != field || !strings.Contains(f.Description, says) {
		t.Errorf("%s: %v; want %s: …%s…", what, err, field, says)
	}
}

func testInjection(t *testing.T, d *database) {
	s := d.open(t)
	fill(t, s)
	for _, v := range []string{
		"' OR '1'='1", "'; DROP TABLE services; --", `" OR ""="`, "?", "$1", "%", "_", `\`, "')) OR 1=1 --",
		"/*", "\u02bc OR 1=1", "NULL", "1) UNION SELECT body FROM verdicts --",
	} {
		for _, op := range []string{"=", "<=", ":"} {
			got := names(t, s, scorecard.Query{Filter: allOf(compare("owner", op, v), compare("owner", ">", "Team")), Size: 10})
			want := map[string][]string{"<= ?": nil, ": %": {"mid"}, ": _": {"Zeta"}}[op+" "+v]
			if op != "<=" && !slices.Equal(got, want) {
				t.Errorf("owner %s %s: %v", op, v, got)
			}
		}
		if _, err := s.GetRecord(t.Context(), v); !errors.Is(err, scorecard.ErrNotFound) {
			t.Errorf("%s: %v", v, err)
		}
	}
	if got := len(names(t, s, scorecard.Query{Size: 10})); got != 6 {
		t.Errorf("%d services are left", got)
	}
}

func testOrders(t *testing.T, d *database) {
	s := d.open(t)
	fill(t, s)
	for order, want := range map[string]string{
		"":                        "Zeta alpha beta dark lib mid",
		"name desc":               "mid lib dark beta alpha Zeta",
		"score":                   "beta alpha mid Zeta dark lib", // without a score: last, both ways
		"score desc":              "Zeta mid alpha beta dark lib",
		"level desc":              "Zeta mid alpha beta dark lib",
		"level,score desc":        "beta dark lib alpha mid Zeta",
		"owner":                   "beta dark lib Zeta mid alpha", // "" "Team_A" "team%b" "team-b"
		"owner desc,name desc":    "alpha mid Zeta lib dark beta",
		"discovery,score,name":    "dark beta alpha mid Zeta lib",
		"level_at_most desc":      "Zeta dark mid alpha beta lib",
		"change_time desc,score":  "beta alpha mid Zeta dark lib",
		"coverage,scan_time,tier": "dark lib Zeta alpha mid beta",
	} {
		for size := 1; size < 7; size++ {
			got := names(t, s, scorecard.Query{Order: orders(order), Size: size})
			if diff := cmp.Diff(strings.Fields(want), got); diff != "" {
				t.Errorf("order %q in pages of %d: %s", order, size, diff)
				break
			}
		}
	}
}

func orders(s string) (out []scorecard.Order) {
	for _, word := range strings.FieldsFunc(s, func(r rune) bool { return r == ',' }) {
		name, desc := strings.CutSuffix(word, " desc")
		out = append(out, scorecard.Order{Field: name, Desc: desc})
	}
	return out
}

// many makes n services whose scores are few, so that pages end among equals.
func many(t testing.TB, s *store.Store, n int) {
	t.Helper()
	r := rubric(t)
	register(t, s, "shop")
	var js []scorecard.Judged
	for i := range n {
		parts := []part{owner(fmt.Sprintf("team-%d", i%3)), images(4, i%4)}
		if i%5 == 0 {
			parts = append(parts, unscored)
		}
		js = append(js, judge(t, r, "shop", fmt.Sprintf("s%03d", i), parts...))
	}
	scanned(t, s, "shop", js...)
}

func testPages(t *testing.T, d *database) {
	s := d.open(t)
	many(t, s, 53)
	for _, order := range []string{"", "score", "score desc", "owner desc,score desc", "level desc,change_time"} {
		whole := names(t, s, scorecard.Query{Order: orders(order), Size: 1000})
		if len(whole) != 53 || len(slices.Compact(sorted(slices.Clone(whole)))) != 53 {
			t.Fatalf("order %q: %d names", order, len(whole))
		}
		for _, size := range []int{1, 7, 52, 53, 54} {
			if diff := cmp.Diff(whole, names(t, s, scorecard.Query{Order: orders(order), Size: size})); diff != "" {
				t.Errorf("order %q in pages of %d: %s", order, size, diff)
			}
		}
	}
	p, err := s.ListRecords(t.Context(), scorecard.Query{Size: 5000})
	if err != nil || p.Next != "" || p.Total != 53 {
		t.Errorf("%q, %d, %v", p.Next, p.Total, err)
	}
}

// testPagesMoving takes pages while services before and after the page's end come,
// go and change: what stays is seen exactly once.
func testPagesMoving(t *testing.T, d *database) {
	s, r := d.open(t), rubric(t)
	register(t, s, "shop")
	find := func(from, to int) (js []scorecard.Judged) {
		for i := from; i < to; i++ {
			js = append(js, judge(t, r, "shop", fmt.Sprintf("s%03d", i), owner("team"), images(1, 0)))
		}
		return js
	}
	scanned(t, s, "shop", find(0, 40)...)
	q := scorecard.Query{Size: 10, Order: orders("score desc,owner")}
	seen := map[string]int{}
	for step := 0; ; step++ {
		p, err := s.ListRecords(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range p.Items {
			seen[r.Scorecard.Service.Name]++
		}
		if q.Token = p.Next; q.Token == "" {
			break
		}
		// The first go, more come at the end, and the very one the token stands on goes too.
		js := slices.DeleteFunc(find(5*(step+1), 50), func(j scorecard.Judged) bool {
			return j.Scorecard.Service.Name == p.Items[len(p.Items)-1].Scorecard.Service.Name
		})
		scanned(t, s, "shop", js...)
	}
	for i := range 50 {
		if n := seen[fmt.Sprintf("s%03d", i)]; n != 1 && i >= 20 || n > 1 {
			t.Errorf("s%03d was seen %d times", i, n)
		}
	}
}

func testTokens(t *testing.T, d *database) {
	s, ctx := d.open(t), t.Context()
	many(t, s, 10)
	q := scorecard.Query{Size: 3, Order: orders("score,level,change_time"), Filter: compare("owner", ":", "team")}
	first, err := s.ListRecords(ctx, q)
	if err != nil || first.Next == "" {
		t.Fatal(err)
	}
	use := func(change func(*scorecard.Query)) error {
		q := q
		q.Token = first.Next
		change(&q)
		_, err := s.ListRecords(ctx, q)
		return err
	}
	for name, change := range map[string]func(*scorecard.Query){
		"its own":        func(*scorecard.Query) {},
		"another size":   func(q *scorecard.Query) { q.Size = 5 },
		"summaries only": func(q *scorecard.Query) { q.SummaryOnly = true },
	} {
		if err := use(change); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	raw, err := base64.RawURLEncoding.DecodeString(first.Next)
	if err != nil {
		t.Fatal(err)
	}
	forge := func(old, new string) func(*scorecard.Query) {
		if !strings.Contains(string(raw), old) {
			t.Fatalf("%s has no %s", raw, old)
		}
		return func(q *scorecard.Query) {
			q.Token = base64.RawURLEncoding.EncodeToString([]byte(strings.Replace(string(raw), old, new, 1)))
		}
	}
	for name, change := range map[string]func(*scorecard.Query){
		"another filter":    func(q *scorecard.Query) { q.Filter = compare("owner", ":", "tea") },
		"no filter":         func(q *scorecard.Query) { q.Filter = nil },
		"another order":     func(q *scorecard.Query) { q.Order = q.Order[:2] },
		"another direction": func(q *scorecard.Query) { q.Order = orders("score desc,level,change_time") },
		"retired too":       func(q *scorecard.Query) { q.ShowRetired = true },
		"cut short":         func(q *scorecard.Query) { q.Token = q.Token[:len(q.Token)-3] },
		"not ours":          func(q *scorecard.Query) { q.Token = "0" },
		"long":              func(q *scorecard.Query) { q.Token = strings.Repeat("A", 1<<20) },
		"NUL in the ID":     forge(`"i":"`, `"i":"\u0000`),
		"fewer values":      forge(`"v":[`, `"w":[`),
		"a rank too high":   forge(`,1,"20`, `,99,"20`),
		"no time":           forge(`,"20`, `,"x20`),
		"a time as number":  forge(`,1,"20`, `,1,7,"20`),
	} {
		refused(t, name, use(change), "page_token", "")
	}
	if _, err := s.ListScans(ctx, scorecard.Query{Size: 1, Token: first.Next}); !errors.Is(err, scorecard.ErrInvalid) {
		t.Errorf("of another list: %v", err)
	}
}

func testOtherLists(t *testing.T, d *database) {
	s, ctx := d.open(t), t.Context()
	register(t, s, "a", "b", "c")
	var ids []string
	for _, r := range []string{"b", "a", "c"} {
		sc, _, err := s.RequestScan(ctx, r)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, sc.ID)
	}
	if _, err := s.CancelScan(ctx, ids[0]); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		q    scorecard.Query
		want []string
	}{
		{scorecard.Query{}, ids},
		{scorecard.Query{Order: orders("create_time desc")}, []string{ids[2], ids[1], ids[0]}},
		{scorecard.Query{Order: orders("end_time desc,repository")}, []string{ids[0], ids[1], ids[2]}},
		{scorecard.Query{Filter: is("state", "QUEUED")}, ids[1:]},
		{scorecard.Query{Filter: is("repository", "b")}, ids[:1]},
		{scorecard.Query{Filter: compare("end_time", ":", "*")}, ids[:1]},
		{scorecard.Query{Filter: compare("create_time", "<", time.Now().Add(-time.Hour))}, nil},
	} {
		var got []string
		for c.q.Size = 2; ; {
			p, err := s.ListScans(ctx, c.q)
			if err != nil || p.Total != len(c.want) {
				t.Fatalf("%+v: %d, %v", c.q, p.Total, err)
			}
			for _, sc := range p.Items {
				got = append(got, sc.ID)
			}
			if c.q.Token = p.Next; p.Next == "" {
				break
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%+v: %s", c.q, diff)
		}
	}
	p, err := s.ListRepositories(ctx, scorecard.Query{Size: 2, Order: orders("path desc"), Filter: is("origin", "api")})
	if err != nil || p.Total != 3 || len(p.Items) != 2 || p.Items[0].ID != "c" || p.Next == "" {
		t.Errorf("%+v, %v", p, err)
	}
	_, err = s.ListScans(ctx, scorecard.Query{Size: 1, Filter: is("owner", "x")})
	refused(t, "a record's field", err, "filter", "repository, state, create_time, end_time")
	_, err = s.ListRepositories(ctx, scorecard.Query{Size: 1, Order: orders("state")})
	refused(t, "a scan's field", err, "order_by", "name, display_name, path, origin")
}
