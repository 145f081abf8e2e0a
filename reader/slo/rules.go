package slo

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/reader/promql"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// FromRules appends an objective for each set of alerting rules that compare one error
// ratio with a budget over a long and a short window: who writes those has an objective,
// wherever else it is written down. How an alert is called makes none. Rules that Sloth or
// Pyrra made of an objective that is read itself are that one.
func FromRules(facts *scorecard.Facts) {
	r := rules{facts: facts, recorded: map[string]*scorecard.Recording{}, at: map[string]int{}}
	for i := range facts.Recordings {
		r.recorded[facts.Recordings[i].Name] = &facts.Recordings[i]
	}
	for i := range facts.Alerts {
		if a := &facts.Alerts[i]; len(a.BurnRate) > 0 && !r.generated(a) {
			r.add(a)
		}
	}
	for _, s := range r.sets {
		facts.SLOs = append(facts.SLOs, r.objective(s))
	}
}

// rules collects alerts by the objective that they watch.
type rules struct {
	facts    *scorecard.Facts
	recorded map[string]*scorecard.Recording
	sets     [][]*scorecard.Alert
	at       map[string]int // in sets, by what makes alerts watch the same
}

// generated reports whether an alert was made of an objective that is read from its own file.
func (r *rules) generated(a *scorecard.Alert) bool {
	return slices.ContainsFunc(r.facts.SLOs, func(o scorecard.Objective) bool {
		switch o.Format {
		case "sloth":
			return o.Name != "" && valueOf(a, "sloth_slo") == o.Name && valueOf(a, "sloth_service") == o.Service
		case "pyrra":
			return o.Name != "" && valueOf(a, "slo") == o.Name
		}
		return false
	})
}

// valueOf is a label that an alert has, or selects by.
func valueOf(a *scorecard.Alert, label string) string {
	if v := a.Labels[label]; v != "" {
		return v
	}
	for _, s := range a.Selects {
		if s.Label == label && !s.Regex {
			return s.Value
		}
	}
	return ""
}

// add puts an alert with those of the same place that compare the same series.
func (r *rules) add(a *scorecard.Alert) {
	var series []string
	for _, m := range a.Metrics {
		series = append(series, promql.Stem(m))
	}
	for _, s := range a.Selects {
		series = append(series, s.Label+"="+s.Value)
	}
	slices.Sort(series)
	key := fmt.Sprintf("%s\x00%v\x00%s\x00%q", a.Location.Path, a.Location.Object, a.Location.Form, slices.Compact(series))
	if i, have := r.at[key]; have {
		r.sets[i] = append(r.sets[i], a)
		return
	}
	r.at[key] = len(r.sets)
	r.sets = append(r.sets, []*scorecard.Alert{a})
}

// objective is what a set of alerts says of the objective that it watches.
func (r *rules) objective(set []*scorecard.Alert) scorecard.Objective {
	a := set[0]
	o := scorecard.Objective{Location: a.Location, Format: "prometheus", Name: a.Name, Service: valueOf(a, "sloth_service"), BurnRate: "windows"}
	names := []string{a.Group}
	var pairs []scorecard.BurnWindows
	for _, x := range set {
		names = append(names, x.Name)
		pairs = append(pairs, x.BurnRate...)
	}
	for _, label := range []string{"slo", "slo_name", "sloth_slo", "objective"} {
		if v := valueOf(a, label); v != "" && !strings.Contains(v, "{{") {
			o.Name = v
			names = append(names, v)
			break
		}
	}
	o.Target, o.TargetText = budgetOf(pairs)
	o.Window = windowOf(pairs)
	o.Indicator.Raw = Clip(a.Expr)
	queries := []string{strings.ReplaceAll(a.Expr, "sli_error", "")} // Sloth's name for any of them
	for _, m := range a.Metrics {
		if rec := r.recorded[m]; rec != nil {
			queries = append(queries, rec.Expr)
		}
	}
	o.Indicator.Kind = KindOf(names, scorecard.SLI{Raw: strings.Join(queries, "\n")})
	var ls Labels
	for _, q := range queries {
		ls.Query(q)
	}
	o.Labels = ls
	return o
}

// budgetOf is the objective that thresholds are a multiple of the budget of, where that is
// written and all agree.
func budgetOf(pairs []scorecard.BurnWindows) (target *float64, text string) {
	budget := 0.0
	for _, p := range pairs {
		if p.Budget == 0 || budget != 0 && math.Abs(p.Budget-budget) > 1e-9 {
			return nil, "${budget}"
		}
		budget = p.Budget
	}
	t := math.Round((1-budget)*100*1e6) / 1e6
	return &t, fmt.Sprintf("%g%%", t)
}

// shares of the budget are what Google's workbook has burnt over a window before an alert
// fires, by the window's hours.
var shares = map[float64]float64{1: 0.02, 6: 0.05, 24: 0.10, 72: 0.10}

// windowOf is the objective's window as the factors are made for: 14.4 over an hour is two
// per cent of thirty days. Where they are not, or do not agree, rules don't tell.
func windowOf(pairs []scorecard.BurnWindows) scorecard.Window {
	days := 0.0
	for _, p := range pairs {
		share := shares[p.Long/3600]
		if share == 0 || p.Factor == 0 {
			return scorecard.Window{Text: "${window}"}
		}
		d := p.Factor * p.Long / 86400 / share
		if days != 0 && math.Abs(d-days) > 0.02*days {
			return scorecard.Window{Text: "${window}"}
		}
		days = d
	}
	days = math.Round(days)
	return scorecard.Window{Text: fmt.Sprintf("%gd", days), Days: days}
}
