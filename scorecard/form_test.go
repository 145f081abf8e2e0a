package scorecard

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A form that would come out differently is named in the result; one that would not,
// and one of which less is known, is not.
func TestJudgeNamesFormsThatDiffer(t *testing.T) {
	workload := func(form string, replicas int32, labels map[string]string) Workload {
		o := ObjectRef{APIVersion: "apps/v1", Kind: "Deployment", Name: "cart"}
		return Workload{Location: Location{Path: "base/cart.yaml", Form: form, Object: o}, Object: o, Replicas: &replicas, PodLabels: labels}
	}
	rubric, err := NewRubric("test", []Check{{
		ID: "two", Pillar: Availability, Title: "Two", Applies: "a", Passes: "b", Why: "c", Fix: "d", Level: Bronze, Weight: High, Effort: Minutes,
		References: []Reference{{Title: "r", URL: "https://example.com/"}}, Reads: []Family{Kubernetes},
		Rule: func(v *View) Finding {
			var t Tally
			for i := range v.Workloads {
				if n, _ := v.Replicas(&v.Workloads[i]); n >= 2 {
					t.Pass(v.Workloads[i].Location, "two")
				} else {
					t.Fail(v.Workloads[i].Location, "more", "%d", n)
				}
			}
			return t.Finding("workload", "has two", "none")
		},
	}})
	if err != nil {
		t.Fatal(err)
	}
	app := map[string]string{"app": "cart"}
	inv := &Inventory{Service: Service{ID: "shop.cart", Name: "cart"}, Facts: Facts{
		Workloads: []Workload{workload("kustomize prod", 3, app)},
		Forms: []OtherForm{
			{Name: "kustomize staging", Facts: Facts{Workloads: []Workload{workload("kustomize staging", 1, app)}}},
			{Name: "kustomize dev", Facts: Facts{Workloads: []Workload{workload("kustomize dev", 2, app)}}},
		},
	}}
	card, err := Judge(inv, rubric)
	if err != nil {
		t.Fatal(err)
	}
	r := card.Results[0]
	if r.Outcome != Pass {
		t.Errorf("the form that counts is %s: %s", r.Outcome, r.Reason)
	}
	want := []FormVerdict{{Form: "kustomize staging", Outcome: Fail, Reason: "0 of 1 workload: has two"}}
	if d := cmp.Diff(want, r.Otherwise); d != "" {
		t.Errorf("other forms (-want +got):\n%s", d)
	}
}

// Beside a gap, what another form lacks is as unknown there as it is here.
func TestJudgeSaysNothingOfFormsBesideAGap(t *testing.T) {
	rubric, err := NewRubric("test", []Check{{
		ID: "any", Pillar: Availability, Title: "Any", Applies: "a", Passes: "b", Why: "c", Fix: "d", Level: Bronze, Weight: High, Effort: Minutes,
		References: []Reference{{Title: "r", URL: "https://example.com/"}}, Reads: []Family{Kubernetes},
		Rule: func(*View) Finding { return Missing(nil, "there is none") },
	}})
	if err != nil {
		t.Fatal(err)
	}
	inv := &Inventory{Service: Service{ID: "shop.cart", Name: "cart"}, Facts: Facts{
		Forms: []OtherForm{{Name: "kustomize staging"}},
		Gaps:  []Gap{{Location: Location{Path: "a.yaml"}, Hides: []Family{Kubernetes}, Reason: "malformed", Message: "a.yaml is broken"}},
	}}
	card, err := Judge(inv, rubric)
	if err != nil {
		t.Fatal(err)
	}
	if r := card.Results[0]; r.Outcome != Unknown || len(r.Otherwise) > 0 {
		t.Errorf("%s, otherwise %+v", r.Outcome, r.Otherwise)
	}
}

// What Kustomize built of one source replaces what it built of it for production,
// whatever prefix and labels it has.
func TestFormsOfOneSourceReplaceEachOther(t *testing.T) {
	built := func(form, name string, line int) Workload {
		o := ObjectRef{Kind: "Deployment", Name: name}
		return Workload{Location: Location{Path: "base/web.yaml", FirstLine: line, Form: form, Object: o}, Object: o}
	}
	inv := &Inventory{Facts: Facts{Workloads: []Workload{built("kustomize prod", "prod-web", 1), built("kustomize admin", "admin-web", 20)}}}
	other := inv.in(&OtherForm{Facts: Facts{Workloads: []Workload{built("kustomize staging", "staging-web", 1)}}})
	var names []string
	for i := range other.Workloads {
		names = append(names, other.Workloads[i].Object.Name)
	}
	if d := cmp.Diff([]string{"admin-web", "staging-web"}, names); d != "" {
		t.Errorf("workloads (-want +got):\n%s", d)
	}
}
