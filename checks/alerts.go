package checks

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var alertDocs = []scorecard.Reference{
	{Title: "Site Reliability Engineering: Monitoring Distributed Systems", URL: "https://sre.google/sre-book/monitoring-distributed-systems/"},
	{Title: "Prometheus: Alerting rules", URL: "https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/"},
}

var alertsDefined = scorecard.Check{
	ID:      "alerts-defined",
	Pillar:  scorecard.Alerting,
	Title:   "Somebody is told when the service breaks",
	Applies: "all services",
	Passes: "at least one alert names the service, its job or its namespace, or looks at every workload: a rule of Prometheus, Loki or VictoriaMetrics, a rule of Grafana's, " +
		"a monitor in Terraform or CloudFormation, or those that Sloth, Pyrra and Grafana make of an objective",
	Why: "Without an alert the users are the monitoring: an outage lasts until one of them complains. " +
		"Google's SRE book asks of every service that symptoms which users see reach a person.",
	Fix:        "Alert on what users see of the service (errors and latency), in a rule file beside it.",
	References: alertDocs,
	Level:      scorecard.Silver, Weight: scorecard.High, Effort: scorecard.Hour,
	Reads: []scorecard.Family{scorecard.Alerts, scorecard.Objectives},
	Rule: func(v *scorecard.View) scorecard.Finding {
		var found []scorecard.Evidence
		for i := range v.Alerts {
			a := &v.Alerts[i]
			found = append(found, scorecard.Evidence{Location: a.Location, Outcome: scorecard.Pass, Message: alertName(a)})
		}
		for i := range v.SLOs {
			if o := &v.SLOs[i]; o.BurnRate == "windows" && slices.Contains([]string{"sloth", "pyrra", "grafana"}, o.Format) {
				found = append(found, scorecard.Evidence{Location: o.Location, Outcome: scorecard.Pass, Message: "objective " + objectiveName(o) + " makes alerts on its error budget"})
			}
		}
		if len(found) > 0 {
			return whole(found)
		}
		return scorecard.Missing(func() string { return alertRemedy(&v.Service) }, "no alert was found that names or selects the service")
	},
}

// alertName names an alert for a person: "alert CartDown".
func alertName(a *scorecard.Alert) string {
	name := a.Name
	if name == "" {
		name = "without a name"
	}
	if a.Routes {
		return fmt.Sprintf("%s monitor %s", a.Format, name)
	}
	return "alert " + name
}

// ruleObject is a PrometheusRule with one group.
func ruleObject(name, group string, rules []object) string {
	return yamlText(object{
		{key: "apiVersion", value: "monitoring.coreos.com/v1"}, {key: "kind", value: "PrometheusRule"},
		{key: "metadata", value: object{{key: "name", value: name}}},
		{key: "spec", value: object{{key: "groups", value: []object{{{key: "name", value: group}, {key: "rules", value: rules}}}}}},
	})
}

func alertRemedy(s *scorecard.Service) string {
	name := objectName(s)
	rate := func(filter string) string {
		return fmt.Sprintf("sum(rate(http_requests_total{service=%q%s}[5m]))", name, filter)
	}
	return fenced(fmt.Sprintf("Where its alerts stand in another repository, connect that one. Else start with `%s` (put the name of your own request metric):", within(s, "alerts/"+name+".yaml")), "yaml",
		ruleObject(name, name, []object{{
			{key: "alert", value: "HighErrorRate"},
			{key: "expr", value: rate(`,code=~"5.."`) + " / " + rate("") + " > 0.01"},
			{key: "for", value: "5m"},
			{key: "labels", value: object{{key: "severity", value: "page"}, {key: "service", value: name}, {key: "team", value: "your-team"}}},
			{key: "annotations", value: object{{key: "summary", value: "More than 1 % of the requests to " + name + " fail."}, {key: "runbook_url", value: "docs/runbooks/" + name + ".md"}}},
		}}))
}

// bySeverity gives the alerts, those that wake somebody first.
func bySeverity(s *survey) []*scorecard.Alert {
	out := make([]*scorecard.Alert, len(s.Alerts))
	for i := range s.Alerts {
		out[i] = &s.Alerts[i]
	}
	slices.SortStableFunc(out, func(a, b *scorecard.Alert) int { return cmp.Compare(urgency(a.Severity), urgency(b.Severity)) })
	return out
}

// urgency orders severities, the most urgent first.
func urgency(severity string) int {
	switch strings.ToLower(severity) {
	case "page", "critical", "p1", "1", "sev1", "s1", "emergency", "0", "p0":
		return 0
	case "error", "high", "major", "p2", "2", "s2", "sev2", "ticket":
		return 1
	case "info", "none", "low", "p4", "p5", "4", "5", "s4":
		return 3
	}
	return 2
}

var alertRunbooks = scorecard.Check{
	ID:      "alert-runbooks",
	Pillar:  scorecard.Alerting,
	Title:   "Every alert says what to do",
	Applies: "alerts, those that page first",
	Passes:  "the alert has an annotation `runbook_url` or `runbook`; a monitor's documentation, message or description has a link or a path",
	Why: "An alert without a runbook asks whoever is woken to work out from its name alone what it means, what to look at and what to do. " +
		"Google's SRE workbook asks for a playbook entry with each alert.",
	Fix: "Write for each alert what it means, how to diagnose it and how to mitigate it, and link that from the alert.",
	References: []scorecard.Reference{
		{Title: "The Site Reliability Workbook: On-Call", URL: "https://sre.google/workbook/on-call/"},
		{Title: "Prometheus: Alerting practices", URL: "https://prometheus.io/docs/practices/alerting/"},
	},
	Level: scorecard.Silver, Weight: scorecard.High, Effort: scorecard.Hour,
	Reads: []scorecard.Family{scorecard.Alerts},
	Rule: rule(words{"alert", "has a runbook", "there is no alert"}, func(s *survey) {
		for _, a := range bySeverity(s) {
			at := a.Location
			switch {
			case a.Runbook.Text != "":
				if a.Runbook.Line > 0 {
					at = at.At(a.Runbook.Field, a.Runbook.Line, a.Runbook.Line)
				}
				s.Pass(at, "%s leads to %s", alertName(a), a.Runbook.Text)
			case slices.Contains(a.Open, "runbook"):
				s.Undecided(at, "what %s says is filled in elsewhere", alertName(a))
			default:
				s.Fail(at, func() string { return runbookLinkRemedy(&s.Service, a) }, "%s%s has no runbook", alertName(a), severe(a))
			}
		}
	}),
}

func severe(a *scorecard.Alert) string {
	if a.Severity == "" {
		return ""
	}
	return " (" + a.Severity + ")"
}

// anchored is the anchor that an alert's own heading has.
func anchored(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' || r == '_':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		case r == ' ':
			return '-'
		}
		return -1
	}, name)
}

func runbookLinkRemedy(s *scorecard.Service, a *scorecard.Alert) string {
	link := within(s, "docs/runbooks/"+objectName(s)+".md") + "#" + anchored(a.Name)
	field := map[string]string{"datadog": "message", "cloudwatch": "alarm_description", "google": "content", "azure": "description", "newrelic": "runbook_url"}[a.Format]
	if field != "" {
		return fenced(in(a.Location)+fmt.Sprintf("name the runbook in the `%s` of %s:", field, alertName(a)), "hcl", fmt.Sprintf("%s = \"Runbook: %s\"", field, link))
	}
	return alertPatch(a, "link the runbook from", func(rule object) object {
		return append(rule, newField("annotations", object{{key: "runbook_url", value: link}}))
	})
}

func newField(key string, value any) field { return field{key: key, value: value} }

// alertPatch is the alert's rule with what to write in it. Its other annotations stay.
func alertPatch(a *scorecard.Alert, what string, mend func(rule object) object) string {
	rule := object{{key: "alert", value: a.Name}, {key: "expr", value: a.Expr}}
	if a.Format == "grafana" {
		rule = object{{key: "title", value: a.Name}}
	}
	if a.For != nil && *a.For > 0 {
		rule = append(rule, newField("for", fmt.Sprintf("%gs", *a.For)))
	}
	if len(a.Labels) > 0 {
		rule = append(rule, newField("labels", stringMap(a.Labels)))
	}
	rule = mend(rule)
	groups := object{{key: "groups", value: []object{{{key: "name", value: a.Group}, {key: "rules", value: []object{rule}}}}}}
	sentence := in(a.Location) + fmt.Sprintf("%s %s, whose other annotations stay:", what, alertName(a))
	o := a.Location.Object
	if o.Kind == "" || a.Source != "object" {
		return fenced(sentence, "yaml", yamlText(groups))
	}
	return fenced(sentence, "yaml", specPatch(o, groups))
}

var alertDebounced = scorecard.Check{
	ID:      "alert-debounced",
	Pillar:  scorecard.Alerting,
	Title:   "An alert waits until the trouble lasts",
	Applies: "alerts that compare a gauge or a rate with a threshold; not those on absence, events, logs, or on burn rates over two windows",
	Passes:  "`for` is a minute or more; a monitor evaluates over a minute or more",
	Why: "A threshold that is crossed for one scrape and not at the next wakes somebody for nothing. " +
		"Alerts that fire and resolve by themselves teach people to ignore them.",
	Fix: "Give the alert `for: 5m`, or alert on the burn rate of an objective over a long and a short window.",
	References: []scorecard.Reference{
		{Title: "Prometheus: Alerting rules", URL: "https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/"},
		{Title: "The Site Reliability Workbook: Alerting on SLOs", URL: "https://sre.google/workbook/alerting-on-slos/"},
	},
	Level: scorecard.Gold, Weight: scorecard.Low, Effort: scorecard.Minutes,
	Reads: []scorecard.Family{scorecard.Alerts},
	Rule: rule(words{"threshold alert", "waits a minute or more", "there is no alert that compares something with a threshold"}, func(s *survey) {
		for _, a := range bySeverity(s) {
			switch {
			case a.Shape != scorecard.ThresholdAlert:
			case a.For == nil || slices.Contains(a.Open, "for"):
				s.Undecided(a.Location, "how long %s waits is filled in elsewhere", alertName(a))
			case *a.For >= 60:
				s.Pass(a.Location, "%s waits %s", alertName(a), spoken(*a.For))
			case *a.For == 0:
				s.Fail(a.Location, func() string { return forRemedy(a) }, "%s fires at once", alertName(a))
			default:
				s.Fail(a.Location, func() string { return forRemedy(a) }, "%s waits only %s", alertName(a), spoken(*a.For))
			}
		}
	}),
}

// spoken says seconds as people do.
func spoken(seconds float64) string {
	switch {
	case seconds >= 3600 && int(seconds)%3600 == 0:
		return fmt.Sprintf("%g h", seconds/3600)
	case seconds >= 60 && int(seconds)%60 == 0:
		return fmt.Sprintf("%g min", seconds/60)
	}
	return fmt.Sprintf("%g s", seconds)
}

func forRemedy(a *scorecard.Alert) string {
	switch a.Format {
	case "cloudwatch":
		return fenced(in(a.Location)+"let the alarm look at several minutes:", "hcl", "period             = 60\nevaluation_periods = 5")
	case "google":
		return fenced(in(a.Location)+"let the condition hold for some minutes:", "hcl", `duration = "300s"`)
	case "newrelic":
		return fenced(in(a.Location)+"let the condition hold for some minutes:", "hcl", "threshold_duration = 300")
	case "datadog":
		return in(a.Location) + "let the query look back five minutes: `last_5m`."
	case "azure":
		return fenced(in(a.Location)+"let the alert look at five minutes:", "hcl", `window_size = "PT5M"`)
	}
	waits := *a
	waits.For = nil
	return alertPatch(&waits, "let the trouble last before it fires, in", func(rule object) object {
		return append(rule, newField("for", "5m"))
	})
}

var rulesValid = scorecard.Check{
	ID:      "rules-valid",
	Pillar:  scorecard.Alerting,
	Title:   "Prometheus accepts every rule",
	Applies: "files and objects with rules of Prometheus or VictoriaMetrics, and Grafana's rules that ask these",
	Passes:  "each expression parses, each rule is an alert or a record, and none stands twice in its group with the same labels and expression",
	Why: "Prometheus refuses a whole file for one expression that does not parse, and goes on with the old one or with none: all of its alerts are silently gone. " +
		"A rule that stands twice is evaluated twice and makes duplicate series.",
	Fix: "Mend the expression where it breaks, and run `promtool check rules` in CI.",
	References: []scorecard.Reference{
		{Title: "Prometheus: Syntax-checking rules", URL: "https://prometheus.io/docs/prometheus/latest/configuration/recording_rules/"},
		{Title: "Prometheus: Querying basics", URL: "https://prometheus.io/docs/prometheus/latest/querying/basics/"},
	},
	Level: scorecard.Silver, Weight: scorecard.High, Effort: scorecard.Minutes,
	Reads: []scorecard.Family{scorecard.Alerts},
	Rule: rule(words{"rule file", "is accepted", "there is no file of Prometheus' rules"}, func(s *survey) {
		for i := range s.RuleFiles {
			f := &s.RuleFiles[i]
			count := plural(f.Alerts, "alert") + " and " + plural(f.Recordings, "recording rule")
			switch {
			case len(f.Problems) > 0:
				s.Fail(f.Problems[0].Location, func() string { return validRemedy(f) }, "%s: %s", f.Location, f.Problems[0].Message)
				for _, p := range f.Problems[1:] {
					s.Also(p.Location, scorecard.Fail, "%s: %s", f.Location, p.Message)
				}
			case f.Format == "loki": // LogQL is not parsed
			case f.Unread > 0:
				s.Undecided(f.Location, "%s of %s could not be read: something fills them in, or they are in another language", plural(f.Unread, "rule"), f.Location.Path)
			default:
				s.Pass(f.Location, "%s with %s", f.Location.Path, count)
			}
		}
	}),
}

func validRemedy(f *scorecard.RuleFile) string {
	var b strings.Builder
	b.WriteString(in(f.Location) + "mend:\n")
	for _, p := range f.Problems[:min(len(f.Problems), 5)] {
		fmt.Fprintf(&b, "\n- %s: %s", p.Location, p.Message)
	}
	if f.Format == "grafana" {
		return b.String()
	}
	return fenced(b.String()+"\n\nThen let CI hold it:", "", "promtool check rules "+f.Location.Path)
}
