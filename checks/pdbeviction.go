package checks

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var pdbAllowsEviction = scorecard.Check{
	ID:      "pdb-allows-eviction",
	Pillar:  scorecard.Availability,
	Title:   "Every disruption budget lets at least one pod be evicted",
	Applies: "PodDisruptionBudgets that select pods of workloads which are not set to zero replicas",
	Passes:  "one pod may go at the wanted (or autoscaler's minimum) replica count, percentages rounded up, and no other budget selects the same pods. Over pods of a DaemonSet, a Job or nobody an integer `minAvailable` alone works",
	Why: "A budget that allows no eviction blocks every node drain, so that upgrades hang until somebody deletes the budget or forces the drain past it. " +
		"The API server refuses to evict a pod that two budgets select.",
	Fix:        "Use `maxUnavailable: 1`, or a `minAvailable` below the replica count, and one budget for each pod.",
	References: append([]scorecard.Reference{{Title: "Kubernetes: API-initiated Eviction", URL: "https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/"}}, budgetDocs...),
	Level:      scorecard.Silver, Weight: scorecard.High, Effort: scorecard.Minutes,
	Reads: []scorecard.Family{scorecard.Kubernetes},
	Rule: rule(words{"disruption budget", "lets a pod be evicted", "no PodDisruptionBudget selects running pods"},
		func(s *survey) {
			for _, g := range guards(s.View) {
				judgeBudget(s, g)
			}
		}),
}

// guard is a budget with the pods that it is over.
type guard struct {
	budget *scorecard.Budget
	pods   int
	// counted is false where a kind without a replica count is among the workloads.
	counted bool
	// unscaled is a workload whose controller has no scale subresource, so that nobody can
	// tell how many pods are wanted; nil where there is none.
	unscaled *scorecard.Workload
	// managed: some of the pods have a controller.
	managed bool
	// rival is another budget over one of the same workloads, nil when there is none.
	rival *scorecard.Budget
}

// guards pairs each budget with what it is over, in the order of the budgets. A
// budget over workloads that are set to zero replicas only is left out.
func guards(v *scorecard.View) []*guard {
	byBudget := map[*scorecard.Budget]*guard{}
	type counted struct {
		budget *scorecard.Budget
		object scorecard.ObjectRef
	}
	fewest := map[counted]int{}
	for i := range v.Workloads {
		w := &v.Workloads[i]
		count, at := v.Replicas(w)
		if w.Replicated() && off(w, count, at) {
			continue
		}
		count = max(count, 1) // one that may go down to none is weighed when it runs
		budgets := budgetsOf(v, w)
		for _, b := range budgets {
			g := byBudget[b]
			if g == nil {
				g = &guard{budget: b, counted: true, pods: int(b.OtherPods), managed: b.OtherPods > 0}
				byBudget[b] = g
			}
			g.counted = g.counted && (w.Replicated() || w.Object.Kind == "Pod")
			g.managed = g.managed || w.Object.Kind != "Pod"
			if scaleless(w) && (g.unscaled == nil || g.unscaled.Object.Kind == "Pod") {
				g.unscaled = w
			}
			// Of one workload in several forms (a region each), the smallest decides.
			key := counted{b, w.Object}
			before, again := fewest[key]
			if !again || count < before {
				g.pods += count - before
				fewest[key] = count
			}
			if len(budgets) > 1 && g.rival == nil {
				g.rival = budgets[0]
				if g.rival == b {
					g.rival = budgets[1]
				}
			}
		}
	}
	var out []*guard
	for i := range v.Budgets {
		if g := byBudget[&v.Budgets[i]]; g != nil {
			out = append(out, g)
		}
	}
	return out
}

func judgeBudget(s *survey, g *guard) {
	b, name := g.budget, g.budget.Location.Object
	if g.rival != nil {
		remedy := func() string {
			return fmt.Sprintf("Keep one budget for each pod: delete %s (%s) or %s (%s), or narrow a selector so that they do not overlap.",
				name, b.Location, g.rival.Location.Object, g.rival.Location)
		}
		s.Fail(b.Location, remedy, "%s and %s select the same pods, and the API server evicts no pod with two budgets", name, g.rival.Location.Object)
		return
	}
	allowed, why := evictable(b, g.pods, g.counted)
	if lacks := wantsScale(g); lacks != "" && allowed != scorecard.Fail {
		s.Fail(b.Location, func() string { return scalelessRemedy(g) }, "%s lets no pod be evicted: %s", name, lacks)
		return
	}
	switch allowed {
	case scorecard.Pass:
		if b.MinAvailable != "" && b.MaxUnavailable != "" {
			s.Note("%s sets both minAvailable and maxUnavailable, which the API server refuses", name)
		}
		s.Pass(b.Location, "%s lets a pod be evicted: %s", name, why)
	case scorecard.Fail:
		s.Fail(b.Location, func() string { return evictionRemedy(b) }, "%s lets no pod be evicted: %s", name, why)
	default:
		s.Undecided(b.Location, "whether %s lets a pod be evicted is not known: %s", name, why)
	}
}

// scaleless reports whether the workload's pods have no controller, or one of
// Kubernetes' own without the scale subresource.
func scaleless(w *scorecard.Workload) bool {
	return slices.Contains([]string{"Pod", "DaemonSet", "Job", "CronJob"}, w.Object.Kind)
}

// wantsScale says why the disruption controller can't tell how many pods the budget wants
// up, and so lets none go; empty where it can. It asks the scale subresource of the pods'
// controllers for all but an integer minAvailable, and gives up where one has none; pods
// without controller it leaves out.
func wantsScale(g *guard) string {
	b, form := g.budget, "maxUnavailable"
	if b.MaxUnavailable == "" {
		form = "a percentage"
	}
	_, ok := amount(cmp.Or(b.MaxUnavailable, b.MinAvailable), 1)
	switch w := g.unscaled; {
	case w == nil, !ok, b.MaxUnavailable == "" && !strings.HasSuffix(b.MinAvailable, "%"):
		return ""
	case w.Object.Kind != "Pod":
		return fmt.Sprintf("%s is of the number of pods that %s wants, which has no scale subresource to ask", form, w.Object)
	case !g.managed:
		return fmt.Sprintf("%s is of the number of pods that a controller wants, and %s has none", form, w.Object)
	}
	return ""
}

func scalelessRemedy(g *guard) string {
	b, w := g.budget, g.unscaled.Object
	switch w.Kind {
	case "Pod":
		return fmt.Sprintf("%slet a Deployment make the pod of %s, so that %s has a number to go by; or delete the budget.", in(b.Location), w, b.Location.Object)
	case "DaemonSet":
		return fmt.Sprintf("%sdelete %s: draining a node leaves the pods of a DaemonSet where they are (`kubectl drain --ignore-daemonsets`), and `updateStrategy.rollingUpdate.maxUnavailable` of %s bounds its rollouts. "+
			"Or give it an integer `minAvailable`, below the number of nodes, in place of what it sets.", in(b.Location), b.Location.Object, w)
	}
	return fmt.Sprintf("%sgive %s an integer `minAvailable`, below the number of pods that %s runs, in place of what it sets; or delete it.", in(b.Location), b.Location.Object, w)
}

// evictable says whether a budget over that many pods lets one go.
func evictable(b *scorecard.Budget, pods int, counted bool) (scorecard.Outcome, string) {
	if b.MinAvailable == "" && b.MaxUnavailable == "" {
		return scorecard.Fail, "neither minAvailable nor maxUnavailable is set"
	}
	outcome, why := scorecard.Pass, ""
	if b.MaxUnavailable != "" {
		n, ok := amount(b.MaxUnavailable, max(pods, 1))
		switch {
		case !ok:
			return scorecard.Unknown, fmt.Sprintf("maxUnavailable %q is neither a count nor a percentage", b.MaxUnavailable)
		case n == 0:
			return scorecard.Fail, "maxUnavailable is " + b.MaxUnavailable
		}
		why = "maxUnavailable is " + b.MaxUnavailable
	}
	if b.MinAvailable != "" {
		n, ok := amount(b.MinAvailable, pods)
		never := strings.HasSuffix(b.MinAvailable, "%") && ok && n >= pods && alwaysAll(b.MinAvailable)
		why = fmt.Sprintf("minAvailable is %s of %s", b.MinAvailable, plural(pods, "pod"))
		switch {
		case !ok:
			return scorecard.Unknown, fmt.Sprintf("minAvailable %q is neither a count nor a percentage", b.MinAvailable)
		case never:
			return scorecard.Fail, "minAvailable is " + b.MinAvailable
		case n == 0:
			why = "minAvailable is " + b.MinAvailable
		case !counted:
			return scorecard.Unknown, "how many pods it is over is not in the files"
		case n >= pods:
			return scorecard.Fail, why
		}
	}
	return outcome, why
}

// alwaysAll reports whether a percentage means all pods, however many there are.
func alwaysAll(percentage string) bool {
	p, err := strconv.Atoi(strings.TrimSuffix(percentage, "%"))
	return err == nil && p >= 100
}

// amount is a count, or a percentage of the total rounded up, as the API server
// reads both of a budget's fields.
func amount(text string, total int) (int, bool) {
	percentage, isPercentage := strings.CutSuffix(strings.TrimSpace(text), "%")
	n, err := strconv.ParseInt(percentage, 10, 32)
	if err != nil || n < 0 {
		return 0, false
	}
	if !isPercentage {
		return int(n), true
	}
	return int((n*int64(total) + 99) / 100), true
}

func evictionRemedy(b *scorecard.Budget) string {
	o := b.Location.Object
	spec := object{{key: "maxUnavailable", value: 1}}
	if b.MinAvailable != "" {
		spec = append(object{{key: "minAvailable", value: nil, comment: "take it out"}}, spec...)
	}
	return fenced(in(b.Location)+fmt.Sprintf("let %s give one pod away at a time:", o), "yaml", specPatch(o, spec))
}
