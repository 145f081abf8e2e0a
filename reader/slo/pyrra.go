package slo

import (
	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// pyrra reads one ServiceLevelObjective. It names no service; its selectors may.
func (f *found) pyrra(p string, root *yaml.Node) {
	spec := yamldoc.Get(root, "spec")
	if spec == nil || spec.Kind != yaml.MappingNode {
		f.wrong(p, root, "spec must be a mapping")
		return
	}
	o := scorecard.Objective{
		Location: locate(p, root, refOf(root), ""), Format: "pyrra", Name: yamldoc.String(yamldoc.Get(root, "metadata", "name")),
		TargetText: yamldoc.String(yamldoc.Get(spec, "target")), Window: Rolling(yamldoc.String(yamldoc.Get(spec, "window"))),
		Indicator: pyrraIndicator(yamldoc.Get(spec, "indicator")), BurnRate: "windows",
	}
	o.Target = percent(o.TargetText)
	if alerting := yamldoc.Get(spec, "alerting"); yamldoc.String(yamldoc.Get(alerting, "disabled")) == "true" || yamldoc.String(yamldoc.Get(alerting, "burnrates")) == "false" {
		o.BurnRate = "disabled"
	}
	var ls Labels
	ls.queries(o.Indicator)
	ls.pairs(yamldoc.Get(root, "metadata", "labels"))
	o.Labels = ls
	f.objectives = append(f.objectives, o)
}

// pyrraIndicator reads the one indicator that is set. One that compares a single
// metric with a bound is a threshold, when it says both.
func pyrraIndicator(n *yaml.Node) scorecard.SLI {
	metric := func(keys ...string) string {
		return Clip(yamldoc.String(yamldoc.Get(yamldoc.Get(n, keys...), "metric")))
	}
	switch {
	case yamldoc.Get(n, "ratio") != nil:
		return scorecard.SLI{Kind: "availability", Bad: metric("ratio", "errors"), Total: metric("ratio", "total")}
	case yamldoc.Get(n, "latency") != nil:
		return scorecard.SLI{Kind: "latency", Good: metric("latency", "success"), Total: metric("latency", "total")}
	case yamldoc.Get(n, "latencyNative") != nil:
		total := metric("latencyNative", "total")
		return scorecard.SLI{Kind: "latency", Total: total, Threshold: total != "" && yamldoc.String(yamldoc.Get(n, "latencyNative", "latency")) != ""}
	}
	for _, key := range []string{"bool_gauge", "boolGauge"} {
		if raw := metric(key); raw != "" {
			return scorecard.SLI{Kind: "availability", Raw: raw, Threshold: true}
		}
	}
	return scorecard.SLI{}
}
