package slo

import (
	"fmt"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// slothWords are the keys that Sloth spells differently in its own files and in its
// Kubernetes objects.
type slothWords struct{ errors, total, ratio, page, ticket string }

var (
	plainSloth      = slothWords{"error_query", "total_query", "error_ratio_query", "page_alert", "ticket_alert"}
	kubernetesSloth = slothWords{"errorQuery", "totalQuery", "errorRatioQuery", "pageAlert", "ticketAlert"}
)

// slothWindow is what Sloth measures over unless it is started with another period.
var slothWindow = scorecard.Window{Text: "30d", Days: 30, Default: true}

// sloth reads a group of objectives.
func (f *found) sloth(p string, root, spec *yaml.Node, words slothWords, ref scorecard.ObjectRef) {
	list := yamldoc.Get(spec, "slos")
	switch {
	case list == nil:
		f.wrong(p, root, "it has no slos")
		return
	case list.Kind != yaml.SequenceNode:
		f.wrong(p, list, "slos must be a list")
		return
	}
	prefix := "slos"
	if ref.Kind != "" {
		prefix = "spec.slos"
	}
	for i, n := range yamldoc.Items(list) {
		if n.Kind != yaml.MappingNode {
			f.wrong(p, n, "an objective must be a mapping")
			continue
		}
		o := scorecard.Objective{
			Location: locate(p, n, ref, fmt.Sprintf("%s[%d]", prefix, i)), Format: "sloth",
			Name: yamldoc.String(yamldoc.Get(n, "name")), Service: yamldoc.String(yamldoc.Get(spec, "service")),
			TargetText: yamldoc.String(yamldoc.Get(n, "objective")), Window: slothWindow, BurnRate: slothAlerts(n, words),
		}
		o.Target = percent(o.TargetText)
		o.Indicator = slothIndicator(yamldoc.Get(n, "sli"), words)
		o.Indicator.Kind = KindOf([]string{o.Name, o.Indicator.Plugin}, o.Indicator)
		var ls Labels
		ls.queries(o.Indicator)
		ls.named(yamldoc.Get(n, "sli", "plugin", "options"))
		ls.pairs(yamldoc.Get(n, "labels"))
		ls.pairs(yamldoc.Get(spec, "labels"))
		ls.pairs(yamldoc.Get(root, "metadata", "labels"))
		o.Labels = ls
		f.objectives = append(f.objectives, o)
	}
}

func slothIndicator(sli *yaml.Node, words slothWords) scorecard.SLI {
	query := func(keys ...string) string { return Clip(yamldoc.String(yamldoc.Get(sli, keys...))) }
	return scorecard.SLI{
		Bad: query("events", words.errors), Total: query("events", words.total),
		Raw: query("raw", words.ratio), Plugin: query("plugin", "id"),
	}
}

// slothAlerts: both of Sloth's alerts look at several pairs of windows, and both are
// made unless they are disabled.
func slothAlerts(n *yaml.Node, words slothWords) string {
	for _, alert := range []string{words.page, words.ticket} {
		if yamldoc.String(yamldoc.Get(n, "alerting", alert, "disable")) != "true" {
			return "windows"
		}
	}
	return "disabled"
}
