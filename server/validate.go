package server

import (
	"context"
	"errors"
	"fmt"

	"buf.build/go/protovalidate"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// validated refuses a request that breaks a rule of its proto, and says of each field
// what is wrong, as google.rpc.BadRequest. (The middleware that exists answers with
// protovalidate's own details, which clients of Google's conventions don't know.)
func validated(v protovalidate.Validator) grpc.UnaryServerInterceptor {
	return func(ctx context.Context, req any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
		if err := validate(v, req); err != nil {
			return nil, err
		}
		return next(ctx, req)
	}
}

// validatedStream does the same with what comes in on a stream.
func validatedStream(v protovalidate.Validator) grpc.StreamServerInterceptor {
	return func(srv any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, next grpc.StreamHandler) error {
		return next(srv, &validStream{stream, v})
	}
}

type validStream struct {
	grpc.ServerStream
	v protovalidate.Validator
}

func (s *validStream) RecvMsg(m any) error {
	if err := s.ServerStream.RecvMsg(m); err != nil {
		return err
	}
	return validate(s.v, m)
}

func validate(v protovalidate.Validator, req any) error {
	msg, ok := req.(proto.Message)
	if !ok {
		return fmt.Errorf("a request of type %T", req)
	}
	err := v.Validate(msg)
	broken := (*protovalidate.ValidationError)(nil)
	if !errors.As(err, &broken) {
		return err
	}
	bad := &errdetails.BadRequest{}
	for _, b := range broken.Violations {
		bad.FieldViolations = append(bad.FieldViolations, &errdetails.BadRequest_FieldViolation{
			Field: protovalidate.FieldPathString(b.Proto.GetField()), Description: b.Proto.GetMessage(), Reason: reason(b.Proto.GetRuleId()),
		})
	}
	first := bad.GetFieldViolations()[0]
	text := first.GetField() + ": " + first.GetDescription()
	if more := len(bad.GetFieldViolations()) - 1; more > 0 {
		text += fmt.Sprintf(" (and %d more)", more)
	}
	return withDetails(status.New(codes.InvalidArgument, text), bad)
}

// reason is a rule's ID as google.rpc wants it, in UPPER_SNAKE_CASE.
func reason(rule string) string {
	b := []byte(rule)
	for i, c := range b {
		switch {
		case 'a' <= c && c <= 'z':
			b[i] = c - 'a' + 'A'
		case c == '.':
			b[i] = '_'
		}
	}
	return string(b)
}

// methodDescriptors are the methods of the API.
func methodDescriptors() []protoreflect.MethodDescriptor {
	var out []protoreflect.MethodDescriptor
	for _, name := range apiServices() {
		d, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(name))
		if err != nil {
			continue // the generated code registers them all; a test holds it
		}
		methods := d.(protoreflect.ServiceDescriptor).Methods()
		for i := range methods.Len() {
			out = append(out, methods.Get(i))
		}
	}
	return out
}

func requestDescriptors() []protoreflect.MessageDescriptor {
	var out []protoreflect.MessageDescriptor
	for _, m := range methodDescriptors() {
		out = append(out, m.Input())
	}
	return out
}
