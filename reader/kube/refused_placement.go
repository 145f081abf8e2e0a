package kube

import (
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
)

// placedWell looks at what says where a pod may run.
func placedWell(r *refuser, pod spot) {
	labels(r, pod, "nodeSelector")
	for _, t := range pod.items("tolerations") {
		toleration(r, t)
	}
	affinity := pod.in("affinity")
	for _, term := range affinity.in("nodeAffinity").items("preferredDuringSchedulingIgnoredDuringExecution") {
		weight(r, term)
	}
	for _, name := range []string{"podAffinity", "podAntiAffinity"} {
		of := affinity.in(name)
		for _, term := range of.items("requiredDuringSchedulingIgnoredDuringExecution") {
			podTerm(r, term)
		}
		for _, term := range of.items("preferredDuringSchedulingIgnoredDuringExecution") {
			weight(r, term)
			podTerm(r, term.in("podAffinityTerm"))
		}
	}
}

// The bounds of a preference's weight.
const (
	leastWeight = 1
	mostWeight  = 100
)

func weight(r *refuser, term spot) {
	if n, ok := term.number("weight", 0); ok && (n < leastWeight || n > mostWeight) {
		r.refuse(term, "weight", "must be set, from %d to %d", leastWeight, mostWeight)
	}
}

func podTerm(r *refuser, term spot) {
	if term.node == nil {
		return
	}
	if key, ok := term.text("topologyKey"); ok && key == "" {
		r.refuse(term, "topologyKey", "is not set")
	}
	labelSelector(r, term, "labelSelector")
	labelSelector(r, term, "namespaceSelector")
}

func toleration(r *refuser, t spot) {
	operator, ok1 := t.text("operator")
	key, ok2 := t.text("key")
	effect, ok3 := t.text("effect")
	if ok1 && ok2 && key == "" && operator != "Exists" && !filledIn(operator) {
		r.refuse(t, "operator", "must be Exists when there is no key")
	}
	if ok3 && effect != "NoExecute" && t.value("tolerationSeconds") != nil && !filledIn(effect) {
		r.refuse(t, "effect", "must be NoExecute when tolerationSeconds is set")
	}
	if value, ok := t.text("value"); ok1 && ok && operator == "Exists" && value != "" && !filledIn(value) {
		r.refuse(t, "value", "must not be set beside the operator Exists")
	}
	r.oneOf(t, "operator", "Exists", "Equal", "Lt", "Gt") // the last two where a feature gate is on
	r.oneOf(t, "effect", "NoSchedule", "PreferNoSchedule", "NoExecute")
}

// spread looks at the constraints of how a pod's copies are spread.
func spread(r *refuser, pod spot) {
	type pair struct{ key, when string }
	var seen []pair
	for _, c := range pod.items("topologySpreadConstraints") {
		if n, ok := c.number("maxSkew", 0); ok && n < 1 {
			r.refuse(c, "maxSkew", "must be set, to 1 or more")
		}
		key, ok1 := c.text("topologyKey")
		if ok1 && key == "" {
			r.refuse(c, "topologyKey", "is not set")
		}
		when, ok2 := c.text("whenUnsatisfiable")
		if ok2 && when == "" {
			r.refuse(c, "whenUnsatisfiable", "must be set, to DoNotSchedule or ScheduleAnyway")
		}
		r.oneOf(c, "whenUnsatisfiable", "DoNotSchedule", "ScheduleAnyway")
		labelSelector(r, c, "labelSelector")
		if n, ok := c.number("minDomains", 1); ok && n < 1 {
			r.refuse(c, "minDomains", "must be 1 or more")
		} else if ok2 && when == "ScheduleAnyway" && c.value("minDomains") != nil {
			r.refuse(c, "minDomains", "must not be set beside whenUnsatisfiable: ScheduleAnyway")
		}
		if !ok1 || !ok2 || key == "" || when == "" {
			continue
		}
		if slices.Contains(seen, pair{key, when}) && !filledIn(key) && !filledIn(when) {
			r.refuse(c, "topologyKey", "is that of another constraint too, with the same whenUnsatisfiable")
		}
		seen = append(seen, pair{key, when})
	}
}

// resolver looks at how a pod finds names.
func resolver(r *refuser, pod spot) {
	r.oneOf(pod, "dnsPolicy", "ClusterFirstWithHostNet", "ClusterFirst", "Default", "None")
	policy, ok := pod.text("dnsPolicy")
	config := pod.value("dnsConfig")
	if !ok || policy != "None" || yamldoc.IsUnknown(config) {
		return
	}
	if list := pod.in("dnsConfig").value("nameservers"); list == nil || list.Kind == yaml.SequenceNode && len(list.Content) == 0 {
		r.refuse(pod, "dnsPolicy", "must not be None without a nameserver in dnsConfig")
	}
}
