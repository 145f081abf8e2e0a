package checks

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var deployFrequency = scorecard.Check{
	ID:      "deploy-frequency",
	Pillar:  scorecard.Delivery,
	Title:   "Something was released within the month",
	Applies: "services of which releases were seen: tags that are versions, changelogs with versions. Where a controller deploys each change besides (Argo CD, Flux), which leaves no day in files, old releases say nothing",
	Passes:  "a release is of the 30 days before the scan; the days between releases, and how many followed within a day of another, are in the result. What a pipeline or a controller deploys besides leaves no day in files: tag what is deployed",
	Why: "Who releases rarely releases much at once, and finds out late and in a heap what was wrong. " +
		"DORA's research finds that teams that deploy often are also those whose changes fail less and whose service is back sooner.",
	Fix: "Release what is ready in small steps, by a pipeline, and tag each release.",
	References: []scorecard.Reference{
		{Title: "DORA's software delivery performance metrics", URL: "https://dora.dev/guides/dora-metrics-four-keys/"},
		{Title: "DORA capabilities: working in small batches", URL: "https://dora.dev/capabilities/working-in-small-batches/"},
		{Title: "Site Reliability Engineering: Release Engineering", URL: "https://sre.google/sre-book/release-engineering/"},
	},
	Level: scorecard.Gold, Weight: scorecard.Low, Effort: scorecard.Day,
	Reads:      []scorecard.Family{scorecard.History, scorecard.Pipelines},
	Thresholds: []scorecard.Threshold{{Name: "release-days", Text: "how old the newest release may be", Value: 30, Min: 1, Max: 365}},
	Rule:       releasedLately,
}

// shipped is a release with where it is told.
type shipped struct {
	scorecard.Released
	at scorecard.Location
}

func releasedLately(v *scorecard.View) scorecard.Finding {
	list, whole, undated := shipments(v)
	open := func(at scorecard.Location, format string, a ...any) scorecard.Finding {
		reason := fmt.Sprintf(format, a...)
		return scorecard.Finding{Outcome: scorecard.Unknown, Subjects: 1, Undecided: 1, Reason: reason, Evidence: []scorecard.Evidence{{Location: at, Outcome: scorecard.Unknown, Message: reason}}}
	}
	top := scorecard.Location{Path: "."}
	today, err := time.Parse(time.DateOnly, v.AsOf)
	list = slices.DeleteFunc(list, func(r shipped) bool { return err == nil && r.Day > v.AsOf }) // a day to come is no release
	switch {
	case len(list) == 0 && undated != nil:
		return open(*undated, "releases were seen, and on which days is not known")
	case len(list) == 0 && !whole:
		return open(top, "the history was not seen, or only the last part of it, so when something was released is not known")
	case len(list) == 0:
		return scorecard.Skip("no release was seen: neither a tag that is a version nor a changelog with versions")
	case err != nil:
		return open(list[0].at, "the newest release, %s, is of %s, and when the scan was is not known", list[0].Version, list[0].Day)
	}
	days := int(v.Threshold("release-days"))
	newest := list[0]
	says := fmt.Sprintf("the newest release, %s, is of %s", newest.Version, newest.Day)
	if newest.Day >= today.AddDate(0, 0, -days).Format(time.DateOnly) {
		return scorecard.Finding{Outcome: scorecard.Pass, Subjects: 1, Satisfied: 1, Reason: says + pace(list), Evidence: []scorecard.Evidence{{Location: newest.at, Outcome: scorecard.Pass, Message: says}}}
	}
	says += fmt.Sprintf(", more than %s before the scan", plural(days, "day"))
	switch by, synced := deploysAnyway(v); {
	case undated != nil:
		return open(*undated, "%s, but there are others of which the days are not known", says)
	case !whole:
		return open(newest.at, "%s, but the history in this clone is not whole; fetch all of it (`git fetch --unshallow --tags`)", says)
	case by != nil && synced: // a controller deploys each change, whatever is released
		return scorecard.Skip("%s, but %s, which leaves no day in files", says, by.Message)
	case by != nil: // what was seen of its releases is what counts
		says += fmt.Sprintf("; %s too, which leaves no day in files", by.Message)
	}
	return scorecard.Finding{Outcome: scorecard.Fail, Subjects: 1, Reason: says + pace(list), Evidence: []scorecard.Evidence{{Location: newest.at, Outcome: scorecard.Fail, Message: says}},
		Remedy: func() string { return frequencyRemedy(newest.Version) }}
}

// shipments are the releases of which the day is known, the newest first, each once;
// whole says that the history is, undated where there are some without a day.
func shipments(v *scorecard.View) (list []shipped, whole bool, undated *scorecard.Location) {
	seen := map[string]bool{}
	add := func(at scorecard.Location, rs []scorecard.Released) {
		for _, r := range rs {
			if r.Line > 0 {
				at.FirstLine, at.LastLine = r.Line, r.Line
			}
			if n := versionIn(r.Version); !seen[n] {
				seen[n] = true
				list = append(list, shipped{r, at})
			}
		}
	}
	for i := range v.Tags {
		t := &v.Tags[i]
		whole = whole || !t.Shallow
		add(t.Location, t.Dated)
		if t.Releases > 0 && len(t.Dated) == 0 && undated == nil {
			undated = &t.Location
		}
	}
	for i := range v.Changelogs {
		add(v.Changelogs[i].Location, v.Changelogs[i].Dated)
	}
	for i := range v.Changelogs {
		if c := &v.Changelogs[i]; c.Versions > 0 && len(list) == 0 && undated == nil {
			undated = &c.Location
		}
	}
	slices.SortStableFunc(list, func(a, b shipped) int { return strings.Compare(b.Day, a.Day) })
	return list, whole, undated
}

// versionIn leaves out what stands before a version's number, so that a tag and its
// entry in a changelog are one release.
func versionIn(version string) string {
	if i := strings.LastIndexAny(version, "vV@/_"); i >= 0 && i+1 < len(version) && version[i+1] >= '0' && version[i+1] <= '9' {
		return version[i+1:]
	}
	return version
}

// deploysAnyway is what deploys the service without a release: on each push, or by a
// controller, which synced says; nil where nothing was seen that does.
func deploysAnyway(v *scorecard.View) (by *scorecard.Evidence, synced bool) {
	for i := range v.Syncs {
		if s := &v.Syncs[i]; !s.Suspended {
			return &scorecard.Evidence{Location: s.Location, Message: fmt.Sprintf("%s deploys it (%s)", s.Tool, s.Name)}, true
		}
	}
	on, _ := commandsOf(v, scorecard.Deploy)
	for _, r := range on {
		if r.pipeline.Starts(r.job, scorecard.OnPush, scorecard.OnSchedule, scorecard.OnManual, scorecard.OnEvent) {
			e := r.says(scorecard.Unknown, "it is deployed by")
			return &e, false
		}
	}
	return nil, false
}

// pace says how far the releases are from each other, and how many came within a day of
// the one before, which is what a release does that mends the last.
func pace(list []shipped) string {
	var gaps []int
	quick := 0
	for i := 0; i+1 < len(list) && i < 20; i++ {
		later, err := time.Parse(time.DateOnly, list[i].Day)
		earlier, err2 := time.Parse(time.DateOnly, list[i+1].Day)
		if err != nil || err2 != nil {
			continue
		}
		gap := int(later.Sub(earlier).Hours() / 24)
		gaps = append(gaps, gap)
		if gap <= 1 {
			quick++
		}
	}
	if len(gaps) == 0 {
		return ""
	}
	slices.Sort(gaps)
	return fmt.Sprintf("; between the last %d releases lie %s (median), and %d of them came within a day of the one before", len(gaps)+1, plural(gaps[len(gaps)/2], "day"), quick)
}

func frequencyRemedy(last string) string {
	return fenced("See what waits to be released, release it, and tag it with the next version; release-please, semantic-release or GoReleaser do so for each change:", "sh",
		fmt.Sprintf("git log --oneline %s..HEAD\ngit tag --annotate NEXT --message NEXT && git push origin NEXT", last))
}
