package kube

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
)

// volumeSource refuses a volume of two sources. One of none is an emptyDir.
func volumeSource(r *refuser, v spot) {
	first := ""
	for i := 0; v.node != nil && i+1 < len(v.node.Content); i += 2 {
		key, source := v.node.Content[i].Value, yamldoc.Follow(v.node.Content[i+1])
		switch {
		case source.Kind != yaml.MappingNode:
		case first != "":
			r.refuse(v, key, "must not be set beside %s: a volume has one source", first)
		default:
			first = key
		}
	}
	host := v.in("hostPath")
	if path, ok := host.text("path"); ok && host.node != nil && path == "" {
		r.refuse(host, "path", "is not set")
	}
	r.noSteps(host, "path")
	for _, item := range v.in("downwardAPI").items("items") {
		fieldPath(r, item, volumeFields)
	}
	for _, source := range v.in("projected").items("sources") {
		for _, item := range source.in("downwardAPI").items("items") {
			fieldPath(r, item, volumeFields)
		}
	}
}

// below refuses a path that does not stay below where it begins.
func (r *refuser) below(s spot, key string) {
	if path, ok := s.text(key); ok && strings.HasPrefix(path, "/") {
		r.refuse(s, key, "must not begin with a slash")
	}
	r.noSteps(s, key)
}

func (r *refuser) noSteps(s spot, key string) {
	if path, ok := s.text(key); ok && slices.Contains(strings.Split(path, "/"), "..") {
		r.refuse(s, key, "must not have '..' in it")
	}
}

// The fields of a pod that its containers can be told, by where: in an environment
// variable, or in a file.
var (
	variableFields = []string{"metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.host",
		"spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs"}
	volumeFields = []string{"metadata.name", "metadata.namespace", "metadata.labels", "metadata.annotations", "metadata.uid"}

	oneOfMap = lazyregexp.New(`^metadata\.(labels|annotations)\['.*'\]$`)
)

func fieldPath(r *refuser, of spot, known []string) {
	ref := of.in("fieldRef")
	path, ok := ref.text("fieldPath")
	switch {
	case !ok || ref.node == nil || filledIn(path):
	case path == "":
		r.refuse(ref, "fieldPath", "is not set")
	case !slices.Contains(known, path) && !oneOfMap.MatchString(path):
		r.refuse(ref, "fieldPath", "is no field that can be had here: %s, or one label or annotation", either(known))
	}
}

// variable looks at an environment variable.
func variable(r *refuser, v spot) {
	switch name, ok := v.text("name"); {
	case !ok:
	case name == "":
		r.refuse(v, "name", "is not set")
	case strings.ContainsFunc(name, func(c rune) bool { return c < ' ' || c > '~' || c == '=' }) && !filledIn(name):
		r.refuse(v, "name", "is no name of a variable: printable ASCII without '='")
	}
	from := v.value("valueFrom")
	if from == nil || from.Kind != yaml.MappingNode {
		return
	}
	if value := v.value("value"); value != nil && !yamldoc.IsUnknown(value) && value.Value != "" {
		r.refuse(v, "valueFrom", "must not be set beside value")
	}
	fieldPath(r, v.in("valueFrom"), variableFields)
	sources := 0
	for _, source := range from.Content[:len(from.Content)/2*2] {
		if source = yamldoc.Follow(source); source.Kind == yaml.MappingNode || yamldoc.IsUnknown(source) {
			sources++
		}
	}
	if sources != 1 {
		r.refuse(v, "valueFrom", "must name one source, such as secretKeyRef; it has %d", sources)
	}
}
