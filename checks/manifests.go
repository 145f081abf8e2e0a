package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var manifestsValid = scorecard.Check{
	ID:      "manifests-valid",
	Pillar:  scorecard.Config,
	Title:   "Every manifest says what the API server understands",
	Applies: "manifests, charts and kustomizations of the repository",
	Passes:  "it parses, and in the kinds that are known has no unknown field, no duplicate key, no value of a wrong type, and none that the API server refuses for what it says",
	Why: "The API server drops a misspelt field without a word unless it is asked to be strict, and of a duplicate key one value wins. " +
		"The probe or the limit that everybody sees in the file is then not there in the cluster. " +
		"What it refuses, such as a selector that leaves out the workload's own pods, stops the next deployment.",
	Fix: "Mend what is named, and validate strictly before merging: `kubectl apply --dry-run=server --validate=strict`.",
	References: []scorecard.Reference{
		{Title: "Kubernetes: API concepts, field validation", URL: "https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation"},
	},
	Level: scorecard.Bronze, Weight: scorecard.High, Effort: scorecard.Minutes,
	Reads: []scorecard.Family{scorecard.Kubernetes},
	Rule: rule(words{"manifest", "is valid", "no manifest was seen"}, func(s *survey) {
		custom := 0
		for i := range s.Manifests {
			m := &s.Manifests[i]
			custom += m.Custom
			if len(m.Problems) == 0 {
				s.Pass(m.Location, "%s %s is valid (%s)", m.Kind, m.Location.Path, plural(m.Objects, "object"))
				continue
			}
			first := m.Problems[0]
			s.Fail(problemAt(m, first), func() string { return manifestRemedy(m) }, "%s %s: %s", m.Kind, m.Location.Path, first.Message)
			for _, p := range m.Problems[1:] {
				s.Also(problemAt(m, p), scorecard.Fail, "%s %s: %s", m.Kind, m.Location.Path, p.Message)
			}
		}
		if custom > 0 {
			s.Note("the fields of %s of custom kinds are not checked", plural(custom, "object"))
		}
	}),
}

// problemAt is where the problem is, or the manifest where that is not known.
func problemAt(m *scorecard.Manifest, p scorecard.Problem) scorecard.Location {
	if p.Location.Path == "" {
		return m.Location
	}
	return p.Location
}

// problemsSpelled is how many problems of one manifest its remediation lists.
const problemsSpelled = 5

func manifestRemedy(m *scorecard.Manifest) string {
	text := fmt.Sprintf("Mend `%s`:\n", m.Location.Path)
	for i, p := range m.Problems {
		if i == problemsSpelled {
			text += fmt.Sprintf("\n- …and %d more", len(m.Problems)-i)
			break
		}
		text += fmt.Sprintf("\n- `%s`: %s", problemAt(m, p), p.Message)
	}
	command := "kubectl apply --dry-run=server --validate=strict -f " + m.Location.Path
	switch m.Kind {
	case "chart":
		command = fmt.Sprintf("helm template %s | kubectl apply --dry-run=server --validate=strict -f -", folderOf(m.Location.Path))
	case "kustomization":
		command = fmt.Sprintf("kubectl kustomize %s | kubectl apply --dry-run=server --validate=strict -f -", folderOf(m.Location.Path))
	}
	return fenced(text+"\n\nThen let the API server say whether it is right:", "sh", command)
}
