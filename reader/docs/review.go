package docs

import (
	"strings"
	"time"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
)

// review is what a document says of when it was last looked at: the latest of the days.
type review struct {
	day  string // "2026-03-01"
	line int
}

// reviewKeys are what stands before such a day, in front matter and in lines of the
// text. The day of the next review is none.
var (
	reviewKey = lazyregexp.New(`(?i)^(?:(?:date )?(?:last|latest|most recent)[ _-]?(?:review|update|modifi|verifi|check|validat|test|revis|edit|change)\w*(?:[ _-](?:on|at|date))?|` +
		`(?:reviewed|updated|verified|validated|revised)(?:[ _-](?:on|at|date))?|(?:review|revision|update|verification)[ _-]date|lastmod|revdate|last_review_date)$`)
	reviewLine = lazyregexp.New(`(?i)\b((?:last|latest|most recent)[ _-](?:review|update|modifi|verifi|check|validat|test|revis|edit|change)\w*(?:[ _-](?:on|at|date))?|` +
		`(?:reviewed|updated|verified|validated|revised)(?: on| at)?|(?:review|revision)[ _-]date)\b["'*_ \x01\x02]*[:=]?["'*_ \x01\x02]*(\S.*)$`)
	introduces = lazyregexp.New(`(?i)^(?:by\b.{1,40}?[\s,(]+)?(?:on|at|in|as of)?[\s:("'\x60<\x01\x02*_]*(?:the )?(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,?\s+)?$`)
	isoDay     = lazyregexp.New(`\b(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:\b|T)`)
	namedDay   = lazyregexp.New(`(?i)\b(?:(\d{1,2})(?:st|nd|rd|th)?[ -])?(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?,?[ -](?:(\d{1,2})(?:st|nd|rd|th)?,?[ -])?(\d{4})\b`)
)

// say keeps the day, where it is later than what was said before.
func (r *review) say(line int, text string) {
	if day := Day(text); day > r.day {
		r.day, r.line = day, line
	}
}

// text looks through lines for "Last reviewed: 2026-03-01" and its like.
func (r *review) text(line int, text string) {
	for i, l := range strings.Split(text, "\n") {
		if len(l) > 300 {
			continue
		}
		m := reviewLine.FindStringSubmatch(l)
		if m == nil || strings.Contains(strings.ToLower(l[:strings.Index(l, m[1])]), "next") {
			continue
		}
		// The day follows at once: "updated the chart to 2024-01-01" says something else.
		if at := dayAt(m[2]); at >= 0 && introduces.MatchString(m[2][:at]) {
			r.say(line+i, m[2])
		}
	}
}

// entry looks at one of the front matter's.
func (r *review) entry(line int, key, value string) {
	if reviewKey.MatchString(spaced(key)) {
		r.say(line, value)
	}
}

// spaced parts a key in camel case: lastReviewed is "last Reviewed".
func spaced(key string) string {
	var b strings.Builder
	for i, c := range key {
		if i > 0 && c >= 'A' && c <= 'Z' {
			b.WriteByte(' ')
		}
		b.WriteRune(c)
	}
	return b.String()
}

// comments looks through comments of HTML, where pages keep what is not to be shown.
func (r *review) comments(line int, html string) {
	for _, c := range htmlComment.FindAllString(html, 20) {
		r.text(line, strings.Trim(c, "<!->* \n"))
	}
}

// dayAt is where a text names a day first; -1 for nowhere.
func dayAt(text string) int {
	for _, re := range []lazyregexp.Regexp{isoDay, namedDay} {
		if m := re.FindIndex([]byte(text)); m != nil {
			return m[0]
		}
	}
	return -1
}

// Day gives the first day that a text names, as "2026-03-01"; empty for none. Of a
// month alone it is the first.
func Day(text string) string {
	if m := isoDay.FindStringSubmatch(text); m != nil {
		return validDay(m[1], m[2], m[3])
	}
	m := namedDay.FindStringSubmatch(text)
	if m == nil {
		return ""
	}
	day := m[1]
	if day == "" {
		day = m[3]
	}
	if day == "" {
		day = "1"
	}
	month, err := time.Parse("Jan", strings.ToUpper(m[2][:1])+strings.ToLower(m[2][1:]))
	if err != nil {
		return ""
	}
	return validDay(m[4], month.Format("1"), day)
}

func validDay(year, month, day string) string {
	t, err := time.Parse("2006-1-2", year+"-"+strings.TrimPrefix(month, "0")+"-"+strings.TrimPrefix(day, "0"))
	if err != nil || t.Year() < 1990 {
		return ""
	}
	return t.Format(time.DateOnly)
}
