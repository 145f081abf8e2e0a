package scan

import (
	"slices"
	"strings"
	"testing"

	"github.com/seaworthy-dev/seaworthy/checks"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// What selects or targets nothing goes to the service that it probably means, and a
// file to those whose pods its objects select; only what names nobody is everybody's.
func TestObjectsOfNobodyAreNotEverybodys(t *testing.T) {
	ref := func(kind, name string) scorecard.ObjectRef {
		return scorecard.ObjectRef{APIVersion: "v1", Kind: kind, Name: name}
	}
	place := func(path, kind, name string) scorecard.Location {
		l := at(path)
		l.Object = ref(kind, name)
		return l
	}
	s := new(shop).workload("k8s/web.yaml", "", "cart", "app=cart", "cart:1").workload("k8s/front.yaml", "", "front", "app=front", "front:1").facts(func(f *scorecard.Facts) {
		f.Scalers = []scorecard.Autoscaler{{Location: place("scale/all-hpa.yaml", "HorizontalPodAutoscaler", "scale-it"), Target: scorecard.ObjectRef{Kind: "Deployment", Name: "cart"}}}
		f.Services = []scorecard.KubeService{{Location: place("net/a.yaml", "Service", "x"), Selector: &scorecard.Selector{MatchLabels: map[string]string{"app": "front"}}}}
		f.Manifests = []scorecard.Manifest{{Location: at("net/a.yaml"), Kind: "manifest", Objects: 1}, {Location: at("misc/b.yaml"), Kind: "manifest", Objects: 1}}
		f.Scrapes = []scorecard.Scrape{{Location: at("prometheus.yml"), Job: "j", Targets: []string{"x.default.svc"}}}
	})
	got := map[string][]string{}
	for _, inv := range Attribute("shop", &s.c) {
		n := inv.Service.Name
		for range inv.Scalers {
			got[n] = append(got[n], "scaler")
		}
		for _, d := range inv.Dangling {
			got[n] = append(got[n], "dangling "+d.Location.Object.Name)
		}
		for _, m := range inv.Manifests {
			got[n] = append(got[n], m.Location.Path)
		}
		for _, x := range inv.Scrapes {
			got[n] = append(got[n], "job "+x.Job)
		}
		slices.Sort(got[n])
	}
	for name, want := range map[string]string{"cart": "dangling scale-it, misc/b.yaml, scaler", "front": "job j, misc/b.yaml, net/a.yaml"} {
		if have := strings.Join(got[name], ", "); have != want {
			t.Errorf("%s has %s; want %s", name, have, want)
		}
	}
}

// Evidence that names no service counts for all, and a verdict that rests on it says so.
func TestSharedEvidenceIsSaid(t *testing.T) {
	s := new(shop).workload("k8s/web.yaml", "", "cart", "app=cart", "cart:1").workload("k8s/front.yaml", "", "front", "app=front", "front:1").facts(func(f *scorecard.Facts) {
		f.Documents = []scorecard.Document{{Kind: scorecard.Runbook, Location: at("runbooks/cart.md")}, {Kind: scorecard.Runbook, Location: at("runbooks/general.md")}}
	})
	rubric, err := checks.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	for _, inv := range Attribute("shop", &s.c) {
		if got := strings.Join(inv.Shared, ", "); got != "runbooks/general.md" {
			t.Errorf("%s shares %s", inv.Service.Name, got)
		}
		card, err := scorecard.Judge(inv, rubric)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range card.Results {
			says := strings.Contains(r.Reason, "counts for each of its services")
			if want := r.Check == "runbook-present" && inv.Service.Name == "front"; says != want {
				t.Errorf("%s of %s: %s", r.Check, inv.Service.Name, r.Reason)
			}
		}
	}
}
