package text

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestFold(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"ascii", "Hello, World 42", "hello, world 42"},
		{"accents", "Ñandú Łódź Straße", "nandu lodz strasse"},
		{"vietnamese", "Đường Nguyễn Thị Bích", "duong nguyen thi bich"},
		{"full width", "ＬＡＷ１２", "law12"},
		{"mathematical letters", "𝓁𝖆𝘄𝒚𝖊𝖗", "lawyer"},
		{"squared letters", "🅻🅰🆆", "law"},
		{"zero width", "la\u200bw\u200dy\u2060er", "lawyer"},
		{"combining overflow", "l\u0336a\u0301\u0302\u0303w\u0336", "law"},
		{"cyrillic in latin", "lаwуеr", "lawyer"},
		{"latin in cyrillic", "aдвoкaт", "адвокат"},
		{"greek in latin", "ρolιce", "police"},
		{"one script stays", "сор", "сор"},
		{"short i stays", "Чайка ёж", "чайка еж"},
		{"arabic variants", "كتاب يا علي", "کتاب یا علی"},
		{"tatweel and marks", "عـــکسُ", "عکس"},
		{"persian figures", "پلاک ۱۴", "پلاک 14"},
		{"traditional chinese", "律師電話號碼", "律师电话号码"},
		{"quotes", "don’t – “x”", "don't - \"x\""},
		{"invalid", "a\xffb", "a\uFFFDb"},
	} {
		if got := Fold(c.in).Text; got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestNormalise(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"l4wy3r", "lawyer"},
		{"adr3ss!", "adress!"},
		{"o s t r i c h", "ostrich"},
		{"o.s.t.r.i.c.h ran", "ostrich ran"},
		{"o-s-t-r-i-c-h  h o m e", "ostrich  home"},
		{"a b c", "a b c"},
		{"gpt4 at 3am", "gpt4 at 3am"},
		{"room 4b", "room 4b"},
		{"2026", "2026"},
		{"the l@wy3r", "the lawyer"},
		{"l 4 w y 3 r", "lawyer"},
	} {
		if got := Normalise(c.in).Text; got != c.want {
			t.Errorf("%q: %q, want %q", c.in, got, c.want)
		}
	}
}

func TestSpan(t *testing.T) {
	for _, c := range []struct{ in, find, want string }{
		{"The LAW", "law", "LAW"},
		{"Đường Lá", "la", "Lá"},
		{"x l\u200ba\u200bw y", "law", "l\u200ba\u200bw"},
		{"find o s t r i c h now", "ostrich", "o s t r i c h"},
		{"Straße 4", "strasse", "Straße"},
		{"e\u0301a", "e", "e\u0301"},
	} {
		f := Normalise(c.in)
		i := strings.Index(f.Text, c.find)
		if i < 0 {
			t.Errorf("%q: %q is not in %q", c.in, c.find, f.Text)
			continue
		}
		if a, b := f.Span(i, i+len(c.find)); c.in[a:b] != c.want {
			t.Errorf("%q: span %q, want %q", c.in, c.in[a:b], c.want)
		}
	}
}

func TestWords(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"Don't blame the o'Neil-s", "dont blame the oneil s"},
		{"gl4ss_otter said", "gl4ss otter said"},
		{"她住 3 楼", "她 住 3 楼"},
		{"l@wyer ann@mail.example a@b", "l@wyer ann mail example a@b"},
		{"who's' there '", "whos there"},
		{"", ""},
	} {
		var got []string
		for _, w := range Fold(c.in).Words(nil) {
			got = append(got, w.Text)
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%q: %q, want %q", c.in, s, c.want)
		}
	}
}

func TestTerminal(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"plain текст 你好", "plain текст 你好"},
		{"\x1b[31mred\x07", `\x1b[31mred\x07`},
		{"a\u202etxt.exe", `a\u202etxt.exe`},
		{"two\nlines\tand\r", `two\nlines\tand\r`},
		{"bad\xff\u009b", `bad\xff\u009b`},
		{"\U000E0041", `\U000e0041`},
		{"می\u200cخواهم", "می\u200cخواهم"},
	} {
		if got := Terminal(c.in); got != c.want {
			t.Errorf("%q: %q, want %q", c.in, got, c.want)
		}
	}
}

func TestCSV(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"plain", "plain"}, {"", ""},
		{"=1+1", "'=1+1"}, {"+7 999", "'+7 999"}, {"-1", "'-1"}, {"@x", "'@x"},
		{"  =1", "'  =1"}, {"\t=1", "'\t=1"}, {"\uff1d1", "'\uff1d1"}, {"a=1", "a=1"}, {"\x00=1", "'=1"},
	} {
		if got := CSV(c.in); got != c.want {
			t.Errorf("%q: %q, want %q", c.in, got, c.want)
		}
	}
}

var seeds = []string{
	"plain", "Đ\u200bường ß", "o s t r i c h", "lаwуеr", "l4wy3r", "\xff\xfe", "e\u0301\u0302\u0303\u0304", "🅰🇷🅴",
	"که\u200cمی", "a'b'c''", "'", "a b c d e'", strings.Repeat("x ", 9), "ﷺ", "ǆ", "İ",
}

func FuzzNormalise(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, n := range []Folded{Fold(s), Normalise(s)} {
			if !utf8.ValidString(n.Text) {
				t.Fatalf("%q: folded to invalid UTF-8 %q", s, n.Text)
			}
			at := 0
			for i := 0; i <= len(n.Text); i++ {
				a, b := n.Span(i, min(i+1, len(n.Text)))
				if a < at || b < a || b > len(s) {
					t.Fatalf("%q: span of byte %d is [%d, %d) after %d", s, i, a, b, at)
				}
				at = a
			}
			end := 0
			for _, w := range n.Words(nil) {
				if w.Start < end || w.End <= w.Start || w.End > len(n.Text) || w.Text == "" {
					t.Fatalf("%q: word %+v", s, w)
				}
				end = w.End
			}
		}
	})
}

func FuzzTerminal(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, r := range Terminal(s) {
			if r < 0x20 || r == 0x7F || r == utf8.RuneError || 0x202A <= r && r <= 0x202E || 0x2066 <= r && r <= 0x2069 {
				t.Fatalf("%q: lets %U through", s, r)
			}
		}
	})
}

func FuzzCSV(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := CSV(s)
		if rest := strings.TrimLeft(got, " \t\r\n\""); got != "" && strings.ContainsRune("\t\r\n", rune(got[0])) ||
			rest != "" && strings.ContainsRune("=+-@", rune(rest[0])) {
			t.Fatalf("%q: %q begins a formula", s, got)
		}
	})
}

func BenchmarkFoldASCII(b *testing.B) {
	for b.Loop() {
		Fold("A plain line of chat that has nothing to fold but its first letter.")
	}
}

func BenchmarkFoldVietnamese(b *testing.B) {
	for b.Loop() {
		Fold("Một dòng trò chuyện bình thường, không có gì đặc biệt cả.")
	}
}
