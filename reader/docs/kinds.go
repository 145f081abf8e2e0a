package docs

import (
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// kindOfName tells post-mortems, on-call and escalation pages and error-budget policies
// by the words of a name or title; empty for anything else.
func kindOfName(ws []string) scorecard.DocumentKind {
	text := " " + strings.Join(ws, " ") + " "
	has := func(phrases ...string) bool {
		return slices.ContainsFunc(phrases, func(p string) bool { return strings.Contains(text, p) })
	}
	switch {
	case has(" postmortem ", " postmortems ", " post mortem ", " post mortems ", " incident report", " incident review", " incident retrospective", " incident retro ", " outage report", " root cause analys", " rca ", " rcas ",
		" after action re", " post incident re", " postincident re", " correction of error"):
		if has(" template ", " templates ") {
			return scorecard.PostmortemTemplate
		}
		return scorecard.Postmortem
	case has(" template ", " templates "):
		return ""
	case has(" error budget"):
		return scorecard.ErrorBudgetPolicy
	case has(" capacity plan", " capacity forecast", " capacity model", " capacity review", " capacity management ") || text == " capacity ":
		return scorecard.CapacityPlan
	case has(" escalation", " escalating "):
		return scorecard.EscalationPage
	case has(" oncall ", " on call "):
		return scorecard.OnCallPage
	}
	return ""
}

// kindOf tells what a document is beside a runbook: by its name, else by the nearest
// folder that says so, else by its title where it stands below a docs folder. What is
// not sure (a file of a folder called incidents, the index of one called postmortems)
// is a post-mortem only if it is built like one.
func kindOf(p, title string) (kind scorecard.DocumentKind, sure bool) {
	s := stem(p)
	if decides(p) {
		return "", false
	}
	index := slices.Contains([]string{"readme", "index", "_index"}, s)
	if kind = kindOfName(tokens(s)); kind != "" {
		if kind == scorecard.Postmortem && isTemplateOfIssues(p) {
			kind = scorecard.PostmortemTemplate
		}
		return kind, true
	}
	template := slices.Contains(tokens(s), "template")
	for d := path.Dir(p); d != "."; d = path.Dir(d) {
		ws := tokens(path.Base(d))
		kind = kindOfName(ws)
		switch {
		case kind == scorecard.Postmortem || kind == scorecard.PostmortemTemplate:
			if template {
				kind = scorecard.PostmortemTemplate
			}
			return kind, !index && !slices.Contains(aside, s)
		case kind == scorecard.OnCallPage || kind == scorecard.EscalationPage || kind == scorecard.CapacityPlan:
			if path.Dir(p) == d && (index || len(ws) <= 2) && !template && !slices.Contains(aside, s) {
				return kind, true
			}
			kind = ""
		case slices.Contains([]string{"incident", "incidents", "outages"}, strings.ToLower(path.Base(d))):
			if template {
				return scorecard.PostmortemTemplate, false
			}
			return scorecard.Postmortem, false
		}
	}
	if isTemplateOfIssues(p) && slices.ContainsFunc(tokens(s), func(w string) bool { return w == "incident" || w == "outage" || w == "rca" }) {
		return scorecard.PostmortemTemplate, false
	}
	if isTemplateOfIssues(p) {
		if kindOfName(flatWords(title)) == scorecard.Postmortem {
			return scorecard.PostmortemTemplate, true
		}
		return "", false
	}
	if inDocs(p) && !index {
		if kind = kindOfName(flatWords(title)); kind == scorecard.CapacityPlan && template {
			return "", false
		}
		return kind, true
	}
	return "", false
}

// decides reports whether a file is one of decisions and proposals, which are about
// everything and in force by being carried out elsewhere.
func decides(p string) bool {
	return slices.ContainsFunc(strings.Split(strings.ToLower(path.Dir(p)), "/"), func(folder string) bool {
		return slices.Contains([]string{"adr", "adrs", "decisions", "rfc", "rfcs", "proposals", "keps"}, folder)
	})
}

// flatWords are a title's words, those with hyphens in parts.
func flatWords(title string) (out []string) {
	for _, w := range words(title) {
		out = append(out, tokens(w)...)
	}
	return out
}

// otherRole says why a file is looked at that is no README, runbook or page of docs.
func otherRole(p string) role {
	if formatOf(p) == "" || path.Ext(p) == "" && !isTemplateOfIssues(p) || formatOf(p) == "text" && slices.Contains(tokens(stem(p)), "requirements") {
		return nothing
	}
	if kind, _ := kindOf(p, ""); kind != "" {
		return titled
	}
	if isTemplateOfIssues(p) {
		return page
	}
	return nothing
}

var issueTemplates = lazyregexp.New(`(?i)(?:^|/)\.(?:github|gitlab|gitea|forgejo)/(?:issue_templates?|pull_request_template|merge_request_templates|discussion_template)/`)

// isTemplateOfIssues reports whether a host offers the file to whoever opens an issue.
func isTemplateOfIssues(p string) bool { return issueTemplates.MatchString(p) }

func isIssueForm(p string) bool {
	return isTemplateOfIssues(p) && !strings.HasPrefix(strings.ToLower(path.Base(p)), "config.")
}

// structured reports whether a document is built like a post-mortem: it has two of the
// parts of one.
func structured(d *scorecard.Document) bool { return len(d.Parts) >= 2 }

// issueForm reads a form of GitHub's: the labels of its fields are headings.
func (o *outline) issueForm(data []byte) error {
	for _, doc := range yamldoc.Parse(data) {
		if doc.Err != nil {
			return doc.Err
		}
		o.title = yamldoc.String(yamldoc.Get(doc.Root, "name"))
		body := yamldoc.Follow(yamldoc.Get(doc.Root, "body"))
		if body == nil || body.Kind != yaml.SequenceNode {
			continue
		}
		for _, field := range body.Content {
			attributes := yamldoc.Get(field, "attributes")
			if label := yamldoc.Get(attributes, "label"); label != nil {
				o.head(2, label.Line, yamldoc.String(label))
			}
			if value := yamldoc.Get(attributes, "value"); value != nil {
				o.formText(value)
			}
		}
	}
	return nil
}

// formText reads the headings of Markdown that a form is filled with beforehand.
func (o *outline) formText(value *yaml.Node) {
	var in outline
	if in.markdown([]byte(yamldoc.String(value))) != nil {
		return
	}
	for _, x := range in.pieces {
		if x.kind == heading {
			o.head(x.level+2, value.Line, x.text)
		}
	}
}

// detail adds what a kind of document is asked for.
func (o *outline) detail(d *scorecard.Document, from, to, skip int) {
	if skip >= 0 && slices.ContainsFunc(o.pieces[skip+1:to], func(x piece) bool {
		return x.kind == heading && (x.level < o.pieces[skip].level || x.level == o.pieces[skip].level && x.level > 1)
	}) {
		skip = -1 // not a title, but the first of the parts
	}
	switch d.Kind {
	case scorecard.Runbook, scorecard.OnCallPage, scorecard.EscalationPage:
		p := o.parts(from, to, skip, forRunbooks, false)
		if d.Kind == scorecard.EscalationPage || skip >= 0 && from == skip && skip < to { // the title is a heading over all of it
			if about, _ := p.said(from, to); answers(about) && (d.Kind == scorecard.EscalationPage || strings.Contains(strings.ToLower(d.Title), "escalat")) {
				p.add(scorecard.EscalationPart, max(1, d.Location.FirstLine))
			}
		}
		if d.Kind == scorecard.Runbook {
			d.Reviewed = o.reviewed.day
			if d.Reviewed != "" {
				p.add(scorecard.ReviewPart, o.reviewed.line)
			}
		}
		d.Parts = p.list()
	case scorecard.Postmortem, scorecard.PostmortemTemplate:
		p := o.parts(from, to, skip, forPostmortems, true)
		p.clocked()
		delete(p.found, scorecard.DashboardPart)
		delete(p.found, scorecard.ContactPart)
		d.Parts = p.list()
		if d.Kind == scorecard.Postmortem {
			d.Actions = p.actions()
		}
	case scorecard.ErrorBudgetPolicy:
		d.Parts = o.consequences(from, to)
	case scorecard.CapacityPlan:
		d.Parts = o.capacity(from, to, skip)
		d.Reviewed = o.reviewed.day
		if d.Reviewed != "" {
			d.Parts = append(d.Parts, scorecard.DocumentPart{Kind: scorecard.ReviewPart, Line: o.reviewed.line})
		}
	}
}

// callSections are the sections of a README about on-call and escalation that say whom to call.
func (o *outline) callSections(p string) (out []scorecard.Document) {
	for _, s := range o.headed(func(text string) bool {
		kind := kindOfName(flatWords(text))
		return kind == scorecard.OnCallPage || kind == scorecard.EscalationPage
	}) {
		if d := o.sectionOf(s, kindOfName(flatWords(o.pieces[s.from].text)), p); len(d.Parts) > 0 {
			out = append(out, d)
		}
	}
	return out
}

// templateSections are the sections that show a whole template of post-mortems.
func (o *outline) templateSections(p string) (out []scorecard.Document) {
	for _, s := range o.headed(func(text string) bool {
		kind := kindOfName(flatWords(text))
		return kind == scorecard.Postmortem || kind == scorecard.PostmortemTemplate
	}) {
		if d := o.sectionOf(s, scorecard.PostmortemTemplate, p); len(d.Parts) == len(forPostmortems) {
			out = append(out, d)
		}
	}
	return out
}

// budgetSections are the sections that say what happens once the error budget is spent.
func (o *outline) budgetSections(p string) (out []scorecard.Document) {
	for _, s := range o.headed(func(text string) bool { return kindOfName(flatWords(text)) == scorecard.ErrorBudgetPolicy }) {
		if d := o.sectionOf(s, scorecard.ErrorBudgetPolicy, p); len(d.Parts) > 0 {
			out = append(out, d)
		}
	}
	return out
}

// consequence is what a policy asks for when the budget is spent: that something stops,
// that reliability comes first, or that only some changes pass.
var consequence = lazyregexp.New(`(?i)\b(?:feature|release|deploy\w*|code|change|production|reliability)[- ]freeze|\bfreez\w*\b[^.\n]{0,80}\b(?:release|deploy|feature|change|launch|rollout|merge|ship|production)|` +
	`\b(?:halt|paus|stop|block|suspend|restrict|defer|postpone|prohibit|reduc|limit|slow)\w*\b[^.\n]{0,60}\b(?:release|deploy|feature|change|launch|rollout|experiment|merge|ship|work|development)|` +
	`\b(?:release|deploy\w*|feature|change|launch|rollout|development|work)\w*\b[^.\n]{0,50}\b(?:halt|paus|stop|block|suspend|frozen|restrict|prohibit|not allowed|forbidden|deferred|postponed)|` +
	`\bno (?:new |further |more |risky )?(?:feature|release|deploy|change|launch)|\bprioriti[sz]e\w*\b[^.\n]{0,60}\b(?:reliab|stabil|bug|fix|incident|resilien)|\b(?:reliab|stabil)\w*\b[^.\n]{0,40}\b(?:first|priority|over (?:new )?feature|takes? precedence)|` +
	`\bonly\b[^.\n]{0,60}\b(?:reliab|bug|hotfix|fixes|security|critical|P0|sev)|\breliability (?:work|sprint|improvement|focus|task|fix|effort)`)

// consequences finds where a policy says what happens.
func (o *outline) consequences(from, to int) []scorecard.DocumentPart {
	for _, x := range o.pieces[from:to] {
		for i, line := range strings.Split(x.text+strings.Join(x.cells, " | "), "\n") {
			if consequence.MatchString(line) {
				return []scorecard.DocumentPart{{Kind: scorecard.ConsequencePart, Line: x.line + i}}
			}
		}
	}
	return nil
}
