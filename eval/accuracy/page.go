package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// The page holds, between these marks, what was found.
const (
	begin = "<!-- what eval/accuracy found: begin -->\n"
	end   = "<!-- what eval/accuracy found: end -->\n"
)

const rowHead = " labels | right | wrong | unknown | precision | recall |\n|---|--:|--:|--:|--:|--:|--:|\n"

// into puts what was found into the page, behind what stands there where it has no marks.
func (m *measurement) into(page string) string {
	before, rest, found := strings.Cut(page, begin)
	_, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		before, after = page, ""
	}
	return before + begin + m.block() + end + after
}

// block is what was found, as Markdown.
func (m *measurement) block() string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n%d repositories, %d services, %d labels, %d misses.\n", len(m.sets), m.services, m.all.sum(anything), len(m.misses))
	if len(m.sets) == 0 {
		return b.String() + "\n"
	}
	b.WriteString("\n### By repository\n\n| repository | commit |" + strings.Replace(rowHead, "|---|", "|---|---|", 1))
	for _, s := range m.sets {
		fmt.Fprintf(&b, "| [%s](%s) | %.12s | %s\n", s.repository(), s.url, s.commit, of(m.repositories, s.repository()).row())
	}
	fmt.Fprintf(&b, "| all | | %s\n", m.all.row())
	m.byOutcome(&b)
	b.WriteString("\n### By check\n\n| check |" + rowHead)
	for _, check := range slices.Sorted(maps.Keys(m.checks)) {
		fmt.Fprintf(&b, "| `%s` | %s\n", check, m.checks[check].row())
	}
	m.listMisses(&b)
	b.WriteString("\n")
	return b.String()
}

// byOutcome writes how often each label got each answer.
func (m *measurement) byOutcome(b *strings.Builder) {
	is := func(label, answer string) int {
		return m.all.sum(func(l, a string) bool { return (label == "" || l == label) && (answer == "" || a == answer) })
	}
	b.WriteString("\n### By outcome\n\nRows are labels, columns the program's answers.\n\n| label |")
	for _, answer := range outcomes {
		fmt.Fprintf(b, " answered %s |", answer)
	}
	b.WriteString(" right |\n|---|" + strings.Repeat("--:|", len(outcomes)+1) + "\n")
	for _, label := range outcomes {
		fmt.Fprintf(b, "| %s |", label)
		for _, answer := range outcomes {
			fmt.Fprintf(b, " %d |", is(label, answer))
		}
		fmt.Fprintf(b, " %s |\n", share(is(label, label), is(label, "")))
	}
	b.WriteString("| right |")
	for _, answer := range outcomes {
		fmt.Fprintf(b, " %s |", share(is(answer, answer), is("", answer)))
	}
	fmt.Fprintf(b, " %s |\n", share(m.all.sum(right), m.all.sum(anything)))
}

// listMisses writes each miss with its explanation.
func (m *measurement) listMisses(b *strings.Builder) {
	if len(m.misses) == 0 {
		return
	}
	b.WriteString("\n### Misses\n\n| repository | service | check | label | answer | why |\n|---|---|---|---|---|---|\n")
	for _, x := range m.sorted() {
		why := cmp.Or(m.reasons.all[x.question].why, "not explained")
		fmt.Fprintf(b, "| %s | %s | `%s` | %s | %s | %s |\n", x.repository, x.service, x.check, x.label.outcome, x.answer.Outcome, strings.ReplaceAll(why, "|", `\|`))
	}
}

// sorted are the misses by check, for what is wrong there is often one thing.
func (m *measurement) sorted() []miss {
	return slices.SortedStableFunc(slices.Values(m.misses), func(a, b miss) int {
		return cmp.Or(strings.Compare(a.check, b.check), strings.Compare(a.repository, b.repository), strings.Compare(a.service, b.service))
	})
}

// maxEvidence is how many pieces of evidence are printed for a miss.
const maxEvidence = 3

// print writes each miss with the label's reason beside the program's, for whoever looks
// for what is wrong.
func (m *measurement) print(out io.Writer) {
	for _, x := range m.sorted() {
		fmt.Fprintf(out, "%s %s %s\n    label %s: %s\n    program %s: %s\n", x.repository, x.service, x.check, x.label.outcome, x.label.why, x.answer.Outcome, x.answer.Reason)
		for _, e := range x.answer.Evidence[:min(len(x.answer.Evidence), maxEvidence)] {
			at := e.Location.Path
			if e.Location.FirstLine > 0 {
				at = fmt.Sprintf("%s:%d", at, e.Location.FirstLine)
			}
			fmt.Fprintf(out, "        %s: %s\n", at, e.Message)
		}
		if r, have := m.reasons.all[x.question]; have {
			fmt.Fprintf(out, "    explained: %s\n", r.why)
		}
	}
}
