package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Folded is a text in folded form. The zero value is the empty text.
type Folded struct {
	// Text is the folded form, valid UTF-8.
	Text string

	size int     // of the original, in bytes
	from []int32 // for each folded byte, where its original begins; nil: at the same place
	to   []int32 // for each folded byte, where its original ends
}

// Span gives the byte range of the original that the folded range [i, j) came
// from. Out of range values are moved to the nearest valid ones; an empty
// range gives an empty one.
func (f Folded) Span(i, j int) (start, end int) {
	i = min(max(i, 0), len(f.Text))
	j = min(max(j, i), len(f.Text))
	if f.from == nil {
		return i, j
	}
	if i == j {
		if i == len(f.from) {
			return f.size, f.size
		}
		return int(f.from[i]), int(f.from[i])
	}
	start, end = int(f.from[i]), int(f.to[j-1])
	return start, max(start, end)
}

// Fold gives the folded form character by character: compatibility forms,
// case, accents of Latin, Greek and Arabic letters, invisible characters,
// Persian and Arabic letter variants, traditional Chinese characters and, in
// words of mixed scripts, look-alike letters. Figures stay figures and words
// stay apart: addresses, numbers and keys are read from this form.
func Fold(s string) Folded {
	if ascii(s) {
		return Folded{Text: strings.ToLower(s), size: len(s)}
	}
	b := builder{
		text: make([]byte, 0, len(s)+8),
		from: make([]int32, 0, len(s)+8),
		to:   make([]int32, 0, len(s)+8),
	}
	latin := false // the last kept letter was one whose accents are dropped
	var hasLatin, hasOther bool
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			b.add("\uFFFD", i, i+n)
		case r < utf8.RuneSelf:
			if 'A' <= r && r <= 'Z' {
				r += 'a' - 'A'
			}
			b.addRune(r, i, i+n)
			latin = true
			hasLatin = hasLatin || 'a' <= r && r <= 'z'
		case 0x3040 <= r && r <= 0x30FF || 0x3400 <= r && r <= 0x9FFF: // kana and Han have no case and are NFKC already
			if f, ok := simple[r]; ok {
				r = f
			}
			b.addRune(r, i, i+n)
			b.marks = 0
			latin = true
		case invisible(r):
			b.extend(i + n)
		case unicode.Is(unicode.Mn, r):
			if latin || b.marks >= maxMarks {
				b.extend(i + n)
			} else {
				b.marks++
				b.addRune(r, i, i+n)
			}
		default:
			f := folded(r)
			b.add(f, i, i+n)
			b.marks = 0
			last, _ := utf8.DecodeLastRuneInString(f)
			latin = dropsMarks(last)
			hasLatin = hasLatin || last < utf8.RuneSelf
			hasOther = hasOther || 0x370 <= last && last < 0x590
		}
		i += n
	}
	b.size = len(s)
	if !hasLatin || !hasOther {
		return b.folded()
	}
	return unmix(b.folded())
}

// maxMarks is how many combining marks one letter keeps in scripts that write
// with them (Hebrew, Thai, Devanagari need at most two or three). More is
// decoration that hides the letter.
const maxMarks = 3

type builder struct {
	text     []byte
	from, to []int32
	marks    int
	size     int
}

func (b *builder) add(s string, from, to int) {
	b.text = append(b.text, s...)
	for range len(s) {
		b.from = append(b.from, int32(from))
		b.to = append(b.to, int32(to))
	}
}

func (b *builder) addRune(r rune, from, to int) {
	n := len(b.text)
	b.text = utf8.AppendRune(b.text, r)
	for range len(b.text) - n {
		b.from = append(b.from, int32(from))
		b.to = append(b.to, int32(to))
	}
}

// extend lets the last character's original reach up to end: what is dropped
// belongs to the character before it.
func (b *builder) extend(end int) {
	if n := len(b.text); n > 0 {
		_, w := utf8.DecodeLastRune(b.text)
		for i := n - w; i < n; i++ {
			b.to[i] = int32(end)
		}
	}
}

func (b *builder) folded() Folded {
	return Folded{Text: string(b.text), size: b.size, from: b.from, to: b.to}
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// invisible tells characters that take no room: format characters (zero width
// space and joiners, direction marks, tags), variation selectors, fillers.
func invisible(r rune) bool {
	switch {
	case r == 0x00AD, r == 0x034F, r == 0x115F, r == 0x1160, r == 0x3164, r == 0xFFA0, r == 0x2800,
		r == 0x0640, // Arabic tatweel, which only draws letters out
		0x180B <= r && r <= 0x180F, 0xFE00 <= r && r <= 0xFE0F, 0xE0100 <= r && r <= 0xE01EF:
		return true
	}
	return unicode.Is(unicode.Cf, r)
}

func dropsMarks(r rune) bool {
	return r < 0x530 || unicode.In(r, unicode.Latin, unicode.Greek, unicode.Arabic, unicode.Cyrillic, unicode.Han)
}

// tabled bounds the characters whose folded forms are kept in a table: all
// alphabets in daily use, and general punctuation.
const tabled = 0x2100

var table = func() (t [tabled]string) {
	for r := range rune(tabled) {
		t[r] = foldRune(r)
	}
	return t
}()

func folded(r rune) string {
	if r < tabled {
		return table[r]
	}
	return foldRune(r)
}

// foldRune folds one character above ASCII.
func foldRune(r rune) string {
	if f, ok := singles[r]; ok {
		return f
	}
	s := norm.NFKD.String(string(r))
	if s == string(r) {
		return string(unicode.ToLower(r))
	}
	if r == 'й' || r == 'Й' { // a letter of its own, not an accented и
		return "й"
	}
	if !dropsMarks([]rune(s)[0]) {
		s = norm.NFKC.String(string(r))
	}
	var out strings.Builder
	for _, c := range s {
		if f, ok := singles[c]; ok {
			out.WriteString(f)
		} else if !unicode.Is(unicode.Mn, c) || !dropsMarks([]rune(s)[0]) {
			out.WriteRune(unicode.ToLower(c))
		}
	}
	return out.String()
}
