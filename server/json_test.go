package server

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	seaworthyv1 "github.com/seaworthy-dev/seaworthy/gen/seaworthy/v1"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var update = flag.Bool("update", false, "write the expected files anew")

// What the command prints: the API's messages, whole, in bytes that do not vary.
func TestMarshalScorecards(t *testing.T) {
	recs := examples()
	var got bytes.Buffer
	if err := MarshalScorecards(&got, recs); err != nil {
		t.Fatal(err)
	}
	const golden = "testdata/scorecards.json"
	if *update {
		if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("%s (-want +got; -update writes it anew):\n%s", golden, diff)
	}

	var again bytes.Buffer
	slices.Reverse(recs)
	if err := MarshalScorecards(&again, recs); err != nil || again.String() != got.String() {
		t.Errorf("another order of records gives other bytes (%v)", err)
	}

	var list seaworthyv1.ListScorecardsResponse
	if err := protojson.Unmarshal(got.Bytes(), &list); err != nil {
		t.Fatal(err)
	}
	for i, name := range []string{"shop.cart", "shop.lib"} {
		j := slices.IndexFunc(recs, func(r scorecard.Record) bool { return r.Scorecard.Service.ID == name })
		if !proto.Equal(list.GetScorecards()[i], ScorecardProto(recs[j])) {
			t.Errorf("%s is not what ScorecardProto says", name)
		}
	}
}

// examples are a service with something of everything, and one that is not scored.
func examples() []scorecard.Record {
	score, rev := 62.5, scorecard.Revision{Commit: "0123456789abcdef0123456789abcdef01234567", Branch: "main", URL: "https://github.com/example/shop"}
	at := scorecard.Location{
		Path: "chart/templates/cart.yaml", FirstLine: 3, LastLine: 30, Field: "spec.template.spec.containers[cart]", Form: "helm chart/ with values-prod.yaml",
		Object: scorecard.ObjectRef{APIVersion: "apps/v1", Kind: "Deployment", Namespace: scorecard.ReleaseNamespace("chart"), Name: "cart"},
	}
	gap := scorecard.Gap{
		Location: scorecard.Location{Path: "deploy/broken.yaml", FirstLine: 7, LastLine: 7}, Hides: []scorecard.Family{scorecard.Kubernetes},
		Reason: "malformed", Message: "deploy/broken.yaml:7 is no YAML; mend it",
	}
	cart := &scorecard.Scorecard{
		Service: scorecard.Service{
			ID: "shop.cart", Name: "cart", Title: "Cart & <Checkout>", Discovery: scorecard.ByCatalog, Location: scorecard.Location{Path: "catalog-info.yaml", FirstLine: 1},
			EntityRef: "component:shop/cart", Repository: "shop", Path: "cart", Type: "service", Owner: "team-a", Lifecycle: "production", Tier: "1", System: "shop",
		},
		InventoryHash: "aa", RubricHash: "bb", Score: &score, Min: 50, Max: 75.25, Coverage: 80, Level: scorecard.Bronze, LevelAtMost: scorecard.Silver,
		Pillars: []scorecard.PillarScore{{Pillar: scorecard.Health, Score: &score, Min: 50, Max: 75.25, Coverage: 80}, {Pillar: scorecard.SLO, Max: 100}},
		Results: []scorecard.Result{{
			Check: "readiness-probe", Pillar: scorecard.Health, Title: "It says when it is ready", Level: scorecard.Bronze, Weight: scorecard.Critical,
			Outcome: scorecard.Fail, Reason: "0 of 1 container: has a probe", Subjects: 1, CreditMax: 1, EvidenceTotal: 21, Remediation: "```yaml\nreadinessProbe: {}\n```",
			Evidence: []scorecard.Evidence{{Location: at, Outcome: scorecard.Fail, Message: "container cart has no readinessProbe"}}, Gaps: []scorecard.Gap{gap},
			Otherwise: []scorecard.FormVerdict{{Form: "helm chart/ with values-dev.yaml", Outcome: scorecard.Pass, Reason: "the container: has a probe"}},
		}},
		NextLevel: scorecard.Silver, Gaps: []scorecard.Gap{gap},
		NextSteps: []scorecard.Step{{Check: "readiness-probe", Title: "It says when it is ready", Outcome: scorecard.Fail, Reason: "0 of 1 container: has a probe", Effort: 4}},
	}
	lib := &scorecard.Scorecard{Service: scorecard.Service{ID: "shop.lib", Name: "lib", Discovery: scorecard.ByCatalog, Repository: "shop", Type: "library", Unscored: "a library"}, Level: scorecard.None, LevelAtMost: scorecard.None, Max: 100}
	return []scorecard.Record{{Scorecard: cart, Revision: rev}, {Scorecard: lib}}
}

func TestMarshalNothing(t *testing.T) {
	var b bytes.Buffer
	if err := MarshalScorecards(&b, nil); err != nil {
		t.Fatal(err)
	}
	if want := "{\n  \"scorecards\": [],\n  \"nextPageToken\": \"\",\n  \"totalSize\": 0\n}\n"; b.String() != want {
		t.Errorf("%q", b.String())
	}
}

type fullDisk struct{}

var errFull = errors.New("no space")

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }

func TestMarshalSaysWhenWritingFails(t *testing.T) {
	if err := MarshalScorecards(fullDisk{}, nil); !errors.Is(err, errFull) {
		t.Error(err)
	}
}
