package server

import (
	"fmt"
	"log"
	"log/slog"
	"math"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// Options say what a server serves and within which bounds. Store, Rubric and Logger
// are needed; every zero elsewhere stands for its default.
type Options struct {
	// Store keeps what is served. The server does not close it.
	Store scorecard.Store
	// Rubric has the checks that are shown.
	Rubric *scorecard.Rubric
	// Checks are all that there are: old verdicts may have been judged by others than those
	// of Rubric.
	Checks []scorecard.Check
	// ParseRubric reads a draft of a rubric, with faults that name their lines; without it
	// there are no previews.
	ParseRubric func(yaml []byte) (*scorecard.Rubric, error)
	// Wake is called after a scan was asked for or cancelled, so that the runner looks
	// at once. It must not block. Default: nothing is called.
	Wake func()
	// AllowedRoots are the folders in and under which the API may register
	// repositories. Default: none, so that the API can't register any.
	AllowedRoots []string
	// AllowedRootsKey is the configuration key that sets AllowedRoots; the refusal
	// names it. Default: "allowed_roots".
	AllowedRootsKey string
	// Logger gets a line for each request at Debug, and for each internal error, with
	// the identifier that the client was given, at Error.
	Logger *slog.Logger
	// Version is shown on the index page. Default: "development".
	Version string
	// Metrics is where the server's metrics are registered and what /metrics shows.
	// Default: a new registry with those of the Go runtime and the process.
	Metrics *prometheus.Registry

	// MaxRequestBytes bounds a request's message or body: 413, or RESOURCE_EXHAUSTED
	// over gRPC. Default: 1 MiB.
	MaxRequestBytes int
	// MaxResponseBytes bounds an answer. Default: 64 MiB.
	MaxResponseBytes int
	// MaxConcurrent is how many requests are worked on at a time; further ones get
	// RESOURCE_EXHAUSTED (429). Health is not counted. Default: 256.
	MaxConcurrent int
	// MaxConnections is how many connections each listener has at a time; further
	// ones wait to be accepted. Default: 1024.
	MaxConnections int
	// RequestTimeout is how long a request may take. Default: 30 s.
	RequestTimeout time.Duration
	// ReadyInterval is how often the store is asked whether it answers. Default: 5 s.
	ReadyInterval time.Duration
	// DrainDelay is how long, at the end, requests are still taken while health says
	// NOT_SERVING already. Default: 0.
	DrainDelay time.Duration
	// DrainTimeout is how long, at the end, requests that have begun may still take.
	// Default: 10 s.
	DrainTimeout time.Duration
}

func (o Options) withDefaults() (Options, error) {
	switch {
	case o.Store == nil:
		return o, fmt.Errorf("%w: the server needs a store", scorecard.ErrInvalid)
	case o.Rubric == nil:
		return o, fmt.Errorf("%w: the server needs a rubric", scorecard.ErrInvalid)
	case o.Logger == nil:
		return o, fmt.Errorf("%w: the server needs a logger", scorecard.ErrInvalid)
	}
	if o.Wake == nil {
		o.Wake = func() {}
	}
	if o.AllowedRootsKey == "" {
		o.AllowedRootsKey = "allowed_roots"
	}
	if o.Version == "" {
		o.Version = "development"
	}
	if o.Metrics == nil {
		o.Metrics = newRegistry()
	}
	for _, n := range []struct {
		name   string
		value  *int
		preset int
	}{
		{"MaxRequestBytes", &o.MaxRequestBytes, 1 << 20},
		{"MaxResponseBytes", &o.MaxResponseBytes, 64 << 20},
		{"MaxConcurrent", &o.MaxConcurrent, 256},
		{"MaxConnections", &o.MaxConnections, 1024},
	} {
		if *n.value == 0 {
			*n.value = n.preset
		}
		if *n.value < 0 || *n.value > math.MaxInt32 {
			return o, fmt.Errorf("%w: %s is %d; it must be between 1 and %d", scorecard.ErrInvalid, n.name, *n.value, math.MaxInt32)
		}
	}
	for _, d := range []struct {
		name   string
		value  *time.Duration
		preset time.Duration
	}{
		{"RequestTimeout", &o.RequestTimeout, 30 * time.Second},
		{"ReadyInterval", &o.ReadyInterval, 5 * time.Second},
		{"DrainDelay", &o.DrainDelay, 0},
		{"DrainTimeout", &o.DrainTimeout, 10 * time.Second},
	} {
		if *d.value == 0 {
			*d.value = d.preset
		}
		if *d.value < 0 {
			return o, fmt.Errorf("%w: %s is %s; it must not be negative", scorecard.ErrInvalid, d.name, *d.value)
		}
	}
	return o, nil
}

// webLog has net/http's own complaints (broken connections, bad requests) at Debug.
func webLog(l *slog.Logger) *log.Logger { return slog.NewLogLogger(l.Handler(), slog.LevelDebug) }
