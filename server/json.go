package server

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	seaworthyv1 "github.com/seaworthy-dev/seaworthy/gen/seaworthy/v1"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// MarshalScorecards writes the records as the API would: a ListScorecardsResponse of
// one page in the FULL view, in its JSON mapping, indented by two spaces, with a line
// end behind it. The scorecards stand in the order of their services' IDs. The same
// records give the same bytes; a caller who wants that from one run to the next
// leaves the records' times zero.
func MarshalScorecards(w io.Writer, recs []scorecard.Record) error {
	recs = slices.SortedStableFunc(slices.Values(recs), func(a, b scorecard.Record) int {
		return cmp.Compare(a.Scorecard.Service.ID, b.Scorecard.Service.ID)
	})
	list := &seaworthyv1.ListScorecardsResponse{TotalSize: count(len(recs))}
	for _, rec := range recs {
		list.Scorecards = append(list.Scorecards, ScorecardProto(rec))
	}
	loose, err := toJSON.Marshal(list)
	if err != nil {
		return fmt.Errorf("scorecards as JSON: %w", err)
	}
	// protojson varies its white space from build to build, on purpose.
	var b bytes.Buffer
	if err := json.Indent(&b, loose, "", "  "); err != nil {
		return fmt.Errorf("scorecards as JSON: %w", err)
	}
	b.WriteByte('\n')
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("write the scorecards: %w", err)
	}
	return nil
}
