package terraform

import (
	"cmp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// google reads a google_monitoring_slo. Its service is another resource, which says what
// it stands for.
func (k *goalKeeper) google(x *instance, b *block) []*goal {
	g := newGoal(x, b, "google", "display_name", "slo_id")
	g.target(x, b, "goal", 100)
	g.rolling(x, b, "rolling_period_days", "d")
	if period := x.says(b, "calendar_period"); period != "" {
		g.Window = googleCalendar(period)
	}
	if id := x.says(b, "slo_id"); !strings.Contains(id, hole) {
		g.id = id
	}
	g.googleService(x, b)
	if basic, ok := x.one(b, "basic_sli"); ok {
		g.Indicator = basicSLI(basic)
	}
	if p, ok := x.one(b, "request_based_sli"); ok {
		g.Indicator = requestSLI(p)
	}
	if p, ok := x.one(b, "windows_based_sli"); ok {
		g.Indicator = windowsSLI(p)
	}
	return []*goal{g}
}

func googleCalendar(period string) scorecard.Window {
	switch period {
	case "DAY":
		return calendar(period, "day", 1)
	case "WEEK":
		return calendar(period, "week", 7)
	case "FORTNIGHT":
		return scorecard.Window{Text: period, Days: 14, Calendar: true}
	case "MONTH":
		return calendar(period, "month", 30)
	}
	return scorecard.Window{Text: strings.ReplaceAll(period, hole, "${…}")}
}

// basicSLI is one that Google measures by itself, of the requests to a service that it knows.
func basicSLI(p part) scorecard.SLI {
	s := scorecard.SLI{Plugin: "basic_sli", Kind: "availability"}
	if _, ok := p.x.one(p.block, "latency"); ok {
		s.Kind, s.Threshold = "latency", true
	}
	return s
}

// requestSLI counts requests: good or bad ones out of all, or those in a range of a distribution.
func requestSLI(p part) (s scorecard.SLI) {
	if r, ok := p.x.one(p.block, "good_total_ratio"); ok {
		return ratioSLI(r)
	}
	if d, ok := p.x.one(p.block, "distribution_cut"); ok {
		return cutSLI(d)
	}
	return s
}

func ratioSLI(r part) scorecard.SLI {
	return scorecard.SLI{Good: r.x.says(r.block, "good_service_filter"), Bad: r.x.says(r.block, "bad_service_filter"), Total: r.x.says(r.block, "total_service_filter")}
}

// cutSLI is good within a range of values: a distribution of latencies, mostly.
func cutSLI(d part) scorecard.SLI {
	_, ranged := d.x.one(d.block, "range")
	return scorecard.SLI{Total: d.x.says(d.block, "distribution_filter"), Threshold: ranged}
}

// windowsSLI counts windows of time that were good.
func windowsSLI(p part) scorecard.SLI {
	if q := p.x.says(p.block, "good_bad_metric_filter"); q != "" {
		return scorecard.SLI{Raw: q}
	}
	for _, name := range []string{"metric_mean_in_range", "metric_sum_in_range"} {
		if m, ok := p.x.one(p.block, name); ok {
			_, ranged := m.x.one(m.block, "range")
			return scorecard.SLI{Raw: m.x.says(m.block, "time_series"), Threshold: ranged}
		}
	}
	t, ok := p.x.one(p.block, "good_total_ratio_threshold")
	if !ok {
		return scorecard.SLI{}
	}
	if q, ok := t.x.one(t.block, "performance"); ok {
		s := requestSLI(q)
		s.Threshold = true
		return s
	}
	if q, ok := t.x.one(t.block, "basic_sli_performance"); ok {
		return basicSLI(q)
	}
	return scorecard.SLI{}
}

// googleServices are the resources and data sources for services that Google watches.
var googleServices = []string{"google_monitoring_service", "google_monitoring_custom_service", "google_monitoring_app_engine_service", "google_monitoring_cluster_istio_service", "google_monitoring_mesh_istio_service", "google_monitoring_istio_canonical_service"}

// serviceLabels are those that name the service that is watched, the surest first.
var serviceLabels = []string{"service_name", "canonical_service", "canonical_service_name", "module_id", "top_level_controller_name", "workload_name"}

// googleService finds the resource that the objective is about, and what that says of it.
func (g *goal) googleService(x *instance, b *block) {
	e, ok := exprOf(b, "service").(hclsyntax.Expression)
	if !ok {
		return
	}
	defer func() { g.labels.Set("service_id", withoutHoles(x.says(b, "service"))) }()
	for _, s := range x.f.blocks {
		if s.typ != "resource" && s.typ != "data" || !slices.Contains(googleServices, s.label(0)) || !x.leads(e, s) {
			continue
		}
		y := x
		if s.body != nil && len(x.turn) == 0 { // one of several, of which files do not tell which
			if all := x.turns(s); len(all) == 1 {
				y = all[0]
			}
		}
		g.watches(y, s)
		return
	}
}

// watches notes what a block for a service says of which it is.
func (g *goal) watches(x *instance, s *block) {
	whole := func(b *block, name string) string { return strings.TrimSpace(withoutHoles(x.says(b, name))) }
	for _, name := range []string{"module_id", "service_name", "canonical_service"} { // of data sources
		g.Service = cmp.Or(g.Service, whole(s, name))
	}
	for _, basic := range x.parts(s, "basic_service") {
		v, ok := x.attribute(basic.block, "service_labels")
		if !ok || !v.IsKnown() || !v.CanIterateElements() {
			continue
		}
		for _, name := range serviceLabels {
			if m := member(v, name); m != cty.NilVal {
				text, known := plainText(m)
				if known {
					g.Service = cmp.Or(g.Service, text)
				}
			}
		}
	}
	g.labels.Set("service_id", whole(s, "service_id"))
	g.labels.Set("display_name", whole(s, "display_name"))
	for _, t := range x.parts(s, "telemetry") {
		resource := whole(t.block, "resource_name")
		g.labels.Set("resource_name", resource[strings.LastIndexByte(resource, '/')+1:])
	}
}
