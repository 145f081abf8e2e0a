package report

import (
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// codeSpans are names that have been cleaned, with commas between them.
func codeSpans(names []string) string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = codeSpan(n)
	}
	return strings.Join(out, ", ")
}

// markdownSteps lists what to do for the next level.
func markdownSteps(b *strings.Builder, rec scorecard.Record) {
	if len(rec.Scorecard.NextSteps) == 0 {
		return
	}
	do := stepsOf(rec.Scorecard)
	fmt.Fprintf(b, "\n**Next steps to %s**%s:\n\n", rec.Scorecard.NextLevel, do.order())
	n := 0
	item := func(format string, a ...any) {
		n++
		fmt.Fprintf(b, "%d. %s\n", n, strings.TrimRight(fmt.Sprintf(format, a...), " "))
	}
	for _, s := range do.mend {
		item("%s (%s): %s", codeSpan(s.Check), effortText(s.Effort), escapeText(s.Title))
	}
	if len(do.hidden) > 0 {
		item("%s%s", escapeText(do.closeGaps()), codeSpans(do.hidden))
	}
	for _, o := range do.open {
		item("%s (unknown): %s %s", codeSpan(o.check), escapeText(makeKnown+o.what), markdownPlace(rec.Revision, o.at))
	}
}
