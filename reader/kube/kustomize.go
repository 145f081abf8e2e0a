package kube

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/reader/kube/render"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// maxRoots is how many kustomizations of one repository are built.
const maxRoots = 1_000

// roots are the kustomizations that are built: those that no other uses, those that a
// release deploys, and the bases of which all overlays are named after environments
// other than production.
func (r *reader) roots() []*kustomization {
	var out []*kustomization
	for _, folder := range sortedKeys(r.kusts) {
		k := r.kusts[folder]
		if k.speaks && !k.component && !k.broken && k.root != nil && (len(k.usedBy) == 0 || r.standsIn(k) || len(r.releasesOf(folder)) > 0) {
			out = append(out, k)
		}
	}
	if len(out) > maxRoots { // those that are deployed first
		slices.SortStableFunc(out, func(a, b *kustomization) int {
			rank, _ := r.standing(a)
			other, _ := r.standing(b)
			return cmp.Compare(rank, other)
		})
		feeds := r.feedsOf(out[maxRoots], "")
		for _, k := range out[maxRoots:] {
			feeds.Widen(r.feedsOf(k, ""))
		}
		r.t.Gap(scorecard.Gap{Location: scorecard.Location{Path: out[maxRoots].path}, Hides: hides(), Reason: "too-many", Feeds: feeds,
			Message: fmt.Sprintf("the repository has %d kustomizations to build; those after the first %d were not built", len(out), maxRoots)})
		out = out[:maxRoots]
	}
	return out
}

// standing is the rank of a kustomization, and the namespace that a release puts it in.
func (r *reader) standing(k *kustomization) (rank int, namespace string) {
	rank = r.names.rank("", k.folder, rankKustomization)
	if deployed, ns, ok := r.deployed(k.folder, rank); ok {
		return deployed, ns
	}
	return rank, ""
}

// standsIn reports whether the base is judged in place of its overlays.
func (r *reader) standsIn(k *kustomization) bool {
	for _, u := range k.usedBy {
		if user := r.kusts[u]; user.component || len(user.usedBy) > 0 || r.names.rank("", u, rankKustomization) != rankOther {
			return false
		}
	}
	return len(k.usedBy) > 0
}

// renderKustomization builds one, as a release changes it; by is nil for as it is.
func (r *reader) renderKustomization(ctx context.Context, k *kustomization, namespace string, by *release) (*unit, error) {
	u := &unit{kind: "kustomization", origin: k.folder, folder: k.folder, form: "kustomize " + k.folder, namespace: namespace}
	files := &bundle{files: map[string][]byte{}}
	closure, ring := r.closure(k)
	var change *applied
	if by != nil {
		u.form += " (" + by.who() + ")"
		u.rank, u.ranked = by.rank, true
		change = &applied{fields: maps.Clone(by.apply.fields), variables: by.apply.variables, substitutes: by.apply.substitutes, unclear: by.apply.unclear}
		components, unclear := change.link(r, k, files)
		for _, c := range components {
			more, round := r.closure(c)
			for _, c := range more {
				if !slices.Contains(closure, c) {
					closure = append(closure, c)
				}
			}
			if ring == nil {
				ring = round
			}
		}
		if len(unclear) > 0 {
			u.gaps = append(u.gaps, by.unapplied(u.form, unclear, builtOn(closure)))
		}
	}
	m := scorecard.Manifest{Location: scorecard.Location{Path: k.path, Form: u.form}, Kind: "kustomization"}
	for _, c := range closure {
		m.Problems = append(m.Problems, c.problems...)
		for _, f := range c.refused {
			if f.quiet {
				continue
			}
			at := scorecard.Location{Path: c.path, FirstLine: f.line, LastLine: f.line}
			gap := scorecard.Gap{Location: at, Hides: hides(), Reason: f.reason, Message: fmt.Sprintf("%s: %s", at, f.message)}
			gap.Apart = f.foreign
			if f.release {
				gap.Hides = nil
			}
			if f.alters {
				gap.Alters = builtOn(closure)
				if c == k { // else it alters whatever builds on this one
					gap.Location.Form = u.form
				}
			}
			u.gaps = append(u.gaps, gap)
			if f.wrong {
				m.Problems = append(m.Problems, scorecard.Problem{Location: at, Message: f.message})
			}
		}
	}
	if ring != nil {
		r.inCircle(u, &m, ring)
		return u, nil
	}
	for _, c := range closure {
		r.bundleKustomization(files, c, c == k, change)
	}
	if files.full {
		u.gaps = append(u.gaps, scorecard.Gap{Location: m.Location, Hides: hides(), Reason: "too-large",
			Message: fmt.Sprintf("%s uses more than %d files or %d bytes; it was built without the rest", u.form, maxRenderFiles, maxRenderBytes)})
	}
	res, err := r.build(ctx, k, files, by)
	if err != nil {
		return nil, err
	}
	if f := res.Failure; f != nil {
		at := scorecard.Location{Path: k.path, Form: u.form}
		if f.Path != "" {
			at.Path, at.FirstLine, at.LastLine = f.Path, f.Line, f.Line
		}
		u.gaps = append(u.gaps, scorecard.Gap{Location: at, Hides: hides(), Reason: reasonOf(f), Message: fmt.Sprintf("%s would not build: %s", u.form, f.Message), Alters: builtOn(closure)})
		if strings.Contains(f.Message, "invalid Kustomization") {
			m.Problems = append(m.Problems, scorecard.Problem{Location: scorecard.Location{Path: k.path}, Message: f.Message})
		}
		u.failed = true
		u.manifests = append(u.manifests, m)
		return u, nil
	}
	documents := res.Documents
	if change != nil {
		open := false
		if documents, open = change.substitute(documents); open {
			u.gaps = append(u.gaps, by.unapplied(u.form, []string{"variables of postBuild whose values are not in it"}, builtOn(closure)))
		}
	}
	sources := map[string]*sourceFile{}
	for _, d := range documents {
		r.builtResource(u, &m, d, sources)
	}
	u.manifests = append(u.manifests, m)
	return u, nil
}

// builtOn are the folders and files whose objects go into a build.
func builtOn(closure []*kustomization) []string {
	var out []string
	for _, c := range closure {
		out = append(out, c.folder)
		for _, p := range c.resources {
			if !inside(c.folder, p) {
				out = append(out, p)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// maxBuilt bounds what is kept of builds, in bytes.
const maxBuilt = 64 << 20

// build runs Kustomize, once for a kustomization that is read again because it turned
// out where it is deployed.
func (r *reader) build(ctx context.Context, k *kustomization, files *bundle, by *release) (render.Result, error) {
	key := k.folder
	if by != nil {
		key += "\x00" + by.key()
	}
	r.mu.Lock()
	res, ok := r.built[key]
	r.mu.Unlock()
	if ok {
		return res, nil
	}
	res, err := r.pool.Render(ctx, render.Job{Tool: render.Kustomize, Files: files.files, Root: k.folder})
	if err != nil {
		return res, err
	}
	size := 0
	for _, d := range res.Documents {
		size += len(d.Text)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.builtBytes += size; r.builtBytes <= maxBuilt {
		r.built[key] = res
	}
	return res, nil
}

func (r *reader) inCircle(u *unit, m *scorecard.Manifest, ring []string) {
	at := scorecard.Location{Path: r.kusts[ring[0]].path}
	for _, use := range r.kusts[ring[0]].uses {
		if use.path == ring[1] {
			at.FirstLine, at.LastLine = use.line, use.line
		}
	}
	message := "kustomizations use each other in a circle: " + strings.Join(ring, " → ")
	u.gaps = append(u.gaps, scorecard.Gap{Location: at, Hides: hides(), Reason: "render-failed", Message: fmt.Sprintf("%s: %s; none of them can be built", at, message), Alters: slices.Sorted(slices.Values(ring))})
	m.Problems = append(m.Problems, scorecard.Problem{Location: at, Message: message})
	u.failed = true
	u.manifests = append(u.manifests, *m)
}

// closure gives the kustomization and all that it builds on, itself first; ring is a
// circle among them, where there is one.
func (r *reader) closure(k *kustomization) (all []*kustomization, ring []string) {
	done := map[string]bool{}
	var trail []string
	var visit func(*kustomization)
	visit = func(c *kustomization) {
		if i := slices.Index(trail, c.folder); i >= 0 {
			if ring == nil {
				ring = append(slices.Clone(trail[i:]), c.folder)
			}
			return
		}
		if done[c.folder] {
			return
		}
		done[c.folder] = true
		all = append(all, c)
		trail = append(trail, c.folder)
		for _, u := range c.uses {
			visit(r.kusts[u.path])
		}
		trail = trail[:len(trail)-1]
	}
	visit(k)
	return all, ring
}

// bundleKustomization adds a kustomization, without what was refused and with what a
// release changes of the top one, and its files.
func (r *reader) bundleKustomization(b *bundle, k *kustomization, top bool, change *applied) {
	v, ok := yamldoc.Value(k.root).(map[string]any)
	if !ok {
		v = map[string]any{}
	}
	refused := map[string]bool{}
	for _, f := range k.refused {
		if f.text != "" {
			refused[f.text] = true
		}
	}
	strip(v, refused)
	if top && change != nil {
		change.into(v)
	}
	if top {
		v["buildMetadata"] = []any{"originAnnotations"}
	} else {
		delete(v, "buildMetadata")
	}
	text, err := json.Marshal(v) // JSON is YAML, and keeps text that looks like a number text
	if err != nil {
		return // the values come from YAML; there is nothing that JSON could not hold
	}
	b.put(k.path, text)
	envs := envFiles(k)
	for _, f := range k.files {
		if data, ok := r.read(f, hides()...); ok {
			if envs[f] {
				data = withoutBareLines(data)
			}
			b.put(f, data)
		}
	}
}

// strip takes refused references out of a kustomization.
func strip(v map[string]any, refused map[string]bool) {
	for _, f := range chartFields {
		delete(v, f)
	}
	if o, ok := v["openapi"].(map[string]any); ok && refused[text(o["path"])] {
		delete(v, "openapi")
	}
	for _, field := range slices.Concat(resourceFields, fileFields) {
		if list, ok := v[field].([]any); ok {
			v[field] = slices.DeleteFunc(list, func(x any) bool { return refused[text(x)] })
		}
	}
	for _, field := range pathFields {
		if list, ok := v[field].([]any); ok {
			v[field] = slices.DeleteFunc(list, func(x any) bool {
				m, ok := x.(map[string]any)
				return ok && refused[text(m["path"])]
			})
		}
	}
	for _, field := range []string{"configMapGenerator", "secretGenerator"} {
		list, _ := v[field].([]any)
		for _, g := range list {
			m, ok := g.(map[string]any)
			if !ok {
				continue
			}
			for _, f := range []string{"files", "envs"} {
				if refs, ok := m[f].([]any); ok {
					m[f] = slices.DeleteFunc(refs, func(x any) bool { return refused[text(x)] })
				}
			}
			if refused[text(m["env"])] {
				delete(m, "env")
			}
		}
	}
	maps.DeleteFunc(v, func(_ string, x any) bool {
		list, ok := x.([]any)
		return ok && len(list) == 0
	})
}

func text(v any) string {
	s, _ := v.(string)
	return s
}

// builtResource reads one object that Kustomize gave, and finds it in its source.
func (r *reader) builtResource(u *unit, m *scorecard.Manifest, d render.Document, sources map[string]*sourceFile) {
	at := scorecard.Location{Path: d.Path, Form: u.form}
	if at.Path == "" {
		at.Path = m.Location.Path
	}
	for _, doc := range yamldoc.Parse(d.Text) {
		if doc.Err != nil {
			u.gaps = append(u.gaps, scorecard.Gap{Location: at, Hides: hides(), Reason: "malformed", Message: fmt.Sprintf("%s: what %s builds to would not parse: %v", u.form, at.Path, doc.Err)})
			continue
		}
		r.document(u, m, doc.Root, at, func(n *yaml.Node) {
			follow(n, r.sourceObject(n, at.Path, sources))
			if first, _ := span(n); first == 0 {
				n.Line = r.madeAt(n, at.Path) // a place that can be opened, if not the object's own
			}
		})
	}
	m.Problems = append(m.Problems, r.source(at.Path, sources).tell()...)
}

// madeAt is the line of the generator that made an object of which no source has lines:
// the one in the kustomization whose name it lengthens, else the file's first.
func (r *reader) madeAt(n *yaml.Node, p string) int {
	k := r.kusts[path.Dir(p)]
	if k == nil || k.path != p {
		return 1
	}
	line, longest := 1, ""
	for _, field := range []string{"configMapGenerator", "secretGenerator"} {
		for _, g := range yamldoc.Items(yamldoc.Get(k.root, field)) {
			name := yamldoc.String(yamldoc.Get(g, "name"))
			if ref := refOf(n); strings.EqualFold(ref.Kind+"Generator", field) && len(name) > len(longest) && strings.Contains(ref.Name, name) {
				line, longest = g.Line, name
			}
		}
	}
	return line
}

// sourceObject finds the object that a built one was made of: of its kind and name,
// or the one of its kind of whose names it lengthens the longest. nil where none can be told.
func (r *reader) sourceObject(n *yaml.Node, p string, sources map[string]*sourceFile) *yaml.Node {
	objects := r.source(p, sources).objects
	ref := refOf(n)
	var like *yaml.Node
	longest := 0
	for _, o := range objects {
		have := refOf(o)
		switch {
		case have.Kind != ref.Kind || have.Group() != ref.Group():
		case have.Name == ref.Name:
			return o
		case len(have.Name) > longest && strings.Contains(ref.Name, have.Name):
			like, longest = o, len(have.Name)
		case len(have.Name) == longest && strings.Contains(ref.Name, have.Name):
			like = nil // two of one length
		}
	}
	return like
}
