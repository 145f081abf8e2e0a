package checks

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var probeTargetExists = scorecard.Check{
	ID:      "probe-target-exists",
	Pillar:  scorecard.Health,
	Title:   "Every probe asks a port that its container has",
	Applies: "the http, tcp and gRPC probes of containers and native sidecars of long-running workloads; exec probes ask no port",
	Passes:  "a port that is named is one that the same container declares; a number is taken as it is, declared or not (a quoted number is a name, and no port can be called so)",
	Why: "A probe that names a port which its container does not declare never succeeds: its pods never become ready, or are restarted for ever. " +
		"A port's name is looked up in the probe's own container only, and the API server refuses names without a letter, which is what a quoted number is.",
	Fix:        "Name a port that the container declares under `ports`, or write the port's number without quotes.",
	References: []scorecard.Reference{probeDocs, lifecycleDocs},
	Level:      scorecard.Bronze, Weight: scorecard.High, Effort: scorecard.Minutes,
	Reads: []scorecard.Family{scorecard.Kubernetes},
	Rule: containers(words{"probe", "asks a port that its container has", "no long-running container has a probe that asks a port"},
		func(s *survey, w *scorecard.Workload, c *scorecard.Container) {
			if !w.LongRunning() || c.Role == scorecard.InitContainer {
				return
			}
			for _, p := range []namedProbe{{"startupProbe", c.Startup}, {"livenessProbe", c.Liveness}, {"readinessProbe", c.Readiness}} {
				judgeProbeTarget(s, w, c, p)
			}
		}),
}

// namedProbe is a probe and the field that it stands in.
type namedProbe struct {
	field string
	*scorecard.Probe
}

func judgeProbeTarget(s *survey, w *scorecard.Workload, c *scorecard.Container, p namedProbe) {
	if p.Probe == nil || p.Handler == "" || p.Port == "" && p.Handler != "exec" {
		if unreadable(c, p.field) {
			s.Undecided(fieldOf(c, p.field, 0, 0), "%s has a %s that could not be read", called(w, c), p.field)
			return
		}
	}
	if !asks(p.Probe) || p.Handler == "exec" || p.Port == "" && selfServing(w) { // the platform fills in its own port
		return
	}
	at := fieldOf(c, p.field, p.FirstLine, p.LastLine)
	switch outcome, why := targetOf(w, c, p.Probe); outcome {
	case scorecard.Pass:
		s.Pass(at, "%s of %s asks %s", p.field, called(w, c), why)
	case scorecard.Unknown:
		s.Undecided(at, "%s of %s asks %s", p.field, called(w, c), why)
	default:
		s.Fail(at, func() string { return targetRemedy(s, w, c, p) }, "%s of %s asks %s", p.field, called(w, c), why)
	}
}

var (
	quotedNumber = lazyregexp.New(`^[0-9]+$`)
	// portWord is what a port may be called, and some that the API server refuses; what
	// is none of these is a placeholder.
	portWord = lazyregexp.New(`^[A-Za-z0-9_.-]+$`)
)

// targetOf says whether the port that a probe asks is one of the container's.
func targetOf(w *scorecard.Workload, c *scorecard.Container, p *scorecard.Probe) (scorecard.Outcome, string) {
	if !p.PortIsName {
		if n, err := strconv.Atoi(p.Port); err != nil || n < 1 || n > 65535 {
			return scorecard.Fail, "no port: its number is missing or out of range"
		}
		return scorecard.Pass, "port " + p.Port
	}
	number, declared := c.PortNumber(p.Port, true)
	switch {
	case quotedNumber.MatchString(p.Port):
		return scorecard.Fail, fmt.Sprintf("port %q in quotes, which makes it a name that no port can have", p.Port)
	case !portWord.MatchString(p.Port), !declared && placeholderTag.MatchString(p.Port):
		return scorecard.Unknown, fmt.Sprintf("port %s, a placeholder that something fills in", p.Port)
	case p.Handler == "grpc":
		return scorecard.Fail, fmt.Sprintf("port %s by its name, where gRPC probes take a number only", p.Port)
	case declared:
		return scorecard.Pass, fmt.Sprintf("port %s, which is %d", p.Port, number)
	case unreadable(c, "ports"):
		return scorecard.Unknown, fmt.Sprintf("port %s, and the container's ports could not be read", p.Port)
	case modelServer(w, c) != "", w.Object.Kind == "InferenceService" && c.Name == "kserve-container":
		return scorecard.Unknown, fmt.Sprintf("port %s, which the serving runtime may declare", p.Port)
	}
	return scorecard.Fail, fmt.Sprintf("port %s, which the container does not declare", p.Port)
}

// targetRemedy writes a port that the probe can ask, or names one that the container
// has: what is written there tells which of them was meant.
func targetRemedy(s *survey, w *scorecard.Workload, c *scorecard.Container, p namedProbe) string {
	ask := func(port any, comment string) string {
		return fenced(in(c.Location)+"let the "+p.field+" of container `"+c.Name+"` ask a port that it has:", "yaml",
			containerPatch(w, c, object{{key: p.field, value: object{{key: p.Handler, value: object{{key: "port", value: port, comment: comment}}}}}}))
	}
	if n, err := strconv.ParseUint(p.Port, 10, 16); err == nil && n > 0 {
		return ask(n, "without quotes")
	}
	if n, ok := c.PortNumber(p.Port, true); ok {
		return ask(n, "port "+p.Port)
	}
	for i := range w.Containers {
		if n, ok := w.Containers[i].PortNumber(p.Port, true); ok && p.PortIsName {
			return ask(n, fmt.Sprintf("port %s of container %s: the containers of a pod share their address", p.Port, w.Containers[i].Name))
		}
	}
	name, number := servedPort(s, w, c)
	switch {
	case number == 0 && (p.Handler == "grpc" || !p.PortIsName):
		return ask(startPort, "the port that the process listens on")
	case number == 0:
		return namedPorts(w, c, p.Port, startPort)
	case p.Handler == "grpc":
		return ask(number, "")
	case name != "":
		return ask(name, "")
	case p.PortIsName:
		return namedPorts(w, c, p.Port, number)
	}
	return ask(number, "")
}

// startPort is the port that a remediation starts from where nothing tells it.
const startPort = 8080

// namedPorts lists the container's ports, with the name for the one of that number.
func namedPorts(w *scorecard.Workload, c *scorecard.Container, name string, number int32) string {
	listed := slices.Clone(c.Ports)
	comment := ""
	i := slices.IndexFunc(listed, func(p scorecard.Port) bool { return p.Number == number })
	if i < 0 {
		listed, i = append(listed, scorecard.Port{Number: number}), len(listed)
		comment = "the port that the process listens on"
	}
	listed[i].Name = name
	var ports []object
	for j, p := range listed {
		var port object
		if p.Name != "" {
			port = append(port, field{key: "name", value: p.Name})
		}
		one := field{key: "containerPort", value: p.Number}
		if j == i {
			one.comment = comment
		}
		port = append(port, one)
		if p.Protocol != "" {
			port = append(port, field{key: "protocol", value: p.Protocol})
		}
		ports = append(ports, port)
	}
	return fenced(in(c.Location)+"let container `"+c.Name+"` declare the port that its probe names:", "yaml",
		containerPatch(w, c, object{{key: "ports", value: ports}}))
}
