package slo

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// resolve makes objectives of the objects of OpenSLO and Nobl9, following references
// among them.
func (f *found) resolve() {
	byPlace(f.openslo)
	ix := index{}
	for _, o := range f.openslo {
		key := reference{yamldoc.String(yamldoc.Get(o.root, "kind")), yamldoc.String(yamldoc.Get(o.root, "metadata", "name"))}
		if _, have := ix[key]; !have && key.name != "" {
			ix[key] = o.root
		}
	}
	for _, o := range f.openslo {
		if yamldoc.String(yamldoc.Get(o.root, "kind")) == "SLO" {
			f.open(o, ix)
		}
	}
	f.resolveNobl9()
}

// reference names an OpenSLO object.
type reference struct{ kind, name string }

// index finds OpenSLO objects by their kind and name, in all files.
type index map[reference]*yaml.Node

// open makes an objective of each of an SLO's targets.
func (f *found) open(o object, ix index) {
	spec := yamldoc.Get(o.root, "spec")
	if spec == nil || spec.Kind != yaml.MappingNode {
		f.wrong(o.path, o.root, "spec must be a mapping")
		return
	}
	list := yamldoc.Get(spec, "objectives")
	if list != nil && list.Kind != yaml.SequenceNode {
		f.wrong(o.path, list, "objectives must be a list")
		return
	}
	name := yamldoc.String(yamldoc.Get(o.root, "metadata", "name"))
	base := scorecard.Objective{
		Location: locate(o.path, o.root, scorecard.ObjectRef{}, ""), Format: "openslo", Name: name, Service: yamldoc.String(yamldoc.Get(spec, "service")),
		Window: openWindow(spec), BurnRate: burnRate(spec, ix),
	}
	called := []string{name, yamldoc.String(yamldoc.Get(o.root, "metadata", "displayName"))}
	targets := yamldoc.Items(list)
	if len(targets) == 0 {
		f.openTarget(base, o.root, spec, nil, called, ix)
	}
	for i, n := range targets {
		one := base
		display := yamldoc.String(yamldoc.Get(n, "displayName"))
		if len(targets) > 1 {
			one.Name += ": " + cmp.Or(display, strconv.Itoa(i+1))
			one.Location = locate(o.path, n, scorecard.ObjectRef{}, "spec.objectives["+strconv.Itoa(i)+"]")
		}
		f.openTarget(one, o.root, spec, n, append(slices.Clone(called), display), ix)
	}
}

// openTarget completes an objective with its target and indicator and adds it.
func (f *found) openTarget(o scorecard.Objective, root, spec, target *yaml.Node, called []string, ix index) {
	if text := yamldoc.String(yamldoc.Get(target, "targetPercent")); text != "" {
		o.TargetText, o.Target = text+"%", percent(text)
	} else if text := yamldoc.String(yamldoc.Get(target, "target")); text != "" {
		o.TargetText, o.Target = text, ratio(text)
	}
	indicator, ref := indicatorOf(spec, target, ix)
	var labels []string
	o.Indicator, labels = openIndicator(indicator, target)
	o.Indicator.Ref = ref
	called = append(called, yamldoc.String(yamldoc.Get(indicator, "metadata", "name")))
	said := o.Indicator
	said.Raw = strings.Join(labels, "\n") // that of a threshold too
	o.Indicator.Kind = KindOf(called, said)
	var ls Labels
	for _, q := range labels {
		ls.Query(q)
	}
	ls.pairs(yamldoc.Get(target, "labels"))
	ls.pairs(yamldoc.Get(root, "metadata", "labels"))
	if s := ix[reference{"Service", o.Service}]; s != nil { // what else the service is called
		ls.pairs(yamldoc.Get(s, "metadata", "labels"))
		ls.Set("display_name", yamldoc.String(yamldoc.Get(s, "metadata", "displayName")))
	}
	o.Labels = ls
	f.objectives = append(f.objectives, o)
}

// indicatorOf finds the indicator of one target: its own, as composite objectives
// have, else the SLO's; inline or by name. missing names one that is defined nowhere.
func indicatorOf(spec, target *yaml.Node, ix index) (indicator *yaml.Node, missing string) {
	for _, at := range []*yaml.Node{target, spec} {
		for _, key := range []string{"indicator", "sli"} {
			if n := yamldoc.Get(at, key); n != nil && n.Kind == yaml.MappingNode {
				return n, ""
			}
			name := yamldoc.String(yamldoc.Get(at, key+"Ref"))
			if name == "" {
				continue
			}
			if n := ix[reference{"SLI", name}]; n != nil {
				return n, ""
			}
			return nil, name
		}
		if yamldoc.Get(at, "ratioMetrics") != nil { // v1alpha has them in the target itself
			return at, ""
		}
	}
	return nil, ""
}

// openIndicator reads an SLI's metrics, and gives all its queries for their labels.
func openIndicator(n, target *yaml.Node) (s scorecard.SLI, queries []string) {
	body := yamldoc.Get(n, "spec")
	if body == nil {
		body = n
	}
	ratio := yamldoc.Get(body, "ratioMetric")
	if ratio == nil {
		ratio = yamldoc.Get(body, "ratioMetrics")
	}
	s.Good, s.Bad = openQuery(yamldoc.Get(ratio, "good")), openQuery(yamldoc.Get(ratio, "bad"))
	s.Total, s.Raw = openQuery(yamldoc.Get(ratio, "total")), openQuery(yamldoc.Get(ratio, "raw"))
	queries = []string{s.Good, s.Bad, s.Total, s.Raw}
	if q := openQuery(yamldoc.Get(body, "thresholdMetric")); q != "" {
		queries = append(queries, q)
		// A metric is a threshold only with something to compare it with.
		s.Threshold = yamldoc.String(yamldoc.Get(target, "op")) != "" && yamldoc.String(yamldoc.Get(target, "value")) != ""
	}
	return s, slices.DeleteFunc(queries, func(q string) bool { return q == "" })
}

// queryKeys are the fields in which data sources have their query.
var queryKeys = []string{"query", "promql", "expr", "expression", "metric", "queryString", "statement", "mql", "nrql", "filter", "q", "metricName", "logql", "uql", "sql", "kqlQuery", "metricSelector", "metricPath"}

// openQuery gives a metric's query. Of a source whose fields are not known only their
// names are kept: there may be credentials among them.
func openQuery(n *yaml.Node) string {
	if n == nil || n.Kind != yaml.MappingNode {
		return ""
	}
	if source := yamldoc.Get(n, "metricSource"); source != nil {
		n = source
	}
	body := n
	if spec := yamldoc.Get(n, "spec"); spec != nil {
		body = spec
	}
	for _, key := range queryKeys {
		if q := yamldoc.String(yamldoc.Get(body, key)); q != "" {
			return Clip(q)
		}
	}
	if body == n || body.Kind != yaml.MappingNode || len(body.Content) == 0 {
		return ""
	}
	var fields []string
	for i := 0; i < len(body.Content); i += 2 {
		fields = append(fields, body.Content[i].Value)
	}
	return Clip(strings.TrimSpace(yamldoc.String(yamldoc.Get(n, "type")) + " {" + strings.Join(fields, ", ") + "}"))
}

// burnRate tells whether the alert policies look at burn rates over two windows or
// more: each condition has one, so it takes two that differ.
func burnRate(spec *yaml.Node, ix index) string {
	b := Burning{}
	for _, p := range yamldoc.Items(yamldoc.Get(spec, "alertPolicies")) {
		policy := deref(p, "alertPolicyRef", "AlertPolicy", ix)
		b.open = b.open || policy == nil
		if yamldoc.String(yamldoc.Get(policy, "spec", "alertWhenBreaching")) == "false" {
			continue
		}
		for _, c := range yamldoc.Items(yamldoc.Get(policy, "spec", "conditions")) {
			condition := deref(c, "conditionRef", "AlertCondition", ix)
			b.open = b.open || condition == nil
			condition = yamldoc.Get(condition, "spec", "condition")
			if kind := yamldoc.String(yamldoc.Get(condition, "kind")); kind == "" || strings.EqualFold(kind, "burnrate") {
				b.Over(yamldoc.String(yamldoc.Get(condition, "lookbackWindow")))
			}
		}
	}
	return b.State()
}

// Burning collects the windows over which alerts look at an objective's burn rate.
type Burning struct {
	windows map[string]bool
	open    bool // there may be more, which files do not show
}

// Over adds a window: "-1h" and "60m" are the same one.
func (b *Burning) Over(window string) {
	window = strings.TrimPrefix(window, "-")
	if window == "" {
		return
	}
	if d := days(window); d > 0 {
		window = strconv.FormatFloat(d, 'g', -1, 64)
	}
	if b.windows == nil {
		b.windows = map[string]bool{}
	}
	b.windows[window] = true
}

// Open notes that there may be more, which files do not show.
func (b *Burning) Open() { b.open = true }

// State is what an Objective's BurnRate says of it.
func (b *Burning) State() string {
	switch {
	case len(b.windows) >= 2:
		return "windows"
	case b.open:
		return "open"
	case len(b.windows) == 1:
		return "window"
	}
	return ""
}

// deref gives the object that a reference names (a text, or a mapping with that key),
// or the inline object itself.
func deref(n *yaml.Node, key, kind string, ix index) *yaml.Node {
	if name := cmp.Or(yamldoc.String(n), yamldoc.String(yamldoc.Get(n, key))); name != "" {
		return ix[reference{kind, name}]
	}
	return n
}
