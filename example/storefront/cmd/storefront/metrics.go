package main

import (
	"fmt"
	"net/http"
	"sync"
	"time"
)

// buckets are the upper bounds of the histogram, in seconds. The objective asks for 0.5.
var buckets = []float64{0.05, 0.1, 0.25, 0.5, 1, 2.5}

// metrics counts what the objectives are measured by, and serves it to Prometheus.
type metrics struct {
	mu      sync.Mutex
	codes   map[int]int
	within  []int // requests that took no longer than the bucket of the same index
	seconds float64
	total   int
}

// watch counts the requests that the handler answers.
func (m *metrics) watch(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start, answer := time.Now(), &status{w, http.StatusOK}
		next.ServeHTTP(answer, r)
		took := time.Since(start).Seconds()
		m.mu.Lock()
		defer m.mu.Unlock()
		m.codes[answer.code]++
		m.total++
		m.seconds += took
		for i, most := range buckets {
			if took <= most {
				m.within[i]++
			}
		}
	})
}

func (m *metrics) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	m.mu.Lock()
	defer m.mu.Unlock()
	w.Header().Set("Content-Type", "text/plain; version=0.0.4")
	fmt.Fprintln(w, "# TYPE http_requests_total counter")
	for code, n := range m.codes {
		fmt.Fprintf(w, "http_requests_total{code=\"%d\"} %d\n", code, n)
	}
	fmt.Fprintln(w, "# TYPE http_request_duration_seconds histogram")
	for i, most := range buckets {
		fmt.Fprintf(w, "http_request_duration_seconds_bucket{le=\"%g\"} %d\n", most, m.within[i])
	}
	fmt.Fprintf(w, "http_request_duration_seconds_bucket{le=\"+Inf\"} %d\n", m.total)
	fmt.Fprintf(w, "http_request_duration_seconds_sum %g\nhttp_request_duration_seconds_count %d\n", m.seconds, m.total)
}

// status keeps the code that a handler answers with.
type status struct {
	http.ResponseWriter
	code int
}

func (s *status) WriteHeader(code int) {
	s.code = code
	s.ResponseWriter.WriteHeader(code)
}
