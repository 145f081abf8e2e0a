package scorecard

import (
	"slices"
	"strconv"
	"strings"
)

// KubeService is a Kubernetes Service. Its words are the API's; it is not called
// Service because that is what the scorecard is about.
type KubeService struct {
	Location Location          `json:"location"`
	Labels   map[string]string `json:"labels,omitempty"`
	// Annotations are like a workload's: those that are no settings have their keys alone.
	Annotations map[string]string `json:"annotations,omitempty"`
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
			if c.ServesPort(p.Target, p.Protocol) {
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
	// Metrics are what it scales on. An HPA with none scales on 80 % of the cpu request.
	Metrics []ScalingMetric `json:"metrics,omitempty"`
	// Paused: KEDA's annotation stops it.
	Paused bool `json:"paused,omitempty"`
	// PausedAt is the number of replicas that a pause of KEDA's holds; nil where it holds
	// those that there are.
	PausedAt *int32 `json:"pausedAt,omitempty"`
	// Adopts is the name of the HPA that KEDA is told to take over in place of making
	// one; empty where it is not.
	Adopts string `json:"adopts,omitempty"`
	// UpDisabled: its behavior forbids to scale up. UpLine is the line of that.
	UpDisabled bool `json:"upDisabled,omitempty"`
	UpLine     int  `json:"upLine,omitempty"`
	// TargetLine is the line of scaleTargetRef, 0 when not known.
	TargetLine int `json:"targetLine,omitempty"`
	// Unreadable names fields that were written but could not be decoded, by their path
	// in the object: "spec.minReplicas".
	Unreadable []string `json:"unreadable,omitempty"`
}

// ScalingMetric is one thing that an autoscaler looks at.
type ScalingMetric struct {
	// Type is the HPA's ("Resource", "ContainerResource", "Pods", "Object", "External") or
	// that of a KEDA trigger ("cpu", "kafka", "prometheus", …).
	Type string `json:"type"`
	// Resource is "cpu" or "memory" for the metrics of a resource, of KEDA's triggers too.
	Resource  string `json:"resource,omitempty"`
	Container string `json:"container,omitempty"` // of a ContainerResource; empty is all
	// Name is that of the metric, or the query of KEDA's Prometheus trigger; empty for those
	// of a resource.
	Name string `json:"name,omitempty"`
	// Utilization: it is a share of the request, so it needs one.
	Utilization bool `json:"utilization,omitempty"`
	FirstLine   int  `json:"firstLine,omitempty"`
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

// NamespaceLabel is the label with a namespace's own name, which each of them has.
const NamespaceLabel = "kubernetes.io/metadata.name"

// NetworkPolicy is a NetworkPolicy of Kubernetes, Cilium or Calico.
type NetworkPolicy struct {
	Location Location `json:"location"`
	// Selector selects pods; nil selects none.
	Selector *Selector `json:"selector,omitempty"`
	// Everywhere: it is over the pods of all namespaces (Cilium's clusterwide, Calico's
	// global policies).
	Everywhere bool `json:"everywhere,omitempty"`
	// Namespaces narrows Everywhere to the namespaces whose NamespaceLabel it matches;
	// nil narrows nothing.
	Namespaces *Selector `json:"namespaces,omitempty"`
	// Ingress: the pods that it selects take only the traffic that some policy allows.
	Ingress bool `json:"ingress,omitempty"`
	// Open: one of its rules lets in everybody, or every pod of the cluster, on every port.
	// OpenUnread: whether one does could not be read, or hangs on the cluster. OpenLine is
	// the line of that rule, 0 when not known.
	Open       bool `json:"open,omitempty"`
	OpenUnread bool `json:"openUnread,omitempty"`
	OpenLine   int  `json:"openLine,omitempty"`
	// Refuses: one of its rules, of Cilium or Calico, refuses in so many words, which goes
	// before what another one lets in, or may.
	Refuses bool `json:"refuses,omitempty"`
	// Unreadable says why what it selects can't be told; empty when it can.
	Unreadable string `json:"unreadable,omitempty"`
}

// Monitor tells a metrics system to scrape pods: ServiceMonitor, PodMonitor,
// VMServiceScrape, VMPodScrape, PodMonitoring, ClusterPodMonitoring.
type Monitor struct {
	Location Location  `json:"location"`
	Selector *Selector `json:"selector,omitempty"` // nil selects nothing
	// Pods: the selector is over pods, else over Services.
	Pods bool `json:"pods,omitempty"`
	// Namespaces are those that it looks in; none and not AnyNamespace is its own.
	Namespaces   []string      `json:"namespaces,omitempty"`
	AnyNamespace bool          `json:"anyNamespace,omitempty"`
	Ports        []MonitorPort `json:"ports,omitempty"`
}

// MonitorPort is one endpoint of a monitor: the name of a Service's or a pod's port, or
// the pod's port as name or number.
type MonitorPort struct {
	Port         string `json:"port,omitempty"`   // `port`: a name; of PodMonitoring also a number
	Target       string `json:"target,omitempty"` // `targetPort`, `portNumber`
	TargetIsName bool   `json:"targetIsName,omitempty"`
	FirstLine    int    `json:"firstLine,omitempty"`
}

// Scrape is a job of a Prometheus configuration (scrape_configs), in a file, in a
// ConfigMap or in a chart's values, or a receiver of the OpenTelemetry Collector that asks
// a server for its metrics.
type Scrape struct {
	Location Location `json:"location"`
	Job      string   `json:"job,omitempty"`
	// Targets are the hosts of static targets, without port: "cart", "cart.shop.svc".
	Targets []string `json:"targets,omitempty"`
	// Compose: a Compose file runs that Prometheus, so that it reaches what Compose runs, by
	// its name, and nothing of a cluster.
	Compose bool `json:"compose,omitempty"`
	// Annotated: it finds pods, endpoints or Services by itself and keeps those that the
	// annotation prometheus.io/scrape asks for.
	Annotated bool `json:"annotated,omitempty"`
	// Discovered: it finds pods, endpoints or Services by itself, and what it keeps of
	// them does not hang on that annotation.
	Discovered bool `json:"discovered,omitempty"`
}

// Route leads requests from outside to Services: Ingress, OpenShift Route, and the
// Gateway API's HTTPRoute, GRPCRoute, TLSRoute, TCPRoute and UDPRoute.
type Route struct {
	Location Location       `json:"location"`
	Backends []RouteBackend `json:"backends,omitempty"`
	// Parents are the gateways that it is attached to, of the Gateway API.
	Parents []ObjectRef `json:"parents,omitempty"`
	// Uses are the traffic policies that it names: middlewares, plugins, filters.
	Uses []ObjectRef `json:"uses,omitempty"`
}

// RouteBackend is a Service that a route leads to.
type RouteBackend struct {
	Service    ObjectRef `json:"service"` // kind and namespace filled in
	Port       string    `json:"port,omitempty"`
	PortIsName bool      `json:"portIsName,omitempty"`
	FirstLine  int       `json:"firstLine,omitempty"`
}

// ReferenceGrant lets objects of other namespaces refer to those of its own.
type ReferenceGrant struct {
	Location Location `json:"location"`
	// From are the groups, kinds and namespaces of the objects that may, without version
	// and name; To are those to which, without version, and without a name where all of
	// the kind are meant.
	From []GrantPeer `json:"from,omitempty"`
	To   []GrantPeer `json:"to,omitempty"`
	// Unread: a part of it could not be read, so that it may let in more.
	Unread bool `json:"unread,omitempty"`
}

// GrantPeer is a side of a ReferenceGrant.
type GrantPeer struct {
	Group     string `json:"group,omitempty"`
	Kind      string `json:"kind"`
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name,omitempty"`
}

// lets reports whether the grant lets the route lead to the Service.
func (g *ReferenceGrant) lets(route, service ObjectRef) bool {
	return g.Location.Object.PairingNamespace() == service.PairingNamespace() &&
		slices.ContainsFunc(g.From, func(p GrantPeer) bool {
			return p.Group == route.Group() && p.Kind == route.Kind && ObjectRef{Namespace: p.Namespace}.PairingNamespace() == route.PairingNamespace()
		}) &&
		slices.ContainsFunc(g.To, func(p GrantPeer) bool {
			return p.Group == "" && p.Kind == "Service" && (p.Name == "" || p.Name == service.Name)
		})
}

// Role is a Role or ClusterRole of RBAC.
type Role struct {
	Location Location     `json:"location"`
	Rules    []PolicyRule `json:"rules,omitempty"`
	// Labels are a ClusterRole's, by which others take its rules.
	Labels map[string]string `json:"labels,omitempty"`
	// Aggregates: its rules are those of the ClusterRoles that one of the selectors
	// matches, put together by a controller; nil where they are its own.
	Aggregates []Selector `json:"aggregates,omitempty"`
	// Open: files do not tell all of its rules, since a controller puts them together or
	// something fills them in.
	Open bool `json:"open,omitempty"`
}

// PolicyRule is one rule of a Role.
type PolicyRule struct {
	Verbs     []string `json:"verbs,omitempty"`
	Groups    []string `json:"groups,omitempty"`
	Resources []string `json:"resources,omitempty"`
	// Names are those of the objects that it is over; none is all.
	Names []string `json:"names,omitempty"`
	// URLs are paths of the API server that are no resources.
	URLs      []string `json:"urls,omitempty"`
	FirstLine int      `json:"firstLine,omitempty"`
}

// PriorityClass is a class of priorities that pods name.
type PriorityClass struct {
	Location Location `json:"location"`
	// Value is nil where it could not be read.
	Value *int32 `json:"value,omitempty"`
	// GlobalDefault: it is the class of pods that name none.
	GlobalDefault bool `json:"globalDefault,omitempty"`
}

// Binding is a RoleBinding or ClusterRoleBinding.
type Binding struct {
	Location Location `json:"location"`
	// Role is what roleRef names; its namespace is the binding's for a Role.
	Role ObjectRef `json:"role"`
	// Subjects are the accounts, users and groups, with the kinds ServiceAccount, User and Group.
	Subjects []ObjectRef `json:"subjects,omitempty"`
}

// SecretObject is a Secret manifest, of any form that has plain values of its own. Values
// are never kept.
type SecretObject struct {
	Location Location    `json:"location"`
	Type     string      `json:"type,omitempty"`
	Keys     []SecretKey `json:"keys,omitempty"`
}

// SecretKey is one key of a Secret's data, and what sort of value it holds.
type SecretKey struct {
	Name string `json:"name"`
	// Value is "literal" (it may be a secret), "placeholder", "empty", "public" (a
	// certificate, a public key, a key set), "setting" (a user's name, a host, a path, a file of settings, a URL
	// without credentials, a switch), "encrypted", "generated" (made when the
	// chart is rendered, and not in the repository) or "unreadable".
	Value     string `json:"value"`
	FirstLine int    `json:"firstLine,omitempty"`
	// Allowed is that of a Leak, of a literal value.
	Allowed string `json:"allowed,omitempty"`
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
	// Retiring are its objects whose API version has been, or will be, taken out of
	// Kubernetes, and those of which it came later than the version they are read for.
	Retiring []RetiringAPI `json:"retiring,omitempty"`
}

// RetiringAPI is an object of an API version whose end is known, that is too new, or that
// Kubernetes never had.
type RetiringAPI struct {
	Location Location `json:"location"` // with the object
	// Introduced is set where the API came after the version of Kubernetes that the
	// manifests are read for: "v1.23".
	Introduced string `json:"introduced,omitempty"`
	// Deprecated and Removed are the Kubernetes versions as of which it is: "v1.21", "v1.25".
	// Removed is empty where its end is not fixed yet.
	Deprecated string `json:"deprecated,omitempty"`
	Removed    string `json:"removed,omitempty"`
	// Replacement is the API version and kind to use instead, e.g. "policy/v1
	// PodDisruptionBudget"; empty where there is none.
	Replacement string `json:"replacement,omitempty"`
	// Written is the API version as the file has it, where Kubernetes never had it for the
	// kind; the object is that of the Replacement then. Unsure: the version that the
	// manifests are read for is newer than all that are known, and may have it.
	Written string `json:"written,omitempty"`
	Unsure  bool   `json:"unsure,omitempty"`
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
