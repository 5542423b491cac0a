package query

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

func (p *parser) peek() rune { return p.after(0) }

func (p *parser) after(n int) rune {
	r, _ := utf8.DecodeRuneInString(p.src[p.pos+n:])
	return r
}

func (p *parser) next() rune {
	r, n := utf8.DecodeRuneInString(p.src[p.pos:])
	p.pos += n
	return r
}

func (p *parser) space() {
	for p.pos < len(p.src) && unicode.IsSpace(p.peek()) {
		p.next()
	}
}

// at tells whether a keyword stands here as a word of its own.
func (p *parser) at(word string) bool {
	rest, ok := strings.CutPrefix(p.src[p.pos:], word)
	if !ok {
		return false
	}
	r, _ := utf8.DecodeRuneInString(rest)
	return rest == "" || ends(r)
}

func (p *parser) keyword(word string) bool {
	p.space()
	if !p.at(word) {
		return false
	}
	p.pos += len(word)
	return true
}

func (p *parser) column(pos int) int { return utf8.RuneCountInString(p.src[:pos]) + 1 }

func (p *parser) errorAt(pos int, reason, hint, mend string) *Error {
	return &Error{Column: p.column(min(pos, len(p.src))), Reason: reason, Hint: hint, Mend: mend}
}

// opens tells quotes: straight ones, and the typographic ones that phones and
// word processors put in their place.
func opens(r rune) bool { return r == '"' || r == '“' || r == '”' || r == '„' }

func ends(r rune) bool { return unicode.IsSpace(r) || r == '(' || r == ')' || opens(r) }

// fieldLike tells names that can only be meant as a field: short, of Latin
// letters. "12:30" and a smiley are words.
func fieldLike(s string) bool {
	for i := range len(s) {
		if c := s[i] | 0x20; c < 'a' || c > 'z' {
			return false
		}
	}
	return 0 < len(s) && len(s) <= 16
}

func wordRune(s string) bool {
	r, _ := utf8.DecodeLastRuneInString(s)
	return unicode.IsLetter(r) || unicode.IsDigit(r)
}

// time reads RFC 3339, a day (its beginning in the zone) or a number of hours,
// days or weeks ago.
func (c Clock) time(s string) (time.Time, bool) {
	if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return t.UTC(), true
	}
	if t, err := time.ParseInLocation(time.DateOnly, s, c.Zone); err == nil {
		return t.UTC(), true
	}
	units := map[byte]time.Duration{'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour}
	if len(s) < 2 || len(s) > 6 {
		return time.Time{}, false
	}
	n, err := strconv.ParseUint(s[:len(s)-1], 10, 16)
	unit, ok := units[s[len(s)-1]]
	if err != nil || !ok {
		return time.Time{}, false
	}
	return c.Now.Add(-time.Duration(n) * unit).UTC(), true
}
