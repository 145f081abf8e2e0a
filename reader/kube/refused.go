package kube

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// This file and those named refused_* hold what the API server refuses although every
// field has the right type, as its own validation has it (k8s.io/kubernetes,
// pkg/apis/*/validation), and of custom kinds what their controller does not take. Only
// what every version of today refuses is here: what hangs on a feature gate is not, nor
// is what some other object decides. What the files leave open is never refused: scalars
// that are not known, and text that something has to fill in first.

// look is one look at a whole object for what would be refused.
type look func(*refuser, spot)

// refusals are those of a kind, in the groups that the kind is of.
type refusals struct {
	groups []string
	all    []look
}

var refusalsByKind = map[string]refusals{
	"Deployment":            {[]string{"apps", "extensions"}, []look{deploymentUpdate, deadline, ownSelection, templateOf("Always")}},
	"StatefulSet":           {[]string{"apps"}, []look{statefulUpdate, ownSelection, templateOf("Always")}},
	"DaemonSet":             {[]string{"apps", "extensions"}, []look{daemonUpdate, ownSelection, templateOf("Always")}},
	"ReplicaSet":            {[]string{"apps", "extensions"}, []look{ownSelection, templateOf("Always")}},
	"ReplicationController": {[]string{""}, []look{templateOf("Always")}},
	"DeploymentConfig":      {[]string{"apps.openshift.io", ""}, []look{templateOf("Always")}},
	"Rollout":               {[]string{"argoproj.io"}, []look{canaryUpdate, deadline, ownSelection, templateOf("Always")}},
	"Job":                   {[]string{"batch"}, []look{jobSelection, templateOf("OnFailure", "Never")}},
	"CronJob":               {[]string{"batch"}, []look{schedule, cronTemplate}},
	"Pod":                   {[]string{""}, []look{barePod}},

	"Service":                 {[]string{""}, []look{servicePorts}},
	"Ingress":                 {[]string{"networking.k8s.io"}, []look{ingressRules}},
	"PodDisruptionBudget":     {[]string{"policy"}, []look{budgetCounts}},
	"HorizontalPodAutoscaler": {[]string{"autoscaling"}, []look{hpaBounds}},
	"ScaledObject":            {[]string{"keda.sh"}, []look{scaledObjectBounds}},
}

// refused lists what would be refused of an object. form is the kind of what it stands in:
// "manifest", "chart" or "kustomization".
func refused(n *yaml.Node, ref scorecard.ObjectRef, form string) []fault {
	r := refuser{kind: ref.Kind, group: ref.Group(), version: versionOf(ref.APIVersion), chart: form == "chart"}
	o := spot{node: n, key: n}
	objectName(&r, o)
	if form == "manifest" && isPatch(ref.Kind, o) {
		return r.faults
	}
	if of, ok := refusalsByKind[ref.Kind]; ok && slices.Contains(of.groups, r.group) {
		for _, refuse := range of.all {
			refuse(&r, o)
		}
	}
	return r.faults
}

// wantsValue reports whether a template seems to have put nothing in: there is nothing,
// or `-app` of `{{ .Values.name }}-app`.
func wantsValue(v *yaml.Node) bool {
	if v.Kind != yaml.ScalarNode {
		return len(v.Content) == 0
	}
	return v.Tag == "!!null" || v.Value == "" || v.Tag == "!!str" && strings.Trim(v.Value, "-.") != v.Value
}

// isPatch reports whether a plain file has only some of what its kind is made of, as
// what is laid over another manifest has: nothing would be applied of it alone.
func isPatch(kind string, o spot) bool {
	spec := o.in("spec")
	switch kind {
	case "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Rollout":
		return spec.value("selector") == nil && !hasImage(spec.in("template", "spec"))
	case "Job":
		return !hasImage(spec.in("template", "spec"))
	case "CronJob":
		return !hasImage(spec.in("jobTemplate", "spec", "template", "spec"))
	case "Pod":
		return !hasImage(spec)
	case "HorizontalPodAutoscaler", "ScaledObject":
		return spec.value("scaleTargetRef") == nil
	case "Service":
		return spec.value("ports") == nil && spec.value("selector") == nil
	case "Ingress":
		return spec.value("rules") == nil && spec.value("defaultBackend") == nil
	}
	return false
}

func hasImage(pod spot) bool {
	return slices.ContainsFunc(pod.items("containers"), func(c spot) bool { return c.value("image") != nil })
}

func versionOf(apiVersion string) string {
	if _, version, ok := strings.Cut(apiVersion, "/"); ok {
		return version
	}
	return apiVersion
}

// refuser gathers what is refused of one object.
type refuser struct {
	kind, group, version string
	// chart: what is empty may be so for want of a value that every release sets.
	chart  bool
	faults []fault
}

// refuse notes the field at the line of its key, or of what it ought to stand in.
func (r *refuser) refuse(s spot, key, format string, a ...any) {
	if len(r.faults) >= maxFaults {
		return
	}
	at, v := s.pair(key)
	if at == nil {
		at = s.key
	} else if r.chart && wantsValue(v) {
		return
	}
	r.faults = append(r.faults, fault{at, join(s.trail.String(), key), fmt.Sprintf(format, a...)})
}

// oneOf refuses a text that is none of those; one that is not written is not looked at.
func (r *refuser) oneOf(s spot, key string, values ...string) {
	if text, ok := s.text(key); ok && text != "" && !slices.Contains(values, text) && !filledIn(text) {
		r.refuse(s, key, "must be %s", either(values))
	}
}

// natural refuses numbers below zero.
func (r *refuser) natural(s spot, keys ...string) {
	for _, key := range keys {
		if n, ok := s.number(key, 0); ok && n < 0 {
			r.refuse(s, key, "must not be below 0")
		}
	}
}

func either(values []string) string {
	if len(values) < 2 {
		return strings.Join(values, "")
	}
	return strings.Join(values[:len(values)-1], ", ") + " or " + values[len(values)-1]
}

// spot is one mapping of an object, and where it stands.
type spot struct {
	node  *yaml.Node // nil where no mapping is written
	key   *yaml.Node // shows the line: its key, an item itself, or what it ought to stand in
	trail *trail
}

func (s spot) pair(key string) (k, v *yaml.Node) {
	if s.node == nil || s.node.Kind != yaml.MappingNode {
		return nil, nil
	}
	for i := 0; i+1 < len(s.node.Content); i += 2 {
		if s.node.Content[i].Value == key {
			return s.node.Content[i], yamldoc.Follow(s.node.Content[i+1])
		}
	}
	return nil, nil
}

// value is what is written at the key; nil for null too.
func (s spot) value(key string) *yaml.Node {
	if _, v := s.pair(key); !isNull(v) {
		return v
	}
	return nil
}

// in is the mapping below the keys.
func (s spot) in(keys ...string) spot {
	for _, key := range keys {
		k, v := s.pair(key)
		if v == nil || v.Kind != yaml.MappingNode {
			return spot{}
		}
		s = spot{node: v, key: k, trail: &trail{up: s.trail, key: key}}
	}
	return s
}

// items are the mappings of a list below.
func (s spot) items(key string) []spot {
	k, v := s.pair(key)
	if v == nil || v.Kind != yaml.SequenceNode {
		return nil
	}
	out := make([]spot, 0, len(v.Content))
	up := &trail{up: s.trail, key: key}
	for i, item := range v.Content {
		at := item
		if item.Line == 0 {
			at = k
		}
		if item = yamldoc.Follow(item); item.Kind == yaml.MappingNode {
			out = append(out, spot{node: item, key: at, trail: &trail{up: up, item: item, index: i}})
		}
	}
	return out
}

// text is empty where nothing is written; false for what is not known, or no text.
func (s spot) text(key string) (string, bool) {
	v := s.value(key)
	if v == nil {
		return "", true
	}
	return v.Value, isText(v)
}

// number is unset where nothing is written; false for what is not known, or no number.
func (s spot) number(key string, unset int64) (int64, bool) {
	n, ok := integer(s.value(key), 64)
	if ok && n == nil {
		return unset, true
	}
	if !ok {
		return 0, false
	}
	return *n, true
}

// filledIn reports whether a text has marks of something that fills it in before the
// API server sees it: ${NAME}, $(NAME), {{ name }}, <name>, %NAME%, @NAME@, __NAME__, YOUR_NAME.
func filledIn(text string) bool {
	return strings.ContainsAny(text, "${}<>") || strings.Contains(text, "__") || strings.Count(text, "@") > 1 ||
		strings.Count(text, "%") > 1 || shouted(text)
}

// shouted reports whether there is a word of capitals with an underscore: APP_NAME.
func shouted(text string) bool {
	for i := 1; i+1 < len(text); i++ {
		if text[i] == '_' && capital(text[i-1]) && capital(text[i+1]) {
			return true
		}
	}
	return false
}

func capital(c byte) bool { return 'A' <= c && c <= 'Z' }

// percentOf is the number before the sign; false for anything that is no percentage.
func percentOf(text string) (int64, bool) {
	digits, ok := strings.CutSuffix(text, "%")
	if !ok || strings.Trim(digits, "0123456789") != "" {
		return 0, false
	}
	v, err := strconv.ParseInt(digits, 10, 64)
	return v, err == nil
}

// isZero reports whether a count or a percentage is written and is nothing.
func (s spot) isZero(key string) bool {
	v := s.value(key)
	if v == nil || v.Kind != yaml.ScalarNode {
		return false
	}
	n, err := strconv.ParseInt(strings.TrimSuffix(v.Value, "%"), 10, 64)
	return err == nil && n == 0
}

// counts refuses what is neither a count nor a percentage. Of those that must not be
// more than all, 100% is the most.
func (r *refuser) counts(s spot, key string, atMostAll bool) {
	v := s.value(key)
	if v == nil || v.Kind != yaml.ScalarNode || yamldoc.IsUnknown(v) {
		return
	}
	if !isText(v) {
		r.natural(s, key)
		return
	}
	percent, ok := percentOf(v.Value)
	switch {
	case !ok && strings.Trim(v.Value, "0123456789") == "" && v.Value != "":
		r.refuse(s, key, "is a number in quotes, which must be a percentage; take the quotes off")
	case !ok && !filledIn(v.Value):
		r.refuse(s, key, "must be a whole number from 0, or a percentage like 25%%")
	case ok && atMostAll && percent > 100:
		r.refuse(s, key, "must not be more than 100%%")
	}
}
