package checks

import (
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var batchBounded = scorecard.Check{
	ID:      "batch-bounded",
	Pillar:  scorecard.Health,
	Title:   "Every Job ends, whether or not it succeeds",
	Applies: "Jobs, and CronJobs for the Jobs that they make; suspended ones and Helm hooks too",
	Passes:  "the Job's `activeDeadlineSeconds` is set and above 0 (the pod template's is another thing: it ends one attempt), and `backoffLimit` is set or left at its default of 6",
	Why: "A Job that waits for something that never comes runs until a person finds it: it holds its node's memory, its locks and its place in the queue, and nothing reports it as failed. " +
		"A deadline turns the hang into a failure that can be seen and retried.",
	Fix: "Set the Job's `activeDeadlineSeconds` to more than the longest run that is still good.",
	References: []scorecard.Reference{
		{Title: "Kubernetes: Jobs, Job termination and cleanup", URL: "https://kubernetes.io/docs/concepts/workloads/controllers/job/#job-termination-and-cleanup"},
	},
	Level: scorecard.Silver, Weight: scorecard.Medium, Effort: scorecard.Minutes,
	Reads: []scorecard.Family{scorecard.Kubernetes},
	Rule: workloads(words{"Job or CronJob", "is bounded", "no Job or CronJob was seen"},
		func(s *survey, w *scorecard.Workload) {
			if w.Batch != nil {
				judgeBounds(s, w)
			}
		}),
}

// jobSpec is the path to the Job's spec in a Job or CronJob.
func jobSpec(w *scorecard.Workload) string {
	if w.Object.Kind == "CronJob" {
		return "spec.jobTemplate.spec"
	}
	return "spec"
}

func judgeBounds(s *survey, w *scorecard.Workload) {
	field := jobSpec(w) + ".activeDeadlineSeconds"
	limit := jobSpec(w) + ".backoffLimit"
	switch deadline := w.Batch.ActiveDeadlineSeconds; {
	case !w.Readable(field):
		s.Undecided(w.At(field), "%s has an activeDeadlineSeconds that could not be read", w.Object)
	case deadline == nil:
		s.Fail(w.Location, func() string { return boundsRemedy(w) }, "%s has no activeDeadlineSeconds, so it may run for ever", w.Object)
	case *deadline <= 0:
		s.Fail(w.At(field), func() string { return boundsRemedy(w) }, "%s has an activeDeadlineSeconds of %d, which ends it before it starts", w.Object, *deadline)
	case !w.Readable(limit):
		s.Undecided(w.At(limit), "%s has a backoffLimit that could not be read", w.Object)
	case w.Batch.BackoffLimit == nil:
		s.Pass(w.At(field), "%s ends after %d s (backoffLimit is the default)", w.Object, *deadline)
	default:
		s.Pass(w.At(field), "%s ends after %d s or %d retries", w.Object, *deadline, *w.Batch.BackoffLimit)
	}
}

func boundsRemedy(w *scorecard.Workload) string {
	spec := object{{key: "activeDeadlineSeconds", value: 3600, comment: "more than the longest run that is still good"}}
	if w.Object.Kind == "CronJob" {
		spec = object{{key: "jobTemplate", value: object{{key: "spec", value: spec}}}}
	}
	return fenced(in(w.Location)+fmt.Sprintf("end %s when it hangs:", w.Object), "yaml", specPatch(w.Object, spec))
}

var cronConcurrency = scorecard.Check{
	ID:      "cron-concurrency",
	Pillar:  scorecard.Health,
	Title:   "CronJobs run one at a time, and not when it is too late for them",
	Applies: "CronJobs, suspended ones too",
	Passes:  "`concurrencyPolicy` is `Forbid` or `Replace` (unset is `Allow`), and `startingDeadlineSeconds` is set to 10 or more (the controller looks every 10 s)",
	Why: "By default a CronJob starts its next run while the last one still goes on: one slow run is joined by another, which makes both slower, until they fill the cluster or corrupt what they share. " +
		"Without a starting deadline, a run that was missed in an outage starts at whatever hour the controller is back.",
	Fix: "Set `concurrencyPolicy: Forbid` (or `Replace`, where only the newest run matters), and `startingDeadlineSeconds` to how late a run is still of use, 10 at the least.",
	References: []scorecard.Reference{
		{Title: "Kubernetes: CronJob", URL: "https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/"},
	},
	Level: scorecard.Silver, Weight: scorecard.Medium, Effort: scorecard.Minutes,
	Reads: []scorecard.Family{scorecard.Kubernetes},
	Rule: workloads(words{"CronJob", "runs alone and on time", "no CronJob was seen"},
		func(s *survey, w *scorecard.Workload) {
			if w.Object.Kind == "CronJob" && w.Batch != nil {
				judgeConcurrency(s, w)
			}
		}),
}

// checkedEvery is how often, in seconds, the CronJob controller looks for what is due.
const checkedEvery = 10

const (
	policyField        = "spec.concurrencyPolicy"
	startDeadlineField = "spec.startingDeadlineSeconds"
)

func judgeConcurrency(s *survey, w *scorecard.Workload) {
	policy, deadline := w.Batch.ConcurrencyPolicy, w.Batch.StartingDeadlineSeconds
	at, faults := concurrencyFaults(w)
	switch {
	case len(faults) > 0:
		s.Fail(at, func() string { return concurrencyRemedy(w) }, "%s has %s", w.Object, strings.Join(faults, ", and "))
	case !w.Readable(policyField):
		s.Undecided(w.At(policyField), "%s has a concurrencyPolicy that could not be read", w.Object)
	case !w.Readable(startDeadlineField):
		s.Undecided(w.At(startDeadlineField), "%s has a startingDeadlineSeconds that could not be read", w.Object)
	default:
		s.Pass(w.At(policyField), "%s has concurrencyPolicy %s and starts no later than %d s", w.Object, policy, *deadline)
	}
}

// concurrencyFaults says what is wrong with when a CronJob starts, and where the first
// of it stands.
func concurrencyFaults(w *scorecard.Workload) (at scorecard.Location, faults []string) {
	fault := func(l scorecard.Location, format string, a ...any) {
		if len(faults) == 0 {
			at = l
		}
		faults = append(faults, fmt.Sprintf(format, a...))
	}
	switch policy := w.Batch.ConcurrencyPolicy; {
	case !w.Readable(policyField), policy == "Forbid", policy == "Replace":
	case policy == "":
		fault(w.Location, "no concurrencyPolicy, which lets its runs overlap (Allow)")
	default:
		fault(w.At(policyField), "concurrencyPolicy %s, which does not keep its runs apart", policy)
	}
	switch deadline := w.Batch.StartingDeadlineSeconds; {
	case !w.Readable(startDeadlineField):
	case deadline == nil:
		fault(w.Location, "no startingDeadlineSeconds, so that a missed run may start at any later time")
	case *deadline <= 0:
		fault(w.At(startDeadlineField), "startingDeadlineSeconds %d, by which every run is late", *deadline)
	case *deadline < checkedEvery:
		fault(w.At(startDeadlineField), "startingDeadlineSeconds %d, by which every run may be late: the controller looks every %d s", *deadline, checkedEvery)
	}
	return at, faults
}

// concurrencyRemedy writes both fields, and keeps what is right of them.
func concurrencyRemedy(w *scorecard.Workload) string {
	policy, deadline := w.Batch.ConcurrencyPolicy, int64(300)
	if policy != "Replace" {
		policy = "Forbid"
	}
	if d := w.Batch.StartingDeadlineSeconds; d != nil && *d >= checkedEvery {
		deadline = *d
	}
	return fenced(in(w.Location)+fmt.Sprintf("let %s run alone and on time:", w.Object), "yaml", specPatch(w.Object, object{
		{key: "concurrencyPolicy", value: policy},
		{key: "startingDeadlineSeconds", value: deadline, comment: "how late a run is still of use"},
	}))
}
