package scan

import (
	"fmt"
	"slices"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// led gives the services that a route leads to. One that leads to nobody's pods, in a
// file of nobody, is nobody's: it is listed for the repository.
func (d *dealer) led(ws []*scorecard.Workload, at scorecard.Location) []*member {
	if len(d.members) > 1 && !slices.ContainsFunc(ws, func(w *scorecard.Workload) bool { return d.owner[w] != nil }) && len(d.dangling[whole(at)]) == 0 {
		if _, ok := d.speaking(at.Path); !ok {
			d.facts.Notes = append(d.facts.Notes, scorecard.Problem{Location: at,
				Message: fmt.Sprintf("%s leads to no workload that is declared here, and belongs to no service", at.Object)})
			return nil
		}
	}
	return d.selected(ws, at)
}

// probablyBehind are the workloads of Services that bear the names of a route's backends
// where one of the two leaves its namespace to who applies it: a route beside a chart.
func (d *dealer) probablyBehind(r *scorecard.Route) (out []*scorecard.Workload) {
	if d.named == nil {
		d.named = map[string][]*scorecard.KubeService{}
		for i := range d.facts.Services {
			s := &d.facts.Services[i]
			d.named[s.Location.Object.Name] = append(d.named[s.Location.Object.Name], s)
		}
	}
	for _, b := range r.Backends {
		for _, s := range d.named[b.Service.Name] {
			if isOpen(s.Location.Object) || isOpen(b.Service) {
				out = append(out, d.pairs.OfService[s]...)
			}
		}
	}
	return out
}

// users gives the services whose pods refer to a Secret or a ConfigMap, by name and namespace;
// else by name alone where one of the two leaves its namespace open.
func (d *dealer) users(o scorecard.ObjectRef, by map[string][]*scorecard.Workload) (out []*member) {
	var open []*member
	for _, w := range by[o.Name] {
		m, same := d.owner[w], w.Object.PairingNamespace() == o.PairingNamespace()
		switch {
		case m == nil:
		case same && !slices.Contains(out, m):
			out = append(out, m)
		case !same && (isOpen(w.Object) || isOpen(o)) && !slices.Contains(open, m):
			open = append(open, m)
		}
	}
	if len(out) > 0 {
		return out
	}
	return open
}

// isOpen reports whether the object leaves its namespace to whoever applies it.
func isOpen(o scorecard.ObjectRef) bool {
	return o.PairingNamespace() == "" || scorecard.IsReleaseNamespace(o.Namespace)
}
