package promql

import (
	"slices"
	"strings"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// failing reports whether matchers keep what went wrong.
func failing(ms []*labels.Matcher) bool {
	for _, m := range ms {
		if Failing(m.Name, m.Value, m.Type == labels.MatchNotEqual || m.Type == labels.MatchNotRegexp) {
			return true
		}
	}
	return false
}

var (
	codeLabels   = []string{"code", "status", "status_code", "http_status", "http_status_code", "http_response_status_code", "response_code", "statuscode", "http_code", "response_status_code", "status_class", "code_class"}
	resultLabels = []string{"result", "outcome", "status", "success", "error", "exception", "grpc_code", "grpc_status", "rpc_grpc_status_code", "type", "level", "severity", "response_flags", "classification", "state", "status_code", "le_error"}
	failWords    = []string{"error", "fail", "failed", "failure", "false", "exception", "server_error", "5xx", "timeout", "rejected", "status_code_error"}
	okWords      = []string{"ok", "success", "none", "succeeded", "true", "200"}
)

// Failing reports whether a matcher keeps what went wrong: a status of 5xx (or 4xx), a
// result that is a failure, or one that is no success.
func Failing(label, value string, negative bool) bool {
	label, value = strings.ToLower(strings.NewReplacer(".", "_", "-", "_").Replace(label)), strings.ToLower(value)
	if slices.Contains(codeLabels, label) && value != "" {
		first := strings.TrimLeft(value, "(^?:[\"'~")
		if first != "" {
			good := first[0] == '2' || first[0] == '1' || first[0] == '3'
			bad := first[0] == '5' || first[0] == '4'
			if !negative && bad || negative && good {
				return true
			}
		}
	}
	if !slices.Contains(resultLabels, label) {
		return false
	}
	words := strings.FieldsFunc(value, func(r rune) bool {
		return r == '|' || r == '(' || r == ')' || r == '.' || r == '*' || r == '+' || r == '^' || r == '$'
	})
	return slices.ContainsFunc(words, func(w string) bool {
		if negative {
			return slices.Contains(okWords, w)
		}
		return slices.Contains(failWords, w)
	})
}

// signalsOf tells by a metric's name, the matchers around it and the functions over it
// which golden signals a selector shows.
func signalsOf(name string, failed bool, functions []string) (out []scorecard.Signal) {
	ws := words(name)
	has := func(list ...string) bool {
		return slices.ContainsFunc(ws, func(w string) bool { return slices.Contains(list, w) })
	}
	if internal(ws) {
		return nil
	}
	counted := slices.ContainsFunc(functions, func(f string) bool {
		return slices.Contains([]string{"rate", "irate", "increase", "sum_over_time", "count_over_time", "changes"}, f)
	}) || strings.Contains(name, ":rate") || strings.Contains(name, "rate5m") || has("rps", "qps", "tps")
	served := has("request", "requests", "http", "grpc", "rpc", "call", "calls", "response", "responses", "query", "queries", "message", "messages", "transaction", "transactions",
		"span", "spans", "server", "handler", "handled", "event", "events", "job", "jobs", "task", "tasks", "order", "orders", "operation", "operations", "commands", "records", "rq", "ops",
		"connections", "packets", "bytes", "received", "processed", "requestcount", "traces", "invocations", "hits", "visits", "downloads", "uploads", "logins", "payments")
	switch {
	case has("latency", "latencies", "duration", "durations", "elapsed", "responsetime", "apdex", "ttfb", "delay", "latencyms", "milliseconds") && !has("uptime", "start", "gc", "pause"),
		has("seconds", "ms", "time") && (has("bucket", "sum", "p50", "p90", "p95", "p99", "quantile") || slices.Contains(functions, "histogram_quantile")) && served,
		has("response") && has("time"), strings.Contains(name, "response_time"), strings.Contains(name, "request_time"), slices.Contains(functions, "histogram_quantile") && served && !has("bytes", "size"):
		out = append(out, scorecard.Latency)
		if counted && has("count") && served {
			out = append(out, scorecard.Traffic)
		}
	case has("error", "errors", "fail", "failed", "failure", "failures", "failing", "exception", "exceptions", "5xx", "4xx", "dropped", "panics", "panic", "rejected", "timeouts", "faults", "fault", "errorrate", "unsuccessful", "aborted", "httpcode"):
		out = append(out, scorecard.Errors)
	case served && failed:
		out = append(out, scorecard.Errors)
	case served && counted && !has("limit", "max", "capacity", "usage", "memory", "used", "size", "active", "open", "idle", "inflight", "queue", "queued", "pending", "waiting"):
		out = append(out, scorecard.Traffic)
	case has("requestcount", "throughput", "rps", "qps", "tps", "traffic", "invocations", "apirequests"):
		out = append(out, scorecard.Traffic)
	}
	if failed && !slices.Contains(out, scorecard.Errors) && served {
		out = append(out, scorecard.Errors)
	}
	if has("cpu", "memory", "mem", "heap", "disk", "filesystem", "queue", "queued", "inflight", "pool", "threads", "goroutines", "utilization", "utilisation", "saturation", "backlog", "lag",
		"throttled", "throttling", "load", "load1", "load5", "load15", "usage", "swap", "capacity", "fds", "pending", "waiting", "exhausted", "quota", "cpuutilization", "memoryutilization",
		"depth", "rss", "active") && !slices.Contains(out, scorecard.Errors) && !slices.Contains(out, scorecard.Latency) ||
		strings.Contains(name, "in_flight") || strings.Contains(name, "connections_active") || strings.Contains(name, "working_set") || has("connections") && has("active", "idle", "used", "max", "open", "current", "curr") {
		out = append(out, scorecard.Saturation)
	}
	return out
}

// internal are metrics about the measuring itself.
func internal(ws []string) bool {
	return len(ws) > 1 && (ws[0] == "scrape" || ws[0] == "prometheus" || ws[0] == "alertmanager" || ws[0] == "rule" && ws[1] == "evaluation")
}

// words parts a metric's name: http_requests_total, aws.elb.HTTPCode_ELB_5XX, RequestCount.
func words(name string) (out []string) {
	var b strings.Builder
	flush := func() {
		if b.Len() > 0 {
			out = append(out, strings.ToLower(b.String()))
			b.Reset()
		}
	}
	runes := []rune(name)
	for i, r := range runes {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		if !letter {
			flush()
			continue
		}
		if i > 0 && r >= 'A' && r <= 'Z' && runes[i-1] >= 'a' && runes[i-1] <= 'z' {
			flush()
		}
		b.WriteRune(r)
	}
	flush()
	return out
}

// Signals tells which golden signals a metric of any other tool shows, by its name
// (aws.elb.httpcode_backend_5xx, CPUUtilization, request_count) and whether failures
// are kept of it.
func Signals(metric string, failed bool) []scorecard.Signal {
	return SortSignals(signalsOf(metric, failed, []string{"rate"}))
}
