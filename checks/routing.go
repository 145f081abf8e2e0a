package checks

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var alertRouting = scorecard.Check{
	ID:      "alert-routing",
	Pillar:  scorecard.Alerting,
	Title:   "Every alert says how urgent it is and reaches somebody",
	Applies: "alerts",
	Passes: "the alert has a `severity` label, and a team or owner label or a route of Alertmanager's (or Grafana's policies) that catches it, the one at the root too; a receiver that sends nothing is said; " +
		"a monitor that routes by itself names a channel, an action or a handle",
	Why: "An alert that nobody receives is not one, and one without a severity either wakes people for what can wait or waits with what can't. " +
		"Alertmanager drops what its routes lead to a receiver without integrations, and says so nowhere.",
	Fix: "Label each alert with its severity and the team that answers it, and route by these labels.",
	References: []scorecard.Reference{
		{Title: "Prometheus: Alertmanager configuration", URL: "https://prometheus.io/docs/alerting/latest/configuration/"},
		{Title: "Site Reliability Engineering: Being On-Call", URL: "https://sre.google/sre-book/being-on-call/"},
	},
	Level: scorecard.Silver, Weight: scorecard.Medium, Effort: scorecard.Minutes,
	Reads: []scorecard.Family{scorecard.Alerts},
	Rule: rule(words{"alert", "says how urgent it is and is routed", "there is no alert"}, func(s *survey) {
		for _, a := range bySeverity(s) {
			judgeRouting(s, a)
		}
	}),
}

// teamLabels say who answers an alert.
var teamLabels = []string{"team", "owner", "squad", "owning_team", "owner_team", "team_name", "teamname", "responsible", "responsible_team", "oncall", "on_call", "oncall_team", "group_owner", "tribe"}

func teamOf(a *scorecard.Alert) string {
	for _, k := range sortedKeys(a.Labels) {
		if v := a.Labels[k]; slices.Contains(teamLabels, strings.ToLower(strings.ReplaceAll(k, "-", "_"))) && strings.TrimSpace(v) != "" {
			return v
		}
	}
	return ""
}

func judgeRouting(s *survey, a *scorecard.Alert) {
	remedy := func() string { return routingRemedy(a) }
	if a.Routes {
		switch {
		case len(a.Notifies) > 0:
			s.Pass(a.Location, "%s notifies (%s)", alertName(a), strings.Join(a.Notifies, ", "))
		case slices.Contains(a.Open, "routing"):
			s.Undecided(a.Location, "whom %s notifies is set elsewhere", alertName(a))
		default:
			s.Fail(a.Location, remedy, "%s notifies nobody", alertName(a))
		}
		return
	}
	team := teamOf(a)
	outcome, how := scorecard.Pass, ""
	switch {
	case team != "":
		how = "is for " + team
	case len(a.Notifies) > 0:
		how = "names its contact point"
	default:
		outcome, how = routed(s, a)
	}
	switch {
	case a.Severity == "" && slices.Contains(a.Open, "severity"):
		s.Undecided(a.Location, "how urgent %s is, is filled in elsewhere", alertName(a))
	case a.Severity == "" && outcome == scorecard.Fail:
		s.Fail(a.Location, remedy, "%s has no severity label, and %s", alertName(a), how)
	case a.Severity == "":
		s.Fail(a.Location, remedy, "%s has no severity label", alertName(a))
	case outcome == scorecard.Pass:
		s.Pass(a.Location, "%s is of severity %s and %s", alertName(a), a.Severity, how)
	case outcome == scorecard.Unknown:
		s.Undecided(a.Location, "%s: %s", alertName(a), how)
	case len(s.Routings) == 0:
		s.Lack(a.Location, remedy, "%s has no team or owner label, and %s", alertName(a), how)
	default:
		s.Fail(a.Location, remedy, "%s has no team or owner label, and %s", alertName(a), how)
	}
}

// routed says whether a route of one of the configurations catches the alert; one whose
// receiver sends it on speaks before others.
func routed(s *survey, a *scorecard.Alert) (scorecard.Outcome, string) {
	if len(s.Routings) == 0 {
		return scorecard.Fail, "no route of Alertmanager's was found"
	}
	var best catch
	for i := range s.Routings {
		if c := caughtBy(&s.Routings[i], a); best.how == "" || c.better(best) {
			best = c
		}
	}
	if best.dropped != "" {
		s.Note("receiver %s sends nowhere what it is given", best.dropped)
	}
	return best.outcome, best.how
}

// catch is what one configuration does with an alert.
type catch struct {
	outcome scorecard.Outcome
	how     string
	// dropped is the receiver that sends it nowhere; empty where another may.
	dropped string
}

func (c catch) better(than catch) bool {
	if c.outcome == than.outcome {
		return c.dropped == "" && than.dropped != ""
	}
	return c.outcome == scorecard.Pass
}

func caughtBy(r *scorecard.AlertRouting, a *scorecard.Alert) catch {
	if r.Namespace != "" && !inNamespaceOf(a, r.Namespace) {
		return catch{outcome: scorecard.Unknown, how: fmt.Sprintf("whether it is of namespace %s, whose alerts %s routes, is known only when it fires", r.Namespace, r.Location.Path)}
	}
	var sends, open, drops []string
	for _, name := range receiversOf(&r.Root, a, r.Root.Receiver, 0) {
		switch i := slices.IndexFunc(r.Receivers, func(x scorecard.Receiver) bool { return x.Name == name }); {
		case name == "":
		case i < 0 || r.Receivers[i].Open && len(r.Receivers[i].Kinds) == 0:
			open = append(open, name)
		case len(r.Receivers[i].Kinds) == 0:
			drops = append(drops, name)
		default:
			sends = append(sends, fmt.Sprintf("%s (%s)", name, strings.Join(r.Receivers[i].Kinds, ", ")))
		}
	}
	for _, receivers := range [][]string{sends, open, drops} {
		if len(receivers) == 0 {
			continue
		}
		c := catch{outcome: scorecard.Pass, how: fmt.Sprintf("is caught by a route of %s, to %s", r.Location, receivers[0])}
		if len(sends)+len(open) == 0 {
			c.dropped = receivers[0]
		}
		return c
	}
	return catch{outcome: scorecard.Unknown, how: fmt.Sprintf("which receiver %s leads it to is filled in elsewhere", r.Location.Path)}
}

func inNamespaceOf(a *scorecard.Alert, namespace string) bool {
	return a.Labels["namespace"] == namespace || a.Location.Object.Namespace == namespace ||
		slices.ContainsFunc(a.Selects, func(s scorecard.LabelMatch) bool { return s.Label == "namespace" && s.Value == namespace })
}

// receiversOf walks the routing tree as Alertmanager does: the first of the routes side by
// side that matches takes the alert, and the next ones too where it says continue; where
// none does, the node itself. A route that hangs on a label which only the series has may
// or may not take it, so that those after it may too.
func receiversOf(r *scorecard.AlertRoute, a *scorecard.Alert, inherited string, depth int) (out []string) {
	name := inherited
	if r.Receiver != "" {
		name = r.Receiver
	}
	if depth > 20 {
		return []string{name}
	}
	taken := false
	for i := range r.Routes {
		child := &r.Routes[i]
		switch match := matches(child, a); {
		case match == scorecard.Fail:
			continue
		case match == scorecard.Unknown:
			if c := receiversOf(child, a, name, depth+1); len(out) < 20 {
				out = append(out, c...)
			}
		default:
			out = append(out, receiversOf(child, a, name, depth+1)...)
			taken = true
		}
		if taken && !child.Continue {
			return out
		}
	}
	if !taken {
		out = append(out, name)
	}
	return out
}

// matches says whether a route takes an alert; unknown where that hangs on a label that
// the rule does not set.
func matches(r *scorecard.AlertRoute, a *scorecard.Alert) scorecard.Outcome {
	outcome := scorecard.Pass
	for _, m := range r.Matchers {
		value, known := labelValue(a, m.Label)
		if !known || m.Op == "?" {
			outcome = scorecard.Unknown
			continue
		}
		ok := false
		switch m.Op {
		case "=", "":
			ok = value == m.Value
		case "!=":
			ok = value != m.Value
		default:
			re, err := regexp.Compile("^(?:" + m.Value + ")$")
			if err != nil {
				outcome = scorecard.Unknown
				continue
			}
			ok = re.MatchString(value) == (m.Op == "=~")
		}
		if !ok {
			return scorecard.Fail
		}
	}
	return outcome
}

// labelValue is the value that a label of the firing alert surely has.
func labelValue(a *scorecard.Alert, label string) (string, bool) {
	if label == "alertname" {
		return a.Name, true
	}
	if v, ok := a.Labels[label]; ok {
		return v, !strings.Contains(v, "{{")
	}
	if label == "severity" {
		return "", true
	}
	for _, s := range a.Selects {
		if s.Label == label && !s.Regex {
			return s.Value, true
		}
	}
	return "", false
}

func routingRemedy(a *scorecard.Alert) string {
	switch a.Format {
	case "cloudwatch":
		return fenced(in(a.Location)+"send the alarm to the topic of the team:", "hcl", "alarm_actions = [aws_sns_topic.your-team.arn]")
	case "google":
		return fenced(in(a.Location)+"send the policy's alerts to the channel of the team:", "hcl", "notification_channels = [google_monitoring_notification_channel.your-team.id]")
	case "azure":
		return fenced(in(a.Location)+"send the alert to the action group of the team:", "hcl", "action {\n  action_group_id = azurerm_monitor_action_group.your-team.id\n}")
	case "datadog":
		return fenced(in(a.Location)+"name whom to notify in the monitor's message:", "", "@pagerduty-your-team")
	}
	labelled := *a
	labelled.Labels = map[string]string{"severity": "page", "team": "your-team"}
	for k, v := range a.Labels {
		if k != "severity" || v != "" {
			labelled.Labels[k] = v
		}
	}
	return alertPatch(&labelled, "say how urgent it is and who answers, in", func(rule object) object { return rule })
}
