package notify

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func same(s string) string { return s }

func TestCleanLeavesOneHarmlessLine(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"general", "general"},
		{"  two\n\twords ", "two words"},
		{"a\u202eb\u200bc\x1b[31m\x00", "abc[31m"},
		{"Nguyễn Thị", "Nguyễn Thị"},
		{"z" + strings.Repeat("\u0336", 40), "z\u0336\u0336"},
		{"\u3164\u2800", ""},
		{"\xff\xfeok", "ok"},
		{strings.Repeat("é", 200), strings.Repeat("é", MaxName-1) + "…"},
	} {
		if got := Clean(c.in, same); string(got) != c.want {
			t.Errorf("Clean(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func TestCleanMasksBeforeCutting(t *testing.T) {
	// A name that straddles the cut would otherwise lose the part by which it
	// is recognised.
	in := strings.Repeat("x", MaxName-4) + " Jane Placeholder"
	got := Clean(in, func(s string) string { return strings.ReplaceAll(s, "Jane Placeholder", "[J.P.]") })
	if strings.Contains(string(got), "Jan") {
		t.Errorf("Clean left %q", got)
	}
	hidden := Clean("Jane\u200b Place\u00adholder", func(s string) string {
		return strings.ReplaceAll(s, "Jane Placeholder", "[J.P.]")
	})
	if hidden != "[J.P.]" {
		t.Errorf("Clean left %q", hidden)
	}
}

func FuzzClean(f *testing.F) {
	f.Add("general")
	f.Add("<!channel> \u202e*bold*\r\n:skull:")
	f.Fuzz(func(t *testing.T, s string) {
		got := string(Clean(s, same))
		if n := utf8.RuneCountInString(got); n > MaxName {
			t.Errorf("%d characters", n)
		}
		for _, r := range got {
			if r != ' ' && !unicode.IsPrint(r) || unicode.Is(unicode.Cf, r) {
				t.Errorf("%q kept %U", s, r)
			}
		}
		if again := string(Clean(got, same)); again != got {
			t.Errorf("cleaning %q again gave %q", got, again)
		}
	})
}
