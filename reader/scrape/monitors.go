package scrape

import (
	"cmp"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// monitorLists are the values of charts that install Prometheus (kube-prometheus-stack) of
// which these make monitors: by key, the kind, and the field that lists what is scraped.
var monitorLists = map[string]struct {
	kind, endpoints string
	pods            bool
}{
	"additionalServiceMonitors": {"ServiceMonitor", "endpoints", false},
	"additionalPodMonitors":     {"PodMonitor", "podMetricsEndpoints", true},
}

// maxMonitors is how many monitors of one file are kept.
const maxMonitors = 200

// monitors gives the monitors that the values of a chart from elsewhere ask it to make.
// Its release goes to a namespace that files do not tell.
func monitors(n *yaml.Node, at scorecard.Location, field string, depth int) (out []scorecard.Monitor) {
	if n = yamldoc.Follow(n); n == nil || n.Kind != yaml.MappingNode || depth > maxDepth {
		return nil
	}
	for i := 0; i+1 < len(n.Content) && len(out) < maxMonitors; i += 2 {
		key := n.Content[i].Value
		list, ok := monitorLists[key]
		if !ok {
			out = append(out, monitors(n.Content[i+1], at, join(field, key), depth+1)...)
			continue
		}
		for _, x := range yamldoc.Items(n.Content[i+1]) {
			m := scorecard.Monitor{Location: at.At(join(field, key), x.Line, yamldoc.LastLine(x)), Pods: list.pods}
			m.Location.Object = scorecard.ObjectRef{
				APIVersion: "monitoring.coreos.com/v1", Kind: list.kind, Namespace: scorecard.ReleaseNamespace(at.Path), Name: cmp.Or(yamldoc.String(yamldoc.Get(x, "name")), "unnamed"),
			}
			m.Selector = selectorOf(yamldoc.Get(x, "selector"))
			m.AnyNamespace = yamldoc.String(yamldoc.Get(x, "namespaceSelector", "any")) == "true"
			for _, ns := range yamldoc.Items(yamldoc.Get(x, "namespaceSelector", "matchNames")) {
				m.Namespaces = append(m.Namespaces, yamldoc.String(ns))
			}
			for _, e := range yamldoc.Items(yamldoc.Get(x, list.endpoints)) {
				m.Ports = append(m.Ports, endpoint(e))
			}
			out = append(out, m)
		}
	}
	return out
}

func endpoint(e *yaml.Node) scorecard.MonitorPort {
	p := scorecard.MonitorPort{Port: yamldoc.String(yamldoc.Get(e, "port")), FirstLine: max(0, e.Line)}
	if target := yamldoc.Get(e, "targetPort"); target != nil && target.Tag != "!!null" {
		p.Target, p.TargetIsName = yamldoc.String(target), target.Tag == "!!str"
	}
	return p
}

// selectorOf reads the selector of a monitor; nil, which selects nothing, where it is none.
func selectorOf(n *yaml.Node) *scorecard.Selector {
	if n = yamldoc.Follow(n); n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	s := &scorecard.Selector{MatchLabels: yamldoc.StringMap(yamldoc.Get(n, "matchLabels"))}
	for _, x := range yamldoc.Items(yamldoc.Get(n, "matchExpressions")) {
		r := scorecard.Requirement{Key: yamldoc.String(yamldoc.Get(x, "key")), Operator: yamldoc.String(yamldoc.Get(x, "operator"))}
		for _, v := range yamldoc.Items(yamldoc.Get(x, "values")) {
			r.Values = append(r.Values, yamldoc.String(v))
		}
		s.MatchExpressions = append(s.MatchExpressions, r)
	}
	return s
}
