package server

import (
	"fmt"
	"net/http"

	grpcprom "github.com/grpc-ecosystem/go-grpc-middleware/providers/prometheus"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics are what the server counts: grpc_server_* for both ways in, and
// seaworthy_http_* for what never reaches a method.
type metrics struct {
	registry *prometheus.Registry
	grpc     *grpcprom.ServerMetrics
	requests *prometheus.CounterVec
	took     *prometheus.HistogramVec
	inFlight prometheus.Gauge
}

func newRegistry() *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return r
}

func newMetrics(r *prometheus.Registry) (*metrics, error) {
	m := &metrics{
		registry: r,
		grpc:     grpcprom.NewServerMetrics(grpcprom.WithServerHandlingTimeHistogram()),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "seaworthy_http_requests_total", Help: "HTTP requests answered, by method and status code.",
		}, []string{"method", "code"}),
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "seaworthy_http_request_duration_seconds", Help: "How long HTTP requests took, in seconds, by method.",
			Buckets: prometheus.DefBuckets,
		}, []string{"method"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "seaworthy_http_requests_in_flight", Help: "HTTP requests that are being answered.",
		}),
	}
	for _, c := range []prometheus.Collector{m.grpc, m.requests, m.took, m.inFlight} {
		if err := r.Register(c); err != nil {
			return nil, fmt.Errorf("register the server's metrics: %w", err)
		}
	}
	return m, nil
}

// counted counts a handler's requests.
func (m *metrics) counted(h http.Handler) http.Handler {
	return promhttp.InstrumentHandlerInFlight(m.inFlight,
		promhttp.InstrumentHandlerDuration(m.took, promhttp.InstrumentHandlerCounter(m.requests, h)))
}

// page shows them all, to Prometheus.
func (m *metrics) page() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry, MaxRequestsInFlight: 8})
}
