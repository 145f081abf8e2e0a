package kube

import (
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// updateOf reads how the workload is replaced by its next version. spec is the
// object's own.
func updateOf(kind string, spec fields) scorecard.Update {
	var u scorecard.Update
	switch kind {
	case "Deployment":
		strategy := spec.in("strategy")
		u.Type = strategy.text("type")
		rolling(&u, strategy.in("rollingUpdate"))
	case "DeploymentConfig":
		strategy := spec.in("strategy")
		u.Type = strategy.text("type")
		rolling(&u, strategy.in("rollingParams"))
	case "StatefulSet", "DaemonSet":
		strategy := spec.in("updateStrategy")
		u.Type = strategy.text("type")
		rolling(&u, strategy.in("rollingUpdate"))
		u.Partition = strategy.in("rollingUpdate").int32("partition")
	case "Rollout":
		progressive(&u, spec.in("strategy"))
	default:
		return u
	}
	u.ProgressDeadlineSeconds = spec.int32("progressDeadlineSeconds")
	u.RevisionHistoryLimit = spec.int32("revisionHistoryLimit")
	return u
}

func rolling(u *scorecard.Update, params fields) {
	u.MaxUnavailable = params.amount("maxUnavailable")
	u.MaxSurge = params.amount("maxSurge")
}

// progressive reads an Argo Rollout's strategy, whose type is the key that it stands
// under. `canary: {}` is a strategy, and so is an empty `canary:`.
func progressive(u *scorecard.Update, strategy fields) {
	for _, name := range []string{"canary", "blueGreen"} {
		if yamldoc.Get(strategy.node, name) != nil {
			u.Type = name
			rolling(u, strategy.in(name))
			return
		}
	}
}

// batch reads what bounds a Job, or the Jobs of a CronJob; nil for any other kind.
func batch(kind string, spec fields) *scorecard.Batch {
	switch kind {
	case "Job":
		return job(spec)
	case "CronJob":
		b := job(spec.through("jobTemplate", "spec"))
		b.Schedule = spec.text("schedule")
		b.ConcurrencyPolicy = spec.text("concurrencyPolicy")
		b.StartingDeadlineSeconds = spec.int64("startingDeadlineSeconds")
		b.Suspended = spec.is("suspend")
		return b
	}
	return nil
}

func job(spec fields) *scorecard.Batch {
	return &scorecard.Batch{
		BackoffLimit:          spec.int32("backoffLimit"),
		ActiveDeadlineSeconds: spec.int64("activeDeadlineSeconds"),
	}
}
