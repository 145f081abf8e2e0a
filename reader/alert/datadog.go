package alert

import (
	"bytes"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/reader/promql"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// datadogTypes are the sorts of Datadog's monitors.
var datadogTypes = []string{"metric alert", "query alert", "service check", "event alert", "event-v2 alert", "log alert", "process alert", "rum alert", "trace-analytics alert", "slo alert",
	"composite", "synthetics alert", "audit alert", "error-tracking alert", "ci-pipelines alert", "database-monitoring alert", "network-performance alert", "cost alert"}

// isDatadogText reports whether a JSON text may be monitors as Datadog exports them.
func isDatadogText(data []byte) bool {
	return bytes.Contains(data, []byte(`"query"`)) && bytes.Contains(data, []byte(`"message"`)) && bytes.Contains(data, []byte(`"options"`)) &&
		(bytes.Contains(data, []byte(` alert"`)) || bytes.Contains(data, []byte(`"service check"`)))
}

// datadogJSON reads one monitor, or a list of them.
func (f *finder) datadogJSON(n *yaml.Node) {
	if list := yamldoc.Items(n); list != nil {
		for _, item := range list {
			f.datadogJSON(item)
		}
		return
	}
	if list := yamldoc.Get(n, "monitors"); list != nil {
		f.datadogJSON(list)
		return
	}
	if slices.Contains(datadogTypes, yamldoc.String(yamldoc.Get(n, "type"))) && yamldoc.Get(n, "query") != nil {
		f.datadog(n)
	}
}

// datadog reads a monitor's fields, which are the same in JSON and in its object.
func (f *finder) datadog(n *yaml.Node) {
	if n == nil {
		return
	}
	message := yamldoc.Written(yamldoc.Get(n, "message"))
	m := datadogMonitor{
		name: yamldoc.Written(yamldoc.Get(n, "name")), typ: yamldoc.String(yamldoc.Get(n, "type")), query: yamldoc.Written(yamldoc.Get(n, "query")),
		message: message, priority: yamldoc.String(yamldoc.Get(n, "priority")),
	}
	for _, t := range yamldoc.Items(yamldoc.Get(n, "tags")) {
		m.tags = append(m.tags, yamldoc.Written(t))
	}
	a := m.alert()
	a.Location, a.Source = f.here(n, ""), f.source
	if node := yamldoc.Get(n, "message"); a.Runbook.Text != "" {
		a.Runbook.Line = node.Line
	}
	f.into.Alerts = append(f.into.Alerts, a)
}

// datadogMonitor is a monitor however it is declared.
type datadogMonitor struct {
	name, typ, query, message, priority string
	tags                                []string
}

var (
	// evaluated is the time that a query looks back: avg(last_5m):…, .last("5m").
	evaluated = lazyregexp.New(`(?:last_|\.last\("?)(\d+)(s|m|h|d|w|mo)?`)
	// metric is a metric of Datadog with its scope: avg:aws.elb.latency{service:cart} by {host}.
	datadogMetric = lazyregexp.New(`(?:^|[\s(,:*/+-])(?:(?:avg|sum|min|max|p\d+|count)(?:\([^)]*\))?:)?([a-zA-Z][\w.]*\.[\w.]+)\{([^}]*)\}`)
	handle        = lazyregexp.New(`@([a-zA-Z][\w.@+-]*[\w-])`)
	searched      = lazyregexp.New(`\b(service|app|kube_deployment|kube_namespace|kube_app_name|container_name|env|host):"?([\w./-]+)"?`)
)

// alert makes an alert of the monitor.
func (m datadogMonitor) alert() scorecard.Alert {
	a := scorecard.Alert{Format: "datadog", Name: m.name, Routes: true, Labels: map[string]string{}, For: new(float64)}
	a.Expression = scorecard.Expression{Language: "datadog", Expr: promql.Clip(m.query), Shape: scorecard.ThresholdAlert}
	switch {
	case strings.HasPrefix(m.typ, "log") || strings.HasPrefix(m.typ, "rum") || strings.HasPrefix(m.typ, "trace") || strings.HasPrefix(m.typ, "error-tracking"):
		a.Shape = scorecard.LogAlert
	case strings.HasPrefix(m.typ, "event") || strings.HasPrefix(m.typ, "service check") || strings.HasPrefix(m.typ, "process") || strings.HasPrefix(m.typ, "composite") || strings.HasPrefix(m.typ, "synthetics") ||
		strings.HasPrefix(m.typ, "audit") || strings.HasPrefix(m.typ, "ci-"):
		a.Shape = scorecard.Event
	case strings.HasPrefix(m.typ, "slo"):
		a.Shape = scorecard.BurnRatePair
	}
	if found := evaluated.FindStringSubmatch(m.query); found != nil {
		if d, ok := seconds(found[1] + strings.Replace(found[2], "mo", "d", 1)); ok {
			a.For = &d
		}
	} else if strings.Contains(m.query, "\x00") {
		a.For, a.Open = nil, append(a.Open, "for", "expression")
	}
	datadogSelects(&a, m.query)
	for i, t := range m.tags {
		if k, v, ok := strings.Cut(t, ":"); ok && i < maxLabels && !strings.Contains(v, "\x00") {
			a.Labels[k] = v
		}
	}
	a.Severity = firstNonEmpty(a.Labels["severity"], m.priority, a.Labels["priority"])
	if a.Runbook.Text = linkIn(m.message); a.Runbook.Text != "" {
		a.Runbook.Field = "message"
	}
	a.Notifies = handles(m.message)
	if strings.Contains(m.message, "\x00") || m.message == "" {
		if strings.Contains(m.message, "\x00") && a.Runbook.Text == "" {
			a.Open = append(a.Open, "runbook")
		}
		if strings.Contains(m.message, "\x00") && len(a.Notifies) == 0 {
			a.Open = append(a.Open, "routing")
		}
	}
	return a
}

func firstNonEmpty(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}

func datadogSelects(a *scorecard.Alert, query string) {
	for i, found := range datadogMetric.FindAllStringSubmatch(query, 20) {
		if !slices.Contains(a.Metrics, found[1]) {
			a.Metrics = append(a.Metrics, found[1])
		}
		failed := false
		for _, pair := range strings.FieldsFunc(found[2], func(r rune) bool { return r == ',' || r == ' ' }) {
			label, value, ok := strings.Cut(pair, ":")
			if !ok || strings.HasPrefix(label, "!") || strings.ContainsAny(value, "*$\x00{") || value == "" {
				continue
			}
			failed = failed || promql.Failing(label, value, false)
			a.Selects = append(a.Selects, scorecard.LabelMatch{Label: label, Value: value, Group: i + 1})
		}
		a.Signals = append(a.Signals, promql.Signals(found[1], failed)...)
	}
	if len(a.Metrics) == 0 { // a search: logs("service:cart status:error")
		for _, found := range searched.FindAllStringSubmatch(query, 20) {
			a.Selects = append(a.Selects, scorecard.LabelMatch{Label: found[1], Value: found[2], Group: 1})
		}
	}
	a.Signals = promql.SortSignals(a.Signals)
	slices.Sort(a.Metrics)
}

// handles are the sorts of places that a message notifies: @pagerduty-shop is
// "pagerduty", a person's address "email".
func handles(message string) (out []string) {
	for _, m := range handle.FindAllStringSubmatch(message, 20) {
		kind, _, _ := strings.Cut(strings.ToLower(m[1]), "-")
		if strings.Contains(m[1], "@") {
			kind = "email"
		} else if !slices.Contains([]string{"pagerduty", "opsgenie", "slack", "webhook", "teams", "victorops", "sns", "workflow", "incident", "oncall", "servicenow", "jira", "hangouts"}, kind) {
			kind = "handle"
		}
		if !slices.Contains(out, kind) {
			out = append(out, kind)
		}
	}
	slices.Sort(out)
	return out
}
