package seaworthy_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seaworthy-dev/seaworthy/checks"
	"github.com/seaworthy-dev/seaworthy/scan"
	"github.com/seaworthy-dev/seaworthy/scorecard"
	"github.com/seaworthy-dev/seaworthy/source/directory"
)

// TestExampleShop holds that the shop which a newcomer sees first shows what its
// README says: a service that is looked after, one that is not quite, and one that is not;
// and in which checks the first one's other form comes out differently.
func TestExampleShop(t *testing.T) {
	source, err := directory.New(directory.Options{ID: "shop", Path: "example", Now: func() time.Time { return time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC) }})
	if err != nil {
		t.Fatal(err)
	}
	rubric, err := checks.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	var judged []scorecard.Judged
	_, _, err = scan.Judge(t.Context(), scan.Request{Source: source, Rubric: rubric, Each: func(_ scorecard.Revision, j scorecard.Judged) { judged = append(judged, j) }})
	if err != nil {
		t.Fatal(err)
	}
	type verdict struct {
		Level     scorecard.Level
		Fails     []string
		Otherwise []string
	}
	got := map[string]verdict{}
	for _, j := range judged {
		v := verdict{Level: j.Scorecard.Level}
		for _, r := range j.Scorecard.Results {
			switch r.Outcome {
			case scorecard.Fail:
				v.Fails = append(v.Fails, r.Check)
			case scorecard.Unknown:
				t.Errorf("%s: %s is unknown: %s", j.Inventory.Service.Name, r.Check, r.Reason)
			}
			for _, o := range r.Otherwise {
				v.Otherwise = append(v.Otherwise, r.Check+": "+string(o.Outcome)+" in "+o.Form)
			}
		}
		got[j.Inventory.Service.ID] = v
	}
	want := map[string]verdict{
		"default.storefront": {Level: scorecard.Gold, Fails: []string{"postmortem-actions-tracked", "chaos-tested", "restore-drilled"}, Otherwise: []string{
			"replicas-redundant: FAIL in kustomize storefront/deploy/overlays/staging",
			"priority-set: FAIL in kustomize storefront/deploy/overlays/staging",
			"autoscaled: FAIL in kustomize storefront/deploy/overlays/staging",
		}},
		"default.orders": {Level: scorecard.Bronze, Fails: []string{
			"batch-bounded", "probes-distinct", "node-spread", "pdb-allows-eviction", "zone-spread", "autoscaled", "load-tested",
			"slo-sound", "error-budget-policy", "slo-burn-rate-alerts", "slo-latency-and-availability", "alerts-defined", "oncall-declared", "runbook-present", "postmortems-kept", "dashboards-as-code",
			"logs-structured", "traced", "progressive-delivery", "auto-rollback", "circuit-breaker",
			"timeouts-and-retries", "chaos-tested", "dr-plan", "restore-drilled", "dependencies-updated", "secrets-managed",
			"vulnerabilities-scanned", "dependencies-declared", "lifecycle-and-tier",
		}},
		"shop.recommender": {Level: scorecard.None, Fails: []string{
			"liveness-probe", "readiness-probe", "replicas-redundant", "memory-limited", "requests-set", "autoscaled", "load-tested",
			"manifests-valid", "slo-defined", "alerts-defined", "oncall-declared", "runbook-present", "postmortems-kept", "dashboards-as-code",
			"logs-structured", "metrics-scraped",
			"traced", "ci-tests", "deploy-automated", "deploy-frequency", "progressive-delivery", "auto-rollback", "state-remote", "versions-pinned", "iac-drift-watched", "network-isolated",
			"circuit-breaker", "timeouts-and-retries", "chaos-tested", "delete-protected", "image-pinned", "dependencies-updated",
			"unprivileged", "vulnerabilities-scanned", "catalog-registered", "owner-declared",
		}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
