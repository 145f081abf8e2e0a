package kube

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/reader/kube/lifecycle"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// add files an object under what it is, checks it against its kind's type, and
// counts it in the manifest.
func (r *reader) add(u *unit, m *scorecard.Manifest, n *yaml.Node, at scorecard.Location) {
	wanted := refOf(n)
	var wrong string
	newer := lifecycle.Newest().Before(r.version) && mayCome(wanted.APIVersion, wanted.Kind)
	if !newer {
		n, wrong = corrected(n)
	}
	ref := refOf(n)
	switch {
	case clusterScoped(ref.Kind):
		ref.Namespace = "" // one that is written all the same means nothing
	case ref.Namespace == "":
		ref.Namespace = u.namespace
	}
	at.Object = ref
	m.Objects++
	if wrong != "" {
		line := yamldoc.KeyLine(n, "apiVersion")
		m.Problems = append(m.Problems, scorecard.Problem{Location: at.At("apiVersion", line, line), Message: wrong})
	}
	r.judge(u, m, n, at)
	line := yamldoc.KeyLine(n, "apiVersion")
	if wrong != "" || newer {
		api := scorecard.RetiringAPI{Location: at.At("apiVersion", line, line), Written: wanted.APIVersion, Unsure: newer}
		if !newer {
			api.Replacement = ref.APIVersion + " " + ref.Kind
		}
		m.Retiring = append(m.Retiring, api)
	} else if api, ok := retiring(at.At("apiVersion", line, line), r.version); ok {
		m.Retiring = append(m.Retiring, api)
	}
	o := object{node: n, at: at}
	if u.kind == "chart" {
		o.release = u.namespace
	}
	u.hold(o)
	if hook := yamldoc.String(yamldoc.Get(n, "metadata", "annotations", "helm.sh/hook")); hook != "" {
		if isTestHook(hook) {
			return
		}
		if ref.Kind == "Pod" { // it runs once, around an installation
			u.facts.Objects = append(u.facts.Objects, scorecard.OtherObject{Location: at, Labels: labelsOf(n)})
			return
		}
	}
	r.readCustom(u, o)
	r.file(u, o)
}

// isTestHook reports whether a Helm hook runs for `helm test` and for nothing else.
func isTestHook(hook string) bool {
	for h := range strings.SplitSeq(hook, ",") {
		if h = strings.TrimSpace(h); h != "test" && h != "test-success" && h != "test-failure" {
			return false
		}
	}
	return true
}

// part puts objects of one kind into the part of the facts that they belong to;
// false for one that does not belong there after all.
type part struct {
	kind   string
	groups []string
	file   func(*scorecard.Facts, object) bool
}

// as is the part of objects that each become one thing.
func as[T any](kind string, groups []string, in func(*scorecard.Facts) *[]T, read func(object) T) part {
	return part{kind, groups, func(f *scorecard.Facts, o object) bool {
		things := in(f)
		*things = append(*things, read(o))
		return true
	}}
}

// partsByKind are the kinds that have a part of their own, workloads apart.
var partsByKind = func() map[string][]part {
	var (
		core     = []string{""}
		rbac     = []string{rbacGroup}
		coreos   = []string{"monitoring.coreos.com", "azmonitoring.coreos.com"}
		victoria = []string{"operator.victoriametrics.com"}
		google   = []string{"monitoring.googleapis.com"}
		gateway  = []string{"gateway.networking.k8s.io"}
		traefik  = []string{"traefik.io", "traefik.containo.us"}
		network  = []string{"networking.k8s.io", "extensions"}
		cilium   = []string{"cilium.io"}
		calico   = []string{"projectcalico.org", "crd.projectcalico.org"}

		services = func(f *scorecard.Facts) *[]scorecard.KubeService { return &f.Services }
		budgets  = func(f *scorecard.Facts) *[]scorecard.Budget { return &f.Budgets }
		scalers  = func(f *scorecard.Facts) *[]scorecard.Autoscaler { return &f.Scalers }
		policies = func(f *scorecard.Facts) *[]scorecard.NetworkPolicy { return &f.Policies }
		monitors = func(f *scorecard.Facts) *[]scorecard.Monitor { return &f.Monitors }
		routes   = func(f *scorecard.Facts) *[]scorecard.Route { return &f.Routes }
		roles    = func(f *scorecard.Facts) *[]scorecard.Role { return &f.Roles }
		bindings = func(f *scorecard.Facts) *[]scorecard.Binding { return &f.Bindings }
		secrets  = func(f *scorecard.Facts) *[]scorecard.SecretObject { return &f.Secrets }
		grants   = func(f *scorecard.Facts) *[]scorecard.ReferenceGrant { return &f.Grants }
		classes  = func(f *scorecard.Facts) *[]scorecard.PriorityClass { return &f.Priorities }
	)
	out := map[string][]part{}
	for _, p := range []part{
		as("Service", core, services, service),
		as("PodDisruptionBudget", []string{"policy"}, budgets, budget),
		as("HorizontalPodAutoscaler", []string{"autoscaling", "extensions"}, scalers, hpa),
		as("ScaledObject", []string{"keda.sh"}, scalers, scaledObject),

		as("NetworkPolicy", network, policies, networkPolicy),
		{"CiliumNetworkPolicy", cilium, fileCilium},
		{"CiliumClusterwideNetworkPolicy", cilium, fileCilium},
		{"NetworkPolicy", calico, fileCalico},
		{"GlobalNetworkPolicy", calico, fileCalico},

		as("ServiceMonitor", coreos, monitors, monitor),
		as("PodMonitor", coreos, monitors, monitor),
		as("VMServiceScrape", victoria, monitors, monitor),
		as("VMPodScrape", victoria, monitors, monitor),
		as("PodMonitoring", google, monitors, monitor),
		as("ClusterPodMonitoring", google, monitors, monitor),

		as("Ingress", network, routes, route((*backends).ingress)),
		as("HTTPRoute", gateway, routes, route((*backends).gateway)),
		as("GRPCRoute", gateway, routes, route((*backends).gateway)),
		as("TLSRoute", gateway, routes, route((*backends).gateway)),
		as("TCPRoute", gateway, routes, route((*backends).gateway)),
		as("UDPRoute", gateway, routes, route((*backends).gateway)),
		as("ReferenceGrant", gateway, grants, referenceGrant),
		as("ReferencePolicy", gateway, grants, referenceGrant), // its name before v1alpha2
		as("Route", []string{"route.openshift.io", ""}, routes, route((*backends).openshift)),
		as("IngressRoute", traefik, routes, route((*backends).traefik)),
		as("IngressRouteTCP", traefik, routes, route((*backends).traefik)),
		as("IngressRouteUDP", traefik, routes, route((*backends).traefik)),
		as("TraefikService", traefik, routes, route((*backends).weighted)),
		as("HTTPProxy", []string{"projectcontour.io"}, routes, route((*backends).contour)),
		{"VirtualService", []string{"networking.istio.io"}, fileVirtualService},

		as("Role", rbac, roles, role),
		as("ClusterRole", rbac, roles, role),
		as("RoleBinding", rbac, bindings, binding),
		as("ClusterRoleBinding", rbac, bindings, binding),
		as("Secret", core, secrets, secret),
		as("PriorityClass", []string{"scheduling.k8s.io"}, classes, priorityClass),
	} {
		out[p.kind] = append(out[p.kind], p)
	}
	return out
}()

// partOf gives the part that objects of the kind belong to; nil where they have none.
func partOf(ref scorecard.ObjectRef) *part {
	of := partsByKind[ref.Kind]
	for i := range of {
		if slices.Contains(of[i].groups, ref.Group()) {
			return &of[i]
		}
	}
	return nil
}

// file puts the object into the part of the facts that it belongs to. What else holds
// a Prometheus configuration is filed for that too.
func (r *reader) file(u *unit, o object) {
	f := &u.facts
	fileBeside(f, o)
	p := partOf(o.at.Object)
	if p == nil || o.at.Object.Kind == "Secret" {
		f.Scrapes = append(f.Scrapes, jobs(o)...)
	}
	f.Traffic = append(f.Traffic, trafficPolicies(o)...)
	if p != nil && p.file(f, o) {
		return
	}
	if w, ok := workload(o, u.origin); ok {
		if ref := rolloutRef(o); ref.Name != "" {
			u.refs = append(u.refs, rolloutOf{len(f.Workloads), ref})
		}
		f.Workloads = append(f.Workloads, w)
		return
	}
	f.Objects = append(f.Objects, scorecard.OtherObject{Location: o.at, Labels: labelsOf(o.node)})
}

// judge notes where the object does not fit its kind, and what would be refused of it.
func (r *reader) judge(u *unit, m *scorecard.Manifest, n *yaml.Node, at scorecard.Location) {
	problem := func(field string, line int, message string) {
		m.Problems = append(m.Problems, scorecard.Problem{Location: at.At(field, line, line), Message: message})
	}
	ref := at.Object
	t := r.api.typeOf(ref.APIVersion, ref.Kind)
	if ref.Name == "" && t != nil && !yamldoc.IsUnknown(yamldoc.Get(n, "metadata", "name")) {
		problem("metadata.name", 0, fmt.Sprintf("the %s has no name", ref.Kind))
	}
	if t == nil {
		m.Custom++
		newer := lifecycle.Newest().Before(r.version) && mayCome(ref.APIVersion, ref.Kind)
		if message := r.api.misnamed(ref.APIVersion, ref.Kind); message != "" && !newer {
			problem("kind", yamldoc.KeyLine(n, "kind"), message)
		}
	} else {
		for _, f := range r.schema.check(n, t) {
			problem(f.field, f.node.Line, f.field+" "+f.message)
		}
	}
	if u.bases {
		return // what is missing in it may have been to come
	}
	for _, f := range refused(n, ref, u.kind) {
		problem(f.field, f.node.Line, f.field+" "+f.message)
	}
}

// refOf names an object. One whose name the API server makes goes by the beginning of it.
func refOf(n *yaml.Node) scorecard.ObjectRef {
	name := yamldoc.Written(yamldoc.Get(n, "metadata", "name"))
	if name == "" {
		name = yamldoc.Written(yamldoc.Get(n, "metadata", "generateName"))
	}
	return scorecard.ObjectRef{
		APIVersion: yamldoc.String(yamldoc.Get(n, "apiVersion")),
		Kind:       yamldoc.String(yamldoc.Get(n, "kind")),
		Namespace:  yamldoc.String(yamldoc.Get(n, "metadata", "namespace")),
		Name:       name,
	}
}

func labelsOf(n *yaml.Node) map[string]string {
	return yamldoc.StringMap(yamldoc.Get(n, "metadata", "labels"))
}

func service(o object) scorecard.KubeService {
	spec := yamldoc.Get(o.node, "spec")
	s := scorecard.KubeService{
		Location:    o.at,
		Labels:      labelsOf(o.node),
		Annotations: annotations(yamldoc.Get(o.node, "metadata", "annotations")),
		Type:        yamldoc.String(yamldoc.Get(spec, "type")),
		Headless:    yamldoc.String(yamldoc.Get(spec, "clusterIP")) == "None",
	}
	if labels := yamldoc.StringMap(yamldoc.Get(spec, "selector")); labels != nil && s.Type != "ExternalName" {
		s.Selector = &scorecard.Selector{MatchLabels: labels}
	}
	for _, p := range yamldoc.Items(yamldoc.Get(spec, "ports")) {
		port := scorecard.ServicePort{Name: yamldoc.String(yamldoc.Get(p, "name")), Protocol: yamldoc.String(yamldoc.Get(p, "protocol"))}
		if n, ok := whole(yamldoc.Get(p, "port")); ok && n != nil {
			port.Number = *n
		}
		target := yamldoc.Get(p, "targetPort")
		port.Target, port.TargetIsName = portOf(target)
		if isNull(target) && port.Number != 0 {
			port.Target = fmt.Sprint(port.Number)
		}
		s.Ports = append(s.Ports, port)
	}
	return s
}

func priorityClass(o object) scorecard.PriorityClass {
	f := scratch(o.node)
	return scorecard.PriorityClass{Location: o.at, Value: f.int32("value"), GlobalDefault: f.is("globalDefault")}
}

// portOf reads a port that is a number or a name. Text in quotes is a name, be it digits.
func portOf(n *yaml.Node) (port string, isName bool) {
	n = yamldoc.Follow(n)
	if n == nil || n.Kind != yaml.ScalarNode || n.Tag == "!!null" || yamldoc.IsUnknown(n) {
		return "", false
	}
	if n.Tag == "!!int" {
		if v, ok := whole(n); ok {
			return fmt.Sprint(*v), false
		}
	}
	return n.Value, true
}

func budget(o object) scorecard.Budget {
	spec := yamldoc.Get(o.node, "spec")
	b := scorecard.Budget{
		Location: o.at,
		Selector: selector(yamldoc.Get(spec, "selector")),
		// As written even where something fills them in: no count, and not left out either.
		MinAvailable:   yamldoc.Written(yamldoc.Get(spec, "minAvailable")),
		MaxUnavailable: yamldoc.Written(yamldoc.Get(spec, "maxUnavailable")),
	}
	// In policy/v1beta1 an empty selector selects nothing.
	if s := b.Selector; s != nil && o.at.Object.APIVersion == "policy/v1beta1" && len(s.MatchLabels) == 0 && len(s.MatchExpressions) == 0 {
		b.Selector = nil
	}
	return b
}

// selector reads a label selector; nil where none is written.
func selector(n *yaml.Node) *scorecard.Selector {
	n = yamldoc.Follow(n)
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	s := &scorecard.Selector{MatchLabels: yamldoc.StringMap(yamldoc.Get(n, "matchLabels"))}
	for _, e := range yamldoc.Items(yamldoc.Get(n, "matchExpressions")) {
		req := scorecard.Requirement{Key: yamldoc.String(yamldoc.Get(e, "key")), Operator: yamldoc.String(yamldoc.Get(e, "operator"))}
		for _, v := range yamldoc.Items(yamldoc.Get(e, "values")) {
			req.Values = append(req.Values, yamldoc.Written(v))
		}
		slices.Sort(req.Values)
		s.MatchExpressions = append(s.MatchExpressions, req)
	}
	return s
}

func target(n *yaml.Node, namespace string) scorecard.ObjectRef {
	return scorecard.ObjectRef{
		APIVersion: yamldoc.String(yamldoc.Get(n, "apiVersion")),
		Kind:       yamldoc.String(yamldoc.Get(n, "kind")),
		Namespace:  namespace,
		Name:       yamldoc.Written(yamldoc.Get(n, "name")),
	}
}
