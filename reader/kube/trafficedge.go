package kube

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// contour reads an HTTPProxy.
func (r *trafficReader) contour(spec *yaml.Node) {
	b := &backends{o: r.o}
	b.contour(spec)
	for _, to := range b.out {
		r.toService(to.Service.Name, to.Service.Namespace)
	}
	r.when(scorecard.TrafficLimit, spec, "spec", "virtualhost", "rateLimitPolicy")
	for i, route := range yamldoc.Items(yamldoc.Get(spec, "routes")) {
		at := fmt.Sprintf("spec.routes[%d]", i)
		r.when(scorecard.TrafficTimeout, route, at, "timeoutPolicy", "response")
		r.when(scorecard.TrafficTimeout, route, at, "timeoutPolicy", "idle")
		r.when(scorecard.TrafficRetry, route, at, "retryPolicy")
		r.when(scorecard.TrafficLimit, route, at, "rateLimitPolicy")
	}
}

// middleware reads one of Traefik's, which routes name.
func (r *trafficReader) middleware(spec *yaml.Node) {
	r.when(scorecard.TrafficBreaker, spec, "spec", "circuitBreaker")
	r.when(scorecard.TrafficRetry, spec, "spec", "retry")
	r.when(scorecard.TrafficLimit, spec, "spec", "rateLimit")
	r.when(scorecard.TrafficLimit, spec, "spec", "inFlightReq")
	for _, n := range yamldoc.Items(yamldoc.Get(spec, "chain", "middlewares")) {
		r.p.Chain = append(r.p.Chain, r.ref("Middleware", yamldoc.String(yamldoc.Get(n, "name")), yamldoc.String(yamldoc.Get(n, "namespace"))))
	}
}

// kongPlugin reads a plugin of Kong, whose fields stand at the top. A global one is about
// all that comes in.
func (r *trafficReader) kongPlugin(*yaml.Node) {
	root := r.o.node
	if yamldoc.String(yamldoc.Get(root, "disabled")) == "true" {
		return
	}
	n := yamldoc.Get(root, "plugin")
	switch yamldoc.String(n) {
	case "rate-limiting", "rate-limiting-advanced", "response-ratelimiting", "ai-rate-limiting-advanced", "graphql-rate-limiting-advanced", "service-protection":
		r.rule(scorecard.TrafficLimit, "plugin", n)
	case "upstream-timeout":
		r.rule(scorecard.TrafficTimeout, "plugin", n)
	case "circuit-breaker":
		r.rule(scorecard.TrafficBreaker, "plugin", n)
	}
	r.p.Edge = yamldoc.String(yamldoc.Get(root, "metadata", "labels", "global")) == "true"
}

// kongIngress reads what a KongIngress or KongUpstreamPolicy says of a Service's upstream.
func (r *trafficReader) kongIngress(spec *yaml.Node) {
	root := r.o.node
	r.when(scorecard.TrafficRetry, root, "", "proxy", "retries")
	r.when(scorecard.TrafficTimeout, root, "", "proxy", "read_timeout")
	r.when(scorecard.TrafficTimeout, root, "", "proxy", "connect_timeout")
	r.when(scorecard.TrafficBreaker, root, "", "upstream", "healthchecks", "passive")
	r.when(scorecard.TrafficBreaker, spec, "spec", "healthchecks", "passive")
}

// ambassador reads a Mapping of Emissary.
func (r *trafficReader) ambassador(spec *yaml.Node) {
	host := yamldoc.String(yamldoc.Get(spec, "service"))
	if _, after, ok := strings.Cut(host, "://"); ok {
		host = after
	}
	host, _, _ = strings.Cut(host, ":")
	if parts := strings.Split(host, "."); len(parts) == 2 { // cart.shop
		r.toService(parts[0], parts[1])
	} else {
		r.toHost(host)
	}
	for _, field := range []string{"timeout_ms", "cluster_idle_timeout_ms", "connect_timeout_ms"} {
		r.when(scorecard.TrafficTimeout, spec, "spec", field)
	}
	r.when(scorecard.TrafficRetry, spec, "spec", "retry_policy")
	r.when(scorecard.TrafficBreaker, spec, "spec", "circuit_breakers")
}

// apisix reads a route of APISIX: its plugins, and its timeout.
func (r *trafficReader) apisix(spec *yaml.Node) {
	kinds := map[string]string{
		"limit-req": scorecard.TrafficLimit, "limit-count": scorecard.TrafficLimit, "limit-conn": scorecard.TrafficLimit, "api-breaker": scorecard.TrafficBreaker,
	}
	for i, rule := range yamldoc.Items(yamldoc.Get(spec, "http")) {
		at := fmt.Sprintf("spec.http[%d]", i)
		for _, n := range yamldoc.Items(yamldoc.Get(rule, "backends")) {
			r.toService(yamldoc.String(yamldoc.Get(n, "serviceName")), "")
		}
		r.when(scorecard.TrafficTimeout, rule, at, "timeout")
		for _, plugin := range yamldoc.Items(yamldoc.Get(rule, "plugins")) {
			if kind := kinds[yamldoc.String(yamldoc.Get(plugin, "name"))]; kind != "" && yamldoc.String(yamldoc.Get(plugin, "enable")) != "false" {
				r.rule(kind, at+".plugins", plugin)
			}
		}
	}
}
