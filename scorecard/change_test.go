package scorecard_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// said is a rule that reads its answer off a document: "check-3 PASS 2/3".
func said(id string) func(*scorecard.View) scorecard.Finding {
	return func(v *scorecard.View) scorecard.Finding {
		for _, d := range v.Documents {
			name, answer, _ := strings.Cut(d.Location.Path, " ")
			if name != id {
				continue
			}
			var outcome string
			f := scorecard.Finding{}
			if _, err := fmt.Sscanf(answer, "%s %d/%d", &outcome, &f.Satisfied, &f.Subjects); err != nil {
				panic(err)
			}
			f.Outcome, f.Reason = scorecard.Outcome(outcome), "says "+answer
			return f
		}
		return scorecard.Skip("nothing says")
	}
}

// world is a random service and rubric.
type world struct{ *rand.Rand }

func (w world) rubric(t testing.TB) *scorecard.Rubric {
	t.Helper()
	var checks []scorecard.Check
	for i := range 12 {
		if w.IntN(4) == 0 {
			continue
		}
		id := fmt.Sprintf("check-%d", i)
		checks = append(checks, scorecard.Check{ID: id, Pillar: scorecard.Pillars()[i%3], Title: id, Level: scorecard.Levels()[1+w.IntN(4)],
			Weight: scorecard.Weight(w.IntN(40)) / 4, Effort: scorecard.Hour, Reads: []scorecard.Family{scorecard.Families()[i%4]}, Rule: said(id)})
	}
	r, err := scorecard.NewRubric("random", checks)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (w world) inventory() *scorecard.Inventory {
	inv := &scorecard.Inventory{Service: scorecard.Service{ID: "shop.cart", Name: "cart", Repository: "shop"}}
	for i := range 12 {
		of := 1 + w.IntN(7)
		answer := [...]string{"PASS", "FAIL", "FAIL", "UNKNOWN", ""}[w.IntN(5)]
		if answer == "" {
			continue
		}
		satisfied := w.IntN(of)
		if answer == "PASS" {
			satisfied = of
		}
		inv.Documents = append(inv.Documents, scorecard.Document{Location: scorecard.Location{Path: fmt.Sprintf("check-%d %s %d/%d", i, answer, satisfied, of)}})
	}
	if w.IntN(3) == 0 {
		inv.Gaps = append(inv.Gaps, scorecard.Gap{Hides: []scorecard.Family{scorecard.Families()[w.IntN(4)]}, Reason: "malformed", Message: "a file is broken"})
	}
	if w.IntN(9) == 0 {
		inv.Service.Unscored = "a library is no service"
	}
	return inv
}

func (w world) past(t testing.TB, r *scorecard.Rubric) scorecard.Past {
	t.Helper()
	inv := w.inventory()
	card, err := scorecard.Judge(inv, r)
	if err != nil {
		t.Fatal(err)
	}
	return scorecard.Past{Scorecard: card, Inventory: inv, Rubric: r}
}

func points(score *float64) float64 {
	if score == nil {
		return 0
	}
	return *score
}

// Between any two states the parts add up to what the score rose by, in whole hundredths,
// whatever changed.
func TestExplainAddsUp(t *testing.T) {
	for seed := range uint64(3000) {
		w := world{rand.New(rand.NewPCG(seed, 7))}
		from := w.past(t, w.rubric(t))
		to := w.past(t, from.Rubric)
		if seed%2 == 0 {
			to = w.past(t, w.rubric(t))
		}
		if seed%3 == 0 {
			to.Program = "v2"
		}
		if seed%5 == 0 {
			to.Rubric = nil
		}
		c, err := scorecard.Explain(from, to)
		if err != nil {
			t.Fatal(seed, err)
		}
		var parts, shares scorecard.Points
		for _, p := range c.Parts {
			parts += p.Points
			if p.Why == "" || p.Cause == "" || p.Before == p.After {
				t.Errorf("seed %d: a part without a reason: %+v", seed, p)
			}
		}
		for _, s := range c.Shares {
			shares += s.Points
		}
		rise := fmt.Sprintf("%.2f", points(to.Scorecard.Score)-points(from.Scorecard.Score))
		if parts != c.Points || shares != c.Points || fmt.Sprintf("%.2f", c.Points.Score()) != rise {
			t.Errorf("seed %d: parts %d, shares %d, all %d; the score rose by %s", seed, parts, shares, c.Points, rise)
		}
	}
}

// The way back has the same parts with the other sign, but for what rounding moves.
func TestExplainBackwards(t *testing.T) {
	for seed := range uint64(500) {
		w := world{rand.New(rand.NewPCG(seed, 8))}
		from := w.past(t, w.rubric(t))
		to := w.past(t, from.Rubric)
		there, err := scorecard.Explain(from, to)
		if err != nil {
			t.Fatal(err)
		}
		back, err := scorecard.Explain(to, from)
		if err != nil {
			t.Fatal(err)
		}
		by := map[string]scorecard.Points{}
		for _, p := range there.Parts {
			by[p.Check] = p.Points
		}
		for _, p := range back.Parts {
			if d := by[p.Check] + p.Points; d < -1 || d > 1 {
				t.Errorf("seed %d: %s has %d there and %d back", seed, p.Check, by[p.Check], p.Points)
			}
		}
	}
}

// doc is a document that says what a check answers.
func doc(says string) scorecard.Document {
	return scorecard.Document{Location: scorecard.Location{Path: says}}
}

func TestExplainCauses(t *testing.T) {
	check := func(id string, level scorecard.Level, weight scorecard.Weight) scorecard.Check {
		return scorecard.Check{ID: id, Pillar: scorecard.Health, Title: id, Level: level, Weight: weight, Effort: scorecard.Hour,
			Reads: []scorecard.Family{scorecard.Documents}, Rule: said(id)}
	}
	rubric := func(cs ...scorecard.Check) *scorecard.Rubric {
		r, err := scorecard.NewRubric("test", cs)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	two := rubric(check("a", scorecard.Bronze, 10), check("b", scorecard.Silver, 10))
	gap := scorecard.Gap{Hides: []scorecard.Family{scorecard.Documents}, Reason: "malformed", Message: "docs.md is broken"}
	type verdict struct {
		rubric  *scorecard.Rubric
		docs    []string
		gap     bool
		program string
		commit  string
	}
	for _, c := range []struct {
		name     string
		from, to verdict
		want     []string
	}{
		{"nothing", verdict{rubric: two, docs: []string{"a PASS 1/1"}}, verdict{rubric: two, docs: []string{"a PASS 1/1"}}, nil},
		{"what was seen", verdict{rubric: two, docs: []string{"a FAIL 0/1", "b PASS 1/1"}}, verdict{rubric: two, docs: []string{"a PASS 1/1", "b PASS 1/1"}},
			[]string{"a EVIDENCE 50.00 FAIL→PASS shift: says PASS 1/1"}},
		{"half of the subjects", verdict{rubric: two, docs: []string{"a FAIL 1/4", "b PASS 1/1"}}, verdict{rubric: two, docs: []string{"a FAIL 3/4", "b PASS 1/1"}},
			[]string{"a EVIDENCE 25.00 FAIL→FAIL: says FAIL 3/4"}},
		{"a question arises", verdict{rubric: two, docs: []string{"a PASS 1/1"}}, verdict{rubric: two, docs: []string{"a PASS 1/1", "b FAIL 0/1"}},
			[]string{"b APPLICABILITY -50.00 NOT_APPLICABLE→FAIL shift: says FAIL 0/1"}},
		{"a file breaks", verdict{rubric: two, docs: []string{"a FAIL 0/1", "b PASS 1/1"}}, verdict{rubric: two, docs: []string{"a FAIL 0/1", "b PASS 1/1"}, gap: true},
			[]string{"b VISIBILITY -50.00 PASS→UNKNOWN: what was seen is right (says PASS 1/1), but not all could be seen: docs.md is broken"}},
		{"and is mended", verdict{rubric: two, docs: []string{"a FAIL 0/1", "b PASS 1/1"}, gap: true}, verdict{rubric: two, docs: []string{"a FAIL 0/1", "b PASS 1/1"}},
			[]string{"b VISIBILITY 50.00 UNKNOWN→PASS: it can be seen again: says PASS 1/1"}},
		{"a weight", verdict{rubric: two, docs: []string{"a FAIL 0/1", "b PASS 1/1"}},
			verdict{rubric: rubric(check("a", scorecard.Bronze, 10), check("b", scorecard.Silver, 30)), docs: []string{"a FAIL 0/1", "b PASS 1/1"}},
			[]string{"b RUBRIC 25.00 PASS→PASS: the rubric weighs 30, was critical"}},
		{"a check less", verdict{rubric: two, docs: []string{"a FAIL 0/1", "b PASS 1/1"}},
			verdict{rubric: rubric(check("b", scorecard.Silver, 10)), docs: []string{"a FAIL 0/1", "b PASS 1/1"}},
			[]string{"a RUBRIC 50.00 FAIL→ shift: the rubric no longer asks it"}},
		{"a check more, and what was seen of another", verdict{rubric: rubric(check("b", scorecard.Silver, 10)), docs: []string{"a FAIL 0/1", "b PASS 1/1"}},
			verdict{rubric: two, docs: []string{"a FAIL 0/1", "b FAIL 0/1"}},
			[]string{"a RUBRIC -50.00 →FAIL shift: the rubric asks it now: says FAIL 0/1", "b EVIDENCE -50.00 PASS→FAIL shift: says FAIL 0/1"}},
		{"another version on the same commit", verdict{rubric: two, docs: []string{"a FAIL 0/1", "b PASS 1/1"}, program: "1", commit: "c0ffee"},
			verdict{rubric: two, docs: []string{"a PASS 1/1", "b PASS 1/1"}, program: "2", commit: "c0ffee"},
			[]string{"a PROGRAM 50.00 FAIL→PASS shift: another version of Seaworthy says: says PASS 1/1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			past := func(v verdict) scorecard.Past {
				inv := &scorecard.Inventory{Service: scorecard.Service{ID: "shop.cart", Name: "cart", Repository: "shop"}}
				for _, d := range v.docs {
					inv.Documents = append(inv.Documents, doc(d))
				}
				if v.gap {
					inv.Gaps = append(inv.Gaps, gap)
				}
				card, err := scorecard.Judge(inv, v.rubric)
				if err != nil {
					t.Fatal(err)
				}
				return scorecard.Past{Scorecard: card, Inventory: inv, Rubric: v.rubric, Program: v.program, Revision: scorecard.Revision{Commit: v.commit}}
			}
			change, err := scorecard.Explain(past(c.from), past(c.to))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, p := range change.Parts {
				shift := ""
				if p.Shift {
					shift = " shift"
				}
				got = append(got, fmt.Sprintf("%s %s %.2f %s→%s%s: %s", p.Check, p.Cause, p.Points.Score(), p.Before.Outcome, p.After.Outcome, shift, p.Why))
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestExplainRefuses(t *testing.T) {
	a := &scorecard.Scorecard{Service: scorecard.Service{ID: "a"}}
	b := &scorecard.Scorecard{Service: scorecard.Service{ID: "b"}}
	if _, err := scorecard.Explain(scorecard.Past{Scorecard: a}, scorecard.Past{Scorecard: b}); err == nil {
		t.Error("two services")
	}
	if _, err := scorecard.Explain(scorecard.Past{}, scorecard.Past{Scorecard: b}); err == nil {
		t.Error("no scorecard")
	}
}

// The commits behind a part are those of the files that the two results cite.
func TestExplainOrigins(t *testing.T) {
	at := func(file string) scorecard.Location { return scorecard.Location{Path: file, FirstLine: 1} }
	rubric, err := scorecard.NewRubric("test", []scorecard.Check{{ID: "a", Pillar: scorecard.Health, Title: "a", Level: scorecard.Bronze, Weight: 10, Effort: scorecard.Hour,
		Reads: []scorecard.Family{scorecard.Documents}, Rule: func(v *scorecard.View) scorecard.Finding {
			var tally scorecard.Tally
			for _, d := range v.Documents {
				if strings.HasPrefix(d.Location.Path, "bad") {
					tally.Fail(d.Location, "mend it", "%s is bad", d.Location.Path)
				} else {
					tally.Pass(d.Location, "%s is good", d.Location.Path)
				}
			}
			return tally.Finding("document", "is good", "none")
		}}})
	if err != nil {
		t.Fatal(err)
	}
	past := func(origins []scorecard.Origin, files ...string) scorecard.Past {
		inv := &scorecard.Inventory{Service: scorecard.Service{ID: "shop.cart"}}
		for _, f := range files {
			inv.Documents = append(inv.Documents, scorecard.Document{Location: at(f)})
		}
		card, err := scorecard.Judge(inv, rubric)
		if err != nil {
			t.Fatal(err)
		}
		return scorecard.Past{Scorecard: card, Inventory: inv, Rubric: rubric, Origins: origins}
	}
	from, to := past(nil, "good-1"), past([]scorecard.Origin{{Path: "bad-1", Commit: "b"}, {Path: "good-1", Commit: "g"}, {Path: "other", Commit: "o"}}, "bad-1")
	if files := scorecard.Changed(from.Scorecard, to.Scorecard); cmp.Diff([]string{"bad-1", "good-1"}, files) != "" {
		t.Errorf("changed: %v", files)
	}
	change, err := scorecard.Explain(from, to)
	if err != nil || len(change.Parts) != 1 {
		t.Fatal(change, err)
	}
	var commits []string
	for _, o := range change.Parts[0].Origins {
		commits = append(commits, o.Commit)
	}
	if diff := cmp.Diff([]string{"b", "g"}, commits); diff != "" {
		t.Error(diff)
	}
}
