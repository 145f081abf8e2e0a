package checks

import (
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var runbookLinksResolve = scorecard.Check{
	ID:      "runbook-links-resolve",
	Pillar:  scorecard.Alerting,
	Title:   "The runbooks that alerts link are there",
	Applies: "the distinct links and paths of alerts to a runbook; instructions in the alert itself are none",
	Passes:  "the file is in the repository, and has the heading that the link's anchor means, by the rules of its host and without regard to case",
	Why: "A runbook that moved answers 404 at three in the morning. " +
		"Anchors break silently whenever a heading is reworded.",
	Fix: "Mend the link, or write the page or the heading that it means.",
	References: []scorecard.Reference{
		{Title: "The Site Reliability Workbook: On-Call", URL: "https://sre.google/workbook/on-call/"},
		{Title: "GitHub: Section links", URL: "https://docs.github.com/en/get-started/writing-on-github/getting-started-with-writing-and-formatting-on-github/basic-writing-and-formatting-syntax"},
	},
	Level: scorecard.Silver, Weight: scorecard.Medium, Effort: scorecard.Minutes,
	Reads: []scorecard.Family{scorecard.Alerts},
	Rule: rule(words{"runbook link", "leads somewhere", "no alert links a runbook"}, func(s *survey) {
		seen := map[string]bool{}
		for _, a := range bySeverity(s) {
			l := a.Runbook
			if l.Text == "" || l.State == "prose" || seen[l.Text] {
				continue
			}
			seen[l.Text] = true
			at := a.Location
			if l.Line > 0 {
				at = at.At(l.Field, l.Line, l.Line)
			}
			judgeLink(s, a, at)
		}
	}),
}

func judgeLink(s *survey, a *scorecard.Alert, at scorecard.Location) {
	l := a.Runbook
	switch l.State {
	case "found":
		s.Pass(at, "%s is there", l.Text)
	case "no-file":
		s.Fail(at, func() string { return pageRemedy(a) }, "%s of %s leads nowhere: there is no %s", l.Text, alertName(a), l.Path)
	case "no-anchor":
		s.Fail(at, func() string { return headingRemedy(a) }, "%s of %s leads nowhere: %s has no heading #%s", l.Text, alertName(a), l.Path, l.Anchor)
	case "templated":
		s.Undecided(at, "where %s leads is known only when %s fires", l.Text, alertName(a))
	default:
		s.Undecided(at, "%s leads out of what is connected", l.Text)
	}
}

func pageRemedy(a *scorecard.Alert) string {
	heading := a.Runbook.Anchor
	if heading == "" {
		heading = a.Name
	}
	return fenced(fmt.Sprintf("Mend the link where the page has moved. Else write `%s`:", a.Runbook.Path), "markdown",
		fmt.Sprintf("# Runbook\n\n## %s\n\nWhat it means, how to diagnose it, how to mitigate it, whom to escalate to.", heading))
}

func headingRemedy(a *scorecard.Alert) string {
	return fenced(fmt.Sprintf("Mend the link where the section was renamed. Else add the section to `%s`:", a.Runbook.Path), "markdown",
		fmt.Sprintf("## %s\n\nWhat it means, how to diagnose it, how to mitigate it, whom to escalate to.", strings.TrimPrefix(a.Runbook.Anchor, "user-content-")))
}
