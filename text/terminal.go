package text

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Terminal makes hostile text safe to print on a terminal: control characters
// (the ANSI escape among them), direction overrides, invisible characters and
// invalid bytes become visible escapes such as \x1b or \u202e. Line breaks and
// tabs become \n and \t, so one text stays on one line. Zero width joiners
// and variation selectors stay, since emoji and Persian are written with them.
func Terminal(s string) string {
	clean := true
	for _, r := range s {
		if !printable(r) {
			clean = false
			break
		}
	}
	if clean {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 16)
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\r':
			b.WriteString(`\r`)
		case printable(r):
			b.WriteRune(r)
		case r < 0x80:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
		i += n
	}
	return b.String()
}

func printable(r rune) bool {
	switch {
	case r < 0x20, r == 0x7F, 0x80 <= r && r < 0xA0, r == utf8.RuneError, r == 0x2028, r == 0x2029:
		return false
	case r < 0x7F, r == 0x200C, r == 0x200D:
		return true
	}
	return !unicode.In(r, unicode.Cf, unicode.Co, unicode.Cs)
}
