package scorecard

import (
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Every part of the facts belongs to a family of evidence, but for what speaks of all.
func TestPartsHaveFamilies(t *testing.T) {
	for _, p := range parts {
		f := reflect.TypeFor[Facts]().Field(p.index)
		ofAll := slices.Contains([]string{"Gaps", "Notes", "Shared"}, f.Name)
		if known := slices.Contains(Families(), p.family); known == ofAll {
			t.Errorf("%s has family %q", f.Name, p.family)
		}
		if f.Type.Kind() == reflect.Slice && f.Type.Elem().Kind() == reflect.Struct && p.place == nil && f.Name != "Forms" && f.Name != "States" {
			t.Errorf("the elements of %s have no Location, and so no order", f.Name)
		}
	}
}

func TestFactsSortAppendDrop(t *testing.T) {
	at := func(path string, line int) Location { return Location{Path: path, FirstLine: line} }
	f := Facts{Services: []KubeService{{Location: at("b", 1), Type: "1"}, {Location: at("a", 2), Type: "2"}, {Location: at("b", 1), Type: "3"}}, KubeVersion: "v1"}
	f.Append(&Facts{Services: []KubeService{{Location: at("a", 1), Type: "4"}}, KubeVersion: "v2", Codeowners: "C", Shared: []string{"z", "a", "z"}})
	f.Sort()
	want := Facts{Services: []KubeService{{Location: at("a", 1), Type: "4"}, {Location: at("a", 2), Type: "2"}, {Location: at("b", 1), Type: "1"}, {Location: at("b", 1), Type: "3"}},
		KubeVersion: "v1", Codeowners: "C", Shared: []string{"a", "z"}}
	if diff := cmp.Diff(want, f); diff != "" {
		t.Error(diff)
	}
	f.Drop(Kubernetes)
	if diff := cmp.Diff(Facts{Codeowners: "C", Shared: []string{"a", "z"}}, f); diff != "" {
		t.Error(diff)
	}
}
