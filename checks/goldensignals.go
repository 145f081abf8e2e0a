package checks

import (
	"fmt"
	"slices"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var goldenSignals = scorecard.Check{
	ID:      "golden-signals",
	Pillar:  scorecard.Observability,
	Title:   "Latency, traffic, errors and saturation are watched",
	Applies: "services that take requests and have alerts, recording rules or dashboards",
	Passes:  "each of the four golden signals appears in an expression of a rule or a dashboard about the service",
	Why: "The four together tell nearly every way in which a service that answers requests goes wrong; with one missing, that kind of outage shows only in complaints. " +
		"They are what Google's SRE book says to measure if only four things can be.",
	Fix: "Add what is missing to the service's dashboard or rules.",
	References: []scorecard.Reference{
		{Title: "Site Reliability Engineering: Monitoring Distributed Systems, the four golden signals", URL: "https://sre.google/sre-book/monitoring-distributed-systems/"},
	},
	Level: scorecard.Gold, Weight: scorecard.Medium, Effort: scorecard.Hour,
	Reads: []scorecard.Family{scorecard.Alerts, scorecard.Dashboards, scorecard.Kubernetes, scorecard.Catalog, scorecard.Runtime, scorecard.Dependencies},
	Rule: func(v *scorecard.View) scorecard.Finding {
		if why, _ := takesRequests(v); why == "" && !requestsWatched(v) {
			return scorecard.Skip("the service takes no requests that can be seen")
		}
		if len(v.Alerts)+len(v.Recordings)+len(v.Dashboards) == 0 {
			return scorecard.Skip("there are no rules and no dashboards about the service")
		}
		return rule(words{"golden signal", "is watched", ""}, countSignals)(v)
	},
}

// requestsWatched reports whether rules and dashboards are about requests, whatever of the
// service itself is in the files: how many come, and how fast or how well they are answered.
func requestsWatched(v *scorecard.View) bool {
	seen, _ := signalsSeen(v)
	_, traffic := seen[scorecard.Traffic]
	_, latency := seen[scorecard.Latency]
	_, errors := seen[scorecard.Errors]
	return traffic && (latency || errors)
}

func countSignals(s *survey) {
	seen, opaque := signalsSeen(s.View)
	var missing []scorecard.Signal
	for _, signal := range []scorecard.Signal{scorecard.Latency, scorecard.Traffic, scorecard.Errors, scorecard.Saturation} {
		if _, ok := seen[signal]; !ok {
			missing = append(missing, signal)
		}
	}
	for _, signal := range []scorecard.Signal{scorecard.Latency, scorecard.Traffic, scorecard.Errors, scorecard.Saturation} {
		at, ok := seen[signal]
		switch {
		case ok:
			s.Pass(at, "%s is watched", signal)
		case opaque != nil:
			s.Undecided(*opaque, "%s is not seen, but what %s shows is made elsewhere", signal, opaque.Path)
		default:
			s.Lack(s.Service.Location, func() string { return signalRemedy(&s.Service, missing) }, "no expression of a rule or a dashboard shows %s", signal)
		}
	}
}

// signalsSeen says where each signal is watched first, and names a dashboard whose
// expressions are not known, if there is one.
func signalsSeen(v *scorecard.View) (seen map[scorecard.Signal]scorecard.Location, opaque *scorecard.Location) {
	seen = map[scorecard.Signal]scorecard.Location{}
	note := func(signals []scorecard.Signal, at scorecard.Location) {
		for _, signal := range signals {
			if was, ok := seen[signal]; !ok || at.Compare(was) < 0 {
				seen[signal] = at
			}
		}
	}
	for i := range v.Alerts {
		note(v.Alerts[i].Signals, v.Alerts[i].Location)
	}
	for i := range v.Recordings {
		note(v.Recordings[i].Signals, v.Recordings[i].Location)
	}
	for i := range v.Dashboards {
		d := &v.Dashboards[i]
		note(d.Signals, d.Location)
		if d.Queries == 0 && len(d.Metrics) == 0 && (opaque == nil || d.Location.Compare(*opaque) < 0) {
			opaque = &d.Location
		}
	}
	return seen, opaque
}

func signalRemedy(s *scorecard.Service, missing []scorecard.Signal) string {
	name := objectName(s)
	expressions := []struct {
		signal     scorecard.Signal
		name, expr string
	}{
		{scorecard.Latency, "service:http_request_duration_seconds:p99", fmt.Sprintf("histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket{service=%q}[5m])))", name)},
		{scorecard.Traffic, "service:http_requests:rate5m", fmt.Sprintf("sum(rate(http_requests_total{service=%q}[5m]))", name)},
		{scorecard.Errors, "service:http_request_errors:ratio_rate5m", fmt.Sprintf("sum(rate(http_requests_total{service=%q,code=~\"5..\"}[5m])) / sum(rate(http_requests_total{service=%q}[5m]))", name, name)},
		{scorecard.Saturation, "service:container_cpu_usage:ratio", fmt.Sprintf("sum(rate(container_cpu_usage_seconds_total{container=%q}[5m])) / sum(kube_pod_container_resource_limits{resource=\"cpu\",container=%q})", name, name)},
	}
	var rules []object
	for _, e := range expressions {
		if slices.Contains(missing, e.signal) {
			rules = append(rules, object{{key: "record", value: e.name}, {key: "expr", value: e.expr}, {key: "labels", value: object{{key: "service", value: name}}}})
		}
	}
	return fenced(fmt.Sprintf("Watch what is missing, for example in `%s` (put the names of your own metrics), and show it on the dashboard:", within(s, "alerts/"+name+"-signals.yaml")), "yaml",
		ruleObject(name+"-signals", name+"-signals", rules))
}
