package kube

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
)

// helmRelease reads a Flux HelmRelease whose chart lies in this repository.
func (c *collector) helmRelease(u *unit, o object) {
	spec, at := yamldoc.Get(o.node, "spec"), o.at
	ref := at.Object
	l := &release{tool: "Flux", at: at, name: ref.Name, namespace: ref.Namespace}
	if ns := yamldoc.String(yamldoc.Get(spec, "targetNamespace")); ns != "" {
		l.namespace = ns
	}
	if name := yamldoc.String(yamldoc.Get(spec, "releaseName")); name != "" {
		l.name = name
	}
	if l.namespace == releaseNamespace {
		l.namespace = ""
	}
	chart := yamldoc.Get(spec, "chart", "spec")
	if chart == nil {
		chart = c.helmChart(yamldoc.Get(spec, "chartRef"), ref.Namespace)
	}
	named := yamldoc.String(yamldoc.Get(chart, "chart"))
	folder, ok := resolve(".", named)
	switch source := yamldoc.String(yamldoc.Get(chart, "sourceRef", "kind")); {
	case chart == nil || source == "HelmRepository":
		ok = false
	case named == "" || c.r.charts[folder] == nil:
		ok = false
	}
	if !ok {
		c.away(at, "the Flux HelmRelease %s deploys a chart that is not in this repository; what it makes was not judged", ref.Name)
		return
	}
	l.folder = folder
	files := yamldoc.Items(yamldoc.Get(chart, "valuesFiles"))
	if f := yamldoc.Get(chart, "valuesFile"); len(files) == 0 && f != nil {
		files = []*yaml.Node{f}
	}
	l.replaces = len(files) > 0
	for _, n := range files { // they count from the source's root
		p, ok := resolve(".", yamldoc.String(n))
		l.file(c.r, yamldoc.String(n), p, ok)
	}
	for _, from := range yamldoc.Items(yamldoc.Get(spec, "valuesFrom")) {
		c.valuesFrom(u, l, from, ref.Namespace)
	}
	l.inline(yamldoc.Get(spec, "values"))
	if saysAny(yamldoc.Get(spec, "postRenderers")) {
		l.apply = &applied{unclear: []string{"postRenderers"}}
	}
	c.add(u, l)
}

// helmChart finds the source that a HelmRelease refers to; nil where it is no
// HelmChart, or none of this repository.
func (c *collector) helmChart(ref *yaml.Node, namespace string) *yaml.Node {
	if yamldoc.String(yamldoc.Get(ref, "kind")) != "HelmChart" {
		return nil
	}
	if ns := yamldoc.String(yamldoc.Get(ref, "namespace")); ns != "" {
		namespace = ns
	}
	for _, u := range c.units {
		for _, o := range u.declared {
			have := o.at.Object
			if have.Kind == "HelmChart" && have.Name == yamldoc.String(yamldoc.Get(ref, "name")) && sameNamespace(have.Namespace, namespace) {
				return yamldoc.Get(o.node, "spec")
			}
		}
	}
	return nil
}

// valuesFrom reads values out of a ConfigMap that stands in this repository. A Secret's
// can't be seen: a single one is taken for what a Secret is for, and no gap; a whole file
// of values may hold anything.
func (c *collector) valuesFrom(u *unit, l *release, from *yaml.Node, namespace string) {
	kind, name := yamldoc.String(yamldoc.Get(from, "kind")), yamldoc.String(yamldoc.Get(from, "name"))
	key, target := yamldoc.String(yamldoc.Get(from, "valuesKey")), yamldoc.String(yamldoc.Get(from, "targetPath"))
	if key == "" {
		key = "values.yaml"
	}
	if kind == "Secret" {
		if target == "" {
			l.missing = append(l.missing, "the values in the Secret "+name+" can't be seen")
		} else {
			c.note(l.at, "the Flux HelmRelease %s takes the value %s from the Secret %s, which was left out", l.name, target, name)
		}
		return
	}
	data := c.configMap(u, name, namespace)
	text := yamldoc.Get(data, key)
	switch {
	case text == nil && yamldoc.String(yamldoc.Get(from, "optional")) == "true":
	case text == nil:
		l.missing = append(l.missing, "values of the "+kind+" "+name+" are not in this repository")
	case target != "":
		l.set = append(l.set, setting(target, yamldoc.String(text), false))
	default:
		l.values = append(l.values, valuesOf{text: []byte(yamldoc.String(text))})
	}
}

// configMap finds the data of a ConfigMap, in the same form first.
func (c *collector) configMap(u *unit, name, namespace string) *yaml.Node {
	for _, in := range append([]*unit{u}, c.units...) {
		for _, o := range in.held {
			if o.at.Object.Name == name && sameNamespace(o.at.Object.Namespace, namespace) {
				return yamldoc.Get(o.node, "data")
			}
		}
	}
	return nil
}

// fluxKustomization reads a Flux Kustomization: a folder with a kustomization, or all
// manifests below one without.
func (c *collector) fluxKustomization(u *unit, o object) {
	spec, at := yamldoc.Get(o.node, "spec"), o.at
	name := at.Object.Name
	folder, ok := resolve(".", yamldoc.String(yamldoc.Get(spec, "path")))
	if !ok || folder == "." && c.r.kusts["."] == nil {
		return // the whole repository: nothing that would tell its parts apart
	}
	if kind := yamldoc.String(yamldoc.Get(spec, "sourceRef", "kind")); kind != "GitRepository" && kind != "" || !c.r.deploys(folder) {
		c.away(at, "the Flux Kustomization %s deploys what is not in this repository; what it makes was not judged", name)
		return
	}
	if strings.Contains(folder, "${") {
		return
	}
	c.add(u, &release{tool: "Flux", at: at, name: name, namespace: yamldoc.String(yamldoc.Get(spec, "targetNamespace")),
		folder: folder, recurse: c.r.kusts[folder] == nil, apply: fluxApplied(spec)})
}
