package checks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var traced = scorecard.Check{
	ID:      "traced",
	Pillar:  scorecard.Observability,
	Title:   "Requests are traced through the service",
	Applies: "services of which code or a workload was seen, and those of Compose files that say something of traces",
	Passes: "every program of the service depends directly on OpenTelemetry's SDK or on an agent or client of Datadog, Jaeger, Zipkin, X-Ray, New Relic or their like that its configuration does not switch off; " +
		"or a proxy that they pass is configured to trace them (a tracer in Envoy's own configuration, of the pods that mount it); or its pods have such an agent injected (`instrumentation.opentelemetry.io/inject-…`); or the environment of their containers, or of the Compose service where there are no workloads, says where traces go (`OTEL_EXPORTER_OTLP_…`, `OTEL_TRACES_EXPORTER` other than none). OpenTelemetry's API alone sends nothing and is none",
	Why: "A slow or failed request passes many services, and the metrics of each show only that something is slow. " +
		"A trace shows which call it was, so that the search for a cause takes minutes.",
	Fix: "Let OpenTelemetry's operator inject its agent, or add its SDK to the program, and say in `OTEL_EXPORTER_OTLP_ENDPOINT` where traces go.",
	References: []scorecard.Reference{
		{Title: "OpenTelemetry: Traces", URL: "https://opentelemetry.io/docs/concepts/signals/traces/"},
		{Title: "OpenTelemetry: Injecting auto-instrumentation", URL: "https://opentelemetry.io/docs/platforms/kubernetes/operator/automatic/"},
		{Title: "OpenTelemetry: Environment Variable Specification", URL: "https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/"},
	},
	Level: scorecard.Gold, Weight: scorecard.Medium, Effort: scorecard.Day,
	Reads: []scorecard.Family{scorecard.Dependencies, scorecard.Kubernetes, scorecard.Runtime},
	Rule:  rule(words{"program", "is traced", "neither code nor a workload of the service was seen"}, judgeTraced),
}

// judgeTraced looks at how the pods are run first, for what is said there is true of
// whatever program they run, and then at what the programs depend on.
func judgeTraced(s *survey) {
	ps := onServers(programs(s.View))
	ways := map[*scorecard.Workload]way{}
	running, covered := 0, 0
	var off *scorecard.Variable
	var offAt scorecard.Location
	for i := range s.Workloads {
		w := &s.Workloads[i]
		found, switched, at := tracedWorkload(w)
		if found.outcome != scorecard.Pass && switched == nil {
			found = tracedProxy(s, w, found)
		}
		ways[w] = found
		running++
		if found.outcome == scorecard.Pass {
			covered++
		}
		if switched != nil {
			off, offAt = switched, at
		}
	}
	var asked way
	if running == 0 {
		asked, off, offAt = tracedRuns(s)
	}
	libraries := slices.ContainsFunc(ps, func(p program) bool { return p.library(tracing) != nil })
	switch {
	case running > 0 && covered == running, covered > 0 && !libraries:
		for i := range s.Workloads {
			w := &s.Workloads[i]
			judgeTracedWorkload(s, w, ways[w])
		}
	case len(ps) > 0:
		for _, p := range ps {
			judgeTracedProgram(s, p, off, offAt, asked)
		}
	case running == 0 && asked.outcome != "":
		judgeTracedRun(s, asked)
	case running == 0:
		for _, r := range composed(s.View) {
			if r.Tool == scorecard.Lambda {
				s.Lack(r.Location, func() string { return tracedRunRemedy(&r) }, "nothing traces requests through %s", runCalled(&r))
			}
		}
		eachRun(s, func(s *survey, r *scorecard.Run) {
			s.Lack(r.Location, func() string { return tracedRunRemedy(r) }, "nothing traces requests through %s", runCalled(r))
		})
	default:
		for i := range s.Workloads {
			w := &s.Workloads[i]
			judgeTracedWorkload(s, w, ways[w])
		}
	}
}

func judgeTracedWorkload(s *survey, w *scorecard.Workload, found way) {
	switch found.outcome {
	case scorecard.Pass:
		s.Pass(found.at, "%s", found.message)
	case scorecard.Unknown:
		s.Undecided(found.at, "%s", found.message)
	case scorecard.Fail:
		s.Fail(found.at, func() string { return tracedRemedy(s, w, nil) }, "%s", found.message)
	default:
		s.Lack(w.Location, func() string { return tracedRemedy(s, w, nil) }, "nothing traces requests through %s", w.Object)
	}
}

// tracingOff are the settings that switch tracing off.
var tracingOff = []string{
	"management.tracing.enabled=false", "management.tracing.sampling.probability=0", "management.tracing.sampling.probability=0.0", "spring.zipkin.enabled=false", "spring.sleuth.enabled=false",
	"spring.sleuth.sampler.probability=0", "spring.sleuth.sampler.probability=0.0", "otel.sdk.disabled=true", "otel.traces.exporter=none", "quarkus.otel.enabled=false", "quarkus.otel.sdk.disabled=true", "quarkus.otel.traces.enabled=false",
	"opentracing.jaeger.enabled=false", "tracing.enabled=false", "tracing.zipkin.enabled=false", "tracing.jaeger.enabled=false", "spring.cloud.gcp.trace.enabled=false", "management.zipkin.tracing.export.enabled=false", "management.otlp.tracing.export.enabled=false",
}

// tracedRuns looks at the environments of what Compose or ECS runs, as tracedWorkload does.
func tracedRuns(s *survey) (found way, off *scorecard.Variable, at scorecard.Location) {
	for i := range s.Runs {
		r := &s.Runs[i]
		c := scorecard.Container{Environment: r.Environment}
		switch {
		case r.Tracing.State == scorecard.RunSet:
			found = way{outcome: scorecard.Pass, at: r.Tracing.Location, message: fmt.Sprintf("X-Ray traces %s", runCalled(r))}
		case r.Tracing.State == scorecard.RunOpen && found.outcome == "":
			found = way{outcome: scorecard.Unknown, at: r.Tracing.Location, message: fmt.Sprintf("whether X-Ray traces %s is filled in when it is applied", runCalled(r))}
		}
		if v := tracingSwitch(&c); v != nil {
			at = runAt(r, v)
			return way{outcome: scorecard.Fail, at: at, message: fmt.Sprintf("%s is %s for %s, and so it is not traced", v.Name, v.Value, runCalled(r))}, v, at
		}
		for j := range r.Environment {
			v := &r.Environment[j]
			if sent := sendsTraces(v); sent == scorecard.Pass && !v.Empty && found.outcome != scorecard.Pass {
				found = way{outcome: sent, at: runAt(r, v), message: fmt.Sprintf("%s sends its traces somewhere (%s)", runCalled(r), v.Name)}
			} else if sent == scorecard.Unknown && !v.Empty && found.outcome == "" {
				found = way{outcome: sent, at: runAt(r, v), message: fmt.Sprintf("%s of %s is filled in when it is run", v.Name, runCalled(r))}
			}
		}
	}
	for i := range s.Proxies {
		p := &s.Proxies[i]
		if rule := p.Rule(scorecard.TrafficTrace); rule != nil && len(s.Runs) > 0 && found.outcome != scorecard.Pass {
			found = way{outcome: scorecard.Pass, at: p.Location.At("", rule.FirstLine, rule.FirstLine), message: "Envoy traces requests by its configuration"}
		}
	}
	return found, nil, at
}

// tracedProxy looks for a proxy that traces requests to the pods; else it is what was found.
func tracedProxy(s *survey, w *scorecard.Workload, found way) way {
	for _, t := range s.TrafficOf(w) {
		if rule := t.Rule(scorecard.TrafficTrace); rule != nil {
			return way{outcome: scorecard.Pass, at: t.Location.At(rule.Field, rule.FirstLine, rule.FirstLine),
				message: fmt.Sprintf("Envoy traces requests through %s by %s", w.Object, t.Location.Object)}
		}
	}
	return found
}

func runAt(r *scorecard.Run, v *scorecard.Variable) scorecard.Location {
	return r.Location.At("environment["+v.Name+"]", v.FirstLine, v.FirstLine)
}

// judgeTracedRun judges a service of which a Compose file alone was seen.
func judgeTracedRun(s *survey, found way) {
	switch found.outcome {
	case scorecard.Pass:
		s.Pass(found.at, "%s", found.message)
	case scorecard.Unknown:
		s.Undecided(found.at, "%s", found.message)
	case scorecard.Fail:
		i := slices.IndexFunc(s.Runs, func(r scorecard.Run) bool { return r.Location.Path == found.at.Path })
		s.Fail(found.at, func() string { return tracedRunRemedy(&s.Runs[max(i, 0)]) }, "%s", found.message)
	}
}

func tracedRunRemedy(r *scorecard.Run) string {
	if r.Tool == scorecard.ECS {
		return fenced(in(r.Location)+"let an SDK or an agent trace "+runCalled(r)+", and say where traces go:", "hcl",
			"environment = [{ name = \"OTEL_EXPORTER_OTLP_ENDPOINT\", value = \"http://localhost:4317\" }] # a collector beside it")
	}
	switch {
	case r.Tool == scorecard.Lambda:
		return fenced(in(r.Location)+"let X-Ray trace "+runCalled(r)+", whose role needs `AWSXRayDaemonWriteAccess`:", "hcl", "tracing_config {\n  mode = \"Active\"\n}")
	case r.Tool != "":
		return fenced(in(r.Location)+"let an SDK or an agent trace "+runCalled(r)+", and say where traces go:", "hcl", otlpVariable)
	}
	return fenced(in(r.Location)+"let an SDK or an agent trace "+runCalled(r)+", leave out what switches it off, and say where traces go:", "yaml",
		runPatch(r, object{{key: "environment", value: object{{key: "OTEL_EXPORTER_OTLP_ENDPOINT", value: "http://your-collector:4317"}}}}))
}

func judgeTracedProgram(s *survey, p program, off *scorecard.Variable, offAt scorecard.Location, composed way) {
	remedy := func() string {
		if len(s.Workloads) > 0 {
			return tracedRemedy(s, &s.Workloads[0], &p)
		}
		return addLibrary(p, "the SDK of OpenTelemetry", tracingLibraries)
	}
	d := p.library(tracing)
	switch set := p.setting(s.View, tracingOff...); {
	case d != nil && set != nil:
		s.Fail(set.Location, remedy, "%s depends on %s, but %s is %s", p.called(), d.Name, set.Key, set.Value)
	case d != nil && off != nil:
		s.Fail(offAt, remedy, "%s depends on %s, but %s is %s", p.called(), d.Name, off.Name, off.Value)
	case d != nil:
		s.Pass(d.Location, "%s depends on %s", p.called(), d.Name)
	case composed.outcome == scorecard.Pass:
		s.Pass(composed.at, "%s", composed.message)
	case composed.outcome == scorecard.Unknown:
		s.Undecided(composed.at, "%s", composed.message)
	case p.incomplete() != "":
		s.Undecided(p.Location, "whether %s depends on a library for tracing is not known: %s", p.called(), p.incomplete())
	default:
		s.Lack(p.Location, remedy, "%s depends on no library for tracing, and nothing injects one", p.called())
	}
}

var tracingLibraries = map[string]string{
	"go": "go.opentelemetry.io/otel/sdk v1.38.0", "npm": "@opentelemetry/sdk-node @opentelemetry/auto-instrumentations-node", "pypi": "opentelemetry-distro",
	"jvm": "io.opentelemetry.instrumentation:opentelemetry-spring-boot-starter", "nuget": "OpenTelemetry.Extensions.Hosting", "rubygems": "opentelemetry-sdk",
	"packagist": "open-telemetry/sdk", "cargo": "opentelemetry_sdk", "hex": "opentelemetry",
}

// tracedWorkload looks for an agent that is injected into the pods, and for an
// environment that says where traces go; off is the variable that switches tracing off.
func tracedWorkload(w *scorecard.Workload) (found way, off *scorecard.Variable, at scorecard.Location) {
	for i := range w.Containers {
		c := &w.Containers[i]
		if c.Role == scorecard.InitContainer || c.Proxy() {
			continue
		}
		if v := tracingSwitch(c); v != nil {
			return way{outcome: scorecard.Fail, at: variableAt(c, v), message: fmt.Sprintf("%s is %s in %s, and so it is not traced", v.Name, v.Value, called(w, c))}, v, variableAt(c, v)
		}
	}
	if found = injectedAgent(w); found.outcome != "" {
		return found, nil, at
	}
	for i := range w.Containers {
		c := &w.Containers[i]
		if c.Role == scorecard.InitContainer || injected(w, c) {
			continue
		}
		for j := range c.Environment {
			v := &c.Environment[j]
			switch sendsTraces(v) {
			case scorecard.Pass:
				return way{outcome: scorecard.Pass, at: variableAt(c, v), message: fmt.Sprintf("%s sends its traces somewhere (%s)", called(w, c), v.Name)}, nil, at
			case scorecard.Unknown:
				found = way{outcome: scorecard.Unknown, at: variableAt(c, v), message: fmt.Sprintf("%s of %s is filled in when it is deployed", v.Name, called(w, c))}
			}
		}
		if agent := tracingSidecar(c); agent != "" {
			return way{outcome: scorecard.Pass, at: c.Location, message: fmt.Sprintf("%s is an agent for traces", called(w, c))}, nil, at
		}
		if unreadable(c, "env") && found.outcome == "" {
			found = way{outcome: scorecard.Unknown, at: fieldOf(c, "env", 0, 0), message: fmt.Sprintf("the environment of %s could not be read", called(w, c))}
		}
	}
	return found, nil, at
}

func variableAt(c *scorecard.Container, v *scorecard.Variable) scorecard.Location {
	return fieldOf(c, "env["+v.Name+"]", v.FirstLine, v.FirstLine)
}

// tracingSwitch is the variable that switches tracing off in the container; nil where none does.
func tracingSwitch(c *scorecard.Container) *scorecard.Variable {
	for i := range c.Environment {
		v := &c.Environment[i]
		switch value := strings.ToLower(v.Value); v.Name {
		case "OTEL_SDK_DISABLED":
			if value == "true" {
				return v
			}
		case "OTEL_TRACES_EXPORTER":
			if value == "none" {
				return v
			}
		case "DD_TRACE_ENABLED", "MANAGEMENT_TRACING_ENABLED", "SPRING_ZIPKIN_ENABLED", "SPRING_SLEUTH_ENABLED", "NEW_RELIC_ENABLED", "ELASTIC_APM_ENABLED":
			if value == "false" {
				return v
			}
		}
	}
	return nil
}

// sendsTraces says whether the variable tells where traces go.
func sendsTraces(v *scorecard.Variable) scorecard.Outcome {
	switch v.Name {
	case "OTEL_TRACES_EXPORTER":
		if v.Value == "" {
			return scorecard.Unknown
		}
		return scorecard.Pass // none was looked for before
	case "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_JAEGER_ENDPOINT", "OTEL_EXPORTER_JAEGER_AGENT_HOST", "OTEL_EXPORTER_ZIPKIN_ENDPOINT",
		"DD_TRACE_AGENT_URL", "DD_TRACE_AGENT_HOSTNAME", "DD_TRACE_ENABLED", "DD_TRACE_SAMPLE_RATE",
		"JAEGER_AGENT_HOST", "JAEGER_ENDPOINT", "JAEGER_COLLECTOR_URL", "JAEGER_COLLECTOR_ENDPOINT", "JAEGER_SERVICE_NAME",
		"ZIPKIN_ENDPOINT", "ZIPKIN_URL", "ZIPKIN_BASE_URL", "ZIPKIN_BASEURL", "ZIPKIN_HOST", "SPRING_ZIPKIN_BASE_URL", "SPRING_ZIPKIN_BASEURL", "MANAGEMENT_ZIPKIN_TRACING_ENDPOINT", "MANAGEMENT_OTLP_TRACING_ENDPOINT", "MANAGEMENT_OPENTELEMETRY_TRACING_EXPORT_OTLP_ENDPOINT",
		"AWS_XRAY_DAEMON_ADDRESS", "NEW_RELIC_LICENSE_KEY", "ELASTIC_APM_SERVER_URL", "ELASTIC_APM_SERVER_URLS", "INSTANA_AGENT_HOST", "APPLICATIONINSIGHTS_CONNECTION_STRING":
		return scorecard.Pass
	}
	return ""
}

// injectedAgent looks for the annotations by which an operator puts an agent for traces
// into the program.
func injectedAgent(w *scorecard.Workload) (out way) {
	for _, key := range sortedKeys(w.PodAnnotations) {
		value := w.PodAnnotations[key]
		switch {
		case strings.HasPrefix(key, "instrumentation.opentelemetry.io/inject-"), key == "sidecar.jaegertracing.io/inject",
			strings.HasPrefix(key, "admission.datadoghq.com/") && strings.HasSuffix(key, "-lib.version"):
		default:
			continue
		}
		switch value {
		case "false":
		case "":
			out = way{outcome: scorecard.Unknown, at: podAnnotationsAt(w), message: fmt.Sprintf("the value of %s on the pods of %s could not be read", key, w.Object)}
		default:
			return way{outcome: scorecard.Pass, at: podAnnotationsAt(w), message: fmt.Sprintf("an agent for traces is injected into the pods of %s (%s)", w.Object, key)}
		}
	}
	return out
}

// tracingSidecar is the agent that the container is, by its image; empty where it is none.
func tracingSidecar(c *scorecard.Container) string {
	switch base := scorecard.ParseImage(c.Image).Base(); base {
	case "jaeger-agent", "aws-xray-daemon":
		return base
	}
	return ""
}

// injectable are the languages whose agent the operator can inject.
var injectable = []struct{ language, inject string }{
	{"java", "java"}, {"kotlin", "java"}, {"scala", "java"}, {"typescript", "nodejs"}, {"javascript", "nodejs"}, {"python", "python"}, {"csharp", "dotnet"}, {"fsharp", "dotnet"}, {"go", "go"},
}

// tracedRemedy lets the operator inject the agent for the program's language, or says where
// traces go.
func tracedRemedy(s *survey, w *scorecard.Workload, p *program) string {
	var undo []scorecard.Location
	for i := range w.Containers {
		if v := tracingSwitch(&w.Containers[i]); v != nil {
			undo = append(undo, variableAt(&w.Containers[i], v))
		}
	}
	language := ""
	for _, one := range injectable {
		if p != nil && p.speaks(one.language) && language == "" {
			language = one.inject
		}
	}
	if c := w.MainContainer(); c != nil && (language == "" || len(undo) > 0) {
		env := []object{{{key: "name", value: "OTEL_EXPORTER_OTLP_ENDPOINT"}, {key: "value", value: "http://your-collector:4317", comment: "where traces go"}}}
		if len(undo) > 0 {
			env = env[:0]
			for i := range w.Containers {
				if v := tracingSwitch(&w.Containers[i]); v != nil {
					env = append(env, object{{key: "name", value: v.Name}, {key: "value", value: switchedOn(v)}})
				}
			}
		}
		return fenced(in(c.Location)+"say where the traces of `"+c.Name+"` go, once its program is instrumented:", "yaml", containerPatch(w, c, object{{key: "env", value: env}}))
	}
	if language == "" {
		language = "sdk"
	}
	return fenced(in(w.Location)+"let OpenTelemetry's operator put its agent into the pods of "+w.Object.String()+":", "yaml",
		podAnnotationPatch(w, "instrumentation.opentelemetry.io/inject-"+language, "true"))
}

func switchedOn(v *scorecard.Variable) string {
	switch v.Name {
	case "OTEL_SDK_DISABLED":
		return "false"
	case "OTEL_TRACES_EXPORTER":
		return "otlp"
	}
	return "true"
}

// podAnnotationPatch is a piece of the workload's manifest with an annotation of its pods.
func podAnnotationPatch(w *scorecard.Workload, key, value string) string {
	fields := object{{key: "annotations", value: object{{key: key, value: value}}}}
	path := podPath(w.Object.Kind)
	if len(path) == 0 {
		return yamlText(object{
			{key: "apiVersion", value: w.Object.APIVersion}, {key: "kind", value: w.Object.Kind},
			{key: "metadata", value: append(metadata(w.Object, w.Object.Name), fields...)},
		})
	}
	if path[len(path)-1] == "spec" {
		fields = object{{key: "metadata", value: fields}}
		path = path[:len(path)-1]
	}
	for i := len(path) - 1; i >= 0; i-- {
		fields = object{{key: path[i], value: fields}}
	}
	return specPatch(w.Object, fields)
}
