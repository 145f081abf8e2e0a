package kube

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	apischema "k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"
)

// DefaultKubeVersion is the Kubernetes version that charts are rendered for when
// nothing else is said: the newest whose types this program has.
const DefaultKubeVersion = "v1.37.0"

var (
	apiVersionForm = regexp.MustCompile(`^(?:([a-z0-9.-]+)/)?v\d+(?:(?:alpha|beta)\d+)?$`)
	kindForm       = regexp.MustCompile(`^[A-Z][A-Za-z0-9]*$`)
)

// plainGroups are the API groups without a dot; any other name without one is some
// tool's own (skaffold, openslo).
var plainGroups = []string{"", "apps", "batch", "autoscaling", "policy", "extensions"}

// foreignGroups look like API groups and are configuration of tools that no API
// server ever sees.
var foreignGroups = []string{
	"backstage.io", "scaffolder.backstage.io", "kustomize.config.k8s.io", "config.kubernetes.io", "kubeadm.k8s.io",
	"kind.x-k8s.io", "eksctl.io", "k3d.io", "audit.k8s.io", "client.authentication.k8s.io", "ctlptl.dev", "tilt.dev",
	"kpt.dev", "fn.kpt.dev", "vendir.k14s.io", "kbld.k14s.io", "kapp.k14s.io", "kuttl.dev", "chainsaw.kyverno.io",
	"cli.kyverno.io", "mirror.openshift.io", "deploy.cloud.google.com", "krew.googlecontainertools.github.com",
	"clusterctl.cluster.x-k8s.io",
}

// foreignCore are kinds that claim the core group and are files of kubectl.
var foreignCore = []string{"Config", "Preferences"}

// isObject reports whether an apiVersion and a kind name something that an API
// server could hold.
func isObject(apiVersion, kind string) bool {
	m := apiVersionForm.FindStringSubmatch(apiVersion)
	if m == nil || !kindForm.MatchString(kind) {
		return false
	}
	group := m[1]
	switch {
	case group == "" && slices.Contains(foreignCore, kind):
		return false
	case !strings.Contains(group, "."):
		return slices.Contains(plainGroups, group)
	case strings.HasSuffix(group, ".config.k8s.io") || slices.Contains(foreignGroups, group):
		return false
	}
	return true
}

// api knows Kubernetes' own kinds.
type api struct {
	types  map[apischema.GroupVersionKind]reflect.Type
	groups map[string]bool
}

func newAPI() *api {
	a := &api{types: scheme.Scheme.AllKnownTypes(), groups: map[string]bool{}}
	for gvk := range a.types {
		a.groups[gvk.Group] = true
	}
	return a
}

// typeOf gives the Go type of a kind; nil for one that is not known here.
func (a *api) typeOf(apiVersion, kind string) reflect.Type {
	gv, err := apischema.ParseGroupVersion(apiVersion)
	if err != nil {
		return nil
	}
	return a.types[gv.WithKind(kind)]
}

// formerKinds were once in Kubernetes' own groups, or in OpenShift's that had no
// group of their own; their types are gone, so nothing can be said of their fields.
var formerKinds = []string{
	"PodSecurityPolicy", "ThirdPartyResource", "Ingress", "NetworkPolicy", "HorizontalPodAutoscaler", "CronJob",
	"ScheduledJob", "JobTemplate", "DeploymentConfig", "BuildConfig", "Build", "Route", "Template", "ImageStream", "Project",
	"Role", "RoleBinding", "PolicyBinding", "Policy", "Group", "User", "SecurityContextConstraints", "ImageStreamTag",
	"OAuthClient", "ClusterRole", "ClusterRoleBinding", "List",
}

// misnamed says what is wrong with a kind that Kubernetes ought to know and does not.
func (a *api) misnamed(apiVersion, kind string) string {
	gv, err := apischema.ParseGroupVersion(apiVersion)
	if err != nil || !slices.Contains(plainGroups, gv.Group) || slices.Contains(formerKinds, strings.TrimSuffix(kind, "List")) {
		return ""
	}
	var elsewhere []string
	for gvk := range a.types {
		if gvk.Kind == kind {
			elsewhere = append(elsewhere, gvk.GroupVersion().String())
		}
	}
	slices.Sort(elsewhere)
	if len(elsewhere) > 0 {
		return fmt.Sprintf("Kubernetes has no %s in %s; it is in %s", kind, apiVersion, strings.Join(elsewhere, ", "))
	}
	return fmt.Sprintf("Kubernetes knows no kind %s in %s", kind, apiVersion)
}

// served lists the built-in API versions of a Kubernetes version, as Helm's
// capabilities name them: "apps/v1" and "apps/v1/Deployment". Beta APIs born after
// 1.23 and alpha ones are off unless someone switches them on, so they are left out.
func (a *api) served(version string) []string {
	major, minor := versionOf(version)
	set := map[string]bool{}
	for gvk, t := range a.types {
		if !strings.HasPrefix(t.PkgPath(), "k8s.io/api/") || !hasMetadata(t) {
			continue
		}
		if !servedIn(t, gvk.Version, major, minor) {
			continue
		}
		set[gvk.GroupVersion().String()] = true
		set[gvk.GroupVersion().String()+"/"+gvk.Kind] = true
	}
	for _, s := range []string{"apiextensions.k8s.io/v1", "apiextensions.k8s.io/v1/CustomResourceDefinition",
		"apiregistration.k8s.io/v1", "apiregistration.k8s.io/v1/APIService"} {
		set[s] = true
	}
	return sortedKeys(set)
}

func hasMetadata(t reflect.Type) bool {
	_, ok := t.FieldByName("ObjectMeta")
	return ok
}

// The generated types say when they came and went.
type removed interface{ APILifecycleRemoved() (major, minor int) }
type introduced interface{ APILifecycleIntroduced() (major, minor int) }

func servedIn(t reflect.Type, version string, major, minor int) bool {
	v := reflect.New(t).Interface()
	if r, ok := v.(removed); ok {
		if a, b := r.APILifecycleRemoved(); !before(major, minor, a, b) {
			return false
		}
	}
	born := [2]int{1, 0}
	if i, ok := v.(introduced); ok {
		born[0], born[1] = i.APILifecycleIntroduced()
	}
	if before(major, minor, born[0], born[1]) {
		return false
	}
	switch {
	case strings.Contains(version, "alpha"):
		return false
	case strings.Contains(version, "beta"):
		return before(born[0], born[1], 1, 24)
	}
	return true
}

func before(major, minor, thanMajor, thanMinor int) bool {
	return major < thanMajor || major == thanMajor && minor < thanMinor
}

var versionForm = regexp.MustCompile(`^v?(\d+)\.(\d+)`)

// versionOf reads "v1.30.2"; what it can't read is the default version.
func versionOf(s string) (major, minor int) {
	m := versionForm.FindStringSubmatch(s)
	if m == nil {
		m = versionForm.FindStringSubmatch(DefaultKubeVersion)
	}
	major, _ = strconv.Atoi(m[1]) // digits by the expression
	minor, _ = strconv.Atoi(m[2])
	return major, minor
}

// clusterKinds have no namespace.
var clusterKinds = []string{
	"Namespace", "Node", "PersistentVolume", "ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition", "StorageClass",
	"PriorityClass", "IngressClass", "RuntimeClass", "CSIDriver", "CSINode", "VolumeAttachment", "APIService",
	"MutatingWebhookConfiguration", "ValidatingWebhookConfiguration", "ValidatingAdmissionPolicy",
	"ValidatingAdmissionPolicyBinding", "MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding", "PodSecurityPolicy",
	"FlowSchema", "PriorityLevelConfiguration", "CertificateSigningRequest", "ClusterIssuer", "GatewayClass",
	"SecurityContextConstraints", "ClusterTrustBundle", "DeviceClass", "VolumeSnapshotClass", "ClusterPolicy",
	"CiliumClusterwideNetworkPolicy", "GlobalNetworkPolicy", "ClusterPodMonitoring",
}

func clusterScoped(kind string) bool { return slices.Contains(clusterKinds, kind) }

func sortedKeys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
