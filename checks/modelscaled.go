package checks

import (
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var modelAutoscaled = scorecard.Check{
	ID:      "model-autoscaled",
	Pillar:  scorecard.AI,
	Title:   "Model servers grow with the requests that wait, not with the CPU",
	Applies: "long-running workloads that serve a model",
	Passes: "an autoscaler targets the workload and looks at requests, queues, tokens or caches (`vllm:num_requests_waiting`, `tgi_queue_size`, a queue of KEDA's), " +
		"or the platform scales on concurrency (Knative, KServe, Ray Serve, Seldon); the use of CPU, memory or the GPU alone is none",
	Why: "A model server keeps its accelerator busy with one request or with fifty, and its CPU idle with both: a share of either says nothing of how long users wait. " +
		"The number of requests that wait or run does, and it rises before the latency is lost.",
	Fix: "Scale on the server's own metric of waiting requests with KEDA or an HPA over custom metrics, or on concurrency where the platform can.",
	References: []scorecard.Reference{
		{Title: "KEDA: Prometheus scaler", URL: "https://keda.sh/docs/latest/scalers/prometheus/"},
		{Title: "Kubernetes: Horizontal Pod Autoscaling, custom metrics", URL: "https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#scaling-on-custom-metrics"},
	},
	Level: scorecard.Gold, Weight: scorecard.Medium, Effort: scorecard.Day,
	Reads:  []scorecard.Family{scorecard.Kubernetes},
	Charts: chartsOfModels,
	Rule: rule(words{"model server", "is scaled on requests", noModelServer}, func(s *survey) {
		for _, x := range servingWorkloads(s.View) {
			judgeModelScaled(s, x.w, x.c)
		}
	}),
}

func judgeModelScaled(s *survey, w *scorecard.Workload, c *scorecard.Container) {
	remedy := func() string { return modelScaleRemedy(s, w, c) }
	var seen *scorecard.Autoscaler
	for _, a := range scalersOf(s.View, w) {
		if a.Paused {
			continue
		}
		seen = a
		for _, m := range metricsOf(a) {
			if onRequests(m) {
				s.Pass(metricAt(a, m), "%s scales %s on %s", a.Location.Object, w.Object, metricName(m))
				return
			}
		}
		for _, f := range a.Unreadable {
			if strings.HasPrefix(f, "spec.metrics") || strings.HasPrefix(f, "spec.triggers") {
				s.Undecided(a.Location, "what %s scales %s on could not be read", a.Location.Object, w.Object)
				return
			}
		}
	}
	switch on := ownScaling(w, c); {
	case on == "requests":
		s.Pass(modelAt(c), "%s scales itself on its requests", w.Object)
	case on == "fixed":
		s.Fail(w.Location, remedy, "%s has a minimum equal to its maximum, and does not scale", w.Object)
	case on == "resource":
		s.Fail(modelAt(c), remedy, "%s scales on the use of a resource, which says nothing of the requests that wait", w.Object)
	case seen != nil:
		s.Fail(seen.Location, remedy, "%s scales %s on %s alone, which says nothing of the requests that wait", seen.Location.Object, w.Object, metricNames(seen))
	default:
		s.Lack(w.Location, remedy, "nothing scales %s", w.Object)
	}
}

// ownScaling is what the platform scales the workload on by itself: "requests",
// "resource", "fixed", or nothing.
func ownScaling(w *scorecard.Workload, c *scorecard.Container) string {
	if c.Model.ScalesOn != "" {
		return c.Model.ScalesOn
	}
	if !selfServing(w) {
		return ""
	}
	annotation := func(key string) string {
		if v := w.PodAnnotations[key]; v != "" {
			return v
		}
		return w.Annotations[key]
	}
	metric := annotation("autoscaling.knative.dev/metric")
	switch mode := annotation("serving.kserve.io/deploymentMode"); {
	case mode == "RawDeployment", mode == "Standard":
		if annotation("serving.kserve.io/autoscalerClass") == "external" || annotation("serving.kserve.io/autoscalerClass") == "none" {
			return ""
		}
		metric = annotation("serving.kserve.io/metric")
		if metric == "" {
			metric = "cpu"
		}
	}
	low := annotation("autoscaling.knative.dev/min-scale")
	switch {
	case metric == "cpu", metric == "memory":
		return "resource"
	case low != "" && low == annotation("autoscaling.knative.dev/max-scale"):
		return "fixed"
	}
	return "requests"
}

// hardware are names of metrics that say how busy a machine is.
var hardware = lazyregexp.New(`(?i)dcgm|gpu[_-]?util|duty_?cycle|nvidia_smi|cpu|memory(_|$| )|mem_util|fb_used`)

// requestWords are names of metrics that say how much there is to do.
var requestWords = lazyregexp.New(`(?i)queue|wait|pending|running|concurren|in_?flight|request|rps|qps|token|latency|batch|cache|slots|ttft|itl`)

// onRequests reports whether a metric says how much there is to do. One of a name of its
// own does, unless it is of the hardware.
func onRequests(m scorecard.ScalingMetric) bool {
	switch m.Type {
	case "Resource", "ContainerResource", "cpu", "memory", "cron":
		return false
	}
	return !hardware.MatchString(m.Name) || requestWords.MatchString(m.Name)
}

func metricName(m scorecard.ScalingMetric) string {
	switch {
	case m.Resource != "":
		return m.Resource
	case m.Name != "" && len(m.Name) < 80:
		return m.Name
	}
	return "a metric of " + m.Type
}

func metricNames(a *scorecard.Autoscaler) string {
	var names []string
	for _, m := range metricsOf(a) {
		names = append(names, metricName(m))
	}
	if len(names) == 0 {
		return "nothing"
	}
	return strings.Join(names, ", ")
}

// waiting are the metrics of requests that wait, by server, and how many of them are
// enough for one more replica.
var waiting = map[string]string{
	"vllm": "vllm:num_requests_waiting", "tgi": "tgi_queue_size", "tei": "te_queue_size", "sglang": "sglang:num_queue_reqs",
	"triton": "nv_inference_pending_request_count", "nim": "num_requests_waiting", "llama.cpp": "llamacpp:requests_deferred",
	"torchserve": "ts_queue_latency_microseconds", "ray": "ray_serve_num_ongoing_http_requests",
}

func modelScaleRemedy(s *survey, w *scorecard.Workload, c *scorecard.Container) string {
	if w.Object.Kind == "InferenceService" {
		return fenced(in(w.Location)+"scale on the requests under way:", "yaml", specPatch(w.Object, object{{key: "predictor", value: object{
			{key: "minReplicas", value: 1}, {key: "maxReplicas", value: 4, comment: startingPoint},
			{key: "scaleMetric", value: "concurrency"}, {key: "scaleTarget", value: 8, comment: "requests at a time of one replica"}}}}))
	}
	if ofModels(s.View, w) {
		return fmt.Sprintf("%slet the autoscaling of %s look at requests under way or waiting, by its kind's own fields.", in(w.Location), w.Object)
	}
	metric := waiting[c.Model.Server]
	if metric == "" {
		metric = "your_requests_waiting"
	}
	count, _ := s.Replicas(w)
	low := max(count, 1)
	sentence := "Add a ScaledObject (KEDA), in place of any other autoscaler of " + w.Object.String() + ":"
	return fenced(sentence, "yaml", yamlText(object{
		{key: "apiVersion", value: "keda.sh/v1alpha1"}, {key: "kind", value: "ScaledObject"},
		{key: "metadata", value: metadata(w.Object, w.Object.Name)},
		{key: "spec", value: object{
			{key: "scaleTargetRef", value: reference(w.Object)},
			{key: "minReplicaCount", value: low}, {key: "maxReplicaCount", value: room * low, comment: startingPoint},
			{key: "triggers", value: []object{{{key: "type", value: "prometheus"}, {key: "metadata", value: object{
				{key: "serverAddress", value: "http://your-prometheus:9090"},
				{key: "query", value: "sum(" + metric + ")"}, {key: "threshold", value: "5", comment: "waiting requests a replica"}}}}}},
		}},
	}))
}
