package scorecard

import (
	"slices"
	"strconv"
	"strings"
)

// Workload is something that runs containers: a Deployment, StatefulSet, DaemonSet,
// Job, CronJob and those that behave like them. All of it is as written, before the
// API server's defaults; the checks know the defaults.
type Workload struct {
	Location Location `json:"location"`
	// Object is also in Location; it is here so that a workload can be named without one.
	Object ObjectRef `json:"object"`
	// Live is true for a workload seen in a cluster, false for one declared in a repository.
	Live bool `json:"live,omitempty"`
	// Origin is the folder of the chart or kustomization it was rendered from; empty when plain.
	Origin string `json:"origin,omitempty"`

	Labels         map[string]string `json:"labels,omitempty"`
	Annotations    map[string]string `json:"annotations,omitempty"` // keys without values where the value may be large or secret
	PodLabels      map[string]string `json:"podLabels,omitempty"`
	PodAnnotations map[string]string `json:"podAnnotations,omitempty"`
	// Selector is the controller's own; nil where it has none.
	Selector *Selector `json:"selector,omitempty"`
	// Replicas is nil where it is not set (the API server makes it 1). For a CronJob or Job it is nil.
	Replicas *int32 `json:"replicas,omitempty"`

	Containers []Container `json:"containers,omitempty"`
	// PodResources is `spec.resources` of the pod (Kubernetes 1.32 and later).
	PodResources Resources `json:"podResources,omitzero"`
}

// ContainerRole says what a container is for.
type ContainerRole string

// The roles of a container. A native sidecar is an init container with
// `restartPolicy: Always`: it runs beside the app for the pod's whole life.
const (
	AppContainer     ContainerRole = ""
	InitContainer    ContainerRole = "init"
	SidecarContainer ContainerRole = "sidecar"
)

// Container is one container of a workload's pod.
type Container struct {
	Name     string        `json:"name"`
	Role     ContainerRole `json:"role,omitempty"`
	Image    string        `json:"image,omitempty"`
	Location Location      `json:"location"` // the container's own lines, or the object's where they are not known
	// ImageLine is the line of `image:`, 0 when not known.
	ImageLine int       `json:"imageLine,omitempty"`
	Ports     []Port    `json:"ports,omitempty"`
	Readiness *Probe    `json:"readiness,omitempty"`
	Liveness  *Probe    `json:"liveness,omitempty"`
	Startup   *Probe    `json:"startup,omitempty"`
	Resources Resources `json:"resources,omitzero"`
	// Unreadable names fields of this container that were written but could not be
	// decoded (wrong type), e.g. `livenessProbe`: what they hold is not known.
	Unreadable []string `json:"unreadable,omitempty"`
}

// Port is a port that a container declares.
type Port struct {
	Name     string `json:"name,omitempty"`
	Number   int32  `json:"number,omitempty"`
	Protocol string `json:"protocol,omitempty"` // empty is TCP
}

// Probe is a container's probe, as written; 0 is not set.
type Probe struct {
	// Handler is "httpGet", "tcpSocket", "grpc" or "exec"; empty when the probe has none,
	// which the API server refuses.
	Handler string `json:"handler,omitempty"`
	Path    string `json:"path,omitempty"`
	// Port is the number or name as written; PortIsName tells a name from a number
	// (a quoted number is a name).
	Port       string   `json:"port,omitempty"`
	PortIsName bool     `json:"portIsName,omitempty"`
	Host       string   `json:"host,omitempty"`
	Scheme     string   `json:"scheme,omitempty"`
	Service    string   `json:"service,omitempty"` // gRPC
	Command    []string `json:"command,omitempty"` // exec
	Headers    []string `json:"headers,omitempty"` // names only: values may be secrets

	InitialDelaySeconds int32 `json:"initialDelaySeconds,omitempty"`
	PeriodSeconds       int32 `json:"periodSeconds,omitempty"`
	TimeoutSeconds      int32 `json:"timeoutSeconds,omitempty"`
	FailureThreshold    int32 `json:"failureThreshold,omitempty"`
	SuccessThreshold    int32 `json:"successThreshold,omitempty"`

	FirstLine int `json:"firstLine,omitempty"`
	LastLine  int `json:"lastLine,omitempty"`
}

// Resources are a container's or pod's requests and limits by resource name
// ("cpu", "memory", …), as quantities in their written form ("250m", "1Gi").
type Resources struct {
	Requests  map[string]Quantity `json:"requests,omitempty"`
	Limits    map[string]Quantity `json:"limits,omitempty"`
	FirstLine int                 `json:"firstLine,omitempty"`
}

// Quantity is an amount of a resource: as written, and as a number that compares
// (cores for cpu, bytes for memory).
type Quantity struct {
	Text  string  `json:"text"`
	Value float64 `json:"value"`
}

// LongRunning reports whether the workload is meant to run for ever.
func (w *Workload) LongRunning() bool {
	return w.Object.Kind != "Job" && w.Object.Kind != "CronJob"
}

// Replicated reports whether the workload's kind has a replica count that a person
// or an autoscaler chooses.
func (w *Workload) Replicated() bool {
	switch w.Object.Kind {
	case "Deployment", "StatefulSet", "Rollout", "ReplicaSet", "ReplicationController", "DeploymentConfig":
		return true
	}
	return false
}

// applicationLabels in the order of the catalogue: instance stands behind the
// others because it merges a whole umbrella release into one application.
var applicationLabels = []string{
	"app.kubernetes.io/name", "app", "k8s-app", "app.kubernetes.io/instance",
	"application", "name", "service", "component",
}

// Application is the name of the application that the workload belongs to: the
// first of the well-known labels of its pods, else its own name.
func (w *Workload) Application() string {
	for _, key := range applicationLabels {
		if v := w.PodLabels[key]; v != "" {
			return v
		}
	}
	return w.Object.Name
}

// MainContainer is the first app container that is no well-known proxy; nil when
// there is none.
func (w *Workload) MainContainer() *Container {
	for i := range w.Containers {
		if c := &w.Containers[i]; c.Role == AppContainer && !c.Proxy() {
			return c
		}
	}
	return nil
}

// proxies are sidecars that platforms inject or prescribe; a service is not asked
// to tell their probes apart.
var proxies = []string{
	"envoy", "istio-proxy", "linkerd-proxy", "cloud-sql-proxy", "cloudsql-proxy", "vault-agent",
	"oauth2-proxy", "kube-rbac-proxy", "consul-dataplane", "consul-connect-envoy-sidecar", "daprd",
}

// Proxy reports whether the container is a well-known proxy sidecar, by its name
// or its image.
func (c *Container) Proxy() bool {
	return slices.Contains(proxies, c.Name) || slices.Contains(proxies, ParseImage(c.Image).Base())
}

// Readable reports whether the field was decoded, or not written at all.
func (c *Container) Readable(field string) bool { return !slices.Contains(c.Unreadable, field) }

// PortNumber gives the number that a probe's or Service's port stands for in this
// container; false when a name is not declared.
func (c *Container) PortNumber(port string, isName bool) (int32, bool) {
	if !isName {
		n, err := strconv.ParseInt(port, 10, 32)
		return int32(n), err == nil
	}
	for _, p := range c.Ports {
		if p.Name == port {
			return p.Number, true
		}
	}
	return 0, false
}

// KubeService is a Kubernetes Service. Its words are the API's; it is not called
// Service because that is what the scorecard is about.
type KubeService struct {
	Location Location `json:"location"`
	// Selector is nil where the Service selects nothing: none is written, or it is
	// an ExternalName. It never matches everything.
	Selector *Selector     `json:"selector,omitempty"`
	Ports    []ServicePort `json:"ports,omitempty"`
	Type     string        `json:"type,omitempty"`
	Headless bool          `json:"headless,omitempty"`
}

// ServicePort is one port of a Service.
type ServicePort struct {
	Name   string `json:"name,omitempty"`
	Number int32  `json:"number,omitempty"`
	// Target is the targetPort as written, or the number where it is left out.
	Target       string `json:"target,omitempty"`
	TargetIsName bool   `json:"targetIsName,omitempty"`
	Protocol     string `json:"protocol,omitempty"`
}

// Targets reports whether one of the Service's ports reaches the container.
func (s *KubeService) Targets(c *Container) bool {
	for _, p := range s.Ports {
		if p.TargetIsName {
			if _, ok := c.PortNumber(p.Target, true); ok {
				return true
			}
			continue
		}
		for _, cp := range c.Ports {
			if strconv.Itoa(int(cp.Number)) == p.Target {
				return true
			}
		}
	}
	return false
}

// Budget is a PodDisruptionBudget. MinAvailable and MaxUnavailable are as written
// ("1", "50%"), empty when not set.
type Budget struct {
	Location       Location  `json:"location"`
	Selector       *Selector `json:"selector,omitempty"` // nil selects no pod
	MinAvailable   string    `json:"minAvailable,omitempty"`
	MaxUnavailable string    `json:"maxUnavailable,omitempty"`
	// OtherPods is how many pods of other services the budget selects too, at their
	// wanted counts. A reader leaves it 0; attribution fills it in where a budget is
	// dealt out to several services, since its numbers are over all the pods.
	OtherPods int32 `json:"otherPods,omitempty"`
}

// Autoscaler is a HorizontalPodAutoscaler or a KEDA ScaledObject.
type Autoscaler struct {
	Location Location `json:"location"`
	// Target is what scaleTargetRef names, in the autoscaler's own namespace. An
	// HPA's target without an API version is refused by the API server and targets
	// nothing; KEDA's defaults to an apps/v1 Deployment, which the reader fills in.
	Target ObjectRef `json:"target"`
	Min    *int32    `json:"min,omitempty"`  // minReplicas, minReplicaCount
	Max    *int32    `json:"max,omitempty"`  // maxReplicas, maxReplicaCount
	Idle   *int32    `json:"idle,omitempty"` // KEDA's idleReplicaCount
}

// Floor is the fewest replicas the autoscaler will run: an HPA's unset minimum is
// 1; KEDA's is 0, and an idle count below the minimum wins.
func (a *Autoscaler) Floor() int32 {
	if a.Location.Object.Kind != "ScaledObject" {
		if a.Min == nil {
			return 1
		}
		return *a.Min
	}
	var floor int32
	if a.Min != nil {
		floor = *a.Min
	}
	if a.Idle != nil {
		floor = min(floor, *a.Idle)
	}
	return floor
}

// Selector is a label selector. A nil *Selector selects nothing; an empty one
// selects everything in its namespace. (Readers make the empty selector of
// policy/v1beta1 nil, because there it selects nothing.)
type Selector struct {
	MatchLabels      map[string]string `json:"matchLabels,omitempty"`
	MatchExpressions []Requirement     `json:"matchExpressions,omitempty"`
}

// Requirement is one matchExpression.
type Requirement struct {
	Key      string   `json:"key"`
	Operator string   `json:"operator"` // In, NotIn, Exists, DoesNotExist
	Values   []string `json:"values,omitempty"`
}

// Matches reports whether all labels and expressions hold, as the API server
// decides it. An operator it does not know matches nothing.
func (s *Selector) Matches(labels map[string]string) bool {
	if s == nil {
		return false
	}
	for k, v := range s.MatchLabels {
		if got, ok := labels[k]; !ok || got != v {
			return false
		}
	}
	for _, r := range s.MatchExpressions {
		got, ok := labels[r.Key]
		switch r.Operator {
		case "In":
			if !ok || !slices.Contains(r.Values, got) {
				return false
			}
		case "NotIn":
			if ok && slices.Contains(r.Values, got) {
				return false
			}
		case "Exists":
			if !ok {
				return false
			}
		case "DoesNotExist":
			if ok {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// Manifest is one file that declares Kubernetes objects, a chart or a kustomization
// as a whole, with what is wrong in it.
type Manifest struct {
	Location Location `json:"location"`
	// Kind is "manifest", "chart" or "kustomization".
	Kind string `json:"kind"`
	// Objects is how many objects were read from it.
	Objects int `json:"objects"`
	// Custom is how many of them are of kinds whose schema is not known here.
	Custom   int       `json:"custom,omitempty"`
	Problems []Problem `json:"problems,omitempty"`
}

// Problem is something wrong in a file that could be read around.
type Problem struct {
	Location Location `json:"location"`
	Message  string   `json:"message"`
}

// Image is an image reference taken apart: `registry:5000/team/app:1.2@sha256:…`.
type Image struct {
	Repository string // all before the tag and the digest, registry included
	Tag        string
	Digest     string // with its algorithm, e.g. "sha256:…"
}

// ParseImage takes a reference apart. A colon before the last slash is a
// registry's port, not a tag.
func ParseImage(ref string) Image {
	var im Image
	ref, im.Digest, _ = strings.Cut(strings.TrimSpace(ref), "@")
	im.Repository = ref
	if i := strings.LastIndexByte(ref, ':'); i > strings.LastIndexByte(ref, '/') {
		im.Repository, im.Tag = ref[:i], ref[i+1:]
	}
	return im
}

// Base is the last element of the repository: `app`.
func (im Image) Base() string {
	return im.Repository[strings.LastIndexByte(im.Repository, '/')+1:]
}
