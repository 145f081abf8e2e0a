package server

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	seaworthyv1 "github.com/seaworthy-dev/seaworthy/gen/seaworthy/v1"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

func newLogger() *slog.Logger { return slog.New(slog.DiscardHandler) }

// Each method that reads, over gRPC and over REST: the same message both ways.
func TestReadingBothWays(t *testing.T) {
	r := boot(t, nil)
	scan, _, err := r.store.RequestScan(t.Context(), "shop")
	if err != nil {
		t.Fatal(err)
	}
	repositories, scans := seaworthyv1.NewRepositoryServiceClient(r.conn), seaworthyv1.NewScanServiceClient(r.conn)
	catalog, checks, cards := seaworthyv1.NewCatalogServiceClient(r.conn), seaworthyv1.NewCheckServiceClient(r.conn), seaworthyv1.NewScorecardServiceClient(r.conn)
	ctx := t.Context()
	for _, c := range []struct {
		path string
		call func() (proto.Message, error)
	}{
		{"/v1/repositories/shop", func() (proto.Message, error) {
			return repositories.GetRepository(ctx, &seaworthyv1.GetRepositoryRequest{Name: "repositories/shop"})
		}},
		{"/v1/repositories", func() (proto.Message, error) {
			return repositories.ListRepositories(ctx, &seaworthyv1.ListRepositoriesRequest{})
		}},
		{"/v1/scans/" + scan.ID, func() (proto.Message, error) {
			return scans.GetScan(ctx, &seaworthyv1.GetScanRequest{Name: "scans/" + scan.ID})
		}},
		{"/v1/scans?filter=" + url.QueryEscape(`repository = "repositories/shop" AND state = QUEUED`), func() (proto.Message, error) {
			return scans.ListScans(ctx, &seaworthyv1.ListScansRequest{Filter: `repository = "repositories/shop" AND state = QUEUED`})
		}},
		{"/v1/services/shop.cart", func() (proto.Message, error) {
			return catalog.GetService(ctx, &seaworthyv1.GetServiceRequest{Name: "services/shop.cart"})
		}},
		{"/v1/services?showRetired=true&pageSize=2", func() (proto.Message, error) {
			return catalog.ListServices(ctx, &seaworthyv1.ListServicesRequest{ShowRetired: true, PageSize: 2})
		}},
		{"/v1/checks/pdb-present", func() (proto.Message, error) {
			return checks.GetCheck(ctx, &seaworthyv1.GetCheckRequest{Name: "checks/pdb-present"})
		}},
		{"/v1/checks", func() (proto.Message, error) {
			return checks.ListChecks(ctx, &seaworthyv1.ListChecksRequest{})
		}},
		{"/v1/services/shop.search/scorecard", func() (proto.Message, error) {
			return cards.GetScorecard(ctx, &seaworthyv1.GetScorecardRequest{Name: "services/shop.search/scorecard"})
		}},
		{"/v1/services/shop.search/scorecard?view=SCORECARD_VIEW_BASIC", func() (proto.Message, error) {
			return cards.GetScorecard(ctx, &seaworthyv1.GetScorecardRequest{Name: "services/shop.search/scorecard", View: seaworthyv1.ScorecardView_SCORECARD_VIEW_BASIC})
		}},
		{"/v1/services/-/scorecards?order_by=level%20desc,name", func() (proto.Message, error) {
			return cards.ListScorecards(ctx, &seaworthyv1.ListScorecardsRequest{Parent: "services/-", OrderBy: "level desc,name"})
		}},
		{"/v1/services/-/scorecards?view=SCORECARD_VIEW_FULL&show_retired=true", func() (proto.Message, error) {
			return cards.ListScorecards(ctx, &seaworthyv1.ListScorecardsRequest{Parent: "services/-", View: seaworthyv1.ScorecardView_SCORECARD_VIEW_FULL, ShowRetired: true})
		}},
	} {
		want, err := c.call()
		if err != nil {
			t.Errorf("%s over gRPC: %v", c.path, err)
			continue
		}
		code, body := r.do(t, "GET", c.path, "")
		got := want.ProtoReflect().New().Interface()
		if err := protojson.Unmarshal([]byte(body), got); code != 200 || err != nil || !proto.Equal(want, got) {
			t.Errorf("%s: %d %v\nREST %s\ngRPC %s", c.path, code, err, body, protojson.Format(want))
		}
		if proto.Size(want) == 0 {
			t.Errorf("%s: nothing in it", c.path)
		}
	}
}

func TestScorecard(t *testing.T) {
	r := boot(t, nil)
	code, o := r.json(t, "GET", "/v1/services/shop.search/scorecard", "")
	if code != 200 {
		t.Fatal(code, o)
	}
	for _, c := range []struct {
		want any
		path []any
	}{
		{"services/shop.search/scorecard", []any{"name"}},
		{"services/shop.search", []any{"service", "name"}},
		{"", []any{"service", "owner"}}, // there, though empty
		{"repositories/shop", []any{"service", "repository"}},
		{"NONE", []any{"level"}},
		{"NONE", []any{"levelAtMost"}},
		{0.0, []any{"score"}},
		{"checks/readiness-probe", []any{"results", 0, "check"}},
		{"FAIL", []any{"results", 0, "outcome"}},
		{1.0, []any{"results", 0, "subjectCount"}},
		{"deploy/search.yaml", []any{"results", 0, "evidence", 0, "location", "path"}},
		{"https://github.com/example/shop/blob/0123456789abcdef0123456789abcdef01234567/deploy/search.yaml#L3-L30", []any{"results", 0, "evidence", 0, "location", "url"}},
		{"", []any{"results", 0, "evidence", 0, "location", "object", "namespace"}}, // the release's is no name
		{"search has none", []any{"results", 0, "evidence", 0, "message"}},
		{"malformed", []any{"results", 0, "gaps", 0, "reason"}},
		{"KUBERNETES", []any{"gaps", 0, "hides", 0}},
		{"BRONZE", []any{"nextLevel"}},
		{4.0, []any{"nextSteps", 0, "effort"}},
		{"2026-03-01T12:00:06Z", []any{"changeTime"}},
	} {
		if got := at(o, c.path...); got != c.want {
			t.Errorf("%v is %v, not %v", c.path, got, c.want)
		}
	}
	_, basic := r.json(t, "GET", "/v1/services/shop.search/scorecard?view=SCORECARD_VIEW_BASIC", "")
	if len(basic["results"].([]any)) != 0 || len(basic["gaps"].([]any)) != 0 || len(basic["pillars"].([]any)) != 3 {
		t.Errorf("the BASIC view has %v", basic)
	}
	if _, o := r.json(t, "GET", "/v1/services/-/scorecards", ""); at(o, "scorecards", 1, "nextLevel") != "LEVEL_UNSPECIFIED" || at(o, "scorecards", 1, "score") != 0.0 {
		t.Errorf("a list is not in the BASIC view: %v", o)
	}
}

func TestRepositoriesAreMadeAndDeleted(t *testing.T) {
	r := boot(t, nil)
	folder, other := filepath.Join(r.root, "payments"), t.TempDir()
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(r.root, "file"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for link, to := range map[string]string{"out": other, "in": folder} {
		if err := os.Symlink(to, filepath.Join(r.root, link)); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		what, id, path string
		code           int
		status         string
	}{
		{"elsewhere", "x", other, 403, "outside of those"},
		{"nothing elsewhere", "x", "/no/such/folder", 403, "outside of those"},
		{"a link out", "x", filepath.Join(r.root, "out"), 403, "outside of those"},
		{"dots out", "x", r.root + "/../..", 403, "outside of those"},
		{"a name that begins alike", "x", r.root + "2", 403, "outside of those"},
		{"nothing", "x", filepath.Join(r.root, "none"), 400, "repository.path: there is no such folder"},
		{"a file", "x", filepath.Join(r.root, "file"), 400, "repository.path: is no folder"},
		{"a relative path", "x", "payments", 400, "repository.path: must be the absolute path"},
		{"no path", "x", "", 400, "repository.path: value is required"},
		{"a bad ID", "Pay", folder, 400, "repository_id: must be 1 to 63 of"},
		{"no ID", "", folder, 400, "repository_id"},
		{"the ID of another", "shop", folder, 409, "taken"},
		{"a link in", "payments", filepath.Join(r.root, "in"), 200, ""},
		{"it again", "payments2", folder, 409, "taken"},
	} {
		code, o := r.json(t, "POST", "/v1/repositories?repositoryId="+c.id, fmt.Sprintf(`{"path":%q,"displayName":"Pay"}`, c.path))
		if code != c.code || !strings.Contains(fmt.Sprint(at(o, "message")), c.status) && c.status != "" {
			t.Errorf("%s: %d %v", c.what, code, o)
		}
	}
	_, o := r.json(t, "GET", "/v1/repositories/payments", "")
	if diff := cmp.Diff(object{"name": "repositories/payments", "displayName": "Pay", "path": folder, "origin": "API", "createTime": at(o, "createTime")}, o); diff != "" {
		t.Error(diff)
	}
	for _, c := range []struct {
		path string
		code int
		want codes.Code
	}{
		{"/v1/repositories/shop", 400, codes.FailedPrecondition},
		{"/v1/repositories/payments", 200, codes.OK},
		{"/v1/repositories/payments", 404, codes.NotFound},
	} {
		code, o := r.json(t, "DELETE", c.path, "")
		if got, _ := at(o, "code").(float64); code != c.code || codes.Code(got) != c.want {
			t.Errorf("DELETE %s: %d %v", c.path, code, o)
		}
	}
}

func TestNoFolderIsAllowedByDefault(t *testing.T) {
	r := boot(t, func(o *Options) { o.AllowedRoots, o.AllowedRootsKey = nil, "api.roots" })
	code, o := r.json(t, "POST", "/v1/repositories?repositoryId=x", fmt.Sprintf(`{"path":%q}`, r.root))
	if code != 400 || at(o, "code") != float64(codes.FailedPrecondition) || !strings.Contains(fmt.Sprint(at(o, "message")), "api.roots") {
		t.Errorf("%d %v", code, o)
	}
}

func TestScansOfARepository(t *testing.T) {
	r := boot(t, nil)
	body := `{"repository":"repositories/shop"}`
	code, first := r.json(t, "POST", "/v1/scans", body)
	_, second := r.json(t, "POST", "/v1/scans", body)
	if code != 200 || first["state"] != "QUEUED" || first["name"] != second["name"] || r.woken() != 2 {
		t.Fatalf("%d %v, then %v; woken %d times", code, first, second, r.woken())
	}
	if _, _, err := r.store.ClaimScan(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, third := r.json(t, "POST", "/v1/scans", body)
	if third["name"] == first["name"] {
		t.Error("a running scan was given for a new one")
	}
	_, o := r.json(t, "GET", "/v1/"+first["name"].(string), "")
	if diff := cmp.Diff(object{"stage": "READ", "doneCount": 1.0, "totalCount": 3.0, "item": "shop/deploy.yaml"}, o["progress"]); diff != "" {
		t.Error(diff)
	}
	code, o = r.json(t, "POST", "/v1/"+first["name"].(string)+":cancel", "{}")
	if code != 200 || o["state"] != "CANCELLED" || o["endTime"] == nil {
		t.Errorf("cancel: %d %v", code, o)
	}
	code, o = r.json(t, "POST", "/v1/"+first["name"].(string)+":cancel", "{}")
	if code != 400 || at(o, "code") != float64(codes.FailedPrecondition) || at(o, "details", 0, "violations", 0, "subject") != first["name"] {
		t.Errorf("cancel again: %d %v", code, o)
	}
	code, o = r.json(t, "POST", "/v1/scans", `{"repository":"repositories/none"}`)
	if code != 404 || at(o, "details", 0, "resourceName") != "repositories/none" {
		t.Errorf("a scan of nothing: %d %v", code, o)
	}
	_, o = r.json(t, "GET", "/v1/scans?filter="+url.QueryEscape("state = CANCELLED OR state = QUEUED")+"&orderBy=create_time%20desc", "")
	if o["totalSize"] != 2.0 || at(o, "scans", 0, "name") != third["name"] {
		t.Errorf("list: %v", o)
	}
}

// What is wrong with a request is said, with the field, on both ways.
func TestInvalidRequests(t *testing.T) {
	r := boot(t, nil)
	long := strings.Repeat("a", 3000)
	for _, c := range []struct{ method, path, body, field, text string }{
		{"GET", "/v1/repositories/-bad-", "", "name", "repositories/ and the repository's ID"},
		{"GET", "/v1/scans/1", "", "name", "a UUID"},
		{"GET", "/v1/checks/NO", "", "name", "checks/ and the check's ID"},
		{"GET", "/v1/services?pageSize=-1", "", "page_size", "greater than or equal to 0"},
		{"GET", "/v1/services?filter=" + long, "", "filter", "2048"},
		{"GET", "/v1/services?filter=colour%3Dred", "", "filter", "colour is not a field; the fields are name"},
		{"GET", "/v1/scans?filter=owner%3Dx", "", "filter", "owner is not a field"},
		{"GET", "/v1/services?orderBy=colour", "", "order_by", "colour is not a field"},
		{"GET", "/v1/services?pageToken=nonsense", "", "page_token", "another query"},
		{"GET", "/v1/checks?pageToken=nonsense", "", "page_token", "leave it empty"},
		{"GET", "/v1/services?page_sise=3", "", "page_sise", "those known are pageSize"},
		{"GET", "/v1/services/shop.cart?verbose=1", "", "verbose", "there is none here"},
		{"GET", "/v1/scans?filter=%FF", "", "filter", "UTF-8"},
		{"GET", "/v1/services?pageToken=%00%ff", "", "pageToken", "UTF-8"},
		{"GET", "/v1/services?page_token=%00%ff", "", "page_token", "UTF-8"},
		{"GET", "/v1/services?%ff=1", "", "query", "UTF-8"},
		{"GET", "/v1/services/%ff", "", "name", "UTF-8"},
		{"GET", "/v1/services?filter=name%3D%22%00%22&pageToken=%00", "", "page_token", ""},
		{"POST", "/v1/scans", `{}`, "scan.repository", "required"},
		{"POST", "/v1/scans", `{"repository":"shop"}`, "scan.repository", "must be repositories/"},
	} {
		code, o := r.json(t, c.method, c.path, c.body)
		field, text := at(o, "details", 0, "fieldViolations", 0, "field"), fmt.Sprint(at(o, "details", 0, "fieldViolations", 0, "description"))
		if code != 400 || at(o, "code") != float64(codes.InvalidArgument) || field != c.field || !strings.Contains(text, c.text) {
			t.Errorf("%s %.60s: %d %v", c.method, c.path, code, o)
		}
	}
	for _, path := range []string{"/v1/services/-/scorecards?view=7", "/v1/services?pageSize=many", "/v1/services?showRetired=perhaps", "/v1/services?filter=a&filter=b"} {
		if code, o := r.json(t, "GET", path, ""); code != 400 || at(o, "code") != float64(codes.InvalidArgument) {
			t.Errorf("%s: %d %v", path, code, o)
		}
	}
	for _, body := range []string{`{"repository":"repositories/shop","colour":1}`, `{"repository":`, `[]`, "\xff"} {
		if code, o := r.json(t, "POST", "/v1/scans", body); code != 400 || at(o, "code") != float64(codes.InvalidArgument) {
			t.Errorf("body %q: %d %v", body, code, o)
		}
	}
	_, err := seaworthyv1.NewScorecardServiceClient(r.conn).ListScorecards(t.Context(), &seaworthyv1.ListScorecardsRequest{Parent: "services/shop.cart", PageSize: -1})
	st := status.Convert(err)
	if st.Code() != codes.InvalidArgument || len(st.Details()) != 1 {
		t.Fatalf("%v", err)
	}
	got := map[string]string{}
	for _, v := range st.Details()[0].(*errdetails.BadRequest).GetFieldViolations() {
		got[v.GetField()] = v.GetReason()
	}
	if diff := cmp.Diff(map[string]string{"parent": "SCORECARD_PARENT", "page_size": "INT32_GTE"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestPages(t *testing.T) {
	r := boot(t, nil)
	r.store.many(2500)
	filter := url.QueryEscape(`repository = "repositories/fleet" AND score >= 10`)
	var names []string
	pages, token := 0, ""
	for {
		code, o := r.json(t, "GET", "/v1/services/-/scorecards?pageSize=5000&orderBy=score%20desc&filter="+filter+"&pageToken="+url.QueryEscape(token), "")
		if code != 200 || o["totalSize"] != 2490.0 {
			t.Fatal(code, o["message"], o["totalSize"])
		}
		for _, c := range o["scorecards"].([]any) {
			names = append(names, at(c, "service", "shortName").(string))
		}
		pages++
		if token = o["nextPageToken"].(string); token == "" {
			break
		}
	}
	if pages != 3 || len(names) != 2490 || names[0] != "s2499" || names[2489] != "s0010" {
		t.Errorf("%d pages, %d names from %s to %s", pages, len(names), names[0], names[len(names)-1])
	}
	for path, want := range map[string]int{
		"/v1/services":                                                    50,
		"/v1/services?pageSize=7":                                         7,
		"/v1/services/-/scorecards":                                       50,
		"/v1/services/-/scorecards?view=SCORECARD_VIEW_FULL":              20,
		"/v1/services/-/scorecards?view=SCORECARD_VIEW_FULL&pageSize=500": 100,
	} {
		_, o := r.json(t, "GET", path, "")
		services, _ := o["services"].([]any)
		cards, _ := o["scorecards"].([]any)
		if got := len(services) + len(cards); got != want {
			t.Errorf("%s gives %d", path, got)
		}
	}
	code, o := r.json(t, "GET", "/v1/checks?pageSize=2", "")
	code2, o2 := r.json(t, "GET", "/v1/checks?pageSize=2&pageToken="+at(o, "nextPageToken").(string), "")
	if code != 200 || code2 != 200 || len(o["checks"].([]any)) != 2 || at(o2, "checks", 0, "name") != "checks/slo-defined" || o2["nextPageToken"] != "" || o2["totalSize"] != 3.0 {
		t.Errorf("checks: %v then %v", o, o2)
	}
}

func TestErrorsNameWhatIsMissing(t *testing.T) {
	r := boot(t, nil)
	for _, name := range []string{"repositories/none", "scans/01900000-0000-7000-8000-0000000000ff", "services/none", "services/none/scorecard", "checks/none"} {
		code, o := r.json(t, "GET", "/v1/"+name, "")
		if code != 404 || at(o, "message") != name+" does not exist" || at(o, "details", 0, "resourceName") != name {
			t.Errorf("%s: %d %v", name, code, o)
		}
	}
	r.store.fail(errors.New("gone"))
	for _, path := range []string{"/v1/repositories", "/v1/scans", "/v1/services", "/v1/services/-/scorecards", "/v1/services/shop.cart/scorecard"} {
		code, o := r.json(t, "GET", path, "")
		var retry any
		details, _ := o["details"].([]any)
		for _, d := range details {
			if at(d, "retryDelay") != nil {
				retry = at(d, "retryDelay")
			}
		}
		if code != 503 || retry != "1s" {
			t.Errorf("%s: %d %v", path, code, o)
		}
	}
}

// The words of package scorecard all have a value of their own in the API.
func TestEnumsCoverTheWords(t *testing.T) {
	for _, p := range scorecard.Pillars() {
		if pillarProto(p) == 0 {
			t.Errorf("pillar %s", p)
		}
	}
	for _, l := range scorecard.Levels() {
		if levelProto(l) == 0 {
			t.Errorf("level %s", l)
		}
	}
	for i, f := range familiesProto(scorecard.Families()) {
		if f == 0 {
			t.Errorf("family %s", scorecard.Families()[i])
		}
	}
	for _, o := range []scorecard.Outcome{scorecard.Pass, scorecard.Fail, scorecard.NotApplicable, scorecard.Unknown} {
		if outcomeProto(o) == 0 {
			t.Errorf("outcome %s", o)
		}
	}
	for _, s := range []scorecard.ScanState{scorecard.ScanQueued, scorecard.ScanRunning, scorecard.ScanSucceeded, scorecard.ScanFailed, scorecard.ScanCancelled} {
		if scanProto(scorecard.Scan{State: s}).GetState() == 0 {
			t.Errorf("state %s", s)
		}
	}
	for _, stage := range []string{"walk", "read", "render", "judge", "record"} {
		if scanProto(scorecard.Scan{Progress: scorecard.Progress{Stage: stage}}).GetProgress().GetStage() == 0 {
			t.Errorf("stage %s", stage)
		}
	}
	for _, d := range []scorecard.Discovery{scorecard.ByCatalog, scorecard.ByWorkload, scorecard.ByRepository} {
		if serviceProto(scorecard.Record{Scorecard: &scorecard.Scorecard{Service: scorecard.Service{Discovery: d}}}).GetDiscovery() == 0 {
			t.Errorf("discovery %s", d)
		}
	}
}
