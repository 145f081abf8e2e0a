package terraform

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/seaworthy-dev/seaworthy/reader/slo"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// datadog reads a datadog_service_level_objective: one objective for each timeframe.
func (k *goalKeeper) datadog(x *instance, b *block) (out []*goal) {
	add := func(p part, target, timeframe string) {
		g := newGoal(x, b, "datadog", "name")
		g.target(p.x, p.block, target, 1)
		if g.rolling(p.x, p.block, timeframe, ""); g.Window.Text == "custom" {
			g.Window = scorecard.Window{Text: "${custom}"} // which is set in Datadog
		}
		g.Indicator = datadogSLI(x, b)
		for _, tag := range x.list(b, "tags") {
			if name, value, ok := strings.Cut(withoutHoles(tag), ":"); ok {
				g.labels.Set(name, value)
			}
		}
		out = append(out, g)
	}
	for _, p := range x.parts(b, "thresholds") {
		add(p, "target", "timeframe")
	}
	if len(out) == 0 {
		add(part{b, x, false}, "target_threshold", "timeframe")
	}
	return several(out, func(g *goal) string { return g.Window.Text })
}

// datadogSLI: events, slices of time, or the time that monitors are quiet, which compare
// with thresholds of their own.
func datadogSLI(x *instance, b *block) (s scorecard.SLI) {
	if q, ok := x.one(b, "query"); ok {
		s.Good, s.Total = q.x.says(q.block, "numerator"), q.x.says(q.block, "denominator")
	}
	if _, ok := x.attribute(b, "monitor_ids"); ok {
		s.Threshold = true
	}
	spec, ok := x.one(b, "sli_specification")
	if !ok {
		return s
	}
	if slice, ok := spec.x.one(spec.block, "time_slice"); ok {
		_, s.Threshold = slice.x.attribute(slice.block, "threshold")
		for _, q := range slice.x.parts(slice.block, "query") {
			for _, inner := range q.x.parts(q.block, "query") {
				for _, m := range inner.x.parts(inner.block, "metric_query") {
					s.Raw = m.x.says(m.block, "query")
				}
			}
		}
	}
	if count, ok := spec.x.one(spec.block, "count"); ok {
		s.Good, s.Bad, s.Total = formula(count, "good_events_formula"), formula(count, "bad_events_formula"), formula(count, "total_events_formula")
		for _, q := range count.x.parts(count.block, "queries") {
			for _, m := range q.x.parts(q.block, "metric_query") {
				s.Total = strings.TrimSpace(s.Total + " " + m.x.says(m.block, "query"))
			}
		}
	}
	return s
}

// formula is an attribute, or a nested block with an expression of that name.
func formula(p part, name string) string {
	if text := p.x.says(p.block, name); text != "" {
		return text
	}
	if f, ok := p.x.one(p.block, name); ok {
		return f.x.says(f.block, "formula_expression")
	}
	return ""
}

// list are the texts of a list, with holes for what is not known.
func (x *instance) list(b *block, name string) (out []string) {
	e := exprOf(b, name)
	if e == nil {
		return nil
	}
	if tuple, ok := e.(*hclsyntax.TupleConsExpr); ok {
		for i, item := range tuple.Exprs {
			if steps := maxNodes; i < maxTurns {
				out = append(out, x.textOf(item, maxChain, &steps))
			}
		}
		return out
	}
	return listOf(x.value(e))
}

// newrelic reads a newrelic_service_level.
func (k *goalKeeper) newrelic(x *instance, b *block) []*goal {
	g := newGoal(x, b, "newrelic", "name")
	if o, ok := x.one(b, "objective"); ok {
		g.target(o.x, o.block, "target", 1)
		if w, ok := o.x.one(o.block, "time_window"); ok {
			if r, ok := w.x.one(w.block, "rolling"); ok {
				unit := strings.ToLower(r.x.says(r.block, "unit"))
				g.rolling(r.x, r.block, "count", map[string]string{"day": "d", "": "d", "week": "w", "month": "M"}[unit])
			}
		}
	}
	if events, ok := x.one(b, "events"); ok {
		query := func(typ string) string {
			p, ok := events.x.one(events.block, typ)
			if !ok {
				return ""
			}
			from, where := p.x.says(p.block, "from"), p.x.says(p.block, "where")
			if where != "" {
				from += " WHERE " + where
			}
			return from
		}
		g.Indicator = scorecard.SLI{Good: query("good_events"), Bad: query("bad_events"), Total: query("valid_events")}
	}
	if e, ok := exprOf(b, "guid").(hclsyntax.Expression); ok {
		for _, s := range x.f.blocks {
			if (s.typ == "data" || s.typ == "resource") && strings.HasPrefix(s.label(0), "newrelic_") && x.leads(e, s) {
				g.labels.Set("entity", withoutHoles(x.says(s, "name")))
			}
		}
	}
	return []*goal{g}
}

// grafana reads a grafana_slo: one objective for each of its objectives.
func (k *goalKeeper) grafana(x *instance, b *block) (out []*goal) {
	var sli scorecard.SLI
	if q, ok := x.one(b, "query"); ok {
		sli.Raw = q.x.says(q.block, "freeform_query")
		if f, ok := q.x.one(q.block, "freeform"); ok {
			sli.Raw = f.x.says(f.block, "query")
		}
		if r, ok := q.x.one(q.block, "ratio"); ok {
			sli.Good, sli.Total = r.x.says(r.block, "success_metric"), r.x.says(r.block, "total_metric")
		}
		if r, ok := q.x.one(q.block, "failure_ratio"); ok {
			sli.Bad, sli.Total = r.x.says(r.block, "failure_metric"), r.x.says(r.block, "total_metric")
		}
		if r, ok := q.x.one(q.block, "grafana_queries"); ok {
			sli.Raw = r.x.says(r.block, "grafana_queries")
		}
	}
	burn := ""
	for _, a := range x.parts(b, "alerting") { // an empty block makes the alerts too
		if burn = "windows"; a.open {
			burn = "open"
		}
	}
	objectives := x.parts(b, "objectives")
	if len(objectives) == 0 {
		objectives = []part{{b, x, false}}
	}
	for _, p := range objectives {
		g := newGoal(x, b, "grafana", "name")
		g.Indicator, g.BurnRate = sli, burn
		g.target(p.x, p.block, "value", 100)
		g.rolling(p.x, p.block, "window", "")
		for _, l := range append(x.parts(b, "label"), x.parts(b, "labels")...) {
			g.labels.Set(l.x.says(l.block, "key"), withoutHoles(l.x.says(l.block, "value")))
		}
		out = append(out, g)
	}
	return several(out, func(g *goal) string { return g.TargetText + " over " + g.Window.Text })
}

// dynatrace reads a dynatrace_slo_v2, and a dynatrace_slo before it. One that is switched
// off measures nothing.
func (k *goalKeeper) dynatrace(x *instance, b *block) []*goal {
	if x.off(b, "enabled", "false") || x.off(b, "disabled", "true") {
		return nil
	}
	g := newGoal(x, b, "dynatrace", "name", "metric_name")
	for _, name := range []string{"target", "target_success"} {
		g.target(x, b, name, 1)
	}
	for _, name := range []string{"timeframe", "evaluation_window"} {
		if text := x.says(b, name); text != "" {
			g.Window = dynatraceWindow(text, exprOf(b, name))
		}
	}
	g.Indicator = scorecard.SLI{Good: x.says(b, "numerator"), Total: x.says(b, "denominator"), Raw: x.says(b, "metric_expression")}
	if g.Indicator.Raw == "" {
		g.Indicator.Raw = x.says(b, "rate")
	}
	filter := withoutHoles(x.says(b, "filter"))
	g.labels.Query(filter)
	g.labels.Set("entity", slo.EntityOf(filter))
	return []*goal{g}
}

// dynatraceWindow reads "-1w", "now-30d", and "-1M/M", which starts with the calendar's month.
func dynatraceWindow(text string, e hcl.Expression) scorecard.Window {
	if strings.Contains(text, hole) {
		return scorecard.Window{Text: written(e)}
	}
	length, unit, aligned := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(text, "now"), "-"), "/")
	w := slo.Rolling(length)
	w.Text = text
	if aligned {
		w.Calendar, w.Unit = true, map[string]string{"d": "day", "w": "week", "M": "month", "q": "quarter", "Q": "quarter", "y": "year"}[unit]
	}
	return w
}
