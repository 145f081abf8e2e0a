package checks

import (
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// The bounds of a rolling window, in days.
const (
	shortestWindow = 7
	longestWindow  = 90
)

var sloSound = scorecard.Check{
	ID:      "slo-sound",
	Pillar:  scorecard.SLO,
	Title:   "Every objective can be met, missed and measured",
	Applies: "service-level objectives",
	Passes:  "the target is above 0 and below 100 %; the window is rolling over 7 to 90 days, or a calendar week, month or quarter; the indicator has good or bad events with their total, a ready error ratio, or a threshold",
	Why: "An objective of 100 % leaves no budget, so that any change breaks it; over a window of an hour it is an alert, and over a year it tells too late. " +
		"One without a total measures nothing.",
	Fix:        "Set a target that users need, below 100 %, over four weeks or so, on an indicator of good events out of all.",
	References: sloDocs,
	Level:      scorecard.Silver, Weight: scorecard.High, Effort: scorecard.Minutes,
	Reads: []scorecard.Family{scorecard.Objectives},
	Thresholds: []scorecard.Threshold{
		{Name: "window-min-days", Text: "the shortest rolling window", Value: shortestWindow, Min: 1, Max: 366},
		{Name: "window-max-days", Text: "the longest rolling window", Value: longestWindow, Min: 1, Max: 366},
	},
	Rule: rule(words{"objective", "is sound", "there is no service-level objective"}, func(s *survey) {
		for i := range s.SLOs {
			o := &s.SLOs[i]
			wrong, open := faults(s.View, o)
			switch {
			case len(wrong) > 0:
				s.Fail(o.Location, func() string { return soundRemedy(o, wrong) }, "objective %s: %s", o.Name, strings.Join(wrong, "; "))
			case len(open) > 0:
				s.Undecided(o.Location, "objective %s: %s", o.Name, strings.Join(open, "; "))
			default:
				s.Pass(o.Location, "objective %s: %s over %s", o.Name, targetText(o), windowText(o.Window))
			}
		}
	}),
}

// faults says what is wrong with an objective, and what its file leaves open.
func faults(v *scorecard.View, o *scorecard.Objective) (wrong, open []string) {
	add := func(outcome scorecard.Outcome, why string) {
		switch outcome {
		case scorecard.Fail:
			wrong = append(wrong, why)
		case scorecard.Unknown:
			open = append(open, why)
		}
	}
	add(judgeTarget(o))
	add(judgeWindow(o.Window, v.Threshold("window-min-days"), v.Threshold("window-max-days")))
	add(judgeIndicator(o.Indicator))
	return wrong, open
}

// placeholder reports whether a value is left to a template or a variable.
func placeholder(text string) bool {
	return strings.Contains(text, "{{") || strings.Contains(text, "${") || strings.HasPrefix(text, "$") || strings.HasPrefix(text, "var.")
}

func judgeTarget(o *scorecard.Objective) (scorecard.Outcome, string) {
	switch {
	case o.Target == nil && o.TargetText == "":
		return scorecard.Fail, "it has no target"
	case o.Target == nil && placeholder(o.TargetText):
		return scorecard.Unknown, fmt.Sprintf("its target %s is filled in elsewhere", o.TargetText)
	case o.Target == nil:
		return scorecard.Fail, fmt.Sprintf("its target %q is no number", o.TargetText)
	case *o.Target >= 100:
		return scorecard.Fail, fmt.Sprintf("a target of %s leaves no error budget", targetText(o))
	case *o.Target > 0:
		return scorecard.Pass, ""
	}
	return scorecard.Fail, fmt.Sprintf("a target of %s can't be missed", targetText(o))
}

func targetText(o *scorecard.Objective) string {
	if o.Target == nil {
		return o.TargetText
	}
	return fmt.Sprintf("%g %%", *o.Target)
}

func judgeWindow(w scorecard.Window, shortest, longest float64) (scorecard.Outcome, string) {
	switch {
	case w.Days == 0 && w.Text == "" && w.Unit == "":
		return scorecard.Fail, "it has no window"
	case w.Calendar && w.Unit != "":
		if w.Unit == "week" || w.Unit == "month" || w.Unit == "quarter" {
			return scorecard.Pass, ""
		}
		return scorecard.Fail, fmt.Sprintf("a calendar %s is no week, month or quarter", w.Unit)
	case w.Days == 0 && placeholder(w.Text):
		return scorecard.Unknown, fmt.Sprintf("its window %s is filled in elsewhere", w.Text)
	case w.Days == 0:
		return scorecard.Fail, fmt.Sprintf("its window %q can't be read", w.Text)
	case w.Days < shortest:
		return scorecard.Fail, fmt.Sprintf("a window of %s is shorter than %g days", windowText(w), shortest)
	case w.Days > longest:
		return scorecard.Fail, fmt.Sprintf("a window of %s is longer than %g days", windowText(w), longest)
	}
	return scorecard.Pass, ""
}

func windowText(w scorecard.Window) string {
	switch {
	case w.Calendar && w.Unit != "":
		return "a calendar " + w.Unit
	case w.Default:
		return fmt.Sprintf("%g days (the format's default)", w.Days)
	case w.Text != "":
		return w.Text
	}
	return fmt.Sprintf("%g days", w.Days)
}

func judgeIndicator(i scorecard.SLI) (scorecard.Outcome, string) {
	switch {
	case (i.Good != "" || i.Bad != "") && i.Total != "", i.Good != "" && i.Bad != "", i.Threshold, i.Raw != "", i.Plugin != "":
		return scorecard.Pass, ""
	case i.Ref != "":
		return scorecard.Unknown, fmt.Sprintf("its indicator %s was not found", i.Ref)
	case i.Good != "" || i.Bad != "":
		return scorecard.Fail, "its indicator has no total"
	case i.Total != "":
		return scorecard.Fail, "its indicator has a total, but neither good nor bad events"
	}
	return scorecard.Fail, "it has no indicator"
}

// soundFields are the fields to write, by format.
var soundFields = map[string]string{
	"google": `goal                = 0.999
rolling_period_days = 28
request_based_sli {
  good_total_ratio {
    good_service_filter  = "metric.type=\"run.googleapis.com/request_count\" metric.label.response_code_class!=\"5xx\""
    total_service_filter = "metric.type=\"run.googleapis.com/request_count\""
  }
}`,
	"datadog": `query {
  numerator   = "sum:http.requests{service:your-service,!status:5xx}.as_count()"
  denominator = "sum:http.requests{service:your-service}.as_count()"
}
thresholds {
  timeframe = "30d"
  target    = 99.9
}`,
	"newrelic": `events {
  valid_events {
    from = "Transaction"
  }
  bad_events {
    from = "TransactionError"
  }
}
objective {
  target = 99.9
  time_window {
    rolling {
      count = 28
      unit  = "DAY"
    }
  }
}`,
	"grafana": `query {
  type = "ratio"
  ratio {
    success_metric = "http_requests_total{status!~\"5..\"}"
    total_metric   = "http_requests_total"
  }
}
objectives {
  value  = 0.999
  window = "28d"
}`,
	"dynatrace": `evaluation_window = "-30d"
target_success    = 99.9
metric_expression = "100*(builtin:service.errors.server.successCount:splitBy())/(builtin:service.requestCount.server:splitBy())"`,
	"nobl9": `spec:
  timeWindows:
    - unit: Day
      count: 28
      isRolling: true
  objectives:
    - name: good
      target: 0.999
      countMetrics:
        incremental: true
        good:
          prometheus:
            promql: sum(http_requests_total{code!~"5.."})
        total:
          prometheus:
            promql: sum(http_requests_total)`,
	"sloth": `objective: 99.9
sli:
  events:
    error_query: sum(rate(http_requests_total{code=~"5.."}[{{.window}}]))
    total_query: sum(rate(http_requests_total[{{.window}}]))`,
	"pyrra": `spec:
  target: "99.9"
  window: 4w
  indicator:
    ratio:
      errors:
        metric: http_requests_total{code=~"5.."}
      total:
        metric: http_requests_total`,
	"openslo": `spec:
  timeWindow:
    - duration: 28d
      isRolling: true
  objectives:
    - target: 0.999`,
}

func soundRemedy(o *scorecard.Objective, wrong []string) string {
	sentence := in(o.Location) + fmt.Sprintf("mend objective `%s`: %s.", o.Name, strings.Join(wrong, "; "))
	if o.Format == "datadog" && o.Location.Object.Kind != "" {
		return fenced(sentence+" A sound one has:", "yaml", specPatch(o.Location.Object, object{
			{key: "query", value: object{{key: "numerator", value: "sum:http.requests{service:your-service,!status:5xx}.as_count()"}, {key: "denominator", value: "sum:http.requests{service:your-service}.as_count()"}}},
			{key: "targetThreshold", value: "99.9"}, {key: "timeframe", value: "30d"},
		}))
	}
	fields, ok := soundFields[o.Format]
	if !ok {
		return sentence + " Set a target below 100 %, a window of 7 to 90 days, and good events with their total."
	}
	language := "yaml"
	if o.Address != "" {
		language = "hcl"
	}
	return fenced(sentence+" A sound one has:", language, fields)
}
