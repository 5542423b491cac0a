package indexer

import (
	"unicode"
	"unicode/utf8"

	"stakeout/text"
)

// maxTerm bounds a term in bytes. A pasted blob of ten thousand characters is
// found by its beginning and costs no more than a long word.
const maxTerm = 128

// word is a run of letters, figures and marks in a folded text, or one
// character of a script that writes no spaces, or one pictogram.
type word struct {
	term       string
	start, end int  // bytes in the folded text
	dense      bool // of a script that writes no spaces between words
}

// words appends the words of a folded text to dst. Everything that is neither
// letter, figure, mark nor pictogram parts them, so an address, a link or a
// key is several words side by side.
func words(f text.Folded, dst []word) []word {
	s := f.Text
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf && !asciiWord(c) {
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		kind := kindOf(r)
		if kind == apart || kind == mark {
			i += n
			continue
		}
		j := i + n
		for j < len(s) {
			if c := s[j]; c < utf8.RuneSelf {
				if kind != letter || !asciiWord(c) {
					break
				}
				j++
				continue
			}
			r, n := utf8.DecodeRuneInString(s[j:])
			if k := kindOf(r); k != mark && (k != letter || kind != letter) {
				break
			}
			j += n
		}
		dst = append(dst, word{clip(s[i:j]), i, j, kind == dense})
		i = j
	}
	return dst
}

type kind uint8

const (
	apart kind = iota
	letter
	mark
	dense
	picture
)

func kindOf(r rune) kind {
	switch {
	case r < utf8.RuneSelf:
		if asciiWord(byte(r)) {
			return letter
		}
		return apart
	case r < 0x0E00: // Latin to Malayalam, the bulk of what is not Han
	case unicode.In(r, spaceless...):
		if unicode.IsMark(r) {
			return mark
		}
		return dense
	case r >= 0x1F000 && r < 0x20000, r >= 0x2600 && r < 0x27C0:
		return picture
	}
	switch {
	case unicode.IsLetter(r), unicode.IsNumber(r):
		return letter
	case unicode.IsMark(r):
		return mark
	}
	return apart
}

// spaceless are the scripts that write no spaces between words.
var spaceless = []*unicode.RangeTable{
	unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar,
}

func asciiWord(c byte) bool {
	return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || 'A' <= c && c <= 'Z'
}

// clip cuts a term at maxTerm bytes, between characters.
func clip(s string) string {
	if len(s) <= maxTerm {
		return s
	}
	n := maxTerm
	for !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// terms calls yield with each term that a text's words put into the index: the
// words themselves and, of scripts without spaces, every two neighbouring
// characters. Single characters alone would make a search for a word of two
// find every text that holds both somewhere; pairs alone would hide the words
// of one character.
func terms(f text.Folded, ws []word, yield func(string)) {
	for i, w := range ws {
		yield(w.term)
		if i > 0 && paired(ws[i-1], w) {
			yield(f.Text[ws[i-1].start:w.end])
		}
	}
}

func paired(a, b word) bool { return a.dense && b.dense && a.end == b.start }

// needle is something to find in texts: words in a row.
type needle struct {
	words []word
	terms []string // that a text which holds the needle has in the index
}

// newNeedle folds what was asked for; ok is false when no words are in it.
func newNeedle(s string) (n needle, ok bool) {
	f := text.Fold(s)
	n.words = words(f, nil)
	for i, w := range n.words {
		before := i > 0 && paired(n.words[i-1], w)
		if before {
			n.terms = append(n.terms, f.Text[n.words[i-1].start:w.end])
		}
		if after := i+1 < len(n.words) && paired(w, n.words[i+1]); !before && !after {
			n.terms = append(n.terms, w.term)
		}
	}
	return n, len(n.words) > 0
}

// exact tells that its terms alone decide; otherwise the text must be looked
// at.
func (n needle) exact() bool { return len(n.terms) == 1 }

// in calls yield with each place, first and last word, where the needle's
// words stand in a row, until that returns false.
func (n needle) in(ws []word, yield func(first, last int) bool) {
	for i := 0; i+len(n.words) <= len(ws); i++ {
		found := true
		for j, w := range n.words {
			if ws[i+j].term != w.term {
				found = false
				break
			}
		}
		if found && !yield(i, i+len(n.words)-1) {
			return
		}
	}
}

// inAny tells whether one of the texts holds the needle. ws is room to work in.
func (n needle) inAny(texts []string, ws *[]word) bool {
	for _, t := range texts {
		found := false
		*ws = words(text.Fold(t), (*ws)[:0])
		n.in(*ws, func(int, int) bool { found = true; return false })
		if found {
			return true
		}
	}
	return false
}
