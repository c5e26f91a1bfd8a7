package objects

import (
	"reflect"
	"strings"
)

// nearestField returns the field of a type that a misspelled one most likely means,
// as a path, or "".
func nearestField(t reflect.Type, path fieldPath) string {
	last := len(path) - 1
	if t = typeAt(t, path[:last]); t == nil {
		return ""
	}
	name, best := "", 3 // more edits than this is another word
	for _, f := range fieldNames(t) {
		if d := distance(strings.ToLower(path[last].key), strings.ToLower(f)); d < best {
			name, best = f, d
		}
	}
	if name == "" {
		return ""
	}
	return append(path[:last:last], step{key: name}).String()
}

// typeAt returns the type that a path leads to, without pointers, or nil.
func typeAt(t reflect.Type, path fieldPath) reflect.Type {
	for _, s := range path {
		if t = within(t, s); t == nil {
			return nil
		}
	}
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}

// within returns the type that a step leads to, or nil.
func within(t reflect.Type, s step) reflect.Type {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case t.Kind() == reflect.Slice && s.key == "", t.Kind() == reflect.Map && s.key != "":
		return t.Elem()
	case t.Kind() != reflect.Struct:
		return nil
	}
	for f := range t.Fields() {
		if jsonName(f) == s.key {
			return f.Type
		}
	}
	return nil
}

// fieldNames lists the JSON names of a struct.
func fieldNames(t reflect.Type) []string {
	if t.Kind() != reflect.Struct {
		return nil
	}
	var out []string
	for f := range t.Fields() {
		if name := jsonName(f); name != "" {
			out = append(out, name)
		}
	}
	return out
}

func jsonName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}

// distance is the number of insertions, deletions and replacements of one byte that
// turn a into b (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j]+1, row[j+1]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}
