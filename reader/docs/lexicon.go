package docs

import (
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// meaning is what the words of a heading or label say that follows. A phrase with a
// space at its end has to end there: " check " is no checklist.
type meaning struct {
	kind    scorecard.PartKind
	phrases []string
	// except are phrases that make it something else.
	except []string
	// weak: it counts only where the words mean nothing else.
	weak bool
}

// forRunbooks are the parts of runbooks, on-call and escalation pages.
var forRunbooks = []meaning{
	{kind: scorecard.SymptomsPart, phrases: []string{
		" symptom", " meaning ", " impact", " how it shows", " what it means", " what users see", " what you see", " what you will see", " what happens ", " what is happening", " what s happening",
		" detect", " alert ", " alerts ", " alarm ", " alarms ", " alert name", " alert description", " indicator", " indication", " signs ", " signal", " when to use", " trigger", " problem", " issue ", " issues ",
		" description ", " error message", " scenario", " failure mode", " failure scenario", " observed", " behavior", " behaviour", " effect ", " effects ", " what does this alert", " firing", " fires ", " use case",
		// a heading that names the failure itself
		" failing ", " fails ", " failed ", " failure", " errors ", " stuck ", " down ", " slow ", " unavailable", " unreachable", " unhealthy", " crash", " oomkill", " out of memory",
		" timeout", " timing out", " outage", " high error", " high latency", " high cpu", " high memory", " high load", " not working", " not ready", " not starting", " not responding",
		" lag ", " exhausted", " degraded", " cannot ", " can t ", " does not ", " doesn t ", " won t ", " pending ", " expired", " missing ",
	}, except: []string{" error budget", " test failure"}},
	{kind: scorecard.DiagnosisPart, phrases: []string{
		" diagnos", " investigat", " troubleshoot", " triage", " debug", " check ", " checks ", " checking ", " root cause", " cause ", " causes ", " analys", " analyz", " inspect", " identif", " assess",
		" what to look", " where to look", " first look", " confirm the ", " confirm impact", " confirm that", " determine", " find out", " find the ", " logs ", " useful queries", " queries ", " how to tell", " understand", " examin", " reproduc",
		" health check", " verify the problem", " look at ", " look for ",
	}, except: []string{" preflight", " pre-flight", " post check", " post-check", " post checks", " post-checks", " pre-check", " pre-checks"}},
	{kind: scorecard.MitigationPart, phrases: []string{
		" mitigat", " resol", " remediat", " remed", " fix", " recover", " restor", " rollback", " roll back", " rolling back", " roll-back", " workaround", " work around", " what to do", " solution", " solve", " solving",
		" response ", " respond", " repair", " corrective", " restart", " fail over", " failover", " scale ", " scaling ", " immediate ", " emergency", " recommended action", " how do i fix", " redeploy", " reset ", " action plan",
	}, except: []string{" response code", " response time"}},
	{kind: scorecard.MitigationPart, weak: true, phrases: []string{" procedure", " steps ", " step ", " action ", " actions ", " playbook "}},
	{kind: scorecard.EscalationPart, phrases: []string{" escalat"}},
	{kind: scorecard.ContactPart, phrases: []string{
		" contact", " on call ", " on-call ", " oncall ", " who to call", " whom to call", " who to page", " whom to page", " get help", " getting help", " need help", " ask for help", " asking for help", " refer to the",
		" pager", " responsible", " support team", " support channel", " who to notify",
	}},
}

// forPostmortems are the parts of post-mortems and their templates.
var forPostmortems = []meaning{
	{kind: scorecard.TimelinePart, phrases: []string{
		" timeline", " time line", " time-line", " sequence of events", " chain of events", " series of events", " order of events", " log of events", " event log", " chronolog", " incident timing", " events "}},
	{kind: scorecard.CausePart, phrases: []string{
		" cause ", " causes ", " caused ", " root cause", " rootcause", " root-cause", " what went wrong", " went wrong", " went badly", " went poorly", " go so well", " go well wrong", " contributing factor", " trigger", " why did", " why it happened", " why was",
		" five whys", " 5 whys", " 5-whys", " fault ", " reason", " why ", " rca "}},
	{kind: scorecard.ActionsPart, phrases: []string{
		" action", " follow-up", " follow up", " followup", " next step", " remediation", " corrective", " prevent", " recommendation", " improvement", " to do ", " todo ", " to-do", " tasks ", " measures ",
		" what are we doing", " what we are doing", " what we re doing", " how will we prevent", " avoid"},
		except: []string{" actions taken", " action taken", " taken actions", " immediate action"}},
}

// mean gives what the words of a heading or label say that follows, by the lexicon.
func mean(text string, lexicon []meaning) (out []scorecard.PartKind) {
	var ws []string
	for _, w := range words(strings.ReplaceAll(text, "’", "'")) {
		ws = append(ws, strings.ReplaceAll(w, "_", " "))
	}
	padded := " " + strings.Join(ws, " ") + " "
	has := func(phrases []string) bool {
		return slices.ContainsFunc(phrases, func(p string) bool { return strings.Contains(padded, p) })
	}
	for _, m := range lexicon {
		if m.weak && len(out) > 0 || slices.Contains(out, m.kind) {
			continue
		}
		if has(m.phrases) && !has(m.except) {
			out = append(out, m.kind)
		}
	}
	return out
}
