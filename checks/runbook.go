package checks

import (
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var runbookPresent = scorecard.Check{
	ID:      "runbook-present",
	Pillar:  scorecard.Incident,
	Title:   "Whoever is woken finds a runbook",
	Applies: "all services",
	Passes:  "a file or folder named runbook, playbook, sop, troubleshooting, operations or incident-response, a README section so headed with two steps or commands, or a link of type runbook on the catalog entity",
	Why: "At three in the morning nobody remembers how the service breaks. Google found that thinking through and recording the best practices ahead of time in a playbook " +
		"makes mean time to repair roughly three times better than winging it.",
	Fix: "Write down how the service breaks, how to tell, what to do and whom to call; keep it beside the code and link it from the catalog.",
	References: []scorecard.Reference{
		{Title: "Site Reliability Engineering: Introduction, emergency response", URL: "https://sre.google/sre-book/introduction/"},
		{Title: "The Site Reliability Workbook: On-Call", URL: "https://sre.google/workbook/on-call/"},
		{Title: "AWS Well-Architected: Use runbooks to perform procedures", URL: "https://docs.aws.amazon.com/wellarchitected/latest/operational-excellence-pillar/ops_ready_to_support_use_runbooks.html"},
	},
	Level: scorecard.Silver, Weight: scorecard.Critical, Effort: scorecard.Day,
	Reads: []scorecard.Family{scorecard.Documents, scorecard.Catalog},
	Rule: func(v *scorecard.View) scorecard.Finding {
		found, hollow := runbooks(v)
		if len(found) > 0 {
			return whole(found)
		}
		remedy := runbookRemedy(&v.Service)
		if len(hollow) > 0 {
			return scorecard.Finding{Outcome: scorecard.Fail, Subjects: 1, Reason: hollow[0].Message, Evidence: hollow, Remediation: remedy}
		}
		return scorecard.Missing(remedy, "no runbook was found in what is connected")
	},
}

// runbooks are the service's runbooks, and those that are empty.
func runbooks(v *scorecard.View) (found, hollow []scorecard.Evidence) {
	for i := range v.Documents {
		d := &v.Documents[i]
		if d.Kind != scorecard.Runbook {
			continue
		}
		if d.Words+d.Steps+d.Commands == 0 {
			hollow = append(hollow, scorecard.Evidence{Location: d.Location, Outcome: scorecard.Fail, Message: fmt.Sprintf("runbook %s is empty", d.Location.Path)})
			continue
		}
		found = append(found, scorecard.Evidence{Location: d.Location, Outcome: scorecard.Pass, Message: "runbook " + d.Location.Path})
	}
	if e := entityOf(v); e != nil {
		for _, l := range e.Links {
			if l.URL != "" && isRunbookLink(l) {
				found = append(found, scorecard.Evidence{Location: e.Location, Outcome: scorecard.Pass, Message: "the catalog entity links a runbook: " + l.URL})
			}
		}
	}
	return found, hollow
}

// isRunbookLink reports whether the link says that it is a runbook: by its type, or
// by its title where it has no type.
func isRunbookLink(l scorecard.EntityLink) bool {
	says := func(s string) bool {
		s = strings.ToLower(s)
		return strings.Contains(s, "runbook") || strings.Contains(s, "playbook")
	}
	return says(l.Type) || l.Type == "" && says(l.Title)
}

func runbookRemedy(s *scorecard.Service) string {
	name := objectName(s)
	owner := s.Owner
	if owner == "" {
		owner = "the owning team"
	}
	return fenced(fmt.Sprintf("Start with `%s`; a runbook that lives elsewhere is declared as a link of type `runbook` on the catalog entity:", within(s, "docs/runbooks/"+name+".md")), "markdown",
		fmt.Sprintf(`# Runbook: %[1]s

## How it shows
- What users see, and which alert fires.

## Diagnose
1. Is it running? `+"`kubectl get pods --all-namespaces | grep %[2]s`"+`
2. What does it say? `+"`kubectl logs deployment/%[2]s --since=15m`"+`
3. What changed? `+"`kubectl rollout history deployment/%[2]s`"+`

## Mitigate
1. Take back the last release: `+"`kubectl rollout undo deployment/%[2]s`"+`
2. Too much load? `+"`kubectl scale deployment/%[2]s --replicas=6`"+`

## Escalate
- After 15 minutes without progress: %[3]s.`, s.Name, name, owner))
}
