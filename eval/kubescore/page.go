package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// The page holds, between these marks, what was found. The last two cells of a row of a
// difference are written by hand: which of the two is right, and why. They are kept by
// the cells before them, which name the difference.
const (
	begin = "<!-- what eval/kubescore found: begin -->\n"
	end   = "<!-- what eval/kubescore found: end -->\n"
)

// explanation is why the two differ, in a person's words.
type explanation struct{ right, why string }

// key are the cells that name the class.
func (c class) key() string {
	return strings.Join([]string{"`" + c.check + "`", "`" + c.test + "`", c.where, c.kubeScore, c.seaworthy}, " | ")
}

const keyCells = 5

// explanations reads those of a page, by key.
func explanations(page string) map[string]explanation {
	all := map[string]explanation{}
	for line := range strings.Lines(page) {
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) != keyCells+6 { // one before the first and one behind the last |
			continue
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		last := len(cells) - 1
		all[strings.Join(cells[1:1+keyCells], " | ")] = explanation{cells[last-2], cells[last-1]}
	}
	return all
}

// differences are the classes in which the two do not agree.
func (c *comparison) differences() []class {
	return slices.DeleteFunc(c.sorted(), class.agrees)
}

// unexplained counts the differences that the page does not explain.
func (c *comparison) unexplained(page string) (n int) {
	known := explanations(page)
	for _, k := range c.differences() {
		if e := known[k.key()]; e.right == "" || e.why == "" {
			n++
		}
	}
	return n
}

// into puts what was found into the page, behind what stands there where it has no marks.
func (c *comparison) into(page string, sets int) string {
	before, rest, found := strings.Cut(page, begin)
	_, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		before, after = page, ""
	}
	return before + begin + c.block(explanations(page), sets) + end + after
}

// block is what was found, as Markdown: how often the two agree on each check, and each
// way in which they differ.
func (c *comparison) block(known map[string]explanation, sets int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n%d sets, %d objects.\n", sets, c.objects)
	if c.cut > 0 {
		fmt.Fprintf(&b, "Questions left out because a result keeps 20 pieces of evidence, the worst first: %d.\n", c.cut)
	}
	for _, r := range c.refused {
		fmt.Fprintf(&b, "\nkube-score judged nothing of a set: %s\n", strings.Join(strings.Fields(r), " "))
	}
	agree, opposed, scope := map[string]int{}, map[string]int{}, map[string]int{}
	rights, answers := map[string]int{}, map[string]int{}
	for k, n := range c.counts {
		switch {
		case k.agrees():
			agree[k.check] += n
			continue
		case k.opposed():
			opposed[k.check] += n
		default:
			scope[k.check] += n
		}
		right := known[k.key()].right
		rights[right]++
		answers[right] += n
	}
	if len(rights) > 0 {
		fmt.Fprintf(&b, "\n| who is right | ways to differ | answers |\n|---|--:|--:|\n")
		for _, right := range slices.Sorted(maps.Keys(rights)) {
			fmt.Fprintf(&b, "| %s | %d | %d |\n", cmp.Or(right, "not explained"), rights[right], answers[right])
		}
	}
	var checks []string
	fmt.Fprintf(&b, "\n| check | kube-score's tests | agree | opposed | other difference |\n|---|---|--:|--:|--:|\n")
	for _, p := range pairs {
		if slices.Contains(checks, p.check) {
			continue
		}
		checks = append(checks, p.check)
		if !c.asked[p.check] {
			fmt.Fprintf(&b, "| `%s` | %s | no such check | | |\n", p.check, testsFor(p.check))
			continue
		}
		fmt.Fprintf(&b, "| `%s` | %s | %d | %d | %d |\n", p.check, testsFor(p.check), agree[p.check], opposed[p.check], scope[p.check])
	}
	for _, check := range checks {
		c.section(&b, check, known)
	}
	fmt.Fprintf(&b, "\n### Tests that no check asks\n\n| kube-score's test | why |\n|---|---|\n")
	for _, test := range slices.Sorted(maps.Keys(alone)) {
		fmt.Fprintf(&b, "| `%s` | %s |\n", test, alone[test])
	}
	b.WriteString("\n")
	return b.String()
}

// section writes the differences of one check.
func (c *comparison) section(b *strings.Builder, check string, known map[string]explanation) {
	headed := false
	for _, k := range c.differences() {
		if k.check != check {
			continue
		}
		if !headed {
			fmt.Fprintf(b, "\n### `%s`\n\n| check | kube-score's test | where | kube-score says | Seaworthy says | count | for example | right | why |\n|---|---|---|---|---|--:|---|---|---|\n", check)
			headed = true
		}
		e, x := c.examples[k][0], known[k.key()]
		fmt.Fprintf(b, "| %s | %d | %s: %s | %s | %s |\n", k.key(), c.counts[k], e.set, e.subject, x.right, x.why)
	}
}

// testsFor are the tests that are compared with a check.
func testsFor(check string) string {
	var all []string
	for _, p := range pairs {
		for _, t := range p.tests {
			if t = "`" + t + "`"; p.check == check && !slices.Contains(all, t) {
				all = append(all, t)
			}
		}
	}
	return strings.Join(all, ", ")
}

// print writes all examples that are kept of the classes.
func (e examples) print(out io.Writer, classes []class) {
	for _, k := range classes {
		fmt.Fprintf(out, "%s\n", k.key())
		for _, x := range e[k] {
			fmt.Fprintf(out, "    %s: %s: %s\n", x.set, x.subject, x.message)
		}
	}
}
