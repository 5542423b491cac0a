package detect

import (
	"strings"
	"unicode/utf8"

	"stakeout/alerts/rules"
)

// entities finds what has a form rather than a word: numbers, addresses, keys.
// A look over the bytes first tells which of them can be there at all.
func entities(f *facts, l *lexicon) {
	s := f.folded.Text
	var digits, at, colon, dots, slashes, question, longest, run int
	for i := range len(s) {
		c := s[i]
		if 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '_' || c == '-' || c == '+' || c == '/' || c == '=' {
			run++
			if run > longest {
				longest = run
			}
		} else {
			run = 0
		}
		switch {
		case '0' <= c && c <= '9':
			digits++
		case c == '@':
			at++
		case c == ':':
			colon++
		case c == '.':
			dots++
		case c == '/':
			slashes++
		case c == '?':
			question++
		}
	}
	if question > 0 {
		f.bits.add(rules.Question)
	}
	if len(f.words) <= 6 {
		f.bits.add(rules.Short)
	}
	if len(f.words) > 40 {
		f.bits.add(rules.Long)
	}
	if strings.HasPrefix(s, ">") || strings.Contains(s, "\n>") || strings.Contains(s, "forwarded") {
		f.bits.add(rules.Quoted)
	}
	if len(s) != len(f.original) && disguised(f) {
		f.bits.add(rules.Evasive)
	}
	if at > 0 {
		emails(f)
	}
	if dots > 0 || slashes > 1 {
		urls(f)
	}
	if digits >= 7 {
		phones(f)
	}
	if digits >= 6 && dots >= 2 {
		coordinates(f)
	}
	if digits >= 2 {
		postcodes(f, digits)
	}
	if digits >= 5 {
		birthdates(f, l)
	}
	if f.bits.has(rules.Number) {
		addresses(f, l)
		plates(f, l)
	}
	parts(f, l)
	spelled(f, l)
	does(f)
	if longest >= 8 {
		keys(f, l)
	}
	if colon > 0 || strings.Contains(s, "=") {
		connections(f)
	}
	if colon+at > 0 || l.passWord >= 0 && f.bits.has(l.passWord) {
		logins(f, l)
	}
	if digits >= 2 {
		pairs(f)
		glued(f, l)
	}
}

// disguised tells whether a word of Latin letters was written with something
// else among them: separators, invisible characters, look-alike letters of
// other scripts, or decorated letters.
func disguised(f *facts) bool {
	for _, w := range f.words {
		if w.End-w.Start < 3 || w.Text[0] >= utf8.RuneSelf {
			continue
		}
		a, b := f.folded.Span(w.Start, w.End)
		if b-a <= w.End-w.Start {
			continue
		}
		for _, r := range f.original[a:b] {
			switch {
			case r == ' ' || r == '.' || r == '-' || r == '_' || r == '*' || r == '/' || r == '|',
				0x370 <= r && r < 0x530, 0x200B <= r && r <= 0x200F, r == 0x2060, r == 0xFEFF,
				0xFF00 <= r && r <= 0xFF5E, 0x1D400 <= r && r <= 0x1D7FF, 0x1F110 <= r && r <= 0x1F1FF:
				return true
			}
		}
	}
	return false
}

// does finds a John Doe with a number ("doe 3", "Does 1-10").
func does(f *facts) {
	for i, w := range f.words {
		if i > 0 && i+1 < len(f.words) && (w.Text == "cv" || w.Text == "cr" || w.Text == "mc") && f.infos[i-1].number && f.infos[i+1].number {
			f.add(rules.Case, i-1, i+2, -1) // a docket number, of whatever case
		}
		if w.Text != "doe" && w.Text != "does" && w.Text != "доу" && w.Text != "доэ" && w.Text != "дое" {
			continue
		}
		for k := i + 1; k < len(f.words) && k <= i+2; k++ {
			t := f.words[k].Text
			if t == "no" || t == "number" || t == "номер" || t == "so" {
				continue
			}
			if f.infos[k].number && len(t) <= 2 && (w.Text != "does" || plural(f, i, k)) || w.Text != "does" && smallNumber[t] {
				f.add(rules.Doe, i, k+1, -1)
			}
			break
		}
		if i > 0 && (f.words[i-1].Text == "john" || f.words[i-1].Text == "jane") {
			f.add(rules.Doe, i-1, i+1, -1)
		}
	}
}

// plural tells the Does of a case from the verb: "Does 1-6", "the does 1 and 2"
// against "does 0.7 work".
func plural(f *facts, does, number int) bool {
	if does > 0 {
		switch f.words[does-1].Text {
		case "the", "john", "jane", "v", "vs", "all", "other":
			return true
		}
	}
	if number+1 >= len(f.words) || !f.infos[number+1].number && f.words[number+1].Text != "to" && f.words[number+1].Text != "through" && f.words[number+1].Text != "and" {
		return false
	}
	return f.folded.Text[f.words[number].End] != '.'
}

var smallNumber = map[string]bool{
	"one": true, "two": true, "three": true, "four": true, "five": true, "six": true, "seven": true, "eight": true,
	"nine": true, "ten": true, "eleven": true, "twelve": true, "uno": true, "dos": true, "tres": true, "cuatro": true,
	"cinco": true, "seis": true, "siete": true, "ocho": true,
	"один": true, "два": true, "три": true, "четыре": true, "пять": true, "шесть": true, "семь": true, "восемь": true,
}
