package rules

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/parser"

	"stakeout/strict"
)

// document is one YAML file, kept to tell where in it something stands.
type document struct {
	name string
	data []byte
}

// decode reads strict YAML into v.
func (d *document) decode(v any) error {
	err := strict.Decode(d.data, v)
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("%s:1: the file is empty; delete it or write a rule", d.name)
	}
	if err != nil {
		return fmt.Errorf("%s:%w", d.name, err)
	}
	return nil
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
