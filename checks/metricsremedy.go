package checks

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// monitorRemedy writes a ServiceMonitor for the workload's Service, or a PodMonitor
// where it has none, with what these lack to be monitored.
func monitorRemedy(s *survey, w *scorecard.Workload) string {
	k := scrapedService(s, w)
	if k == nil {
		labels, hint := ownLabels(w)
		pieces, port := podPort(s, w)
		spec := object{
			{key: "selector", value: object{{key: "matchLabels", value: stringMap(labels)}}},
			{key: "podMetricsEndpoints", value: []object{endpoint(port)}},
		}
		return strings.Join(append(pieces, newMonitor(s, "PodMonitor", w.Object, spec, fmt.Sprintf("the pods of %s%s", w.Object, hint))), "\n\n")
	}
	pieces, port, labels := servicePort(s, w, k)
	spec := object{
		{key: "selector", value: object{{key: "matchLabels", value: stringMap(labels)}}},
		{key: "endpoints", value: []object{endpoint(port)}},
	}
	return strings.Join(append(pieces, newMonitor(s, "ServiceMonitor", k.Location.Object, spec, k.Location.Object.String())), "\n\n")
}

func endpoint(port string) object {
	return object{{key: "port", value: port, comment: "the port that answers /metrics"}}
}

// newMonitor writes a monitor of that kind beside the object, or in the place of one
// that has its name.
func newMonitor(s *survey, kind string, beside scorecard.ObjectRef, spec object, what string) string {
	o := scorecard.ObjectRef{APIVersion: "monitoring.coreos.com/v1", Kind: kind, Namespace: beside.Namespace, Name: beside.Name}
	sentence := fmt.Sprintf("Add a %s that selects %s:", kind, what)
	for i := range s.Monitors {
		if m := &s.Monitors[i]; sameObject(m.Location.Object, o) {
			sentence = fmt.Sprintf("Replace the %s of that name in `%s`, which does not select %s:", kind, m.Location.Path, what)
		}
	}
	return fenced(sentence, "yaml", specPatch(o, spec))
}

// portRemedy lets the monitor name a port that exists.
func portRemedy(s *survey, w *scorecard.Workload, watch scorecard.Watch) string {
	m := watch.Monitor
	var pieces []string
	var port string
	if watch.Service != nil && len(watch.Service.Ports) > 0 {
		pieces, port, _ = servicePort(s, w, watch.Service)
	} else {
		pieces, port = podPort(s, w)
	}
	if slices.ContainsFunc(m.Ports, func(p scorecard.MonitorPort) bool { return p.Port == port }) && len(pieces) > 0 {
		return strings.Join(pieces, "\n\n") // it names the right one, which is not there yet
	}
	list, one := "endpoints", endpoint(port)
	switch m.Location.Object.Kind {
	case "PodMonitor", "VMPodScrape":
		list = "podMetricsEndpoints"
	case "PodMonitoring", "ClusterPodMonitoring":
		one = append(one, field{key: "interval", value: "30s"})
	}
	if watch.Service != nil && len(watch.Service.Ports) == 0 {
		one[0].key = "targetPort" // a Service without ports has none to name
	}
	if at := m.Location; strings.Contains(at.Field, "additional") { // values, of which a chart makes the monitor
		patch := in(at) + fmt.Sprintf("let monitor %s of `%s` name a port that %s has, in its %s: `%s: %s`.", at.Object.Name, at.Field, reached(w, watch), list, one[0].key, port)
		return strings.Join(append(pieces, patch), "\n\n")
	}
	patch := fenced(in(m.Location)+fmt.Sprintf("name a port that %s has:", reached(w, watch)), "yaml", specPatch(m.Location.Object, object{{key: list, value: []object{one}}}))
	return strings.Join(append(pieces, patch), "\n\n")
}

// scrapedService is the Service of the workload that a monitor would best select: one
// with ports, and a port for metrics before others; nil where there is none.
func scrapedService(s *survey, w *scorecard.Workload) *scorecard.KubeService {
	with := slices.DeleteFunc(slices.Clone(s.ServicesOf(w)), func(k *scorecard.KubeService) bool { return len(k.Ports) == 0 })
	if len(with) == 0 {
		return nil
	}
	return slices.MinFunc(with, func(a, b *scorecard.KubeService) int {
		return cmp.Or(cmp.Compare(portRank(w, bestPort(w, a)), portRank(w, bestPort(w, b))), a.Location.Compare(b.Location))
	})
}

// bestPort is the Service's port that most likely answers with metrics.
func bestPort(w *scorecard.Workload, k *scorecard.KubeService) scorecard.ServicePort {
	return slices.MinFunc(k.Ports, func(a, b scorecard.ServicePort) int { return cmp.Compare(portRank(w, a), portRank(w, b)) })
}

// portRank orders ports by how likely they answer with metrics: by their names, then
// whether they lead to the pods at all.
func portRank(w *scorecard.Workload, p scorecard.ServicePort) int {
	switch {
	case servedBy(w, p) == scorecard.Fail:
		return 3
	case namedForMetrics(p.Name), p.TargetIsName && namedForMetrics(p.Target):
		return 0
	case p.Name != "":
		return 1
	}
	return 2
}

func namedForMetrics(name string) bool {
	return strings.Contains(name, "metrics") || strings.Contains(name, "prom")
}

// servicePort is the name of the Service's port to scrape and the labels to select it
// by, with what to write so that it has them.
func servicePort(s *survey, w *scorecard.Workload, k *scorecard.KubeService) (pieces []string, port string, labels map[string]string) {
	best := bestPort(w, k)
	if servedBy(w, best) == scorecard.Fail {
		if c := w.MainContainer(); c != nil {
			pieces = append(pieces, declarePort(s, w, c, best.Target))
		}
	}
	labels, port = lastingLabels(k.Labels), best.Name
	o := k.Location.Object
	if len(labels) > 0 && port != "" {
		return pieces, port, labels
	}
	meta := metadata(o, o.Name)
	if len(labels) == 0 {
		labels = map[string]string{"app": w.Application()}
		meta = append(meta, field{key: "labels", value: stringMap(labels)})
	}
	patch := object{{key: "apiVersion", value: o.APIVersion}, {key: "kind", value: o.Kind}, {key: "metadata", value: meta}}
	if port == "" {
		port = "http"
		patch = append(patch, field{key: "spec", value: object{{key: "ports", value: servicePorts(k, best, port)}}})
	}
	return append(pieces, fenced(in(k.Location)+fmt.Sprintf("give %s what a monitor selects it by:", o), "yaml", yamlText(patch))), port, labels
}

// servicePorts are the Service's ports with that name for one that has none. A Service of
// several ports names them all, so that one without a name is the only one.
func servicePorts(k *scorecard.KubeService, unnamed scorecard.ServicePort, name string) (out []object) {
	for _, p := range k.Ports {
		if p == unnamed {
			p.Name = name
		}
		o := object{{key: "name", value: p.Name}, {key: "port", value: p.Number}}
		if n, err := strconv.Atoi(p.Target); err == nil && !p.TargetIsName {
			o = append(o, field{key: "targetPort", value: n})
		} else {
			o = append(o, field{key: "targetPort", value: p.Target})
		}
		if p.Protocol != "" {
			o = append(o, field{key: "protocol", value: p.Protocol})
		}
		out = append(out, o)
	}
	return out
}

// lastingLabels are those that stay when a chart or the program gets another version.
func lastingLabels(labels map[string]string) map[string]string {
	out := map[string]string{}
	for k, v := range labels {
		switch k {
		case "helm.sh/chart", "chart", "heritage", "app.kubernetes.io/version", "app.kubernetes.io/managed-by":
		default:
			out[k] = v
		}
	}
	return out
}

// podPort is the name of the pods' port to scrape, with what to write so that they have it.
func podPort(s *survey, w *scorecard.Workload) (pieces []string, port string) {
	first := ""
	for i := range w.Containers {
		for _, p := range w.Containers[i].Ports {
			if namedForMetrics(p.Name) {
				return nil, p.Name
			}
			if first == "" && w.Containers[i].Role == scorecard.AppContainer {
				first = p.Name
			}
		}
	}
	if first != "" {
		return nil, first
	}
	if c := w.MainContainer(); c != nil {
		pieces = append(pieces, declarePort(s, w, c, "metrics"))
	}
	return pieces, "metrics"
}

// declarePort lets the container declare a port of that name: the one that it serves,
// where one is known.
func declarePort(s *survey, w *scorecard.Workload, c *scorecard.Container, name string) string {
	_, number := servedPort(s, w, c)
	port := object{{key: "name", value: name}, {key: "containerPort", value: cmp.Or(number, 9090), comment: "the port that answers /metrics"}}
	return fenced(in(c.Location)+"let container `"+c.Name+"` declare the port of its metrics:", "yaml", containerPatch(w, c, object{{key: "ports", value: []object{port}}}))
}
