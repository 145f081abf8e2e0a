package slo

import (
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// maxQuery is how much of a query is kept, in bytes.
const maxQuery = 4_000

// Clip cuts a query at what is kept of one.
func Clip(s string) string {
	s = strings.TrimSpace(s)
	if len(s) > maxQuery {
		return strings.ToValidUTF8(s[:maxQuery], "") + "…"
	}
	return s
}

// naming are the labels of metrics that may name a service.
var naming = strings.Fields(`service service_name app app_name application app_kubernetes_io_name k8s_app job namespace container container_name
deployment statefulset workload component name release exported_service exported_job exported_namespace exported_app kubernetes_namespace
kubernetes_name destination_service destination_service_name destination_app destination_workload destination_canonical_service
destination_service_namespace ingress exported_ingress grpc_service backend upstream upstream_cluster envoy_cluster_name cluster_name
function_name target svc host product system project taskfamily queue topic route`)

// Labels collects labels that may name a service; what comes first stays.
type Labels map[string]string

// Set adds a label.
func (ls *Labels) Set(key, value string) {
	key, value = strings.TrimSpace(key), strings.TrimSpace(value)
	if key == "" || value == "" || len(value) > 253 || len(*ls) >= 100 {
		return
	}
	if *ls == nil {
		*ls = Labels{}
	}
	if _, have := (*ls)[key]; !have {
		(*ls)[key] = value
	}
}

// pairs adds a mapping of labels. OpenSLO allows lists of values: the first counts.
func (ls *Labels) pairs(n *yaml.Node) {
	if n == nil || n.Kind != yaml.MappingNode {
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		v := yamldoc.Follow(n.Content[i+1])
		if items := yamldoc.Items(v); len(items) > 0 {
			v = items[0]
		}
		ls.Set(n.Content[i].Value, yamldoc.String(v))
	}
}

// named adds those of a mapping that may name a service: a plugin's options.
func (ls *Labels) named(n *yaml.Node) {
	options := yamldoc.StringMap(n)
	for _, k := range slices.Sorted(maps.Keys(options)) {
		if slices.Contains(naming, strings.ToLower(k)) {
			ls.Set(strings.ToLower(k), options[k])
		}
	}
}

var (
	// matcher is a label matcher of PromQL or its kin: `job="cart"`, `service=~"cart"`.
	matcher = lazyregexp.New("([a-zA-Z_][a-zA-Z0-9_.]*)\\s*(=~|=)\\s*(?:\"((?:[^\"\\\\]|\\\\.)*)\"|'((?:[^'\\\\]|\\\\.)*)'|`([^`]*)`)")
	// tag is the way of Datadog and others: `service:cart`.
	tag = lazyregexp.New(`([a-zA-Z_][a-zA-Z0-9_]*):([a-zA-Z0-9][a-zA-Z0-9_./-]*)`)
	// expression are the characters that make a regular expression of a value.
	expression = `.*+?()[]{}|^$\`
)

// queries adds the labels by which an indicator's queries select.
func (ls *Labels) queries(s scorecard.SLI) {
	for _, q := range []string{s.Good, s.Bad, s.Total, s.Raw} {
		ls.Query(q)
	}
}

// Query adds the labels by which a query selects.
func (ls *Labels) Query(q string) {
	add := func(key, value string) {
		if key = strings.ToLower(key); key == "service.name" || key == "appname" {
			key = "service_name" // as OpenTelemetry and New Relic have it
		}
		key = key[strings.LastIndexByte(key, '.')+1:]
		if slices.Contains(naming, key) {
			ls.Set(key, value)
		}
	}
	matchers := matcher.FindAllStringSubmatch(q, 200)
	for _, m := range matchers {
		value := m[3] + m[4] + m[5]
		if m[2] == "=~" && strings.ContainsAny(value, expression) || strings.ContainsAny(value, "{$\\") {
			continue // many services, or a variable
		}
		add(m[1], value)
	}
	if len(matchers) == 0 {
		for _, m := range tag.FindAllStringSubmatch(q, 200) {
			add(m[1], m[2])
		}
	}
}

var (
	latencyWords      = []string{"latency", "latencies", "duration", "durations", "slow", "fast", "speed", "p50", "p90", "p95", "p99", "response-time"}
	availabilityWords = []string{"availability", "available", "uptime", "success", "successful", "successes", "error", "errors", "failure", "failures", "failed", "5xx"}
	// otherWords name what is neither.
	otherWords   = []string{"freshness", "staleness", "lag", "delay", "correctness", "coverage", "completeness", "durability", "saturation", "throughput", "disk", "cpu", "memory", "quality", "utilization", "utilisation", "capacity", "backlog", "cost"}
	responseTime = lazyregexp.New(`response[ _-]?times?`)
	wordBreak    = lazyregexp.New(`[^a-z0-9]+`)
	// byBucket finds a histogram's bucket below a bound, or a quantile; or a field of time
	// that is compared.
	byBucket = lazyregexp.New(`\ble\s*=~?\s*["']\s*[0-9.]|histogram_quantile|histogram_fraction|percentile|\bp\d\d:|(?i)\bduration(?:\.ms)?\s*<|latenc|response[._]time|request_duration\b.*<`)
	byStatus = lazyregexp.New(`(?i)5\.\.|5xx|error|fail|success|probe_success|\bcode\s*[!=]|\bstatus(?:_code|_class)?\s*[!=:]|\bresponse_code(?:_class)?"?\s*[!=]|\bup\b|availability`)
)

// KindOf tells what an indicator measures: by what the objective is called where that
// says one thing, else by its queries; empty when neither does.
func KindOf(names []string, s scorecard.SLI) string {
	text := strings.Join(names, " ")
	latency, availability, other := false, false, false
	for _, w := range wordBreak.Split(responseTime.ReplaceAllString(strings.ToLower(text), "latency"), -1) {
		latency = latency || slices.Contains(latencyWords, w)
		availability = availability || slices.Contains(availabilityWords, w)
		other = other || slices.Contains(otherWords, w)
	}
	queries := strings.Join([]string{s.Good, s.Bad, s.Total, s.Raw}, "\n")
	switch {
	case byBucket.MatchString(s.Good) && byStatus.MatchString(s.Good) && !byStatus.MatchString(s.Total) && (latency == availability):
		return "both" // good is what was answered in time and without an error
	case latency && !availability:
		return "latency"
	case availability && !latency:
		return "availability"
	case other && !latency && !availability:
		return "other"
	case byBucket.MatchString(queries):
		return "latency"
	case byStatus.MatchString(queries):
		return "availability"
	}
	return ""
}

// entity finds the name in a selector of Dynatrace's entities.
var entity = lazyregexp.New(`(?i)entityName(?:\.equals)?\(\s*~?\\?["']([^"'\\]+)|tag\(\s*~?\\?["']?(?:service|app|application|component):([\w.-]+)`)

// EntityOf is the service that a selector of Dynatrace's entities names; empty where it
// names none, or part of a name.
func EntityOf(selector string) string {
	m := entity.FindStringSubmatch(selector)
	if m == nil {
		return ""
	}
	return m[1] + m[2]
}
