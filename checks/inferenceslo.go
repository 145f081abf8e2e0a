package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var inferenceSLO = scorecard.Check{
	ID:      "inference-slo",
	Pillar:  scorecard.AI,
	Title:   "The answers of a model server have an objective",
	Applies: "services that run a model server",
	Passes: "an objective of the service is over the time to the first token, the time between tokens, or the latency or success of requests: by the metrics that its queries name " +
		"(`vllm:time_to_first_token_seconds`, `tgi_request_duration`, `nv_inference_request_success`), or because it is an objective on latency or availability",
	Why: "Users of a model wait for its first word and then read along: the mean latency of requests says nothing of either, and its CPU even less. " +
		"Without an objective nobody can say whether a new model, a longer context or one more tenant is too much.",
	Fix:        "Define an objective on the time to the first token, from the server's own histogram, and one on the success of requests.",
	References: append([]scorecard.Reference{{Title: "vLLM: Production Metrics", URL: "https://docs.vllm.ai/en/latest/usage/metrics.html"}}, sloDocs...),
	Level:      scorecard.Gold, Weight: scorecard.High, Effort: scorecard.Day,
	Reads:  []scorecard.Family{scorecard.Objectives, scorecard.Kubernetes},
	Charts: chartsOfModels,
	Rule:   judgeInferenceSLO,
}

// answerMetrics are names of metrics that say how a model server answers.
var answerMetrics = lazyregexp.New(`(?i)time_to_first_token|ttft|inter_token|time_per_output_token|tpot|token_latency|tokens_per_second|` +
	`e2e_request|request_latency|request_success|request_failure|request_duration|request_predict_seconds|inference_(request|latency|count)|tgi_request|te_request|` +
	`server_request_duration|gen_ai_(client|server)_|revision_request|requests_total|request_count|ts_inference|latency_seconds|duration_seconds`)

func judgeInferenceSLO(v *scorecard.View) scorecard.Finding {
	servers := servingWorkloads(v)
	if len(servers) == 0 {
		return scorecard.Skip(noModelServer)
	}
	var found, open []scorecard.Evidence
	for i := range v.SLOs {
		o := &v.SLOs[i]
		sli := o.Indicator
		queries := sli.Good + " " + sli.Bad + " " + sli.Total + " " + sli.Raw + " " + sli.Plugin
		switch {
		case sli.Kind != "" && sli.Kind != "other", answerMetrics.MatchString(queries):
			found = append(found, scorecard.Evidence{Location: o.Location, Outcome: scorecard.Pass, Message: "objective " + objectiveName(o) + " is over the answers"})
		case sli.Ref != "" || sli.Plugin != "":
			open = append(open, scorecard.Evidence{Location: o.Location, Outcome: scorecard.Unknown, Message: "what objective " + objectiveName(o) + " measures is not in its file"})
		}
	}
	switch {
	case len(found) > 0:
		return whole(found)
	case len(open) > 0:
		return scorecard.Finding{Outcome: scorecard.Unknown, Subjects: 1, Undecided: 1, Reason: open[0].Message, Evidence: open}
	}
	x := servers[0]
	message := fmt.Sprintf("no objective is over the answers of %s", theServer(x.w, x.c))
	f := scorecard.Missing(func() string { return inferenceSLORemedy(v, x.c) }, "%s", message)
	f.Evidence = []scorecard.Evidence{{Location: x.c.Location, Outcome: scorecard.Fail, Message: message}}
	for i := range v.SLOs {
		o := &v.SLOs[i]
		f.Evidence = append(f.Evidence, scorecard.Evidence{Location: o.Location, Outcome: scorecard.Fail, Message: "objective " + objectiveName(o) + " is over something else"})
	}
	return f
}

// firstToken are the histograms of the time to the first token, or of a whole request
// where a server knows no other.
var firstToken = map[string]string{
	"vllm": "vllm:time_to_first_token_seconds", "sglang": "sglang:time_to_first_token_seconds", "nim": "time_to_first_token_seconds",
	"tgi": "tgi_request_duration", "tei": "te_request_duration", "kserve": "request_predict_seconds",
}

func inferenceSLORemedy(v *scorecard.View, c *scorecard.Container) string {
	name := objectName(&v.Service)
	metric := firstToken[c.Model.Server]
	if metric == "" {
		metric = "your_time_to_first_token_seconds"
	}
	count := fmt.Sprintf("sum(rate(%s_count{service=%q}[{{.window}}]))", metric, name)
	good := fmt.Sprintf("sum(rate(%s_bucket{service=%q,le=\"1\"}[{{.window}}]))", metric, name)
	return fenced(fmt.Sprintf("Where the objectives stand in another repository, connect that one. Else start with `%s` (Sloth):", within(&v.Service, "slo/"+name+"-answers.yaml")), "yaml",
		yamlText(object{
			{key: "version", value: "prometheus/v1"}, {key: "service", value: name},
			{key: "slos", value: []object{{
				{key: "name", value: "first-token-latency"}, {key: "objective", value: 99},
				{key: "description", value: "The first token of an answer comes within a second."},
				{key: "sli", value: object{{key: "events", value: object{
					{key: "error_query", value: count + " - " + good}, {key: "total_query", value: count}}}}},
				{key: "alerting", value: object{{key: "name", value: "SlowFirstToken"}, {key: "labels", value: object{{key: "service", value: name}}}}},
			}}},
		}))
}
