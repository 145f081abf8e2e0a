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
	at := podAround{volumes: names, known: known, grace: grace}
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
	containerPorts(r, c)
	requests(r, c.in("resources"))
	security := c.in("securityContext")
	users(r, security, "runAsUser", "runAsGroup")
	if says(security, "privileged", "true") && says(security, "allowPrivilegeEscalation", "false") {
		r.refuse(security, "allowPrivilegeEscalation", "must not be false when privileged is true")
	}
	p.mounts(r, c)
	for _, v := range c.items("env") {
		if from := v.value("valueFrom"); from == nil || yamldoc.IsUnknown(from) {
			continue
		}
		if value := v.value("value"); value != nil && !yamldoc.IsUnknown(value) && value.Value != "" {
			r.refuse(v, "valueFrom", "must not be set beside value")
		}
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

func containerPorts(r *refuser, c spot) {
	ports := c.items("ports")
	r.names(ports, "port of the container")
	for _, p := range ports {
		r.portNumber(p, "containerPort")
		if n, ok := p.number("hostPort", 0); ok && n != 0 {
			r.portNumber(p, "hostPort")
		}
		r.portName(p, "name")
		r.oneOf(p, "protocol", "TCP", "UDP", "SCTP")
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

// spread looks at the constraints of how a pod's copies are spread.
func spread(r *refuser, pod spot) {
	type pair struct{ key, when string }
	var seen []pair
	for _, c := range pod.items("topologySpreadConstraints") {
		if n, ok := c.number("maxSkew", 0); ok && n < 1 {
			r.refuse(c, "maxSkew", "must be set, to 1 or more")
		}
		key, ok1 := c.text("topologyKey")
		if ok1 && key == "" {
			r.refuse(c, "topologyKey", "is not set")
		}
		when, ok2 := c.text("whenUnsatisfiable")
		if ok2 && when == "" {
			r.refuse(c, "whenUnsatisfiable", "must be set, to DoNotSchedule or ScheduleAnyway")
		}
		r.oneOf(c, "whenUnsatisfiable", "DoNotSchedule", "ScheduleAnyway")
		if !ok1 || !ok2 || key == "" || when == "" {
			continue
		}
		if slices.Contains(seen, pair{key, when}) && !filledIn(key) && !filledIn(when) {
			r.refuse(c, "topologyKey", "is that of another constraint too, with the same whenUnsatisfiable")
		}
		seen = append(seen, pair{key, when})
	}
}
