package terraform

import (
	"bytes"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/seaworthy-dev/seaworthy/reader/slo"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// goal is an objective that a resource declares.
type goal struct {
	scorecard.Objective
	x    *instance // as its module is used, whatever the turn
	b    *block
	burn slo.Burning
	// names are by what it is called, which may say what it measures.
	names  []string
	labels slo.Labels
	// id is by what other tools know it, where the file says that.
	id string
}

// goalTypes are the resources that declare objectives, and who reads each.
var goalTypes = map[string]func(*goalKeeper, *instance, *block) []*goal{
	"google_monitoring_slo":           (*goalKeeper).google,
	"datadog_service_level_objective": (*goalKeeper).datadog,
	"newrelic_service_level":          (*goalKeeper).newrelic,
	"grafana_slo":                     (*goalKeeper).grafana,
	"dynatrace_slo_v2":                (*goalKeeper).dynatrace,
	"dynatrace_slo":                   (*goalKeeper).dynatrace,
}

// namesObjective reports whether a text may hold one of these.
func namesObjective(data []byte) bool {
	for typ := range goalTypes {
		if bytes.Contains(data, []byte(typ)) {
			return true
		}
	}
	return false
}

// maxGoals is how many objectives of one repository's Terraform are kept.
const maxGoals = 2_000

// goalKeeper collects objectives.
type goalKeeper struct {
	goals []*goal
	// loose are the formats and roots with a burn-rate alert on an objective that is named
	// where files do not tell.
	loose map[[2]string]bool
	more  bool // than are kept
}

// objectives appends the objectives that resources declare, once for each use of their
// module, with what is known of the alerts on their burn rate.
func (r *reader) objectives(all []*instance) {
	r.goalsElsewhere()
	k := &goalKeeper{loose: map[[2]string]bool{}}
	for _, x := range all {
		if r.ctx.Err() != nil {
			return
		}
		r.collect(k, x)
	}
	if len(k.goals) == 0 {
		return
	}
	for _, x := range all {
		k.alerts(x)
	}
	for _, g := range k.goals {
		r.into.SLOs = append(r.into.SLOs, g.finish(k.loose[[2]string{g.Format, g.x.root}]))
	}
}

// collect adds the objectives of one use of a module.
func (r *reader) collect(k *goalKeeper, x *instance) {
	for _, b := range x.f.blocks {
		read := goalTypes[b.label(0)]
		line, broken := r.broken[b.path]
		if b.typ != "resource" || read == nil || broken && b.last >= line {
			continue // of a block that broke off nothing can be said to be missing
		}
		for _, y := range x.turns(b) {
			if len(k.goals) >= maxGoals {
				k.full(r, b)
				return
			}
			for _, g := range read(k, y, b) {
				g.x, g.b, g.Address = x, b, b.label(1)
				k.goals = append(k.goals, g)
			}
		}
	}
}

// full notes once that there are more objectives than are kept.
func (k *goalKeeper) full(r *reader, b *block) {
	if !k.more {
		r.t.Gap(scorecard.Gap{Location: b.location(), Hides: []scorecard.Family{scorecard.Objectives}, Reason: "too-many",
			Message: fmt.Sprintf("Terraform declares more than %d objectives; those from %s on are not read", maxGoals, b.location())})
	}
	k.more = true
}

// goalWords name modules that make objectives.
var goalWords = []string{"slo", "slos", "sli", "slis", "objectives"}

// goalsElsewhere notes modules that by their name make objectives, and that stand in
// another repository.
func (r *reader) goalsElsewhere() {
	for _, name := range sortedKeys(r.folders) {
		for _, m := range r.folders[name].root.Modules {
			from, _, _ := strings.Cut(m.Source, "?")
			words := splitWords(m.Name + "-" + path.Base(from))
			if m.Local != "" || !slices.ContainsFunc(words, func(w string) bool { return slices.Contains(goalWords, w) }) {
				continue
			}
			r.t.Gap(scorecard.Gap{Location: m.Location, Hides: []scorecard.Family{scorecard.Objectives}, Reason: "remote",
				Message: fmt.Sprintf("%s: module %s comes from elsewhere, so that the objectives which it makes are not seen; connect its repository", m.Location, m.Name)})
		}
	}
}

// newGoal is one objective of a resource, by the first of the attributes that names it.
func newGoal(x *instance, b *block, format string, names ...string) *goal {
	g := &goal{Objective: scorecard.Objective{Location: b.location(), Format: format, Name: b.label(1)}}
	for i := len(names) - 1; i >= 0; i-- {
		if text := x.says(b, names[i]); text != "" {
			g.names = append(g.names, text)
			if name := strings.TrimSpace(strings.ReplaceAll(text, hole, "…")); strings.Trim(name, "…-_ []:/") != "" {
				g.Name = name
			}
		}
	}
	g.names = append(g.names, b.label(1))
	return g
}

// finish makes the fact: what stands for what files do not tell is shown as such.
func (g *goal) finish(loose bool) scorecard.Objective {
	o := g.Objective
	if o.BurnRate == "" {
		if loose {
			g.burn.Open()
		}
		o.BurnRate = g.burn.State()
	}
	if o.Indicator.Kind == "" {
		o.Indicator.Kind = slo.KindOf(g.names, o.Indicator)
	}
	for _, q := range []*string{&o.Indicator.Good, &o.Indicator.Bad, &o.Indicator.Total, &o.Indicator.Raw} {
		g.labels.Query(withoutHoles(*q))
		*q = slo.Clip(strings.ReplaceAll(*q, hole, "…"))
	}
	o.Labels = g.labels
	return o
}

// withoutHoles leaves out the words that are not wholly known: a part of a service's name
// is another's.
func withoutHoles(text string) string {
	if !strings.Contains(text, hole) {
		return text
	}
	inWord := func(c byte) bool { return !strings.ContainsRune(" \t\n,{}()\"'`", rune(c)) }
	out := []byte(text)
	for i := 0; i < len(out); i++ {
		if out[i] != hole[0] {
			continue
		}
		first, last := i, i+1
		for first > 0 && inWord(out[first-1]) {
			first--
		}
		for last < len(out) && inWord(out[last]) {
			last++
		}
		for j := first; j < last; j++ {
			if out[j] != hole[0] {
				out[j] = ' '
			}
		}
		out[i] = ' '
		i = first
	}
	return string(out)
}

// target reads a number; factor is 100 where the format writes a fraction.
func (g *goal) target(x *instance, b *block, name string, factor int64) {
	v, ok := x.attribute(b, name)
	if !ok {
		return
	}
	n, err := convert.Convert(v, cty.Number)
	switch {
	case err != nil && v.IsKnown():
		g.TargetText, _ = plainText(v)
	case err != nil || !n.IsKnown():
		g.TargetText = written(exprOf(b, name))
	default:
		g.TargetText = n.AsBigFloat().Text('g', 12)
		f, _ := n.Multiply(cty.NumberIntVal(factor)).AsBigFloat().Float64()
		f = float64(int64(f*1e9+0.5)) / 1e9
		g.Target = &f
	}
}

// rolling reads a window that is a duration: "30d". An empty one says nothing.
func (g *goal) rolling(x *instance, b *block, name, unit string) {
	if _, ok := x.attribute(b, name); !ok {
		return
	}
	text := x.says(b, name)
	if strings.Contains(text, hole) {
		g.Window = scorecard.Window{Text: written(exprOf(b, name))}
		return
	}
	g.Window = slo.Rolling(text + unit)
}

// calendar is the window of that unit.
func calendar(text, unit string, days float64) scorecard.Window {
	return scorecard.Window{Text: text, Days: days, Calendar: true, Unit: unit}
}

// several names the objectives of one resource that has more than one of something.
func several(goals []*goal, what func(*goal) string) []*goal {
	if len(goals) > 1 {
		for _, g := range goals {
			g.Name = fmt.Sprintf("%s: %s", g.Name, what(g))
		}
	}
	return goals
}

// off reports whether an attribute is surely that value.
func (x *instance) off(b *block, name, value string) bool {
	return x.says(b, name) == value
}
