package alert

import (
	"bytes"
	"context"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/reader/promql"
	"github.com/seaworthy-dev/seaworthy/reader/terraform/hcldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// monitors are the types of Terraform's resources that are alerts, and who reads each.
var monitors = map[string]func(*module, *hcldoc.Block){
	"datadog_monitor":                                   (*module).datadog,
	"grafana_rule_group":                                (*module).grafana,
	"newrelic_nrql_alert_condition":                     (*module).newrelic,
	"newrelic_alert_condition":                          (*module).newrelic,
	"newrelic_infra_alert_condition":                    (*module).newrelic,
	"newrelic_synthetics_alert_condition":               (*module).newrelic,
	"newrelic_synthetics_multilocation_alert_condition": (*module).newrelic,
	"aws_cloudwatch_metric_alarm":                       (*module).cloudwatch,
	"aws_cloudwatch_composite_alarm":                    (*module).cloudwatch,
	"google_monitoring_alert_policy":                    (*module).google,
	"azurerm_monitor_metric_alert":                      (*module).azure,
	"azurerm_monitor_activity_log_alert":                (*module).azure,
	"azurerm_monitor_scheduled_query_rules_alert":       (*module).azure,
	"azurerm_monitor_scheduled_query_rules_alert_v2":    (*module).azure,
	"azurerm_monitor_smart_detector_alert_rule":         (*module).azure,
}

// routers are the types that say where New Relic sends what its conditions find.
var routers = []string{"newrelic_workflow", "newrelic_alert_policy_channel", "newrelic_notification_channel"}

// module is the Terraform of one folder.
type module struct {
	*reader
	path   string // of the file that is being read
	scope  *hcldoc.Scope
	routed bool // it has one of the routers
}

// monitorMarks are words of which one stands in every file with a monitor.
var monitorMarks = [][]byte{[]byte("datadog_monitor"), []byte("grafana_rule_group"), []byte("newrelic_"), []byte("aws_cloudwatch_"), []byte("google_monitoring_alert_policy"), []byte("azurerm_monitor_")}

func isTerraform(base string) bool {
	return strings.HasSuffix(base, ".tf") || strings.HasSuffix(base, ".tofu") || strings.HasSuffix(base, ".tf.json")
}

// terraform reads the monitors of the tree's Terraform. Only folders with a monitor are
// parsed, and of these all files, whose variables and locals the monitors use.
func (r *reader) terraform(ctx context.Context) {
	folders := map[string][]string{}
	wanted := map[string]bool{}
	for _, f := range r.t.Files() {
		if ctx.Err() != nil {
			return
		}
		if !isTerraform(f.Base()) {
			continue
		}
		folders[f.Folder()] = append(folders[f.Folder()], f.Path)
		data, ok := r.t.Read(f.Path, scorecard.Alerts)
		if ok && slices.ContainsFunc(monitorMarks, func(m []byte) bool { return bytes.Contains(data, m) }) {
			wanted[f.Folder()] = true
		}
	}
	for folder, files := range folders {
		if wanted[folder] {
			r.module(files)
		}
	}
}

// module reads the files of one folder. Those that would not parse are gaps.
func (r *reader) module(files []string) {
	type resource struct {
		path  string
		block *hcldoc.Block
	}
	var all []*hcldoc.Block
	var found []resource
	m := &module{reader: r}
	for _, p := range files {
		data, ok := r.t.Read(p, scorecard.Alerts)
		if !ok {
			continue
		}
		file, bad := hcldoc.Parse(p, data, 1)
		if bad != nil && slices.ContainsFunc(monitorMarks, func(m []byte) bool { return bytes.Contains(data, m) }) {
			r.t.Malformed(p, bad.Line, bad, scorecard.Alerts)
		}
		if file == nil {
			continue
		}
		for _, b := range hcldoc.Blocks(file, map[string]int{"variable": 1, "locals": 0, "resource": 2}) {
			if b.Type != "resource" {
				all = append(all, b)
				continue
			}
			if slices.Contains(routers, b.Label(0)) {
				m.routed = true
			}
			if monitors[b.Label(0)] != nil {
				found = append(found, resource{p, b})
			}
		}
	}
	m.scope = hcldoc.NewScope(all)
	for _, x := range found {
		m.path = x.path
		if e := x.block.Attr("count"); e != nil && len(e.Variables()) == 0 && m.text(x.block, "count") == "0" {
			continue // switched off, whatever the variables are
		}
		monitors[x.block.Label(0)](m, x.block)
	}
}

// text is what is known of an attribute.
func (m *module) text(b *hcldoc.Block, name string) string { return m.scope.Text(b, name) }

// add completes an alert with its place and keeps it.
func (m *module) add(b *hcldoc.Block, a scorecard.Alert) {
	a.Location = scorecard.Location{Path: m.path, FirstLine: b.First, LastLine: b.Last}
	a.Source = "terraform"
	if a.Name == "" || !hcldoc.Known(a.Name) {
		a.Name = strings.ReplaceAll(a.Name, hcldoc.Hole, "…")
		if strings.Trim(a.Name, "… -_[]()|:") == "" {
			a.Name = b.Label(1)
		}
	}
	a.Expr = strings.ReplaceAll(a.Expr, hcldoc.Hole, "…")
	a.Runbook.Text = strings.ReplaceAll(a.Runbook.Text, hcldoc.Hole, "…")
	if strings.Contains(a.Severity, hcldoc.Hole) {
		a.Severity, a.Open = "", append(a.Open, "severity")
	}
	m.into.Alerts = append(m.into.Alerts, a)
}

// runbook finds the link in one of the attributes; open where one of them is not known.
func (m *module) runbook(a *scorecard.Alert, b *hcldoc.Block, names ...string) {
	for _, name := range names {
		e := b.Attr(name)
		if e == nil {
			continue
		}
		text := m.scope.Eval(e)
		link := linkIn(text)
		if link == "" && strings.Contains(name, "runbook") && hcldoc.Known(text) && !isNothing(text) {
			link = harmless(text)
		}
		switch {
		case link != "":
			a.Runbook = scorecard.RunbookLink{Text: link, Line: b.Line(name), Field: name}
			a.Open = slices.DeleteFunc(a.Open, func(o string) bool { return o == "runbook" })
			return
		case !hcldoc.Known(text) && !slices.Contains(a.Open, "runbook"):
			a.Open = append(a.Open, "runbook")
		}
	}
}

// notifies says where the attribute sends to: a list of addresses of channels, of which
// only the sorts are kept.
func (m *module) notifies(a *scorecard.Alert, b *hcldoc.Block, kind string, names ...string) {
	a.Routes = true
	for _, name := range names {
		e := b.Attr(name)
		if e == nil {
			continue
		}
		items, ok := m.scope.Items(e)
		switch {
		case ok && len(items) > 0:
			a.Notifies = []string{kind}
		case ok:
		case m.defaultless(e):
			a.Open = append(a.Open, "routing")
		default:
			a.Notifies = []string{kind} // a resource's own address
		}
	}
}

// defaultless reports whether an expression hangs on a variable, which a caller sets.
func (m *module) defaultless(e hcl.Expression) bool {
	return slices.ContainsFunc(e.Variables(), func(t hcl.Traversal) bool { return t.RootName() == "var" }) || len(e.Variables()) == 0
}

// seconds reads a number of seconds from an attribute; fallback where it is not written.
func (m *module) number(b *hcldoc.Block, name string, fallback float64) (float64, bool) {
	if b.Attr(name) == nil {
		return fallback, true
	}
	return seconds(m.text(b, name))
}

func (m *module) datadog(b *hcldoc.Block) {
	monitor := datadogMonitor{name: m.text(b, "name"), typ: m.text(b, "type"), query: m.text(b, "query"), message: m.text(b, "message"), priority: m.text(b, "priority")}
	if items, ok := m.scope.Items(b.Attr("tags")); b.Attr("tags") != nil && ok {
		for _, item := range items {
			monitor.tags = append(monitor.tags, m.scope.Eval(item))
		}
	}
	a := monitor.alert()
	if a.Runbook.Text != "" {
		a.Runbook.Line = b.Line("message")
	}
	m.add(b, a)
}

func (m *module) grafana(group *hcldoc.Block) {
	for _, b := range group.Blocks("rule") {
		a := scorecard.Alert{Format: "grafana", Group: m.text(group, "name"), Name: m.text(b, "name"), Labels: m.pairs(b, "labels")}
		a.Severity = severityOf(a.Labels)
		m.duration(&a, b, "for")
		if pairs, ok := m.scope.Pairs(b.Attr("annotations")); b.Attr("annotations") != nil && ok {
			for _, p := range pairs {
				if text := m.scope.Eval(p.Value); isRunbookKey(p.Key) && !isNothing(text) {
					a.Runbook = scorecard.RunbookLink{Text: harmless(fill(text, a.Name, a.Labels)), Line: p.Value.Range().Start.Line, Field: "annotations." + p.Key}
				}
			}
		}
		for _, s := range b.Blocks("notification_settings") {
			if s.Attr("contact_point") != nil {
				a.Notifies = []string{"contact-point"}
			}
		}
		var models []grafanaModel
		for _, d := range b.Blocks("data") {
			one := grafanaModel{source: m.text(d, "datasource_uid")}
			if pairs, ok := m.scope.Pairs(d.Attr("model")); d.Attr("model") != nil && ok {
				for _, p := range pairs {
					switch p.Key {
					case "expr":
						one.expr = strings.ReplaceAll(m.scope.Eval(p.Value), hcldoc.Hole, "x")
					case "query", "rawSql":
						one.other = m.scope.Eval(p.Value)
					case "type":
						one.typ = m.scope.Eval(p.Value)
					}
				}
			} else {
				one.json(m.text(d, "model"))
			}
			models = append(models, one)
		}
		a.Expression = grafanaExpression(models)
		m.add(b, a)
	}
}

// pairs is an object of texts.
func (m *module) pairs(b *hcldoc.Block, name string) map[string]string {
	out := map[string]string{}
	if b.Attr(name) == nil {
		return out
	}
	pairs, _ := m.scope.Pairs(b.Attr(name))
	for _, p := range pairs {
		if v := m.scope.Eval(p.Value); len(out) < maxLabels {
			out[p.Key] = strings.ReplaceAll(v, hcldoc.Hole, "{{…}}")
		}
	}
	return out
}

// duration reads an attribute into For.
func (m *module) duration(a *scorecard.Alert, b *hcldoc.Block, name string) {
	if v, ok := m.number(b, name, 0); ok {
		a.For = &v
	} else {
		a.Open = append(a.Open, "for")
	}
}

func (m *module) newrelic(b *hcldoc.Block) {
	a := scorecard.Alert{Format: "newrelic", Name: m.text(b, "name"), Routes: true}
	a.Expression = scorecard.Expression{Language: "nrql", Shape: scorecard.ThresholdAlert}
	for _, q := range b.Blocks("nrql") {
		a.Expr = promql.Clip(m.text(q, "query"))
		a.Selects, a.Metrics, a.Signals = nrql(m.text(q, "query"))
	}
	if strings.Contains(b.Label(0), "synthetics") {
		a.Shape = scorecard.Event
	}
	if strings.Contains(strings.ToLower(a.Expr), "from log") {
		a.Shape = scorecard.LogAlert
	}
	a.For = new(float64)
	for _, level := range []string{"critical", "term", "warning"} {
		for _, t := range b.Blocks(level) {
			if a.Severity == "" {
				a.Severity = strings.TrimPrefix(level, "term")
				if level == "term" {
					a.Severity = firstNonEmpty(m.text(t, "priority"), "critical")
				}
			}
			v, ok := m.number(t, "threshold_duration", 0)
			if t.Attr("duration") != nil { // in minutes
				v, ok = m.number(t, "duration", 0)
				v *= 60
			}
			if !ok {
				a.For = nil
			} else if a.For != nil && v > *a.For {
				a.For = &v
			}
		}
	}
	if b.Attr("critical") != nil && a.Severity == "" { // as an attribute, in JSON
		a.Severity = "critical"
	}
	m.runbook(&a, b, "runbook_url", "description")
	if m.routed {
		a.Notifies = []string{"workflow"}
	} else {
		a.Open = append(a.Open, "routing") // the policy's channels may be set elsewhere
	}
	m.add(b, a)
}

func (m *module) cloudwatch(b *hcldoc.Block) {
	a := scorecard.Alert{Format: "cloudwatch", Name: m.text(b, "alarm_name"), Labels: m.pairs(b, "tags")}
	a.Expression = scorecard.Expression{Language: "cloudwatch", Shape: scorecard.ThresholdAlert}
	metric, namespace := m.text(b, "metric_name"), m.text(b, "namespace")
	dimensions := m.pairs(b, "dimensions")
	for _, q := range b.Blocks("metric_query") {
		for _, x := range q.Blocks("metric") {
			metric, namespace = firstNonEmpty(metric, m.text(x, "metric_name")), firstNonEmpty(namespace, m.text(x, "namespace"))
		}
	}
	describeMetric(&a, namespace, metric, dimensions)
	period, ok1 := m.number(b, "period", 60)
	times, ok2 := m.number(b, "evaluation_periods", 1)
	if b.Attr("datapoints_to_alarm") != nil {
		if v, ok := m.number(b, "datapoints_to_alarm", 1); ok {
			times = v
		}
	}
	if v := period * times; ok1 && ok2 {
		a.For = &v
	} else {
		a.Open = append(a.Open, "for")
	}
	if strings.Contains(b.Label(0), "composite") {
		a.Shape = scorecard.Event
	}
	a.Severity = firstNonEmpty(a.Labels["severity"], a.Labels["Severity"], a.Labels["priority"])
	m.runbook(&a, b, "alarm_description")
	m.notifies(&a, b, "action", "alarm_actions")
	m.add(b, a)
}

// describeMetric fills in what an alarm over one metric of a cloud says.
func describeMetric(a *scorecard.Alert, namespace, metric string, dimensions map[string]string) {
	a.Expr = promql.Clip(strings.TrimSpace(namespace + " " + metric))
	if metric != "" && hcldoc.Known(metric) {
		a.Metrics = []string{metric}
		a.Signals = promql.Signals(metric, false)
	}
	for _, k := range sortedKeys(dimensions) {
		if v := dimensions[k]; v != "" && !strings.Contains(v, "{{") && len(a.Selects) < 20 {
			a.Selects = append(a.Selects, scorecard.LabelMatch{Label: k, Value: v, Group: 1})
		}
	}
}

func (m *module) google(b *hcldoc.Block) {
	a := scorecard.Alert{Format: "google", Name: m.text(b, "display_name"), Labels: m.pairs(b, "user_labels"), For: new(float64)}
	a.Severity = firstNonEmpty(strings.ToLower(m.text(b, "severity")), a.Labels["severity"])
	a.Expression = scorecard.Expression{Language: "google"}
	for _, c := range b.Blocks("conditions") {
		m.googleCondition(&a, c)
	}
	for _, d := range b.Blocks("documentation") {
		m.runbook(&a, d, "content")
		for _, l := range d.Blocks("links") {
			if a.Runbook.Text == "" {
				m.runbook(&a, l, "url")
			}
		}
	}
	m.notifies(&a, b, "channel", "notification_channels")
	m.add(b, a)
}

// googleShapes are the sorts of conditions, and what makes each fire; PromQL tells itself.
var googleShapes = map[string]scorecard.AlertShape{
	"condition_threshold": scorecard.ThresholdAlert, "condition_monitoring_query_language": scorecard.ThresholdAlert, "condition_absent": scorecard.Absent,
	"condition_matched_log": scorecard.LogAlert, "condition_prometheus_query_language": "", "condition_sql": scorecard.LogAlert,
}

// googleCondition reads one condition of an alert policy.
func (m *module) googleCondition(a *scorecard.Alert, c *hcldoc.Block) {
	for _, kind := range sortedKeys(googleShapes) {
		shape := googleShapes[kind]
		for _, t := range c.Blocks(kind) {
			if shape == "" {
				if parsed, bad := promql.Prometheus(m.text(t, "query"), nil); bad == nil {
					a.Expression = parsed
				}
			} else {
				a.Shape = shape
				filter := firstNonEmpty(m.text(t, "filter"), m.text(t, "query"))
				googleFilter(a, filter)
				if strings.Contains(filter, "select_slo_burn_rate") {
					a.Shape = scorecard.BurnRatePair
				}
			}
			if d, ok := m.number(t, "duration", 0); ok && a.For != nil && d > *a.For {
				a.For = &d
			} else if !ok {
				a.For = nil
			}
		}
	}
}

var (
	googleMetric = lazyregexp.New(`metric\.type\s*=\s*(?:starts_with\()?"([^"]+)"`)
	googleLabel  = lazyregexp.New(`(?:resource|metric)\.labels?\."?(\w+)"?\s*=\s*(?:starts_with\()?"([^"]+)"`)
)

func googleFilter(a *scorecard.Alert, filter string) {
	a.Expr = promql.Clip(filter)
	for _, found := range googleMetric.FindAllStringSubmatch(filter, 10) {
		a.Metrics = append(a.Metrics, found[1])
		a.Signals = promql.SortSignals(append(a.Signals, promql.Signals(found[1], strings.Contains(filter, "5xx") || strings.Contains(filter, "\"500\""))...))
	}
	for _, found := range googleLabel.FindAllStringSubmatch(filter, 20) {
		if hcldoc.Known(found[2]) {
			a.Selects = append(a.Selects, scorecard.LabelMatch{Label: found[1], Value: found[2], Group: 1})
		}
	}
}

func (m *module) azure(b *hcldoc.Block) {
	a := scorecard.Alert{Format: "azure", Name: m.text(b, "name"), Labels: m.pairs(b, "tags"), Severity: m.text(b, "severity")}
	a.Expression = scorecard.Expression{Language: "azure", Shape: scorecard.ThresholdAlert}
	switch {
	case strings.Contains(b.Label(0), "activity_log"), strings.Contains(b.Label(0), "smart_detector"):
		a.Shape = scorecard.Event
	case strings.Contains(b.Label(0), "scheduled_query"):
		a.Shape = scorecard.LogAlert
	}
	if a.Severity == "" && strings.Contains(b.Label(0), "metric_alert") {
		a.Severity = "3" // the provider's default
	}
	for _, kind := range []string{"criteria", "dynamic_criteria"} {
		for _, c := range b.Blocks(kind) {
			if name := m.text(c, "metric_name"); name != "" && hcldoc.Known(name) {
				a.Expr = promql.Clip(strings.TrimSpace(m.text(c, "metric_namespace") + " " + name))
				a.Metrics = append(a.Metrics, name)
				a.Signals = promql.SortSignals(append(a.Signals, promql.Signals(name, false)...))
			}
		}
	}
	window := firstNonEmpty(m.text(b, "window_size"), m.text(b, "window_duration"), "PT5M")
	if d, ok := isoSeconds(window); ok {
		a.For = &d
	} else {
		a.Open = append(a.Open, "for")
	}
	m.runbook(&a, b, "description")
	a.Routes = true
	for _, act := range b.Blocks("action") {
		if act.Attr("action_group_id") != nil || act.Attr("action_groups") != nil || act.Attr("action_group") != nil {
			a.Notifies = []string{"action"}
		}
	}
	if len(b.Blocks("action_group")) > 0 {
		a.Notifies = []string{"action"}
	}
	m.add(b, a)
}

var isoTime = lazyregexp.New(`^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$`)

// isoSeconds reads a duration as Azure writes them: PT5M.
func isoSeconds(text string) (sum float64, ok bool) {
	found := isoTime.FindStringSubmatch(text)
	if found == nil {
		return 0, false
	}
	for i, unit := range []float64{86400, 3600, 60, 1} {
		if v, ok := seconds(found[i+1]); ok {
			sum += v * unit
		}
	}
	return sum, true
}

func sortedKeys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
