package scan

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// shop builds facts by a few words each, so that a case reads like a repository.
type shop struct{ c scorecard.Collection }

func at(path string) scorecard.Location { return scorecard.Location{Path: path, FirstLine: 1} }

func (s *shop) entity(path, name string, annotations ...string) *shop {
	e := scorecard.Entity{Location: at(path), APIVersion: "backstage.io/v1alpha1", Kind: "Component", Name: name, Type: "service", Owner: "team", Annotations: map[string]string{}}
	for i := 0; i+1 < len(annotations); i += 2 {
		e.Annotations[annotations[i]] = annotations[i+1]
	}
	s.c.Facts.Entities = append(s.c.Facts.Entities, e)
	return s
}

// workload: labels as "app=cart,tier=web"; image may be empty.
func (s *shop) workload(path, origin, name, labels, image string) *shop {
	w := scorecard.Workload{Location: at(path), Origin: origin, Object: scorecard.ObjectRef{APIVersion: "apps/v1", Kind: "Deployment", Name: name}, PodLabels: pairs(labels), Selector: &scorecard.Selector{MatchLabels: pairs(labels)}}
	w.Location.Object = w.Object
	if image != "" {
		w.Containers = []scorecard.Container{{Name: "main", Image: image}}
	}
	s.c.Facts.Workloads = append(s.c.Facts.Workloads, w)
	return s
}

// overlaid makes the workloads what kustomizations built of their files.
func (s *shop) overlaid() *shop {
	for i := range s.c.Facts.Workloads {
		w := &s.c.Facts.Workloads[i]
		w.Location.Form = "kustomize " + w.Origin
	}
	return s
}

func pairs(s string) map[string]string {
	m := map[string]string{}
	for _, kv := range strings.Split(s, ",") {
		if k, v, ok := strings.Cut(kv, "="); ok {
			m[k] = v
		}
	}
	return m
}

func (s *shop) folders(fs ...string) *shop { s.c.Folders = fs; return s }

func (s *shop) facts(f func(*scorecard.Facts)) *shop { f(&s.c.Facts); return s }

func TestServices(t *testing.T) {
	for _, c := range []struct {
		name string
		shop *shop
		want []string // "id path workload,workload"
	}{
		{"nothing: the repository", new(shop), []string{"shop.shop . "}},
		{"an application each", new(shop).
			workload("k8s/cart.yaml", "", "cart", "app=cart", "shop/cart:1").
			workload("k8s/cart.yaml", "", "cart-worker", "app=cart", "shop/worker:1").
			workload("k8s/web.yaml", "", "web", "tier=front", "shop/web:1"),
			[]string{"shop.cart  cart,cart-worker", "shop.web  web"}},
		{"thirteen workers of one chart are one service", new(shop).
			workload("chart/templates/a.yaml", "chart", "jobs-mail", "app=jobs-mail", "shop/jobs:1").
			workload("chart/templates/b.yaml", "chart", "jobs-search", "app=jobs-search", "shop/jobs:2").
			workload("chart/templates/c.yaml", "chart", "redis", "app=redis", "redis:7"),
			[]string{"shop.jobs  jobs-mail,jobs-search", "shop.redis  redis"}},
		{"with no common name they are named after the chart", new(shop).
			workload("chart/templates/a.yaml", "chart", "mailer", "app=mailer", "shop/jobs:1").
			workload("chart/templates/b.yaml", "chart", "indexer", "app=indexer", "shop/jobs:2").
			facts(func(f *scorecard.Facts) {
				f.Charts = []scorecard.Chart{{Folder: "chart", Name: "backoffice", Location: at("chart/Chart.yaml")}}
			}),
			[]string{"shop.backoffice  mailer,indexer"}},
		{"two databases of one image, each behind its Service, are two", new(shop).
			workload("chart/templates/a.yaml", "chart", "cart-db", "app=cart-db", "mongo:7").
			workload("chart/templates/b.yaml", "chart", "user-db", "app=user-db", "mongo:7").
			facts(func(f *scorecard.Facts) {
				for _, n := range []string{"cart-db", "user-db"} {
					f.Services = append(f.Services, scorecard.KubeService{Selector: &scorecard.Selector{MatchLabels: pairs("app=" + n)}})
				}
			}),
			[]string{"shop.cart-db  cart-db", "shop.user-db  user-db"}},
		{"what overlays make of one source is one service", new(shop).
			workload("base/web.yaml", "prod/eu", "eu-web", "tier=front", "shop/web:1").
			workload("base/web.yaml", "prod/us", "us-web", "tier=front", "shop/web:1").overlaid(),
			[]string{"shop.web  eu-web,us-web"}},
		{"unless labels name two applications", new(shop).
			workload("base/web.yaml", "a", "a-web", "app=a", "shop/web:1").
			workload("base/web.yaml", "b", "b-web", "app=b", "shop/web:1").overlaid(),
			[]string{"shop.a  a-web", "shop.b  b-web"}},
		{"a chart that would not render is a service of which little is known", new(shop).
			workload("charts/web/templates/d.yaml", "charts/web", "web", "app=web", "").
			facts(func(f *scorecard.Facts) {
				f.Charts = []scorecard.Chart{{Folder: "charts/web", Name: "web", Location: at("charts/web/Chart.yaml")}, {Folder: "charts/db", Name: "db", Location: at("charts/db/Chart.yaml")}}
				f.Gaps = []scorecard.Gap{{Location: at("charts/db/templates/d.yaml"), Reason: "render-failed", Hides: []scorecard.Family{scorecard.Kubernetes}}}
			}),
			[]string{"shop.db charts/db ", "shop.web  web"}},
		{"the same image in plain files is no bond", new(shop).
			workload("a.yaml", "", "one", "app=one", "redis:7").workload("b.yaml", "", "two", "app=two", "redis:7"),
			[]string{"shop.one  one", "shop.two  two"}},
		{"a Component claims by label selector", new(shop).
			entity("cart/catalog-info.yaml", "cart", "backstage.io/kubernetes-label-selector", "app in (basket, cart),tier!=db").
			workload("k8s/a.yaml", "", "basket", "app=basket", "").workload("k8s/b.yaml", "", "db", "app=cart,tier=db", ""),
			[]string{"default.cart cart basket", "shop.cart  db"}},
		{"by kubernetes-id", new(shop).
			entity("cart/catalog-info.yaml", "cart", "backstage.io/kubernetes-id", "basket").
			workload("k8s/a.yaml", "", "x", "backstage.io/kubernetes-id=basket", "").workload("k8s/b.yaml", "", "cart", "app=cart", ""),
			[]string{"default.cart cart x", "shop.cart  cart"}},
		{"by name when the annotation selects nothing here", new(shop).
			entity("cart/catalog-info.yaml", "cart", "backstage.io/kubernetes-id", "basket").workload("k8s/b.yaml", "", "Cart", "", ""),
			[]string{"default.cart cart Cart"}},
		{"the only Component takes all under its path", new(shop).
			entity("catalog-info.yaml", "store").workload("k8s/a.yaml", "", "api", "app=api", "").workload("k8s/b.yaml", "", "db", "app=db", ""),
			[]string{"default.store . api,db"}},
		{"but not what lies elsewhere", new(shop).
			entity("store/catalog-info.yaml", "store").workload("store/k8s/a.yaml", "", "api", "app=api", "").workload("other/b.yaml", "", "db", "app=db", ""),
			[]string{"default.store store api", "shop.db  db"}},
		{"of two Components none takes what bears no name", new(shop).
			entity("a/catalog-info.yaml", "a").entity("b/catalog-info.yaml", "b").workload("a/k8s.yaml", "", "x", "app=x", ""),
			[]string{"default.a a ", "default.b b ", "shop.x  x"}},
		{"a folder that Components share is no one's own", new(shop).
			entity("catalog-info.yaml", "a").entity("catalog-info.yaml", "b").folders("services/a", "services/b"),
			[]string{"default.a services/a ", "default.b services/b "}},
		{"source-location says where", new(shop).
			entity("catalog/all.yaml", "a", "backstage.io/source-location", "url:https://github.com/o/shop/tree/main/services/a/"),
			[]string{"default.a services/a "}},
		{"a repository that is named after its service is its folder", new(shop).
			workload("k8s/d.yaml", "", "Shop", "app=shop", "").folders("lib/shop"),
			[]string{"shop.shop . Shop"}},
		{"a namesake's folder is not its own", new(shop).
			workload("components/ext-operator/d.yaml", "", "ext", "app=ext", "").folders("components/build/base/ext", "components/ext-operator"),
			[]string{"shop.ext  ext"}},
		{"an entity twice is one", new(shop).
			entity("a/catalog-info.yaml", "a").entity("b/catalog-info.yaml", "A"),
			[]string{"default.a a "}},
		{"the folder of code before the folder of manifests", new(shop).
			workload("deploy/cart/d.yaml", "", "cart", "app=cart", "").folders("deploy/cart", "src/cart"),
			[]string{"shop.cart src/cart cart"}},
		{"Compose alone", new(shop).facts(func(f *scorecard.Facts) {
			f.Infra = []scorecard.Definition{{Location: at("compose.yaml"), Tool: "compose", Deploys: true, Name: "web"}, {Location: at("main.tf"), Tool: "terraform", Provisions: true}}
		}), []string{"shop.web  "}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, inv := range Attribute("shop", &c.shop.c) {
				var names []string
				for _, w := range inv.Workloads {
					names = append(names, w.Object.Name)
				}
				got = append(got, fmt.Sprintf("%s %s %s", inv.Service.ID, inv.Service.Path, strings.Join(names, ",")))
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("services (-want +got):\n%s", diff)
			}
		})
	}
}

// Whose evidence is it? Each case adds one fact to a shop of two services, cart
// (services/cart) and order (services/order).
func TestWhose(t *testing.T) {
	both := []string{"cart", "order"}
	runbook := func(path, title string) func(*scorecard.Facts) {
		return func(f *scorecard.Facts) {
			f.Documents = []scorecard.Document{{Kind: scorecard.Runbook, Location: at(path), Title: title}}
		}
	}
	readme := func(path string) func(*scorecard.Facts) {
		return func(f *scorecard.Facts) {
			f.Documents = []scorecard.Document{{Kind: scorecard.Readme, Location: at(path)}}
		}
	}
	slo := func(path, service, job string) func(*scorecard.Facts) {
		return func(f *scorecard.Facts) {
			f.SLOs = []scorecard.Objective{{Location: at(path), Service: service, Labels: map[string]string{"job": job}}}
		}
	}
	has := map[string]func(*scorecard.Inventory) bool{
		"documents": func(i *scorecard.Inventory) bool { return len(i.Documents) > 0 },
		"slos":      func(i *scorecard.Inventory) bool { return len(i.SLOs) > 0 },
		"budgets":   func(i *scorecard.Inventory) bool { return len(i.Budgets) > 0 },
		"gaps":      func(i *scorecard.Inventory) bool { return len(i.Gaps) > 0 },
		"terraform": func(i *scorecard.Inventory) bool { return len(i.Terraform) > 0 },
		"owners":    func(i *scorecard.Inventory) bool { return len(i.Owners) > 0 },
		"images":    func(i *scorecard.Inventory) bool { return len(i.Images) > 0 },
		"charts":    func(i *scorecard.Inventory) bool { return len(i.Charts) > 0 },
		"manifests": func(i *scorecard.Inventory) bool { return len(i.Manifests) > 0 },
	}
	budget := func(path, name, selects string) func(*scorecard.Facts) {
		return func(f *scorecard.Facts) {
			b := scorecard.Budget{Location: at(path), Selector: &scorecard.Selector{MatchLabels: pairs(selects)}}
			b.Location.Object = scorecard.ObjectRef{Kind: "PodDisruptionBudget", Name: name}
			f.Budgets = []scorecard.Budget{b}
		}
	}
	owners := func(format string, patterns ...string) func(*scorecard.Facts) {
		return func(f *scorecard.Facts) {
			for i, p := range patterns {
				f.Owners = append(f.Owners, scorecard.OwnerRule{Location: scorecard.Location{Path: "CODEOWNERS", FirstLine: i + 1}, Format: format, Pattern: p, Owners: []string{"@o/team"}})
			}
		}
	}
	for _, c := range []struct {
		name, part string
		add        func(*scorecard.Facts)
		want       []string
	}{
		{"a runbook at the root is everyone's", "documents", runbook("runbooks/general.md", "On call"), both},
		{"a runbook whose file bears the name", "documents", runbook("runbooks/cart.md", "On call"), []string{"cart"}},
		{"a runbook whose title bears the name", "documents", runbook("runbooks/a.md", "When cart is down"), []string{"cart"}},
		{"a runbook in the service's folder", "documents", runbook("services/order/docs/runbook.md", "Cart"), []string{"order"}},
		{"the root README is everyone's", "documents", readme("README.md"), both},
		{"a README's runbook section is its folder's", "documents", runbook("services/x/README.md", "Troubleshooting"), nil},
		{"a service's README is its own", "documents", readme("services/cart/README.md"), []string{"cart"}},
		{"another folder's README is nobody's", "documents", readme("terraform/README.md"), nil},
		{"an objective names its service", "slos", slo("slo/x.yaml", "order", "cart"), []string{"order"}},
		{"but for a trailing word", "slos", slo("slo/x.yaml", "cart-service", ""), []string{"cart"}},
		{"an objective's labels name it", "slos", slo("slo/x.yaml", "checkout", "cart"), []string{"cart"}},
		{"an objective of a stranger is nobody's", "slos", slo("slo/x.yaml", "payment", ""), nil},
		{"one whose labels name a stranger too", "slos", slo("slo/x.yaml", "", "payment"), nil},
		{"an objective that names none is everyone's", "slos", slo("slo/x.yaml", "", ""), both},
		{"a budget is whose pods it selects, whatever its name", "budgets", budget("k8s/b.yaml", "order", "app=cart"), []string{"cart"}},
		{"a budget that selects nothing stays with its folder", "budgets", budget("services/order/b.yaml", "cart", "app=none"), []string{"order"}},
		{"a gap in a service's manifest is its own", "gaps", func(f *scorecard.Facts) {
			f.Gaps = []scorecard.Gap{{Location: at("k8s/cart.yaml"), Hides: []scorecard.Family{scorecard.Kubernetes}}}
		}, []string{"cart"}},
		{"a gap at the root is everyone's", "gaps", func(f *scorecard.Facts) {
			f.Gaps = []scorecard.Gap{{Location: scorecard.Location{Path: "."}, Hides: []scorecard.Family{scorecard.Kubernetes}}}
		}, both},
		{"shared Terraform", "terraform", func(f *scorecard.Facts) {
			f.Terraform = []scorecard.TerraformRoot{{Folder: "infra", Location: at("infra/main.tf")}}
		}, both},
		{"a service's Terraform", "terraform", func(f *scorecard.Facts) {
			f.Terraform = []scorecard.TerraformRoot{{Folder: "infra/order", Location: at("infra/order/main.tf")}}
		}, []string{"order"}},
		{"an owner of all", "owners", owners("codeowners", "*"), both},
		{"an owner of a folder", "owners", owners("codeowners", "/services/cart/"), []string{"cart"}},
		{"an owner of a kind of file owns no service", "owners", owners("codeowners", "*.go"), nil},
		{"an OWNERS file owns its folder", "owners", owners("owners", "services/order"), []string{"order"}},
		{"a Dockerfile in the folder", "images", func(f *scorecard.Facts) {
			f.Images = []scorecard.BuildImage{{Location: at("services/cart/Dockerfile"), Image: "go:1"}}
		}, []string{"cart"}},
		{"an image of a Compose service", "images", func(f *scorecard.Facts) {
			f.Images = []scorecard.BuildImage{{Location: at("compose.yaml"), Image: "go:1", Service: "order"}}
		}, []string{"order"}},
		{"an image of a Compose service that is no service here", "images", func(f *scorecard.Facts) {
			f.Images = []scorecard.BuildImage{{Location: at("compose.yaml"), Image: "redis:7", Service: "log-server"}}
		}, nil},
		{"a Dockerfile at the root is everyone's", "images", func(f *scorecard.Facts) {
			f.Images = []scorecard.BuildImage{{Location: at("Dockerfile"), Image: "go:1"}}
		}, both},
		{"a Dockerfile of something else is nobody's", "images", func(f *scorecard.Facts) {
			f.Images = []scorecard.BuildImage{{Location: at("tools/lint/Dockerfile"), Image: "go:1"}}
		}, nil},
		{"a chart that runs nothing is nobody's", "charts", func(f *scorecard.Facts) {
			f.Charts = []scorecard.Chart{{Folder: "charts/crds", Location: at("charts/crds/Chart.yaml")}}
		}, nil},
		{"a manifest is whose workload it holds", "manifests", func(f *scorecard.Facts) {
			f.Manifests = []scorecard.Manifest{{Location: at("k8s/cart.yaml")}}
		}, []string{"cart"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := new(shop).workload("k8s/cart.yaml", "", "cart", "app=cart", "").workload("k8s/orders.yaml", "", "order", "app=order", "").
				folders("k8s", "services/cart", "services/order").facts(c.add)
			var got []string
			for _, inv := range Attribute("shop", &s.c) {
				if has[c.part](inv) {
					got = append(got, inv.Service.Name)
				}
			}
			if !slices.Equal(c.want, got) {
				t.Errorf("it went to %v, want %v", got, c.want)
			}
		})
	}
}

// Whose runbook is it? Of a shop with web, redis, cart and checkout-service.
func TestWhoseRunbook(t *testing.T) {
	all := []string{"cart", "checkout-service", "redis", "web"}
	for _, c := range []struct {
		name string
		doc  scorecard.Document
		want []string
	}{
		{"a step that speaks of an everyday word", scorecard.Document{Title: "On call", Headings: []string{"Check the web console", "Flush Redis"}}, all},
		{"a heading that is about it alone", scorecard.Document{Title: "On call", Headings: []string{"When Redis is down", "Mitigate"}}, []string{"redis"}},
		{"a heading with a service's own name", scorecard.Document{Title: "On call", Headings: []string{"Restart cart"}}, []string{"cart"}},
		{"no part of a word", scorecard.Document{Title: "On call", Headings: []string{"Carts overflow"}}, all},
		{"the title before the headings", scorecard.Document{Title: "Cart is slow", Headings: []string{"checkout-service", "Redis"}}, []string{"cart"}},
		{"a name of two words", scorecard.Document{Title: "Checkout service: runbook", Headings: []string{"Cart"}}, []string{"checkout-service"}},
		{"the front matter before the title", scorecard.Document{Title: "Cart is slow", About: []string{"oncall", "Redis"}}, []string{"redis"}},
		{"the path before all", scorecard.Document{Location: at("runbooks/web.md"), Title: "Cart is slow", About: []string{"redis"}}, []string{"web"}},
		{"a title that names the repository", scorecard.Document{Title: "Troubleshooting the shop"}, all},
		{"a passage about another one", scorecard.Document{Title: "On call", Headings: []string{"Restart cart", "No orders"},
			Passages: []string{"On call\n", "Restart cart\nTwice.", "No orders\nSee whether the Checkout Service runs. Then restart `checkout-service`."}}, []string{"cart", "checkout-service"}},
		{"a passage that names two", scorecard.Document{Title: "On call", Headings: []string{"Restart cart", "No orders"},
			Passages: []string{"No orders\nThe checkout-service asks cart; restart checkout-service."}}, []string{"cart"}},
		{"a passage that names it once", scorecard.Document{Title: "On call", Headings: []string{"Restart cart", "No orders"},
			Passages: []string{"No orders\nThe checkout-service may be down."}}, []string{"cart"}},
		{"a passage with everyday words", scorecard.Document{Title: "On call", Headings: []string{"Restart cart", "No pages"},
			Passages: []string{"No pages\nIs the web down? Restart web, and flush redis."}}, []string{"cart"}},
		{"passages below a title that names one", scorecard.Document{Title: "Cart is slow",
			Passages: []string{"Others\nThe checkout-service waits for it; restart checkout-service."}}, []string{"cart"}},
		{"words of the front matter that name no service", scorecard.Document{Title: "On call", Mentions: []string{"redis", "web"}}, all},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := new(shop)
			for _, n := range all {
				s.workload("k8s/all.yaml", "", n, "app="+n, "")
			}
			if strings.Contains(c.name, "the repository") {
				s.workload("k8s/all.yaml", "", "shop", "app=shop", "")
				c.want = []string{"cart", "checkout-service", "redis", "shop", "web"}
			}
			c.doc.Kind = scorecard.Runbook
			if c.doc.Location.Path == "" {
				c.doc.Location = at("runbooks/x.md")
			}
			s.c.Facts.Documents = []scorecard.Document{c.doc}
			var got []string
			for _, inv := range Attribute("shop", &s.c) {
				if len(inv.Documents) > 0 {
					got = append(got, inv.Service.Name)
					if inv.Documents[0].Passages != nil {
						t.Error("an inventory keeps what a runbook says")
					}
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("it went to %v, want %v", got, c.want)
			}
		})
	}
}

func TestLastOwnerWins(t *testing.T) {
	s := new(shop).workload("services/cart/k.yaml", "", "cart", "app=cart", "").folders("services/cart").facts(func(f *scorecard.Facts) {
		for i, p := range []string{"/services/", "*", "/services/cart/"} {
			f.Owners = append(f.Owners, scorecard.OwnerRule{Location: scorecard.Location{Path: "CODEOWNERS", FirstLine: i + 1}, Format: "codeowners", Pattern: p})
		}
	})
	if got := Attribute("shop", &s.c)[0].Owners; len(got) != 1 || got[0].Pattern != "/services/cart/" {
		t.Errorf("the rule that counts is %+v, want the last that matches", got)
	}
}

// Names that come from a repository make IDs that are safe in URLs and unlike one another.
func TestIdentifier(t *testing.T) {
	for in, want := range map[string]string{"Cart Service": "cart-service", "../../etc": "etc", "": "unnamed", "日本": "unnamed", "a.b": "a.b", "-x-": "x"} {
		if got := identifier(in, '.'); got != want {
			t.Errorf("identifier(%q) = %q, want %q", in, got, want)
		}
	}
}

func BenchmarkAttribute(b *testing.B) {
	for _, n := range []int{250, 500, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := new(shop)
			for i := range n {
				name := fmt.Sprintf("svc-%d", i)
				s.workload("k8s/"+name+".yaml", "", name, "app="+name, "shop/"+name+":1")
				s.c.Folders = append(s.c.Folders, "services/"+name)
				s.c.Facts.Budgets = append(s.c.Facts.Budgets, scorecard.Budget{Selector: &scorecard.Selector{MatchLabels: pairs("app=" + name)}})
			}
			b.ReportAllocs()
			for b.Loop() {
				Attribute("shop", &s.c)
			}
		})
	}
}
