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
		remedy := func() string { return runbookRemedy(&v.Service) }
		if len(hollow) > 0 {
			return scorecard.Finding{Outcome: scorecard.Fail, Subjects: 1, Reason: hollow[0].Message, Evidence: hollow, Remedy: remedy}
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
	owner := s.Owner
	if owner == "" {
		owner = "the owning team"
	}
	asks, mends := runbookCommands(s.Runs)
	return fenced(fmt.Sprintf("Start with `%s`; a runbook that lives elsewhere is declared as a link of type `runbook` on the catalog entity:", within(s, "docs/runbooks/"+objectName(s)+".md")), "markdown",
		fmt.Sprintf(`# Runbook: %s

## How it shows
- What users see, and which alert fires.

## Diagnose
%s

## Mitigate
%s

## Escalate
- After 15 minutes without progress: %s.`, s.Name, numbered(asks), numbered(mends), owner))
}

func numbered(lines []string) string {
	var b strings.Builder
	for i, l := range lines {
		fmt.Fprintf(&b, "%d. %s\n", i+1, l)
	}
	return strings.TrimRight(b.String(), "\n")
}

// runbookCommands are the lines with which to find out what is wrong with the object
// that runs a service, and to mend it.
func runbookCommands(o scorecard.ObjectRef) (asks, mends []string) {
	flag := ""
	if o.Namespace != "" && !scorecard.IsReleaseNamespace(o.Namespace) {
		flag = " -n " + o.Namespace
	}
	kubectl := func(line, format string, a ...any) string {
		return fmt.Sprintf("%s `kubectl "+format+"%s`", append(append([]any{line}, a...), flag)...)
	}
	name := strings.ToLower(o.Kind) + "/" + o.Name
	get, logs := kubectl("Is it running?", "get %s", name), kubectl("What does it say?", "logs %s --since=15m", name)
	describe := kubectl("What does Kubernetes say of it?", "describe %s", name)
	history, undo := kubectl("What changed?", "rollout history %s", name), kubectl("Take back the last release:", "rollout undo %s", name)
	scale := kubectl("Too much load?", "scale %s --replicas=6", name)
	switch o.Kind {
	case "Deployment", "StatefulSet":
		return []string{get, logs, history}, []string{undo, scale}
	case "DaemonSet":
		return []string{get, logs, history}, []string{undo, kubectl("Start its pods anew:", "rollout restart %s", name)}
	case "ReplicaSet", "ReplicationController":
		return []string{get, logs, describe}, []string{scale}
	case "Job":
		return []string{kubectl("Did it end well?", "get %s", name), kubectl("What did it say?", "logs %s", name), describe},
			[]string{kubectl("Run it again: apply its manifest after", "delete %s", name)}
	case "CronJob":
		return []string{kubectl("When did it run last?", "get %s", name), kubectl("Which of its jobs failed?", "get jobs"), kubectl("What did that one say?", "logs job/THAT-JOB")},
			[]string{kubectl("Run it now:", "create job --from=%s %s-by-hand", name, o.Name),
				kubectl("Keep it from running:", `patch %s -p '{"spec":{"suspend":true}}'`, name)}
	case "Rollout":
		return []string{kubectl("Is it running?", "argo rollouts get rollout %s", o.Name), kubectl("Which are its pods, and what do they say?", "get pods"), kubectl("What changed?", "describe rollout %s", o.Name)},
			[]string{kubectl("Stop a release that goes wrong:", "argo rollouts abort %s", o.Name), kubectl("Take back the last release:", "argo rollouts undo %s", o.Name)}
	case "DeploymentConfig":
		return []string{get, fmt.Sprintf("What does it say? `oc logs dc/%s --since=15m%s`", o.Name, flag), fmt.Sprintf("What changed? `oc rollout history dc/%s%s`", o.Name, flag)},
			[]string{fmt.Sprintf("Take back the last release: `oc rollout undo dc/%s%s`", o.Name, flag), scale}
	case "Pod":
		return []string{get, logs, describe}, []string{kubectl("Start it anew: apply its manifest after", "delete %s", name)}
	case "Compose":
		return []string{fmt.Sprintf("Is it running? `docker compose ps %s`", o.Name), fmt.Sprintf("What does it say? `docker compose logs --since 15m %s`", o.Name), "What changed? The image's tag in the Compose file, and its history."},
			[]string{fmt.Sprintf("Start it anew: `docker compose restart %s`", o.Name), fmt.Sprintf("Take back the last release: write the tag of the one before, then `docker compose up -d %s`", o.Name)}
	case "":
		return []string{"Is it running? Where that is seen, and what it looks like when all is well.", "What does it say? Where its logs are.", "What changed? Where its releases are listed."},
			[]string{"Take back the last release: how.", "Too much load? What to give it more of."}
	}
	resource := strings.ToLower(o.Kind) // of a custom kind, with its group: `service` alone is another
	if g := o.Group(); g != "" {
		resource += "." + g
	}
	return []string{kubectl("Is it running?", "get %s %s", resource, o.Name), kubectl("What does Kubernetes say of it?", "describe %s %s", resource, o.Name), kubectl("Which are its pods, and what do they say?", "get pods")},
		[]string{"Take back the last release: apply the manifest of the one before."}
}
