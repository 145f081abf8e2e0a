package main

import (
	"maps"
	"slices"
	"strings"
)

// pair is a question that both programs answer: one of kube-score's tests, or more,
// and the check that asks the same, or nearly.
type pair struct {
	tests []string
	check string
	// each: the question is asked of each container, else of the object.
	each bool
	// says reads the answer out of the tests' comments about the subject; nil takes
	// each comment of a test that is not right for a complaint.
	says func(kubeScoreTest, []string) []string
	// about are the objects at which Seaworthy's answer about an object stands; nil is
	// the object itself.
	about func(*set, object) []object
	// named: evidence at another object is about this one only where it names it.
	named bool
	// files: Seaworthy says of a file, not of each object in it, that it is right.
	files bool
	// where tells circumstances apart on which the answers depend, so that all of a
	// class have one explanation; nil tells none.
	where circumstances
}

// pairs are all questions. Those of one test in several pairs are parts of it.
var pairs = []pair{
	{tests: []string{"pod-probes"}, check: "readiness-probe", says: only("missing a readinessProbe"), where: circumstances{batch, served}},
	{tests: []string{"pod-probes"}, check: "liveness-probe", says: onlyAfter("missing a livenessProbe", "missing a readinessProbe"), where: circumstances{batch, served}},
	{tests: []string{"pod-probes-identical"}, check: "probes-distinct", where: circumstances{bothProbes}},
	{tests: []string{"cronjob-has-deadline"}, check: "cron-concurrency"},
	{tests: []string{"deployment-replicas"}, check: "replicas-redundant", about: withAutoscalers, where: circumstances{served, replicas}},
	{tests: []string{"horizontalpodautoscaler-replicas"}, check: "replicas-redundant", about: withTarget, where: circumstances{targetServed}},
	{tests: []string{"deployment-has-poddisruptionbudget", "statefulset-has-poddisruptionbudget"}, check: "pdb-present", about: withAll("PodDisruptionBudget"), named: true, where: circumstances{replicas}},
	{tests: []string{"poddisruptionbudget-has-policy"}, check: "pdb-allows-eviction", where: circumstances{selects}},
	{tests: []string{"deployment-has-host-podantiaffinity", "statefulset-has-host-podantiaffinity"}, check: "node-spread", where: circumstances{replicas}},
	{tests: []string{"pod-topology-spread-constraints"}, check: "node-spread", where: circumstances{replicas}},
	{tests: []string{"deployment-strategy"}, check: "rollout-safe", where: circumstances{served, replicas}},
	{tests: []string{"container-resources"}, check: "requests-set", each: true, says: only("request is not set"), where: circumstances{role}},
	{tests: []string{"container-resources"}, check: "memory-limited", each: true, says: only("Memory limit is not set"), where: circumstances{role}},
	{tests: []string{"horizontalpodautoscaler-has-target"}, check: "autoscaler-effective", about: withTarget},
	{tests: []string{"deployment-targeted-by-hpa-does-not-have-replicas-configured"}, check: "autoscaler-effective", about: withAutoscalers},
	{tests: []string{"stable-version"}, check: "api-versions-served", files: true, where: circumstances{version}},
	{tests: []string{"service-targets-pod"}, check: "selector-matches"},
	{tests: []string{"networkpolicy-targets-pod"}, check: "selector-matches", where: circumstances{selects}},
	{tests: []string{"ingress-targets-service"}, check: "selector-matches"},
	{tests: []string{"horizontalpodautoscaler-has-target"}, check: "selector-matches"},
	{tests: []string{"deployment-pod-selector-labels-match-template-metadata-labels", "statefulset-pod-selector-labels-match-template-metadata-labels",
		"statefulset-has-servicename"}, check: "selector-matches", where: circumstances{ownSelector, governed}},
	{tests: []string{"pod-networkpolicy"}, check: "network-isolated", about: withAll("NetworkPolicy"), named: true, where: circumstances{batch}},
	{tests: []string{"container-image-tag"}, check: "image-pinned", each: true},
	{tests: []string{"container-security-context-user-group-id", "container-security-context-privileged"}, check: "unprivileged", each: true},
}

// alone are the tests that no check asks, and why.
var alone = map[string]string{
	"container-cpu-requests-equal-limits":               "a matter of taste: a service may burst",
	"container-memory-requests-equal-limits":            "a matter of taste: a service may burst",
	"container-resource-requests-equal-limits":          "a matter of taste: a service may burst",
	"container-ephemeral-storage-request-and-limit":     "not in the catalogue",
	"container-ephemeral-storage-request-equals-limit":  "not in the catalogue",
	"container-image-pull-policy":                       "`Always` makes a start depend on the registry; a pinned image does not need it",
	"container-ports-check":                             "the API server refuses such an object",
	"container-seccomp-profile":                         "hardening, not reliability",
	"container-security-context-readonlyrootfilesystem": "hardening, not reliability",
	"cronjob-restartpolicy":                             "the API server refuses such an object",
	"environment-variable-key-duplication":              "the API server takes the last one; a matter of style",
	"label-values":                                      "the API server refuses such an object",
	"service-type":                                      "a matter of the platform",
}

// complaints are what a test says against the subject: the comments that name it, or
// nothing in particular. A test that is right complains of nothing.
func complaints(t kubeScoreTest, container string) (all []string) {
	if t.Grade == right {
		return nil
	}
	for _, c := range t.Comments {
		if container == "" || c.Path == "" || c.Path == container {
			all = append(all, c.Summary)
		}
	}
	return all
}

const right = 10

// only keeps the complaints with the phrase.
func only(phrase string) func(kubeScoreTest, []string) []string {
	return func(_ kubeScoreTest, said []string) []string {
		return slices.DeleteFunc(said, func(s string) bool { return !strings.Contains(s, phrase) })
	}
}

// silent is the answer of a test that stopped before it came to the question.
const silent = "(does not say)"

// onlyAfter is only for a test that complains of one thing at a time.
func onlyAfter(phrase, earlier string) func(kubeScoreTest, []string) []string {
	return func(t kubeScoreTest, said []string) []string {
		if slices.ContainsFunc(said, func(s string) bool { return strings.Contains(s, earlier) }) {
			return []string{silent}
		}
		return only(phrase)(t, said)
	}
}

// target is what an autoscaler scales.
func target(s *set, o object) object {
	to := s.model[o].Spec.ScaleTargetRef
	return object{to.Kind, o.namespace, to.Name}
}

// autoscalers are those that scale the object.
func autoscalers(s *set, o object) (all []object) {
	for a := range s.model {
		if a.kind == "HorizontalPodAutoscaler" && target(s, a) == o {
			all = append(all, a)
		}
	}
	return all
}

// withAll are the object and all of a kind in its namespace.
func withAll(kind string) func(*set, object) []object {
	return func(s *set, o object) []object {
		all := []object{o}
		for p := range s.model {
			if p.kind == kind && p.namespace == o.namespace {
				all = append(all, p)
			}
		}
		return all
	}
}

func withAutoscalers(s *set, o object) []object { return append(autoscalers(s, o), o) }
func withTarget(s *set, o object) []object      { return []object{o, target(s, o)} }

// subjects are what a pair asks about in an object: itself, or its containers by name.
func (p *pair) subjects(m manifest) []string {
	if !p.each {
		return []string{""}
	}
	return slices.Sorted(maps.Keys(m.containers()))
}
