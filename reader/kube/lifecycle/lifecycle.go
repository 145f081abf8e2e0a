// Package lifecycle knows every API that Kubernetes has served since 1.8: when it came,
// when it was deprecated, when it went, and what is used instead.
//
// The table is generated from Kubernetes' own sources, old releases included, since
// they forget an API some versions after it was removed. A test compares it with the
// release that go.mod pins.
package lifecycle

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
)

//go:generate go run ./generate

// Version is a minor version of Kubernetes. The zero Version is none: an API without a
// known beginning was always there, and one without a known end stays.
type Version struct{ Major, Minor int }

var (
	never = Version{}
	form  = lazyregexp.New(`^v?(\d{1,3})\.(\d{1,4})(?:\.(\d{1,4}))?$`)
)

func in(minor int) Version { return Version{1, minor} }

// Newest is the last version that is known here.
func Newest() Version { return in(newest) }

// String is "v1.25", and empty for no version.
func (v Version) String() string {
	if v == never {
		return ""
	}
	return fmt.Sprintf("v%d.%d", v.Major, v.Minor)
}

// Before reports whether v is an earlier version than w. No version is before all others.
func (v Version) Before(w Version) bool {
	return v.Major < w.Major || v.Major == w.Major && v.Minor < w.Minor
}

// Parse reads "1.31", "v1.31" and "v1.31.4", and gives the version in the last form:
// "v1.31.0" where no patch is named.
func Parse(s string) (v Version, whole string, err error) {
	m := form.FindStringSubmatch(s)
	if m == nil || strings.Trim(m[1], "0") == "" {
		return Version{}, "", fmt.Errorf("%q is no version of Kubernetes; write one like %d.%d or %s.2", s, Newest().Major, Newest().Minor, Newest())
	}
	var n [3]int
	for i := range n {
		n[i], _ = strconv.Atoi(m[i+1]) // digits by the expression, or none
	}
	return Version{n[0], n[1]}, fmt.Sprintf("v%d.%d.%d", n[0], n[1], n[2]), nil
}

// API is a kind in one version of its group.
type API struct {
	Group, Version, Kind string
	// Introduced, Deprecated and Removed are the versions as of which it is. A removal
	// that lies ahead is a plan.
	Introduced, Deprecated, Removed Version
	// Replacement is what Kubernetes names instead, e.g. "policy/v1 PodDisruptionBudget";
	// empty where there is nothing. It may have been removed itself: see Instead.
	Replacement string
}

// GroupVersion is the API version as manifests have it: "apps/v1", "v1".
func (a API) GroupVersion() string { return strings.TrimPrefix(a.Group+"/"+a.Version, "/") }

// Retiring reports whether its end is known, or it is deprecated.
func (a API) Retiring() bool { return a.Deprecated != never || a.Removed != never }

// All lists every API, sorted by group, version and kind. Nobody may change it.
func All() []API { return table }

// Find gives the API of an object's apiVersion and kind. There is none for what
// Kubernetes never had.
func Find(apiVersion, kind string) (API, bool) {
	group, version, found := strings.Cut(apiVersion, "/")
	if !found {
		group, version = "", apiVersion
	}
	i, ok := slices.BinarySearchFunc(table, API{Group: group, Version: version, Kind: kind}, func(a, b API) int {
		return cmp.Or(cmp.Compare(a.Group, b.Group), cmp.Compare(a.Version, b.Version), cmp.Compare(a.Kind, b.Kind))
	})
	if !ok {
		return API{}, false
	}
	return table[i], true
}

// Last gives the newest API of a kind in a group: the stable one, or else the last of
// them by name. There is none for what Kubernetes never had in the group.
func Last(group, kind string) (last API, ok bool) {
	for _, a := range table {
		if a.Group != group || a.Kind != kind {
			continue
		}
		stable := !strings.Contains(a.Version, "alpha") && !strings.Contains(a.Version, "beta")
		if !ok || stable || strings.Contains(last.Version, "alpha") || strings.Contains(last.Version, "beta") {
			last, ok = a, true
		}
	}
	return last, ok
}

// Exists reports whether the version of Kubernetes has the API, be it switched off.
func (a API) Exists(version Version) bool {
	return !version.Before(a.Introduced) && !a.Gone(version)
}

// Gone reports whether the API was removed in the version or before it.
func (a API) Gone(version Version) bool { return a.Removed != never && !version.Before(a.Removed) }

// Served reports whether the version serves the API unless someone switches it off or on:
// alpha APIs are off, and so are beta ones of kinds that were not beta before 1.24.
func (a API) Served(version Version) bool {
	switch {
	case !a.Exists(version) || strings.Contains(a.Version, "alpha"):
		return false
	case strings.Contains(a.Version, "beta"):
		return slices.ContainsFunc(table, func(b API) bool {
			return b.Group == a.Group && b.Kind == a.Kind && strings.Contains(b.Version, "beta") && b.Introduced.Before(in(24))
		})
	}
	return true
}

// Instead is what to write in that version of Kubernetes instead of the API: what
// replaced it, and what has replaced that since. It is empty where nothing has, or what
// did is gone as well.
func (a API) Instead(version Version) string {
	next := a.Replacement
	for range table { // replacements that go in a circle end too
		apiVersion, kind, _ := strings.Cut(next, " ")
		b, ok := Find(apiVersion, kind)
		if !ok {
			break
		}
		apiVersion, kind, _ = strings.Cut(b.Replacement, " ")
		if c, ok := Find(apiVersion, kind); ok && !version.Before(c.Introduced) {
			next = b.Replacement
			continue
		}
		if b.Gone(version) {
			return ""
		}
		break
	}
	return next
}
