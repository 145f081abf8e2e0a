package scorecard

import (
	"slices"
	"strings"
)

// TrafficPolicy is what a mesh, gateway or ingress controller is told to do with requests
// on their way: bounds on their time, retries, limits of their number, and cutting off
// what fails. It stands in an object of its own (DestinationRule, BackendTrafficPolicy,
// Middleware, KongPlugin, ServiceProfile, …), or in a route or Service itself.
type TrafficPolicy struct {
	Location Location      `json:"location"`
	Rules    []TrafficRule `json:"rules,omitempty"`
	// Services are those that it names, by host, as backend or as target; kind and
	// namespace are filled in.
	Services []ObjectRef `json:"services,omitempty"`
	// Targets are the routes and gateways that it attaches itself to.
	Targets []ObjectRef `json:"targets,omitempty"`
	// Chain are other policies of which it is made (Traefik's chain).
	Chain []ObjectRef `json:"chain,omitempty"`
	// Selector selects pods of its namespace; nil selects none.
	Selector *Selector `json:"selector,omitempty"`
	// Namespace is set where it is about every Service of that namespace; "*" is all.
	Namespace string `json:"everyServiceOf,omitempty"`
	// Edge: it is about all that comes in through routes.
	Edge bool `json:"edge,omitempty"`
	// Apps are the Dapr applications that it is about (`dapr.io/app-id` of pods).
	Apps []string `json:"apps,omitempty"`
	// Mounted: it is about the pods that mount the ConfigMap in which it stands.
	Mounted bool `json:"mounted,omitempty"`
}

// ProxyConfig is a configuration of Envoy's own that stands in a file. Its family is Runtime.
type ProxyConfig struct {
	Location Location      `json:"location"`
	Rules    []TrafficRule `json:"rules"`
}

// Rule is the configuration's rule of the kind; nil where it has none.
func (p *ProxyConfig) Rule(kind string) *TrafficRule {
	i := slices.IndexFunc(p.Rules, func(r TrafficRule) bool { return r.Kind == kind })
	if i < 0 {
		return nil
	}
	return &p.Rules[i]
}

// TrafficRule is one thing that a TrafficPolicy does.
type TrafficRule struct {
	// Kind is TrafficTimeout, TrafficRetry, TrafficBreaker, TrafficLimit or TrafficTrace.
	Kind      string `json:"kind"`
	Field     string `json:"field"` // where in the object: "spec.http[0].timeout"
	FirstLine int    `json:"firstLine,omitempty"`
}

// The kinds of a TrafficRule.
const (
	TrafficTimeout = "timeout"
	TrafficRetry   = "retry"
	TrafficBreaker = "circuit breaker" // outlier detection, limits of connections and pending requests
	TrafficLimit   = "rate limit"
	TrafficTrace   = "tracing"
)

// Rule is the policy's first rule of one of the kinds; nil where it has none.
func (t *TrafficPolicy) Rule(kinds ...string) *TrafficRule {
	i := slices.IndexFunc(t.Rules, func(r TrafficRule) bool { return slices.Contains(kinds, r.Kind) })
	if i < 0 {
		return nil
	}
	return &t.Rules[i]
}

// TrafficOf are the traffic policies that are about requests to the workload.
func (v *View) TrafficOf(w *Workload) []*TrafficPolicy { return v.pairs.traffic[w] }

// pairTraffic pairs policies with workloads: through the Services that they name, through
// the routes that they are attached to or that use them, or by the pods' labels.
func (p *Pairs) pairTraffic(f *Facts, pods *Index[Workload]) {
	if len(f.Traffic) == 0 {
		return
	}
	services := byName(f.Services, func(s *KubeService) ObjectRef { return s.Location.Object })
	policies := map[objectName]*TrafficPolicy{}
	for i := range f.Traffic {
		policies[anyVersion(f.Traffic[i].Location.Object)] = &f.Traffic[i]
	}
	using := p.using(f, policies)
	mounting := mountingConfigMaps(f)
	pair(&p.OfTraffic, &p.traffic, f.Traffic, func(t *TrafficPolicy) (out []*Workload) {
		add := func(ws ...*Workload) {
			for _, w := range ws {
				if !slices.Contains(out, w) {
					out = append(out, w)
				}
			}
		}
		for _, ref := range t.Services {
			for _, s := range services[nameOf(ref)] {
				add(p.OfService[s]...)
			}
		}
		for _, s := range using[t] {
			add(p.OfService[s]...)
		}
		add(pods.Select(t.Location.Object.PairingNamespace(), t.Selector)...)
		if t.Mounted {
			add(mounting[nameOf(t.Location.Object)]...)
		}
		p.broadly(f, t, add)
		return out
	})
}

// mountingConfigMaps are the workloads whose pods mount each ConfigMap.
func mountingConfigMaps(f *Facts) map[objectName][]*Workload {
	out := map[objectName][]*Workload{}
	for i := range f.Workloads {
		w := &f.Workloads[i]
		for _, name := range w.Pod.ConfigMaps {
			at := objectName{"", "ConfigMap", w.Object.PairingNamespace(), name}
			out[at] = append(out[at], w)
		}
	}
	return out
}

// broadly adds the workloads of what a policy is about without naming it.
func (p *Pairs) broadly(f *Facts, t *TrafficPolicy, add func(...*Workload)) {
	if t.Namespace != "" {
		for i := range f.Services {
			s := &f.Services[i]
			if t.Namespace == "*" || s.Location.Object.PairingNamespace() == (ObjectRef{Namespace: t.Namespace}).PairingNamespace() {
				add(p.OfService[s]...)
			}
		}
	}
	if t.Edge {
		for i := range f.Routes {
			for _, s := range p.OfRoute[&f.Routes[i]] {
				add(p.OfService[s]...)
			}
		}
	}
	if len(t.Apps) > 0 {
		for i := range f.Workloads {
			if w := &f.Workloads[i]; slices.Contains(t.Apps, w.PodAnnotations["dapr.io/app-id"]) {
				add(w)
			}
		}
	}
}

// using maps policies to the Services behind the routes that use them, or that they are
// attached to, and to the Services that name them.
func (p *Pairs) using(f *Facts, policies map[objectName]*TrafficPolicy) map[*TrafficPolicy][]*KubeService {
	out := map[*TrafficPolicy][]*KubeService{}
	var use func(ref ObjectRef, services []*KubeService, depth int)
	use = func(ref ObjectRef, services []*KubeService, depth int) {
		t := policies[anyVersion(ref)]
		if t == nil || depth > 5 {
			return
		}
		out[t] = append(out[t], services...)
		for _, part := range t.Chain {
			use(part, services, depth+1)
		}
	}
	targeting := map[objectName][]*TrafficPolicy{}
	for i := range f.Traffic {
		for _, ref := range f.Traffic[i].Targets {
			targeting[anyVersion(ref)] = append(targeting[anyVersion(ref)], &f.Traffic[i])
		}
	}
	for i := range f.Routes {
		r := &f.Routes[i]
		for _, ref := range r.Uses {
			use(ref, p.OfRoute[r], 0)
		}
		for _, ref := range append([]ObjectRef{r.Location.Object}, r.Parents...) {
			for _, t := range targeting[anyVersion(ref)] {
				out[t] = append(out[t], p.OfRoute[r]...)
			}
		}
	}
	for i := range f.Services {
		s := &f.Services[i]
		for _, key := range []string{"konghq.com/plugins", "konghq.com/override", "konghq.com/upstream-policy"} {
			for name := range strings.SplitSeq(s.Annotations[key], ",") {
				for _, kind := range []string{"KongPlugin", "KongClusterPlugin", "KongIngress", "KongUpstreamPolicy"} {
					ref := ObjectRef{Kind: kind, Namespace: s.Location.Object.Namespace, Name: strings.TrimSpace(name)}
					if kind == "KongClusterPlugin" {
						ref.Namespace = ""
					}
					use(ref, []*KubeService{s}, 0)
				}
			}
		}
	}
	return out
}

// anyVersion names an object without its API group, which some moved between (Traefik's).
func anyVersion(o ObjectRef) objectName {
	return objectName{"", o.Kind, o.PairingNamespace(), o.Name}
}
