package checks

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// nodeRights are what the container is given beyond its own walls.
func nodeRights(w *scorecard.Workload, c *scorecard.Container) []privilege {
	var found []privilege
	for _, r := range []struct {
		given bool
		privilege
	}{
		{isTrue(c.Security.Privileged), privilege{ownSecurity(c), "is privileged"}},
		{isTrue(c.Security.AllowPrivilegeEscalation), privilege{ownSecurity(c), "allows privilege escalation"}},
		{len(mightyCapabilities(c)) > 0, privilege{ownSecurity(c), "adds the capability " + strings.Join(mightyCapabilities(c), ", ")}},
		{c.Security.ProcMount == "Unmasked", privilege{ownSecurity(c), "has its /proc unmasked (procMount)"}},
		{hostProcess(w, c), privilege{hostProcessAt(w, c), "runs as a process of its Windows node (hostProcess)"}},
		{w.Pod.HostNetwork, privilege{w.AtPod("hostNetwork"), "shares the network of its node (hostNetwork)"}},
		{w.Pod.HostPID, privilege{w.AtPod("hostPID"), "shares the processes of its node (hostPID)"}},
		{w.Pod.HostIPC, privilege{w.AtPod("hostIPC"), "shares the memory of its node (hostIPC)"}},
	} {
		if r.given {
			found = append(found, r.privilege)
		}
	}
	for i := range c.HostMounts {
		if m := &c.HostMounts[i]; runtimeSocket(m.Path) {
			found = append(found, privilege{mountAt(c, m), fmt.Sprintf("commands the container runtime of its node (hostPath %s)", m.Path)})
		} else if rulesNode(m) {
			found = append(found, privilege{mountAt(c, m), fmt.Sprintf("can write %s of its node (hostPath)", m.Path)})
		}
	}
	return found
}

// noteWeaker says what a container has of its node that passes.
func noteWeaker(s *survey, w *scorecard.Workload, c *scorecard.Container) {
	for i := range c.HostMounts {
		m := &c.HostMounts[i]
		how := ""
		if m.ReadOnly {
			how = ", to read"
		}
		s.Note("%s shares %s of its node (hostPath%s)", called(w, c), m.Path, how)
	}
	if added := otherCapabilities(c); len(added) > 0 {
		s.Note("%s adds the capability %s", called(w, c), strings.Join(added, ", "))
	}
}

func mountAt(c *scorecard.Container, m *scorecard.HostMount) scorecard.Location {
	return fieldOf(c, "volumeMounts["+m.Volume+"]", m.FirstLine, m.FirstLine)
}

// unknownMount is a mount of the node of which files do not tell the path; nil where
// there is none.
func unknownMount(c *scorecard.Container) *scorecard.HostMount {
	i := slices.IndexFunc(c.HostMounts, func(m scorecard.HostMount) bool { return m.Path == "" })
	if i < 0 {
		return nil
	}
	return &c.HostMounts[i]
}

// hostProcess reports whether the container is a process of its node: what it says
// itself, else what its pod says.
func hostProcess(w *scorecard.Workload, c *scorecard.Container) bool {
	if own := c.Security.HostProcess; own != nil {
		return *own
	}
	return isTrue(w.Pod.Security.HostProcess)
}

func hostProcessAt(w *scorecard.Workload, c *scorecard.Container) scorecard.Location {
	if c.Security.HostProcess != nil {
		return ownSecurity(c)
	}
	return w.AtPod("securityContext")
}

// capability is a capability's name without the prefix that the kernel gives it.
func capability(written string) string { return strings.TrimPrefix(strings.ToUpper(written), "CAP_") }

// mighty reports whether a capability is as good as being root of the node.
func mighty(written string) bool {
	return slices.Contains([]string{"ALL", "SYS_ADMIN", "SYS_MODULE"}, capability(written))
}

// mightyCapabilities are those that the container adds and that rule the node.
func mightyCapabilities(c *scorecard.Container) (out []string) {
	for _, k := range c.Security.AddedCapabilities {
		if mighty(k) {
			out = append(out, capability(k))
		}
	}
	return out
}

// otherCapabilities are the other ones that it adds. Binding low ports is harmless, and
// the one that the strictest of Kubernetes' standards allows.
func otherCapabilities(c *scorecard.Container) (out []string) {
	for _, k := range c.Security.AddedCapabilities {
		if !mighty(k) && capability(k) != "NET_BIND_SERVICE" {
			out = append(out, capability(k))
		}
	}
	return out
}

// runtimeSockets are by which a runtime is told what to run, and the folders that hold
// nothing but them. Read-only mounts of a socket are no bar to writing to it.
var runtimeSockets = []string{"docker.sock", "containerd.sock", "crio.sock", "cri-dockerd.sock", "dockershim.sock", "podman.sock", "podman/podman.sock", "docker", "containerd", "crio", "k3s/containerd"}

func runtimeSocket(file string) bool {
	if strings.HasSuffix(file, `pipe\docker_engine`) || strings.HasSuffix(file, `pipe\containerd-containerd`) || strings.HasSuffix(file, "pipe/docker_engine") {
		return true
	}
	for _, folder := range []string{"/var/run/", "/run/"} {
		if rest, in := strings.CutPrefix(file, folder); in && (slices.Contains(runtimeSockets, rest) || strings.HasSuffix(rest, ".sock") && slices.Contains(runtimeSockets, path.Base(rest))) {
			return true
		}
	}
	return slices.Contains([]string{"/var/snap/microk8s/common/run/containerd.sock", "/var/run/dockershim.sock"}, file)
}

// rulingFolders are those of a node that decide what runs on it and with which rights,
// by themselves; rulingTrees with all that is in them.
var (
	rulingFolders = []string{"/", "/etc", "/var", "/var/lib", "/var/run", "/run", "/opt", "/opt/cni", "/var/lib/kubelet", "/home", "/usr", "/usr/local"}
	rulingTrees   = []string{"/proc", "/sys", "/boot", "/root", "/bin", "/sbin", "/lib", "/lib64", "/usr/bin", "/usr/sbin", "/usr/lib", "/usr/local/bin",
		"/etc/kubernetes", "/etc/cni", "/etc/systemd", "/etc/cron.d", "/etc/crontab", "/etc/ssh", "/etc/passwd", "/etc/shadow", "/etc/group", "/etc/sudoers", "/etc/sudoers.d", "/etc/pam.d",
		"/etc/docker", "/etc/containerd", "/etc/crio", "/etc/rancher", "/etc/ld.so.preload", "/opt/cni/bin", "/var/spool/cron",
		"/var/lib/kubelet/pods", "/var/lib/kubelet/pki", "/var/lib/kubelet/config.yaml", "/var/lib/docker", "/var/lib/containerd", "/var/lib/containers", "/var/lib/etcd", "/var/lib/rancher"}
)

// rulesNode reports whether who writes to the mount rules the node.
func rulesNode(m *scorecard.HostMount) bool {
	if m.ReadOnly || m.Path == "" {
		return false
	}
	if slices.Contains(rulingFolders, m.Path) || strings.Trim(strings.ToUpper(m.Path), `\/`) == "C:" {
		return true
	}
	return slices.ContainsFunc(rulingTrees, func(t string) bool { return m.Path == t || strings.HasPrefix(m.Path, t+"/") })
}

// ordinaryUser is the user that a remediation starts from.
const ordinaryUser = 10001

func privilegesRemedy(w *scorecard.Workload, c *scorecard.Container) string {
	fields := podRights(w, c)
	own := object{{key: "securityContext", value: ownRights(w, c)}}
	if mounts := readOnlyMounts(c); mounts != nil {
		own = append(own, field{key: "volumeMounts", value: mounts})
	}
	if volumes := ownVolumes(c); volumes != nil {
		fields = append(fields, field{key: "volumes", value: volumes})
	}
	return fenced(in(c.Location)+fmt.Sprintf("run container `%s` without privileges:", c.Name), "yaml", podPatch(w, append(fields, inContainer(w, c, own)...)))
}

// podRights is what to write in the pod's spec for rights that it gives.
func podRights(w *scorecard.Workload, c *scorecard.Container) (pod object) {
	for _, f := range []struct {
		wrong bool
		key   string
	}{{w.Pod.HostNetwork, "hostNetwork"}, {w.Pod.HostPID, "hostPID"}, {w.Pod.HostIPC, "hostIPC"}} {
		if f.wrong {
			pod = append(pod, field{key: f.key, value: false})
		}
	}
	if isTrue(w.Pod.Security.HostProcess) {
		pod = append(pod, field{key: "securityContext", value: object{{key: "windowsOptions", value: object{{key: "hostProcess", value: false}}}}})
	}
	return pod
}

// ownRights is what to write in the container's securityContext.
func ownRights(w *scorecard.Workload, c *scorecard.Container) (security object) {
	if len(userFaults(w, c)) > 0 {
		security = append(security, field{key: "runAsNonRoot", value: true})
		// Windows knows no numbers of users, and OpenShift chooses one where none is written.
		if _, user := runsAs(w, c); !w.Pod.Windows && (w.Object.Kind != "DeploymentConfig" || user != nil) {
			security = append(security, field{key: "runAsUser", value: ordinaryUser, comment: "a user that the image's files can be read by"})
		}
	}
	if isTrue(c.Security.Privileged) {
		security = append(security, field{key: "privileged", value: false})
	}
	if len(mightyCapabilities(c)) > 0 {
		add := field{key: "add", value: nil, comment: "take it out"}
		if kept := slices.DeleteFunc(slices.Clone(c.Security.AddedCapabilities), mighty); len(kept) > 0 {
			add = field{key: "add", value: kept}
		}
		security = append(security, field{key: "capabilities", value: object{add}})
	}
	if c.Security.ProcMount == "Unmasked" {
		security = append(security, field{key: "procMount", value: "Default"})
	}
	if isTrue(c.Security.HostProcess) {
		security = append(security, field{key: "windowsOptions", value: object{{key: "hostProcess", value: false}}})
	}
	if !w.Pod.Windows {
		security = append(security, field{key: "allowPrivilegeEscalation", value: false})
	}
	return security
}

// readOnlyMounts are the container's mounts that may only be read.
func readOnlyMounts(c *scorecard.Container) (out []object) {
	for i := range c.HostMounts {
		if m := &c.HostMounts[i]; rulesNode(m) && !runtimeSocket(m.Path) {
			out = append(out, object{{key: "name", value: m.Volume}, {key: "mountPath", value: m.MountPath}, {key: "readOnly", value: true, comment: "or, better, no mount of " + m.Path}})
		}
	}
	return out
}

// ownVolumes are volumes of the pod's own in the place of the runtime's socket.
func ownVolumes(c *scorecard.Container) (out []object) {
	for i := range c.HostMounts {
		if m := &c.HostMounts[i]; runtimeSocket(m.Path) {
			out = append(out, object{{key: "name", value: m.Volume}, {key: "hostPath", value: nil, comment: "take it out, and the mount with it"}, {key: "emptyDir", value: object{}}})
		}
	}
	return out
}
