package scorecard

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Dangling is a selector or target that matches nothing in the repository.
type Dangling struct {
	// Location is the object that selects, with the field that does.
	Location Location `json:"location"`
	// Wants is what it asks for: "pods with app=cart", "Deployment shop/cart".
	Wants string `json:"wants"`
	// Near is the object that was probably meant; zero where nothing is near. NearLabels
	// are the labels that select its pods, for a selector.
	Near       ObjectRef         `json:"near,omitzero"`
	NearLabels map[string]string `json:"nearLabels,omitempty"`
	// Backend is the Service of another namespace that a route may not lead to for want
	// of a ReferenceGrant there.
	Backend ObjectRef `json:"backend,omitzero"`
	// Seen: what is there contradicts it, so that nothing that could not be read can
	// mend it: a workload that does not select its own pods, a port that nobody declares.
	Seen bool `json:"seen,omitempty"`
	// Elsewhere says why what it asks for may stand where nobody looked, in a clause;
	// empty where the repository ought to declare it.
	Elsewhere string `json:"elsewhere,omitempty"`
}

// FindDangling finds the selectors and targets among the facts that match nothing,
// by the rules of the API server and the controllers. The facts are those of a whole
// repository, paired by Pair.
func FindDangling(f *Facts, p *Pairs) []Dangling {
	d := newDangler(f)
	for i := range f.Services {
		d.service(&f.Services[i], p.OfService[&f.Services[i]])
	}
	for i := range f.Budgets {
		if b := &f.Budgets[i]; len(p.OfBudget[b]) == 0 {
			d.selector(b.Location.At("spec.selector", 0, 0), b.Selector, false)
		}
	}
	for i := range f.Policies {
		n := &f.Policies[i]
		if len(p.OfPolicy[n]) == 0 && n.Selector != nil && !n.Selector.Empty() && n.Unreadable == "" {
			d.selector(n.Location.At(cmp.Or(n.Location.Field, "spec.podSelector"), 0, 0), n.Selector, n.Everywhere)
		}
	}
	for i := range f.Scalers {
		if a := &f.Scalers[i]; len(p.OfScaler[a]) == 0 {
			d.scaler(a)
		}
	}
	for i := range f.Workloads {
		d.workload(&f.Workloads[i])
	}
	for i := range f.Routes {
		d.route(&f.Routes[i])
	}
	return d.found
}

// Empty reports whether the selector asks for nothing, and so selects all.
func (s *Selector) Empty() bool { return len(s.MatchLabels) == 0 && len(s.MatchExpressions) == 0 }

// String is the selector as kubectl writes it: "app=cart,tier in (web,api)".
func (s *Selector) String() string {
	var parts []string
	for k, v := range s.MatchLabels {
		parts = append(parts, k+"="+v)
	}
	slices.Sort(parts)
	for _, r := range s.MatchExpressions {
		switch r.Operator {
		case "Exists":
			parts = append(parts, r.Key)
		case "DoesNotExist":
			parts = append(parts, "!"+r.Key)
		case "In":
			parts = append(parts, r.Key+" in ("+strings.Join(r.Values, ",")+")")
		case "NotIn":
			parts = append(parts, r.Key+" notin ("+strings.Join(r.Values, ",")+")")
		default:
			parts = append(parts, strings.TrimSpace(r.Key+" "+r.Operator))
		}
	}
	return strings.Join(parts, ",")
}

// dangler looks things up for FindDangling.
type dangler struct {
	found    []Dangling
	pods     *Index[Workload]
	names    map[objectName][]*Workload // under their own names
	services map[objectName][]*KubeService
	// declared are the namespaces that hold workloads.
	declared map[string]bool
	// custom are the names of custom objects by namespace: operators make workloads and
	// Services of them, which files do not show.
	custom map[string][]string
	kinds  map[string]bool // groups and kinds of all objects
	// inForms and otherNames are the workloads of other forms than those that are judged.
	inForms    *Index[Workload]
	otherNames map[objectName][]*Workload
	// workloads are those of the facts, likes what of them is written almost like
	// something, by the label that is asked for; see alike.
	workloads []Workload
	likes     map[string]map[string][]*Workload
	// open are the charts with a dependency that is not in the repository.
	open map[string]bool
	// grants are by the namespace that they are in.
	grants map[string][]*ReferenceGrant
}

func newDangler(f *Facts) *dangler {
	d := &dangler{
		pods:     NewPodIndex(f.Workloads),
		names:    byName(f.Workloads, func(w *Workload) ObjectRef { return w.Object }),
		services: byName(f.Services, func(s *KubeService) ObjectRef { return s.Location.Object }),
		declared: map[string]bool{}, custom: map[string][]string{}, kinds: map[string]bool{}, open: map[string]bool{},
		grants: map[string][]*ReferenceGrant{}, workloads: f.Workloads, likes: map[string]map[string][]*Workload{},
	}
	for i := range f.Grants {
		ns := f.Grants[i].Location.Object.PairingNamespace()
		d.grants[ns] = append(d.grants[ns], &f.Grants[i])
	}
	var others []Workload
	for i := range f.Forms {
		others = append(others, f.Forms[i].Facts.Workloads...)
	}
	d.inForms, d.otherNames = NewPodIndex(others), byName(others, func(w *Workload) ObjectRef { return w.Object })
	for i := range f.Workloads {
		o := f.Workloads[i].Object
		d.declared[o.PairingNamespace()] = true
		d.note(o)
	}
	for i := range others {
		d.declared[others[i].Object.PairingNamespace()] = true
	}
	for i := range f.Objects {
		d.note(f.Objects[i].Location.Object)
	}
	for i := range f.Charts {
		for _, dep := range f.Charts[i].Dependencies {
			d.open[f.Charts[i].Folder] = d.open[f.Charts[i].Folder] || !dep.Vendored && !dep.Local
		}
	}
	return d
}

func (d *dangler) note(o ObjectRef) {
	d.kinds[o.Group()+"/"+o.Kind] = true
	if custom(o) && o.Name != "" {
		ns := o.PairingNamespace()
		d.custom[ns] = append(d.custom[ns], o.Name)
	}
}

// custom reports whether the object is of no kind of Kubernetes' own.
func custom(o ObjectRef) bool {
	g := o.Group()
	return strings.Contains(g, ".") && !strings.HasSuffix(g, ".k8s.io")
}

// made reports whether a custom object of the namespace bears the name, or the
// beginning of it: what is called so is then made by an operator.
func (d *dangler) made(namespace, name string) bool {
	return slices.ContainsFunc(d.custom[namespace], func(c string) bool {
		return name == c || strings.HasPrefix(name, c+"-")
	})
}

func (d *dangler) add(x Dangling) { d.found = append(d.found, x) }

// service: its selector finds pods, and its named ports are ports of these.
func (d *dangler) service(s *KubeService, pods []*Workload) {
	if s.Selector == nil {
		return
	}
	if len(pods) == 0 {
		d.selector(s.Location.At("spec.selector", 0, 0), s.Selector, false)
		return
	}
	for _, p := range s.Ports {
		if !p.TargetIsName || slices.ContainsFunc(pods, func(w *Workload) bool { return mayServe(w, p.Target, p.Protocol) }) {
			continue
		}
		called := p.Target
		if slices.ContainsFunc(pods, func(w *Workload) bool {
			return slices.ContainsFunc(w.Containers, func(c Container) bool { _, ok := c.PortNumber(p.Target, true); return ok && c.Role != InitContainer })
		}) {
			called = cmp.Or(p.Protocol, "TCP") + " port called " + p.Target
		} else {
			called = "port called " + called
		}
		d.add(Dangling{Location: s.Location.At("spec.ports", 0, 0), Wants: fmt.Sprintf("a %s of the pods of %s", called, pods[0].Object), Seen: true})
	}
}

// mayServe reports whether one of the containers declares a port of that name and
// protocol, or might: its ports could not be read, or the platform adds containers of its own.
func mayServe(w *Workload, port, protocol string) bool {
	if custom(w.Object) && w.Object.Kind != "Rollout" {
		return true
	}
	return len(w.Containers) == 0 || !w.Readable(w.PodSpec()+".containers") || slices.ContainsFunc(w.Containers, func(c Container) bool {
		if c.Role == InitContainer {
			return false // it is gone when requests come
		}
		return c.ServesPort(port, protocol) || !c.Readable("ports")
	})
}

// selector: nothing has the labels.
func (d *dangler) selector(at Location, s *Selector, everywhere bool) {
	ns := at.Object.PairingNamespace()
	if s == nil {
		d.add(Dangling{Location: at, Wants: "pods, but has no selector that selects any", Seen: true})
		return
	}
	for k, v := range s.MatchLabels {
		if d.made(ns, v) || slices.Contains(ownLabels, k) {
			return // the pods of a custom object, or one of a controller's pods
		}
	}
	x := Dangling{Location: at, Wants: "pods with " + s.String()}
	abroad := d.pods.SelectEverywhere(s)
	open := slices.IndexFunc(abroad, func(w *Workload) bool {
		return IsReleaseNamespace(w.Object.Namespace) || IsReleaseNamespace(at.Object.Namespace)
	})
	if there := d.inForms.Select(ns, s); len(there) > 0 {
		if open >= 0 {
			x.Near = abroad[open].Object
		}
		x.Elsewhere = fmt.Sprintf("%s has these labels in another form than the one that is judged", there[0].Object)
		d.add(x)
		return
	}
	switch {
	case open >= 0:
		x.Near = abroad[open].Object
		x.Elsewhere = fmt.Sprintf("%s has these labels, but which namespace the release goes to is not known", x.Near)
	default:
		if len(abroad) > 0 {
			x.Near = abroad[0].Object
		} else {
			x.Elsewhere = d.elsewhere(at.Object, everywhere)
		}
		w := d.nearest(at.Object, s)
		if w == nil && len(abroad) == 0 && len(s.MatchLabels) == 1 {
			for k, v := range s.MatchLabels {
				w = d.alike(ns, k, v)
			}
		}
		if w != nil {
			x.Near, x.NearLabels = w.Object, w.PodLabels
			if w.Selector != nil && len(w.Selector.MatchLabels) > 0 && w.Selector.Matches(w.PodLabels) {
				x.NearLabels = w.Selector.MatchLabels
			}
		}
	}
	d.add(x)
}

// ownLabels are those that controllers give to the pods that they make.
var ownLabels = []string{"statefulset.kubernetes.io/pod-name", "apps.kubernetes.io/pod-index", "job-name", "batch.kubernetes.io/job-name",
	"controller-uid", "batch.kubernetes.io/controller-uid", "batch.kubernetes.io/job-completion-index", "pod-template-hash",
	"rollouts-pod-template-hash", "controller-revision-hash"}

// elsewhere says why something may be missing from the files without being missing.
func (d *dangler) elsewhere(from ObjectRef, everywhere bool) string {
	if chart, ok := strings.CutPrefix(from.Namespace, releaseNamespacePrefix); ok && d.open[strings.TrimSuffix(chart, "}")] {
		return "the chart has dependencies that are not in the repository"
	}
	if everywhere || d.declared[from.PairingNamespace()] {
		return ""
	}
	if ns := from.Namespace; ns != "" && !IsReleaseNamespace(ns) {
		return "the repository declares no workloads in namespace " + ns
	}
	return "the repository declares no workloads in that namespace"
}

// scaler: what it targets is not there.
func (d *dangler) scaler(a *Autoscaler) {
	target := a.Target
	target.Namespace = a.Location.Object.Namespace
	at := a.Location.At("spec.scaleTargetRef", a.TargetLine, a.TargetLine)
	if unread := slices.IndexFunc(a.Unreadable, func(f string) bool { return strings.HasPrefix("spec.scaleTargetRef.name", f) }); unread >= 0 {
		d.add(Dangling{Location: at, Wants: "a target", Elsewhere: a.Unreadable[unread] + " could not be read"})
		return
	}
	if a.Target.Name == "" {
		d.add(Dangling{Location: at, Wants: "a target, but names none", Seen: true})
		return
	}
	x := Dangling{Location: at, Wants: target.String()}
	if there := d.otherNames[nameOf(target)]; len(there) > 0 && a.Target.APIVersion != "" {
		x.Near = d.released(target)
		x.Elsewhere = fmt.Sprintf("%s is there in another form than the one that is judged", there[0].Object)
		d.add(x)
		return
	}
	ns := a.Location.Object.PairingNamespace()
	switch {
	case a.Target.APIVersion == "":
		x.Wants, x.Seen = x.Wants+" without an apiVersion, which the API server refuses", true
		x.Near = d.named(ns, a.Target.Kind, a.Target.Name)
	case custom(target) && d.made(ns, target.Name):
		return // a custom object that scales
	case custom(target) && !d.kinds[target.Group()+"/"+target.Kind]:
		x.Elsewhere = "nothing in the repository is of the kind " + target.Kind
	default:
		x.Near = d.named(ns, "", a.Target.Name)
		if x.Near == (ObjectRef{}) {
			x.Near = d.named(ns, a.Target.Kind, a.Location.Object.Name)
		}
		x.Elsewhere = d.elsewhere(a.Location.Object, false)
		if x.Near == (ObjectRef{}) && x.Elsewhere == "" {
			if o := d.released(target); o != (ObjectRef{}) {
				x.Near, x.Elsewhere = o, fmt.Sprintf("%s is there, but which namespace the release goes to is not known", o)
			}
		}
		if x.Near == (ObjectRef{}) {
			if w := d.alike(ns, "", a.Target.Kind+"/"+a.Target.Name); w != nil {
				x.Near = w.Object
			}
		}
	}
	d.add(x)
}

// workload: its selector finds its own pods, and a StatefulSet's Service is there.
func (d *dangler) workload(w *Workload) {
	if s := w.Selector; s != nil && !s.Matches(w.PodLabels) && w.Object.Kind != "Pod" && len(w.Containers) > 0 {
		d.add(Dangling{Location: w.At("spec.selector"), Wants: "pods with " + s.String() + ", which its own pods are not", Near: w.Object, NearLabels: w.PodLabels, Seen: true})
	}
	if w.Selector == nil && w.needsSelector() {
		d.add(Dangling{Location: w.At("spec.selector"), Wants: "a selector, which the API server demands of " + w.Object.APIVersion, Near: w.Object, NearLabels: w.PodLabels, Seen: true})
	}
	if w.ServiceName == "" || w.Object.Kind != "StatefulSet" {
		return
	}
	ref := ObjectRef{APIVersion: "v1", Kind: "Service", Namespace: w.Object.Namespace, Name: w.ServiceName}
	if len(d.services[nameOf(ref)]) == 0 && !d.made(w.Object.PairingNamespace(), w.ServiceName) {
		d.add(Dangling{Location: w.At("spec.serviceName"), Wants: ref.String(), Elsewhere: d.elsewhere(w.Object, false)})
	}
}

// needsSelector reports whether the API server refuses the workload without a selector
// of its own. The older versions of apps took the labels of the pods.
func (w *Workload) needsSelector() bool {
	switch w.Object.Kind {
	case "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet":
		return (w.Object.APIVersion == "apps/v1" || w.Object.APIVersion == "apps/v1beta2") && !w.Live && w.Readable("spec.selector")
	}
	return false
}

// route: its backends are Services that are there, with such a port.
func (d *dangler) route(r *Route) {
	for _, b := range r.Backends {
		at := r.Location.At("backend "+b.Service.Name, b.FirstLine, b.FirstLine)
		services := d.services[nameOf(b.Service)]
		ns := b.Service.PairingNamespace()
		switch {
		case b.Service.Name == "" || d.made(ns, b.Service.Name):
		case len(services) == 0:
			d.add(Dangling{Location: at, Wants: b.Service.String(), Elsewhere: d.elsewhere(b.Service, false)})
		case b.Port != "" && !slices.ContainsFunc(services, func(s *KubeService) bool { return s.offers(b, r.Location.Object.Group() == "route.openshift.io") }):
			d.add(Dangling{Location: at, Wants: fmt.Sprintf("port %s of %s", b.Port, b.Service), Seen: true})
		default:
			d.granted(at, b.Service)
		}
	}
}

// granted: a route of the Gateway API that leads to a Service of another namespace is
// let do so by a ReferenceGrant there.
func (d *dangler) granted(at Location, service ObjectRef) {
	route := at.Object
	if route.Group() != "gateway.networking.k8s.io" || route.PairingNamespace() == service.PairingNamespace() {
		return
	}
	grants := d.grants[service.PairingNamespace()]
	if slices.ContainsFunc(grants, func(g *ReferenceGrant) bool { return g.lets(route, service) }) {
		return
	}
	x := Dangling{Location: at, Wants: fmt.Sprintf("a ReferenceGrant beside %s that lets in %s of its namespace", service, route), Backend: service}
	switch {
	case route.Namespace == "" || IsReleaseNamespace(route.Namespace) || IsReleaseNamespace(service.Namespace):
		x.Elsewhere = "which namespace it goes to is not known"
	case slices.ContainsFunc(grants, func(g *ReferenceGrant) bool { return g.Unread }):
		x.Elsewhere = "a grant there could not be read"
	}
	d.add(x)
}

// offers reports whether the Service has the port that a route's backend names, its own
// or, for an OpenShift Route, that of the pods.
func (s *KubeService) offers(b RouteBackend, ofPods bool) bool {
	return s.Type == "ExternalName" || slices.ContainsFunc(s.Ports, func(p ServicePort) bool {
		return p.Name == b.Port || strconv.Itoa(int(p.Number)) == b.Port || ofPods && p.Target == b.Port
	})
}
