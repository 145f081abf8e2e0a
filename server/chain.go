package server

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"buf.build/go/protovalidate"
	"github.com/grpc-ecosystem/go-grpc-middleware/v2/interceptors/recovery"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
)

// limits are the bounds that gRPC itself keeps.
func (s *Server) limits() []grpc.ServerOption {
	return []grpc.ServerOption{
		grpc.MaxRecvMsgSize(s.options.MaxRequestBytes),
		grpc.MaxSendMsgSize(s.options.MaxResponseBytes),
		// The gateway has one connection for all that HTTP takes: what is too much is
		// refused by the chain, with a word, and not left waiting here.
		grpc.MaxConcurrentStreams(uint32(s.options.MaxConnections)),
		grpc.MaxHeaderListSize(64 << 10),
		grpc.ConnectionTimeout(10 * time.Second),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: 20 * time.Second, PermitWithoutStream: true}),
		grpc.KeepaliveParams(keepalive.ServerParameters{MaxConnectionIdle: 15 * time.Minute, Time: 2 * time.Minute, Timeout: 20 * time.Second}),
	}
}

// chain is what every request passes on its way to its method, outermost first.
func (s *Server) chain() ([]grpc.ServerOption, error) {
	validator, err := newValidator()
	if err != nil {
		return nil, err
	}
	// The handler of its own keeps the stack from the client, who gets it by default.
	caught := recovery.WithRecoveryHandler(func(p any) error { return newPanic(p) })
	return []grpc.ServerOption{
		grpc.ChainUnaryInterceptor(
			s.metrics.grpc.UnaryServerInterceptor(), s.logged, s.mapped, s.limited(), s.timed,
			recovery.UnaryServerInterceptor(caught), validated(validator),
		),
		// Streams last as long as they last: health's and reflection's, and previews, which
		// end by themselves. They have places of their own.
		grpc.ChainStreamInterceptor(
			s.metrics.grpc.StreamServerInterceptor(), s.mappedStream, s.limitedStream(), recovery.StreamServerInterceptor(caught), validatedStream(validator),
		),
	}, nil
}

// logged writes a line for each request: which method, how it ended, how long it
// took. What was asked and answered is not in it.
func (s *Server) logged(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
	if !s.options.Logger.Enabled(ctx, slog.LevelDebug) {
		return next(ctx, req)
	}
	start := time.Now()
	resp, err := next(ctx, req)
	s.options.Logger.LogAttrs(ctx, slog.LevelDebug, "request",
		slog.String("method", info.FullMethod), slog.String("code", status.Code(err).String()), slog.Duration("took", time.Since(start)))
	return resp, err
}

func (s *Server) mapped(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
	resp, err := next(ctx, req)
	if err != nil {
		return nil, s.statusOf(ctx, info.FullMethod, err)
	}
	return resp, nil
}

func (s *Server) mappedStream(srv any, stream grpc.ServerStream, info *grpc.StreamServerInfo, next grpc.StreamHandler) error {
	return s.statusOf(stream.Context(), info.FullMethod, next(srv, stream))
}

// places are how many requests may be worked on at a time.
type places chan struct{}

// enter takes a place, or refuses at once when there is none: a queue would only hide
// that, and hold memory.
func (p places) enter() error {
	select {
	case p <- struct{}{}:
		return nil
	default:
		return withDetails(
			status.Newf(codes.ResourceExhausted, "the server works on %d requests already, as many as it may; ask again in a moment", cap(p)),
			&errdetails.RetryInfo{RetryDelay: durationpb.New(retryDelay)})
	}
}

func (p places) leave() { <-p }

func (s *Server) limited() grpc.UnaryServerInterceptor {
	all := make(places, s.options.MaxConcurrent)
	health := "/" + grpc_health_v1.Health_ServiceDesc.ServiceName + "/"
	return func(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
		if strings.HasPrefix(info.FullMethod, health) {
			return next(ctx, req)
		}
		if err := all.enter(); err != nil {
			return nil, err
		}
		defer all.leave()
		return next(ctx, req)
	}
}

func (s *Server) limitedStream() grpc.StreamServerInterceptor {
	all := make(places, s.options.MaxConcurrent)
	return func(srv any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, next grpc.StreamHandler) error {
		if err := all.enter(); err != nil {
			return err
		}
		defer all.leave()
		return next(srv, stream)
	}
}

// timed gives a request its deadline, or the client's where that is sooner.
func (s *Server) timed(ctx context.Context, req any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
	ctx, cancel := context.WithTimeout(ctx, s.options.RequestTimeout)
	defer cancel()
	return next(ctx, req)
}

// newValidator compiles the rules of every request beforehand, so that a broken one
// shows at start and the first request is as fast as any.
func newValidator() (protovalidate.Validator, error) {
	v, err := protovalidate.New(protovalidate.WithMessageDescriptors(requestDescriptors()...))
	if err != nil {
		return nil, fmt.Errorf("rules of the API: %w", err)
	}
	return v, nil
}
