package objects

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"frr-speaker/internal/intent"
)

// maxLeaves bounds the search for fields of a wrong type.
const maxLeaves = 2000

// typeErrors notes every field of an object whose value does not fit its type. JSON
// decoding names only the first, and not even that when a field decodes itself. So
// each leaf of the object is tried alone.
func (d *decoder) typeErrors(raw []byte, k kind, ref intent.Ref, path fieldPath) {
	var tree any
	if err := json.Unmarshal(raw, &tree); err != nil {
		d.note(path, note{ref: ref, message: "the object is not valid JSON", broken: true})
		return
	}
	var seen []string
	for _, leaf := range leaves(tree, nil, nil) {
		at, err := outermost(leaf, k)
		if err == nil || slices.Contains(seen, at.String()) {
			continue
		}
		seen = append(seen, at.String())
		message, remedy := explain(err, typeAt(k.typ, at))
		d.note(path.child(at...), note{ref: ref, field: printable(at.String()), message: message, remedy: remedy, broken: true})
	}
	if len(seen) == 0 {
		d.note(path, note{ref: ref, message: "a field does not fit its type", broken: true})
	}
}

// leaf is a value with nothing below it.
type leaf struct {
	path  fieldPath
	value any
}

// leaves lists the leaves of a tree, sorted by path.
func leaves(v any, path fieldPath, out []leaf) []leaf {
	if len(out) >= maxLeaves {
		return out
	}
	path = path[:len(path):len(path)]
	switch v := v.(type) {
	case map[string]any:
		keys := make([]string, 0, len(v))
		for key := range v {
			keys = append(keys, key)
		}
		slices.Sort(keys)
		for _, key := range keys {
			out = leaves(v[key], append(path, step{key: key}), out)
		}
		if len(v) > 0 {
			return out
		}
	case []any:
		for i, e := range v {
			out = leaves(e, append(path, step{index: i}), out)
		}
		if len(v) > 0 {
			return out
		}
	}
	return append(out, leaf{path: path, value: v})
}

// outermost returns the shortest path that does not fit alone, with the error, or no
// error when the leaf fits.
func outermost(l leaf, k kind) (fieldPath, error) {
	if tryAlone(l.path, l.value, k) == nil {
		return nil, nil
	}
	for n := 1; n < len(l.path); n++ {
		var empty any = map[string]any{}
		if l.path[n].key == "" {
			empty = []any{}
		}
		if err := tryAlone(l.path[:n], empty, k); err != nil {
			return l.path[:n], err
		}
	}
	return l.path, tryAlone(l.path, l.value, k)
}

// tryAlone decodes an object that holds nothing but one value.
func tryAlone(path fieldPath, value any, k kind) error {
	for i := len(path) - 1; i >= 0; i-- {
		if path[i].key == "" {
			value = []any{value}
			continue
		}
		value = map[string]any{path[i].key: value}
	}
	raw, err := json.Marshal(value)
	if err != nil {
		return err
	}
	_, _, err = k.decode(raw)
	return err
}

// explain returns what is wrong with a field of a type, and what to do. It never
// repeats the value.
func explain(err error, field reflect.Type) (message, remedy string) {
	if field == reflect.TypeFor[metav1.Duration]() {
		return "the value is not a duration", "write a number and its unit, as in 90s or 1m30s"
	}
	var base64Error base64.CorruptInputError
	if errors.As(err, &base64Error) {
		return "the value is not base64", "encode it, or write it under stringData"
	}
	if have, want, ok := mismatch(err); ok {
		message = "the value is " + article(have) + ", want " + wantOf(want)
		if want.Kind() == reflect.String {
			remedy = "put it in quotes"
		}
		return message, remedy
	}
	return "the value does not fit the field", ""
}

// mismatch takes apart an UnmarshalTypeError, whose type is not exported by the
// decoder that Kubernetes uses.
func mismatch(err error) (have string, want reflect.Type, ok bool) {
	v := reflect.Indirect(reflect.ValueOf(err))
	if v.Kind() != reflect.Struct {
		return "", nil, false
	}
	value, typ := v.FieldByName("Value"), v.FieldByName("Type")
	if !value.IsValid() || !typ.IsValid() || value.Kind() != reflect.String {
		return "", nil, false
	}
	want, ok = typ.Interface().(reflect.Type)
	have, _, _ = strings.Cut(value.String(), " ") // "number 70000" and the like
	return have, want, ok && want != nil
}

// article names a JSON type in a sentence.
func article(jsonType string) string {
	switch jsonType {
	case "bool":
		return "a boolean"
	case "array":
		return "a list"
	case "object":
		return "a mapping"
	}
	return "a " + jsonType
}

// wantOf names what a Go type holds.
func wantOf(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Uint8, reflect.Uint16, reflect.Uint32:
		return fmt.Sprintf("a whole number from 0 to %d", uint64(1)<<t.Bits()-1)
	case reflect.Int8, reflect.Int16, reflect.Int32:
		return fmt.Sprintf("a whole number from -%d to %[1]d", uint64(1)<<(t.Bits()-1)-1)
	case reflect.Uint64, reflect.Uint, reflect.Int64, reflect.Int:
		return "a whole number"
	case reflect.Float32, reflect.Float64:
		return "a number"
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "a string"
	case reflect.Slice, reflect.Array:
		return "a list"
	}
	return "a mapping"
}
