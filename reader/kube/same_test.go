package kube

import (
	"reflect"
	"slices"
	"testing"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// TestPlacelessHasNoPlace fills in all that a part can hold, and holds that nothing
// of what says where it was read is left, that the rest is, and that the part itself
// is not touched.
func TestPlacelessHasNoPlace(t *testing.T) {
	var w scorecard.Workload
	fill(reflect.ValueOf(&w).Elem())
	checkPlaceless(t, w, placeless(w))
	var a scorecard.Autoscaler
	fill(reflect.ValueOf(&a).Elem())
	checkPlaceless(t, a, placelessScaler(a))
}

func checkPlaceless[T any](t *testing.T, part, got T) {
	t.Helper()
	var untouched, want T
	fill(reflect.ValueOf(&untouched).Elem())
	fill(reflect.ValueOf(&want).Elem())
	if !reflect.DeepEqual(part, untouched) {
		t.Errorf("%T was changed", part)
	}
	blank(reflect.ValueOf(&want).Elem())
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%T without its place is\n%s\nwant\n%s", part, fingerprint(got), fingerprint(want))
	}
}

// fill sets everything in a value to something other than zero.
func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i))
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(v.Index(0))
		fill(v.Index(1))
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(key)
		fill(value)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	case reflect.String:
		v.SetString("x")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int32, reflect.Int64:
		v.SetInt(7)
	case reflect.Float64:
		v.SetFloat(7)
	default:
		panic("fill knows no " + v.Kind().String())
	}
}

// placeFields are the names of fields that say where something was read.
var placeFields = []string{"Location", "Origin", "Lines", "FirstLine", "LastLine", "ImageLine", "TargetLine", "UpLine"}

// blank zeroes every such field.
func blank(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if slices.Contains(placeFields, v.Type().Field(i).Name) {
				v.Field(i).SetZero()
			} else {
				blank(v.Field(i))
			}
		}
	case reflect.Pointer:
		blank(v.Elem())
	case reflect.Slice:
		for i := range v.Len() {
			blank(v.Index(i))
		}
	}
}
