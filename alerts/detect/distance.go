package detect

import "unicode/utf8"

// within tells whether two words are at most max edits apart; an edit is a
// letter put in, left out, replaced, or two neighbours swapped.
func within(a, b string, max int) bool {
	var bufA, bufB [32]rune
	x, y := runes(a, bufA[:0]), runes(b, bufB[:0])
	if len(x) > 31 || len(y) > 31 {
		return a == b
	}
	var before, prev, now [33]int
	for j := range len(y) + 1 {
		prev[j] = j
	}
	for i := range x {
		now[0] = i + 1
		least := now[0]
		for j := range y {
			cost := 1
			if x[i] == y[j] {
				cost = 0
			}
			d := min(now[j]+1, prev[j+1]+1, prev[j]+cost)
			if i > 0 && j > 0 && x[i] == y[j-1] && x[i-1] == y[j] {
				d = min(d, before[j-1]+1)
			}
			now[j+1] = d
			least = min(least, d)
		}
		if least > max {
			return false
		}
		before, prev = prev, now
	}
	return prev[len(y)] <= max
}

func runes(s string, dst []rune) []rune {
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		dst = append(dst, r)
		i += n
	}
	return dst
}
