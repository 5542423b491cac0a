package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Normalise gives the fully folded form: Fold, then single letters with
// spaces, dots or the like between them joined into words ("o s t r i c h"),
// then figures and signs inside words read as letters ("l4wy3r").
func Normalise(s string) Folded {
	f := Join(Fold(s))
	var b *builder
	for _, w := range f.Words(nil) {
		plain, ok := Unleet(f.Text[w.Start:w.End], 'i')
		if !ok || len(plain) != w.End-w.Start {
			continue
		}
		if b == nil {
			b = &builder{size: f.size}
			b.copyFrom(f, 0, len(f.Text))
		}
		copy(b.text[w.Start:w.End], plain)
	}
	if b == nil {
		return f
	}
	return b.folded()
}

// Unleet reads figures and signs inside a word as the letters they look like;
// one says what '1' stands for ('i' or 'l'). It answers false for words that
// are more figure than letter, or that only begin or end in figures as
// quantities and names do ("3am", "gpt4").
func Unleet(word string, one byte) (string, bool) {
	letters, figures, inner := 0, 0, false
	for i := range len(word) {
		switch c := word[i]; {
		case '0' <= c && c <= '9' || c == '@' || c == '$' || c == '!':
			if leet[c] == 0 {
				return "", false
			}
			figures++
			if i > 0 && i+1 < len(word) && !digit(word[i-1]) && !digit(word[i+1]) {
				inner = true
			}
		default:
			letters++
		}
	}
	if figures == 0 || letters < 2 || letters < figures {
		return "", false
	}
	if !inner && (letters < 4 || figures > 1 || !digit(word[0])) {
		return "", false
	}
	out := []byte(word)
	for i, c := range out {
		if c == '1' || c == '!' {
			out[i] = one
		} else if l := leet[c]; l != 0 {
			out[i] = l
		}
	}
	return string(out), true
}

func digit(c byte) bool { return '0' <= c && c <= '9' }

var leet = [256]byte{'0': 'o', '1': 'i', '2': 'z', '3': 'e', '4': 'a', '5': 's', '6': 'g', '7': 't', '8': 'b', '9': 'g', '@': 'a', '$': 's', '!': 'i'}

// minJoined is how many single letters in a row are taken for a spaced-out
// word. Three would join initials and "a b c".
const minJoined = 4

// Join joins single letters that stand apart by one to three spaces, dots,
// dashes or the like, when there are at least four of them. Two spaces or more
// between letters that are otherwise one apart end a word.
func Join(f Folded) Folded {
	if !spacedOut(f.Text) {
		return f
	}
	b := &builder{size: f.size}
	s := f.Text
	done := 0
	for i := 0; i < len(s); {
		if i > 0 {
			if r, _ := utf8.DecodeLastRuneInString(s[:i]); joinable(r) {
				_, n := utf8.DecodeRuneInString(s[i:])
				i += n
				continue
			}
		}
		ends := run(s, i)
		if len(ends) < minJoined {
			_, n := utf8.DecodeRuneInString(s[i:])
			i += n
			continue
		}
		b.copyFrom(f, done, i)
		for _, e := range ends {
			b.copyFrom(f, e[0], e[1])
		}
		i = ends[len(ends)-1][1]
		done = i
	}
	b.copyFrom(f, done, len(s))
	return b.folded()
}

// run finds the single letters from i on that have like gaps between them.
func run(s string, i int) [][2]int {
	var out [][2]int
	gap := ""
	for i < len(s) {
		r, n := utf8.DecodeRuneInString(s[i:])
		if !joinable(r) {
			return out
		}
		after := i + n
		next, _ := utf8.DecodeRuneInString(s[after:])
		if after < len(s) && joinable(next) {
			return out // part of a longer word
		}
		out = append(out, [2]int{i, after})
		k := after
		for k < len(s) && k-after < 3 && strings.IndexByte(" .-_*,/|", s[k]) >= 0 {
			k++
		}
		if k == after || gap != "" && s[after:k] != gap {
			return out
		}
		gap = s[after:k]
		i = k
	}
	return out
}

func joinable(r rune) bool {
	return (unicode.IsLetter(r) || '0' <= r && r <= '9' || r == '@' || r == '$') && !single(r)
}

// spacedOut is the cheap first look: four single ASCII or wide letters with
// one separator between them need this shape somewhere.
func spacedOut(s string) bool {
	n := 0
	length := 0
	for _, r := range s {
		if joinable(r) {
			length++
			if length > 1 {
				n = 0
			}
			continue
		}
		if length == 1 {
			if n++; n >= minJoined-1 {
				return true
			}
		}
		length = 0
	}
	return false
}
