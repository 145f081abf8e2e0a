package kube

import (
	"strings"

	"go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
)

// watched looks at the probes and hooks of a container that goes on running.
func (p podAround) watched(r *refuser, c spot) {
	for _, name := range []string{"livenessProbe", "readinessProbe", "startupProbe"} {
		p.probe(r, c, name)
	}
	lifecycle := c.in("lifecycle")
	for _, name := range []string{"postStart", "preStop"} {
		if hook := lifecycle.in(name); hook.node != nil {
			p.handlers(r, lifecycle, name, hookHandlers)
		}
	}
}

// The fields of probes and hooks that say what is done; there is one of them. The order
// is that in which the API server looks at them: the first one counts.
var (
	probeHandlers = []string{"exec", "httpGet", "tcpSocket", "grpc"}
	hookHandlers  = []string{"exec", "httpGet", "tcpSocket", "sleep"}
)

func (p podAround) probe(r *refuser, c spot, name string) {
	probe := c.in(name)
	if probe.node == nil {
		return
	}
	p.handlers(r, c, name, probeHandlers)
	r.natural(probe, "initialDelaySeconds", "timeoutSeconds", "periodSeconds", "failureThreshold", "successThreshold")
	own := probe.value("terminationGracePeriodSeconds")
	if name == "readinessProbe" {
		if own != nil && !yamldoc.IsUnknown(own) {
			r.refuse(probe, "terminationGracePeriodSeconds", "must not be set for a readiness probe, which ends nothing")
		}
		return
	}
	if n, ok := probe.number("successThreshold", 1); ok && n > 1 {
		r.refuse(probe, "successThreshold", "must be 1")
	}
	if n, ok := probe.number("terminationGracePeriodSeconds", 1); ok && n < 1 {
		r.refuse(probe, "terminationGracePeriodSeconds", "must be 1 or more")
	}
}

// handlers refuses a probe or a hook that does nothing, or two things, or what can't be done.
func (p podAround) handlers(r *refuser, of spot, name string, known []string) {
	s := of.in(name)
	first := ""
	for _, key := range known {
		v := s.value(key)
		switch {
		case v == nil:
		case yamldoc.IsUnknown(v):
			return
		case first != "":
			r.refuse(s, key, "must not be set beside %s: a probe or a hook does one thing", first)
		default:
			first = key
			p.handler(r, s, key)
		}
	}
	if first == "" {
		r.refuse(of, name, "must have one of %s", either(known))
	}
}

func (p podAround) handler(r *refuser, s spot, key string) {
	h := s.in(key)
	if h.node == nil {
		return // it is no mapping, which its type says
	}
	switch key {
	case "exec":
		if v := h.value("command"); v == nil || v.Kind == yaml.SequenceNode && len(v.Content) == 0 {
			r.refuse(h, "command", "is not set")
		}
	case "httpGet":
		r.port(h, "port")
		r.oneOf(h, "scheme", "HTTP", "HTTPS")
	case "tcpSocket":
		r.port(h, "port")
	case "grpc":
		r.portNumber(h, "port")
	case "sleep":
		if n, ok := h.number("seconds", 0); ok && (n < 0 || p.grace >= 0 && n > p.grace) {
			r.refuse(h, "seconds", "must be from 0 to terminationGracePeriodSeconds (%d)", p.grace)
		}
	}
}

// requests refuses what asks for more than its limit. Of what can't be shared, such as
// devices, a request is its limit.
func requests(r *refuser, s spot) {
	if s.node == nil {
		return
	}
	limits, asked := s.in("limits"), s.in("requests")
	for _, of := range []spot{limits, asked} {
		for _, name := range resourcesOf(of) {
			if v := of.value(name); v != nil && v.Kind == yaml.ScalarNode && strings.HasPrefix(v.Value, "-") && v.Value != "-0" {
				r.refuse(of, name, "must not be below 0")
			}
		}
	}
	if all := s.value("limits"); all != nil && all.Kind != yaml.MappingNode {
		return
	}
	for _, name := range resourcesOf(asked) {
		want, ok := quantity(asked, name)
		if !ok {
			continue
		}
		most := limits.value(name)
		if most == nil {
			if !shared(name) {
				r.refuse(asked, name, "has no limit, and it can't be shared: set a limit of the same")
			}
			continue
		}
		limit, ok := quantity(limits, name)
		switch {
		case !ok:
		case !shared(name) && want.Cmp(limit) != 0:
			r.refuse(asked, name, "must be the same as its limit, since it can't be shared")
		case want.Cmp(limit) > 0:
			r.refuse(asked, name, "is more than its limit")
		}
	}
}

// shared reports whether what is asked of a resource may be less than its limit.
func shared(name string) bool {
	return (!strings.Contains(name, "/") || strings.Contains(name, "kubernetes.io/")) && !strings.HasPrefix(name, "hugepages-")
}

// quantity reads a written quantity as the API server keeps it, in thousandths at the finest.
func quantity(s spot, name string) (resource.Quantity, bool) {
	v := s.value(name)
	if v == nil || v.Kind != yaml.ScalarNode || yamldoc.IsUnknown(v) {
		return resource.Quantity{}, false
	}
	q, err := resource.ParseQuantity(v.Value)
	if err != nil {
		return q, false
	}
	q.RoundUp(resource.Milli)
	return q, true
}

// resourcesOf are the keys of a mapping that are known.
func resourcesOf(s spot) []string {
	if s.node == nil {
		return nil
	}
	var out []string
	for i := 0; i+1 < len(s.node.Content); i += 2 {
		if !yamldoc.IsUnknown(s.node.Content[i]) {
			out = append(out, s.node.Content[i].Value)
		}
	}
	return out
}
