package config

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/invopop/jsonschema"

	"stakeout/secret"
)

// Schema is the JSON Schema (draft 2020-12) of the configuration file, with
// the description and the default of every setting, for editors that complete
// and check YAML.
func Schema() ([]byte, error) {
	s := reflector().ReflectFromType(reflect.TypeFor[Config]())
	s.Title = "Configuration of Stakeout"
	d := Default()
	walk(reflect.ValueOf(&d).Elem(), "", func(path string, v reflect.Value) {
		if v.IsZero() || v.Type() == secretType {
			return
		}
		property(s, path).Default = plain(v)
	})
	out, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write schema: %w", err)
	}
	return append(out, '\n'), nil
}

func reflector() *jsonschema.Reflector {
	return &jsonschema.Reflector{
		Anonymous:                  true,
		DoNotReference:             true,
		ExpandedStruct:             true,
		FieldNameTag:               "yaml",
		RequiredFromJSONSchemaTags: true,
		Namer:                      func(t reflect.Type) string { return t.PkgPath() + "." + t.Name() }, // several parts' types are called Config
		Mapper: func(t reflect.Type) *jsonschema.Schema {
			switch t {
			case durationType:
				return &jsonschema.Schema{Type: "string", Examples: []any{"30m", "24h"}}
			case reflect.TypeFor[secret.Value]():
				return &jsonschema.Schema{Type: "string", WriteOnly: true}
			}
			return nil
		},
	}
}

// property is the schema of the setting at a dotted path.
func property(s *jsonschema.Schema, path string) *jsonschema.Schema {
	for name := range strings.SplitSeq(path, ".") {
		s, _ = s.Properties.Get(name)
	}
	return s
}

// plain is a setting's value as YAML would hold it.
func plain(v reflect.Value) any {
	if d, ok := v.Interface().(time.Duration); ok {
		return short(d)
	}
	return v.Interface()
}

// short writes a duration as people do: 30m, not 30m0s.
func short(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
