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
			if want := (r.Check == "runbook-present" || r.Check == "runbook-actionable") && inv.Service.Name == "front"; says != want {
				t.Errorf("%s of %s: %s", r.Check, inv.Service.Name, r.Reason)
			}
		}
	}
}

// Another form belongs to the service of the same source where neither name nor labels
// agree, and to none where two services are of that source.
func TestFormsBySource(t *testing.T) {
	form := new(shop).workload("base/web.yaml", "staging", "staging-web", "tier=front", "shop/web:1").overlaid()
	for _, c := range []struct {
		name string
		shop *shop
		want string
	}{
		{"one", new(shop).workload("base/web.yaml", "prod", "prod-web", "tier=front", "shop/web:1").workload("k8s/db.yaml", "", "db", "app=db", ""), "prod-web"},
		{"two", new(shop).workload("base/web.yaml", "a", "a-web", "app=a", "shop/web:1").workload("base/web.yaml", "b", "b-web", "app=b", "shop/web:1"), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.shop.overlaid().c.Facts.Forms = []scorecard.OtherForm{{Name: "kustomize staging", Facts: form.c.Facts}}
			got := ""
			for _, inv := range Attribute("shop", &c.shop.c) {
				if len(inv.Forms) > 0 {
					got += inv.Service.Name
				}
			}
			if got != c.want {
				t.Errorf("the form went to %q, want %q", got, c.want)
			}
		})
	}
}

// A route goes to those it leads to and a Secret to those who use it, whatever file
// they stand in; a route to nobody in a file of nobody is noted.
func TestRoutesAndSecretsOfSharedFiles(t *testing.T) {
	place := func(path, kind, namespace, name string) scorecard.Location {
		l := at(path)
		l.Object = scorecard.ObjectRef{APIVersion: "v1", Kind: kind, Namespace: namespace, Name: name}
		return l
	}
	secret := func(path, namespace, name string) scorecard.SecretObject {
		return scorecard.SecretObject{Location: place(path, "Secret", namespace, name)}
	}
	route := func(path, name, service string) scorecard.Route {
		return scorecard.Route{Location: place(path, "Route", "", name), Backends: []scorecard.RouteBackend{{Service: scorecard.ObjectRef{APIVersion: "v1", Kind: "Service", Name: service}}}}
	}
	s := new(shop).workload("k8s/cart.yaml", "", "cart", "app=cart", "").workload("k8s/web.yaml", "", "web", "app=web", "").workload("k8s/order.yaml", "", "order", "app=order", "").
		facts(func(f *scorecard.Facts) {
			f.Workloads[0].Pod.Secrets = []string{"both", "db", "other-namespace"}
			f.Workloads[1].Pod.Secrets = []string{"both"}
			f.Services = []scorecard.KubeService{{Location: place("k8s/web.yaml", "Service", "", "web"), Selector: &scorecard.Selector{MatchLabels: pairs("app=web")}}, {Location: place("k8s/all.yaml", "Service", "", "outside")}}
			f.Services = append(f.Services, scorecard.KubeService{Location: place("k8s/cart.yaml", "Service", scorecard.ReleaseNamespace("chart"), "basket"), Selector: &scorecard.Selector{MatchLabels: pairs("app=cart")}})
			f.Workloads[0].Object.Namespace = scorecard.ReleaseNamespace("chart")
			f.Routes = []scorecard.Route{route("net/all3.yaml", "to-a-chart", "basket"), route("net/all.yaml", "to-web", "web"), route("net/all2.yaml", "to-outside", "outside"), route("net/order/r.yaml", "of-a-folder", "outside")}
			f.Secrets = []scorecard.SecretObject{secret("k8s/all.yaml", "", "db"), secret("k8s/all.yaml", "shop", "both"), secret("k8s/all.yaml", "", "unused"),
				secret("k8s/web.yaml", "", "folder"), secret("k8s/order.yaml", "", "db")}
		})
	got := map[string][]string{}
	for _, inv := range Attribute("shop", &s.c) {
		for _, x := range inv.Secrets {
			got[inv.Service.Name] = append(got[inv.Service.Name], x.Location.Object.Name)
		}
		for _, x := range inv.Routes {
			got[inv.Service.Name] = append(got[inv.Service.Name], x.Location.Object.Name)
		}
	}
	for name, want := range map[string]string{"cart": "both db db to-a-chart unused", "web": "both folder to-web unused", "order": "of-a-folder unused"} {
		slices.Sort(got[name])
		if have := strings.Join(got[name], " "); have != want {
			t.Errorf("%s has %q, want %q", name, have, want)
		}
	}
	if n := s.c.Facts.Notes; len(n) != 1 || !strings.Contains(n[0].Message, "to-outside leads to no workload") {
		t.Errorf("notes: %v", n)
	}
}

// What runs a service: what is meant to run for ever before jobs, its namesake before
// others, and Compose where nothing else does.
func TestRuns(t *testing.T) {
	jobs := new(shop).workload("k8s/a.yaml", "", "migrate", "app=web", "").workload("k8s/b.yaml", "", "worker", "app=web", "").workload("k8s/c.yaml", "", "web", "app=web", "").
		facts(func(f *scorecard.Facts) {
			f.Workloads[0].Object.Kind, f.Workloads[2].Object.Kind = "Job", "StatefulSet"
		})
	compose := new(shop).facts(func(f *scorecard.Facts) {
		f.Infra = []scorecard.Definition{{Location: at("compose.yaml"), Tool: "compose", Deploys: true, Name: "web"}}
	})
	for name, c := range map[string]struct {
		shop *shop
		want string
	}{"workloads": {jobs, "StatefulSet web"}, "compose": {compose, "Compose web"}, "nothing": {new(shop), ""}} {
		if got := Attribute("shop", &c.shop.c)[0].Service.Runs.String(); got != c.want {
			t.Errorf("%s: %q runs it, want %q", name, got, c.want)
		}
	}
}
