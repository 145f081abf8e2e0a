package report_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/seaworthy-dev/seaworthy/report"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// poison is in every string of the hostile records that a repository could write.
const poison = "\x1b]0;owned\a\x1b[2J\x9b31m\r\b\u202egpj.\u2066\u200b\xff <img src=x onerror=alert(1)> | `a` ![x](javascript:alert(1)) @org/team #1 https://evil.example &lt; </details>"

func hostile(t testing.TB) []scorecard.Record {
	t.Helper()
	at := scorecard.Location{Path: "deploy/" + poison + ".yaml", FirstLine: 3, LastLine: 4, Field: poison, Form: poison,
		Object: scorecard.ObjectRef{APIVersion: poison, Kind: poison, Namespace: poison, Name: poison}}
	gap := scorecard.Gap{Location: at, Hides: []scorecard.Family{scorecard.Documents}, Reason: poison, Message: poison}
	recs := judged(t, scorecard.Inventory{
		Service: scorecard.Service{ID: "shop." + poison, Name: poison, Title: poison, Owner: poison, Tier: poison, System: poison, Lifecycle: poison, Repository: poison, Path: poison, Location: at},
		Facts:   scorecard.Facts{Gaps: []scorecard.Gap{gap}},
	}, scorecard.Inventory{Service: scorecard.Service{Name: "b" + poison, Unscored: poison, Location: at}})
	for i := range recs[0].Scorecard.Results {
		r := &recs[0].Scorecard.Results[i]
		r.Reason, r.Outcome = poison, scorecard.Fail
		r.Remediation = poison + "\n\n```yaml\nname: " + poison + "\n```` \n```\n<script>alert(1)</script>\n~~~\n" + poison
		r.Evidence, r.EvidenceTotal = []scorecard.Evidence{{Location: at, Outcome: scorecard.Fail, Message: poison}}, 1
	}
	recs[0].Scorecard.Results[1].Outcome = scorecard.Unknown
	for i := range recs[0].Scorecard.NextSteps {
		recs[0].Scorecard.NextSteps[i].Reason = poison
	}
	recs[0].Revision = scorecard.Revision{Commit: poison, Branch: poison, URL: "https://github.com/a/b" + poison}
	return recs
}

// safe fails when a character is left that a terminal or a reader could be misled by.
func safe(t *testing.T, format, out string) {
	t.Helper()
	if !utf8.ValidString(out) {
		t.Errorf("%s: invalid UTF-8", format)
	}
	for i, r := range out {
		if r != '\n' && unicode.In(r, unicode.Cc, unicode.Cf) {
			t.Fatalf("%s: %U is left in %q", format, r, out[max(0, i-40):min(len(out), i+40)])
		}
	}
}

func TestInjection(t *testing.T) {
	recs := hostile(t)
	for _, width := range []int{40, 100} {
		safe(t, "terminal", terminal(t, recs, report.Options{Width: width, Verbose: true}))
		colored := terminal(t, recs, report.Options{Width: width, Verbose: true, Color: true, Links: true, Root: "/srv/shop"})
		safe(t, "terminal in colour", strip(colored))
		if strings.Contains(colored, "\x1b]0;") || strings.Contains(colored, "\x1b[2J") {
			t.Error("a sequence of the repository's reaches the terminal")
		}
	}
	safe(t, "markdown", markdown(t, recs, report.Options{Verbose: true}))
	safe(t, "sarif", sarif(t, recs, report.Options{Checks: rubric(t).All()}))
}
