package scorecard

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Scorecard is the verdict on one service: immutable, and made again to the same
// bytes from the same inventory and rubric.
type Scorecard struct {
	Service       Service `json:"service"`
	InventoryHash string  `json:"inventoryHash"`
	RubricHash    string  `json:"rubricHash"`

	// Score is in percent, over what is known; nil where nothing is.
	Score *float64 `json:"score,omitempty"`
	// Min and Max are what the score can be once everything unknown is known.
	Min float64 `json:"min"`
	Max float64 `json:"max"`
	// Coverage is the known share of the weight that applies, in percent.
	Coverage float64 `json:"coverage"`
	// Level is what the service can prove; LevelAtMost what it may be once
	// everything unknown is known.
	Level       Level `json:"level"`
	LevelAtMost Level `json:"levelAtMost"`

	Pillars []PillarScore `json:"pillars,omitempty"`
	Results []Result      `json:"results,omitempty"`
	// NextLevel is the level that NextSteps lead to; empty at the top.
	NextLevel Level  `json:"nextLevel,omitempty"`
	NextSteps []Step `json:"nextSteps,omitempty"`
	Gaps      []Gap  `json:"gaps,omitempty"`
}

// PillarScore is the score of one pillar alone, over the same results.
type PillarScore struct {
	Pillar   Pillar   `json:"pillar"`
	Score    *float64 `json:"score,omitempty"`
	Min      float64  `json:"min"`
	Max      float64  `json:"max"`
	Coverage float64  `json:"coverage"`
}

// Result is what one check says of one service.
type Result struct {
	Check   string  `json:"check"`
	Pillar  Pillar  `json:"pillar"`
	Title   string  `json:"title"`
	Level   Level   `json:"level"`
	Weight  Weight  `json:"weight"`
	Outcome Outcome `json:"outcome"`
	Reason  string  `json:"reason"`
	// Satisfied of Subjects were right; Undecided could not be told.
	Satisfied int `json:"satisfied"`
	Undecided int `json:"undecided,omitempty"`
	Subjects  int `json:"subjects"`
	// CreditMin and CreditMax bound what the check earns, from 0 to 1.
	CreditMin float64 `json:"creditMin"`
	CreditMax float64 `json:"creditMax"`
	// Evidence is at most MaxEvidence pieces, the worst first; EvidenceTotal is how many there are.
	Evidence      []Evidence `json:"evidence,omitempty"`
	EvidenceTotal int        `json:"evidenceTotal"`
	Remediation   string     `json:"remediation,omitempty"`
	// Gaps are those that may hide evidence from this check, at most MaxGaps; the
	// reason says how many there are, and the scorecard has them all.
	Gaps []Gap `json:"gaps,omitempty"`
	// Otherwise are the other forms of the service's objects (an overlay for staging) of
	// which the check would say something else, at most MaxOtherwise.
	Otherwise []FormVerdict `json:"otherwise,omitempty"`
}

// FormVerdict is what a check would say of a form that is not the one judged.
type FormVerdict struct {
	Form    string  `json:"form"` // as Location.Form
	Outcome Outcome `json:"outcome"`
	Reason  string  `json:"reason"`
}

// Forms are the renderings whose objects were judged, of the evidence that is kept;
// none where all of it stands in plain files.
func (s *Scorecard) Forms() []string {
	var forms []string
	for i := range s.Results {
		for _, e := range s.Results[i].Evidence {
			if e.Location.Form != "" && e.Location.Object != (ObjectRef{}) {
				forms = append(forms, e.Location.Form)
			}
		}
	}
	slices.Sort(forms)
	return slices.Compact(forms)
}

// MaxGaps is how many gaps a result names.
const MaxGaps = 5

// Credit is what the result earns in the score: the satisfied share of its subjects.
func (r *Result) Credit() float64 {
	if r.Subjects == 0 {
		return 0
	}
	return float64(r.Satisfied) / float64(r.Subjects)
}

// Known reports whether the result counts in the score.
func (r *Result) Known() bool { return r.Outcome == Pass || r.Outcome == Fail }

// Step is something to do for the next level.
type Step struct {
	Check   string  `json:"check"`
	Title   string  `json:"title"`
	Outcome Outcome `json:"outcome"` // Fail: mend it; Unknown: let it be seen
	Reason  string  `json:"reason"`
	// Effort is the check's own estimate times the subjects to mend, at most ten.
	Effort int `json:"effort"`
}

// Judge gives the verdict. It is pure, and puts the inventory into its canonical
// order on the way.
func Judge(inv *Inventory, rubric *Rubric) (*Scorecard, error) {
	return JudgeIn(Whole, inv, rubric)
}

// Detail is how much of a verdict is made. The verdict is the same in all of them.
type Detail int

const (
	// Whole is all of it: what is kept, and can be made again.
	Whole Detail = iota
	// Shown leaves out the inventory's hash, which people don't read on a screen.
	Shown
	// Outlined leaves out the remediations, too: of many services a table shows none.
	Outlined
)

// JudgeIn is Judge with less of what takes long to make.
func JudgeIn(detail Detail, inv *Inventory, rubric *Rubric) (*Scorecard, error) {
	hash := ""
	if detail == Whole {
		canonical, err := inv.Canonical()
		if err != nil {
			return nil, err
		}
		hash = Hash(canonical)
	} else {
		inv.Sort()
	}
	view := NewView(inv)
	view.Outlined = detail == Outlined
	card := verdict(view, rubric)
	card.InventoryHash = hash
	return card, nil
}

func verdict(view *View, rubric *Rubric) *Scorecard {
	inv := view.Inventory
	card := &Scorecard{Service: inv.Service, RubricHash: rubric.Hash(), Level: None, LevelAtMost: None, Gaps: inv.Gaps}
	if card.Service.Unscored = rubric.unscored(&inv.Service); card.Service.Unscored != "" {
		return card
	}
	card.Results = make([]Result, 0, len(rubric.ordered))
	for i := range rubric.ordered {
		check := &rubric.ordered[i]
		if asked := rubric.rules[check.ID].Services; !asked.Holds(&inv.Service) {
			check = check.outside(rubric.Name, &asked)
		}
		card.Results = append(card.Results, judgeOne(check, view))
	}
	judgeForms(card, inv, rubric)
	total := sum(card.Results, Pillars()...)
	card.Score, card.Min, card.Max, card.Coverage = total.score(), total.min(), total.max(), total.coverage()
	for _, p := range Pillars() {
		if s := sum(card.Results, p); s.results > 0 {
			card.Pillars = append(card.Pillars, PillarScore{p, s.score(), s.min(), s.max(), s.coverage()})
		}
	}
	card.Level = levelOf(card.Results, Pass, NotApplicable)
	card.LevelAtMost = levelOf(card.Results, Pass, NotApplicable, Unknown)
	card.NextLevel, card.NextSteps = nextSteps(card, rubric)
	return card
}

// outside is the check for a service of which the rubric does not ask it.
func (c *Check) outside(rubric string, asked *Scope) *Check {
	skipped := *c
	skipped.Reads = nil // nothing that is missing makes it apply
	skipped.Rule = func(*View) Finding { return Skip("the rubric %s asks it of %s", rubric, asked) }
	return &skipped
}

// Canonical is the scorecard's one serialised form.
func (s *Scorecard) Canonical() ([]byte, error) {
	b, err := canonical(s)
	if err != nil {
		return nil, fmt.Errorf("scorecard of %s: %w", s.Service.ID, err)
	}
	return b, nil
}

func judgeOne(check *Check, view *View) Result {
	f, remediation := run(check, view)
	sortEvidence(f.Evidence)
	r := Result{
		Check: check.ID, Pillar: check.Pillar, Title: check.Title, Level: check.Level, Weight: check.Weight,
		Outcome: f.Outcome, Reason: f.Reason, Satisfied: f.Satisfied, Undecided: f.Undecided, Subjects: f.Subjects,
		Evidence: f.Evidence[:min(len(f.Evidence), MaxEvidence)], EvidenceTotal: len(f.Evidence), Remediation: remediation,
	}
	if r.Subjects > 0 {
		r.CreditMin = r.Credit()
		r.CreditMax = float64(r.Satisfied+r.Undecided) / float64(r.Subjects)
	}
	if r.Outcome == Unknown {
		// It has no part in the score, so all is possible: else the score could lie
		// outside of its own bounds.
		r.CreditMin, r.CreditMax = 0, 1
	}
	if view.shared(&r) {
		r.Reason += "; it is the repository's, and counts for each of its services"
	}
	for _, g := range view.Gaps {
		if check.blind(&g) && (!g.Apart || r.Outcome == NotApplicable) && !settled(&f, &g, check.Reads) {
			r.Gaps = append(r.Gaps, g)
		}
	}
	if len(r.Gaps) > 0 {
		touch(&r, f.Absent || alterable(f.Evidence, r.Gaps))
		r.Gaps = r.Gaps[:min(len(r.Gaps), MaxGaps)]
	}
	return r
}

// blind reports whether the gap may hide something that the check looks for.
func (c *Check) blind(g *Gap) bool {
	if !g.Touches(c.Reads) {
		return false
	}
	switch {
	case len(g.Charts) == 0:
		return true
	case c.Local:
		return false
	case len(c.Charts) == 0:
		return true
	}
	return slices.ContainsFunc(g.Charts, func(chart string) bool {
		return slices.ContainsFunc(c.Charts, func(word string) bool { return strings.Contains(strings.ToLower(chart), word) })
	})
}

// settled reports whether a finding stands whatever the gap hides: it passed because
// something was found, of which not all may be otherwise with the gap filled.
func settled(f *Finding, g *Gap, reads []Family) bool {
	if f.Outcome != Pass || slices.ContainsFunc(g.Hides, func(hidden Family) bool {
		return slices.Contains(reads, hidden) && !slices.Contains(f.Settled, hidden)
	}) {
		return false
	}
	return slices.ContainsFunc(f.Evidence, func(e Evidence) bool {
		broken := g.Reason == "malformed" && e.Location.Path == g.Location.Path // mended, it may say something else
		return e.Outcome == Pass && !g.MayAlter(e.Location) && !broken
	})
}

// shared reports whether all that decides the result is evidence that names no service
// and so counts for each of the repository.
func (v *View) shared(r *Result) bool {
	decisive := 0
	for _, e := range r.Evidence {
		if e.Outcome != r.Outcome {
			continue
		}
		if _, found := slices.BinarySearch(v.Shared, e.Location.Path); !found {
			return false
		}
		if slices.ContainsFunc(v.Runs, func(run Run) bool { return run.Location.Path == e.Location.Path }) {
			return false // a Compose file is everybody's, what it says of this service is not
		}
		decisive++
	}
	return decisive > 0
}

// alterable reports whether all that was seen to be wrong may be otherwise with the gaps
// filled: what is wrong in a base may be right with the patch that is missing.
func alterable(evidence []Evidence, gaps []Gap) bool {
	wrong := 0
	for _, e := range evidence {
		if e.Outcome != Fail {
			continue
		}
		if !slices.ContainsFunc(gaps, func(g Gap) bool { return g.MayAlter(e.Location) }) {
			return false
		}
		wrong++
	}
	return wrong > 0
}

// touch weighs a gap into a result. What was certainly seen to be wrong stays wrong;
// anything else, a "not found" too, may look different with the gap filled. The bounds open
// to all that is possible then: hidden subjects may outnumber those that were seen,
// for better and for worse.
func touch(r *Result, open bool) {
	gap := r.Gaps[0].Message
	if more := len(r.Gaps) - 1; more > 0 {
		gap += fmt.Sprintf(" (and %d more)", more)
	}
	r.CreditMin, r.CreditMax = 0, 1
	if r.Outcome == Fail && !open {
		r.Reason += "; not all could be seen: " + gap
		return
	}
	switch r.Outcome {
	case Fail:
		r.Reason += ", but not all could be seen: " + gap
	case Pass:
		r.Reason = "what was seen is right (" + r.Reason + "), but not all could be seen: " + gap
	case NotApplicable:
		r.Reason = "nothing was seen to ask about (" + r.Reason + "), but not all could be seen: " + gap
	case Unknown:
		r.Reason += "; not all could be seen: " + gap
	}
	r.Outcome = Unknown
}

// run asks the rule, and what would mend it; a panic makes an unknown of it.
func run(check *Check, view *View) (f Finding, remediation string) {
	defer func() {
		if p := recover(); p != nil {
			f = Finding{Outcome: Unknown, Reason: fmt.Sprintf("the check itself failed; please report this as a defect of Seaworthy: %v", p)}
			remediation = ""
		}
	}()
	f = check.Ask(view)
	if f.Remedy != nil && !view.Outlined {
		remediation = f.Remedy()
	}
	return f, remediation
}

// sums are weighed in the order of the results, which is fixed, so that the same
// results give the same bits.
type sums struct {
	results                              int // those of the pillars, applicable or not
	known, credit, applies, lower, upper float64
}

func sum(results []Result, pillars ...Pillar) (s sums) {
	for i := range results {
		r := &results[i]
		if !slices.Contains(pillars, r.Pillar) {
			continue
		}
		s.results++
		if r.Outcome == NotApplicable {
			continue
		}
		w := float64(r.Weight)
		s.applies += w
		s.lower += w * r.CreditMin
		s.upper += w * r.CreditMax
		if r.Known() {
			s.known += w
			s.credit += w * r.Credit()
		}
	}
	return s
}

func (s sums) score() *float64 {
	if s.known == 0 {
		return nil
	}
	v := percent(s.credit, s.known)
	return &v
}

// Without anything that applies, nothing is proven and everything is possible.
func (s sums) min() float64 { return percent(s.lower, s.applies) }
func (s sums) max() float64 {
	if s.applies == 0 {
		return 100
	}
	return percent(s.upper, s.applies)
}
func (s sums) coverage() float64 { return percent(s.known, s.applies) }

// percent rounds to a hundredth: what is stored is what is shown.
func percent(part, whole float64) float64 {
	if whole == 0 {
		return 0
	}
	return math.Round(10000*part/whole) / 100
}

// levelOf is the highest level at which, and below which, every check has one of
// the outcomes. A level above all that the rubric asks for can't be proven, so it is
// never held.
func levelOf(results []Result, ok ...Outcome) Level {
	held := None
	for _, l := range Levels()[1 : topLevel(results).Rank()+1] {
		for i := range results {
			if results[i].Level == l && !slices.Contains(ok, results[i].Outcome) {
				return held
			}
		}
		held = l
	}
	return held
}

// topLevel is the highest level that the rubric has a check for.
func topLevel(results []Result) Level {
	top := None
	for i := range results {
		if results[i].Level.Compare(top) > 0 {
			top = results[i].Level
		}
	}
	return top
}

// nextSteps lists what blocks the next level: what fails, what raises the score most
// first, and of two equal ones the cheaper first; then what is unknown, the heaviest
// first, since it may be right already.
func nextSteps(card *Scorecard, rubric *Rubric) (Level, []Step) {
	rank := card.Level.Rank() + 1
	if rank > topLevel(card.Results).Rank() {
		return "", nil
	}
	next := Levels()[rank]
	steps := []Step{}
	gain := map[string]float64{}
	for i := range card.Results {
		r := &card.Results[i]
		if r.Level != next || r.Outcome != Fail && r.Outcome != Unknown {
			continue
		}
		gain[r.Check] = float64(r.Weight)
		if r.Outcome == Fail {
			gain[r.Check] *= 1 - r.Credit()
		}
		todo := max(1, min(r.Subjects-r.Satisfied, 10))
		check, _ := rubric.Check(r.Check)
		steps = append(steps, Step{r.Check, r.Title, r.Outcome, r.Reason, todo * int(check.Effort)})
	}
	slices.SortStableFunc(steps, func(a, b Step) int {
		return cmp.Or(cmp.Compare(evidenceRank(a.Outcome), evidenceRank(b.Outcome)), cmp.Compare(gain[b.Check], gain[a.Check]),
			cmp.Compare(a.Effort, b.Effort), strings.Compare(a.Check, b.Check))
	})
	return next, steps
}
