package checks

import (
	"fmt"
	"slices"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var rateLimited = scorecard.Check{
	ID:      "rate-limited",
	Pillar:  scorecard.Resilience,
	Title:   "The number of requests from outside is limited",
	Applies: "services behind an ingress or gateway: an Ingress, HTTPRoute, IngressRoute, HTTPProxy, OpenShift Route or a VirtualService of a gateway leads to their pods",
	Passes: "annotations of the Ingress, a RateLimitPolicy, BackendTrafficPolicy, EnvoyFilter, Envoy's own configuration in a ConfigMap that the pods mount, Kong plugin, Traefik middleware or their like limits the rate of requests or their number at a time; " +
		"or every program depends directly on a library that does it (express-rate-limit, slowapi, bucket4j, rack-attack and their like)",
	Why: "One client in a loop, or one that means harm, takes all that the service has, and everybody else waits. " +
		"A limit turns the flood away at the door, where a refusal costs next to nothing.",
	Fix:        "Set a limit of requests for each client where they come in.",
	References: resilienceDocs,
	Level:      scorecard.Gold, Weight: scorecard.Medium, Effort: scorecard.Hour,
	Reads: []scorecard.Family{scorecard.Kubernetes, scorecard.Dependencies, scorecard.Catalog},
	Rule: rule(words{"program or workload", "limits requests", "no ingress or gateway leads to it"}, func(s *survey) {
		entered := []*scorecard.Workload{}
		for i := range s.Workloads {
			if w := &s.Workloads[i]; entrance(s.View, w) != nil {
				entered = append(entered, w)
			}
		}
		protection{
			survey: s, kinds: []string{scorecard.TrafficLimit}, library: rateLimiting, of: entered,
			done: "limits requests to", lacks: "nothing limits the requests from outside to", remedy: rateRemedy,
		}.judge()
	}),
}

// entrance is a route by which requests come to the workload from outside; nil where
// there is none.
func entrance(v *scorecard.View, w *scorecard.Workload) *scorecard.Route {
	for _, k := range v.ServicesOf(w) {
		for _, r := range v.RoutesOf(k) {
			if outside(r) {
				return r
			}
		}
	}
	return nil
}

// rateRemedy limits requests in the way of the route that leads to the workload.
func rateRemedy(s *survey, w *scorecard.Workload) string {
	r := entrance(s.View, w)
	o := r.Location.Object
	annotate := func(key, value, whose string) string {
		return fenced(in(r.Location)+"limit the requests of each client"+whose+":", "yaml", yamlText(object{
			{key: "apiVersion", value: o.APIVersion}, {key: "kind", value: o.Kind},
			{key: "metadata", value: append(metadata(o, o.Name), field{key: "annotations", value: object{{key: key, value: value}}})},
		}))
	}
	name := freeName(o.Name, "-limit", func(name string) bool {
		return slices.ContainsFunc(s.Traffic, func(t scorecard.TrafficPolicy) bool { return t.Location.Object.Name == name })
	})
	switch o.Kind {
	case "Ingress":
		return annotate("nginx.ingress.kubernetes.io/limit-rps", "50", " (of ingress-nginx; other controllers have annotations of their own)")
	case "Route":
		return annotate("haproxy.router.openshift.io/rate-limit-connections", "true", "")
	case "HTTPProxy":
		return fenced(in(r.Location)+"limit the requests:", "yaml", specPatch(o, object{{key: "virtualhost", value: object{{key: "rateLimitPolicy", value: object{
			{key: "local", value: object{{key: "requests", value: 50}, {key: "unit", value: "second"}}}}}}}}))
	case "HTTPRoute", "GRPCRoute":
		return fenced("Attach a limit to "+o.String()+" (of Envoy Gateway; other gateways have policies of their own):", "yaml", yamlText(object{
			{key: "apiVersion", value: "gateway.envoyproxy.io/v1alpha1"}, {key: "kind", value: "BackendTrafficPolicy"}, {key: "metadata", value: metadata(o, name)},
			{key: "spec", value: object{
				{key: "targetRefs", value: []object{{{key: "group", value: "gateway.networking.k8s.io"}, {key: "kind", value: o.Kind}, {key: "name", value: o.Name}}}},
				{key: "rateLimit", value: object{{key: "type", value: "Local"}, {key: "local", value: object{{key: "rules", value: []object{
					{{key: "limit", value: object{{key: "requests", value: 50}, {key: "unit", value: "Second"}}}}}}}}}},
			}},
		}))
	}
	return envoyLimit(w, name, o)
}

// envoyLimit is Istio's local limit for the workload's pods.
func envoyLimit(w *scorecard.Workload, name string, o scorecard.ObjectRef) string {
	labels, hint := ownLabels(w)
	limit := object{
		{key: "stat_prefix", value: "http_local_rate_limiter"},
		{key: "token_bucket", value: object{{key: "max_tokens", value: 50}, {key: "tokens_per_fill", value: 50}, {key: "fill_interval", value: "1s"}}},
		{key: "filter_enabled", value: object{{key: "default_value", value: object{{key: "numerator", value: 100}, {key: "denominator", value: "HUNDRED"}}}}},
		{key: "filter_enforced", value: object{{key: "default_value", value: object{{key: "numerator", value: 100}, {key: "denominator", value: "HUNDRED"}}}}},
	}
	return fenced(fmt.Sprintf("With Istio, limit the requests to the pods of %s%s; %s leads to them:", w.Object, hint, o), "yaml", yamlText(object{
		{key: "apiVersion", value: "networking.istio.io/v1alpha3"}, {key: "kind", value: "EnvoyFilter"}, {key: "metadata", value: metadata(w.Object, name)},
		{key: "spec", value: object{
			{key: "workloadSelector", value: object{{key: "labels", value: stringMap(labels)}}},
			{key: "configPatches", value: []object{{
				{key: "applyTo", value: "HTTP_FILTER"},
				{key: "match", value: object{{key: "context", value: "SIDECAR_INBOUND"}, {key: "listener", value: object{{key: "filterChain", value: object{{key: "filter", value: object{{key: "name", value: "envoy.filters.network.http_connection_manager"}}}}}}}}},
				{key: "patch", value: object{{key: "operation", value: "INSERT_BEFORE"}, {key: "value", value: object{
					{key: "name", value: "envoy.filters.http.local_ratelimit"},
					{key: "typed_config", value: append(object{{key: "@type", value: "type.googleapis.com/envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit"}}, limit...)},
				}}}},
			}}},
		}},
	}))
}
