package checks

import (
	"cmp"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var networkIsolated = scorecard.Check{
	ID:      "network-isolated",
	Pillar:  scorecard.Resilience,
	Title:   "Every long-running workload takes only the traffic that a network policy allows",
	Applies: "long-running workloads; not Jobs and CronJobs",
	Passes: "a NetworkPolicy (or one of Cilium's or Calico's) selects the pods for ingress, by the labels of the pod template; " +
		"one that allows nothing and one whose selector is empty count too. One that lets in everybody, or every pod of the cluster, on every port, and pods of the host's network, for which most network plugins apply no policy, pass and are said",
	Why: "A pod that no policy selects takes connections from every pod of the cluster, so that one client gone wild, or one that was broken into, reaches all of them. " +
		"A policy for ingress leaves those that have business with the service.",
	Fix: "Add a NetworkPolicy whose `podSelector` matches the labels of the pod template, with the callers and the ports that they may use.",
	References: []scorecard.Reference{
		{Title: "Kubernetes: Network Policies", URL: "https://kubernetes.io/docs/concepts/services-networking/network-policies/"},
		{Title: "Kubernetes: Multi-tenancy, network isolation", URL: "https://kubernetes.io/docs/concepts/security/multi-tenancy/#network-isolation"},
	},
	Level: scorecard.Silver, Weight: scorecard.Medium, Effort: scorecard.Hour,
	Reads: []scorecard.Family{scorecard.Kubernetes},
	Rule: rule(words{"long-running workload", "is isolated by a network policy", "no long-running workload was seen"},
		func(s *survey) {
			var elsewhere map[*scorecard.Workload]*scorecard.NetworkPolicy
			for i := range s.Workloads {
				w := &s.Workloads[i]
				if !w.LongRunning() {
					continue
				}
				isolating, other := policiesOf(s.View, w)
				if isolating != nil {
					judgeIsolated(s, w, isolating)
					continue
				}
				if n := unreadablePolicy(s.View, w); n != nil {
					s.Undecided(n.Location, "whether %s selects the pods of %s is not known: %s", n.Location.Object, w.Object, n.Unreadable)
					continue
				}
				if !w.Readable(podLabelsField(w)) && len(s.Policies) > 0 {
					s.Undecided(w.At(podLabelsField(w)), "the labels of the pods of %s could not be read, so which policies select them is not known", w.Object)
					continue
				}
				if elsewhere == nil {
					elsewhere = openPolicies(&s.Facts)
				}
				if n := elsewhere[w]; n != nil {
					s.Undecided(n.Location, "%s has the labels of %s, but which namespace the release goes to is not known", n.Location.Object, w.Object)
					continue
				}
				lacksPolicy(s, w, other)
			}
		}),
}

// policiesOf gives a policy that isolates the workload's pods for ingress, and one that
// selects them for egress only; nil where there is none. Of several, one of the
// workload's own form (a region) speaks.
func policiesOf(v *scorecard.View, w *scorecard.Workload) (isolating, other *scorecard.NetworkPolicy) {
	for _, n := range v.PoliciesOf(w) {
		if n.Ingress {
			isolating = nearer(w, isolating, n)
		} else {
			other = nearer(w, other, n)
		}
	}
	return isolating, other
}

// nearer is which of two policies speaks for the workload; a may be nil.
func nearer(w *scorecard.Workload, a, b *scorecard.NetworkPolicy) *scorecard.NetworkPolicy {
	if a == nil {
		return b
	}
	if own := b.Location.Form == w.Location.Form; own != (a.Location.Form == w.Location.Form) {
		if own {
			return b
		}
		return a
	}
	if b.Location.Compare(a.Location) < 0 {
		return b
	}
	return a
}

// judgeIsolated passes a workload that a policy selects, and says what makes it worth less.
func judgeIsolated(s *survey, w *scorecard.Workload, n *scorecard.NetworkPolicy) {
	if host := w.PodSpec() + ".hostNetwork"; w.Pod.HostNetwork {
		s.Note("%s uses the host's network, where most network plugins apply no policy", w.Object)
	} else if !w.Readable(host) {
		s.Note("whether %s uses the host's network, where most network plugins apply no policy, could not be read", w.Object)
	}
	switch wide := openedBy(s.View, w, n); {
	case wide != nil && wide.Open:
		s.Note("%s lets everybody in to the pods of %s on every port (line %d), so that it keeps nobody out", wide.Location.Object, w.Object, wide.OpenLine)
	case wide != nil:
		s.Note("whether %s lets everybody in to the pods of %s files do not tell", wide.Location.Object, w.Object)
	}
	s.Pass(n.Location, "%s selects the pods of %s for ingress", n.Location.Object, w.Object)
}

// openedBy is a policy that lets everybody in to the workload's pods, or one of which
// that could not be read; nil where there is none. Policies add up, whatever the others
// say, but for those of Cilium and Calico that refuse. One of another form (a region)
// does not speak where the workload's own form has one.
func openedBy(v *scorecard.View, w *scorecard.Workload, isolating *scorecard.NetworkPolicy) (wide *scorecard.NetworkPolicy) {
	own := isolating.Location.Form == w.Location.Form
	for _, n := range v.PoliciesOf(w) {
		if own && n.Location.Form != "" && n.Location.Form != w.Location.Form {
			continue
		}
		switch {
		case n.Refuses:
			return nil
		case !n.Open && (!n.OpenUnread || wide != nil && wide.Open):
		case wide == nil, n.Open && !wide.Open, n.Location.Compare(wide.Location) < 0:
			wide = n
		}
	}
	return wide
}

func lacksPolicy(s *survey, w *scorecard.Workload, other *scorecard.NetworkPolicy) {
	remedy := func() string { return policyRemedy(s, w) }
	switch {
	case w.Pod.HostNetwork:
		s.Lack(w.AtPod("hostNetwork"), remedy, "no network policy selects the pods of %s for ingress, and they use the host's network, where most network plugins apply none", w.Object)
	case other != nil:
		s.Lack(other.Location, remedy, "%s selects the pods of %s for egress only, and nothing isolates them for ingress", other.Location.Object, w.Object)
	default:
		s.Lack(w.Location, remedy, "no network policy selects the pods of %s for ingress", w.Object)
	}
}

// unreadablePolicy is a policy over the workload's namespace of which files do not tell
// what it selects; nil where there is none.
func unreadablePolicy(v *scorecard.View, w *scorecard.Workload) *scorecard.NetworkPolicy {
	for i := range v.Policies {
		n := &v.Policies[i]
		if n.Unreadable != "" && n.Ingress && mayGovern(n, w.Object) {
			return n
		}
	}
	return nil
}

// mayGovern reports whether the policy is over the object's namespace, or may be once a
// release's is chosen.
func mayGovern(n *scorecard.NetworkPolicy, o scorecard.ObjectRef) bool {
	if n.Everywhere {
		return n.Namespaces == nil || scorecard.IsReleaseNamespace(o.Namespace) ||
			n.Namespaces.Matches(map[string]string{scorecard.NamespaceLabel: cmp.Or(o.Namespace, "default")})
	}
	return n.Location.Object.PairingNamespace() == o.PairingNamespace() || openTogether(n.Location.Object, o)
}

// podLabelsField is the path of the pod template's labels in the workload's object.
func podLabelsField(w *scorecard.Workload) string {
	if above, ok := strings.CutSuffix(w.PodSpec(), "spec"); ok {
		return above + "metadata.labels"
	}
	return w.PodSpec() + ".labels" // KServe's predictors are pod specs with labels
}

// openPolicies finds the policies that would isolate workloads if a release's
// namespace, which files do not tell, were the same as the other's.
func openPolicies(f *scorecard.Facts) map[*scorecard.Workload]*scorecard.NetworkPolicy {
	return openly(f.Workloads, f.Policies, func(n *scorecard.NetworkPolicy) (scorecard.Location, *scorecard.Selector) {
		if !n.Ingress {
			return n.Location, nil
		}
		return n.Location, n.Selector
	})
}
