package slo

import (
	"fmt"
	"strings"
	"testing"

	"github.com/seaworthy-dev/seaworthy/reader/promql"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// ruleOf is an alert of that expression as package alert reads it.
func ruleOf(t testing.TB, name, expr string, labels map[string]string) scorecard.Alert {
	e, bad := promql.Prometheus(expr, nil)
	if bad != nil {
		t.Fatal(bad)
	}
	return scorecard.Alert{Location: scorecard.Location{Path: "rules.yaml", FirstLine: 1}, Name: name, Expression: e, Labels: labels}
}

func TestFromRules(t *testing.T) {
	pair := func(series, long, short, limit string) string {
		return fmt.Sprintf("%s:ratio_rate%s > %s and %s:ratio_rate%s > %s", series, long, limit, series, short, limit)
	}
	for _, tt := range []struct {
		name  string
		exprs []string
		want  string // of each: name, target, window, kind
	}{
		{"workbook", []string{pair("job:errors", "1h", "5m", "(14.4*0.001)"), pair("job:errors", "6h", "30m", "(6*0.001)"), pair("job:errors", "3d", "6h", "0.001*1")}, "a0 99.9% 30d availability"},
		{"four weeks", []string{pair("job:errors", "1h", "5m", "13.44*0.01"), pair("job:errors", "6h", "30m", "5.6*0.01")}, "a0 99% 28d availability"},
		{"factors that do not agree", []string{pair("job:errors", "1h", "5m", "14.4*0.01"), pair("job:errors", "6h", "30m", "2*0.01")}, "a0 99% ${window} availability"},
		{"budgets that do not agree", []string{pair("job:errors", "1h", "5m", "14.4*0.01"), pair("job:errors", "6h", "30m", "6*0.001")}, "a0 ${budget} 30d availability"},
		{"a number alone", []string{pair("job:errors", "1h", "5m", "0.0144")}, "a0 ${budget} ${window} availability"},
		{"of latency", []string{pair("job:slow_latency:errors_sli", "1h", "5m", "14.4*0.01")}, "a0 99% 30d latency"},
		{"two objectives", []string{pair("job:errors", "1h", "5m", "14.4*0.01"), pair("job:latency_sli", "1h", "5m", "14.4*0.05")}, "a0 99% 30d availability; a1 95% 30d latency"},
		{"one window", []string{"job:errors:ratio_rate1h > 14.4*0.001"}, ""},
	} {
		var f scorecard.Facts
		for i, e := range tt.exprs {
			f.Alerts = append(f.Alerts, ruleOf(t, fmt.Sprintf("a%d", i), e, nil))
		}
		FromRules(&f)
		var got []string
		for _, o := range f.SLOs {
			if o.BurnRate != "windows" || o.Format != "prometheus" {
				t.Errorf("%s: %+v", tt.name, o)
			}
			got = append(got, fmt.Sprintf("%s %s %s %s", o.Name, o.TargetText, o.Window.Text, o.Indicator.Kind))
		}
		if have := strings.Join(got, "; "); have != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, have, tt.want)
		}
	}
}

// What Sloth and Pyrra made of an objective is that one, and not another.
func TestGeneratedRules(t *testing.T) {
	sloth := `(max(slo:sli_error:ratio_rate5m{sloth_service="cart",sloth_slo="requests"} > (14.4 * 0.001)) without (sloth_window)) and (max(slo:sli_error:ratio_rate1h{sloth_service="cart",sloth_slo="requests"} > (14.4 * 0.001)) without (sloth_window))`
	pyrra := `http_requests:burnrate5m{job="cart",slo="requests"} > (14 * (1-0.99)) and http_requests:burnrate1h{job="cart",slo="requests"} > (14 * (1-0.99))`
	for _, tt := range []struct {
		expr string
		have []scorecard.Objective
		more int
	}{
		{sloth, []scorecard.Objective{{Format: "sloth", Name: "requests", Service: "cart"}}, 0},
		{sloth, []scorecard.Objective{{Format: "sloth", Name: "requests", Service: "web"}}, 1},
		{sloth, nil, 1},
		{pyrra, []scorecard.Objective{{Format: "pyrra", Name: "requests"}}, 0},
		{pyrra, []scorecard.Objective{{Format: "openslo", Name: "requests"}}, 1},
	} {
		f := scorecard.Facts{SLOs: tt.have, Alerts: []scorecard.Alert{ruleOf(t, "a", tt.expr, nil)}}
		if FromRules(&f); len(f.SLOs) != len(tt.have)+tt.more {
			t.Errorf("%d objectives after %v and %s", len(f.SLOs), tt.have, tt.expr)
		}
	}
}
