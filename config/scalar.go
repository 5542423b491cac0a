package config

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"time"

	"stakeout/secret"
)

var (
	durationType = reflect.TypeFor[time.Duration]()
	secretType   = reflect.TypeFor[secret.Value]()
	textType     = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// scalar reports whether a setting of type t is one value, not a section, a
// list or a map.
func scalar(t reflect.Type) bool {
	if reflect.PointerTo(t).Implements(textType) {
		return true
	}
	switch t.Kind() {
	case reflect.Struct, reflect.Slice, reflect.Map, reflect.Pointer, reflect.Interface:
		return false
	}
	return true
}

// quoted reports whether values of type t are strings in the file; the rest
// must stand there without quotes.
func quoted(t reflect.Type) bool {
	if t == durationType || reflect.PointerTo(t).Implements(textType) {
		return true
	}
	return t.Kind() == reflect.String
}

// set reads s into v. The error says what is wanted and what stood there; a
// secret takes any text, so that it never stands in one.
func set(v reflect.Value, s string) error {
	t := v.Type()
	if u, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return u.UnmarshalText([]byte(s))
	}
	var err error
	switch {
	case t == durationType:
		var d time.Duration
		d, err = time.ParseDuration(s)
		v.SetInt(int64(d))
	case t.Kind() == reflect.String:
		v.SetString(s)
	case t.Kind() == reflect.Bool:
		var b bool
		switch s {
		case "true", "false":
			b = s == "true"
		default:
			err = strconv.ErrSyntax
		}
		v.SetBool(b)
	case v.CanInt():
		var n int64
		n, err = strconv.ParseInt(s, 10, t.Bits())
		v.SetInt(n)
	case v.CanUint():
		var n uint64
		n, err = strconv.ParseUint(s, 10, t.Bits())
		v.SetUint(n)
	case v.CanFloat():
		var f float64
		f, err = strconv.ParseFloat(s, t.Bits())
		v.SetFloat(f)
	default:
		return errors.New("cannot be set to a single value")
	}
	if err != nil {
		return fmt.Errorf("wants %s, not %q", wants(t), s)
	}
	return nil
}

// wants names what belongs into a setting of type t, in the operator's words.
func wants(t reflect.Type) string {
	switch {
	case t == durationType:
		return "a duration such as 30m or 24h"
	case quoted(t):
		return "a text"
	}
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.Float32, reflect.Float64:
		return "a number"
	case reflect.Slice:
		return "a list, one \"- \" a line"
	case reflect.Struct, reflect.Map:
		return "settings below it, indented"
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "a whole number, zero or more"
	}
	return "a whole number"
}
