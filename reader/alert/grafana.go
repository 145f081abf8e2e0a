package alert

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/reader/promql"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// provisioning reads Grafana's alert provisioning: groups of rules, contact points,
// notification policies. It is false for any other document.
func (f *finder) provisioning(root *yaml.Node) bool {
	if root == nil || root.Kind != yaml.MappingNode {
		return false
	}
	r := f.grafanaFile(root)
	found := false
	for i, g := range yamldoc.Items(yamldoc.Get(root, "groups")) {
		found = r.grafanaRules(g, yamldoc.String(yamldoc.Get(g, "name")), fmt.Sprintf("groups[%d].rules", i)) || found
	}
	r.done()
	if points := yamldoc.Items(yamldoc.Get(root, "contactPoints")); len(points) > 0 && f.contacts != nil {
		found = true
		for _, p := range points {
			*f.contacts = append(*f.contacts, contactPoint(p))
		}
		sortReceivers(*f.contacts)
	}
	for i, p := range yamldoc.Items(yamldoc.Get(root, "policies")) {
		if yamldoc.Get(p, "receiver") != nil && yamldoc.Get(p, "roleRef") == nil {
			found = true
			f.into.Routings = append(f.into.Routings, scorecard.AlertRouting{
				Location: f.here(p, fmt.Sprintf("policies[%d]", i)), Root: routeOf(p, 0), Incomplete: true,
			})
		}
	}
	return found
}

// contactPoint reads the sorts of a contact point's integrations.
func contactPoint(n *yaml.Node) scorecard.Receiver {
	r := scorecard.Receiver{Name: yamldoc.Written(yamldoc.Get(n, "name")), Line: max(0, n.Line)}
	for _, x := range yamldoc.Items(yamldoc.Get(n, "receivers")) {
		if kind := strings.ToLower(yamldoc.String(yamldoc.Get(x, "type"))); kind != "" && !slices.Contains(r.Kinds, kindOfReceiver(kind)) {
			r.Kinds = append(r.Kinds, kindOfReceiver(kind))
		}
	}
	slices.Sort(r.Kinds)
	return r
}

// isGrafanaRule reports whether a rule is one of Grafana's: a condition over data.
func isGrafanaRule(n *yaml.Node) bool {
	data := yamldoc.Get(n, "data")
	return data != nil && data.Kind == yaml.SequenceNode && yamldoc.Get(n, "title") != nil
}

// grafanaFile is a file or object of Grafana's rules. Counted in it are those that ask
// Prometheus or its kin.
func (f *finder) grafanaFile(whole *yaml.Node) *ruleFile {
	return &ruleFile{finder: f, format: "grafana", file: scorecard.RuleFile{Location: f.here(whole, ""), Format: "grafana"}}
}

// grafanaRules reads the rules of a group; false where there are none.
func (r *ruleFile) grafanaRules(group *yaml.Node, name, field string) (found bool) {
	r.seen = map[string]int{}
	for i, n := range yamldoc.Items(yamldoc.Get(group, "rules")) {
		if isGrafanaRule(n) {
			found = true
			r.grafanaRule(n, name, fmt.Sprintf("%s[%d]", field, i))
		}
	}
	return found
}

// asked judges the queries of a rule as Prometheus would: those that parse, once what
// Grafana fills in by itself is filled in.
func (r *ruleFile) asked(n *yaml.Node, name string, labels map[string]string) {
	var all []string
	for _, d := range yamldoc.Items(yamldoc.Get(n, "data")) {
		expr := yamldoc.Get(d, "model", "expr")
		text := intervals.Replace(yamldoc.Written(expr))
		if strings.TrimSpace(text) == "" || expressions[yamldoc.String(yamldoc.Get(d, "datasourceUid"))] ||
			strings.HasPrefix(strings.TrimSpace(text), "{") || isLogQL(text) {
			continue
		}
		all = append(all, text)
		if _, bad := promql.Victoria(text, nil); bad == nil {
			continue
		} else if placeholders.MatchString(text) {
			r.file.Unread++
		} else {
			r.wrong(n, name, expr, bad)
		}
	}
	if len(all) > 0 {
		r.file.Alerts++
		r.repeats(n, name, "", strings.Join(all, " "), labels)
	}
}

// intervals are what Grafana fills in by itself.
var intervals = strings.NewReplacer("$__rate_interval", "5m", "${__rate_interval}", "5m", "$__interval", "1m", "${__interval}", "1m", "$__range", "1h", "${__range}", "1h")

// expressions are the data sources that stand for Grafana's own expressions.
var expressions = map[string]bool{"__expr__": true, "-100": true}

// grafanaRule reads one rule of Grafana's.
func (r *ruleFile) grafanaRule(n *yaml.Node, group, field string) {
	labels := yamldoc.StringMap(yamldoc.Get(n, "labels"))
	a := scorecard.Alert{
		Location: r.here(n, field), Format: "grafana", Source: r.source, Group: group, Name: yamldoc.Written(yamldoc.Get(n, "title")),
		Labels: labels, Severity: severityOf(labels), Runbook: runbookOf(n), For: new(float64),
	}
	if text := yamldoc.String(yamldoc.Get(n, "for")); text != "" {
		a.For = nil
		if d, ok := seconds(text); ok {
			a.For = &d
		}
	}
	settings := yamldoc.Get(n, "notification_settings")
	if settings == nil {
		settings = yamldoc.Get(n, "notificationSettings")
	}
	if yamldoc.String(yamldoc.Get(settings, "receiver")) != "" {
		a.Notifies = []string{"contact-point"}
	}
	var models []grafanaModel
	for _, d := range yamldoc.Items(yamldoc.Get(n, "data")) {
		m := yamldoc.Get(d, "model")
		source := yamldoc.String(yamldoc.Get(d, "datasourceUid"))
		models = append(models, grafanaModel{
			expr: yamldoc.Written(yamldoc.Get(m, "expr")), other: firstOf(m, "query", "rawSql", "rawQuery", "target", "metricName"), source: source,
			typ: yamldoc.String(yamldoc.Get(m, "type")),
		})
	}
	a.Expression = grafanaExpression(models)
	if yamldoc.String(yamldoc.Get(n, "isPaused")) != "true" {
		r.into.Alerts = append(r.into.Alerts, a)
	}
	r.asked(n, a.Name, labels)
}

func firstOf(n *yaml.Node, keys ...string) string {
	for _, k := range keys {
		if v := yamldoc.Written(yamldoc.Get(n, k)); v != "" {
			return v
		}
	}
	return ""
}

// grafanaModel is one query of a rule of Grafana's, or a server-side expression over others.
type grafanaModel struct{ expr, other, source, typ string }

// grafanaExpression reads the queries of a rule of Grafana's. Grafana compares in an
// expression over them, so that what is a plain query here is a threshold.
func grafanaExpression(models []grafanaModel) (out scorecard.Expression) {
	compares := false
	for _, m := range models {
		if expressions[m.source] {
			compares = compares || m.typ == "threshold" || m.typ == "classic_conditions" || m.typ == "math"
			continue
		}
		var one scorecard.Expression
		switch {
		case m.expr == "":
			one = scorecard.Expression{Expr: promql.Clip(m.other)}
		case strings.HasPrefix(strings.TrimSpace(m.expr), "{") || isLogQL(m.expr):
			one = promql.Loki(m.expr)
		default:
			var bad *promql.Error
			if one, bad = promql.Victoria(m.expr, nil); bad != nil {
				one.Language = ""
			}
		}
		if out.Expr == "" {
			out = one
			continue
		}
		out.Selects = append(out.Selects, one.Selects...)
		out.Metrics = append(out.Metrics, one.Metrics...)
		out.Signals = promql.SortSignals(append(out.Signals, one.Signals...))
	}
	slices.Sort(out.Metrics)
	out.Metrics = slices.Compact(out.Metrics)
	if out.Shape == scorecard.Event && compares || out.Shape == "" && out.Language != "" {
		out.Shape = scorecard.ThresholdAlert
	}
	return out
}

// grafanaGroup reads Grafana operator's GrafanaAlertRuleGroup.
func (f *finder) grafanaGroup(n *yaml.Node) {
	r := f.grafanaFile(n)
	r.grafanaRules(yamldoc.Get(n, "spec"), yamldoc.String(yamldoc.Get(n, "metadata", "name")), "spec.rules")
	r.done()
}
