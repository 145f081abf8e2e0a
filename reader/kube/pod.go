package kube

import (
	"cmp"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// podOf reads what a pod's spec says of the pod as a whole. labels are the pod's own.
func podOf(spec fields, labels map[string]string) scorecard.Pod {
	p := scorecard.Pod{
		GracePeriodSeconds: spec.int64("terminationGracePeriodSeconds"),
		PriorityClass:      spec.text("priorityClassName"),
		ServiceAccount:     cmp.Or(spec.text("serviceAccountName"), spec.text("serviceAccount")),
		HostNetwork:        spec.is("hostNetwork"),
		HostPID:            spec.is("hostPID"),
		HostIPC:            spec.is("hostIPC"),
		Windows:            spec.in("os").text("name") == "windows",
		Security:           security(spec),
		Placement:          placement(spec),
		Pins:               pins(spec),
	}
	for _, c := range spec.items("topologySpreadConstraints") {
		p.Spread = append(p.Spread, spreadConstraint(c, labels))
	}
	anti := spec.in("affinity").in("podAntiAffinity")
	for _, t := range anti.items("requiredDuringSchedulingIgnoredDuringExecution") {
		p.AntiAffinity = append(p.AntiAffinity, affinityTerm(t, labels, true))
	}
	for _, t := range anti.items("preferredDuringSchedulingIgnoredDuringExecution") {
		term := t.in("podAffinityTerm")
		if term.node == nil {
			continue
		}
		p.AntiAffinity = append(p.AntiAffinity, affinityTerm(term, labels, false))
	}
	return p
}

// security reads the securityContext of a pod or a container.
func security(of fields) scorecard.SecurityContext {
	f := of.in("securityContext")
	if f.node == nil {
		return scorecard.SecurityContext{}
	}
	return scorecard.SecurityContext{
		RunAsNonRoot:             f.bool("runAsNonRoot"),
		RunAsUser:                f.int64("runAsUser"),
		Privileged:               f.bool("privileged"),
		AllowPrivilegeEscalation: f.bool("allowPrivilegeEscalation"),
		HostProcess:              f.in("windowsOptions").bool("hostProcess"),
		AddedCapabilities:        f.in("capabilities").texts("add"),
		ProcMount:                f.text("procMount"),
		FirstLine:                of.line("securityContext"),
	}
}

func spreadConstraint(f fields, labels map[string]string) scorecard.SpreadConstraint {
	c := scorecard.SpreadConstraint{
		TopologyKey:       f.text("topologyKey"),
		WhenUnsatisfiable: f.text("whenUnsatisfiable"),
		Selector:          f.selector("labelSelector"),
		FirstLine:         f.node.Line,
	}
	if skew := f.int32("maxSkew"); skew != nil {
		c.MaxSkew = *skew
	}
	require(c.Selector, "In", f.texts("matchLabelKeys"), labels)
	return c
}

func affinityTerm(f fields, labels map[string]string, required bool) scorecard.AffinityTerm {
	t := scorecard.AffinityTerm{
		Required:     required,
		TopologyKey:  f.text("topologyKey"),
		Selector:     f.selector("labelSelector"),
		Namespaces:   f.texts("namespaces"),
		AnyNamespace: f.get("namespaceSelector") != nil,
		FirstLine:    f.node.Line,
	}
	if namespaces := f.get("namespaceSelector"); t.AnyNamespace && len(namespaces.Content) > 0 {
		f.lost("namespaceSelector") // the labels of namespaces are not in files
	}
	require(t.Selector, "In", f.texts("matchLabelKeys"), labels)
	require(t.Selector, "NotIn", f.texts("mismatchLabelKeys"), labels)
	return t
}

// require adds to the selector what the API server makes of matchLabelKeys: the
// pod's own value of each key. Keys that the pod does not have don't count.
func require(s *scorecard.Selector, operator string, keys []string, labels map[string]string) {
	if s == nil {
		return
	}
	for _, k := range keys {
		if v, have := labels[k]; have {
			s.MatchExpressions = append(s.MatchExpressions, scorecard.Requirement{Key: k, Operator: operator, Values: []string{v}})
		}
	}
}

// selector reads a label selector; nil where none is written.
func (f fields) selector(key string) *scorecard.Selector {
	n := f.get(key)
	if n == nil {
		return nil
	}
	if !wellFormed(n) {
		f.lost(key)
		return nil
	}
	return selector(n)
}

// wellFormed reports whether nothing in a label selector has the wrong type: what
// is left out of a selector makes it select more.
func wellFormed(n *yaml.Node) bool {
	labels, expressions := yamldoc.Get(n, "matchLabels"), yamldoc.Get(n, "matchExpressions")
	if n.Kind != yaml.MappingNode || !labelMap(labels) || !sequence(expressions) {
		return false
	}
	return !slices.ContainsFunc(yamldoc.Items(expressions), func(e *yaml.Node) bool {
		values := yamldoc.Get(e, "values")
		return yamldoc.String(yamldoc.Get(e, "key")) == "" || yamldoc.String(yamldoc.Get(e, "operator")) == "" || !sequence(values) ||
			slices.ContainsFunc(yamldoc.Items(values), func(v *yaml.Node) bool { return v.Kind != yaml.ScalarNode })
	})
}

func isNull(n *yaml.Node) bool { return n == nil || n.Tag == "!!null" }

func sequence(n *yaml.Node) bool { return isNull(n) || n.Kind == yaml.SequenceNode }

// labelMap reports whether a node is a mapping of scalars, or nothing.
func labelMap(n *yaml.Node) bool {
	if isNull(n) {
		return true
	}
	if n.Kind != yaml.MappingNode {
		return false
	}
	for i := 1; i < len(n.Content); i += 2 {
		if yamldoc.Follow(n.Content[i]).Kind != yaml.ScalarNode {
			return false
		}
	}
	return true
}

// labels reads a mapping of labels. A value that something outside of the files fills
// in stays as written, so that what says the same is the same; it is noted as unreadable.
func (f fields) labels(key string) map[string]string {
	n := f.get(key)
	if n == nil {
		return nil
	}
	if !labelMap(n) {
		f.lost(key)
	}
	for i := 0; i+1 < len(n.Content) && n.Kind == yaml.MappingNode; i += 2 {
		if yamldoc.IsUnknown(n.Content[i+1]) {
			f.lose(join(join(f.path, key), n.Content[i].Value))
		}
	}
	return yamldoc.StringMap(n)
}
