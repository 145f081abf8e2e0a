package checks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var autoscalerDocs = []scorecard.Reference{
	{Title: "Kubernetes: Horizontal Pod Autoscaling", URL: "https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/"},
	{Title: "KEDA: ScaledObject specification", URL: "https://keda.sh/docs/latest/reference/scaledobject-spec/"},
}

var autoscaled = scorecard.Check{
	ID:      "autoscaled",
	Pillar:  scorecard.Capacity,
	Title:   "What takes requests grows and shrinks with them",
	Applies: "Deployments, StatefulSets, Rollouts and their kin that a Service selects; Knative and KServe scale by themselves",
	Passes:  "a HorizontalPodAutoscaler or a KEDA ScaledObject targets the workload, and its minimum (unset: 1, of KEDA 0) is below its maximum (of KEDA unset: 100); its behavior does not forbid to scale up",
	Why: "A fixed number of replicas is either too few at the peak or too many for the rest of the day. " +
		"An autoscaler adds replicas in the minutes in which a person would still be reading the alert.",
	Fix:        "Add an autoscaler that targets the workload, with a minimum of two replicas or more and room above it, and leave `replicas` out of the manifest.",
	References: autoscalerDocs,
	Level:      scorecard.Gold, Weight: scorecard.Medium, Effort: scorecard.Day,
	Reads: []scorecard.Family{scorecard.Kubernetes},
	Rule: workloads(words{"served workload", "is scaled by an autoscaler", "no replicated workload stands behind a Service"},
		func(s *survey, w *scorecard.Workload) {
			if !w.Replicated() || len(s.ServicesOf(w)) == 0 {
				return
			}
			if scalers := scalersOf(s.View, w); len(scalers) > 0 {
				judgeRange(s, w, scalers)
				return
			}
			judgeUnscaled(s, w)
		}),
}

// scalersOf are the distinct autoscalers over the workload. Where one autoscaler is
// declared in several forms (a region each), the workload's own form speaks.
func scalersOf(v *scorecard.View, w *scorecard.Workload) []*scorecard.Autoscaler {
	var out []*scorecard.Autoscaler
	for _, a := range v.AutoscalersOf(w) {
		i := slices.IndexFunc(out, func(o *scorecard.Autoscaler) bool { return sameObject(o.Location.Object, a.Location.Object) })
		switch {
		case i < 0:
			out = append(out, a)
		case a.Location.Form == w.Location.Form:
			out[i] = a
		}
	}
	return out
}

// judgeRange: one of the workload's autoscalers has to have room to scale in.
func judgeRange(s *survey, w *scorecard.Workload, scalers []*scorecard.Autoscaler) {
	for _, a := range scalers {
		if a.Paused {
			s.Note("%s is paused", a.Location.Object)
		}
		if switchedOff(a, w) {
			s.Note("%s is set to 0 replicas, which switches %s off", w.Object, a.Location.Object)
		}
	}
	for _, a := range scalers {
		if low, high, ok := scalingRange(a); ok && low < high && !a.UpDisabled {
			s.Pass(a.Location, "%s scales %s between %d and %d replicas", a.Location.Object, w.Object, low, high)
			return
		}
	}
	for _, a := range scalers {
		if _, _, ok := scalingRange(a); !ok {
			s.Undecided(a.Location, "%s scales %s, but its minimum or maximum could not be read", a.Location.Object, w.Object)
			return
		}
	}
	for _, a := range scalers {
		if low, high, _ := scalingRange(a); low < high {
			up := upFaults(a)[0]
			s.Fail(up.at, up.remedy, "%s can't scale %s up: %s", a.Location.Object, w.Object, up.text)
			return
		}
	}
	a := scalers[0]
	low, high, _ := scalingRange(a)
	s.Fail(a.Location, func() string { return rangeRemedy(a) }, "%s can't scale %s: %s", a.Location.Object, w.Object, narrow(a, low, high))
}

// switchedOff reports whether the workload's own replica count, of zero, switches the
// autoscaler off; KEDA's starts from zero.
func switchedOff(a *scorecard.Autoscaler, w *scorecard.Workload) bool {
	return w.Replicas != nil && *w.Replicas == 0 && !isKEDA(a)
}

// isKEDA tells a ScaledObject from a HorizontalPodAutoscaler.
func isKEDA(a *scorecard.Autoscaler) bool { return a.Location.Object.Kind == "ScaledObject" }

// boundFields are the fields of an autoscaler's minimum and maximum.
func boundFields(a *scorecard.Autoscaler) (low, high string) {
	if isKEDA(a) {
		return "minReplicaCount", "maxReplicaCount"
	}
	return "minReplicas", "maxReplicas"
}

// kedaMaximum is a ScaledObject's maximum where it is not set.
const kedaMaximum = 100

// scalingRange is the fewest and the most replicas that the autoscaler runs, 0 the
// most of an HPA that sets none; false where one of them could not be read.
func scalingRange(a *scorecard.Autoscaler) (low, high int, ok bool) {
	minField, maxField := boundFields(a)
	for _, field := range []string{"spec", "spec." + minField, "spec." + maxField, "spec.idleReplicaCount"} {
		if slices.Contains(a.Unreadable, field) {
			return 0, 0, false
		}
	}
	low = int(a.Floor())
	switch {
	case a.Max != nil:
		high = int(*a.Max)
	case isKEDA(a):
		high = kedaMaximum
	}
	return low, high, true
}

// narrow says why a range leaves nothing to scale.
func narrow(a *scorecard.Autoscaler, low, high int) string {
	switch {
	case a.Max == nil && !isKEDA(a):
		return "it has no maxReplicas, which the API server refuses"
	case low == high:
		return fmt.Sprintf("its minimum and its maximum are both %d", low)
	}
	return fmt.Sprintf("its minimum of %d is above its maximum of %d", low, high)
}

func rangeRemedy(a *scorecard.Autoscaler) string {
	low, _, _ := scalingRange(a)
	if isKEDA(a) && a.Min != nil {
		low = int(*a.Min)
	}
	low = max(low, redundant)
	minField, maxField := boundFields(a)
	return fenced(in(a.Location)+fmt.Sprintf("give %s room to scale in:", a.Location.Object), "yaml", specPatch(a.Location.Object,
		object{{key: minField, value: low}, {key: maxField, value: room * low, comment: startingPoint}}))
}

// judgeUnscaled judges a workload that no autoscaler targets, as far as the
// autoscalers that could be read tell.
func judgeUnscaled(s *survey, w *scorecard.Workload) {
	remedy := func() string { return autoscalerRemedy(s, w) }
	for i := range s.Scalers {
		a := &s.Scalers[i]
		if len(s.TargetsOf(a)) > 0 {
			continue
		}
		here := a.Location.Object.PairingNamespace() == w.Object.PairingNamespace()
		switch {
		case here && targetUnread(a):
			s.Undecided(targetAt(a), "what %s targets could not be read", a.Location.Object)
			return
		case a.Target.Kind != w.Object.Kind || a.Target.Name != w.Object.Name:
		case here && a.Target.APIVersion == "":
			s.Fail(targetAt(a), func() string { return retargetRemedy(a, w.Object) },
				"%s names %s without its apiVersion, which the API server refuses", a.Location.Object, w.Object)
			return
		}
	}
	if a := openScaler(s.View, w); a != nil {
		s.Undecided(targetAt(a), "%s targets the name of %s, but which namespace the release goes to is not known", a.Location.Object, w.Object)
		return
	}
	s.Lack(w.Location, remedy, "no autoscaler targets %s", w.Object)
}

// targetUnread reports whether what the autoscaler targets can't be known from files.
func targetUnread(a *scorecard.Autoscaler) bool {
	return slices.ContainsFunc(a.Unreadable, func(f string) bool {
		return f == "spec" || strings.HasPrefix(f, "spec.scaleTargetRef")
	})
}

func targetAt(a *scorecard.Autoscaler) scorecard.Location {
	return a.Location.At("spec.scaleTargetRef", a.TargetLine, a.TargetLine)
}

// What a remediation starts from where nobody has measured yet.
const (
	room          = 3 // times the minimum
	targetShare   = 70
	startingPoint = "a starting point: load-test where it has to be"
)

// retargetRemedy points the autoscaler to the object.
func retargetRemedy(a *scorecard.Autoscaler, to scorecard.ObjectRef) string {
	return fenced(in(a.Location)+fmt.Sprintf("point %s to %s:", a.Location.Object, to), "yaml",
		specPatch(a.Location.Object, object{{key: "scaleTargetRef", value: reference(to)}}))
}

func reference(o scorecard.ObjectRef) object {
	return object{{key: "apiVersion", value: o.APIVersion}, {key: "kind", value: o.Kind}, {key: "name", value: o.Name}}
}

func autoscalerRemedy(s *survey, w *scorecard.Workload) string {
	count, _ := s.Replicas(w)
	low := max(count, redundant)
	sentence := fmt.Sprintf("Add an autoscaler beside %s, and leave the number of replicas to it:", w.Object)
	for i := range s.Scalers {
		if a := &s.Scalers[i]; !isKEDA(a) && a.Location.Object.Name == w.Object.Name && a.Location.Object.PairingNamespace() == w.Object.PairingNamespace() {
			sentence = fmt.Sprintf("Replace the autoscaler of that name in `%s`, which does not target %s:", a.Location.Path, w.Object)
		}
	}
	text := fenced(sentence, "yaml", yamlText(object{
		{key: "apiVersion", value: "autoscaling/v2"}, {key: "kind", value: "HorizontalPodAutoscaler"},
		{key: "metadata", value: metadata(w.Object, w.Object.Name)},
		{key: "spec", value: object{
			{key: "scaleTargetRef", value: reference(w.Object)},
			{key: "minReplicas", value: low},
			{key: "maxReplicas", value: room * low, comment: startingPoint},
			{key: "metrics", value: []object{{
				{key: "type", value: "Resource"},
				{key: "resource", value: object{
					{key: "name", value: "cpu"},
					{key: "target", value: object{{key: "type", value: "Utilization"}, {key: "averageUtilization", value: targetShare}}},
				}},
			}}},
		}},
	}))
	if lacking := lackingRequest(w, "", "cpu"); len(lacking) > 0 {
		text += "\n\n" + scalingRequestsRemedy(w, lacking, []string{"cpu"})
	}
	return text
}

// lackingRequest are the containers that count for a metric of the resource and
// request none of it: those of the pod, or the one that the metric names. A pod's own
// request does not count for one container.
func lackingRequest(w *scorecard.Workload, name, resource string) []*scorecard.Container {
	pod := w
	if name != "" {
		pod = &scorecard.Workload{}
	}
	var out []*scorecard.Container
	for i := range w.Containers {
		c := &w.Containers[i]
		if c.Role == scorecard.InitContainer || injected(w, c) || name != "" && c.Name != name {
			continue
		}
		if how, _ := requestOf(pod, c, resource); how == "" {
			out = append(out, c)
		}
	}
	return out
}

// counting takes off what an HPA's share of the pods' requests can do with: a request of
// 0 that is written counts as such where another container makes the sum more than that.
func counting(w *scorecard.Workload, lacking []*scorecard.Container, resource string) []*scorecard.Container {
	if !slices.ContainsFunc(w.Containers, func(c scorecard.Container) bool {
		how, _ := requestOf(&scorecard.Workload{}, &c, resource)
		return c.Role != scorecard.InitContainer && how != ""
	}) {
		return lacking
	}
	return slices.DeleteFunc(lacking, func(c *scorecard.Container) bool {
		_, written := c.Resources.Requests[resource]
		return written && !unreadable(c, "resources")
	})
}

// scalingRequestsRemedy gives the containers what the metrics are a share of.
func scalingRequestsRemedy(w *scorecard.Workload, lacking []*scorecard.Container, resources []string) string {
	var spec object
	for _, list := range []string{"initContainers", "containers"} {
		var items []object
		for _, c := range lacking {
			if (c.Role == scorecard.AppContainer) != (list == "containers") {
				continue
			}
			var requests object
			for _, r := range resources {
				value := startCPU
				if r == "memory" {
					value = startMemory
				}
				requests = append(requests, field{r, value, measure})
			}
			items = append(items, object{{key: "name", value: c.Name},
				{key: "resources", value: object{{key: "requests", value: requests}}}})
		}
		if len(items) > 0 {
			spec = append(spec, field{key: list, value: items})
		}
	}
	return fenced(in(w.Location)+"request what the autoscaler's share is of:", "yaml", podPatch(w, spec))
}
