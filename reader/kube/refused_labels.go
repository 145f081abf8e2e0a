package kube

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
)

// objectMeta looks at what every object says of itself.
func objectMeta(r *refuser, o spot) {
	meta := o.in("metadata")
	if namespace, ok := meta.text("namespace"); ok && namespace != "" && !isLabel(namespace) && !filledIn(namespace) {
		r.refuse(meta, "namespace", "is no name that a namespace can have: at most 63 lower-case letters, digits and '-', with a letter or a digit at both ends")
	}
	podMeta(r, meta)
}

// podMeta looks at labels and annotations.
func podMeta(r *refuser, meta spot) {
	labels(r, meta, "labels")
	annotations := meta.in("annotations")
	for _, key := range resourcesOf(annotations) {
		if !isQualified(strings.ToLower(key)) && !filledIn(key) {
			r.refuse(annotations, key, "is no key that an annotation can have: %s", keyForm)
		}
	}
}

// What keys and values of labels look like.
const (
	keyForm   = "at most 63 letters, digits, '-', '_' and '.', with a letter or a digit at both ends, and at most a name of DNS and a slash before it"
	valueForm = "at most 63 letters, digits, '-', '_' and '.', with a letter or a digit at both ends"
)

// labels looks at a mapping of labels.
func labels(r *refuser, of spot, key string) {
	all := of.in(key)
	for _, name := range resourcesOf(all) {
		if !isQualified(name) {
			if !filledIn(name) {
				r.refuse(all, name, "is no key that a label can have: %s", keyForm)
			}
			continue
		}
		if value, ok := all.text(name); ok && !isLabelValue(value) && !filledIn(value) {
			r.refuse(all, name, "is no value that a label can have: %s", valueForm)
		}
	}
}

// selectorAt looks at a label selector of the spec.
func selectorAt(key string) look {
	return func(r *refuser, spec spot) { labelSelector(r, spec, key) }
}

// labelSelector looks at a label selector, where there is one.
func labelSelector(r *refuser, of spot, key string) {
	s := of.in(key)
	labels(r, s, "matchLabels")
	for _, e := range s.items("matchExpressions") {
		if name, ok := e.text("key"); ok && !isQualified(name) && !filledIn(name) {
			r.refuse(e, "key", "is no key that a label can have: %s", keyForm)
		}
		expression(r, e)
	}
}

func expression(r *refuser, e spot) {
	operator, ok := e.text("operator")
	values := e.value("values")
	if !ok || filledIn(operator) || values != nil && values.Kind != yaml.SequenceNode {
		return
	}
	none := values == nil || len(values.Content) == 0
	switch {
	case !slices.Contains(operators, operator):
		r.refuse(e, "operator", "must be %s", either(operators))
	case none && (operator == "In" || operator == "NotIn"):
		r.refuse(e, "values", "must have a value for the operator %s", operator)
	case !none && (operator == "Exists" || operator == "DoesNotExist"):
		r.refuse(e, "values", "must have no value for the operator %s", operator)
	}
	for _, value := range writtenTexts(values) {
		if !isLabelValue(value) && !filledIn(value) {
			r.refuse(e, "values", "holds what is no value that a label can have: %s", valueForm)
			return
		}
	}
}

// writtenTexts are the texts of a list that are known.
func writtenTexts(list *yaml.Node) (out []string) {
	for _, v := range yamldoc.Items(list) {
		if v = yamldoc.Follow(v); isText(v) {
			out = append(out, v.Value)
		}
	}
	return out
}

// isQualified reports whether a text is a name, at most with a subdomain and a slash before it.
func isQualified(s string) bool {
	prefix, name, found := strings.Cut(s, "/")
	if !found {
		name = s
	}
	return name != "" && isLabelValue(name) && (!found || isSubdomain(prefix))
}

func isLabelValue(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		inside := i > 0 && i < len(s)-1 && (c == '-' || c == '_' || c == '.')
		if !inside && !lower(c) && !capital(c) && !digit(c) {
			return false
		}
	}
	return len(s) <= labelRoom
}
