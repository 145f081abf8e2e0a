package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// startTime is how many seconds a container is given to start, unless a rubric says otherwise.
const startTime = 30

var startupProtected = scorecard.Check{
	ID:      "startup-protected",
	Pillar:  scorecard.Health,
	Title:   "No liveness probe kills a container that is still starting",
	Applies: "containers and native sidecars of long-running workloads that have a liveness probe with a handler",
	Passes:  "the container has a `startupProbe` with a handler, or its liveness probe leaves 30 s or more before the first kill (`initialDelaySeconds + periodSeconds * failureThreshold`, which by default is 0 + 10 * 3)",
	Why: "A liveness probe runs from the container's start unless a startup probe holds it back. " +
		"On the day when a start is slower than usual (a cold cache, a throttled node, a long migration), the probe kills the container before it is up, over and over, and a restart becomes an outage.",
	Fix:        "Add a `startupProbe` that asks what liveness asks, with a failure threshold that covers the slowest start; liveness waits until it has passed.",
	References: []scorecard.Reference{probeDocs, lifecycleDocs},
	Level:      scorecard.Silver, Weight: scorecard.Medium, Effort: scorecard.Minutes,
	Reads: []scorecard.Family{scorecard.Kubernetes},
	Thresholds: []scorecard.Threshold{
		{Name: "startup-seconds", Text: "what a liveness probe must leave before the first kill where there is no startup probe", Value: startTime, Min: 1, Max: 3600},
	},
	Rule: containers(words{"container", "is given time to start", "no long-running container has a liveness probe, so none is killed while it starts"},
		func(s *survey, w *scorecard.Workload, c *scorecard.Container) {
			open := unreadable(c, "livenessProbe")
			if !w.LongRunning() || c.Role == scorecard.InitContainer || !open && !asks(c.Liveness) {
				return
			}
			judgeStartup(s, w, c, open)
		}),
}

// judgeStartup judges a container that has a liveness probe; open where that could
// not be read.
func judgeStartup(s *survey, w *scorecard.Workload, c *scorecard.Container, open bool) {
	enough := int64(s.Threshold("startup-seconds"))
	switch start, live := c.Startup, c.Liveness; {
	case asks(start):
		s.Pass(fieldOf(c, "startupProbe", start.FirstLine, start.LastLine), "%s has startupProbe %s", called(w, c), describeProbe(start))
		if left := patience(start); left < enough && !unreadable(c, "startupProbe") {
			s.Note("the startupProbe of %s itself kills after %d s", called(w, c), left)
		}
	case open:
		s.Undecided(fieldOf(c, "livenessProbe", 0, 0), "%s has a livenessProbe that could not be read", called(w, c))
	case patience(live) >= enough:
		s.Pass(fieldOf(c, "livenessProbe", live.FirstLine, live.LastLine), "the livenessProbe of %s leaves %d s before the first kill", called(w, c), patience(live))
	case unreadable(c, "startupProbe"):
		s.Undecided(fieldOf(c, "startupProbe", 0, 0), "%s has a startupProbe that could not be read", called(w, c))
	default:
		s.Fail(fieldOf(c, "livenessProbe", live.FirstLine, live.LastLine), func() string { return startupRemedy(w, c, enough) },
			"the livenessProbe of %s leaves %d s before the first kill, and there is no startupProbe", called(w, c), patience(live))
	}
}

// patience is how many seconds after its container's start a probe may act first.
func patience(p *scorecard.Probe) int64 { return int64(p.InitialDelaySeconds) + tolerance(p) }

func startupRemedy(w *scorecard.Workload, c *scorecard.Container, enough int64) string {
	const period = 10
	threshold := max(30, (enough+period-1)/period)
	probe := append(copiedHandler(c.Liveness), field{key: "periodSeconds", value: period},
		field{key: "failureThreshold", value: threshold, comment: fmt.Sprintf("%d s to start; liveness waits until this has passed", period*threshold)})
	return fenced(in(c.Location)+"give container `"+c.Name+"` time to start:", "yaml",
		containerPatch(w, c, object{{key: "startupProbe", value: probe}}))
}
