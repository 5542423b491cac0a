package mention

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func by(names map[string]string) func(string) string {
	return func(id string) string { return names[id] }
}

var harbour = Names{
	User:    by(map[string]string{"101": "Cora", "102": "a > b"}),
	Role:    by(map[string]string{"900": "deckhands"}),
	Channel: by(map[string]string{"2": "general"}),
}

func TestReferencesAreShownAsAReaderSeesThem(t *testing.T) {
	for in, want := range map[string]string{
		"morning <@101> and <@!101>":          "morning @Cora and @Cora",
		"ask <@&900>, see <#2>":               "ask @deckhands, see #general",
		"<:anchor:555><a:waves:556>":          ":anchor::waves:",
		"<@999> <#9> <@&9> <not a tag>":       "<@999> <#9> <@&9> <not a tag>",
		"<<@101>> <":                          "<@Cora> <",
		"<:anchor:> <::5> <:x:y> <t:5:R>":     "<:anchor:> <::5> <:x:y> <t:5:R>",
		"<@102>":                              "@a > b",
		"<@" + strings.Repeat("1", 200) + ">": "<@" + strings.Repeat("1", 200) + ">",
		"":                                    "",
	} {
		if got := Render(in, harbour); got != want {
			t.Errorf("Render(%q) = %q, want %q", in, got, want)
		}
	}
	if got := Render("<@101> <#2> <@&900> <:a:1>", Names{}); got != "<@101> <#2> <@&900> :a:" {
		t.Errorf("without names: %q", got)
	}
}

func FuzzRender(f *testing.F) {
	f.Add("morning <@!101>, see <#2> <:anchor:555> <@&900> <")
	f.Fuzz(func(t *testing.T, s string) {
		got := Render(s, harbour)
		if utf8.ValidString(s) && !utf8.ValidString(got) {
			t.Errorf("Render(%q) is not UTF-8: %q", s, got)
		}
		if !strings.Contains(s, "<") && got != s {
			t.Errorf("Render(%q) = %q", s, got)
		}
	})
}
