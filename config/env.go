package config

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"stakeout/text"
)

// prefix begins every environment variable of ours.
const prefix = "STAKEOUT_"

// reserved are variables with our prefix that other parts of the program read.
var reserved = []string{"STAKEOUT_CONFIG", "STAKEOUT_SHARED"}

// variable names the environment variable that overrides the setting at a
// dotted path: "slack.token" is STAKEOUT_SLACK_TOKEN.
func variable(path string) string {
	return prefix + strings.ToUpper(strings.NewReplacer(".", "_", "-", "_").Replace(path))
}

// override is a setting that the environment may change.
type override struct {
	path string
	v    reflect.Value
	file bool // the variable holds the name of a file with the secret
}

func overrides(c *Config) map[string]override {
	out := map[string]override{}
	walk(reflect.ValueOf(c).Elem(), "", func(path string, v reflect.Value) {
		out[variable(path)] = override{path: path, v: v}
		if v.Type() == secretType {
			out[variable(path)+"_FILE"] = override{path: path, v: v, file: true}
		}
	})
	return out
}

// environment applies the variables in environ ("NAME=value", as os.Environ
// gives them) to c. An empty one counts as absent: that is how composed
// set-ups pass on what nobody set. A name of ours that is no setting is a
// warning and not a problem, since orchestrators make up names like
// STAKEOUT_SERVICE_HOST. It returns the paths it has set.
func environment(environ []string, c *Config) (set map[string]string, problems []Problem, warnings []string) {
	known, set := overrides(c), map[string]string{}
	names := make([]string, 0, len(known))
	for name := range known {
		names = append(names, name)
	}
	slices.SortFunc(names, cmp.Compare)
	environ = slices.Sorted(slices.Values(environ)) // so that the report never depends on the caller's order
	for _, line := range environ {
		name, value, _ := strings.Cut(line, "=")
		if !strings.HasPrefix(name, prefix) || value == "" || slices.Contains(reserved, name) {
			continue
		}
		o, ok := known[name]
		if !ok {
			w := fmt.Sprintf("%s: no such setting", name)
			if near := text.Nearest(name, names); near != "" {
				w += fmt.Sprintf("; did you mean %s?", near)
			}
			warnings = append(warnings, w)
			continue
		}
		if other, twice := set[o.path]; twice {
			problems = append(problems, Problem{Where: name, Key: o.path, Message: "is set by " + other + " as well; keep one of them"})
			continue
		}
		set[o.path] = name
		if err := o.apply(value); err != nil {
			problems = append(problems, Problem{Where: name, Key: o.path, Message: err.Error()})
		}
	}
	return set, problems, warnings
}

func (o override) apply(value string) error {
	if o.file {
		secret, err := readSecret(value)
		if err != nil {
			return err
		}
		value = secret
	}
	return set(o.v, value)
}
