package checks

import (
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var sloDocs = []scorecard.Reference{
	{Title: "Site Reliability Engineering: Service Level Objectives", URL: "https://sre.google/sre-book/service-level-objectives/"},
	{Title: "The Site Reliability Workbook: Implementing SLOs", URL: "https://sre.google/workbook/implementing-slos/"},
}

var sloDefined = scorecard.Check{
	ID:      "slo-defined",
	Pillar:  scorecard.SLO,
	Title:   "The service has a service-level objective",
	Applies: "services that take requests (a Service selects them, a container declares a port other than for metrics, or the catalog says that they provide an API), and those of tier 1 or 2",
	Passes: "at least one objective names the service or selects its series: of OpenSLO, Sloth, Pyrra, Nobl9, Keptn or Datadog's operator, in Terraform of Google, Datadog, New Relic, Grafana or Dynatrace, " +
		"or as Prometheus rules that compare an error ratio with a budget over two windows; one among examples counts only where these are what is deployed",
	Why: "Without an objective nobody can say whether the service is reliable enough, so every incident is argued anew and every alert is a guess. " +
		"An objective makes it a number that users would agree with.",
	Fix:        "Define one objective on availability or latency as users see it, in code beside the service.",
	References: sloDocs,
	Level:      scorecard.Silver, Weight: scorecard.Critical, Effort: scorecard.Day,
	Reads:  []scorecard.Family{scorecard.Objectives, scorecard.Kubernetes, scorecard.Catalog, scorecard.Runtime, scorecard.Dependencies},
	Charts: chartsOfObjectives,
	Rule: func(v *scorecard.View) scorecard.Finding {
		var found []scorecard.Evidence
		for _, o := range v.SLOs {
			found = append(found, scorecard.Evidence{Location: o.Location, Outcome: scorecard.Pass, Message: "objective " + objectiveName(&o)})
		}
		if len(found) > 0 {
			return whole(found)
		}
		why, at := takesRequests(v)
		if why == "" {
			if !importantTier(v.Service.Tier) {
				return scorecard.Skip("the service takes no requests that can be seen, and is not of tier 1 or 2")
			}
			why, at = "it is of tier "+v.Service.Tier, v.Service.Location
		}
		f := scorecard.Missing(func() string { return sloRemedy(&v.Service) }, "no service-level objective was found in what is connected, though %s", why)
		f.Evidence = []scorecard.Evidence{{Location: at, Outcome: scorecard.Fail, Message: why + ", and no objective is about it"}}
		return f
	},
}

// takesRequests says why the service is taken to serve requests, and where that
// was seen; empty when nothing shows it.
func takesRequests(v *scorecard.View) (why string, at scorecard.Location) {
	for i := range v.Workloads {
		w := &v.Workloads[i]
		if !w.LongRunning() {
			continue
		}
		if selfServing(w) {
			return w.Object.String() + " serves requests", w.Location
		}
		for _, k := range v.ServicesOf(w) {
			for _, p := range k.Ports {
				if !forMetrics(p.Name) && !forMetrics(p.Target) {
					return fmt.Sprintf("%s sends requests to %s", k.Location.Object, w.Object), k.Location
				}
			}
		}
		for j := range w.Containers {
			c := &w.Containers[j]
			for _, p := range c.Ports {
				if c.Role == scorecard.AppContainer && !c.Proxy() && !forMetrics(p.Name) {
					return called(w, c) + " declares a port", c.Location
				}
			}
		}
	}
	if why, at = runTakesRequests(v); why != "" {
		return why, at
	}
	if e := entityOf(v); e != nil && len(e.Provides) > 0 {
		return "its catalog entity provides " + e.Provides[0], e.Location
	}
	return codeTakesRequests(v)
}

// forMetrics reports whether a port's name says that it is there to be scraped or
// probed, not for users.
func forMetrics(name string) bool {
	name = strings.ToLower(name)
	for _, word := range []string{"metric", "prom", "health", "probe", "monitoring"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}

// importantTier reports whether the tier is 1 or 2 (or 0, above them).
func importantTier(tier string) bool {
	rank, known := tierRank(tier)
	return known && rank <= 2
}

func objectiveName(o *scorecard.Objective) string {
	if o.TargetText != "" {
		return fmt.Sprintf("%s (%s, %s)", o.Name, o.Format, o.TargetText)
	}
	return fmt.Sprintf("%s (%s)", o.Name, o.Format)
}

func sloRemedy(s *scorecard.Service) string {
	name := objectName(s)
	query := func(filter string) string {
		return fmt.Sprintf("sum(rate(http_requests_total{service=%q%s}[{{.window}}]))", name, filter)
	}
	return fenced(fmt.Sprintf("Where the objectives stand in another repository, connect that one. Else start with `%s` (Sloth; put the name of your own request metric):", within(s, "slo/"+name+".yaml")), "yaml",
		yamlText(object{
			{key: "version", value: "prometheus/v1"}, {key: "service", value: name},
			{key: "slos", value: []object{{
				{key: "name", value: "requests-availability"}, {key: "objective", value: 99.9},
				{key: "description", value: "Requests to " + name + " are answered without a server error."},
				{key: "sli", value: object{{key: "events", value: object{
					{key: "error_query", value: query(`,code=~"5.."`)}, {key: "total_query", value: query("")}}}}},
				{key: "alerting", value: object{{key: "name", value: "ErrorBudgetBurn"}, {key: "labels", value: object{{key: "service", value: name}}}}},
			}}},
		}))
}
