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
	out := NewScorecardWriter(w)
	for _, rec := range recs {
		if err := out.Write(rec); err != nil {
			return err
		}
	}
	return out.Close()
}

// ScorecardWriter writes what MarshalScorecards does, a record at a time: thousands of
// them are large. They are to come in the order of their services' IDs.
type ScorecardWriter struct {
	out   *bufio.Writer
	b     bytes.Buffer
	loose []byte
	n     int
}

// NewScorecardWriter begins the list. Close ends it, and does not close w.
func NewScorecardWriter(w io.Writer) *ScorecardWriter {
	s := &ScorecardWriter{out: bufio.NewWriterSize(w, 1<<16)}
	s.b.WriteString("{\n  \"scorecards\": [")
	return s
}

// Write adds a record. The error is the writer's below, or names what has no JSON.
func (s *ScorecardWriter) Write(rec scorecard.Record) (err error) {
	s.loose, err = toJSON.MarshalAppend(s.loose[:0], ScorecardProto(rec))
	if err != nil {
		return fmt.Errorf("scorecard of %s as JSON: %w", rec.Scorecard.Service.ID, err)
	}
	if s.n > 0 {
		s.b.WriteByte(',')
	}
	s.n++
	s.b.WriteString("\n    ")
	// protojson varies its white space from build to build, on purpose.
	if err := json.Indent(&s.b, s.loose, "    ", "  "); err != nil {
		return fmt.Errorf("scorecard of %s as JSON: %w", rec.Scorecard.Service.ID, err)
	}
	return s.flush(false)
}

// Close writes the list's end. Without it the output is no JSON.
func (s *ScorecardWriter) Close() error {
	if s.n > 0 {
		s.b.WriteString("\n  ")
	}
	fmt.Fprintf(&s.b, "],\n  \"nextPageToken\": \"\",\n  \"totalSize\": %d\n}\n", count(s.n))
	return s.flush(true)
}

func (s *ScorecardWriter) flush(all bool) error {
	_, err := s.b.WriteTo(s.out)
	if all && err == nil {
		err = s.out.Flush()
	}
	if err != nil {
		return fmt.Errorf("write the scorecards: %w", err)
	}
	return nil
}
