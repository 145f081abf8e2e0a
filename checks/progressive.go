package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var progressiveDelivery = scorecard.Check{
	ID:      "progressive-delivery",
	Pillar:  scorecard.Delivery,
	Title:   "A new version meets a part of the requests before it meets all",
	Applies: "services that take requests (a Service selects them, a container declares a port other than for metrics, the catalog says that they provide an API, or a cloud's platform serves them)",
	Passes: "an Argo Rollout with blueGreen or canary steps, a Canary of Flagger's, a route that shares requests out by weight (HTTPRoute, VirtualService, TraefikService, HTTPProxy, an Ingress with canary annotations), " +
		"a share of Knative's or KServe's, or the host's own way (deployment slots, traffic splits of Cloud Run, weighted Lambda aliases, CodeDeploy) leads to one of its workloads",
	Why: "Most outages follow a change. A version that gets every request at once fails for everybody; one that gets a twentieth, or waits beside the old one, fails for few, and the way back is short.",
	Fix: "Turn the Deployment into an Argo Rollout with steps, or put a Canary of Flagger's over it.",
	References: []scorecard.Reference{
		{Title: "The Site Reliability Workbook: Canarying Releases", URL: "https://sre.google/workbook/canarying-releases/"},
		{Title: "Argo Rollouts: Canary", URL: "https://argoproj.github.io/argo-rollouts/features/canary/"},
	},
	Level: scorecard.Gold, Weight: scorecard.High, Effort: scorecard.Day,
	Reads: []scorecard.Family{scorecard.Kubernetes, scorecard.Infrastructure, scorecard.Catalog, scorecard.Runtime, scorecard.Dependencies},
	Rule: func(v *scorecard.View) scorecard.Finding {
		var found, open, hollow []scorecard.Evidence
		for i := range v.Canaries {
			c := &v.Canaries[i]
			switch e := (scorecard.Evidence{Location: c.Location, Outcome: scorecard.Pass, Message: canaryMessage(c)}); {
			case c.Gradual:
				found = append(found, e)
			case len(c.Unreadable) > 0:
				e.Outcome, e.Message = scorecard.Unknown, fmt.Sprintf("the steps of %s could not be read", c.Location.Object)
				open = append(open, e)
			default:
				e.Outcome, e.Message = scorecard.Fail, fmt.Sprintf("%s gives a new version all requests at once", c.Location.Object)
				hollow = append(hollow, e)
			}
		}
		for i := range v.Hosted {
			h := &v.Hosted[i]
			switch {
			case h.Gradual != "":
				found = append(found, scorecard.Evidence{Location: h.Location, Outcome: scorecard.Pass, Message: fmt.Sprintf("%s %s has %s", h.Resource, h.Name, h.Gradual)})
			case h.Unread:
				open = append(open, scorecard.Evidence{Location: h.Location, Outcome: scorecard.Unknown, Message: fmt.Sprintf("how %s %s takes a new version hangs on an expression", h.Resource, h.Name)})
			}
		}
		return releasedBy(v, found, open, hollow, "nothing lets a new version meet a part of the requests first", progressiveRemedy)
	},
}

// releasedBy judges how a service's new versions are let in, by what was found of it.
func releasedBy(v *scorecard.View, found, open, hollow []scorecard.Evidence, lacks string, remedy func(*scorecard.View) string) scorecard.Finding {
	why, at := servesSomehow(v)
	switch {
	case why == "":
		return scorecard.Skip("the service takes no requests that can be seen")
	case len(found) > 0:
		return whole(found)
	case len(open) > 0:
		return scorecard.Finding{Outcome: scorecard.Unknown, Subjects: 1, Undecided: 1, Reason: open[0].Message, Evidence: append(open, hollow...)}
	}
	f := scorecard.Missing(func() string { return remedy(v) }, "%s, though %s", lacks, why)
	f.Evidence = append(hollow, scorecard.Evidence{Location: at, Outcome: scorecard.Fail, Message: why + ", and " + lacks})
	if len(hollow) > 0 {
		f.Reason = hollow[0].Message
	}
	return f
}

// servesSomehow is takesRequests, also of what a cloud's platform or an operator serves.
func servesSomehow(v *scorecard.View) (why string, at scorecard.Location) {
	if why, at = takesRequests(v); why != "" {
		return why, at
	}
	for i := range v.Models {
		return v.Models[i].Object.String() + " serves requests", v.Models[i].Location
	}
	for i := range v.Hosted {
		if h := &v.Hosted[i]; h.Serves {
			return fmt.Sprintf("%s %s serves requests", h.Resource, h.Name), h.Location
		}
	}
	return "", scorecard.Location{}
}

func canaryMessage(c *scorecard.Canary) string {
	switch {
	case c.Tool == "weighted-route", c.Tool == "ingress-nginx":
		return fmt.Sprintf("%s shares requests out by weight", c.Location.Object)
	case c.Strategy == "blueGreen":
		return fmt.Sprintf("%s tries a new version beside the old one (%s)", c.Location.Object, c.Tool)
	}
	return fmt.Sprintf("%s gives a new version a part of the requests (%s)", c.Location.Object, c.Tool)
}

// mainServed is the workload that a canary would be over: the first that a Service
// selects, else the first.
func mainServed(v *scorecard.View) *scorecard.Workload {
	for i := range v.Workloads {
		if w := &v.Workloads[i]; w.LongRunning() && (len(v.ServicesOf(w)) > 0 || selfServing(w)) {
			return w
		}
	}
	for i := range v.Workloads {
		if w := &v.Workloads[i]; w.LongRunning() {
			return w
		}
	}
	return nil
}

func progressiveRemedy(v *scorecard.View) string {
	w := mainServed(v)
	if w == nil {
		return "Let the platform share requests out between versions: a deployment slot, a traffic split or CodeDeploy, in the infrastructure's code."
	}
	switch w.Object.Kind {
	case "Rollout":
		return fenced(in(w.Location)+"let the new version in step by step:", "yaml", specPatch(w.Object, object{{key: "strategy", value: object{
			{key: "canary", value: object{{key: "steps", value: canarySteps()}}}}}}))
	case "InferenceService":
		return fenced(in(w.Location)+"give a new model a part of the requests, and raise it as it proves itself:", "yaml",
			specPatch(w.Object, object{{key: "predictor", value: object{{key: "canaryTrafficPercent", value: 10}}}}))
	case "Deployment":
		return fenced(fmt.Sprintf("Add a Rollout that takes over the pods of %s (it scales the Deployment down when it is healthy):", w.Object), "yaml", yamlText(object{
			{key: "apiVersion", value: "argoproj.io/v1alpha1"}, {key: "kind", value: "Rollout"},
			{key: "metadata", value: metadata(w.Object, w.Object.Name)},
			{key: "spec", value: object{
				{key: "workloadRef", value: append(reference(w.Object), field{key: "scaleDown", value: "onsuccess"})},
				{key: "selector", value: object{{key: "matchLabels", value: stringMap(selectorLabels(w))}}},
				{key: "strategy", value: object{{key: "canary", value: object{{key: "steps", value: canarySteps()}}}}},
			}}}))
	}
	return fmt.Sprintf("Run each version of %s as a workload of its own behind a Service of its own, and share requests out between them by the weights of an HTTPRoute's `backendRefs`.", w.Object)
}

func selectorLabels(w *scorecard.Workload) map[string]string {
	if w.Selector != nil && len(w.Selector.MatchLabels) > 0 {
		return w.Selector.MatchLabels
	}
	return w.PodLabels
}

func canarySteps() []object {
	pause := func(duration string) object {
		return object{{key: "pause", value: object{{key: "duration", value: duration}}}}
	}
	return []object{{{key: "setWeight", value: 10}}, pause("10m"), {{key: "setWeight", value: 50}}, pause("10m")}
}

var modelCanary = scorecard.Check{
	ID:      "model-canary",
	Pillar:  scorecard.AI,
	Title:   "A new model meets a part of the requests before it meets all",
	Applies: "services that run a model server",
	Passes:  "KServe's `canaryTrafficPercent`, shares of Seldon's predictors, Ray's new cluster beside the old one, the steps of an Argo Rollout, Flagger, or a route's weights over Services or InferencePools lead to the server",
	Why: "A new model can be wrong in ways that no test shows: worse answers, longer ones, refusals, more memory at long prompts. " +
		"A share of the real requests shows them, while most users still have the old one.",
	Fix: "Give the new model a tenth of the requests, compare, and raise the share.",
	References: []scorecard.Reference{
		{Title: "KServe: Canary Rollout Strategy", URL: "https://kserve.github.io/website/docs/model-serving/predictive-inference/rollout-strategies/canary"},
		{Title: "The Site Reliability Workbook: Canarying Releases", URL: "https://sre.google/workbook/canarying-releases/"},
	},
	Level: scorecard.Platinum, Weight: scorecard.Medium, Effort: scorecard.Hour,
	Reads:  []scorecard.Family{scorecard.Kubernetes},
	Charts: chartsOfModels,
	Rule: rule(words{"model server", "lets a new model in by parts", noModelServer}, func(s *survey) {
		for _, x := range servingWorkloads(s.View) {
			judgeModelCanary(s, x.w, x.c)
		}
	}),
}

func judgeModelCanary(s *survey, w *scorecard.Workload, c *scorecard.Container) {
	for _, canary := range s.CanariesOf(w) {
		switch {
		case canary.Gradual:
			s.Pass(canary.Location, "%s", canaryMessage(canary))
			return
		case len(canary.Unreadable) > 0:
			s.Undecided(canary.Location, "the steps of %s could not be read", canary.Location.Object)
			return
		}
	}
	s.Lack(w.Location, func() string { return modelCanaryRemedy(s, w) }, "a new model of %s gets all requests at once", theServer(w, c))
}

func modelCanaryRemedy(s *survey, w *scorecard.Workload) string {
	switch {
	case w.Object.Kind == "InferenceService":
		return fenced(in(w.Location)+"give a new model a part of the requests:", "yaml",
			specPatch(w.Object, object{{key: "predictor", value: object{{key: "canaryTrafficPercent", value: 10}}}}))
	case w.Object.Kind == "RayService":
		return fenced(in(w.Location)+"start a new cluster beside the old one:", "yaml",
			specPatch(w.Object, object{{key: "upgradeStrategy", value: object{{key: "type", value: "NewCluster"}}}}))
	case ofModels(s.View, w):
		return fmt.Sprintf("Run the new model beside %s, and share requests out between them by the weights of an HTTPRoute over their InferencePools or Services.", w.Object)
	}
	return fenced(fmt.Sprintf("Run the new model as a Deployment of its own beside %s, with a Service each, and share requests out between them:", w.Object), "yaml", yamlText(object{
		{key: "apiVersion", value: "gateway.networking.k8s.io/v1"}, {key: "kind", value: "HTTPRoute"},
		{key: "metadata", value: metadata(w.Object, w.Object.Name)},
		{key: "spec", value: object{
			{key: "parentRefs", value: []object{{{key: "name", value: "your-gateway"}}}},
			{key: "rules", value: []object{{{key: "backendRefs", value: []object{
				{{key: "name", value: serviceName(s, w)}, {key: "port", value: 80}, {key: "weight", value: 90}},
				{{key: "name", value: serviceName(s, w) + "-next"}, {key: "port", value: 80}, {key: "weight", value: 10}}}}}}},
		}}}))
}

func serviceName(s *survey, w *scorecard.Workload) string {
	for _, k := range s.ServicesOf(w) {
		return k.Location.Object.Name
	}
	return w.Object.Name
}
