package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// modelStart is how many seconds a model is given to load, unless a rubric says otherwise.
const modelStart = 120

var modelReadyProbe = scorecard.Check{
	ID:      "model-ready-probe",
	Pillar:  scorecard.AI,
	Title:   "Requests reach a model server when its model is loaded, and not before",
	Applies: modelServersApply,
	Passes: "the readiness probe asks an endpoint of the server over HTTP or gRPC, or by a command (an open port and a liveness endpoint are none), " +
		"and nothing kills the container in its first 120 s: the startup probe, or without one the liveness probe, leaves as much (`initialDelaySeconds + periodSeconds * failureThreshold`)",
	Why: "A model of some gigabytes takes minutes to fetch and load, and most servers open their port before that is done. " +
		"Without a probe that asks for the model, users meet errors at each scale-up and release; with one that is too impatient, the server is killed while it loads, over and over.",
	Fix: "Ask the server's health endpoint in the readiness probe, and give it a startup probe that covers the slowest load.",
	References: []scorecard.Reference{probeDocs,
		{Title: "vLLM: Using Kubernetes", URL: "https://docs.vllm.ai/en/latest/deployment/k8s.html"}},
	Level: scorecard.Silver, Weight: scorecard.High, Effort: scorecard.Minutes,
	Reads:  []scorecard.Family{scorecard.Kubernetes},
	Charts: chartsOfModels,
	Thresholds: []scorecard.Threshold{
		{Name: "load-seconds", Text: "what the probes must leave a model server before the first kill", Value: modelStart, Min: 1, Max: 7200},
	},
	Rule: modelServers(words{"model server", "is asked whether its model is loaded, and given time to load it", noModelServer}, judgeModelReady),
}

func judgeModelReady(s *survey, w *scorecard.Workload, c *scorecard.Container) {
	remedy := func() string { return modelReadyRemedy(s, w, c) }
	p := c.Readiness
	at := c.Location
	if p != nil {
		at = fieldOf(c, "readinessProbe", p.FirstLine, p.LastLine)
	}
	switch {
	case unreadable(c, "readinessProbe"), unreadable(c, "livenessProbe"), unreadable(c, "startupProbe"):
		s.Undecided(at, "the probes of %s could not be read", called(w, c))
		return
	case !asks(p) && ofOperator(s.View, w, c):
		s.Undecided(at, "%s names no readiness probe for its %s, whose pods are made by an operator or a serving runtime", w.Object, serverName(c))
		return
	case !asks(p):
		s.Fail(at, remedy, "%s serves a model and has no readinessProbe", called(w, c))
		return
	case p.Handler == "tcpSocket":
		s.Fail(at, remedy, "the readinessProbe of %s asks whether a port is open, and not whether the model is loaded", called(w, c))
		return
	case p.Handler == "httpGet" && aliveOnly(p):
		s.Fail(at, remedy, "the readinessProbe of %s asks %s, which says nothing of the model", called(w, c), pathAsked(p))
		return
	}
	budget, by, at2 := loadTime(c)
	switch enough := int64(s.Threshold("load-seconds")); {
	case by == "":
		s.Pass(at, "%s has readinessProbe %s, and no probe kills it while it loads", called(w, c), describeProbe(p))
	case budget < enough:
		s.Fail(at2, remedy, "the %s of %s leaves %d s to load the model (at least %d)", by, called(w, c), budget, enough)
	default:
		s.Pass(at, "%s has readinessProbe %s, and %d s to load", called(w, c), describeProbe(p), budget)
	}
	if p.Handler == "httpGet" && pathAsked(p) == "/" {
		s.Note("the root of %s says that the server is up, and of the model little", theServer(w, c))
	}
}

// loadTime is how many seconds a container has before a probe may kill it, and by which;
// by none where the name is empty.
func loadTime(c *scorecard.Container) (seconds int64, by string, at scorecard.Location) {
	switch {
	case asks(c.Startup):
		return patience(c.Startup), "startupProbe", fieldOf(c, "startupProbe", c.Startup.FirstLine, c.Startup.LastLine)
	case asks(c.Liveness):
		return patience(c.Liveness), "livenessProbe", fieldOf(c, "livenessProbe", c.Liveness.FirstLine, c.Liveness.LastLine)
	}
	return 0, "", c.Location
}

func modelReadyRemedy(s *survey, w *scorecard.Workload, c *scorecard.Container) string {
	known := healthPaths[c.Model.Server]
	name, number := servedPort(s, w, c)
	var port any = known.port
	switch {
	case name != "":
		port = name
	case number != 0:
		port = number
	case known.port == 0:
		port = 8080
	}
	path := known.path
	if path == "" {
		path = "/health"
	}
	const period = 10
	threshold := max(60, (int64(s.Threshold("load-seconds"))+period-1)/period)
	handler := func() object {
		get := field{key: "httpGet", value: object{{key: "path", value: path}, {key: "port", value: port}}}
		fields := object{get}
		for _, p := range []*scorecard.Probe{c.Readiness, c.Startup} {
			if p != nil && p.Handler != "" && p.Handler != "httpGet" {
				fields = object{{key: p.Handler, value: nil}, get}
			}
		}
		return fields
	}
	fields := object{
		{key: "readinessProbe", value: append(handler(), field{key: "periodSeconds", value: period})},
		{key: "startupProbe", value: append(handler(), field{key: "periodSeconds", value: period},
			field{key: "failureThreshold", value: threshold, comment: fmt.Sprintf("%d s to load; liveness waits until then", threshold*period)})},
	}
	return serverPatch(s.View, w, c, "ask "+theServer(w, c)+" for its model, and give it time to load:", fields)
}
