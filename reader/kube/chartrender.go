package kube

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/reader/kube/lifecycle"
	"github.com/seaworthy-dev/seaworthy/reader/kube/render"
	"github.com/seaworthy-dev/seaworthy/reader/scrape"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// namespaceToken is what a chart sees as its release's namespace: a valid name that
// nobody has, told apart again after rendering.
const namespaceToken = "seaworthy-release-namespace"

// releaseNamespace is what stands for it in a rendered object's fields.
const releaseNamespace = "release-namespace"

// maxForms is how many production values files of one chart are rendered.
const maxForms = 24

// renderChart gives the forms of a chart that count: its releases, and the values files
// named production beside it unless a production release says what is deployed there.
func (r *reader) renderChart(ctx context.Context, c *chart, releases []*release) ([]*unit, error) {
	files, gaps := r.bundleChart(c.folder)
	beside := r.valuesFiles(c.folder)
	if len(releases) > maxChartReleases {
		gaps = append(gaps, scorecard.Gap{Location: c.facts.Location, Hides: hides(), Reason: "too-many",
			Message: fmt.Sprintf("the chart %s has %d releases; only the first %d were rendered", c.folder, len(releases), maxChartReleases)})
		releases = releases[:maxChartReleases]
	}
	var units []*unit
	for _, l := range releases {
		u, err := r.releaseUnit(ctx, c, files, l)
		if err != nil {
			return nil, err
		}
		units = append(units, u)
	}
	production := r.besideProduction(c, beside, releases)
	if len(production) > maxForms {
		gaps = append(gaps, scorecard.Gap{Location: c.facts.Location, Hides: hides(), Reason: "too-many",
			Message: fmt.Sprintf("the chart %s has %d values files for production; only the first %d were rendered", c.folder, len(production), maxForms)})
		production = production[:maxForms]
	}
	for _, v := range production {
		u, err := r.chartUnit(ctx, c, files, v, true)
		if err != nil {
			return nil, err
		}
		units = append(units, u)
	}
	if !anyGood(units) {
		tried, err := r.firstThatRenders(ctx, c, files, beside)
		if err != nil {
			return nil, err
		}
		units = append(units, tried)
	}
	if len(units) > 0 {
		units[0].gaps = append(gaps, units[0].gaps...)
		r.chartManifest(c, units[0])
	}
	others, err := r.otherForms(ctx, c, files, beside, units, len(releases) > 0)
	return append(units, others...), err
}

// maxOtherForms is how many forms of one chart are rendered only to be compared.
const maxOtherForms = 6

// otherForms renders the chart with values that are not judged, to say where they would
// come out differently: the files beside it and, unless something releases it, its
// defaults. What will not render is left out.
func (r *reader) otherForms(ctx context.Context, c *chart, files *bundle, beside []string, judged []*unit, released bool) ([]*unit, error) {
	if !anyGood(judged) {
		return nil, nil
	}
	have := map[string]bool{}
	for _, u := range judged {
		have[u.form] = true
	}
	values := beside
	if !released {
		values = append([]string{""}, beside...)
	}
	var out []*unit
	for _, v := range values {
		form := chartForm(c, v)
		if have[form] || r.names.isProduction(c.folder, v) || len(out) == maxOtherForms {
			continue
		}
		have[form] = true
		if v != "" {
			if _, ok := r.read(v); !ok {
				continue // it hides nothing of what is judged
			}
		}
		u, err := r.chartUnit(ctx, c, files, v, false)
		if err != nil {
			return nil, err
		}
		if !u.failed {
			u.other, u.gaps, u.manifests, u.declared, u.held = true, nil, nil, nil, nil
			out = append(out, u)
		}
	}
	return out, nil
}

// besideProduction are the values files beside the chart that are named production; none
// where a release does for production.
func (r *reader) besideProduction(c *chart, beside []string, releases []*release) []string {
	for _, l := range releases {
		if l.rank == rankProduction {
			return nil
		}
	}
	var out []string
	for _, v := range beside {
		if r.names.isProduction(c.folder, v) {
			out = append(out, v)
		}
	}
	return out
}

func anyGood(units []*unit) bool {
	for _, u := range units {
		if !u.failed {
			return true
		}
	}
	return false
}

// firstThatRenders tries the defaults, then the values files beside the chart. When
// none will do it tries them again with stand-ins for what is missing, and when that will
// not do either it gives the failure of the defaults.
func (r *reader) firstThatRenders(ctx context.Context, c *chart, files *bundle, beside []string) (*unit, error) {
	var first *unit
	for _, standIns := range []bool{false, true} {
		for _, v := range append([]string{""}, beside[:min(len(beside), maxForms)]...) {
			u, err := r.chartUnit(ctx, c, files, v, standIns)
			if err != nil || !u.failed {
				return u, err
			}
			if first == nil {
				first = u
			}
		}
	}
	return first, nil
}

// chartManifest puts the chart's own problems where its rendering's are.
func (r *reader) chartManifest(c *chart, u *unit) {
	if len(u.manifests) == 0 {
		u.manifests = append(u.manifests, scorecard.Manifest{Location: scorecard.Location{Path: c.file("Chart.yaml")}, Kind: "chart"})
	}
	u.manifests[0].Problems = append(u.manifests[0].Problems, c.problems...)
}

// chartForm names the chart with one values file, or with its defaults.
func chartForm(c *chart, values string) string {
	if values == "" {
		return "helm " + c.folder
	}
	return "helm " + c.folder + " with " + below(c.folder, values)
}

// chartUnit renders the chart with one values file, or its defaults alone.
func (r *reader) chartUnit(ctx context.Context, c *chart, files *bundle, values string, standIns bool) (*unit, error) {
	u := &unit{kind: "chart", origin: c.folder, folder: c.folder, form: chartForm(c, values), rank: rankChart, namespace: scorecard.ReleaseNamespace(c.folder)}
	job := render.Job{Files: files.files, Namespace: namespaceToken}
	if values != "" {
		u.rank = r.names.rank(c.folder, values, rankChart)
		b, ok := r.read(values, hides()...)
		if !ok {
			u.failed = true
			return u, nil
		}
		job.Values = [][]byte{b}
	}
	if r.names.isProduction("", c.folder) {
		u.rank = rankProduction
	}
	return u, r.renderUnit(ctx, c, u, job, standIns)
}

// releaseUnit renders the chart as a release deploys it. Values that can't be known are
// a gap, and it is rendered with the rest.
func (r *reader) releaseUnit(ctx context.Context, c *chart, files *bundle, l *release) (*unit, error) {
	u := &unit{kind: "chart", origin: c.folder, folder: c.folder, form: l.form(), rank: l.rank, namespace: l.namespace}
	u.outside = l.tool == "Helmfile"
	job := render.Job{Files: files.files, Namespace: l.namespace, Release: l.name, Set: l.set}
	if l.namespace == "" {
		u.namespace, job.Namespace = scorecard.ReleaseNamespace(c.folder), namespaceToken
	}
	for _, v := range l.values {
		if v.text != nil {
			job.Values = append(job.Values, v.text)
		} else if b, ok := r.read(v.path, hides()...); ok {
			job.Values = append(job.Values, b)
		}
	}
	if l.replaces {
		job.Files = maps.Clone(files.files)
		delete(job.Files, "values.yaml")
	}
	if len(l.missing) > 0 {
		at := l.at
		at.Object, at.Form = scorecard.ObjectRef{}, u.form
		u.gaps = append(u.gaps, scorecard.Gap{Location: at, Hides: hides(), Reason: "unreadable",
			Message: fmt.Sprintf("%s: %s; it was rendered without", u.form, strings.Join(l.missing[:min(len(l.missing), 10)], "; ")), Alters: []string{c.folder}})
	}
	if l.apply != nil {
		u.gaps = append(u.gaps, l.unapplied(u.form, l.apply.unclear, []string{c.folder}))
	}
	return u, r.renderUnit(ctx, c, u, job, true)
}

// renderUnit runs the job and reads what it gives into the unit. Where the chart fails for
// want of values, standIns has it rendered without: what they would say is unknown.
func (r *reader) renderUnit(ctx context.Context, c *chart, u *unit, job render.Job, standIns bool) error {
	job.Tool, job.KubeVersion, job.APIVersions = render.Helm, r.o.KubeVersion, r.capabilities()
	res, err := r.pool.Render(ctx, job)
	if err != nil {
		return err
	}
	if standIns && res.Failure != nil && res.Failure.Reason == "failed" {
		job.StandIns = true
		again, err := r.pool.Render(ctx, job)
		if err != nil {
			return err
		}
		if again.Failure == nil {
			res, u.outside = again, true
		}
	}
	r.chartGaps(u, c, res)
	if u.failed {
		return nil
	}
	m := scorecard.Manifest{Location: scorecard.Location{Path: c.file("Chart.yaml"), Form: u.form}, Kind: "chart"}
	for _, d := range res.Documents {
		r.renderedTemplate(u, &m, c, d)
	}
	u.manifests = append(u.manifests, m)
	return nil
}

// renderedTemplate reads what one template gave.
func (r *reader) renderedTemplate(u *unit, m *scorecard.Manifest, c *chart, d render.Document) {
	source := r.sourceOf(c.folder, d.Path)
	if why := notText(d.Text); why != "" {
		u.gaps = append(u.gaps, scorecard.Gap{Location: scorecard.Location{Path: source, Form: u.form}, Hides: hides(), Reason: "not-text",
			Message: fmt.Sprintf("%s: what %s renders can't be read: %s", u.form, source, why)})
		return
	}
	if !mayHoldObjects(d.Text) {
		return
	}
	var t *template
	if text, ok := r.read(source); ok && strings.HasSuffix(source, path.Base(d.Path)) {
		t = newTemplate(text)
	}
	at := scorecard.Location{Path: source, Form: u.form}
	for _, doc := range yamldoc.Parse(d.Text) {
		if errors.Is(doc.Err, yamldoc.ErrTooMany) {
			u.gaps = append(u.gaps, scorecard.Gap{Location: at, Hides: hides(), Reason: "too-many", Message: fmt.Sprintf("%s: what %s renders has %v", u.form, at.Path, doc.Err)})
			continue
		}
		if doc.Err != nil {
			if doc.Text == nil { // all of it is no UTF-8
				doc.Text = d.Text
			}
			if looksLikeObject(doc.Text) {
				u.gaps = append(u.gaps, scorecard.Gap{Location: at, Hides: hides(), Reason: "malformed",
					Message: fmt.Sprintf("%s: what %s renders to would not parse: %v", u.form, source, doc.Err)})
				m.Problems = append(m.Problems, scorecard.Problem{Location: at, Message: fmt.Sprintf("renders to what would not parse: %v", doc.Err)})
			}
			continue
		}
		r.document(u, m, doc.Root, at, func(n *yaml.Node) {
			r.relocate(n, t, doc)
			if u.outside {
				markOutside(n, textGoes)
			}
		})
	}
}

// relocate turns lines of the rendered text into lines of the template, and the
// stand-in for the release's namespace into the real unknown.
func (r *reader) relocate(n *yaml.Node, t *template, doc yamldoc.Document) {
	if ns := yamldoc.Get(n, "metadata", "namespace"); ns != nil && ns.Value == namespaceToken {
		ns.Value = ""
	}
	walk(n, func(x *yaml.Node) {
		if strings.Contains(x.Value, namespaceToken) {
			x.Value = strings.ReplaceAll(x.Value, namespaceToken, releaseNamespace)
		}
	})
	kind := yamldoc.String(yamldoc.Get(n, "kind"))
	switch {
	case t == nil:
		setLines(n, func(int) int { return 0 })
	case !matters(n):
		setLines(n, func(int) int { return 0 })
		n.Line = t.kindOnly(kind)
	default:
		lines := t.align(doc.Text)
		setLines(n, func(line int) int {
			if i := line - doc.FirstLine; i >= 0 && i < len(lines) {
				return lines[i]
			}
			return 0
		})
	}
}

// matters reports whether lines inside of the object are shown.
func matters(n *yaml.Node) bool {
	ref := refOf(n)
	if _, ok := shapeOf(ref); ok || partOf(ref) != nil {
		return true
	}
	a, ok := lifecycle.Find(ref.APIVersion, ref.Kind)
	return ok && a.Retiring() || scrape.Mentioned(n)
}

// missingDependency is the reason of a gap for a dependency that is not vendored.
const missingDependency = "missing-dependency"

// brings are the words in names of charts that bring more than Kubernetes' own kinds.
var brings = []struct {
	family scorecard.Family
	words  []string
}{
	{scorecard.Alerts, []string{"alert", "prometheus", "monitor", "rules", "observab"}},
	{scorecard.Dashboards, []string{"dashboard", "grafana", "monitor", "observab"}},
	{scorecard.Objectives, []string{"slo", "sloth", "pyrra"}},
}

// brought are the other families of evidence that missing charts may hold, by their names.
func brought(charts []string) (out []scorecard.Family) {
	for _, b := range brings {
		if slices.ContainsFunc(charts, func(chart string) bool {
			return slices.ContainsFunc(b.words, func(w string) bool { return strings.Contains(strings.ToLower(chart), w) })
		}) {
			out = append(out, b.family)
		}
	}
	return out
}

// haveCharts reports whether there are charts of all these names in the repository.
func (r *reader) haveCharts(names []string) bool {
	return !slices.ContainsFunc(names, func(name string) bool {
		for _, c := range r.charts {
			if c.facts.Name == name {
				return false
			}
		}
		return true
	})
}

// chartGaps notes what is missing from the rendering, or why there is none.
func (r *reader) chartGaps(u *unit, c *chart, res render.Result) {
	at := c.facts.Location
	at.FirstLine, at.LastLine, at.Form = 0, 0, u.form
	if len(res.Missing) > 0 {
		where := at
		for _, d := range c.facts.Dependencies {
			if res.Missing[0] == d.Name {
				where.FirstLine, where.LastLine = d.Location.FirstLine, d.Location.LastLine
				where.Path = d.Location.Path
				break
			}
		}
		hidden := hides()
		if r.haveCharts(res.Missing) {
			hidden = nil // they stand in this repository, and are rendered by themselves
		}
		u.gaps = append(u.gaps, scorecard.Gap{Location: where, Hides: hidden, Reason: missingDependency, Charts: res.Missing,
			Message: fmt.Sprintf("the chart %s needs %s, which is not under %s; run `helm dependency build %s` and commit what it fetches, or scan where it has been run",
				c.folder, strings.Join(res.Missing, ", "), c.file("charts"), c.folder)})
	}
	if len(res.StandIns) > 0 {
		u.gaps = append(u.gaps, scorecard.Gap{Location: at, Reason: "missing-value", Message: fmt.Sprintf("%s lacks what nothing here gives it (%s); it was rendered without, and what that decides is unknown",
			u.form, strings.Join(res.StandIns[:min(len(res.StandIns), 10)], "; "))})
	}
	f := res.Failure
	if f == nil {
		return
	}
	u.failed = true
	if f.Path != "" {
		at.Path = r.sourceOf(c.folder, f.Path)
		at.FirstLine, at.LastLine = f.Line, f.Line
	}
	u.gaps = append(u.gaps, scorecard.Gap{Location: at, Hides: hides(), Reason: reasonOf(f), Message: fmt.Sprintf("%s would not render: %s: %s; a values file beside the chart that makes it render would be used",
		u.form, at, f.Message)})
}

func reasonOf(f *render.Failure) string {
	switch f.Reason {
	case "timeout", "too-large":
		return f.Reason
	}
	return "render-failed"
}
