package notify

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxName is how many characters of a foreign name are shown: the longest
// Discord or Telegram name fits, a text dressed up as a name does not.
const MaxName = 100

// maxMarks is how many combining marks may follow each other: Vietnamese needs
// two, text that climbs over its neighbours needs dozens.
const maxMarks = 2

// Clean makes a name from a channel fit to be shown in one line: control,
// format (direction overrides, zero-width), private and unassigned characters
// go, white space becomes single spaces, and mask, given the whole of what is
// left, replaces what must not be read; then the length is bounded.
func Clean(s string, mask func(string) string) Foreign {
	var b strings.Builder
	marks := 0
	for _, r := range s {
		switch {
		case r == utf8.RuneError:
			continue
		case unicode.IsSpace(r):
			r = ' '
		case !unicode.IsPrint(r), invisible(r):
			continue
		}
		if unicode.Is(unicode.M, r) {
			if marks++; marks > maxMarks {
				continue
			}
		} else {
			marks = 0
		}
		b.WriteRune(r)
	}
	clean := strings.Join(strings.Fields(mask(strings.Join(strings.Fields(b.String()), " "))), " ")
	if utf8.RuneCountInString(clean) > MaxName {
		clean = string([]rune(clean)[:MaxName-1]) + "…"
	}
	return Foreign(clean)
}

// invisible holds the characters that unicode counts as letters or symbols
// and that nobody sees: Hangul fillers and the empty Braille cell.
func invisible(r rune) bool {
	return r == '\u115f' || r == '\u1160' || r == '\u3164' || r == '\uffa0' || r == '\u2800'
}
