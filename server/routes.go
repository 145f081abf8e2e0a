package server

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// routes are, for each HTTP method and path pattern of the API, the query parameters
// that it knows: the names of its request's fields, in both spellings.
type routes map[string][]string

func newRoutes() (routes, error) {
	rs := routes{}
	for _, m := range methodDescriptors() {
		rule, ok := proto.GetExtension(m.Options(), annotations.E_Http).(*annotations.HttpRule)
		if !ok || rule == nil {
			return nil, fmt.Errorf("%w: method %s has no google.api.http", scorecard.ErrInvalid, m.FullName())
		}
		method, pattern := binding(rule)
		rs[method+" "+pattern] = parameters(m.Input(), rule, pattern)
	}
	return rs, nil
}

func binding(rule *annotations.HttpRule) (method, pattern string) {
	switch p := rule.GetPattern().(type) {
	case *annotations.HttpRule_Get:
		return http.MethodGet, p.Get
	case *annotations.HttpRule_Post:
		return http.MethodPost, p.Post
	case *annotations.HttpRule_Delete:
		return http.MethodDelete, p.Delete
	case *annotations.HttpRule_Patch:
		return http.MethodPatch, p.Patch
	case *annotations.HttpRule_Put:
		return http.MethodPut, p.Put
	}
	return "", ""
}

// timestampName is the one message that is written as a parameter: a time of RFC 3339.
const timestampName = "google.protobuf.Timestamp"

// parameters are the fields that are neither in the path nor in the body.
func parameters(input protoreflect.MessageDescriptor, rule *annotations.HttpRule, pattern string) []string {
	if rule.GetBody() == "*" {
		return nil
	}
	var names []string
	for i := range input.Fields().Len() {
		f := input.Fields().Get(i)
		name := string(f.Name())
		if name != rule.GetBody() && !strings.Contains(pattern, "{"+name+"=") && (f.Message() == nil || f.Message().FullName() == timestampName) {
			names = append(names, f.JSONName())
			if name != f.JSONName() {
				names = append(names, name)
			}
		}
	}
	return names
}

// strict refuses query parameters that a method does not know: the gateway would
// leave them out, and a misspelt filter would give everything. It refuses what is no
// text, too.
func (rs routes) strict(next runtime.HandlerFunc) runtime.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request, path map[string]string) {
		if field := notText(path, r.URL.Query()); field != "" {
			const description = "it is not valid UTF-8 text"
			refuse(w, field+": "+description, &errdetails.BadRequest_FieldViolation{Field: field, Description: description, Reason: "INVALID_UTF8"})
			return
		}
		if r.URL.RawQuery == "" {
			next(w, r, path)
			return
		}
		pattern, _ := runtime.HTTPPattern(r.Context())
		known := rs[r.Method+" "+pattern.String()]
		var unknown []string
		for name := range r.URL.Query() {
			if !slices.Contains(known, name) {
				unknown = append(unknown, name)
			}
		}
		if len(unknown) == 0 {
			next(w, r, path)
			return
		}
		slices.Sort(unknown)
		description := "there is no such parameter; there is none here"
		if len(known) > 0 {
			description = "there is no such parameter; those known are " + strings.Join(known, ", ")
		}
		var bad []*errdetails.BadRequest_FieldViolation
		for _, name := range unknown {
			bad = append(bad, &errdetails.BadRequest_FieldViolation{Field: name, Description: description, Reason: "UNKNOWN_PARAMETER"})
		}
		refuse(w, unknown[0]+": "+description, bad...)
	}
}

func refuse(w http.ResponseWriter, text string, bad ...*errdetails.BadRequest_FieldViolation) {
	writeError(w, http.StatusBadRequest, status.Convert(withDetails(status.New(codes.InvalidArgument, text), &errdetails.BadRequest{FieldViolations: bad})))
}

// notText is the first field, by name, of the path or the query that is no UTF-8, which
// no message can hold: "query" where a parameter's own name is none; empty where there is none.
func notText(path map[string]string, query url.Values) string {
	var bad []string
	for name, value := range path {
		if !utf8.ValidString(value) {
			bad = append(bad, name)
		}
	}
	for name, values := range query {
		switch {
		case !utf8.ValidString(name):
			bad = append(bad, "query")
		case slices.ContainsFunc(values, func(v string) bool { return !utf8.ValidString(v) }):
			bad = append(bad, name)
		}
	}
	if len(bad) == 0 {
		return ""
	}
	return slices.Min(bad)
}
