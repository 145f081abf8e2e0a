package slo

import (
	"cmp"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// datadog reads a DatadogSLO. Its alerts are monitors of their own.
func (f *found) datadog(p string, root *yaml.Node) {
	spec := yamldoc.Get(root, "spec")
	if spec == nil || spec.Kind != yaml.MappingNode {
		f.wrong(p, root, "spec must be a mapping")
		return
	}
	text := func(keys ...string) string { return yamldoc.String(yamldoc.Get(spec, keys...)) }
	o := scorecard.Objective{
		Location: locate(p, root, refOf(root), ""), Format: "datadog", Name: cmp.Or(text("name"), yamldoc.String(yamldoc.Get(root, "metadata", "name"))),
		TargetText: text("targetThreshold"), Window: Rolling(text("timeframe")),
	}
	o.Target = percent(o.TargetText)
	o.Indicator = scorecard.SLI{Good: Clip(text("query", "numerator")), Total: Clip(text("query", "denominator"))}
	if len(yamldoc.Items(yamldoc.Get(spec, "monitorIDs"))) > 0 {
		o.Indicator.Threshold = true // the monitors compare
	}
	if slice := yamldoc.Get(spec, "timeSlice"); slice != nil {
		o.Indicator.Raw = Clip(text("timeSlice", "query"))
		o.Indicator.Threshold = text("timeSlice", "threshold") != ""
	}
	o.Indicator.Kind = KindOf([]string{o.Name}, o.Indicator)
	var ls Labels
	for _, t := range yamldoc.Items(yamldoc.Get(spec, "tags")) {
		if key, value, ok := strings.Cut(yamldoc.String(t), ":"); ok {
			ls.Set(key, value)
		}
	}
	ls.queries(o.Indicator)
	ls.pairs(yamldoc.Get(root, "metadata", "labels"))
	o.Labels = ls
	f.objectives = append(f.objectives, o)
}
