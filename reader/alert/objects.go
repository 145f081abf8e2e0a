package alert

import (
	"bytes"
	"encoding/base64"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// kinds are those of the objects that declare alerts or their routes, by API group.
var kinds = map[string][]string{
	"monitoring.coreos.com":            {"PrometheusRule", "AlertmanagerConfig"},
	"operator.victoriametrics.com":     {"VMRule", "VMAlertmanagerConfig", "VMAlertmanager"},
	"monitoring.googleapis.com":        {"Rules", "ClusterRules", "GlobalRules"},
	"loki.grafana.com":                 {"AlertingRule", "RecordingRule"},
	"grafana.integreatly.org":          {"GrafanaAlertRuleGroup", "GrafanaNotificationPolicy", "GrafanaContactPoint"},
	"datadoghq.com":                    {"DatadogMonitor"},
	"monitor.upbound.io":               nil,
	"helm.toolkit.fluxcd.io":           {"HelmRelease"},
	"argoproj.io":                      {"Application"},
	"":                                 {"ConfigMap", "Secret"},
	"monitoring.rhobs":                 {"PrometheusRule", "AlertmanagerConfig"},
	"monitoring.openshift.io":          {"AlertingRule"},
	"observability.openshift.io":       {"AlertingRule"},
	"opsmanagement.googleapis.com":     nil,
	"monitoring.cnrm.cloud.google.com": {"MonitoringAlertPolicy"},
}

// Marks are words of which one stands in every file with an object that Knows knows and
// that declares alerts.
func Marks() []string {
	return []string{"PrometheusRule", "VMRule", "AlertmanagerConfig", "ClusterRules", "GlobalRules", "kind: Rules", "AlertingRule", "GrafanaAlertRuleGroup", "DatadogMonitor",
		"GrafanaNotificationPolicy", "expr:", "receivers", "alertmanager.yaml"}
}

// Knows reports whether an object may declare alerts or where they go.
func Knows(o scorecard.ObjectRef) bool { return slices.Contains(kinds[o.Group()], o.Kind) }

// ReadObject appends what an object declares.
func ReadObject(object *yaml.Node, at scorecard.Location, into *scorecard.Facts) {
	f := &finder{at: at, into: into, source: "object"}
	spec := yamldoc.Get(object, "spec")
	switch at.Object.Kind {
	case "PrometheusRule", "VMRule", "Rules", "ClusterRules", "GlobalRules", "AlertingRule", "RecordingRule":
		groups := yamldoc.Get(spec, "groups")
		f.groups(groups, "spec.groups", object)
		f.problems(spec, groups)
	case "AlertmanagerConfig", "VMAlertmanagerConfig":
		f.amConfig(object)
	case "GrafanaAlertRuleGroup":
		f.grafanaGroup(object)
	case "GrafanaNotificationPolicy":
		if route := yamldoc.Get(spec, "route"); route != nil {
			into.Routings = append(into.Routings, scorecard.AlertRouting{Location: at, Root: routeOf(route, 0), Incomplete: true})
		}
	case "DatadogMonitor":
		f.datadog(spec)
	case "HelmRelease":
		f.source = "values"
		f.value("values", "spec.values", yamldoc.Get(spec, "values"), 0)
	case "Application":
		f.source = "values"
		f.value("helm", "spec.source.helm", yamldoc.Get(spec, "source", "helm"), 0)
		f.value("sources", "spec.sources", yamldoc.Get(spec, "sources"), 0)
	case "ConfigMap":
		f.source = "configmap"
		f.value("data", "data", yamldoc.Get(object, "data"), 0)
	case "Secret":
		f.source = "secret"
		f.secret(object)
	case "VMAlertmanager":
		if raw := yamldoc.Get(spec, "configRawYaml"); raw != nil {
			f.value("configRawYaml", "spec.configRawYaml", raw, 0)
		}
	}
}

// problems notes a rule object whose groups have the wrong shape, which its operator
// would refuse.
func (f *finder) problems(spec, groups *yaml.Node) {
	if groups != nil && groups.Kind != yaml.SequenceNode {
		f.into.RuleFiles = append(f.into.RuleFiles, scorecard.RuleFile{Location: f.at, Format: "prometheus", Problems: []scorecard.Problem{
			{Location: f.here(groups, "spec.groups"), Message: "spec.groups must be a list"},
		}})
	}
}

// maxSecret is how much of a Secret's value is looked at.
const maxSecret = 1 << 20

// secret looks for a configuration of Alertmanager, or rules, in a Secret. Of the
// configuration only the names and sorts of receivers are kept.
func (f *finder) secret(n *yaml.Node) {
	f.value("stringData", "stringData", yamldoc.Get(n, "stringData"), 0)
	data := yamldoc.Get(n, "data")
	if data == nil || data.Kind != yaml.MappingNode {
		return
	}
	for i := 0; i+1 < len(data.Content); i += 2 {
		value := yamldoc.Written(data.Content[i+1])
		if len(value) > maxSecret {
			continue
		}
		text, err := base64.StdEncoding.DecodeString(value)
		if err != nil || !mentioned(text) || bytes.IndexByte(text, 0) >= 0 {
			continue
		}
		decoded := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: string(text), Line: data.Content[i+1].Line}
		f.value(data.Content[i].Value, join("data", data.Content[i].Value), decoded, 0)
	}
}
