package checks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var spreadDocs = []scorecard.Reference{
	{Title: "Kubernetes: Pod Topology Spread Constraints", URL: "https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/"},
	{Title: "Kubernetes: Assigning Pods to Nodes, affinity and anti-affinity", URL: "https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#affinity-and-anti-affinity"},
}

// domain is what pods are spread over.
type domain struct {
	name string
	// keys are the labels of nodes that tell one domain from another, today's first.
	keys []string
	// within are the keys of wider domains: pods that must not share one of those do
	// not share one of these either.
	within []string
	// holders are the labels of nodes of which one value lies in one domain.
	holders []string
}

var (
	zones = domain{name: "zone", keys: []string{"topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone"},
		holders: []string{"kubernetes.io/hostname", "topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone"}}
	nodes = domain{name: "node", keys: []string{"kubernetes.io/hostname"}, within: zones.keys, holders: []string{"kubernetes.io/hostname"}}
)

var nodeSpread = scorecard.Check{
	ID:      "node-spread",
	Pillar:  scorecard.Availability,
	Title:   "The replicas of a workload stand on different nodes",
	Applies: "Deployments, StatefulSets, Rollouts and their kin that run two replicas or more (the autoscaler's minimum where one targets them)",
	Passes: "a topology spread constraint or a pod anti-affinity over `kubernetes.io/hostname` whose selector matches the workload's own pods, or a required anti-affinity over zones; " +
		"`ScheduleAnyway` and preferred terms pass as weaker, a `maxSkew` at or above the replica count does not, nor what pins the pods to one node (`nodeName`, `nodeSelector`, required node affinity)",
	Why: "Replicas on one node die with it, so that two of them are worth no more than one. " +
		"The scheduler's own default constraints only prefer to spread, differ from cluster to cluster, and stand in no manifest.",
	Fix:        "Add a topology spread constraint over `kubernetes.io/hostname` that selects the workload's own pods.",
	References: spreadDocs,
	Level:      scorecard.Silver, Weight: scorecard.Medium, Effort: scorecard.Minutes,
	Reads: []scorecard.Family{scorecard.Kubernetes},
	Rule:  spreadRule(nodes),
}

var zoneSpread = scorecard.Check{
	ID:      "zone-spread",
	Pillar:  scorecard.Availability,
	Title:   "The replicas of a workload stand in different zones",
	Applies: "Deployments, StatefulSets, Rollouts and their kin that run two replicas or more (the autoscaler's minimum where one targets them)",
	Passes: "a topology spread constraint or a pod anti-affinity over `topology.kubernetes.io/zone`, or its deprecated name, whose selector matches the workload's own pods; " +
		"`ScheduleAnyway` and preferred terms pass as weaker, a `maxSkew` at or above the replica count does not, nor what pins the pods to one zone or one node",
	Why: "A zone fails as a whole: its power, its network and its storage are shared. " +
		"Replicas that the scheduler was never asked to part may all stand in the one that fails.",
	Fix: "Add a topology spread constraint over `topology.kubernetes.io/zone` that selects the workload's own pods.",
	References: append([]scorecard.Reference{
		{Title: "Kubernetes: Running in multiple zones", URL: "https://kubernetes.io/docs/setup/best-practices/multiple-zones/"}}, spreadDocs...),
	Level: scorecard.Gold, Weight: scorecard.High, Effort: scorecard.Minutes,
	Reads: []scorecard.Family{scorecard.Kubernetes},
	Rule:  spreadRule(zones),
}

func spreadRule(d domain) func(*scorecard.View) scorecard.Finding {
	return workloads(words{"replicated workload", "spreads its pods over " + d.name + "s", "no workload runs two replicas or more"},
		func(s *survey, w *scorecard.Workload) {
			if !w.Replicated() {
				return
			}
			if at, unread := countUnread(s.View, w); unread {
				s.Undecided(at, "how many replicas %s runs can't be told from files", w.Object)
				return
			}
			if count, _ := s.Replicas(w); count >= redundant {
				judgeSpread(s, w, d, count)
			}
		})
}

// separation is one thing in a pod's spec that is there to part the pods.
type separation struct {
	at      scorecard.Location
	outcome scorecard.Outcome
	// text names it, and says why it does not count where it does not.
	text string
	// weak: the scheduler prefers it and does not keep to it.
	weak bool
	key  string
}

func judgeSpread(s *survey, w *scorecard.Workload, d domain, count int) {
	ways := append(constraintWays(w, d, count), affinityWays(w, d)...)
	best := strongest(ways)
	if i := slices.IndexFunc(w.Pod.Pins, func(p scorecard.NodePin) bool { return slices.Contains(d.holders, p.Key) }); i >= 0 {
		failPinned(s, w, d, &w.Pod.Pins[i], best != nil)
		return
	}
	if best != nil {
		if field := unreadPin(w); field != "" {
			s.Undecided(w.AtPod(field), "whether %s may stand on several %ss is not known: its %s can't be known from files", w.Object, d.name, field)
			return
		}
		s.Pass(best.at, "%s spreads its pods over %ss: %s", w.Object, d.name, best.text)
		if best.weak {
			s.Note("%s only prefers it, so that all its pods may still stand on one %s", w.Object, d.name)
		}
		if slices.Index(zones.keys, best.key) > 0 {
			s.Note("%s is deprecated: write %s", best.key, zones.keys[0])
		}
		return
	}
	for _, field := range []string{"topologySpreadConstraints", "affinity.podAntiAffinity"} {
		if !w.Readable(w.PodSpec() + "." + field) {
			s.Undecided(w.AtPod(field), "%s has a part of its %s that can't be known from files", w.Object, field)
			return
		}
	}
	if i := slices.IndexFunc(ways, func(x separation) bool { return x.outcome == scorecard.Unknown }); i >= 0 {
		s.Undecided(ways[i].at, "whether %s spreads its pods over %ss is not known: %s", w.Object, d.name, ways[i].text)
		return
	}
	remedy := func() string { return spreadRemedy(w, d) }
	if len(ways) > 0 {
		texts := make([]string, len(ways))
		for i := range ways {
			texts[i] = ways[i].text
		}
		s.Fail(ways[0].at, remedy, "nothing spreads the pods of %s over %ss: %s", w.Object, d.name, strings.Join(slices.Compact(texts), ", "))
		return
	}
	s.Fail(w.Location, remedy, "nothing spreads the pods of %s over %ss", w.Object, d.name)
}

// strongest is the separation that parts the pods, one that the scheduler keeps to before
// one that it prefers; nil when none does.
func strongest(ways []separation) *separation {
	var best *separation
	for i := range ways {
		if x := &ways[i]; x.outcome == scorecard.Pass && (best == nil || best.weak && !x.weak) {
			best = x
		}
	}
	return best
}

// constraintWays are the topology spread constraints over the domain.
func constraintWays(w *scorecard.Workload, d domain, count int) []separation {
	var out []separation
	for i := range w.Pod.Spread {
		c := &w.Pod.Spread[i]
		if !slices.Contains(d.keys, c.TopologyKey) {
			continue
		}
		x := separation{at: w.Location.At(w.PodSpec()+".topologySpreadConstraints", c.FirstLine, c.FirstLine), outcome: scorecard.Pass, key: c.TopologyKey,
			text: "a topology spread constraint over " + c.TopologyKey, weak: c.WhenUnsatisfiable == "ScheduleAnyway"}
		switch {
		case !c.Selector.Matches(w.PodLabels):
			x.outcome, x.text = scorecard.Fail, x.text+" "+mismatch(c.Selector)
		case int(c.MaxSkew) >= count:
			x.outcome, x.text = scorecard.Fail, fmt.Sprintf("%s has a maxSkew of %d, which %s can never exceed", x.text, c.MaxSkew, plural(count, "replica"))
		case x.weak:
			x.text += " (ScheduleAnyway)"
		}
		out = append(out, x)
	}
	return out
}

// affinityWays are the terms of the pod's anti-affinity over the domain.
func affinityWays(w *scorecard.Workload, d domain) []separation {
	var out []separation
	for i := range w.Pod.AntiAffinity {
		t := &w.Pod.AntiAffinity[i]
		if !slices.Contains(d.keys, t.TopologyKey) && !(t.Required && slices.Contains(d.within, t.TopologyKey)) {
			continue
		}
		x := separation{at: w.Location.At(w.PodSpec()+".affinity.podAntiAffinity", t.FirstLine, t.FirstLine), key: t.TopologyKey,
			text: "a required pod anti-affinity over " + t.TopologyKey, weak: !t.Required}
		if x.weak {
			x.text = "a preferred pod anti-affinity over " + t.TopologyKey
		}
		if !t.Selector.Matches(w.PodLabels) {
			x.outcome, x.text = scorecard.Fail, x.text+" "+mismatch(t.Selector)
		} else if x.outcome = ownNamespace(w, t); x.outcome == scorecard.Fail {
			x.text += " looks at pods of other namespaces"
		} else if x.outcome == scorecard.Unknown {
			x.text += " looks at namespaces of which files do not tell whether they are its own"
		}
		out = append(out, x)
	}
	return out
}

func mismatch(s *scorecard.Selector) string {
	if s == nil {
		return "has no selector, so that it counts no pod"
	}
	return "selects other pods than its own"
}

// ownNamespace says whether the term counts the pods of the workload's own namespace.
func ownNamespace(w *scorecard.Workload, t *scorecard.AffinityTerm) scorecard.Outcome {
	own := w.Object.PairingNamespace()
	named := slices.ContainsFunc(t.Namespaces, func(ns string) bool { return scorecard.ObjectRef{Namespace: ns}.PairingNamespace() == own })
	switch {
	case named, len(t.Namespaces) == 0 && !t.AnyNamespace, t.AnyNamespace && w.Readable(w.PodSpec()+".affinity.podAntiAffinity"):
		return scorecard.Pass
	case t.AnyNamespace, own == "", scorecard.IsReleaseNamespace(own), slices.ContainsFunc(t.Namespaces, scorecard.IsReleaseNamespace):
		return scorecard.Unknown // which namespace the pods go to is said elsewhere
	}
	return scorecard.Fail
}

func spreadRemedy(w *scorecard.Workload, d domain) string {
	labels := podSelector(w)
	hint := ""
	if len(labels) == 0 {
		labels = map[string]string{"app": w.Object.Name}
		hint = " (and give the pod template that label)"
	}
	return fenced(in(w.Location)+fmt.Sprintf("spread the pods of %s over %ss, beside the constraints that it has%s:", w.Object, d.name, hint), "yaml",
		podPatch(w, object{{key: "topologySpreadConstraints", value: []object{{
			{key: "maxSkew", value: 1},
			{key: "topologyKey", value: d.keys[0]},
			{key: "whenUnsatisfiable", value: "DoNotSchedule", comment: "ScheduleAnyway only prefers it"},
			{key: "labelSelector", value: object{{key: "matchLabels", value: stringMap(labels)}}},
		}}}}))
}
