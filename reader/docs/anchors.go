package docs

import (
	"bytes"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
)

// explicit are anchors that a page sets itself: <a name="x">, id="x", {#x}, [[x]].
var explicit = lazyregexp.New(`(?i)(?:\b(?:name|id)\s*=\s*["']?|\{#|\[\[|\[#)([\w.:-]+)`)

// Anchors gives the anchors that a host makes of a page's headings, by the rules of
// GitHub, GitLab and AsciiDoc, in lower case, and those that the page sets itself. It is
// nil for a page whose headings can't be read.
func Anchors(p string, data []byte) map[string]bool {
	format := formatOf(p)
	if format == "" || format == "text" || len(data) > maxBytes || !utf8.Valid(data) {
		return nil
	}
	o, err := parse(p, data)
	if err != nil {
		return nil
	}
	out := map[string]bool{}
	count := map[string]int{}
	add := func(slug string) {
		if n := count[slug]; n > 0 {
			out[slug+"-"+strconv.Itoa(n)] = true
		}
		count[slug]++
		out[slug] = true
	}
	for _, piece := range o.pieces {
		if piece.kind != heading {
			continue
		}
		text := strings.ToLower(piece.text)
		slug := githubSlug(text)
		add(slug)
		if lab := squeeze(slug, '-'); lab != slug {
			out[lab] = true // GitLab makes one of several hyphens
		}
		out[strings.Trim(slug, "-")] = true
		if format != "markdown" {
			out["_"+strings.ReplaceAll(squeeze(slug, '-'), "-", "_")] = true
		}
	}
	for _, m := range explicit.FindAllStringSubmatch(string(bytes.ToLower(data)), 5000) {
		out[m[1]] = true
	}
	return out
}

// githubSlug keeps letters, digits, hyphens and underscores, and makes a hyphen of each
// space.
func githubSlug(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r), unicode.IsMark(r), r == '-', r == '_':
			return r
		case r == ' ':
			return '-'
		}
		return -1
	}, text)
}

func squeeze(s string, c rune) string {
	var b strings.Builder
	var last rune
	for _, r := range s {
		if r != c || last != c {
			b.WriteRune(r)
		}
		last = r
	}
	return b.String()
}
