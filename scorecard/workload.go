package scorecard

import (
	"cmp"
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

	Update Update `json:"update,omitzero"`
	// Batch is nil for what is neither a Job nor a CronJob.
	Batch *Batch `json:"batch,omitempty"`
	// ServiceName is the governing Service of a StatefulSet.
	ServiceName string `json:"serviceName,omitempty"`
	// ClaimTemplates are those of a StatefulSet: each of its pods has a volume for each.
	ClaimTemplates []ClaimTemplate `json:"claimTemplates,omitempty"`
	// Pod is what the pod template says beside its containers.
	Pod        Pod         `json:"pod,omitzero"`
	Containers []Container `json:"containers,omitempty"`
	// PodResources is `spec.resources` of the pod (Kubernetes 1.32 and later).
	PodResources Resources `json:"podResources,omitzero"`

	// Lines are those of the fields that are written, by their path in the object, for
	// the fields that checks point to: "spec.replicas", "spec.template.spec.affinity".
	// A field whose line is not known is not in it.
	Lines map[string]int `json:"lines,omitempty"`
	// Unreadable names fields of the workload, by their path in the object, that were
	// written but could not be decoded (a wrong type, a parameter that nothing fills in):
	// what they hold is not known. A container's are in the container.
	Unreadable []string `json:"unreadable,omitempty"`
}

// Update is how a new version of the workload replaces the old one, as written.
type Update struct {
	// Type is the strategy's: "RollingUpdate", "Recreate", "OnDelete", of a
	// DeploymentConfig "Rolling", "Recreate" and "Custom", of an Argo Rollout "canary" and
	// "blueGreen". Empty is the default of the kind.
	Type string `json:"type,omitempty"`
	// MaxUnavailable and MaxSurge are counts or percentages, empty where not set.
	MaxUnavailable string `json:"maxUnavailable,omitempty"`
	MaxSurge       string `json:"maxSurge,omitempty"`
	// Partition is a StatefulSet's.
	Partition               *int32 `json:"partition,omitempty"`
	ProgressDeadlineSeconds *int32 `json:"progressDeadlineSeconds,omitempty"`
	RevisionHistoryLimit    *int32 `json:"revisionHistoryLimit,omitempty"`
}

// Batch is what a Job, or a CronJob for its Jobs, says of how long it may go on.
type Batch struct {
	BackoffLimit          *int32 `json:"backoffLimit,omitempty"`
	ActiveDeadlineSeconds *int64 `json:"activeDeadlineSeconds,omitempty"` // the Job's, not the pod's

	// These are a CronJob's.
	Schedule                string `json:"schedule,omitempty"`
	ConcurrencyPolicy       string `json:"concurrencyPolicy,omitempty"`
	StartingDeadlineSeconds *int64 `json:"startingDeadlineSeconds,omitempty"`
	Suspended               bool   `json:"suspended,omitempty"`
}

// Pod is what a pod template says of the pod as a whole, as written.
type Pod struct {
	GracePeriodSeconds *int64 `json:"gracePeriodSeconds,omitempty"` // terminationGracePeriodSeconds
	PriorityClass      string `json:"priorityClass,omitempty"`
	// ServiceAccount is empty where none is written, which is the account `default`.
	ServiceAccount string             `json:"serviceAccount,omitempty"`
	HostNetwork    bool               `json:"hostNetwork,omitempty"`
	HostPID        bool               `json:"hostPID,omitempty"`
	HostIPC        bool               `json:"hostIPC,omitempty"`
	Windows        bool               `json:"windows,omitempty"` // os.name
	Security       SecurityContext    `json:"security,omitzero"`
	Spread         []SpreadConstraint `json:"spread,omitempty"`
	AntiAffinity   []AffinityTerm     `json:"antiAffinity,omitempty"`
	// Placement names the fields that steer the pod to some nodes and not to others:
	// "nodeSelector", "tolerations", "affinity.nodeAffinity", "runtimeClassName",
	// "resourceClaims". Those over what every node has (its system, its architecture) don't.
	Placement []string `json:"placement,omitempty"`
	// Pins hold the pod to one node or one zone.
	Pins []NodePin `json:"pins,omitempty"`
	// Claims are the PersistentVolumeClaims that its volumes name.
	Claims []string `json:"claims,omitempty"`
	// ConfigMaps are those that its volumes and environments name, sorted.
	ConfigMaps []string `json:"configMaps,omitempty"`
	// Secrets are the Secrets that its containers and volumes take values from, sorted.
	Secrets []string `json:"secrets,omitempty"`
	// OtherSecrets are those that it starts without, and those that images are pulled with.
	OtherSecrets []string `json:"otherSecrets,omitempty"`
	// SecretStores are the SecretProviderClasses that its volumes name (CSI).
	SecretStores []string `json:"secretStores,omitempty"`
}

// ClaimTemplate is one of a StatefulSet's volumeClaimTemplates.
type ClaimTemplate struct {
	Name  string `json:"name"`
	Class string `json:"class,omitempty"`
	// Labels are those of the claims.
	Labels map[string]string `json:"labels,omitempty"`
}

// SecurityContext is a pod's or a container's, as written; nil is not set.
type SecurityContext struct {
	RunAsNonRoot *bool  `json:"runAsNonRoot,omitempty"`
	RunAsUser    *int64 `json:"runAsUser,omitempty"`
	HostProcess  *bool  `json:"hostProcess,omitempty"` // windowsOptions.hostProcess
	// The rest are a container's alone.
	Privileged               *bool    `json:"privileged,omitempty"`
	AllowPrivilegeEscalation *bool    `json:"allowPrivilegeEscalation,omitempty"`
	AddedCapabilities        []string `json:"addedCapabilities,omitempty"` // capabilities.add, as written
	ProcMount                string   `json:"procMount,omitempty"`
	FirstLine                int      `json:"firstLine,omitempty"`
}

// SpreadConstraint is one of a pod's topologySpreadConstraints.
type SpreadConstraint struct {
	TopologyKey       string    `json:"topologyKey"`
	MaxSkew           int32     `json:"maxSkew,omitempty"`
	WhenUnsatisfiable string    `json:"whenUnsatisfiable,omitempty"` // DoNotSchedule, ScheduleAnyway
	Selector          *Selector `json:"selector,omitempty"`          // nil selects no pod
	FirstLine         int       `json:"firstLine,omitempty"`
}

// NodePin is what lets a pod stand only on nodes with one value of a label of which each
// node, or each zone, has its own.
type NodePin struct {
	Key   string `json:"key"`
	Value string `json:"value,omitempty"`
	// Field of the pod's spec: "nodeName", "nodeSelector", "affinity.nodeAffinity".
	Field     string `json:"field"`
	FirstLine int    `json:"firstLine,omitempty"`
}

// AffinityTerm is one term of a pod's anti-affinity.
type AffinityTerm struct {
	Required    bool      `json:"required,omitempty"` // else preferred
	TopologyKey string    `json:"topologyKey"`
	Selector    *Selector `json:"selector,omitempty"` // nil selects no pod
	// Namespaces are those whose pods count; none and not AnyNamespace is the pod's own.
	// AnyNamespace is true where a namespaceSelector is written. One that asks for labels
	// is unreadable as well: files do not tell the labels of namespaces.
	Namespaces   []string `json:"namespaces,omitempty"`
	AnyNamespace bool     `json:"anyNamespace,omitempty"`
	FirstLine    int      `json:"firstLine,omitempty"`
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
	Name  string        `json:"name"`
	Role  ContainerRole `json:"role,omitempty"`
	Image string        `json:"image,omitempty"`
	// ImageText is the image as it is written where something outside of the files fills in
	// a part: what is written the same is the same image.
	ImageText string   `json:"imageText,omitempty"`
	Location  Location `json:"location"` // the container's own lines, or the object's where they are not known
	// ImageLine is the line of `image:`, 0 when not known.
	ImageLine int       `json:"imageLine,omitempty"`
	Ports     []Port    `json:"ports,omitempty"`
	Readiness *Probe    `json:"readiness,omitempty"`
	Liveness  *Probe    `json:"liveness,omitempty"`
	Startup   *Probe    `json:"startup,omitempty"`
	Resources Resources `json:"resources,omitzero"`
	// PreStop is nil where there is no such hook.
	PreStop  *Hook           `json:"preStop,omitempty"`
	Security SecurityContext `json:"security,omitzero"`
	// HostMounts are the mounts of volumes that are files or folders of the node.
	HostMounts []HostMount `json:"hostMounts,omitempty"`
	// Environment are the variables by which a program is told where its telemetry goes
	// (OTEL_…, DD_…, STATSD_… and their like), where its relational database is, and of which
	// databases, queues and buckets of a cloud, sorted by name; no others.
	Environment []Variable `json:"environment,omitempty"`
	// WrittenSecrets are the variables that hold a secret whose value is written into the
	// manifest, at most MaxWrittenSecrets, by name and without the value.
	WrittenSecrets []Variable `json:"writtenSecrets,omitempty"`
	// Model is what it says of the model that it serves; nil for what is no model server.
	Model *ModelServer `json:"model,omitempty"`
	// Unreadable names fields of this container that were written but could not be
	// decoded (wrong type), e.g. `livenessProbe`: what they hold is not known.
	Unreadable []string `json:"unreadable,omitempty"`
}

// MaxWrittenSecrets is how many of them are kept of a container.
const MaxWrittenSecrets = 20

// HostMount is a hostPath volume that a container mounts.
type HostMount struct {
	Volume string `json:"volume"`
	// Path is the node's file or folder, with the subPath of the mount; empty where it
	// is not known.
	Path      string `json:"path,omitempty"`
	MountPath string `json:"mountPath,omitempty"` // where the container has it
	ReadOnly  bool   `json:"readOnly,omitempty"`
	FirstLine int    `json:"firstLine,omitempty"`
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

// Hook is a container's lifecycle hook.
type Hook struct {
	Handler string `json:"handler,omitempty"` // "exec", "httpGet", "sleep", "tcpSocket"; empty when it has none
	// SleepSeconds is how long it sleeps: the sleep handler's, or that of the `sleep`
	// commands of an exec. nil where none can be read.
	SleepSeconds *float64 `json:"sleepSeconds,omitempty"`
	FirstLine    int      `json:"firstLine,omitempty"`
	LastLine     int      `json:"lastLine,omitempty"`
}

// Variable is one environment variable. Its value is kept only where it is a switch
// (OTEL_METRICS_EXPORTER, OTEL_SDK_DISABLED), for others may be secrets.
type Variable struct {
	Name  string `json:"name"`
	Value string `json:"value,omitempty"`
	// Empty: it is written with no value and takes none from elsewhere, which most
	// programs take for not set.
	Empty     bool `json:"empty,omitempty"`
	FirstLine int  `json:"firstLine,omitempty"`
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

// podSpecs are the paths to the pod's spec, for kinds other than those with
// `spec.template.spec`.
var podSpecs = map[string]string{
	"Pod":              "spec",
	"CronJob":          "spec.jobTemplate.spec.template.spec",
	"InferenceService": "spec.predictor",
}

// PodSpec is the path to the pod's spec in the object: `spec.template.spec`.
func (w *Workload) PodSpec() string {
	return cmp.Or(podSpecs[w.Object.Kind], "spec.template.spec")
}

// At is the place of one of the workload's fields, by its path in the object.
func (w *Workload) At(field string) Location {
	line := w.Lines[field]
	return w.Location.At(field, line, line)
}

// AtPod is the place of a field of the pod's spec: AtPod("affinity").
func (w *Workload) AtPod(field string) Location { return w.At(w.PodSpec() + "." + field) }

// Readable reports whether the field, by its path in the object, and all below it
// were decoded, or not written at all. What stands below a field that was not decoded
// was not either.
func (w *Workload) Readable(field string) bool {
	return !slices.ContainsFunc(w.Unreadable, func(f string) bool { return within(f, field) || within(field, f) })
}

// within reports whether a field's path is the other one's or stands below it.
func within(field, of string) bool {
	rest, below := strings.CutPrefix(field, of)
	return below && (rest == "" || rest[0] == '.' || rest[0] == '[')
}

// Account is the name of the service account that the pods run as.
func (w *Workload) Account() string { return cmp.Or(w.Pod.ServiceAccount, "default") }

// applicationLabels in the order of the catalogue: instance stands behind the
// others because it merges a whole umbrella release into one application.
var applicationLabels = []string{
	"app.kubernetes.io/name", "app", "k8s-app", "app.kubernetes.io/instance",
	"application", "name", "service", "component",
}

// Application is the name of the application that the workload belongs to: the
// first of the well-known labels of its pods, else its own name.
func (w *Workload) Application() string { return cmp.Or(w.LabelledApplication(), w.Object.Name) }

// LabelledApplication is the application that the labels of the workload's pods name;
// empty where they name none.
func (w *Workload) LabelledApplication() string {
	for _, key := range applicationLabels {
		if v := w.PodLabels[key]; v != "" && !(key == "app" && w.partOf(v)) {
			return v
		}
	}
	return ""
}

// partOf reports whether labels say that the name is that of the whole which the workload
// is a part of.
func (w *Workload) partOf(name string) bool {
	const key = "app.kubernetes.io/part-of"
	return w.PodLabels[key] == name || w.Labels[key] == name
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

// ServesPort reports whether the container declares a port that a Service's port reaches
// by that name: the protocols must agree, too. Empty is TCP.
func (c *Container) ServesPort(name, protocol string) bool {
	return slices.ContainsFunc(c.Ports, func(p Port) bool {
		return p.Name == name && cmp.Or(p.Protocol, "TCP") == cmp.Or(protocol, "TCP")
	})
}
