package checks

import (
	"fmt"
	"path"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var catalogRegistered = scorecard.Check{
	ID:      "catalog-registered",
	Pillar:  scorecard.Ownership,
	Title:   "The service is in the software catalog",
	Applies: "all services",
	Passes:  "a Backstage entity declares it, and follows its kind's schema",
	Why: "What is not in the catalog is found by asking around: its owner, its docs, what it depends on and what depends on it. " +
		"An entity that does not follow its schema is refused, and is not there either.",
	Fix: "Add a `catalog-info.yaml` beside the service's code and register it.",
	References: []scorecard.Reference{
		{Title: "Backstage: Descriptor Format of Catalog Entities", URL: "https://backstage.io/docs/features/software-catalog/descriptor-format"},
	},
	Level: scorecard.Bronze, Weight: scorecard.Medium, Effort: scorecard.Minutes,
	Reads: []scorecard.Family{scorecard.Catalog},
	Rule: func(v *scorecard.View) scorecard.Finding {
		e := entityOf(v)
		if e == nil {
			return scorecard.Missing(func() string { return catalogRemedy(&v.Service) }, "no catalog entity declares the service")
		}
		if len(e.Problems) == 0 {
			return whole([]scorecard.Evidence{{Location: e.Location, Outcome: scorecard.Pass, Message: "catalog entity " + e.Ref()}})
		}
		f := scorecard.Finding{Outcome: scorecard.Fail, Subjects: 1,
			Reason: fmt.Sprintf("catalog entity %s does not follow its schema: %s", e.Ref(), e.Problems[0].Message),
			Remedy: func() string { return entityRemedy(e) }}
		for _, p := range e.Problems {
			f.Evidence = append(f.Evidence, scorecard.Evidence{Location: orElse(p.Location, e.Location), Outcome: scorecard.Fail, Message: p.Message})
		}
		return f
	},
}

// entityOf is the catalog entity that declares the service; nil when none does.
func entityOf(v *scorecard.View) *scorecard.Entity {
	if v.Service.EntityRef == "" {
		return nil
	}
	for i := range v.Entities {
		if e := &v.Entities[i]; e.Ref() == v.Service.EntityRef {
			return e
		}
	}
	return nil
}

// entityRemedy lists what is wrong with an entity.
func entityRemedy(e *scorecard.Entity) string {
	text := fmt.Sprintf("Mend `%s`:\n", e.Location.Path)
	for _, p := range e.Problems {
		text += fmt.Sprintf("\n- `%s`: %s", orElse(p.Location, e.Location), p.Message)
	}
	return fenced(text+"\n\nThe least that a Component has:", "yaml", componentText(e.Name, e.Owner))
}

func catalogRemedy(s *scorecard.Service) string {
	return fenced(fmt.Sprintf("Add `%s` and register it:", within(s, "catalog-info.yaml")), "yaml", componentText(objectName(s), ""))
}

func componentText(name, owner string) string {
	if !isOwner(owner) {
		owner = "group:default/your-team"
	}
	return yamlText(object{
		{key: "apiVersion", value: "backstage.io/v1alpha1"}, {key: "kind", value: "Component"},
		{key: "metadata", value: object{{key: "name", value: name},
			{key: "annotations", value: object{{key: "backstage.io/kubernetes-id", value: name}}}}},
		{key: "spec", value: object{{key: "type", value: "service"}, {key: "lifecycle", value: "production"}, {key: "owner", value: owner}}},
	})
}

// besides joins a path that an entity's file names to the folder of that file.
func besides(e *scorecard.Entity, target string) string {
	return path.Join(path.Dir(e.Location.Path), target)
}
