package alert

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/common/model"
	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/reader/promql"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// maxProblems is how many problems of one file are kept.
const maxProblems = 50

// ruleFile is one file or object of rules being read.
type ruleFile struct {
	*finder
	file   scorecard.RuleFile
	format string
	common map[string]string // the group's labels, which its rules may override
	seen   map[string]int    // rules of a group, by what makes them the same, with their line
}

// groups reads a sequence of groups of rules. whole is the mapping that it stands in.
func (f *finder) groups(list *yaml.Node, field string, whole *yaml.Node) {
	r := &ruleFile{finder: f, format: f.formatOf(list)}
	r.file = scorecard.RuleFile{Location: f.here(whole, ""), Format: r.format}
	names := map[string]bool{}
	for i, g := range yamldoc.Items(list) {
		name := yamldoc.String(yamldoc.Get(g, "name"))
		if name != "" && names[name] && r.format != "victoriametrics" {
			r.problem(g, "group %q stands twice", name)
		}
		names[name] = true
		// The rules of VictoriaLogs and of Graphite are in languages of their own.
		foreign := slices.Contains([]string{"vlogs", "graphite"}, yamldoc.String(yamldoc.Get(g, "type")))
		r.seen = map[string]int{}
		r.common = yamldoc.StringMap(yamldoc.Get(g, "labels"))
		for j, n := range yamldoc.Items(yamldoc.Get(g, "rules")) {
			r.rule(n, name, fmt.Sprintf("%s[%d].rules[%d]", field, i, j), foreign)
		}
	}
	r.done()
}

// ruleList reads rules that stand in a list without a group.
func (f *finder) ruleList(items []*yaml.Node, field string, whole *yaml.Node) {
	r := &ruleFile{finder: f, format: f.formatOf(whole), seen: map[string]int{}}
	r.file = scorecard.RuleFile{Location: f.here(whole, field), Format: r.format}
	for i, n := range items {
		if isRule(n) {
			r.rule(n, "", fmt.Sprintf("%s[%d]", field, i), false)
		}
	}
	r.done()
}

func (r *ruleFile) done() {
	if r.file.Alerts+r.file.Recordings+len(r.file.Problems) > 0 {
		r.into.RuleFiles = append(r.into.RuleFiles, r.file)
	}
}

func (r *ruleFile) problem(n *yaml.Node, format string, a ...any) {
	if len(r.file.Problems) < maxProblems {
		r.file.Problems = append(r.file.Problems, scorecard.Problem{Location: r.here(n, ""), Message: fmt.Sprintf(format, a...)})
	}
}

var (
	// pipeline is what only LogQL has: a stage behind a stream's selector.
	pipeline = lazyregexp.New("\\}\\s*(?:\\|=|\\|~|(?:!=|!~)\\s*[\"`]|\\|\\s*[a-z])")
	// nameless is a selector without a metric, as all of LogQL's are.
	nameless = lazyregexp.New(`(?:^|[\s(,])\{\s*[a-zA-Z_]`)
)

// formatOf tells whose rules they are: by the object's kind, else by the language that
// one of the expressions is surely in.
func (f *finder) formatOf(list *yaml.Node) string {
	if strings.HasPrefix(f.at.Object.Kind, "VM") {
		return "victoriametrics"
	}
	loki := f.at.Object.Kind == "AlertingRule" || f.at.Object.Kind == "RecordingRule" // the Loki operator's
	path := strings.Contains(strings.ToLower(f.at.Path), "loki")
	for _, g := range yamldoc.Items(list) {
		rules := append(yamldoc.Items(yamldoc.Get(g, "rules")), g)
		for _, n := range rules {
			expr := yamldoc.String(yamldoc.Get(n, "expr"))
			if expr == "" || !strings.Contains(expr, "{") {
				continue
			}
			if isLogQL(expr) || path && nameless.MatchString(expr) && !strings.Contains(expr, "__name__") {
				loki = true
			}
		}
	}
	if loki {
		return "loki"
	}
	return "prometheus"
}

// isLogQL reports whether an expression that is no PromQL has a stage of a log's pipeline.
func isLogQL(expr string) bool {
	if !pipeline.MatchString(expr) {
		return false
	}
	_, bad := promql.Prometheus(expr, nil)
	return bad != nil
}

// rule reads one rule.
func (r *ruleFile) rule(n *yaml.Node, group, field string, foreign bool) {
	if n == nil || n.Kind != yaml.MappingNode {
		return
	}
	alert, record := yamldoc.Get(n, "alert"), yamldoc.Get(n, "record")
	name, recorded, expr := yamldoc.Written(alert), yamldoc.Written(record), yamldoc.Get(n, "expr")
	text := yamldoc.Written(expr)
	switch {
	case name == "" && recorded == "":
		r.problem(n, "a rule of group %q is neither an alert nor a record", group)
		return
	case name != "" && recorded != "":
		r.problem(n, "rule %q is both an alert and a record", name)
	case strings.TrimSpace(text) == "" && !yamldoc.IsUnknown(expr):
		r.problem(n, "rule %q has no expression", name+recorded)
	}
	parsed := r.expression(n, name+recorded, expr, text, foreign)
	labels := r.labels(n)
	r.repeats(n, name, recorded, text, labels)
	if recorded != "" {
		r.file.Recordings++
		rec := scorecard.Recording{Location: r.here(n, field), Group: group, Name: recorded, Expression: parsed}
		if parsed.Language == "promql" {
			promql.Record(&rec)
		}
		r.into.Recordings = append(r.into.Recordings, rec)
		return
	}
	r.file.Alerts++
	a := scorecard.Alert{
		Location: r.here(n, field), Format: r.format, Source: r.source, Group: group, Name: name, Expression: parsed, Labels: labels,
		Severity: severityOf(labels), Runbook: runbookOf(n),
	}
	a.For = r.duration(n, name)
	if foreign || yamldoc.IsUnknown(expr) {
		a.Open = append(a.Open, "expression")
	}
	if strings.Contains(a.Severity, "{{") {
		a.Open = append(a.Open, "severity")
	}
	r.into.Alerts = append(r.into.Alerts, a)
}

// expression parses a rule's expression and notes where that goes wrong, at its line.
func (r *ruleFile) expression(n *yaml.Node, name string, node *yaml.Node, text string, foreign bool) scorecard.Expression {
	switch {
	case foreign || yamldoc.IsUnknown(node):
		r.file.Unread++
		return scorecard.Expression{Expr: promql.Clip(text)}
	case r.format == "loki":
		r.file.Unread++
		return promql.Loki(text)
	case strings.TrimSpace(text) == "":
		return scorecard.Expression{Language: "promql"}
	}
	var out scorecard.Expression
	var bad *promql.Error
	if r.format == "victoriametrics" {
		out, bad = promql.Victoria(text, nil)
	} else {
		out, bad = promql.Prometheus(text, nil)
	}
	switch {
	case bad == nil:
	case placeholders.MatchString(text):
		r.file.Unread++ // something fills it in before Prometheus reads it
		out.Language = ""
	case r.format == "prometheus" && r.isMetricsQL(text):
		out, _ = promql.Victoria(text, nil)
	default:
		r.wrong(n, name, node, bad)
	}
	return out
}

// placeholders are what a generator fills in: {{ .Values.x }}, $(VAR), ${VAR}, %(x)s, <NAME>.
var placeholders = lazyregexp.New(`\{\{|\}\}|\$\{|\$\(|%\(\w+\)s|\$__|\$[a-zA-Z_]|__[A-Z_]+__|<[A-Z_ ]+>|@@`)

// victoriaWords are what only VictoriaMetrics has.
var victoriaWords = lazyregexp.New(`\bkeep_metric_names\b|(?i)^\s*with\s*\(|\bdefault\s+-?[\d(]|\b(?:default_rollup|rollup\w*|range_\w+|running_\w+|lag|lifetime|union|increases_over_time|share_\w+_over_time|count_values_over_time)\(`)

// isMetricsQL reports whether an expression that is no PromQL is one of VictoriaMetrics,
// in a file that says nothing of it: much that Prometheus refuses is right there.
func (r *ruleFile) isMetricsQL(text string) bool {
	p := strings.ToLower(r.at.Path)
	if !victoriaWords.MatchString(text) && !strings.Contains(p, "victoria") && !strings.Contains(p, "vmalert") && !strings.Contains(p, "vmrule") {
		return false
	}
	_, bad := promql.Victoria(text, nil)
	return bad == nil
}

// wrong notes an expression that would not parse, at its line in the file where that is
// known and at the column in it.
func (r *ruleFile) wrong(n *yaml.Node, name string, node *yaml.Node, bad *promql.Error) {
	at := r.here(node, "")
	where := ""
	if bad.Line > 0 {
		where = fmt.Sprintf(" (line %d, column %d of it)", bad.Line, bad.Column)
		if at.FirstLine > 0 && node.Style == yaml.LiteralStyle && r.at.Form == "" && node.Line != n.Line {
			at.FirstLine = min(node.Line+bad.Line, max(node.Line, at.LastLine))
			at.LastLine = at.FirstLine
		}
	}
	if len(r.file.Problems) < maxProblems {
		r.file.Problems = append(r.file.Problems, scorecard.Problem{Location: at, Message: fmt.Sprintf("the expression of %s would not parse: %s%s", name, bad.Text, where)})
	}
}

// maxLabels is how many labels of a rule are kept.
const maxLabels = 40

// labels are those that a rule adds.
func (r *ruleFile) labels(n *yaml.Node) map[string]string {
	out := yamldoc.StringMap(yamldoc.Get(n, "labels"))
	if out == nil && len(r.common) > 0 {
		out = map[string]string{}
	}
	for k, v := range r.common {
		if _, own := out[k]; !own {
			out[k] = v
		}
	}
	if len(out) > maxLabels {
		for _, k := range slices.Sorted(maps.Keys(out))[maxLabels:] {
			delete(out, k)
		}
	}
	for k, v := range out {
		if len(v) > 500 {
			out[k] = strings.ToValidUTF8(v[:500], "") + "…"
		}
	}
	return out
}

// repeats notes a rule that stands in its group already, with the same labels and
// expression.
func (r *ruleFile) repeats(n *yaml.Node, name, recorded, text string, labels map[string]string) {
	var b strings.Builder
	fmt.Fprintf(&b, "%q %q %q", name, recorded, strings.Join(strings.Fields(text), " "))
	for _, k := range slices.Sorted(maps.Keys(labels)) {
		fmt.Fprintf(&b, " %q=%q", k, labels[k])
	}
	key := b.String()
	if _, twice := r.seen[key]; twice {
		r.problem(n, "rule %s stands twice in its group with the same labels and expression", name+recorded)
		return
	}
	r.seen[key] = n.Line
}

// duration reads `for`; nil where it can't be told.
func (r *ruleFile) duration(n *yaml.Node, name string) *float64 {
	node := yamldoc.Get(n, "for")
	if node == nil {
		return new(float64)
	}
	text := yamldoc.String(node)
	if d, ok := seconds(text); ok {
		return &d
	}
	if text != "" && !placeholders.MatchString(text) && r.format != "victoriametrics" {
		r.problem(node, "`for` of %s is %q, which is no duration", name, text)
	}
	return nil
}

// seconds reads a duration as Prometheus writes them (1h30m), or a number.
func seconds(text string) (float64, bool) {
	text = strings.TrimSpace(text)
	if text == "" {
		return 0, true
	}
	if d, err := model.ParseDuration(text); err == nil {
		return float64(d) / 1e9, true
	}
	if v, err := strconv.ParseFloat(text, 64); err == nil && v >= 0 {
		return v, true
	}
	return 0, false
}

// severityOf is the label that says how urgent an alert is.
func severityOf(labels map[string]string) string {
	return labels["severity"]
}
