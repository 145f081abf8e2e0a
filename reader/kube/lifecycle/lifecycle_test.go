package lifecycle

import (
	"cmp"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"
)

// The types of the release that go.mod pins say the same as the table, so that a new
// release makes this fail until the table is generated again.
func TestTableIsThatOfThePinnedRelease(t *testing.T) {
	const again = "run `go generate ./reader/kube/lifecycle`"
	pinned := map[API]bool{}
	for gvk, typ := range scheme.Scheme.AllKnownTypes() {
		if _, ok := typ.FieldByName("ObjectMeta"); !ok || !strings.HasPrefix(typ.PkgPath(), "k8s.io/api/") || gvk.Group == "imagepolicy.k8s.io" {
			continue
		}
		name := API{Group: gvk.Group, Version: gvk.Version, Kind: gvk.Kind}
		pinned[name] = true
		got, ok := Find(gvk.GroupVersion().String(), gvk.Kind)
		if !ok {
			t.Errorf("the table lacks %v; %s", gvk, again)
			continue
		}
		want := got // where the type says nothing, its comment or other releases may
		v := reflect.New(typ).Interface()
		if x, ok := v.(interface{ APILifecycleIntroduced() (int, int) }); ok {
			want.Introduced = version(x.APILifecycleIntroduced())
		}
		if x, ok := v.(interface{ APILifecycleDeprecated() (int, int) }); ok {
			want.Deprecated = version(x.APILifecycleDeprecated())
		}
		if x, ok := v.(interface{ APILifecycleRemoved() (int, int) }); ok {
			want.Removed = version(x.APILifecycleRemoved())
		}
		if x, ok := v.(interface {
			APILifecycleReplacement() schema.GroupVersionKind
		}); ok {
			r := x.APILifecycleReplacement()
			if _, exists := Find(r.GroupVersion().String(), r.Kind); exists {
				want.Replacement = r.GroupVersion().String() + " " + r.Kind
			}
		}
		if got != want {
			t.Errorf("the table has %+v, the type %+v; %s", got, want, again)
		}
	}
	for _, a := range All() {
		gone := a.Gone(Newest()) || a.Group == "apiextensions.k8s.io" || a.Group == "apiregistration.k8s.io"
		if !gone && !pinned[API{Group: a.Group, Version: a.Version, Kind: a.Kind}] {
			t.Errorf("%s %s is gone from the pinned release; %s", a.GroupVersion(), a.Kind, again)
		}
	}
	mod, err := os.ReadFile("../../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`k8s\.io/api v0\.(\d+)\.`).FindSubmatch(mod)
	if m == nil || string(m[1]) != strconv.Itoa(newest) {
		t.Errorf("the table is of 1.%d, go.mod has %q; %s", newest, m, again)
	}
}

func version(major, minor int) Version { return Version{major, minor} }

// What Kubernetes' deprecation guide says. https://kubernetes.io/docs/reference/using-api/deprecation-guide/
func TestGuide(t *testing.T) {
	for _, c := range []struct {
		api, removed, instead string
	}{
		{"extensions/v1beta1 Deployment", "v1.16", "apps/v1 Deployment"},
		{"extensions/v1beta1 DaemonSet", "v1.16", "apps/v1 DaemonSet"},
		{"extensions/v1beta1 NetworkPolicy", "v1.16", "networking.k8s.io/v1 NetworkPolicy"},
		{"extensions/v1beta1 PodSecurityPolicy", "v1.16", ""},
		{"apps/v1beta1 StatefulSet", "v1.16", "apps/v1 StatefulSet"},
		{"apps/v1beta2 ReplicaSet", "v1.16", "apps/v1 ReplicaSet"},
		{"extensions/v1beta1 Ingress", "v1.22", "networking.k8s.io/v1 Ingress"},
		{"networking.k8s.io/v1beta1 Ingress", "v1.22", "networking.k8s.io/v1 Ingress"},
		{"networking.k8s.io/v1beta1 IngressClass", "v1.22", "networking.k8s.io/v1 IngressClass"},
		{"apiextensions.k8s.io/v1beta1 CustomResourceDefinition", "v1.22", "apiextensions.k8s.io/v1 CustomResourceDefinition"},
		{"apiregistration.k8s.io/v1beta1 APIService", "v1.22", "apiregistration.k8s.io/v1 APIService"},
		{"admissionregistration.k8s.io/v1beta1 ValidatingWebhookConfiguration", "v1.22", "admissionregistration.k8s.io/v1 ValidatingWebhookConfiguration"},
		{"rbac.authorization.k8s.io/v1beta1 ClusterRole", "v1.22", "rbac.authorization.k8s.io/v1 ClusterRole"},
		{"storage.k8s.io/v1beta1 CSIDriver", "v1.22", "storage.k8s.io/v1 CSIDriver"},
		{"scheduling.k8s.io/v1beta1 PriorityClass", "v1.22", "scheduling.k8s.io/v1 PriorityClass"},
		{"certificates.k8s.io/v1beta1 CertificateSigningRequest", "v1.22", "certificates.k8s.io/v1 CertificateSigningRequest"},
		{"coordination.k8s.io/v1beta1 Lease", "v1.22", "coordination.k8s.io/v1 Lease"},
		{"policy/v1beta1 PodSecurityPolicy", "v1.25", ""},
		{"policy/v1beta1 PodDisruptionBudget", "v1.25", "policy/v1 PodDisruptionBudget"},
		{"batch/v1beta1 CronJob", "v1.25", "batch/v1 CronJob"},
		{"autoscaling/v2beta1 HorizontalPodAutoscaler", "v1.25", "autoscaling/v2 HorizontalPodAutoscaler"},
		{"discovery.k8s.io/v1beta1 EndpointSlice", "v1.25", "discovery.k8s.io/v1 EndpointSlice"},
		{"events.k8s.io/v1beta1 Event", "v1.25", "events.k8s.io/v1 Event"},
		{"node.k8s.io/v1beta1 RuntimeClass", "v1.25", "node.k8s.io/v1 RuntimeClass"},
		{"autoscaling/v2beta2 HorizontalPodAutoscaler", "v1.26", "autoscaling/v2 HorizontalPodAutoscaler"},
		{"flowcontrol.apiserver.k8s.io/v1beta1 FlowSchema", "v1.26", "flowcontrol.apiserver.k8s.io/v1 FlowSchema"},
		{"storage.k8s.io/v1beta1 CSIStorageCapacity", "v1.27", "storage.k8s.io/v1 CSIStorageCapacity"},
		{"flowcontrol.apiserver.k8s.io/v1beta2 FlowSchema", "v1.29", "flowcontrol.apiserver.k8s.io/v1 FlowSchema"},
		{"flowcontrol.apiserver.k8s.io/v1beta3 PriorityLevelConfiguration", "v1.32", "flowcontrol.apiserver.k8s.io/v1 PriorityLevelConfiguration"},
		// Not in the guide: they were alpha, or have no end yet.
		{"batch/v2alpha1 CronJob", "v1.21", "batch/v1 CronJob"},
		{"settings.k8s.io/v1alpha1 PodPreset", "v1.20", ""},
		{"auditregistration.k8s.io/v1alpha1 AuditSink", "v1.19", ""},
		{"resource.k8s.io/v1alpha2 ResourceClaim", "v1.31", "resource.k8s.io/v1 ResourceClaim"},
		{"resource.k8s.io/v1alpha3 DeviceClass", "v1.34", "resource.k8s.io/v1 DeviceClass"},
		{"v1 Endpoints", "", "discovery.k8s.io/v1 EndpointSlice"},
		{"v1 ComponentStatus", "", ""},
	} {
		apiVersion, kind, _ := strings.Cut(c.api, " ")
		a, ok := Find(apiVersion, kind)
		if !ok || !a.Retiring() || a.Removed.String() != c.removed || a.Instead(in(37)) != c.instead {
			t.Errorf("%s: %+v, instead %q; want removed %q, instead %q", c.api, a, a.Instead(in(37)), c.removed, c.instead)
		}
	}
	for _, stable := range []string{"apps/v1 Deployment", "v1 Pod", "networking.k8s.io/v1 Ingress", "autoscaling/v1 HorizontalPodAutoscaler"} {
		apiVersion, kind, _ := strings.Cut(stable, " ")
		if a, ok := Find(apiVersion, kind); !ok || a.Retiring() {
			t.Errorf("%s: %+v, %v", stable, a, ok)
		}
	}
	if a, ok := Find("extensions.example.com/v1beta1", "Deployment"); ok {
		t.Errorf("found %+v", a)
	}
}

func TestInsteadIsThere(t *testing.T) {
	for _, c := range []struct {
		api     string
		version Version
		want    string
	}{
		{"flowcontrol.apiserver.k8s.io/v1beta1 FlowSchema", in(26), "flowcontrol.apiserver.k8s.io/v1beta3 FlowSchema"},
		{"flowcontrol.apiserver.k8s.io/v1beta1 FlowSchema", in(29), "flowcontrol.apiserver.k8s.io/v1 FlowSchema"},
		{"extensions/v1beta1 PodSecurityPolicy", in(20), "policy/v1beta1 PodSecurityPolicy"},
		{"extensions/v1beta1 PodSecurityPolicy", in(25), ""},
	} {
		apiVersion, kind, _ := strings.Cut(c.api, " ")
		a, _ := Find(apiVersion, kind)
		if got := a.Instead(c.version); got != c.want {
			t.Errorf("%s in %s: %q, want %q", c.api, c.version, got, c.want)
		}
	}
	for _, a := range All() {
		i := a.Instead(Newest())
		if i == "" {
			continue
		}
		apiVersion, kind, _ := strings.Cut(i, " ")
		if b, ok := Find(apiVersion, kind); !ok || b.Gone(Newest()) {
			t.Errorf("%s %s is to be replaced by %s, which is not there", a.GroupVersion(), a.Kind, i)
		}
	}
}

func TestServed(t *testing.T) {
	for _, c := range []struct {
		api      string
		from, to int // the first version that serves it, and the first that does not; 0 is none
	}{
		{"apps/v1 Deployment", 9, 0},
		{"extensions/v1beta1 Ingress", 1, 22},
		{"networking.k8s.io/v1 Ingress", 19, 0},
		{"policy/v1beta1 PodSecurityPolicy", 10, 25},
		{"autoscaling/v2beta2 HorizontalPodAutoscaler", 12, 26},
		{"flowcontrol.apiserver.k8s.io/v1beta3 FlowSchema", 26, 32}, // a later beta of a kind that was beta before 1.24
		{"apiextensions.k8s.io/v1 CustomResourceDefinition", 16, 0},
		{"resource.k8s.io/v1beta1 ResourceClaim", 0, 0}, // born off
		{"storage.k8s.io/v1alpha1 VolumeAttachment", 0, 0},
	} {
		apiVersion, kind, _ := strings.Cut(c.api, " ")
		a, _ := Find(apiVersion, kind)
		for minor := 1; minor <= newest+5; minor++ {
			want := c.from > 0 && minor >= c.from && (c.to == 0 || minor < c.to)
			if a.Served(in(minor)) != want {
				t.Errorf("%s in 1.%d: served is %v", c.api, minor, !want)
			}
		}
	}
}

func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		"1.31": "v1.31.0", "v1.31": "v1.31.0", "v1.31.4": "v1.31.4", "1.31.04": "v1.31.4", "1.99": "v1.99.0",
		"": "", "newest": "", "1": "", "v1": "", "1.31.x": "", "1.31.4.5": "", "0.31": "", "v1.31.4-gke.100": "", " 1.31": "", "1.99999999999999999999": "", "-1.3": "",
	} {
		v, whole, err := Parse(text)
		if whole != want || (err == nil) != (want != "") || err == nil && !strings.HasPrefix(want, v.String()+".") {
			t.Errorf("Parse(%q) = %v, %q, %v; want %q", text, v, whole, err, want)
		}
	}
}

func TestTableIsSorted(t *testing.T) {
	if !slices.IsSortedFunc(All(), func(a, b API) int {
		return cmp.Or(cmp.Compare(a.Group, b.Group), cmp.Compare(a.Version, b.Version), cmp.Compare(a.Kind, b.Kind))
	}) {
		t.Error("the table is not sorted")
	}
}
