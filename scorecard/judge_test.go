package scorecard

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The rules of these tests stand for the three shapes that real ones have: one that
// counts subjects, one that asks the service as a whole, and one whose question may
// not arise.
func testChecks() []Check {
	perWorkload := func(v *View) Finding {
		var t Tally
		for i := range v.Workloads {
			switch w := &v.Workloads[i]; w.Labels["replicas"] {
			case "good":
				t.Pass(w.Location, "good")
			case "bad":
				t.Fail(w.Location, "mend it", "bad")
			default:
				t.Undecided(w.Location, "placeholder")
			}
		}
		return t.Finding("workload", "is good", "no workloads")
	}
	runbook := func(v *View) Finding {
		if len(v.Documents) == 0 {
			return Missing(func() string { return "write one" }, "no runbook found in what is connected")
		}
		return Finding{Outcome: Pass, Satisfied: 1, Subjects: 1, Reason: "there is a runbook",
			Evidence: []Evidence{{v.Documents[0].Location, Pass, "runbook"}}}
	}
	objectives := func(v *View) Finding {
		var t Tally
		for _, o := range v.SLOs {
			if o.Target != nil && *o.Target < 100 {
				t.Pass(o.Location, "sound")
			} else {
				t.Fail(o.Location, "set a target", "no target")
			}
		}
		return t.Finding("objective", "is sound", "no objectives")
	}
	return []Check{
		{ID: "workload-good", Pillar: Health, Level: Bronze, Weight: Critical, Effort: Minutes, Reads: []Family{Kubernetes}, Rule: perWorkload},
		{ID: "runbook", Pillar: Incident, Level: Silver, Weight: High, Effort: Hour, Reads: []Family{Documents}, Rule: runbook},
		{ID: "slo-sound", Pillar: SLO, Level: Gold, Weight: Medium, Effort: Hour, Reads: []Family{Objectives}, Rule: objectives},
	}
}

func rubricOf(t testing.TB, checks ...Check) *Rubric {
	t.Helper()
	r, err := NewRubric("test", checks)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func randomInventory(rnd *rand.Rand) *Inventory {
	inv := &Inventory{Service: Service{ID: "shop.cart", Name: "cart", Repository: "shop"}}
	for i := range rnd.IntN(5) {
		inv.Workloads = append(inv.Workloads, Workload{
			Location: Location{Path: fmt.Sprintf("deploy/%d.yaml", i), FirstLine: 1},
			Object:   ObjectRef{"apps/v1", "Deployment", "", fmt.Sprint("w", i)},
			Labels:   map[string]string{"replicas": []string{"good", "good", "bad", "unknown"}[rnd.IntN(4)]},
		})
	}
	for i := range rnd.IntN(3) {
		inv.Documents = append(inv.Documents, Document{Kind: Runbook, Location: Location{Path: fmt.Sprintf("runbooks/%d.md", i)}})
	}
	for i := range rnd.IntN(4) {
		o := Objective{Name: fmt.Sprint(i), Location: Location{Path: fmt.Sprintf("slo/%d.yaml", i)}}
		if target := []float64{99.9, 100, 95}[rnd.IntN(3)]; rnd.IntN(3) > 0 {
			o.Target = &target
		}
		inv.SLOs = append(inv.SLOs, o)
	}
	for range rnd.IntN(2) {
		inv.Gaps = append(inv.Gaps, gapAt("old.yaml", Families()[rnd.IntN(3)]))
	}
	return inv
}

func gapAt(path string, f Family) Gap {
	return Gap{Location: Location{Path: path}, Hides: []Family{f}, Reason: "unreadable", Message: path + " can't be read"}
}

func judge(t testing.TB, inv *Inventory, r *Rubric) *Scorecard {
	t.Helper()
	card, err := Judge(inv, r)
	if err != nil {
		t.Fatal(err)
	}
	return card
}

func clone(t testing.TB, inv *Inventory) *Inventory {
	t.Helper()
	b, err := inv.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	again, err := ParseInventory(b)
	if err != nil {
		t.Fatal(err)
	}
	return again
}

// hideOne replaces one part of the inventory by a gap; false when there is none.
func hideOne(inv *Inventory, rnd *rand.Rand) bool {
	total := len(inv.Workloads) + len(inv.Documents) + len(inv.SLOs)
	if total == 0 {
		return false
	}
	i := rnd.IntN(total)
	var at Location
	var family Family
	switch {
	case i < len(inv.Workloads):
		at, family = inv.Workloads[i].Location, Kubernetes
		inv.Workloads = slices.Delete(inv.Workloads, i, i+1)
	case i < len(inv.Workloads)+len(inv.Documents):
		i -= len(inv.Workloads)
		at, family = inv.Documents[i].Location, Documents
		inv.Documents = slices.Delete(inv.Documents, i, i+1)
	default:
		i -= len(inv.Workloads) + len(inv.Documents)
		at, family = inv.SLOs[i].Location, Objectives
		inv.SLOs = slices.Delete(inv.SLOs, i, i+1)
	}
	inv.Gaps = append(inv.Gaps, gapAt(at.Path, family))
	return true
}

// Whatever is hidden, nothing is gained by it, and the bounds still hold what was
// true before.
func TestHidingEvidenceNeverHelps(t *testing.T) {
	rubric := rubricOf(t, testChecks()...)
	for seed := range uint64(3000) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		inv := randomInventory(rnd)
		before := judge(t, inv, rubric)
		hidden := clone(t, inv)
		if !hideOne(hidden, rnd) {
			continue
		}
		after := judge(t, hidden, rubric)
		if after.Min > before.Min || after.Coverage > before.Coverage || after.Level.Compare(before.Level) > 0 {
			t.Fatalf("seed %d: hiding evidence raised min %v→%v, coverage %v→%v or level %v→%v", seed,
				before.Min, after.Min, before.Coverage, after.Coverage, before.Level, after.Level)
		}
		for _, c := range []*Scorecard{before, after} {
			if c.Score != nil && (*c.Score < c.Min || *c.Score > c.Max) {
				t.Fatalf("seed %d: the score %v lies outside of its bounds %v to %v", seed, *c.Score, c.Min, c.Max)
			}
		}
		for i, r := range after.Results {
			was := before.Results[i]
			if was.Outcome != NotApplicable && (r.CreditMin > was.CreditMin || r.CreditMax < was.CreditMax) {
				t.Fatalf("seed %d: %s earned [%v,%v]; with less evidence its bounds are [%v,%v], which do not hold it", seed,
					r.Check, was.CreditMin, was.CreditMax, r.CreditMin, r.CreditMax)
			}
		}
	}
}

func TestWhatDoesNotCountChangesNothing(t *testing.T) {
	never := Check{ID: "never", Pillar: Config, Level: Bronze, Weight: Critical, Reads: []Family{Owners},
		Rule: func(*View) Finding { return Skip("never arises") }}
	weightless := Check{ID: "weightless", Pillar: Config, Level: Platinum, Weight: 0, Reads: []Family{Owners},
		Rule: func(*View) Finding { return Missing(nil, "nothing") }}
	plain, more := rubricOf(t, testChecks()...), rubricOf(t, append(testChecks(), never, weightless)...)
	for seed := range uint64(500) {
		inv := randomInventory(rand.New(rand.NewPCG(seed, 2)))
		a, b := judge(t, inv, plain), judge(t, inv, more)
		type numbers struct {
			Score              *float64
			Min, Max, Coverage float64
			Level              Level
		}
		x := numbers{a.Score, a.Min, a.Max, a.Coverage, min2(a.Level, Gold)}
		y := numbers{b.Score, b.Min, b.Max, b.Coverage, min2(b.Level, Gold)}
		if diff := cmp.Diff(x, y); diff != "" {
			t.Fatalf("seed %d: checks that do not count changed the numbers:\n%s", seed, diff)
		}
	}
}

func min2(a, b Level) Level {
	if a.Compare(b) < 0 {
		return a
	}
	return b
}

func TestOrderChangesNothing(t *testing.T) {
	checks := testChecks()
	for seed := range uint64(300) {
		rnd := rand.New(rand.NewPCG(seed, 3))
		inv := randomInventory(rnd)
		want, err := judge(t, clone(t, inv), rubricOf(t, checks...)).Canonical()
		if err != nil {
			t.Fatal(err)
		}
		rnd.Shuffle(len(inv.Workloads), func(i, j int) { inv.Workloads[i], inv.Workloads[j] = inv.Workloads[j], inv.Workloads[i] })
		rnd.Shuffle(len(inv.SLOs), func(i, j int) { inv.SLOs[i], inv.SLOs[j] = inv.SLOs[j], inv.SLOs[i] })
		shuffled := slices.Clone(checks)
		rnd.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		got, err := judge(t, inv, rubricOf(t, shuffled...)).Canonical()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Fatalf("seed %d: order changed the verdict:\n%s", seed, diff)
		}
	}
}

func TestJudge(t *testing.T) {
	good := Workload{Location: Location{Path: "a.yaml"}, Labels: map[string]string{"replicas": "good"}}
	bad := Workload{Location: Location{Path: "b.yaml"}, Labels: map[string]string{"replicas": "bad"}}
	runbook := Document{Kind: Runbook, Location: Location{Path: "runbook.md"}}
	for _, c := range []struct {
		name           string
		facts          Facts
		score          float64
		min, max, seen float64
		level, atMost  Level
		outcomes       string // workload-good, slo-sound, runbook in the rubric's order
	}{
		{"all known", Facts{Workloads: []Workload{good, bad}, Documents: []Document{runbook}}, 71.43, 71.43, 71.43, 100, None, None, "FAIL NOT_APPLICABLE PASS"},
		{"bronze", Facts{Workloads: []Workload{good}}, 57.14, 57.14, 57.14, 100, Bronze, Bronze, "PASS NOT_APPLICABLE FAIL"},
		{"all there is", Facts{Workloads: []Workload{good}, Documents: []Document{runbook}}, 100, 100, 100, 100, Gold, Gold, "PASS NOT_APPLICABLE PASS"},
		{"a gap hides workloads", Facts{Workloads: []Workload{good}, Documents: []Document{runbook}, Gaps: []Gap{gapAt("c.yaml", Kubernetes)}}, 100, 42.86, 100, 42.86, None, Gold, "UNKNOWN NOT_APPLICABLE PASS"},
		{"a failure stays one beside a gap", Facts{Workloads: []Workload{bad}, Documents: []Document{runbook}, Gaps: []Gap{gapAt("c.yaml", Kubernetes)}}, 42.86, 42.86, 100, 100, None, None, "FAIL NOT_APPLICABLE PASS"},
		{"not found, but a gap could hold it", Facts{Workloads: []Workload{good}, Gaps: []Gap{gapAt("r.md", Documents)}}, 100, 57.14, 100, 57.14, Bronze, Gold, "PASS NOT_APPLICABLE UNKNOWN"},
		{"what does not apply may, behind a gap", Facts{Workloads: []Workload{good}, Documents: []Document{runbook}, Gaps: []Gap{gapAt("s.yaml", Objectives)}}, 100, 77.78, 100, 77.78, Silver, Gold, "PASS UNKNOWN PASS"},
	} {
		t.Run(c.name, func(t *testing.T) {
			inv := &Inventory{Service: Service{ID: "shop.cart", Name: "cart"}, Facts: c.facts}
			card := judge(t, inv, rubricOf(t, testChecks()...))
			outcomes := ""
			for i, r := range card.Results {
				if i > 0 {
					outcomes += " "
				}
				outcomes += string(r.Outcome)
			}
			got := []any{*card.Score, card.Min, card.Max, card.Coverage, card.Level, card.LevelAtMost, outcomes}
			want := []any{c.score, c.min, c.max, c.seen, c.level, c.atMost, c.outcomes}
			if diff := cmp.Diff(want, got); diff != "" {
				b, _ := json.MarshalIndent(card, "", " ")
				t.Errorf("verdict (-want +got):\n%s\n%s", diff, b)
			}
		})
	}
}

func TestPanicIsUnknown(t *testing.T) {
	broken := Check{ID: "broken", Pillar: Config, Level: Bronze, Weight: Low, Reads: []Family{Owners}, Rule: func(v *View) Finding { panic("boom") }}
	card := judge(t, &Inventory{Service: Service{ID: "a.b"}}, rubricOf(t, broken))
	if r := card.Results[0]; r.Outcome != Unknown || card.Score != nil || card.Max != 100 || card.Min != 0 {
		t.Errorf("a rule that panics gave %+v", r)
	}
}

func TestUnscored(t *testing.T) {
	rubric := rubricOf(t, testChecks()...)
	for _, s := range []Service{{Type: "library"}, {Lifecycle: "Deprecated"}, {Unscored: "archived"}} {
		card := judge(t, &Inventory{Service: s}, rubric)
		if card.Service.Unscored == "" || card.Results != nil || card.Score != nil {
			t.Errorf("%+v was scored", s)
		}
	}
}

func TestReplayIsExact(t *testing.T) {
	rubric := rubricOf(t, testChecks()...)
	for seed := range uint64(200) {
		inv := randomInventory(rand.New(rand.NewPCG(seed, 4)))
		a, _ := judge(t, inv, rubric).Canonical()
		b, _ := judge(t, clone(t, inv), rubric).Canonical()
		if string(a) != string(b) {
			t.Fatalf("seed %d: a stored inventory was judged differently", seed)
		}
	}
}

// A file's name may hold bytes that are no text; the verdict is replayed all the same.
func TestReplayOfWhatIsNoText(t *testing.T) {
	rubric := rubricOf(t, testChecks()...)
	inv := &Inventory{Service: Service{ID: "a.b"}, Facts: Facts{Workloads: []Workload{{Location: Location{Path: "a\xff\\ufffd.yaml"}}}}}
	first := judge(t, inv, rubric)
	again := judge(t, clone(t, inv), rubric)
	if first.InventoryHash != again.InventoryHash {
		t.Error("the stored inventory has another hash")
	}
	a, _ := first.Canonical()
	b, _ := again.Canonical()
	if diff := cmp.Diff(string(a), string(b)); diff != "" {
		t.Errorf("the stored inventory was judged differently:\n%s", diff)
	}
}

func TestEvidenceIsBounded(t *testing.T) {
	inv := &Inventory{}
	for i := range 100 {
		state := "good"
		if i == 77 {
			state = "bad"
		}
		inv.Workloads = append(inv.Workloads, Workload{Location: Location{Path: fmt.Sprintf("%03d.yaml", i)}, Labels: map[string]string{"replicas": state}})
	}
	r := judge(t, inv, rubricOf(t, testChecks()[0])).Results[0]
	if len(r.Evidence) != MaxEvidence || r.EvidenceTotal != 100 || r.Evidence[0].Outcome != Fail {
		t.Errorf("kept %d of %d, the first being %s; want %d of 100, the failure first", len(r.Evidence), r.EvidenceTotal, r.Evidence[0].Outcome, MaxEvidence)
	}
}

// What raises the score most comes first, and what is unknown last, however cheap it is.
func TestNextStepsOrder(t *testing.T) {
	one := func(o Outcome, right, of int) func(*View) Finding {
		return func(*View) Finding { return Finding{Outcome: o, Satisfied: right, Subjects: of, Reason: "seen"} }
	}
	check := func(id string, w Weight, e Effort, rule func(*View) Finding) Check {
		return Check{ID: id, Pillar: Health, Level: Bronze, Weight: w, Effort: e, Reads: []Family{Kubernetes}, Rule: rule}
	}
	card, err := Judge(&Inventory{Service: Service{ID: "shop.cart", Name: "cart"}}, rubricOf(t,
		check("cheap", Low, Minutes, one(Fail, 0, 1)),
		check("heavy", Critical, Day, one(Fail, 0, 1)),
		check("heavy-and-quick", Critical, Minutes, one(Fail, 0, 1)),
		check("nearly-right", Critical, Minutes, one(Fail, 9, 10)),
		check("not-known", Critical, Minutes, one(Unknown, 0, 1)),
		check("right", Critical, Minutes, one(Pass, 1, 1)),
	))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range card.NextSteps {
		got = append(got, s.Check)
	}
	if diff := cmp.Diff([]string{"heavy-and-quick", "heavy", "cheap", "nearly-right", "not-known"}, got); diff != "" {
		t.Error(diff)
	}
}

// What was seen to be wrong is uncertain only where a gap may alter it: in its form, of
// its file, and of an object. What a Secret holds, it holds.
func TestGapsThatAlter(t *testing.T) {
	object := ObjectRef{APIVersion: "apps/v1", Kind: "Deployment", Name: "web"}
	inForm := Gap{Location: Location{Path: "o/kustomization.yaml", Form: "kustomize o"}, Hides: []Family{Kubernetes}, Alters: []string{"base", "x.yaml"}}
	anyForm := Gap{Hides: []Family{Kubernetes}, Alters: []string{"base"}}
	for _, tt := range []struct {
		name string
		gap  Gap
		at   Location
		want bool
	}{
		{"of its form", inForm, Location{Path: "base/web.yaml", Object: object, Form: "kustomize o"}, true},
		{"a file by its name", inForm, Location{Path: "x.yaml", Object: object, Form: "kustomize o"}, true},
		{"in no form", inForm, Location{Path: "base/web.yaml", Object: object}, true},
		{"of another form", inForm, Location{Path: "base/web.yaml", Object: object, Form: "kustomize other"}, false},
		{"of any form", anyForm, Location{Path: "base/web.yaml", Object: object, Form: "kustomize other"}, true},
		{"of another folder", inForm, Location{Path: "base2/web.yaml", Object: object, Form: "kustomize o"}, false},
		{"the file itself", inForm, Location{Path: "base/web.yaml"}, false},
		{"a Secret", inForm, Location{Path: "base/web.yaml", Object: ObjectRef{APIVersion: "v1", Kind: "Secret", Name: "s"}}, false},
		{"a gap that only hides", gapAt("base/x.yaml", Kubernetes), Location{Path: "base/web.yaml", Object: object}, false},
	} {
		if got := tt.gap.MayAlter(tt.at); got != tt.want {
			t.Errorf("%s: %t, want %t", tt.name, got, tt.want)
		}
		workload := Workload{Object: tt.at.Object, Location: tt.at, Labels: map[string]string{"replicas": "bad"}}
		inv := &Inventory{Service: Service{ID: "x"}, Facts: Facts{Workloads: []Workload{workload}, Gaps: []Gap{tt.gap}}}
		card, err := Judge(inv, rubricOf(t, testChecks()...))
		if err != nil {
			t.Fatal(err)
		}
		want := Fail
		if tt.want {
			want = Unknown
		}
		for _, r := range card.Results {
			if r.Check == "workload-good" && r.Outcome != want {
				t.Errorf("%s: %s (%s), want %s", tt.name, r.Outcome, r.Reason, want)
			}
		}
	}
}
