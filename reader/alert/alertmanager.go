package alert

import (
	"slices"
	"strings"

	amlabels "github.com/prometheus/alertmanager/pkg/labels"
	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// isRouting reports whether a mapping is a configuration of Alertmanager: a route with a
// receiver, and the list of these.
func isRouting(n *yaml.Node) bool {
	route, receivers := yamldoc.Get(n, "route"), yamldoc.Get(n, "receivers")
	if route == nil || route.Kind != yaml.MappingNode || receivers == nil || receivers.Kind != yaml.SequenceNode {
		return false
	}
	return yamldoc.Get(route, "receiver") != nil || yamldoc.Get(route, "group_by") != nil || yamldoc.Get(route, "routes") != nil
}

// routing reads a configuration of Alertmanager.
func (f *finder) routing(n *yaml.Node, field string) {
	out := scorecard.AlertRouting{Location: f.here(n, field), Root: routeOf(yamldoc.Get(n, "route"), 0)}
	for _, r := range yamldoc.Items(yamldoc.Get(n, "receivers")) {
		out.Receivers = append(out.Receivers, receiverOf(r))
	}
	sortReceivers(out.Receivers)
	f.into.Routings = append(f.into.Routings, out)
}

func sortReceivers(rs []scorecard.Receiver) {
	slices.SortStableFunc(rs, func(a, b scorecard.Receiver) int { return strings.Compare(a.Name, b.Name) })
}

// maxRoutes is how deep and wide a routing tree is read.
const (
	maxRouteDepth = 20
	maxRoutes     = 2_000
)

func routeOf(n *yaml.Node, depth int) scorecard.AlertRoute {
	r := scorecard.AlertRoute{Receiver: yamldoc.Written(yamldoc.Get(n, "receiver")), Continue: yamldoc.String(yamldoc.Get(n, "continue")) == "true"}
	if n == nil {
		return r
	}
	r.Line = max(0, n.Line)
	for _, exact := range []struct{ key, op string }{{"match", "="}, {"match_re", "=~"}} {
		m := yamldoc.Get(n, exact.key)
		if m == nil || m.Kind != yaml.MappingNode {
			continue
		}
		for i := 0; i+1 < len(m.Content); i += 2 {
			r.Matchers = append(r.Matchers, scorecard.RouteMatch{Label: m.Content[i].Value, Op: exact.op, Value: yamldoc.Written(m.Content[i+1])})
		}
	}
	r.Matchers = append(r.Matchers, matchersOf(yamldoc.Get(n, "matchers"))...)
	r.Matchers = append(r.Matchers, matchersOf(yamldoc.Get(n, "object_matchers"))...)
	if depth < maxRouteDepth {
		for i, c := range yamldoc.Items(yamldoc.Get(n, "routes")) {
			if i < maxRoutes {
				r.Routes = append(r.Routes, routeOf(c, depth+1))
			}
		}
	}
	return r
}

// matchersOf reads matchers in each of the ways in which they are written: as one text
// each ('severity="page"'), all in one text, as objects (the operator's) and as triples
// (Grafana's).
func matchersOf(n *yaml.Node) (out []scorecard.RouteMatch) {
	texts := yamldoc.Items(n)
	if n != nil && n.Kind == yaml.ScalarNode {
		texts = []*yaml.Node{n}
	}
	for _, item := range texts {
		switch item.Kind {
		case yaml.ScalarNode:
			ms, err := amlabels.ParseMatchers(item.Value)
			if err != nil {
				out = append(out, scorecard.RouteMatch{Label: item.Value, Op: "?"})
				continue
			}
			for _, m := range ms {
				out = append(out, scorecard.RouteMatch{Label: m.Name, Op: m.Type.String(), Value: m.Value})
			}
		case yaml.MappingNode:
			m := scorecard.RouteMatch{Label: yamldoc.String(yamldoc.Get(item, "name")), Op: yamldoc.String(yamldoc.Get(item, "matchType")), Value: yamldoc.Written(yamldoc.Get(item, "value"))}
			if m.Op == "" {
				m.Op = "="
				if yamldoc.String(yamldoc.Get(item, "regex")) == "true" {
					m.Op = "=~"
				}
			}
			out = append(out, m)
		case yaml.SequenceNode:
			if t := yamldoc.Items(item); len(t) == 3 {
				out = append(out, scorecard.RouteMatch{Label: yamldoc.String(t[0]), Op: yamldoc.String(t[1]), Value: yamldoc.Written(t[2])})
			}
		}
	}
	return out
}

// receiverOf reads the name of a receiver and the sorts of what it sends to, and
// nothing else: addresses and keys stand there.
func receiverOf(n *yaml.Node) scorecard.Receiver {
	r := scorecard.Receiver{Name: yamldoc.Written(yamldoc.Get(n, "name"))}
	if n == nil || n.Kind != yaml.MappingNode {
		r.Open = true
		return r
	}
	r.Line = max(0, n.Line)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i].Value, yamldoc.Follow(n.Content[i+1])
		kind, ok := strings.CutSuffix(strings.ToLower(strings.ReplaceAll(key, "_", "")), "configs")
		if !ok {
			continue
		}
		switch {
		case value.Kind == yaml.SequenceNode && len(value.Content) == 0:
		case value.Kind == yaml.SequenceNode:
			r.Kinds = append(r.Kinds, kindOfReceiver(kind))
		case value.Kind == yaml.ScalarNode && value.Value != "" && value.Tag != "!!null":
			r.Open = true // something fills it in
		}
	}
	slices.Sort(r.Kinds)
	r.Kinds = slices.Compact(r.Kinds)
	return r
}

// kindOfReceiver is the name of an integration without its own spelling.
func kindOfReceiver(kind string) string {
	switch kind {
	case "incidentio", "incident":
		return "incidentio"
	case "victorops", "splunkoncall":
		return "victorops"
	case "prometheus-alertmanager":
		return "alertmanager"
	case "oncall":
		return "grafana-oncall"
	}
	return kind
}

// amConfig reads the operator's AlertmanagerConfig (VMAlertmanagerConfig too), which
// routes alerts of its own namespace.
func (f *finder) amConfig(n *yaml.Node) {
	spec := yamldoc.Get(n, "spec")
	route := yamldoc.Get(spec, "route")
	if route == nil || route.Kind != yaml.MappingNode {
		return
	}
	out := scorecard.AlertRouting{Location: f.at, Root: routeOf(route, 0), Namespace: f.at.Object.Namespace}
	if scorecard.IsReleaseNamespace(out.Namespace) {
		out.Namespace = ""
	}
	for _, r := range yamldoc.Items(yamldoc.Get(spec, "receivers")) {
		out.Receivers = append(out.Receivers, receiverOf(r))
	}
	sortReceivers(out.Receivers)
	f.into.Routings = append(f.into.Routings, out)
}
