package kube

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/reader/scrape"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// monitorKind says how a kind of monitor is written.
type monitorKind struct {
	pods      bool   // it selects pods, not Services
	endpoints string // the field of spec that lists what is scraped
	// optional: a selector that is left out selects everything; else the API server
	// refuses the object, and it selects nothing.
	optional bool
}

var monitorKinds = map[string]monitorKind{
	"ServiceMonitor":       {endpoints: "endpoints"},
	"PodMonitor":           {endpoints: "podMetricsEndpoints", pods: true},
	"VMServiceScrape":      {endpoints: "endpoints", optional: true},
	"VMPodScrape":          {endpoints: "podMetricsEndpoints", pods: true, optional: true},
	"PodMonitoring":        {endpoints: "endpoints", pods: true},
	"ClusterPodMonitoring": {endpoints: "endpoints", pods: true},
}

// monitor reads what tells a metrics system to scrape pods.
func monitor(o object) scorecard.Monitor {
	kind := monitorKinds[o.at.Object.Kind]
	spec := yamldoc.Get(o.node, "spec")
	m := scorecard.Monitor{Location: o.at, Pods: kind.pods, AnyNamespace: o.at.Object.Kind == "ClusterPodMonitoring"}
	switch n := yamldoc.Get(spec, "selector"); {
	case written(n):
		m.Selector, _ = strictSelector(n, "spec.selector")
	case kind.optional:
		m.Selector = &scorecard.Selector{}
	}
	if in := yamldoc.Get(spec, "namespaceSelector"); in != nil {
		m.AnyNamespace = m.AnyNamespace || yamldoc.String(yamldoc.Get(in, "any")) == "true"
		for _, ns := range yamldoc.Items(yamldoc.Get(in, "matchNames")) {
			m.Namespaces = append(m.Namespaces, o.namespace(yamldoc.String(ns)))
		}
	}
	for _, e := range yamldoc.Items(yamldoc.Get(spec, kind.endpoints)) {
		m.Ports = append(m.Ports, monitorPort(e))
	}
	return m
}

func monitorPort(e *yaml.Node) scorecard.MonitorPort {
	p := scorecard.MonitorPort{Port: yamldoc.String(yamldoc.Get(e, "port"))}
	p.FirstLine, _ = span(e)
	for _, field := range []string{"portNumber", "targetPort"} {
		if n := yamldoc.Get(e, field); written(n) && p.Target == "" {
			p.Target, p.TargetIsName = portOf(n)
		}
	}
	return p
}

// jobs are those of the Prometheus configurations in an object. A host that names the
// release's namespace goes by its short name where the object is in that namespace too.
func jobs(o object) []scorecard.Scrape {
	found := scrape.Find(o.node, o.at)
	if o.release == "" || o.at.Object.Namespace != o.release {
		return found
	}
	for i := range found {
		for k, host := range found[i].Targets {
			if name, rest, _ := strings.Cut(host, "."); rest == releaseNamespace || strings.HasPrefix(rest, releaseNamespace+".svc") {
				found[i].Targets[k] = name
			}
		}
	}
	return found
}
