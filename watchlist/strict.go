package watchlist

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"strings"

	"github.com/goccy/go-yaml"
)

// decode reads strict YAML into v. Its errors begin with "line:column: ", and
// quote keys of the file, never values.
func decode(data []byte, v any) (err error) {
	defer func() {
		// The YAML library panics on some malformed tags; a file must not end
		// the program.
		if recover() != nil {
			err = errors.New("1:1: not readable as YAML: a tag (!) or alias (*) that does not fit its value")
		}
	}()
	err = yaml.NewDecoder(bytes.NewReader(data), yaml.DisallowUnknownField()).Decode(v)
	if err == nil || errors.Is(err, io.EOF) {
		return nil
	}
	var unknown *yaml.UnknownFieldError
	if errors.As(err, &unknown) {
		key := unknown.GetToken().Value
		msg := fmt.Sprintf("unknown key %q", key)
		if near := nearest(key, keys(reflect.TypeOf(v), nil)); near != "" {
			msg += fmt.Sprintf("; did you mean %q?", near)
		}
		return at(unknown, msg)
	}
	var ye yaml.Error
	if errors.As(err, &ye) {
		return at(ye, quoted.ReplaceAllString(ye.GetMessage(), "…"))
	}
	return errors.New("1:1: not readable as YAML")
}

// quoted finds what the YAML library quotes of the file in its messages.
var quoted = regexp.MustCompile(`"[^"]*"|'[^']*'`)

func at(err yaml.Error, msg string) error {
	if t := err.GetToken(); t != nil && t.Position != nil {
		return fmt.Errorf("%d:%d: %s", t.Position.Line, t.Position.Column, msg)
	}
	return fmt.Errorf("1:1: %s", msg)
}

// keys lists the YAML keys of a type and of all types inside it.
func keys(t reflect.Type, out []string) []string {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return out
	}
	for i := range t.NumField() {
		f := t.Field(i)
		if tag, _, _ := strings.Cut(f.Tag.Get("yaml"), ","); tag != "" {
			out = append(out, tag)
		}
		out = keys(f.Type, out)
	}
	return out
}

// nearest gives the known key at the smallest edit distance, "" when none is
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
