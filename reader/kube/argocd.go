package kube

import (
	"path"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// application reads an Argo CD Application, or what an ApplicationSet makes: spec is
// the Application's, p what the generators give to its placeholders.
func (c *collector) application(u *unit, at scorecard.Location, spec *yaml.Node, name string, p params) {
	sources := yamldoc.Items(yamldoc.Get(spec, "sources"))
	if len(sources) == 0 {
		sources = []*yaml.Node{yamldoc.Get(spec, "source")}
	}
	refs := map[string]bool{}
	for _, s := range sources {
		if ref := yamldoc.String(yamldoc.Get(s, "ref")); ref != "" {
			refs["$"+ref] = true
		}
	}
	namespace, known := p.fill(yamldoc.String(yamldoc.Get(spec, "destination", "namespace")))
	if !known || namespace == releaseNamespace {
		namespace = ""
	}
	cluster, known := p.fill(yamldoc.String(yamldoc.Get(spec, "destination", "name")))
	if !known {
		cluster = ""
	}
	for _, s := range sources {
		if c.full {
			return
		}
		l := &release{tool: "Argo CD", at: at, name: name, namespace: namespace}
		if !c.argoFolder(l, s, p) {
			continue
		}
		if c.r.charts[l.folder] != nil {
			c.argoValues(l, yamldoc.Get(s, "helm"), refs, p)
		} else {
			if ns := yamldoc.String(yamldoc.Get(s, "kustomize", "namespace")); ns != "" {
				l.namespace = ns
			}
			if c.r.kusts[l.folder] != nil {
				l.apply = argoApplied(yamldoc.Get(s, "kustomize"), p)
			}
		}
		l.recurse = yamldoc.String(yamldoc.Get(s, "directory", "recurse")) == "true"
		c.add(u, l, p["environment"], p["env"], p["values.environment"], p["values.env"], cluster)
	}
}

// argoFolder finds what a source leads to in this repository. A source's repository is
// mostly known by an address that says nothing about this copy of it, so a path that
// exists here is taken for this repository's.
func (c *collector) argoFolder(l *release, source *yaml.Node, p params) bool {
	if chart := yamldoc.String(yamldoc.Get(source, "chart")); chart != "" {
		c.away(l.at, "the Argo CD Application %s deploys the chart %s, which is not in this repository; what it makes was not judged", l.name, clean(chart))
		return false
	}
	written := yamldoc.String(yamldoc.Get(source, "path"))
	if written == "" {
		return false // a source of values, or none
	}
	if yamldoc.Get(source, "plugin") != nil {
		c.note(l.at, "the Argo CD Application %s deploys %s with a plugin, which is not run here; that was not followed", l.name, clean(written))
		return false
	}
	ref, known := p.fill(written)
	if !known {
		c.note(l.at, "the Argo CD Application %s deploys %s, whose placeholders are filled in by what is not in this repository; that was not followed", l.name, clean(written))
		return false
	}
	folder, ok := resolve(".", strings.TrimPrefix(ref, "/"))
	if !ok || !c.r.deploys(folder) {
		if written != ref {
			return false // one of many that a set makes, most likely of no cluster
		}
		c.away(l.at, "the Argo CD Application %s deploys %s, which is not in this repository; what it makes was not judged", l.name, clean(ref))
		return false
	}
	l.folder = folder
	return true
}

// argoValues reads what a source gives to its chart, in Argo CD's order: values files,
// values in place, then single ones.
func (c *collector) argoValues(l *release, helm *yaml.Node, refs map[string]bool, p params) {
	optional := yamldoc.String(yamldoc.Get(helm, "ignoreMissingValueFiles")) == "true"
	for _, n := range yamldoc.Items(yamldoc.Get(helm, "valueFiles")) {
		ref, known := p.fill(yamldoc.String(n))
		file, ok := resolve(l.folder, ref)
		root, rest, _ := strings.Cut(ref, "/")
		switch {
		case refs[root]:
			file, ok = resolve(".", rest)
		case strings.HasPrefix(ref, "/"):
			file, ok = resolve(".", strings.TrimLeft(ref, "/"))
		case strings.Contains(ref, "://"):
			ok = false
		}
		if optional && (!known || !ok || !c.r.t.Has(file)) {
			continue
		}
		l.file(c.r, ref, file, ok && known)
	}
	if n := yamldoc.Get(helm, "valuesObject"); n != nil && n.Kind == yaml.MappingNode {
		l.inline(p.fillAll(n))
	} else if text, _ := p.fill(yamldoc.String(yamldoc.Get(helm, "values"))); text != "" {
		l.values = append(l.values, valuesOf{text: []byte(text)})
	}
	for _, n := range yamldoc.Items(yamldoc.Get(helm, "parameters")) {
		name, value := yamldoc.String(yamldoc.Get(n, "name")), yamldoc.String(yamldoc.Get(n, "value"))
		value, _ = p.fill(value)
		if strings.HasPrefix(value, "$ARGOCD_") || name == "" {
			continue
		}
		l.set = append(l.set, setting(name, value, yamldoc.String(yamldoc.Get(n, "forceString")) == "true"))
	}
	for _, n := range yamldoc.Items(yamldoc.Get(helm, "fileParameters")) {
		l.missing = append(l.missing, "the value "+yamldoc.String(yamldoc.Get(n, "name"))+" is the text of a file")
	}
	if name, known := p.fill(yamldoc.String(yamldoc.Get(helm, "releaseName"))); name != "" && known {
		l.name = name
	}
	if ns := yamldoc.String(yamldoc.Get(helm, "namespace")); ns != "" {
		l.namespace = ns
	}
}

// applicationSet reads the Applications that an ApplicationSet makes of data in this
// repository.
func (c *collector) applicationSet(u *unit, o object) {
	name := o.at.Object.Name
	spec := yamldoc.Get(o.node, "spec")
	template := yamldoc.Get(spec, "template")
	g := generator{r: c.r}
	var all []params
	for _, n := range yamldoc.Items(yamldoc.Get(spec, "generators")) {
		all = append(all, g.generate(n, nil, 0)...)
	}
	if len(all) > maxElements {
		all, g.full = all[:maxElements], true
	}
	for _, p := range all {
		app, known := p.fill(yamldoc.String(yamldoc.Get(template, "metadata", "name")))
		if !known || app == "" {
			app = name
		}
		c.application(u, o.at, yamldoc.Get(template, "spec"), app, p)
	}
	switch {
	case g.full:
		c.note(o.at, "the ApplicationSet %s makes more than %d Applications; those after were not followed", name, maxElements)
	case g.unclear != "":
		c.note(o.at, "the ApplicationSet %s uses the generator %s, which asks what is not in this repository; what it makes of that was not followed", name, g.unclear)
	}
	if yamldoc.String(yamldoc.Get(spec, "templatePatch")) != "" {
		c.note(o.at, "the ApplicationSet %s patches its Applications with a template, which was not followed", name)
	}
}

// folderParams are what a git generator says of a folder.
func folderParams(folder string) params {
	base := path.Base(folder)
	p := params{"path": folder, "path.path": folder, "path.basename": base, "path.basenameNormalized": normalized(base)}
	for i, segment := range strings.Split(folder, "/") {
		p.list("path.segments", i, segment)
		p.list("path", i, segment)
	}
	return p
}

// normalized makes a valid name of any text, as Argo CD does.
func normalized(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '-', r == '.':
			return r
		case r >= 'A' && r <= 'Z':
			return r - 'A' + 'a'
		}
		return '-'
	}, s)
	return strings.Trim(s, "-.")
}
