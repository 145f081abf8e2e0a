package terraform

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
)

// alerts reads the resources that alert on the burn rate of objectives.
func (k *goalKeeper) alerts(x *instance) {
	for _, b := range x.f.blocks {
		if b.typ != "resource" {
			continue
		}
		switch b.label(0) {
		case "google_monitoring_alert_policy":
			for _, y := range x.turns(b) {
				if !y.off(b, "enabled", "false") {
					k.googlePolicy(x, y, b)
				}
			}
		case "datadog_monitor":
			for _, y := range x.turns(b) {
				k.datadogMonitor(x, y, b)
			}
		case "newrelic_nrql_alert_condition":
			if n, _ := x.made(b); n > 0 && !x.off(b, "enabled", "false") {
				k.newrelicCondition(x, b)
			}
		}
	}
}

// lookback is the time that Google's selector looks back.
var lookback = lazyregexp.New(`select_slo_burn_rate\([^,]*,\s*["']?([0-9]+)\s*([smhd]?)`)

// googlePolicy: each condition looks over one window.
func (k *goalKeeper) googlePolicy(x, turn *instance, b *block) {
	for _, c := range turn.parts(b, "conditions") {
		for _, t := range c.x.parts(c.block, "condition_threshold") {
			filter := t.x.says(t.block, "filter")
			if !strings.Contains(filter, "select_slo_burn_rate") {
				continue
			}
			window := ""
			if m := lookback.FindStringSubmatch(filter); m != nil {
				window = m[1] + m[2]
				if m[2] == "" {
					window += "s"
				}
			}
			k.burns("google", x, filter, []*block{b}, exprOf(t.block, "filter"), window)
		}
	}
}

var (
	datadogWindow = lazyregexp.New(`(?:long|short)_window\(\\?["']([^"'\\]*)`)
	datadogOver   = lazyregexp.New(`over\(\\?["']([^"'\\]*)`)
)

// datadogMonitor: one monitor looks over a long and a short window.
func (k *goalKeeper) datadogMonitor(x, turn *instance, b *block) {
	query := turn.says(b, "query")
	if !strings.Contains(query, "burn_rate(") {
		return
	}
	var windows []string
	for i, m := range datadogWindow.FindAllStringSubmatch(query, 4) {
		if strings.Contains(m[1], hole) {
			m[1] = []string{"long", "short", "", ""}[i] // not known, but surely not the same
		}
		windows = append(windows, m[1])
	}
	if m := datadogOver.FindStringSubmatch(query); m != nil && len(windows) == 0 {
		windows = []string{m[1]}
	}
	k.burns("datadog", x, query, []*block{b}, exprOf(b, "query"), windows...)
}

// newrelicCondition: New Relic's helper makes the query of a condition, over an hour for a
// fast burn and over six for a slow one.
func (k *goalKeeper) newrelicCondition(x *instance, b *block) {
	for _, h := range x.f.blocks {
		if h.typ != "data" || h.label(0) != "newrelic_service_level_alert_helper" || !x.reaches(b, h) {
			continue
		}
		var windows []string
		for _, y := range x.turns(h) {
			switch typ := y.says(h, "alert_type"); typ {
			case "fast_burn":
				windows = append(windows, "1h")
			case "slow_burn":
				windows = append(windows, "6h")
			case "custom":
				windows = append(windows, y.says(h, "custom_evaluation_period")+"m")
			default:
				windows = append(windows, "")
			}
		}
		k.burns("newrelic", x, "", []*block{h}, exprOf(h, "sli_guid"), windows...)
	}
}

// reaches reports whether the query of a condition, or what it is made for, leads to a block.
func (x *instance) reaches(b, to *block) bool {
	exprs := []hcl.Expression{exprOf(b, "for_each")}
	for _, q := range x.parts(b, "nrql") {
		exprs = append(exprs, exprOf(q.block, "query"))
	}
	return slices.ContainsFunc(exprs, func(e hcl.Expression) bool {
		native, ok := e.(hclsyntax.Expression)
		return ok && x.leads(native, to)
	})
}

// burns notes an alert over those windows for the objectives that its expression, or what
// its block is made for, leads to, or whose id stands in its text. An empty window is one
// that files do not tell.
func (k *goalKeeper) burns(format string, x *instance, text string, blocks []*block, e hcl.Expression, windows ...string) {
	exprs := []hcl.Expression{e}
	for _, b := range blocks {
		exprs = append(exprs, exprOf(b, "for_each"))
	}
	linked := false
	for _, g := range k.goals {
		if g.Format != format {
			continue
		}
		mine := g.x == x && slices.ContainsFunc(exprs, func(e hcl.Expression) bool {
			native, ok := e.(hclsyntax.Expression)
			return ok && x.leads(native, g.b)
		})
		if id := g.id; !mine && id != "" && g.x.root == x.root {
			mine = strings.Contains(text, "/serviceLevelObjectives/"+id+`"`) || strings.Contains(text, `burn_rate("`+id+`"`)
		}
		if !mine {
			continue
		}
		linked = true
		for _, w := range windows {
			if w == "" || strings.Contains(w, hole) {
				g.burn.Open()
			} else {
				g.burn.Over(w)
			}
		}
	}
	if !linked {
		k.loose[[2]string{format, x.root}] = true
	}
}

// leads reports whether an expression refers to a block of its module, through locals too.
func (x *instance) leads(e hclsyntax.Expression, to *block) bool {
	steps := maxNodes
	return x.leadsTo(e, to, 6, &steps)
}

func (x *instance) leadsTo(e hclsyntax.Expression, to *block, depth int, steps *int) bool {
	if *steps--; depth <= 0 || *steps < 0 {
		return false
	}
	for _, t := range e.Variables() {
		var names []string
		for _, step := range t {
			switch s := step.(type) {
			case hcl.TraverseRoot:
				names = append(names, s.Name)
			case hcl.TraverseAttr:
				names = append(names, s.Name)
			}
		}
		if to.typ == "data" && names[0] == "data" {
			names = names[1:]
		} else if to.typ == "data" || names[0] == "data" {
			continue
		}
		if len(names) >= 2 && names[0] == to.label(0) && names[1] == to.label(1) {
			return true
		}
		if len(names) >= 2 && names[0] == "local" {
			if local, ok := x.f.scope.locals[names[1]].(hclsyntax.Expression); ok && x.leadsTo(local, to, depth-1, steps) {
				return true
			}
		}
	}
	return false
}
