package scorecard

import (
	"slices"
)

// View is an inventory with its objects paired: which Services, budgets and
// autoscalers belong to which workload. Pairing is done once, through an index by
// namespace and label, and never by comparing all with all.
type View struct {
	*Inventory
	pairs *Pairs
}

// NewView pairs the inventory's objects.
func NewView(inv *Inventory) *View { return &View{inv, Pair(&inv.Facts)} }

// ServicesOf are the Kubernetes Services that select the workload's pods.
func (v *View) ServicesOf(w *Workload) []*KubeService { return v.pairs.OfWorkload[w] }

// BudgetsOf are the disruption budgets that select the workload's pods.
func (v *View) BudgetsOf(w *Workload) []*Budget { return v.pairs.budgets[w] }

// AutoscalersOf are the autoscalers that target the workload.
func (v *View) AutoscalersOf(w *Workload) []*Autoscaler { return v.pairs.scalers[w] }

// Replicas is the count that budgets, spread and rollouts are weighed against: the
// autoscaler's minimum where one targets the workload, else `replicas`, else 1.
// Zero replicas switch an HPA off. The location is where the count was read.
func (v *View) Replicas(w *Workload) (count int, at Location) {
	if w.Replicas != nil && *w.Replicas == 0 {
		if !slices.ContainsFunc(v.AutoscalersOf(w), func(a *Autoscaler) bool { return a.Location.Object.Kind == "ScaledObject" }) {
			return 0, w.Location.At("spec.replicas", 0, 0)
		}
	}
	if scalers := v.AutoscalersOf(w); len(scalers) > 0 {
		// Of one autoscaler in several forms (a region each), the workload's own form speaks.
		a := scalers[max(0, slices.IndexFunc(scalers, func(a *Autoscaler) bool { return a.Location.Form == w.Location.Form }))]
		return int(a.Floor()), a.Location
	}
	if w.Replicas != nil {
		return int(*w.Replicas), w.Location.At("spec.replicas", 0, 0)
	}
	return 1, w.Location
}

// Pairs says which objects belong to which workload of some Facts. The pointers
// point into the Facts.
type Pairs struct {
	budgets map[*Workload][]*Budget
	scalers map[*Workload][]*Autoscaler

	// OfWorkload are the Services that select the workload; the others are what each
	// object selects or targets.
	OfWorkload map[*Workload][]*KubeService
	OfService  map[*KubeService][]*Workload
	OfBudget   map[*Budget][]*Workload
	OfScaler   map[*Autoscaler][]*Workload
}

// Pair finds what selects and what targets each workload. Selectors look at the
// labels of the pods, not at the workload's own.
func Pair(f *Facts) *Pairs {
	p := &Pairs{
		OfWorkload: map[*Workload][]*KubeService{}, budgets: map[*Workload][]*Budget{}, scalers: map[*Workload][]*Autoscaler{},
		OfService: map[*KubeService][]*Workload{}, OfBudget: map[*Budget][]*Workload{}, OfScaler: map[*Autoscaler][]*Workload{},
	}
	ix := NewPodIndex(f.Workloads)
	for i := range f.Services {
		s := &f.Services[i]
		for _, w := range ix.Select(s.Location.Object.PairingNamespace(), s.Selector) {
			p.OfWorkload[w] = append(p.OfWorkload[w], s)
			p.OfService[s] = append(p.OfService[s], w)
		}
	}
	for i := range f.Budgets {
		b := &f.Budgets[i]
		for _, w := range ix.Select(b.Location.Object.PairingNamespace(), b.Selector) {
			p.budgets[w] = append(p.budgets[w], b)
			p.OfBudget[b] = append(p.OfBudget[b], w)
		}
	}
	type name struct{ group, kind, namespace, name string }
	byName := map[name][]*Workload{}
	for i := range f.Workloads {
		o := f.Workloads[i].Object
		k := name{o.Group(), o.Kind, o.PairingNamespace(), o.Name}
		byName[k] = append(byName[k], &f.Workloads[i])
	}
	for i := range f.Scalers {
		a := &f.Scalers[i]
		if a.Target.APIVersion == "" {
			continue // the API server refuses it: it targets nothing
		}
		ns := a.Location.Object.PairingNamespace()
		for _, w := range byName[name{a.Target.Group(), a.Target.Kind, ns, a.Target.Name}] {
			p.scalers[w] = append(p.scalers[w], a)
			p.OfScaler[a] = append(p.OfScaler[a], w)
		}
	}
	return p
}

// PodIndex finds workloads by the labels of their pods without looking at all of them.
type PodIndex struct {
	byNamespace map[string][]*Workload
	byLabel     map[podLabel][]*Workload
}

type podLabel struct{ namespace, key, value string }

// NewPodIndex indexes the workloads; the pointers it gives point into ws.
func NewPodIndex(ws []Workload) *PodIndex {
	ix := &PodIndex{map[string][]*Workload{}, map[podLabel][]*Workload{}}
	for i := range ws {
		w := &ws[i]
		ns := w.Object.PairingNamespace()
		ix.byNamespace[ns] = append(ix.byNamespace[ns], w)
		for k, v := range w.PodLabels {
			l := podLabel{ns, k, v}
			ix.byLabel[l] = append(ix.byLabel[l], w)
		}
	}
	return ix
}

// Select gives the workloads of the namespace whose pods the selector matches, in
// the order in which they were indexed. Only the pods that carry its rarest label
// are looked at, so that a thousand budgets over a thousand workloads stay linear.
func (ix *PodIndex) Select(namespace string, s *Selector) []*Workload {
	if s == nil {
		return nil
	}
	candidates := ix.byNamespace[namespace]
	for k, v := range s.MatchLabels {
		if c := ix.byLabel[podLabel{namespace, k, v}]; len(c) < len(candidates) {
			candidates = c
		}
	}
	for _, r := range s.MatchExpressions {
		if r.Operator != "In" {
			continue
		}
		n := 0
		for _, v := range r.Values {
			n += len(ix.byLabel[podLabel{namespace, r.Key, v}])
		}
		if n < len(candidates) {
			candidates = nil
			for _, v := range slices.Compact(slices.Sorted(slices.Values(r.Values))) {
				candidates = append(candidates, ix.byLabel[podLabel{namespace, r.Key, v}]...)
			}
		}
	}
	var out []*Workload
	for _, w := range candidates {
		if s.Matches(w.PodLabels) {
			out = append(out, w)
		}
	}
	return out
}
