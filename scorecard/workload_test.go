package scorecard

import "testing"

func TestReadable(t *testing.T) {
	w := Workload{Unreadable: []string{"spec.template.spec.affinity", "spec.strategy.rollingUpdate.maxSurge", "spec.items[0].key"}}
	for field, want := range map[string]bool{
		"spec.template.spec.affinity":                 false,
		"spec.template.spec.affinity.podAntiAffinity": false,
		"spec.template.spec.affinityOther":            true,
		"spec.strategy":                               false,
		"spec.strategy.type":                          true,
		"spec.items":                                  false,
		"spec.items[1]":                               true,
		"spec.replicas":                               true,
	} {
		if got := w.Readable(field); got != want {
			t.Errorf("Readable(%q) is %v", field, got)
		}
	}
}
