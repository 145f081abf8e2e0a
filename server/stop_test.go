package server

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/status"

	seaworthyv1 "github.com/seaworthy-dev/seaworthy/gen/seaworthy/v1"
)

func TestGracefulStop(t *testing.T) {
	r, a := bootAwkward(t, func(o *Options) { o.DrainDelay = 100 * time.Millisecond })
	answers := make(chan string, 2)
	go func() {
		resp, err := http.Get(r.url + "/v1/services/shop.waits")
		if err != nil {
			answers <- err.Error()
			return
		}
		defer resp.Body.Close()
		answers <- fmt.Sprint("REST ", resp.StatusCode)
	}()
	go func() {
		_, err := seaworthyv1.NewCatalogServiceClient(r.conn).GetService(t.Context(), &seaworthyv1.GetServiceRequest{Name: "services/shop.waits"})
		answers <- fmt.Sprint("gRPC ", status.Code(err))
	}()
	<-a.entered
	<-a.entered
	ended := make(chan error, 1)
	go func() { ended <- r.stop() }()
	waitFor(t, "readyz to say that it stops", func() bool {
		resp, err := http.Get(r.url + "/readyz")
		if err != nil {
			return false
		}
		defer resp.Body.Close()
		return resp.StatusCode == 503
	})
	select {
	case err := <-ended:
		t.Fatalf("it stopped with requests in flight: %v", err)
	case <-time.After(200 * time.Millisecond):
	}
	if _, err := http.Get(r.url + "/healthz"); err == nil {
		t.Error("it still takes connections")
	}
	close(a.release)
	got := []string{<-answers, <-answers}
	slices.Sort(got)
	if diff := cmp.Diff([]string{"REST 200", "gRPC OK"}, got); diff != "" {
		t.Error(diff)
	}
	if err := <-ended; err != nil {
		t.Errorf("Serve: %v", err)
	}
}

func TestStopIsBounded(t *testing.T) {
	r, a := bootAwkward(t, func(o *Options) { o.DrainTimeout = 100 * time.Millisecond })
	defer close(a.release)
	go func() {
		resp, err := http.Get(r.url + "/v1/services/shop.waits")
		if err == nil {
			resp.Body.Close()
		}
	}()
	<-a.entered
	start := time.Now()
	if err := r.stop(); err == nil || !strings.Contains(err.Error(), "not every HTTP request had finished") {
		t.Errorf("Serve: %v", err)
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("it took %s", took)
	}
}

func TestServeSaysWhenAListenerFails(t *testing.T) {
	s, err := New(Options{Store: &memory{}, Rubric: testRubric(t), Logger: newLogger()})
	if err != nil {
		t.Fatal(err)
	}
	closed := listen(t)
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Serve(t.Context(), listen(t), closed); err == nil || !strings.Contains(err.Error(), "serve HTTP") {
		t.Errorf("Serve: %v", err)
	}
}
