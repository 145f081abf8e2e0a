package docs

import (
	"bytes"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// recoveryWords in a name or a heading say that it is about recovery.
var recoveryWords = []string{"recovery", "disaster", "disasters", "dr", "drp", "rto", "rpo", "continuity", "bcp", "restore", "restoring", "backup", "backups", "failover", "drill", "drills", "gameday", "gamedays",
	"resilience", "resiliency", "reliability", "availability"}

// recoveryNamed reports whether a file's name, or that of one of its folders, says that
// it may be about recovery, wherever it stands.
func recoveryNamed(p string) bool {
	parts := strings.Split(p, "/")
	for _, part := range append(parts[:len(parts)-1:len(parts)-1], stem(p)) {
		ws := tokens(part)
		if slices.ContainsFunc(ws, func(w string) bool { return slices.Contains(recoveryWords[:18], w) }) && !slices.Contains(ws, "template") {
			return true
		}
	}
	return false
}

// recoveryMarks are words of which one stands in every document that is kept here.
var recoveryMarks = [][]byte{[]byte("RTO"), []byte("RPO"), []byte("ecovery"), []byte("ECOVERY"), []byte("rill"), []byte("DRILL"), []byte("estore"), []byte("ailover"), []byte("ame day"), []byte("ame Day"), []byte("ameday"), []byte("ameDay")}

func mayRecover(data []byte) bool {
	return slices.ContainsFunc(recoveryMarks, func(m []byte) bool { return bytes.Contains(data, m) })
}

const span = `(?:(?:less than|under|within|up to|at most|max(?:imum)?\.?|about|approx(?:imately)?\.?|near[- ])\s*)?`

var (
	rto = lazyregexp.New(`(?i)\b(?:RTO|recovery[ -]time[ -]objectives?)\b`)
	rpo = lazyregexp.New(`(?i)\b(?:RPO|recovery[ -]point[ -]objectives?)\b`)
	// period is a length of time, or that none may be lost.
	period = lazyregexp.New(`(?i)(?:[<≤~≈]\s*=?\s*)?` + span + `(?:\b\d+(?:[.,]\d+)?(?:\s*[-–]\s*\d+)?\s*-?(?:s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|weeks?)\b|\bzero\b|\b0\b|\b(?:one|two|three|four|five|six|eight|ten|twelve|fifteen|thirty|twenty-four) (?:seconds?|minutes?|hours?|days?|weeks?)\b)`)
	// number is a value whose unit stands with the name: "RTO (hours): 4".
	unitFirst = lazyregexp.New(`(?i)^[^.|;\d]{0,3}\(?\s*(?:in )?(?:seconds?|minutes?|mins?|hours?|hrs?|days?)\)?[^.\d]{0,12}(\d+(?:[.,]\d+)?)\b`)
)

// reach is how far behind its name, in bytes, a value may stand.
const (
	reach = 90
	// maxPlan is how much of a document is looked through for them.
	maxPlan = 64 << 10
)

// valueOf finds the value that stands behind a name: not behind a later name of the
// other objective.
func valueOf(text string, name, other lazyregexp.Regexp) string {
	for _, at := range name.FindAllStringIndex(text, 20) {
		rest := text[at[1]:min(len(text), at[1]+reach)]
		if m := unitFirst.FindStringSubmatch(rest); m != nil {
			return m[1]
		}
		if next := other.FindAllStringIndex(rest, 1); next != nil {
			rest = rest[:next[0][0]]
		}
		if end := strings.Index(rest, ". "); end >= 0 {
			rest = rest[:end]
		}
		if v := period.FindAllString(rest, 1); v != nil {
			return strings.Join(strings.Fields(v[0]), " ")
		}
	}
	return ""
}

// tabled finds the two values of a table whose columns are the objectives: the first
// two lengths of time behind both names.
func tabled(text string) (a, b string) {
	first, second := rto.FindAllStringIndex(text, 1), rpo.FindAllStringIndex(text, 1)
	if first == nil || second == nil || !strings.Contains(text, "|") {
		return "", ""
	}
	values := period.FindAllString(text[max(first[0][1], second[0][1]):], 2)
	if len(values) < 2 {
		return "", ""
	}
	if first[0][0] > second[0][0] {
		return values[1], values[0]
	}
	return values[0], values[1]
}

// recovery gives what a document says of recovery: a plan where it names an objective
// below a heading, or in a file, about recovery; a drill where it is the record of one.
func (o *outline) recovery(p string) (out []scorecard.Document) {
	if d, ok := o.plan(p); ok {
		out = append(out, d)
	}
	if d, ok := o.drill(p); ok {
		out = append(out, d)
	}
	return out
}

func (o *outline) plan(p string) (scorecard.Document, bool) {
	d := scorecard.Document{Kind: scorecard.RecoveryPlan, Format: o.format, Title: o.heading(), Location: scorecard.Location{Path: p}, Mentions: o.mentions(0, len(o.pieces))}
	about := recoveryNamed(p) || isRecovery(o.heading())
	first := 0
	var b strings.Builder
	for _, piece := range o.pieces {
		about = about || piece.kind == heading && isRecovery(piece.text)
		if !about || piece.text == "" {
			continue
		}
		if first == 0 && (rto.MatchString(piece.text) || rpo.MatchString(piece.text)) {
			first = piece.line
		}
		if b.Len() < maxPlan {
			b.WriteString(piece.text)
			b.WriteString(" ; ")
		}
	}
	if first == 0 {
		return d, false
	}
	text := b.String()
	if d.RTO, d.RPO = tabled(text); d.RTO == "" || d.RPO == "" {
		d.RTO, d.RPO = "", ""
	}
	if v, w := valueOf(text, rto, rpo), valueOf(text, rpo, rto); v != "" && w != "" || d.RTO == "" {
		d.RTO, d.RPO = v, w
	}
	d.Location.FirstLine, d.Location.LastLine = first, first
	return d, true
}

// isRecovery reports whether a title or heading is about recovery.
func isRecovery(text string) bool {
	return slices.ContainsFunc(words(text), func(w string) bool {
		return slices.Contains(recoveryWords, w) || slices.ContainsFunc(tokens(w), func(t string) bool { return slices.Contains(recoveryWords, t) })
	}) || strings.Contains(strings.ToLower(text), "service level")
}

var (
	isoDay  = lazyregexp.New(`\b(20\d\d)[-/.](0[1-9]|1[0-2])[-/.](0[1-9]|[12]\d|3[01])\b`)
	isoName = lazyregexp.New(`(?:^|[^\d])(20\d\d)[-_.]?(0[1-9]|1[0-2])(?:[-_.]?(0[1-9]|[12]\d|3[01]))?(?:[^\d]|$)`)
	longDay = lazyregexp.New(`(?i)\b(?:(\d{1,2})(?:st|nd|rd|th)?\.?\s+)?(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?\s+(?:(\d{1,2})(?:st|nd|rd|th)?,?\s+)?(20\d\d)\b`)
	months  = []string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}
)

// latest is the last day, or month, that a text names; empty where it names none.
func latest(text string) (date string) {
	for _, m := range isoDay.FindAllStringSubmatch(text, 200) {
		date = max(date, m[1]+"-"+m[2]+"-"+m[3])
	}
	for _, m := range longDay.FindAllStringSubmatch(text, 200) {
		month := slices.Index(months, strings.ToLower(m[2])) + 1
		day := m[1] + m[3]
		out := m[4] + "-" + two(month)
		if len(day) == 1 {
			day = "0" + day
		}
		if len(day) == 2 {
			out += "-" + day
		}
		date = max(date, out)
	}
	return date
}

func two(n int) string { return string([]byte{byte('0' + n/10), byte('0' + n%10)}) }

// drill reads the record of a drill: a document whose name or title says that it is
// one, with a date. What only says how, or that there will be one, has none.
func (o *outline) drill(p string) (scorecard.Document, bool) {
	parts := strings.Split(p, "/")
	byName := isDrill(strings.Join(tokens(stem(p)), " "))
	for _, part := range parts[:len(parts)-1] {
		byName = byName || isDrill(strings.Join(tokens(part), " "))
	}
	d := scorecard.Document{Kind: scorecard.RestoreDrill, Format: o.format, Title: o.heading(), Location: scorecard.Location{Path: p}, Mentions: o.mentions(0, len(o.pieces))}
	whole := byName || isDrill(o.heading())
	if whole {
		for _, m := range isoName.FindAllStringSubmatch(stem(p), 3) {
			date := m[1] + "-" + m[2]
			if m[3] != "" {
				date += "-" + m[3]
			}
			d.Date = max(d.Date, date)
		}
		for _, m := range o.meta {
			d.Date = max(d.Date, latest(m))
		}
	}
	level := 0
	for _, piece := range o.pieces {
		if piece.kind == heading {
			switch {
			case level > 0 && piece.level <= level:
				level = 0
			case level == 0 && isDrill(piece.text):
				level = piece.level
			}
		}
		if whole || level > 0 || lastDrill.MatchString(piece.text) {
			if !planned.MatchString(piece.text) {
				if date := latest(piece.text); date > d.Date {
					d.Date = date
					d.Location.FirstLine, d.Location.LastLine = piece.line, piece.line
				}
			}
		}
	}
	return d, d.Date != ""
}

var (
	// lastDrill is a sentence that dates one.
	lastDrill = lazyregexp.New(`(?i)\b(?:last|latest|most recent)\s+(?:successful\s+)?(?:(?:dr|disaster recovery|recovery|restore|backup|failover)\s+)*(?:drill|test|exercise|restore|failover|game ?day|rehearsal|tested|drilled|restored)\b`)
	// planned is one that dates what is to come, or the page itself.
	planned = lazyregexp.New(`(?i)\b(?:next|planned|scheduled for|upcoming|will be|reviewed|last updated|created)\b`)
)

// isDrill reports whether a name or title is that of a drill of recovery.
func isDrill(text string) bool {
	ws := words(text)
	var flat []string
	for _, w := range ws {
		flat = append(flat, tokens(w)...)
	}
	has := func(list ...string) bool {
		return slices.ContainsFunc(flat, func(w string) bool { return slices.Contains(list, w) })
	}
	joined := strings.Join(flat, " ")
	if has("template", "checklist", "howto", "guide") {
		return false
	}
	if strings.Contains(joined, "game day") || has("gameday", "gamedays") {
		return true
	}
	return has("drill", "drills", "drilled", "exercise", "exercises", "test", "tests", "tested", "rehearsal", "rehearsals", "simulation") &&
		has("restore", "restores", "recovery", "failover", "disaster", "dr", "backup", "backups", "drill", "drills")
}
