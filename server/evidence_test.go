package server

import (
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

func TestLocationURL(t *testing.T) {
	const commit = "0123456789abcdef0123456789abcdef01234567"
	file := scorecard.Location{Path: "deploy/a b#1.yaml", FirstLine: 3, LastLine: 9}
	for _, c := range []struct {
		name string
		rev  scorecard.Revision
		at   scorecard.Location
		want string
	}{
		{"GitHub", scorecard.Revision{URL: "https://github.com/o/r", Commit: commit}, file, "https://github.com/o/r/blob/" + commit + "/deploy/a%20b%231.yaml#L3-L9"},
		{"GitHub, .git", scorecard.Revision{URL: "https://github.com/o/r.git", Commit: commit}, scorecard.Location{Path: "a.yaml"}, "https://github.com/o/r/blob/" + commit + "/a.yaml"},
		{"GitHub, one line", scorecard.Revision{URL: "https://github.com/o/r/", Commit: commit}, scorecard.Location{Path: "a.yaml", FirstLine: 4}, "https://github.com/o/r/blob/" + commit + "/a.yaml#L4-L4"},
		{"GitHub, prose", scorecard.Revision{URL: "https://github.com/o/r", Commit: commit}, scorecard.Location{Path: "README.md", FirstLine: 4, LastLine: 5}, "https://github.com/o/r/blob/" + commit + "/README.md?plain=1#L4-L5"},
		{"GitHub of one's own", scorecard.Revision{URL: "https://github.example.com:8443/o/r", Commit: commit}, scorecard.Location{Path: "a"}, "https://github.example.com:8443/o/r/blob/" + commit + "/a"},
		{"GitHub, the root", scorecard.Revision{URL: "https://github.com/o/r", Commit: commit}, scorecard.Location{Path: "."}, "https://github.com/o/r/tree/" + commit},
		{"GitLab", scorecard.Revision{URL: "https://gitlab.com/g/s/r", Commit: commit}, scorecard.Location{Path: "a.yaml", FirstLine: 3, LastLine: 9}, "https://gitlab.com/g/s/r/-/blob/" + commit + "/a.yaml#L3-9"},
		{"Bitbucket", scorecard.Revision{URL: "https://bitbucket.org/o/r", Commit: commit}, scorecard.Location{Path: "a.yaml", FirstLine: 3, LastLine: 9}, "https://bitbucket.org/o/r/src/" + commit + "/a.yaml#lines-3:9"},
		{"credentials", scorecard.Revision{URL: "https://user:secret@github.com/o/r", Commit: commit}, scorecard.Location{Path: "a"}, "https://github.com/o/r/blob/" + commit + "/a"},
		{"dirty", scorecard.Revision{URL: "https://github.com/o/r", Commit: commit, Dirty: true}, file, ""},
		{"no commit", scorecard.Revision{URL: "https://github.com/o/r"}, file, ""},
		{"no address", scorecard.Revision{Commit: commit}, file, ""},
		{"no file", scorecard.Revision{URL: "https://github.com/o/r", Commit: commit}, scorecard.Location{Field: "spec"}, ""},
		{"another host", scorecard.Revision{URL: "https://git.example.com/o/r", Commit: commit}, file, ""},
		{"a script", scorecard.Revision{URL: "javascript://github.com/o/r", Commit: commit}, file, ""},
		{"out of the tree", scorecard.Revision{URL: "https://github.com/o/r", Commit: commit}, scorecard.Location{Path: "../../login"}, ""},
	} {
		if got := LocationURL(c.rev, c.at); got != c.want {
			t.Errorf("%s: %s, not %s", c.name, got, c.want)
		}
	}
}

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
