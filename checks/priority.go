package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var prioritySet = scorecard.Check{
	ID:      "priority-set",
	Pillar:  scorecard.Availability,
	Title:   "The pods of a tier-1 service go before others when room is short",
	Applies: "workloads of services whose catalog entity says that they are of tier 1 (or 0, or critical)",
	Passes:  "the pods name a `priorityClassName`",
	Why: "When a node or a zone is lost, the pods that are left compete for the room that is left, and without priorities a batch job is as good as the checkout. " +
		"Pods of a higher priority are scheduled first, evict lower ones where there is no room, and are evicted last.",
	Fix: "Define a PriorityClass for tier-1 services and name it in the pod templates.",
	References: []scorecard.Reference{
		{Title: "Kubernetes: Pod Priority and Preemption", URL: "https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/"},
		{Title: "Kubernetes: Node-pressure Eviction", URL: "https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/"},
	},
	Level: scorecard.Gold, Weight: scorecard.Low, Effort: scorecard.Minutes,
	Reads: []scorecard.Family{scorecard.Kubernetes, scorecard.Catalog},
	Rule: func(v *scorecard.View) scorecard.Finding {
		tier := v.Service.Tier
		switch rank, known := tierRank(tier); {
		case tier == "":
			return scorecard.Skip("the catalog names no tier of the service")
		case !known:
			return scorecard.Skip("whether tier %q is the first is not known", tier)
		case rank > 1:
			return scorecard.Skip("the tier of the service is %s, which is not the first", tier)
		}
		return tierOneRule(v)
	},
}

var tierOneRule = workloads(words{"workload", "names a priority class", "no Kubernetes workload was seen"},
	func(s *survey, w *scorecard.Workload) {
		at := w.AtPod("priorityClassName")
		switch {
		case !w.Readable(at.Field):
			s.Undecided(at, "%s has a priorityClassName that can't be known from files", w.Object)
		case w.Pod.PriorityClass == "":
			s.Fail(at, func() string { return priorityRemedy(w) }, "%s has no priorityClassName, though the tier of its service is %s", w.Object, s.Service.Tier)
		default:
			s.Pass(at, "%s runs with priority class %s", w.Object, w.Pod.PriorityClass)
		}
	})

// priorityClass is the name of the class that a remediation suggests.
const priorityClass = "tier-1"

func priorityRemedy(w *scorecard.Workload) string {
	return fenced(in(w.Location)+fmt.Sprintf("give the pods of %s a priority:", w.Object), "yaml",
		podPatch(w, object{{key: "priorityClassName", value: priorityClass}})) + "\n\n" +
		fenced("Where the cluster has no such class yet, add it, once for all services:", "yaml", yamlText(object{
			{key: "apiVersion", value: "scheduling.k8s.io/v1"}, {key: "kind", value: "PriorityClass"},
			{key: "metadata", value: object{{key: "name", value: priorityClass}}},
			{key: "value", value: 1000000, comment: "above the classes of other services"},
			{key: "globalDefault", value: false},
			{key: "description", value: "Services of tier 1, which go before all others."},
		}))
}
