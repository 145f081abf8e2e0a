package main

import "fmt"

// circumstances are what the answers about an object, or a container of it, depend on:
// each says in a few words how it stands, or nothing where it does not matter.
type circumstances []func(s *set, o object, container string) string

// batch: pods that are meant to end.
func batch(_ *set, o object, _ string) string {
	if o.kind == "Job" || o.kind == "CronJob" {
		return "batch"
	}
	return ""
}

// served: whether a Service of the set selects the pods, as the API server sees it.
func served(s *set, o object, _ string) string {
	if behindService(s, o) {
		return "behind a Service"
	}
	return "behind no Service"
}

func targetServed(s *set, o object, _ string) string {
	if _, have := s.model[target(s, o)]; !have {
		return "without its target"
	}
	return served(s, target(s, o), "")
}

func behindService(s *set, o object) bool {
	for other, m := range s.model {
		if other.kind == "Service" && other.namespace == o.namespace && m.serves(s.model[o].labels()) {
			return true
		}
	}
	return false
}

// serves: a Service without a selector serves no pods.
func (m manifest) serves(labels map[string]string) bool {
	var l labelSelector
	return m.Spec.Selector.Decode(&l.MatchLabels) == nil && !l.empty() && l.matches(labels)
}

// replicas: how many there are at least, and who says so.
func replicas(s *set, o object, _ string) string {
	for _, a := range autoscalers(s, o) {
		if m := s.model[a].Spec.MinReplicas; m != nil && *m > 1 {
			return "autoscaled from 2 or more"
		}
		return "autoscaled from 1"
	}
	switch n := s.model[o].Spec.Replicas; {
	case o.kind == "DaemonSet" || o.kind == "Pod" || o.kind == "Job" || o.kind == "CronJob":
		return o.kind
	case n == nil:
		return "replicas unset"
	case *n > 1:
		return "2 replicas or more"
	default:
		return fmt.Sprintf("replicas: %d", *n)
	}
}

// bothProbes: only a container with both can have the same twice.
func bothProbes(s *set, o object, _ string) string {
	for _, pod := range s.model[o].pods() {
		for _, c := range pod.Containers {
			if !c.LivenessProbe.IsZero() && !c.ReadinessProbe.IsZero() {
				return "both probes"
			}
		}
	}
	return "not both probes"
}

func role(s *set, o object, container string) string {
	if s.model[o].containers()[container] {
		return "init container"
	}
	return ""
}

func version(s *set, o object, _ string) string { return s.model[o].APIVersion + " " + o.kind }

// selects: whether a budget or policy selects pods of the set. One of policy/v1beta1
// with an empty selector selects none.
func selects(s *set, o object, _ string) string {
	m, l := s.model[o], s.model[o].Spec.PodSelector
	if o.kind != "NetworkPolicy" {
		l = labelSelector{}
		if m.Spec.Selector.Decode(&l) != nil || l.empty() && m.APIVersion == "policy/v1beta1" {
			return "selects no pod"
		}
	}
	if l.empty() {
		return "selects all of its namespace"
	}
	for other, w := range s.model {
		if other.namespace == o.namespace && w.hasPods() && l.matches(w.labels()) {
			return "selects pods"
		}
	}
	return "selects no pod"
}

// ownSelector: whether the controller has one at all.
func ownSelector(s *set, o object, _ string) string {
	if s.model[o].Spec.Selector.Kind == 0 {
		return "no selector"
	}
	return ""
}

// governed: the Service that gives a StatefulSet's pods their names.
func governed(s *set, o object, _ string) string {
	if o.kind != "StatefulSet" {
		return ""
	}
	name := s.model[o].Spec.ServiceName
	service, have := s.model[object{"Service", o.namespace, name}]
	switch {
	case name == "":
		return "no serviceName"
	case !have:
		return "its Service is not declared"
	case service.Spec.ClusterIP != "None":
		return "its Service is not headless"
	case !service.serves(s.model[o].labels()):
		return "its Service selects other pods"
	}
	return ""
}

// of says how all of them stand.
func (c circumstances) of(s *set, o object, container string) (text string) {
	for _, f := range c {
		if t := f(s, o, container); t != "" && text == "" {
			text = t
		} else if t != "" {
			text += ", " + t
		}
	}
	return text
}
