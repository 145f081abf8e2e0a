package slo

import (
	"cmp"
	"slices"
	"strconv"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// resolveNobl9 makes objectives of Nobl9's objects. Alert policies are found by name
// within the objective's project.
func (f *found) resolveNobl9() {
	byPlace(f.nobl9)
	policies := index{}
	for _, o := range f.nobl9 {
		if yamldoc.String(yamldoc.Get(o.root, "kind")) == "AlertPolicy" {
			policies[reference{projectOf(o.root), yamldoc.String(yamldoc.Get(o.root, "metadata", "name"))}] = o.root
		}
	}
	for _, o := range f.nobl9 {
		if yamldoc.String(yamldoc.Get(o.root, "kind")) == "SLO" {
			f.nobl9SLO(o, policies)
		}
	}
}

func projectOf(root *yaml.Node) string {
	return yamldoc.String(yamldoc.Get(root, "metadata", "project"))
}

// nobl9SLO makes an objective of each of an SLO's objectives.
func (f *found) nobl9SLO(o object, policies index) {
	spec := yamldoc.Get(o.root, "spec")
	if spec == nil || spec.Kind != yaml.MappingNode {
		f.wrong(o.path, o.root, "spec must be a mapping")
		return
	}
	list := yamldoc.Get(spec, "objectives")
	if list == nil {
		list = yamldoc.Get(spec, "thresholds") // as they were called at first
	}
	if list != nil && list.Kind != yaml.SequenceNode {
		f.wrong(o.path, list, "objectives must be a list")
		return
	}
	name := yamldoc.String(yamldoc.Get(o.root, "metadata", "name"))
	called := []string{name, yamldoc.String(yamldoc.Get(o.root, "metadata", "displayName"))}
	base := scorecard.Objective{
		Location: locate(o.path, o.root, scorecard.ObjectRef{}, ""), Format: "nobl9", Name: name, Service: yamldoc.String(yamldoc.Get(spec, "service")),
		Window: openWindow(spec), BurnRate: nobl9Burn(o.root, policies),
	}
	items := yamldoc.Items(list)
	for i, n := range items {
		one := base
		display := cmp.Or(yamldoc.String(yamldoc.Get(n, "name")), yamldoc.String(yamldoc.Get(n, "displayName")))
		if len(items) > 1 {
			one.Name += ": " + cmp.Or(display, strconv.Itoa(i+1))
			one.Location = locate(o.path, n, scorecard.ObjectRef{}, "spec.objectives["+strconv.Itoa(i)+"]")
		}
		one.TargetText = cmp.Or(yamldoc.String(yamldoc.Get(n, "target")), yamldoc.String(yamldoc.Get(n, "budgetTarget")))
		one.Target = ratio(one.TargetText)
		one.Indicator = nobl9Indicator(spec, n)
		one.Indicator.Kind = KindOf(append(slices.Clone(called), display, yamldoc.String(yamldoc.Get(n, "displayName"))), one.Indicator)
		var ls Labels
		ls.queries(one.Indicator)
		ls.pairs(yamldoc.Get(o.root, "metadata", "labels"))
		one.Labels = ls
		f.objectives = append(f.objectives, one)
	}
	if len(items) == 0 {
		f.objectives = append(f.objectives, base)
	}
}

// nobl9Indicator reads an objective's metrics: events, or a raw metric that is compared,
// which stood in the indicator at first; a composite is made of other objectives.
func nobl9Indicator(spec, n *yaml.Node) (s scorecard.SLI) {
	counts := yamldoc.Get(n, "countMetrics")
	s.Good, s.Bad = nobl9Query(yamldoc.Get(counts, "good")), nobl9Query(yamldoc.Get(counts, "bad"))
	s.Total, s.Raw = nobl9Query(yamldoc.Get(counts, "total")), nobl9Query(yamldoc.Get(counts, "goodTotal"))
	if yamldoc.Get(n, "composite") != nil || yamldoc.Get(spec, "composite") != nil {
		s.Plugin = "composite"
	}
	raw := yamldoc.Get(n, "rawMetric")
	if raw == nil {
		raw = yamldoc.Get(spec, "indicator", "rawMetric")
	}
	if raw == nil {
		return s
	}
	if q := yamldoc.Get(raw, "query"); q != nil && q.Kind == yaml.MappingNode {
		raw = q
	}
	s.Raw = nobl9Query(raw)
	s.Threshold = s.Raw != "" && yamldoc.String(yamldoc.Get(n, "value")) != ""
	return s
}

// nobl9Query gives the query of a metric, which stands below its source's name.
func nobl9Query(n *yaml.Node) string {
	if n == nil || n.Kind != yaml.MappingNode {
		return ""
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if q := openQuery(yamldoc.Follow(n.Content[i+1])); q != "" {
			return q
		}
	}
	if len(n.Content) > 0 {
		return Clip(n.Content[0].Value) // of a source whose fields are not known, its name
	}
	return ""
}

// burnMeasurements are the conditions of alert policies that look at how fast the budget
// burns, or how much of it over a window; the others look at what is left.
var burnMeasurements = []string{"averageBurnRate", "budgetDrop", "timeToBurnBudget", "timeToBurnEntireBudget"}

// nobl9Burn tells over how many windows the alert policies look at the burn rate.
func nobl9Burn(root *yaml.Node, policies index) string {
	b := Burning{}
	for _, p := range yamldoc.Items(yamldoc.Get(root, "spec", "alertPolicies")) {
		policy := policies[reference{projectOf(root), yamldoc.String(p)}]
		if policy == nil {
			b.Open()
			continue
		}
		for _, c := range yamldoc.Items(yamldoc.Get(policy, "spec", "conditions")) {
			if slices.Contains(burnMeasurements, yamldoc.String(yamldoc.Get(c, "measurement"))) {
				b.Over(cmp.Or(yamldoc.String(yamldoc.Get(c, "alertingWindow")), yamldoc.String(yamldoc.Get(c, "lastsFor")), "0m"))
			}
		}
	}
	return b.State()
}
