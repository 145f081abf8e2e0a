package kube

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// hpa reads a HorizontalPodAutoscaler of any version.
func hpa(o object) scorecard.Autoscaler {
	n := &notes{}
	spec := fieldsOf(o.node, "", n).through("spec")
	a := scorecard.Autoscaler{Location: o.at, Target: scaleTarget(spec, o.at.Object.Namespace)}
	a.Min, a.Max = spec.int32("minReplicas"), spec.int32("maxReplicas")
	if spec.get("targetCPUUtilizationPercentage") != nil { // autoscaling/v1
		a.Metrics = append(a.Metrics, scorecard.ScalingMetric{
			Type: "Resource", Resource: "cpu", Utilization: true, FirstLine: spec.line("targetCPUUtilizationPercentage"),
		})
	}
	for _, m := range spec.items("metrics") {
		a.Metrics = append(a.Metrics, hpaMetric(m))
	}
	scalesUp(&a, spec)
	a.TargetLine, a.Unreadable = spec.line("scaleTargetRef"), n.unreadable
	return a
}

// scalesUp notes whether the behavior forbids to scale up.
func scalesUp(a *scorecard.Autoscaler, of fields) {
	up := of.through("behavior", "scaleUp")
	if up.text("selectPolicy") == "Disabled" {
		a.UpDisabled, a.UpLine = true, up.line("selectPolicy")
	}
}

// scaleTarget reads scaleTargetRef. A reference of which a part is not known names
// nothing that could be told to be there or not, and is noted as a whole.
func scaleTarget(spec fields, namespace string) scorecard.ObjectRef {
	ref := spec.in("scaleTargetRef")
	for _, key := range []string{"apiVersion", "kind", "name"} {
		ref.text(key)
	}
	return target(ref.node, namespace)
}

// hpaMetric reads one item of spec.metrics: its source stands under a key of its own.
func hpaMetric(m fields) scorecard.ScalingMetric {
	out := scorecard.ScalingMetric{Type: m.text("type"), FirstLine: m.node.Line}
	var source fields
	switch out.Type {
	case "Resource":
		source = m.in("resource")
	case "ContainerResource":
		source = m.in("containerResource")
	default:
		for _, source := range []string{"pods", "object", "external"} {
			from := m.in(source)
			out.Name = cmp.Or(out.Name, from.in("metric").text("name"), from.text("metricName"))
		}
		return out
	}
	out.Resource, out.Container = source.text("name"), source.text("container")
	aim := source.in("target") // v2 and v2beta2
	out.Utilization = aim.text("type") == "Utilization" || aim.get("averageUtilization") != nil ||
		source.get("targetAverageUtilization") != nil // v2beta1
	return out
}

// The annotations by which KEDA is told to leave the replicas alone.
const (
	kedaPaused         = "autoscaling.keda.sh/paused"
	kedaPausedReplicas = "autoscaling.keda.sh/paused-replicas"
)

// kedaTransfer is the annotation by which KEDA is told to take over an HPA that is there.
const kedaTransfer = "scaledobject.keda.sh/transfer-hpa-ownership"

// scaledObject reads KEDA's ScaledObject, which is an autoscaler of a Deployment
// where it does not say of what.
func scaledObject(o object) scorecard.Autoscaler {
	n := &notes{}
	object := fieldsOf(o.node, "", n)
	spec := object.through("spec")
	a := scorecard.Autoscaler{Location: o.at, Target: scaleTarget(spec, o.at.Object.Namespace)}
	a.Target.APIVersion = cmp.Or(a.Target.APIVersion, "apps/v1")
	a.Target.Kind = cmp.Or(a.Target.Kind, "Deployment")
	a.Min, a.Max, a.Idle = spec.int32("minReplicaCount"), spec.int32("maxReplicaCount"), spec.int32("idleReplicaCount")
	for _, t := range spec.items("triggers") {
		a.Metrics = append(a.Metrics, trigger(t))
	}
	config := spec.through("advanced", "horizontalPodAutoscalerConfig")
	scalesUp(&a, config)
	if object.through("metadata", "annotations").is(kedaTransfer) {
		a.Adopts = cmp.Or(config.text("name"), "keda-hpa-"+o.at.Object.Name)
	}
	a.Paused = paused(object.through("metadata", "annotations"))
	if n, err := strconv.ParseInt(yamldoc.String(yamldoc.Get(o.node, "metadata", "annotations", kedaPausedReplicas)), 10, 32); err == nil {
		at := int32(n)
		a.PausedAt = &at
	}
	a.TargetLine, a.Unreadable = spec.line("scaleTargetRef"), n.unreadable
	return a
}

// trigger reads one of KEDA's triggers. Those of a resource are shares of the request
// unless they say otherwise.
func trigger(t fields) scorecard.ScalingMetric {
	out := scorecard.ScalingMetric{Type: t.text("type"), FirstLine: t.node.Line}
	meta := t.in("metadata")
	if out.Type != "cpu" && out.Type != "memory" {
		out.Name = strings.TrimSpace(yamldoc.Written(yamldoc.Get(meta.node, "metricName")) + " " + yamldoc.Written(yamldoc.Get(meta.node, "query")))
		return out
	}
	out.Resource, out.Container = out.Type, meta.text("containerName")
	out.Utilization = cmp.Or(t.text("metricType"), meta.text("type"), "Utilization") == "Utilization"
	return out
}

// paused follows KEDA: a number of replicas to hold pauses, and so does anything that
// is not plainly false.
func paused(annotations fields) bool {
	if yamldoc.Get(annotations.node, kedaPausedReplicas) != nil {
		return true
	}
	n := annotations.get(kedaPaused)
	if n == nil {
		return false
	}
	on, err := strconv.ParseBool(yamldoc.String(n))
	return on || err != nil
}
