package directory

import (
	"bytes"
	"regexp"
	"strings"
	"unicode/utf8"
)

// rule is one line of a .gitignore file. The rules of go-git differ from git's where
// it matters here (a negation reaches into folders, `[!a]` and `a/**/b/c` miss), so
// lines become regular expressions, which also can't be made to run for ever.
type rule struct {
	negate  bool
	dirOnly bool
	byName  bool // no slash in the pattern: it matches the last part of a path at any depth
	literal string
	re      *regexp.Regexp // nil: the literal decides
}

// maxWildBytes bounds the patterns with wildcards of a whole scan: compiled they take
// a hundred times their length.
const maxWildBytes = 512 << 10

// parseRules reads a .gitignore file, as git does: gitignore(5). Lines that can
// never match are left out. The length of patterns with wildcards is taken from the
// budget; when that is spent the rest is left out, and complete is false.
func parseRules(b []byte, budget *int) (rules []rule, complete bool) {
	b = bytes.TrimPrefix(b, []byte("\uFEFF"))
	for line := range bytes.SplitSeq(b, []byte("\n")) {
		if bytes.ContainsAny(line, wild) {
			if *budget -= len(line); *budget < 0 {
				return rules, false
			}
		}
		if r, ok := parseRule(string(bytes.TrimSuffix(line, []byte("\r")))); ok {
			rules = append(rules, r)
		}
	}
	return rules, true
}

// wild are the characters that make a pattern more than a name.
const wild = `*?[\`

func parseRule(line string) (r rule, ok bool) {
	if strings.HasPrefix(line, "#") {
		return r, false
	}
	line = trimSpaces(line)
	line, r.negate = strings.CutPrefix(line, "!")
	line, r.dirOnly = strings.CutSuffix(line, "/")
	if line == "" {
		return r, false
	}
	r.byName = !strings.Contains(line, "/")
	line = strings.TrimPrefix(line, "/")
	if !strings.ContainsAny(line, wild) {
		r.literal = line
		return r, true
	}
	expr, ok := translate(byteRunes(line), !r.byName)
	if !ok {
		return r, false
	}
	re, err := regexp.Compile(expr)
	r.re = re
	return r, err == nil
}

// trimSpaces drops spaces at the end that no backslash keeps.
func trimSpaces(line string) string {
	end := 0
	for i := 0; i < len(line); i++ {
		if line[i] == '\\' && i+1 < len(line) {
			i++
			end = i + 1
		} else if line[i] != ' ' {
			end = i + 1
		}
	}
	return line[:end]
}

// matches takes the path relative to the folder of the rule's file, and its last part.
func (r *rule) matches(rel, base string, isDir bool) bool {
	if r.dirOnly && !isDir {
		return false
	}
	if r.byName {
		rel = base
	}
	if r.re == nil {
		return rel == r.literal
	}
	return r.re.MatchString(byteRunes(rel))
}

// byteRunes makes a character of each byte: git's `?` and `[!a]` match one byte.
func byteRunes(s string) string {
	i := 0
	for i < len(s) && s[i] < utf8.RuneSelf {
		i++
	}
	if i == len(s) {
		return s
	}
	rs := make([]rune, len(s))
	for i := range len(s) {
		rs[i] = rune(s[i])
	}
	return string(rs)
}

// translate makes a regular expression of a pattern. ok is false when the pattern
// can't match anything: a bracket that never closes, a backslash at the end.
func translate(p string, slashes bool) (expr string, ok bool) {
	var b strings.Builder
	b.WriteString(`(?s)^`)
	for i := 0; i < len(p); {
		switch c := p[i]; c {
		case '*':
			end := i
			for end < len(p) && p[end] == '*' {
				end++
			}
			i = star(&b, p, i, end, slashes)
		case '?':
			b.WriteString(`[^/]`)
			i++
		case '[':
			class, next, ok := bracket(p, i)
			if !ok {
				return "", false
			}
			b.WriteString(class)
			i = next
		case '\\':
			if i+1 == len(p) {
				return "", false
			}
			n := 1 + runeLength(p[i+1:])
			b.WriteString(regexp.QuoteMeta(p[i+1 : i+n]))
			i += n
		default:
			n := runeLength(p[i:])
			b.WriteString(regexp.QuoteMeta(p[i : i+n]))
			i += n
		}
	}
	b.WriteString(`$`)
	return b.String(), true
}

// star writes the stars of p[i:end] and gives where to go on. Two or more that are a whole
// part of the path cross slashes; any others are as good as one.
func star(b *strings.Builder, p string, i, end int, slashes bool) int {
	whole := slashes && end-i >= 2 && (i == 0 || p[i-1] == '/')
	switch {
	case whole && end == len(p):
		b.WriteString(`.*`)
	case whole && p[end] == '/':
		b.WriteString(`(?:.*/)?`)
		return end + 1
	default:
		b.WriteString(`[^/]*`)
	}
	return end
}

// runeLength is the length of the first character, in bytes.
func runeLength(s string) int {
	for i := range s {
		if i > 0 {
			return i
		}
	}
	return len(s)
}
