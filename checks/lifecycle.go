package checks

import (
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// lifecycles are the catalog's well-known ones.
var lifecycles = []string{"experimental", "production", "deprecated"}

var lifecycleAndTier = scorecard.Check{
	ID:      "lifecycle-and-tier",
	Pillar:  scorecard.Ownership,
	Title:   "The catalog says how far the service has come and how much depends on it",
	Applies: "services that a catalog entity declares",
	Passes:  "`spec.lifecycle` is experimental, production or deprecated, and there is a tier: `spec.tier`, or a label or annotation `tier`, `service-tier` or `criticality` on the entity (a pod label is none)",
	Why: "Whoever is woken has to know which of two burning services comes first, and whoever plans has to know what may be switched off. " +
		"Without a tier every service is asked for the same, so that the critical ones are asked for too little.",
	Fix: "Set `spec.lifecycle` to a well-known word and name the service's tier on its catalog entity.",
	References: []scorecard.Reference{
		{Title: "Backstage: Descriptor Format of Catalog Entities, spec.lifecycle", URL: "https://backstage.io/docs/features/software-catalog/descriptor-format#speclifecycle-required"},
	},
	Level: scorecard.Silver, Weight: scorecard.Low, Effort: scorecard.Minutes,
	Reads: []scorecard.Family{scorecard.Catalog},
	Rule: rule(words{"catalog entity", "has a known lifecycle and a tier", "no catalog entity declares the service"},
		func(s *survey) {
			e := entityOf(s.View)
			if e == nil {
				return
			}
			known, tier := slices.Contains(lifecycles, strings.ToLower(e.Lifecycle)), s.Service.Tier != ""
			remedy := func() string { return lifecycleRemedy(e, known, tier) }
			switch {
			case known && tier:
				s.Pass(e.Location, "%s is %s and of tier %s", e.Ref(), e.Lifecycle, s.Service.Tier)
			case known:
				s.Fail(e.Location, remedy, "%s has no tier", e.Ref())
			case e.Lifecycle == "":
				s.Fail(e.Location, remedy, "%s has no lifecycle", e.Ref())
			default:
				s.Fail(e.Location, remedy, "%s has the lifecycle %q, which is none of %s", e.Ref(), e.Lifecycle, strings.Join(lifecycles, ", "))
			}
		}),
}

func lifecycleRemedy(e *scorecard.Entity, known, tier bool) string {
	metadata, spec := object{{key: "name", value: e.Name}}, object{}
	if !tier {
		metadata = append(metadata, field{key: "labels", value: object{{key: "tier", value: "tier-2"}}})
	}
	if !known {
		spec = append(spec, field{key: "lifecycle", value: "production"})
	}
	patch := object{{key: "metadata", value: metadata}}
	if len(spec) > 0 {
		patch = append(patch, field{key: "spec", value: spec})
	}
	return fenced(in(e.Location)+"say what holds for this service:", "yaml", yamlText(patch))
}

// tierRank is the number of a tier as people write it: "1", "tier-1", "Tier 2", "T3",
// "critical"; false for a word whose rank is not known.
func tierRank(tier string) (rank int, known bool) {
	t := strings.Trim(strings.TrimPrefix(strings.ToLower(strings.TrimSpace(tier)), "tier"), " -_")
	switch t {
	case "critical", "mission-critical":
		return 1, true
	case "business-critical", "high":
		return 2, true
	case "medium":
		return 3, true
	case "low":
		return 4, true
	}
	if t = strings.TrimPrefix(t, "t"); len(t) == 1 && t[0] >= '0' && t[0] <= '9' {
		return int(t[0] - '0'), true
	}
	return 0, false
}
