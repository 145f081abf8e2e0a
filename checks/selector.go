package checks

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var selectorMatches = scorecard.Check{
	ID:      "selector-matches",
	Pillar:  scorecard.Config,
	Title:   "Every selector and target names something that exists",
	Applies: "Services with a selector, workloads, disruption budgets, autoscalers, network policies, and the backends of Ingresses and routes; not Services without a selector, and not what an operator makes of a custom object",
	Passes:  "its labels are those of some workload's pods in its namespace, a named target port is one that they declare for that protocol, a target or backend is declared (of a Gateway's route to another namespace with the ReferenceGrant that lets it), and so is a StatefulSet's governing Service",
	Why: "A selector with one wrong label is accepted without a word and does nothing: the Service has no endpoints, the budget protects no pod, the autoscaler never scales. " +
		"Everybody who reads the manifest believes that it works.",
	Fix: "Make the selector that of the pod template's labels, and the target the name of the workload.",
	References: []scorecard.Reference{
		{Title: "Kubernetes: Labels and Selectors", URL: "https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/"},
		{Title: "Kubernetes: Debug Services", URL: "https://kubernetes.io/docs/tasks/debug/debug-application/debug-service/"},
	},
	Level: scorecard.Bronze, Weight: scorecard.Critical, Effort: scorecard.Minutes,
	Reads: []scorecard.Family{scorecard.Kubernetes},
	Rule: rule(words{"selector or target", "finds what it asks for", "nothing was seen that selects or targets"},
		func(s *survey) {
			dangling := map[scorecard.Location][]*scorecard.Dangling{}
			for i := range s.Dangling {
				at := place(s.Dangling[i].Location)
				dangling[at] = append(dangling[at], &s.Dangling[i])
			}
			noteHeadless(s)
			for _, x := range askers(&s.Facts) {
				judgeSelector(s, x, dangling[place(x.at)])
			}
		}),
}

// place is that of the object as a whole.
func place(l scorecard.Location) scorecard.Location {
	l.Field, l.FirstLine, l.LastLine = "", 0, 0
	return l
}

// asker is something that selects or targets, and what it asks for.
type asker struct {
	at   scorecard.Location
	asks string
}

// askers lists what selects or targets, in the order of its kinds.
func askers(f *scorecard.Facts) (out []asker) {
	wanting := map[scorecard.Location]bool{}
	for i := range f.Dangling {
		wanting[place(f.Dangling[i].Location)] = true
	}
	add := func(at scorecard.Location, format string, a ...any) {
		out = append(out, asker{at, fmt.Sprintf(format, a...)})
	}
	for i := range f.Services {
		if k := &f.Services[i]; k.Selector != nil {
			add(k.Location, "selects pods with %s", k.Selector)
		}
	}
	for i := range f.Workloads {
		if w := &f.Workloads[i]; w.Selector != nil && len(w.Containers) > 0 || w.ServiceName != "" || wanting[place(w.Location)] {
			asks := "selects its own pods"
			if w.ServiceName != "" {
				asks += " and is governed by Service " + w.ServiceName
			}
			add(w.Location, "%s", asks)
		}
	}
	for i := range f.Budgets {
		if b := &f.Budgets[i]; b.Selector != nil {
			add(b.Location, "selects %s", podsWith(b.Selector))
		} else {
			add(b.Location, "selects nothing")
		}
	}
	for i := range f.Scalers {
		add(f.Scalers[i].Location, "targets %s %s", f.Scalers[i].Target.Kind, f.Scalers[i].Target.Name)
	}
	for i := range f.Policies {
		if n := &f.Policies[i]; n.Selector != nil && !n.Selector.Empty() && n.Unreadable == "" {
			add(n.Location, "selects %s", podsWith(n.Selector))
		}
	}
	for i := range f.Routes {
		if len(f.Routes[i].Backends) > 0 {
			add(f.Routes[i].Location, "leads to Services that are declared")
		}
	}
	return out
}

func podsWith(s *scorecard.Selector) string {
	if s.Empty() {
		return "all pods of its namespace"
	}
	return "pods with " + s.String()
}

// noteHeadless says where a StatefulSet is governed by a Service with an address of its
// own: its pods have no names in DNS then.
func noteHeadless(s *survey) {
	for i := range s.Workloads {
		w := &s.Workloads[i]
		if w.ServiceName == "" {
			continue
		}
		for j := range s.Services {
			k := &s.Services[j]
			o := k.Location.Object
			if o.Name == w.ServiceName && o.PairingNamespace() == w.Object.PairingNamespace() && !k.Headless {
				s.Note("%s, which governs %s, is not headless, so the pods have no DNS names of their own", o, w.Object)
				break
			}
		}
	}
}

func judgeSelector(s *survey, x asker, dangling []*scorecard.Dangling) {
	name := x.at.Object
	var open *scorecard.Dangling
	for _, d := range dangling {
		if d.Elsewhere != "" {
			open = d
			continue
		}
		near := ""
		if d.Near != (scorecard.ObjectRef{}) && d.Near != name {
			near = fmt.Sprintf(" (%s is near)", d.Near)
		}
		fail := s.Lack
		if d.Seen {
			fail = s.Fail
		}
		fail(d.Location, func() string { return selectorRemedy(s, d) }, "%s asks for %s, and there is no such thing%s", name, d.Wants, near)
		return
	}
	if open != nil {
		s.Undecided(open.Location, "%s asks for %s: %s", name, open.Wants, open.Elsewhere)
		return
	}
	s.Pass(x.at, "%s %s", name, x.asks)
}

// selectorRemedy says what to write: the labels or the name of what is near, else the
// object that is missing.
func selectorRemedy(s *survey, d *scorecard.Dangling) string {
	o := d.Location.Object
	switch {
	case o.Kind == "StatefulSet" && d.Location.Field == "spec.serviceName":
		if i := workloadAt(s, o); i != nil {
			return fenced(fmt.Sprintf("Add the headless Service that governs %s:", o), "yaml", headlessService(i))
		}
	case d.Location.Field == "spec.scaleTargetRef" && d.Near != (scorecard.ObjectRef{}):
		return fenced(in(d.Location)+fmt.Sprintf("let %s target %s:", o, d.Near), "yaml", specPatch(o, object{{key: "scaleTargetRef", value: object{
			{key: "apiVersion", value: d.Near.APIVersion}, {key: "kind", value: d.Near.Kind}, {key: "name", value: d.Near.Name},
		}}}))
	case len(d.NearLabels) > 0:
		if patch := selectorPatch(s, d); patch != nil {
			return fenced(in(d.Location)+fmt.Sprintf("let %s select the pods of %s:", o, d.Near), "yaml", specPatch(o, patch))
		}
	case d.Backend != (scorecard.ObjectRef{}):
		return fenced(fmt.Sprintf("Let %s lead to %s:", o, d.Backend), "yaml", grantFor(o, d.Backend))
	case d.Location.Field == "spec.ports":
		if ports := reachablePorts(s, o); ports != nil {
			return fenced(in(d.Location)+fmt.Sprintf("let the ports of %s be those that its pods declare:", o), "yaml", specPatch(o, object{{key: "ports", value: ports}}))
		}
	}
	return in(d.Location) + fmt.Sprintf("correct what %s asks for (%s), declare it, or delete %s if it is not needed any more.", o, d.Wants, o)
}

// selectorPatch writes the labels that select what is near, and takes out the others.
func selectorPatch(s *survey, d *scorecard.Dangling) object {
	o := d.Location.Object
	var old *scorecard.Selector
	for i := range s.Services {
		if s.Services[i].Location.Object == o {
			old = s.Services[i].Selector
		}
	}
	for i := range s.Budgets {
		if s.Budgets[i].Location.Object == o {
			old = s.Budgets[i].Selector
		}
	}
	for i := range s.Policies {
		if s.Policies[i].Location.Object == o {
			old = s.Policies[i].Selector
		}
	}
	if w := workloadAt(s, o); w != nil {
		if old = w.Selector; old == nil {
			old = &scorecard.Selector{}
		}
	}
	if old == nil {
		return nil
	}
	labels := stringMap(d.NearLabels)
	for _, k := range sortedKeys(old.MatchLabels) {
		if _, kept := d.NearLabels[k]; !kept {
			labels = append(labels, field{key: k, value: nil, comment: "take it out"})
		}
	}
	selector := object{{key: "matchLabels", value: labels}}
	if len(old.MatchExpressions) > 0 {
		selector = append(selector, field{key: "matchExpressions", value: nil, comment: "take them out"})
	}
	switch {
	case o.Kind == "Service" && o.Group() == "":
		return object{{key: "selector", value: labels}}
	case o.Kind == "NetworkPolicy" && strings.HasSuffix(o.Group(), "k8s.io"):
		return object{{key: "podSelector", value: selector}}
	case o.Group() == "policy", o.Group() == "apps":
		return object{{key: "selector", value: selector}}
	}
	return nil
}

func workloadAt(s *survey, o scorecard.ObjectRef) *scorecard.Workload {
	for i := range s.Workloads {
		if s.Workloads[i].Object == o {
			return &s.Workloads[i]
		}
	}
	return nil
}

// headlessService gives the pods of a StatefulSet their names.
func headlessService(w *scorecard.Workload) string {
	spec := object{{key: "clusterIP", value: "None"}, {key: "selector", value: stringMap(podSelector(w))}}
	if c := w.MainContainer(); c != nil && len(c.Ports) > 0 {
		var ports []object
		for _, p := range c.Ports {
			name := p.Name
			if name == "" {
				name = fmt.Sprintf("port-%d", p.Number)
			}
			ports = append(ports, object{{key: "name", value: name}, {key: "port", value: p.Number}})
		}
		spec = append(spec, field{key: "ports", value: ports})
	}
	return yamlText(object{
		{key: "apiVersion", value: "v1"}, {key: "kind", value: "Service"},
		{key: "metadata", value: metadata(w.Object, w.ServiceName)}, {key: "spec", value: spec},
	})
}

// reachablePorts writes the Service's ports, those that no pod declares by name with
// the number or name of the port that is meant.
func reachablePorts(s *survey, o scorecard.ObjectRef) (out []object) {
	for i := range s.Services {
		k := &s.Services[i]
		if k.Location.Object != o {
			continue
		}
		for _, w := range s.WorkloadsOf(k) {
			if c := w.MainContainer(); c != nil && len(c.Ports) > 0 {
				return portsTo(k, c)
			}
		}
	}
	return nil
}

func portsTo(k *scorecard.KubeService, c *scorecard.Container) (out []object) {
	for _, p := range k.Ports {
		var target any = p.Target
		protocol := p.Protocol
		if p.TargetIsName && !c.ServesPort(p.Target, p.Protocol) {
			meant := c.Ports[0]
			for _, cp := range c.Ports {
				if cp.Name == p.Target { // of another protocol
					meant = cp
					break
				}
				if cp.Number == p.Number {
					meant = cp
				}
			}
			if protocol = meant.Protocol; meant.Name != p.Target {
				target = meant.Number
			}
		} else if !p.TargetIsName {
			target = json.Number(p.Target)
		}
		var port object
		if p.Name != "" {
			port = object{{key: "name", value: p.Name}}
		}
		port = append(port, field{key: "port", value: p.Number}, field{key: "targetPort", value: target})
		if orTCP(protocol) != "TCP" || orTCP(p.Protocol) != "TCP" {
			port = append(port, field{key: "protocol", value: orTCP(protocol)})
		}
		out = append(out, port)
	}
	return out
}

// grantFor lets routes of the kind and namespace lead to the Service.
func grantFor(route, service scorecard.ObjectRef) string {
	return yamlText(object{
		{key: "apiVersion", value: "gateway.networking.k8s.io/v1beta1"}, {key: "kind", value: "ReferenceGrant"},
		{key: "metadata", value: metadata(service, strings.ToLower(route.Kind)+"s-of-"+route.Namespace)},
		{key: "spec", value: object{
			{key: "from", value: []object{{{key: "group", value: route.Group()}, {key: "kind", value: route.Kind}, {key: "namespace", value: route.Namespace}}}},
			{key: "to", value: []object{{{key: "group", value: ""}, {key: "kind", value: "Service"}, {key: "name", value: service.Name}}}},
		}},
	})
}
