package main

import (
	"cmp"
	"slices"
	"strings"
)

// class is a way in which the two differ, or agree, on one question.
type class struct {
	check, test, where   string
	kubeScore, seaworthy string
}

// agrees: both see the same. That one has nothing to ask where the other is content is
// a difference of scope, and not counted as agreement.
func (c class) agrees() bool {
	verdict, _, _ := strings.Cut(c.kubeScore, ":")
	return verdict == c.seaworthy || verdict == skipped && c.seaworthy == notAsked
}

// opposed: one passes what the other fails. Any other difference is one of scope, or
// that one of the two can't tell.
func (c class) opposed() bool {
	verdict, _, _ := strings.Cut(c.kubeScore, ":")
	return verdict == pass && c.seaworthy == fail || verdict == fail && c.seaworthy == pass
}

// The verdicts, of either program.
const (
	pass     = "pass"
	fail     = "fail"
	unknown  = "unknown"
	skipped  = "skipped"
	notAsked = "not asked"
	notSeen  = "–" // the program does not look at such an object
)

// example is one object on which the two are of a class's mind.
type example struct {
	set, subject, message string
}

// comparison gathers the classes of all sets.
type comparison struct {
	counts   map[class]int
	examples examples
	asked    map[string]bool // the checks that Seaworthy has
	objects  int
	cut      int      // questions whose answer a result of Seaworthy did not keep
	refused  []string // sets that kube-score could not read
}

// examples are the first objects of each class.
type examples map[class][]example

func newComparison() *comparison {
	return &comparison{counts: map[class]int{}, examples: examples{}, asked: map[string]bool{}}
}

// maxExamples is how many examples of a class are kept.
const maxExamples = 5

func (c *comparison) count(k class, s *set, subject, message string) {
	c.counts[k]++
	if len(c.examples[k]) < maxExamples {
		c.examples[k] = append(c.examples[k], example{s.name, subject, message})
	}
}

// compare weighs what the two say of a set.
func (c *comparison) compare(s *set, tests map[object][]kubeScoreTest, v *verdicts) {
	for check := range v.known {
		c.asked[check] = true
	}
	c.objects += len(tests)
	objects := make([]object, 0, len(tests))
	for o := range tests {
		objects = append(objects, o)
	}
	slices.SortFunc(objects, func(a, b object) int { return strings.Compare(a.String(), b.String()) })
	for i := range pairs {
		p := &pairs[i]
		if !v.known[p.check] {
			continue
		}
		seen := map[*evidence]bool{}
		for _, o := range objects {
			for _, t := range tests[o] {
				if slices.Contains(p.tests, t.Check.ID) {
					c.pair(s, p, o, tests[o], v, seen)
					break // the pair's other tests are asked together with it
				}
			}
		}
		c.unseen(s, p, v, seen)
	}
}

// pair compares the answers about one object.
func (c *comparison) pair(s *set, p *pair, o object, tests []kubeScoreTest, v *verdicts, seen map[*evidence]bool) {
	about := []object{o}
	if p.about != nil {
		about = p.about(s, o)
	}
	for _, name := range p.subjects(s.model[o]) {
		subject := o.String()
		if name != "" {
			subject += ", container " + name
			if s.model[o].containers()[name] {
				subject += " (init)"
			}
		}
		seaworthy, message := notAsked, ""
		for i := range v.evidence[p.check] {
			e := &v.evidence[p.check][i]
			if !slices.Contains(about, e.object()) || name != "" && e.container() != "" && e.container() != name ||
				p.named && e.object() != o && !names(e.Message, o) {
				continue
			}
			seen[e] = true
			if w := strings.ToLower(e.Outcome); worse(w, seaworthy) {
				seaworthy, message = w, e.Message
			}
		}
		if seaworthy == notAsked && p.files && len(v.evidence[p.check]) > 0 {
			seaworthy = pass
		}
		if seaworthy == notAsked && v.cut[p.check] {
			c.cut++
			continue
		}
		kubeScore := p.kubeScore(tests, name)
		c.count(class{p.check, strings.Join(p.testsOf(tests), " + "), p.where.of(s, o, name), kubeScore, seaworthy}, s, subject, message)
	}
}

// names reports whether the message names the object.
func names(message string, o object) bool {
	for {
		_, after, found := strings.Cut(message, o.String())
		if !found {
			return false
		}
		if after == "" || !strings.ContainsRune("-.abcdefghijklmnopqrstuvwxyz0123456789", rune(after[0])) {
			return true
		}
		message = after
	}
}

// worse orders verdicts: what is wrong hides what is right.
func worse(a, b string) bool {
	order := []string{notAsked, pass, unknown, fail}
	return slices.Index(order, a) > slices.Index(order, b)
}

// testsOf are those of the pair's tests that looked at the object.
func (p *pair) testsOf(tests []kubeScoreTest) (ids []string) {
	for _, t := range tests {
		if slices.Contains(p.tests, t.Check.ID) && !slices.Contains(ids, t.Check.ID) {
			ids = append(ids, t.Check.ID)
		}
	}
	slices.Sort(ids)
	return ids
}

// kubeScore is what kube-score's tests say of the subject, its complaints behind a colon.
func (p *pair) kubeScore(tests []kubeScoreTest, container string) string {
	verdict, all := skipped, []string{}
	for _, t := range tests {
		if !slices.Contains(p.tests, t.Check.ID) || t.Skipped {
			continue
		}
		verdict = pass
		said := complaints(t, container)
		if p.says != nil {
			said = p.says(t, said)
		}
		all = append(all, said...)
	}
	slices.Sort(all)
	switch all = slices.Compact(all); {
	case slices.Contains(all, silent):
		return silent
	case len(all) > 0:
		return fail + ": " + strings.Join(all, "; ")
	}
	return verdict
}

// unseen are the objects that Seaworthy's check looked at and kube-score's tests did
// not. Those of a check with several pairs are some other pair's, so they are counted
// once, for the check, by kind.
func (c *comparison) unseen(s *set, p *pair, v *verdicts, seen map[*evidence]bool) {
	if p.about != nil && !p.named || slices.ContainsFunc(pairs, func(q pair) bool { return q.check == p.check && !slices.Equal(q.tests, p.tests) }) {
		return
	}
	counted := map[object]bool{}
	for i := range v.evidence[p.check] {
		e := &v.evidence[p.check][i]
		if seen[e] || e.Location.Object.Name == "" || counted[e.object()] {
			continue
		}
		counted[e.object()] = true // what several services share comes with each of them
		c.count(class{p.check, p.tests[0], "", notSeen, strings.ToLower(e.Outcome)}, s, e.object().String(), e.Message)
	}
}

// sorted are the classes, by check in the order of pairs.
func (c *comparison) sorted() (all []class) {
	rank := map[string]int{}
	for i, p := range pairs {
		if _, have := rank[p.check]; !have {
			rank[p.check] = i
		}
	}
	for k := range c.counts {
		all = append(all, k)
	}
	slices.SortFunc(all, func(a, b class) int {
		return cmp.Or(cmp.Compare(rank[a.check], rank[b.check]), strings.Compare(a.test, b.test), strings.Compare(a.where, b.where), strings.Compare(a.kubeScore, b.kubeScore), strings.Compare(a.seaworthy, b.seaworthy))
	})
	return all
}
