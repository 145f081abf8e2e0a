package checks

import (
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var dependenciesDeclared = scorecard.Check{
	ID:      "dependencies-declared",
	Pillar:  scorecard.Ownership,
	Title:   "The catalog says what the service is part of and what it depends on",
	Applies: "services that a catalog entity declares",
	Passes: "the entity names its system, and what it depends on or the APIs that it provides or consumes (`spec.dependsOn`, `providesApis`, `consumesApis`), by references that can be read; " +
		"whether what they name exists is not looked at",
	Why: "When a database fails, the first question is who depends on it; when a service fails, what it depends on. " +
		"Where the catalog does not say, the answer is found in the middle of the incident, by asking.",
	Fix: "Name the entity's system, and list what it depends on and which APIs it provides and consumes.",
	References: []scorecard.Reference{
		{Title: "Backstage: Well-known Relations between Catalog Entities", URL: "https://backstage.io/docs/features/software-catalog/well-known-relations"},
		{Title: "Backstage: Descriptor Format of Catalog Entities", URL: "https://backstage.io/docs/features/software-catalog/descriptor-format"},
	},
	Level: scorecard.Silver, Weight: scorecard.Low, Effort: scorecard.Hour,
	Reads: []scorecard.Family{scorecard.Catalog},
	Rule: rule(words{"catalog entity", "names its system and its dependencies", "no catalog entity declares the service"},
		func(s *survey) {
			e := entityOf(s.View)
			if e == nil {
				return
			}
			related := len(e.DependsOn)+len(e.Provides)+len(e.Consumes) > 0
			remedy := func() string { return relationsRemedy(e, related) }
			bad := brokenRefs(e)
			switch {
			case len(bad) > 0:
				s.Fail(e.Location, remedy, "%s refers to %s, which is no reference", e.Ref(), strings.Join(bad, ", "))
			case e.System == "" && !related:
				s.Fail(e.Location, remedy, "%s names no system, and nothing that it depends on", e.Ref())
			case e.System == "":
				s.Fail(e.Location, remedy, "%s names no system", e.Ref())
			case !related:
				s.Fail(e.Location, remedy, "%s is part of %s, and names nothing that it depends on and no API", e.Ref(), e.System)
			default:
				s.Pass(e.Location, "%s is part of %s, depends on %d, provides %d and consumes %d", e.Ref(), e.System, len(e.DependsOn), len(e.Provides), len(e.Consumes))
			}
		}),
}

// entityRef is how an entity is referred to: `[kind:][namespace/]name`.
var entityRef = lazyregexp.New(`^(?i)(?:([a-z][a-z0-9]*):)?(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?/)?[a-z0-9](?:[a-z0-9_.-]{0,61}[a-z0-9])?$`)

// brokenRefs are the references that name nothing. What the entity depends on may be
// of several kinds, so that its kind has to be written.
func brokenRefs(e *scorecard.Entity) (bad []string) {
	look := func(kind bool, refs ...string) {
		for _, ref := range refs {
			if m := entityRef.FindStringSubmatch(ref); m == nil || kind && m[1] == "" {
				bad = append(bad, fmt.Sprintf("%q", ref))
			}
		}
	}
	look(true, e.DependsOn...)
	look(false, e.Provides...)
	look(false, e.Consumes...)
	if e.System != "" {
		look(false, e.System)
	}
	return bad
}

// relationsRemedy leaves open what it depends on: nobody but its people know all of that.
func relationsRemedy(e *scorecard.Entity, related bool) string {
	var spec object
	if e.System == "" || entityRef.FindStringSubmatch(e.System) == nil {
		spec = append(spec, field{key: "system", value: "your-system", comment: "the product that it is part of"})
	}
	if !related || len(brokenRefs(e)) > 0 {
		spec = append(spec, field{key: "dependsOn", value: []string{"component:default/your-dependency"}, comment: "what it can't work without: a component or resource"})
		if len(brokenRefs(e)) > 0 {
			spec = append(spec, field{key: "providesApis", value: []string{e.Name}}, field{key: "consumesApis", value: []string{}})
		}
	}
	return fenced(in(e.Location)+"say what it is part of and what it depends on:", "yaml",
		yamlText(object{{key: "metadata", value: object{{key: "name", value: e.Name}}}, {key: "spec", value: spec}}))
}
