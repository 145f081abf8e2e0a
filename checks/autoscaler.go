package checks

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var autoscalerEffective = scorecard.Check{
	ID:      "autoscaler-effective",
	Pillar:  scorecard.Capacity,
	Title:   "Every autoscaler can do its work",
	Applies: "HorizontalPodAutoscalers and KEDA ScaledObjects",
	Passes: "its target exists and is not set to zero replicas, its minimum is not above its maximum, and every container that a utilization metric counts requests that resource " +
		"(a request defaults to the limit; a written 0 will do for an HPA beside another container's request; an autoscaler without metrics scales on cpu); nor does its behavior forbid to scale up, nor a pause hold it at 0 replicas. An HPA of which some metrics work still scales up by these, but never down: it passes, and that is said, as are `replicas` fixed beside it and other pauses",
	Why: "An autoscaler that has lost its target, or whose share of a request is a share of nothing, reports an error in its status and scales nothing. " +
		"Nobody reads that status until the peak, at which everybody counts on it.",
	Fix:        "Point the autoscaler to a workload that exists, by apiVersion, kind and name, and set the requests that its metrics are relative to.",
	References: append([]scorecard.Reference{{Title: "Kubernetes: HorizontalPodAutoscaler Walkthrough", URL: "https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale-walkthrough/"}}, autoscalerDocs...),
	Level:      scorecard.Silver, Weight: scorecard.High, Effort: scorecard.Hour,
	Reads: []scorecard.Family{scorecard.Kubernetes},
	Rule: rule(words{"autoscaler", "can do its work", "no autoscaler was seen"},
		func(s *survey) {
			for i := range s.Scalers {
				judgeAutoscaler(s, &s.Scalers[i])
			}
		}),
}

// fault is one thing that keeps an autoscaler from its work, or may do so.
type fault struct {
	outcome scorecard.Outcome // Fail or Unknown
	at      scorecard.Location
	text    string
	remedy  func() string
	// absent: something is not in the files, and may be in one that could not be read.
	absent bool
}

func judgeAutoscaler(s *survey, a *scorecard.Autoscaler) {
	name := a.Location.Object
	if a.Paused {
		s.Note("%s is paused", name)
	}
	if low, high, ok := scalingRange(a); ok && low == high {
		s.Note("%s has no room to scale in: %s", name, narrow(a, low, high))
	}
	faults := slices.Concat(targetFaults(s, a), rangeFaults(a), upFaults(a), pauseFaults(a))
	targets := targetsOf(s.View, a)
	for _, w := range targets {
		if w.Replicas != nil && *w.Replicas > 0 {
			s.Note("%s fixes replicas beside its autoscaler, so that each apply sets them back", w.Object)
		}
		for _, other := range scalersOf(s.View, w) {
			if !sameObject(other.Location.Object, name) && !adopts(a, other) && !adopts(other, a) {
				faults = append(faults, rivalFault(w, a, other))
				break
			}
		}
		faults = append(faults, workloadFaults(s, a, w)...)
	}
	slices.SortStableFunc(faults, func(x, y fault) int { return cmp.Compare(x.rank(), y.rank()) })
	switch {
	case len(faults) == 0 && len(targets) == 0:
		s.Pass(targetAt(a), "%s targets %s, of whose requests it asks nothing", name, target(a))
	case len(faults) == 0:
		s.Pass(targetAt(a), "%s can scale %s", name, target(a))
	case faults[0].outcome == scorecard.Unknown:
		s.Undecided(faults[0].at, "whether %s can do its work is not known: %s", name, faults[0].text)
	default:
		var texts []string
		for _, f := range faults {
			if f.outcome == scorecard.Fail {
				texts = append(texts, f.text)
			}
		}
		fail := s.Fail
		if !slices.ContainsFunc(faults, func(f fault) bool { return f.outcome == scorecard.Fail && !f.absent }) {
			fail = s.Lack
		}
		fail(faults[0].at, func() string { return faultsRemedy(faults) }, "%s can't do its work: %s", name, strings.Join(slices.Compact(texts), ", and "))
	}
}

// rivalFault: of two autoscalers over the same pods the controller lets neither scale
// (since Kubernetes 1.27), and KEDA makes an autoscaler of its own.
func rivalFault(w *scorecard.Workload, a, b *scorecard.Autoscaler) fault {
	x, y := a.Location.Object, b.Location.Object
	return fault{outcome: scorecard.Fail, at: a.Location, text: fmt.Sprintf("%s scales %s, too, and the controller lets neither", y, w.Object), remedy: func() string {
		return fmt.Sprintf("Keep one autoscaler for %s: delete %s (%s) or %s (%s).", w.Object, x, a.Location, y, b.Location)
	}}
}

// adopts reports whether a is KEDA's and takes over b, so that the two are one.
func adopts(a, b *scorecard.Autoscaler) bool {
	return isKEDA(a) && !isKEDA(b) && a.Adopts != "" && a.Adopts == b.Location.Object.Name &&
		a.Location.Object.PairingNamespace() == b.Location.Object.PairingNamespace()
}

// rank puts what is wrong before what is not known.
func (f fault) rank() int {
	if f.outcome == scorecard.Fail {
		return 0
	}
	return 1
}

func faultsRemedy(faults []fault) string {
	var texts []string
	for _, f := range faults {
		if f.outcome != scorecard.Fail {
			continue
		}
		if t := f.remedy(); !slices.Contains(texts, t) {
			texts = append(texts, t)
		}
	}
	return strings.Join(texts, "\n\n")
}

// target names what the autoscaler targets, in its own namespace.
func target(a *scorecard.Autoscaler) scorecard.ObjectRef {
	t := a.Target
	t.Namespace = a.Location.Object.Namespace
	return t
}

// targetsOf are the workloads that the autoscaler targets. Of one workload in several
// forms (a region each), the autoscaler's own form speaks.
func targetsOf(v *scorecard.View, a *scorecard.Autoscaler) []*scorecard.Workload {
	all := v.TargetsOf(a)
	own := slices.DeleteFunc(slices.Clone(all), func(w *scorecard.Workload) bool { return w.Location.Form != a.Location.Form })
	if len(own) > 0 {
		return own
	}
	return all
}

// targetFaults say what is wrong with what the autoscaler targets.
func targetFaults(s *survey, a *scorecard.Autoscaler) []fault {
	one := func(outcome scorecard.Outcome, format string, args ...any) []fault {
		return []fault{{outcome: outcome, at: targetAt(a), remedy: func() string { return missingRemedy(s, a) }, text: fmt.Sprintf(format, args...)}}
	}
	switch {
	case len(s.TargetsOf(a)) > 0:
		return nil
	case targetUnread(a):
		return one(scorecard.Unknown, "what it targets could not be read")
	case a.Target.Kind == "" || a.Target.Name == "":
		return one(scorecard.Fail, "it names no target")
	case a.Target.APIVersion == "":
		return one(scorecard.Fail, "it names %s without its apiVersion, which the API server refuses", target(a))
	}
	missing := func(format string, args ...any) []fault {
		fs := one(scorecard.Fail, format, args...)
		fs[0].absent = true
		return fs
	}
	switch d := danglingOf(s, a); {
	case d == nil:
		return openMetrics(a) // a custom object is there, or one that an operator makes
	case d.Elsewhere != "":
		return one(scorecard.Unknown, "its target %s is not in the files: %s", target(a), d.Elsewhere)
	case d.Near != (scorecard.ObjectRef{}):
		return missing("its target %s (%s) does not exist; %s (%s) is near", target(a), a.Target.APIVersion, d.Near, d.Near.APIVersion)
	}
	return missing("its target %s (%s) does not exist", target(a), a.Target.APIVersion)
}

// danglingOf says that the autoscaler's target matches nothing in the whole
// repository; nil where it does.
func danglingOf(s *survey, a *scorecard.Autoscaler) *scorecard.Dangling {
	for i := range s.Dangling {
		d := &s.Dangling[i]
		if d.Location.Object == a.Location.Object && d.Location.Path == a.Location.Path && d.Location.Form == a.Location.Form {
			return d
		}
	}
	return nil
}

// openMetrics: the pods of a custom object are not in the files, nor what they request.
func openMetrics(a *scorecard.Autoscaler) []fault {
	for _, m := range metricsOf(a) {
		if m.Utilization {
			return []fault{{outcome: scorecard.Unknown, at: metricAt(a, m), text: fmt.Sprintf("what the pods of %s request is not in the files", target(a))}}
		}
	}
	return nil
}

// missingRemedy points the autoscaler to the workload that is meant, as far as that
// can be told: the one that is near, else the only one that nothing scales.
func missingRemedy(s *survey, a *scorecard.Autoscaler) string {
	if d := danglingOf(s, a); d != nil && d.Near != (scorecard.ObjectRef{}) {
		return retargetRemedy(a, d.Near)
	}
	var free []scorecard.ObjectRef
	for i := range s.Workloads {
		w := &s.Workloads[i]
		if w.Replicated() && w.Object.PairingNamespace() == a.Location.Object.PairingNamespace() &&
			len(s.AutoscalersOf(w)) == 0 && !slices.Contains(free, w.Object) {
			free = append(free, w.Object)
		}
	}
	if len(free) == 1 {
		return retargetRemedy(a, free[0])
	}
	return fmt.Sprintf("Point %s (`%s`) to a workload that exists, by apiVersion, kind and name, in its own namespace; or delete it with the workload that is gone.", a.Location.Object, a.Location)
}

// rangeFaults: a minimum above the maximum is refused.
func rangeFaults(a *scorecard.Autoscaler) []fault {
	low, high, ok := scalingRange(a)
	switch {
	case !ok:
		return []fault{{outcome: scorecard.Unknown, at: a.Location, text: "its minimum or maximum could not be read"}}
	case low > high:
		return []fault{{outcome: scorecard.Fail, at: a.Location, text: narrow(a, low, high), remedy: func() string { return rangeRemedy(a) }}}
	}
	return nil
}

// workloadFaults say what of the target keeps the autoscaler from scaling it.
func workloadFaults(s *survey, a *scorecard.Autoscaler, w *scorecard.Workload) []fault {
	if !w.Replicated() {
		return []fault{{outcome: scorecard.Fail, at: targetAt(a), text: fmt.Sprintf("its target is a %s, which can't be scaled", w.Object.Kind),
			remedy: func() string {
				return fmt.Sprintf("Delete %s (`%s`), or point it to a workload with replicas.", a.Location.Object, a.Location)
			}}}
	}
	var out []fault
	if switchedOff(a, w) {
		out = append(out, fault{outcome: scorecard.Fail, at: w.At("spec.replicas"), text: fmt.Sprintf("%s is set to 0 replicas, which switches it off", w.Object),
			remedy: func() string {
				return fenced(in(w.Location)+fmt.Sprintf("leave the replicas of %s to %s:", w.Object, a.Location.Object), "yaml",
					specPatch(w.Object, object{{key: "replicas", value: nil, comment: "take it out"}}))
			}})
	}
	return append(out, allMetricFaults(s, a, w)...)
}
