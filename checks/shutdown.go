package checks

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// defaultGrace is how many seconds a pod is given to stop where nothing is written,
// and how many are enough without a hook.
const defaultGrace = 30

// shutdownSleep is how many seconds a remediation lets a container wait before it stops:
// what load balancers and kube-proxy take to hear that the pod is going.
const shutdownSleep = 5

var gracefulShutdown = scorecard.Check{
	ID:      "graceful-shutdown",
	Pillar:  scorecard.Health,
	Title:   "Pods that are stopped finish the requests that they have",
	Applies: "long-running workloads whose pods a Service selects",
	Passes: "the container that serves has a `preStop` hook, or `terminationGracePeriodSeconds` is 30 or more (unset is 30); " +
		"and every `preStop` sleep is shorter than the grace period (one that can't be read passes)",
	Why: "A pod is taken out of its Services at the same time as it is told to stop, so requests reach it for some seconds more. " +
		"If it is killed before they are answered, each rollout, drain and scale-down costs users errors; a hook that sleeps through the whole grace period leaves the process none to finish in.",
	Fix: "Leave the grace period at 30 s or more, and let a `preStop` hook of the container that serves wait a few seconds before it is told to stop.",
	References: []scorecard.Reference{
		{Title: "Kubernetes: Pod Lifecycle, Termination of Pods", URL: "https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination"},
		{Title: "Kubernetes: Container Lifecycle Hooks", URL: "https://kubernetes.io/docs/concepts/containers/container-lifecycle-hooks/"},
	},
	Level: scorecard.Silver, Weight: scorecard.Medium, Effort: scorecard.Minutes,
	Reads: []scorecard.Family{scorecard.Kubernetes},
	Thresholds: []scorecard.Threshold{
		{Name: "grace-seconds", Text: "the grace period that is enough without a hook", Value: defaultGrace, Min: 1, Max: 3600},
	},
	Rule: workloads(words{"served workload", "lets its pods finish their requests", "no Service selects a long-running pod"},
		func(s *survey, w *scorecard.Workload) {
			if !w.LongRunning() || len(s.ServicesOf(w)) == 0 && !selfServing(w) {
				return
			}
			if c := unreadContainers(w); c != nil {
				s.Undecided(c.Location, "%s has containers that could not be read", w.Object)
			} else if served := servingContainers(s, w); len(served) > 0 {
				judgeShutdown(s, w, served)
			}
		}),
}

// servingContainers are the containers that requests reach through a Service: those whose port
// it targets, else those that may be meant.
func servingContainers(s *survey, w *scorecard.Workload) []*scorecard.Container {
	services, all := s.ServicesOf(w), receivers(s, w)
	targeted := slices.DeleteFunc(slices.Clone(all), func(c *scorecard.Container) bool {
		return !slices.ContainsFunc(services, func(k *scorecard.KubeService) bool {
			return k.Targets(c) || len(c.Ports) == 0 && targetsUndeclared(k, w)
		})
	})
	switch {
	case len(targeted) > 0:
		return targeted
	case len(all) > 0:
		return all
	}
	return stoppable(w)
}

// stoppable are the containers that run until the pod is stopped.
func stoppable(w *scorecard.Workload) []*scorecard.Container {
	var out []*scorecard.Container
	for i := range w.Containers {
		if c := &w.Containers[i]; c.Role != scorecard.InitContainer && !injected(w, c) {
			out = append(out, c)
		}
	}
	return out
}

func judgeShutdown(s *survey, w *scorecard.Workload, served []*scorecard.Container) {
	const field = "terminationGracePeriodSeconds"
	grace := gracePeriod(w)
	at, has := w.AtPod(field), fmt.Sprintf("%s gives its pods %d s to stop", w.Object, grace)
	switch {
	case w.Pod.GracePeriodSeconds != nil:
	case selfServing(w):
		at, has = w.Location, fmt.Sprintf("%s leaves the time that its pods have to stop to the platform", w.Object)
	default:
		at, has = w.Location, fmt.Sprintf("%s gives its pods the default of %d s to stop", w.Object, defaultGrace)
	}
	enough := int64(s.Threshold("grace-seconds"))
	remedy := func() string { return shutdownRemedy(w, served[0], grace, enough) }
	i := slices.IndexFunc(served, hooked)
	sleeper, sleep := longestSleep(w)
	switch {
	case !w.Readable(w.PodSpec() + "." + field):
		s.Undecided(at, "%s has a terminationGracePeriodSeconds that could not be read", w.Object)
	case grace == 0:
		s.Fail(at, remedy, "%s gives its pods no time to stop: at 0 s they are killed at once, and no preStop hook is run", w.Object)
	case sleeper != nil && sleep >= float64(grace):
		s.Fail(hookAt(sleeper), remedy, "%s sleeps %g s in its preStop hook, of the %d s that the pod has to stop", called(w, sleeper), sleep, grace)
	case slices.ContainsFunc(stoppable(w), unreadHook):
		s.Undecided(at, "%s has a container whose lifecycle could not be read", w.Object)
	case grace >= enough:
		s.Pass(at, "%s", has)
	case i >= 0:
		s.Pass(hookAt(served[i]), "%s has a preStop hook, of the %d s that the pod has to stop", called(w, served[i]), grace)
		for _, c := range served {
			if !hooked(c) {
				s.Note("%s serves too, and has no preStop hook", called(w, c))
			}
		}
	default:
		s.Fail(at, remedy, "%s, and %s", has, hookless(w, served[0]))
	}
}

// gracePeriod is how many seconds the pod is given to stop. The API server makes 1 of
// a negative number.
func gracePeriod(w *scorecard.Workload) int64 {
	grace := w.Pod.GracePeriodSeconds
	switch {
	case grace == nil:
		return defaultGrace
	case *grace < 0:
		return 1
	}
	return *grace
}

// hooked reports whether the container has a preStop hook that does something.
func hooked(c *scorecard.Container) bool { return c.PreStop != nil && c.PreStop.Handler != "" }

// unreadHook reports whether it can't be told if the container has a preStop hook.
func unreadHook(c *scorecard.Container) bool { return unreadable(c, "lifecycle") && !hooked(c) }

func hookAt(c *scorecard.Container) scorecard.Location {
	return fieldOf(c, "lifecycle.preStop", c.PreStop.FirstLine, c.PreStop.LastLine)
}

// longestSleep is the container whose preStop hook sleeps longest; nil when none is
// known to sleep.
func longestSleep(w *scorecard.Workload) (sleeper *scorecard.Container, seconds float64) {
	for _, c := range stoppable(w) {
		if h := c.PreStop; h != nil && h.SleepSeconds != nil && (sleeper == nil || *h.SleepSeconds > seconds) {
			sleeper, seconds = c, *h.SleepSeconds
		}
	}
	return sleeper, seconds
}

// hookless says that the container that serves has no hook, and which other one has.
func hookless(w *scorecard.Workload, served *scorecard.Container) string {
	for _, c := range stoppable(w) {
		if hooked(c) {
			return fmt.Sprintf("its preStop hook is in container %s, where container %s serves", c.Name, served.Name)
		}
	}
	return fmt.Sprintf("container %s has no preStop hook", served.Name)
}

// shutdownRemedy writes a hook that waits, where the grace period leaves the process
// time after it, else a grace period that is long enough for the hooks that are there.
func shutdownRemedy(w *scorecard.Workload, served *scorecard.Container, grace, enough int64) string {
	sleeper, sleep := longestSleep(w)
	if needed := int64(math.Ceil(min(sleep, math.MaxInt32))); sleeper != nil && needed >= grace {
		return fenced(in(w.Location)+"give the pods time to stop after their preStop hook:", "yaml", podPatch(w, object{
			{key: "terminationGracePeriodSeconds", value: needed + enough, comment: fmt.Sprintf("%g s of sleep, and %d s to finish", sleep, enough)}}))
	}
	if grace < 2*shutdownSleep || selfServing(w) {
		return fenced(in(w.Location)+"give the pods time to finish their requests:", "yaml", podPatch(w, object{
			{key: "terminationGracePeriodSeconds", value: enough, comment: "more than the longest request takes"}}))
	}
	return fenced(in(served.Location)+"let container `"+served.Name+"` serve on while its pod is taken out of the Service (or make terminationGracePeriodSeconds "+strconv.FormatInt(enough, 10)+" or more):", "yaml",
		containerPatch(w, served, object{{key: "lifecycle", value: object{{key: "preStop", value: object{
			{key: "sleep", value: object{{key: "seconds", value: shutdownSleep, comment: "as of Kubernetes 1.30; before, exec the command sleep"}}}}}}}}))
}
