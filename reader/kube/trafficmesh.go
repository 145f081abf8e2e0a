package kube

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/reader/envoy"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// virtualService reads timeouts and retries of Istio's routes.
func (r *trafficReader) virtualService(spec *yaml.Node) {
	for _, host := range yamldoc.Items(yamldoc.Get(spec, "hosts")) {
		if text := yamldoc.String(host); text != "*" { // of a gateway: the destinations tell
			r.toHost(text)
		}
	}
	for i, rule := range yamldoc.Items(yamldoc.Get(spec, "http")) {
		at := fmt.Sprintf("spec.http[%d]", i)
		some := r.when(scorecard.TrafficTimeout, rule, at, "timeout")
		if attempts := yamldoc.Get(rule, "retries", "attempts"); !written(attempts) || switchesOn(attempts) {
			some = r.when(scorecard.TrafficRetry, rule, at, "retries") || some
		}
		if !some {
			continue
		}
		for _, to := range yamldoc.Items(yamldoc.Get(rule, "route")) {
			r.toHost(yamldoc.String(yamldoc.Get(to, "destination", "host")))
		}
	}
}

// destinationRule reads outlier detection and the limits of a connection pool, of the
// host, its ports and its subsets.
func (r *trafficReader) destinationRule(spec *yaml.Node) {
	r.toHost(yamldoc.String(yamldoc.Get(spec, "host")))
	r.trafficPolicy(yamldoc.Get(spec, "trafficPolicy"), "spec.trafficPolicy")
	for i, subset := range yamldoc.Items(yamldoc.Get(spec, "subsets")) {
		r.trafficPolicy(yamldoc.Get(subset, "trafficPolicy"), fmt.Sprintf("spec.subsets[%d].trafficPolicy", i))
	}
}

func (r *trafficReader) trafficPolicy(n *yaml.Node, at string) {
	r.when(scorecard.TrafficBreaker, n, at, "outlierDetection")
	for _, field := range [][]string{{"tcp", "maxConnections"}, {"http", "http1MaxPendingRequests"}, {"http", "http2MaxRequests"}, {"http", "maxRequestsPerConnection"}, {"http", "maxRetries"}} {
		r.when(scorecard.TrafficBreaker, n, at, append([]string{"connectionPool"}, field...)...)
	}
	r.when(scorecard.TrafficTimeout, n, at, "connectionPool", "tcp", "connectTimeout")
	for i, port := range yamldoc.Items(yamldoc.Get(n, "portLevelSettings")) {
		r.trafficPolicy(port, fmt.Sprintf("%s.portLevelSettings[%d]", at, i))
	}
}

// envoyFilter reads a filter of Istio's that limits rates, of pods by their labels, of all
// of a namespace, or of a gateway whose pods are elsewhere.
func (r *trafficReader) envoyFilter(spec *yaml.Node) {
	r.envoyText(spec)
	labels := yamldoc.StringMap(yamldoc.Get(spec, "workloadSelector", "labels"))
	switch {
	case strings.Contains(labels["istio"], "gateway") || strings.Contains(labels["app"], "gateway"):
		r.p.Edge = true
	case len(labels) > 0:
		r.p.Selector = &scorecard.Selector{MatchLabels: labels}
	case r.o.at.Object.Namespace == "istio-system":
		r.p.Namespace = "*"
	default:
		r.p.Selector = &scorecard.Selector{}
	}
}

// envoyText looks for what a piece of Envoy's configuration does.
func (r *trafficReader) envoyText(spec *yaml.Node) {
	for _, rule := range envoy.Rules(spec) {
		rule.Field = "spec"
		r.p.Rules = append(r.p.Rules, rule)
	}
}

// envoyFile reads a ConfigMap with a configuration of Envoy's own, of the pods that mount it.
func (r *trafficReader) envoyFile(*yaml.Node) {
	r.p.Mounted = true
	eachKey(yamldoc.Get(r.o.node, "data"), func(key, value *yaml.Node) {
		if value.Kind != yaml.ScalarNode {
			return
		}
		for _, rule := range envoy.OfText(value.Value) {
			rule.Field, rule.FirstLine = `data["`+key.Value+`"]`, max(0, key.Line)
			r.p.Rules = append(r.p.Rules, rule)
		}
	})
}

// ciliumEnvoy reads the Envoy configuration of Cilium, for the Services that it names.
func (r *trafficReader) ciliumEnvoy(spec *yaml.Node) {
	r.envoyText(spec)
	for _, list := range []string{"services", "backendServices"} {
		for _, n := range yamldoc.Items(yamldoc.Get(spec, list)) {
			r.toService(yamldoc.String(yamldoc.Get(n, "name")), yamldoc.String(yamldoc.Get(n, "namespace")))
		}
	}
}

// serviceProfile reads Linkerd's, whose name is the Service's host.
func (r *trafficReader) serviceProfile(spec *yaml.Node) {
	r.toHost(r.o.at.Object.Name)
	for i, route := range yamldoc.Items(yamldoc.Get(spec, "routes")) {
		at := fmt.Sprintf("spec.routes[%d]", i)
		r.when(scorecard.TrafficTimeout, route, at, "timeout")
		r.when(scorecard.TrafficRetry, route, at, "isRetryable")
	}
}

func (r *trafficReader) linkerdLimit(spec *yaml.Node) {
	r.attached(spec)
	r.when(scorecard.TrafficLimit, spec, "spec", "total")
	r.when(scorecard.TrafficLimit, spec, "spec", "identity")
	r.when(scorecard.TrafficLimit, spec, "spec", "overrides")
}

// envoyGateway reads Envoy Gateway's policy for backends.
func (r *trafficReader) envoyGateway(spec *yaml.Node) {
	r.attached(spec)
	r.when(scorecard.TrafficTimeout, spec, "spec", "timeout")
	r.when(scorecard.TrafficRetry, spec, "spec", "retry")
	r.when(scorecard.TrafficBreaker, spec, "spec", "circuitBreaker")
	r.when(scorecard.TrafficBreaker, spec, "spec", "healthCheck", "passive")
	r.when(scorecard.TrafficLimit, spec, "spec", "rateLimit")
}

func (r *trafficReader) gke(spec *yaml.Node) {
	r.attached(spec)
	r.when(scorecard.TrafficTimeout, spec, "spec", "default", "timeoutSec")
}

// kuadrant reads a RateLimitPolicy, whose limits stand in the spec, its defaults or overrides.
func (r *trafficReader) kuadrant(spec *yaml.Node) {
	r.attached(spec)
	for _, above := range [][]string{{"limits"}, {"defaults", "limits"}, {"overrides", "limits"}} {
		r.when(scorecard.TrafficLimit, spec, "spec", above...)
	}
}

// consul reads Consul's configuration entries, whose name is the service's.
func (r *trafficReader) consul(spec *yaml.Node) {
	r.toService(r.o.at.Object.Name, "")
	for i, route := range yamldoc.Items(yamldoc.Get(spec, "routes")) {
		at := fmt.Sprintf("spec.routes[%d]", i)
		r.when(scorecard.TrafficTimeout, route, at, "destination", "requestTimeout")
		r.when(scorecard.TrafficRetry, route, at, "destination", "numRetries")
	}
	r.when(scorecard.TrafficTimeout, spec, "spec", "localRequestTimeoutMs")
	r.when(scorecard.TrafficBreaker, spec, "spec", "upstreamConfig", "defaults", "passiveHealthCheck")
	r.when(scorecard.TrafficBreaker, spec, "spec", "upstreamConfig", "defaults", "limits")
	r.when(scorecard.TrafficBreaker, spec, "spec", "maxInboundConnections")
	r.when(scorecard.TrafficLimit, spec, "spec", "rateLimits")
}

// kuma reads the policies of Kuma, over the whole mesh, a Service, or pods by labels.
func (r *trafficReader) kuma(spec *yaml.Node) {
	kinds := map[string]string{
		"MeshTimeout": scorecard.TrafficTimeout, "MeshRetry": scorecard.TrafficRetry, "MeshCircuitBreaker": scorecard.TrafficBreaker, "MeshRateLimit": scorecard.TrafficLimit,
	}
	target := func(n *yaml.Node) {
		switch kind := yamldoc.String(yamldoc.Get(n, "kind")); kind {
		case "Mesh":
			r.p.Namespace = "*"
		case "MeshService": // cart, or cart_shop_svc_8080
			name, rest, _ := strings.Cut(yamldoc.String(yamldoc.Get(n, "name")), "_")
			namespace, _, _ := strings.Cut(rest, "_")
			r.toService(name, namespace)
		case "MeshSubset", "Dataplane":
			labels := yamldoc.StringMap(yamldoc.Get(n, "tags"))
			if labels == nil {
				labels = yamldoc.StringMap(yamldoc.Get(n, "labels"))
			}
			if len(labels) > 0 {
				r.p.Selector = &scorecard.Selector{MatchLabels: labels}
			}
		}
	}
	lists := 0
	for _, list := range []string{"to", "from", "rules"} {
		for i, item := range yamldoc.Items(yamldoc.Get(spec, list)) {
			if r.when(kinds[r.o.at.Object.Kind], item, fmt.Sprintf("spec.%s[%d]", list, i), "default") && list == "to" {
				target(yamldoc.Get(item, "targetRef"))
				lists++
			}
		}
	}
	if lists == 0 {
		target(yamldoc.Get(spec, "targetRef"))
	}
}

// dapr reads Dapr's resiliency for the applications that it names.
func (r *trafficReader) dapr(spec *yaml.Node) {
	r.when(scorecard.TrafficTimeout, spec, "spec", "policies", "timeouts")
	r.when(scorecard.TrafficRetry, spec, "spec", "policies", "retries")
	r.when(scorecard.TrafficBreaker, spec, "spec", "policies", "circuitBreakers")
	apps := yamldoc.Get(spec, "targets", "apps")
	if apps != nil && apps.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(apps.Content); i += 2 {
			r.p.Apps = append(r.p.Apps, apps.Content[i].Value)
		}
	}
	for _, n := range yamldoc.Items(yamldoc.Get(r.o.node, "scopes")) {
		r.p.Apps = append(r.p.Apps, yamldoc.String(n))
	}
}
