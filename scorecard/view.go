package scorecard

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// View is an inventory with its objects paired: which Services, budgets, autoscalers,
// policies and monitors belong to which workload. Pairing is done once, through indexes
// by namespace and label, and never by comparing all with all.
type View struct {
	*Inventory
	// Outlined says that nobody will read remediations, so none need be made.
	Outlined bool
	pairs    *Pairs
	// thresholds are those of the check that is asked.
	thresholds []Threshold
}

// NewView pairs the inventory's objects.
func NewView(inv *Inventory) *View { return &View{Inventory: inv, pairs: Pair(&inv.Facts)} }

// Threshold is a number of the check that is asked, as the rubric sets it. It panics
// for one that the check does not declare.
func (v *View) Threshold(name string) float64 {
	for i := range v.thresholds {
		if v.thresholds[i].Name == name {
			return v.thresholds[i].Value
		}
	}
	panic("no threshold " + name)
}

// ServicesOf are the Kubernetes Services that select the workload's pods.
func (v *View) ServicesOf(w *Workload) []*KubeService { return v.pairs.OfWorkload[w] }

// WorkloadsOf are the workloads whose pods the Service selects.
func (v *View) WorkloadsOf(s *KubeService) []*Workload { return v.pairs.OfService[s] }

// BudgetsOf are the disruption budgets that select the workload's pods.
func (v *View) BudgetsOf(w *Workload) []*Budget { return v.pairs.budgets[w] }

// AutoscalersOf are the autoscalers that target the workload.
func (v *View) AutoscalersOf(w *Workload) []*Autoscaler { return v.pairs.scalers[w] }

// TargetsOf are the workloads that the autoscaler targets.
func (v *View) TargetsOf(a *Autoscaler) []*Workload { return v.pairs.OfScaler[a] }

// PoliciesOf are the network policies that select the workload's pods.
func (v *View) PoliciesOf(w *Workload) []*NetworkPolicy { return v.pairs.policies[w] }

// WatchesOf are the ways in which monitors reach the workload's pods.
func (v *View) WatchesOf(w *Workload) []Watch { return v.pairs.watches[w] }

// RoutesOf are the routes that lead to the Service.
func (v *View) RoutesOf(s *KubeService) []*Route { return v.pairs.routes[s] }

// BindingsOf are the role bindings of the account that the workload runs as, its
// groups included.
func (v *View) BindingsOf(w *Workload) []*Binding { return v.pairs.bindings[w] }

// RoleOf is the role that the binding gives; nil where it is not in the files.
func (v *View) RoleOf(b *Binding) *Role { return v.pairs.RoleOf[b] }

// PartsOf are the ClusterRoles in the files whose rules are aggregated into the role that
// the binding gives, or into one of Kubernetes' own that is not in the files.
func (v *View) PartsOf(b *Binding) []*Role { return v.pairs.PartsOf[b] }

// Replicas is the count that budgets, spread and rollouts are weighed against: the
// autoscaler's minimum where one targets the workload, else `replicas`, else 1.
// Zero replicas switch an HPA off. The location is where the count was read.
func (v *View) Replicas(w *Workload) (count int, at Location) {
	if w.Replicas != nil && *w.Replicas == 0 {
		if !slices.ContainsFunc(v.AutoscalersOf(w), func(a *Autoscaler) bool { return a.Location.Object.Kind == "ScaledObject" }) {
			return 0, w.At("spec.replicas")
		}
	}
	if scalers := v.AutoscalersOf(w); len(scalers) > 0 {
		// Of one autoscaler in several forms (a region each), the workload's own form speaks.
		a := scalers[max(0, slices.IndexFunc(scalers, func(a *Autoscaler) bool { return a.Location.Form == w.Location.Form }))]
		return int(a.Floor()), a.Location
	}
	if w.Replicas != nil {
		return int(*w.Replicas), w.At("spec.replicas")
	}
	return 1, w.Location
}

// Watch is one way in which a monitor reaches a workload's pods.
type Watch struct {
	Monitor *Monitor
	Service *KubeService // through which it does; nil where it selects pods itself
}

// Pairs says which objects belong to which workload of some Facts. The pointers
// point into the Facts.
type Pairs struct {
	budgets  map[*Workload][]*Budget
	scalers  map[*Workload][]*Autoscaler
	policies map[*Workload][]*NetworkPolicy
	watches  map[*Workload][]Watch
	routes   map[*KubeService][]*Route
	traffic  map[*Workload][]*TrafficPolicy
	bindings map[*Workload][]*Binding
	canaries map[*Workload][]*Canary

	// OfWorkload are the Services that select the workload; the others are what each
	// object selects, targets or is about.
	OfWorkload map[*Workload][]*KubeService
	OfService  map[*KubeService][]*Workload
	OfBudget   map[*Budget][]*Workload
	OfScaler   map[*Autoscaler][]*Workload
	OfPolicy   map[*NetworkPolicy][]*Workload
	OfMonitor  map[*Monitor][]*Workload
	// OfSelected are the Services that a monitor selects, whether or not they select pods.
	OfSelected map[*Monitor][]*KubeService
	OfRoute    map[*Route][]*KubeService
	OfTraffic  map[*TrafficPolicy][]*Workload
	OfBinding  map[*Binding][]*Workload
	OfCanary   map[*Canary][]*Workload
	RoleOf     map[*Binding]*Role
	PartsOf    map[*Binding][]*Role
}

// Pair finds what selects and what targets each workload. Selectors look at the
// labels of the pods, not at the workload's own.
func Pair(f *Facts) *Pairs {
	p := &Pairs{}
	pods := NewPodIndex(f.Workloads)
	pair(&p.OfService, &p.OfWorkload, f.Services, func(s *KubeService) []*Workload {
		return pods.Select(s.Location.Object.PairingNamespace(), s.Selector)
	})
	pair(&p.OfBudget, &p.budgets, f.Budgets, func(b *Budget) []*Workload {
		return pods.Select(b.Location.Object.PairingNamespace(), b.Selector)
	})
	pair(&p.OfPolicy, &p.policies, f.Policies, func(n *NetworkPolicy) []*Workload {
		if n.Everywhere {
			return n.narrow(pods.SelectEverywhere(n.Selector))
		}
		return pods.Select(n.Location.Object.PairingNamespace(), n.Selector)
	})
	targets := byName(f.Workloads, func(w *Workload) ObjectRef { return w.Object })
	pair(&p.OfScaler, &p.scalers, f.Scalers, func(a *Autoscaler) []*Workload {
		if a.Target.APIVersion == "" {
			return nil // the API server refuses it: it targets nothing
		}
		target := a.Target
		target.Namespace = a.Location.Object.Namespace
		return targets[nameOf(target)]
	})
	p.pairMonitors(f, pods)
	p.pairRoutes(f)
	p.pairTraffic(f, pods)
	p.pairBindings(f)
	p.pairCanaries(f, pods)
	return p
}

// narrow leaves out the workloads of namespaces that the policy is not over.
func (n *NetworkPolicy) narrow(ws []*Workload) []*Workload {
	if n.Namespaces == nil {
		return ws
	}
	return slices.DeleteFunc(ws, func(w *Workload) bool {
		return !n.Namespaces.Matches(map[string]string{NamespaceLabel: cmp.Or(w.Object.Namespace, "default")})
	})
}

// MaxRelated is how many objects of one kind are paired with one workload or Service: a
// thousand policies over a thousand workloads are a million relations. Crowded tells the
// workloads that have as many.
const MaxRelated = 100

// pair fills in both directions of a relation. Maps stay nil where there is nothing.
func pair[T, W any](there *map[*T][]*W, back *map[*W][]*T, things []T, selects func(*T) []*W) {
	for i := range things {
		t := &things[i]
		for _, w := range selects(t) {
			if *there == nil {
				*there, *back = map[*T][]*W{}, map[*W][]*T{}
			}
			if len((*back)[w]) >= MaxRelated && len((*there)[t]) > 0 {
				continue
			}
			(*there)[t] = append((*there)[t], w)
			(*back)[w] = append((*back)[w], t)
		}
	}
}

// Crowded reports whether the workload has as many related objects of a kind as are
// paired, so that there may be more.
func (p *Pairs) Crowded(w *Workload) bool {
	return max(len(p.budgets[w]), len(p.scalers[w]), len(p.policies[w]), len(p.watches[w]), len(p.bindings[w]), len(p.OfWorkload[w])) >= MaxRelated
}

func (p *Pairs) pairMonitors(f *Facts, pods *Index[Workload]) {
	if len(f.Monitors) == 0 {
		return
	}
	services := NewIndex(f.Services, func(s *KubeService) (string, map[string]string) {
		return s.Location.Object.PairingNamespace(), s.installed()
	})
	p.OfMonitor, p.watches, p.OfSelected = map[*Monitor][]*Workload{}, map[*Workload][]Watch{}, map[*Monitor][]*KubeService{}
	for i := range f.Monitors {
		m := &f.Monitors[i]
		seen := map[*Workload]bool{}
		watch := func(w *Workload, s *KubeService) {
			if len(p.watches[w]) >= MaxRelated && len(seen) > 0 {
				return
			}
			p.watches[w] = append(p.watches[w], Watch{m, s})
			if !seen[w] {
				seen[w] = true
				p.OfMonitor[m] = append(p.OfMonitor[m], w)
			}
		}
		if m.Pods {
			for _, w := range selectIn(pods, m) {
				watch(w, nil)
			}
			continue
		}
		p.OfSelected[m] = selectIn(services, m)
		for _, s := range p.OfSelected[m] {
			for _, w := range p.OfService[s] {
				watch(w, s)
			}
		}
	}
}

// managedBy is the label that Helm writes on all that it installs.
const managedBy = "app.kubernetes.io/managed-by"

// installed are the Service's labels in a cluster: those of a chart's Service say that
// Helm manages it, whatever the chart writes there.
func (s *KubeService) installed() map[string]string {
	if !strings.HasPrefix(s.Location.Form, "helm ") || s.Labels[managedBy] == "Helm" {
		return s.Labels
	}
	labels := maps.Clone(s.Labels)
	if labels == nil {
		labels = map[string]string{}
	}
	labels[managedBy] = "Helm"
	return labels
}

// selectIn gives what a monitor selects in the namespaces that it looks in.
func selectIn[T any](ix *Index[T], m *Monitor) (out []*T) {
	switch {
	case m.AnyNamespace:
		return ix.SelectEverywhere(m.Selector)
	case len(m.Namespaces) == 0:
		return ix.Select(m.Location.Object.PairingNamespace(), m.Selector)
	}
	for _, ns := range m.Namespaces {
		out = append(out, ix.Select(ObjectRef{Namespace: ns}.PairingNamespace(), m.Selector)...)
	}
	return out
}

func (p *Pairs) pairRoutes(f *Facts) {
	if len(f.Routes) == 0 {
		return
	}
	services, released := servicesOf(f)
	pair(&p.OfRoute, &p.routes, f.Routes, func(r *Route) (out []*KubeService) {
		for _, b := range r.Backends {
			for _, s := range serviceNamed(services, released, b.Service) {
				if !slices.Contains(out, s) {
					out = append(out, s)
				}
			}
		}
		return out
	})
}

// servicesOf are the Services by their names, and those of charts whose namespace whoever
// releases them chooses, by the name alone.
func servicesOf(f *Facts) (all map[objectName][]*KubeService, released map[string][]*KubeService) {
	all = byName(f.Services, func(s *KubeService) ObjectRef { return s.Location.Object })
	released = map[string][]*KubeService{}
	for i := range f.Services {
		if o := f.Services[i].Location.Object; IsReleaseNamespace(o.Namespace) {
			released[o.Name] = append(released[o.Name], &f.Services[i])
		}
	}
	return all, released
}

// serviceNamed are the Services that a route beside a chart means: those of the
// namespace that it names, else those of the one chart that has a Service so called.
func serviceNamed(all map[objectName][]*KubeService, released map[string][]*KubeService, ref ObjectRef) []*KubeService {
	if found := all[nameOf(ref)]; len(found) > 0 || IsReleaseNamespace(ref.Namespace) || ref.Kind != "Service" {
		return found
	}
	found := released[ref.Name]
	if len(found) > 1 && slices.ContainsFunc(found, func(s *KubeService) bool { return s.Location.Object.Namespace != found[0].Location.Object.Namespace }) {
		return nil
	}
	return found
}

// account names a service account, or all of a namespace, or (both empty) all there are.
type account struct{ namespace, name string }

func (p *Pairs) pairBindings(f *Facts) {
	if len(f.Bindings) == 0 {
		return
	}
	roles := byName(f.Roles, func(r *Role) ObjectRef { return r.Location.Object })
	runAs := map[account][]*Workload{}
	for i := range f.Workloads {
		w := &f.Workloads[i]
		ns := w.Object.PairingNamespace()
		for _, a := range []account{{ns, w.Account()}, {ns, "*"}, {"*", "*"}} {
			runAs[a] = append(runAs[a], w)
		}
	}
	p.RoleOf, p.PartsOf = map[*Binding]*Role{}, map[*Binding][]*Role{}
	parts := map[objectName][]*Role{}
	pair(&p.OfBinding, &p.bindings, f.Bindings, func(b *Binding) (out []*Workload) {
		if rs := roles[nameOf(b.Role)]; len(rs) > 0 {
			p.RoleOf[b] = rs[0]
		}
		if b.Role.Kind == "ClusterRole" {
			name := nameOf(b.Role)
			if _, done := parts[name]; !done {
				parts[name] = partsOf(f, p.RoleOf[b], b.Role.Name)
			}
			if len(parts[name]) > 0 {
				p.PartsOf[b] = parts[name]
			}
		}
		seen := map[*Workload]bool{}
		for _, s := range b.Subjects {
			for _, w := range runAs[accountOf(s)] {
				if !seen[w] {
					seen[w] = true
					out = append(out, w)
				}
			}
		}
		return out
	})
}

// accountOf gives the accounts that a binding's subject stands for.
func accountOf(s ObjectRef) account {
	const all = "system:serviceaccounts"
	switch {
	case s.Kind == "ServiceAccount":
		return account{s.PairingNamespace(), s.Name}
	case s.Kind == "User": // an account's own user name
		rest, ok := strings.CutPrefix(s.Name, "system:serviceaccount:")
		if ns, name, both := strings.Cut(rest, ":"); ok && both {
			return account{ObjectRef{Namespace: ns}.PairingNamespace(), name}
		}
	case s.Kind == "Group" && (s.Name == all || s.Name == "system:authenticated"):
		return account{"*", "*"}
	case s.Kind == "Group" && len(s.Name) > len(all) && s.Name[:len(all)+1] == all+":":
		return account{ObjectRef{Namespace: s.Name[len(all)+1:]}.PairingNamespace(), "*"}
	}
	return account{"", "\x00"} // a person: no workload
}

// objectName is what tells objects apart, whatever the version of their API.
type objectName struct{ group, kind, namespace, name string }

func nameOf(o ObjectRef) objectName {
	return objectName{o.Group(), o.Kind, o.PairingNamespace(), o.Name}
}

func byName[T any](items []T, ref func(*T) ObjectRef) map[objectName][]*T {
	out := make(map[objectName][]*T, len(items))
	for i := range items {
		n := nameOf(ref(&items[i]))
		out[n] = append(out[n], &items[i])
	}
	return out
}
