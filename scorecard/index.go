package scorecard

import "slices"

// Index finds labelled things, pods above all, by a selector without looking at all
// of them.
type Index[T any] struct {
	items  []*T
	labels []map[string]string
	// Both give places in items, in order. What is not bound to a namespace is looked up
	// under anywhere.
	byNamespace map[string][]int
	byLabel     map[nsLabel][]int
}

type nsLabel struct{ namespace, key, value string }

// anywhere stands for all namespaces; no namespace can have that name.
const anywhere = "*"

// NewIndex indexes the things by their pairing namespace and their labels; the
// pointers it gives point into things.
func NewIndex[T any](things []T, of func(*T) (namespace string, labels map[string]string)) *Index[T] {
	ix := &Index[T]{byNamespace: map[string][]int{}, byLabel: map[nsLabel][]int{}}
	for i := range things {
		ns, labels := of(&things[i])
		ix.items, ix.labels = append(ix.items, &things[i]), append(ix.labels, labels)
		for _, n := range [...]string{ns, anywhere} {
			ix.byNamespace[n] = append(ix.byNamespace[n], i)
			for k, v := range labels {
				l := nsLabel{n, k, v}
				ix.byLabel[l] = append(ix.byLabel[l], i)
			}
		}
	}
	return ix
}

// NewPodIndex indexes the workloads by the labels of their pods.
func NewPodIndex(ws []Workload) *Index[Workload] {
	return NewIndex(ws, func(w *Workload) (string, map[string]string) { return w.Object.PairingNamespace(), w.PodLabels })
}

// Select gives the things of the namespace whose labels the selector matches, in the
// order in which they were indexed. Only those that carry its rarest label are looked
// at, so that a thousand budgets over a thousand workloads stay linear.
func (ix *Index[T]) Select(namespace string, s *Selector) []*T {
	if s == nil {
		return nil
	}
	candidates := ix.byNamespace[namespace]
	for k, v := range s.MatchLabels {
		if c := ix.byLabel[nsLabel{namespace, k, v}]; len(c) < len(candidates) {
			candidates = c
		}
	}
	for _, r := range s.MatchExpressions {
		if r.Operator != "In" {
			continue
		}
		n := 0
		for _, v := range r.Values {
			n += len(ix.byLabel[nsLabel{namespace, r.Key, v}])
		}
		if n < len(candidates) {
			candidates = nil
			for _, v := range r.Values {
				candidates = append(candidates, ix.byLabel[nsLabel{namespace, r.Key, v}]...)
			}
			slices.Sort(candidates)
			candidates = slices.Compact(candidates) // a value may stand twice
		}
	}
	var out []*T
	for _, i := range candidates {
		if s.Matches(ix.labels[i]) {
			out = append(out, ix.items[i])
		}
	}
	return out
}

// SelectEverywhere is Select over all namespaces.
func (ix *Index[T]) SelectEverywhere(s *Selector) []*T { return ix.Select(anywhere, s) }
