package kube

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// backends collects the Services that a route leads to.
type backends struct {
	o   object
	out []scorecard.RouteBackend
}

// add notes one Service; an empty namespace is the route's own. n is where it stands.
func (b *backends) add(n *yaml.Node, namespace, name string, port *yaml.Node) {
	if name == "" {
		return
	}
	if namespace = b.o.namespace(namespace); namespace == "" {
		namespace = b.o.at.Object.Namespace
	}
	r := scorecard.RouteBackend{Service: scorecard.ObjectRef{APIVersion: "v1", Kind: "Service", Namespace: namespace, Name: name}}
	r.Port, r.PortIsName = portOf(port)
	r.FirstLine, _ = span(n)
	b.out = append(b.out, r)
}

// route gives the kind's way of finding its backends a place to put them.
func route(find func(*backends, *yaml.Node)) func(object) scorecard.Route {
	return func(o object) scorecard.Route {
		b := &backends{o: o}
		find(b, yamldoc.Get(o.node, "spec"))
		return scorecard.Route{Location: o.at, Backends: b.out, Parents: parents(o), Uses: uses(o)}
	}
}

// ingress reads both ways of writing a backend: that of networking.k8s.io/v1, and
// that of the betas before it.
func (b *backends) ingress(spec *yaml.Node) {
	b.ingressBackend(yamldoc.Get(spec, "defaultBackend"))
	b.ingressBackend(yamldoc.Get(spec, "backend"))
	for _, rule := range yamldoc.Items(yamldoc.Get(spec, "rules")) {
		for _, p := range yamldoc.Items(yamldoc.Get(rule, "http", "paths")) {
			b.ingressBackend(yamldoc.Get(p, "backend"))
		}
	}
}

func (b *backends) ingressBackend(n *yaml.Node) {
	name, port := yamldoc.Get(n, "service", "name"), yamldoc.Get(n, "service", "port", "number")
	if !written(port) {
		port = yamldoc.Get(n, "service", "port", "name")
	}
	if name == nil {
		name, port = yamldoc.Get(n, "serviceName"), yamldoc.Get(n, "servicePort")
	}
	if yamldoc.String(port) == "use-annotation" { // an action of the AWS controller, no Service
		return
	}
	b.add(n, "", yamldoc.String(name), port)
}

// gateway reads a route of the Gateway API.
func (b *backends) gateway(spec *yaml.Node) {
	for _, rule := range yamldoc.Items(yamldoc.Get(spec, "rules")) {
		for _, n := range yamldoc.Items(yamldoc.Get(rule, "backendRefs")) {
			if isService(n) && yamldoc.String(yamldoc.Get(n, "group")) == "" {
				b.add(n, yamldoc.String(yamldoc.Get(n, "namespace")), yamldoc.String(yamldoc.Get(n, "name")), yamldoc.Get(n, "port"))
			}
		}
	}
}

// referenceGrant reads who may refer to what of the grant's namespace.
func referenceGrant(o object) scorecard.ReferenceGrant {
	n := &notes{}
	spec := fieldsOf(o.node, "", n).through("spec")
	g := scorecard.ReferenceGrant{Location: o.at}
	for _, f := range spec.items("from") {
		g.From = append(g.From, scorecard.GrantPeer{Group: f.text("group"), Kind: f.text("kind"), Namespace: o.namespace(f.text("namespace"))})
	}
	for _, f := range spec.items("to") {
		g.To = append(g.To, scorecard.GrantPeer{Group: f.text("group"), Kind: f.text("kind"), Name: f.text("name")})
	}
	g.Unread = len(n.unreadable) > 0
	return g
}

// isService reports whether a reference is to a Service, which it is where it names no kind.
func isService(n *yaml.Node) bool {
	kind := yamldoc.String(yamldoc.Get(n, "kind"))
	return kind == "" || kind == "Service"
}

// openshift reads a Route of OpenShift. Its port is one of the Service's target ports.
func (b *backends) openshift(spec *yaml.Node) {
	port := yamldoc.Get(spec, "port", "targetPort")
	for _, n := range append([]*yaml.Node{yamldoc.Get(spec, "to")}, yamldoc.Items(yamldoc.Get(spec, "alternateBackends"))...) {
		if isService(n) {
			b.add(n, "", yamldoc.String(yamldoc.Get(n, "name")), port)
		}
	}
}

// traefik reads an IngressRoute for HTTP, TCP or UDP.
func (b *backends) traefik(spec *yaml.Node) {
	for _, r := range yamldoc.Items(yamldoc.Get(spec, "routes")) {
		b.traefikServices(yamldoc.Items(yamldoc.Get(r, "services")))
	}
}

// weighted reads a TraefikService, to which an IngressRoute may lead.
func (b *backends) weighted(spec *yaml.Node) {
	b.traefikServices(yamldoc.Items(yamldoc.Get(spec, "weighted", "services")))
	if main := yamldoc.Get(spec, "mirroring"); main != nil {
		b.traefikServices([]*yaml.Node{main})
	}
}

func (b *backends) traefikServices(services []*yaml.Node) {
	for _, n := range services {
		if name := yamldoc.String(yamldoc.Get(n, "name")); isService(n) && !strings.Contains(name, "@") { // another provider's
			b.add(n, yamldoc.String(yamldoc.Get(n, "namespace")), name, yamldoc.Get(n, "port"))
		}
	}
}

// contour reads an HTTPProxy.
func (b *backends) contour(spec *yaml.Node) {
	of := append(yamldoc.Items(yamldoc.Get(spec, "routes")), yamldoc.Get(spec, "tcpproxy"))
	for _, r := range of {
		for _, n := range yamldoc.Items(yamldoc.Get(r, "services")) {
			b.add(n, "", yamldoc.String(yamldoc.Get(n, "name")), yamldoc.Get(n, "port"))
		}
	}
}

// fileVirtualService files a VirtualService that routes; one that only delegates or
// redirects leads nowhere by itself.
func fileVirtualService(f *scorecard.Facts, o object) bool {
	r := route((*backends).istio)(o)
	if len(r.Backends) > 0 {
		f.Routes = append(f.Routes, r)
	}
	return len(r.Backends) > 0
}

// istio reads the destinations of a VirtualService.
func (b *backends) istio(spec *yaml.Node) {
	for _, protocol := range []string{"http", "tls", "tcp"} {
		for _, rule := range yamldoc.Items(yamldoc.Get(spec, protocol)) {
			for _, n := range yamldoc.Items(yamldoc.Get(rule, "route")) {
				to := yamldoc.Get(n, "destination")
				if name, namespace, ok := serviceHost(yamldoc.String(yamldoc.Get(to, "host"))); ok {
					b.add(to, namespace, name, yamldoc.Get(to, "port", "number"))
				}
			}
		}
	}
}

// serviceHost takes a host name apart that is a Service's: `cart`, `cart.shop.svc`,
// `cart.shop.svc.cluster.local`. Any other name with dots is somebody else's: Istio
// lengthens short names only.
func serviceHost(host string) (name, namespace string, ok bool) {
	parts := strings.Split(host, ".")
	switch {
	case host == "" || strings.Contains(host, "*"):
		return "", "", false
	case len(parts) == 1:
		return parts[0], "", true
	case len(parts) >= 3 && parts[2] == "svc":
		return parts[0], parts[1], true
	}
	return "", "", false
}
