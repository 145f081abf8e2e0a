package checks

import "github.com/seaworthy-dev/seaworthy/scorecard"

// revisions is how many revisions are kept where nothing is written.
const revisions = 10

var rollbackKept = scorecard.Check{
	ID:      "rollback-kept",
	Pillar:  scorecard.Availability,
	Title:   "Every workload keeps the revisions that it can go back to",
	Applies: "Deployments, StatefulSets, Argo Rollouts and OpenShift DeploymentConfigs",
	Passes:  "`revisionHistoryLimit` is not 0 (unset is 10)",
	Why: "Going back to the version that worked is the quickest way out of a bad release, and it is done from the revisions that the controller keeps. " +
		"With a history limit of 0 they are deleted as soon as they are replaced, and `kubectl rollout undo` has nothing to go back to.",
	Fix: "Take `revisionHistoryLimit: 0` out, or set it to the number of releases that you may want to go back.",
	References: []scorecard.Reference{
		{Title: "Kubernetes: Deployments, Clean up Policy", URL: "https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#clean-up-policy"},
		{Title: "Kubernetes: Deployments, Rolling Back a Deployment", URL: "https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#rolling-back-a-deployment"},
	},
	Level: scorecard.Silver, Weight: scorecard.Low, Effort: scorecard.Minutes,
	Reads: []scorecard.Family{scorecard.Kubernetes},
	Rule: workloads(words{"workload", "keeps earlier revisions", "no workload was seen whose controller keeps revisions to go back to"},
		func(s *survey, w *scorecard.Workload) {
			const field = "spec.revisionHistoryLimit"
			limit := w.Update.RevisionHistoryLimit
			switch {
			case !keepsRevisions(w):
			case !w.Readable(field):
				s.Undecided(w.At(field), "%s has a revisionHistoryLimit that could not be read", w.Object)
			case limit == nil:
				s.Pass(w.Location, "%s keeps the default number of revisions (%d)", w.Object, revisions)
			case *limit > 0:
				s.Pass(w.At(field), "%s keeps %s", w.Object, plural(int(*limit), "revision"))
			default:
				s.Fail(w.At(field), func() string { return rollbackRemedy(w) }, "%s keeps no revision to go back to (revisionHistoryLimit %d)", w.Object, *limit)
			}
		}),
}

// keepsRevisions reports whether the workload is of a kind that a person rolls back.
func keepsRevisions(w *scorecard.Workload) bool {
	switch w.Object.Kind {
	case "Deployment", "StatefulSet", "Rollout", "DeploymentConfig":
		return true
	}
	return false
}

func rollbackRemedy(w *scorecard.Workload) string {
	return fenced(in(w.Location)+"keep the revisions of "+w.Object.String()+":", "yaml",
		specPatch(w.Object, object{{key: "revisionHistoryLimit", value: revisions, comment: "the default: leaving it out is the same"}}))
}
