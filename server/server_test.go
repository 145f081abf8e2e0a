package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	seaworthyv1 "github.com/seaworthy-dev/seaworthy/gen/seaworthy/v1"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// awkward is a store that panics for one service, waits for another until it is let
// go, and fails with a secret for a third.
type awkward struct {
	*memory
	entered, release chan struct{}
}

func (a *awkward) GetRecord(ctx context.Context, id string) (scorecard.Record, error) {
	switch id {
	case "shop.panics":
		panic("index out of range: password=hunter2")
	case "shop.fails":
		return scorecard.Record{}, errors.New("pq: password=hunter2 is wrong")
	case "shop.waits":
		a.entered <- struct{}{}
		select {
		case <-a.release:
		case <-ctx.Done():
			return scorecard.Record{}, ctx.Err()
		}
		id = "shop.cart"
	}
	return a.memory.GetRecord(ctx, id)
}

func bootAwkward(t *testing.T, change func(*Options)) (*running, *awkward) {
	a := &awkward{entered: make(chan struct{}, 16), release: make(chan struct{})}
	r := boot(t, func(o *Options) {
		a.memory = o.Store.(*memory)
		o.Store = a
		if change != nil {
			change(o)
		}
	})
	return r, a
}

func TestInternalErrorsStayInTheLog(t *testing.T) {
	r, _ := bootAwkward(t, nil)
	for _, name := range []string{"services/shop.panics/scorecard", "services/shop.fails"} {
		code, o := r.json(t, "GET", "/v1/"+name, "")
		if code != 500 || at(o, "code") != float64(codes.Internal) {
			t.Errorf("%s: %d %v", name, code, o)
		}
		id, _ := at(o, "details", 0, "metadata", "id").(string)
		if id == "" || !strings.Contains(at(o, "message").(string), id) || !strings.Contains(r.log.String(), id) {
			t.Errorf("%s: the identifier %q is not in both the answer %v and the log", name, id, o)
		}
		if s := fmt.Sprint(o); strings.Contains(s, "hunter2") || strings.Contains(s, "goroutine") || strings.Contains(s, ".go:") {
			t.Errorf("%s: the answer tells too much: %s", name, s)
		}
	}
	if !strings.Contains(r.log.String(), "server_test.go") {
		t.Error("the log has no stack of the panic")
	}
	if code, _ := r.json(t, "GET", "/v1/services/shop.cart", ""); code != 200 {
		t.Errorf("after a panic: %d", code)
	}
}

func TestConcurrencyIsBounded(t *testing.T) {
	r, a := bootAwkward(t, func(o *Options) { o.MaxConcurrent = 2 })
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			if resp, err := http.Get(r.url + "/v1/services/shop.waits"); err == nil {
				resp.Body.Close()
			}
		})
		<-a.entered
	}
	code, o := r.json(t, "GET", "/v1/services/shop.cart", "")
	if code != 429 || at(o, "details", 0, "retryDelay") != "1s" {
		t.Errorf("the third: %d %v", code, o)
	}
	if code, _ := r.do(t, "GET", "/healthz", ""); code != 200 {
		t.Errorf("healthz: %d", code)
	}
	close(a.release)
	wg.Wait()
	if code, _ := r.json(t, "GET", "/v1/services/shop.cart", ""); code != 200 {
		t.Errorf("afterwards: %d", code)
	}
}

func TestStreamsAreBounded(t *testing.T) {
	r := boot(t, func(o *Options) { o.MaxConcurrent = 2 })
	watch := func() error {
		stream, err := grpc_health_v1.NewHealthClient(r.conn).Watch(t.Context(), &grpc_health_v1.HealthCheckRequest{})
		if err != nil {
			return err
		}
		_, err = stream.Recv()
		return err
	}
	for i, want := range []codes.Code{codes.OK, codes.OK, codes.ResourceExhausted} {
		if err := watch(); status.Code(err) != want {
			t.Errorf("stream %d: %v", i, err)
		}
	}
	if code, _ := r.json(t, "GET", "/v1/services/shop.cart", ""); code != 200 {
		t.Errorf("a request beside them: %d", code)
	}
}

func TestRequestsHaveADeadline(t *testing.T) {
	r, a := bootAwkward(t, func(o *Options) { o.RequestTimeout = 100 * time.Millisecond })
	defer close(a.release)
	if code, o := r.json(t, "GET", "/v1/services/shop.waits", ""); code != 504 || at(o, "code") != float64(codes.DeadlineExceeded) {
		t.Errorf("%d %v", code, o)
	}
}

func TestTooLargeRequests(t *testing.T) {
	r := boot(t, func(o *Options) { o.MaxRequestBytes = 4096 })
	large := `{"repository":"repositories/` + strings.Repeat("a", 5000) + `"}`
	for name, body := range map[string]io.Reader{
		"length known":   strings.NewReader(large),
		"length unknown": io.MultiReader(strings.NewReader(large)),
	} {
		resp, err := http.Post(r.url+"/v1/scans", "application/json", body)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != 413 || !strings.Contains(string(b), `"code":8`) {
			t.Errorf("%s: %d %s %v", name, resp.StatusCode, b, err)
		}
	}
	_, err := seaworthyv1.NewScanServiceClient(r.conn).CreateScan(t.Context(), &seaworthyv1.CreateScanRequest{Scan: &seaworthyv1.Scan{Repository: strings.Repeat("a", 5000)}})
	if status.Code(err) != codes.ResourceExhausted {
		t.Errorf("gRPC: %v", err)
	}
	if code, _ := r.json(t, "POST", "/v1/scans", `{"repository":"repositories/shop"}`); code != 200 {
		t.Errorf("a small body: %d", code)
	}
	req, err := http.NewRequestWithContext(t.Context(), "GET", r.url+"/healthz", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Large", strings.Repeat("a", 128<<10))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != 431 {
		t.Errorf("large headers: %d", resp.StatusCode)
	}
}

func TestPagesBesideTheAPI(t *testing.T) {
	r := boot(t, nil)
	waitFor(t, "readiness", func() bool { code, _ := r.do(t, "GET", "/readyz", ""); return code == 200 })
	r.do(t, "GET", "/v1/services/shop.cart", "")
	for _, c := range []struct{ path, want string }{
		{"/", "version 1.2.3"},
		{"/", `href="/v1/services/-/scorecards"`},
		{"/openapi.json", `"/v1/repositories/{repository}"`},
		{"/healthz", "ok"},
		{"/metrics", `grpc_server_handled_total{grpc_code="OK",grpc_method="GetService",grpc_service="seaworthy.v1.CatalogService",grpc_type="unary"} 1`},
		{"/metrics", "seaworthy_http_requests_total"},
		{"/metrics", "go_goroutines"},
	} {
		if code, body := r.do(t, "GET", c.path, ""); code != 200 || !strings.Contains(body, c.want) {
			t.Errorf("GET %s: %d, without %s", c.path, code, c.want)
		}
	}
	for _, page := range []string{"/v1/services/-/scorecards", "/v1/services", "/v1/checks", "/v1/repositories", "/v1/scans?orderBy=create_time%20desc"} {
		if code, body := r.do(t, "GET", page, ""); code != 200 {
			t.Errorf("the index links to %s: %d %s", page, code, body)
		}
	}
}

func TestUnknownRoutes(t *testing.T) {
	r := boot(t, nil)
	for _, c := range []struct {
		method, path string
		http         int
		code         codes.Code
	}{
		{"GET", "/v1/nothing", 404, codes.NotFound},
		{"GET", "/nothing", 404, codes.NotFound},
		{"PUT", "/v1/services/shop.cart", 405, codes.Unimplemented},
		{"POST", "/v1/services", 405, codes.Unimplemented},
		{"GET", "/v1/services/a/b/c", 404, codes.NotFound},
		{"POST", "/", 404, codes.NotFound},
	} {
		code, o := r.json(t, c.method, c.path, "")
		if code != c.http || at(o, "code") != float64(c.code) || !strings.Contains(fmt.Sprint(at(o, "message")), c.path) {
			t.Errorf("%s %s: %d %v", c.method, c.path, code, o)
		}
	}
}

func TestOptionsAreChecked(t *testing.T) {
	good := Options{Store: &memory{}, Rubric: testRubric(t), Logger: newLogger()}
	for name, change := range map[string]func(*Options){
		"no store":      func(o *Options) { o.Store = nil },
		"no rubric":     func(o *Options) { o.Rubric = nil },
		"no logger":     func(o *Options) { o.Logger = nil },
		"negative":      func(o *Options) { o.MaxConcurrent = -1 },
		"negative time": func(o *Options) { o.DrainTimeout = -1 },
		"relative root": func(o *Options) { o.AllowedRoots = []string{"repos"} },
		"missing root":  func(o *Options) { o.AllowedRoots = []string{"/no/such/folder"} },
	} {
		o := good
		change(&o)
		if _, err := New(o); !errors.Is(err, scorecard.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := New(good); err != nil {
		t.Error(err)
	}
}

func TestEveryMethodHasARoute(t *testing.T) {
	rs, err := newRoutes()
	if err != nil {
		t.Fatal(err)
	}
	if n := len(methodDescriptors()); n != 20 || len(rs) != n {
		t.Errorf("%d methods, %d routes", n, len(rs))
	}
	want := []string{"pageSize", "page_size", "pageToken", "page_token", "filter", "orderBy", "order_by", "showRetired", "show_retired"}
	if diff := cmp.Diff(want, rs["GET /v1/services"]); diff != "" {
		t.Error(diff)
	}
}

// Each of the API's errors, by the table.
func TestMappings(t *testing.T) {
	s := &Server{options: Options{Logger: newLogger()}}
	for _, c := range []struct {
		method string
		err    error
		want   codes.Code
	}{
		{"/x/GetX", fmt.Errorf("a: %w", scorecard.ErrInvalid), codes.InvalidArgument},
		{"/x/GetX", &scorecard.FieldError{Field: "f", Description: "d"}, codes.InvalidArgument},
		{"/x/GetX", scorecard.ErrNotFound, codes.NotFound},
		{"/x/CreateX", scorecard.ErrConflict, codes.AlreadyExists},
		{"/x/DeleteX", scorecard.ErrConflict, codes.FailedPrecondition},
		{"/x/CancelX", scorecard.ErrConflict, codes.FailedPrecondition},
		{"/x/UpdateX", scorecard.ErrConflict, codes.Aborted},
		{"/x/GetX", scorecard.ErrDenied, codes.PermissionDenied},
		{"/x/GetX", scorecard.ErrUnavailable, codes.Unavailable},
		{"/x/GetX", context.Canceled, codes.Canceled},
		{"/x/GetX", context.DeadlineExceeded, codes.DeadlineExceeded},
		{"/x/GetX", io.ErrUnexpectedEOF, codes.Internal},
		{"/x/GetX", status.Error(codes.OutOfRange, "far"), codes.OutOfRange},
		{"/x/GetX", nil, codes.OK},
	} {
		if got := status.Code(s.statusOf(t.Context(), c.method, c.err)); got != c.want {
			t.Errorf("%s %v: %s, not %s", c.method, c.err, got, c.want)
		}
	}
	err := s.statusOf(t.Context(), "/x/CancelX", about("Scan", "scans/1", fmt.Errorf("%w: it has ended", scorecard.ErrConflict)))
	if got := status.Convert(err).Message(); got != "it has ended" {
		t.Errorf("the message is %q", got)
	}
	st := status.Convert(s.statusOf(t.Context(), "/x/GetX", about("Scan", "scans/1", scorecard.ErrNotFound)))
	if info, ok := st.Details()[0].(*errdetails.ResourceInfo); !ok || info.GetResourceName() != "scans/1" || info.GetResourceType() != "seaworthy.dev/Scan" {
		t.Errorf("%v", st)
	}
}

func waitFor(t *testing.T, what string, f func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !f(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("no sign of %s", what)
		}
	}
}
