// Package alert reads alerts, and where they are sent: rule files of Prometheus, Loki
// and VictoriaMetrics, in files of their own, in objects of Kubernetes and in the values
// of Helm charts; Grafana's provisioning; monitors in Terraform and CloudFormation; and
// the configuration of Alertmanager. It says what is written; whether that is good, and
// whose it is, is for others to say. Addresses, tokens and keys of receivers are never kept.
package alert

import (
	"bytes"
	"context"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// Read appends what stands in files that are no Kubernetes objects; those come from
// package kube through Objects. A file that was meant to hold rules and would not parse
// is a gap that hides scorecard.Alerts.
func Read(ctx context.Context, t *tree.Tree, into *scorecard.Facts) {
	r := &reader{t: t, into: into}
	for _, f := range t.Files() {
		if ctx.Err() != nil {
			return
		}
		switch kindOf(f.Base()) {
		case yamlFile:
			r.yaml(f.Path)
		case jsonFile:
			r.json(f.Path, f.Size)
		case templateFile:
			r.template(f.Path)
		}
	}
	r.terraform(ctx)
	r.finish()
}

// reader is one reading of one tree.
type reader struct {
	t    *tree.Tree
	into *scorecard.Facts
	// contacts are Grafana's contact points, which stand apart from its policies.
	contacts []scorecard.Receiver
	// charts are folders of charts, and whether their own templates make alerts.
	charts map[string]bool
}

// fileKind says how a file is looked at.
type fileKind int

const (
	otherFile fileKind = iota
	yamlFile
	jsonFile
	templateFile
)

func kindOf(base string) fileKind {
	lower := strings.ToLower(base)
	switch path.Ext(lower) {
	case ".yaml", ".yml", ".rules", ".rule", ".alerts":
		return yamlFile
	case ".json":
		return jsonFile
	case ".j2", ".tmpl", ".tpl", ".erb", ".gotmpl":
		if stem := path.Ext(strings.TrimSuffix(lower, path.Ext(lower))); stem == ".yml" || stem == ".yaml" || stem == ".rules" {
			return templateFile
		}
	}
	return otherFile
}

// mentioned reports whether a text may hold anything of ours: a cheap look before
// anything is parsed. Words that are common in any text count as keys only.
func mentioned(data []byte) bool {
	has := func(words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return bytes.Contains(data, []byte(w)) })
	}
	key := func(word string) bool { return yamldoc.HasKey(data, word) }
	return (key("alert") || key("record")) && key("expr") ||
		key("receivers") && key("route") ||
		has("AWS::CloudWatch::") ||
		key("groups") && has("condition", "datasourceUid") ||
		key("contactPoints") || key("policies") && key("receiver")
}

// looksLike reports whether a text that would not parse was meant to hold alerts.
func looksLike(text []byte) bool {
	return bytes.Contains(text, []byte("groups:")) && bytes.Contains(text, []byte("expr:")) && bytes.Contains(text, []byte("- alert:"))
}

func (r *reader) yaml(p string) {
	data, ok := r.t.Read(p, scorecard.Alerts)
	if !ok || !mentioned(data) || r.inTemplates(p) {
		return
	}
	source := ""
	if isValues(path.Base(p)) {
		if r.rendered(path.Dir(p)) {
			return // what its chart makes of them counts
		}
		source = "values"
	}
	for _, doc := range yamldoc.Parse(data) {
		text := doc.Text
		if text == nil {
			text = data
		}
		switch {
		case doc.Err != nil:
			if looksLike(text) && !bytes.Contains(text, []byte("apiVersion:")) {
				r.t.Malformed(p, doc.ErrLine, doc.Err, scorecard.Alerts)
			}
		case doc.Root == nil || isObject(doc.Root):
		default:
			f := &finder{at: scorecard.Location{Path: p}, into: r.into, source: source, contacts: &r.contacts}
			f.document(doc.Root)
		}
	}
}

// isObject reports whether a document is an object of Kubernetes.
func isObject(n *yaml.Node) bool {
	return yamldoc.String(yamldoc.Get(n, "kind")) != "" && yamldoc.Get(n, "apiVersion") != nil
}

// isValues reports whether a file is one of a chart's values.
func isValues(base string) bool { return strings.Contains(strings.ToLower(base), "values") }

// inTemplates reports whether Helm renders the file.
func (r *reader) inTemplates(p string) bool {
	for d := path.Dir(p); d != "."; d = path.Dir(d) {
		if path.Base(d) == "templates" && r.t.Has(path.Join(path.Dir(d), "Chart.yaml")) {
			return true
		}
	}
	return false
}

// rendered reports whether the folder is a chart's whose own templates make alerts or
// routes of its values.
func (r *reader) rendered(folder string) bool {
	if !r.t.Has(path.Join(folder, "Chart.yaml")) {
		return false
	}
	if r.charts == nil {
		r.charts = map[string]bool{}
	}
	makes, known := r.charts[folder]
	if known {
		return makes
	}
	prefix := path.Join(folder, "templates") + "/"
	for _, f := range r.t.Files() {
		if !strings.HasPrefix(f.Path, prefix) {
			continue
		}
		data, ok := r.t.Read(f.Path)
		if ok && slices.ContainsFunc([]string{"PrometheusRule", "VMRule", "alerting_rules", "alertmanager", "serverFiles", "groups:"}, func(w string) bool { return bytes.Contains(data, []byte(w)) }) {
			makes = true
			break
		}
	}
	r.charts[folder] = makes
	return makes
}

// maxJSON is how large a JSON file may be to be looked into.
const maxJSON = 4 << 20

func (r *reader) json(p string, size int64) {
	if size > maxJSON {
		return
	}
	data, ok := r.t.Read(p, scorecard.Alerts)
	if !ok {
		return
	}
	monitor := isDatadogText(data)
	if !monitor && !(mentioned(data) && (bytes.Contains(data, []byte(`"groups"`)) || bytes.Contains(data, []byte("AWS::CloudWatch::")) || bytes.Contains(data, []byte(`"receivers"`)))) {
		return
	}
	for _, doc := range yamldoc.Parse(data) {
		if doc.Err != nil || doc.Root == nil || isObject(doc.Root) {
			continue
		}
		f := &finder{at: scorecard.Location{Path: p}, into: r.into, contacts: &r.contacts}
		if monitor {
			f.datadogJSON(doc.Root)
			continue
		}
		f.document(doc.Root)
	}
}

// template looks at a file that a program fills in before it is YAML. One that is YAML
// already but for marks that keep double braces is read; else it is a gap.
func (r *reader) template(p string) {
	data, ok := r.t.Read(p)
	if !ok || !looksLike(data) || r.inTemplates(p) {
		return
	}
	plain := data
	for _, mark := range []string{"{% raw %}", "{% endraw %}", "{%- raw %}", "{%- endraw %}", "{% raw -%}", "{% endraw -%}", "{%- raw -%}", "{%- endraw -%}"} {
		plain = bytes.ReplaceAll(plain, []byte(mark), nil)
	}
	if !bytes.Contains(plain, []byte("{%")) && !bytes.Contains(plain, []byte("<%")) {
		docs := yamldoc.Parse(plain)
		if !slices.ContainsFunc(docs, func(d yamldoc.Document) bool { return d.Err != nil }) {
			for _, d := range docs {
				if d.Root != nil && !isObject(d.Root) {
					f := &finder{at: scorecard.Location{Path: p}, into: r.into, contacts: &r.contacts}
					f.document(d.Root)
				}
			}
			return
		}
	}
	r.t.Gap(scorecard.Gap{
		Location: scorecard.Location{Path: p}, Hides: []scorecard.Family{scorecard.Alerts}, Reason: "render-failed",
		Message: p + " is a template of alerts, which is not rendered here; keep the rendered rules in version control to have them judged",
	})
}

// finish puts together what stands in several files.
func (r *reader) finish() {
	for i := range r.into.Routings {
		x := &r.into.Routings[i]
		if len(x.Receivers) == 0 && len(r.contacts) > 0 {
			x.Receivers = slices.Clone(r.contacts)
		}
	}
}
