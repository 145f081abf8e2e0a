package kube

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// This file and those named refused_* hold what the API server refuses although every
// field has the right type, as its own validation has it (k8s.io/kubernetes,
// pkg/apis/*/validation), and of custom kinds what their controller does not take. Only
// what every version of today refuses is here: what hangs on a feature gate is not, nor
// is what some other object decides. What the files leave open is never refused: scalars
// that are not known, and text that something has to fill in first.

// look is one look at an object's spec for what would be refused.
type look func(r *refuser, spec spot)

// refusals are those of a kind, in the groups that the kind is of.
type refusals struct {
	groups []string
	all    []look // at its spec
}

var refusalsByKind = map[string]refusals{
	"Deployment":            {[]string{"apps", "extensions"}, []look{deploymentUpdate, deadline, ownSelection, templateOf("Always")}},
	"StatefulSet":           {[]string{"apps"}, []look{statefulUpdate, statefulClaims, ownSelection, templateOf("Always")}},
	"DaemonSet":             {[]string{"apps", "extensions"}, []look{daemonUpdate, ownSelection, templateOf("Always")}},
	"ReplicaSet":            {[]string{"apps", "extensions"}, []look{ownSelection, templateOf("Always")}},
	"ReplicationController": {[]string{""}, []look{templateOf("Always")}},
	"DeploymentConfig":      {[]string{"apps.openshift.io", ""}, []look{templateOf("Always")}},
	"Rollout":               {[]string{"argoproj.io"}, []look{canaryUpdate, deadline, ownSelection, templateOf("Always")}},
	"Job":                   {[]string{"batch"}, []look{jobSelection, jobCompletion, templateOf("OnFailure", "Never")}},
	"CronJob":               {[]string{"batch"}, []look{schedule, cronTemplate}},
	"Pod":                   {[]string{""}, []look{barePod}},

	"Service":                 {[]string{""}, []look{servicePorts, serviceType}},
	"Ingress":                 {[]string{"networking.k8s.io"}, []look{ingressRules}},
	"PodDisruptionBudget":     {[]string{"policy"}, []look{budgetCounts, selectorAt("selector")}},
	"HorizontalPodAutoscaler": {[]string{"autoscaling"}, []look{hpaBounds, hpaMetricSources, hpaBehavior}},
	"ScaledObject":            {[]string{"keda.sh"}, []look{scaledObjectBounds}},
	"NetworkPolicy":           {[]string{"networking.k8s.io"}, []look{selectorAt("podSelector"), policyRules}},
	"PersistentVolumeClaim":   {[]string{""}, []look{claim}},
}

// wholeRefusals are looks at the whole object, of kinds that have no spec.
var wholeRefusals = map[string]refusals{
	"Secret":             {[]string{""}, []look{secretData}},
	"ConfigMap":          {[]string{""}, []look{configMapData}},
	"PriorityClass":      {[]string{"scheduling.k8s.io"}, []look{priorityValue}},
	"Role":               {[]string{rbacGroup}, []look{roleRules}},
	"ClusterRole":        {[]string{rbacGroup}, []look{roleRules}},
	"RoleBinding":        {[]string{rbacGroup}, []look{bindingParts}},
	"ClusterRoleBinding": {[]string{rbacGroup}, []look{bindingParts}},
}

// refused lists what would be refused of an object. form is the kind of what it stands in:
// "manifest", "chart" or "kustomization".
func refused(n *yaml.Node, ref scorecard.ObjectRef, form string) []fault {
	r := refuser{kind: ref.Kind, group: ref.Group(), version: versionOf(ref.APIVersion), chart: form == "chart", object: spot{node: n, key: n}}
	objectName(&r, r.object)
	objectMeta(&r, r.object)
	if of, ok := wholeRefusals[ref.Kind]; ok && slices.Contains(of.groups, r.group) {
		for _, refuse := range of.all {
			refuse(&r, r.object)
		}
	}
	spec := r.object.in("spec")
	if spec.node == nil || form == "manifest" && isPatch(ref.Kind, spec) {
		return r.faults
	}
	if of, ok := refusalsByKind[ref.Kind]; ok && slices.Contains(of.groups, r.group) {
		for _, refuse := range of.all {
			refuse(&r, spec)
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
func isPatch(kind string, spec spot) bool {
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
	case "PersistentVolumeClaim":
		return spec.value("accessModes") == nil && spec.in("resources", "requests").value("storage") == nil
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
	object               spot
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
