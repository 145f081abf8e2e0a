package promql

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

func TestShapes(t *testing.T) {
	for expr, want := range map[string]scorecard.AlertShape{
		`up == 0`:                                          scorecard.ThresholdAlert,
		`rate(x_total[5m]) > 1`:                            scorecard.ThresholdAlert,
		`increase(x_total[5m]) > 3`:                        scorecard.ThresholdAlert,
		`increase(x_total[5m]) > 0`:                        scorecard.Event,
		`sum by (a) (changes(x[5m])) >= 1`:                 scorecard.Event,
		`absent(up{job="a"})`:                              scorecard.Absent,
		`absent(up{job="a"}) == 1`:                         scorecard.ThresholdAlert,
		`up == 0 or absent(up)`:                            scorecard.ThresholdAlert,
		`time() - max by (job) (x_start_time > 0) > 43200`: scorecard.Event,
		`time() - x_time > 5`:                              scorecard.ThresholdAlert,
		`time() - x_time < 3600`:                           scorecard.ThresholdAlert,
		`vector(1)`:                                        scorecard.Event,
		`ALERTS{alertstate="firing"} == 1`:                 scorecard.Event,
		`a unless b`:                                       scorecard.Absent,
		`(x > 1) * on () group_left () y`:                  scorecard.ThresholdAlert,
		`1 - a / b > 0.1 and rate(c[5m]) > 10`:             scorecard.ThresholdAlert,
		`errors:ratio_rate1h > 14.4 * 0.001 and errors:ratio_rate5m > 14.4 * 0.001`:                           scorecard.BurnRatePair,
		`good:ratio_1h < (1 - 14.4 * 0.005) and good:ratio_5m < (1 - 14.4 * 0.005)`:                           scorecard.BurnRatePair,
		`e:ratio_rate1h > 14.4 * budget:ratio and e:ratio_rate5m > 14.4 * budget:ratio`:                       scorecard.BurnRatePair,
		`apiserver_request:burnrate1d > 3 * 0.01 and apiserver_request:burnrate2h > 3 * 0.01`:                 scorecard.BurnRatePair,
		`e:ratio_rate1h > 0.1 and e:ratio_rate1h offset 1h > 0.1`:                                             scorecard.ThresholdAlert,
		`avg_over_time(load[1h]) > 5 and avg_over_time(load[5m]) > 5`:                                         scorecard.ThresholdAlert,
		`rate(bad[1h]) / rate(all[1h]) > 0.01 and rate(bad[5m]) / rate(all[5m]) > 0.01 and rate(all[1h]) > 1`: scorecard.BurnRatePair,
	} {
		got, bad := Prometheus(expr, nil)
		if bad != nil || got.Shape != want {
			t.Errorf("%s: %q (%v), want %q", expr, got.Shape, bad, want)
		}
	}
}

func TestSignals(t *testing.T) {
	for expr, want := range map[string]string{
		`histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket[5m])))`:      "latency",
		`rate(http_request_duration_seconds_sum[5m]) / rate(http_request_duration_seconds_count[5m])`: "latency traffic",
		`sum(rate(http_requests_total[5m]))`:                        "traffic",
		`sum(rate(http_requests_total{code=~"5.."}[5m]))`:           "errors",
		`sum by (code) (rate(http_requests_total[5m]))`:             "traffic errors",
		`sum without (code) (rate(http_requests_total[5m]))`:        "traffic",
		`sum by (path) (rate(http_requests_total[5m]))`:             "traffic",
		`sum(rate(grpc_server_handled_total{grpc_code!="OK"}[5m]))`: "errors",
		`rate(orders_failed_total[5m])`:                             "errors",
		`container_memory_working_set_bytes`:                        "saturation",
		`rate(container_cpu_usage_seconds_total[5m])`:               "saturation",
		`kafka_consumergroup_lag`:                                   "saturation",
		`up`:                                                        "",
		`process_start_time_seconds`:                                "",
		`prometheus_rule_evaluation_failures_total`:                 "",
		`go_gc_duration_seconds`:                                    "",
	} {
		got, bad := Prometheus(expr, nil)
		var names []string
		for _, s := range got.Signals {
			names = append(names, string(s))
		}
		if bad != nil || strings.Join(names, " ") != want {
			t.Errorf("%s: %v (%v), want %q", expr, got.Signals, bad, want)
		}
	}
}

func TestSelects(t *testing.T) {
	got, bad := Prometheus(`sum(rate(a{job="cart", pod=~"cart-.*", env!="dev", ns=~".*", x="$x"}[5m])) / on () b{job="cart", app=~"a|b"}`, nil)
	want := []scorecard.LabelMatch{{Label: "job", Value: "cart", Group: 1}, {Label: "pod", Value: "cart-.*", Regex: true, Group: 1}, {Label: "app", Value: "a|b", Regex: true, Group: 2}}
	if d := cmp.Diff(want, got.Selects); d != "" || bad != nil {
		t.Errorf("%v (-want +got):\n%s", bad, d)
	}
	loki := Loki(`sum(count_over_time({app="cart", ns=~".+"} |= "{not=\"this\"}" [5m])) > 0`)
	if d := cmp.Diff([]scorecard.LabelMatch{{Label: "app", Value: "cart", Group: 1}}, loki.Selects); d != "" {
		t.Errorf("LogQL (-want +got):\n%s", d)
	}
}

func TestWhereItBreaks(t *testing.T) {
	_, bad := Prometheus("sum by (job) (\n  rate(x[5m)\n)", nil)
	if bad == nil || bad.Line != 2 || bad.Column == 0 || strings.Contains(bad.Text, "parse error:") {
		t.Errorf("%+v", bad)
	}
	for _, text := range []string{strings.Repeat("(", 10_000), strings.Repeat("a+", 60_000), strings.Repeat("-", 50_000) + "1"} {
		Victoria(text, nil) // it comes back
	}
}

// FuzzExpression holds that no expression brings the parsers or what walks their trees down.
func FuzzExpression(f *testing.F) {
	for _, seed := range []string{`up == 0`, `sum(rate(a{b="c"}[5m:1m])) by (x) > 1 and on () b offset 5m`, `a:ratio_rate1h > 14.4 * 0.001 and a:ratio_rate5m > 14.4 * 0.001`, `rate(x) keep_metric_names default 1`,
		`WITH (f(x) = x + 1) f(up)`, `sum(count_over_time({app="x"} |= "a" [5m]))`, `{__name__=~"a.*", "b.c"="d"}`, `absent(a) or vector(1)`} {
		f.Add(seed)
	}
	f.Fuzz(func(_ *testing.T, text string) {
		e, _ := Victoria(text, nil)
		Loki(text)
		Record(&scorecard.Recording{Expression: e})
	})
}
