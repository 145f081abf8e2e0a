package kube

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/reader/kube/render"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// applied is what a deployment tool changes of a kustomization that it deploys. Argo CD
// and Flux both write it into the kustomization file before they build, and so does this.
type applied struct {
	// fields are those of a kustomization file, to be laid over its own.
	fields map[string]any
	// variables go into what was built, in the place of ${NAME}, where substitutes is set.
	variables   map[string]string
	substitutes bool
	// unclear are options that can't be applied, in words.
	unclear []string
}

// options are all that it changes, in words.
func (a *applied) options() []string {
	out := append(slices.Sorted(maps.Keys(a.fields)), a.unclear...)
	if a.substitutes {
		out = append(out, "postBuild")
	}
	return out
}

// nothing: the kustomization is deployed as it is.
func (a *applied) nothing() bool {
	return len(a.fields) == 0 && len(a.unclear) == 0 && !a.substitutes
}

// saysAny reports whether an option says anything.
func saysAny(n *yaml.Node) bool {
	n = yamldoc.Follow(n)
	return n != nil && (len(n.Content) > 0 || yamldoc.String(n) != "")
}

// take copies options that a kustomization file has under the same name.
func (a *applied) take(options *yaml.Node, names ...string) {
	for _, name := range names {
		n := yamldoc.Get(options, name)
		if !saysAny(n) {
			continue
		}
		if text, err := json.Marshal(yamldoc.Value(n)); err != nil || strings.Contains(string(text), "{{") {
			a.unclear = append(a.unclear, name)
			continue
		}
		a.fields[name] = yamldoc.Value(n)
	}
}

// cannot notes options that are written and can't be applied.
func (a *applied) cannot(options *yaml.Node, names ...string) {
	for _, name := range names {
		if saysAny(yamldoc.Get(options, name)) {
			a.unclear = append(a.unclear, name)
		}
	}
}

// argoApplied reads the kustomize options of an Argo CD source.
func argoApplied(options *yaml.Node, p params) *applied {
	if options == nil {
		return nil
	}
	options = p.fillAll(options)
	a := &applied{fields: map[string]any{}}
	a.take(options, "namePrefix", "nameSuffix", "namespace", "commonAnnotations", "components", "patches")
	var images []any
	for _, n := range yamldoc.Items(yamldoc.Get(options, "images")) {
		if image := imageOverride(yamldoc.String(n)); image != nil {
			images = append(images, image)
		} else {
			a.unclear = append(a.unclear, "images")
		}
	}
	if images != nil {
		a.fields["images"] = images
	}
	var replicas []any
	for _, n := range yamldoc.Items(yamldoc.Get(options, "replicas")) {
		count, err := strconv.Atoi(yamldoc.String(yamldoc.Get(n, "count")))
		if err != nil {
			a.unclear = append(a.unclear, "replicas")
			continue
		}
		replicas = append(replicas, map[string]any{"name": yamldoc.String(yamldoc.Get(n, "name")), "count": count})
	}
	if replicas != nil {
		a.fields["replicas"] = replicas
	}
	if n := yamldoc.Get(options, "commonLabels"); saysAny(n) {
		if yamldoc.String(yamldoc.Get(options, "labelWithoutSelector")) == "true" {
			templates := yamldoc.String(yamldoc.Get(options, "labelIncludeTemplates")) == "true"
			a.fields["labels"] = []any{map[string]any{"pairs": yamldoc.Value(n), "includeTemplates": templates}}
		} else {
			a.take(options, "commonLabels")
		}
	}
	if _, alone := a.fields["namespace"]; a.nothing() || alone && len(a.fields) == 1 && len(a.unclear) == 0 {
		return nil // the namespace is the release's
	}
	return a
}

// imageOverride reads `name=new:tag`, `name:tag` or `name@digest` as `kustomize edit set
// image` does; nil where it is none of these.
func imageOverride(text string) map[string]any {
	if strings.Contains(text, "{{") {
		return nil
	}
	name, rest, renamed := strings.Cut(text, "=")
	if !renamed {
		rest = text
	}
	digest := ""
	rest, digest, _ = strings.Cut(rest, "@")
	tag := ""
	if i := strings.LastIndexByte(rest, ':'); i > strings.LastIndexByte(rest, '/') {
		rest, tag = rest[:i], rest[i+1:]
	}
	image := map[string]any{"name": rest}
	if renamed {
		image["name"] = name
		image["newName"] = rest
	}
	if tag != "" {
		image["newTag"] = tag
	}
	if digest != "" {
		image["digest"] = digest
	}
	if image["name"] == "" || len(image) == 1 {
		return nil
	}
	return image
}

// fluxApplied reads what a Flux Kustomization changes of what it deploys.
func fluxApplied(spec *yaml.Node) *applied {
	a := &applied{fields: map[string]any{}}
	a.take(spec, "namePrefix", "nameSuffix", "images", "components", "patches")
	patches, _ := a.fields["patches"].([]any)
	for _, n := range yamldoc.Items(yamldoc.Get(spec, "patchesStrategicMerge")) {
		if text, err := json.Marshal(yamldoc.Value(n)); err == nil {
			patches = append(patches, map[string]any{"patch": string(text)})
		}
	}
	for _, n := range yamldoc.Items(yamldoc.Get(spec, "patchesJson6902")) {
		if text, err := json.Marshal(yamldoc.Value(yamldoc.Get(n, "patch"))); err == nil {
			patches = append(patches, map[string]any{"target": yamldoc.Value(yamldoc.Get(n, "target")), "patch": string(text)})
		}
	}
	if patches != nil {
		a.fields["patches"] = patches
	}
	if n := yamldoc.Get(spec, "commonMetadata", "labels"); saysAny(n) {
		a.fields["labels"] = []any{map[string]any{"pairs": yamldoc.Value(n)}}
	}
	a.cannot(yamldoc.Get(spec, "commonMetadata"), "annotations")
	build := yamldoc.Get(spec, "postBuild")
	if a.variables = yamldoc.StringMap(yamldoc.Get(build, "substitute")); len(a.variables) > 0 {
		a.substitutes = true
	}
	if saysAny(yamldoc.Get(build, "substituteFrom")) {
		a.substitutes = true
	}
	if a.nothing() {
		return nil
	}
	if ns := yamldoc.String(yamldoc.Get(spec, "targetNamespace")); ns != "" {
		a.fields["namespace"] = ns
	}
	return a
}

// into lays the fields over those of a kustomization file: of lists by name the entry of
// that name is replaced, other lists grow, mappings are merged, and text stands in place.
func (a *applied) into(v map[string]any) {
	for _, field := range slices.Sorted(maps.Keys(a.fields)) {
		switch given := a.fields[field].(type) {
		case []any:
			have, _ := v[field].([]any)
			have = slices.Clone(have)
			if field == "images" || field == "replicas" {
				have = slices.DeleteFunc(have, func(x any) bool {
					return slices.ContainsFunc(given, func(y any) bool { return nameIn(x) != "" && nameIn(x) == nameIn(y) })
				})
			}
			v[field] = append(have, given...)
		case map[string]any:
			have, _ := v[field].(map[string]any)
			merged := maps.Clone(have)
			if merged == nil {
				merged = map[string]any{}
			}
			maps.Copy(merged, given)
			v[field] = merged
		default:
			v[field] = given
		}
	}
}

func nameIn(v any) string {
	m, _ := v.(map[string]any)
	return text(m["name"])
}

// link finds what the fields name: components of this repository, which it gives, and
// patches in files, which go into the bundle. What is not here is taken out and unclear.
func (a *applied) link(r *reader, k *kustomization, files *bundle) (components []*kustomization, unclear []string) {
	unclear = slices.Clone(a.unclear)
	if list, ok := a.fields["components"].([]any); ok {
		a.fields["components"] = slices.DeleteFunc(slices.Clone(list), func(x any) bool {
			p, ok := resolve(k.folder, text(x))
			if !ok || isRemote(text(x)) || r.kusts[p] == nil {
				unclear = append(unclear, "the component "+clean(text(x)))
				return true
			}
			components = append(components, r.kusts[p])
			return false
		})
	}
	if list, ok := a.fields["patches"].([]any); ok {
		a.fields["patches"] = slices.DeleteFunc(slices.Clone(list), func(x any) bool {
			m, _ := x.(map[string]any)
			ref := text(m["path"])
			if ref == "" {
				return false
			}
			p, ok := resolve(k.folder, ref)
			b, read := []byte(nil), false
			if ok && !isRemote(ref) && r.t.Has(p) {
				b, read = r.read(p, hides()...)
			}
			if !read {
				unclear = append(unclear, "the patch "+clean(ref))
				return true
			}
			files.put(p, b)
			return false
		})
	}
	return components, unclear
}

// variableMark is ${NAME}, ${NAME:-default} or ${NAME:=default}.
var variableMark = lazyregexp.New(`\$\{([A-Za-z_]\w*)(?::?[-=]([^{}]*))?\}`)

// substitute fills variables in as Flux does after it built; open reports whether some
// are left whose value comes from elsewhere.
func (a *applied) substitute(documents []render.Document) (out []render.Document, open bool) {
	if !a.substitutes {
		return documents, false
	}
	for _, d := range documents {
		text := variableMark.ReplaceAllStringFunc(string(d.Text), func(ref string) string {
			if value, ok := a.variables[variableMark.FindStringSubmatch(ref)[1]]; ok && !strings.ContainsAny(value, "\n") {
				return value
			}
			open = true
			return ref
		})
		out = append(out, render.Document{Path: d.Path, Text: []byte(text)})
	}
	return out, open
}

// unapplied is the gap for what a release changes of what it deploys and could not be
// applied here: right or wrong, what was read of it may be otherwise.
func (l *release) unapplied(form string, what, alters []string) scorecard.Gap {
	at := l.at
	at.Object, at.Form = scorecard.ObjectRef{}, form
	return scorecard.Gap{Location: at, Hides: hides(), Reason: "unreadable", Alters: alters,
		Message: fmt.Sprintf("the %s %s changes what it deploys by %s, which could not be applied here", l.tool, l.name, strings.Join(what[:min(len(what), 10)], ", "))}
}
