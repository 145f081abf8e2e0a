package alert

import (
	"encoding/json"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/reader/promql"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// cloudFormation reads the alarms of a template of CloudFormation, SAM or Serverless;
// false for a document that is none, or has none.
func (f *finder) cloudFormation(root *yaml.Node) bool {
	resources := yamldoc.Get(root, "Resources")
	if resources == nil {
		resources = yamldoc.Get(root, "resources", "Resources")
	}
	if resources == nil || resources.Kind != yaml.MappingNode {
		return false
	}
	found := false
	for i := 0; i+1 < len(resources.Content); i += 2 {
		key, n := resources.Content[i], yamldoc.Follow(resources.Content[i+1])
		switch yamldoc.String(yamldoc.Get(n, "Type")) {
		case "AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm":
			found = true
			f.alarm(key.Value, n)
		}
	}
	return found
}

// plainText is a scalar's text that no function of the template makes.
func plainText(n *yaml.Node) string {
	if n = yamldoc.Follow(n); n == nil || strings.HasPrefix(n.Tag, "!") && !strings.HasPrefix(n.Tag, "!!") {
		return ""
	}
	return yamldoc.String(n)
}

func (f *finder) alarm(id string, n *yaml.Node) {
	p := yamldoc.Get(n, "Properties")
	a := scorecard.Alert{Location: f.here(n, "Resources."+id), Format: "cloudwatch", Source: "cloudformation", Name: firstNonEmpty(plainText(yamldoc.Get(p, "AlarmName")), id), Routes: true}
	a.Expression = scorecard.Expression{Language: "cloudwatch", Shape: scorecard.ThresholdAlert}
	if strings.HasSuffix(yamldoc.String(yamldoc.Get(n, "Type")), "CompositeAlarm") {
		a.Shape = scorecard.Event
	}
	dimensions := map[string]string{}
	for _, d := range yamldoc.Items(yamldoc.Get(p, "Dimensions")) {
		dimensions[plainText(yamldoc.Get(d, "Name"))] = plainText(yamldoc.Get(d, "Value"))
	}
	describeMetric(&a, plainText(yamldoc.Get(p, "Namespace")), plainText(yamldoc.Get(p, "MetricName")), dimensions)
	number := func(key string, fallback float64) (float64, bool) {
		if yamldoc.Get(p, key) == nil {
			return fallback, true
		}
		v, ok := seconds(plainText(yamldoc.Get(p, key)))
		return v, ok && v > 0
	}
	period, ok1 := number("Period", 60)
	times, ok2 := number("EvaluationPeriods", 1)
	if v, ok := number("DatapointsToAlarm", times); ok {
		times = v
	}
	if v := period * times; ok1 && ok2 {
		a.For = &v
	} else {
		a.Open = append(a.Open, "for")
	}
	if d := yamldoc.Get(p, "AlarmDescription"); d != nil {
		if a.Runbook.Text = linkIn(yamldoc.String(d)); a.Runbook.Text != "" {
			a.Runbook.Line, a.Runbook.Field = d.Line, "AlarmDescription"
		} else if plainText(d) == "" {
			a.Open = append(a.Open, "runbook")
		}
	}
	switch actions := yamldoc.Get(p, "AlarmActions"); {
	case actions == nil || actions.Kind == yaml.SequenceNode && len(actions.Content) == 0:
	default:
		a.Notifies = []string{"action"}
	}
	f.into.Alerts = append(f.into.Alerts, a)
}

// json reads a model of a rule of Grafana's that is written as JSON.
func (m *grafanaModel) json(text string) {
	var fields struct {
		Expr  string `json:"expr"`
		Query any    `json:"query"`
		Type  string `json:"type"`
	}
	if json.Unmarshal([]byte(strings.ReplaceAll(text, "\x00", "x")), &fields) != nil {
		return
	}
	m.expr, m.typ = fields.Expr, fields.Type
	if q, ok := fields.Query.(string); ok {
		m.other = q
	}
}

var (
	nrqlEqual  = lazyregexp.New("(?i)\\b(?:`?)([a-z][\\w.]*)`?\\s*(?:=|like|in)\\s*\\(?\\s*'([^']+)'")
	nrqlMetric = lazyregexp.New("(?i)\\b(?:average|sum|count|percentile|max|min|rate|latest|uniquecount|percentage)\\s*\\(\\s*(?:count\\(\\*\\),\\s*)?`?([a-z][\\w.]*)`?")
	nrqlFrom   = lazyregexp.New(`(?i)\bfrom\s+([a-z]\w*)`)
)

// nrql reads what a query of New Relic selects and which metrics it reads.
func nrql(query string) (selects []scorecard.LabelMatch, metrics []string, signals []scorecard.Signal) {
	failed := strings.Contains(strings.ToLower(query), "error is true") || strings.Contains(query, "error IS true")
	for _, m := range nrqlEqual.FindAllStringSubmatch(query, 20) {
		if strings.Contains(m[2], "\x00") {
			continue
		}
		failed = failed || promql.Failing(m[1], m[2], false)
		selects = append(selects, scorecard.LabelMatch{Label: m[1], Value: strings.Trim(m[2], "%"), Regex: false, Group: 1})
	}
	for _, m := range nrqlMetric.FindAllStringSubmatch(query, 20) {
		metrics = append(metrics, m[1])
		signals = append(signals, promql.Signals(m[1], failed)...)
	}
	if m := nrqlFrom.FindStringSubmatch(query); m != nil {
		switch strings.ToLower(m[1]) {
		case "transactionerror", "javascripterror":
			signals = append(signals, scorecard.Errors)
		case "transaction":
			if strings.Contains(strings.ToLower(query), "count(*)") || strings.Contains(strings.ToLower(query), "rate(count") {
				signals = append(signals, scorecard.Traffic)
			}
		}
	}
	return selects, metrics, promql.SortSignals(signals)
}
