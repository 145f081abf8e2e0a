package server

import (
	"cmp"
	"math"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// The sizes of pages. A full scorecard is some hundred times a short one.
const (
	defaultPageSize     = 50
	maxPageSize         = 1000
	defaultFullPageSize = 20
	maxFullPageSize     = 100
)

// lister is a request for a page of a list.
type lister interface {
	GetPageSize() int32
	GetPageToken() string
	GetFilter() string
	GetOrderBy() string
}

// queryOf makes the store's query of a request over the fields.
func queryOf(r lister, fields []field) (scorecard.Query, error) {
	filter, err := parseFilter(r.GetFilter(), fields)
	if err != nil {
		return scorecard.Query{}, err
	}
	order, err := parseOrder(r.GetOrderBy(), fields)
	if err != nil {
		return scorecard.Query{}, err
	}
	return scorecard.Query{Filter: filter, Order: order, Size: pageSize(r.GetPageSize(), defaultPageSize, maxPageSize), Token: r.GetPageToken()}, nil
}

// pageSize is how many to give: as AIP-158 says, the default for none, and the most
// there may be for more.
func pageSize(asked int32, preset, most int) int {
	return min(cmp.Or(int(asked), preset), most)
}

// count is a number as the API has it, which is bounded.
func count(n int) int32 { return int32(max(0, min(n, math.MaxInt32))) }
