package slo

import (
	"math"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// unitDays are the lengths of the units of durations: Prometheus' in lower case,
// OpenSLO's longer ones in upper case. A month is 30 days, a quarter 90.
var unitDays = map[string]float64{
	"ms": 1.0 / 86_400_000, "s": 1.0 / 86_400, "m": 1.0 / 1_440, "h": 1.0 / 24, "d": 1, "w": 7, "y": 365, "M": 30, "Q": 90, "Y": 365,
}

var (
	duration = lazyregexp.New(`^(?:\d+(?:ms|[smhdwyMQY]))+$`)
	part     = lazyregexp.New(`(\d+)(ms|[smhdwyMQY])`)
)

// days is the length of a duration such as 28d, 4w, 1M or 1d12h; 0 when it is none.
func days(text string) (sum float64) {
	if !duration.MatchString(text) || len(text) > 64 {
		return 0
	}
	for _, m := range part.FindAllStringSubmatch(text, -1) {
		n, err := strconv.ParseFloat(m[1], 64)
		if err != nil {
			return 0
		}
		sum += n * unitDays[m[2]]
	}
	return math.Round(sum*1e6) / 1e6
}

// Rolling is a window of that length up to now.
func Rolling(text string) scorecard.Window {
	return scorecard.Window{Text: text, Days: days(text)}
}

// alphaUnits are the units of OpenSLO v1alpha, which counts them.
var alphaUnits = map[string]string{
	"second": "s", "minute": "m", "hour": "h", "day": "d", "week": "w", "month": "M", "quarter": "Q", "year": "Y",
}

// openWindow reads OpenSLO's timeWindow (a list of one), or v1alpha's timeWindows.
func openWindow(spec *yaml.Node) scorecard.Window {
	n := first(yamldoc.Get(spec, "timeWindow"))
	if n == nil {
		n = first(yamldoc.Get(spec, "timeWindows"))
	}
	if n == nil {
		return scorecard.Window{}
	}
	w := Rolling(yamldoc.String(yamldoc.Get(n, "duration")))
	if count, unit := yamldoc.String(yamldoc.Get(n, "count")), yamldoc.String(yamldoc.Get(n, "unit")); w.Text == "" && unit != "" {
		w = scorecard.Window{Text: strings.TrimSpace(count + " " + unit), Days: days(count + alphaUnits[strings.ToLower(strings.TrimSuffix(unit, "s"))])}
	}
	isRolling := yamldoc.String(yamldoc.Get(n, "isRolling"))
	if isRolling == "false" || isRolling == "" && yamldoc.Get(n, "calendar") != nil {
		w.Calendar = true
		w.Unit = calendarUnit(w.Days)
	}
	return w
}

// first is a sequence's first item, or the node itself where it is a mapping.
func first(n *yaml.Node) *yaml.Node {
	if items := yamldoc.Items(n); len(items) > 0 {
		return items[0]
	}
	if n != nil && n.Kind == yaml.MappingNode {
		return n
	}
	return nil
}

// calendarUnit is the unit that a calendar window is one of; empty for a multiple,
// whose days then say how long it is.
func calendarUnit(days float64) string {
	switch {
	case days == 1:
		return "day"
	case days == 7:
		return "week"
	case days >= 28 && days <= 31:
		return "month"
	case days >= 89 && days <= 92:
		return "quarter"
	case days >= 360 && days <= 366:
		return "year"
	}
	return ""
}

// percent reads a target written in percent; nil when it is no number.
func percent(text string) *float64 {
	return number(text)
}

// ratio reads a target written between 0 and 1 as percent. The point is moved in the
// text, so that 0.9995 becomes 99.95 and not 99.94999999999999.
func ratio(text string) *float64 {
	if strings.ContainsAny(text, "eE") {
		f := number(text)
		if f != nil {
			*f *= 100
		}
		return f
	}
	return number(text + "e2")
}

var decimal = lazyregexp.New(`^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?$`)

func number(text string) *float64 {
	if !decimal.MatchString(text) || len(text) > 64 {
		return nil
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return nil
	}
	return &f
}
