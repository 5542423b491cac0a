package config

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"stakeout/secret"
)

// kinds has a setting of every kind that a part may declare.
type kinds struct {
	Text   string            `yaml:"text"`
	Wait   time.Duration     `yaml:"wait"`
	On     bool              `yaml:"on"`
	Count  int               `yaml:"count"`
	Small  uint8             `yaml:"small"`
	Share  float64           `yaml:"share"`
	Token  secret.Value      `yaml:"token"`
	Names  []string          `yaml:"names"`
	Routes []route           `yaml:"routes"`
	Tags   map[string]string `yaml:"tags"`
	Maybe  *bool             `yaml:"maybe"`
}

type route struct {
	To   string        `yaml:"to"`
	Wait time.Duration `yaml:"wait"`
}

func decodeKinds(t *testing.T, text string) (kinds, string) {
	t.Helper()
	f, err := parser.ParseBytes([]byte(text), 0)
	if err != nil {
		t.Fatal(err)
	}
	var k kinds
	d := &decoder{places: map[string]*token.Position{}, file: "k.yaml"}
	d.value(f.Docs[0].Body, reflect.ValueOf(&k).Elem(), "")
	if d.problems == nil {
		return k, ""
	}
	return k, (&Error{d.problems}).Error()
}

func TestEveryKindIsRead(t *testing.T) {
	yes := true
	want := kinds{
		Text: "0600", Wait: 90 * time.Second, On: true, Count: -3, Small: 255, Share: 0.5, Token: "hush", Maybe: &yes,
		Names: []string{"a", "7"}, Routes: []route{{To: "x", Wait: time.Hour}, {To: "y"}}, Tags: map[string]string{"k": "v"},
	}
	got, err := decodeKinds(t, `
text: 0600
wait: 1m30s
on: true
count: -3
small: 255
share: 0.5
token: hush
names: [a, 7]
routes:
  - to: x
    wait: 1h
  - {to: y}
tags:
  k: v
maybe: true
`)
	if err != "" || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %s", got, err)
	}
	got, err = decodeKinds(t, "text: |\n  two\n  lines\n")
	if err != "" || got.Text != "two\nlines\n" {
		t.Errorf("got %q, %s", got.Text, err)
	}
}

func TestWrongKindsSayWhatIsWanted(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{`wait: 30`, `1:7: wait: wants a duration such as 30m or 24h, not "30"`},
		{`wait: soon`, `wants a duration`},
		{`on: "true"`, `1:5: on: wants true or false: write true without quotes`},
		{`on: yes`, `wants true or false, not "yes"`},
		{`count: "7"`, `wants a whole number: write 7 without quotes`},
		{`count: 1.5`, `wants a whole number, not "1.5"`},
		{`small: 256`, `wants a whole number, zero or more, not "256"`},
		{`small: -1`, `zero or more`},
		{`share: half`, `wants a number, not "half"`},
		{`token: [hush]`, `1:8: token: wants a text, not a list`},
		{`names: a`, `names: wants a list, one "- " a line, not a single value`},
		{"routes:\n  - to: x\n    wiat: 1h", `3:5: routes[0].wiat: unknown key; did you mean "wait"?`},
		{"routes:\n  - x", `2:5: routes[0]: wants settings below it, indented, not a single value`},
		{"tags: [x]", `wants settings below it`},
	} {
		_, err := decodeKinds(t, tt.text)
		if !strings.Contains(err, tt.want) || strings.Contains(err, "hush") {
			t.Errorf("%q: got %s, want %s", tt.text, err, tt.want)
		}
	}
}
