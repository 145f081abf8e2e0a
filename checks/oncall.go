package checks

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var onCallDocs = []scorecard.Reference{
	{Title: "Site Reliability Engineering: Being On-Call", URL: "https://sre.google/sre-book/being-on-call/"},
	{Title: "The Site Reliability Workbook: On-Call", URL: "https://sre.google/workbook/on-call/"},
}

var oncallDeclared = scorecard.Check{
	ID:      "oncall-declared",
	Pillar:  scorecard.Incident,
	Title:   "It is written down who is called",
	Applies: "all services",
	Passes: "the catalog entity names its place in a tool for on-call (PagerDuty, Opsgenie, Grafana OnCall, Splunk On-Call, incident.io, Rootly, FireHydrant, xMatters, Squadcast), or Terraform makes its service, schedule, team or rotation there, " +
		"or an integration that leads there; or a receiver of Alertmanager's that pages, and that a route leads to",
	Why: "An alert that reaches no person mends nothing, and one that reaches whoever happens to look mends it late. " +
		"A rota that is declared can be seen, handed over and audited; one in somebody's head ends with their holiday.",
	Fix:        "Declare the service's place in the tool for on-call: an annotation on its catalog entity, or the tool's Terraform resources.",
	References: onCallDocs,
	Level:      scorecard.Silver, Weight: scorecard.High, Effort: scorecard.Hour,
	Reads:  []scorecard.Family{scorecard.Catalog, scorecard.Infrastructure, scorecard.Alerts},
	Charts: chartsOfCalls,
	Rule: func(v *scorecard.View) scorecard.Finding {
		found, open := onCallEvidence(v)
		switch {
		case len(found) > 0:
			return whole(found)
		case len(open) > 0:
			return unsettled(open)
		}
		return scorecard.Missing(func() string { return onCallRemedy(v) }, "nothing in what is connected says who is called")
	},
}

// unsettled is the finding of evidence of which files alone do not tell.
func unsettled(open []scorecard.Evidence) scorecard.Finding {
	return scorecard.Finding{Outcome: scorecard.Unknown, Subjects: 1, Undecided: 1, Reason: open[0].Message, Evidence: open}
}

// onCallEvidence is all that says who is called for the service, and what would if
// files told a value: the catalog, Terraform, and receivers of Alertmanager's that page
// and that a route leads to.
func onCallEvidence(v *scorecard.View) (found, open []scorecard.Evidence) {
	found, open = annotatedCalls(v)
	for _, o := range v.OnCall {
		if o.Unresolved != "" {
			open = append(open, scorecard.Evidence{Location: o.Location, Outcome: scorecard.Unknown, Message: fmt.Sprintf("whether %s is made can't be told: %s", callName(&o), o.Unresolved)})
			continue
		}
		found = append(found, scorecard.Evidence{Location: o.Location, Outcome: scorecard.Pass, Message: fmt.Sprintf("%s of %s", callName(&o), o.Tool)})
	}
	for i := range v.Routings {
		routing := &v.Routings[i]
		for j := range routing.Receivers {
			r := &routing.Receivers[j]
			if !routing.Root.Reaches(r.Name) {
				continue
			}
			at := routing.Location.At(routing.Location.Field, r.Line, r.Line)
			if r.Pages() {
				found = append(found, scorecard.Evidence{Location: at, Outcome: scorecard.Pass, Message: fmt.Sprintf("Alertmanager's receiver %s pages (%s)", r.Name, strings.Join(r.Kinds, ", "))})
			} else if r.Open {
				open = append(open, scorecard.Evidence{Location: at, Outcome: scorecard.Unknown, Message: fmt.Sprintf("whether Alertmanager's receiver %s pages can't be told: it is filled in elsewhere", r.Name)})
			}
		}
	}
	return found, open
}

func callName(o *scorecard.OnCall) string { return "Terraform " + o.Type + " " + o.Name }

// callAnnotations are the annotations of the catalog by which an entity names its place
// in a tool for on-call: a domain, and what the rest begins with.
var callAnnotations = []struct{ domain, begins, tool string }{
	{"pagerduty.com", "", "PagerDuty"}, {"opsgenie.com", "", "Opsgenie"}, {"atlassian.com", "opsgenie", "Opsgenie"}, {"splunk.com", "on-call", "Splunk On-Call"}, {"victorops.com", "", "Splunk On-Call"},
	{"grafana.com", "oncall", "Grafana OnCall"}, {"grafana.com", "on-call", "Grafana OnCall"}, {"grafana.com", "irm", "Grafana OnCall"}, {"incident.io", "", "incident.io"}, {"rootly.com", "", "Rootly"},
	{"firehydrant.com", "", "FireHydrant"}, {"firehydrant.io", "", "FireHydrant"}, {"xmatters.com", "", "xMatters"}, {"squadcast.com", "", "Squadcast"}, {"ilert.com", "", "iLert"}, {"zenduty.com", "", "Zenduty"},
}

// callHosts are where those tools' pages are.
var callHosts = []struct{ host, tool string }{
	{"pagerduty.com", "PagerDuty"}, {"opsgenie.com", "Opsgenie"}, {"portal.victorops.com", "Splunk On-Call"}, {"app.incident.io", "incident.io"}, {"rootly.com", "Rootly"}, {"app.firehydrant.io", "FireHydrant"},
	{"xmatters.com", "xMatters"}, {"app.squadcast.com", "Squadcast"}, {"app.ilert.com", "iLert"}, {"zenduty.com", "Zenduty"},
}

// annotatedCalls are the catalog entity's annotations and links. A value that a
// pipeline fills in may be there or not; one that was never filled in is none.
func annotatedCalls(v *scorecard.View) (found, open []scorecard.Evidence) {
	e := entityOf(v)
	if e == nil {
		return nil, nil
	}
	for _, key := range slices.Sorted(maps.Keys(e.Annotations)) {
		domain, rest, _ := strings.Cut(key, "/")
		i := slices.IndexFunc(callAnnotations, func(a struct{ domain, begins, tool string }) bool {
			return a.domain == strings.ToLower(domain) && strings.HasPrefix(strings.ToLower(rest), a.begins)
		})
		if i < 0 {
			continue
		}
		switch value := e.Annotations[key]; {
		case placeholder(value):
			open = append(open, scorecard.Evidence{Location: e.Location, Outcome: scorecard.Unknown, Message: fmt.Sprintf("the value of annotation %s is filled in elsewhere", key)})
		case unfilled(value):
		default:
			found = append(found, scorecard.Evidence{Location: e.Location, Outcome: scorecard.Pass, Message: fmt.Sprintf("the catalog entity names its place in %s by %s", callAnnotations[i].tool, key)})
		}
	}
	for _, l := range e.Links {
		if tool := callHost(l.URL); tool != "" {
			found = append(found, scorecard.Evidence{Location: e.Location, Outcome: scorecard.Pass, Message: "the catalog entity links its place in " + tool})
		}
	}
	return found, open
}

// callHost gives the tool for on-call that an address leads into; the tool's own
// documentation is no place of a service.
func callHost(address string) string {
	u, err := url.Parse(address)
	if err != nil || strings.Trim(u.Path, "/") == "" {
		return ""
	}
	host := strings.ToLower(u.Hostname())
	for _, public := range []string{"www.", "docs.", "support.", "developer.", "response.", "help."} {
		if strings.HasPrefix(host, public) {
			return ""
		}
	}
	for _, h := range callHosts {
		if host == h.host || strings.HasSuffix(host, "."+h.host) {
			return h.tool
		}
	}
	return ""
}

// unfilled reports whether a value stands where a person was to write one.
func unfilled(value string) bool {
	v := strings.ToLower(strings.Trim(value, " <>[]\"'"))
	return v == "" || strings.HasPrefix(value, "<") || slices.Contains(nobodies, v) || strings.HasPrefix(v, "your-") || strings.HasPrefix(v, "your_") || strings.HasPrefix(v, "replace") || strings.Trim(v, "x") == ""
}

func onCallRemedy(v *scorecard.View) string {
	annotations := object{{key: "annotations", value: object{{key: "pagerduty.com/service-id", value: "your-service-id"}}}}
	if e := entityOf(v); e != nil {
		return fenced(in(e.Location)+"name the service's place in the tool for on-call (PagerDuty here; `opsgenie.com/component-selector`, `splunk.com/on-call-team` and others will do):", "yaml", yamlText(object{
			{key: "apiVersion", value: e.APIVersion}, {key: "kind", value: e.Kind},
			{key: "metadata", value: append(object{{key: "name", value: e.Name}}, annotations...)},
		}))
	}
	name := objectName(&v.Service)
	return fenced(fmt.Sprintf("Where the rota is declared in another repository, connect that one. Else declare it here; in `%s`:", within(&v.Service, "terraform/oncall.tf")), "hcl", fmt.Sprintf(`resource "pagerduty_service" "%s" {
  name              = "%s"
  escalation_policy = "your-policy-id"
}`, strings.ReplaceAll(name, "-", "_"), name))
}

var escalationPolicy = scorecard.Check{
	ID:      "escalation-policy",
	Pillar:  scorecard.Incident,
	Title:   "It is written down who is called next",
	Applies: "services with on-call: declared in the catalog or in Terraform, or with an on-call page",
	Passes:  "Terraform makes an escalation policy, or a runbook or on-call page has a part on escalation with steps, times or people",
	Why: "Whoever is on call may be asleep, on a train, or out of ideas. " +
		"Without a next person, who is called after a time that is written down, the page ends there and the incident goes on.",
	Fix:        "Write down who is called, after how long, and who comes after that: as an escalation policy in code, or in the on-call page.",
	References: onCallDocs,
	Level:      scorecard.Gold, Weight: scorecard.Medium, Effort: scorecard.Hour,
	Reads:  []scorecard.Family{scorecard.Catalog, scorecard.Infrastructure, scorecard.Documents, scorecard.Alerts},
	Charts: chartsOfCalls,
	Rule:   judgeEscalation,
}

func judgeEscalation(v *scorecard.View) scorecard.Finding {
	var found, undecided []scorecard.Evidence
	for _, o := range v.OnCall {
		switch {
		case o.Escalates && o.Unresolved != "":
			undecided = append(undecided, scorecard.Evidence{Location: o.Location, Outcome: scorecard.Unknown, Message: fmt.Sprintf("whether %s is made can't be told: %s", callName(&o), o.Unresolved)})
		case o.Escalates:
			found = append(found, scorecard.Evidence{Location: o.Location, Outcome: scorecard.Pass, Message: fmt.Sprintf("%s of %s", callName(&o), o.Tool)})
		}
	}
	var pages []scorecard.Evidence
	for i := range v.Documents {
		d := &v.Documents[i]
		if d.Kind == scorecard.OnCallPage || d.Kind == scorecard.EscalationPage {
			pages = append(pages, scorecard.Evidence{Location: d.Location, Outcome: scorecard.Fail, Message: "on-call page " + d.Location.Path + " says nothing of who is called next"})
		}
		if at, ok := d.Part(scorecard.EscalationPart); ok {
			found = append(found, scorecard.Evidence{Location: at, Outcome: scorecard.Pass, Message: d.Location.Path + " says who is called next"})
		}
	}
	declared, open := onCallEvidence(v)
	switch {
	case len(declared)+len(open)+len(pages) == 0:
		return scorecard.Skip("nothing says that anybody is on call for the service")
	case len(found) > 0:
		return whole(found)
	case len(undecided) > 0:
		return unsettled(undecided)
	case len(declared)+len(pages) == 0:
		return unsettled(open)
	}
	f := scorecard.Missing(func() string { return escalationRemedy(&v.Service) }, "somebody is on call, and nothing in what is connected says who is called next")
	f.Evidence = pages
	for _, e := range declared {
		f.Evidence = append(f.Evidence, scorecard.Evidence{Location: e.Location, Outcome: scorecard.Fail, Message: e.Message + ", without an escalation policy"})
	}
	return f
}

func escalationRemedy(s *scorecard.Service) string {
	owner := s.Owner
	if owner == "" {
		owner = "the owning team"
	}
	return appended(fmt.Sprintf("Write it down in `%s`, or declare the tool's policy in Terraform (`pagerduty_escalation_policy`, `opsgenie_escalation` and others):", within(s, "docs/on-call.md")), fmt.Sprintf(`# On-call: %s

## Escalation

| after | who | how |
| --- | --- | --- |
| 0 minutes | primary on call of %s | page |
| 15 minutes | secondary on call | page |
| 30 minutes | engineering manager | phone |`, s.Name, owner))
}
