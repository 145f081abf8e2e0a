// Package dashboard reads dashboards as code: Grafana's JSON, in files, in ConfigMaps
// and in objects of its operator, jsonnet that makes it, the dashboards of Google Cloud,
// SigNoz, Datadog, New Relic and CloudWatch as they export them, and those that
// Terraform and CloudFormation declare.
package dashboard

import (
	"bytes"
	"context"
	"encoding/json"
	"path"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/reader/promql"
	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// Read appends the dashboards of the tree's files. A JSON file that would not parse is a
// gap that hides scorecard.Dashboards only where its folder says what it is.
func Read(ctx context.Context, t *tree.Tree, into *scorecard.Facts) {
	folders := map[string][]string{}
	wanted := map[string]bool{}
	for _, f := range t.Files() {
		if ctx.Err() != nil {
			return
		}
		base := strings.ToLower(f.Base())
		switch ext := path.Ext(base); {
		case strings.HasSuffix(base, ".tf"), strings.HasSuffix(base, ".tofu"), strings.HasSuffix(base, ".tf.json"):
			folders[f.Folder()] = append(folders[f.Folder()], f.Path)
			if data, ok := t.Read(f.Path, scorecard.Dashboards); ok && bytes.Contains(data, []byte("dashboard")) {
				wanted[f.Folder()] = true
			}
		case ext == ".json", ext == ".tmpl" && strings.HasSuffix(base, ".json.tmpl"), ext == ".tftpl", ext == ".tpl" && strings.Contains(base, ".json"):
			readJSON(t, f, into)
		case ext == ".jsonnet", ext == ".libsonnet":
			readJsonnet(t, f.Path, into)
		case ext == ".yaml" || ext == ".yml":
			readYAML(t, f.Path, into)
		}
	}
	for folder, files := range folders {
		if wanted[folder] {
			module(t, files, into)
		}
	}
}

// maxFile is how large a dashboard may be.
const maxFile = 6 << 20

// marks are words of which one stands in every JSON text of a dashboard.
var marks = [][]byte{[]byte(`"panels"`), []byte(`"widgets"`), []byte(`"rows"`), []byte(`"elements"`), []byte(`Layout"`), []byte(`"tiles"`)}

func mayBe(data []byte) bool {
	return slices.ContainsFunc(marks, func(m []byte) bool { return bytes.Contains(data, m) })
}

func readJSON(t *tree.Tree, f tree.File, into *scorecard.Facts) {
	if f.Size > maxFile {
		return
	}
	data, ok := t.Read(f.Path, scorecard.Dashboards)
	if !ok || !mayBe(data) || bytes.Contains(data, []byte("dashboard.grafana.app/")) {
		return // the last is an object
	}
	at := scorecard.Location{Path: f.Path}
	if d, ok := Parse(data); ok {
		d.Location = at
		into.Dashboards = append(into.Dashboards, d)
		return
	}
	if json.Valid(data) || !bytes.Contains(data, []byte(`"panels"`)) || !bytes.Contains(data, []byte(`"targets"`)) {
		return
	}
	// A template of a dashboard is one; what it shows is read as far as that goes.
	d := scorecard.Dashboard{Location: at, Format: "grafana", Title: titleIn(data)}
	into.Dashboards = append(into.Dashboards, d)
}

var titleField = lazyregexp.New(`(?m)^\s{0,4}"title":\s*"([^"]+)"`)

func titleIn(data []byte) string {
	if m := titleField.FindSubmatch(data); m != nil {
		return string(m[1])
	}
	return ""
}

// Parse reads a dashboard as JSON; false where it is none.
func Parse(data []byte) (scorecard.Dashboard, bool) {
	var root any
	if len(data) > maxFile || json.Unmarshal(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), &root) != nil {
		return scorecard.Dashboard{}, false
	}
	o, ok := root.(map[string]any)
	if !ok {
		return scorecard.Dashboard{}, false
	}
	return parse(o, 0)
}

// has reports whether the object has all of the keys.
func has(o map[string]any, keys ...string) bool {
	for _, k := range keys {
		if _, ok := o[k]; !ok {
			return false
		}
	}
	return true
}

func text(o map[string]any, keys ...string) string {
	for _, k := range keys {
		if s, ok := o[k].(string); ok && s != "" {
			return s
		}
	}
	return ""
}

func list(o map[string]any, key string) []any { l, _ := o[key].([]any); return l }

func object(o map[string]any, key string) map[string]any { m, _ := o[key].(map[string]any); return m }

// parse tells whose dashboard the object is.
func parse(o map[string]any, depth int) (d scorecard.Dashboard, ok bool) {
	switch {
	case depth == 0 && object(o, "dashboard") != nil: // as Grafana's API has it
		return parse(object(o, "dashboard"), 1)
	case depth == 0 && strings.HasPrefix(text(o, "apiVersion"), "dashboard.grafana.app/") && object(o, "spec") != nil:
		d, ok = parse(object(o, "spec"), 1)
		return d, ok
	case isGrafana(o):
		d = scorecard.Dashboard{Format: "grafana", Title: text(o, "title"), UID: text(o, "uid")}
	case has(o, "widgets", "layout_type"):
		d = scorecard.Dashboard{Format: "datadog", Title: text(o, "title")}
	case has(o, "displayName") && (has(o, "gridLayout") || has(o, "mosaicLayout") || has(o, "columnLayout") || has(o, "rowLayout")):
		d = scorecard.Dashboard{Format: "google", Title: text(o, "displayName")}
	case has(o, "pages") && newRelic(o):
		d = scorecard.Dashboard{Format: "newrelic", Title: text(o, "name", "title")}
	case has(o, "widgets", "layout") && has(o, "title"):
		d = scorecard.Dashboard{Format: "signoz", Title: text(o, "title"), UID: text(o, "uuid")}
	case has(o, "widgets") && cloudWatch(o):
		d = scorecard.Dashboard{Format: "cloudwatch"}
	case text(o, "kind") == "Dashboard" && has(object(o, "spec"), "panels", "layouts"):
		d = scorecard.Dashboard{Format: "perses", Title: text(object(o, "metadata"), "name")}
	default:
		return d, false
	}
	for _, tag := range list(o, "tags") {
		if s, ok := tag.(string); ok && len(d.Tags) < 20 {
			d.Tags = append(d.Tags, s)
		}
	}
	c := collector{d: &d}
	c.walk("", o, 0)
	c.finish()
	return d, true
}

// isGrafana reports whether the object is one of Grafana's dashboards: panels, and one of
// the fields that all of its versions write.
func isGrafana(o map[string]any) bool {
	if _, isList := o["panels"].([]any); !isList {
		if _, isRows := o["rows"].([]any); !isRows {
			if _, v2 := o["elements"].(map[string]any); !v2 || !has(o, "title") {
				return false
			}
			return has(o, "layout") || has(o, "variables")
		}
	}
	return has(o, "schemaVersion") || has(o, "templating") || has(o, "title") && (has(o, "time") || has(o, "annotations") || has(o, "timezone") || has(o, "refresh") || has(o, "uid"))
}

func newRelic(o map[string]any) bool {
	for _, p := range list(o, "pages") {
		page, _ := p.(map[string]any)
		for _, w := range list(page, "widgets") {
			widget, _ := w.(map[string]any)
			if has(widget, "visualization") || has(widget, "rawConfiguration") || has(widget, "nrqlQueries") {
				return true
			}
		}
	}
	return false
}

func cloudWatch(o map[string]any) bool {
	for _, w := range list(o, "widgets") {
		if widget, ok := w.(map[string]any); ok && has(widget, "type", "properties") {
			return true
		}
	}
	return false
}

// readJsonnet notes jsonnet that makes dashboards of Grafana's: what imports grafonnet
// or hands out grafanaDashboards. What it shows is known only once it has run.
func readJsonnet(t *tree.Tree, p string, into *scorecard.Facts) {
	data, ok := t.Read(p)
	if !ok || !bytes.Contains(data, []byte("dashboard")) && !bytes.Contains(data, []byte("Dashboard")) {
		return
	}
	m := makesDashboards.FindSubmatchIndex(data)
	if m == nil {
		return
	}
	line := 1 + bytes.Count(data[:m[0]], []byte("\n"))
	d := scorecard.Dashboard{Location: scorecard.Location{Path: p, FirstLine: line, LastLine: line}, Format: "grafonnet"}
	if title := jsonnetTitle.FindSubmatch(data); title != nil {
		d.Title = string(title[1])
	}
	into.Dashboards = append(into.Dashboards, d)
}

var (
	// makesDashboards finds code (a comment's line is none) that makes a dashboard.
	makesDashboards = lazyregexp.New(`(?m)^[^/#\n]*(?:\bdashboard\.new\(|\bgrafanaDashboards(?:::?|\+::?|\+:)|\bdashboard\.dashboard\(|\bbasic\.dashboard\(|\bDashboard\.new\()`)
	jsonnetTitle    = lazyregexp.New(`(?s)(?:dashboard\.new\(|dashboard\.dashboard\(|basic\.dashboard\()\s*(?:title=)?['"]([^'"]+)['"]`)
)

// collector gathers what the queries of a dashboard ask.
type collector struct {
	d       *scorecard.Dashboard
	queries map[string]bool
}

// The bounds of what is kept of a dashboard.
const (
	maxQueries = 200
	maxSelects = 60
	maxMetrics = 100
	maxDepth   = 40
)

// queryKeys are the fields in which dashboards have their queries, with the language
// that each of them is surely in.
var queryKeys = map[string]string{
	"expr": "promql", "prometheusQuery": "promql", "nrql": "nrql", "q": "datadog", "query": "", "rawSql": "sql", "timeSeriesFilter": "google", "filter": "google",
	"timeSeriesQueryLanguage": "google", "target": "graphite", "metricName": "", "expression": "", "definition": "",
}

func (c *collector) walk(key string, v any, depth int) {
	if depth > maxDepth {
		return
	}
	switch v := v.(type) {
	case map[string]any:
		if key == "templating" || key == "variables" || key == "annotations" || key == "template_variables" {
			return // what fills lists in shows nothing
		}
		if has(v, "targets") || has(v, "widget") || has(v, "definition") || has(v, "visualization") || key == "elements" || has(v, "type", "properties") {
			c.d.Panels++
		}
		for _, k := range sortedKeys(v) {
			c.walk(k, v[k], depth+1)
		}
	case []any:
		if key == "metrics" && c.d.Format == "cloudwatch" {
			c.cloudWatch(v)
			return
		}
		for _, x := range v {
			c.walk(key, x, depth+1)
		}
	case string:
		if language, ok := queryKeys[key]; ok && strings.TrimSpace(v) != "" {
			c.query(language, v)
		}
	}
}

// cloudWatch reads metrics as CloudWatch lists them: namespace, name, dimensions.
func (c *collector) cloudWatch(rows []any) {
	for _, row := range rows {
		r, _ := row.([]any)
		if len(r) < 2 {
			continue
		}
		if name, ok := r[1].(string); ok {
			c.metric(name)
			c.d.Signals = append(c.d.Signals, promql.Signals(name, false)...)
		}
		for i := 2; i+1 < len(r); i += 2 {
			label, ok1 := r[i].(string)
			value, ok2 := r[i+1].(string)
			if ok1 && ok2 && value != "." && value != "..." {
				c.selects(scorecard.LabelMatch{Label: label, Value: value})
			}
		}
	}
}

func (c *collector) query(language, expr string) {
	if c.queries == nil {
		c.queries = map[string]bool{}
	}
	if c.queries[expr] || len(c.queries) >= maxQueries {
		return
	}
	c.queries[expr] = true
	var e scorecard.Expression
	switch {
	case language == "promql" || language == "" && c.d.Format == "grafana" || language == "" && c.d.Format == "perses":
		e = prometheus(expr)
	case language == "datadog" || c.d.Format == "datadog":
		e = dotted(expr)
	default:
		e = named(language, expr)
	}
	if e.Language != "" && !slices.Contains(c.d.Languages, e.Language) {
		c.d.Languages = append(c.d.Languages, e.Language)
	}
	for _, m := range e.Metrics {
		c.metric(m)
	}
	for _, m := range e.Selects {
		c.selects(m)
	}
	c.d.Signals = append(c.d.Signals, e.Signals...)
}

func (c *collector) metric(name string) {
	if name != filled && len(c.d.Metrics) < maxMetrics && !slices.Contains(c.d.Metrics, name) {
		c.d.Metrics = append(c.d.Metrics, name)
	}
}

func (c *collector) selects(m scorecard.LabelMatch) {
	m.Group = 0
	if len(c.d.Selects) < maxSelects && !slices.Contains(c.d.Selects, m) && !strings.Contains(m.Value, "$") {
		c.d.Selects = append(c.d.Selects, m)
	}
}

func (c *collector) finish() {
	c.d.Queries = len(c.queries)
	c.d.Signals = promql.SortSignals(c.d.Signals)
	slices.Sort(c.d.Metrics)
	slices.Sort(c.d.Languages)
}

func sortedKeys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
