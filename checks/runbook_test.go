package checks

import (
	"strings"
	"testing"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// The skeleton's commands are ones that work on what runs the service.
func TestRunbookCommands(t *testing.T) {
	for _, c := range []struct {
		runs         scorecard.ObjectRef
		want, absent []string
	}{
		{scorecard.ObjectRef{APIVersion: "apps/v1", Kind: "Deployment", Namespace: "shop", Name: "cart"}, []string{"`kubectl logs deployment/cart --since=15m -n shop`", "`kubectl rollout undo deployment/cart -n shop`"}, nil},
		{scorecard.ObjectRef{APIVersion: "apps/v1", Kind: "StatefulSet", Namespace: scorecard.ReleaseNamespace("x"), Name: "db"}, []string{"`kubectl logs statefulset/db --since=15m`"}, []string{"deployment/", "-n "}},
		{scorecard.ObjectRef{APIVersion: "apps/v1", Kind: "DaemonSet", Name: "agent"}, []string{"rollout restart daemonset/agent"}, []string{"scale"}},
		{scorecard.ObjectRef{APIVersion: "batch/v1", Kind: "Job", Name: "load"}, []string{"logs job/load", "delete job/load"}, []string{"rollout", "scale", "deployment"}},
		{scorecard.ObjectRef{APIVersion: "batch/v1", Kind: "CronJob", Name: "night"}, []string{"create job --from=cronjob/night night-by-hand", `patch cronjob/night -p '{"spec":{"suspend":true}}'`}, []string{"rollout", "scale", "deployment"}},
		{scorecard.ObjectRef{APIVersion: "argoproj.io/v1alpha1", Kind: "Rollout", Name: "web"}, []string{"argo rollouts undo web"}, []string{"rollout history", "deployment"}},
		{scorecard.ObjectRef{APIVersion: "apps.openshift.io/v1", Kind: "DeploymentConfig", Name: "web"}, []string{"oc rollout undo dc/web"}, []string{"deployment/"}},
		{scorecard.ObjectRef{APIVersion: "serving.knative.dev/v1", Kind: "Service", Name: "fn"}, []string{"kubectl get service.serving.knative.dev fn"}, []string{"deployment", "rollout"}},
		{scorecard.ObjectRef{Kind: "Compose", Name: "web"}, []string{"docker compose logs --since 15m web"}, []string{"kubectl"}},
		{scorecard.ObjectRef{}, []string{"Where its logs are"}, []string{"kubectl", "docker"}},
	} {
		text := runbookRemedy(&scorecard.Service{Name: "x", Runs: c.runs})
		for _, w := range c.want {
			if !strings.Contains(text, w) {
				t.Errorf("%s: no %q in\n%s", c.runs, w, text)
			}
		}
		for _, w := range c.absent {
			if strings.Contains(text, w) {
				t.Errorf("%s: %q in\n%s", c.runs, w, text)
			}
		}
	}
}
