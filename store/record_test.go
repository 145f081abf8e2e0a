package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

func testRecords(t *testing.T, d *database) {
	s, ctx, r := d.open(t), t.Context(), rubric(t)
	register(t, s, "shop")
	all := []scorecard.Judged{
		judge(t, r, "shop", "good", owner("team-a"), images(3, 0), runbook),
		judge(t, r, "shop", "poor", images(3, 2)),
		judge(t, r, "shop", "dark", blind),
		judge(t, r, "shop", "lib", unscored),
	}
	done := scanned(t, s, "shop", all...)
	if done.State != scorecard.ScanSucceeded || done.Services != 4 || done.Changed != 4 || done.Revision.Commit != "c0ffee" {
		t.Errorf("the scan: %+v", done)
	}
	for _, j := range all {
		got, err := s.GetRecord(ctx, j.Scorecard.Service.ID)
		if err != nil {
			t.Fatal(err)
		}
		want := scorecard.Record{Scorecard: j.Scorecard, Revision: done.Revision, Scan: done.ID,
			ScanTime: done.EndTime, ChangeTime: done.EndTime, CreateTime: done.EndTime}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		// What is read is, to the byte, what was judged, and can be judged again.
		inv, err := s.GetInventory(ctx, got.Scorecard.InventoryHash)
		if err != nil {
			t.Fatal(err)
		}
		again, err := scorecard.Judge(inv, r)
		if err != nil {
			t.Fatal(err)
		}
		was, _ := j.Scorecard.Canonical()
		now, _ := again.Canonical()
		if string(was) != string(now) {
			t.Errorf("judged again:\n%s\nnot\n%s", now, was)
		}
	}
	page, err := s.ListRecords(ctx, scorecard.Query{Size: 2, SummaryOnly: true})
	if err != nil || len(page.Items) != 2 || page.Total != 4 || page.Next == "" {
		t.Fatalf("list: %+v, %v", page, err)
	}
	brief := *all[2].Scorecard // shop.dark comes first
	brief.Results, brief.NextSteps, brief.Gaps = nil, nil, nil
	if diff := cmp.Diff(&brief, page.Items[0].Scorecard); diff != "" {
		t.Error(diff)
	}
	page, err = s.ListRecords(ctx, scorecard.Query{Size: 1})
	if diff := cmp.Diff(all[2].Scorecard, page.Items[0].Scorecard); err != nil || diff != "" {
		t.Error(err, diff)
	}
	for _, id := range []string{"none", "", "a\x00b", "\xff"} {
		_, record := s.GetRecord(ctx, id)
		_, inventory := s.GetInventory(ctx, id)
		if !errors.Is(record, scorecard.ErrNotFound) || !errors.Is(inventory, scorecard.ErrNotFound) {
			t.Errorf("%q: %v, %v", id, record, inventory)
		}
	}
}

func testUnchanged(t *testing.T, d *database) {
	s, r := d.open(t), rubric(t)
	register(t, s, "shop", "other")
	find := func() []scorecard.Judged {
		var out []scorecard.Judged
		for i := range 7 {
			out = append(out, judge(t, r, "shop", fmt.Sprintf("s%d", i), owner("team"), images(i, i/2)))
		}
		return out
	}
	first := scanned(t, s, "shop", find()...)
	scanned(t, s, "other", judge(t, r, "other", "s0"))
	before := d.rows(t)
	if want := "8"; before["verdicts"] != want || before["inventories"] != want || before["results"] != "24" || before["periods"] != want {
		t.Errorf("rows of 8 services with 3 checks: %v", before)
	}
	second := scanned(t, s, "shop", find()...)
	if second.Changed != 0 || second.Services != 7 {
		t.Errorf("an unchanged rescan: %+v", second)
	}
	after := d.rows(t)
	before["scans"] = after["scans"]
	if diff := cmp.Diff(before, after); diff != "" {
		t.Error("an unchanged rescan wrote rows:\n", diff)
	}
	got, err := s.GetRecord(t.Context(), "shop.s3")
	if err != nil || got.Scan != second.ID || !got.ScanTime.Equal(second.EndTime) || !got.ChangeTime.Equal(first.EndTime) || !got.CreateTime.Equal(first.EndTime) {
		t.Errorf("after it: %+v, %v", got, err)
	}
}

func testChanged(t *testing.T, d *database) {
	s, ctx, r := d.open(t), t.Context(), rubric(t)
	register(t, s, "shop")
	good := func() scorecard.Judged { return judge(t, r, "shop", "cart", owner("a"), images(1, 0), runbook) }
	same := func() scorecard.Judged { return judge(t, r, "shop", "same", owner("a")) }
	first := scanned(t, s, "shop", good(), same())
	poor := judge(t, r, "shop", "cart", unscored)
	second := scanned(t, s, "shop", poor, same())
	if second.Changed != 1 {
		t.Errorf("changed %d", second.Changed)
	}
	got, err := s.GetRecord(ctx, "shop.cart")
	if err != nil || !got.ChangeTime.Equal(second.EndTime) || !got.CreateTime.Equal(first.EndTime) {
		t.Errorf("%+v, %v", got, err)
	}
	if diff := cmp.Diff(poor.Scorecard, got.Scorecard); diff != "" {
		t.Error(diff)
	}
	// What lists go by changed with it: a score that is gone, an owner that is gone.
	for filter, want := range map[*scorecard.Expr][]string{
		is("owner", "a"):                      {"same"},
		{Op: ":", Field: "score", Value: "*"}: {"same"},
	} {
		if diff := cmp.Diff(want, names(t, s, scorecard.Query{Size: 9, Filter: filter})); diff != "" {
			t.Error(filter.Field, diff)
		}
	}
	before := d.rows(t)
	third := scanned(t, s, "shop", good(), same()) // back to what it was
	if third.Changed != 1 {
		t.Errorf("changed back: %d", third.Changed)
	}
	after := d.rows(t)
	if after["verdicts"] != before["verdicts"] || after["results"] != before["results"] || after["inventories"] != before["inventories"] {
		t.Errorf("a verdict that was there before was written again: %v, then %v", before, after)
	}
	want := []string{first.ID + " " + second.ID, second.ID + " " + third.ID, third.ID + " "}
	periods := d.ask(t, `SELECT p.scan, coalesce(s.id, '') FROM periods p LEFT JOIN scans s ON s.end_time = p.end_time WHERE p.service_id = 'shop.cart' ORDER BY p.start_time`)
	if diff := cmp.Diff(want, periods); diff != "" {
		t.Error(diff)
	}
	// The same facts judged by another rubric: a new verdict on the stored inventory.
	other, err := scorecard.NewRubric("other", r.All()[:2])
	if err != nil {
		t.Fatal(err)
	}
	scanned(t, s, "shop", judge(t, other, "shop", "cart", owner("a"), images(1, 0), runbook), same())
	if last := d.rows(t); last["inventories"] != after["inventories"] || last["verdicts"] == after["verdicts"] {
		t.Errorf("another rubric: %v, then %v", after, last)
	}
}

func testRetire(t *testing.T, d *database) {
	s, ctx, r := d.open(t), t.Context(), rubric(t)
	register(t, s, "shop", "other")
	cart, mail := judge(t, r, "shop", "cart"), judge(t, r, "shop", "mail")
	first := scanned(t, s, "shop", cart, mail)
	scanned(t, s, "other", judge(t, r, "other", "else"))
	second := scanned(t, s, "shop", cart)
	if diff := cmp.Diff([]string{"else", "cart"}, names(t, s, scorecard.Query{Size: 9})); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"else", "cart", "mail"}, names(t, s, scorecard.Query{Size: 9, ShowRetired: true})); diff != "" {
		t.Error(diff)
	}
	gone, err := s.GetRecord(ctx, "shop.mail")
	if err != nil || !gone.RetireTime.Equal(second.EndTime) || gone.Scan != first.ID {
		t.Errorf("retired: %+v, %v", gone, err)
	}
	scanned(t, s, "shop", cart) // a retired one stays as it is
	if again, err := s.GetRecord(ctx, "shop.mail"); err != nil || !again.RetireTime.Equal(gone.RetireTime) {
		t.Errorf("retired again: %+v, %v", again, err)
	}
	failed := begin(t, s, "shop") // one that failed saw nothing, and retires nothing
	failed.State = scorecard.ScanFailed
	if _, err := s.FinishScan(ctx, failed, nil); err != nil {
		t.Fatal(err)
	}
	before := d.rows(t)
	back := scanned(t, s, "shop", cart, mail)
	if back.Changed != 0 {
		t.Errorf("came back as it was, and counts as changed: %d", back.Changed)
	}
	got, err := s.GetRecord(ctx, "shop.mail")
	if err != nil || !got.RetireTime.IsZero() || got.Scan != back.ID || !got.CreateTime.Equal(first.EndTime) || !got.ChangeTime.Equal(first.EndTime) {
		t.Errorf("back: %+v, %v", got, err)
	}
	if after := d.rows(t); after["verdicts"] != before["verdicts"] || after["services"] != before["services"] {
		t.Errorf("coming back wrote %v after %v", after, before)
	}
	scanned(t, s, "shop") // an empty repository
	if diff := cmp.Diff([]string{"else"}, names(t, s, scorecard.Query{Size: 9})); diff != "" {
		t.Error(diff)
	}
}

func testOneHome(t *testing.T, d *database) {
	s, r := d.open(t), rubric(t)
	register(t, s, "a", "b")
	claim := func(repository string) scorecard.Judged {
		return judge(t, r, repository, "x", func(i *scorecard.Inventory) { i.Service.ID = "default.x" })
	}
	scanned(t, s, "a", claim("a"))
	sc := scanned(t, s, "b", claim("b"), judge(t, r, "b", "y"))
	if !strings.Contains(sc.Error, "default.x (declared by repository a)") || sc.State != scorecard.ScanSucceeded || sc.Changed != 1 {
		t.Errorf("the second home: %+v", sc)
	}
	home := func(want string) {
		t.Helper()
		got, err := s.GetRecord(t.Context(), "default.x")
		if err != nil || got.Scorecard.Service.Repository != want || !got.RetireTime.IsZero() {
			t.Errorf("home: %+v, %v; want %s", got, err, want)
		}
	}
	home("a")
	scanned(t, s, "a") // moves out
	if sc := scanned(t, s, "b", claim("b"), judge(t, r, "b", "y")); sc.Error != "" {
		t.Errorf("after the move: %s", sc.Error)
	}
	home("b")
	scanned(t, s, "a") // what moved is not a's to retire
	home("b")
}

func testFinishIsWhole(t *testing.T, d *database) {
	s, ctx, r := d.open(t), t.Context(), rubric(t)
	register(t, s, "shop")
	sc := begin(t, s, "shop")
	sc.State = scorecard.ScanSucceeded
	good := judge(t, r, "shop", "cart")
	strange := judge(t, r, "shop", "strange")
	strange.Inventory.Service.Name = "changed since"
	forged := judge(t, r, "shop", "forged")
	forged.Inventory.Documents = append(forged.Inventory.Documents, scorecard.Document{Kind: scorecard.Readme})
	nameless := judge(t, r, "shop", "x", func(i *scorecard.Inventory) { i.Service.ID = "" })
	for name, judged := range map[string][]scorecard.Judged{
		"twice":                {good, good},
		"another repository's": {good, judge(t, r, "other", "mail")},
		"without a scorecard":  {good, {Inventory: good.Inventory}},
		"another service's":    {good, strange},
		"another inventory's":  {good, forged},
		"without an ID":        {good, nameless},
	} {
		if _, err := s.FinishScan(ctx, sc, judged); !errors.Is(err, scorecard.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// The database refuses one row in the middle of the last step.
	many := make([]scorecard.Judged, 300)
	for i := range many {
		many[i] = judge(t, r, "shop", fmt.Sprintf("s%d", i), images(3, 1))
	}
	refuse := map[string][2]string{
		"sqlite": {"CREATE TRIGGER refuse BEFORE INSERT ON services WHEN NEW.id = 'shop.s250' BEGIN SELECT RAISE(ABORT, 'refused'); END", "DROP TRIGGER refuse"},
		"pgx":    {"ALTER TABLE services ADD CONSTRAINT refuse CHECK (id <> 'shop.s250')", "ALTER TABLE services DROP CONSTRAINT refuse"},
	}[d.driver]
	d.ask(t, refuse[0])
	if _, err := s.FinishScan(ctx, sc, many); err == nil || !strings.Contains(err.Error(), "refuse") {
		t.Errorf("finished in spite of a refusal: %v", err)
	}
	rows := d.rows(t)
	if rows["services"] != "0" || rows["verdicts"] != "0" || rows["inventories"] != "0" || rows["results"] != "0" {
		t.Errorf("left behind: %v", rows)
	}
	if got, err := s.GetScan(ctx, sc.ID); err != nil || got.State != scorecard.ScanRunning {
		t.Errorf("the scan: %+v, %v", got, err)
	}
	d.ask(t, refuse[1])
	if _, err := s.FinishScan(ctx, sc, many); err != nil {
		t.Errorf("the same again: %v", err)
	}
}

func testHostileText(t *testing.T, d *database) {
	s, ctx, r := d.open(t), t.Context(), rubric(t)
	register(t, s, "shop")
	sc := begin(t, s, "shop")
	odd := "Robert'); DROP TABLE services;--\x00\xff\u202e" + strings.Repeat("ß", 3000)
	if err := s.ProgressScan(ctx, sc.ID, scorecard.Progress{Stage: "read", Item: odd}); err != nil {
		t.Fatal(err)
	}
	text := strings.ToValidUTF8(odd, "?") // JSON can't hold other text as it is
	j := judge(t, r, "shop", "cart", owner(text), func(i *scorecard.Inventory) { i.Service.Title, i.Service.System = text, text })
	sc.State, sc.Error = scorecard.ScanSucceeded, odd
	sc.Revision = scorecard.Revision{Branch: odd}
	if _, err := s.FinishScan(ctx, sc, []scorecard.Judged{j}); err != nil {
		t.Fatal(err)
	}
	got, err := s.GetRecord(ctx, "shop.cart")
	if err != nil {
		t.Fatal(err)
	}
	was, _ := j.Scorecard.Canonical()
	is, _ := got.Scorecard.Canonical()
	if string(was) != string(is) {
		t.Errorf("kept as\n%.300s\nnot\n%.300s", is, was)
	}
	if diff := cmp.Diff([]string{"cart"}, names(t, s, scorecard.Query{Size: 1, Order: []scorecard.Order{{Field: "owner"}},
		Filter: &scorecard.Expr{Op: ":", Field: "owner", Value: "drop table"}})); diff != "" {
		t.Error(diff)
	}
}

func testResultsByCheck(t *testing.T, d *database) {
	s, r := d.open(t), rubric(t)
	register(t, s, "shop")
	scanned(t, s, "shop", judge(t, r, "shop", "a", owner("x")), judge(t, r, "shop", "b"), judge(t, r, "shop", "c", blind))
	scanned(t, s, "shop", judge(t, r, "shop", "a"), judge(t, r, "shop", "b", owner("x")), judge(t, r, "shop", "c", blind))
	const failing = `SELECT s.id FROM services s JOIN results r ON r.verdict_id = s.verdict_id
		WHERE r.check_id = 'owned' AND r.outcome = 'FAIL' AND s.retire_time IS NULL ORDER BY s.id`
	if diff := cmp.Diff([]string{"shop.a"}, d.ask(t, failing)); diff != "" {
		t.Error(diff)
	}
	if d.driver == "sqlite" {
		if plan := strings.Join(d.ask(t, "EXPLAIN QUERY PLAN "+failing), "\n"); strings.Contains(plan, "SCAN r") {
			t.Errorf("reads all results:\n%s", plan)
		}
	}
	want := []string{"owned UNKNOWN 1 10 0 1", "pinned UNKNOWN 2 7.5 0 1", "runbook UNKNOWN 3 5 0 1"}
	got := d.ask(t, `SELECT r.check_id, r.outcome, r.level, r.weight, r.credit_min, r.credit_max FROM results r
		JOIN verdicts v ON v.id = r.verdict_id WHERE v.service = 'shop.c' ORDER BY 1`)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func testContext(t *testing.T, d *database) {
	s := d.open(t)
	register(t, s, "shop")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, list := s.ListRecords(ctx, scorecard.Query{Size: 1})
	_, _, request := s.RequestScan(ctx, "shop")
	for what, err := range map[string]error{"list": list, "request": request, "ping": s.Ping(ctx)} {
		if !errors.Is(err, context.Canceled) || errors.Is(err, scorecard.ErrUnavailable) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func testClosed(t *testing.T, d *database) {
	s, ctx := d.open(t), t.Context()
	register(t, s, "shop")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	_, get := s.GetRepository(ctx, "shop")
	_, _, claim := s.ClaimScan(ctx)
	for what, err := range map[string]error{"get": get, "claim": claim, "ping": s.Ping(ctx)} {
		if !errors.Is(err, scorecard.ErrUnavailable) {
			t.Errorf("%s: %v", what, err)
		}
	}
}
