package checks

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var metricsScraped = scorecard.Check{
	ID:      "metrics-scraped",
	Pillar:  scorecard.Observability,
	Title:   "The metrics of every long-running workload are collected",
	Applies: "long-running workloads; not Jobs and CronJobs, nor a store that a service brings along as it comes (the redis beside the cart)",
	Passes: "a ServiceMonitor, PodMonitor or their like, also one that values ask a chart from elsewhere to make (additionalServiceMonitors), reaches the pods on a port that exists; or a job of Prometheus' configuration names the Service; or the pods or their Service are annotated for Prometheus, " +
		"Datadog or OpenTelemetry; or the environment of a container says where it pushes its metrics; or every program depends directly on a library that sends them itself (Micrometer's registries of Stackdriver, Datadog, CloudWatch, an exporter of OTLP for metrics). A probe from outside (blackbox) and tracing alone are none",
	Why: "Without metrics nobody can tell how many requests fail, how slow they are, or how full the service is: alerts and objectives have nothing to look at. " +
		"A monitor whose port does not exist scrapes nothing, and says so nowhere.",
	Fix: "Add a ServiceMonitor that selects the Service by its labels and names one of its ports (a PodMonitor where there is no Service), or push metrics with OpenTelemetry.",
	References: []scorecard.Reference{
		{Title: "Site Reliability Engineering: Monitoring Distributed Systems", URL: "https://sre.google/sre-book/monitoring-distributed-systems/"},
		{Title: "Prometheus Operator: API reference", URL: "https://prometheus-operator.dev/docs/api-reference/api/"},
		{Title: "OpenTelemetry: Environment Variable Specification", URL: "https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/"},
	},
	Level: scorecard.Silver, Weight: scorecard.High, Effort: scorecard.Hour,
	Reads: []scorecard.Family{scorecard.Kubernetes, scorecard.Runtime, scorecard.Dependencies},
	Rule: rule(words{"long-running workload", "has its metrics collected", "no long-running workload was seen"},
		func(s *survey) {
			c := &collection{survey: s}
			own := slices.ContainsFunc(s.Workloads, func(w scorecard.Workload) bool { return w.LongRunning() && !keepsForOthers(&w) })
			for i := range s.Workloads {
				if w := &s.Workloads[i]; w.LongRunning() && !(own && keepsForOthers(w)) {
					c.judge(w)
				}
			}
			eachRun(s, judgeRunMetrics)
		}),
}

// stores are the images of stores, brokers and scanners that charts bring along as they
// come, besides databases.
var stores = []string{"redis", "valkey", "memcached", "dynamodb-local", "aws-dynamodb-local", "localstack", "rabbitmq", "minio", "mongo", "mongodb", "clamav", "mailhog", "mailpit", "opensearch", "elasticsearch"}

// keepsForOthers reports whether the workload is a store that a service brings along.
func keepsForOthers(w *scorecard.Workload) bool {
	main := w.MainContainer()
	if main == nil {
		return false
	}
	base := scorecard.ParseImage(main.Image).Base()
	return slices.Contains(stores, base) || base != "server" && slices.Contains(databases, base)
}

// collection looks for the ways in which metrics of workloads are collected.
type collection struct {
	*survey
	// open are monitors that would reach workloads if a release's namespace were another
	// one; nil until it is asked for.
	open map[*scorecard.Workload]*scorecard.Monitor
}

// way is how a workload's metrics are collected, or what was seen instead.
type way struct {
	outcome scorecard.Outcome // empty: nothing was seen
	at      scorecard.Location
	message string
	// note is a weakness of a way that counts.
	note string
	// watch is the monitor that names no port which exists, of a way that is wrong.
	watch scorecard.Watch
}

// judge takes the first way that counts, else the first that files leave open, else
// what is wrong.
func (c *collection) judge(w *scorecard.Workload) {
	var open, wrong way
	for _, look := range []func(*scorecard.Workload) way{c.monitored, c.configured, c.annotated, c.instrumented, c.pushed, c.sent, c.openly} {
		switch found := look(w); {
		case found.outcome == scorecard.Pass:
			if found.note != "" {
				c.Note("%s", found.note)
			}
			c.Pass(found.at, "%s", found.message)
			return
		case found.outcome == scorecard.Unknown && open.outcome == "":
			open = found
		case found.outcome == scorecard.Fail && wrong.outcome == "":
			wrong = found
		}
	}
	switch {
	case open.outcome != "":
		c.Undecided(open.at, "%s", open.message)
	case wrong.watch.Monitor != nil:
		c.Fail(wrong.at, func() string { return portRemedy(c.survey, w, wrong.watch) }, "%s", wrong.message)
	case wrong.outcome != "":
		c.Lack(wrong.at, func() string { return monitorRemedy(c.survey, w) }, "%s", wrong.message)
	default:
		c.Lack(w.Location, func() string { return monitorRemedy(c.survey, w) }, "nothing collects metrics of %s", w.Object)
	}
}

// monitored looks for a monitor that reaches the pods on a port that exists.
func (c *collection) monitored(w *scorecard.Workload) (out way) {
	for _, watch := range c.WatchesOf(w) {
		m := watch.Monitor
		found := way{outcome: scorecard.Fail, at: m.Location, watch: watch,
			message: fmt.Sprintf("%s selects %s and names no port", m.Location.Object, reached(w, watch))}
		for _, p := range m.Ports {
			at := m.Location.At("", p.FirstLine, p.FirstLine)
			switch portReached(w, watch, p) {
			case scorecard.Pass:
				return way{outcome: scorecard.Pass, at: at, message: fmt.Sprintf("%s scrapes %s%s", m.Location.Object, w.Object, onPort(p))}
			case scorecard.Unknown:
				found = way{outcome: scorecard.Unknown, at: at, message: fmt.Sprintf("%s selects %s, but the ports of its containers could not be read", m.Location.Object, w.Object)}
			default:
				if found.outcome == scorecard.Fail {
					found.at, found.message = at, fmt.Sprintf("%s selects %s, %s", m.Location.Object, reached(w, watch), missingPort(w, watch, p))
				}
			}
		}
		if out.outcome == "" || out.outcome == scorecard.Fail && found.outcome == scorecard.Unknown {
			out = found
		}
	}
	return out
}

// reached names what the monitor selects: the Service, or the workload itself.
func reached(w *scorecard.Workload, watch scorecard.Watch) scorecard.ObjectRef {
	if watch.Service != nil {
		return watch.Service.Location.Object
	}
	return w.Object
}

// missingPort says why the monitor's endpoint leads nowhere.
func missingPort(w *scorecard.Workload, watch scorecard.Watch, p scorecard.MonitorPort) string {
	if k := watch.Service; k != nil && p.Port != "" {
		for _, sp := range k.Ports {
			if sp.Name == p.Port {
				return fmt.Sprintf("whose port %s leads to a port %s that no container of %s declares", sp.Name, sp.Target, w.Object)
			}
		}
	} else if k != nil && p.Target != "" {
		return fmt.Sprintf("but no container of %s declares port %s", w.Object, p.Target)
	}
	return "which has no port " + portName(p)
}

func portName(p scorecard.MonitorPort) string {
	if p.Port != "" {
		return p.Port
	}
	return p.Target
}

func onPort(p scorecard.MonitorPort) string {
	if name := portName(p); name != "" {
		return " on port " + name
	}
	return ""
}

// portReached says whether the monitor's endpoint leads to a port of the workload.
func portReached(w *scorecard.Workload, watch scorecard.Watch, p scorecard.MonitorPort) scorecard.Outcome {
	k := watch.Service
	switch {
	case p.Port != "" && k != nil:
		i := slices.IndexFunc(k.Ports, func(sp scorecard.ServicePort) bool { return sp.Name == p.Port })
		if i < 0 {
			return scorecard.Fail
		}
		return servedBy(w, k.Ports[i])
	case p.Port != "":
		if _, ok := wholePort(p.Port); ok && googleMonitor(watch.Monitor) {
			return scorecard.Pass // a number is taken as it is
		}
		return declares(w, p.Port, true)
	case p.Target != "":
		// The operator keeps the ports that containers declare, of numbers too.
		return declares(w, p.Target, p.TargetIsName)
	case k != nil && len(k.Ports) == 0:
		return scorecard.Fail
	}
	return scorecard.Pass // neither: every port
}

// googleMonitor reports whether the monitor is one of Google's managed Prometheus.
func googleMonitor(m *scorecard.Monitor) bool {
	return m.Location.Object.Group() == "monitoring.googleapis.com"
}

// servedBy says whether a Service's port leads to the workload's pods: a number does,
// declared or not, a name where a container declares it.
func servedBy(w *scorecard.Workload, p scorecard.ServicePort) scorecard.Outcome {
	if !p.TargetIsName {
		return scorecard.Pass
	}
	return declares(w, p.Target, true)
}

// declares says whether a container of the workload declares the port.
func declares(w *scorecard.Workload, port string, isName bool) scorecard.Outcome {
	outcome := scorecard.Fail
	for i := range w.Containers {
		c := &w.Containers[i]
		for _, p := range c.Ports {
			if isName && p.Name == port || !isName && strconv.Itoa(int(p.Number)) == port {
				return scorecard.Pass
			}
		}
		if unreadable(c, "ports") {
			outcome = scorecard.Unknown
		}
	}
	return outcome
}

func wholePort(text string) (int32, bool) {
	n, err := strconv.ParseInt(text, 10, 32)
	return int32(n), err == nil && n > 0
}

// configured looks for a job of Prometheus' own configuration that names the Service. A
// job that finds what it scrapes by itself, or by labels that may be the workload's,
// leaves it open.
func (c *collection) configured(w *scorecard.Workload) (out way) {
	services := c.ServicesOf(w)
	for i := range c.Scrapes {
		job := &c.Scrapes[i]
		if job.Compose {
			continue
		}
		for _, host := range job.Targets {
			for _, k := range services {
				switch namesService(job, host, w, k) {
				case scorecard.Pass:
					return way{outcome: scorecard.Pass, at: job.Location, message: fmt.Sprintf("%s names %s", jobName(job), k.Location.Object)}
				case scorecard.Unknown:
					out = way{outcome: scorecard.Unknown, at: job.Location, message: fmt.Sprintf("%s scrapes %s, and whether that is %s hangs on the namespace", jobName(job), host, k.Location.Object)}
				}
			}
			if name, _, _ := strings.Cut(host, "."); out.outcome == "" && (name == w.Object.Name || name == w.Application()) {
				out = way{outcome: scorecard.Unknown, at: job.Location, message: fmt.Sprintf("%s scrapes %s, which is no Service of %s and may be its label", jobName(job), host, w.Object)}
			}
		}
		if job.Discovered && out.outcome == "" {
			out = way{outcome: scorecard.Unknown, at: job.Location, message: fmt.Sprintf("%s finds what it scrapes by itself, and whether it keeps %s is not known", jobName(job), w.Object)}
		}
	}
	return out
}

func jobName(job *scorecard.Scrape) string {
	if job.Job == "" {
		return "a job of Prometheus"
	}
	return "the Prometheus job " + job.Job
}

// namesService says whether a static target is the Service, or one of a StatefulSet's
// pods behind it. The name alone is that of a Service in Prometheus' own namespace, which
// only a job in an object has, or of one that the job finds in any.
func namesService(job *scorecard.Scrape, host string, w *scorecard.Workload, k *scorecard.KubeService) scorecard.Outcome {
	parts := strings.Split(strings.TrimSuffix(strings.ToLower(host), "."), ".")
	if pod, rest, ok := strings.Cut(host, "."); ok && w.Object.Kind == "StatefulSet" {
		if ordinal, mine := strings.CutPrefix(pod, w.Object.Name+"-"); mine {
			if _, err := strconv.ParseUint(ordinal, 10, 32); err == nil {
				parts = strings.Split(rest, ".")
			}
		}
	}
	o := k.Location.Object
	if parts[0] != o.Name || len(parts) > 2 && parts[2] != "svc" {
		return scorecard.Fail
	}
	if len(parts) == 1 {
		if own := job.Location.Object; own.Kind != "" && own.PairingNamespace() != o.PairingNamespace() {
			return scorecard.Unknown
		}
		return scorecard.Pass
	}
	switch {
	case parts[1] == o.Namespace, parts[1] == "default" && o.PairingNamespace() == "":
		return scorecard.Pass
	case o.Namespace == "", scorecard.IsReleaseNamespace(o.Namespace):
		return scorecard.Unknown
	}
	return scorecard.Fail
}

// openly looks for a monitor that would reach the pods if a release's namespace, which
// files do not tell, were the same as the other's.
func (c *collection) openly(w *scorecard.Workload) way {
	if c.open == nil {
		c.open = openMonitors(c.View)
	}
	m := c.open[w]
	if m == nil {
		return way{}
	}
	return way{outcome: scorecard.Unknown, at: m.Location,
		message: fmt.Sprintf("%s has the labels of %s, but which namespace the release goes to is not known", m.Location.Object, w.Object)}
}

func openMonitors(v *scorecard.View) map[*scorecard.Workload]*scorecard.Monitor {
	found := map[*scorecard.Workload]*scorecard.Monitor{}
	if len(v.Monitors) == 0 {
		return found
	}
	pods := scorecard.NewPodIndex(v.Workloads)
	services := scorecard.NewIndex(v.Services, func(k *scorecard.KubeService) (string, map[string]string) { return "", k.Labels })
	behind := map[*scorecard.KubeService][]*scorecard.Workload{}
	for i := range v.Workloads {
		for _, k := range v.ServicesOf(&v.Workloads[i]) {
			behind[k] = append(behind[k], &v.Workloads[i])
		}
	}
	for i := range v.Monitors {
		m := &v.Monitors[i]
		note := func(o scorecard.ObjectRef, ws ...*scorecard.Workload) {
			for _, w := range ws {
				if before := found[w]; looksOpenly(m, o) && (before == nil || m.Location.Compare(before.Location) < 0) {
					found[w] = m
				}
			}
		}
		if m.Pods {
			for _, w := range pods.SelectEverywhere(m.Selector) {
				note(w.Object, w)
			}
			continue
		}
		for _, k := range services.SelectEverywhere(m.Selector) {
			note(k.Location.Object, behind[k]...)
		}
	}
	return found
}

// looksOpenly reports whether files leave it open that the monitor looks in the
// object's namespace.
func looksOpenly(m *scorecard.Monitor, o scorecard.ObjectRef) bool {
	if m.AnyNamespace || len(m.Namespaces) == 0 {
		return !m.AnyNamespace && openTogether(m.Location.Object, o)
	}
	return scorecard.IsReleaseNamespace(o.Namespace) && !slices.Contains(m.Namespaces, o.Namespace)
}
