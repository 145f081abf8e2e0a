package checks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// redundant is how many replicas survive the loss of one.
const redundant = 2

var replicasRedundant = scorecard.Check{
	ID:      "replicas-redundant",
	Pillar:  scorecard.Availability,
	Title:   "Two replicas or more stand behind every Service",
	Applies: "Deployments, StatefulSets, Rollouts and their kin that a Service selects, unless they are set to zero replicas",
	Passes:  "the autoscaler's minimum where one targets the workload, else `replicas`, is two or more (unset is 1)",
	Why: "With one replica, every node drain, crash and eviction is an outage that lasts until a new pod is ready. " +
		"A second replica lets requests go on while the first is replaced.",
	Fix: "Set `replicas` to 2 or more, or the minimum of the autoscaler that targets the workload. What mounts a volume that one node alone can write first needs one that many can (`ReadWriteMany`), or a StatefulSet with a volume for each pod.",
	References: []scorecard.Reference{
		{Title: "Kubernetes: Disruptions", URL: "https://kubernetes.io/docs/concepts/workloads/pods/disruptions/"},
		{Title: "Site Reliability Engineering: A Collection of Best Practices for Production Services", URL: "https://sre.google/sre-book/service-best-practices/"},
	},
	Level: scorecard.Silver, Weight: scorecard.Critical, Effort: scorecard.Minutes,
	Reads: []scorecard.Family{scorecard.Kubernetes},
	Rule: workloads(words{"served workload", "runs two replicas or more", "no replicated workload stands behind a Service"},
		func(s *survey, w *scorecard.Workload) {
			if !w.Replicated() || len(s.ServicesOf(w)) == 0 {
				return
			}
			if at, unread := countUnread(s.View, w); unread {
				s.Undecided(at, "how many replicas %s runs can't be told from files", w.Object)
				return
			}
			count, at := s.Replicas(w)
			if off(w, count, at) {
				return
			}
			if w.Replicas != nil && *w.Replicas != 0 && len(s.AutoscalersOf(w)) > 0 {
				s.Note("%s fixes replicas beside its autoscaler, so that each apply sets them back", w.Object)
			}
			by := countedBy(w, at)
			if count >= redundant {
				s.Pass(at, "%s runs %s at least (%s)", w.Object, plural(count, "replica"), by)
				return
			}
			s.Fail(at, func() string { return replicasRemedy(w, at) }, "%s may run with %s (%s)", w.Object, plural(count, "replica"), by)
		}),
}

// off reports whether the workload is set to no replicas at all, which is another
// thing than an autoscaler that may go down to none.
func off(w *scorecard.Workload, count int, at scorecard.Location) bool {
	return count == 0 && at.Object == w.Location.Object
}

// countUnread reports whether the replica count hangs on a field that was written but
// could not be read, or on the namespace of a release, and where that stands.
func countUnread(v *scorecard.View, w *scorecard.Workload) (at scorecard.Location, unread bool) {
	scalers := v.AutoscalersOf(w)
	for _, a := range scalers {
		for _, field := range []string{"spec", "spec.minReplicas", "spec.minReplicaCount", "spec.idleReplicaCount"} {
			if slices.Contains(a.Unreadable, field) {
				return a.Location.At(field, 0, 0), true
			}
		}
	}
	if len(scalers) > 0 {
		return scorecard.Location{}, false
	}
	if a := openScaler(v, w); a != nil && (a.Floor() >= redundant) != (w.Replicas != nil && *w.Replicas >= redundant) {
		return targetAt(a), true
	}
	return w.At("spec.replicas"), !w.Readable("spec.replicas")
}

// openScaler is an autoscaler that targets the workload if a release goes to the one
// namespace of which files do not tell; nil where there is none.
func openScaler(v *scorecard.View, w *scorecard.Workload) *scorecard.Autoscaler {
	for i := range v.Scalers {
		a := &v.Scalers[i]
		if len(v.TargetsOf(a)) == 0 && a.Target.Kind == w.Object.Kind && a.Target.Name == w.Object.Name && a.Target.APIVersion != "" &&
			a.Target.Group() == w.Object.Group() && openTogether(a.Location.Object, w.Object) {
			return a
		}
	}
	return nil
}

// countedBy says what the replica count was read from.
func countedBy(w *scorecard.Workload, at scorecard.Location) string {
	switch {
	case at.Object != w.Location.Object:
		return "the minimum of " + at.Object.String()
	case w.Replicas == nil:
		return "replicas is not set, which means 1"
	}
	return "its replicas"
}

func replicasRemedy(w *scorecard.Workload, at scorecard.Location) string {
	first := sharedFirst(w)
	switch at.Object.Kind {
	case w.Object.Kind:
		return first + fenced(in(w.Location)+fmt.Sprintf("run %s with two replicas:", w.Object), "yaml",
			specPatch(w.Object, object{{key: "replicas", value: redundant}}))
	case "ScaledObject":
		return first + fenced(in(at)+fmt.Sprintf("keep two replicas of %s, when idle too:", w.Object), "yaml",
			specPatch(at.Object, object{{key: "idleReplicaCount", value: nil, comment: "take it out"}, {key: "minReplicaCount", value: redundant}}))
	}
	return first + fenced(in(at)+fmt.Sprintf("keep two replicas of %s:", w.Object), "yaml",
		specPatch(at.Object, object{{key: "minReplicas", value: redundant}}))
}

// sharedFirst says what is to be looked at before a second pod of the workload runs: all of
// them mount the claims that the pod template names, and one that a single node can write
// keeps the others waiting. Empty where there are none.
func sharedFirst(w *scorecard.Workload) string {
	if len(w.Pod.Claims) == 0 {
		return ""
	}
	until := ""
	if w.Object.Kind == "Deployment" {
		until = ", and until then give it `strategy: {type: Recreate}`, since a rolling update starts the new pod while the old one holds the volume"
	}
	return fmt.Sprintf("All pods of %s mount the same volume (%s). While its `accessModes` are `ReadWriteOnce`, a pod on another node waits for it for ever: do not raise the replicas. "+
		"Where the program copies its data between its replicas, make it a StatefulSet with `volumeClaimTemplates`, so that each pod has a volume of its own; "+
		"where all may write one, move the data to a `ReadWriteMany` claim (of NFS, Amazon EFS, Filestore, Azure Files or CephFS)%s. "+
		"Only where the claim is `ReadWriteMany`, and once it is:\n\n", w.Object, strings.Join(w.Pod.Claims, ", "), until)
}
