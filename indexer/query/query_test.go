package query_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"stakeout/alerts/rules"
	"stakeout/indexer/query"
)

var clock = query.Clock{Zone: time.FixedZone("", 2*3600), Now: time.Date(2026, 5, 10, 12, 0, 0, 0, time.UTC)}

func TestParsePrintsBack(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{"  ", ""},
		{"one  two", "one two"},
		{"one AND two", "one two"},
		{`"one two" three`, `"one two" three`},
		{`“one two”`, `"one two"`},
		{`"say \"hi\" \\ now"`, `"say \"hi\" \\ now"`},
		{"-one -\"a b\" -(c d)", `-one -"a b" -(c d)`},
		{"a OR b c OR -d", "a OR b c OR -d"},
		{"a (b OR c)", "a (b OR c)"},
		{"(a b) OR (c)", "a b OR c"},
		{"a (b c)", "a (b c)"},
		{"(a OR b) OR c", "(a OR b) OR c"},
		{"or and not", "or and not"},
		{`from:heron in:"#the nest"`, `from:heron in:"#the nest"`},
		{"FROM:heron", "from:heron"},
		{`in:"//x" rule:anything`, `in:"//x" rule:anything`},
		{"has:link -has:file is:edited", "has:link -has:file is:edited"},
		{"before:2026-05-03 after:7d", "before:2026-05-03 after:7d"},
		{"label:doxxing level:high rule:r1", "label:doxxing level:high rule:r1"},
		{"https://pastes.example/x 12:30", "https://pastes.example/x 12:30"},
		{"法院 سلام привет", "法院 سلام привет"},
		{"- a -", "- a -"},
		{"--a", "--a"},
	} {
		n, err := query.Parse(c.in, clock)
		if err != nil {
			t.Errorf("Parse(%q): %v", c.in, err)
			continue
		}
		if got := n.String(); got != c.want {
			t.Errorf("Parse(%q) prints %q, want %q", c.in, got, c.want)
		}
	}
}

func TestDatesAreReadInTheZone(t *testing.T) {
	for in, want := range map[string]string{
		"before:2026-05-03":                      "2026-05-02T22:00:00Z",
		"after:2026-05-03":                       "2026-05-02T22:00:00Z",
		"after:2026-05-03T10:00:00+01:00":        "2026-05-03T09:00:00Z",
		"after:7d":                               "2026-05-03T12:00:00Z",
		"after:12h":                              "2026-05-10T00:00:00Z",
		"before:2w":                              "2026-04-26T12:00:00Z",
		`before:"2026-05-03T10:00:00.250+00:00"`: "2026-05-03T10:00:00.25Z",
	} {
		n, err := query.Parse(in, clock)
		if err != nil {
			t.Errorf("Parse(%q): %v", in, err)
			continue
		}
		if got := n.(query.Field).Time.Format(time.RFC3339Nano); got != want {
			t.Errorf("Parse(%q) means %s, want %s", in, got, want)
		}
	}
}

func TestErrorsPointAndMend(t *testing.T) {
	for _, c := range []struct {
		in     string
		column int
		part   string // of the error
		mend   string
	}{
		{`one "two three`, 5, "never closed", `one "two three"`},
		{"(a OR b", 1, "never closed", "(a OR b)"},
		{"a b)", 4, "without an opening", "a b"},
		{"a OR", 5, "missing", ""},
		{"OR a", 1, "missing", ""},
		{"a AND AND b", 7, "missing", ""},
		{"a ()", 4, "missing", ""},
		{`a ""`, 3, "nothing between", ""},
		{"é form:heron", 3, "did you mean from:", "é from:heron"},
		{"x platfrom:discord", 3, "did you mean platform:", "x platform:discord"},
		{"zzzzzzzz:1", 1, "known are from, in", `"zzzzzzzz:1"`},
		{"from:", 6, "value is missing", ""},
		{"from: heron", 6, "value is missing", ""},
		{"has:lnik", 5, "did you mean has:link", "has:link"},
		{"level:hihg a", 7, "did you mean level:high", "level:high a"},
		{"x label:doxing", 9, "did you mean label:doxxing", "x label:doxxing"},
		{"label:Threat", 7, "did you mean label:threat", "label:threat"},
		{`label:"legal mention" y`, 7, "did you mean label:legal_mention", "label:legal_mention y"},
		{"-label:dox", 8, "did you mean label:doxxing", "-label:doxxing"},
		{"label:zzzzzzzzzzz", 7, "known are doxxing, blame_shifting", ""},
		{"is:9", 4, "known are edited, deleted, superseded, absent, privileged", ""},
		{"before:yesterday", 8, "not a date", ""},
		{"kran* x", 5, "not searched yet", "kran x"},
		{strings.Repeat("(", 40) + "a", 33, "within each other", ""},
		{strings.Repeat("a ", 300), 513, "more than 256 words", ""},
		{strings.Repeat("a", 5000), 1, "longer than", ""},
		{"a\xff", 2, "not a character", ""},
	} {
		_, err := query.Parse(c.in, clock)
		var e *query.Error
		if !errors.As(err, &e) {
			t.Errorf("Parse(%q) = %v, want a *query.Error", c.in, err)
			continue
		}
		if e.Column != c.column || !strings.Contains(e.Error(), c.part) || e.Mend != c.mend {
			t.Errorf("Parse(%q) = %v, mend %q; want column %d, %q, mend %q", c.in, e, e.Mend, c.column, c.part, c.mend)
		}
		if e.Mend != "" {
			if _, err := query.Parse(e.Mend, clock); err != nil {
				t.Errorf("the mend %q of %q is no better: %v", e.Mend, c.in, err)
			}
		}
	}
}

func TestErrorsHoldNothingOfTheQuery(t *testing.T) {
	for _, in := range []string{"ostrich:x", "form:ostrich", "has:ostrich", "label:ostrich", "before:ostrich", `"ostrich`, "(ostrich", "ostrich)", "ostrich*"} {
		if _, err := query.Parse(in, clock); err == nil || strings.Contains(err.Error(), "ostrich") {
			t.Errorf("Parse(%q) = %v", in, err)
		}
	}
}

func TestLabelsAndLevelsAreTheRules(t *testing.T) {
	for field, values := range map[string][]string{"label": rules.Labels, "level": rules.Levels} {
		for _, v := range values {
			if _, err := query.Parse(field+":"+v, clock); err != nil {
				t.Errorf("%s:%s: %v", field, v, err)
			}
		}
		_, err := query.Parse(field+":zzzzzzzzzzzz", clock)
		if err == nil || !strings.Contains(err.Error(), "known are "+strings.Join(values, ", ")) {
			t.Errorf("%s: %v", field, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"", "a OR b", `-"a \" b" (c OR -d:e)`, "from:\"a b\" before:2026-05-03", "((a)", "- -- -( a)", "a AND b", "„x”:", "has:link*", "AND", "-OR"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := query.Parse(s, clock)
		if err != nil {
			var e *query.Error
			if !errors.As(err, &e) || e.Column < 1 || e.Column > len(s)+1 {
				t.Fatalf("Parse(%q): %v", s, err)
			}
			return
		}
		printed := n.String()
		if len(printed) > query.MaxLength {
			return // quoting may lengthen a query at the bound
		}
		again, err := query.Parse(printed, clock)
		if err != nil {
			t.Fatalf("%q printed as %q, which does not parse: %v", s, printed, err)
		}
		if a, b := bare(n), bare(again); !reflect.DeepEqual(a, b) {
			t.Fatalf("%q printed as %q, which parses to\n%#v\nnot\n%#v", s, printed, b, a)
		}
	})
}

// bare is the tree without columns.
func bare(n query.Node) query.Node {
	parts := func(ns []query.Node) (out []query.Node) {
		for _, n := range ns {
			out = append(out, bare(n))
		}
		return out
	}
	switch n := n.(type) {
	case query.And:
		return query.And{Parts: parts(n.Parts)}
	case query.Or:
		return query.Or{Parts: parts(n.Parts)}
	case query.Not:
		return query.Not{Part: bare(n.Part)}
	case query.Word:
		n.At = 0
		return n
	case query.Phrase:
		n.At = 0
		return n
	case query.Field:
		n.At = 0
		return n
	}
	return n
}
