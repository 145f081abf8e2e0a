package kube

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	apischema "k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/reader/kube/lifecycle"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// DefaultKubeVersion is the Kubernetes version that charts are rendered for when
// nothing else is said: the newest whose types this program has.
const DefaultKubeVersion = "v1.37.0"

var (
	apiVersionForm = lazyregexp.New(`^(?:([a-z0-9.-]+)/)?v\d+(?:(?:alpha|beta)\d+)?$`)
	kindForm       = lazyregexp.New(`^[A-Z][A-Za-z0-9]*$`)
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

// lowerKinds are kinds in small letters, by their groups.
var lowerKinds = map[string]string{"acid.zalan.do": "postgresql"}

// isObject reports whether an apiVersion and a kind name something that an API
// server could hold.
func isObject(apiVersion, kind string) bool {
	if _, misspelt := meant(apiVersion, kind); misspelt {
		return true
	}
	m := apiVersionForm.FindStringSubmatch(apiVersion)
	if m == nil || !kindForm.MatchString(kind) && kind != lowerKinds[m[1]] {
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

// openshiftKinds are OpenShift's from when it had no groups of its own; their types are
// not known here, so nothing can be said of their fields.
var openshiftKinds = []string{
	"DeploymentConfig", "BuildConfig", "Build", "Route", "Template", "ImageStream", "Project", "Role", "RoleBinding",
	"PolicyBinding", "Policy", "Group", "User", "SecurityContextConstraints", "ImageStreamTag", "OAuthClient", "ClusterRole",
	"ClusterRoleBinding",
}

// wasThere reports whether a kind whose type is not known was once in Kubernetes' own
// groups, or in OpenShift's that had no names.
func wasThere(apiVersion, kind string) bool {
	_, former := lifecycle.Find(apiVersion, kind)
	return former || kind == "" || apiVersion == "v1" && slices.Contains(openshiftKinds, kind)
}

// misnamed says what is wrong with a kind that Kubernetes ought to know and does not.
func (a *api) misnamed(apiVersion, kind string) string {
	gv, err := apischema.ParseGroupVersion(apiVersion)
	if err != nil || !slices.Contains(plainGroups, gv.Group) || wasThere(apiVersion, strings.TrimSuffix(kind, "List")) {
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
// capabilities name them: "apps/v1" and "apps/v1/Deployment".
func served(version lifecycle.Version) []string {
	set := map[string]bool{}
	for _, a := range lifecycle.All() {
		if a.Served(version) {
			set[a.GroupVersion()] = true
			set[a.GroupVersion()+"/"+a.Kind] = true
		}
	}
	return sortedKeys(set)
}

// retiring says what becomes of an object's API, and whether the version has it yet;
// false for one that it has and that stays, and for one that Kubernetes never had.
func retiring(at scorecard.Location, version lifecycle.Version) (scorecard.RetiringAPI, bool) {
	a, ok := lifecycle.Find(at.Object.APIVersion, at.Object.Kind)
	tooNew := ok && version.Before(a.Introduced)
	if !ok || !tooNew && !a.Retiring() {
		return scorecard.RetiringAPI{}, false
	}
	api := scorecard.RetiringAPI{
		Location: at, Deprecated: a.Deprecated.String(), Removed: a.Removed.String(), Replacement: a.Instead(version),
	}
	if tooNew {
		api.Introduced = a.Introduced.String()
	}
	return api, true
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
