// Package strict reads YAML that people write: unknown keys are refused with
// the nearest known one, errors name line and column, and a file that makes
// the YAML library panic is an error like any other. Messages quote keys of the
// file, never values, which may be names or secrets.
package strict

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"strings"

	"github.com/goccy/go-yaml"

	"stakeout/text"
)

// Error is what is wrong with a file, and where; both count from 1.
type Error struct {
	Line, Column int
	Message      string
}

func (e *Error) Error() string { return fmt.Sprintf("%d:%d: %s", e.Line, e.Column, e.Message) }

// Decode reads data into v, whose type must not hold itself. It returns io.EOF
// for an empty file, else an *Error.
func Decode(data []byte, v any) (err error) {
	defer func() {
		if recover() != nil {
			err = &Error{1, 1, "not readable as YAML: a tag (!) or alias (*) that does not fit its value"}
		}
	}()
	err = yaml.NewDecoder(bytes.NewReader(data), yaml.DisallowUnknownField()).Decode(v)
	if err == nil || errors.Is(err, io.EOF) {
		return err
	}
	var unknown *yaml.UnknownFieldError
	if errors.As(err, &unknown) {
		key := unknown.GetToken().Value
		msg := fmt.Sprintf("unknown key %q", key)
		if near := text.Nearest(strings.ToLower(key), keys(reflect.TypeOf(v), nil)); near != "" {
			msg += fmt.Sprintf("; did you mean %q?", near)
		}
		return at(unknown, msg)
	}
	var ye yaml.Error
	if errors.As(err, &ye) {
		return at(ye, quoted.ReplaceAllString(ye.GetMessage(), "…"))
	}
	return &Error{1, 1, "not readable as YAML"}
}

// quoted finds what the YAML library quotes of the file in its messages.
var quoted = regexp.MustCompile(`"[^"]*"|'[^']*'`)

func at(err yaml.Error, msg string) error {
	if t := err.GetToken(); t != nil && t.Position != nil {
		return &Error{t.Position.Line, t.Position.Column, msg}
	}
	return &Error{1, 1, msg}
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
		}
		out = keys(f.Type, out)
	}
	return out
}
