package checks

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var networkIsolated = scorecard.Check{
	ID:      "network-isolated",
	Pillar:  scorecard.Resilience,
	Title:   "Every long-running workload takes only the traffic that a network policy allows",
	Applies: "long-running workloads; not Jobs and CronJobs",
	Passes: "a NetworkPolicy (or one of Cilium's or Calico's) selects the pods for ingress, by the labels of the pod template; " +
		"one that allows nothing and one whose selector is empty count too. Whether a policy holds for pods of the host's network hangs on the network plugin",
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

func judgeIsolated(s *survey, w *scorecard.Workload, n *scorecard.NetworkPolicy) {
	host := w.PodSpec() + ".hostNetwork"
	switch {
	case !w.Readable(host):
		s.Undecided(w.At(host), "%s selects the pods of %s, but whether they use the host's network could not be read", n.Location.Object, w.Object)
	case w.Pod.HostNetwork:
		s.Undecided(w.At(host), "%s selects the pods of %s, but they use the host's network, where most network plugins apply no policy", n.Location.Object, w.Object)
	default:
		if n.Open {
			s.Note("%s lets everybody in on every port, so that it isolates from nobody", n.Location.Object)
		}
		s.Pass(n.Location, "%s selects the pods of %s for ingress", n.Location.Object, w.Object)
	}
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

func policyRemedy(s *survey, w *scorecard.Workload) string {
	labels, hint := ownLabels(w)
	name := freeName(w.Object.Name, "-ingress", func(name string) bool {
		return slices.ContainsFunc(s.Policies, func(n scorecard.NetworkPolicy) bool {
			return sameObject(n.Location.Object, scorecard.ObjectRef{Kind: "NetworkPolicy", Namespace: w.Object.Namespace, Name: name})
		})
	})
	callers, ingress := allowed(s, w)
	text := fenced(fmt.Sprintf("Add a policy beside %s%s%s:", w.Object, hint, callers), "yaml", yamlText(object{
		{key: "apiVersion", value: "networking.k8s.io/v1"}, {key: "kind", value: "NetworkPolicy"},
		{key: "metadata", value: metadata(w.Object, name)},
		{key: "spec", value: object{
			{key: "podSelector", value: object{{key: "matchLabels", value: stringMap(labels)}}},
			{key: "policyTypes", value: []string{"Ingress"}},
			{key: "ingress", value: ingress},
		}},
	}))
	if !w.Pod.HostNetwork {
		return text
	}
	return fenced(in(w.AtPod("hostNetwork"))+fmt.Sprintf("give the pods of %s a network of their own, unless they manage the host's:", w.Object), "yaml", podPatch(w, object{{key: "hostNetwork", value: false}})) + "\n\n" + text
}

// allowed is the ingress section for the workload, and a clause that says whom it lets
// in: its ports for the pods of its namespace; for all where a Service opens them to the
// outside; nobody where nothing calls it.
func allowed(s *survey, w *scorecard.Workload) (callers string, ingress []object) {
	ports, services := calledPorts(s, w), s.ServicesOf(w)
	if len(ports) == 0 && len(services) == 0 {
		return ", which has no port and no Service, so that it lets nobody in", []object{}
	}
	var rule object
	if len(ports) > 0 {
		rule = object{{key: "ports", value: ports}}
	}
	if len(ports) > 0 && slices.ContainsFunc(services, func(k *scorecard.KubeService) bool { return k.Type == "LoadBalancer" || k.Type == "NodePort" }) {
		return ", whose ports a Service opens to the outside, and so to all", []object{rule}
	}
	from := []object{{{key: "podSelector", value: object{}, comment: "all pods of the namespace; better: the labels of the callers"}}}
	if slices.ContainsFunc(services, func(k *scorecard.KubeService) bool { return len(s.RoutesOf(k)) > 0 }) {
		from = append(from, object{{key: "namespaceSelector", value: object{{key: "matchLabels", value: object{
			{key: scorecard.NamespaceLabel, value: "your-ingress", comment: "the namespace of the ingress controller"}}}}}})
	}
	return ", and let in who calls it from elsewhere (Prometheus, say)", []object{append(object{{key: "from", value: from}}, rule...)}
}

// calledPorts are the ports that the workload's containers declare, else those that its
// Services send to.
func calledPorts(s *survey, w *scorecard.Workload) (out []object) {
	add := func(port any, protocol string) {
		o := object{{key: "port", value: port}, {key: "protocol", value: orTCP(protocol)}}
		if !slices.ContainsFunc(out, func(p object) bool { return slices.Equal(p, o) }) {
			out = append(out, o)
		}
	}
	for i := range w.Containers {
		c := &w.Containers[i]
		if c.Role == scorecard.InitContainer {
			continue
		}
		for _, p := range c.Ports {
			if p.Number > 0 {
				add(p.Number, p.Protocol)
			}
		}
	}
	if len(out) > 0 {
		return out
	}
	for _, k := range s.ServicesOf(w) {
		for _, p := range k.Ports {
			switch n, ok := wholePort(p.Target); {
			case p.TargetIsName:
				add(p.Target, p.Protocol)
			case ok:
				add(n, p.Protocol)
			}
		}
	}
	return out
}

func orTCP(protocol string) string {
	if protocol == "" {
		return "TCP"
	}
	return protocol
}
