package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var autoRollback = scorecard.Check{
	ID:      "auto-rollback",
	Pillar:  scorecard.Delivery,
	Title:   "A release that goes wrong is undone without a person",
	Applies: "services that take requests, as of `progressive-delivery`",
	Passes: "an Argo Rollout runs an AnalysisTemplate that is there and has a condition to fail by, Flagger compares a metric with a threshold, Flux remediates failed upgrades, " +
		"or the host goes back by itself (the deployment circuit breaker of ECS with rollback, CodeDeploy's auto rollback). A progress deadline alone undoes nothing",
	Why: "Between a bad release and the hand that undoes it lie an alert, a person who wakes up, and a search for the command: half an hour of errors. " +
		"A controller that watches the release does it in a minute, at any hour.",
	Fix: "Let the release be judged by the error rate of the new version, and abort by itself.",
	References: []scorecard.Reference{
		{Title: "Argo Rollouts: Analysis and Progressive Delivery", URL: "https://argoproj.github.io/argo-rollouts/features/analysis/"},
		{Title: "Flagger: Metrics Analysis", URL: "https://docs.flagger.app/usage/metrics"},
	},
	Level: scorecard.Platinum, Weight: scorecard.Medium, Effort: scorecard.Day,
	Reads: []scorecard.Family{scorecard.Kubernetes, scorecard.Infrastructure, scorecard.Catalog, scorecard.Runtime, scorecard.Dependencies},
	Rule: func(v *scorecard.View) scorecard.Finding {
		var r rollbacks
		for i := range v.Canaries {
			r.canary(v, &v.Canaries[i])
		}
		for i := range v.Upgrades {
			r.upgrade(&v.Upgrades[i])
		}
		for i := range v.Hosted {
			h := &v.Hosted[i]
			if h.RollsBack != "" {
				r.found = append(r.found, scorecard.Evidence{Location: h.Location, Outcome: scorecard.Pass, Message: fmt.Sprintf("%s %s goes back by itself (%s)", h.Resource, h.Name, h.RollsBack)})
			} else if h.Unread {
				r.open = append(r.open, scorecard.Evidence{Location: h.Location, Outcome: scorecard.Unknown, Message: fmt.Sprintf("whether %s %s goes back hangs on an expression", h.Resource, h.Name)})
			}
		}
		return releasedBy(v, r.found, r.open, r.hollow, "nothing undoes a release that goes wrong", rollbackByItselfRemedy)
	},
}

// rollbacks collects what undoes a release.
type rollbacks struct{ found, open, hollow []scorecard.Evidence }

func (r *rollbacks) add(outcome scorecard.Outcome, at scorecard.Location, format string, a ...any) {
	e := scorecard.Evidence{Location: at, Outcome: outcome, Message: fmt.Sprintf(format, a...)}
	switch outcome {
	case scorecard.Pass:
		r.found = append(r.found, e)
	case scorecard.Unknown:
		r.open = append(r.open, e)
	default:
		r.hollow = append(r.hollow, e)
	}
}

func (r *rollbacks) canary(v *scorecard.View, c *scorecard.Canary) {
	o := c.Location.Object
	if c.Decides() {
		r.add(scorecard.Pass, c.Location, "%s compares metrics of the new version with thresholds (%s)", o, c.Tool)
		return
	}
	for _, ref := range c.Analyses {
		at := c.Location.At(c.Location.Field, ref.FirstLine, ref.FirstLine)
		switch outcome, message := analysis(v, ref, 3); outcome {
		case scorecard.Pass:
			r.add(outcome, at, "%s runs %s, which aborts it (%s)", o, ref.Template, ref.When)
		default:
			r.add(outcome, at, "%s runs %s, %s", o, ref.Template, message)
		}
	}
	switch {
	case len(c.Unreadable) > 0:
		r.add(scorecard.Unknown, c.Location, "a part of how %s judges a new version could not be read", o)
	case len(c.Metrics) > 0:
		r.add(scorecard.Fail, c.Location, "no metric of %s has a threshold", o)
	}
}

// analysis says whether a template can end a release. One of the whole cluster may stand
// in another repository; one of the Rollout's own namespace ought to stand beside it.
func analysis(v *scorecard.View, ref scorecard.AnalysisRef, depth int) (scorecard.Outcome, string) {
	t := v.TemplateOf(ref.Template)
	switch {
	case t == nil && ref.Template.Kind == "ClusterAnalysisTemplate":
		return scorecard.Unknown, "which is not in what is connected"
	case t == nil:
		return scorecard.Fail, "which is not there"
	case t.Decides():
		return scorecard.Pass, ""
	case len(t.Unreadable) > 0:
		return scorecard.Unknown, "of which a part could not be read"
	}
	worst := scorecard.Fail
	for _, next := range t.Templates {
		if depth == 0 {
			break
		}
		switch outcome, _ := analysis(v, next, depth-1); outcome {
		case scorecard.Pass:
			return outcome, ""
		case scorecard.Unknown:
			worst = outcome
		}
	}
	return worst, "none of whose metrics has a condition to fail by"
}

func (r *rollbacks) upgrade(u *scorecard.Upgrade) {
	switch {
	case u.RollsBack:
		r.add(scorecard.Pass, u.Location, "a failed upgrade of the Helm release %s is undone (%s)", u.Name, u.Tool)
	case u.Unread:
		r.add(scorecard.Unknown, u.Location, "what becomes of a failed upgrade of the Helm release %s could not be read", u.Name)
	default:
		r.add(scorecard.Fail, u.Location, "a failed upgrade of the Helm release %s stays as it is (%s)", u.Name, u.Tool)
	}
}

func rollbackByItselfRemedy(v *scorecard.View) string {
	if len(v.Upgrades) > 0 {
		u := &v.Upgrades[0]
		if u.Tool == "flux" {
			return fenced(in(u.Location)+"let Flux undo an upgrade that fails:", "yaml", specPatch(u.Location.Object, object{
				{key: "upgrade", value: object{{key: "remediation", value: object{{key: "retries", value: 2}, {key: "remediateLastFailure", value: true}}}}}}))
		}
		return fmt.Sprintf("%sset `atomic: true` for the release `%s`, or in `helmDefaults`.", in(u.Location), u.Name)
	}
	w := mainServed(v)
	if w == nil {
		return "Let the platform go back by itself: `deployment_circuit_breaker { enable = true, rollback = true }` of an ECS service, or CodeDeploy's `auto_rollback_configuration`."
	}
	for i := range v.Canaries {
		if c := &v.Canaries[i]; c.Tool == "flagger" {
			return fenced(in(c.Location)+"compare the new version's success rate with a threshold:", "yaml", specPatch(c.Location.Object, object{
				{key: "analysis", value: object{{key: "metrics", value: []object{{{key: "name", value: "request-success-rate"},
					{key: "thresholdRange", value: object{{key: "min", value: 99}}}, {key: "interval", value: "1m"}}}}}}}))
		}
	}
	if w.Object.Kind == "Rollout" {
		return analysisRemedy(w)
	}
	return flaggerRemedy(v, w)
}

// analysisRemedy gives a Rollout an analysis in the background.
func analysisRemedy(w *scorecard.Workload) string {
	name := w.Object.Name + "-success-rate"
	strategy := object{{key: "canary", value: object{{key: "analysis", value: object{{key: "templates", value: []object{{{key: "templateName", value: name}}}}}}}}}
	if w.Update.Type == "blueGreen" {
		strategy = object{{key: "blueGreen", value: object{{key: "postPromotionAnalysis", value: object{{key: "templates", value: []object{{{key: "templateName", value: name}}}}}}}}}
	}
	return fenced("Add an AnalysisTemplate (put the name of your own request metric):", "yaml", yamlText(object{
		{key: "apiVersion", value: w.Object.APIVersion}, {key: "kind", value: "AnalysisTemplate"},
		{key: "metadata", value: metadata(w.Object, name)},
		{key: "spec", value: object{{key: "metrics", value: []object{{
			{key: "name", value: "success-rate"}, {key: "interval", value: "1m"}, {key: "failureLimit", value: 3}, {key: "successCondition", value: "result[0] >= 0.99"},
			{key: "provider", value: object{{key: "prometheus", value: object{{key: "address", value: "http://your-prometheus:9090"},
				{key: "query", value: fmt.Sprintf(`sum(rate(http_requests_total{service=%q,code!~"5.."}[5m])) / sum(rate(http_requests_total{service=%q}[5m]))`, w.Object.Name, w.Object.Name)}}}}}}}}}}})) +
		"\n\n" + fenced(in(w.Location)+"run it while the new version is let in:", "yaml", specPatch(w.Object, object{{key: "strategy", value: strategy}}))
}

// flaggerRemedy puts a Canary of Flagger's over a workload.
func flaggerRemedy(v *scorecard.View, w *scorecard.Workload) string {
	port := int32(80)
	for _, k := range v.ServicesOf(w) {
		for _, p := range k.Ports {
			port = p.Number
		}
	}
	return fenced(fmt.Sprintf("Let Flagger judge each new version of %s and go back where it fails:", w.Object), "yaml", yamlText(object{
		{key: "apiVersion", value: "flagger.app/v1beta1"}, {key: "kind", value: "Canary"},
		{key: "metadata", value: metadata(w.Object, w.Object.Name)},
		{key: "spec", value: object{
			{key: "targetRef", value: reference(w.Object)},
			{key: "service", value: object{{key: "port", value: port}}},
			{key: "analysis", value: object{
				{key: "interval", value: "1m"}, {key: "threshold", value: 5}, {key: "maxWeight", value: 50}, {key: "stepWeight", value: 10},
				{key: "metrics", value: []object{{{key: "name", value: "request-success-rate"}, {key: "thresholdRange", value: object{{key: "min", value: 99}}}, {key: "interval", value: "1m"}}}}}}},
		}}))
}
