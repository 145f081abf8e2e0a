package checks

import (
	"fmt"
	"slices"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var budgetDocs = []scorecard.Reference{
	{Title: "Kubernetes: Specifying a Disruption Budget for your Application", URL: "https://kubernetes.io/docs/tasks/run-application/configure-pdb/"},
	{Title: "Kubernetes: Disruptions", URL: "https://kubernetes.io/docs/concepts/workloads/pods/disruptions/"},
}

var pdbPresent = scorecard.Check{
	ID:      "pdb-present",
	Pillar:  scorecard.Availability,
	Title:   "Every workload with two replicas or more has a disruption budget",
	Applies: "Deployments, StatefulSets, Rollouts and their kin that run two replicas or more (the autoscaler's minimum where one targets them)",
	Passes:  "a PodDisruptionBudget of the same namespace selects the pods, by the labels of the pod template",
	Why: "A node drain or a cluster upgrade evicts pods as fast as it may; without a budget it may take all replicas at once. " +
		"A PodDisruptionBudget makes the drain wait until enough of them serve again.",
	Fix:        "Add a PodDisruptionBudget whose selector matches the labels of the pod template.",
	References: budgetDocs,
	Level:      scorecard.Silver, Weight: scorecard.High, Effort: scorecard.Minutes,
	Reads: []scorecard.Family{scorecard.Kubernetes},
	Rule: rule(words{"replicated workload", "has a disruption budget", "no workload runs two replicas or more"},
		func(s *survey) {
			var elsewhere map[*scorecard.Workload]*scorecard.Budget
			for i := range s.Workloads {
				w := &s.Workloads[i]
				count, _ := s.Replicas(w)
				at, unread := countUnread(s.View, w)
				if !w.Replicated() || count < redundant && !unread {
					continue
				}
				if bs := budgetsOf(s.View, w); len(bs) > 0 {
					s.Pass(bs[0].Location, "%s selects the pods of %s", bs[0].Location.Object, w.Object)
					continue
				}
				if elsewhere == nil {
					elsewhere = openBudgets(&s.Facts)
				}
				if b := elsewhere[w]; b != nil {
					s.Undecided(b.Location, "%s has the labels of %s, but which namespace the release goes to is not known", b.Location.Object, w.Object)
					continue
				}
				if unread {
					s.Undecided(at, "how many replicas %s runs can't be told from files, so whether it needs a budget is not known", w.Object)
					continue
				}
				s.Lack(w.Location, func() string { return budgetRemedy(s, w) }, "no PodDisruptionBudget selects the pods of %s", w.Object)
			}
		}),
}

// budgetsOf are the distinct budgets over the workload's pods. Where one budget is
// declared in several forms (a region each), the workload's own form speaks.
func budgetsOf(v *scorecard.View, w *scorecard.Workload) []*scorecard.Budget {
	var out []*scorecard.Budget
	for _, b := range v.BudgetsOf(w) {
		i := slices.IndexFunc(out, func(o *scorecard.Budget) bool { return sameObject(o.Location.Object, b.Location.Object) })
		switch {
		case i < 0:
			out = append(out, b)
		case b.Location.Form == w.Location.Form:
			out[i] = b
		}
	}
	return out
}

func sameObject(a, b scorecard.ObjectRef) bool {
	return a.Kind == b.Kind && a.Name == b.Name && a.PairingNamespace() == b.PairingNamespace()
}

// openBudgets finds the budgets that would select workloads if a release's namespace,
// which files do not tell, were the same as the other's.
func openBudgets(f *scorecard.Facts) map[*scorecard.Workload]*scorecard.Budget {
	return openly(f.Workloads, f.Budgets, func(b *scorecard.Budget) (scorecard.Location, *scorecard.Selector) { return b.Location, b.Selector })
}

// openly finds for each workload the first of the things that would select its pods if
// a release's namespace, which files do not tell, were the same as the other's.
func openly[T any](ws []scorecard.Workload, things []T, of func(*T) (scorecard.Location, *scorecard.Selector)) map[*scorecard.Workload]*T {
	found := map[*scorecard.Workload]*T{}
	ix := scorecard.NewPodIndex(ws)
	for i := range things {
		at, selector := of(&things[i])
		for _, w := range ix.SelectEverywhere(selector) {
			if !openTogether(at.Object, w.Object) {
				continue
			}
			if before := found[w]; before != nil {
				if earlier, _ := of(before); earlier.Compare(at) < 0 {
					continue
				}
			}
			found[w] = &things[i]
		}
	}
	return found
}

// openTogether reports whether files leave it open that two objects are in one
// namespace: they are not in the same one, and a release decides of one of them.
func openTogether(a, b scorecard.ObjectRef) bool {
	return a.Namespace != b.Namespace && (scorecard.IsReleaseNamespace(a.Namespace) || scorecard.IsReleaseNamespace(b.Namespace))
}

func budgetRemedy(s *survey, w *scorecard.Workload) string {
	labels, hint := ownLabels(w)
	sentence := fmt.Sprintf("Add a budget beside %s%s:", w.Object, hint)
	for i := range s.Budgets {
		if b := &s.Budgets[i]; b.Location.Object.Name == w.Object.Name && b.Location.Object.PairingNamespace() == w.Object.PairingNamespace() {
			sentence = fmt.Sprintf("Replace the budget of that name in `%s`, which does not select the pods of %s%s:", b.Location.Path, w.Object, hint)
		}
	}
	return fenced(sentence, "yaml", yamlText(object{
		{key: "apiVersion", value: "policy/v1"}, {key: "kind", value: "PodDisruptionBudget"},
		{key: "metadata", value: metadata(w.Object, w.Object.Name)},
		{key: "spec", value: object{
			{key: "maxUnavailable", value: 1},
			{key: "selector", value: object{{key: "matchLabels", value: stringMap(labels)}}},
		}},
	}))
}

// podSelector are the labels that tell the workload's pods from others: those of
// its own selector, else all of the pod template.
func podSelector(w *scorecard.Workload) map[string]string {
	if w.Selector != nil && len(w.Selector.MatchLabels) > 0 && w.Selector.Matches(w.PodLabels) {
		return w.Selector.MatchLabels
	}
	return w.PodLabels
}

// ownLabels are labels by which to select the workload's pods alone, with a hint for a
// template that has none yet.
func ownLabels(w *scorecard.Workload) (labels map[string]string, hint string) {
	if labels = podSelector(w); len(labels) > 0 {
		return labels, ""
	}
	return map[string]string{"app": w.Object.Name}, " (and give the pod template that label)"
}
