package server

import (
	"context"
	"net/http"
	"time"

	"google.golang.org/grpc/health/grpc_health_v1"

	seaworthyv1 "github.com/seaworthy-dev/seaworthy/gen/seaworthy/v1"
)

// pingTimeout is how long the store may take to answer before it counts as gone.
const pingTimeout = 2 * time.Second

// apiServices are the services of the API, by their full names.
func apiServices() []string {
	return []string{
		seaworthyv1.RepositoryService_ServiceDesc.ServiceName,
		seaworthyv1.ScanService_ServiceDesc.ServiceName,
		seaworthyv1.CatalogService_ServiceDesc.ServiceName,
		seaworthyv1.ScorecardService_ServiceDesc.ServiceName,
		seaworthyv1.CheckService_ServiceDesc.ServiceName,
		seaworthyv1.HistoryService_ServiceDesc.ServiceName,
	}
}

// setReady tells gRPC's health service. The checks are served from memory, so that
// their service stays up without the store.
func (s *Server) setReady(ready bool) {
	s.ready.Store(ready)
	status := grpc_health_v1.HealthCheckResponse_NOT_SERVING
	if ready {
		status = grpc_health_v1.HealthCheckResponse_SERVING
	}
	s.health.SetServingStatus("", status)
	for _, name := range apiServices() {
		if name == seaworthyv1.CheckService_ServiceDesc.ServiceName {
			s.health.SetServingStatus(name, grpc_health_v1.HealthCheckResponse_SERVING)
			continue
		}
		s.health.SetServingStatus(name, status)
	}
}

// checkReady asks the store whether it answers, and says so when that has changed.
func (s *Server) checkReady(ctx context.Context) {
	ping, cancel := context.WithTimeout(ctx, pingTimeout)
	defer cancel()
	err := s.options.Store.Ping(ping)
	if ctx.Err() != nil {
		return
	}
	if was := s.ready.Load(); was && err != nil {
		s.options.Logger.Error("the store does not answer", "error", err)
	} else if !was && err == nil {
		s.options.Logger.Info("the store answers")
	}
	s.setReady(err == nil)
}

func (s *Server) watchReady(ctx context.Context) {
	tick := time.NewTicker(s.options.ReadyInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			s.checkReady(ctx)
		}
	}
}

// healthz answers whenever the process can answer at all.
func (s *Server) healthz(w http.ResponseWriter, _ *http.Request) { writeText(w, http.StatusOK, "ok\n") }

// readyz answers whether requests are wanted: what the store said when it was asked
// last, so that a flood of probes is none on the store.
func (s *Server) readyz(w http.ResponseWriter, _ *http.Request) {
	switch {
	case s.draining.Load():
		writeText(w, http.StatusServiceUnavailable, "stopping\n")
	case !s.ready.Load():
		writeText(w, http.StatusServiceUnavailable, "the store does not answer\n")
	default:
		writeText(w, http.StatusOK, "ok\n")
	}
}
