package config

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml/token"
	"github.com/invopop/jsonschema"
)

// commented matches a setting that the example shows but does not set: a "#"
// with no space behind it.
var commented = regexp.MustCompile(`(?m)^( *)#((?:- )?[a-z_]+:|- )`)

func TestExampleIsValidAsItStands(t *testing.T) {
	c, err := parse("example.yaml", []byte(Example()), nil)
	if err != nil {
		t.Fatal(err)
	}
	c.Data = Default().Data // relative to the file now, and otherwise the same
	if fmt.Sprint(c) != fmt.Sprint(Default()) {
		t.Errorf("sets something besides the defaults: %+v", c)
	}
}

// TestExampleShowsTheDefaults removes every comment sign: what is read then
// are the defaults, but for settings that have none and show what they are for.
func TestExampleShowsTheDefaults(t *testing.T) {
	c, d := full()
	for _, p := range d.problems {
		t.Error(p)
	}
	shown := map[string]any{}
	walk(reflect.ValueOf(&c).Elem(), "", func(path string, v reflect.Value) { shown[path] = v.Interface() })
	def := Default()
	walk(reflect.ValueOf(&def).Elem(), "", func(path string, v reflect.Value) {
		if !v.IsZero() && shown[path] != v.Interface() {
			t.Errorf("%s: shows %v, the default is %v", path, shown[path], v.Interface())
		}
	})
}

func TestExampleHasEverySettingOfTheSchema(t *testing.T) {
	_, d := full()
	var has []string
	for path := range d.places {
		has = append(has, regexp.MustCompile(`\[\d+\]`).ReplaceAllString(path, "[]"))
	}
	count := 0
	each(reflector().ReflectFromType(reflect.TypeFor[Config]()), "", func(path string, s *jsonschema.Schema) {
		count++
		if !slices.Contains(has, path) {
			t.Errorf("%s is missing in the example", path)
		}
		if s.Description == "" && !strings.HasSuffix(path, "[]") {
			t.Errorf("%s has no description", path)
		}
	})
	if count < 10 {
		t.Errorf("only %d settings in the schema", count)
	}
}

// full reads the example with every comment sign before a setting removed. It
// is not validated, since some settings exclude each other.
func full() (Config, *decoder) {
	c := Default()
	d := &decoder{file: "example.yaml", places: map[string]*token.Position{}}
	d.decode([]byte(commented.ReplaceAllString(Example(), "$1$2")), &c)
	return c, d
}

// each calls fn for every setting of the schema, lists' as "path[]".
func each(s *jsonschema.Schema, path string, fn func(string, *jsonschema.Schema)) {
	for pair := s.Properties.Oldest(); pair != nil; pair = pair.Next() {
		at := join(path, pair.Key)
		fn(at, pair.Value)
		if pair.Value.Properties != nil {
			each(pair.Value, at, fn)
		}
		if items := pair.Value.Items; items != nil && items.Properties != nil {
			each(items, at+"[]", fn)
		}
	}
}

func TestSchemaIsJSONAndKnowsTheDefaults(t *testing.T) {
	text, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	var s struct {
		Schema     string `json:"$schema"`
		Additional any    `json:"additionalProperties"`
		Properties map[string]struct {
			Default    any
			Properties map[string]struct{ Default any }
		}
	}
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(s.Schema, "2020-12") || s.Additional != false {
		t.Errorf("$schema %q, additionalProperties %v", s.Schema, s.Additional)
	}
	if s.Properties["zone"].Default != "UTC" || s.Properties["log"].Properties["level"].Default != "info" {
		t.Errorf("defaults are missing:\n%s", text)
	}
}

func TestDurationsAreWrittenShort(t *testing.T) {
	for d, want := range map[time.Duration]string{
		30 * time.Minute: "30m", 24 * time.Hour: "24h", 90 * time.Second: "1m30s", time.Second: "1s", 0: "0s", 90 * time.Minute: "1h30m",
	} {
		if got := short(d); got != want {
			t.Errorf("%v: got %s, want %s", d, got, want)
		}
	}
}
