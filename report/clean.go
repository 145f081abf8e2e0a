package report

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxString bounds what one string of a record may fill, in bytes.
const maxString = 8 << 10

// Clean makes a string from a repository safe to show on one line of a terminal; for
// what is shown outside of a report, such as an error.
func Clean(s string) string { return clean(s) }

// clean makes a string from a repository safe to show on one line: white space
// becomes a blank; control characters (escape sequences start with one), invisible
// and direction-changing characters and broken UTF-8 become a visible escape such
// as `\x1b` or `\u202e`. Joiners stay: scripts and emoji need them.
func clean(s string) string {
	s = bound(s)
	if !strings.ContainsFunc(s, suspicious) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r == '\n' || r == '\t' || r == '\r' && strings.HasPrefix(s[i+1:], "\n"):
			b.WriteByte(' ')
		case !suspicious(r):
			b.WriteRune(r)
		case r < 0x100:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
		i += size
	}
	return b.String()
}

// cleanLines is clean for a text of several lines, whose indentation it keeps.
func cleanLines(s string) []string {
	lines := strings.Split(strings.TrimRight(bound(s), " \r\n\t"), "\n")
	for i, l := range lines {
		l = strings.TrimRight(l, " \r\t")
		lines[i] = clean(strings.ReplaceAll(l, "\t", "    "))
	}
	return lines
}

func bound(s string) string {
	if len(s) <= maxString {
		return s
	}
	cut := maxString
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}

func suspicious(r rune) bool {
	const nonJoiner, joiner = 0x200c, 0x200d
	switch {
	case r == nonJoiner || r == joiner:
		return false
	case r == utf8.RuneError, r == 0x2028, r == 0x2029: // broken, or a line's end to some
		return true
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co)
}

// block is a part of a remediation: a paragraph, or lines to paste.
type block struct {
	code  bool
	lang  string
	lines []string
}

// blocks takes a remediation, which is Markdown, apart: fenced code, and paragraphs
// of prose. Whatever a repository's strings do to the fences, each part is escaped
// again by the format that shows it, so that the worst is a part in the wrong shape.
func blocks(markdown string) []block {
	var out []block
	var fence string
	var current block
	flush := func() {
		if len(current.lines) > 0 {
			out = append(out, current)
		}
		current = block{}
	}
	for _, line := range cleanLines(markdown) {
		trimmed := strings.TrimSpace(line)
		switch {
		case fence != "" && trimmed == fence:
			flush()
			fence = ""
		case fence != "":
			current.lines = append(current.lines, line)
		case strings.HasPrefix(trimmed, "```"):
			flush()
			lang := strings.TrimLeft(trimmed, "`")
			fence = trimmed[:len(trimmed)-len(lang)]
			current = block{code: true, lang: strings.TrimSpace(lang)}
		case trimmed == "":
			flush()
		default:
			current.lines = append(current.lines, trimmed)
		}
	}
	flush()
	return out
}

// brief is the first paragraph of a remediation without the code, and whether there is more.
func brief(markdown string) (text string, more bool) {
	bs := blocks(markdown)
	for _, b := range bs {
		if !b.code {
			return strings.Join(b.lines, " "), len(bs) > 1
		}
	}
	return "", len(bs) > 0
}
