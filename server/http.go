package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"

	seaworthyv1 "github.com/seaworthy-dev/seaworthy/gen/seaworthy/v1"
)

// toJSON is the proto3 JSON mapping with lists, numbers, texts and enums always
// present, also where they are empty or zero: a reader can go through `results`
// without asking first whether it is there. Messages and optional fields that are not
// set (`score`, times) are left out.
var toJSON = protojson.MarshalOptions{EmitDefaultValues: true}

// fromJSON refuses fields that are not known: a misspelt one must not look obeyed.
var fromJSON = protojson.UnmarshalOptions{DiscardUnknown: false}

// handler is all that is served over HTTP.
func (s *Server) handler(ctx context.Context, conn *grpc.ClientConn, onLoopback bool) (http.Handler, error) {
	gateway := runtime.NewServeMux(
		runtime.WithMarshalerOption(runtime.MIMEWildcard, &runtime.JSONPb{MarshalOptions: toJSON, UnmarshalOptions: fromJSON}),
		runtime.WithRoutingErrorHandler(routingError),
		runtime.WithMiddlewares(s.methods.strict),
		runtime.WithDisablePathLengthFallback(),
		// No HTTP header becomes gRPC metadata and none comes back: nothing asks for any yet.
		runtime.WithIncomingHeaderMatcher(func(string) (string, bool) { return "", false }),
		runtime.WithOutgoingHeaderMatcher(func(string) (string, bool) { return "", false }),
	)
	for _, register := range []func(context.Context, *runtime.ServeMux, *grpc.ClientConn) error{
		seaworthyv1.RegisterRepositoryServiceHandler,
		seaworthyv1.RegisterScanServiceHandler,
		seaworthyv1.RegisterCatalogServiceHandler,
		seaworthyv1.RegisterScorecardServiceHandler,
		seaworthyv1.RegisterCheckServiceHandler,
		seaworthyv1.RegisterHistoryServiceHandler,
	} {
		if err := register(ctx, gateway, conn); err != nil {
			return nil, fmt.Errorf("set up the gateway: %w", err)
		}
	}
	front, err := s.indexPage()
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/", gateway)
	mux.Handle("GET /{$}", front)
	mux.HandleFunc("GET /healthz", s.healthz)
	mux.HandleFunc("GET /readyz", s.readyz)
	mux.HandleFunc("GET /openapi.json", openAPI)
	mux.Handle("GET /metrics", s.metrics.page())
	return s.metrics.counted(s.caught(secured(ownPages(onLoopback, s.bounded(mux))))), nil
}

// ownPages refuses what a page of somebody else's makes a browser send: writes from
// another origin, and, where only this machine is served, names that are not this
// machine's, by which a page could read what it may not (DNS rebinding).
func ownPages(onLoopback bool, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if onLoopback && !loopbackName(r.Host) {
			writeError(w, http.StatusForbidden, status.Newf(codes.PermissionDenied, "this server is for localhost only, not for %q", r.Host))
			return
		}
		if origin := r.Header.Get("Origin"); origin != "" && r.Method != http.MethodGet && r.Method != http.MethodHead {
			if u, err := url.Parse(origin); err != nil || u.Host != r.Host {
				writeError(w, http.StatusForbidden, status.Newf(codes.PermissionDenied, "pages of %q may not write here", origin))
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// loopbackName reports whether a Host header names this machine for itself.
func loopbackName(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// bounded reads a request's body beforehand, up to the limit: so one that is too
// large is told so, with 413, before anything is done.
func (s *Server) bounded(next http.Handler) http.Handler {
	limit := int64(s.options.MaxRequestBytes)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body == nil || r.Body == http.NoBody {
			next.ServeHTTP(w, r)
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
		if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
			writeError(w, http.StatusRequestEntityTooLarge, status.Newf(codes.ResourceExhausted, "the body is larger than %d bytes, the most that is taken", limit))
			return
		}
		if err != nil {
			writeError(w, http.StatusBadRequest, status.New(codes.InvalidArgument, "the body could not be read to its end"))
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		next.ServeHTTP(w, r)
	})
}

// caught answers for a handler that panicked.
func (s *Server) caught(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if p := recover(); p != nil && p != http.ErrAbortHandler {
				writeError(w, http.StatusInternalServerError, status.Convert(s.internal(r.Context(), r.Method+" "+r.URL.Path, newPanic(p))))
			} else if p != nil {
				panic(p) // net/http's own way to cut a connection
			}
		}()
		start := time.Now()
		next.ServeHTTP(w, r)
		s.options.Logger.LogAttrs(r.Context(), slog.LevelDebug, "HTTP request",
			slog.String("method", r.Method), slog.String("path", r.URL.Path), slog.Duration("took", time.Since(start)))
	})
}

// secured tells browsers to take the answers for what they say they are, and no more.
func secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
		next.ServeHTTP(w, r)
	})
}

// routingError answers, in the API's own shape, where no method is.
func routingError(ctx context.Context, mux *runtime.ServeMux, m runtime.Marshaler, w http.ResponseWriter, r *http.Request, code int) {
	st := status.Newf(codes.NotFound, "there is no %s; /openapi.json lists what there is", r.URL.Path)
	switch code {
	case http.StatusMethodNotAllowed:
		st = status.Newf(codes.Unimplemented, "%s is not a method of %s; /openapi.json lists what there is", r.Method, r.URL.Path)
	case http.StatusBadRequest:
		st = status.Newf(codes.InvalidArgument, "the path %s can't be read", r.URL.Path)
	}
	runtime.HTTPError(ctx, mux, m, w, r, &runtime.HTTPStatusError{HTTPStatus: code, Err: st.Err()})
}

// writeError writes a google.rpc.Status, as the gateway does.
func writeError(w http.ResponseWriter, code int, st *status.Status) {
	b, err := toJSON.Marshal(st.Proto())
	if err != nil {
		b = []byte(`{"code":13,"message":"an internal error"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_, _ = w.Write(b) // whoever asked is gone then
}

func writeText(w http.ResponseWriter, code int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(code)
	_, _ = io.WriteString(w, text)
}
