package kube

import (
	"slices"

	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// beside is what an object says besides what it is: a route may share requests out by
// weights, and operators make workloads and Services of objects that are among the
// others all the same.
type beside struct {
	groups []string
	read   func(*scorecard.Facts, object)
}

// canaryOf files what becomes a canary.
func canaryOf(read func(object) (scorecard.Canary, bool)) func(*scorecard.Facts, object) {
	return func(f *scorecard.Facts, o object) {
		if c, ok := read(o); ok {
			f.Canaries = append(f.Canaries, c)
		}
	}
}

// modelsOf files what becomes a model server.
func modelsOf(read func(*scorecard.Workload, fields)) func(*scorecard.Facts, object) {
	return func(f *scorecard.Facts, o object) { f.Models = append(f.Models, modelWorkload(o, read)) }
}

// andAlso reads an object in two ways.
func andAlso(a, b func(*scorecard.Facts, object)) func(*scorecard.Facts, object) {
	return func(f *scorecard.Facts, o object) {
		a(f, o)
		b(f, o)
	}
}

var besides = map[string]beside{
	"Rollout":                 {[]string{"argoproj.io"}, canaryOf(argoRollout)},
	"AnalysisTemplate":        {[]string{"argoproj.io"}, analysisTemplate},
	"ClusterAnalysisTemplate": {[]string{"argoproj.io"}, analysisTemplate},
	"Canary":                  {[]string{"flagger.app"}, canaryOf(flagger)},
	"HelmRelease":             {[]string{"helm.toolkit.fluxcd.io"}, fluxUpgrade},

	"Ingress":        {[]string{"networking.k8s.io", "extensions"}, canaryOf(canaryIngress)},
	"HTTPRoute":      {[]string{"gateway.networking.k8s.io"}, canaryOf(weightedGateway)},
	"GRPCRoute":      {[]string{"gateway.networking.k8s.io"}, canaryOf(weightedGateway)},
	"VirtualService": {[]string{"networking.istio.io"}, canaryOf(weightedIstio)},
	"TraefikService": {[]string{"traefik.io", "traefik.containo.us"}, canaryOf(weightedTraefik)},
	"HTTPProxy":      {[]string{"projectcontour.io"}, canaryOf(weightedContour)},
	"Route":          {[]string{"route.openshift.io", ""}, canaryOf(weightedOpenShift)},
	"Service":        {[]string{"serving.knative.dev"}, canaryOf(weightedKnative)},
	"InferencePool":  {[]string{"inference.networking.k8s.io", "inference.networking.x-k8s.io"}, inferencePool},

	"InferenceService":    {[]string{"serving.kserve.io", "serving.kubeflow.org"}, canaryOf(inferenceCanary)},
	"LLMInferenceService": {[]string{"serving.kserve.io"}, modelsOf(llmInference)},
	"SeldonDeployment":    {[]string{"machinelearning.seldon.io"}, andAlso(modelsOf(seldonDeployment), canaryOf(seldonTraffic))},
	"Model":               {[]string{"mlops.seldon.io"}, modelsOf(seldonModel)},
	"Experiment":          {[]string{"mlops.seldon.io"}, canaryOf(seldonExperiment)},
	"RayService":          {[]string{"ray.io"}, andAlso(modelsOf(rayService), canaryOf(rayUpgrade))},
	"NIMService":          {[]string{"apps.nvidia.com"}, modelsOf(nimService)},
	"Workspace":           {[]string{"kaito.sh"}, kaitoWorkspace},
}

// fileBeside files what the object says besides.
func fileBeside(f *scorecard.Facts, o object) {
	if b, ok := besides[o.at.Object.Kind]; ok && slices.Contains(b.groups, o.at.Object.Group()) {
		b.read(f, o)
	}
}

func inferencePool(f *scorecard.Facts, o object) {
	p := scorecard.Pool{Location: o.at}
	n := yamldoc.Get(o.node, "spec", "selector")
	if yamldoc.Get(n, "matchLabels") != nil {
		p.Selector = selector(n)
	} else if labels := yamldoc.StringMap(n); len(labels) > 0 { // a plain map, in its first versions
		p.Selector = &scorecard.Selector{MatchLabels: labels}
	}
	f.Pools = append(f.Pools, p)
}

// fluxUpgrade reads what Flux does with an upgrade that fails. It tries none again, and
// undoes none, unless it is told to.
func fluxUpgrade(f *scorecard.Facts, o object) {
	n := &notes{}
	spec := fieldsOf(o.node, "", n).through("spec")
	u := scorecard.Upgrade{Location: o.at, Tool: "flux", Name: o.at.Object.Name}
	if name := spec.text("releaseName"); name != "" {
		u.Name = name
	}
	if chart := spec.through("chart", "spec"); chart.node != nil {
		if folder, ok := resolve(".", chart.text("chart")); ok && yamldoc.String(yamldoc.Get(chart.node, "sourceRef", "kind")) != "HelmRepository" {
			u.Chart = folder
		}
	}
	upgrade := spec.through("upgrade")
	remediation := upgrade.in("remediation")
	if remediation.node != nil {
		line := upgrade.line("remediation")
		u.Location = o.at.At("spec.upgrade.remediation", line, max(line, yamldoc.LastLine(remediation.node)))
	}
	retries, last := remediation.int32("retries"), remediation.bool("remediateLastFailure")
	strategy := remediation.text("strategy")
	u.RollsBack = (last != nil && *last || last == nil && retries != nil && *retries != 0) && strategy != "uninstall"
	if named := upgrade.in("strategy").text("name"); named == "RetryOnFailure" {
		u.RollsBack = false // it tries again, and goes back to nothing
	}
	u.Unread = slices.ContainsFunc(n.unreadable, func(p string) bool { return p == "spec" || len(p) >= 12 && p[:12] == "spec.upgrade" })
	f.Upgrades = append(f.Upgrades, u)
}
