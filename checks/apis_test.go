package checks

import (
	"strings"
	"testing"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

func retiringObject(kind, name, apiVersion, deprecated, removed, replacement string) scorecard.RetiringAPI {
	at := scorecard.Location{Path: "deploy/a.yaml", FirstLine: 1, LastLine: 1, Object: scorecard.ObjectRef{APIVersion: apiVersion, Kind: kind, Name: name}, Field: "apiVersion"}
	return scorecard.RetiringAPI{Location: at, Deprecated: deprecated, Removed: removed, Replacement: replacement}
}

func judgedAPIs(version string, retiring ...scorecard.RetiringAPI) scorecard.Finding {
	m := scorecard.Manifest{Location: scorecard.Location{Path: "deploy/a.yaml"}, Kind: "manifest", Objects: len(retiring), Retiring: retiring}
	return apiVersionsServed.Rule(scorecard.NewView(&scorecard.Inventory{Facts: scorecard.Facts{KubeVersion: version, Manifests: []scorecard.Manifest{m}}}))
}

// What goes later passes, and the reason names the version.
func TestAPIsThatGoLaterAreNoted(t *testing.T) {
	f := judgedAPIs("v1.24.3",
		retiringObject("PodDisruptionBudget", "a", "policy/v1beta1", "v1.21", "v1.25", "policy/v1 PodDisruptionBudget"),
		retiringObject("PodDisruptionBudget", "b", "policy/v1beta1", "v1.21", "v1.25", "policy/v1 PodDisruptionBudget"),
		retiringObject("Endpoints", "c", "v1", "v1.33", "", "discovery.k8s.io/v1 EndpointSlice"))
	const want = "manifest deploy/a.yaml has only API versions that Kubernetes v1.24 serves; policy/v1beta1 PodDisruptionBudget is deprecated as of v1.21 and removed as of v1.25; v1 Endpoints is deprecated as of v1.33"
	if f.Outcome != scorecard.Pass || f.Subjects != 1 || f.Reason != want || len(f.Evidence) != 4 {
		t.Errorf("%+v", f)
	}
}

func TestAPIsOfAnUnknownTarget(t *testing.T) {
	if f := judgedAPIs("", retiringObject("PodDisruptionBudget", "a", "policy/v1beta1", "v1.21", "v1.25", "policy/v1 PodDisruptionBudget")); f.Outcome != scorecard.Unknown {
		t.Errorf("%+v", f)
	}
	if f := judgedAPIs("", retiringObject("Endpoints", "c", "v1", "v1.33", "", "")); f.Outcome != scorecard.Pass {
		t.Errorf("%+v", f)
	}
}

// A remediation names a few objects with what to write, and once what else changes.
func TestAPIRemedies(t *testing.T) {
	var many []scorecard.RetiringAPI
	for _, name := range strings.Split("abcdefgh", "") {
		many = append(many, retiringObject("Ingress", name, "networking.k8s.io/v1beta1", "v1.19", "v1.22", "networking.k8s.io/v1 Ingress"))
	}
	r := judgedAPIs("v1.37.0", many...).Remedy()
	if strings.Count(r, "```yaml") != apisSpelled || strings.Count(r, "pathType") != 1 || !strings.Contains(r, "3 objects more of this manifest") {
		t.Error(r)
	}
	r = judgedAPIs("v1.37.0", retiringObject("PodSecurityPolicy", "tight", "policy/v1beta1", "v1.21", "v1.25", "")).Remedy()
	if !strings.Contains(r, "take out the PodSecurityPolicy tight") || !strings.Contains(r, "pod-security.kubernetes.io/enforce") || strings.Contains(r, "```") {
		t.Error(r)
	}
	r = judgedAPIs("v1.37.0", retiringObject("CronJob", "", "batch/v1beta1", "v1.21", "v1.25", "batch/v1 CronJob")).Remedy()
	if !strings.Contains(r, "apiVersion: batch/v1\n") || strings.Contains(r, "metadata") || strings.Contains(r, "What else") {
		t.Error(r)
	}
}
