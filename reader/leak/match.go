package leak

import (
	"bytes"
	"math"
	"strings"
	"unicode/utf8"
)

// found is a place where a rule found a secret. The secret itself is not kept.
type found struct {
	rule *rule
	// start and end are where the match lies in the text, from and to where the secret does.
	start, end, from, to int
}

// search looks for all rules in a text, each at its keywords, and hands on what they find.
func (s *ruleSet) search(path string, text []byte, hand func(found)) {
	seen := map[*rule]int{} // up to where a rule has been asked
	s.words.each(text, func(word, end int) {
		for _, r := range s.of[word] {
			if last, ok := seen[r]; ok && last >= end {
				continue
			}
			begin := end - len(s.words.word[word])
			if r.anchor(); r.starting == nil {
				from, to := max(around(text, begin, -near), seen[r]), around(text, end, near)
				seen[r] = to
				if !r.of(path) {
					continue
				}
				for _, m := range r.text.FindAllSubmatchIndex(text[from:to], maxMatches) {
					hand(r.found(m, from))
				}
				continue
			}
			if f, ok := r.at(text, begin, end); ok && r.of(path) {
				seen[r] = f.end
				hand(f)
			}
		}
	})
}

// around is the end of the line that is so many bytes away, or that place where the
// lines are long.
func around(text []byte, at, away int) int {
	if away < 0 {
		if at+away <= 0 {
			return 0
		}
		if i := bytes.IndexByte(text[at+away:at], '\n'); i >= 0 {
			return at + away + i + 1
		}
		return at + away
	}
	if at+away >= len(text) {
		return len(text)
	}
	if i := bytes.LastIndexByte(text[at:at+away], '\n'); i >= 0 {
		return at + i + 1
	}
	return at + away
}

// of reports whether the rule is one of files with that path.
func (r *rule) of(path string) bool { return r.path == nil || r.path.MatchString(path) }

// Bounds of a search: how many matches of one rule are taken at a time, how far from a
// keyword a rule is asked whose matches don't begin with one (gitleaks asks pieces of
// 100 kB, which takes minutes of a large repository), how far behind a keyword a match may
// end, how far before it begin, and what may stand between a name and the sign that gives
// it a value.
const (
	maxMatches = 1000
	near       = 1 << 10
	maxBehind  = 16 << 10
	maxBefore  = 256
	maxBetween = 80
)

// at looks for a match of the rule around a keyword. The pattern is asked from the
// keyword on, which is answered after a few letters as a rule; only where that matches
// is the whole pattern asked, of the lines that the match lies in.
func (r *rule) at(text []byte, begin, end int) (found, bool) {
	if r.assigns && !assigned(text[end:]) || r.bounded && begin > 0 && isWord(text[begin-1]) {
		return found{}, false
	}
	m := r.starting.FindIndex(text[begin:min(len(text), begin+maxBehind)])
	if m == nil {
		return found{}, false
	}
	from := max(0, begin-maxBefore)
	if i := bytes.LastIndexByte(text[from:begin], '\n'); i >= 0 {
		from += i + 1
	}
	for from > 0 && from < begin && !utf8.RuneStart(text[from]) {
		from++
	}
	for _, m := range r.text.FindAllSubmatchIndex(text[from:begin+m[1]], maxMatches) {
		if from+m[0] <= begin && begin < from+m[1] {
			return r.found(m, from), true
		}
	}
	return found{}, false
}

// found makes what the rule found of a match: its secret is the group that the rule
// names, else the first that is not empty, else all of it.
func (r *rule) found(m []int, offset int) found {
	f := found{rule: r, start: offset + m[0], end: offset + m[1], from: offset + m[0], to: offset + m[1]}
	for i := 1; i*2+1 < len(m); i++ {
		if r.group > 0 && i != r.group || m[2*i] < 0 || r.group == 0 && m[2*i] == m[2*i+1] {
			continue
		}
		f.from, f.to = offset+m[2*i], offset+m[2*i+1]
		break
	}
	return f
}

// isWord reports whether it is a letter of a word, as patterns have it.
func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_'
}

// assigned reports whether a sign that gives a value follows a name soon, and behind it
// something that is long enough. It tells most places where a keyword stands faster than a
// pattern does.
func assigned(text []byte) bool {
	const shortest = 8
	i, most := 0, min(len(text), maxBetween)
	for i < most && (isWord(text[i]) || strings.IndexByte("-.'\" \t\n\v\f\r", text[i]) >= 0) {
		i++
	}
	sign := i
	for i < len(text) && i < sign+4 && strings.IndexByte("=:>,|?", text[i]) >= 0 {
		i++
	}
	if i == sign {
		return false
	}
	for space := i; i < len(text) && i < space+5 && strings.IndexByte("`'\"= \t\n\v\f\r", text[i]) >= 0; {
		i++
	}
	for end := i + shortest; i < end; i++ {
		if i >= len(text) || text[i] <= ' ' {
			return false
		}
	}
	return true
}

// entropy is Shannon's, in bits a letter, as gitleaks counts it.
func entropy(b []byte) (bits float64) {
	counts := map[rune]int{}
	for _, r := range string(b) {
		counts[r]++
	}
	each := 1 / float64(len(b))
	for _, n := range counts {
		share := float64(n) * each
		bits -= share * math.Log2(share)
	}
	return bits
}
