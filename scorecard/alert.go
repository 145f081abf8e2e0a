package scorecard

import "slices"

// Alert is one alerting rule or monitor: what a rule file of Prometheus or Loki, an
// operator's object, Grafana's provisioning, Terraform or another tool declares.
type Alert struct {
	Location Location `json:"location"`
	// Format is what it is written in: "prometheus", "loki", "victoriametrics",
	// "grafana", "datadog", "newrelic", "cloudwatch", "google", "azure".
	Format string `json:"format"`
	// Source is how it is declared where that is not the format's own file: "terraform",
	// "cloudformation", "values" (a Helm chart's values), "configmap", "object".
	Source string `json:"source,omitempty"`
	Group  string `json:"group,omitempty"`
	Name   string `json:"name,omitempty"`
	Expression
	// For is how long the condition must hold, in seconds, 0 where nothing is written; nil
	// where that can't be told.
	For *float64 `json:"for,omitempty"`
	// Labels are those that the rule gives its alerts, as written.
	Labels map[string]string `json:"labels,omitempty"`
	// Severity is the label, tag or priority that says how urgent it is, as written.
	Severity string      `json:"severity,omitempty"`
	Runbook  RunbookLink `json:"runbook,omitzero"`
	// Notifies are the sorts of places that a monitor sends to by itself ("pagerduty",
	// "slack", "channel", "action", "handle"), without addresses. Prometheus' rules have
	// none: Alertmanager decides.
	Notifies []string `json:"notifies,omitempty"`
	// Routes: the format routes by the monitor itself, so that one without Notifies tells nobody.
	Routes bool `json:"routes,omitempty"`
	// Open says what of the alert is filled in elsewhere and so is not known: "runbook",
	// "routing", "for", "severity", "expression".
	Open []string `json:"open,omitempty"`
}

// Expression is what a query asks: of an alert, a recording rule or a dashboard.
type Expression struct {
	// Language is "promql", "metricsql", "logql", or the name of a vendor's.
	Language string `json:"language,omitempty"`
	// Expr is the expression as written, cut at 2,000 bytes.
	Expr string `json:"expr,omitempty"`
	// Selects are the labels by which it selects series, each distinct one once.
	Selects []LabelMatch `json:"selects,omitempty"`
	// Excludes are the labels by which it leaves series out: job!="cart".
	Excludes []LabelMatch `json:"excludes,omitempty"`
	// Metrics are the names of the metrics that it reads, sorted.
	Metrics []string `json:"metrics,omitempty"`
	// Signals are those of the four golden signals that it shows.
	Signals []Signal   `json:"signals,omitempty"`
	Shape   AlertShape `json:"shape,omitempty"`
	// BurnRate are the pairs of windows of a multi-window burn-rate expression.
	BurnRate []BurnWindows `json:"burnRate,omitempty"`
}

// LabelMatch is a matcher of a selector that says what is looked at: job="cart".
// Matchers that take everything, and negative ones, are left out.
type LabelMatch struct {
	Label string `json:"label"`
	Value string `json:"value"`
	// Regex: the value is a regular expression for the whole label.
	Regex bool `json:"regex,omitempty"`
	// Group numbers the selectors of one expression, from 1: what matches together.
	Group int `json:"group,omitempty"`
}

// Signal is one of the four golden signals.
type Signal string

// The golden signals.
const (
	Latency    Signal = "latency"
	Traffic    Signal = "traffic"
	Errors     Signal = "errors"
	Saturation Signal = "saturation"
)

// AlertShape says what makes an alert fire.
type AlertShape string

// The shapes. An alert without one could not be understood.
const (
	ThresholdAlert AlertShape = "threshold" // a gauge or a rate is compared with something
	Absent         AlertShape = "absent"    // something is not there
	Event          AlertShape = "event"     // something happened, or the alert always fires
	LogAlert       AlertShape = "log"       // lines of logs are counted
	BurnRatePair   AlertShape = "burn-rate" // an error ratio over two windows, against a budget
)

// BurnWindows is one pair of a multi-window burn-rate alert: the same error ratio is
// compared with the same threshold over a long and a short window.
type BurnWindows struct {
	// Long and Short are in seconds.
	Long  float64 `json:"long"`
	Short float64 `json:"short"`
	// Threshold is the error ratio at which it fires; 0 where it hangs on another metric.
	Threshold float64 `json:"threshold,omitempty"`
	// Factor is how many times faster than the objective allows the budget burns, where
	// the threshold is written as factor times budget; 0 where it is not.
	Factor float64 `json:"factor,omitempty"`
	// Budget is the error budget of the objective (0.001 for 99.9 %), likewise.
	Budget float64 `json:"budget,omitempty"`
}

// RunbookLink is the link or path that an alert says to follow.
type RunbookLink struct {
	// Text is the link as written, with what of its templating is plain filled in and
	// without credentials; empty where there is none.
	Text string `json:"text,omitempty"`
	Line int    `json:"line,omitempty"`
	// Field is where it is written: "annotations.runbook_url".
	Field string `json:"field,omitempty"`
	// Path and Anchor are what a link into this repository leads to.
	Path   string `json:"path,omitempty"`
	Anchor string `json:"anchor,omitempty"`
	// State says whether it leads there: "found", "no-file", "no-anchor", "elsewhere" for
	// another repository or site, "templated" for what only a firing alert fills in,
	// "unread" for a file whose headings could not be read, "prose" for text that is no link.
	State string `json:"state,omitempty"`
}

// RuleFile is a file or object with rules of Prometheus, Loki or VictoriaMetrics.
type RuleFile struct {
	Location   Location `json:"location"`
	Format     string   `json:"format"` // "prometheus", "loki", "victoriametrics"
	Alerts     int      `json:"alerts"`
	Recordings int      `json:"recordings"`
	// Problems say where Prometheus would refuse it: what would not parse, at its line;
	// rules that stand twice. At most 50.
	Problems []Problem `json:"problems,omitempty"`
	// Unread is how many of its rules are in a language that is not parsed here.
	Unread int `json:"unread,omitempty"`
}

// Recording is a recording rule.
type Recording struct {
	Location Location `json:"location"`
	Group    string   `json:"group,omitempty"`
	Name     string   `json:"name"`
	Expression
	// Window is the range over which it aggregates, in seconds; 0 where there is none, or several.
	Window float64 `json:"window,omitempty"`
	// Ratio: it divides, as error ratios do.
	Ratio bool `json:"ratio,omitempty"`
}

// AlertRouting is a configuration of Alertmanager: where alerts go. Addresses, tokens
// and keys are never kept.
type AlertRouting struct {
	Location Location `json:"location"`
	// Root is the route that catches what no other does.
	Root AlertRoute `json:"root"`
	// Receivers are those that it declares, sorted by name.
	Receivers []Receiver `json:"receivers,omitempty"`
	// Namespace is the only one whose alerts an AlertmanagerConfig routes; empty for all.
	Namespace string `json:"namespace,omitempty"`
	// Incomplete: a part is filled in elsewhere, and may hold more receivers.
	Incomplete bool `json:"incomplete,omitempty"`
}

// AlertRoute is a node of the routing tree. Of routes side by side the first that
// matches takes the alert, and those after it too where it continues.
type AlertRoute struct {
	Line     int          `json:"line,omitempty"`
	Receiver string       `json:"receiver,omitempty"` // inherited where empty
	Matchers []RouteMatch `json:"matchers,omitempty"`
	Continue bool         `json:"continue,omitempty"`
	Routes   []AlertRoute `json:"routes,omitempty"`
}

// Reaches reports whether the route, or one below it, names the receiver.
func (r *AlertRoute) Reaches(receiver string) bool {
	return r.Receiver == receiver || slices.ContainsFunc(r.Routes, func(x AlertRoute) bool { return x.Reaches(receiver) })
}

// RouteMatch is one matcher of a route.
type RouteMatch struct {
	Label string `json:"label"`
	Op    string `json:"op"` // "=", "!=", "=~", "!~"
	Value string `json:"value"`
}

// Receiver is a place that alerts are sent to.
type Receiver struct {
	Name string `json:"name"`
	Line int    `json:"line,omitempty"`
	// Kinds are the sorts of its integrations: "pagerduty", "opsgenie", "slack", "email",
	// "webhook"…; none for one that drops what it gets.
	Kinds []string `json:"kinds,omitempty"`
	// Open: it may have integrations that only what fills the configuration in knows.
	Open bool `json:"open,omitempty"`
}

// Pages reports whether the receiver wakes somebody.
func (r *Receiver) Pages() bool {
	for _, k := range r.Kinds {
		switch k {
		case "pagerduty", "opsgenie", "victorops", "incidentio", "pushover", "jiraservicemanagement", "grafana-oncall", "rootly":
			return true
		}
	}
	return false
}

// Dashboard is a dashboard as code.
type Dashboard struct {
	Location Location `json:"location"`
	// Format is "grafana", "grafonnet" (jsonnet that makes Grafana's), "google", "signoz",
	// "datadog", "newrelic", "cloudwatch", "azure", "kibana", "perses".
	Format string `json:"format"`
	Source string `json:"source,omitempty"` // as of an Alert
	Title  string `json:"title,omitempty"`
	UID    string `json:"uid,omitempty"`
	// Tags are its own words for what it is about.
	Tags []string `json:"tags,omitempty"`
	// Panels counts what shows something; Queries are its distinct expressions, at most 200.
	Panels  int `json:"panels,omitempty"`
	Queries int `json:"queries,omitempty"`
	// Selects, Metrics and Signals are those of all its expressions, as of an Expression. Matchers
	// with a dashboard's variable are left out.
	Selects []LabelMatch `json:"selects,omitempty"`
	Metrics []string     `json:"metrics,omitempty"`
	Signals []Signal     `json:"signals,omitempty"`
	// Languages are those of its expressions.
	Languages []string `json:"languages,omitempty"`
}
