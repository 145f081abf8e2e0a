// Package server serves Seaworthy's API, seaworthy.v1, over gRPC and over REST.
//
// REST is the same API again: the gateway turns JSON into gRPC and sends it, through
// memory, to the same gRPC server, so that limits, validation, errors and metrics are
// the same on both ways. The path of a request:
//
//	HTTP ─ body and header limits ─ gateway ─┐
//	                                         ├─ metrics ─ log ─ errors ─ limit ─ deadline ─ recovery ─ validation ─ method ─ Store
//	gRPC ────────────────────────────────────┘
//
// It is the only package that knows the generated code of gen/ (clients aside). It
// also makes the API's messages of a scorecard without serving anything:
// [ScorecardProto] and [MarshalScorecards].
package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/reflection"
	"google.golang.org/grpc/test/bufconn"

	"golang.org/x/net/netutil"

	seaworthyv1 "github.com/seaworthy-dev/seaworthy/gen/seaworthy/v1"
)

// Server is the API, ready to serve. It serves once.
type Server struct {
	options Options
	roots   []string
	metrics *metrics
	methods routes
	health  *health.Server
	grpc    *grpc.Server
	// ready is whether the store answered last; draining whether the end has begun.
	ready    atomic.Bool
	draining atomic.Bool
}

// New makes a server. It is an ErrInvalid when an option is missing or out of its bounds.
func New(o Options) (*Server, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	roots, err := resolveRoots(o.AllowedRoots)
	if err != nil {
		return nil, err
	}
	s := &Server{options: o, roots: roots, health: health.NewServer()}
	if s.metrics, err = newMetrics(o.Metrics); err != nil {
		return nil, err
	}
	if s.methods, err = newRoutes(); err != nil {
		return nil, err
	}
	chain, err := s.chain()
	if err != nil {
		return nil, err
	}
	s.grpc = grpc.NewServer(append(chain, s.limits()...)...)
	seaworthyv1.RegisterRepositoryServiceServer(s.grpc, &repositoryService{s: s})
	seaworthyv1.RegisterScanServiceServer(s.grpc, &scanService{s: s})
	seaworthyv1.RegisterCatalogServiceServer(s.grpc, &catalogService{s: s})
	seaworthyv1.RegisterScorecardServiceServer(s.grpc, &scorecardService{s: s})
	seaworthyv1.RegisterCheckServiceServer(s.grpc, &checkService{s: s})
	seaworthyv1.RegisterHistoryServiceServer(s.grpc, &historyService{s: s, previews: make(places, maxPreviews)})
	grpc_health_v1.RegisterHealthServer(s.grpc, s.health)
	reflection.Register(s.grpc)
	s.metrics.grpc.InitializeMetrics(s.grpc)
	s.setReady(false)
	return s, nil
}

// Serve serves gRPC on one listener and HTTP on the other until ctx ends or one of
// them fails, and closes both. At the end it says first that it is not serving,
// waits for Options.DrainDelay so that balancers can see it, refuses what is new and
// lets what has begun finish, for at most Options.DrainTimeout; what is not done then
// is cut off. It returns nil when it was ctx that ended it, and all had finished.
func (s *Server) Serve(ctx context.Context, grpcListener, httpListener net.Listener) error {
	grpcListener = netutil.LimitListener(grpcListener, s.options.MaxConnections)
	httpListener = netutil.LimitListener(httpListener, s.options.MaxConnections)
	memory := bufconn.Listen(256 << 10)
	conn, err := dialMemory(memory, s.options.MaxResponseBytes)
	if err != nil {
		return errors.Join(err, grpcListener.Close(), httpListener.Close())
	}
	handler, err := s.handler(ctx, conn, isLoopback(httpListener.Addr()))
	if err != nil {
		return errors.Join(err, conn.Close(), grpcListener.Close(), httpListener.Close())
	}
	web := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      s.options.RequestTimeout + 30*time.Second, // working, then sending
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          webLog(s.options.Logger),
	}

	watching, stopWatching := context.WithCancel(ctx)
	defer stopWatching()
	s.checkReady(watching)
	go s.watchReady(watching)

	failed := make(chan error, 3)
	serve := func(what string, f func() error) {
		if err := f(); err != nil && !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, grpc.ErrServerStopped) {
			failed <- fmt.Errorf("serve %s: %w", what, err)
		}
	}
	go serve("the gateway", func() error { return s.grpc.Serve(memory) })
	go serve("gRPC on "+grpcListener.Addr().String(), func() error { return s.grpc.Serve(grpcListener) })
	go serve("HTTP on "+httpListener.Addr().String(), func() error { return web.Serve(httpListener) })

	var cause error
	select {
	case <-ctx.Done():
	case cause = <-failed:
	}
	return errors.Join(cause, s.drain(web, conn, cause == nil))
}

// drain ends all that serves. The HTTP side goes first: what it has begun still needs
// the gRPC server.
func (s *Server) drain(web *http.Server, conn *grpc.ClientConn, wait bool) error {
	s.draining.Store(true)
	s.health.Shutdown()
	if wait && s.options.DrainDelay > 0 {
		time.Sleep(s.options.DrainDelay)
	}
	ctx, cancel := context.WithTimeout(context.Background(), s.options.DrainTimeout)
	defer cancel()
	var err error
	if e := web.Shutdown(ctx); e != nil {
		err = fmt.Errorf("not every HTTP request had finished after %s: %w", s.options.DrainTimeout, errors.Join(e, web.Close()))
	}
	if e := conn.Close(); e != nil {
		err = errors.Join(err, fmt.Errorf("close the gateway: %w", e))
	}
	stopped := make(chan struct{})
	go func() {
		s.grpc.GracefulStop()
		close(stopped)
	}()
	select {
	case <-stopped:
	case <-ctx.Done():
		// Streams without an end, such as health's Watch, are cut off here too: that
		// is no failure.
		s.grpc.Stop()
		<-stopped
	}
	return err
}

// dialMemory connects the gateway to the gRPC server that listens in memory.
func dialMemory(memory *bufconn.Listener, maxResponse int) (*grpc.ClientConn, error) {
	conn, err := grpc.NewClient("passthrough:///memory",
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return memory.DialContext(ctx) }),
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxResponse)),
		grpc.WithDisableServiceConfig(),
	)
	if err != nil {
		return nil, fmt.Errorf("connect the gateway: %w", err)
	}
	return conn, nil
}

// isLoopback reports whether only this machine can reach the address.
func isLoopback(a net.Addr) bool {
	t, ok := a.(*net.TCPAddr)
	return ok && t.IP.IsLoopback()
}
