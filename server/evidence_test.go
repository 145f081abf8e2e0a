package server

import (
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// Every text of a scorecard may hold what is no UTF-8: it is still sent.
func TestTextsThatAreNoUTF8(t *testing.T) {
	const bad = "a\xffb"
	at := scorecard.Location{Path: bad, FirstLine: 1, Field: bad, Form: bad, Object: scorecard.ObjectRef{APIVersion: bad, Kind: bad, Namespace: bad, Name: bad}}
	gaps := []scorecard.Gap{{Location: at, Reason: bad, Message: bad}}
	rec := scorecard.Record{
		Revision: scorecard.Revision{Commit: bad, Branch: bad, URL: "https://github.com/o/" + bad},
		Scorecard: &scorecard.Scorecard{
			Service: scorecard.Service{ID: bad, Name: bad, Title: bad, Location: at, EntityRef: bad, Repository: bad, Path: bad, Type: bad, Owner: bad, Lifecycle: bad, Tier: bad, System: bad, Unscored: bad},
			Results: []scorecard.Result{{Reason: bad, Remediation: bad, Evidence: []scorecard.Evidence{{Location: at, Message: bad}}, Gaps: gaps}},
			Gaps:    gaps, NextSteps: []scorecard.Step{{Reason: bad}},
		},
	}
	for name, m := range map[string]proto.Message{
		"scorecard":  ScorecardProto(rec),
		"scan":       scanProto(scorecard.Scan{Error: bad, Progress: scorecard.Progress{Item: bad}, Revision: rec.Revision}),
		"repository": repositoryProto(scorecard.Repository{Path: bad, DisplayName: bad}),
	} {
		if _, err := proto.Marshal(m); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
