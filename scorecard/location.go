package scorecard

import (
	"cmp"
	"fmt"
	"strings"
)

// Location says where something was seen, so that a reader can open it in one
// click: a file and its lines, or an object and its field, or both (a rendered
// object knows the template it came from).
//
// It has no commit: the commit is the Revision's, so that an inventory which did
// not change between two commits keeps its hash.
type Location struct {
	// Path is relative to the repository's root, with forward slashes. "." is the root itself.
	Path string `json:"path,omitempty"`
	// FirstLine and LastLine count from 1; 0 when the lines are not known.
	FirstLine int `json:"firstLine,omitempty"`
	LastLine  int `json:"lastLine,omitempty"`

	// Object is the Kubernetes object, when there is one.
	Object ObjectRef `json:"object,omitzero"`
	// Field is the path inside the object, e.g. `spec.template.spec.containers[api].image`.
	Field string `json:"field,omitempty"`
	// Form says how a rendered object came to be, e.g. `helm chart/ with values-prod.yaml`; empty for a plain file.
	Form string `json:"form,omitempty"`
}

// String is `path:line`, or the object where no file is known.
func (l Location) String() string {
	switch {
	case l.Path != "" && l.FirstLine > 0:
		return fmt.Sprintf("%s:%d", l.Path, l.FirstLine)
	case l.Path != "":
		return l.Path
	case l.Object != (ObjectRef{}):
		if l.Field != "" {
			return l.Object.String() + " " + l.Field
		}
		return l.Object.String()
	}
	return ""
}

// Compare orders locations by path, line, object and field.
func (l Location) Compare(m Location) int {
	return cmp.Or(
		strings.Compare(l.Path, m.Path),
		cmp.Compare(l.FirstLine, m.FirstLine),
		cmp.Compare(l.LastLine, m.LastLine),
		l.Object.Compare(m.Object),
		strings.Compare(l.Field, m.Field),
		strings.Compare(l.Form, m.Form),
	)
}

// At is the location with another field and, when lines are known, other lines.
func (l Location) At(field string, first, last int) Location {
	l.Field = field
	if first > 0 {
		l.FirstLine, l.LastLine = first, max(first, last)
	}
	return l
}

// ObjectRef names a Kubernetes object.
type ObjectRef struct {
	APIVersion string `json:"apiVersion,omitempty"`
	Kind       string `json:"kind,omitempty"`
	// Namespace is empty where none is written, and ReleaseNamespace(chart) for an
	// object of a Helm chart that leaves it to the release.
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name,omitempty"`
}

// String is `Kind namespace/name`, or `Kind name` where no namespace is known.
func (o ObjectRef) String() string {
	if o.Namespace == "" || IsReleaseNamespace(o.Namespace) {
		return strings.TrimSpace(o.Kind + " " + o.Name)
	}
	return o.Kind + " " + o.Namespace + "/" + o.Name
}

// Compare orders references by kind, namespace, name and API version.
func (o ObjectRef) Compare(p ObjectRef) int {
	return cmp.Or(
		strings.Compare(o.Kind, p.Kind),
		strings.Compare(o.Namespace, p.Namespace),
		strings.Compare(o.Name, p.Name),
		strings.Compare(o.APIVersion, p.APIVersion),
	)
}

// Group is the API group, empty for the core group.
func (o ObjectRef) Group() string {
	group, _, found := strings.Cut(o.APIVersion, "/")
	if !found {
		return ""
	}
	return group
}

const releaseNamespacePrefix = "{release "

// ReleaseNamespace stands for the namespace that the release of the chart at that
// path will be installed into: unknown from files, so equal to itself only. It can
// never be a real namespace's name.
func ReleaseNamespace(chart string) string { return releaseNamespacePrefix + chart + "}" }

// IsReleaseNamespace reports whether ns stands for a Helm release's namespace.
func IsReleaseNamespace(ns string) bool { return strings.HasPrefix(ns, releaseNamespacePrefix) }

// Namespace is the namespace as pairing compares it: unset and `default` are the
// same in files, since that is where such a file is applied.
func (o ObjectRef) PairingNamespace() string {
	if o.Namespace == "default" {
		return ""
	}
	return o.Namespace
}
