package web

import (
	"strings"

	"stakeout/text"
)

// piece is a part of a text; the template escapes it.
type piece struct {
	Text string
	Mark bool
}

// pieces cuts a text at its highlights, which are byte offsets, and makes
// control, direction and invisible characters visible. Offsets that do not fit
// the text mark nothing.
func pieces(s string, marks [][2]int) []piece {
	var out []piece
	at := 0
	put := func(to int, mark bool) {
		if to > at {
			out = append(out, piece{visible(s[at:to]), mark})
			at = to
		}
	}
	for _, m := range marks {
		if m[0] < at || m[1] <= m[0] || m[1] > len(s) {
			continue
		}
		put(m[0], false)
		put(m[1], true)
	}
	put(len(s), false)
	return out
}

// visible keeps line breaks; everything else that has no shape of its own is
// spelled out.
func visible(s string) string {
	lines := strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n")
	for i, l := range lines {
		lines[i] = text.Terminal(l)
	}
	return strings.Join(lines, "\n")
}
