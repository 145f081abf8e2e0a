package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var capacityPlan = scorecard.Check{
	ID:      "capacity-plan",
	Pillar:  scorecard.Capacity,
	Title:   "It is written how much load is to come and how much there is room for",
	Applies: "services whose catalog entity says that they are of tier 1 (or 0, or critical)",
	Passes:  "a document on capacity (by its name, its title, or a section of the README) gives a forecast, the headroom or a limit a number, and was changed or reviewed within 12 months",
	Why: "Machines, quotas and database sizes take weeks to get, and the day on which they are needed is seen months ahead by whoever looks. " +
		"Google counts demand forecasting and capacity planning among what an SRE team is responsible for.",
	Fix: "Write down the load today, the load that is expected, and what gives way first at which load; look at it again each quarter.",
	References: []scorecard.Reference{
		{Title: "Site Reliability Engineering: Introduction, demand forecasting and capacity planning", URL: "https://sre.google/sre-book/introduction/"},
		{Title: "AWS Well-Architected: Manage service quotas and constraints", URL: "https://docs.aws.amazon.com/wellarchitected/latest/reliability-pillar/manage-service-quotas-and-constraints.html"},
	},
	Level: scorecard.Gold, Weight: scorecard.Low, Effort: scorecard.Day,
	Reads:      []scorecard.Family{scorecard.Documents, scorecard.History, scorecard.Catalog},
	Thresholds: []scorecard.Threshold{{Name: "review-months", Text: "how old the last change or review may be", Value: 12, Min: 1, Max: 60}},
	Rule: func(v *scorecard.View) scorecard.Finding {
		if !tierOne(v) {
			return scorecard.Skip("the catalog does not say that the service is of tier 1")
		}
		return planned(v)
	},
}

// planned: one plan that is whole and fresh is enough, whatever lies beside it.
func planned(v *scorecard.View) scorecard.Finding {
	by := map[scorecard.Outcome][]scorecard.Evidence{}
	for i := range v.Documents {
		d := &v.Documents[i]
		if d.Kind != scorecard.CapacityPlan {
			continue
		}
		e := scorecard.Evidence{Location: d.Location}
		if at, ok := d.Part(scorecard.CapacityPart); !ok {
			e.Outcome, e.Message = scorecard.Fail, d.Location.Path+" gives neither a forecast nor headroom nor a limit a number"
		} else {
			var says string
			e.Outcome, _, says = lookedAt(v, d)
			e.Location, e.Message = at, fmt.Sprintf("capacity plan %s %s", d.Location.Path, says)
		}
		by[e.Outcome] = append(by[e.Outcome], e)
	}
	remedy := func() string { return capacityRemedy(&v.Service) }
	switch found, open, poor := by[scorecard.Pass], by[scorecard.Unknown], by[scorecard.Fail]; {
	case len(found) > 0:
		return whole(found)
	case len(open) > 0:
		return scorecard.Finding{Outcome: scorecard.Unknown, Subjects: 1, Undecided: 1, Reason: open[0].Message, Evidence: open}
	case len(poor) > 0:
		return scorecard.Finding{Outcome: scorecard.Fail, Subjects: 1, Reason: poor[0].Message, Evidence: poor, Remedy: remedy}
	}
	return scorecard.Missing(remedy, "no plan of capacity was found in what is connected")
}

func capacityRemedy(s *scorecard.Service) string {
	return fenced(fmt.Sprintf("Write `%s`, with the day on which it was looked at last:", within(s, "docs/capacity-plan.md")), "markdown", fmt.Sprintf(`# Capacity plan: %s

Last reviewed: YYYY-MM-DD

| What | Today | In 12 months | Limit |
| --- | --- | --- | --- |
| Requests per second at the peak | … | … | … |
| Size of the database | … | … | … |

## Headroom
How much more than today's peak it takes, by which load test, and what gives way first.`, s.Name))
}
