package kube

import (
	"fmt"
	"slices"
)

// serviceType looks at what goes with which type of Service.
func serviceType(r *refuser, spec spot) {
	labels(r, spec, "selector")
	r.oneOf(spec, "sessionAffinity", "None", "ClientIP")
	duplicatePorts(r, spec)
	sort, ok := spec.text("type")
	if !ok || filledIn(sort) {
		return
	}
	address, _ := spec.text("clusterIP")
	outside := !lacks(spec, "externalIPs")
	switch sort {
	case "LoadBalancer", "NodePort":
		if address == "None" {
			r.refuse(spec, "clusterIP", "must not be None in a Service of the type %s", sort)
		}
		r.oneOf(spec, "externalTrafficPolicy", "Cluster", "Local")
		return
	case "ExternalName":
		if name, ok := spec.text("externalName"); ok && name == "" {
			r.refuse(spec, "externalName", "is not set")
		}
		outside = false
	case "", "ClusterIP":
		for _, p := range spec.items("ports") {
			if n, ok := p.number("nodePort", 0); ok && n != 0 {
				r.refuse(p, "nodePort", "must not be set in a Service of the type ClusterIP")
			}
		}
	}
	if policy, ok := spec.text("externalTrafficPolicy"); ok && policy != "" && !outside && !filledIn(policy) {
		r.refuse(spec, "externalTrafficPolicy", "must not be set in a Service that nobody reaches from outside, as one of the type ClusterIP")
	}
}

// duplicatePorts refuses a port that stands twice with the same protocol.
func duplicatePorts(r *refuser, spec spot) {
	var seen []string
	for _, p := range spec.items("ports") {
		n, ok1 := p.number("port", 0)
		protocol, ok2 := p.text("protocol")
		if !ok1 || !ok2 || n == 0 || filledIn(protocol) {
			continue
		}
		if protocol == "" {
			protocol = "TCP"
		}
		port := fmt.Sprintf("%d/%s", n, protocol)
		if slices.Contains(seen, port) {
			r.refuse(p, "port", "is that of another port of the Service too, with the same protocol")
		}
		seen = append(seen, port)
	}
}
