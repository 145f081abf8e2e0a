package checks

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var runbookActionable = scorecard.Check{
	ID:      "runbook-actionable",
	Pillar:  scorecard.Incident,
	Title:   "A runbook says what to look at, what to do and whom to call",
	Applies: "runbooks; an index that only leads to other runbooks is none",
	Passes: "it has a part on how the trouble shows, one on how to diagnose it and one on how to mitigate it, by headings, labels or tables; it says whom to escalate to, there or in the service's on-call page; " +
		"and it has at least one command or a link to a dashboard",
	Why: "A page that describes the system helps nobody who was just woken. " +
		"A playbook entry is there to explain how severe the alert is, how to find its cause and what to do, so that whoever is on call need not work it out under stress.",
	Fix: "Give each runbook four short parts (how it shows, how to diagnose, how to mitigate, whom to escalate to), with the commands to type.",
	References: []scorecard.Reference{
		{Title: "The Site Reliability Workbook: On-Call", URL: "https://sre.google/workbook/on-call/"},
		{Title: "Site Reliability Engineering: Introduction, emergency response", URL: "https://sre.google/sre-book/introduction/"},
	},
	Level: scorecard.Gold, Weight: scorecard.Medium, Effort: scorecard.Hour,
	Reads: []scorecard.Family{scorecard.Documents, scorecard.Catalog},
	Rule: rule(words{"runbook", "can be acted on", "no runbook was found"}, func(s *survey) {
		docs := runbookDocuments(s.View)
		for _, d := range docs {
			judgeRunbook(s, d)
		}
		if e := entityOf(s.View); e != nil && len(docs) == 0 {
			for _, l := range e.Links {
				if l.URL != "" && isRunbookLink(l) {
					s.Undecided(e.Location, "the runbook that the catalog entity links is not in what is connected: %s", l.URL)
				}
			}
		}
	}),
}

// aid is a part that a runbook is asked for, and how a text without it is mended.
type aid struct {
	kind          scorecard.PartKind
	what, heading string
}

var runbookAids = []aid{
	{scorecard.SymptomsPart, "how it shows", "How it shows"},
	{scorecard.DiagnosisPart, "how to diagnose it", "Diagnose"},
	{scorecard.MitigationPart, "how to mitigate it", "Mitigate"},
	{scorecard.EscalationPart, "whom to escalate to", "Escalate"},
}

func judgeRunbook(s *survey, d *scorecard.Document) {
	var missing []string
	for _, a := range runbookAids {
		if _, ok := d.Part(a.kind); !ok && !(a.kind == scorecard.EscalationPart && saysWhom(s.View, d)) {
			missing = append(missing, a.what)
		}
	}
	_, board := d.Part(scorecard.DashboardPart)
	bare := d.Commands == 0 && !board
	if bare {
		missing = append(missing, "a command or a link to a dashboard")
	}
	if len(missing) == 0 {
		s.Pass(d.Location, "runbook %s can be acted on", runbookName(d))
		return
	}
	s.Fail(d.Location, func() string { return actionableRemedy(&s.Service, d, missing, bare) }, "runbook %s lacks %s", runbookName(d), series(missing))
}

// saysWhom reports whether the runbook, or a page that speaks for all of them, names
// somebody to call.
func saysWhom(v *scorecard.View, d *scorecard.Document) bool {
	names := func(d *scorecard.Document) bool {
		_, contact := d.Part(scorecard.ContactPart)
		_, escalation := d.Part(scorecard.EscalationPart)
		return contact || escalation
	}
	if names(d) {
		return true
	}
	for i := range v.Documents {
		o := &v.Documents[i]
		switch o.Kind {
		case scorecard.OnCallPage, scorecard.EscalationPage:
		case scorecard.Runbook:
			if !isIndex(v, o) || !strings.HasPrefix(d.Location.Path, strings.TrimPrefix(path.Dir(o.Location.Path)+"/", "./")) {
				continue
			}
		default:
			continue
		}
		if names(o) {
			return true
		}
	}
	return false
}

// runbookDocuments are the documents to be judged as runbooks: without indexes, and
// without on-call pages and the like that stand among them.
func runbookDocuments(v *scorecard.View) (out []*scorecard.Document) {
	for i := range v.Documents {
		d := &v.Documents[i]
		if d.Kind == scorecard.Runbook && !isIndex(v, d) && !(silent(d) && otherPage(v, d.Location)) {
			out = append(out, d)
		}
	}
	return out
}

// silent reports whether a document says nothing of how trouble shows, is found or mended.
func silent(d *scorecard.Document) bool {
	return !slices.ContainsFunc(d.Parts, func(p scorecard.DocumentPart) bool {
		return p.Kind == scorecard.SymptomsPart || p.Kind == scorecard.DiagnosisPart || p.Kind == scorecard.MitigationPart
	})
}

// otherPage reports whether the same text is known as a page of another kind.
func otherPage(v *scorecard.View, at scorecard.Location) bool {
	return slices.ContainsFunc(v.Documents, func(d scorecard.Document) bool {
		return d.Location.Path == at.Path && d.Kind != scorecard.Runbook && d.Kind != scorecard.Readme
	})
}

// isIndex reports whether a runbook is a README or an index that only leads to others.
func isIndex(v *scorecard.View, d *scorecard.Document) bool {
	base := strings.ToLower(path.Base(d.Location.Path))
	name := strings.TrimSuffix(base, path.Ext(base))
	if d.Commands > 0 || !silent(d) || name != "readme" && name != "index" && name != "_index" && !strings.Contains(name, "runbooks") && !strings.Contains(name, "playbooks") {
		return false
	}
	return slices.ContainsFunc(v.Documents, func(o scorecard.Document) bool {
		return o.Kind == scorecard.Runbook && o.Location.Path != d.Location.Path
	})
}

func runbookName(d *scorecard.Document) string {
	if d.Location.FirstLine > 0 && d.Title != "" {
		return fmt.Sprintf("%s (%s)", d.Location.Path, d.Title)
	}
	return d.Location.Path
}

// series is "a, b and c".
func series(items []string) string {
	if len(items) < 2 {
		return strings.Join(items, "")
	}
	return strings.Join(items[:len(items)-1], ", ") + " and " + items[len(items)-1]
}

func actionableRemedy(s *scorecard.Service, d *scorecard.Document, missing []string, bare bool) string {
	asks, mends := runbookCommands(s.Runs)
	owner := s.Owner
	if owner == "" {
		owner = "the owning team"
	}
	level := "##"
	if d.Location.FirstLine > 0 {
		level = "###"
	}
	bodies := map[string]string{
		"how it shows": "- What users see, and which alert fires.", "how to diagnose it": numbered(asks), "how to mitigate it": numbered(mends),
		"whom to escalate to": fmt.Sprintf("- After 15 minutes without progress: %s.", owner),
	}
	var text []string
	for _, a := range runbookAids {
		if slices.Contains(missing, a.what) {
			text = append(text, fmt.Sprintf("%s %s\n%s", level, a.heading, strings.TrimRight(bodies[a.what], "\n")))
		}
	}
	if bare && !strings.Contains(strings.Join(text, ""), "`") {
		text = append(text, fmt.Sprintf("%s Commands\n%s\n\n```sh\n%s\n```", level, "What to type first:", "kubectl get pods,events"))
	}
	return appended(fmt.Sprintf("Write into `%s` what it lacks:", d.Location.Path), strings.Join(text, "\n\n"))
}

// appended is a block of Markdown to write at the end of a file, which may hold blocks
// of code itself.
func appended(sentence, text string) string {
	return sentence + "\n\n```md\n" + strings.ReplaceAll(text, "```", "~~~") + "\n```"
}
