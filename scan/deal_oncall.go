package scan

import (
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// dealCalls gives each service what says who is called for it: what is named after it
// or stands in its folder, else what names none of the repository's.
func (a *attribution) dealCalls() {
	for _, x := range a.facts.OnCall {
		for _, m := range a.about(x.Location.Path, callNames(x)...) {
			m.inventory.OnCall = append(m.inventory.OnCall, x)
		}
	}
}

// callNames are the names by which such a thing may be a service's: what it says, and
// its block's, without the words that such names end in.
func callNames(x scorecard.OnCall) (out []string) {
	for _, n := range []string{x.Service, x.Name} {
		out = append(out, n)
		ws := strings.FieldsFunc(strings.ToLower(n), func(r rune) bool { return r == '-' || r == '_' || r == ' ' || r == '.' })
		for len(ws) > 1 && slices.Contains(callWords, ws[len(ws)-1]) {
			ws = ws[:len(ws)-1]
			out = append(out, strings.Join(ws, "-"))
		}
	}
	return out
}

// callWords end the names of services, schedules and policies in tools for on-call.
var callWords = []string{
	"service", "schedule", "rota", "rotation", "policy", "escalation", "team", "integration", "oncall", "on", "call", "pagerduty", "opsgenie",
	"primary", "secondary", "prod", "production", "alerts", "critical", "sns", "subscription", "subscriptions",
}

// dealDay tells a service the day of the scan where one of its facts has a date to
// weigh against it.
func (m *member) dealDay(day string) {
	if m.inventory.HasDates() {
		m.inventory.AsOf = day
	}
}
