package scorecard

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestSelectorMatches(t *testing.T) {
	labels := map[string]string{"app": "cart", "tier": "web", "version": "1"}
	in := func(key string, values ...string) Requirement { return Requirement{key, "In", values} }
	for _, c := range []struct {
		name string
		s    *Selector
		want bool
	}{
		{"nil selects nothing", nil, false},
		{"empty selects everything", &Selector{}, true},
		{"one label", &Selector{MatchLabels: map[string]string{"app": "cart"}}, true},
		{"all labels must match, not one", &Selector{MatchLabels: map[string]string{"app": "cart", "tier": "db"}}, false},
		{"a label that is missing", &Selector{MatchLabels: map[string]string{"owner": ""}}, false},
		{"In", &Selector{MatchExpressions: []Requirement{in("app", "order", "cart")}}, true},
		{"In, missing key", &Selector{MatchExpressions: []Requirement{in("zone", "a")}}, false},
		{"NotIn, missing key", &Selector{MatchExpressions: []Requirement{{"zone", "NotIn", []string{"a"}}}}, true},
		{"NotIn", &Selector{MatchExpressions: []Requirement{{"app", "NotIn", []string{"cart"}}}}, false},
		{"Exists", &Selector{MatchExpressions: []Requirement{{"app", "Exists", nil}}}, true},
		{"DoesNotExist", &Selector{MatchExpressions: []Requirement{{"app", "DoesNotExist", nil}}}, false},
		{"labels and expressions both count", &Selector{map[string]string{"app": "cart"}, []Requirement{in("tier", "db")}}, false},
		{"unknown operator", &Selector{MatchExpressions: []Requirement{{"app", "Like", []string{"c"}}}}, false},
	} {
		if got := c.s.Matches(labels); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// The index finds what comparing every selector with every pod finds.
func TestPodIndexAgreesWithBruteForce(t *testing.T) {
	keys, values := []string{"app", "tier", "v"}, []string{"a", "b", "c"}
	for seed := range uint64(500) {
		rnd := rand.New(rand.NewPCG(seed, 5))
		var ws []Workload
		for i := range rnd.IntN(30) {
			w := Workload{Object: ObjectRef{Kind: "Deployment", Namespace: []string{"", "default", "x"}[rnd.IntN(3)], Name: fmt.Sprint(i)}, PodLabels: map[string]string{}}
			for _, k := range keys {
				if rnd.IntN(3) > 0 {
					w.PodLabels[k] = values[rnd.IntN(3)]
				}
			}
			ws = append(ws, w)
		}
		s := &Selector{MatchLabels: map[string]string{}}
		for _, k := range keys {
			switch rnd.IntN(5) {
			case 0:
				s.MatchLabels[k] = values[rnd.IntN(3)]
			case 1:
				s.MatchExpressions = append(s.MatchExpressions, Requirement{k, "In", []string{values[rnd.IntN(3)], values[rnd.IntN(3)]}})
			case 2:
				s.MatchExpressions = append(s.MatchExpressions, Requirement{k, []string{"NotIn", "Exists", "DoesNotExist"}[rnd.IntN(3)], []string{values[rnd.IntN(3)]}})
			}
		}
		ix := NewPodIndex(ws)
		for _, ns := range []string{"", "x"} {
			var want, got []string
			for i := range ws {
				if ws[i].Object.PairingNamespace() == ns && s.Matches(ws[i].PodLabels) {
					want = append(want, ws[i].Object.Name)
				}
			}
			for _, w := range ix.Select(ns, s) {
				got = append(got, w.Object.Name)
			}
			slices.Sort(want)
			slices.Sort(got)
			if !slices.Equal(want, got) {
				t.Fatalf("seed %d: selected %v, want %v by %+v", seed, got, want, s)
			}
		}
	}
}

func TestReplicas(t *testing.T) {
	n := func(i int32) *int32 { return &i }
	deployment := ObjectRef{"apps/v1", "Deployment", "", "cart"}
	hpa := func(min *int32, target ObjectRef) Autoscaler {
		return Autoscaler{Location: Location{Object: ObjectRef{Kind: "HorizontalPodAutoscaler", Namespace: "default"}}, Target: target, Min: min, Max: n(9)}
	}
	keda := func(min, idle *int32) Autoscaler {
		return Autoscaler{Location: Location{Object: ObjectRef{Kind: "ScaledObject"}}, Target: deployment, Min: min, Idle: idle}
	}
	for _, c := range []struct {
		name     string
		replicas *int32
		scalers  []Autoscaler
		want     int
	}{
		{"unset is one", nil, nil, 1},
		{"as written", n(3), nil, 3},
		{"the autoscaler's minimum wins", n(9), []Autoscaler{hpa(n(2), deployment)}, 2},
		{"an HPA's unset minimum is one", n(9), []Autoscaler{hpa(nil, deployment)}, 1},
		{"zero switches the HPA off", n(0), []Autoscaler{hpa(n(2), deployment)}, 0},
		{"KEDA's unset minimum is zero", n(9), []Autoscaler{keda(nil, nil)}, 0},
		{"KEDA idles below its minimum", n(9), []Autoscaler{keda(n(3), n(1))}, 1},
		{"a target without API version is none", n(3), []Autoscaler{hpa(n(7), ObjectRef{"", "Deployment", "", "cart"})}, 3},
		{"a target of another kind is none", n(3), []Autoscaler{hpa(n(7), ObjectRef{"apps/v1", "StatefulSet", "", "cart"})}, 3},
		{"another group is none", n(3), []Autoscaler{hpa(n(7), ObjectRef{"example.com/v1", "Deployment", "", "cart"})}, 3},
		{"an older version of the group is the same", n(3), []Autoscaler{hpa(n(7), ObjectRef{"apps/v1beta1", "Deployment", "", "cart"})}, 7},
	} {
		v := NewView(&Inventory{Facts: Facts{Workloads: []Workload{{Object: deployment, Replicas: c.replicas}}, Scalers: c.scalers}})
		if got, _ := v.Replicas(&v.Workloads[0]); got != c.want {
			t.Errorf("%s: %d replicas, want %d", c.name, got, c.want)
		}
	}
}

func TestParseImage(t *testing.T) {
	for ref, want := range map[string]Image{
		"app":                      {"app", "", ""},
		"app:1.2":                  {"app", "1.2", ""},
		"registry:5000/app":        {"registry:5000/app", "", ""},
		"registry:5000/team/app:1": {"registry:5000/team/app", "1", ""},
		"app:latest@sha256:abc":    {"app", "latest", "sha256:abc"},
		"ghcr.io/o/app@sha256:abc": {"ghcr.io/o/app", "", "sha256:abc"},
		"":                         {},
	} {
		if got := ParseImage(ref); got != want {
			t.Errorf("ParseImage(%q) = %+v, want %+v", ref, got, want)
		}
	}
}

// A policy over all namespaces may leave some out; where a release goes is not known,
// so it is in none that is named.
func TestPolicyNamespaces(t *testing.T) {
	pod := map[string]string{"app": "a"}
	f := &Facts{Workloads: []Workload{
		{Object: ObjectRef{Kind: "Deployment", Name: "unset"}, PodLabels: pod},
		{Object: ObjectRef{Kind: "Deployment", Name: "shop", Namespace: "shop"}, PodLabels: pod},
		{Object: ObjectRef{Kind: "Deployment", Name: "system", Namespace: "kube-system"}, PodLabels: pod},
		{Object: ObjectRef{Kind: "Deployment", Name: "release", Namespace: ReleaseNamespace("chart")}, PodLabels: pod},
	}}
	for _, c := range []struct {
		namespaces *Selector
		want       []string
	}{
		{nil, []string{"unset", "shop", "system", "release"}},
		{&Selector{MatchLabels: map[string]string{NamespaceLabel: "default"}}, []string{"unset"}},
		{&Selector{MatchExpressions: []Requirement{{NamespaceLabel, "NotIn", []string{"kube-system"}}}}, []string{"unset", "shop", "release"}},
	} {
		f.Policies = []NetworkPolicy{{Selector: &Selector{}, Everywhere: true, Namespaces: c.namespaces}}
		var got []string
		for _, w := range Pair(f).OfPolicy[&f.Policies[0]] {
			got = append(got, w.Object.Name)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%+v selects %v, want %v", c.namespaces, got, c.want)
		}
	}
}
