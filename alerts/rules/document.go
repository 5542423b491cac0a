package rules

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/parser"
)

// document is one YAML file, kept to tell where in it something stands.
type document struct {
	name string
	data []byte
}

// decode reads strict YAML into v.
func (d *document) decode(v any) (err error) {
	defer func() {
		// The YAML library panics on some malformed tags; a file must not end
		// the program.
		if recover() != nil {
			err = fmt.Errorf("%s: not readable as YAML: a tag (!) or alias (*) that does not fit its value", d.name)
		}
	}()
	err = yaml.NewDecoder(bytes.NewReader(d.data), yaml.DisallowUnknownField()).Decode(v)
	if err == nil {
		return nil
	}
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("%s:1: the file is empty; delete it or write a rule", d.name)
	}
	var unknown *yaml.UnknownFieldError
	if errors.As(err, &unknown) {
		t := unknown.GetToken()
		msg := fmt.Sprintf("unknown key %q", t.Value)
		if near := nearest(t.Value, keys(reflect.TypeOf(v), nil)); near != "" {
			msg += fmt.Sprintf("; did you mean %q?", near)
		}
		return fmt.Errorf("%s:%d:%d: %s", d.name, t.Position.Line, t.Position.Column, msg)
	}
	var ye yaml.Error
	if errors.As(err, &ye) && ye.GetToken() != nil && ye.GetToken().Position != nil {
		pos := ye.GetToken().Position
		return fmt.Errorf("%s:%d:%d: %s", d.name, pos.Line, pos.Column, ye.GetMessage())
	}
	return fmt.Errorf("%s: %w", d.name, err)
}

// termsFile is a file under terms/.
type termsFile struct {
	Families map[string]Family `yaml:"families"`
}

func (d *document) terms(into map[string]*Family) []error {
	var file termsFile
	if err := d.decode(&file); err != nil {
		return []error{err}
	}
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(file.Families)) {
		f := file.Families[name]
		if !nameOK(name) {
			errs = append(errs, d.errorf("families."+name, "a family's name is made of small letters, figures and _"))
			continue
		}
		for _, b := range Builtins {
			if b.Name == name {
				errs = append(errs, d.errorf("families."+name, "the name %s is the engine's own; choose another", name))
			}
		}
		if err := f.compile(name); err != nil {
			errs = append(errs, d.errorf("families."+name, "%w", err))
			continue
		}
		into[name] = &f
	}
	return errs
}

// errorf makes an error at the place of a key ("terms.ask").
func (d *document) errorf(key, format string, args ...any) error {
	return fmt.Errorf("%s:%d: %w", d.name, d.line(key), fmt.Errorf(format, args...))
}

// line finds a key's line; 1 when the file does not hold it.
func (d *document) line(key string) (line int) {
	defer func() {
		if recover() != nil { // the same library, on the same file
			line = 1
		}
	}()
	file, err := parser.ParseBytes(d.data, 0)
	if err != nil {
		return 1
	}
	path, err := yaml.PathString("$." + key)
	if err != nil {
		return 1
	}
	n, err := path.FilterFile(file)
	if err != nil || n == nil || n.GetToken() == nil || n.GetToken().Position == nil {
		return 1
	}
	return n.GetToken().Position.Line
}

// keys lists the YAML keys of a type and of all types inside it.
func keys(t reflect.Type, out []string) []string {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return out
	}
	for i := range t.NumField() {
		f := t.Field(i)
		if tag, _, _ := strings.Cut(f.Tag.Get("yaml"), ","); tag != "" && tag != "-" {
			out = append(out, tag)
			out = keys(f.Type, out)
		}
	}
	return out
}

// nearest gives the known word at the smallest edit distance, "" when none is
// near enough to be meant.
func nearest(key string, known []string) string {
	best, dist := "", len(key)/2+2
	for _, k := range known {
		if d := distance(strings.ToLower(key), k); d < dist {
			best, dist = k, d
		}
	}
	return best
}

func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diag := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diag, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diag+cost)
		}
	}
	return row[len(b)]
}
