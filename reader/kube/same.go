package kube

import (
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// seen remembers what earlier, more deployed forms hold.
type seen struct {
	byName   map[kindName][]entryOf
	bySource map[sourceKey][]entryOf
	// content are the objects of production forms, with all they say.
	content map[string]bool
	// forms are what was left out, as other forms of what counts.
	forms []scorecard.OtherForm
}

type kindName struct{ group, kind, name string }

// sourceKey is the object in a file of which Kustomize makes many.
type sourceKey struct {
	path string
	line int
	kind string
}

type entryOf struct {
	namespace string
	form      string
	rank      int
	// application is what a workload's labels name; empty where they name none, and of
	// other objects.
	application string
}

func newSeen() *seen {
	return &seen{byName: map[kindName][]entryOf{}, bySource: map[sourceKey][]entryOf{}, content: map[string]bool{}}
}

// choose leaves out of the unit what counts in another form already, and remembers
// the rest.
func (s *seen) choose(u *unit) left {
	out := left{all: len(u.facts.Workloads), what: "workloads"}
	if u.rank == rankProduction {
		s.dropEqual(u)
		s.remember(u)
		return out
	}
	known := make([]bool, len(u.facts.Workloads))
	for i := range u.facts.Workloads {
		w := &u.facts.Workloads[i]
		known[i] = s.count(&out, u, w.Location, w.LabelledApplication())
	}
	if out.all == 0 { // nothing runs in it: what else it holds must tell
		out.what = "objects"
		each(&u.facts, func(at scorecard.Location) {
			out.all++
			s.count(&out, u, at, "")
		})
	}
	if out.form*2 <= out.all { // other things that share a name, not another form
		out.form = 0
		s.remember(u)
		return out
	}
	slices.Sort(out.as)
	if u.rank == rankOther {
		s.leave(u, u.facts)
		u.facts, u.custom, u.manifests = scorecard.Facts{}, nil, withoutForm(u.manifests)
		out.form = out.all
		return out
	}
	s.leave(u, u.facts)
	s.dropKnown(u, known)
	s.remember(u)
	return out
}

// maxOthers is how many other forms of one repository are kept.
const maxOthers = 100

// leave keeps what a form holds, to be compared with what counts.
func (s *seen) leave(u *unit, f scorecard.Facts) {
	if len(f.Workloads) > 0 && len(s.forms) < maxOthers {
		s.forms = append(s.forms, scorecard.OtherForm{Name: u.name(), Facts: f})
	}
}

// name is the form's, or the folder of plain manifests.
func (u *unit) name() string {
	if u.form == "" {
		return "plain " + u.folder
	}
	return u.form
}

func (s *seen) count(out *left, u *unit, at scorecard.Location, application string) bool {
	form, ok := s.has(u, at, application)
	if ok {
		out.form++
		if !slices.Contains(out.as, form) {
			out.as = append(out.as, form)
		}
	}
	return ok
}

// withoutForm keeps the manifests of plain files, which are judged as files whatever
// form counts, and drops those of renderings that don't.
func withoutForm(ms []scorecard.Manifest) []scorecard.Manifest {
	return slices.DeleteFunc(ms, func(m scorecard.Manifest) bool { return m.Kind != "manifest" && len(m.Problems) == 0 })
}

// has reports whether an object is there already, and in which form. application is
// what a workload's labels name.
func (s *seen) has(u *unit, at scorecard.Location, application string) (string, bool) {
	o := at.Object
	for _, e := range s.byName[kindName{o.Group(), o.Kind, o.Name}] {
		if sameNamespace(e.namespace, o.Namespace) || e.rank == rankProduction && u.rank == rankOther {
			return e.form, true
		}
	}
	if u.kind == "kustomization" && at.FirstLine > 0 {
		for _, e := range s.bySource[sourceKey{at.Path, at.FirstLine, o.Kind}] {
			if sameThing(e, u.rank, application) {
				return e.form, true
			}
		}
	}
	return "", false
}

// sameThing reports whether what Kustomize made of one source, under names or in
// namespaces of their own, are forms of one thing: not two that both are deployed, and
// not two applications. What is named after another environment is never more than a form.
func sameThing(e entryOf, rank int, application string) bool {
	switch {
	case rank == rankOther:
		return true
	case rank == rankReleased && e.rank == rankReleased:
		return false
	}
	return e.application == "" || application == "" || strings.EqualFold(e.application, application)
}

// sameNamespace compares what files say: a namespace that is left open may be any.
func sameNamespace(a, b string) bool {
	open := func(ns string) bool { return ns == "" || ns == "default" || scorecard.IsReleaseNamespace(ns) }
	return a == b || open(a) || open(b)
}

func (s *seen) remember(u *unit) {
	form, application := u.name(), map[scorecard.ObjectRef]string{}
	for i := range u.facts.Workloads {
		w := &u.facts.Workloads[i]
		application[w.Object] = w.LabelledApplication()
	}
	each(&u.facts, func(at scorecard.Location) {
		o, e := at.Object, entryOf{at.Object.Namespace, form, u.rank, application[at.Object]}
		k := kindName{o.Group(), o.Kind, o.Name}
		s.byName[k] = append(s.byName[k], e)
		if u.kind == "kustomization" && at.FirstLine > 0 {
			sk := sourceKey{at.Path, at.FirstLine, o.Kind}
			s.bySource[sk] = append(s.bySource[sk], e)
		}
	})
}

// each gives the place of every object. Prometheus' jobs are in objects that are
// there already, and of a policy of several rules one is enough.
func each(f *scorecard.Facts, do func(scorecard.Location)) {
	for i := range f.Workloads {
		do(f.Workloads[i].Location)
	}
	for i := range f.Services {
		do(f.Services[i].Location)
	}
	for i := range f.Budgets {
		do(f.Budgets[i].Location)
	}
	for i := range f.Scalers {
		do(f.Scalers[i].Location)
	}
	for i := range f.Policies {
		if i == 0 || f.Policies[i].Location.Object != f.Policies[i-1].Location.Object {
			do(f.Policies[i].Location)
		}
	}
	for i := range f.Monitors {
		do(f.Monitors[i].Location)
	}
	for i := range f.Routes {
		do(f.Routes[i].Location)
	}
	for i := range f.Traffic {
		do(f.Traffic[i].Location)
	}
	for i := range f.Roles {
		do(f.Roles[i].Location)
	}
	for i := range f.Bindings {
		do(f.Bindings[i].Location)
	}
	for i := range f.Secrets {
		do(f.Secrets[i].Location)
	}
	for i := range f.Priorities {
		do(f.Priorities[i].Location)
	}
	for i := range f.Objects {
		do(f.Objects[i].Location)
	}
}

// dropKnown takes out the workloads that are known, what belongs to none but them,
// and other objects that are known.
func (s *seen) dropKnown(u *unit, known []bool) {
	f := &u.facts
	pairs := scorecard.Pair(f)
	gone := map[*scorecard.Workload]bool{}
	for i := range f.Workloads {
		if known[i] {
			gone[&f.Workloads[i]] = true
		}
	}
	isKnown := func(at scorecard.Location) bool { _, ok := s.has(u, at, ""); return ok }
	stays := func(ws []*scorecard.Workload, at scorecard.Location) bool {
		if len(ws) == 0 {
			return !isKnown(at)
		}
		return slices.ContainsFunc(ws, func(w *scorecard.Workload) bool { return !gone[w] })
	}
	// The pairs point into the parts, so all is chosen before anything is taken out.
	services := filter(f.Services, func(x *scorecard.KubeService) bool { return stays(pairs.OfService[x], x.Location) })
	budgets := filter(f.Budgets, func(x *scorecard.Budget) bool { return stays(pairs.OfBudget[x], x.Location) })
	scalers := filter(f.Scalers, func(x *scorecard.Autoscaler) bool { return stays(pairs.OfScaler[x], x.Location) })
	policies := filter(f.Policies, func(x *scorecard.NetworkPolicy) bool { return stays(pairs.OfPolicy[x], x.Location) })
	monitors := filter(f.Monitors, func(x *scorecard.Monitor) bool { return stays(pairs.OfMonitor[x], x.Location) })
	bindings := filter(f.Bindings, func(x *scorecard.Binding) bool { return stays(pairs.OfBinding[x], x.Location) })
	routes := filter(f.Routes, func(x *scorecard.Route) bool {
		var behind []*scorecard.Workload
		for _, s := range pairs.OfRoute[x] {
			behind = append(behind, pairs.OfService[s]...)
		}
		return stays(behind, x.Location)
	})
	canaries := filter(f.Canaries, func(x *scorecard.Canary) bool { return stays(pairs.OfCanary[x], x.Location) })
	f.Analyses = filter(f.Analyses, func(x *scorecard.AnalysisTemplate) bool { return !isKnown(x.Location) })
	f.Pools = filter(f.Pools, func(x *scorecard.Pool) bool { return !isKnown(x.Location) })
	f.Upgrades = filter(f.Upgrades, func(x *scorecard.Upgrade) bool { return !isKnown(x.Location) })
	f.Models = filter(f.Models, func(x *scorecard.Workload) bool { return !isKnown(x.Location) })
	f.Canaries = canaries
	traffic := filter(f.Traffic, func(x *scorecard.TrafficPolicy) bool { return stays(pairs.OfTraffic[x], x.Location) })
	f.Workloads = filter(f.Workloads, func(w *scorecard.Workload) bool { return !gone[w] })
	f.Traffic = traffic
	f.Services, f.Budgets, f.Scalers = services, budgets, scalers
	f.Policies, f.Monitors, f.Routes, f.Bindings = policies, monitors, routes, bindings
	f.Roles = filter(f.Roles, func(x *scorecard.Role) bool { return !isKnown(x.Location) })
	f.Secrets = filter(f.Secrets, func(x *scorecard.SecretObject) bool { return !isKnown(x.Location) })
	f.Scrapes = filter(f.Scrapes, func(x *scorecard.Scrape) bool { return !isKnown(x.Location) })
	f.Priorities = filter(f.Priorities, func(x *scorecard.PriorityClass) bool { return !isKnown(x.Location) })
	f.Objects = filter(f.Objects, func(x *scorecard.OtherObject) bool { return !isKnown(x.Location) })
	u.custom = filter(u.custom, func(x *custom) bool { return !isKnown(x.at) })
}

// dropEqual takes out objects that another production form holds word for word.
func (s *seen) dropEqual(u *unit) {
	f := &u.facts
	fresh := func(at scorecard.Location, content any) bool {
		key := strings.Join([]string{at.Object.APIVersion, at.Object.Kind, at.Object.Namespace, at.Object.Name, fingerprint(content)}, "\x00")
		if s.content[key] {
			return false
		}
		s.content[key] = true
		return true
	}
	f.Workloads = filter(f.Workloads, func(x *scorecard.Workload) bool { return fresh(x.Location, placeless(*x)) })
	f.Services = filter(f.Services, func(x *scorecard.KubeService) bool {
		y := *x
		y.Location = scorecard.Location{}
		return fresh(x.Location, y)
	})
	f.Budgets = filter(f.Budgets, func(x *scorecard.Budget) bool {
		y := *x
		y.Location = scorecard.Location{}
		return fresh(x.Location, y)
	})
	f.Scalers = filter(f.Scalers, func(x *scorecard.Autoscaler) bool { return fresh(x.Location, placelessScaler(*x)) })
	f.Policies = filter(f.Policies, func(x *scorecard.NetworkPolicy) bool {
		y := *x
		y.Location, y.OpenLine = scorecard.Location{Field: x.Location.Field}, 0
		return fresh(x.Location, y)
	})
	f.Monitors = filter(f.Monitors, func(x *scorecard.Monitor) bool {
		y := *x
		y.Location, y.Ports = scorecard.Location{}, unlined(x.Ports, func(p *scorecard.MonitorPort) *int { return &p.FirstLine })
		return fresh(x.Location, y)
	})
	f.Scrapes = filter(f.Scrapes, func(x *scorecard.Scrape) bool {
		y := *x
		y.Location = scorecard.Location{Field: x.Location.Field}
		return fresh(x.Location, y)
	})
	f.Routes = filter(f.Routes, func(x *scorecard.Route) bool {
		return fresh(x.Location, unlined(x.Backends, func(b *scorecard.RouteBackend) *int { return &b.FirstLine }))
	})
	f.Traffic = filter(f.Traffic, func(x *scorecard.TrafficPolicy) bool {
		y := *x
		y.Location, y.Rules = scorecard.Location{}, unlined(x.Rules, func(r *scorecard.TrafficRule) *int { return &r.FirstLine })
		return fresh(x.Location, []any{"traffic", y}) // a route may be one, too
	})
	f.Roles = filter(f.Roles, func(x *scorecard.Role) bool {
		return fresh(x.Location, unlined(x.Rules, func(r *scorecard.PolicyRule) *int { return &r.FirstLine }))
	})
	f.Bindings = filter(f.Bindings, func(x *scorecard.Binding) bool {
		return fresh(x.Location, []any{x.Role, x.Subjects})
	})
	f.Secrets = filter(f.Secrets, func(x *scorecard.SecretObject) bool {
		return fresh(x.Location, []any{x.Type, unlined(x.Keys, func(k *scorecard.SecretKey) *int { return &k.FirstLine })})
	})
	f.Priorities = filter(f.Priorities, func(x *scorecard.PriorityClass) bool { return fresh(x.Location, []any{x.Value, x.GlobalDefault}) })
	s.dropEqualBeside(f)
	f.Objects = filter(f.Objects, func(x *scorecard.OtherObject) bool { return fresh(x.Location, x.Labels) })
	u.custom = filter(u.custom, func(x *custom) bool { return fresh(x.at, x.text()) })
}

// dropEqualBeside is dropEqual for what objects say besides: it stays with the first form
// that says the same.
func (s *seen) dropEqualBeside(f *scorecard.Facts) {
	fresh := func(sort string, at scorecard.Location, content any) bool {
		key := strings.Join([]string{sort, at.Object.APIVersion, at.Object.Kind, at.Object.Namespace, at.Object.Name, fingerprint(content)}, "\x00")
		if s.content[key] {
			return false
		}
		s.content[key] = true
		return true
	}
	f.Canaries = filter(f.Canaries, func(x *scorecard.Canary) bool {
		y := *x
		y.Location = scorecard.Location{}
		y.Analyses = unlined(x.Analyses, func(r *scorecard.AnalysisRef) *int { return &r.FirstLine })
		y.Metrics = unlined(x.Metrics, func(m *scorecard.AnalysisMetric) *int { return &m.FirstLine })
		return fresh("canary", x.Location, y)
	})
	f.Analyses = filter(f.Analyses, func(x *scorecard.AnalysisTemplate) bool {
		return fresh("analysis", x.Location, []any{unlined(x.Metrics, func(m *scorecard.AnalysisMetric) *int { return &m.FirstLine }),
			unlined(x.Templates, func(r *scorecard.AnalysisRef) *int { return &r.FirstLine })})
	})
	f.Pools = filter(f.Pools, func(x *scorecard.Pool) bool { return fresh("pool", x.Location, x.Selector) })
	f.Upgrades = filter(f.Upgrades, func(x *scorecard.Upgrade) bool {
		return fresh("upgrade", x.Location, []any{x.Name, x.Chart, x.RollsBack, x.Unread})
	})
	f.Models = filter(f.Models, func(x *scorecard.Workload) bool { return fresh("model", x.Location, placeless(*x)) })
}

// unlined gives the things without their lines.
func unlined[T any](things []T, line func(*T) *int) []T {
	things = slices.Clone(things)
	for i := range things {
		*line(&things[i]) = 0
	}
	return things
}

// placeless is the workload without anything that says where it was read.
func placeless(w scorecard.Workload) scorecard.Workload {
	w.Location, w.Origin, w.Lines = scorecard.Location{}, "", nil
	w.Pod, w.PodResources.FirstLine = linelessPod(w.Pod), 0
	w.Containers = slices.Clone(w.Containers)
	for i := range w.Containers {
		c := &w.Containers[i]
		c.Location, c.ImageLine, c.Resources.FirstLine, c.Security.FirstLine = scorecard.Location{}, 0, 0, 0
		for _, p := range []**scorecard.Probe{&c.Readiness, &c.Liveness, &c.Startup} {
			if *p != nil {
				q := **p
				q.FirstLine, q.LastLine = 0, 0
				*p = &q
			}
		}
		if c.PreStop != nil {
			h := *c.PreStop
			h.FirstLine, h.LastLine = 0, 0
			c.PreStop = &h
		}
		if c.Model != nil {
			m := *c.Model
			m.FirstLine = 0
			c.Model = &m
		}
		c.HostMounts = unlined(c.HostMounts, func(m *scorecard.HostMount) *int { return &m.FirstLine })
		c.Environment = slices.Clone(c.Environment)
		for j := range c.Environment {
			c.Environment[j].FirstLine = 0
		}
		c.WrittenSecrets = slices.Clone(c.WrittenSecrets)
		for j := range c.WrittenSecrets {
			c.WrittenSecrets[j].FirstLine = 0
		}
	}
	return w
}

// linelessPod is the pod without its lines.
func linelessPod(p scorecard.Pod) scorecard.Pod {
	p.Security.FirstLine = 0
	p.Spread = unlined(p.Spread, func(c *scorecard.SpreadConstraint) *int { return &c.FirstLine })
	p.AntiAffinity = unlined(p.AntiAffinity, func(t *scorecard.AffinityTerm) *int { return &t.FirstLine })
	p.Pins = unlined(p.Pins, func(n *scorecard.NodePin) *int { return &n.FirstLine })
	return p
}

// placelessScaler is the autoscaler without anything that says where it was read.
func placelessScaler(a scorecard.Autoscaler) scorecard.Autoscaler {
	a.Location, a.TargetLine, a.UpLine = scorecard.Location{}, 0, 0
	a.Metrics = slices.Clone(a.Metrics)
	for i := range a.Metrics {
		a.Metrics[i].FirstLine = 0
	}
	return a
}

func filter[T any](in []T, keep func(*T) bool) []T {
	var out []T
	for i := range in {
		if keep(&in[i]) {
			out = append(out, in[i])
		}
	}
	return out
}
