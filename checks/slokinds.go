package checks

import (
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var sloKinds = scorecard.Check{
	ID:      "slo-latency-and-availability",
	Pillar:  scorecard.SLO,
	Title:   "Objectives say that the service answers, and that it answers in time",
	Applies: "services with an SLO that take requests, as `slo-defined` tells these",
	Passes:  "one objective is on availability or errors and one on latency, by what each measures, or by its name where that says one thing; one whose good events are both answered and fast enough counts for both",
	Why: "A service that answers after half a minute is down for whoever waits, and one that fails at once is fast. " +
		"Google's SRE workbook starts a request-driven service with both indicators, since neither shows what the other sees.",
	Fix:        "Add the kind that is missing: the share of requests without an error, or the share below a latency that users bear.",
	References: sloDocs,
	Level:      scorecard.Gold, Weight: scorecard.Medium, Effort: scorecard.Hour,
	Reads:  []scorecard.Family{scorecard.Objectives, scorecard.Kubernetes, scorecard.Catalog, scorecard.Runtime, scorecard.Dependencies},
	Charts: chartsOfObjectives,
	Rule: func(v *scorecard.View) scorecard.Finding {
		if len(v.SLOs) == 0 {
			return scorecard.Skip("the service has no service-level objective")
		}
		if why, _ := takesRequests(v); why == "" {
			return scorecard.Skip("the service takes no requests that can be seen")
		}
		return judgeKinds(v)
	},
}

// judgeKinds looks for objectives of both kinds. One of which files do not tell what it
// measures may be of the kind that is missing.
func judgeKinds(v *scorecard.View) scorecard.Finding {
	var seen, open []scorecard.Evidence
	have := map[string]bool{}
	for i := range v.SLOs {
		o := &v.SLOs[i]
		kind := o.Indicator.Kind
		switch kind {
		case "":
			open = append(open, scorecard.Evidence{Location: o.Location, Outcome: scorecard.Unknown, Message: "files do not tell what objective " + objectiveName(o) + " measures"})
		case "both":
			have["latency"], have["availability"] = true, true
			seen = append(seen, scorecard.Evidence{Location: o.Location, Message: "objective " + objectiveName(o) + " is on availability and latency"})
		case "latency", "availability":
			have[kind] = true
			seen = append(seen, scorecard.Evidence{Location: o.Location, Message: "objective " + objectiveName(o) + " is on " + kind})
		default:
			seen = append(seen, scorecard.Evidence{Location: o.Location, Message: "objective " + objectiveName(o) + " is on neither"})
		}
	}
	var missing []string
	for _, kind := range []string{"availability", "latency"} {
		if !have[kind] {
			missing = append(missing, kind)
		}
	}
	mark := func(outcome scorecard.Outcome) []scorecard.Evidence {
		for i := range seen {
			seen[i].Outcome = outcome
		}
		return seen
	}
	switch {
	case len(missing) == 0:
		f := whole(mark(scorecard.Pass))
		f.Reason = "objectives are on availability and on latency"
		return f
	case len(open) >= len(missing):
		return scorecard.Finding{Outcome: scorecard.Unknown, Subjects: 1, Undecided: 1, Evidence: append(open, mark(scorecard.Pass)...),
			Reason: fmt.Sprintf("no objective is surely on %s; %s", strings.Join(missing, " or "), open[0].Message)}
	}
	f := scorecard.Missing(func() string { return kindsRemedy(&v.Service, missing) }, "no objective is on %s", strings.Join(missing, " or "))
	f.Evidence = mark(scorecard.Fail)
	return f
}

// kindsRemedy is a file with the objectives that are missing.
func kindsRemedy(s *scorecard.Service, missing []string) string {
	name := objectName(s)
	count := fmt.Sprintf("sum(rate(http_request_duration_seconds_count{service=%q}[{{.window}}]))", name)
	fast := fmt.Sprintf("sum(rate(http_request_duration_seconds_bucket{service=%q,le=\"0.5\"}[{{.window}}]))", name)
	failed := fmt.Sprintf("sum(rate(http_request_duration_seconds_count{service=%q,code=~\"5..\"}[{{.window}}]))", name)
	var slos []object
	for _, kind := range missing {
		target, text, bad := 99.9, "Requests to "+name+" are answered without a server error.", failed
		if kind == "latency" {
			target, text, bad = 99, "Requests to "+name+" are answered within half a second.", count+" - "+fast
		}
		slos = append(slos, object{
			{key: "name", value: "requests-" + kind}, {key: "objective", value: target}, {key: "description", value: text},
			{key: "sli", value: object{{key: "events", value: object{{key: "error_query", value: bad}, {key: "total_query", value: count}}}}},
			{key: "alerting", value: object{{key: "name", value: "ErrorBudgetBurn"}, {key: "labels", value: object{{key: "service", value: name}}}}},
		})
	}
	return fenced(fmt.Sprintf("Where more objectives stand in another repository, connect that one. Else add the kind that is missing, in the format of the other objectives or as `%s` (Sloth; put the names of your own metrics):",
		within(s, "slo/"+name+"-"+strings.Join(missing, "-")+".yaml")), "yaml",
		yamlText(object{{key: "version", value: "prometheus/v1"}, {key: "service", value: name}, {key: "slos", value: slos}}))
}
