package server

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seaworthy-dev/seaworthy/scorecard"
	"github.com/seaworthy-dev/seaworthy/store"
)

// bootKept starts a server over a real store: shop.cart was judged three times, without an
// owner, with one, and with one by a rubric in which the objective is critical; shop.web once.
func bootKept(t *testing.T) (*running, *store.Store) {
	t.Helper()
	kept, err := store.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "seaworthy.db"), newLogger())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = kept.Close() })
	rubric := testRubric(t)
	heavier := heavierRubric(t)
	if _, err := kept.CreateRepository(t.Context(), scorecard.Repository{ID: "shop", Path: "/srv/shop"}); err != nil {
		t.Fatal(err)
	}
	for i, c := range []struct {
		owner  string
		rubric *scorecard.Rubric
	}{{"", rubric}, {"team-a", rubric}, {"", heavier}} {
		if err := kept.KeepRubric(t.Context(), c.rubric); err != nil {
			t.Fatal(err)
		}
		if _, _, err := kept.RequestScan(t.Context(), "shop"); err != nil {
			t.Fatal(err)
		}
		sc, _, err := kept.ClaimScan(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		sc.State, sc.Revision = scorecard.ScanSucceeded, scorecard.Revision{Commit: fmt.Sprintf("%040d", i), URL: "https://github.com/example/shop"}
		var judged []scorecard.Judged
		for name, owner := range map[string]string{"cart": c.owner, "web": "team-w"} {
			inv := &scorecard.Inventory{Service: scorecard.Service{ID: "shop." + name, Name: name, Repository: "shop", Owner: owner, Discovery: scorecard.ByWorkload}}
			inv.Workloads = []scorecard.Workload{{Location: scorecard.Location{Path: name + ".yaml", FirstLine: 1}, Object: scorecard.ObjectRef{Kind: "Deployment", Name: name}}}
			card, err := scorecard.Judge(inv, c.rubric)
			if err != nil {
				t.Fatal(err)
			}
			judged = append(judged, scorecard.Judged{Inventory: inv, Scorecard: card, Program: "1.2.3"})
		}
		if _, err := kept.FinishScan(t.Context(), sc, judged); err != nil {
			t.Fatal(err)
		}
	}
	if err := kept.RollUp(t.Context(), time.Now(), rubric.All()); err != nil {
		t.Fatal(err)
	}
	r := boot(t, func(o *Options) {
		o.Store, o.Checks = kept, rubric.All()
		o.ParseRubric = func(b []byte) (*scorecard.Rubric, error) {
			if string(b) != "heavier" {
				return nil, fmt.Errorf("%w: rubric:1: no such draft", scorecard.ErrInvalid)
			}
			return heavierRubric(t), nil
		}
	})
	return r, kept
}

// heavierRubric is the test's rubric with a heavier check.
func heavierRubric(t testing.TB) *scorecard.Rubric {
	t.Helper()
	all := testRubric(t).All()
	for i := range all {
		if all[i].ID == "slo-defined" {
			all[i].Level = scorecard.Bronze
			all[i].Weight = scorecard.Critical
		}
	}
	r, err := scorecard.NewRubric("heavier", all)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestHistory(t *testing.T) {
	r, _ := bootKept(t)
	code, page := r.json(t, "GET", "/v1/services/shop.cart/scorecardRevisions?page_size=2", "")
	if code != 200 || at(page, "totalSize") != 3.0 || at(page, "nextPageToken") == "" {
		t.Fatal(code, page)
	}
	newest, _ := at(page, "scorecardRevisions", 0, "name").(string)
	second, _ := at(page, "scorecardRevisions", 1, "name").(string)
	_, rest := r.json(t, "GET", "/v1/services/shop.cart/scorecardRevisions?page_size=2&page_token="+at(page, "nextPageToken").(string), "")
	oldest, _ := at(rest, "scorecardRevisions", 0, "name").(string)
	for _, c := range []struct {
		want any
		path []any
	}{
		{100.0, []any{"scorecardRevisions", 1, "scorecard", "score"}},
		{nil, []any{"scorecardRevisions", 1, "scorecard", "results", 0}},
		{"1.2.3", []any{"scorecardRevisions", 1, "program"}},
		{"0000000000000000000000000000000000000001", []any{"scorecardRevisions", 1, "scorecard", "revision", "commit"}},
		{nil, []any{"scorecardRevisions", 0, "endTime"}},
		{at(page, "scorecardRevisions", 0, "startTime"), []any{"scorecardRevisions", 1, "endTime"}},
	} {
		if got := at(page, c.path...); got != c.want {
			t.Errorf("%v is %v, want %v", c.path, got, c.want)
		}
	}
	code, one := r.json(t, "GET", "/v1/"+second, "")
	if code != 200 || at(one, "scorecard", "results", 0, "outcome") != "PASS" {
		t.Error(code, one)
	}
	for path, want := range map[string]int{
		"/v1/services/shop.none/scorecardRevisions":                                                             404,
		"/v1/services/shop.cart/scorecardRevisions?page_token=nonsense":                                         400,
		"/v1/services/shop.cart/scorecardRevisions/999999":                                                      404,
		"/v1/services/shop.cart/scorecardRevisions/x":                                                           400,
		"/v1/services/shop.web/scorecardRevisions/" + oldest[strings.LastIndex(oldest, "/")+1:]:                 404,
		"/v1/services/shop.cart/scorecard:explainChange?from_time=2020-01-01T00:00:00Z":                         404,
		"/v1/services/shop.cart/scorecard:explainChange?from_time=yesterday":                                    400,
		"/v1/services/shop.cart/scorecard:explainChange?from_time=2020-01-01T00:00:00Z&from_revision=" + oldest: 400,
		"/v1/services/shop.web/scorecard:explainChange?from_revision=" + oldest:                                 400,
		"/v1/services/shop.none/scorecard:explainChange":                                                        404,
		"/v1/trend?first_day=soon":                                                                              400,
		"/v1/trend?first_day=2026-02-01&last_day=2026-01-01":                                                    400,
		"/v1/trend?first_day=1900-01-01":                                                                        400,
		"/v1/trend?value=team-a":                                                                                400,
		"/v1/trend?group=SERVICE&value=shop.cart":                                                               400,
		"/v1/trend?group=SERVICE&value=services/shop.none":                                                      404,
	} {
		if code, body := r.do(t, "GET", path, ""); code != want {
			t.Errorf("%s: %d, want %d: %s", path, code, want, body)
		}
	}

	_, change := r.json(t, "GET", "/v1/services/shop.cart/scorecard:explainChange?from_revision="+url.QueryEscape(oldest)+"&to_revision="+url.QueryEscape(second), "")
	if at(change, "points") != 100.0 || at(change, "shares", 0, "cause") != "EVIDENCE" || at(change, "shares", 0, "points") != 100.0 || at(change, "parts", 0, "movesLevel") != true {
		t.Error(change)
	}
	if url := at(change, "parts", 0, "evidence", 0, "location", "url"); url != "https://github.com/example/shop/blob/0000000000000000000000000000000000000001/cart.yaml#L1-L1" {
		t.Error("the new evidence is at", url)
	}
	// Without a beginning it is the last change, and both rubric and evidence have a part in it.
	_, change = r.json(t, "GET", "/v1/services/shop.cart/scorecard:explainChange", "")
	if at(change, "to", "name") != newest || at(change, "from", "name") != second || at(change, "points") != -100.0 || at(change, "parts", 0, "after", "outcome") != "FAIL" {
		t.Error(change)
	}

	code, replay := r.json(t, "POST", "/v1/"+oldest+":replay", "{}")
	if code != 200 || at(replay, "identical") != true || at(replay, "verdictHash") != at(replay, "replayedHash") || at(replay, "change") != nil {
		t.Error(code, replay)
	}

	today := time.Now().UTC().Format(time.DateOnly)
	_, trend := r.json(t, "GET", "/v1/trend?group=OWNER&value=team-w", "")
	if at(trend, "days", 0, "day") != today || at(trend, "days", 0, "meanScore") != 100.0 || at(trend, "days", 0, "levels", 2, "serviceCount") != 1.0 {
		t.Error(trend)
	}
	_, trend = r.json(t, "GET", "/v1/trend?group=SERVICE&value=services/shop.cart", "")
	if at(trend, "days", 0, "meanScore") != 0.0 || at(trend, "days", 0, "serviceCount") != 1.0 || at(trend, "days", 1) != nil {
		t.Error(trend)
	}
}

func TestPreviewRubric(t *testing.T) {
	r, _ := bootKept(t)
	preview := func(body string) (int, []object) {
		code, text := r.do(t, "POST", "/v1/rubric:preview", body)
		var out []object
		for lines := bufio.NewScanner(strings.NewReader(text)); lines.Scan(); {
			var o object
			if err := json.Unmarshal(lines.Bytes(), &o); err != nil {
				t.Fatalf("%q: %v", lines.Text(), err)
			}
			out = append(out, o)
		}
		return code, out
	}
	code, got := preview(`{"rubric":"wrong"}`)
	if text := fmt.Sprint(got); code != 400 || !strings.Contains(text, "rubric:1: no such draft") {
		t.Error(code, text)
	}
	if code, got := preview(`{}`); code != 400 || !strings.Contains(fmt.Sprint(got), "rubric") {
		t.Error(code, got)
	}
	code, got = preview(`{"rubric":"heavier"}`)
	// All is judged by it already.
	if code != 200 || len(got) != 1 || at(got[0], "result", "summary", "serviceCount") != 2.0 || at(got[0], "result", "summary", "changedCount") != 0.0 {
		t.Error(code, got)
	}
	_, page := r.json(t, "GET", "/v1/services/shop.cart/scorecardRevisions", "")
	middle, _ := at(page, "scorecardRevisions", 1, "startTime").(string)
	code, got = preview(`{"rubric":"heavier","asOfTime":"` + middle + `"}`)
	if code != 200 || len(got) != 3 {
		t.Fatal(code, got)
	}
	if at(got[0], "result", "service", "service") != "services/shop.cart" || at(got[0], "result", "service", "parts", 0, "cause") != "RUBRIC" ||
		at(got[0], "result", "service", "parts", 0, "reason") != "the rubric weighs critical, was high, and is asked at bronze, was at silver" {
		t.Error(got[0])
	}
	want := []any{2.0, 2.0, 0.0, 0.0}
	var have []any
	for _, f := range []string{"serviceCount", "changedCount", "risenCount", "droppedCount"} {
		have = append(have, at(got[2], "result", "summary", f))
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Error(diff)
	}
	if owner := at(got[2], "result", "summary", "owners", 0, "owner"); owner != "team-a" {
		t.Error("the first owner:", owner)
	}
}
