package catalog

import (
	"net/url"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// document adds the entity that a document holds.
func (out *parsed) document(p string, d yamldoc.Document, has func(string) bool) {
	root := d.Root
	at := scorecard.Location{Path: p, FirstLine: root.Line, LastLine: max(root.Line, yamldoc.LastLine(root))}
	if root.Kind != yaml.MappingNode {
		out.notes = append(out.notes, scorecard.Problem{Location: at, Message: "a catalog file holds entities, which are mappings; this document is none and Backstage refuses it"})
		return
	}
	e := entityOf(root)
	if e.Kind == "" && e.Name == "" && e.APIVersion == "" {
		out.notes = append(out.notes, scorecard.Problem{Location: at, Message: "this document has no apiVersion, kind and metadata.name and is no catalog entity"})
		return
	}
	e.Location = at
	v := validator{path: p, has: has}
	v.entity(root)
	e.Problems = v.problems
	out.entities = append(out.entities, e)
	switch e.Kind {
	case "Location":
		out.targets = append(out.targets, targetsOf(p, root)...)
	case "Template":
		out.skeletons = append(out.skeletons, skeletonsOf(p, root)...)
	}
}

// entityOf takes the fields out of an entity, whatever is wrong with the rest of it.
func entityOf(root *yaml.Node) scorecard.Entity {
	meta, spec := yamldoc.Get(root, "metadata"), yamldoc.Get(root, "spec")
	text := func(n *yaml.Node, key string) string { return strings.TrimSpace(yamldoc.String(yamldoc.Get(n, key))) }
	e := scorecard.Entity{
		APIVersion: text(root, "apiVersion"), Kind: text(root, "kind"),
		Namespace: text(meta, "namespace"), Name: text(meta, "name"), Title: text(meta, "title"), Description: text(meta, "description"),
		Labels: yamldoc.StringMap(yamldoc.Get(meta, "labels")), Annotations: annotations(meta),
		Type: text(spec, "type"), Lifecycle: text(spec, "lifecycle"), Owner: text(spec, "owner"),
		System: text(spec, "system"), Tier: text(spec, "tier"),
		DependsOn: texts(spec, "dependsOn"), Provides: texts(spec, "providesApis"), Consumes: texts(spec, "consumesApis"),
	}
	if e.Owner != "" {
		e.OwnerLine = yamldoc.KeyLine(spec, "owner")
	}
	for _, l := range yamldoc.Items(yamldoc.Get(meta, "links")) {
		if u := text(l, "url"); u != "" {
			e.Links = append(e.Links, scorecard.EntityLink{URL: withoutCredentials(u), Title: text(l, "title"), Type: text(l, "type")})
		}
	}
	return e
}

// secretParameters are query parameters that hold a key to something.
var secretParameters = []string{"token", "access_token", "auth", "apikey", "api_key", "key", "password", "secret", "sig", "signature"}

// withoutCredentials takes user, password and keys out of a link; the rest of its
// query stays, since a dashboard's address needs it.
func withoutCredentials(s string) string {
	u, err := url.Parse(s)
	if err != nil { // what can't be taken apart is cut before anything that may be secret
		s = s[strings.LastIndexByte(s, '@')+1:]
		s, _, _ = strings.Cut(s, "?")
		return s
	}
	query, changed := u.Query(), u.User != nil
	for name := range query {
		if slices.Contains(secretParameters, strings.ToLower(name)) {
			query.Del(name)
			changed = true
		}
	}
	if !changed {
		return s
	}
	u.User, u.RawQuery = nil, query.Encode()
	return u.String()
}

// annotations are kept but for the values of those that hold a key to something.
func annotations(meta *yaml.Node) map[string]string {
	m := yamldoc.StringMap(yamldoc.Get(meta, "annotations"))
	for k := range m {
		for _, secret := range []string{"integration-key", "api-key", "apikey", "token", "secret", "password"} {
			if strings.HasSuffix(strings.ToLower(k), secret) {
				m[k] = "(not kept)"
			}
		}
	}
	return m
}

func texts(n *yaml.Node, key string) (out []string) {
	for _, item := range yamldoc.Items(yamldoc.Get(n, key)) {
		if s := yamldoc.String(item); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// skeletonsOf gives the folders that a software template copies into new
// repositories. A folder that holds the template itself is none.
func skeletonsOf(p string, root *yaml.Node) (out []string) {
	for _, step := range yamldoc.Items(yamldoc.Get(root, "spec", "steps")) {
		if !strings.HasPrefix(yamldoc.String(yamldoc.Get(step, "action")), "fetch:") {
			continue
		}
		url := yamldoc.String(yamldoc.Get(step, "input", "url"))
		if url == "" || strings.Contains(url, ":") || strings.Contains(url, "{{") {
			continue
		}
		if dir := path.Join(path.Dir(p), url); dir != "." && !strings.HasPrefix(dir, "..") && !strings.HasPrefix(p, dir+"/") {
			out = append(out, dir)
		}
	}
	return out
}
