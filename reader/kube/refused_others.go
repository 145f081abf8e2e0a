package kube

import (
	"net/netip"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
)

func budgetCounts(r *refuser, spec spot) {
	if spec.value("minAvailable") != nil && spec.value("maxUnavailable") != nil {
		r.refuse(spec, "maxUnavailable", "must not be set beside minAvailable: a budget has one of them")
	}
	r.counts(spec, "minAvailable", true)
	r.counts(spec, "maxUnavailable", true)
}

// hpaMetrics is the annotation in which autoscaling/v1 kept all metrics but the cpu.
const hpaMetrics = "autoscaling.alpha.kubernetes.io/metrics"

func hpaBounds(r *refuser, spec spot) {
	least, ok1 := spec.number("minReplicas", 1)
	most, ok2 := spec.number("maxReplicas", 0)
	switch {
	case ok2 && spec.value("maxReplicas") == nil:
		r.refuse(spec, "maxReplicas", "is not set")
	case ok2 && most < 1:
		r.refuse(spec, "maxReplicas", "must be 1 or more")
	case ok1 && ok2 && most < least:
		r.refuse(spec, "maxReplicas", "(%d) is less than minReplicas (%d)", most, least)
	}
	switch {
	case !ok1 || least > 0:
	case least < 0:
		r.refuse(spec, "minReplicas", "must not be below 0")
	case !scalesFromNone(r.object, spec):
		r.refuse(spec, "minReplicas", "must not be 0 without a metric of the type Object or External: with no pod there is nothing else to look at")
	}
}

// scalesFromNone reports whether one of the metrics is there without a pod, or may be.
func scalesFromNone(o, spec spot) bool {
	if list := spec.value("metrics"); list != nil && list.Kind != yaml.SequenceNode {
		return true
	}
	for _, m := range spec.items("metrics") {
		if sort, ok := m.text("type"); !ok || sort == "Object" || sort == "External" || filledIn(sort) {
			return true
		}
	}
	return o.in("metadata", "annotations").value(hpaMetrics) != nil
}

// kedaMost is maxReplicaCount where it is left out.
const kedaMost = 100

// scaledObjectBounds looks at what KEDA does not take: its webhook, or its controller.
func scaledObjectBounds(r *refuser, spec spot) {
	if list := spec.value("triggers"); list == nil || list.Kind == yaml.SequenceNode && len(list.Content) == 0 {
		r.refuse(spec, "triggers", "has no trigger, so KEDA does not take it")
	}
	least, ok1 := spec.number("minReplicaCount", 0)
	most, ok2 := spec.number("maxReplicaCount", kedaMost)
	switch {
	case !ok1 || !ok2 || least <= most:
	case spec.value("maxReplicaCount") == nil:
		r.refuse(spec, "minReplicaCount", "(%d) is more than maxReplicaCount, which is %d where it is left out, so KEDA does not scale", least, most)
	default:
		r.refuse(spec, "minReplicaCount", "(%d) is more than maxReplicaCount (%d), so KEDA does not scale", least, most)
	}
}

func servicePorts(r *refuser, spec spot) {
	list := spec.value("ports")
	sort, ok1 := spec.text("type")
	address, ok2 := spec.text("clusterIP")
	if (list == nil || list.Kind == yaml.SequenceNode && len(list.Content) == 0) && ok1 && ok2 && sort != "ExternalName" && address != "None" {
		r.refuse(spec, "ports", "has no port; only a headless Service may have none")
	}
	r.oneOf(spec, "type", "ClusterIP", "NodePort", "LoadBalancer", "ExternalName")
	ports := spec.items("ports")
	r.names(ports, "port of the Service")
	for _, p := range ports {
		if name, ok := p.text("name"); ok && (name != "" || len(ports) > 1) {
			r.label(p, "name", "port of a Service with several")
		}
		r.portNumber(p, "port")
		if v := p.value("targetPort"); v != nil && !(v.Tag == "!!int" && v.Value == "0") && v.Value != "" {
			r.port(p, "targetPort")
		}
		r.oneOf(p, "protocol", "TCP", "UDP", "SCTP")
	}
}

func ingressRules(r *refuser, spec spot) {
	if r.version != "v1" {
		return
	}
	if empty(spec.value("rules")) && spec.value("defaultBackend") == nil && !yamldoc.IsUnknown(spec.value("rules")) {
		r.refuse(spec, "rules", "has no rule, and there is no defaultBackend")
	}
	if b := spec.in("defaultBackend"); b.node != nil {
		ingressBackend(r, spec, "defaultBackend")
	}
	for _, rule := range spec.items("rules") {
		ingressHost(r, rule)
		http := rule.in("http")
		if http.node != nil && empty(http.value("paths")) && !yamldoc.IsUnknown(http.value("paths")) {
			r.refuse(http, "paths", "has no path")
		}
		for _, p := range http.items("paths") {
			ingressPath(r, p)
		}
	}
}

func ingressHost(r *refuser, rule spot) {
	host, ok := rule.text("host")
	if !ok || host == "" || filledIn(host) {
		return
	}
	if _, err := netip.ParseAddr(host); err == nil {
		r.refuse(rule, "host", "must be a name of DNS, and is an address")
	} else if !isSubdomain(strings.TrimPrefix(host, "*.")) {
		r.refuse(rule, "host", "is no name of DNS: lower-case letters, digits, '-' and '.', at most with '*.' before it, and no port or path")
	}
}

func ingressPath(r *refuser, p spot) {
	sort, ok := p.text("pathType")
	if !ok {
		return
	}
	if sort == "" {
		r.refuse(p, "pathType", "is not set; it is Prefix, Exact or ImplementationSpecific")
		return
	}
	r.oneOf(p, "pathType", "Exact", "Prefix", "ImplementationSpecific")
	path, ok := p.text("path")
	needed := sort == "Exact" || sort == "Prefix" || sort == "ImplementationSpecific" && path != ""
	if ok && needed && !strings.HasPrefix(path, "/") && !filledIn(path) {
		r.refuse(p, "path", "must begin with a slash")
	}
	ingressBackend(r, p, "backend")
}

// ingressBackend refuses a backend that names no Service and port, or two of one.
func ingressBackend(r *refuser, of spot, key string) {
	backend := of.in(key)
	service, other := backend.value("service"), backend.value("resource")
	switch {
	case yamldoc.IsUnknown(of.value(key)) || yamldoc.IsUnknown(service) || yamldoc.IsUnknown(other):
		return
	case service != nil && other != nil:
		r.refuse(backend, "resource", "must not be set beside service")
		return
	case service == nil && other == nil:
		r.refuse(of, key, "has no service")
		return
	}
	s := backend.in("service")
	if s.node == nil {
		return
	}
	r.label(s, "name", "Service")
	port := s.in("port")
	number, ok1 := port.number("number", 0)
	name, ok2 := port.text("name")
	switch {
	case !ok1 || !ok2 || yamldoc.IsUnknown(s.value("port")):
	case name != "" && number != 0:
		r.refuse(port, "name", "must not be set beside number")
	case name != "":
		r.portName(port, "name")
	case number != 0:
		r.portNumber(port, "number")
	default:
		r.refuse(s, "port", "has neither a name nor a number")
	}
}
