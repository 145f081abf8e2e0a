package scorecard

import "slices"

// Canary is how a new version of a workload gets its requests bit by bit, or is tried
// beside the old one before it gets them: an Argo Rollout's strategy, Flagger's Canary,
// a route with weights, a share of a model server's traffic.
type Canary struct {
	Location Location `json:"location"`
	// Tool is "argo-rollouts", "flagger", "kserve", "seldon", "ray", "ingress-nginx" or
	// "weighted-route".
	Tool string `json:"tool"`
	// Strategy is "canary", "blueGreen" or "weights".
	Strategy string `json:"strategy"`
	// Target is the workload whose versions these are; zero where it is what Backends lead to.
	Target ObjectRef `json:"target,omitzero"`
	// Backends are the Services (of the Gateway API also InferencePools) among which a
	// route shares requests out, kind and namespace filled in.
	Backends []ObjectRef `json:"backends,omitempty"`
	// Gradual: the new version gets a part of the requests first, or waits to be let in.
	// An Argo Rollout without steps is a rolling update, and a Canary of Flagger's that
	// skips its analysis lets the new version in at once.
	Gradual bool `json:"gradual,omitempty"`
	// Analyses are the templates of analysis that are run on the way, Metrics those that
	// the object holds itself.
	Analyses []AnalysisRef    `json:"analyses,omitempty"`
	Metrics  []AnalysisMetric `json:"metrics,omitempty"`
	// Unreadable names fields that were written and could not be decoded, by their path
	// in the object.
	Unreadable []string `json:"unreadable,omitempty"`
}

// AnalysisRef names a template of analysis.
type AnalysisRef struct {
	Template ObjectRef `json:"template"` // kind and namespace filled in
	// When is "step", "background", "pre-promotion", "post-promotion" or "experiment".
	When      string `json:"when"`
	FirstLine int    `json:"firstLine,omitempty"`
}

// AnalysisTemplate is an AnalysisTemplate or ClusterAnalysisTemplate of Argo Rollouts. It
// runs nothing by itself.
type AnalysisTemplate struct {
	Location Location         `json:"location"`
	Metrics  []AnalysisMetric `json:"metrics,omitempty"`
	// Templates are others that it is made of.
	Templates []AnalysisRef `json:"templates,omitempty"`
	// Unreadable names fields that were written and could not be decoded.
	Unreadable []string `json:"unreadable,omitempty"`
}

// AnalysisMetric is something that is measured of a new version.
type AnalysisMetric struct {
	Name string `json:"name,omitempty"`
	// Decides: a bad measurement ends the release: there is a bound to compare with, and
	// it is not measured for information alone.
	Decides   bool `json:"decides,omitempty"`
	FirstLine int  `json:"firstLine,omitempty"`
}

// Decides reports whether the template has a metric that can end a release.
func (t *AnalysisTemplate) Decides() bool { return decides(t.Metrics) }

// Decides reports whether the object itself holds a metric that can end a release.
func (c *Canary) Decides() bool { return decides(c.Metrics) }

func decides(ms []AnalysisMetric) bool {
	return slices.ContainsFunc(ms, func(m AnalysisMetric) bool { return m.Decides })
}

// Pool is an InferencePool of the Gateway API: model servers that routes lead to as to a
// Service.
type Pool struct {
	Location Location  `json:"location"`
	Selector *Selector `json:"selector,omitempty"` // over pods; nil selects none
}

// Upgrade says what becomes of a Helm release whose upgrade fails: a HelmRelease of Flux,
// a release of a Helmfile.
type Upgrade struct {
	Location Location `json:"location"` // with the field that decides, where one is written
	Tool     string   `json:"tool"`     // "flux", "helmfile"
	Name     string   `json:"name"`     // of the release
	// Chart is the folder of the chart in this repository; empty where it is elsewhere.
	Chart string `json:"chart,omitempty"`
	// RollsBack: the upgrade is undone by itself.
	RollsBack bool `json:"rollsBack,omitempty"`
	// Unread: what decides could not be read.
	Unread bool `json:"unread,omitempty"`
}

// HostedService is what a cloud's platform runs for requests, by the infrastructure's
// code: an ECS service, a Cloud Run service, an Azure web app.
type HostedService struct {
	Location Location `json:"location"`
	Resource string   `json:"resource"` // its type: "aws_ecs_service"
	Name     string   `json:"name"`     // the name that it is given, else the resource's
	// Serves: it takes requests. What goes with another resource (a slot, a deployment
	// group) does not by itself.
	Serves bool `json:"serves,omitempty"`
	// Gradual says how new versions get their requests bit by bit: "deployment slot",
	// "traffic weights", "CodeDeploy", …; empty where nothing says so.
	Gradual string `json:"gradual,omitempty"`
	// RollsBack says what undoes a bad release: "deployment circuit breaker",
	// "CodeDeploy"; empty where nothing says so.
	RollsBack string `json:"rollsBack,omitempty"`
	// Unread: one of the settings hangs on an expression that files do not tell.
	Unread bool `json:"unread,omitempty"`
}

// CanariesOf are the ways in which new versions of the workload get their requests.
func (v *View) CanariesOf(w *Workload) []*Canary { return v.pairs.canaries[w] }

// TemplateOf is the template of analysis that is meant; nil where it is not in the files.
func (f *Facts) TemplateOf(ref ObjectRef) *AnalysisTemplate {
	for i := range f.Analyses {
		if o := f.Analyses[i].Location.Object; o.Kind == ref.Kind && o.Name == ref.Name &&
			(ref.Kind != "AnalysisTemplate" || o.PairingNamespace() == ref.PairingNamespace()) {
			return &f.Analyses[i]
		}
	}
	return nil
}

// pairCanaries finds the workloads of each canary: the one that it targets, or those
// behind the Services and pools that it shares requests out among.
func (p *Pairs) pairCanaries(f *Facts, pods *Index[Workload]) {
	if len(f.Canaries) == 0 {
		return
	}
	workloads := byName(f.Workloads, func(w *Workload) ObjectRef { return w.Object })
	for n, ws := range byName(f.Models, func(w *Workload) ObjectRef { return w.Object }) {
		workloads[n] = append(workloads[n], ws...)
	}
	services, released := servicesOf(f)
	pools := byName(f.Pools, func(s *Pool) ObjectRef { return s.Location.Object })
	pair(&p.OfCanary, &p.canaries, f.Canaries, func(c *Canary) (out []*Workload) {
		add := func(ws []*Workload) {
			for _, w := range ws {
				if !slices.Contains(out, w) {
					out = append(out, w)
				}
			}
		}
		if c.Target.Name != "" {
			add(workloads[nameOf(c.Target)])
		}
		for _, b := range c.Backends {
			for _, s := range serviceNamed(services, released, b) {
				add(p.OfService[s])
			}
			for n, ps := range pools { // of either group, whatever the route names
				if n.kind == b.Kind && n.name == b.Name && n.namespace == b.PairingNamespace() {
					add(pods.Select(n.namespace, ps[0].Selector))
				}
			}
		}
		return out
	})
}
