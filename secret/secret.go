// Package secret keeps a token from being shown by accident. A Value prints
// as "[secret]" wherever a value is printed, logged or marshalled; only Reveal
// gives what is inside.
package secret

import (
	"fmt"
	"log/slog"
)

const shown = "[secret]"

// Value is a token, a password or a URL that works as one. The zero value is
// an absent secret.
type Value string

// Reveal gives the secret itself, for the one place that sends it.
func (v Value) Reveal() string { return string(v) }

// Set reports whether there is a secret at all.
func (v Value) Set() bool { return v != "" }

func (v Value) String() string {
	if v == "" {
		return ""
	}
	return shown
}

// Format covers every verb, %x and %#v included.
func (v Value) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(v.String())) }

func (v Value) LogValue() slog.Value         { return slog.StringValue(v.String()) }
func (v Value) MarshalText() ([]byte, error) { return []byte(v.String()), nil }
func (v Value) MarshalYAML() (any, error)    { return v.String(), nil }
