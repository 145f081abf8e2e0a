package server

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"

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
	// The list is written scorecard by scorecard: thousands of them are large.
	out := bufio.NewWriterSize(w, 1<<16)
	var b bytes.Buffer
	var loose []byte
	b.WriteString("{\n  \"scorecards\": [")
	for i, rec := range recs {
		var err error
		loose, err = toJSON.MarshalAppend(loose[:0], ScorecardProto(rec))
		if err != nil {
			return fmt.Errorf("scorecard of %s as JSON: %w", rec.Scorecard.Service.ID, err)
		}
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString("\n    ")
		// protojson varies its white space from build to build, on purpose.
		if err := json.Indent(&b, loose, "    ", "  "); err != nil {
			return fmt.Errorf("scorecard of %s as JSON: %w", rec.Scorecard.Service.ID, err)
		}
		if _, err := b.WriteTo(out); err != nil {
			return fmt.Errorf("write the scorecards: %w", err)
		}
	}
	if len(recs) > 0 {
		b.WriteString("\n  ")
	}
	fmt.Fprintf(&b, "],\n  \"nextPageToken\": \"\",\n  \"totalSize\": %d\n}\n", count(len(recs)))
	if _, err := b.WriteTo(out); err != nil {
		return fmt.Errorf("write the scorecards: %w", err)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write the scorecards: %w", err)
	}
	return nil
}
