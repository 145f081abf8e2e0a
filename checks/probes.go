package checks

import (
	"slices"
	"strconv"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var (
	probeDocs = scorecard.Reference{
		Title: "Kubernetes: Configure Liveness, Readiness and Startup Probes",
		URL:   "https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/",
	}
	lifecycleDocs = scorecard.Reference{
		Title: "Kubernetes: Pod Lifecycle, container probes",
		URL:   "https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#container-probes",
	}
)

var readinessProbe = scorecard.Check{
	ID:      "readiness-probe",
	Pillar:  scorecard.Health,
	Title:   "Every container that takes requests has a readiness probe",
	Applies: "containers of long-running workloads whose port a Service targets, or that declare a port in a workload that a Service selects; well-known proxies only when the Service targets their port; what Compose alone runs and gives a port",
	Passes:  "the container has a `readinessProbe` with a handler; Knative's own default probe counts, as weaker; of Compose a `healthcheck`",
	Why: "A pod without a readiness probe is sent traffic as soon as its process starts, and keeps receiving it while it can't answer. " +
		"Every rollout and every restart then turns into errors for users.",
	Fix:        "Add a `readinessProbe` that asks the container, on the port that it serves, whether it can take requests now.",
	References: []scorecard.Reference{lifecycleDocs, probeDocs},
	Level:      scorecard.Bronze, Weight: scorecard.Critical, Effort: scorecard.Minutes,
	Reads: []scorecard.Family{scorecard.Kubernetes, scorecard.Runtime},
	Rule: rule(words{"container", "has a readiness probe", "no Service selects a container that takes requests, so nothing waits for readiness"},
		func(s *survey) {
			for i := range s.Workloads {
				w := &s.Workloads[i]
				for _, c := range receivers(s, w) {
					judgeReadiness(s, w, c)
				}
			}
			eachRun(s, judgeServedHealth)
		}),
}

func judgeReadiness(s *survey, w *scorecard.Workload, c *scorecard.Container) {
	p := c.Readiness
	switch {
	case unreadable(c, "readinessProbe"):
		s.Undecided(fieldOf(c, "readinessProbe", 0, 0), "%s has a readinessProbe that could not be read", called(w, c))
	case selfServing(w) && (p == nil || p.Handler == ""):
		s.Pass(c.Location, "%s has the default readiness probe of %s", called(w, c), w.Object.Kind)
		s.Note("the platform's default probe only tells that the port is open")
	case p == nil:
		s.Fail(c.Location, func() string { return readinessRemedy(s, w, c) }, "%s has no readinessProbe", called(w, c))
	case p.Handler == "":
		s.Fail(fieldOf(c, "readinessProbe", p.FirstLine, p.LastLine), func() string { return readinessRemedy(s, w, c) }, "%s has a readinessProbe without a handler", called(w, c))
	default:
		s.Pass(fieldOf(c, "readinessProbe", p.FirstLine, p.LastLine), "%s has readinessProbe %s", called(w, c), describeProbe(p))
	}
}

// selfServing reports whether the platform itself routes requests to the workload
// and gives it a readiness probe: Knative and KServe.
func selfServing(w *scorecard.Workload) bool {
	g, k := w.Object.Group(), w.Object.Kind
	return g == "serving.knative.dev" && k == "Service" || g == "serving.kserve.io" && k == "InferenceService"
}

// receivers are the workload's containers that requests reach.
func receivers(s *survey, w *scorecard.Workload) []*scorecard.Container {
	services := s.ServicesOf(w)
	if !w.LongRunning() || len(services) == 0 && !selfServing(w) {
		return nil
	}
	var found, mute []*scorecard.Container
	for i := range w.Containers {
		c := &w.Containers[i]
		if c.Role == scorecard.InitContainer || injected(w, c) {
			continue
		}
		targeted := slices.ContainsFunc(services, func(k *scorecard.KubeService) bool { return k.Targets(c) })
		switch {
		case targeted, !c.Proxy() && (len(c.Ports) > 0 || unreadable(c, "ports")):
			found = append(found, c)
		case !c.Proxy() && c.Role == scorecard.AppContainer:
			mute = append(mute, c)
		}
	}
	if len(found) > 0 && !slices.ContainsFunc(services, func(k *scorecard.KubeService) bool { return targetsUndeclared(k, w) }) {
		return found
	}
	// A port need not be declared to be served: requests reach a container that
	// declares none. Of several such, the first is the workload's main one.
	return append(found, mute[:min(len(mute), 1)]...)
}

// targetsUndeclared reports whether the Service sends to a port number that no
// container of the workload declares.
func targetsUndeclared(k *scorecard.KubeService, w *scorecard.Workload) bool {
	return slices.ContainsFunc(k.Ports, func(p scorecard.ServicePort) bool {
		n, err := strconv.ParseInt(p.Target, 10, 32)
		return err == nil && !p.TargetIsName && !slices.ContainsFunc(w.Containers, func(c scorecard.Container) bool {
			return slices.ContainsFunc(c.Ports, func(cp scorecard.Port) bool { return int64(cp.Number) == n })
		})
	})
}

var livenessProbe = scorecard.Check{
	ID:      "liveness-probe",
	Pillar:  scorecard.Health,
	Title:   "Every long-running container has a liveness probe",
	Applies: "containers and native sidecars of long-running workloads; not init containers, Jobs and CronJobs; what Compose alone runs",
	Passes:  "the container has a `livenessProbe` with a handler; of Compose a `healthcheck`, there or in the Dockerfile",
	Why: "A process that hangs without exiting stays in place until a person restarts it, since Kubernetes restarts only what it can tell is dead. " +
		"A liveness probe turns that outage into a restart.",
	Fix:        "Add a `livenessProbe` that asks only whether the process itself still works, never whether its dependencies do, with a failure threshold longer than the readiness probe's.",
	References: []scorecard.Reference{lifecycleDocs, probeDocs},
	Level:      scorecard.Bronze, Weight: scorecard.High, Effort: scorecard.Minutes,
	Reads: []scorecard.Family{scorecard.Kubernetes, scorecard.Runtime},
	Rule: containersOrRuns(words{"container", "has a liveness probe", "no long-running container was seen"},
		func(s *survey, w *scorecard.Workload, c *scorecard.Container) {
			if !w.LongRunning() || c.Role == scorecard.InitContainer {
				return
			}
			p := c.Liveness
			switch {
			case unreadable(c, "livenessProbe"):
				s.Undecided(fieldOf(c, "livenessProbe", 0, 0), "%s has a livenessProbe that could not be read", called(w, c))
			case p == nil:
				s.Fail(c.Location, func() string { return livenessRemedy(s, w, c) }, "%s has no livenessProbe", called(w, c))
			case p.Handler == "":
				s.Fail(fieldOf(c, "livenessProbe", p.FirstLine, p.LastLine), func() string { return livenessRemedy(s, w, c) }, "%s has a livenessProbe without a handler", called(w, c))
			default:
				s.Pass(fieldOf(c, "livenessProbe", p.FirstLine, p.LastLine), "%s has livenessProbe %s", called(w, c), describeProbe(p))
			}
		}, judgeHealth),
}

var probesDistinct = scorecard.Check{
	ID:      "probes-distinct",
	Pillar:  scorecard.Health,
	Title:   "Liveness does not restart a container for what readiness should only hold back",
	Applies: "containers with both a liveness and a readiness probe, other than well-known proxies",
	Passes:  "the two probes differ in what they ask (handler, port, path, host, scheme, header, gRPC service or command), or liveness tolerates strictly longer failure (`periodSeconds * failureThreshold`)",
	Why: "When both probes ask the same thing with the same patience, a slow dependency or a load spike restarts every replica at the moment when it should only be taken out of rotation. " +
		"The restarts then turn a slowdown into an outage.",
	Fix:        "Point liveness at an endpoint that depends on nothing else, or give it a failure threshold that is clearly longer than readiness's.",
	References: []scorecard.Reference{probeDocs, lifecycleDocs},
	Level:      scorecard.Silver, Weight: scorecard.Medium, Effort: scorecard.Minutes,
	Reads: []scorecard.Family{scorecard.Kubernetes},
	Rule: containers(words{"container", "tells liveness from readiness", "no container has both a liveness and a readiness probe"},
		func(s *survey, w *scorecard.Workload, c *scorecard.Container) {
			if c.Role == scorecard.InitContainer || c.Proxy() || !w.LongRunning() {
				return
			}
			livenessOpen, readinessOpen := unreadable(c, "livenessProbe"), unreadable(c, "readinessProbe")
			live, ready := c.Liveness, c.Readiness
			if !(livenessOpen || asks(live)) || !(readinessOpen || asks(ready)) {
				return
			}
			if livenessOpen || readinessOpen {
				s.Undecided(c.Location, "%s has a probe that could not be read", called(w, c))
				return
			}
			judgeDistinct(s, w, c)
		}),
}

// asks reports whether the probe exists and has something to ask.
func asks(p *scorecard.Probe) bool { return p != nil && p.Handler != "" }

func judgeDistinct(s *survey, w *scorecard.Workload, c *scorecard.Container) {
	at := fieldOf(c, "livenessProbe", c.Liveness.FirstLine, c.Liveness.LastLine)
	liveFor, readyFor := tolerance(c.Liveness), tolerance(c.Readiness)
	switch difference := probeDifference(c); {
	case difference != "":
		s.Pass(at, "the probes of %s differ in %s", called(w, c), difference)
	case liveFor > readyFor:
		s.Pass(at, "liveness of %s tolerates %d s of failure, readiness %d s", called(w, c), liveFor, readyFor)
	default:
		s.Fail(at, func() string { return distinctRemedy(w, c) }, "liveness and readiness of %s ask the same (%s), and liveness gives up after %d s, no later than readiness (%d s)",
			called(w, c), describeProbe(c.Liveness), liveFor, readyFor)
	}
}
