package server

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"runtime/debug"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// errorDomain is the domain of this API's google.rpc.ErrorInfo.
const errorDomain = "seaworthy.dev"

// retryDelay is what a client is told to wait before it asks again.
const retryDelay = time.Second

// aboutError says which resource an error is about.
type aboutError struct {
	kind, name string
	err        error
}

func (e *aboutError) Error() string { return e.name + ": " + e.err.Error() }
func (e *aboutError) Unwrap() error { return e.err }

// about names the resource that an error is about; nil stays nil.
func about(kind, name string, err error) error {
	if err == nil {
		return nil
	}
	return &aboutError{"seaworthy.dev/" + kind, name, err}
}

// preconditionError is a refusal that something other than the request would change.
type preconditionError struct{ kind, subject, description string }

func (e *preconditionError) Error() string { return e.description }

// panicError is a method that panicked.
type panicError struct {
	value any
	stack []byte
}

func (e *panicError) Error() string { return "panic" }

// mappings is the one table from Seaworthy's errors to status codes; the first that
// fits decides.
var mappings = []struct {
	is   error
	code func(method string) codes.Code
	// text is what the client reads; nil for the error's own sentence, see own.
	text func(error) string
}{
	{scorecard.ErrInvalid, always(codes.InvalidArgument), nil},
	{scorecard.ErrNotFound, always(codes.NotFound), notFoundText},
	{scorecard.ErrConflict, conflictCode, nil},
	{scorecard.ErrDenied, always(codes.PermissionDenied), nil},
	{scorecard.ErrUnavailable, always(codes.Unavailable), unavailableText},
	{context.Canceled, always(codes.Canceled), func(error) string { return "the request was cancelled" }},
	{context.DeadlineExceeded, always(codes.DeadlineExceeded), func(error) string { return "the request took too long" }},
}

func always(c codes.Code) func(string) codes.Code { return func(string) codes.Code { return c } }

// conflictCode says what a conflict is for a method: what is to be made is there
// already, what is to be ended can't be, or another was faster.
func conflictCode(method string) codes.Code {
	switch name := method[strings.LastIndex(method, "/")+1:]; {
	case strings.HasPrefix(name, "Create"):
		return codes.AlreadyExists
	case strings.HasPrefix(name, "Delete"), strings.HasPrefix(name, "Cancel"):
		return codes.FailedPrecondition
	}
	return codes.Aborted
}

// What a database says of itself (addresses, queries) stays in the log.
func unavailableText(error) string { return "the store does not answer now; ask again in a moment" }

func notFoundText(err error) string {
	if a := (*aboutError)(nil); errors.As(err, &a) {
		return a.name + " does not exist"
	}
	return "it does not exist"
}

// statusOf turns what a method returned into what the client gets: nil, or a status.
func (s *Server) statusOf(ctx context.Context, method string, err error) error {
	if err == nil {
		return nil
	}
	if p := (*preconditionError)(nil); errors.As(err, &p) {
		return withDetails(status.New(codes.FailedPrecondition, p.description), &errdetails.PreconditionFailure{
			Violations: []*errdetails.PreconditionFailure_Violation{{Type: p.kind, Subject: p.subject, Description: p.description}},
		})
	}
	if _, ok := status.FromError(err); ok {
		return err
	}
	for _, m := range mappings {
		if !errors.Is(err, m.is) {
			continue
		}
		text := own(err, m.is)
		if m.text != nil {
			text = m.text(err)
		}
		code := m.code(method)
		if code == codes.Unavailable {
			s.options.Logger.LogAttrs(ctx, slog.LevelWarn, "the store does not answer", slog.String("method", method), slog.Any("error", err))
		}
		return withDetails(status.New(code, text), details(code, text, err)...)
	}
	return s.internal(ctx, method, err)
}

// own is the error's own sentence, without the words that the code and the details
// say again: the sentinel's, and the resource's name.
func own(err, sentinel error) string {
	if a := (*aboutError)(nil); errors.As(err, &a) {
		err = a.err
	}
	return strings.TrimPrefix(err.Error(), sentinel.Error()+": ")
}

// details are the structured half of an error.
func details(code codes.Code, text string, err error) []protoadapt.MessageV1 {
	var out []protoadapt.MessageV1
	if f := (*scorecard.FieldError)(nil); errors.As(err, &f) {
		out = append(out, &errdetails.BadRequest{FieldViolations: []*errdetails.BadRequest_FieldViolation{{Field: f.Field, Description: f.Description}}})
	}
	if a := (*aboutError)(nil); errors.As(err, &a) {
		if code == codes.FailedPrecondition {
			out = append(out, &errdetails.PreconditionFailure{Violations: []*errdetails.PreconditionFailure_Violation{{Type: "STATE", Subject: a.name, Description: text}}})
		} else {
			out = append(out, &errdetails.ResourceInfo{ResourceType: a.kind, ResourceName: a.name})
		}
	}
	if code == codes.Unavailable {
		out = append(out, &errdetails.RetryInfo{RetryDelay: durationpb.New(retryDelay)})
	}
	return out
}

// internal hides an error that nobody foresaw behind an identifier, under which the
// log has it whole.
func (s *Server) internal(ctx context.Context, method string, err error) error {
	id := rand.Text()
	attrs := []slog.Attr{slog.String("id", id), slog.String("method", method), slog.Any("error", err)}
	if p := (*panicError)(nil); errors.As(err, &p) {
		attrs = append(attrs, slog.Any("panic", p.value), slog.String("stack", string(p.stack)))
	}
	s.options.Logger.LogAttrs(ctx, slog.LevelError, "internal error", attrs...)
	return withDetails(
		status.New(codes.Internal, "an internal error; the server's log says more under "+id),
		&errdetails.ErrorInfo{Reason: "INTERNAL", Domain: errorDomain, Metadata: map[string]string{"id": id}},
	)
}

// withDetails is the status with details; without them should they not marshal.
func withDetails(st *status.Status, details ...protoadapt.MessageV1) error {
	if with, err := st.WithDetails(details...); err == nil {
		return with.Err()
	}
	return st.Err()
}

func newPanic(value any) error { return &panicError{value, debug.Stack()} }
