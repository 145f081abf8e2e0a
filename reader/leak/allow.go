package leak

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
)

// matcher is a compiled pattern, or one that is compiled when it is needed.
type matcher interface{ Match([]byte) bool }

// allowance is one of gitleaks' allowlists: what is no secret though a rule finds it.
type allowance struct {
	all     bool   // every kind of its entries must hold, not one of them
	target  string // what its patterns are matched with: "" is the secret, "match", "line"
	commits bool
	paths   []matcher
	texts   []matcher
	words   []string // parts of a secret, in lower case
}

// trusted makes an allowance of an allowlist that is built in, whose patterns are
// compiled when they are needed.
func trusted(t *allowText) allowance {
	a := frame(t)
	for _, p := range t.Paths {
		a.paths = append(a.paths, lazyregexp.New(p))
	}
	for _, p := range t.Regexes {
		a.texts = append(a.texts, lazyregexp.New(p))
	}
	return a
}

// asked makes an allowance of a repository's allowlist, whose patterns may be wrong.
func asked(t *allowText) (allowance, error) {
	a := frame(t)
	for _, list := range []struct {
		from []string
		to   *[]matcher
	}{{t.Paths, &a.paths}, {t.Regexes, &a.texts}} {
		for _, p := range list.from {
			if len(p) > maxPattern {
				return a, fmt.Errorf("a pattern has %d bytes; the bound is %d", len(p), maxPattern)
			}
			re, err := regexp.Compile(p)
			if bad := (*syntax.Error)(nil); errors.As(err, &bad) {
				// Not the pattern: it may be made of what it allows.
				return a, fmt.Errorf("a pattern of an allowlist would not compile: %s", bad.Code)
			}
			*list.to = append(*list.to, re)
		}
	}
	return a, nil
}

// maxPattern is how long a pattern of a repository's configuration may be.
const maxPattern = 16 << 10

func frame(t *allowText) allowance {
	a := allowance{commits: len(t.Commits) > 0}
	switch strings.ToUpper(t.Condition) {
	case "AND", "&&":
		a.all = true
	}
	if t.RegexTarget != "secret" {
		a.target = t.RegexTarget
	}
	for _, w := range t.StopWords {
		a.words = append(a.words, strings.ToLower(w))
	}
	return a
}

// sighting is what a rule found, for as long as it is looked at.
type sighting struct {
	path                string
	secret, match, line []byte
}

// allows reports whether the allowlist takes what was found for no secret. It says
// nothing of commits, which are not looked at: one that asks for a commit as well never
// allows anything.
func (a *allowance) allows(s *sighting) bool {
	target := s.secret
	switch a.target {
	case "match":
		target = s.match
	case "line":
		target = s.line
	}
	path := func() bool { return anyMatch(a.paths, []byte(s.path)) }
	text := func() bool { return anyMatch(a.texts, target) }
	word := func() bool {
		low := bytes.ToLower(s.secret)
		return slices.ContainsFunc(a.words, func(w string) bool { return bytes.Contains(low, []byte(w)) })
	}
	if a.all {
		return !a.commits && (len(a.paths) == 0 || path()) && (len(a.texts) == 0 || text()) && (len(a.words) == 0 || word()) &&
			len(a.paths)+len(a.texts)+len(a.words) > 0
	}
	return path() || text() || word()
}

func anyMatch(patterns []matcher, b []byte) bool {
	return slices.ContainsFunc(patterns, func(m matcher) bool { return m.Match(b) })
}

func anyAllows(list []allowance, s *sighting) bool {
	return slices.ContainsFunc(list, func(a allowance) bool { return a.allows(s) })
}
