package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// markdownSize is how long Markdown may become without Options.Verbose, in bytes: a
// comment on GitHub holds 65,536 characters.
const markdownSize = 60_000

// Markdown writes the records for a comment on a pull request or a job's summary, in
// GitHub's dialect: a table of the services and a part to unfold for each, the worst
// first. Services for which there is no room in a comment are in the table only,
// unless Options.Verbose. The error is the writer's.
func Markdown(w io.Writer, recs []scorecard.Record, o Options) error {
	recs = worstFirst(recs)
	names := names(recs)
	var b strings.Builder
	fmt.Fprintf(&b, "## Seaworthy: %s\n\n", count(len(recs), "service"))
	if len(recs) == 0 {
		b.WriteString("No services found: there is no catalog entity, no workload and no file that says what this repository runs.\n")
		_, err := io.WriteString(w, b.String())
		return err
	}
	for _, origin := range origins(recs) {
		fmt.Fprintf(&b, "%s: %s.\n", escapeText(origin), levelCounts(recs))
	}
	if nothingKnown(recs) {
		fmt.Fprintf(&b, "\nNothing could be judged: %s.\n", whyNothing)
	}
	if len(o.Only) > 0 {
		var only []string
		for _, id := range o.Only {
			only = append(only, codeSpan(id))
		}
		fmt.Fprintf(&b, "\nOnly %s shown; levels and scores are those of all checks.\n", strings.Join(only, ", "))
	}
	markdownTable(&b, recs, names, o)
	left := 0
	for _, rec := range recs {
		var section strings.Builder
		markdownService(&section, rec, names[rec.Scorecard.Service.ID], len(recs) == 1, o)
		if !o.Verbose && b.Len()+section.Len() > markdownSize {
			left++
			continue
		}
		b.WriteString(section.String())
	}
	if left > 0 {
		fmt.Fprintf(&b, "\n…and %s, for which there is no room in a comment: see the table, or ask for `--verbose`.\n", count(left, "service"))
	}
	if notes := notesOf(o); len(notes) > 0 {
		fmt.Fprintf(&b, "\n<details><summary>Left out on purpose (%s)</summary>\n\n", count(len(notes), "note"))
		for _, n := range notes[:shownOf(len(notes), o)] {
			fmt.Fprintf(&b, "- %s %s\n", markdownPlace(recs[0].Revision, n.Location), escapeText(n.Message))
		}
		markdownMore(&b, len(notes), o)
		b.WriteString("\n</details>\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// shownOf is how many of n gaps or notes are listed.
func shownOf(n int, o Options) int {
	const most = 10
	if o.Verbose {
		return n
	}
	return min(n, most)
}

func markdownMore(b *strings.Builder, n int, o Options) {
	if rest := n - shownOf(n, o); rest > 0 {
		fmt.Fprintf(b, "- … and %d more\n", rest)
	}
}

func markdownTable(b *strings.Builder, recs []scorecard.Record, names map[string]string, o Options) {
	b.WriteString("\n| Service | Level | At most | Score | Coverage | Checks | Fail | Unknown | First step up |\n|---|---|---|---|---:|---:|---:|---:|---|\n")
	for _, rec := range recs {
		card, n, step := rec.Scorecard, tally(rec), ""
		name := escapeText(names[card.Service.ID])
		if card.Service.Unscored != "" {
			fmt.Fprintf(b, "| %s | not scored | | | | | | | |\n", name)
			continue
		}
		if len(card.NextSteps) > 0 {
			step = fmt.Sprintf("%s → %s", codeSpan(stepName(card.NextSteps[0])), card.NextLevel)
		}
		applies := fmt.Sprint(applying(n))
		if len(o.Only) > 0 {
			applies = "" // it can't be told from the few that are left
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s | %d | %d | %s |\n", name, card.Level, card.LevelAtMost,
			scoreText(card), coverageText(card), applies, n[scorecard.Fail], n[scorecard.Unknown], step)
	}
}

func markdownService(b *strings.Builder, rec scorecard.Record, name string, open bool, o Options) {
	card := rec.Scorecard
	if card.Service.Unscored != "" {
		fmt.Fprintf(b, "\n%s is not scored: %s.\n", escapeText(name), strings.TrimRight(escapeText(card.Service.Unscored), "."))
		return
	}
	attribute := ""
	if open {
		attribute = " open"
	}
	rests := ""
	if len(o.Only) == 0 && len(card.Results) > 0 {
		rests = ", " + restsText(card)
	}
	fmt.Fprintf(b, "\n<details%s><summary><b>%s</b>: %s, score %s, coverage %s%s</summary>\n\n", attribute, escapeText(name), levelText(card), scoreText(card), coverageText(card), rests)
	shown, folded, unseen := fold(card.Results, o)
	if len(shown) > 0 {
		b.WriteString("| Result | Check | Reason | Where |\n|---|---|---|---|\n")
	}
	for _, outcome := range []scorecard.Outcome{scorecard.Fail, scorecard.Unknown, scorecard.Pass, scorecard.NotApplicable} {
		for i := range shown {
			if r := &shown[i]; r.Outcome == outcome {
				symbol, word, _ := verdict(outcome)
				fmt.Fprintf(b, "| %s %s | %s | %s | %s |\n", symbol, word, codeSpan(r.Check), markdownReason(r), markdownEvidence(rec.Revision, r, o))
			}
		}
	}
	if len(unseen) > 0 {
		names := codeSpans(unseen)
		if len(unseen) == len(card.Results) {
			names = hiddenText(unseen, card)
		}
		fmt.Fprintf(b, "\nUnknown while there are gaps (see below): %s.\n", names)
	}
	if len(folded) > 0 {
		fmt.Fprintf(b, "\nDoes not apply: %s.\n", codeSpans(folded))
	}
	markdownSteps(b, rec)
	if len(card.Gaps) > 0 {
		fmt.Fprintf(b, "\n**Could not be seen**%s:\n\n", hidden(card.Gaps))
		for _, g := range card.Gaps[:shownOf(len(card.Gaps), o)] {
			fmt.Fprintf(b, "- %s\n", strings.TrimLeft(markdownPlace(rec.Revision, gapPlace(g))+" "+escapeText(gapText(g)), " "))
		}
		markdownMore(b, len(card.Gaps), o)
	}
	for i := range card.Results {
		if r := &card.Results[i]; r.Outcome == scorecard.Fail && r.Remediation != "" {
			fmt.Fprintf(b, "\n<details><summary>What to write for <code>%s</code></summary>\n\n", escapeText(r.Check))
			markdownRemediation(b, r.Remediation)
			b.WriteString("</details>\n")
		}
	}
	b.WriteString("\n</details>\n")
}

// markdownReason is the reason, and where another form would come out differently.
func markdownReason(r *scorecard.Result) string {
	out := escapeText(reasonText(r))
	for _, v := range r.Otherwise {
		_, word, _ := verdict(v.Outcome)
		out += fmt.Sprintf("<br>Otherwise %s in %s: %s", word, codeSpan(v.Form), escapeText(v.Reason))
	}
	return out
}

func markdownEvidence(rev scorecard.Revision, r *scorecard.Result, o Options) string {
	var places []string
	for _, e := range r.Evidence {
		if e.Outcome != scorecard.Pass || r.Outcome == scorecard.Pass || o.Verbose {
			places = append(places, markdownPlace(rev, e.Location))
		}
	}
	shown := places
	if !o.Verbose {
		shown = places[:min(len(places), shortEvidence)]
	}
	out := strings.Join(shown, "<br>")
	if rest := len(places) - len(shown) + r.EvidenceTotal - len(r.Evidence); rest > 0 && len(shown) > 0 {
		out += fmt.Sprintf("<br>… and %d more", rest)
	}
	return out
}

func markdownPlace(rev scorecard.Revision, l scorecard.Location) string {
	s := codeSpan(l.String())
	if link := rev.WebURL(l); link != "" && s != "" {
		return "[" + s + "](<" + link + ">)"
	}
	return s
}

// markdownRemediation writes a remediation again from its parts, so that nothing in
// it can leave the part it stands in.
func markdownRemediation(b *strings.Builder, markdown string) {
	for _, part := range blocks(markdown) {
		if !part.code {
			fmt.Fprintf(b, "%s\n\n", escapeProse(strings.Join(part.lines, " ")))
			continue
		}
		fence := "```"
		for _, line := range part.lines {
			for strings.Contains(line, fence) {
				fence += "`"
			}
		}
		fmt.Fprintf(b, "%s%s\n%s\n%s\n\n", fence, strings.Map(letters, part.lang), strings.Join(part.lines, "\n"), fence)
	}
}

func letters(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
		return r
	}
	return -1
}

// escapeProse is escapeText that keeps code between back quotes as code.
func escapeProse(s string) string {
	parts := strings.Split(s, "`")
	if len(parts)%2 == 0 {
		return escapeStart(escapeText(s))
	}
	for i, p := range parts {
		if i%2 == 1 {
			parts[i] = codeSpan(p)
			continue
		}
		parts[i] = escapeText(p)
	}
	return escapeStart(strings.Join(parts, ""))
}

// escapeStart keeps a paragraph from being a list item, or a rule, by how it starts.
func escapeStart(s string) string {
	if s != "" && strings.ContainsRune("-+=", rune(s[0])) {
		return `\` + s
	}
	digits := len(s) - len(strings.TrimLeft(s, "0123456789"))
	if digits > 0 && digits < len(s) && strings.ContainsRune(".)", rune(s[digits])) {
		return s[:digits] + `\` + s[digits:]
	}
	return s
}

// codeSpan shows a string from a repository in a fixed font. It is HTML, since the
// rules for `|` and back quotes in a table's code span defeat quoting.
func codeSpan(s string) string {
	if s == "" {
		return ""
	}
	return "<code>" + escapeText(s) + "</code>"
}

// escapeText makes a string from a repository plain text in Markdown and HTML. An
// empty comment parts what GitHub would otherwise make a mention, a reference to an
// issue or a link of: those work on the text after all escapes.
func escapeText(s string) string {
	const part = "<!-- -->"
	s = clean(s)
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == '&':
			b.WriteString("&amp;")
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '"':
			b.WriteString("&quot;")
		case r == '@':
			b.WriteString("@" + part)
		case r == '#':
			b.WriteString(`\#` + part)
		case r == ':' && strings.HasPrefix(s[i:], "://"):
			b.WriteString(":" + part)
		case r == '.' && i >= 3 && strings.EqualFold(s[i-3:i], "www"):
			b.WriteString(part + ".")
		case strings.ContainsRune("\\`*_[]()~|!$", r):
			b.WriteString(`\` + string(r))
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
