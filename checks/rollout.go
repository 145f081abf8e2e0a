package checks

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var rolloutSafe = scorecard.Check{
	ID:     "rollout-safe",
	Pillar: scorecard.Availability,
	Title:  "A new version replaces the old one without an outage",
	Applies: "Deployments, StatefulSets, DaemonSets, Argo Rollouts and DeploymentConfigs that a Service selects, unless they are set to zero replicas; " +
		"not StatefulSets of one replica, whose every update is an outage that only a second replica mends",
	Passes: "the strategy is not `Recreate` or `OnDelete`, `maxUnavailable` leaves a replica serving at the replica count (the autoscaler's minimum where one targets the workload), " +
		"and `progressDeadlineSeconds` is not 0; unset is the default of the kind, 25 % of a Deployment",
	Why: "An update that stops all replicas before the new ones are ready is an outage with every release, so that people release seldom and late. " +
		"One that goes pod by pod holds a bad version back at its first pod, and one with a deadline is reported when it is stuck.",
	Fix: "Use a rolling update with `maxUnavailable: 0` and `maxSurge: 1` (a StatefulSet or DaemonSet: one pod at a time). What can't run twice at once because of its volume belongs in a StatefulSet.",
	References: []scorecard.Reference{
		{Title: "Kubernetes: Deployments, strategy", URL: "https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#strategy"},
		{Title: "Kubernetes: StatefulSets, update strategies", URL: "https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#update-strategies"},
		{Title: "Kubernetes: Perform a Rolling Update on a DaemonSet", URL: "https://kubernetes.io/docs/tasks/manage-daemon/update-daemon-set/"},
	},
	Level: scorecard.Silver, Weight: scorecard.Medium, Effort: scorecard.Minutes,
	Reads: []scorecard.Family{scorecard.Kubernetes},
	Rule: workloads(words{"served workload", "is updated without an outage", "no Deployment, DaemonSet or Rollout that runs, and no StatefulSet of two replicas or more, stands behind a Service"},
		func(s *survey, w *scorecard.Workload) {
			if strategyField(w) == "" || len(s.ServicesOf(w)) == 0 {
				return
			}
			count, at := s.Replicas(w)
			if w.Replicated() && off(w, count, at) {
				return
			}
			count = max(count, 1) // one that may go down to none is weighed when it runs
			if at, unread := countUnread(s.View, w); unread && w.Replicated() {
				s.Undecided(at, "how many replicas %s runs can't be told from files", w.Object)
				return
			}
			if w.Object.Kind == "StatefulSet" && count == 1 {
				return
			}
			judgeRollout(s, w, count)
		}),
}

// strategyField is where a workload says how it is updated; empty for kinds that are
// not updated by a controller.
func strategyField(w *scorecard.Workload) string {
	switch w.Object.Kind {
	case "Deployment", "Rollout", "DeploymentConfig":
		return "spec.strategy"
	case "StatefulSet", "DaemonSet":
		return "spec.updateStrategy"
	}
	return ""
}

// update is what an update of a workload does to those who use it.
type update struct {
	outcome scorecard.Outcome
	text    string
	at      scorecard.Location
	// mend is what to write in the object's spec where it fails.
	mend object
	note string
}

func judgeRollout(s *survey, w *scorecard.Workload, count int) {
	u := weighUpdate(w, count)
	d := weighDeadline(w)
	if u.note != "" {
		s.Note("%s", u.note)
	}
	switch {
	case u.outcome == scorecard.Fail && d.outcome == scorecard.Fail:
		u.text += ", and " + d.text
	case d.outcome == scorecard.Fail || u.outcome == scorecard.Pass && d.outcome == scorecard.Unknown:
		u, d = d, u
	}
	switch u.outcome {
	case scorecard.Pass:
		s.Pass(u.at, "%s is updated without an outage: %s", w.Object, u.text)
	case scorecard.Fail:
		s.Fail(u.at, func() string {
			return fenced(in(w.Location)+fmt.Sprintf("let %s serve while it is updated:", w.Object), "yaml", specPatch(w.Object, append(u.mend, d.mend...)))
		}, "%s is not updated safely: %s", w.Object, u.text)
	default:
		s.Undecided(u.at, "whether %s serves while it is updated is not known: %s", w.Object, u.text)
	}
}

// weighDeadline looks at the time after which an update that is stuck is reported.
func weighDeadline(w *scorecard.Workload) update {
	const field = "spec.progressDeadlineSeconds"
	deadline := w.Update.ProgressDeadlineSeconds
	switch {
	case !w.Readable(field):
		return update{outcome: scorecard.Unknown, at: w.At(field), text: "its progressDeadlineSeconds could not be read"}
	case deadline != nil && *deadline <= 0:
		return update{outcome: scorecard.Fail, at: w.At(field), text: fmt.Sprintf("progressDeadlineSeconds is %d", *deadline),
			mend: object{{key: "progressDeadlineSeconds", value: 600, comment: "the default"}}}
	}
	return update{outcome: scorecard.Pass}
}

// weighUpdate says whether a replica serves all through an update, with count
// replicas wanted.
func weighUpdate(w *scorecard.Workload, count int) update {
	field, u := strategyField(w), w.Update
	typeAt := w.At(field)
	if w.Lines[field+".type"] > 0 {
		typeAt = w.At(field + ".type")
	}
	switch {
	case u.Type == "Recreate" || u.Type == "OnDelete":
		text := "Recreate stops every replica before it starts a new one"
		if u.Type == "OnDelete" {
			text = "OnDelete leaves every pod at its old version until somebody deletes it"
		}
		return update{outcome: scorecard.Fail, at: typeAt, text: text, mend: mendStrategy(w)}
	case u.Type == "blueGreen":
		return update{outcome: scorecard.Pass, at: typeAt, text: "blueGreen starts the new version whole before it serves"}
	case !w.Readable(field):
		return update{outcome: scorecard.Unknown, at: w.At(field), text: "its update strategy could not be read"}
	case u.Type != "" && u.Type != rollingType(w.Object.Kind):
		return update{outcome: scorecard.Unknown, at: typeAt, text: fmt.Sprintf("its strategy %q says nothing of the replicas that serve meanwhile", u.Type)}
	}
	switch w.Object.Kind {
	case "DaemonSet":
		return weighDaemons(w)
	case "StatefulSet":
		return weighOrdered(w, count)
	}
	return weighRolling(w, count)
}

// rollingType is the strategy of the kind that replaces pod after pod.
func rollingType(kind string) string {
	switch kind {
	case "DeploymentConfig":
		return "Rolling"
	case "Rollout":
		return "canary"
	}
	return "RollingUpdate"
}

// defaultShare is maxUnavailable, and maxSurge, of a Deployment and its like where
// they are not set.
const defaultShare = "25%"

// weighRolling weighs a Deployment and what rolls as one does.
func weighRolling(w *scorecard.Workload, count int) update {
	away, as := w.Update.MaxUnavailable, "maxUnavailable of "+w.Update.MaxUnavailable
	if away == "" {
		away, as = defaultShare, "the default maxUnavailable of 25 %"
	}
	surge := w.Update.MaxSurge
	if surge == "" {
		surge = defaultShare
	}
	unavailable, ok := amountDown(away, count)
	more, ok2 := amount(surge, count)
	if !ok || !ok2 {
		return update{outcome: scorecard.Unknown, at: amountAt(w), text: "its maxUnavailable or maxSurge is neither a count nor a percentage"}
	}
	note := ""
	if w.Object.Kind == "Rollout" && w.Update.Type == "" {
		note = w.Object.String() + " names neither canary nor blueGreen, which Argo Rollouts refuses"
	}
	if unavailable == 0 && more == 0 { // else nothing would ever move
		unavailable, as = 1, as+", which with a maxSurge of "+surge+" comes to 1 pod,"
	}
	serving := fmt.Sprintf("%s leaves %d of %s serving", as, max(count-unavailable, 0), plural(count, "replica"))
	if unavailable >= count {
		return update{outcome: scorecard.Fail, at: amountAt(w), text: serving, mend: mendStrategy(w)}
	}
	return update{outcome: scorecard.Pass, at: amountAt(w), text: serving, note: note}
}

// weighOrdered weighs a StatefulSet. Pods below the partition are not touched.
func weighOrdered(w *scorecard.Workload, count int) update {
	away, as := w.Update.MaxUnavailable, "maxUnavailable of "+w.Update.MaxUnavailable
	if away == "" {
		away, as = "1", "one pod at a time"
	}
	unavailable, ok := amountDown(away, count)
	if !ok {
		return update{outcome: scorecard.Unknown, at: amountAt(w), text: fmt.Sprintf("its maxUnavailable %q is neither a count nor a percentage", away)}
	}
	unavailable = max(unavailable, 1)
	if p := w.Update.Partition; p != nil && *p > 0 {
		unavailable = min(unavailable, max(count-int(*p), 0))
		as += fmt.Sprintf(" above the partition of %d", *p)
	}
	serving := fmt.Sprintf("%s leaves %d of %s serving", as, max(count-unavailable, 0), plural(count, "replica"))
	if unavailable >= count {
		return update{outcome: scorecard.Fail, at: amountAt(w), text: serving, mend: mendStrategy(w)}
	}
	return update{outcome: scorecard.Pass, at: amountAt(w), text: serving}
}

// weighDaemons weighs a DaemonSet, which has as many pods as there are nodes: a share
// of them can be judged, a count leaves pods serving where there are more nodes.
func weighDaemons(w *scorecard.Workload) update {
	away := w.Update.MaxUnavailable
	if away == "" {
		return update{outcome: scorecard.Pass, at: amountAt(w), text: "one node at a time"}
	}
	share, isShare := strings.CutSuffix(away, "%")
	n, err := strconv.Atoi(share)
	switch {
	case err != nil || n < 0:
		return update{outcome: scorecard.Unknown, at: amountAt(w), text: fmt.Sprintf("its maxUnavailable %q is neither a count nor a percentage", away)}
	case isShare && n >= 100:
		return update{outcome: scorecard.Fail, at: amountAt(w), text: "maxUnavailable of " + away + " stops the pods of all nodes at once", mend: mendStrategy(w)}
	}
	u := update{outcome: scorecard.Pass, at: amountAt(w), text: "maxUnavailable of " + away + " is below 100 %"}
	if !isShare {
		u.text = fmt.Sprintf("at most %s at a time", plural(n, "node"))
		if n > 1 {
			u.note = fmt.Sprintf("the maxUnavailable of %s leaves no pod serving where it runs on %s or fewer", w.Object, plural(n, "node"))
		}
	}
	return u
}

// amountAt is the place of maxUnavailable, or of the nearest thing that is written.
func amountAt(w *scorecard.Workload) scorecard.Location {
	field := strategyField(w)
	for _, below := range []string{".rollingUpdate.maxUnavailable", ".rollingParams.maxUnavailable", ".canary.maxUnavailable",
		".rollingUpdate.maxSurge", ".rollingParams.maxSurge", ".canary.maxSurge", ".type", ".canary"} {
		if w.Lines[field+below] > 0 {
			return w.At(field + below)
		}
	}
	return w.At(field)
}

// amountDown is a count, or a percentage of the total rounded down, as controllers
// read what may be away during an update.
func amountDown(text string, total int) (int, bool) {
	percentage, isPercentage := strings.CutSuffix(strings.TrimSpace(text), "%")
	n, err := strconv.ParseInt(percentage, 10, 32)
	if err != nil || n < 0 {
		return 0, false
	}
	if !isPercentage {
		return int(n), true
	}
	return int(n * int64(total) / 100), true
}

// mendStrategy is a strategy that goes pod by pod, for the spec of the workload.
func mendStrategy(w *scorecard.Workload) object {
	gradual := object{{key: "maxUnavailable", value: 0}, {key: "maxSurge", value: 1}}
	switch w.Object.Kind {
	case "Rollout":
		return object{{key: "strategy", value: object{{key: "canary", value: gradual}}}}
	case "DeploymentConfig":
		return object{{key: "strategy", value: object{{key: "type", value: "Rolling"}, {key: "rollingParams", value: gradual}}}}
	case "DaemonSet":
		return object{{key: "updateStrategy", value: object{{key: "type", value: "RollingUpdate"},
			{key: "rollingUpdate", value: object{{key: "maxUnavailable", value: 1}}}}}}
	case "StatefulSet":
		mend := object{{key: "type", value: "RollingUpdate"}}
		if w.Update.MaxUnavailable != "" {
			mend = append(mend, field{key: "rollingUpdate", value: object{{key: "maxUnavailable", value: nil, comment: "take it out: one pod at a time is the default"}}})
		}
		return object{{key: "updateStrategy", value: mend}}
	}
	return object{{key: "strategy", value: object{{key: "type", value: "RollingUpdate"}, {key: "rollingUpdate", value: gradual}}}}
}
