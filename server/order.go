package server

import (
	"fmt"
	"slices"
	"strings"

	"go.einride.tech/aip/ordering"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// parseOrder makes the store's order of an AIP-132 one. What is wrong with it is a
// FieldError on "order_by".
func parseOrder(s string, fields []field) ([]scorecard.Order, error) {
	bad := func(format string, a ...any) ([]scorecard.Order, error) {
		return nil, &scorecard.FieldError{Field: "order_by", Description: fmt.Sprintf(format, a...)}
	}
	var by ordering.OrderBy
	if err := by.UnmarshalString(strings.TrimSpace(s)); err != nil {
		return bad(`it can't be read; write fields with commas between them, each with "desc" behind it where the largest comes first`)
	}
	var out []scorecard.Order
	for _, o := range by.Fields {
		if !slices.ContainsFunc(fields, func(f field) bool { return f.Name == o.Path }) {
			return bad("%s is not a field; the fields are %s", o.Path, names(fields))
		}
		if slices.ContainsFunc(out, func(x scorecard.Order) bool { return x.Field == o.Path }) {
			return bad("it names %s twice", o.Path)
		}
		out = append(out, scorecard.Order{Field: o.Path, Desc: o.Desc})
	}
	return out, nil
}
