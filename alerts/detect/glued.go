package detect

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"stakeout/alerts/rules"
)

// glued finds keys that were written in pieces: with blanks, dots, slashes,
// little pictures or invisible characters between them. Pieces are runs of
// letters and figures that are no words; nothing but signs stands between
// them. What they make together must be as random as a key.
func glued(f *facts, l *lexicon) {
	if f.bits.has(rules.Key) {
		return
	}
	told := l.glueWord >= 0 && f.bits.has(l.glueWord)
	named := told || l.keyWord >= 0 && f.bits.has(l.keyWord) || f.bits.has(rules.URL)
	var key []byte
	from, end, count, longest := 0, 0, 0, 0
	flush := func() {
		if count >= 3 && random(string(key), count, longest, told, named) {
			f.addOriginal(rules.Key, from, end)
		}
		key, count, longest = key[:0], 0, 0
	}
	s := f.original
	for i := 0; i < len(s); {
		if !alnum(s[i]) {
			i++
			continue
		}
		j := i
		for j < len(s) && alnum(s[j]) {
			j++
		}
		if count > 0 && (utf8.RuneCountInString(s[end:i]) > 4 || strings.Contains(s[end:i], "\n")) {
			flush()
		}
		switch piece := s[i:j]; {
		case noise(piece, told) && !inCode(s, i, j):
			if count == 0 {
				from = i
			}
			key = append(key, piece...)
			count++
			longest = max(longest, len(piece))
			end = j
		default:
			flush()
		}
		i = j
	}
	flush()
}

func alnum(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

// noise tells a piece that is no word: one character, or up to twelve of which
// some are figures among letters or capitals behind small letters.
func noise(p string, told bool) bool {
	if len(p) == 1 {
		return true
	}
	if len(p) > 12 {
		return false
	}
	figures, letters, inner := 0, 0, false
	for i := range len(p) {
		switch c := p[i]; {
		case digit(c):
			figures++
		case 'A' <= c && c <= 'Z':
			letters++
			inner = inner || i > 0 && 'a' <= p[i-1] && p[i-1] <= 'z'
		default:
			letters++
		}
	}
	return figures > 0 && letters > 0 || inner && told || figures == len(p)
}

// inCode tells that a piece stands in a web address, a path or a line of a
// program, where there are many such.
func inCode(s string, i, j int) bool {
	a := strings.LastIndexAny(s[:i], " \t\n") + 1
	b := strings.IndexAny(s[j:], " \t\n")
	if b < 0 {
		b = len(s) - j
	}
	word := s[a : j+b]
	return strings.ContainsAny(word, "\\&#([{<%?=@;") || strings.Contains(word, "://") || strings.Contains(word, "::") || reUUID.MatchString(word)
}

var reUUID = regexp.MustCompile(`[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-`)

// random tells whether joined pieces look like a key: told says that the
// message speaks of joining, named that it speaks of keys or names a host.
func random(key string, count, longest int, told, named bool) bool {
	var upper, lower, figures, changes int
	kind := 0
	for i := range len(key) {
		k := 3
		switch c := key[i]; {
		case digit(c):
			figures++
		case 'A' <= c && c <= 'Z':
			upper++
			k = 1
		default:
			lower++
			k = 2
		}
		if i > 0 && k != kind {
			changes++
		}
		kind = k
	}
	n := len(key)
	if n < 16 || n > 200 || variety(key) < 10 || changes < n/3 {
		return false
	}
	single := longest == 1
	switch {
	case figures < 3 || lower+upper < 5 || figures*4 > n*3:
		return false
	case strings.Trim(strings.ToLower(key), "0123456789abcdef") == "":
		return n >= 28 && told
	case upper >= 3 && lower >= 3:
		return single || told && count <= 24 || n >= 4*count && (named || n >= 20)
	}
	return told && (single || n >= 3*count)
}
