package checks

import (
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var unprivileged = scorecard.Check{
	ID:      "unprivileged",
	Pillar:  scorecard.Security,
	Title:   "No container runs as root or with the rights of its node",
	Applies: "all containers: init containers, native sidecars, Jobs and CronJobs too",
	Passes: "`runAsNonRoot: true` or a `runAsUser` other than 0 (the container's own, else the pod's; on Windows `runAsNonRoot` alone), not `privileged`, " +
		"no `hostNetwork`, `hostPID` or `hostIPC`, `allowPrivilegeEscalation` not `true` (unset passes, as weaker), none of the capabilities `ALL`, `SYS_ADMIN` and `SYS_MODULE` added, no `procMount: Unmasked`, no `hostProcess`, " +
		"and no `hostPath` mount of the container runtime's socket, nor a writable one of what rules the node (`/`, `/etc`, `/proc`, `/var/lib/kubelet`). Other added capabilities and other `hostPath` mounts pass, and are said",
	Why: "A process that breaks out of its container has on the node the rights that it had inside. " +
		"As root, privileged, or in the node's own namespaces, that is the node with every pod and secret on it; as an ordinary user it is little.",
	Fix: "Set `securityContext` with `runAsNonRoot: true` and `allowPrivilegeEscalation: false` on each container, and build images that run as a user other than root.",
	References: []scorecard.Reference{
		{Title: "Kubernetes: Pod Security Standards", URL: "https://kubernetes.io/docs/concepts/security/pod-security-standards/"},
		{Title: "Kubernetes: Configure a Security Context for a Pod or Container", URL: "https://kubernetes.io/docs/tasks/configure-pod-container/security-context/"},
	},
	Level: scorecard.Silver, Weight: scorecard.Medium, Effort: scorecard.Hour,
	Reads: []scorecard.Family{scorecard.Kubernetes},
	Rule:  containers(words{"container", "runs without privileges", "no Kubernetes container was seen"}, judgePrivileges),
}

func judgePrivileges(s *survey, w *scorecard.Workload, c *scorecard.Container) {
	ownOpen := unreadable(c, "securityContext")
	podOpen := !w.Readable(w.PodSpec()+".securityContext") && !decidesUser(w, c)
	faults := nodeRights(w, c)
	if !ownOpen && !podOpen {
		faults = append(faults, userFaults(w, c)...)
	}
	at := ownSecurity(c)
	switch {
	case len(faults) > 0:
		s.Fail(faults[0].at, func() string { return privilegesRemedy(w, c) }, "%s %s", called(w, c), listed(faults))
	case ownOpen:
		s.Undecided(at, "%s has a securityContext that could not be read", called(w, c))
	case unreadable(c, "volumeMounts"):
		s.Undecided(fieldOf(c, "volumeMounts", 0, 0), "%s has mounts that could not be read", called(w, c))
	case unknownMount(c) != nil:
		m := unknownMount(c)
		s.Undecided(mountAt(c, m), "%s mounts a hostPath (%s) that can't be known from files", called(w, c), m.Volume)
	case podOpen:
		s.Undecided(w.AtPod("securityContext"), "%s depends on the pod's securityContext, which could not be read", called(w, c))
	case !w.Readable(w.PodSpec() + ".hostNetwork"), !w.Readable(w.PodSpec() + ".hostPID"), !w.Readable(w.PodSpec() + ".hostIPC"):
		s.Undecided(w.Location, "%s is in a pod whose share in its node's namespaces could not be read", called(w, c))
	default:
		s.Pass(userWritten(w, c), "%s runs as %s, without privileges", called(w, c), userOf(w, c))
		if c.Security.AllowPrivilegeEscalation == nil && !w.Pod.Windows {
			s.Note("where allowPrivilegeEscalation is not set to false, a set-user-ID program can still make a process root")
		}
		noteWeaker(s, w, c)
	}
}

// privilege is one thing that a container should not have, and where it is given.
type privilege struct {
	at   scorecard.Location
	what string
}

// listed joins them to a sentence's end: "is privileged and runs as root".
func listed(ps []privilege) string {
	var whats []string
	for _, p := range ps {
		whats = append(whats, p.what)
	}
	last := len(whats) - 1
	if last == 0 {
		return whats[0]
	}
	return strings.Join(whats[:last], ", ") + " and " + whats[last]
}

// ownSecurity is where the container's securityContext stands, else the container.
func ownSecurity(c *scorecard.Container) scorecard.Location {
	if c.Security.FirstLine == 0 {
		return c.Location
	}
	return fieldOf(c, "securityContext", c.Security.FirstLine, c.Security.FirstLine)
}

// userWritten is where it is written as whom the container runs.
func userWritten(w *scorecard.Workload, c *scorecard.Container) scorecard.Location {
	if own, pod := c.Security, w.Pod.Security; own.RunAsUser == nil && own.RunAsNonRoot == nil && (pod.RunAsUser != nil || pod.RunAsNonRoot != nil) {
		return w.AtPod("securityContext")
	}
	return ownSecurity(c)
}

func isTrue(b *bool) bool { return b != nil && *b }

// runsAs is what holds for the container of the user that it runs as: what it says
// itself, else what its pod says. Windows has no numbers for users.
func runsAs(w *scorecard.Workload, c *scorecard.Container) (nonRoot *bool, user *int64) {
	nonRoot, user = c.Security.RunAsNonRoot, c.Security.RunAsUser
	if nonRoot == nil {
		nonRoot = w.Pod.Security.RunAsNonRoot
	}
	if user == nil {
		user = w.Pod.Security.RunAsUser
	}
	if w.Pod.Windows {
		user = nil
	}
	return nonRoot, user
}

// userFaults says why the container may run as root; nothing where it may not.
func userFaults(w *scorecard.Workload, c *scorecard.Container) []privilege {
	what := "may run as root (neither runAsNonRoot nor runAsUser is set)"
	switch nonRoot, user := runsAs(w, c); {
	case user != nil && *user == 0 && isTrue(nonRoot):
		what = "says runAsNonRoot beside runAsUser 0, so it can't start"
	case user != nil && *user == 0:
		what = "runs as root (runAsUser 0)"
	case user != nil, isTrue(nonRoot):
		return nil
	case w.Pod.Windows:
		what = "may run as an administrator (on Windows only runAsNonRoot tells, and it is not true)"
	case nonRoot != nil:
		what = "may run as root (runAsNonRoot is false)"
	}
	return []privilege{{userWritten(w, c), what}}
}

// userOf says as whom a container without faults runs.
func userOf(w *scorecard.Workload, c *scorecard.Container) string {
	if _, user := runsAs(w, c); user != nil {
		return fmt.Sprintf("user %d", *user)
	}
	return "a user other than root"
}

// decidesUser reports whether the container says itself as whom it runs, whatever its
// pod says.
func decidesUser(w *scorecard.Workload, c *scorecard.Container) bool {
	if w.Pod.Windows {
		return c.Security.RunAsNonRoot != nil
	}
	return c.Security.RunAsUser != nil
}
