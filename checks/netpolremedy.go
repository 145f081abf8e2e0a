package checks

import (
	"fmt"
	"slices"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

func policyRemedy(s *survey, w *scorecard.Workload) string {
	labels, hint := ownLabels(w)
	name := freeName(w.Object.Name, "-ingress", func(name string) bool {
		return slices.ContainsFunc(s.Policies, func(n scorecard.NetworkPolicy) bool {
			return sameObject(n.Location.Object, scorecard.ObjectRef{Kind: "NetworkPolicy", Namespace: w.Object.Namespace, Name: name})
		})
	})
	callers, ingress := allowed(s, w)
	text := fenced(fmt.Sprintf("Add a policy beside %s%s%s:", w.Object, hint, callers), "yaml", yamlText(object{
		{key: "apiVersion", value: "networking.k8s.io/v1"}, {key: "kind", value: "NetworkPolicy"},
		{key: "metadata", value: metadata(w.Object, name)},
		{key: "spec", value: object{
			{key: "podSelector", value: object{{key: "matchLabels", value: stringMap(labels)}}},
			{key: "policyTypes", value: []string{"Ingress"}},
			{key: "ingress", value: ingress},
		}},
	}))
	if !w.Pod.HostNetwork {
		return text
	}
	return fenced(in(w.AtPod("hostNetwork"))+fmt.Sprintf("give the pods of %s a network of their own, unless they manage the host's:", w.Object), "yaml", podPatch(w, object{{key: "hostNetwork", value: false}})) + "\n\n" + text
}

// allowed is the ingress section for the workload, and a clause that says whom it lets
// in: its ports for the pods of its namespace; for all where a Service opens them to the
// outside; nobody where nothing calls it.
func allowed(s *survey, w *scorecard.Workload) (callers string, ingress []object) {
	ports, services := calledPorts(s, w), s.ServicesOf(w)
	if len(ports) == 0 && len(services) == 0 {
		return ", which has no port and no Service, so that it lets nobody in", []object{}
	}
	var rule object
	if len(ports) > 0 {
		rule = object{{key: "ports", value: ports}}
	}
	if len(ports) > 0 && slices.ContainsFunc(services, func(k *scorecard.KubeService) bool { return k.Type == "LoadBalancer" || k.Type == "NodePort" }) {
		return ", whose ports a Service opens to the outside, and so to all", []object{rule}
	}
	from := []object{{{key: "podSelector", value: object{}, comment: "all pods of the namespace; better: the labels of the callers"}}}
	if slices.ContainsFunc(services, func(k *scorecard.KubeService) bool { return len(s.RoutesOf(k)) > 0 }) {
		from = append(from, object{{key: "namespaceSelector", value: object{{key: "matchLabels", value: object{
			{key: scorecard.NamespaceLabel, value: "your-ingress", comment: "the namespace of the ingress controller"}}}}}})
	}
	return ", and let in who calls it from elsewhere (Prometheus, say)", []object{append(object{{key: "from", value: from}}, rule...)}
}

// calledPorts are the ports that the workload's containers declare, else those that its
// Services send to.
func calledPorts(s *survey, w *scorecard.Workload) (out []object) {
	add := func(port any, protocol string) {
		o := object{{key: "port", value: port}, {key: "protocol", value: orTCP(protocol)}}
		if !slices.ContainsFunc(out, func(p object) bool { return slices.Equal(p, o) }) {
			out = append(out, o)
		}
	}
	for i := range w.Containers {
		c := &w.Containers[i]
		if c.Role == scorecard.InitContainer {
			continue
		}
		for _, p := range c.Ports {
			if p.Number > 0 {
				add(p.Number, p.Protocol)
			}
		}
	}
	if len(out) > 0 {
		return out
	}
	for _, k := range s.ServicesOf(w) {
		for _, p := range k.Ports {
			switch n, ok := wholePort(p.Target); {
			case p.TargetIsName:
				add(p.Target, p.Protocol)
			case ok:
				add(n, p.Protocol)
			}
		}
	}
	return out
}

func orTCP(protocol string) string {
	if protocol == "" {
		return "TCP"
	}
	return protocol
}
