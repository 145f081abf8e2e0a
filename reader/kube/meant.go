package kube

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agext/levenshtein"
	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/reader/kube/lifecycle"
)

// homes are the API versions of kinds that everybody knows, which no other tool of
// note has under a name like theirs.
var homes = map[string]string{
	"Deployment": "apps/v1", "StatefulSet": "apps/v1", "DaemonSet": "apps/v1", "ReplicaSet": "apps/v1",
	"Job": "batch/v1", "CronJob": "batch/v1",
	"HorizontalPodAutoscaler": "autoscaling/v2",
	"PodDisruptionBudget":     "policy/v1",
	"Ingress":                 "networking.k8s.io/v1", "NetworkPolicy": "networking.k8s.io/v1", "IngressClass": "networking.k8s.io/v1",
	"Role": rbacGroup + "/v1", "ClusterRole": rbacGroup + "/v1", "RoleBinding": rbacGroup + "/v1", "ClusterRoleBinding": rbacGroup + "/v1",
	"StorageClass":  "storage.k8s.io/v1",
	"PriorityClass": "scheduling.k8s.io/v1",
	"Pod":           "v1", "Service": "v1", "ConfigMap": "v1", "Secret": "v1", "ServiceAccount": "v1", "Namespace": "v1",
	"PersistentVolume": "v1", "PersistentVolumeClaim": "v1", "LimitRange": "v1", "ResourceQuota": "v1",
}

var versionForm = lazyregexp.New(`^v\d+((alpha|beta)\d+)?$`)

// neverThere gives the API version that stands for a kind of Kubernetes' own in a version
// of its group that there never was: `policy/v2` PodDisruptionBudget, `apps/V1` Deployment.
func neverThere(apiVersion, kind string) (string, bool) {
	group, version, found := strings.Cut(apiVersion, "/")
	if !found {
		group, version = "", apiVersion
	}
	if wasThere(apiVersion, kind) || !versionForm.MatchString(strings.ToLower(version)) {
		return "", false
	}
	last, ok := lifecycle.Last(group, kind)
	if !ok {
		return "", false
	}
	if home, ok := homes[kind]; ok {
		return home, true
	}
	return last.GroupVersion(), !last.Gone(lifecycle.Newest())
}

// mayCome reports whether a version newer than all that are known may have the API version.
func mayCome(apiVersion, kind string) bool {
	_, ok := neverThere(apiVersion, kind)
	return ok && strings.ToLower(apiVersion) == apiVersion
}

// meant gives the API version that was meant where a well-known kind is written with a
// group that it is not of, and that is one of Kubernetes' or nearly so: `app/v1`
// Deployment, `v1` CronJob, `core/v1` Service; or where there never was the version. false
// for what is right, and for groups that may be another tool's.
func meant(apiVersion, kind string) (string, bool) {
	if home, ok := neverThere(apiVersion, kind); ok {
		return home, true
	}
	home, ok := homes[kind]
	if !ok || home == apiVersion {
		return "", false
	}
	group, version, found := strings.Cut(apiVersion, "/")
	if !found {
		group, version = "", apiVersion
	}
	right, _, found := strings.Cut(home, "/")
	if !found {
		right = ""
	}
	if group == right || group == "extensions" || !versionForm.MatchString(version) || wasThere(apiVersion, kind) {
		return "", false
	}
	return home, slices.Contains(plainGroups, group) || near(strings.ToLower(group), right)
}

// near reports whether a group reads like that one, written badly.
func near(group, right string) bool {
	if right == "" {
		return group == "core" || group == "core.k8s.io"
	}
	short, _, _ := strings.Cut(right, ".")
	if group == right || group == short || group == short+".k8s.io" {
		return true
	}
	return levenshtein.Distance(group, right, nil) <= min(2, len(right)/4)
}

// corrected is the object with the API version that was meant, and what is wrong with
// the one that is written; the message is empty where that is right.
func corrected(n *yaml.Node) (*yaml.Node, string) {
	ref := refOf(n)
	right, wrong := meant(ref.APIVersion, ref.Kind)
	if !wrong {
		return n, ""
	}
	out := *n
	out.Content = slices.Clone(n.Content)
	for i := 0; i+1 < len(out.Content); i += 2 {
		if out.Content[i].Value == "apiVersion" {
			v := *out.Content[i+1]
			v.Value = right
			out.Content[i+1] = &v
		}
	}
	return &out, fmt.Sprintf("%s is of %s, not %s", ref.Kind, right, ref.APIVersion)
}
