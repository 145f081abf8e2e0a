package checks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// upFaults: a behavior that forbids to scale up.
func upFaults(a *scorecard.Autoscaler) []fault {
	if !a.UpDisabled {
		return nil
	}
	path := []string{"behavior", "scaleUp"}
	if isKEDA(a) {
		path = append([]string{"advanced", "horizontalPodAutoscalerConfig"}, path...)
	}
	at := a.Location.At("spec."+strings.Join(path, ".")+".selectPolicy", a.UpLine, a.UpLine)
	return []fault{{outcome: scorecard.Fail, at: at, text: "its behavior forbids to scale up (selectPolicy Disabled)", remedy: func() string {
		spec := object{{key: "selectPolicy", value: "Max"}}
		for i := len(path) - 1; i >= 0; i-- {
			spec = object{{key: path[i], value: spec}}
		}
		return fenced(in(at)+fmt.Sprintf("let %s scale up:", a.Location.Object), "yaml", specPatch(a.Location.Object, spec))
	}}}
}

// pauseFaults: a pause that holds the target at no replicas at all.
func pauseFaults(a *scorecard.Autoscaler) []fault {
	if a.PausedAt == nil || *a.PausedAt != 0 {
		return nil
	}
	const annotation = "autoscaling.keda.sh/paused-replicas"
	return []fault{{outcome: scorecard.Fail, at: a.Location, text: "it is paused at 0 replicas, so that nothing runs whatever comes in", remedy: func() string {
		o := a.Location.Object
		patch := append(metadata(o, o.Name), field{key: "annotations", value: object{{key: annotation, value: nil, comment: "take it out"}}})
		return fenced(in(a.Location)+fmt.Sprintf("let %s scale again:", o), "yaml",
			yamlText(object{{key: "apiVersion", value: o.APIVersion}, {key: "kind", value: o.Kind}, {key: "metadata", value: patch}}))
	}}}
}

// allMetricFaults say what is wrong with the autoscaler's metrics over the workload. The
// controller leaves out a metric that it can't compute, and scales up by the others; down
// it does not go while one of them is amiss. KEDA refuses a share of a request that there
// is not, whatever else it scales on.
func allMetricFaults(s *survey, a *scorecard.Autoscaler, w *scorecard.Workload) (out []fault) {
	working := 0
	for _, m := range metricsOf(a) {
		var found []fault
		if m.Utilization && m.Resource != "" {
			found = metricFaults(a, w, m)
		}
		if len(found) == 0 {
			working++
		}
		out = append(out, found...)
	}
	unread := slices.ContainsFunc(a.Unreadable, func(f string) bool {
		return strings.HasPrefix(f, "spec.metrics") || strings.HasPrefix(f, "spec.triggers")
	})
	if unread {
		out = append(out, fault{outcome: scorecard.Unknown, at: a.Location, text: "one of its metrics could not be read"})
	}
	broken := slices.IndexFunc(out, func(f fault) bool { return f.outcome == scorecard.Fail })
	if isKEDA(a) || broken < 0 {
		return out
	}
	if working > 0 {
		s.Note("%s scales up by its other metrics alone, and never down: %s", a.Location.Object, out[broken].text)
		return slices.DeleteFunc(out, func(f fault) bool { return f.outcome == scorecard.Fail })
	}
	if slices.ContainsFunc(out, func(f fault) bool { return f.outcome == scorecard.Unknown }) {
		for i := range out {
			out[i].outcome = scorecard.Unknown // the metric that could not be read may do
		}
	}
	return out
}

// metricsOf are what the autoscaler scales on: an HPA without metrics scales on the
// utilization of cpu.
func metricsOf(a *scorecard.Autoscaler) []scorecard.ScalingMetric {
	if len(a.Metrics) == 0 && !isKEDA(a) && !slices.Contains(a.Unreadable, "spec.metrics") {
		return []scorecard.ScalingMetric{{Type: "Resource", Resource: "cpu", Utilization: true}}
	}
	return a.Metrics
}

func metricAt(a *scorecard.Autoscaler, m scorecard.ScalingMetric) scorecard.Location {
	if m.FirstLine == 0 {
		return a.Location
	}
	list := "spec.metrics"
	if isKEDA(a) {
		list = "spec.triggers"
	}
	return a.Location.At(list, m.FirstLine, m.FirstLine)
}

// metricFaults: a share of a request needs the request, of every container that it
// is over.
func metricFaults(a *scorecard.Autoscaler, w *scorecard.Workload, m scorecard.ScalingMetric) []fault {
	if at := w.AtPod("containers"); !w.Readable(at.Field) || len(w.Containers) == 0 {
		return []fault{{outcome: scorecard.Unknown, at: at, text: fmt.Sprintf("the containers of %s are not in the files, or could not be read", w.Object)}}
	}
	if m.Container != "" && !slices.ContainsFunc(w.Containers, func(c scorecard.Container) bool { return c.Name == m.Container }) {
		if (&scorecard.Container{Name: m.Container}).Proxy() {
			return []fault{{outcome: scorecard.Unknown, at: metricAt(a, m), text: fmt.Sprintf("container %s, which it looks at, is put into the pods of %s in the cluster", m.Container, w.Object)}}
		}
		return []fault{{outcome: scorecard.Fail, at: metricAt(a, m), text: fmt.Sprintf("it looks at container %s, which the pods of %s don't have", m.Container, w.Object),
			remedy: func() string {
				return fmt.Sprintf("Let the metric of %s (`%s`) name a container of %s: %s.", a.Location.Object, metricAt(a, m), w.Object, strings.Join(containerNames(w), ", "))
			}}}
	}
	var out []fault
	var lacking []*scorecard.Container
	without := lackingRequest(w, m.Container, m.Resource)
	if !isKEDA(a) && m.Container == "" { // KEDA refuses a 0 wherever it stands
		without = counting(w, without, m.Resource)
	}
	for _, c := range without {
		if unreadable(c, "resources") {
			out = append(out, fault{outcome: scorecard.Unknown, at: fieldOf(c, "resources", c.Resources.FirstLine, c.Resources.FirstLine),
				text: fmt.Sprintf("the resources of %s could not be read", called(w, c))})
			continue
		}
		lacking = append(lacking, c)
	}
	if len(lacking) == 0 {
		return out
	}
	if !w.Readable(w.PodSpec()+".resources") && m.Container == "" {
		return append(out, fault{outcome: scorecard.Unknown, at: w.AtPod("resources"), text: fmt.Sprintf("the resources of the pods of %s could not be read", w.Object)})
	}
	names := "container " + lacking[0].Name
	for _, c := range lacking[1:] {
		names += " and " + c.Name
	}
	return append(out, fault{outcome: scorecard.Fail, at: fieldOf(lacking[0], "resources", lacking[0].Resources.FirstLine, lacking[0].Resources.FirstLine),
		text:   fmt.Sprintf("it scales on a share of the %s request, and %s of %s requests none", m.Resource, names, w.Object),
		remedy: func() string { return scalingRequestsRemedy(w, lacking, []string{m.Resource}) }})
}

func containerNames(w *scorecard.Workload) []string {
	var names []string
	for i := range w.Containers {
		if w.Containers[i].Role != scorecard.InitContainer {
			names = append(names, "`"+w.Containers[i].Name+"`")
		}
	}
	return names
}
