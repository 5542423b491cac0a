package discord_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A generator of values from an OpenAPI document: for each schema a list in
// which every field stands at least once and every alternative (values of an
// enumeration, kinds of an object, null) too. All content is made up, and every
// text is unique and names its field.

type schema struct {
	Ref        string            `json:"$ref"`
	Type       any               `json:"type"`
	Format     string            `json:"format"`
	Enum       []any             `json:"enum"`
	Const      any               `json:"const"`
	OneOf      []schema          `json:"oneOf"`
	Items      *schema           `json:"items"`
	Properties map[string]schema `json:"properties"`
	Required   []string          `json:"required"`
	Additional *schema           `json:"additionalProperties"`
}

type generator struct {
	schemas map[string]schema
	n       int
}

func newGenerator(document []byte) (*generator, error) {
	var doc struct {
		Components struct{ Schemas map[string]json.RawMessage }
	}
	if err := json.Unmarshal(document, &doc); err != nil {
		return nil, err
	}
	g := &generator{schemas: map[string]schema{}}
	for name, raw := range doc.Components.Schemas {
		var s schema
		if err := json.Unmarshal(raw, &s); err == nil { // a few of other calls have forms that no message uses
			g.schemas[name] = s
		}
	}
	return g, nil
}

const (
	// broad is down to where all alternatives are made; below, every kind of
	// object stands once, with all its fields.
	broad = 3
	// deepest is how far parts within parts are made; no schema of a message
	// needs more before it comes back to itself.
	deepest = 7
)

// values are all that a schema allows, as far as they differ. path names the
// fields down to it.
func (g *generator) values(s schema, path []string) []any {
	all := g.alternatives(s, path)
	if len(path) > broad && len(s.OneOf) == 0 && len(all) > 1 {
		all = all[:1]
	}
	return all
}

func (g *generator) alternatives(s schema, path []string) []any {
	switch {
	case s.Ref != "":
		return g.values(g.schemas[s.Ref[strings.LastIndexByte(s.Ref, '/')+1:]], path)
	case s.Const != nil:
		return []any{s.Const}
	case len(s.Enum) > 0:
		return s.Enum
	case len(s.OneOf) > 0:
		var all []any
		for _, one := range s.OneOf {
			all = append(all, g.values(one, path)...)
		}
		return all
	}
	var all []any
	types, _ := s.Type.([]any)
	if t, ok := s.Type.(string); ok {
		types = []any{t}
	}
	for _, t := range types {
		all = append(all, g.typed(t.(string), s, path)...)
	}
	return all
}

func (g *generator) typed(t string, s schema, path []string) []any {
	switch t {
	case "null":
		return []any{nil}
	case "boolean":
		return []any{true, false}
	case "integer":
		return []any{7, 0}
	case "number":
		return []any{1.5}
	case "string":
		return []any{g.text(s.Format, path)}
	case "array":
		if len(path) > deepest {
			return []any{[]any{}}
		}
		items := g.values(*s.Items, path)
		return []any{items, []any{}}
	}
	return g.objects(s, path)
}

// text is a string of a format. Its number makes it unique.
func (g *generator) text(format string, path []string) string {
	g.n++
	field := strings.Join(path, ".")
	switch format {
	case "snowflake":
		return fmt.Sprint(310000000000000000 + g.n)
	case "date-time":
		return fmt.Sprintf("2026-05-%02dT%02d:%02d:11.%06d+00:00", 1+g.n/1440%28, g.n/60%24, g.n%60, g.n)
	case "uri":
		return fmt.Sprintf("https://files.example/%s/%d", field, g.n)
	}
	switch last := path[len(path)-1]; last {
	case "id", "user_id", "guild_id", "channel_id":
		return fmt.Sprint(310000000000000000 + g.n)
	}
	return fmt.Sprintf("said in %s, no. %d", field, g.n)
}

// objects puts the alternatives of all fields side by side: the first object
// has the first of each, the next one the second, and so on; fields that have
// no more are left out, or repeated where they must be there.
func (g *generator) objects(s schema, path []string) []any {
	if s.Additional != nil && len(s.Properties) == 0 {
		values := g.values(*s.Additional, append(slices.Clone(path), "key"))
		if len(values) == 0 {
			return []any{map[string]any{}}
		}
		return []any{map[string]any{"310000000000000001": values[0]}, map[string]any{}}
	}
	var all []any
	fields := slices.Sorted(maps.Keys(s.Properties))
	columns := map[string][]any{}
	most := 1
	for _, f := range fields {
		must := slices.Contains(s.Required, f)
		if len(path) > deepest && !must {
			continue
		}
		columns[f] = g.values(s.Properties[f], append(slices.Clone(path), f))
		most = max(most, len(columns[f]))
	}
	for i := range most {
		o := map[string]any{}
		for _, f := range fields {
			switch c := columns[f]; {
			case i < len(c):
				o[f] = c[i]
			case len(c) > 0 && slices.Contains(s.Required, f):
				o[f] = c[len(c)-1]
			}
		}
		all = append(all, o)
	}
	return all
}
