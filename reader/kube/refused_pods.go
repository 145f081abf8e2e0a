package kube

import (
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
)

// templateOf looks at the pods of a controller, which may restart in those ways.
func templateOf(restarts ...string) look {
	return func(r *refuser, spec spot) { podTemplate(r, spec, restarts) }
}

func podTemplate(r *refuser, spec spot, restarts []string) {
	podMeta(r, spec.in("template", "metadata"))
	pod := spec.in("template", "spec")
	if pod.node == nil {
		return
	}
	// What is left out is Always.
	switch policy, ok := pod.text("restartPolicy"); {
	case !ok || filledIn(policy):
	case policy == "" && !slices.Contains(restarts, "Always"):
		r.refuse(pod, "restartPolicy", "is not set, which means Always; the pods of a %s need %s", r.kind, either(restarts))
	case policy != "" && !slices.Contains(restarts, policy):
		r.refuse(pod, "restartPolicy", "must be %s in the pods of a %s", either(restarts), r.kind)
	}
	claims := spec.items("volumeClaimTemplates")
	if r.kind != "StatefulSet" {
		claims = nil
	}
	podFields(r, pod, claims)
}

func barePod(r *refuser, pod spot) {
	r.oneOf(pod, "restartPolicy", "Always", "OnFailure", "Never")
	podFields(r, pod, nil)
}

// podFields looks at a pod's spec. claims make volumes of their own.
func podFields(r *refuser, pod spot, claims []spot) {
	users(r, pod.in("securityContext"), "runAsUser", "runAsGroup", "fsGroup")
	spread(r, pod)
	placedWell(r, pod)
	resolver(r, pod)
	requests(r, pod.in("resources"))
	r.natural(pod, "terminationGracePeriodSeconds")
	grace, ok := pod.number("terminationGracePeriodSeconds", defaultGrace)
	if !ok {
		grace = -1
	}

	volumes := pod.items("volumes")
	names, known := r.names(volumes, "volume")
	for _, v := range volumes {
		r.label(v, "name", "volume")
		volumeSource(r, v)
	}
	for _, c := range claims {
		name, ok := c.in("metadata").text("name")
		names, known = append(names, name), known && ok
	}
	if list := pod.value("volumes"); list != nil && (list.Kind != yaml.SequenceNode || len(volumes) < len(list.Content)) {
		known = false
	}

	mains, inits := pod.items("containers"), pod.items("initContainers")
	if list := pod.value("containers"); list == nil || list.Kind == yaml.SequenceNode && len(list.Content) == 0 {
		r.refuse(pod, "containers", "has no container")
	}
	r.names(slices.Concat(mains, inits), "container")
	at := podAround{volumes: names, known: known, grace: grace, onHost: says(pod, "hostNetwork", "true")}
	for _, c := range mains {
		at.container(r, c)
		at.watched(r, c)
	}
	for _, c := range inits {
		at.container(r, c)
		at.initContainer(r, c)
	}
}

// defaultGrace is how long a pod may take to stop, in seconds.
const defaultGrace = 30

// podAround is what containers are looked at by.
type podAround struct {
	volumes []string
	known   bool  // those are all volumes that there are
	grace   int64 // terminationGracePeriodSeconds, below 0 where it is not known
	onHost  bool  // hostNetwork
}

// label refuses what is no label of DNS, or not there.
func (r *refuser) label(s spot, key, what string) {
	switch name, ok := s.text(key); {
	case !ok || isLabel(name) || filledIn(name):
	case name == "":
		r.refuse(s, key, "is not set; each %s has one", what)
	default:
		r.refuse(s, key, "is no name that a %s can have: at most 63 lower-case letters, digits and '-', with a letter or a digit at both ends", what)
	}
}

func (p podAround) container(r *refuser, c spot) {
	r.label(c, "name", "container")
	// OpenShift fills the image in when one is built.
	if image, ok := c.text("image"); ok && image == "" && r.kind != "DeploymentConfig" {
		r.refuse(c, "image", "is not set")
	}
	r.oneOf(c, "imagePullPolicy", "Always", "IfNotPresent", "Never")
	p.ports(r, c)
	requests(r, c.in("resources"))
	security := c.in("securityContext")
	users(r, security, "runAsUser", "runAsGroup")
	if says(security, "privileged", "true") && says(security, "allowPrivilegeEscalation", "false") {
		r.refuse(security, "allowPrivilegeEscalation", "must not be false when privileged is true")
	}
	if says(security, "allowPrivilegeEscalation", "false") && slices.Contains(writtenTexts(security.in("capabilities").value("add")), "CAP_SYS_ADMIN") {
		r.refuse(security, "allowPrivilegeEscalation", "must not be false beside the capability CAP_SYS_ADMIN")
	}
	p.mounts(r, c)
	for _, v := range c.items("env") {
		variable(r, v)
	}
}

func says(s spot, key, want string) bool {
	v := s.value(key)
	return v != nil && !yamldoc.IsUnknown(v) && v.Value == want
}

func (p podAround) mounts(r *refuser, c spot) {
	var paths []string
	for _, m := range c.items("volumeMounts") {
		p.volume(r, m, "volume mount")
		r.below(m, "subPath")
		r.below(m, "subPathExpr")
		switch path, ok := m.text("mountPath"); {
		case !ok:
		case path == "":
			r.refuse(m, "mountPath", "is not set")
		case slices.Contains(paths, path) && !filledIn(path):
			r.refuse(m, "mountPath", "is that of another volume mount of the container too")
		default:
			paths = append(paths, path)
		}
	}
	for _, d := range c.items("volumeDevices") {
		p.volume(r, d, "volume device")
	}
}

func (p podAround) volume(r *refuser, m spot, what string) {
	switch name, ok := m.text("name"); {
	case !ok:
	case name == "":
		r.refuse(m, "name", "is not set; each %s has one", what)
	case p.known && !slices.Contains(p.volumes, name) && !filledIn(name):
		r.refuse(m, "name", "is %q, and the pod has no volume of that name", name)
	}
}

// initContainer looks at what only containers have that go on running.
func (p podAround) initContainer(r *refuser, c spot) {
	switch policy, ok := c.text("restartPolicy"); {
	case !ok || filledIn(policy):
	case policy == "Always":
		p.watched(r, c)
	default:
		for _, key := range []string{"livenessProbe", "readinessProbe", "startupProbe", "lifecycle"} {
			if v := c.value(key); v != nil && !yamldoc.IsUnknown(v) {
				r.refuse(c, key, "must not be set for an init container that is no sidecar (restartPolicy: Always)")
			}
		}
	}
}

func (p podAround) ports(r *refuser, c spot) {
	ports := c.items("ports")
	r.names(ports, "port of the container")
	for _, port := range ports {
		r.portNumber(port, "containerPort")
		if n, ok := port.number("hostPort", 0); ok && n != 0 {
			r.portNumber(port, "hostPort")
			if own, ok := port.number("containerPort", 0); ok && p.onHost && own != n {
				r.refuse(port, "hostPort", "must be the containerPort when hostNetwork is true")
			}
		}
		r.portName(port, "name")
		r.oneOf(port, "protocol", "TCP", "UDP", "SCTP")
	}
}

// maxUser is the highest number of a user or a group.
const maxUser = 1<<31 - 1

func users(r *refuser, s spot, keys ...string) {
	for _, key := range keys {
		if n, ok := s.number(key, 0); ok && (n < 0 || n > maxUser) {
			r.refuse(s, key, "must be a number from 0 to %d", maxUser)
		}
	}
}
