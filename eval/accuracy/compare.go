package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// miss is an answer that is not the label's.
type miss struct {
	question
	label  label
	answer *result
}

// measurement is what was found in all repositories.
type measurement struct {
	reasons reasons
	sets    []*labelled
	// all, checks and repositories count the labels in three ways.
	all          count
	checks       map[string]*count
	repositories map[string]*count
	services     int
	misses       []miss
}

// add compares the labels of one repository with the program's answers. Labels that ask
// what is not there are errors, all of them at once.
func (m *measurement) add(s *labelled, cards []card) error {
	if m.checks == nil {
		m.checks, m.repositories = map[string]*count{}, map[string]*count{}
	}
	m.sets = append(m.sets, s)
	var wrong []error
	services := map[string]bool{}
	asked := map[question]int{}
	for _, l := range s.labels {
		c, err := find(cards, l.service)
		if err != nil {
			wrong = append(wrong, s.at(l.line, "%v", err))
			continue
		}
		r, err := c.answer(l.check)
		if err != nil {
			wrong = append(wrong, s.at(l.line, "%v", err))
			continue
		}
		// Two names may be of one service.
		same := question{s.repository(), c.id(), l.check}
		if before := asked[same]; before > 0 {
			wrong = append(wrong, s.at(l.line, "line %d has a label for %s and %s already", before, c.id(), l.check))
			continue
		}
		asked[same] = l.line
		services[c.id()] = true
		for _, to := range []*count{&m.all, of(m.checks, l.check), of(m.repositories, s.repository())} {
			to.add(l.outcome, r.Outcome)
		}
		if l.outcome != r.Outcome {
			m.misses = append(m.misses, miss{question{s.repository(), l.service, l.check}, l, r})
		}
	}
	m.services += len(services)
	return errors.Join(wrong...)
}

// of gives the count for a key, made where there is none.
func of(counts map[string]*count, key string) *count {
	if counts[key] == nil {
		counts[key] = &count{}
	}
	return counts[key]
}

// unexplained is an error that names the misses without an explanation.
func (m *measurement) unexplained() error {
	var names []string
	for _, x := range m.misses {
		if _, have := m.reasons.all[x.question]; !have {
			names = append(names, fmt.Sprintf("%s %s %s: %s, not %s", x.repository, x.service, x.check, x.answer.Outcome, x.label.outcome))
		}
	}
	if len(names) == 0 {
		return nil
	}
	return fmt.Errorf("%w (%s has them, -v shows what there is to know): %d\n  %s", errUnexplained, m.reasons.file, len(names), strings.Join(names, "\n  "))
}

// stale is an error that names the explanations of what is no miss.
func (m *measurement) stale() error {
	missed := map[question]bool{}
	for _, x := range m.misses {
		missed[x.question] = true
	}
	var lines []int
	at := map[int]question{}
	for q, r := range m.reasons.all {
		if !missed[q] {
			lines, at[r.line] = append(lines, r.line), q
		}
	}
	slices.Sort(lines)
	var names []string
	for _, n := range lines {
		q := at[n]
		names = append(names, fmt.Sprintf("%s:%d: %s %s %s", m.reasons.file, n, q.repository, q.service, q.check))
	}
	if names == nil {
		return nil
	}
	return fmt.Errorf("%w: %d\n  %s", errStaleReason, len(names), strings.Join(names, "\n  "))
}
