package kube

import (
	"bytes"
	"path"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
)

// capabilities are what charts may ask of the cluster: the built-in APIs of the target
// version, and those of the custom resources that the repository defines or uses.
func (r *reader) capabilities() []string {
	r.capsOnce.Do(func() {
		r.rememberOthers()
		r.caps = append(served(r.version), sortedKeys(r.custom)...)
	})
	return r.caps
}

// rememberOthers looks for custom resources in what is not read as manifests: files that
// kustomizations list, templates of charts and the definitions that charts bring along.
// Where no chart asks for APIs nobody needs to know.
func (r *reader) rememberOthers() {
	var files []tree.File
	asked := false
	for _, f := range r.t.Files() {
		template, definitions := r.partOfChart(f)
		if !template && !definitions && !(isManifestName(f.Base()) && r.kustomized(f)) {
			continue
		}
		files = append(files, f)
		if template && !asked {
			b, ok := r.read(f.Path)
			asked = ok && bytes.Contains(b, []byte("APIVersions"))
		}
	}
	if !asked {
		return
	}
	for _, f := range files {
		if b, ok := r.read(f.Path); ok && bytes.Contains(b, []byte("apiVersion")) {
			r.rememberText(b)
		}
	}
}

// partOfChart reports whether the file is a template of a chart of this repository's own,
// or one of the definitions that Helm installs before a chart, vendored ones included.
func (r *reader) partOfChart(f tree.File) (template, definitions bool) {
	for d := f.Folder(); d != "." && d != "/"; d = path.Dir(d) {
		c := r.charts[path.Dir(d)]
		if c == nil {
			continue
		}
		switch path.Base(d) {
		case "templates":
			return !c.vendored, false
		case "crds":
			return false, isManifestName(f.Base())
		}
	}
	return false, false
}

// The lines of a template by which it says what it makes. One whose value is made by the
// template itself says nothing here.
var (
	templatedAPI       = lazyregexp.New(`(?m)^[ \t-]*apiVersion:[ \t]*["']?([a-z0-9.-]+/v\d+(?:(?:alpha|beta)\d+)?)["']?[ \t\r]*$`)
	templatedKind      = lazyregexp.New(`(?m)^[ \t-]*kind:[ \t]*["']?([A-Z][A-Za-z0-9]*)["']?[ \t\r]*$`)
	definedGroup       = lazyregexp.New(`(?m)^[ \t]+group:[ \t]*["']?([a-z0-9.-]+\.[a-z0-9.-]+)["']?[ \t\r]*$`)
	definedVersion     = lazyregexp.New(`(?m)^[ \t-]+(?:name|version):[ \t]*["']?(v\d+(?:(?:alpha|beta)\d+)?)["']?[ \t\r]*$`)
	templatedSeparator = lazyregexp.New(`(?m)^---`)
)

// rememberText notes the custom API versions that a text speaks of, which may be a template.
func (r *reader) rememberText(b []byte) {
	for _, doc := range templatedSeparator.Split(string(b), -1) {
		kinds := templatedKind.FindAllStringSubmatch(doc, -1)
		for _, m := range templatedAPI.FindAllStringSubmatch(doc, -1) {
			group, _, _ := strings.Cut(m[1], "/")
			switch {
			case group == "apiextensions.k8s.io":
				r.rememberDefinition(doc, kinds)
			case r.api.groups[group]:
			default:
				for _, k := range kinds {
					if isObject(m[1], k[1]) {
						r.custom[m[1]] = true
						r.custom[m[1]+"/"+k[1]] = true
					}
				}
			}
		}
	}
}

// rememberDefinition notes what a definition of a custom resource defines.
func (r *reader) rememberDefinition(doc string, kinds [][]string) {
	group := definedGroup.FindStringSubmatch(doc)
	if group == nil {
		return
	}
	for _, v := range definedVersion.FindAllStringSubmatch(doc, -1) {
		r.custom[group[1]+"/"+v[1]] = true
		for _, k := range kinds {
			if !strings.HasSuffix(k[1], "List") && k[1] != "CustomResourceDefinition" {
				r.custom[group[1]+"/"+v[1]+"/"+k[1]] = true
			}
		}
	}
}

// remember notes which custom API versions the repository uses, since charts ask
// whether the cluster has them.
func (r *reader) remember(n *yaml.Node) {
	ref := refOf(n)
	if group := ref.Group(); group == "" || r.api.groups[group] {
		return
	}
	if ref.Kind != "CustomResourceDefinition" {
		r.custom[ref.APIVersion] = true
		r.custom[ref.APIVersion+"/"+ref.Kind] = true
		return
	}
	group := yamldoc.String(yamldoc.Get(n, "spec", "group"))
	kind := yamldoc.String(yamldoc.Get(n, "spec", "names", "kind"))
	names := []string{yamldoc.String(yamldoc.Get(n, "spec", "version"))}
	for _, v := range yamldoc.Items(yamldoc.Get(n, "spec", "versions")) {
		names = append(names, yamldoc.String(yamldoc.Get(v, "name")))
	}
	for _, v := range names {
		if v != "" && group != "" {
			r.custom[group+"/"+v] = true
			r.custom[group+"/"+v+"/"+kind] = true
		}
	}
}
