package checks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// scrapeAnnotation asks a Prometheus that is set up for it to scrape pods or Services.
const scrapeAnnotation = "prometheus.io/scrape"

// annotated looks for the annotations of Prometheus and Datadog on the pods and on
// their Services.
func (c *collection) annotated(w *scorecard.Workload) (out way) {
	type holder struct {
		at          scorecard.Location
		called      string
		annotations map[string]string
	}
	holders := []holder{{podAnnotationsAt(w), "the pods of " + w.Object.String(), w.PodAnnotations}}
	for _, k := range c.ServicesOf(w) {
		holders = append(holders, holder{k.Location.At("metadata.annotations", 0, 0), k.Location.Object.String(), k.Annotations})
	}
	for _, h := range holders {
		value, written := h.annotations[scrapeAnnotation]
		switch {
		case value == "true":
			return c.asked(way{outcome: scorecard.Pass, at: h.at, message: fmt.Sprintf("%s on %s asks for its metrics to be scraped", scrapeAnnotation, h.called)})
		case written && value == "" && out.outcome != scorecard.Unknown:
			out = way{outcome: scorecard.Unknown, at: h.at, message: fmt.Sprintf("the value of %s on %s could not be read", scrapeAnnotation, h.called)}
		case value == "false" && out.outcome == "":
			out = way{outcome: scorecard.Fail, at: h.at, message: fmt.Sprintf("%s on %s is false, and nothing else collects metrics of %s", scrapeAnnotation, h.called, w.Object)}
		}
		if key := datadogCheck(h.annotations, w); key != "" {
			return way{outcome: scorecard.Pass, at: h.at, message: fmt.Sprintf("%s on %s is a check of Datadog's", key, h.called)}
		}
	}
	if _, misplaced := w.Annotations[scrapeAnnotation]; misplaced && out.outcome == "" && w.Object.Kind != "Pod" {
		out = way{outcome: scorecard.Fail, at: w.At("metadata.annotations"), message: fmt.Sprintf("%s stands on %s itself, not on its pods, where it is looked for", scrapeAnnotation, w.Object)}
	}
	return out
}

// podAnnotationsAt is where the pods' annotations are written.
func podAnnotationsAt(w *scorecard.Workload) scorecard.Location {
	return w.At(strings.TrimSuffix(podLabelsField(w), "labels") + "annotations")
}

// asked notes whether a job that heeds the annotation is in the files.
func (c *collection) asked(found way) way {
	if !slices.ContainsFunc(c.Scrapes, func(job scorecard.Scrape) bool { return job.Annotated && !job.Compose }) {
		found.note = scrapeAnnotation + " is heeded only by a Prometheus that is set up for it, which is not seen here"
	}
	return found
}

// datadogCheck is the annotation by which Datadog's agent is told of a check of one of
// the workload's containers or of its Service; empty where there is none. Those for
// logs and tags are none.
func datadogCheck(annotations map[string]string, w *scorecard.Workload) string {
	for _, key := range sortedKeys(annotations) {
		rest, ok := strings.CutPrefix(key, "ad.datadoghq.com/")
		if !ok {
			continue
		}
		name, what, _ := strings.Cut(rest, ".")
		if what != "checks" && what != "check_names" {
			continue
		}
		if name == "service" || name == "endpoints" || slices.ContainsFunc(w.Containers, func(c scorecard.Container) bool { return c.Name == name }) {
			return key
		}
	}
	return ""
}

// instrumented looks for the annotations by which OpenTelemetry's operator puts an
// agent into the program or a collector beside it. The agent heeds the environment of
// the program, which may tell it to send no metrics.
func (c *collection) instrumented(w *scorecard.Workload) (out way) {
	if main := w.MainContainer(); main != nil {
		set := slices.DeleteFunc(slices.Clone(main.Environment), func(v scorecard.Variable) bool { return v.Empty })
		if _, _, off := openTelemetry(set); off {
			return way{}
		}
	}
	for _, key := range sortedKeys(w.PodAnnotations) {
		if !instruments(key) {
			continue
		}
		switch value := w.PodAnnotations[key]; value {
		case "false":
		case "":
			out = way{outcome: scorecard.Unknown, at: podAnnotationsAt(w), message: fmt.Sprintf("the value of %s on the pods of %s could not be read", key, w.Object)}
		default:
			return way{outcome: scorecard.Pass, at: podAnnotationsAt(w), message: fmt.Sprintf("OpenTelemetry is injected into the pods of %s (%s)", w.Object, key),
				note: "whether the program sends metrics is not seen"}
		}
	}
	return out
}

// instruments reports whether the annotation brings metrics: the agents for Go, nginx
// and Apache only trace.
func instruments(key string) bool {
	switch key {
	case "sidecar.opentelemetry.io/inject", "instrumentation.opentelemetry.io/inject-java", "instrumentation.opentelemetry.io/inject-nodejs",
		"instrumentation.opentelemetry.io/inject-python", "instrumentation.opentelemetry.io/inject-dotnet", "instrumentation.opentelemetry.io/inject-sdk":
		return true
	}
	return false
}

// pushed looks for a container whose environment says where its metrics go.
func (c *collection) pushed(w *scorecard.Workload) (out way) {
	for i := range w.Containers {
		one := &w.Containers[i]
		if one.Role == scorecard.InitContainer || injected(w, one) {
			continue
		}
		if outcome, v := pushes(one); outcome != "" {
			at := fieldOf(one, "env["+v.Name+"]", v.FirstLine, v.FirstLine)
			if outcome == scorecard.Pass {
				return way{outcome: outcome, at: at, message: fmt.Sprintf("%s pushes its metrics (%s)", called(w, one), v.Name),
					note: "whether the program sends metrics is not seen"}
			}
			out = way{outcome: outcome, at: at, message: fmt.Sprintf("%s of %s is filled in when it is deployed", v.Name, called(w, one))}
		}
		if unreadable(one, "env") && out.outcome == "" {
			out = way{outcome: scorecard.Unknown, at: fieldOf(one, "env", 0, 0), message: fmt.Sprintf("the environment of %s could not be read", called(w, one))}
		}
	}
	return out
}

// sent looks for a library by which every program of the service sends its metrics itself.
// A store that it brings along runs another program.
func (c *collection) sent(w *scorecard.Workload) (out way) {
	if keepsForOthers(w) {
		return out
	}
	for i, p := range onServers(programs(c.View)) {
		d := p.library(metricsPush)
		if d == nil || p.setting(c.View, pushOff()...) != nil {
			return way{}
		}
		if i == 0 {
			out = way{outcome: scorecard.Pass, at: d.Location, message: fmt.Sprintf("%s sends its metrics by %s", p.called(), d.Name)}
		}
	}
	return out
}

// pushOff are settings that switch such a library off.
func pushOff() (out []string) {
	for _, to := range []string{"stackdriver", "datadog", "cloudwatch", "newrelic", "otlp", "dynatrace", "wavefront", "signalfx", "elastic", "influx", "graphite", "statsd", "atlas"} {
		out = append(out, "management."+to+".metrics.export.enabled=false", "management.metrics.export."+to+".enabled=false")
	}
	return append(out, "spring.cloud.gcp.metrics.enabled=false")
}

// pushVariables are those by which programs are told where to send metrics, of agents
// that send metrics without being asked too. Those of tracing, of logs, and switches
// whose values are not kept are none; OpenTelemetry's are looked at by themselves.
var pushVariables = lazyregexp.New(`^(` + strings.Join([]string{
	`DD_AGENT_HOST`, `DD_DOGSTATSD_(HOST|URL|SOCKET|PORT)`,
	`STATSD(_[A-Z_]+)?_(HOST|HOSTNAME|ADDR|ADDRESS|URL|URI|SERVER|ENDPOINT)`,
	`(PROMETHEUS_)?PUSHGATEWAY((_[A-Z_]+)?_(HOST|HOSTNAME|ADDR|ADDRESS|URL|URI|SERVER|ENDPOINT))?`,
	`NEW_RELIC_LICENSE_KEY`, `ELASTIC_APM_SERVER_URLS?`,
	`DT_METRICS_INGEST_URL`, `DT_CONNECTION_POINT`, `HONEYCOMB_METRICS_DATASET`,
	// Spring Boot's, of its version 3 and of those before.
	`MANAGEMENT_(OTLP|DATADOG|DYNATRACE|ELASTIC|GRAPHITE|INFLUX|NEWRELIC|SIGNALFX|STACKDRIVER|STATSD|WAVEFRONT)_METRICS_EXPORT_(URL|URI|HOST|API_?KEY|API_?TOKEN|PROJECT_?ID)`,
	`MANAGEMENT_METRICS_EXPORT_(DATADOG|DYNATRACE|ELASTIC|GRAPHITE|INFLUX|NEWRELIC|SIGNALFX|STACKDRIVER|STATSD|WAVEFRONT)_(URL|URI|HOST|API_?KEY|API_?TOKEN|PROJECT_?ID)`,
	`MANAGEMENT_(PROMETHEUS_METRICS_EXPORT|METRICS_EXPORT_PROMETHEUS)_PUSHGATEWAY_BASE_?URL`,
}, "|") + `)$`)

// pushes says whether the container's environment sends its metrics somewhere, and by
// which variable: UNKNOWN where a switch has no value in the files, nothing where it
// does not. A variable without a value is as good as none.
func pushes(c *scorecard.Container) (scorecard.Outcome, scorecard.Variable) {
	set := slices.DeleteFunc(slices.Clone(c.Environment), func(v scorecard.Variable) bool { return v.Empty })
	for _, v := range set {
		if pushVariables.MatchString(v.Name) {
			return scorecard.Pass, v
		}
	}
	outcome, by, _ := openTelemetry(set)
	return outcome, by
}

// openTelemetry is pushes for the variables of OpenTelemetry's SDKs, which send metrics
// to the endpoint of all signals unless they are told otherwise; off is true where they
// are told to send none.
func openTelemetry(environment []scorecard.Variable) (outcome scorecard.Outcome, by scorecard.Variable, off bool) {
	var open *scorecard.Variable
	for i, v := range environment {
		switch v.Name {
		case "OTEL_SDK_DISABLED":
			if strings.EqualFold(strings.TrimSpace(v.Value), "true") {
				return "", scorecard.Variable{}, true
			}
			if v.Value == "" {
				open = &environment[i]
			}
		case "OTEL_METRICS_EXPORTER":
			if v.Value == "" {
				open = &environment[i]
				continue
			}
			if !slices.ContainsFunc(strings.Split(v.Value, ","), exportsByPush) {
				return "", scorecard.Variable{}, true
			}
			outcome, by = scorecard.Pass, v
		case "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT":
			if outcome == "" {
				outcome, by = scorecard.Pass, v
			}
		}
	}
	if open != nil && (outcome != "" || open.Name == "OTEL_METRICS_EXPORTER") {
		return scorecard.Unknown, *open, false
	}
	return outcome, by, false
}

// exportsByPush reports whether an exporter sends metrics away: not to the console,
// nor to whoever comes and scrapes them.
func exportsByPush(exporter string) bool {
	switch strings.ToLower(strings.TrimSpace(exporter)) {
	case "", "none", "console", "logging", "prometheus":
		return false
	}
	return true
}
