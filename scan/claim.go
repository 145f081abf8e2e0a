package scan

import (
	"cmp"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/labels"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// entityPath is the folder of an entity: what its source-location annotation says,
// where that is a place in a repository, else the folder of its file.
func entityPath(e *scorecard.Entity) string {
	folder := path.Dir(e.Location.Path)
	loc, ok := strings.CutPrefix(e.Annotations["backstage.io/source-location"], "url:")
	if !ok {
		if dir, ok := strings.CutPrefix(e.Annotations["backstage.io/source-location"], "dir:"); ok && !path.IsAbs(dir) {
			if p := path.Join(folder, dir); p != ".." && !strings.HasPrefix(p, "../") {
				return p
			}
		}
		return folder
	}
	u, err := url.Parse(loc)
	if err != nil {
		return folder
	}
	// github.com/org/repo/tree/main/services/cart, gitlab.com/org/repo/-/tree/main/services/cart.
	// The branch is taken for one segment; a location in another repository than this
	// one can't be told apart here, and its folder simply holds nothing.
	segments := strings.Split(strings.Trim(path.Clean("/"+u.Path), "/"), "/")
	for i, s := range segments {
		if (s == "tree" || s == "blob") && i >= 2 {
			if i+2 >= len(segments) {
				return "."
			}
			return path.Join(segments[i+2:]...)
		}
	}
	return folder
}

// claimWorkloads lets each Component take its workloads: those its annotations
// select, else those of its name, else, where it is the only Component, all under
// its path. A workload that two of them select goes to the first.
func (a *attribution) claimWorkloads() {
	components := slices.Clone(a.members)
	for _, m := range components {
		if selects := annotated(m.entity); selects != nil {
			a.claim(m, selects)
		}
	}
	for _, m := range components {
		if len(m.workloads) == 0 {
			a.claim(m, func(w *scorecard.Workload) bool { return bearsName(w, m.service.Name) })
		}
	}
	if len(components) == 1 && len(components[0].workloads) == 0 {
		m := components[0]
		a.claim(m, func(w *scorecard.Workload) bool { return under(w.Location.Path, m.service.Path) })
	}
}

func (a *attribution) claim(m *member, selects func(*scorecard.Workload) bool) {
	for i := range a.facts.Workloads {
		w := &a.facts.Workloads[i]
		if a.owner[w] == nil && selects(w) {
			a.owner[w] = m
			m.workloads = append(m.workloads, w)
		}
	}
}

func bearsName(w *scorecard.Workload, name string) bool {
	return strings.EqualFold(w.Application(), name) || strings.EqualFold(w.Object.Name, name)
}

// under reports whether a path is in the folder or below it.
func under(p, folder string) bool {
	return folder == "." || folder != "" && (p == folder || strings.HasPrefix(p, folder+"/"))
}

// annotated gives what the entity's Backstage annotations select; nil when it has
// none. A selector that will not parse selects nothing.
func annotated(e *scorecard.Entity) func(*scorecard.Workload) bool {
	namespace := e.Annotations["backstage.io/kubernetes-namespace"]
	inNamespace := func(w *scorecard.Workload) bool {
		ns := w.Object.Namespace
		return namespace == "" || ns == "" || ns == namespace || scorecard.IsReleaseNamespace(ns)
	}
	if text := e.Annotations["backstage.io/kubernetes-label-selector"]; text != "" {
		selector, err := labels.Parse(text)
		return func(w *scorecard.Workload) bool {
			return err == nil && inNamespace(w) && (selector.Matches(labels.Set(w.Labels)) || selector.Matches(labels.Set(w.PodLabels)))
		}
	}
	const key = "backstage.io/kubernetes-id"
	if id := e.Annotations[key]; id != "" {
		return func(w *scorecard.Workload) bool {
			return inNamespace(w) && (w.Labels[key] == id || w.PodLabels[key] == id)
		}
	}
	return nil
}

// groupWorkloads makes a service of each application among the workloads that no
// Component claims.
func (a *attribution) groupWorkloads() {
	var free []*scorecard.Workload
	for i := range a.facts.Workloads {
		if w := &a.facts.Workloads[i]; a.owner[w] == nil {
			free = append(free, w)
		}
	}
	bonds := a.imageBonds(free)
	groups := map[string]*group{}
	var order []*group
	for _, w := range free {
		key := applicationOf(w)
		if bond, ok := bonds[key]; ok {
			key = bond
		}
		g := groups[key]
		if g == nil {
			g = &group{}
			groups[key] = g
			order = append(order, g)
		}
		g.workloads = append(g.workloads, w)
	}
	for _, g := range order {
		m := &member{workloads: g.workloads, service: scorecard.Service{
			Name: withoutParameters(g.name(a.facts.Charts)), Discovery: scorecard.ByWorkload, Location: g.workloads[0].Location,
		}}
		for _, w := range g.workloads {
			a.owner[w] = m
		}
		a.add(m, a.repository)
	}
}

// applicationOf tells applications apart. What overlays make of one source is one
// application under several names, unless labels name it.
func applicationOf(w *scorecard.Workload) string {
	if source, ok := sourceOf(w); ok && w.LabelledApplication() == "" {
		return fmt.Sprintf("%s:%d %s", source.path, source.line, source.kind)
	}
	return strings.ToLower(w.Application())
}

// sourceKey is where an object stands of which overlays make many.
type sourceKey struct {
	path string
	line int
	kind string
}

// sourceOf is the source of a workload that Kustomize built; false for all others.
func sourceOf(w *scorecard.Workload) (sourceKey, bool) {
	at := w.Location
	return sourceKey{at.Path, at.FirstLine, w.Object.Kind}, strings.HasPrefix(at.Form, "kustomize ") && at.FirstLine > 0
}

// imageBonds finds applications that are one: those of one chart or overlay whose
// main containers run the same image, such as thirteen workers of one program. Two
// that each have a Service of their own are two, whatever they run: a database image
// serves many. It maps each bound application to the first of its bond.
func (a *attribution) imageBonds(free []*scorecard.Workload) map[string]string {
	serves := scorecard.Pair(a.facts).OfWorkload
	type key struct{ origin, image string }
	applications, behind := map[key][]string{}, map[key]map[string]bool{}
	var order []key
	for _, w := range free {
		c := w.MainContainer()
		if w.Origin == "" || c == nil {
			continue
		}
		image := scorecard.ParseImage(cmp.Or(c.Image, c.ImageText)).Repository
		if image == "" {
			continue
		}
		k, app := key{w.Origin, image}, applicationOf(w)
		if behind[k] == nil {
			behind[k] = map[string]bool{}
			order = append(order, k)
		}
		if !slices.Contains(applications[k], app) {
			applications[k] = append(applications[k], app)
		}
		if len(serves[w]) > 0 {
			behind[k][app] = true
		}
	}
	bonds := map[string]string{}
	for _, k := range order {
		if len(applications[k]) < 2 || len(behind[k]) > 1 {
			continue
		}
		first := applications[k][0]
		if f, ok := bonds[first]; ok {
			first = f
		}
		for _, app := range applications[k] {
			if _, bound := bonds[app]; !bound {
				bonds[app] = first
			}
		}
	}
	return bonds
}

// group is an application in the making.
type group struct{ workloads []*scorecard.Workload }

// name is the application that all share, else the words that their names begin
// with, or end with where overlays make them of one source, else the chart's or overlay's.
func (g *group) name(charts []scorecard.Chart) string {
	first := g.workloads[0]
	words := strings.Split(first.Application(), "-")
	for _, w := range g.workloads[1:] {
		other := strings.Split(w.Application(), "-")
		n := 0
		for n < min(len(words), len(other)) && strings.EqualFold(words[n], other[n]) {
			n++
		}
		words = words[:n]
	}
	if len(words) > 0 {
		return strings.Join(words, "-")
	}
	if name := g.ending(); name != "" {
		return name
	}
	for i := range charts {
		if charts[i].Folder == first.Origin && charts[i].Name != "" {
			return charts[i].Name
		}
	}
	return path.Base(first.Origin)
}

// withoutParameters is the name without what a template leaves open (`-${ZONE}`); the name
// itself where that is all of it.
func withoutParameters(name string) string {
	out := name
	for {
		before, rest, found := strings.Cut(out, "${")
		_, after, closed := strings.Cut(rest, "}")
		if !found || !closed {
			return cmp.Or(strings.Trim(out, "-_."), name)
		}
		out = strings.TrimRight(before, "-_.") + strings.TrimPrefix(after, "}")
	}
}

// ending are the last words that all names have in common: what is left of them
// without the overlays' prefixes. Empty for what is not of one source.
func (g *group) ending() string {
	source, _ := sourceOf(g.workloads[0])
	words := strings.Split(g.workloads[0].Application(), "-")
	for _, w := range g.workloads[1:] {
		if other, ok := sourceOf(w); !ok || other != source {
			return ""
		}
		theirs := strings.Split(w.Application(), "-")
		n := 0
		for n < min(len(words), len(theirs)) && strings.EqualFold(words[len(words)-1-n], theirs[len(theirs)-1-n]) {
			n++
		}
		words = words[len(words)-n:]
	}
	return strings.Join(words, "-")
}
