package checks

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var prioritySet = scorecard.Check{
	ID:      "priority-set",
	Pillar:  scorecard.Availability,
	Title:   "The pods of a tier-1 service go before others when room is short",
	Applies: "workloads of services whose catalog entity says that they are of tier 1 (or 0, or critical)",
	Passes: "the pods name a `priorityClassName` that is Kubernetes' own (`system-…`) or that of a PriorityClass in the files with a value above 0; or name none, and such a class is the `globalDefault`. " +
		"What a class is worth that stands in no file is not known",
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

var tierOneRule = workloads(words{"workload", "runs with a priority above the usual", "no Kubernetes workload was seen"},
	func(s *survey, w *scorecard.Workload) {
		at, name := w.AtPod("priorityClassName"), w.Pod.PriorityClass
		class := classOf(s.View, w)
		fail := func(what string, a ...any) {
			s.Fail(at, func() string { return priorityRemedy(s, w) }, "%s %s, though the tier of its service is %s", w.Object, fmt.Sprintf(what, a...), s.Service.Tier)
		}
		switch {
		case !w.Readable(at.Field):
			s.Undecided(at, "%s has a priorityClassName that can't be known from files", w.Object)
		case strings.HasPrefix(name, "system-"):
			s.Pass(at, "%s runs with priority class %s", w.Object, name)
		case class == nil && name == "":
			fail("has no priorityClassName")
		case class == nil:
			s.Undecided(at, "%s runs with priority class %s, which stands in no file", w.Object, name)
		case class.Value == nil:
			s.Undecided(class.Location, "%s runs with priority class %s, whose value could not be read", w.Object, class.Location.Object.Name)
		case *class.Value <= 0 && name == "":
			fail("has no priorityClassName, and the value of the default class %s is %d", class.Location.Object.Name, *class.Value)
		case *class.Value <= 0:
			fail("runs with priority class %s, whose value is %d, which is no more than without", name, *class.Value)
		case name == "":
			s.Pass(class.Location, "%s runs with priority class %s, the default of the cluster", w.Object, class.Location.Object.Name)
		default:
			s.Pass(at, "%s runs with priority class %s", w.Object, name)
		}
	})

// classOf is the class that the workload's pods name, or the default one where they name
// none; nil where it is not in the files. Of several defaults the lowest is taken, as the
// API server does. Of one class in several forms (a region each) the workload's own speaks.
func classOf(v *scorecard.View, w *scorecard.Workload) (found *scorecard.PriorityClass) {
	for i := range v.Priorities {
		c := &v.Priorities[i]
		if w.Pod.PriorityClass == "" && !c.GlobalDefault || w.Pod.PriorityClass != "" && c.Location.Object.Name != w.Pod.PriorityClass {
			continue
		}
		own := c.Location.Form == w.Location.Form
		switch {
		case found == nil:
			found = c
		case own != (found.Location.Form == w.Location.Form):
			if own {
				found = c
			}
		case worth(c) < worth(found), worth(c) == worth(found) && c.Location.Compare(found.Location) < 0:
			found = c
		}
	}
	return found
}

// worth is the class's value; of one that could not be read it is not known, so that it
// goes before all others.
func worth(c *scorecard.PriorityClass) int64 {
	if c.Value == nil {
		return math.MinInt64
	}
	return int64(*c.Value)
}

// priorityClass is the name of the class that a remediation suggests.
const priorityClass = "tier-1"

func priorityRemedy(s *survey, w *scorecard.Workload) string {
	name := freeName(priorityClass, "-services", func(name string) bool {
		return slices.ContainsFunc(s.Priorities, func(c scorecard.PriorityClass) bool {
			return c.Location.Object.Name == name && (c.Value == nil || *c.Value <= 0)
		})
	})
	return fenced(in(w.Location)+fmt.Sprintf("give the pods of %s a priority:", w.Object), "yaml",
		podPatch(w, object{{key: "priorityClassName", value: name}})) + "\n\n" +
		fenced("Where the cluster has no such class yet, add it, once for all services:", "yaml", yamlText(object{
			{key: "apiVersion", value: "scheduling.k8s.io/v1"}, {key: "kind", value: "PriorityClass"},
			{key: "metadata", value: object{{key: "name", value: name}}},
			{key: "value", value: 1000000, comment: "above the classes of other services"},
			{key: "globalDefault", value: false},
			{key: "description", value: "Services of tier 1, which go before all others."},
		}))
}
