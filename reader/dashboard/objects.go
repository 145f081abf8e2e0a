package dashboard

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// kinds are those of the objects that are or hold dashboards, by API group.
var kinds = map[string][]string{
	"grafana.integreatly.org":          {"GrafanaDashboard"},
	"integreatly.org":                  {"GrafanaDashboard"},
	"dashboard.grafana.app":            {"Dashboard"},
	"perses.dev":                       {"PersesDashboard"},
	"datadoghq.com":                    {"DatadogDashboard"},
	"monitoring.cnrm.cloud.google.com": {"MonitoringDashboard"},
	"oss.grafana.crossplane.io":        {"Dashboard"},
	"":                                 {"ConfigMap"},
}

// Marks are words of which one stands in every file with an object that is or holds a
// dashboard.
func Marks() []string {
	return []string{"GrafanaDashboard", "DatadogDashboard", "PersesDashboard", "dashboard.grafana.app", `"panels"`, "grafana_dashboard"}
}

// Knows reports whether an object may be or hold dashboards.
func Knows(o scorecard.ObjectRef) bool { return slices.Contains(kinds[o.Group()], o.Kind) }

// ReadObject appends the dashboards of an object.
func ReadObject(o *yaml.Node, at scorecard.Location, into *scorecard.Facts) {
	spec := yamldoc.Get(o, "spec")
	if at.Object.Kind == "ConfigMap" {
		configMap(o, at, into)
		return
	}
	d := scorecard.Dashboard{Location: at, Format: "grafana", Title: at.Object.Name, Source: "object"}
	switch at.Object.Kind {
	case "DatadogDashboard":
		d.Format, d.Title = "datadog", yamldoc.String(yamldoc.Get(spec, "title"))
	case "PersesDashboard":
		d.Format = "perses"
	case "MonitoringDashboard":
		d.Format, d.Title = "google", yamldoc.String(yamldoc.Get(spec, "displayName"))
	}
	if raw, err := json.Marshal(yamldoc.Value(spec)); err == nil {
		if parsed, ok := Parse(raw); ok {
			parsed.Location, parsed.Source = at, "object"
			d = parsed
		}
	}
	for _, text := range []*yaml.Node{yamldoc.Get(spec, "json"), yamldoc.Get(spec, "forProvider", "configJson")} {
		if parsed, ok := Parse([]byte(yamldoc.Written(text))); ok {
			parsed.Location, parsed.Source = at, "object"
			d = parsed
		}
	}
	into.Dashboards = append(into.Dashboards, d)
}

// maxTexts is how many dashboards of one ConfigMap are read.
const maxTexts = 100

func configMap(o *yaml.Node, at scorecard.Location, into *scorecard.Facts) {
	for _, part := range []string{"data", "binaryData"} {
		data := yamldoc.Get(o, part)
		if data == nil || data.Kind != yaml.MappingNode {
			continue
		}
		for i := 0; i+1 < len(data.Content) && i/2 < maxTexts; i += 2 {
			key, value := data.Content[i], yamldoc.Follow(data.Content[i+1])
			text := []byte(yamldoc.Written(value))
			if part == "binaryData" {
				decoded, err := base64.StdEncoding.DecodeString(string(text))
				if err != nil {
					continue
				}
				text = decoded
			}
			if !mayBe(text) {
				continue
			}
			if d, ok := Parse(text); ok {
				d.Location, d.Source = at.At(part+`["`+key.Value+`"]`, max(0, key.Line), max(0, key.Line)), "configmap"
				if key.Line <= 0 {
					d.Location.FirstLine, d.Location.LastLine = at.FirstLine, at.LastLine
				}
				into.Dashboards = append(into.Dashboards, d)
			}
		}
	}
}

// readYAML reads dashboards that stand in YAML that is no object of Kubernetes: a Helm
// chart's values (as text, or by their number on grafana.com), SigNoz's, CloudFormation's.
func readYAML(t *tree.Tree, p string, into *scorecard.Facts) {
	data, ok := t.Read(p)
	if !ok || !bytes.Contains(data, []byte(`"panels"`)) && !bytes.Contains(data, []byte("AWS::CloudWatch::Dashboard")) && !bytes.Contains(data, []byte("gnetId")) {
		return
	}
	for _, doc := range yamldoc.Parse(data) {
		if doc.Err != nil || doc.Root == nil || yamldoc.Get(doc.Root, "apiVersion") != nil && yamldoc.Get(doc.Root, "kind") != nil {
			continue
		}
		inValues(p, "", doc.Root, 0, into)
	}
}

func inValues(p, key string, n *yaml.Node, depth int, into *scorecard.Facts) {
	n = yamldoc.Follow(n)
	if n == nil || depth > maxDepth || len(into.Dashboards) > 5_000 {
		return
	}
	here := func(d scorecard.Dashboard) {
		d.Location = scorecard.Location{Path: p, FirstLine: n.Line, LastLine: n.Line}
		d.Source = "values"
		into.Dashboards = append(into.Dashboards, d)
	}
	switch n.Kind {
	case yaml.ScalarNode:
		if strings.Contains(n.Value, `"panels"`) {
			if d, ok := Parse([]byte(n.Value)); ok {
				here(d)
			}
		}
	case yaml.SequenceNode:
		for _, c := range n.Content {
			inValues(p, key, c, depth+1, into)
		}
	case yaml.MappingNode:
		switch {
		case yamldoc.String(yamldoc.Get(n, "Type")) == "AWS::CloudWatch::Dashboard":
			here(scorecard.Dashboard{Format: "cloudwatch", Title: key})
			return
		case yamldoc.String(yamldoc.Get(n, "gnetId")) != "":
			here(scorecard.Dashboard{Format: "grafana", Title: key}) // one of grafana.com's, by its number
			return
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			inValues(p, n.Content[i].Value, n.Content[i+1], depth+1, into)
		}
	}
}
