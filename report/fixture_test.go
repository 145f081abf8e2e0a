package report_test

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var update = flag.Bool("update", false, "write the golden files")

// golden compares got with a file of testdata, or writes it with -update.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (go test ./report -update writes it)", err)
	}
	if diff := gocmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s is not what it was (go test ./report -update writes it anew):\n%s", path, diff)
	}
}

// ask makes a check whose answer for a service stands in findings, or for a service in
// one of its forms ("search in helm charts/search").
func ask(id string, p scorecard.Pillar, l scorecard.Level, w scorecard.Weight, e scorecard.Effort, reads scorecard.Family, title string, findings map[string]scorecard.Finding) scorecard.Check {
	return scorecard.Check{
		ID: id, Pillar: p, Title: title, Level: l, Weight: w, Effort: e, Reads: []scorecard.Family{reads},
		Why:        "Without it something breaks at night, and nobody is told. It has been seen to.",
		Fix:        "Write it down, then deploy it.",
		References: []scorecard.Reference{{Title: "The book", URL: "https://example.com/book?a=1&b=2"}},
		Rule: func(v *scorecard.View) scorecard.Finding {
			for i := range v.Workloads {
				if f, ok := findings[v.Service.Name+" in "+v.Workloads[i].Location.Form]; ok {
					return f
				}
			}
			if f, ok := findings[v.Service.Name]; ok {
				return f
			}
			return findings["*"]
		},
	}
}

func file(path string, line int) scorecard.Location {
	return scorecard.Location{Path: path, FirstLine: line, LastLine: line + 3}
}

func object(path string, line int, kind, name, field string) scorecard.Location {
	l := file(path, line)
	l.Object = scorecard.ObjectRef{APIVersion: "apps/v1", Kind: kind, Namespace: "shop", Name: name}
	l.Field = field
	return l
}

// alone is the finding of a tally of one subject, which gives the reason.
func alone(t scorecard.Tally) scorecard.Finding {
	f := t.Finding("workload", "is right", "")
	f.Reason = f.Evidence[0].Message
	return f
}

func rubric(t testing.TB) *scorecard.Rubric {
	t.Helper()
	many := scorecard.Tally{}
	for i := range 7 {
		many.Fail(object("deploy/helm/charts/payments/templates/deployment-of-the-worker-pool.yaml", 10*i+1, "Deployment", fmt.Sprintf("worker-%d", i), "spec.template.spec.containers[main].resources"),
			"", "container main of worker-%d has no memory limit", i)
	}
	many.Pass(file("deploy/helm/charts/payments/templates/api.yaml", 40), "container api is limited to 256Mi")
	probe := scorecard.Tally{}
	probe.Pass(object("src/cart/k8s.yaml", 31, "Deployment", "cart", "spec.template.spec.containers[server].readinessProbe"), "container server: grpc on port 8080")
	one := scorecard.Tally{}
	one.Fail(object("src/payments/k8s.yaml", 12, "Deployment", "payments", "spec.replicas"),
		"Two replicas survive the loss of a node. In `src/payments/k8s.yaml`:\n\n```yaml\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: payments\nspec:\n  replicas: 2 # a comment that is so long that no terminal of forty columns can show the whole of it at once\n```\n\nThen give it a disruption budget.", "payments has 1 replica")
	two, single, unready := scorecard.Tally{}, scorecard.Tally{}, scorecard.Tally{}
	unready.Fail(object("deploy/base/search.yaml", 20, "Deployment", "search", ""), "", "container search has no readinessProbe")
	two.Pass(object("charts/search/templates/deployment.yaml", 9, "Deployment", "search", "spec.replicas"), "Deployment search runs 3 replicas at least")
	single.Fail(object("charts/search/templates/deployment.yaml", 9, "Deployment", "search", "spec.replicas"), "", "Deployment search may run with 1 replica")
	unlimited := scorecard.Tally{}
	rendered := object("charts/search/templates/deployment.yaml", 31, "Deployment", "search", "spec.template.spec.containers[search].resources")
	rendered.Form = production
	unlimited.Fail(rendered,
		"In `charts/search/templates/deployment.yaml` (rendered by "+production+"), bound the memory of container `search`:\n\n```yaml\nkind: Deployment\n```",
		"container search has no memory limit")
	pinned := scorecard.Tally{}
	pinned.Undecided(file("src/cart/k8s.yaml", 28), "image cart is filled in by Skaffold")
	checks := []scorecard.Check{
		ask("readiness-probe", scorecard.Health, scorecard.Bronze, scorecard.Critical, scorecard.Minutes, scorecard.Kubernetes, "Every container that takes traffic has a readiness probe", map[string]scorecard.Finding{
			"*": probe.Finding("container", "has a readiness probe", "there is no container"), "docs-site": scorecard.Skip("no container takes traffic"),
			"search": scorecard.Skip("no Service selects the pods"), "search in " + recovery: alone(unready)}),
		ask("replicas-redundant", scorecard.Availability, scorecard.Silver, scorecard.Critical, scorecard.Minutes, scorecard.Kubernetes, "Every workload behind a Service has two replicas or more", map[string]scorecard.Finding{
			"*": scorecard.Skip("no Service selects a workload of this service"), "payments": one.Finding("workload", "has two replicas or more", ""),
			"search": alone(two), "search in " + staging: alone(single),
			"search in " + recovery: alone(single)}),
		ask("memory-limited", scorecard.Capacity, scorecard.Bronze, scorecard.High, scorecard.Minutes, scorecard.Kubernetes, "Every container has a memory limit that is not below its request", map[string]scorecard.Finding{
			"*": probe.Finding("container", "has a memory limit", ""), "payments": many.Finding("container", "has a memory limit", ""),
			"search": alone(unlimited), "search in " + staging: probe.Finding("container", "has a memory limit", "")}),
		ask("image-pinned", scorecard.Delivery, scorecard.Bronze, scorecard.Medium, scorecard.Minutes, scorecard.Images, "Every image has a tag that does not move", map[string]scorecard.Finding{
			"*": pinned.Finding("image", "is pinned", "")}),
		ask("slo-defined", scorecard.SLO, scorecard.Silver, scorecard.Critical, scorecard.Hour, scorecard.Objectives, "At least one objective is defined for this service", map[string]scorecard.Finding{
			"*": scorecard.Missing(func() string { return "Declare one in `slo/cart.yaml`:\n\n```yaml\nversion: prometheus/v1\n```" }, "no objective was found in what is connected")}),
		ask("runbook-present", scorecard.Incident, scorecard.Silver, scorecard.Critical, scorecard.Hour, scorecard.Documents, "There is a runbook", map[string]scorecard.Finding{
			"*": scorecard.Missing(func() string {
				return "Write `docs/runbook.md`: how it shows, how to diagnose, how to mitigate, whom to call."
			}, "no runbook was found in what is connected"),
			"カート・サービス": {Outcome: scorecard.Pass, Satisfied: 1, Subjects: 1, Reason: "注文サービスの運用手順書が見つかりました。手順書は診断と緩和の方法を説明しています。", Evidence: []scorecard.Evidence{{Location: file("docs/運用/カート・サービスの手順書.md", 1), Outcome: scorecard.Pass, Message: "運用手順書"}}}}),
		ask("owner-declared", scorecard.Ownership, scorecard.Bronze, scorecard.High, scorecard.Minutes, scorecard.Catalog, "Someone owns the service", map[string]scorecard.Finding{
			"*": {Outcome: scorecard.Pass, Satisfied: 1, Subjects: 1, Reason: "the service: is owned by group:default/shop", Evidence: []scorecard.Evidence{{Location: file("catalog-info.yaml", 12), Outcome: scorecard.Pass, Message: "spec.owner is team-shop"}}}}),
	}
	r, err := scorecard.NewRubric("test", checks)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// judged makes records by the real judging, so that they hold together.
func judged(t testing.TB, invs ...scorecard.Inventory) []scorecard.Record {
	t.Helper()
	var recs []scorecard.Record
	for _, inv := range invs {
		s := &inv.Service
		s.Repository = cmp.Or(s.Repository, "shop")
		s.ID = cmp.Or(s.ID, s.Repository+"."+s.Name)
		s.Discovery = cmp.Or(s.Discovery, scorecard.ByWorkload)
		card, err := scorecard.Judge(&inv, rubric(t))
		if err != nil {
			t.Fatal(err)
		}
		recs = append(recs, scorecard.Record{Scorecard: card, Revision: scorecard.Revision{
			Commit: "1eb71e3a5f5b1e0c7c2d9a8b7f6e5d4c3b2a1908", Branch: "main", URL: "https://github.com/example/shop"}})
	}
	return recs
}

// shop is a small fleet with one of everything: gaps, an unscored library, a name
// in wide characters.
func shop(t testing.TB) []scorecard.Record {
	t.Helper()
	gap := scorecard.Gap{Location: file("deploy/helm/charts/payments/templates/broken.yaml", 7), Hides: []scorecard.Family{scorecard.Objectives}, Reason: "malformed",
		Message: "deploy/helm/charts/payments/templates/broken.yaml:7: did not find expected key; mend the file, or leave it out"}
	return judged(t,
		scorecard.Inventory{Service: scorecard.Service{Name: "cart", Discovery: scorecard.ByCatalog, Owner: "group:default/shop", Tier: "1", System: "shop", Lifecycle: "production", Location: file("catalog-info.yaml", 1)}},
		scorecard.Inventory{Service: scorecard.Service{Name: "payments", Location: file("src/payments/k8s.yaml", 1)}, Facts: scorecard.Facts{Gaps: []scorecard.Gap{gap}}},
		scorecard.Inventory{Service: scorecard.Service{Name: "カート・サービス", Location: file("src/カート/k8s.yaml", 1)}},
		scorecard.Inventory{Service: scorecard.Service{Name: "money", Type: "library", Discovery: scorecard.ByCatalog, Unscored: "it is a library, which the rubric leaves out", Location: file("catalog-info.yaml", 20)}},
	)
}

// The forms of search: the one that is judged, and others.
const (
	production = "helm charts/search with values-production.yaml (Argo CD search, deploy/argocd/search.yaml)"
	staging    = "helm charts/search with values-staging.yaml"
	recovery   = "kustomize deploy/overlays/disaster-recovery"
)

// forms is a service that comes out differently in other forms than the one that is judged.
func forms(t testing.TB) []scorecard.Record {
	t.Helper()
	in := func(form string) scorecard.Facts {
		w := scorecard.Workload{Location: object("charts/search/templates/deployment.yaml", 1, "Deployment", "search", "")}
		w.Location.Form, w.Object = form, w.Location.Object
		return scorecard.Facts{Workloads: []scorecard.Workload{w}}
	}
	facts := in(production)
	facts.Forms = []scorecard.OtherForm{{Name: staging, Facts: in(staging)}, {Name: recovery, Facts: in(recovery)}}
	return judged(t, scorecard.Inventory{Service: scorecard.Service{Name: "search", Location: file("charts/search/templates/deployment.yaml", 1)}, Facts: facts})
}

// empty is a folder that holds no file.
func empty(t testing.TB) []scorecard.Record {
	t.Helper()
	gap := scorecard.Gap{Location: scorecard.Location{Path: "."}, Hides: scorecard.Families(), Reason: "empty", Message: "the folder holds no file to read"}
	recs := judged(t, scorecard.Inventory{Service: scorecard.Service{Name: "shop", Discovery: scorecard.ByRepository}, Facts: scorecard.Facts{Gaps: []scorecard.Gap{gap}}})
	recs[0].Revision = scorecard.Revision{}
	return recs
}

// fleet is n services.
func fleet(t testing.TB, n int) []scorecard.Record {
	t.Helper()
	invs := []scorecard.Inventory{{Service: scorecard.Service{Name: "payments", Location: file("src/payments/k8s.yaml", 1)}}}
	for i := range n - 1 {
		invs = append(invs, scorecard.Inventory{Service: scorecard.Service{Name: fmt.Sprintf("service-%02d", i), Location: file("deploy/all.yaml", 100*i+1)}})
	}
	return judged(t, invs...)
}

// strip takes the escape sequences of colours and links out.
func strip(s string) string { return sequences.ReplaceAllString(s, "") }

var sequences = regexp.MustCompile("\x1b(\\[[0-9;]*m|\\]8;;[^\x1b]*\x1b\\\\)")
