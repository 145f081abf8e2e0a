package checks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var llmObserved = scorecard.Check{
	ID:      "llm-observability",
	Pillar:  scorecard.AI,
	Title:   "What models are asked, and how they answer, is observed",
	Applies: "long-running workloads that serve a model, and gateways and clients of models",
	Passes:  "the server's metrics are scraped or pushed, its traces follow OpenTelemetry's conventions for generative AI, or calls go to a tool that records them (OpenLLMetry, Langfuse, Phoenix, LangSmith, Opik, Helicone)",
	Why: "A model fails in ways of its own: queues before the accelerator, full caches of keys and values, answers cut off, costs that double with a prompt. " +
		"None of these shows in the metrics of its pods.",
	Fix: "Scrape the server's own metrics, and record calls with OpenTelemetry's GenAI conventions or a tool that does.",
	References: []scorecard.Reference{
		{Title: "OpenTelemetry: Semantic conventions for generative AI systems", URL: "https://opentelemetry.io/docs/specs/semconv/gen-ai/"},
		{Title: "vLLM: Production Metrics", URL: "https://docs.vllm.ai/en/latest/usage/metrics.html"},
	},
	Level: scorecard.Gold, Weight: scorecard.Medium, Effort: scorecard.Hour,
	Reads:  []scorecard.Family{scorecard.Kubernetes, scorecard.Infrastructure, scorecard.Dependencies},
	Charts: chartsOfModels,
	Rule: rule(words{"model server or client", "is observed", "no model server, gateway or client of models was seen"}, func(s *survey) {
		c := &collection{survey: s}
		for _, x := range servingWorkloads(s.View) {
			judgeObserved(c, x.w, x.c)
		}
		for i := range s.Gateways {
			g := &s.Gateways[i]
			switch {
			case g.Observed != "":
				s.Pass(g.Location.At("", g.ObservedLine, g.ObservedLine), "%s sends its calls to %s", gatewayName(g), g.Observed)
			case g.Tool == "litellm":
				s.Lack(g.Location, func() string { return callbackRemedy(g) }, "%s records its calls nowhere", gatewayName(g))
			}
		}
		for i := range s.Workloads {
			judgeRecording(s, &s.Workloads[i])
		}
		for _, client := range llmClients(s.View) {
			if client.observed != "" {
				s.Pass(client.at, "%s", client.observed)
			} else if !recordsCalls(s.View) {
				s.Lack(client.at, client.recorder, "%s, and nothing records its calls", client.lacks)
			}
		}
	}),
}

// client is a program that asks models of others.
type client struct {
	at scorecard.Location
	// observed and fallback say by what its calls are recorded, and tried again; empty
	// where nothing does.
	observed, fallback string
	lacks              string
	recorder           func() string
}

// llmClients gives the programs of the service that ask models of others, by what they are
// built on. What their code does where a model does not answer is not seen, but for a
// library of retries; those that ask through a gateway of the service leave it to that.
func llmClients(v *scorecard.View) (out []client) {
	if len(v.Gateways) > 0 {
		return nil
	}
	for _, p := range programs(v) {
		asks := p.library(llmClient)
		if asks == nil {
			continue
		}
		c := client{at: asks.Location}
		recorder, retry := p.library(llmObservability), p.library(retrying)
		if recorder != nil {
			c.observed = fmt.Sprintf("%s asks models (%s) and has its calls recorded (%s)", p.called(), asks.Name, recorder.Name)
		}
		if retry != nil {
			c.fallback = fmt.Sprintf("%s asks models (%s) and tries again (%s)", p.called(), asks.Name, retry.Name)
		}
		c.lacks = fmt.Sprintf("%s asks models (%s)", p.called(), asks.Name)
		c.recorder = func() string { return addLibrary(p, "a library that records calls of models", recorderLibraries) }
		out = append(out, c)
	}
	return out
}

// recorderLibraries are what a remediation adds, by ecosystem.
var recorderLibraries = map[string]string{"pypi": "traceloop-sdk", "npm": "@traceloop/node-server-sdk", "go": "github.com/traceloop/go-openllmetry/traceloop-sdk"}

// recorders begin the names of variables by which a program is told where calls of models
// are recorded.
var recorders = []string{"LANGFUSE_", "TRACELOOP_", "PHOENIX_", "LANGSMITH_", "LANGCHAIN_TRACING", "OPIK_", "HELICONE_", "ARIZE_", "OPENLLMETRY_", "OPENINFERENCE_"}

// judgeObserved takes the ways in which any workload's metrics are collected, and those of
// models' own.
func judgeObserved(c *collection, w *scorecard.Workload, server *scorecard.Container) {
	for i := range w.Containers {
		one := &w.Containers[i]
		for _, v := range one.Environment {
			if v.Empty {
				continue
			}
			if recorded(v) {
				c.Pass(fieldOf(one, "env["+v.Name+"]", v.FirstLine, v.FirstLine), "%s has its calls recorded (%s)", called(w, one), v.Name)
				return
			}
		}
	}
	if server.Model.Traces {
		c.Pass(modelAt(server), "%s sends traces of its requests", called(w, server))
		return
	}
	if w.Annotations["serving.kserve.io/enable-prometheus-scraping"] == "true" {
		c.Pass(w.At("metadata.annotations"), "%s lets KServe have its metrics scraped", w.Object)
		return
	}
	var open way
	for _, look := range []func(*scorecard.Workload) way{c.monitored, c.configured, c.annotated, c.instrumented, c.pushed, c.openly} {
		switch found := look(w); {
		case found.outcome == scorecard.Pass:
			c.Pass(found.at, "%s", found.message)
			return
		case found.outcome == scorecard.Unknown && open.outcome == "":
			open = found
		}
	}
	if open.outcome != "" {
		c.Undecided(open.at, "%s", open.message)
		return
	}
	c.Lack(w.Location, func() string { return observeRemedy(c, w) }, "nothing collects the metrics of %s, nor records its calls", theServer(w, server))
}

// judgeRecording counts a workload that serves no model and is told where to record calls
// of models: it is a client.
func judgeRecording(s *survey, w *scorecard.Workload) {
	for i := range w.Containers {
		c := &w.Containers[i]
		if c.Model != nil {
			return
		}
		for _, v := range c.Environment {
			if !v.Empty && recorded(v) {
				s.Pass(fieldOf(c, "env["+v.Name+"]", v.FirstLine, v.FirstLine), "%s has its calls of models recorded (%s)", called(w, c), v.Name)
				return
			}
		}
	}
}

// recordsCalls reports whether a workload of the service is told where to record calls.
func recordsCalls(v *scorecard.View) bool {
	for i := range v.Workloads {
		for _, c := range v.Workloads[i].Containers {
			if slices.ContainsFunc(c.Environment, func(e scorecard.Variable) bool { return !e.Empty && recorded(e) }) {
				return true
			}
		}
	}
	return false
}

// recorded reports whether a variable sends calls of models somewhere, or switches the
// conventions for generative AI on.
func recorded(v scorecard.Variable) bool {
	if v.Name == "OTEL_SEMCONV_STABILITY_OPT_IN" {
		return strings.Contains(v.Value, "gen_ai")
	}
	for _, p := range recorders {
		if strings.HasPrefix(v.Name, p) {
			return true
		}
	}
	return false
}

func observeRemedy(c *collection, w *scorecard.Workload) string {
	if w.Object.Kind == "InferenceService" {
		return fenced(in(w.Location)+"let KServe have the metrics scraped:", "yaml", yamlText(object{
			{key: "apiVersion", value: w.Object.APIVersion}, {key: "kind", value: w.Object.Kind},
			{key: "metadata", value: append(metadata(w.Object, w.Object.Name),
				field{key: "annotations", value: object{{key: "serving.kserve.io/enable-prometheus-scraping", value: "true"}}})}}))
	}
	if ofModels(c.View, w) {
		return fmt.Sprintf("Add a PodMonitor that selects the pods which the operator makes of %s, on the port of their metrics.", w.Object)
	}
	return monitorRemedy(c.survey, w)
}

func gatewayName(g *scorecard.ModelGateway) string {
	if g.Name != "" {
		return fmt.Sprintf("the gateway to models %s (%s)", g.Name, g.Tool)
	}
	return fmt.Sprintf("the gateway to models (%s)", g.Tool)
}

func callbackRemedy(g *scorecard.ModelGateway) string {
	return fenced(in(g.Location)+"record the calls:", "yaml", yamlText(object{{key: "litellm_settings", value: object{
		{key: "callbacks", value: []string{"otel"}, comment: "or langfuse, with its keys in a Secret"}}}}))
}
