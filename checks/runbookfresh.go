package checks

import (
	"fmt"
	"time"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var runbookFresh = scorecard.Check{
	ID:      "runbook-fresh",
	Pillar:  scorecard.Incident,
	Title:   "A runbook was looked at within the year",
	Applies: "runbooks with a history: of commits, or of reviews that they tell",
	Passes:  "a commit changed it, or it says that it was reviewed (`Last reviewed: 2026-03-01`, `last_reviewed` in its front matter), within 12 months",
	Why: "A runbook ages with each release: commands that are gone and dashboards that moved cost time when there is none. " +
		"Playbooks need as much upkeep as the systems that they are about, and one that was not looked at for a year is not to be trusted.",
	Fix: "Walk through it, mend what is not true any more, and write down when that was.",
	References: []scorecard.Reference{
		{Title: "The Site Reliability Workbook: On-Call", URL: "https://sre.google/workbook/on-call/"},
		{Title: "AWS Well-Architected: Use runbooks to perform procedures", URL: "https://docs.aws.amazon.com/wellarchitected/latest/operational-excellence-pillar/ops_ready_to_support_use_runbooks.html"},
	},
	Level: scorecard.Gold, Weight: scorecard.Low, Effort: scorecard.Hour,
	Reads:      []scorecard.Family{scorecard.Documents, scorecard.History},
	Thresholds: []scorecard.Threshold{{Name: "review-months", Text: "how old the last change or review may be", Value: 12, Min: 1, Max: 60}},
	Rule: rule(words{"runbook", "was looked at lately", "no runbook with a history was found"}, func(s *survey) {
		seen := map[string]bool{}
		for i := range s.Documents {
			d := &s.Documents[i]
			if d.Kind != scorecard.Runbook || !d.Dated() || seen[d.Location.Path] {
				continue
			}
			seen[d.Location.Path] = true
			judgeAge(s, d)
		}
	}),
}

func judgeAge(s *survey, d *scorecard.Document) {
	name := d.Location.Path
	switch outcome, at, says := lookedAt(s.View, d); outcome {
	case scorecard.Pass:
		s.Pass(at, "runbook %s %s", name, says)
	case scorecard.Fail:
		s.Fail(at, func() string { return freshRemedy(name) }, "runbook %s %s", name, says)
	default:
		s.Undecided(at, "runbook %s %s", name, says)
	}
}

// lookedAt says whether a document was changed or reviewed within the threshold
// `review-months` before the scan, and which of its places shows that.
func lookedAt(v *scorecard.View, d *scorecard.Document) (outcome scorecard.Outcome, at scorecard.Location, says string) {
	today, err := time.Parse(time.DateOnly, v.AsOf)
	if err != nil {
		return scorecard.Unknown, d.Location, "is of an age that is not known, since neither a review nor a history tells, or not when the scan was"
	}
	months := int(v.Threshold("review-months"))
	since := today.AddDate(0, -months, 0).Format(time.DateOnly)
	reviewed, changed := d.Reviewed, d.Changed
	at, _ = d.Part(scorecard.ReviewPart)
	if reviewed > v.AsOf {
		reviewed = "" // a day to come is no review
	}
	switch {
	case reviewed >= since:
		return scorecard.Pass, at, "was reviewed on " + reviewed
	case changed >= since && !d.Before:
		return scorecard.Pass, d.Location, "was changed on " + changed
	case changed >= since:
		return scorecard.Unknown, d.Location, fmt.Sprintf("was last changed on %s or earlier, where the history in this clone ends; fetch all of it (`git fetch --unshallow`)", changed)
	case reviewed == "" && changed == "":
		if d.Reviewed == "" {
			return scorecard.Unknown, d.Location, "is of an age that is not known, since neither a review nor a history tells"
		}
		return scorecard.Fail, at, fmt.Sprintf("says that it is reviewed on %s, a day to come", d.Reviewed)
	}
	last := "changed on " + changed
	if d.Before {
		last = "changed before " + changed
	}
	if reviewed > changed {
		last = "reviewed on " + reviewed
	}
	return scorecard.Fail, d.Location, fmt.Sprintf("was last %s, more than %s ago", last, plural(months, "month"))
}

// freshRemedy names no day: the verdict would be another one every morning.
func freshRemedy(file string) string {
	return appended(fmt.Sprintf("Walk through `%s`, mend what is not true any more, and write at its end when that was (YYYY-MM-DD is that day):", file), "\nLast reviewed: YYYY-MM-DD")
}
