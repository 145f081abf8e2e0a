package scorecard

import (
	"cmp"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strings"
)

// Cause is why a result became another one.
type Cause string

// The causes of a change, in the order in which they are told.
const (
	// EvidenceChanged: what was seen is otherwise.
	EvidenceChanged Cause = "EVIDENCE"
	// ApplicabilityChanged: the question arises that did not, or arises no more.
	ApplicabilityChanged Cause = "APPLICABILITY"
	// VisibilityChanged: what could be seen can't be seen any more, or again.
	VisibilityChanged Cause = "VISIBILITY"
	// RubricChanged: the check is asked at another weight, level or threshold, newly, or no more.
	RubricChanged Cause = "RUBRIC"
	// ProgramChanged: another version of Seaworthy reads or judges the same otherwise.
	ProgramChanged Cause = "PROGRAM"
)

// Causes lists every cause in the order in which they are told.
func Causes() []Cause {
	return []Cause{EvidenceChanged, ApplicabilityChanged, VisibilityChanged, RubricChanged, ProgramChanged}
}

// Points are hundredths of a point of score, so that they add up without rounding.
type Points int

// PointsOf are the points of a score.
func PointsOf(score float64) Points { return Points(math.Round(score * 100)) }

// Score is the points as a score has them: 150 are 1.5.
func (p Points) Score() float64 { return float64(p) / 100 }

// Change says why a scorecard became another one. Its parts add up to its Points, and so
// do its shares.
type Change struct {
	// Before and After are the two scorecards' numbers.
	Before, After Standing
	// Points is what the score rose by. A score that is not known counts as 0.
	Points Points
	// Shares are the points by cause, of those causes that have a part.
	Shares []Share
	// Parts say which checks changed, those that moved the score most first.
	Parts []Part
}

// Standing is what a scorecard comes to.
type Standing struct {
	Level, LevelAtMost Level
	Score              *float64
	Min, Max, Coverage float64
	RubricHash         string
	// Unscored says why there is no score; empty where there may be one.
	Unscored string
}

// Share is what one cause has in a change.
type Share struct {
	Cause  Cause
	Points Points
	// Checks is how many checks changed by it.
	Checks int
}

// Part is one check's part in a change by one cause.
type Part struct {
	Check  string
	Pillar Pillar
	Title  string
	Cause  Cause
	Points Points
	// Before and After are what the check said; the zero Said where it was not asked.
	Before, After Said
	// Why is one sentence.
	Why string
	// Evidence is what decides the new result and was not there before, at most MaxPartEvidence.
	Evidence []Evidence
	// Origins are the commits that changed the files behind it, the newest first, where known.
	Origins []Origin
	// Shift: the check held back a level that the service now has, or holds back one that it had.
	Shift bool
}

// Said is what a check said and how it counted.
type Said struct {
	Outcome Outcome
	Level   Level
	Weight  Weight
	// Credit is what it earned of its weight, from 0 to 1.
	Credit float64
	Reason string
}

// MaxPartEvidence is how many new pieces of evidence a part names.
const MaxPartEvidence = 5

// Past is a verdict with what it was made from.
type Past struct {
	Scorecard *Scorecard
	Inventory *Inventory
	// Rubric is nil where it is not known any more, or no longer makes sense to this program.
	Rubric *Rubric
	// Revision is what was read.
	Revision Revision
	// Program is the version that judged; empty where that is not known.
	Program string
	// Origins are the commits behind what changed, where known.
	Origins []Origin
}

// Explain tells the ways by which one verdict became another. It goes there step by step,
// and each step has one cause: the old inventory judged by today's program, then by the new
// rubric, then the new inventory, and at last what the program that judged it said of that.
// Steps that change nothing fall away. It puts the inventories into canonical order.
func Explain(from, to Past) (*Change, error) {
	if from.Scorecard == nil || to.Scorecard == nil {
		return nil, fmt.Errorf("%w: a change has two scorecards", ErrInvalid)
	}
	if a, b := from.Scorecard.Service.ID, to.Scorecard.Service.ID; a != b {
		return nil, fmt.Errorf("%w: a change is of one service, not of %s and %s", ErrInvalid, a, b)
	}
	steps, err := way(from, to)
	if err != nil {
		return nil, err
	}
	c := explain(from.Scorecard, to.Scorecard, steps)
	c.trace(from, to)
	return c, nil
}

// trace names the commits behind each part: those of the files that either result cites, of
// the newer of the two verdicts.
func (c *Change) trace(from, to Past) {
	origins := map[string]Origin{}
	for _, o := range append(slices.Clone(from.Origins), to.Origins...) {
		if have, ok := origins[o.Path]; !ok || have.Time.Before(o.Time) {
			origins[o.Path] = o
		}
	}
	if len(origins) == 0 {
		return
	}
	before, after := byCheck(from.Scorecard), byCheck(to.Scorecard)
	for i := range c.Parts {
		p := &c.Parts[i]
		if p.Cause == RubricChanged || p.Cause == ProgramChanged {
			continue
		}
		for _, file := range cited(before[p.Check], after[p.Check]) {
			if o, ok := origins[file]; ok && !slices.ContainsFunc(p.Origins, func(x Origin) bool { return x.Commit == o.Commit }) {
				p.Origins = append(p.Origins, o)
			}
		}
		slices.SortFunc(p.Origins, func(a, b Origin) int { return cmp.Or(b.Time.Compare(a.Time), strings.Compare(a.Path, b.Path)) })
		p.Origins = p.Origins[:min(len(p.Origins), MaxPartEvidence)]
	}
}

// Changed are the files behind what two verdicts say otherwise, sorted.
func Changed(from, to *Scorecard) []string {
	before, after := byCheck(from), byCheck(to)
	var out []string
	for _, p := range ExplainAs(EvidenceChanged, from, to).Parts {
		out = append(out, cited(before[p.Check], after[p.Check])...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// cited are the files of evidence that one of the results has and the other has not.
func cited(a, b *Result) (out []string) {
	for _, pair := range [][2]*Result{{a, b}, {b, a}} {
		if pair[1] == nil {
			continue
		}
		for _, e := range fresh(pair[0], pair[1]) {
			if e.Location.Path != "" && !slices.Contains(out, e.Location.Path) {
				out = append(out, e.Location.Path)
			}
		}
	}
	return out
}

// ExplainAs tells what became of a verdict where the cause of all of it is known: judged by
// another rubric, or by another version of the program.
func ExplainAs(cause Cause, from, to *Scorecard) *Change {
	return explain(from, to, []step{{cause, from, to}})
}

func explain(from, to *Scorecard, steps []step) *Change {
	c := &Change{Before: standing(from), After: standing(to)}
	c.Points = hundredths(c.After.Score) - hundredths(c.Before.Score)
	var shares []*big.Rat
	for _, s := range steps {
		parts, exact := s.parts()
		c.Parts, shares = append(c.Parts, parts...), append(shares, exact...)
	}
	for i, p := range dealOut(c.Points, shares) {
		c.Parts[i].Points = p
	}
	c.settle()
	return c
}

// step is a way from one scorecard to the next. An empty cause is told from the results.
type step struct {
	cause    Cause
	from, to *Scorecard
}

// way is the steps from one verdict to the other.
func way(from, to Past) ([]step, error) {
	seen := Cause("") // what a change of what was seen comes from
	if sameFiles(from, to) && from.Program != to.Program {
		seen = ProgramChanged
	}
	a, b := from.Scorecard, to.Scorecard
	if a.RubricHash == b.RubricHash && from.Program == to.Program {
		return []step{{seen, a, b}}, nil
	}
	if from.Rubric == nil || to.Rubric == nil || from.Inventory == nil || to.Inventory == nil {
		// It can't be judged again: all that can be told is which checks are asked otherwise.
		return []step{{RubricChanged, a, asked(a, b)}, {seen, asked(a, b), b}}, nil
	}
	old, err := JudgeIn(Outlined, from.Inventory, from.Rubric)
	if err != nil {
		return nil, err
	}
	mid, err := JudgeIn(Outlined, from.Inventory, to.Rubric)
	if err != nil {
		return nil, err
	}
	last, err := JudgeIn(Outlined, to.Inventory, to.Rubric)
	if err != nil {
		return nil, err
	}
	return []step{{ProgramChanged, a, old}, {RubricChanged, old, mid}, {seen, mid, last}, {ProgramChanged, last, b}}, nil
}

// sameFiles reports whether both verdicts are of the same commit, and of nothing else.
func sameFiles(a, b Past) bool {
	return a.Revision.Commit != "" && a.Revision.Commit == b.Revision.Commit && !a.Revision.Dirty && !b.Revision.Dirty
}

// asked is the first scorecard as far as the rubric of the second can be told to have made
// it: with its weights and levels, without the checks that it does not ask, and with its
// answers for those that are asked anew.
func asked(a, b *Scorecard) *Scorecard {
	out := &Scorecard{Service: a.Service}
	before := byCheck(a)
	for i := range b.Results {
		r := b.Results[i]
		if was, ok := before[r.Check]; ok {
			level, weight := r.Level, r.Weight
			r = *was
			r.Level, r.Weight = level, weight
		}
		out.Results = append(out.Results, r)
	}
	return out
}

func byCheck(s *Scorecard) map[string]*Result {
	out := make(map[string]*Result, len(s.Results))
	for i := range s.Results {
		out[s.Results[i].Check] = &s.Results[i]
	}
	return out
}

// parts are the checks that differ, and the exact points of each, in hundredths; those add
// up to the difference of the scores.
//
// A score is credit over weight. What a check has in the way from C/K to D/L is
// (d−c) − S·(l−k), over L with S = C/K, or over K with S = D/L: both add up. The mean of
// both is taken, so that the way back has the same parts with the other sign.
func (s step) parts() (parts []Part, exact []*big.Rat) {
	before, after := byCheck(s.from), byCheck(s.to)
	var ids []string
	for id := range before {
		ids = append(ids, id)
	}
	for id := range after {
		if before[id] == nil {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	from, to := total(s.from), total(s.to)
	for _, id := range ids {
		a, b := before[id], after[id]
		if alike(a, b) {
			continue
		}
		parts = append(parts, s.part(a, b))
		was, is := counted(a), counted(b)
		exact = append(exact, shareOf(was, is, from, to))
	}
	return parts, exact
}

// counts are what a result has in the sums of a score, exactly.
type counts struct{ credit, known *big.Rat }

func counted(r *Result) counts {
	c := counts{new(big.Rat), new(big.Rat)}
	if r == nil || !r.Known() {
		return c
	}
	c.known.SetFloat64(float64(r.Weight))
	if r.Subjects > 0 {
		c.credit.Mul(c.known, big.NewRat(int64(r.Satisfied), int64(r.Subjects)))
	}
	return c
}

func total(s *Scorecard) counts {
	sum := counts{new(big.Rat), new(big.Rat)}
	for i := range s.Results {
		c := counted(&s.Results[i])
		sum.credit.Add(sum.credit, c.credit)
		sum.known.Add(sum.known, c.known)
	}
	return sum
}

// score is the credit's share of what is known; 0 where nothing is.
func (c counts) score() *big.Rat {
	if c.known.Sign() == 0 {
		return new(big.Rat)
	}
	return new(big.Rat).Quo(c.credit, c.known)
}

func shareOf(was, is, from, to counts) *big.Rat {
	credit := new(big.Rat).Sub(is.credit, was.credit)
	known := new(big.Rat).Sub(is.known, was.known)
	sum, ways := new(big.Rat), int64(0)
	for _, w := range []struct{ at, over counts }{{from, to}, {to, from}} {
		if w.over.known.Sign() == 0 {
			continue // there is no score on that side to measure by
		}
		p := new(big.Rat).Mul(w.at.score(), known)
		p.Sub(credit, p)
		sum.Add(sum, p.Quo(p, w.over.known))
		ways++
	}
	if ways == 0 {
		return sum
	}
	return sum.Mul(sum, big.NewRat(10000, ways))
}

// alike reports whether nothing that counts or is said differs.
func alike(a, b *Result) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Outcome == b.Outcome && a.Level == b.Level && a.Weight == b.Weight && (!a.Known() || sameCredit(a, b))
}

func sameCredit(a, b *Result) bool {
	return a.Satisfied*b.Subjects == b.Satisfied*a.Subjects && (a.Subjects == 0) == (b.Subjects == 0)
}

func (s step) part(a, b *Result) Part {
	r := cmp.Or(b, a)
	p := Part{Check: r.Check, Pillar: r.Pillar, Title: r.Title, Cause: s.cause, Before: said(a), After: said(b)}
	if p.Cause == "" {
		p.Cause = told(a, b)
	}
	p.Why = why(p.Cause, a, b)
	if b != nil && p.Cause != RubricChanged {
		p.Evidence = fresh(a, b)
	}
	return p
}

func said(r *Result) Said {
	if r == nil {
		return Said{}
	}
	s := Said{Outcome: r.Outcome, Level: r.Level, Weight: r.Weight, Reason: r.Reason}
	if r.Known() {
		s.Credit = r.Credit()
	}
	return s
}

// told is the cause that two results show, where it was not the rubric or the program.
func told(a, b *Result) Cause {
	applies := func(r *Result) bool { return r != nil && r.Outcome != NotApplicable }
	hidden := func(r *Result) bool { return r.Outcome == Unknown && len(r.Gaps) > 0 }
	switch {
	case a != nil && b != nil && hidden(a) != hidden(b):
		return VisibilityChanged
	case applies(a) != applies(b):
		return ApplicabilityChanged
	}
	return EvidenceChanged
}

func why(cause Cause, a, b *Result) string {
	switch {
	case b == nil && cause == RubricChanged:
		return "the rubric no longer asks it"
	case b == nil:
		return "the service is no longer scored"
	case a == nil && cause == RubricChanged:
		return "the rubric asks it now: " + b.Reason
	case cause == RubricChanged:
		return ruled(a, b)
	case cause == ProgramChanged:
		return "another version of Seaworthy says: " + b.Reason
	case cause == VisibilityChanged && b.Outcome != Unknown:
		return "it can be seen again: " + b.Reason
	}
	return b.Reason
}

// ruled says what the rubric changed of a check.
func ruled(a, b *Result) string {
	var said []string
	if a.Weight != b.Weight {
		said = append(said, fmt.Sprintf("weighs %s, was %s", b.Weight, a.Weight))
	}
	if a.Level != b.Level {
		said = append(said, fmt.Sprintf("is asked at %s, was at %s", strings.ToLower(string(b.Level)), strings.ToLower(string(a.Level))))
	}
	if a.Outcome != b.Outcome || a.Known() && !sameCredit(a, b) {
		said = append(said, "judges the same otherwise: "+b.Reason)
	}
	return "the rubric " + strings.Join(said, ", and ")
}

// fresh is the evidence that decides b and that a did not have. Lines move without meaning
// anything: a piece is known by what it says.
func fresh(a, b *Result) []Evidence {
	had := map[string]bool{}
	if a != nil {
		for _, e := range a.Evidence {
			had[string(e.Outcome)+e.Message] = true
		}
	}
	var out []Evidence
	for _, e := range b.Evidence {
		if e.Outcome == b.Outcome && !had[string(e.Outcome)+e.Message] && len(out) < MaxPartEvidence {
			out = append(out, e)
		}
	}
	return out
}

// dealOut gives each part whole points, so that they add up to all of them: what the exact
// shares have beyond a whole one decides who gets those that are left.
func dealOut(points Points, exact []*big.Rat) []Points {
	out := make([]Points, len(exact))
	rest := make([]*big.Rat, len(exact))
	order := make([]int, len(exact))
	left := points
	for i, x := range exact {
		down := new(big.Int).Div(x.Num(), x.Denom()) // Euclidean, and the denominator is above 0: rounds down
		out[i] = Points(down.Int64())
		rest[i] = new(big.Rat).Sub(x, new(big.Rat).SetInt(down))
		order[i] = i
		left -= out[i]
	}
	slices.SortStableFunc(order, func(i, j int) int { return rest[j].Cmp(rest[i]) })
	for k := 0; left > 0 && k < len(order); k++ {
		out[order[k]]++
		left--
	}
	// Both scores were rounded, so one too many may have been dealt.
	for k := len(order) - 1; left < 0 && k >= 0; k-- {
		out[order[k]]--
		left++
	}
	return out
}

func hundredths(score *float64) Points {
	if score == nil {
		return 0
	}
	return PointsOf(*score)
}

func standing(s *Scorecard) Standing {
	return Standing{Level: s.Level, LevelAtMost: s.LevelAtMost, Score: s.Score, Min: s.Min, Max: s.Max, Coverage: s.Coverage,
		RubricHash: s.RubricHash, Unscored: s.Service.Unscored}
}

// settle adds the parts up by cause, marks those that moved the level, and puts all in order.
func (c *Change) settle() {
	for i := range c.Parts {
		p := &c.Parts[i]
		held := func(s Said) bool { return s.Outcome == Fail || s.Outcome == Unknown }
		switch c.After.Level.Compare(c.Before.Level) {
		case 1:
			p.Shift = held(p.Before) && p.Before.Level.Compare(c.After.Level) <= 0 && !(held(p.After) && p.After.Level.Compare(c.After.Level) <= 0)
		case -1:
			p.Shift = held(p.After) && p.After.Level.Compare(c.Before.Level) <= 0 && !(held(p.Before) && p.Before.Level.Compare(c.Before.Level) <= 0)
		}
	}
	for _, cause := range Causes() {
		s := Share{Cause: cause}
		for i := range c.Parts {
			if c.Parts[i].Cause == cause {
				s.Points += c.Parts[i].Points
				s.Checks++
			}
		}
		if s.Checks > 0 {
			c.Shares = append(c.Shares, s)
		}
	}
	size := func(p Points) Points { return max(p, -p) }
	slices.SortStableFunc(c.Parts, func(a, b Part) int {
		return cmp.Or(cmp.Compare(size(b.Points), size(a.Points)), cmp.Compare(a.Check, b.Check),
			cmp.Compare(slices.Index(Causes(), a.Cause), slices.Index(Causes(), b.Cause)))
	})
}

// Replay judges again what a verdict was judged from; same says whether the bytes are.
// It is an ErrInvalid where the inventory or the rubric is not known.
func Replay(p Past) (again *Scorecard, same bool, err error) {
	if p.Scorecard == nil || p.Inventory == nil || p.Rubric == nil {
		return nil, false, fmt.Errorf("%w: a replay needs the verdict, its inventory and its rubric", ErrInvalid)
	}
	if again, err = Judge(p.Inventory, p.Rubric); err != nil {
		return nil, false, err
	}
	was, err := p.Scorecard.Canonical()
	if err != nil {
		return nil, false, err
	}
	is, err := again.Canonical()
	return again, string(was) == string(is), err
}
