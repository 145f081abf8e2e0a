package server

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"testing"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/grpc"
	"google.golang.org/grpc/test/bufconn"

	seaworthyv1 "github.com/seaworthy-dev/seaworthy/gen/seaworthy/v1"
)

// What the server costs: a scorecard over REST from the whole server, beside the same
// from a gateway and a gRPC server with nothing around them.
func BenchmarkGetScorecard(b *testing.B) {
	b.Run("server", func(b *testing.B) {
		r := boot(b, func(o *Options) { o.Logger = slog.New(slog.DiscardHandler) })
		get(b, r.url)
	})
	b.Run("bare", func(b *testing.B) {
		rubric := testRubric(b)
		memory := bufconn.Listen(256 << 10)
		srv := grpc.NewServer()
		seaworthyv1.RegisterScorecardServiceServer(srv, &scorecardService{s: &Server{options: Options{Store: testStore(b, rubric), Rubric: rubric}}})
		go func() { _ = srv.Serve(memory) }()
		defer srv.Stop()
		conn, err := dialMemory(memory, 1<<20)
		if err != nil {
			b.Fatal(err)
		}
		defer conn.Close()
		mux := runtime.NewServeMux()
		if err := seaworthyv1.RegisterScorecardServiceHandler(context.Background(), mux, conn); err != nil {
			b.Fatal(err)
		}
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			b.Fatal(err)
		}
		web := &http.Server{Handler: mux}
		go func() { _ = web.Serve(l) }()
		defer web.Close()
		get(b, "http://"+l.Addr().String())
	})
}

func get(b *testing.B, url string) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	one := func() {
		resp, err := client.Get(url + "/v1/services/shop.cart/scorecard")
		if err != nil {
			b.Error(err)
			return
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			b.Errorf("status %d", resp.StatusCode)
		}
	}
	b.Run("one", func(b *testing.B) {
		for b.Loop() {
			one()
		}
	})
	b.Run("many", func(b *testing.B) {
		b.SetParallelism(16)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				one()
			}
		})
	})
}
