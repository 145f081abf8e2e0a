package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var errorBudgetPolicy = scorecard.Check{
	ID:      "error-budget-policy",
	Pillar:  scorecard.SLO,
	Title:   "It is agreed what happens when the error budget is spent",
	Applies: "services with an SLO",
	Passes:  "a document, or a part of one, on the error budget says what happens when it is spent: releases stop, reliability comes first, only some changes pass",
	Why: "An objective that changes nothing when it is missed is a number on a wall. " +
		"Agreed beforehand, the policy makes of a spent budget a decision that was taken in calm, and not an argument between those who build and those who are called.",
	Fix: "Agree with the product's owners what happens as the budget runs out, and write it down beside the objectives.",
	References: []scorecard.Reference{
		{Title: "The Site Reliability Workbook: Example Error Budget Policy", URL: "https://sre.google/workbook/error-budget-policy/"},
		{Title: "The Site Reliability Workbook: Implementing SLOs", URL: "https://sre.google/workbook/implementing-slos/"},
	},
	Level: scorecard.Gold, Weight: scorecard.Medium, Effort: scorecard.Day,
	Reads: []scorecard.Family{scorecard.Objectives, scorecard.Documents},
	Rule: func(v *scorecard.View) scorecard.Finding {
		if len(v.SLOs) == 0 {
			return scorecard.Skip("the service has no service-level objective")
		}
		var found, poor []scorecard.Evidence
		for i := range v.Documents {
			d := &v.Documents[i]
			if d.Kind != scorecard.ErrorBudgetPolicy {
				continue
			}
			if at, ok := d.Part(scorecard.ConsequencePart); ok {
				found = append(found, scorecard.Evidence{Location: at, Outcome: scorecard.Pass, Message: d.Location.Path + " says what happens when the error budget is spent"})
			} else {
				poor = append(poor, scorecard.Evidence{Location: d.Location, Outcome: scorecard.Fail, Message: d.Location.Path + " is about the error budget, and does not say what happens when it is spent"})
			}
		}
		remedy := func() string { return errorBudgetRemedy(&v.Service) }
		switch {
		case len(found) > 0:
			return whole(found)
		case len(poor) > 0:
			return scorecard.Finding{Outcome: scorecard.Fail, Subjects: 1, Reason: poor[0].Message, Evidence: poor, Remedy: remedy}
		}
		f := scorecard.Missing(remedy, "no error-budget policy was found in what is connected")
		f.Evidence = []scorecard.Evidence{{Location: v.SLOs[0].Location, Outcome: scorecard.Fail, Message: "objective " + objectiveName(&v.SLOs[0]) + " without a policy"}}
		return f
	},
}

func errorBudgetRemedy(s *scorecard.Service) string {
	return appended(fmt.Sprintf("Agree on it and write it down; in `%s`:", within(s, "docs/error-budget-policy.md")), fmt.Sprintf(`# Error budget policy: %s

| budget left | what happens |
| --- | --- |
| more than half | releases as usual |
| less than half | risky changes need a second reviewer |
| none | feature freeze: only fixes, security and reliability work are released until the service is within its objective again |

Whoever disagrees turns to your-engineering-lead.`, s.Name))
}
