package checks

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var resourceDocs = scorecard.Reference{
	Title: "Kubernetes: Resource Management for Pods and Containers",
	URL:   "https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/",
}

var requestsSet = scorecard.Check{
	ID:      "requests-set",
	Pillar:  scorecard.Capacity,
	Title:   "Every container requests the cpu and memory it needs",
	Applies: "containers and native sidecars of all workloads; not init containers",
	Passes:  "a cpu and a memory request above 0 (of memory not in thousandths of a byte, as `128m` is), of its own, from its limit (which a missing request defaults to), or of the pod",
	Why: "The scheduler places pods by their requests alone. A container without them lands on a full node, starves its neighbours, " +
		"and is the first to be evicted when memory runs short.",
	Fix: "Set `resources.requests.cpu` and `resources.requests.memory` to what the container uses under normal load.",
	References: []scorecard.Reference{resourceDocs,
		{Title: "Kubernetes: Pod Quality of Service Classes", URL: "https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/"}},
	Level: scorecard.Bronze, Weight: scorecard.High, Effort: scorecard.Hour,
	Reads: []scorecard.Family{scorecard.Kubernetes},
	Rule: containers(words{"container", "requests cpu and memory", "no Kubernetes container was seen"},
		func(s *survey, w *scorecard.Workload, c *scorecard.Container) {
			if c.Role == scorecard.InitContainer {
				return
			}
			at := fieldOf(c, "resources", c.Resources.FirstLine, c.Resources.FirstLine)
			if unreadable(c, "resources") {
				s.Undecided(at, "%s has resources that could not be read", called(w, c))
				return
			}
			var lacks, has []string
			mistaken := ""
			for _, name := range []string{"cpu", "memory"} {
				how, q := requestOf(w, c, name)
				if name == "memory" && q.Value > 0 && q.Value < leastMemory && strings.HasSuffix(q.Text, "m") {
					lacks, mistaken = append(lacks, name), fmt.Sprintf(" but %s", unlikely(q))
					continue
				}
				if how != "" {
					has = append(has, how)
					continue
				}
				lacks = append(lacks, name)
			}
			if len(lacks) == 0 {
				s.Pass(at, "%s requests %s", called(w, c), strings.Join(has, " and "))
				return
			}
			s.Fail(at, func() string { return requestsRemedy(w, c, lacks) }, "%s requests no %s%s", called(w, c), strings.Join(lacks, " and no "), mistaken)
		}),
}

// leastMemory is a number of bytes below which no container starts: who writes less
// mistook the unit.
const leastMemory = 1 << 20

// unlikely says what an amount of memory below leastMemory comes to, and what was meant.
func unlikely(q scorecard.Quantity) string {
	text := fmt.Sprintf("%s of memory, which is %g bytes", q.Text, q.Value)
	if meant := meantMemory(q); meant != "" {
		text += ": " + meant + " may be meant"
	}
	return text
}

// meantMemory is the number of an amount below leastMemory in the unit that is nearest to
// what is written: "128Mi" for 128m and 128; empty where that is no sensible amount.
func meantMemory(q scorecard.Quantity) string {
	digits := strings.TrimRight(q.Text, "mkKi")
	if n, err := strconv.Atoi(digits); err != nil || n < 1 || q.Value >= leastMemory || n > 1<<16 {
		return ""
	}
	return digits + "Mi"
}

// requestOf says what a container requests of a resource and where from; empty
// when it requests none. An explicit 0 is not set, even beside a limit.
func requestOf(w *scorecard.Workload, c *scorecard.Container, name string) (how string, amount scorecard.Quantity) {
	if q, written := c.Resources.Requests[name]; written {
		if q.Value > 0 {
			return name + " " + q.Text, q
		}
	} else if q := c.Resources.Limits[name]; q.Value > 0 {
		return fmt.Sprintf("%s %s (from its limit)", name, q.Text), q
	}
	if q, written := w.PodResources.Requests[name]; written {
		if q.Value > 0 {
			return fmt.Sprintf("%s %s (of the pod)", name, q.Text), q
		}
	} else if q := w.PodResources.Limits[name]; q.Value > 0 {
		return fmt.Sprintf("%s %s (from the pod's limit)", name, q.Text), q
	}
	return "", amount
}

// The amounts that a remediation starts from where a container says nothing itself.
const (
	startCPU    = "100m"
	startMemory = "128Mi"
	measure     = "measure it: kubectl top pod --containers"
)

func requestsRemedy(w *scorecard.Workload, c *scorecard.Container, lacks []string) string {
	var requests object
	for _, name := range lacks {
		value := startCPU
		if name == "memory" {
			value = cmp.Or(meantMemory(c.Resources.Requests[name]), startMemory)
		}
		if limit := c.Resources.Limits[name]; limit.Value >= leastMemory || name == "cpu" && limit.Value > 0 {
			value = limit.Text
		} else if meant := meantMemory(limit); name == "memory" && meant != "" {
			value = meant
		}
		requests = append(requests, field{name, value, measure})
	}
	return fenced(in(c.Location)+"request what container `"+c.Name+"` needs:", "yaml",
		containerPatch(w, c, object{{key: "resources", value: object{{key: "requests", value: requests}}}}))
}

var memoryLimited = scorecard.Check{
	ID:      "memory-limited",
	Pillar:  scorecard.Capacity,
	Title:   "Every container has a memory limit",
	Applies: "containers and native sidecars of all workloads; not init containers; what Compose alone runs",
	Passes:  "a memory limit of 1 MiB or more (`128m` is a thousandth of 128 bytes, `512` is bytes), of its own or of the pod, that is not below the request",
	Why: "A container that leaks memory without a limit takes it from the whole node, until the kernel or the kubelet kills other people's pods. " +
		"A limit keeps the damage to the container that causes it.",
	Fix: "Set `resources.limits.memory`, best equal to the memory request.",
	References: []scorecard.Reference{resourceDocs,
		{Title: "Kubernetes: Node-pressure Eviction", URL: "https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/"}},
	Level: scorecard.Bronze, Weight: scorecard.High, Effort: scorecard.Hour,
	Reads: []scorecard.Family{scorecard.Kubernetes, scorecard.Runtime},
	Rule: containersOrRuns(words{"container", "has a memory limit", "no container was seen"},
		func(s *survey, w *scorecard.Workload, c *scorecard.Container) {
			if c.Role == scorecard.InitContainer {
				return
			}
			at := fieldOf(c, "resources", c.Resources.FirstLine, c.Resources.FirstLine)
			limit, of := c.Resources.Limits["memory"], ""
			if limit.Value <= 0 {
				limit, of = w.PodResources.Limits["memory"], " (of the pod)"
			}
			request := c.Resources.Requests["memory"]
			switch {
			case unreadable(c, "resources"):
				s.Undecided(at, "%s has resources that could not be read", called(w, c))
			case limit.Value <= 0:
				s.Fail(at, func() string { return limitRemedy(w, c) }, "%s has no memory limit", called(w, c))
			case limit.Value < leastMemory:
				s.Fail(at, func() string { return limitRemedy(w, c) }, "%s has a limit%s of %s", called(w, c), of, unlikely(limit))
			case limit.Value < request.Value:
				s.Fail(at, func() string { return limitRemedy(w, c) }, "%s has a memory limit of %s%s below its request of %s", called(w, c), limit.Text, of, request.Text)
			default:
				s.Pass(at, "%s has a memory limit of %s%s", called(w, c), limit.Text, of)
			}
		}, judgeRunMemory),
}

func limitRemedy(w *scorecard.Workload, c *scorecard.Container) string {
	limit := field{"memory", cmp.Or(meantMemory(c.Resources.Limits["memory"]), startMemory), measure}
	if request := c.Resources.Requests["memory"]; request.Value >= leastMemory {
		limit = field{"memory", request.Text, "the request"}
	}
	return fenced(in(c.Location)+"bound the memory of container `"+c.Name+"`:", "yaml",
		containerPatch(w, c, object{{key: "resources", value: object{{key: "limits", value: object{limit}}}}}))
}
