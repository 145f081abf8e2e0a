package scorecard

import "slices"

// The kinds of documents of incidents and of reliability, beside READMEs and runbooks.
const (
	// Postmortem is what was written of one incident.
	Postmortem DocumentKind = "postmortem"
	// PostmortemTemplate is the form that it is written on.
	PostmortemTemplate DocumentKind = "postmortem-template"
	// OnCallPage says who is called, and how the rota works.
	OnCallPage DocumentKind = "on-call"
	// EscalationPage says who is called next.
	EscalationPage DocumentKind = "escalation"
	// ErrorBudgetPolicy says what happens once an error budget is spent.
	ErrorBudgetPolicy DocumentKind = "error-budget-policy"
	// CapacityPlan says how much load is to come and how much the service can take.
	CapacityPlan DocumentKind = "capacity-plan"
)

// PartKind is something that a document may say in a part of its own: below a heading,
// behind a label, in a row or column of a table.
type PartKind string

// The parts that are looked for.
const (
	// SymptomsPart to ContactPart are a runbook's.
	SymptomsPart   PartKind = "symptoms"
	DiagnosisPart  PartKind = "diagnosis"
	MitigationPart PartKind = "mitigation"
	// EscalationPart says whom to call next, with steps, times or people in it.
	EscalationPart PartKind = "escalation"
	// ContactPart names somebody to call: a contact, who is on call, "escalate to the
	// database team" in a step.
	ContactPart PartKind = "contact"
	// DashboardPart is a link to a dashboard.
	DashboardPart PartKind = "dashboard"
	// TimelinePart, CausePart and ActionsPart are a post-mortem's.
	TimelinePart PartKind = "timeline"
	CausePart    PartKind = "cause"
	ActionsPart  PartKind = "actions"
	// ConsequencePart says what an error-budget policy asks for: a freeze, reliability
	// work first.
	ConsequencePart PartKind = "consequence"
	// CapacityPart is a forecast, the headroom or a limit, with a number.
	CapacityPart PartKind = "capacity"
	// ReviewPart says when the document was last reviewed.
	ReviewPart PartKind = "review"
)

// DocumentPart is where a document says something first.
type DocumentPart struct {
	Kind PartKind `json:"kind"`
	Line int      `json:"line,omitempty"`
}

// ActionItem is one thing to do of a post-mortem. Its text is not kept.
type ActionItem struct {
	Line  int  `json:"line,omitempty"`
	Owner bool `json:"owner,omitempty"` // somebody is named
	Link  bool `json:"link,omitempty"`  // an address, or the number of an issue
	State bool `json:"state,omitempty"` // a check box, or a status
}

// Part gives where the document says something of that kind; false where it does not.
func (d *Document) Part(kind PartKind) (Location, bool) {
	i := slices.IndexFunc(d.Parts, func(p DocumentPart) bool { return p.Kind == kind })
	if i < 0 {
		return d.Location, false
	}
	return d.line(d.Parts[i].Line), true
}

// ActionAt is where an action item of the document stands.
func (d *Document) ActionAt(a ActionItem) Location { return d.line(a.Line) }

func (d *Document) line(n int) Location {
	at := d.Location
	if n > 0 {
		at.FirstLine, at.LastLine = n, n
	}
	return at
}

// Dated reports whether anything says when the document was last looked at.
func (d *Document) Dated() bool { return d.Changed != "" || d.Reviewed != "" || d.Date != "" }

// HasDates reports whether the document is of a kind whose age is judged.
func (d *Document) HasDates() bool { return d.Kind == Runbook || d.Kind == CapacityPlan }
