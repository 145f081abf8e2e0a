package scorecard

import (
	"cmp"
	"reflect"
	"slices"
	"strings"
)

// part is one field of Facts, so that what holds for all parts is written once.
type part struct {
	index  int
	family Family
	// place is where its elements keep their Location; nil for those that have none.
	place []int
}

// parts are the fields of Facts, in their order. A test holds the tags.
var parts = func() (out []part) {
	t := reflect.TypeFor[Facts]()
	for i := range t.NumField() {
		f := t.Field(i)
		p := part{index: i, family: Family(f.Tag.Get("family"))}
		if f.Type.Kind() == reflect.Slice && f.Type.Elem().Kind() == reflect.Struct {
			if at, ok := f.Type.Elem().FieldByName("Location"); ok {
				p.place = at.Index
			}
		}
		out = append(out, p)
	}
	return out
}()

// Append adds what g holds. Text is kept where f has none.
func (f *Facts) Append(g *Facts) {
	to, from := reflect.ValueOf(f).Elem(), reflect.ValueOf(g).Elem()
	for _, p := range parts {
		a, b := to.Field(p.index), from.Field(p.index)
		switch {
		case b.IsZero():
		case a.Kind() == reflect.Slice:
			a.Set(reflect.AppendSlice(a, b))
		case a.IsZero():
			a.Set(b)
		}
	}
}

// Empty reports whether nothing was seen.
func (f *Facts) Empty() bool { return reflect.ValueOf(f).Elem().IsZero() }

// Drop takes out all that belongs to a family of evidence.
func (f *Facts) Drop(family Family) {
	v := reflect.ValueOf(f).Elem()
	for _, p := range parts {
		if p.family == family {
			v.Field(p.index).SetZero()
		}
	}
}

// Sort puts every part into its canonical order, by location, and drops exact
// repeats of gaps and notes.
func (f *Facts) Sort() {
	v := reflect.ValueOf(f).Elem()
	for _, p := range parts {
		if s := v.Field(p.index); p.place != nil && s.Len() > 1 {
			sortByPlace(s, p.place)
		}
	}
	slices.SortStableFunc(f.Forms, func(a, b OtherForm) int { return strings.Compare(a.Name, b.Name) })
	for i := range f.Forms {
		f.Forms[i].Facts.Sort()
	}
	slices.SortFunc(f.States, Location.Compare)
	slices.Sort(f.Shared)
	f.Shared = slices.Compact(f.Shared)
	slices.SortFunc(f.Gaps, func(a, b Gap) int {
		return cmp.Or(a.Location.Compare(b.Location), strings.Compare(a.Reason, b.Reason), strings.Compare(a.Message, b.Message))
	})
	f.Gaps = slices.CompactFunc(f.Gaps, func(a, b Gap) bool { return a.Location == b.Location && a.Message == b.Message })
	slices.SortFunc(f.Notes, compareProblems)
	f.Notes = slices.Compact(f.Notes)
}

func compareProblems(a, b Problem) int {
	return cmp.Or(a.Location.Compare(b.Location), strings.Compare(a.Message, b.Message))
}

// sortByPlace sorts a slice by its elements' locations. Mostly it is in order already.
func sortByPlace(s reflect.Value, place []int) {
	at := make([]*Location, s.Len())
	for i := range at {
		at[i] = s.Index(i).FieldByIndex(place).Addr().Interface().(*Location)
	}
	compare := func(a, b *Location) int { return a.Compare(*b) }
	if slices.IsSortedFunc(at, compare) {
		return
	}
	order := make([]int, len(at))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return compare(at[a], at[b]) })
	sorted := reflect.MakeSlice(s.Type(), len(order), len(order))
	for i, from := range order {
		sorted.Index(i).Set(s.Index(from))
	}
	reflect.Copy(s, sorted)
}
