package mockserver

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"
)

// fill sets all that can be reached from a value, by its type, so that a new field is filled without being told of. depth bounds types
// that hold themselves.
func fill(t *testing.T, v reflect.Value, path string, depth int) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			f, at := v.Type().Field(i), path+"."+v.Type().Field(i).Name
			switch {
			case f.IsExported():
				fill(t, v.Field(i), at, depth)
			case at == "Scenario.places", at == "Scenario.written": // filled by filledScenario
			case f.Type == reflect.TypeFor[*partOf](): // does not change
			default:
				require.Contains(t, []reflect.Kind{reflect.String, reflect.Bool}, f.Type.Kind(), "%s is not exported: clone and filledScenario have to know it", at)
			}
		}
	case reflect.Pointer:
		if depth > 0 {
			v.Set(reflect.New(v.Type().Elem()))
			fill(t, v.Elem(), path, depth-1)
		}
	case reflect.Slice:
		if depth > 0 {
			v.Set(reflect.MakeSlice(v.Type(), 1, 1))
			fill(t, v.Index(0), path+"[]", depth-1)
		}
	case reflect.Map:
		if depth > 0 {
			value := reflect.New(v.Type().Elem()).Elem()
			fill(t, value, path+"[]", depth-1)
			v.Set(reflect.MakeMap(v.Type()))
			v.SetMapIndex(reflect.ValueOf("name").Convert(v.Type().Key()), value)
		}
	case reflect.Interface:
		if v.NumMethod() == 0 {
			v.Set(reflect.ValueOf(map[string]any{"name": []any{"text"}}))
		}
	case reflect.Func:
	case reflect.String:
		v.SetString("text")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(7)
	case reflect.Float64:
		v.SetFloat(7)
	case reflect.Uint8:
		v.SetUint(7)
	default:
		require.Fail(t, "what to fill it with?", "%s is a %s", path, v.Type())
	}
}

// spoil changes all that can be reached from a value through pointers, slices and maps.
func spoil(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			spoil(v.Field(i))
		}
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return
		}
		spoil(v.Elem())
		if v.Elem().CanSet() {
			v.Elem().SetZero()
		}
	case reflect.Slice:
		for i := range v.Len() {
			spoil(v.Index(i))
			if v.Index(i).CanSet() {
				v.Index(i).SetZero()
			}
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			spoil(v.MapIndex(key))
		}
		if v.CanInterface() { // else it is the loader's own
			v.Clear()
		}
	}
}

// difference is the path of the first thing in which two values of a type differ, "" where there is none.
func difference(a, b reflect.Value, path string) string {
	switch a.Kind() {
	case reflect.Struct:
		for i := range a.NumField() {
			if d := difference(a.Field(i), b.Field(i), path+"."+a.Type().Field(i).Name); d != "" {
				return d
			}
		}
		return ""
	case reflect.Pointer, reflect.Interface:
		if !a.IsNil() && !b.IsNil() {
			return difference(a.Elem(), b.Elem(), path)
		}
	case reflect.Slice:
		for i := range min(a.Len(), b.Len()) {
			if d := difference(a.Index(i), b.Index(i), path+"[]"); d != "" {
				return d
			}
		}
	case reflect.Map:
		for _, key := range a.MapKeys() {
			if other := b.MapIndex(key); !other.IsValid() {
				return path + "[" + key.String() + "]"
			} else if d := difference(a.MapIndex(key), other, path+"[]"); d != "" {
				return d
			}
		}
	case reflect.Func:
	default:
		if !a.Equal(b) {
			return path
		}
		return ""
	}
	isSized := a.Kind() == reflect.Slice || a.Kind() == reflect.Map
	if a.IsNil() != b.IsNil() || isSized && a.Len() != b.Len() {
		return path
	}
	return ""
}

func requireSame(t *testing.T, want, got Scenario) {
	t.Helper()
	require.Empty(t, difference(reflect.ValueOf(want), reflect.ValueOf(got), "Scenario"), "where they differ")
}

func filledScenario(t *testing.T) Scenario {
	var s Scenario
	fill(t, reflect.ValueOf(&s).Elem(), "Scenario", 6)
	s.places, s.written = map[string]string{"": "text"}, map[string]string{"": "text"}
	return s
}

// TestCloneSharesNothing holds that what a scenario's owner changes afterwards is in no way seen in a clone, whatever fields there are.
func TestCloneSharesNothing(t *testing.T) {
	s := filledScenario(t)
	c, want := s.clone(), filledScenario(t).clone()
	requireSame(t, want, c)
	clear(s.places)
	clear(s.written)
	spoil(reflect.ValueOf(&s))
	requireSame(t, want, c)
}

// TestCloneIsEqual holds that a clone has all that there is, JSON values as their texts, and that nil and empty stay what they are.
func TestCloneIsEqual(t *testing.T) {
	s := filledScenario(t).clone()
	requireSame(t, s, s.clone())
	for _, s := range []Scenario{
		{},
		{Routes: []Route{{}, {Per: []string{}, Replies: []Response{{}, {Body: []byte{}}}}, {Match: Match{At: map[string]any{"/a": nil}}}}},
		{State: map[string]Machine{"m": {States: []string{}}}},
	} {
		require.Equal(t, fmt.Sprintf("%#v", s), fmt.Sprintf("%#v", s.clone()))
	}
}
