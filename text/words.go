package text

import (
	"unicode"
	"unicode/utf8"
)

// Word is a word of a folded text, or one Han or kana character: those scripts
// write no spaces.
type Word struct {
	Text       string // as matched: apostrophes inside are left out ("don't" is "dont")
	Start, End int    // bytes in Folded.Text
}

// Words splits the folded text at everything that is neither letter, figure
// nor mark. It appends to dst and returns it, so that a caller in a loop need
// not allocate.
func (f Folded) Words(dst []Word) []Word {
	s := f.Text
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if !alnum(c) {
				i++
				continue
			}
		} else {
			r, n := utf8.DecodeRuneInString(s[i:])
			if single(r) {
				dst = append(dst, Word{s[i : i+n], i, i + n})
				i += n
				continue
			}
			if !wordRune(r) {
				i += n
				continue
			}
		}
		j, cut := i, -1
		for j < len(s) {
			if c := s[j]; c < utf8.RuneSelf {
				if alnum(c) {
					j++
					continue
				}
				if (c == '@' || c == '$') && j > i && j+1 < len(s) && alnum(s[j+1]) && !host(s[j+1:]) {
					j++ // "l@wyer", but not "ann@mail.example"
					continue
				}
				if c == '\'' && j+1 < len(s) && (alpha(s[j+1]) || s[j+1] >= utf8.RuneSelf) && j > i {
					if cut >= 0 {
						break
					}
					cut = j
					j++
					continue
				}
				break
			}
			r, n := utf8.DecodeRuneInString(s[j:])
			if !wordRune(r) || single(r) {
				break
			}
			j += n
		}
		w := s[i:j]
		if cut == j-1 { // an apostrophe before something that is no letter
			j, w, cut = cut, s[i:cut], -1
		}
		if cut >= 0 {
			w = s[i:cut] + s[cut+1:j]
		}
		dst = append(dst, Word{w, i, j})
		i = j
	}
	return dst
}

// host tells whether a text begins like a host name: letters, figures and
// dashes, then a dot and a letter.
func host(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case alnum(c) || c == '-':
		case c == '.':
			return i+1 < len(s) && alnum(s[i+1])
		default:
			return false
		}
	}
	return false
}

func alnum(c byte) bool { return alpha(c) || '0' <= c && c <= '9' }
func alpha(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }

func wordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) }

// single tells characters that are words by themselves.
func single(r rune) bool {
	return 0x4E00 <= r && r <= 0x9FFF || 0x3400 <= r && r <= 0x4DBF || 0x3040 <= r && r <= 0x30FF || 0x20000 <= r && r <= 0x3134F
}
