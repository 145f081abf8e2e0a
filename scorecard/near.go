package scorecard

import (
	"maps"
	"slices"
)

// maxNear is how many workloads are compared with a selector that finds none.
const maxNear = 100

// nearest is the workload of the namespace that a selector probably means: the one of
// the same name, else the one with most of the labels.
func (d *dangler) nearest(from ObjectRef, s *Selector) *Workload {
	ns := from.PairingNamespace()
	for _, kind := range []string{"Deployment", "StatefulSet", "DaemonSet"} {
		if ws := d.names[objectName{"apps", kind, ns, from.Name}]; len(ws) > 0 {
			return ws[0]
		}
	}
	var best *Workload
	most := 0
	for k, v := range s.MatchLabels {
		near := d.pods.Select(ns, &Selector{MatchLabels: map[string]string{k: v}})
		for _, w := range near[:min(len(near), maxNear)] {
			n := 0
			for k, v := range s.MatchLabels {
				if w.PodLabels[k] == v {
					n++
				}
			}
			if n > most || n == most && best != nil && w.Object.Compare(best.Object) < 0 {
				best, most = w, n
			}
		}
	}
	return best
}

// named finds a workload of the namespace by its name, of the kind when one is given.
func (d *dangler) named(ns, kind, name string) ObjectRef {
	for _, k := range []objectName{{"apps", "Deployment", ns, name}, {"apps", "StatefulSet", ns, name}, {"argoproj.io", "Rollout", ns, name}, {"apps", "ReplicaSet", ns, name}} {
		if ws := d.names[k]; (kind == "" || k.kind == kind) && len(ws) > 0 {
			return ws[0].Object
		}
	}
	return ObjectRef{}
}

// released finds a target in a release whose namespace is not known, or from one.
func (d *dangler) released(target ObjectRef) ObjectRef {
	for _, ns := range slices.Sorted(maps.Keys(d.declared)) {
		if !IsReleaseNamespace(ns) && !IsReleaseNamespace(target.Namespace) {
			continue
		}
		if ws := d.names[objectName{target.Group(), target.Kind, ns, target.Name}]; len(ws) > 0 {
			return ws[0].Object
		}
	}
	return ObjectRef{}
}

// shortest is the length of the shortest name of which another may be a slip.
const shortest = 4

// alike is the one workload of the namespace, or of a release that may go there, of which
// the label's value (without a label its kind and name, as "Deployment/cart") is the text
// but for a letter; nil where there is none, or several.
func (d *dangler) alike(ns, label, text string) *Workload {
	index := d.likes[label]
	if index == nil {
		index = map[string][]*Workload{}
		for i := range d.workloads {
			w := &d.workloads[i]
			value := w.Object.Kind + "/" + w.Object.Name
			if label != "" {
				value = w.PodLabels[label]
			}
			for _, slip := range slips(value) {
				index[slip] = append(index[slip], w)
			}
		}
		d.likes[label] = index
	}
	var found *Workload
	for _, slip := range slips(text) {
		for _, w := range index[slip] {
			there := w.Object.PairingNamespace() == ns || IsReleaseNamespace(w.Object.Namespace)
			switch {
			case !there || found != nil && w.Object == found.Object:
			case found != nil:
				return nil
			default:
				found = w
			}
		}
	}
	return found
}

// slips are the text and what is left of it without one of its letters: two texts that
// have one in common differ by a letter left out, added, or written for another.
func slips(text string) []string {
	if len(text) < shortest || len(text) > 253 {
		return nil
	}
	out := []string{text}
	for i := range text {
		out = append(out, text[:i]+text[i+1:])
	}
	return out
}
