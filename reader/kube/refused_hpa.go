package kube

import (
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
)

// metricBlocks are the types of metrics, with the field that each is described in.
var metricBlocks = [][2]string{
	{"Object", "object"}, {"Pods", "pods"}, {"Resource", "resource"}, {"External", "external"}, {"ContainerResource", "containerResource"},
}

// hpaMetricSources looks at the metrics, which have had this form since v2beta2.
func hpaMetricSources(r *refuser, spec spot) {
	if r.version != "v2" && r.version != "v2beta2" {
		return
	}
	for _, m := range spec.items("metrics") {
		sort, ok := m.text("type")
		switch {
		case !ok || filledIn(sort):
			continue
		case sort == "":
			r.refuse(m, "type", "is not set")
			continue
		}
		known := false
		for _, b := range metricBlocks {
			block := m.value(b[1])
			switch {
			case b[0] == sort && block == nil:
				r.refuse(m, b[1], "is not set, and the metric is of the type %s", sort)
			case b[0] == sort:
				metricTarget(r, m.in(b[1], "target"), sort)
			case block != nil && !yamldoc.IsUnknown(block):
				r.refuse(m, b[1], "must not be set in a metric of the type %s", sort)
			}
			known = known || b[0] == sort
		}
		if !known {
			r.refuse(m, "type", "must be Object, Pods, Resource, External or ContainerResource")
		}
	}
}

// metricTarget looks at what a metric is held to. Each type of metric has the fields that
// it can be told in.
func metricTarget(r *refuser, target spot, metric string) {
	if target.node == nil {
		return
	}
	if sort, ok := target.text("type"); ok && sort == "" {
		r.refuse(target, "type", "is not set")
	}
	r.oneOf(target, "type", "Utilization", "Value", "AverageValue")
	fields := []string{"value", "averageValue"}
	switch metric {
	case "Resource", "ContainerResource":
		fields = []string{"averageUtilization", "averageValue"}
	case "Pods":
		fields = []string{"averageValue"}
	}
	written := slices.DeleteFunc(slices.Clone(fields), func(key string) bool { return target.value(key) == nil })
	switch {
	case len(written) == 0:
		r.refuse(target, fields[0], "is not set; a metric of the type %s needs %s", metric, either(fields))
	case len(written) > 1 && metric != "Object":
		r.refuse(target, written[1], "must not be set beside %s", written[0])
	}
	if n, ok := target.number("averageUtilization", 1); ok && n < 1 {
		r.refuse(target, "averageUtilization", "must be 1 or more")
	}
}

// The longest that an autoscaler looks back, and the longest period of a policy, in seconds.
const (
	maxWindow = 3600
	maxPeriod = 1800
)

func hpaBehavior(r *refuser, spec spot) {
	for _, way := range []string{"scaleUp", "scaleDown"} {
		rules := spec.in("behavior", way)
		if n, ok := rules.number("stabilizationWindowSeconds", 0); ok && (n < 0 || n > maxWindow) {
			r.refuse(rules, "stabilizationWindowSeconds", "must be from 0 to %d", maxWindow)
		}
		r.oneOf(rules, "selectPolicy", "Max", "Min", "Disabled")
		if list := rules.value("policies"); list != nil && list.Kind == yaml.SequenceNode && len(list.Content) == 0 {
			r.refuse(rules, "policies", "has no policy; leave it out for the usual ones")
		}
		for _, p := range rules.items("policies") {
			if sort, ok := p.text("type"); ok && sort == "" {
				r.refuse(p, "type", "is not set")
			}
			r.oneOf(p, "type", "Pods", "Percent")
			if n, ok := p.number("value", 0); ok && n < 1 {
				r.refuse(p, "value", "must be set, to 1 or more")
			}
			if n, ok := p.number("periodSeconds", 0); ok && (n < 1 || n > maxPeriod) {
				r.refuse(p, "periodSeconds", "must be set, from 1 to %d", maxPeriod)
			}
		}
	}
}
