package checks_test

import (
	"strings"
	"testing"

	"github.com/seaworthy-dev/seaworthy/checks"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// advice is what the remediation of a case has to say, and what it must not.
var advice = map[string]struct{ says, not string }{
	"dependencies-declared/fail/nothing":                             {"component:default/your-dependency", "-database"},
	"dependencies-declared/fail/beside-a-database":                   {"component:default/your-dependency", "resource:"},
	"dependencies-declared/fail/beside-a-volume":                     {"component:default/your-dependency", "-database"},
	"dependencies-declared/fail/variables-that-look-like-a-database": {"component:default/your-dependency", "-database"},
	"pdb-present/fail/listed-by-an-overlay":                          {"list that under `resources:` of `overlays/production/kustomization.yml` (`- cart-poddisruptionbudget.yaml`)", "as a Rollout"},
	"network-isolated/fail/listed-by-an-overlay":                     {"of `overlays/production/kustomization.yml`", "as a Rollout"},
	"replicas-redundant/fail/one":                                    {"replicas: 2", "StatefulSet"},
	"replicas-redundant/fail/mounts-scratch-space":                   {"replicas: 2", "StatefulSet"},
	"replicas-redundant/fail/mounts-a-volume-of-many-nodes":          {"Only where the claim is `ReadWriteMany`", "as a Rollout"},
	"replicas-redundant/fail/mounts-a-volume-of-one-node":            {"do not raise the replicas", "as a Rollout"},
	"replicas-redundant/fail/mounts-a-volume-of-one-pod":             {"volumeClaimTemplates", "as a Rollout"},
	"replicas-redundant/fail/mounts-a-claim-of-elsewhere":            {"type: Recreate", "as a Rollout"},
}

// A remediation says nothing that was not seen, and nothing that would not work.
func TestAdvice(t *testing.T) {
	rubric, err := checks.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	met := 0
	for _, c := range allCases(t) {
		want, ok := advice[c.check+"/"+c.name]
		if !ok {
			continue
		}
		met++
		for _, inv := range inventories(t, c.files) {
			r := judge(t, inv, rubric, c.check)
			if r.Outcome != scorecard.Fail || !strings.Contains(r.Remediation, want.says) || strings.Contains(r.Remediation, want.not) {
				t.Errorf("%s %s: %s, %s: want %q in it and not %q", c.check, c.name, r.Outcome, r.Remediation, want.says, want.not)
			}
		}
	}
	if met != len(advice) {
		t.Errorf("%d of %d cases were found", met, len(advice))
	}
}
