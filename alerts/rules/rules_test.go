package rules

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

const good = `id: sample
title: Sample
status: test
level: low
label: threat
description: A sample.
score: 0.5
terms:
  fruit: {en: [pear*, (red|green) apple]}
condition: fruit and not person
examples: {match: [a pear], no_match: [a plum]}
`

func TestDefault(t *testing.T) {
	s, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Rules) < 4 || s.Signals() > 512 {
		t.Errorf("%d rules, %d signals", len(s.Rules), s.Signals())
	}
	if w := ExampleWatchlist(); len(w.Check()) > 0 {
		t.Errorf("example watchlist: %q", w.Check())
	}
}

func TestLoad(t *testing.T) {
	s, err := Load(fstest.MapFS{
		"sample.yaml":     {Data: []byte(good)},
		"terms/more.yaml": {Data: []byte("families: {colour: {en: [red, blue]}, lawyer: {en: [notary]}}\n")},
		"notes.txt":       {Data: []byte("not a rule")},
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Rules) != 1 || s.Rules[0].File != "sample.yaml" {
		t.Fatalf("rules %v", s.Rules)
	}
	sig, ok := s.Signal("lawyer")
	if !ok || s.Name(sig) != "lawyer" {
		t.Fatal("no family lawyer")
	}
	for _, f := range s.Families {
		if f.Name == "lawyer" && len(f.Phrases) != 1 {
			t.Errorf("the shipped family was not replaced: %d phrases", len(f.Phrases))
		}
	}
	var words []string
	for _, f := range s.Families {
		if f.Name == "sample.fruit" {
			for _, p := range f.Phrases {
				for _, term := range p {
					words = append(words, term.Word)
				}
			}
		}
	}
	if want := []string{"pear", "red", "apple", "green", "apple"}; !slices.Equal(words, want) {
		t.Errorf("words %q, want %q", words, want)
	}
}

func TestLoadErrors(t *testing.T) {
	edit := func(old, new string) string { return strings.Replace(good, old, new, 1) }
	for _, c := range []struct{ name, in, want string }{
		{"unknown key", edit("level:", "levle:"), `r.yaml:4:1: unknown key "levle"; did you mean "level"?`},
		{"level", edit("level: low", "level: loud"), "r.yaml:4: write one of informational, low"},
		{"label", edit("label: threat", "label: thret"), "r.yaml:5: write one of doxxing"},
		{"id", edit("id: sample", "id: Sample!"), "r.yaml:1: give an id"},
		{"score", edit("score: 0.5", "score: 5"), "r.yaml:7: write a number"},
		{"unknown name", edit("fruit and not person", "fruit and not persn"), "r.yaml:10: condition: unknown name persn; did you mean person?"},
		{"left over", edit("fruit and not person", "fruit person"), `r.yaml:10: condition: "person" is left over`},
		{"bracket", edit("fruit and not person", "(fruit"), "r.yaml:10: condition: a bracket is not closed"},
		{"call", edit("fruit and not person", "nearly(fruit, person, 3)"), "r.yaml:10: condition: unknown call nearly"},
		{"no number", edit("fruit and not person", "near(fruit, person)"), "r.yaml:10: condition: near ends in a number"},
		{"phrase", edit("(red|green) apple", "(red|green apple"), `a bracket is not closed`},
		{"no examples", edit("examples: {match: [a pear], no_match: [a plum]}", ""), "give at least one example"},
		{"points without at", edit("condition:", "points: {fruit: 3}\ncondition:"), "points and at go together"},
		{"empty", "", "r.yaml:1: the file is empty"},
	} {
		_, err := Load(fstest.MapFS{"r.yaml": {Data: []byte(c.in)}})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", c.name, err, c.want)
		}
	}
	if _, err := Load(fstest.MapFS{}); err == nil {
		t.Error("an empty directory loads")
	}
	two := fstest.MapFS{"a.yaml": {Data: []byte(good)}, "b.yaml": {Data: []byte(good)}}
	if _, err := Load(two); err == nil || !strings.Contains(err.Error(), "b.yaml:1: the id sample is taken by a.yaml") {
		t.Errorf("doubled id: %v", err)
	}
}

// fake answers conditions from a set of names.
type fake struct {
	has    map[Signal]bool
	before *fake
	label  string
}

func (f *fake) Has(s Signal) bool                    { return f.has[s] }
func (f *fake) Near(a, b Signal, _ int, _ bool) bool { return f.has[a] && f.has[b] }
func (f *fake) Count(s Signal) int {
	if f.has[s] {
		return 2
	}
	return 0
}
func (f *fake) Recent(c *Condition, _ int) bool { return f.before != nil && c.Eval(f.before) }
func (f *fake) Replied(c *Condition) bool       { return f.before != nil && c.Eval(f.before) }
func (f *fake) Found(label string) bool         { return f.label == label }
func (f *fake) Mark() int                       { return 0 }
func (f *fake) Release(int)                     {}

func TestCondition(t *testing.T) {
	names := []string{"a", "b", "c"}
	in := scope{lookup: func(name string) (Signal, error) { return Signal(slices.Index(names, name)), nil }, defined: map[string]node{}}
	f := &fake{has: map[Signal]bool{0: true, 1: true}, before: &fake{has: map[Signal]bool{2: true}, label: "threat"}}
	for src, want := range map[string]bool{
		"a": true, "c": false, "a and b": true, "a and c": false, "a or c": true, "not c": true,
		"not (a and c) and b": true, "a and b or c": true, "c and b or a": true, "c and (b or a)": false,
		"near(a, b, 3)": true, "then(a, c, 3)": false, "many(a, 2)": true, "many(a, 3)": false,
		"atleast(2, a, b, c)": true, "atleast(3, a, b, c)": false,
		"recent(c)": true, "recent(c, 4)": true, "recent(a or c, 4)": true, "recent(a and c)": false,
		"replied(c)": true, "recent(found(threat), 2)": true, "recent(found(doxxing), 2)": false,
	} {
		c, err := compile(src, in)
		if err != nil {
			t.Errorf("%s: %v", src, err)
		} else if got := c.Eval(f); got != want {
			t.Errorf("%s: %v, want %v", src, got, want)
		}
	}
	c, err := weigh(nil, map[string]int{"a": 3, "c": 5, "not c": -1}, 2, in)
	if err != nil || !c.Eval(f) {
		t.Errorf("points 3-1 do not reach 2: %v", err)
	}
}

func FuzzCompile(f *testing.F) {
	for _, s := range []string{"a and (b or not c)", "near(a, b, 3)", "recent(a and b, 2)", "atleast(2, a, b)", "((", "not not a", "found(threat)"} {
		f.Add(s)
	}
	in := scope{lookup: func(string) (Signal, error) { return 1, nil }}
	f.Fuzz(func(t *testing.T, s string) {
		if c, err := compile(s, in); err == nil {
			c.Eval(&fake{has: map[Signal]bool{1: true}, before: &fake{}})
		}
	})
}

func FuzzParsePhrase(f *testing.F) {
	for _, s := range []string{"where .. live", "(a|b)? c*", "((a|b) c|d)", ".. a", "(", ")", "律师"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		ps, err := ParsePhrase(s)
		if err != nil {
			return
		}
		for _, p := range ps {
			if len(p) == 0 || p[0].Gap || p[len(p)-1].Gap {
				t.Fatalf("%q gives %v", s, p)
			}
		}
	})
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte("id: [\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _ = Load(fstest.MapFS{"r.yaml": {Data: data}})
	})
}
