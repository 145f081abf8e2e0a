package kube

import (
	"slices"

	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// hostname is the label of a node by which it differs from all others.
const hostname = "kubernetes.io/hostname"

// pinKeys are the labels of nodes of which one value is one node, or one zone.
var pinKeys = []string{hostname, "topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone"}

// pins reads what holds a pod to one node or one zone: its nodeName, its nodeSelector, and
// the node affinity that it requires. What it may do on several is no pin.
func pins(spec fields) (out []scorecard.NodePin) {
	spec.unlined = true // each pin says its own
	switch name := spec.text("nodeName"); {
	case filledIn(name):
		spec.lost("nodeName") // and may be filled in with nothing
	case name != "":
		out = append(out, scorecard.NodePin{Key: hostname, Value: name, Field: "nodeName", FirstLine: spec.line("nodeName")})
	}
	selector := spec.in("nodeSelector")
	affinity := spec.in("affinity").in("nodeAffinity").in("requiredDuringSchedulingIgnoredDuringExecution")
	terms := affinity.items("nodeSelectorTerms")
	for _, key := range pinKeys {
		if n := yamldoc.Get(selector.node, key); n != nil {
			out = append(out, scorecard.NodePin{Key: key, Value: yamldoc.String(n), Field: "nodeSelector", FirstLine: selector.line(key)})
		}
		if values, ok := allowed(terms, key); ok && len(values) == 1 {
			out = append(out, scorecard.NodePin{Key: key, Value: values[0], Field: "affinity.nodeAffinity", FirstLine: affinity.line("nodeSelectorTerms")})
		}
	}
	return out
}

// allowed are the values of a node's label that one of the terms allows; false where a
// term asks for none, so that any will do. A term that asks for nothing matches no node.
func allowed(terms []fields, key string) (values []string, ok bool) {
	for _, t := range terms {
		expressions := t.items("matchExpressions")
		names := t.items("matchFields")
		if len(expressions)+len(names) == 0 {
			continue
		}
		var term []string
		asked := false
		for i, e := range append(expressions, names...) {
			of := e.text("key")
			if i >= len(expressions) && of == "metadata.name" {
				of = hostname
			}
			if of != key || e.text("operator") != "In" {
				continue
			}
			in := e.texts("values")
			if asked { // all expressions of a term must hold
				in = slices.DeleteFunc(in, func(v string) bool { return !slices.Contains(term, v) })
			}
			term, asked = in, true
		}
		if !asked {
			return nil, false
		}
		values = append(values, term...)
	}
	slices.Sort(values)
	return slices.Compact(values), true
}
