package scan

import (
	"slices"
	"strings"
	"testing"

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
