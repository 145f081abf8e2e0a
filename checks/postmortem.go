package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var postmortemDocs = []scorecard.Reference{
	{Title: "Site Reliability Engineering: Postmortem Culture", URL: "https://sre.google/sre-book/postmortem-culture/"},
	{Title: "The Site Reliability Workbook: Postmortem Culture", URL: "https://sre.google/workbook/postmortem-culture/"},
	{Title: "Site Reliability Engineering: Example Postmortem", URL: "https://sre.google/sre-book/example-postmortem/"},
}

var postmortemsKept = scorecard.Check{
	ID:      "postmortems-kept",
	Pillar:  scorecard.Incident,
	Title:   "What was learned of incidents is kept",
	Applies: "all services",
	Passes:  "there is a post-mortem, or a template for one, with a timeline or sequence of events, a cause and things to do",
	Why: "An incident that is not written up comes again, and costs as much as the first time. " +
		"What is written without a timeline, a cause and things to do is a story, and changes nothing.",
	Fix:        "Keep a template for post-mortems in the repository, and fill it in after each incident.",
	References: postmortemDocs,
	Level:      scorecard.Gold, Weight: scorecard.Medium, Effort: scorecard.Hour,
	Reads: []scorecard.Family{scorecard.Documents},
	Rule: func(v *scorecard.View) scorecard.Finding {
		var found, poor []scorecard.Evidence
		for i := range v.Documents {
			d := &v.Documents[i]
			if d.Kind != scorecard.Postmortem && d.Kind != scorecard.PostmortemTemplate {
				continue
			}
			what := "post-mortem"
			if d.Kind == scorecard.PostmortemTemplate {
				what = "template of post-mortems"
			}
			if missing := postmortemLacks(d); len(missing) > 0 {
				poor = append(poor, scorecard.Evidence{Location: d.Location, Outcome: scorecard.Fail, Message: fmt.Sprintf("%s %s lacks %s", what, d.Location.Path, series(missing))})
				continue
			}
			found = append(found, scorecard.Evidence{Location: d.Location, Outcome: scorecard.Pass, Message: what + " " + d.Location.Path})
		}
		remedy := func() string { return postmortemRemedy(&v.Service) }
		switch {
		case len(found) > 0:
			return whole(found)
		case len(poor) > 0:
			return scorecard.Finding{Outcome: scorecard.Fail, Subjects: 1, Reason: poor[0].Message, Evidence: poor, Remedy: remedy}
		}
		return scorecard.Missing(remedy, "no post-mortem and no template for one was found in what is connected")
	},
}

func postmortemLacks(d *scorecard.Document) (missing []string) {
	for _, p := range []aid{
		{kind: scorecard.TimelinePart, what: "a timeline"}, {kind: scorecard.CausePart, what: "a cause"}, {kind: scorecard.ActionsPart, what: "things to do"},
	} {
		if _, ok := d.Part(p.kind); !ok {
			missing = append(missing, p.what)
		}
	}
	return missing
}

func postmortemRemedy(s *scorecard.Service) string {
	return fenced(fmt.Sprintf("Start with `%s`; where they are kept in another repository, connect that one:", within(s, "docs/postmortems/template.md")), "markdown", `# Post-mortem: what happened, on which day

Authors, status, and what users saw for how long.

## Timeline

| time (UTC) | event |
| --- | --- |
| 14:02 | The alert fires. |

## Root cause

Why it happened, and why nothing stopped it.

## Action items

| action | owner | ticket | state |
| --- | --- | --- | --- |
| What keeps it from coming back | @who | #123 | open |`)
}

var postmortemActionsTracked = scorecard.Check{
	ID:      "postmortem-actions-tracked",
	Pillar:  scorecard.Incident,
	Title:   "What a post-mortem asks for is somebody's, and can be followed",
	Applies: "action items of post-mortems",
	Passes:  "it names an owner, and has a link or the number of an issue, or a state (a check box, a status)",
	Why: "Action items without an owner are wishes: the incident comes back, and the post-mortem of the second says so. " +
		"Google tracks each to its end, and counts a post-mortem with open ones as unfinished.",
	Fix:        "Give each action item an owner and an issue.",
	References: postmortemDocs,
	Level:      scorecard.Platinum, Weight: scorecard.Low, Effort: scorecard.Minutes,
	Reads: []scorecard.Family{scorecard.Documents},
	Rule: rule(words{"action item", "has an owner and can be followed", "no post-mortem with action items was found"}, func(s *survey) {
		for i := range s.Documents {
			d := &s.Documents[i]
			for _, a := range d.Actions {
				judgeAction(s, d, a)
			}
		}
	}),
}

func judgeAction(s *survey, d *scorecard.Document, a scorecard.ActionItem) {
	at := d.ActionAt(a)
	missing := []string{}
	if !a.Owner {
		missing = append(missing, "an owner")
	}
	if !a.Link && !a.State {
		missing = append(missing, "an issue or a state")
	}
	if len(missing) == 0 {
		s.Pass(at, "the action item has an owner and can be followed")
		return
	}
	s.Fail(at, func() string {
		return fenced(fmt.Sprintf("In `%s`, give each action item an owner and an issue:", d.Location.Path), "text", "- [ ] What is to be done (@who, #123)")
	}, "the action item has not %s", series(missing))
}
