package letter

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// maxText bounds a text field. Nobody writes megabytes; what is cut off
	// stands in the native bytes.
	maxText = 4 << 20
	// maxHops bounds the Received lines that are passed on; servers refuse
	// mails beyond about a hundred.
	maxHops = 100
)

func clip(s string) string {
	if len(s) <= maxText {
		return s
	}
	i := maxText
	for !utf8.RuneStart(s[i]) {
		i--
	}
	return s[:i] + "\n(cut here; the native bytes hold the rest)"
}

// recipient is the part of a Received line that names whom the mail was for:
// mostly the very people whom nobody should be able to look up.
var recipient = regexp.MustCompile(`(?i)\s*\bfor\s+<?[^\s<>;]+@[^\s<>;]+>?`)

// route is the mail's way and what servers noted of its sender, as the headers
// say. Whoever sends a mail can write such headers himself: only those that the
// own server put on top can be trusted, and which ones they are cannot be told
// from here.
func (m *mail) route() []string {
	var out []string
	for _, name := range []string{"Received", "Authentication-Results", "ARC-Authentication-Results", "Received-SPF"} {
		for i, v := range m.header.Values(name) {
			if i < maxHops {
				out = append(out, name+" (unverified): "+recipient.ReplaceAllString(shownField(v), ""))
			}
		}
	}
	return out
}

var webAddress = regexp.MustCompile(`https?://\S+`)

// sameWords reports that the second text says little that the first does not:
// no more than a tenth of its words. Addresses of links count as none.
func sameWords(plain, other string) bool {
	known := map[string]bool{}
	split := func(s string) []string {
		s = webAddress.ReplaceAllString(s, "")
		return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) })
	}
	for _, w := range split(plain) {
		known[w] = true
	}
	words, fresh := split(other), 0
	for _, w := range words {
		if !known[w] {
			fresh++
		}
	}
	return fresh*10 <= len(words)
}
