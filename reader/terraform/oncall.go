package terraform

import (
	"cmp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// callTool is how a tool's resources that say who is called begin, and which of them do.
type callTool struct {
	prefix, tool string
	kinds        []string // what follows the prefix, or begins it
}

// callTools are the providers of tools for on-call. A user, a tag or a maintenance
// window says nothing of who is called.
var callTools = []callTool{
	{"pagerduty_", "PagerDuty", []string{"service", "schedule", "escalation_policy", "team", "event_orchestration", "ruleset"}},
	{"opsgenie_", "Opsgenie", []string{"service", "schedule", "escalation", "team", "api_integration", "email_integration", "integration_action", "notification_policy"}},
	{"grafana_oncall_", "Grafana OnCall", []string{"schedule", "escalation", "integration", "on_call_shift", "route", "team", "user_notification_rule"}},
	{"victorops_", "Splunk On-Call", []string{"team", "escalation_policy", "routing_key"}},
	{"incident_", "incident.io", []string{"schedule", "escalation_path", "alert_route", "alert_source"}},
	{"rootly_", "Rootly", []string{"schedule", "escalation", "service", "team", "on_call", "alert_route", "alerts_source", "functionality"}},
	{"firehydrant_", "FireHydrant", []string{"on_call_schedule", "escalation_policy", "signal_rule", "service", "team", "rotation"}},
	{"xmatters_", "xMatters", []string{"group", "shift", "site"}},
	{"squadcast_", "Squadcast", []string{"service", "schedule", "escalation_policy", "team", "squad", "routing_rules", "deduplication_rules"}},
	{"ilert_", "iLert", []string{"schedule", "escalation_policy", "alert_source", "service", "team"}},
	{"zenduty_", "Zenduty", []string{"schedules", "esp", "services", "teams", "integrations", "escalation"}},
	{"betteruptime_", "Better Stack", []string{"policy", "team", "on_call_calendar"}},
	{"aws_ssmcontacts_", "AWS Incident Manager", []string{"contact", "plan", "rotation"}},
	{"datadog_integration_pagerduty", "PagerDuty", []string{""}},
	{"datadog_integration_opsgenie", "Opsgenie", []string{""}},
	{"datadog_on_call_", "Datadog On-Call", []string{"schedule", "escalation_policy", "team"}},
	{"azurerm_monitor_action_group_pagerduty", "PagerDuty", []string{""}},
}

// notCalls are resources below those names that say nothing of who is called.
var notCalls = []string{"pagerduty_team_membership", "pagerduty_service_dependency", "pagerduty_service_custom_field", "pagerduty_service_custom_field_value", "xmatters_group_membership", "rootly_team_membership"}

// receivers are resources of other tools that send alerts somewhere: what names where,
// and the attribute may stand in a block.
var receivers = map[string][2]string{
	"aws_sns_topic_subscription":             {"", "endpoint"},
	"google_monitoring_notification_channel": {"", "type"},
	"newrelic_notification_destination":      {"", "type"},
	"azurerm_monitor_action_group":           {"webhook_receiver", "service_uri"},
	"datadog_webhook":                        {"", "url"},
}

var (
	pagerWord = lazyregexp.New(`(?i)pager[-_ ]?duty|ops[-_ ]?genie|victor[-_ ]?ops|incident[-_.]io|firehydrant|rootly|xmatters|squadcast|grafana[-_]?oncall|splunk[-_]?on[-_]?call|zenduty|ilert`)
	pagerName = []struct{ word, tool string }{
		{"pager", "PagerDuty"}, {"ops", "Opsgenie"}, {"victor", "Splunk On-Call"}, {"splunk", "Splunk On-Call"}, {"incident", "incident.io"}, {"fire", "FireHydrant"},
		{"rootly", "Rootly"}, {"xmatters", "xMatters"}, {"squadcast", "Squadcast"}, {"grafana", "Grafana OnCall"}, {"zenduty", "Zenduty"}, {"ilert", "iLert"},
	}
)

// toolNamed is the tool for on-call that a text names; empty for none.
func toolNamed(text string) string {
	m := pagerWord.FindStringSubmatch(text)
	if m == nil {
		return ""
	}
	word := strings.ToLower(m[0])
	for _, n := range pagerName {
		if strings.HasPrefix(word, n.word) {
			return n.tool
		}
	}
	return ""
}

// onCall lists what says who is called.
func (f *folder) onCall(r *reader) []scorecard.OnCall {
	var out []scorecard.OnCall
	for _, b := range f.blocks {
		c := scorecard.OnCall{Location: b.location()}
		switch b.typ {
		case "resource":
			c.Type, c.Name = b.label(0), b.label(1)
			c.Tool, c.Unresolved = f.calls(b)
			c.Escalates = strings.Contains(c.Type, "escalation") || strings.HasSuffix(c.Type, "_esp") || c.Type == "betteruptime_policy" || c.Type == "aws_ssmcontacts_plan"
			name, _ := f.scope.attr(b, "name")
			c.Service = name.whole()
		case "module":
			c.Type, c.Name = "module", b.label(0)
			source, _ := f.scope.attr(b, "source")
			if _, local := localSource(f.path, string(source)); !local { // a local one is read itself
				c.Tool = toolNamed(source.literal())
			}
			c.Service = b.label(0)
		}
		if c.Tool == "" {
			continue
		}
		made, why := f.made(b, r)
		if made && why == "" {
			made, why = f.called(r, 3)
		}
		if why != "" {
			c.Unresolved = why
		}
		if made {
			out = append(out, c)
		}
	}
	return out
}

// caller is a module block that calls a folder of the repository.
type caller struct {
	from *folder
	call *block
}

// callers gives the module blocks that call the folder.
func (f *folder) callers(r *reader) (out []caller) {
	for _, name := range sortedKeys(r.folders) {
		from, call := r.folders[name], 0
		for _, b := range from.blocks {
			if b.typ != "module" {
				continue
			}
			if from != f && call < len(from.root.Modules) && from.root.Modules[call].Local == f.path {
				out = append(out, caller{from, b})
			}
			call++
		}
	}
	return out
}

// called reports whether any of the folder's callers calls it, by their counts.
func (f *folder) called(r *reader, depth int) (made bool, unresolved string) {
	callers := f.callers(r)
	for _, c := range callers {
		there, why := c.from.made(c.call, r)
		if there && why == "" && depth > 0 {
			there, why = c.from.called(r, depth-1)
		}
		if there && why == "" {
			return true, ""
		}
		made = made || there
		unresolved = cmp.Or(unresolved, why)
	}
	return made || len(callers) == 0, unresolved
}

// given drops the variables to which every caller of the folder gives a value that is known.
func (f *folder) given(r *reader, open []string) (out []string) {
	callers := f.callers(r)
	for _, name := range open {
		if len(callers) == 0 || slices.ContainsFunc(callers, func(c caller) bool {
			e := attrOf(c.call.body, name)
			return e == nil || len(c.from.open(e, 8)) > 0
		}) {
			out = append(out, name)
		}
	}
	return out
}

// calls gives the tool by which a resource calls somebody, or why it can't be told;
// both empty where it calls nobody.
func (f *folder) calls(b *block) (tool, unresolved string) {
	typ := b.label(0)
	if slices.Contains(notCalls, typ) {
		return "", ""
	}
	for _, t := range callTools {
		rest, ok := strings.CutPrefix(typ, t.prefix)
		if ok && slices.ContainsFunc(t.kinds, func(k string) bool { return strings.HasPrefix(rest, k) }) {
			return t.tool, ""
		}
	}
	if typ == "grafana_contact_point" {
		for _, name := range []string{"pagerduty", "opsgenie", "victorops", "oncall"} {
			if len(nestedBodies(b.body, name)) > 0 {
				return map[string]string{"pagerduty": "PagerDuty", "opsgenie": "Opsgenie", "victorops": "Splunk On-Call", "oncall": "Grafana OnCall"}[name], ""
			}
		}
	}
	where, ok := receivers[typ]
	if !ok {
		return "", ""
	}
	bodies := []hcl.Body{b.body}
	if where[0] != "" {
		bodies = nestedBodies(b.body, where[0])
	}
	for _, body := range bodies {
		e := attrOf(body, where[1])
		if e == nil {
			continue
		}
		v, _ := f.scope.eval(e)
		if tool = toolNamed(v.literal()); tool != "" {
			return tool, ""
		}
		// A variable called after a pager, whose value nobody gives.
		for _, name := range f.open(e, 8) {
			if tool = toolNamed(name); tool != "" {
				return tool, where[1] + " is var." + name + ", which has no default"
			}
		}
	}
	return "", ""
}

// nestedBodies gives the bodies of the blocks of a type, dynamic ones included.
func nestedBodies(body hcl.Body, typ string) (out []hcl.Body) {
	native, ok := body.(*hclsyntax.Body)
	if !ok {
		content, _, _ := body.PartialContent(&hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{{Type: typ}}})
		if content != nil {
			for _, b := range content.Blocks {
				out = append(out, b.Body)
			}
		}
		return out
	}
	for _, b := range native.Blocks {
		switch {
		case b.Type == typ:
			out = append(out, b.Body)
		case b.Type == "dynamic" && len(b.Labels) == 1 && b.Labels[0] == typ:
			out = append(out, nestedBodies(b.Body, "content")...)
		}
	}
	return out
}

// made reports whether a block's count or for_each makes anything, and why that can't
// be told.
func (f *folder) made(b *block, r *reader) (made bool, unresolved string) {
	for _, name := range []string{"count", "for_each"} {
		e := attrOf(b.body, name)
		if e == nil {
			continue
		}
		if open := f.given(r, f.open(e, 8)); len(open) > 0 {
			return true, name + " depends on var." + open[0] + ", which has no default"
		}
		if !f.zero(e, 8) {
			continue
		}
		if r.variables[f.path] || f.decided(r, e) {
			return true, name + " makes none by the defaults, and a variables file or a caller may say otherwise"
		}
		return false, ""
	}
	return true, ""
}

// decided reports whether a caller gives a value to one of an expression's variables.
func (f *folder) decided(r *reader, e hcl.Expression) bool {
	return slices.ContainsFunc(f.callers(r), func(c caller) bool {
		return slices.ContainsFunc(e.Variables(), func(t hcl.Traversal) bool {
			if len(t) < 2 || t.RootName() != "var" {
				return false
			}
			name, ok := t[1].(hcl.TraverseAttr)
			return ok && attrOf(c.call.body, name.Name) != nil
		})
	})
}

// open gives the variables without a default that an expression depends on.
func (f *folder) open(e hcl.Expression, depth int) (out []string) {
	if depth == 0 {
		return nil
	}
	for _, t := range e.Variables() {
		if len(t) < 2 {
			continue
		}
		name, ok := t[1].(hcl.TraverseAttr)
		if !ok {
			continue
		}
		switch t.RootName() {
		case "var":
			if f.scope.defaults[name.Name] == nil {
				out = append(out, name.Name)
			}
		case "local":
			if l := f.scope.locals[name.Name]; l != nil {
				out = append(out, f.open(l, depth-1)...)
			}
		}
		if len(out) > 20 {
			break
		}
	}
	return out
}

// zero reports whether an expression is known to make nothing: 0, an empty list or map,
// or a choice whose condition is known to lead there.
func (f *folder) zero(e hcl.Expression, depth int) bool {
	if depth == 0 {
		return false
	}
	switch e := e.(type) {
	case *hclsyntax.ParenthesesExpr:
		return f.zero(e.Expression, depth-1)
	case *hclsyntax.TupleConsExpr:
		return len(e.Exprs) == 0
	case *hclsyntax.ObjectConsExpr:
		return len(e.Items) == 0
	case *hclsyntax.FunctionCallExpr:
		return slices.Contains([]string{"toset", "tomap", "tolist"}, e.Name) && len(e.Args) == 1 && f.zero(e.Args[0], depth-1)
	case *hclsyntax.ConditionalExpr:
		switch c, known := f.truth(e.Condition, depth-1); {
		case !known:
			return false
		case c:
			return f.zero(e.TrueResult, depth-1)
		}
		return f.zero(e.FalseResult, depth-1)
	case *hclsyntax.ScopeTraversalExpr:
		if next := f.refers(e); next != nil {
			return f.zero(next, depth-1)
		}
	}
	v, ok := f.scope.eval(e)
	return ok && v.known() && (v == "0" || v == "false")
}

// refers gives the default or the local that a reference stands for.
func (f *folder) refers(e *hclsyntax.ScopeTraversalExpr) hcl.Expression {
	if len(e.Traversal) != 2 {
		return nil
	}
	name, ok := e.Traversal[1].(hcl.TraverseAttr)
	if !ok {
		return nil
	}
	switch e.Traversal.RootName() {
	case "var":
		return f.scope.defaults[name.Name]
	case "local":
		return f.scope.locals[name.Name]
	}
	return nil
}

// truth evaluates a condition as far as switches go: a boolean, its negation, a
// comparison with a literal.
func (f *folder) truth(e hcl.Expression, depth int) (value, known bool) {
	if depth == 0 {
		return false, false
	}
	switch e := e.(type) {
	case *hclsyntax.ParenthesesExpr:
		return f.truth(e.Expression, depth-1)
	case *hclsyntax.UnaryOpExpr:
		v, known := f.truth(e.Val, depth-1)
		return !v, known && e.Op == hclsyntax.OpLogicalNot
	case *hclsyntax.BinaryOpExpr:
		l, lok := f.scope.eval(e.LHS)
		r, rok := f.scope.eval(e.RHS)
		if !lok || !rok || !l.known() || !r.known() {
			return false, false
		}
		switch e.Op {
		case hclsyntax.OpEqual:
			return l == r, true
		case hclsyntax.OpNotEqual:
			return l != r, true
		}
		return false, false
	}
	v, ok := f.scope.eval(e)
	return v == "true", ok && (v == "true" || v == "false")
}
