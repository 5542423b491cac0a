package config

import (
	"reflect"
	"strings"
)

// field is one setting of a section.
type field struct {
	name  string // as written in YAML
	index []int  // as reflect's FieldByIndex takes it
}

// fields lists the settings of the struct type t in the order of its source;
// those of an inlined struct stand among the others.
func fields(t reflect.Type) []field {
	var out []field
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if !f.IsExported() || name == "-" {
			continue
		}
		if f.Anonymous && name == "" {
			for _, inner := range fields(f.Type) {
				out = append(out, field{inner.name, append([]int{i}, inner.index...)})
			}
			continue
		}
		if name == "" {
			name = strings.ToLower(f.Name)
		}
		out = append(out, field{name, []int{i}})
	}
	return out
}

// walk calls fn for every setting below v that is one value, sections in
// depth. What stands inside lists and maps has no name of its own and is left
// out.
func walk(v reflect.Value, path string, fn func(path string, v reflect.Value)) {
	for _, f := range fields(v.Type()) {
		child, at := v.FieldByIndex(f.index), join(path, f.name)
		switch {
		case scalar(child.Type()):
			fn(at, child)
		case child.Kind() == reflect.Struct:
			walk(child, at, fn)
		}
	}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
