package scrape

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// askers are receivers of the OpenTelemetry Collector that ask one server for its metrics,
// at `endpoint` or `endpoints`:
// https://github.com/open-telemetry/opentelemetry-collector-contrib/tree/main/receiver
var askers = []string{"aerospike", "apache", "couchdb", "elasticsearch", "flinkmetrics", "haproxy", "memcached", "mongodb", "mysql", "nginx",
	"nsxt", "postgresql", "rabbitmq", "redis", "riak", "saphana", "snmp", "solace", "sqlserver", "zookeeper", "kafkametrics"}

// collector reads what a configuration of the OpenTelemetry Collector asks for metrics by
// the server's own protocol: receivers that a pipeline of metrics takes in.
func (f *finder) collector(n *yaml.Node, field string) {
	receivers := yamldoc.Follow(yamldoc.Get(n, "receivers"))
	if receivers == nil || receivers.Kind != yaml.MappingNode {
		return
	}
	used, known := metricReceivers(n)
	for i := 0; i+1 < len(receivers.Content) && len(f.out) < maxJobs; i += 2 {
		name, r := receivers.Content[i], receivers.Content[i+1]
		kind, _, _ := strings.Cut(name.Value, "/")
		if !slices.Contains(askers, kind) || known && !used[name.Value] {
			continue
		}
		s := scorecard.Scrape{Job: name.Value, Location: f.at.At(join(join(field, "receivers"), name.Value), name.Line, yamldoc.LastLine(r))}
		var open []string
		for _, key := range []string{"endpoint", "brokers"} {
			at := yamldoc.Get(r, key)
			for _, x := range append(yamldoc.Items(at), at) {
				s.Targets, open = target(s.Targets, open, yamldoc.String(x))
			}
		}
		f.found(s, open)
	}
}

// metricReceivers are the receivers that pipelines of metrics take in; not known where the
// pipelines stand in another file.
func metricReceivers(n *yaml.Node) (used map[string]bool, known bool) {
	pipelines := yamldoc.Follow(yamldoc.Get(n, "service", "pipelines"))
	if pipelines == nil || pipelines.Kind != yaml.MappingNode {
		return nil, false
	}
	used = map[string]bool{}
	for i := 0; i+1 < len(pipelines.Content); i += 2 {
		if kind, _, _ := strings.Cut(pipelines.Content[i].Value, "/"); kind != "metrics" {
			continue
		}
		for _, r := range yamldoc.Items(yamldoc.Get(pipelines.Content[i+1], "receivers")) {
			used[yamldoc.String(r)] = true
		}
	}
	return used, true
}
