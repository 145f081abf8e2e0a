package kube

import (
	"cmp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// strategist collects what an Argo Rollout's strategy says.
type strategist struct {
	o object
	c scorecard.Canary
}

// argoRollout reads the strategy of an Argo Rollout. A canary whose steps neither weigh
// nor wait is a rolling update.
func argoRollout(o object) (scorecard.Canary, bool) {
	n := &notes{}
	spec := fieldsOf(o.node, "", n).through("spec")
	strategy := spec.in("strategy")
	s := &strategist{o, scorecard.Canary{Location: o.at, Tool: "argo-rollouts", Strategy: "canary", Target: o.at.Object}}
	if line := spec.line("strategy"); line > 0 {
		s.c.Location = o.at.At("spec.strategy", line, max(line, yamldoc.LastLine(strategy.node)))
	}
	if yamldoc.Get(strategy.node, "blueGreen") != nil {
		blueGreen := strategy.in("blueGreen")
		s.c.Strategy, s.c.Gradual = "blueGreen", true
		s.analyse(blueGreen.in("prePromotionAnalysis"), "pre-promotion")
		s.analyse(blueGreen.in("postPromotionAnalysis"), "post-promotion")
	} else {
		canary := strategy.in("canary")
		for _, step := range canary.items("steps") {
			s.step(step)
		}
		s.analyse(canary.in("analysis"), "background")
	}
	s.c.Unreadable = n.unreadable
	return s.c, true
}

// step reads one step: `pause: {}` waits for a person.
func (s *strategist) step(step fields) {
	for _, key := range []string{"setWeight", "pause", "setCanaryScale", "setHeaderRoute", "setMirrorRoute", "analysis", "experiment", "plugin"} {
		n := yamldoc.Get(step.node, key)
		if n == nil || key != "pause" && isNull(n) {
			continue
		}
		switch {
		case key != "setWeight":
			s.c.Gradual = true
		case yamldoc.IsUnknown(n):
			step.lost(key)
		default:
			share, err := strconv.Atoi(yamldoc.String(n))
			s.c.Gradual = s.c.Gradual || err == nil && share < 100
		}
	}
	s.analyse(step.in("analysis"), "step")
	for _, a := range step.in("experiment").items("analyses") {
		if bool := a.bool("requiredForCompletion"); bool == nil || *bool {
			s.refer(a, "experiment")
		}
	}
}

// analyse reads which templates are run. One template by itself was named as such once.
func (s *strategist) analyse(analysis fields, when string) {
	if analysis.node == nil {
		return
	}
	for _, t := range analysis.items("templates") {
		s.refer(t, when)
	}
	s.refer(analysis, when)
}

func (s *strategist) refer(t fields, when string) {
	if ref, ok := templateRef(s.o, t); ok {
		ref.When = when
		s.c.Analyses = append(s.c.Analyses, ref)
	}
}

func templateRef(o object, t fields) (scorecard.AnalysisRef, bool) {
	name := t.text("templateName")
	if name == "" {
		return scorecard.AnalysisRef{}, false
	}
	ref := scorecard.AnalysisRef{Template: scorecard.ObjectRef{APIVersion: o.at.Object.APIVersion, Kind: "AnalysisTemplate",
		Namespace: o.at.Object.Namespace, Name: name}, FirstLine: t.line("templateName")}
	if t.is("clusterScope") {
		ref.Template.Kind, ref.Template.Namespace = "ClusterAnalysisTemplate", ""
	}
	return ref, true
}

// analysisTemplate reads a template of analysis of Argo Rollouts.
func analysisTemplate(f *scorecard.Facts, o object) {
	n := &notes{}
	spec := fieldsOf(o.node, "", n).through("spec")
	t := scorecard.AnalysisTemplate{Location: o.at}
	dry := map[string]bool{}
	for _, d := range spec.items("dryRun") {
		dry[d.text("metricName")] = true
	}
	for _, m := range spec.items("metrics") {
		t.Metrics = append(t.Metrics, argoMetric(m, dry))
	}
	for _, x := range spec.items("templates") {
		if ref, ok := templateRef(o, x); ok {
			t.Templates = append(t.Templates, ref)
		}
	}
	t.Unreadable = n.unreadable
	f.Analyses = append(f.Analyses, t)
}

// argoMetric: a measurement without a condition succeeds, but for those of a Job or
// Kayenta, which succeed or fail by themselves. A limit below zero never ends a release.
func argoMetric(m fields, dry map[string]bool) scorecard.AnalysisMetric {
	out := scorecard.AnalysisMetric{Name: m.text("name"), FirstLine: m.node.Line}
	provider := m.in("provider").node
	limit := m.int32("failureLimit")
	condition := yamldoc.Written(yamldoc.Get(m.node, "successCondition")) + yamldoc.Written(yamldoc.Get(m.node, "failureCondition"))
	itself := yamldoc.Get(provider, "job") != nil || yamldoc.Get(provider, "kayenta") != nil || yamldoc.Get(provider, "plugin") != nil
	out.Decides = (condition != "" || itself) && (limit == nil || *limit >= 0) && !dry[out.Name] && !dry[".*"]
	return out
}

// flagger reads a Canary of Flagger's.
func flagger(o object) (scorecard.Canary, bool) {
	n := &notes{}
	spec := fieldsOf(o.node, "", n).through("spec")
	ref := spec.in("targetRef")
	for _, key := range []string{"kind", "name"} {
		ref.text(key)
	}
	c := scorecard.Canary{Location: o.at, Tool: "flagger", Strategy: "canary", Target: target(ref.node, o.at.Object.Namespace)}
	c.Target.APIVersion = cmp.Or(c.Target.APIVersion, "apps/v1")
	c.Target.Kind = cmp.Or(c.Target.Kind, "Deployment")
	analysis := spec.in("analysis")
	if analysis.node == nil {
		analysis = spec.in("canaryAnalysis") // its name in the first versions
	}
	if yamldoc.Get(analysis.node, "iterations") != nil && yamldoc.Get(analysis.node, "match") == nil {
		c.Strategy = "blueGreen"
	}
	c.Gradual = analysis.node != nil && !spec.is("skipAnalysis")
	for _, m := range analysis.items("metrics") {
		bound := yamldoc.Get(m.node, "thresholdRange", "min") != nil || yamldoc.Get(m.node, "thresholdRange", "max") != nil ||
			yamldoc.Get(m.node, "threshold") != nil
		c.Metrics = append(c.Metrics, scorecard.AnalysisMetric{Name: cmp.Or(m.text("name"), yamldoc.String(yamldoc.Get(m.node, "templateRef", "name"))),
			Decides: bound && c.Gradual, FirstLine: m.node.Line})
	}
	for _, w := range analysis.items("webhooks") { // those that check, and whose failures count
		switch kind := w.text("type"); kind {
		case "", "rollout", "pre-rollout", "confirm-promotion", "rollback":
			c.Metrics = append(c.Metrics, scorecard.AnalysisMetric{Name: w.text("name"), Decides: c.Gradual && (kind == "pre-rollout" || kind == "rollback"), FirstLine: w.node.Line})
		}
	}
	c.Unreadable = n.unreadable
	return c, true
}

// splitter finds the rules of a route that share requests out by weight.
type splitter struct {
	backends
	line int // of the first of them
}

// split notes a rule whose list of destinations has two or more, of which one at least
// has a weight written.
func (s *splitter) split(list []*yaml.Node, weight string, add func(*yaml.Node)) {
	weighed := false
	for _, n := range list {
		weighed = weighed || written(yamldoc.Get(n, weight))
	}
	if len(list) < 2 || !weighed {
		return
	}
	if s.line == 0 {
		s.line, _ = span(list[0])
	}
	for _, n := range list {
		add(n)
	}
}

// weights gives what was found as a canary of the Services that were.
func (s *splitter) weights(field string) (scorecard.Canary, bool) {
	c := scorecard.Canary{Location: s.o.at.At(field, s.line, s.line), Tool: "weighted-route", Strategy: "weights", Gradual: true}
	for _, b := range s.out {
		c.Backends = append(c.Backends, b.Service)
	}
	return c, len(c.Backends) > 0
}

func newSplitter(o object) (*splitter, *yaml.Node) {
	return &splitter{backends: backends{o: o}}, yamldoc.Get(o.node, "spec")
}

// weightedGateway reads a route of the Gateway API.
func weightedGateway(o object) (scorecard.Canary, bool) {
	s, spec := newSplitter(o)
	var pools []scorecard.ObjectRef
	for _, rule := range yamldoc.Items(yamldoc.Get(spec, "rules")) {
		s.split(yamldoc.Items(yamldoc.Get(rule, "backendRefs")), "weight", func(n *yaml.Node) {
			namespace, name := yamldoc.String(yamldoc.Get(n, "namespace")), yamldoc.String(yamldoc.Get(n, "name"))
			switch {
			case isService(n):
				s.add(n, namespace, name, nil)
			case yamldoc.String(yamldoc.Get(n, "kind")) == "InferencePool" && name != "":
				pools = append(pools, scorecard.ObjectRef{APIVersion: yamldoc.String(yamldoc.Get(n, "group")) + "/v1", Kind: "InferencePool",
					Namespace: cmp.Or(o.namespace(namespace), o.at.Object.Namespace), Name: name})
			}
		})
	}
	c, ok := s.weights("spec.rules")
	c.Backends = append(c.Backends, pools...)
	return c, ok || len(pools) > 0
}

func weightedIstio(o object) (scorecard.Canary, bool) {
	s, spec := newSplitter(o)
	for _, protocol := range []string{"http", "tcp"} {
		for _, rule := range yamldoc.Items(yamldoc.Get(spec, protocol)) {
			s.split(yamldoc.Items(yamldoc.Get(rule, "route")), "weight", func(n *yaml.Node) {
				if name, namespace, ok := serviceHost(yamldoc.String(yamldoc.Get(n, "destination", "host"))); ok {
					s.add(n, namespace, name, nil)
				}
			})
		}
	}
	return s.weights("spec.http")
}

func weightedTraefik(o object) (scorecard.Canary, bool) {
	s, spec := newSplitter(o)
	s.split(yamldoc.Items(yamldoc.Get(spec, "weighted", "services")), "weight", func(n *yaml.Node) {
		s.traefikServices([]*yaml.Node{n})
	})
	return s.weights("spec.weighted")
}

func weightedContour(o object) (scorecard.Canary, bool) {
	s, spec := newSplitter(o)
	for _, r := range yamldoc.Items(yamldoc.Get(spec, "routes")) {
		s.split(yamldoc.Items(yamldoc.Get(r, "services")), "weight", func(n *yaml.Node) {
			s.add(n, "", yamldoc.String(yamldoc.Get(n, "name")), nil)
		})
	}
	return s.weights("spec.routes")
}

func weightedOpenShift(o object) (scorecard.Canary, bool) {
	s, spec := newSplitter(o)
	to := yamldoc.Get(spec, "to")
	others := yamldoc.Items(yamldoc.Get(spec, "alternateBackends"))
	if to == nil || len(others) == 0 {
		return scorecard.Canary{}, false
	}
	s.split(append([]*yaml.Node{to}, others...), "weight", func(n *yaml.Node) {
		if isService(n) {
			s.add(n, "", yamldoc.String(yamldoc.Get(n, "name")), nil)
		}
	})
	return s.weights("spec.alternateBackends")
}

// canaryIngress reads an Ingress that is the canary of another one, by the annotations of
// ingress-nginx. It says how much goes to the new version with a weight or a header.
func canaryIngress(o object) (scorecard.Canary, bool) {
	const prefix = "nginx.ingress.kubernetes.io/canary"
	all := yamldoc.Get(o.node, "metadata", "annotations")
	if yamldoc.String(yamldoc.Get(all, prefix)) != "true" {
		return scorecard.Canary{}, false
	}
	for _, by := range []string{"-weight", "-by-header", "-by-cookie"} {
		if !written(yamldoc.Get(all, prefix+by)) {
			continue
		}
		s, spec := newSplitter(o)
		s.ingress(spec)
		s.line = yamldoc.KeyLine(all, prefix)
		c, ok := s.weights("metadata.annotations")
		c.Tool = "ingress-nginx"
		return c, ok
	}
	return scorecard.Canary{}, false
}

// weightedKnative reads the traffic of a Knative Service: two targets, or a part of it
// to a revision of a name.
func weightedKnative(o object) (scorecard.Canary, bool) {
	s, spec := newSplitter(o)
	list := yamldoc.Items(yamldoc.Get(spec, "traffic"))
	s.split(list, "percent", func(*yaml.Node) {})
	c, _ := s.weights("spec.traffic")
	c.Tool, c.Target = "knative", o.at.Object
	return c, s.line > 0 || len(list) > 1
}

// inferenceCanary reads the share of a KServe InferenceService's requests that its last
// version gets.
func inferenceCanary(o object) (scorecard.Canary, bool) {
	predictor := yamldoc.Get(o.node, "spec", "predictor")
	field, from := "spec.predictor.canaryTrafficPercent", predictor
	if old := yamldoc.Get(o.node, "spec", "canaryTrafficPercent"); old != nil { // of v1alpha2
		field, from = "spec.canaryTrafficPercent", yamldoc.Get(o.node, "spec")
	}
	n := yamldoc.Get(from, "canaryTrafficPercent")
	if !written(n) {
		return scorecard.Canary{}, false
	}
	line := yamldoc.KeyLine(from, "canaryTrafficPercent")
	return scorecard.Canary{Location: o.at.At(field, line, line), Tool: "kserve", Strategy: "canary", Target: o.at.Object, Gradual: true}, true
}

// seldonTraffic reads the shares of a SeldonDeployment's predictors; a shadow gets copies.
func seldonTraffic(o object) (scorecard.Canary, bool) {
	s, spec := newSplitter(o)
	predictors := yamldoc.Items(yamldoc.Get(spec, "predictors"))
	s.split(predictors, "traffic", func(*yaml.Node) {})
	for _, p := range predictors {
		if s.line == 0 && yamldoc.String(yamldoc.Get(p, "shadow")) == "true" {
			s.line, _ = span(p)
		}
	}
	c, _ := s.weights("spec.predictors")
	c.Tool, c.Target = "seldon", o.at.Object
	return c, s.line > 0
}

// seldonExperiment reads an Experiment of Seldon Core 2, whose candidates share the
// requests to the model that is its default.
func seldonExperiment(o object) (scorecard.Canary, bool) {
	s, spec := newSplitter(o)
	candidates := yamldoc.Items(yamldoc.Get(spec, "candidates"))
	s.split(candidates, "weight", func(*yaml.Node) {})
	c, _ := s.weights("spec.candidates")
	c.Tool = "seldon"
	c.Target = scorecard.ObjectRef{APIVersion: o.at.Object.APIVersion, Kind: "Model", Namespace: o.at.Object.Namespace,
		Name: cmp.Or(yamldoc.String(yamldoc.Get(spec, "default")), firstName(candidates))}
	return c, s.line > 0 && c.Target.Name != ""
}

func firstName(list []*yaml.Node) string {
	for _, n := range list {
		if name := yamldoc.String(yamldoc.Get(n, "name")); name != "" {
			return name
		}
	}
	return ""
}

// rayUpgrade reads how a RayService takes in a new cluster: by default it starts one
// beside the old one and leads all requests there when it is ready.
func rayUpgrade(o object) (scorecard.Canary, bool) {
	strategy := yamldoc.Get(o.node, "spec", "upgradeStrategy")
	kind := yamldoc.String(yamldoc.Get(strategy, "type"))
	if !strings.HasPrefix(kind, "NewCluster") {
		return scorecard.Canary{}, false
	}
	line := yamldoc.KeyLine(strategy, "type")
	c := scorecard.Canary{Location: o.at.At("spec.upgradeStrategy.type", line, line), Tool: "ray", Strategy: "blueGreen", Target: o.at.Object, Gradual: true}
	if kind == "NewClusterWithIncrementalUpgrade" {
		c.Strategy = "canary"
	}
	return c, true
}
