package checks

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var sloBurnRateAlerts = scorecard.Check{
	ID:      "slo-burn-rate-alerts",
	Pillar:  scorecard.SLO,
	Title:   "Somebody is told while the error budget burns",
	Applies: "service-level objectives",
	Passes: "burn rates over two windows or more raise an alert: those that Sloth, Pyrra and Grafana make of the objective, unless switched off; alert policies of OpenSLO and Nobl9 with conditions on the burn rate; " +
		"`select_slo_burn_rate`, `burn_rate()` or New Relic's alert helper in Terraform; or PromQL rules that compare the service's errors of the same kind over a long and a short window",
	Why: "An alert on a fixed threshold either wakes people for nothing or sleeps through a slow leak. " +
		"The burn rate says how soon the budget is gone; over a long and a short window it fires in time, and stops soon after the trouble does.",
	Fix: "Let the objective's own format make the alerts, or write rules that compare the error ratio over an hour and five minutes with 14.4 times the budget.",
	References: []scorecard.Reference{
		{Title: "The Site Reliability Workbook: Alerting on SLOs", URL: "https://sre.google/workbook/alerting-on-slos/"},
		{Title: "Google Cloud: Alerting on your burn rate", URL: "https://cloud.google.com/stackdriver/docs/solutions/slo-monitoring/alerting-on-budget-burn-rate"},
	},
	Level: scorecard.Gold, Weight: scorecard.High, Effort: scorecard.Hour,
	Reads: []scorecard.Family{scorecard.Objectives, scorecard.Alerts},
	Rule: rule(words{"objective", "alerts on its burn rate over two windows", "there is no service-level objective"}, func(s *survey) {
		for i := range s.SLOs {
			s.burns(&s.SLOs[i])
		}
	}),
}

// burns judges one objective: by what its own format says, else by the rules of the
// service that look at the same sort of errors.
func (s *survey) burns(o *scorecard.Objective) {
	if o.BurnRate == "windows" {
		s.Pass(o.Location, "objective %s alerts on its burn rate over two windows or more", objectiveName(o))
		return
	}
	if a := burnRule(s.View, o); a != nil {
		s.Pass(o.Location, "objective %s is watched by %s (%s)", objectiveName(o), alertName(a), a.Location)
		return
	}
	remedy := func() string { return burnRemedy(&s.Service, o) }
	switch o.BurnRate {
	case "", "open":
		if o.BurnRate == "" && !loosely(s.View, o) {
			s.Lack(o.Location, remedy, "objective %s has no alert on its burn rate", objectiveName(o))
			return
		}
		s.Undecided(o.Location, "which burn-rate alerts objective %s has is not in files", objectiveName(o))
	case "disabled":
		s.Fail(o.Location, remedy, "the burn-rate alerts of objective %s are switched off", objectiveName(o))
	case "window":
		s.Fail(o.Location, remedy, "objective %s alerts on its burn rate over one window alone", objectiveName(o))
	}
}

// loosely reports whether a monitor of the service's looks at the burn rate of an objective
// that only the tool knows by its id, which may be this one: an object of Datadog's operator.
func loosely(v *scorecard.View, o *scorecard.Objective) bool {
	return o.Address == "" && slices.ContainsFunc(v.Alerts, func(a scorecard.Alert) bool {
		return a.Format == o.Format && a.Shape == scorecard.BurnRatePair && strings.Contains(a.Expr, "burn_rate(")
	})
}

// burnRule is the service's rule over a pair of windows that may be about the objective:
// one on latency says nothing of errors. nil where there is none.
func burnRule(v *scorecard.View, o *scorecard.Objective) *scorecard.Alert {
	for i := range v.Alerts {
		a := &v.Alerts[i]
		if len(a.BurnRate) == 0 {
			continue
		}
		latency := slices.Contains(a.Signals, scorecard.Latency)
		if kind := o.Indicator.Kind; kind == "" || kind == "both" || kind == "other" || (kind == "latency") == latency {
			return a
		}
	}
	return nil
}

// burnFields are what to write in the objective itself, by format.
var burnFields = map[string]struct{ language, sentence, text string }{
	"sloth": {"yaml", "take `disable` out, so that Sloth makes its alerts:", "alerting:\n  name: ErrorBudgetBurn\n  page_alert:\n    labels:\n      severity: page\n  ticket_alert:\n    labels:\n      severity: ticket"},
	"openslo": {"yaml", "give it a policy with conditions over two windows:", `apiVersion: openslo/v1
kind: SLO
metadata:
  name: %[1]s
spec:
  alertPolicies:
    - kind: AlertPolicy
      metadata:
        name: error-budget-burn
      spec:
        alertWhenBreaching: true
        conditions:
          - kind: AlertCondition
            metadata:
              name: burn-1h
            spec:
              severity: page
              condition: {kind: burnrate, op: gte, threshold: 14.4, lookbackWindow: 1h, alertAfter: 2m}
          - kind: AlertCondition
            metadata:
              name: burn-6h
            spec:
              severity: page
              condition: {kind: burnrate, op: gte, threshold: 6, lookbackWindow: 6h, alertAfter: 15m}
        notificationTargets:
          - targetRef: your-on-call`},
	"nobl9": {"yaml", "name this policy in its `alertPolicies`:", `apiVersion: n9/v1alpha
kind: AlertPolicy
metadata:
  name: fast-burn
  project: your-project
spec:
  severity: High
  coolDown: 5m
  conditions:
    - {measurement: averageBurnRate, value: 14.4, op: gte, alertingWindow: 1h}
    - {measurement: averageBurnRate, value: 14.4, op: gte, alertingWindow: 5m}
  alertMethods:
    - metadata:
        name: your-on-call`},
	"google": {"hcl", "and beside it, alert on both windows:", `resource "google_monitoring_alert_policy" "%[1]s_burn" {
  display_name = "%[1]s: error budget burns"
  combiner     = "AND"
  dynamic "conditions" {
    for_each = ["3600s", "300s"]
    content {
      display_name = "burn rate over ${conditions.value}"
      condition_threshold {
        filter          = "select_slo_burn_rate(\"${google_monitoring_slo.%[1]s.name}\", \"${conditions.value}\")"
        comparison      = "COMPARISON_GT"
        threshold_value = 14.4
        duration        = "0s"
      }
    }
  }
  notification_channels = [google_monitoring_notification_channel.on_call.name]
}`},
	"datadog": {"hcl", "and beside it, alert on both windows:", `resource "datadog_monitor" "%[1]s_burn" {
  name    = "%[1]s: error budget burns"
  type    = "slo alert"
  message = "Runbook: docs/runbooks/%[1]s.md @pagerduty-your-team"
  query   = "burn_rate(\"${datadog_service_level_objective.%[1]s.id}\").over(\"30d\").long_window(\"1h\").short_window(\"5m\") > 14.4"

  monitor_thresholds {
    critical = 14.4
  }
}`},
	"newrelic": {"hcl", "and beside it, alert on both windows:", `data "newrelic_service_level_alert_helper" "%[1]s" {
  for_each   = toset(["fast_burn", "slow_burn"])
  alert_type = each.key
  sli_guid   = newrelic_service_level.%[1]s.sli_guid
  slo_target = 99.9
  slo_period = 28
}

resource "newrelic_nrql_alert_condition" "%[1]s_burn" {
  for_each                     = data.newrelic_service_level_alert_helper.%[1]s
  policy_id                    = newrelic_alert_policy.your_policy.id
  name                         = "%[1]s: ${each.key}"
  violation_time_limit_seconds = 86400
  nrql {
    query = each.value.nrql
  }
  critical {
    operator              = "above_or_equals"
    threshold             = each.value.threshold
    threshold_duration    = each.value.evaluation_period
    threshold_occurrences = "at_least_once"
  }
  aggregation_window = each.value.evaluation_period
  slide_by           = 60
}`},
	"grafana": {"hcl", "let Grafana make its alerts:", "alerting {\n  fastburn {\n    annotation {\n      key   = \"runbook_url\"\n      value = \"docs/runbooks/your-service.md\"\n    }\n  }\n  slowburn {}\n}"},
}

func burnRemedy(s *scorecard.Service, o *scorecard.Objective) string {
	at := o.Location.Object
	if o.Format == "pyrra" && at.Kind != "" {
		return fenced(in(o.Location)+"let Pyrra make the alerts of objective `"+o.Name+"`:", "yaml",
			specPatch(at, object{{key: "alerting", value: object{{key: "disabled", value: false}, {key: "burnrates", value: true}}}}))
	}
	if f, ok := burnFields[o.Format]; ok && !(o.Format == "datadog" && at.Kind != "") {
		text := f.text
		if o.Format == "sloth" && at.Kind != "" { // its object has other words
			text = strings.NewReplacer("page_alert", "pageAlert", "ticket_alert", "ticketAlert").Replace(text)
		}
		if strings.Contains(text, "%[1]s") {
			name, _, _ := strings.Cut(o.Name, ": ") // one of an OpenSLO object's targets
			text = fmt.Sprintf(text, cmp.Or(o.Address, name, objectName(s)))
		}
		return fenced(in(o.Location)+"of objective `"+o.Name+"`, "+f.sentence, f.language, text)
	}
	return burnRuleRemedy(s, o)
}

// burnRuleRemedy is a rule over a long and a short window for an objective whose format
// makes no alerts.
func burnRuleRemedy(s *scorecard.Service, o *scorecard.Objective) string {
	name, target := objectName(s), 99.9
	if o.Target != nil && *o.Target > 0 && *o.Target < 100 {
		target = *o.Target
	}
	ratio := func(window string) string {
		total := fmt.Sprintf("sum(rate(http_request_duration_seconds_count{service=%q}[%s]))", name, window)
		if o.Indicator.Kind == "latency" {
			return fmt.Sprintf("1 - sum(rate(http_request_duration_seconds_bucket{service=%q,le=\"0.5\"}[%s])) / %s", name, window, total)
		}
		return fmt.Sprintf("sum(rate(http_request_duration_seconds_count{service=%q,code=~\"5..\"}[%s])) / %s", name, window, total)
	}
	pair := func(long, short, factor string) string {
		return fmt.Sprintf("(%s) > (%s * %.6g) and (%s) > (%s * %.6g)", ratio(long), factor, (100-target)/100, ratio(short), factor, (100-target)/100)
	}
	alert := func(title, expr, severity string) object {
		return object{
			{key: "alert", value: title}, {key: "expr", value: expr},
			{key: "labels", value: object{{key: "severity", value: severity}, {key: "service", value: name}}},
			{key: "annotations", value: object{{key: "runbook_url", value: "docs/runbooks/" + name + ".md"}}},
		}
	}
	return fenced(fmt.Sprintf("Where its alerts stand in another repository, connect that one. Else alert on the burn rate of objective `%s` in `%s` (put the names of your own metrics):", o.Name, within(s, "alerts/"+name+"-burn-rate.yaml")), "yaml",
		ruleObject(name+"-burn-rate", name+"-burn-rate", []object{
			alert("ErrorBudgetBurnsFast", pair("1h", "5m", "14.4"), "page"), alert("ErrorBudgetBurnsSlowly", pair("6h", "30m", "6"), "ticket"),
		}))
}
