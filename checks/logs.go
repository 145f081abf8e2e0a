package checks

import (
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var logsStructured = scorecard.Check{
	ID:      "logs-structured",
	Pillar:  scorecard.Observability,
	Title:   "Logs are structured",
	Applies: "services whose code was seen with a manifest of its dependencies",
	Passes: "every program of the service depends directly on a library for structured logs (zap, slog, pino, winston, structlog, logstash-logback-encoder, Serilog and their like) or is configured to write them; " +
		"or its pods say how the collector is to parse their logs (`fluentbit.io/parser`, `co.elastic.logs/json…`)",
	Why: "Lines of prose can only be searched by words, so nobody can ask for all errors of one customer, request or version. " +
		"Structured logs have fields, which a query can filter and count.",
	Fix: "Log through a library that writes JSON or key-value pairs.",
	References: []scorecard.Reference{
		{Title: "Kubernetes: System Logs, structured logging", URL: "https://kubernetes.io/docs/concepts/cluster-administration/system-logs/#structured-logging"},
		{Title: "OpenTelemetry: Logs", URL: "https://opentelemetry.io/docs/concepts/signals/logs/"},
	},
	Level: scorecard.Silver, Weight: scorecard.Low, Effort: scorecard.Day,
	Reads: []scorecard.Family{scorecard.Dependencies, scorecard.Kubernetes, scorecard.Runtime},
	Rule:  rule(words{"program", "writes structured logs", "no code with a manifest of its dependencies was seen"}, judgeLogs),
}

// structuredOn are the settings that make a framework write structured logs.
var structuredOn = []string{"logging.structured.format.console=*", "quarkus.log.console.json=true", "quarkus.log.console.json.enabled=true"}

func judgeLogs(s *survey) {
	for _, r := range composed(s.View) {
		if r.Logs.State == scorecard.RunSet {
			s.Pass(r.Logs.Location, "%s writes its logs as %s", runCalled(&r), r.Logs.Text)
			return
		}
	}
	ps := onServers(programs(s.View))
	if len(ps) == 0 {
		return
	}
	if parsed := parsedPods(s.View); parsed != nil {
		s.Pass(parsed.at, "%s", parsed.message)
		return
	}
	s.settled = ofManifests
	for _, p := range ps {
		d := p.library(structuredLogging)
		switch set := p.setting(s.View, structuredOn...); {
		case d != nil:
			s.Pass(d.Location, "%s depends on %s", p.called(), d.Name)
		case set != nil:
			s.Pass(set.Location, "%s writes structured logs (%s)", p.called(), set.Key)
		case p.incomplete() != "":
			s.Undecided(p.Location, "whether %s depends on a library for structured logs is not known: %s", p.called(), p.incomplete())
		default:
			s.Lack(p.Location, func() string { return addLibrary(p, "a library for structured logs", loggingLibraries) }, "%s depends on no library for structured logs", p.called())
		}
	}
}

var loggingLibraries = map[string]string{
	"go": "go.uber.org/zap v1.27.0", "npm": "pino", "pypi": "structlog", "jvm": "net.logstash.logback:logstash-logback-encoder", "nuget": "Serilog.AspNetCore",
	"rubygems": "semantic_logger", "packagist": "monolog/monolog", "cargo": "tracing-subscriber", "hex": "logger_json",
}

// parsedPods is how the pods of all workloads tell the collector of logs to parse theirs;
// nil where one does not.
func parsedPods(v *scorecard.View) *way {
	var found *way
	for i := range v.Workloads {
		w := &v.Workloads[i]
		key := parserAnnotation(w)
		if key == "" {
			return nil
		}
		if found == nil {
			found = &way{at: podAnnotationsAt(w), message: fmt.Sprintf("%s on the pods of %s says how its logs are parsed", key, w.Object)}
		}
	}
	return found
}

func parserAnnotation(w *scorecard.Workload) string {
	for _, key := range sortedKeys(w.PodAnnotations) {
		if strings.HasPrefix(key, "fluentbit.io/parser") || strings.HasPrefix(key, "co.elastic.logs/json") || key == "co.elastic.logs/module" || strings.HasPrefix(key, "co.elastic.logs/processors") {
			return key
		}
	}
	return ""
}
