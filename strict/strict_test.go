package strict

import (
	"errors"
	"io"
	"strings"
	"testing"
)

type company struct {
	Name    string   `yaml:"name"`
	Aliases []string `yaml:"aliases"`
}

type file struct {
	Company company            `yaml:"company"`
	Extra   map[string]company `yaml:"extra"`
}

func TestDecodeNamesPlaceAndNearestKeyAndQuotesNoValue(t *testing.T) {
	for in, want := range map[string]string{
		"company:\n  name: Ada\n":              "",
		"company:\n  nmae: Ada\n":              `2:3: unknown key "nmae"; did you mean "name"?`,
		"zzzzzz: Ada\n":                        `1:1: unknown key "zzzzzz"`,
		"company:\n  aliases: {secret: Ada}\n": "2:",
		"a: [":                                 "1:",
	} {
		var f file
		err := Decode([]byte(in), &f)
		if (err == nil) != (want == "") || err != nil && (!strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "Ada")) {
			t.Errorf("%q: %v, want %q", in, err, want)
		}
	}
	if err := Decode(nil, &file{}); !errors.Is(err, io.EOF) {
		t.Error(err)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("company: {name: x}\nextra: {a: {aliases: [b]}}"))
	f.Add([]byte("0: !!"))
	f.Fuzz(func(_ *testing.T, b []byte) { _ = Decode(b, &file{}) })
}
