package catalog

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
)

// shape is what a field of a spec must be.
type shape int

const (
	text     shape = iota // text that is not empty
	textList              // a list of texts that are not empty
	object                // a mapping
	objects               // a list of mappings
)

// field is one field of a kind's spec that Backstage checks. Others may stand beside it.
type field struct {
	name     string
	shape    shape
	required bool
}

// schema is what Backstage asks of a kind.
type schema struct {
	versions []string
	fields   []field
}

var coreVersions = []string{"backstage.io/v1alpha1", "backstage.io/v1beta1"}

// must and may make fields of one shape.
func must(s shape, names ...string) []field { return fieldsOf(s, true, names) }
func may(s shape, names ...string) []field  { return fieldsOf(s, false, names) }

func fieldsOf(s shape, required bool, names []string) []field {
	out := make([]field, len(names))
	for i, n := range names {
		out[i] = field{n, s, required}
	}
	return out
}

// schemaOf gives the schema of one of Backstage's own kinds; false for any other. Some
// kinds ask more of particular types.
func schemaOf(kind, specType string) (schema, bool) {
	switch kind {
	case "Component":
		return schema{coreVersions, slices.Concat(must(text, "type", "lifecycle", "owner"), may(text, "system", "subcomponentOf"), may(textList, "providesApis", "consumesApis", "dependsOn"))}, true
	case "API":
		if specType == "mcp-server" {
			return schema{coreVersions, slices.Concat(must(text, "type", "lifecycle", "owner"), must(objects, "remotes"), may(text, "system"))}, true
		}
		return schema{coreVersions, slices.Concat(must(text, "type", "lifecycle", "owner", "definition"), may(text, "system"))}, true
	case "Resource":
		return schema{coreVersions, slices.Concat(must(text, "type", "owner"), may(text, "system"), may(textList, "dependsOn"))}, true
	case "System":
		return schema{coreVersions, slices.Concat(must(text, "owner"), may(text, "domain", "type"))}, true
	case "Domain":
		return schema{coreVersions, slices.Concat(must(text, "owner"), may(text, "subdomainOf", "type"))}, true
	case "Group":
		return schema{coreVersions, slices.Concat(must(text, "type"), must(textList, "children"), may(text, "parent"), may(textList, "members"), may(object, "profile"))}, true
	case "User":
		return schema{coreVersions, slices.Concat(must(textList, "memberOf"), may(object, "profile"))}, true
	case "Location":
		return schema{coreVersions, slices.Concat(may(text, "type", "target", "presence"), may(textList, "targets"))}, true
	case "Template":
		return schema{[]string{"scaffolder.backstage.io/v1beta3"}, slices.Concat(must(text, "type"), must(objects, "steps"), may(text, "owner", "lifecycle"))}, true
	case "AiResource":
		fs := slices.Concat(must(text, "type", "lifecycle", "owner"), may(text, "system"))
		switch specType {
		case "rule":
			fs = slices.Concat(fs, must(text, "category", "rationale"))
		case "plugin":
			fs = slices.Concat(fs, must(textList, "skills"))
		case "marketplace":
			fs = slices.Concat(fs, must(textList, "plugins"))
		}
		return schema{coreVersions[:1], fs}, true
	}
	return schema{}, false
}

// kinds are Backstage's own, for telling a misspelt one.
var kinds = []string{"API", "AiResource", "Component", "Domain", "Group", "Location", "Resource", "System", "Template", "User"}

// kind checks the spec against the schema of the entity's kind.
func (v *validator) kind(root *yaml.Node, version, kind string) {
	if kind == "" {
		return
	}
	s, known := schemaOf(kind, yamldoc.String(yamldoc.Get(root, "spec", "type")))
	if !known {
		for _, k := range kinds {
			if strings.EqualFold(k, kind) {
				v.add(yamldoc.KeyLine(root, "kind"), "kind", "%q is written %s", kind, k)
				return
			}
		}
		// A kind of somebody's own is theirs to define, but not in Backstage's own group.
		if version != "" && strings.HasPrefix(version, "backstage.io/") {
			v.add(yamldoc.KeyLine(root, "kind"), "kind", "%q is none of Backstage's kinds (%s)", kind, strings.Join(kinds, ", "))
		}
		return
	}
	if version != "" && !slices.Contains(s.versions, version) {
		v.add(yamldoc.KeyLine(root, "apiVersion"), "apiVersion", "%q is no version of %s; write %s", version, kind, s.versions[0])
	}
	spec := v.mapping(root, root, "spec", "spec", true)
	if spec == nil {
		return
	}
	for _, f := range s.fields {
		v.field(root, spec, f)
	}
	if p := yamldoc.Get(spec, "presence"); kind == "Location" && p != nil && isText(p) && !slices.Contains([]string{"required", "optional"}, p.Value) {
		v.add(p.Line, "spec.presence", "%q must be required or optional", shown(p))
	}
	if profile := yamldoc.Get(spec, "profile"); profile != nil && profile.Kind == yaml.MappingNode && (kind == "Group" || kind == "User") {
		for _, key := range []string{"displayName", "email", "picture"} {
			v.text(profile, profile, "spec.profile."+key, key, false)
		}
	}
}

func (v *validator) field(root, spec *yaml.Node, f field) {
	name := "spec." + f.name
	switch f.shape {
	case text:
		v.text(root, spec, name, f.name, f.required)
	case object:
		v.mapping(root, spec, name, f.name, f.required)
	default:
		if f.required && yamldoc.Get(spec, f.name) == nil {
			v.add(holderLine(root, spec), name, "is missing")
			return
		}
		for i, n := range v.list(spec, name, f.name) {
			at := fmt.Sprintf("%s[%d]", name, i)
			switch {
			case f.shape == objects && n.Kind != yaml.MappingNode:
				v.add(n.Line, at, "must be a mapping")
			case f.shape == textList && !v.placeholder(n, at) && (!isText(n) || n.Value == ""):
				v.add(n.Line, at, "must be text that is not empty")
			}
		}
	}
}
