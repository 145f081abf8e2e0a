package server

import (
	"slices"
	"strings"
	"time"

	expr "google.golang.org/genproto/googleapis/api/expr/v1alpha1"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// field is a field that a list can be filtered and ordered by, as the API spells it.
type field struct {
	scorecard.Field
	// stored makes the store's value of the API's; nil for the same.
	stored func(string) string
}

// The fields of each list, as its proto documents them.
var (
	recordFields = []field{
		{texts("name"), without("services/")},
		{texts("display_name"), nil},
		{texts("repository"), without("repositories/")},
		{texts("owner"), nil},
		{texts("lifecycle"), nil},
		{texts("tier"), nil},
		{texts("system"), nil},
		{texts("type"), nil},
		{texts("entity_ref"), nil},
		{words("discovery", "CATALOG", "WORKLOAD", "REPOSITORY"), strings.ToLower},
		{levels("level"), nil},
		{levels("level_at_most"), nil},
		{scorecard.Field{Name: "score", Type: scorecard.NumberField}, nil},
		{scorecard.Field{Name: "coverage", Type: scorecard.NumberField}, nil},
		{times("change_time"), nil},
		{times("scan_time"), nil},
	}
	scanFields = []field{
		{texts("repository"), without("repositories/")},
		{words("state", "QUEUED", "RUNNING", "SUCCEEDED", "FAILED", "CANCELLED"), nil},
		{times("create_time"), nil},
		{times("end_time"), nil},
	}
	repositoryFields = []field{
		{texts("name"), without("repositories/")},
		{texts("display_name"), nil},
		{texts("path"), nil},
		{words("origin", "CONFIG", "API"), strings.ToLower},
	}
)

func texts(name string) scorecard.Field {
	return scorecard.Field{Name: name, Type: scorecard.TextField}
}

func times(name string) scorecard.Field {
	return scorecard.Field{Name: name, Type: scorecard.TimeField}
}

func words(name string, values ...string) scorecard.Field {
	return scorecard.Field{Name: name, Type: scorecard.WordField, Values: values}
}

func levels(name string) scorecard.Field {
	f := scorecard.Field{Name: name, Type: scorecard.RankField}
	for _, l := range scorecard.Levels() {
		f.Values = append(f.Values, string(l))
	}
	return f
}

// without takes a resource name's collection off: the store knows IDs.
func without(prefix string) func(string) string {
	return func(s string) string { return strings.TrimPrefix(s, prefix) }
}

// operators are those that a field compares by.
func (f field) operators() []string {
	if f.Type == scorecard.WordField {
		return []string{"=", "!=", ":"}
	}
	return []string{"=", "!=", "<", "<=", ">", ">=", ":"}
}

// value is the right side of a comparison, as the store takes it.
func (f field) value(e *expr.Expr) (any, error) {
	if f.Type == scorecard.NumberField {
		switch c := e.GetConstExpr(); v := c.GetConstantKind().(type) {
		case *expr.Constant_Int64Value:
			return float64(v.Int64Value), nil
		case *expr.Constant_DoubleValue:
			return v.DoubleValue, nil
		}
		return nil, badFilter("%s is compared with a number, as in %s >= 80", f.Name, f.Name)
	}
	s, ok := literal(e)
	if f.Type == scorecard.TimeField {
		if at, err := time.Parse(time.RFC3339, s); ok && err == nil {
			return at.UTC(), nil
		}
		return nil, badFilter(`%s is compared with a time of RFC 3339 in quotes, as in %s > "2026-01-31T00:00:00Z"`, f.Name, f.Name)
	}
	if !ok {
		return nil, badFilter(`%s is compared with a text, as in %s = "…"`, f.Name, f.Name)
	}
	if f.Values != nil && !slices.Contains(f.Values, s) {
		return nil, badFilter("%s is one of %s", f.Name, strings.Join(f.Values, ", "))
	}
	if f.stored != nil {
		s = f.stored(s)
	}
	return s, nil
}

// names lists the fields, for an error.
func names(fields []field) string {
	var out []string
	for _, f := range fields {
		out = append(out, f.Name)
	}
	return strings.Join(out, ", ")
}
