package server

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// running is a server that serves, on loopback, until the test ends.
type running struct {
	store *memory
	conn  *grpc.ClientConn
	url   string
	root  string // the one allowed root
	log   *safeBuffer
	woken func() int
	// stop ends the server and gives what Serve returned.
	stop func() error
}

type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// boot starts a server over a store of three services, with the options changed.
func boot(t testing.TB, change func(*Options)) *running {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	rubric := testRubric(t)
	r := &running{store: testStore(t, rubric), root: root, log: &safeBuffer{}}
	var mu sync.Mutex
	woken := 0
	r.woken = func() int {
		mu.Lock()
		defer mu.Unlock()
		return woken
	}
	o := Options{
		Store: r.store, Rubric: rubric, AllowedRoots: []string{root}, Version: "1.2.3",
		Logger: slog.New(slog.NewTextHandler(r.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Wake: func() {
			mu.Lock()
			defer mu.Unlock()
			woken++
		},
		ReadyInterval: 20 * time.Millisecond,
	}
	if change != nil {
		change(&o)
	}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	grpcListener, httpListener := listen(t), listen(t)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, grpcListener, httpListener) }()
	r.stop = sync.OnceValue(func() error {
		cancel()
		return <-ended
	})
	r.url = "http://" + httpListener.Addr().String()
	r.conn, err = grpc.NewClient(grpcListener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = r.conn.Close()
		_ = r.stop()
	})
	return r
}

func listen(t testing.TB) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// do sends a request and gives the status and the body.
func (r *running) do(t testing.TB, method, path, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, r.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if ct := resp.Header.Get("Content-Type"); strings.HasPrefix(path, "/v1/") && ct != "application/json" {
		t.Errorf("%s %s: content type %q", method, path, ct)
	}
	return resp.StatusCode, string(b)
}

// object is a JSON object as it came.
type object = map[string]any

func (r *running) json(t testing.TB, method, path, body string) (int, object) {
	t.Helper()
	code, text := r.do(t, method, path, body)
	var o object
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		t.Fatalf("%s %s: %d %q: %v", method, path, code, text, err)
	}
	return code, o
}

// at follows keys and indices into a JSON value.
func at(v any, path ...any) any {
	for _, p := range path {
		switch p := p.(type) {
		case string:
			o, _ := v.(object)
			v = o[p]
		case int:
			a, _ := v.([]any)
			if p >= len(a) {
				return nil
			}
			v = a[p]
		}
	}
	return v
}

func testRubric(t testing.TB) *scorecard.Rubric {
	t.Helper()
	probe := func(id string, pillar scorecard.Pillar, level scorecard.Level) scorecard.Check {
		return scorecard.Check{
			ID: id, Pillar: pillar, Title: "it has " + id, Why: "else <nobody> knows", Fix: "write it",
			References: []scorecard.Reference{{Title: "a book", URL: "https://sre.google/books/"}},
			Level:      level, Weight: scorecard.High, Effort: scorecard.Hour, Reads: []scorecard.Family{scorecard.Kubernetes},
			Rule: func(v *scorecard.View) scorecard.Finding {
				var tally scorecard.Tally
				for i := range v.Workloads {
					w := &v.Workloads[i]
					if v.Service.Owner == "" {
						tally.Fail(w.Location, "```yaml\nowner: team\n```", "%s has none", w.Object.Name)
					} else {
						tally.Pass(w.Location, "%s has it", w.Object.Name)
					}
				}
				return tally.Finding("workload", "has "+id, "there is no workload")
			},
		}
	}
	rubric, err := scorecard.NewRubric("test", []scorecard.Check{
		probe("readiness-probe", scorecard.Health, scorecard.Bronze),
		probe("pdb-present", scorecard.Availability, scorecard.Silver),
		probe("slo-defined", scorecard.SLO, scorecard.Silver),
	})
	if err != nil {
		t.Fatal(err)
	}
	return rubric
}

// testStore has a repository of the configuration and three services: cart, which is
// good, search, which is poor and has a gap, and old, which is retired.
func testStore(t testing.TB, rubric *scorecard.Rubric) *memory {
	t.Helper()
	m := &memory{clock: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	m.repositories = []scorecard.Repository{{ID: "shop", Path: "/srv/shop", DisplayName: "Shop", Origin: originConfig, CreateTime: m.now()}}
	for _, s := range []struct {
		name, owner string
		gap         bool
	}{{"cart", "team-a", false}, {"search", "", true}, {"old", "team-b", false}} {
		inv := &scorecard.Inventory{Service: scorecard.Service{
			ID: "shop." + s.name, Name: s.name, Discovery: scorecard.ByWorkload, Repository: "shop", Path: "deploy/" + s.name,
			Owner: s.owner, Location: scorecard.Location{Path: "deploy/" + s.name + ".yaml", FirstLine: 1, LastLine: 30},
		}}
		inv.Workloads = []scorecard.Workload{{Location: scorecard.Location{
			Path: "deploy/" + s.name + ".yaml", FirstLine: 3, LastLine: 30,
			Object: scorecard.ObjectRef{APIVersion: "apps/v1", Kind: "Deployment", Namespace: scorecard.ReleaseNamespace("chart"), Name: s.name},
		}, Object: scorecard.ObjectRef{APIVersion: "apps/v1", Kind: "Deployment", Name: s.name}}}
		if s.gap {
			inv.Gaps = []scorecard.Gap{{Location: scorecard.Location{Path: "deploy/broken.yaml", FirstLine: 7, LastLine: 7}, Hides: []scorecard.Family{scorecard.Kubernetes}, Reason: "malformed", Message: "deploy/broken.yaml:7 is no YAML; mend it"}}
		}
		card, err := scorecard.Judge(inv, rubric)
		if err != nil {
			t.Fatal(err)
		}
		rec := scorecard.Record{
			Scorecard: card, Revision: scorecard.Revision{Commit: "0123456789abcdef0123456789abcdef01234567", Branch: "main", URL: "https://github.com/example/shop"},
			Scan: "01900000-0000-7000-8000-000000000000", ScanTime: m.now(), ChangeTime: m.now(), CreateTime: m.now(),
		}
		if s.name == "old" {
			rec.RetireTime = m.now()
		}
		m.records = append(m.records, rec)
	}
	return m
}

// many gives the store n services more.
func (m *memory) many(n int) {
	defer m.lock()()
	for i := range n {
		score := float64(i)
		m.records = append(m.records, scorecard.Record{Scorecard: &scorecard.Scorecard{
			Service: scorecard.Service{ID: fmt.Sprintf("fleet.s%04d", i), Name: fmt.Sprintf("s%04d", i), Repository: "fleet", Discovery: scorecard.ByWorkload},
			Level:   scorecard.Bronze, LevelAtMost: scorecard.Gold, Score: &score, Max: 100,
		}})
	}
}
