package main

import (
	"strings"
	"testing"
)

const manifests = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: shop}
spec:
  template:
    metadata: {labels: {app: cart}}
    spec:
      initContainers: [{name: wait}]
      containers: [{name: api, livenessProbe: {exec: {}}}]
---
kind: List
items:
  - kind: Service
    metadata: {name: cart, namespace: shop}
    spec: {selector: {app: cart}}
  - kind: HorizontalPodAutoscaler
    metadata: {name: other, namespace: shop}
    spec: {minReplicas: 2, scaleTargetRef: {kind: Deployment, name: cart}}
  - kind: NetworkPolicy
    metadata: {name: deny, namespace: shop}
    spec: {podSelector: {matchExpressions: [{key: app, operator: NotIn, values: [cart]}]}}
`

var (
	cart = object{"Deployment", "shop", "cart"}
	deny = object{"NetworkPolicy", "shop", "deny"}
)

func shop(t *testing.T) *set {
	t.Helper()
	s, err := newSet("shop", []file{{"shop.yaml", []byte(manifests)}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestCircumstances(t *testing.T) {
	s := shop(t)
	for _, c := range []struct{ got, want string }{
		{served(s, cart, ""), "behind a Service"},
		{replicas(s, cart, ""), "autoscaled from 2 or more"},
		{bothProbes(s, cart, ""), "not both probes"},
		{circumstances{batch, role, ownSelector}.of(s, cart, "wait"), "init container, no selector"},
		{selects(s, deny, ""), "selects no pod"},
	} {
		if c.got != c.want {
			t.Errorf("%q, not %q", c.got, c.want)
		}
	}
}

// answers are what both say of the shop's containers.
func answers() (map[object][]kubeScoreTest, *verdicts) {
	test := kubeScoreTest{Grade: 1}
	test.Check.ID = "container-image-tag"
	test.Comments = append(test.Comments, struct {
		Path    string `json:"path"`
		Summary string `json:"summary"`
	}{"api", "Image with latest tag"})
	e := evidence{Outcome: "PASS"}
	e.Location.Object.Kind, e.Location.Object.Namespace, e.Location.Object.Name = "Deployment", "shop", "cart"
	e.Location.Field = "spec.template.spec.containers[api].image"
	other := e
	other.Outcome, other.Location.Field = "FAIL", "spec.template.spec.initContainers[wait].image"
	return map[object][]kubeScoreTest{cart: {test}},
		&verdicts{known: map[string]bool{"image-pinned": true}, evidence: map[string][]evidence{"image-pinned": {e, other}}}
}

// TestCompare holds that containers are told apart, that explanations survive an
// update of the page, and that none is missed.
func TestCompare(t *testing.T) {
	c, s := newComparison(), shop(t)
	tests, v := answers()
	c.compare(s, tests, v)
	api := class{"image-pinned", "container-image-tag", "", "fail: Image with latest tag", pass}
	wait := class{"image-pinned", "container-image-tag", "", pass, fail}
	if c.counts[api] != 1 || c.counts[wait] != 1 || len(c.counts) != 2 || api.agrees() || wait.agrees() {
		t.Fatalf("classes %v", c.counts)
	}
	page := c.into("# Page\n", 1)
	if n := c.unexplained(page); n != 2 {
		t.Errorf("%d differences are unexplained, not 2", n)
	}
	page = strings.ReplaceAll(page, "container api |  |  |", "container api | both | a reason |")
	if n := c.unexplained(page); n != 1 {
		t.Errorf("%d differences are unexplained, not 1", n)
	}
	page = c.into(page, 1)
	if again := c.into(page, 1); again != page || !strings.Contains(page, "| both | a reason |") {
		t.Errorf("a second update changed the page, or lost the explanation:\n%s", again)
	}
}

func TestAgrees(t *testing.T) {
	for _, c := range []struct {
		kubeScore, seaworthy string
		want                 bool
	}{
		{pass, pass, true}, {"fail: no probe; no other", fail, true}, {skipped, notAsked, true},
		{pass, notAsked, false}, {"fail: no probe", unknown, false}, {silent, fail, false}, {notSeen, pass, false},
	} {
		if got := (class{kubeScore: c.kubeScore, seaworthy: c.seaworthy}).agrees(); got != c.want {
			t.Errorf("%s and %s: %v", c.kubeScore, c.seaworthy, got)
		}
	}
}

func TestNames(t *testing.T) {
	for message, want := range map[string]bool{
		"isolates Deployment shop/cart":                             true,
		"isolates Deployment shop/cart, and more":                   true,
		"isolates Deployment shop/cart-db":                          false,
		"isolates Deployment shop/cart-db and Deployment shop/cart": true,
	} {
		if names(message, cart) != want {
			t.Errorf("%q: not %v", message, want)
		}
	}
}

func TestOrigins(t *testing.T) {
	all, err := origins(setsText)
	if err != nil || len(all) < 10 {
		t.Fatal(len(all), err)
	}
	if _, err := origins("name repository"); err == nil {
		t.Error("a line without paths is no error")
	}
}
