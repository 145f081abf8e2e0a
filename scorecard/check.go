package scorecard

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Check is one reliability practice: a value with its words and its rule in it.
type Check struct {
	// ID is stable: it is the API's name, the storage key and the anchor in the docs.
	ID     string
	Pillar Pillar
	// Title is a sentence that is true of a good service.
	Title string
	// Applies names what the check looks at: "containers of long-running workloads".
	Applies string
	// Passes says when one of those is right, in a sentence.
	Passes string
	// Why says what goes wrong without it, in two sentences or three.
	Why string
	// Fix says in general what to do; a result's Remediation says it for one object.
	Fix string
	// References are sources that a sceptical engineer accepts; the first backs Why.
	References []Reference
	Level      Level
	Weight     Weight
	Effort     Effort
	// Reads are the families of evidence that the rule looks at, all of them: a gap
	// in any of these makes the result unknown.
	Reads []Family
	// Charts are words: a chart from elsewhere that is missing can bring what the rule looks
	// for only where its name has one of them. None: any chart can.
	Charts []string
	// Local: what the rule looks for stands in the repository itself, so that a chart from
	// elsewhere that is missing hides none of it.
	Local bool
	// Thresholds are the numbers that a rubric may set; rules read them with View.Threshold.
	Thresholds []Threshold
	// Rule judges. It must be a pure function of the view. One that panics makes
	// its check UNKNOWN, not the scan dead.
	Rule func(*View) Finding
}

// Ask gives what the check's rule says of the view, by the check's thresholds.
func (c *Check) Ask(v *View) Finding {
	mine := *v
	mine.thresholds = c.Thresholds
	return c.Rule(&mine)
}

// Threshold is a number that decides, and that a rubric may set.
type Threshold struct {
	Name string // "grace-seconds": words with hyphens, the unit last
	// Text says what it is, in a few words: "the grace period that is enough without a hook".
	Text string
	// Value is the built-in rubric's; Min and Max bound what another may set.
	Value, Min, Max float64
}

// Reference is a page to read.
type Reference struct {
	Title string `json:"title"`
	URL   string `json:"url"`
}

// Finding is what a rule says, before gaps and the rubric are weighed in.
type Finding struct {
	Outcome Outcome
	// Reason is one sentence: what was seen, or why the question does not arise.
	Reason string
	// Satisfied, Undecided and Subjects count what was looked at. A finding about the
	// service as a whole has one subject.
	Satisfied, Undecided, Subjects int
	// Absent: the check failed because nothing was found, not because something
	// wrong was. With a gap in what it reads that is UNKNOWN: it may be in the gap.
	Absent bool
	// Settled are the families in which nothing could undo a PASS: that it was found at all is
	// what was asked.
	Settled []Family
	// Evidence is all that was seen; Judge orders it, worst first, and keeps the first MaxEvidence.
	Evidence []Evidence
	// Remedy says what to write for this object, ready to paste: Markdown. Nil where
	// there is nothing to say. It is asked once, and only where somebody will read it.
	Remedy func() string
}

// Evidence is one thing that was seen, and what it says.
type Evidence struct {
	Location Location `json:"location"`
	// Outcome is what this one thing says: Pass, Fail, or Unknown.
	Outcome Outcome `json:"outcome"`
	// Message is what was seen, in a few words: "container api has no readinessProbe".
	Message string `json:"message"`
}

// MaxEvidence is how many pieces of evidence a result keeps; the true number stands beside them.
const MaxEvidence = 20

// Skip is the finding of a check whose question does not arise.
func Skip(format string, a ...any) Finding {
	return Finding{Outcome: NotApplicable, Reason: fmt.Sprintf(format, a...)}
}

// Missing is the finding of a practice that was seen nowhere. The remedy says where to
// declare it.
func Missing(remedy func() string, format string, a ...any) Finding {
	return Finding{Outcome: Fail, Absent: true, Subjects: 1, Reason: fmt.Sprintf(format, a...), Remedy: remedy}
}

// Tally counts subjects one by one and makes a finding of them. The zero Tally is ready.
type Tally struct {
	evidence                       []Evidence
	satisfied, undecided, subjects int
	remediations                   []string
	notes                          []string
}

// Pass counts a subject that is right.
func (t *Tally) Pass(at Location, format string, a ...any) {
	t.subjects++
	t.satisfied++
	t.evidence = append(t.evidence, Evidence{at, Pass, fmt.Sprintf(format, a...)})
}

// Fail counts a subject that is wrong, with what to write for it (Markdown, may be empty).
func (t *Tally) Fail(at Location, remediation, format string, a ...any) {
	t.subjects++
	t.evidence = append(t.evidence, Evidence{at, Fail, fmt.Sprintf(format, a...)})
	if remediation != "" && !slices.Contains(t.remediations, remediation) {
		t.remediations = append(t.remediations, remediation)
	}
}

// Undecided counts a subject of which files alone do not tell.
func (t *Tally) Undecided(at Location, format string, a ...any) {
	t.subjects++
	t.undecided++
	t.evidence = append(t.evidence, Evidence{at, Unknown, fmt.Sprintf(format, a...)})
}

// Also adds a piece of evidence that belongs to a subject already counted.
func (t *Tally) Also(at Location, outcome Outcome, format string, a ...any) {
	t.evidence = append(t.evidence, Evidence{at, outcome, fmt.Sprintf(format, a...)})
}

// Note adds a clause to the reason: a weakness that passes, a form not judged.
func (t *Tally) Note(format string, a ...any) {
	if s := fmt.Sprintf(format, a...); !slices.Contains(t.notes, s) {
		t.notes = append(t.notes, s)
	}
}

// Empty reports whether no subject was counted.
func (t *Tally) Empty() bool { return t.subjects == 0 }

// MaxRemediations is how many subjects' remediations a finding spells out.
const MaxRemediations = 5

// Finding makes the finding: FAIL when a subject is wrong, else UNKNOWN when one is
// undecided, else PASS; the question does not arise when there are no subjects.
// noun names the subjects ("container"), verb what the right ones do ("has a
// readiness probe"), for the reason "2 of 3 containers: has …".
func (t *Tally) Finding(noun, verb, notApplicable string) Finding {
	if t.Empty() {
		return Finding{Outcome: NotApplicable, Reason: notApplicable}
	}
	f := Finding{Outcome: Pass, Satisfied: t.satisfied, Undecided: t.undecided, Subjects: t.subjects, Evidence: t.evidence}
	failed := t.subjects - t.satisfied - t.undecided
	switch {
	case failed > 0:
		f.Outcome = Fail
		f.Reason = fmt.Sprintf("%d of %s: %s", t.satisfied, plural(t.subjects, noun), verb)
	case t.undecided > 0:
		f.Outcome = Unknown
		f.Reason = fmt.Sprintf("%d of %s can't be decided from files: %s", t.undecided, plural(t.subjects, noun), verb)
	default:
		f.Reason = fmt.Sprintf("all %s: %s", plural(t.subjects, noun), verb)
		if t.subjects == 1 {
			f.Reason = fmt.Sprintf("the %s: %s", noun, verb)
		}
	}
	for _, n := range t.notes {
		f.Reason += "; " + n
	}
	if len(t.remediations) > 0 {
		f.Remedy = func() string { return t.remedy(noun) }
	}
	return f
}

// remedy spells out the first remediations.
func (t *Tally) remedy(noun string) string {
	kept := t.remediations[:min(len(t.remediations), MaxRemediations)]
	text := strings.Join(kept, "\n\n")
	if rest := len(t.remediations) - len(kept); rest > 0 {
		text += fmt.Sprintf("\n\n…and %s more in the same way.", plural(rest, noun))
	}
	return text
}

func plural(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}

// evidenceRank puts what is wrong first, then what is not known.
func evidenceRank(o Outcome) int {
	switch o {
	case Fail:
		return 0
	case Unknown:
		return 1
	}
	return 2
}

func sortEvidence(es []Evidence) {
	slices.SortStableFunc(es, func(a, b Evidence) int {
		return cmp.Or(cmp.Compare(evidenceRank(a.Outcome), evidenceRank(b.Outcome)), a.Location.Compare(b.Location), cmp.Compare(a.Message, b.Message))
	})
}
