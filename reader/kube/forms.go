package kube

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/seaworthy-dev/seaworthy/reader/kube/lifecycle"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// form is a chart with all its forms that count, or a kustomization.
type form struct {
	// key says all that decides what it renders to.
	key, name string
	chart     *chart // nil for a kustomization
	render    func(context.Context) ([]*unit, error)
}

// render renders every chart and kustomization that is deployed by itself, side by
// side, and keeps what they gave in a fixed order. What is rendered may hold releases
// of its own, so it goes on until nothing new is released.
func (r *reader) render(ctx context.Context) error {
	plain, done := r.units, map[string][]*unit{}
	var forms []form
	for round := 0; ; round++ {
		units := slices.Clone(plain)
		for _, f := range forms {
			units = append(units, done[f.key]...)
		}
		c := r.collect(units)
		if round > 1 && (round > maxRounds || slices.EqualFunc(c.releases, r.releases, func(a, b *release) bool { return a.key() == b.key() })) {
			r.notes = append(r.notes, c.finish()...)
			break
		}
		r.releases = c.releases
		forms = r.forms(round == 0)
		if err := r.renderAll(ctx, forms, done); err != nil {
			return err
		}
	}
	r.circles()
	r.deployPlain()
	r.keep(forms, done)
	return r.fallBack(ctx)
}

// forms lists what is to be rendered, as far as the releases are known. Most charts
// hold no releases; the first time those wait for what the others say of them.
func (r *reader) forms(first bool) []form {
	var out []form
	for _, folder := range sortedKeys(r.charts) {
		c := r.charts[folder]
		if !c.renders() {
			continue
		}
		releases := r.releasesOf(folder)
		if first && len(releases) == 0 && !r.mayRelease(folder) {
			continue
		}
		key := "chart " + folder
		for _, l := range releases {
			key += " " + l.key()
		}
		out = append(out, form{key, folder, c, func(ctx context.Context) ([]*unit, error) { return r.renderChart(ctx, c, releases) }})
	}
	for _, k := range r.roots() {
		out = append(out, r.formsOf(k)...)
	}
	return out
}

// formsOf are the kustomization as it is, unless it is only deployed with changes, and
// as each release changes it.
func (r *reader) formsOf(k *kustomization) (out []form) {
	releases := r.releasesOf(k.folder)
	asItIs := len(releases) == 0
	for _, l := range releases[:min(len(releases), maxChartReleases)] {
		if l.apply == nil {
			asItIs = true
			continue
		}
		out = append(out, form{"kustomization " + k.folder + " " + l.key(), k.folder, nil, func(ctx context.Context) ([]*unit, error) {
			u, err := r.renderKustomization(ctx, k, l.namespace, l)
			return []*unit{u}, err
		}})
	}
	if asItIs || len(releases) > maxChartReleases {
		_, namespace := r.standing(k)
		out = append(out, form{"kustomization " + k.folder + " in " + namespace, k.folder, nil, func(ctx context.Context) ([]*unit, error) {
			u, err := r.renderKustomization(ctx, k, namespace, nil)
			return []*unit{u}, err
		}})
	}
	return out
}

// mayRelease reports whether a chart's templates speak of deployment tools' objects.
func (r *reader) mayRelease(folder string) bool {
	for _, p := range r.filesIn(path.Join(folder, "templates")) {
		b, ok := r.read(p)
		if ok && (bytes.Contains(b, []byte("argoproj.io")) || bytes.Contains(b, []byte("toolkit.fluxcd.io"))) {
			return true
		}
	}
	return false
}

// renderAll renders what is not done yet.
func (r *reader) renderAll(ctx context.Context, forms []form, done map[string][]*unit) error {
	var todo []form
	for _, f := range forms {
		if done[f.key] == nil {
			todo = append(todo, f)
		}
	}
	results := make([][]*unit, len(todo))
	var mu sync.Mutex
	total := r.rendered + len(todo)
	g, inner := errgroup.WithContext(ctx)
	g.SetLimit(r.pool.Workers())
	for i, f := range todo {
		g.Go(func() (err error) {
			results[i], err = f.render(inner)
			mu.Lock()
			defer mu.Unlock()
			r.rendered++
			if r.o.Progress != nil && err == nil {
				r.o.Progress(scorecard.Progress{Stage: "render", Done: r.rendered, Total: total, Item: f.name})
			}
			return err
		})
	}
	err := g.Wait()
	for i, f := range todo {
		done[f.key] = results[i]
	}
	return err
}

// deployPlain gives folders of manifests that a release deploys its rank and namespace.
func (r *reader) deployPlain() {
	for i, u := range r.units {
		for _, l := range r.releases {
			if l.apply != nil && r.kusts[l.folder] == nil && r.charts[l.folder] == nil && inside(l.folder, u.folder) {
				u.gaps = append(u.gaps, l.unapplied("", l.apply.options(), []string{l.folder}))
			}
		}
		rank, namespace, ok := r.deployed(u.folder, u.rank)
		if !ok {
			continue
		}
		u.rank = rank
		if namespace == "" {
			continue
		}
		again := map[string]*unit{u.folder: {kind: u.kind, folder: u.folder, rank: rank, namespace: namespace, gaps: u.gaps}}
		for _, m := range u.manifests {
			if b, ok := r.read(m.Location.Path, scorecard.Kubernetes, scorecard.Infrastructure); ok {
				r.plainFile(m.Location.Path, b, again, false)
			}
		}
		r.units[i] = again[u.folder]
	}
}

// keep takes what the charts and kustomizations gave. A chart that another one of the
// repository includes is deployed with that one, unless that one would not render or
// a release deploys it by itself too.
func (r *reader) keep(forms []form, done map[string][]*unit) {
	good := map[string]bool{}
	for _, f := range forms {
		if f.chart != nil {
			good[f.chart.folder] = anyGood(done[f.key])
		}
	}
	for _, f := range forms {
		if c := f.chart; c != nil && c.usedBy != "" && good[c.usedBy] && len(r.releasesOf(c.folder)) == 0 {
			r.notes = append(r.notes, scorecard.Problem{Location: c.facts.Location,
				Message: fmt.Sprintf("the chart %s is part of the chart %s and was judged as that", c.folder, c.usedBy)})
			continue
		}
		for _, u := range done[f.key] {
			if f.chart == nil && !u.ranked {
				u.rank, _ = r.standing(r.kusts[u.folder])
			}
			r.units = append(r.units, u)
		}
	}
	for _, folder := range sortedKeys(r.charts) {
		if c := r.charts[folder]; c.speaks && !c.vendored && !c.renders() {
			u := &unit{kind: "chart", origin: folder, folder: folder, failed: true}
			r.chartManifest(c, u)
			r.units = append(r.units, u)
		}
	}
}

// circles notes kustomizations that nobody outside of their circle uses: none of them
// is a root, so none would be missed.
func (r *reader) circles() {
	reached := map[string]bool{}
	for _, k := range r.roots() {
		all, _ := r.closure(k)
		for _, c := range all {
			reached[c.folder] = true
		}
	}
	for _, folder := range sortedKeys(r.kusts) {
		k := r.kusts[folder]
		if reached[folder] || !k.speaks || k.component && len(k.usedBy) == 0 {
			continue
		}
		u := &unit{kind: "kustomization", folder: folder, origin: folder, form: "kustomize " + folder, failed: true}
		m := scorecard.Manifest{Location: scorecard.Location{Path: k.path, Form: u.form}, Kind: "kustomization", Problems: k.problems}
		all, ring := r.closure(k)
		for _, c := range all {
			reached[c.folder] = true
		}
		switch {
		case ring != nil:
			r.inCircle(u, &m, ring)
		case k.broken:
			u.manifests = append(u.manifests, m)
		}
		r.units = append(r.units, u)
	}
}

// fallBack judges the resources of a kustomization that would not build as they
// stand: the gap keeps verdicts from being better than what can be known, and the
// services in them are not lost.
func (r *reader) fallBack(ctx context.Context) error {
	done := map[string]bool{}
	for _, u := range slices.Clone(r.units) {
		k := r.kusts[u.origin]
		if u.kind != "kustomization" || !u.failed || k == nil {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		all, _ := r.closure(k)
		byFolder := map[string]*unit{}
		for _, c := range all {
			if c.component {
				continue
			}
			for _, p := range c.resources {
				if done[p] {
					continue
				}
				done[p] = true
				if b, ok := r.read(p, hides()...); ok {
					r.plainFile(p, b, byFolder, true)
				}
			}
		}
		for _, folder := range sortedKeys(byFolder) {
			r.units = append(r.units, byFolder[folder])
		}
	}
	return nil
}

// facts chooses among the forms and puts together what is left.
func (r *reader) facts() scorecard.Facts {
	units := r.units
	slices.SortStableFunc(units, func(a, b *unit) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), strings.Compare(a.folder, b.folder), strings.Compare(a.form, b.form))
	})
	seen := newSeen()
	f := scorecard.Facts{Charts: r.chartFacts, Notes: r.notes}
	secrets := allSecrets(units)
	for _, u := range units {
		borrow(u)
		if u.other {
			continue
		}
		left := seen.choose(u)
		var feeds scorecard.Feeds
		if len(u.gaps) > 0 {
			feeds = r.feeds(u)
		}
		for _, g := range u.gaps {
			g.Feeds = feeds
			if len(g.Hides) > 0 {
				g.Hides = r.hidingIn(u.folder, g)
			}
			if g.Reason == missingDependency && len(u.facts.Workloads) > 0 {
				// The chart's own templates rendered without it: what it would add is an
				// application of its own, and hides no object of this one.
				g.Hides = nil
			}
			for _, f := range brought(g.Charts) {
				if !slices.Contains(g.Hides, f) {
					g.Hides = append(g.Hides, f)
				}
			}
			r.t.Gap(g)
		}
		if left.all > 0 && left.form > 0 {
			f.Notes = append(f.Notes, scorecard.Problem{Location: scorecard.Location{Path: u.folder, Form: u.form}, Message: left.message(u)})
		}
		f.Append(&u.facts)
		for i := range u.custom {
			f.Append(u.custom[i].facts)
		}
		f.Manifests = append(f.Manifests, u.manifests...)
	}
	for _, u := range units {
		if u.other && slices.ContainsFunc(u.facts.Workloads, func(w scorecard.Workload) bool { _, ok := seen.has(u, w.Location, w.LabelledApplication()); return ok }) {
			seen.leave(u, u.facts)
		}
	}
	if len(r.names) > 0 && !slices.ContainsFunc(units, func(u *unit) bool { return u.rank == rankProduction }) {
		f.Notes = append(f.Notes, scorecard.Problem{Location: scorecard.Location{Path: "."},
			Message: fmt.Sprintf("no values file, folder or environment is named like the production forms asked for (%s)", strings.Join(r.names, ", "))})
	}
	if len(f.Manifests) > 0 {
		f.KubeVersion = r.o.KubeVersion
		f.Notes = append(f.Notes, r.newer()...)
	}
	f.Forms = seen.forms
	f.Secrets = append(f.Secrets, plainElsewhere(f.Secrets, secrets)...)
	f.Sort()
	return f
}

// newer says so when manifests are read for a version of which nothing is known yet.
func (r *reader) newer() []scorecard.Problem {
	if !lifecycle.Newest().Before(r.version) {
		return nil
	}
	return []scorecard.Problem{{Location: scorecard.Location{Path: "."}, Message: fmt.Sprintf("Kubernetes %s is newer than %s, the newest version whose APIs are known here; of those, what was planned by then is taken for done", r.version, lifecycle.Newest())}}
}

// borrow gives Rollouts the pods of the workloads that they refer to. Those are no
// workloads of their own then: the Rollout runs their pods. What a Rollout refers to
// and is not in the unit may stand elsewhere, so its pods are not known.
func borrow(u *unit) {
	if len(u.refs) == 0 {
		return
	}
	lenders := map[lender][]int{}
	for i := range u.facts.Workloads {
		if o := u.facts.Workloads[i].Object; o.Kind != "Rollout" { // no Rollout lends, itself above all
			lenders[lenderOf(o)] = append(lenders[lenderOf(o)], i)
		}
	}
	gone := map[int]bool{}
	for _, ref := range u.refs {
		to := &u.facts.Workloads[ref.index]
		from := lenders[lenderOf(ref.from)]
		for _, i := range from {
			lend(to, &u.facts.Workloads[i])
			gone[i] = true
		}
		if len(from) == 0 {
			to.Unreadable = append(to.Unreadable, lentField)
		}
	}
	u.refs = nil
	var kept []scorecard.Workload
	for i, w := range u.facts.Workloads {
		if gone[i] {
			u.facts.Objects = append(u.facts.Objects, scorecard.OtherObject{Location: w.Location, Labels: w.Labels})
			continue
		}
		kept = append(kept, w)
	}
	u.facts.Workloads = kept
}

// lender is what a Rollout's reference must agree in with a workload.
type lender struct{ group, kind, namespace, name string }

func lenderOf(o scorecard.ObjectRef) lender {
	return lender{o.Group(), o.Kind, o.PairingNamespace(), o.Name}
}

// lentField is where what is lent stands, in the lender and in the Rollout.
const lentField = "spec.template"

// lend gives a workload the pods of another one, with what is known of their fields.
// Containers say themselves where they stand; other lines of another file would be
// taken for lines of this one, and are left out.
func lend(to, from *scorecard.Workload) {
	to.PodLabels, to.PodAnnotations, to.Containers = from.PodLabels, from.PodAnnotations, from.Containers
	to.Pod, to.PodResources = from.Pod, from.PodResources
	if to.Selector == nil {
		to.Selector = from.Selector
	}
	here := from.Location.Path == to.Location.Path
	if !here {
		to.Pod, to.PodResources.FirstLine = linelessPod(from.Pod), 0
	}
	for field, line := range from.Lines {
		if here && strings.HasPrefix(field, lentField) {
			if to.Lines == nil {
				to.Lines = map[string]int{}
			}
			to.Lines[field] = line
		}
	}
	for _, field := range from.Unreadable {
		if strings.HasPrefix(field, lentField) {
			to.Unreadable = append(to.Unreadable, field)
		}
	}
}

// left counts what was left out of a unit.
type left struct {
	all, form int
	what      string // what was counted
	as        []string
}

func (l left) message(u *unit) string {
	whose := "plain manifests"
	if u.form != "" {
		whose = u.form
	}
	return fmt.Sprintf("%d of %d %s of %s are another form of what is judged as %s, and are only compared with it", l.form, l.all, l.what, whose, strings.Join(l.as, ", "))
}

// fingerprint is the content of a part without its place.
func fingerprint(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprintf("%+v", v) // never: the parts are plain data
	}
	return string(b)
}
