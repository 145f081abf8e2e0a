package kube

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// trafficReader collects what an object says of traffic.
type trafficReader struct {
	o object
	p scorecard.TrafficPolicy
}

// trafficKinds are the objects that say what happens to requests on their way, by kind
// and a part of their API group.
var trafficKinds = map[string]struct {
	group string
	read  func(*trafficReader, *yaml.Node)
}{
	"VirtualService":           {"istio.io", (*trafficReader).virtualService},
	"DestinationRule":          {"istio.io", (*trafficReader).destinationRule},
	"EnvoyFilter":              {"istio.io", (*trafficReader).envoyFilter},
	"HTTPRoute":                {"", (*trafficReader).gatewayRoute},
	"GRPCRoute":                {"", (*trafficReader).gatewayRoute},
	"ServiceProfile":           {"linkerd.io", (*trafficReader).serviceProfile},
	"HTTPLocalRateLimitPolicy": {"linkerd.io", (*trafficReader).linkerdLimit},
	"BackendTrafficPolicy":     {"gateway.envoyproxy.io", (*trafficReader).envoyGateway},
	"BackendLBPolicy":          {"gateway.networking", (*trafficReader).attached},
	"GCPBackendPolicy":         {"networking.gke.io", (*trafficReader).gke},
	"HTTPProxy":                {"projectcontour.io", (*trafficReader).contour},
	"Middleware":               {"traefik", (*trafficReader).middleware},
	"KongPlugin":               {"configuration.konghq.com", (*trafficReader).kongPlugin},
	"KongClusterPlugin":        {"configuration.konghq.com", (*trafficReader).kongPlugin},
	"KongIngress":              {"configuration.konghq.com", (*trafficReader).kongIngress},
	"KongUpstreamPolicy":       {"configuration.konghq.com", (*trafficReader).kongIngress},
	"RateLimitPolicy":          {"kuadrant.io", (*trafficReader).kuadrant},
	"TokenRateLimitPolicy":     {"kuadrant.io", (*trafficReader).kuadrant},
	"CiliumEnvoyConfig":        {"cilium.io", (*trafficReader).ciliumEnvoy},
	"Mapping":                  {"getambassador.io", (*trafficReader).ambassador},
	"ApisixRoute":              {"apisix.apache.org", (*trafficReader).apisix},
	"ServiceRouter":            {"consul.hashicorp.com", (*trafficReader).consul},
	"ServiceDefaults":          {"consul.hashicorp.com", (*trafficReader).consul},
	"MeshTimeout":              {"kuma.io", (*trafficReader).kuma},
	"MeshRetry":                {"kuma.io", (*trafficReader).kuma},
	"MeshCircuitBreaker":       {"kuma.io", (*trafficReader).kuma},
	"MeshRateLimit":            {"kuma.io", (*trafficReader).kuma},
	"Resiliency":               {"dapr.io", (*trafficReader).dapr},
	"ConfigMap":                {"", (*trafficReader).envoyFile},
	"Ingress":                  {"", (*trafficReader).ingressAnnotations},
	"Route":                    {"", (*trafficReader).ingressAnnotations},
	"Service":                  {"", (*trafficReader).serviceAnnotations},
}

// trafficPolicies reads what the object says of traffic; nothing where it says nothing.
func trafficPolicies(o object) []scorecard.TrafficPolicy {
	kind, ok := trafficKinds[o.at.Object.Kind]
	if !ok || kind.group != "" && !strings.Contains(o.at.Object.Group(), kind.group) {
		return nil
	}
	r := &trafficReader{o: o, p: scorecard.TrafficPolicy{Location: o.at}}
	kind.read(r, yamldoc.Get(o.node, "spec"))
	if len(r.p.Rules) == 0 && len(r.p.Chain) == 0 {
		return nil
	}
	return []scorecard.TrafficPolicy{r.p}
}

// rule notes one thing that is done.
func (r *trafficReader) rule(kind, field string, n *yaml.Node) {
	first, _ := span(n)
	r.p.Rules = append(r.p.Rules, scorecard.TrafficRule{Kind: kind, Field: field, FirstLine: first})
}

// when notes a rule where the field is written and switches something on.
func (r *trafficReader) when(kind string, above *yaml.Node, at string, keys ...string) bool {
	n := yamldoc.Get(above, keys...)
	if !switchesOn(n) {
		return false
	}
	r.rule(kind, at+"."+strings.Join(keys, "."), n)
	return true
}

// switchesOn reports whether a value asks for something: not null, nothing, zero, none.
func switchesOn(n *yaml.Node) bool {
	if !written(n) {
		return false
	}
	if n.Kind != yaml.ScalarNode {
		return len(n.Content) > 0
	}
	switch strings.ToLower(strings.TrimSpace(n.Value)) {
	case "", "0", "0s", "0ms", "0m", "0h", "false", "none", "off", "-1", "infinity", "disabled":
		return false
	}
	return true
}

// toService notes a Service by its own name; an empty namespace is the object's.
func (r *trafficReader) toService(name, namespace string) {
	if namespace = r.o.namespace(namespace); namespace == "" {
		namespace = r.o.at.Object.Namespace
	}
	if name == "" {
		return
	}
	ref := scorecard.ObjectRef{APIVersion: "v1", Kind: "Service", Namespace: namespace, Name: name}
	for _, have := range r.p.Services {
		if have == ref {
			return
		}
	}
	r.p.Services = append(r.p.Services, ref)
}

// toHost notes the Service of a host name, or those of a pattern (`*.shop.svc.cluster.local`).
func (r *trafficReader) toHost(host string) {
	if name, namespace, ok := serviceHost(host); ok {
		r.toService(name, namespace)
		return
	}
	parts := strings.Split(host, ".")
	switch {
	case host == "*" || host == "*.local" || host == "*.svc.cluster.local" || host == "*.cluster.local":
		r.p.Namespace = "*"
	case len(parts) >= 3 && parts[0] == "*" && parts[2] == "svc":
		r.p.Namespace = r.o.namespace(parts[1])
	}
}

// attached notes what targetRef and targetRefs attach the object to.
func (r *trafficReader) attached(spec *yaml.Node) {
	for _, n := range append(yamldoc.Items(yamldoc.Get(spec, "targetRefs")), yamldoc.Get(spec, "targetRef")) {
		if n == nil {
			continue
		}
		kind, name, namespace := yamldoc.String(yamldoc.Get(n, "kind")), yamldoc.String(yamldoc.Get(n, "name")), yamldoc.String(yamldoc.Get(n, "namespace"))
		if kind == "Service" {
			r.toService(name, namespace)
			continue
		}
		r.p.Targets = append(r.p.Targets, r.ref(kind, name, namespace))
	}
}

func (r *trafficReader) ref(kind, name, namespace string) scorecard.ObjectRef {
	return refIn(r.o, kind, name, namespace)
}

// refIn names an object in the namespace of another one, unless it names its own.
func refIn(o object, kind, name, namespace string) scorecard.ObjectRef {
	if namespace = o.namespace(namespace); namespace == "" {
		namespace = o.at.Object.Namespace
	}
	return scorecard.ObjectRef{Kind: kind, Namespace: namespace, Name: name}
}

// parents are the gateways that a route is attached to.
func parents(o object) (out []scorecard.ObjectRef) {
	for _, n := range yamldoc.Items(yamldoc.Get(o.node, "spec", "gateways")) { // Istio's
		namespace, name, both := strings.Cut(yamldoc.String(n), "/")
		if !both {
			namespace, name = "", namespace
		}
		if name != "mesh" && name != "" {
			out = append(out, refIn(o, "Gateway", name, namespace))
		}
	}
	for _, n := range yamldoc.Items(yamldoc.Get(o.node, "spec", "parentRefs")) {
		kind := yamldoc.String(yamldoc.Get(n, "kind"))
		if kind == "" {
			kind = "Gateway"
		}
		out = append(out, refIn(o, kind, yamldoc.String(yamldoc.Get(n, "name")), yamldoc.String(yamldoc.Get(n, "namespace"))))
	}
	return out
}

// uses are the middlewares, plugins and filters that a route names.
func uses(o object) (out []scorecard.ObjectRef) {
	annotations := yamldoc.StringMap(yamldoc.Get(o.node, "metadata", "annotations"))
	for name := range strings.SplitSeq(annotations["traefik.ingress.kubernetes.io/router.middlewares"], ",") {
		// shop-limit@kubernetescrd is the Middleware limit of the namespace shop.
		if id, ok := strings.CutSuffix(strings.TrimSpace(name), "@kubernetescrd"); ok {
			for i := range id {
				if id[i] == '-' {
					out = append(out, scorecard.ObjectRef{Kind: "Middleware", Namespace: id[:i], Name: id[i+1:]})
				}
			}
		}
	}
	for _, key := range []string{"konghq.com/plugins", "konghq.com/override"} {
		for name := range strings.SplitSeq(annotations[key], ",") {
			if name = strings.TrimSpace(name); name != "" {
				out = append(out, refIn(o, "KongPlugin", name, ""), scorecard.ObjectRef{Kind: "KongClusterPlugin", Name: name}, refIn(o, "KongIngress", name, ""))
			}
		}
	}
	for _, route := range yamldoc.Items(yamldoc.Get(o.node, "spec", "routes")) {
		for _, n := range yamldoc.Items(yamldoc.Get(route, "middlewares")) {
			out = append(out, refIn(o, "Middleware", yamldoc.String(yamldoc.Get(n, "name")), yamldoc.String(yamldoc.Get(n, "namespace"))))
		}
	}
	for _, rule := range yamldoc.Items(yamldoc.Get(o.node, "spec", "rules")) {
		for _, filter := range yamldoc.Items(yamldoc.Get(rule, "filters")) {
			if n := yamldoc.Get(filter, "extensionRef"); n != nil {
				out = append(out, refIn(o, yamldoc.String(yamldoc.Get(n, "kind")), yamldoc.String(yamldoc.Get(n, "name")), ""))
			}
		}
	}
	return out
}

// gatewayRoute reads timeouts and retries of a route of the Gateway API, Linkerd's own
// kind too. Its parents may be Services.
func (r *trafficReader) gatewayRoute(spec *yaml.Node) {
	b := &backends{o: r.o}
	b.gateway(spec)
	for _, to := range b.out {
		r.toService(to.Service.Name, to.Service.Namespace)
	}
	for _, n := range yamldoc.Items(yamldoc.Get(spec, "parentRefs")) {
		if yamldoc.String(yamldoc.Get(n, "kind")) == "Service" {
			r.toService(yamldoc.String(yamldoc.Get(n, "name")), yamldoc.String(yamldoc.Get(n, "namespace")))
		}
	}
	for i, rule := range yamldoc.Items(yamldoc.Get(spec, "rules")) {
		at := fmt.Sprintf("spec.rules[%d]", i)
		_ = r.when(scorecard.TrafficTimeout, rule, at, "timeouts", "request") || r.when(scorecard.TrafficTimeout, rule, at, "timeouts", "backendRequest")
		r.when(scorecard.TrafficRetry, rule, at, "retry")
	}
	r.linkerdAnnotations()
}

// linkerdAnnotations are those by which Linkerd is told of timeouts, retries and failures
// of a Service or a route.
func (r *trafficReader) linkerdAnnotations() {
	r.annotations(map[string]string{
		"timeout.linkerd.io/request": scorecard.TrafficTimeout, "timeout.linkerd.io/response": scorecard.TrafficTimeout,
		"retry.linkerd.io/http": scorecard.TrafficRetry, "retry.linkerd.io/grpc": scorecard.TrafficRetry, "retry.linkerd.io/limit": scorecard.TrafficRetry,
		"balancer.linkerd.io/failure-accrual": scorecard.TrafficBreaker,
	})
}

// annotations notes rules for annotations of the object that switch something on.
func (r *trafficReader) annotations(kinds map[string]string) {
	all := yamldoc.Get(r.o.node, "metadata", "annotations")
	if all == nil || all.Kind != yaml.MappingNode {
		return
	}
	for i := 0; i+1 < len(all.Content); i += 2 {
		key, v := all.Content[i], yamldoc.Follow(all.Content[i+1])
		if kind := kinds[key.Value]; kind != "" && switchesOn(v) {
			r.rule(kind, "metadata.annotations["+key.Value+"]", key)
		}
	}
}

const nginx = "nginx.ingress.kubernetes.io/"

// ingressAnnotations reads what controllers of an Ingress are told in annotations.
func (r *trafficReader) ingressAnnotations(spec *yaml.Node) {
	r.annotations(map[string]string{
		nginx + "limit-rps": scorecard.TrafficLimit, nginx + "limit-rpm": scorecard.TrafficLimit, nginx + "limit-connections": scorecard.TrafficLimit, nginx + "global-rate-limit": scorecard.TrafficLimit,
		nginx + "proxy-read-timeout": scorecard.TrafficTimeout, nginx + "proxy-send-timeout": scorecard.TrafficTimeout, nginx + "proxy-connect-timeout": scorecard.TrafficTimeout,
		nginx + "proxy-next-upstream": scorecard.TrafficRetry, nginx + "proxy-next-upstream-tries": scorecard.TrafficRetry, nginx + "proxy-next-upstream-timeout": scorecard.TrafficTimeout,
		"nginx.org/proxy-read-timeout": scorecard.TrafficTimeout, "nginx.org/proxy-connect-timeout": scorecard.TrafficTimeout, "nginx.org/proxy-send-timeout": scorecard.TrafficTimeout,
		"nginx.org/limit-req-rate": scorecard.TrafficLimit, "nginx.org/proxy-next-upstream": scorecard.TrafficRetry, "nginx.org/max-conns": scorecard.TrafficBreaker,
		"haproxy.org/rate-limit-requests": scorecard.TrafficLimit, "haproxy.org/rate-limit-period": scorecard.TrafficLimit, "haproxy.org/timeout-server": scorecard.TrafficTimeout, "haproxy.org/timeout-connect": scorecard.TrafficTimeout,
		"haproxy-ingress.github.io/limit-rps": scorecard.TrafficLimit, "haproxy-ingress.github.io/limit-connections": scorecard.TrafficLimit, "haproxy-ingress.github.io/timeout-server": scorecard.TrafficTimeout,
		"konghq.com/retries": scorecard.TrafficRetry, "konghq.com/read-timeout": scorecard.TrafficTimeout, "konghq.com/connect-timeout": scorecard.TrafficTimeout,
		"haproxy.router.openshift.io/timeout": scorecard.TrafficTimeout, "haproxy.router.openshift.io/rate-limit-connections": scorecard.TrafficLimit,
		"traefik.ingress.kubernetes.io/rate-limit": scorecard.TrafficLimit, "traefik.ingress.kubernetes.io/circuit-breaker-expression": scorecard.TrafficBreaker,
	})
	b := &backends{o: r.o}
	if r.o.at.Object.Kind == "Route" {
		b.openshift(spec)
	} else {
		b.ingress(spec)
	}
	for _, to := range b.out {
		r.toService(to.Service.Name, to.Service.Namespace)
	}
}

// serviceAnnotations reads what a Service is told in annotations.
func (r *trafficReader) serviceAnnotations(*yaml.Node) {
	r.linkerdAnnotations()
	r.annotations(map[string]string{
		"konghq.com/retries": scorecard.TrafficRetry, "konghq.com/read-timeout": scorecard.TrafficTimeout, "konghq.com/connect-timeout": scorecard.TrafficTimeout, "konghq.com/write-timeout": scorecard.TrafficTimeout,
		"projectcontour.io/max-connections": scorecard.TrafficBreaker, "projectcontour.io/max-pending-requests": scorecard.TrafficBreaker, "projectcontour.io/max-requests": scorecard.TrafficBreaker,
		"projectcontour.io/max-retries": scorecard.TrafficBreaker,
	})
	r.toService(r.o.at.Object.Name, "")
}
