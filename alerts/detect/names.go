package detect

import (
	"math/bits"
	"strings"
	"unicode"
	"unicode/utf8"

	"stakeout/alerts/rules"
	"stakeout/text"
	"stakeout/watchlist"
)

// person is a protected person as findings show one.
type person struct{ key, initials, role string }

// nameToken is one word of a protected name that is sought in misspelt,
// inflected and split forms too.
type nameToken struct {
	text string
	id   int32
	mask uint64 // of its letters, to tell far words quickly
	size int    // in runes
	ends []end
}

// addWatchlist adds every name, handle and keyword.
func (l *lexicon) addWatchlist(w *watchlist.Watchlist) []person {
	var people []person
	for i, p := range w.Protected {
		people = append(people, person{w.Key(i), p.Initials(), p.Role})
		l.addPerson(int32(i), p)
	}
	for _, s := range append(append([]string{w.Company.Name}, w.Company.Aliases...), w.Company.Products...) {
		l.addText(s, end{rules.Company, -1})
	}
	for _, p := range w.Protected {
		l.addText(p.Employer, end{rules.Company, -1})
	}
	for _, c := range w.Cases {
		for _, s := range append([]string{c.Name, c.Docket}, c.Keywords...) {
			sig := rules.Case
			if len(text.Fold(s).Words(nil)) == 1 {
				sig = rules.Keyword
			}
			l.addText(s, end{sig, -1})
		}
	}
	for _, p := range w.Personas {
		for _, h := range append([]string{p.Handle}, p.Also...) {
			l.addText(h, end{rules.Persona, -1})
			if joined := joinWords(h); joined != "" {
				l.addText(joined, end{rules.Persona, -1})
			}
		}
	}
	return people
}

// joinWords writes a handle of several words as one, "" when it is one or
// would be short.
func joinWords(h string) string {
	ws := text.Fold(h).Words(nil)
	var b strings.Builder
	for _, w := range ws {
		b.WriteString(w.Text)
	}
	if len(ws) < 2 || b.Len() < 5 {
		return ""
	}
	return b.String()
}

func (l *lexicon) addPerson(i int32, p watchlist.Person) {
	strong, weak := end{rules.Person, i}, end{rules.MaybePerson, i}
	given := map[string]bool{}
	for n, name := range append([]string{p.Name}, p.Also...) {
		ws := text.Fold(name).Words(nil)
		if len(ws) == 0 {
			continue
		}
		if single := utf8.RuneCountInString(ws[0].Text) == 1 && !wide(ws[0].Text); single && len(ws) == 2 {
			ws = ws[1:] // "R. Teague"
		}
		if wide(ws[0].Text) {
			l.addText(name, strong)
			l.addWide(name, strong, weak)
			continue
		}
		if len(ws) > 1 {
			l.addText(name, strong)
			if len(ws) == 2 { // family name first
				l.addText(ws[1].Text+" "+ws[0].Text, strong)
			}
			given[ws[0].Text] = true
			if n == 0 && len(ws) > 2 {
				l.addText(ws[0].Text+" "+ws[len(ws)-1].Text, strong)
			}
		}
		last := ws[len(ws)-1].Text
		e := weak
		if distinctive(last) && !given[last] {
			e = strong
		}
		l.addName(last, e)
		for _, w := range ws[1:max(len(ws)-1, 1)] {
			if distinctive(w.Text) {
				l.addName(w.Text, weak)
			}
		}
	}
	for g := range given {
		if utf8.RuneCountInString(g) >= 4 && !common[g] {
			l.addName(g, weak)
		}
	}
	for _, m := range p.Emails {
		if _, domain, ok := strings.Cut(strings.ToLower(m), "@"); ok {
			l.insiders[domain] = true
		}
		l.addText(m, end{rules.PersonEmail, i})
	}
	for _, s := range append(append([]string(nil), p.Phones...), p.Homes...) {
		l.addText(s, strong)
	}
	for _, s := range p.Family {
		ws := text.Fold(s).Words(nil)
		if len(ws) > 1 || len(s) >= 6 {
			l.addText(s, end{rules.Relative, i})
		}
		if len(ws) > 1 && utf8.RuneCountInString(ws[0].Text) >= 4 && !common[ws[0].Text] {
			l.addPhrase(rules.Phrase{{Word: ws[0].Text}}, end{rules.MaybeRelative, i})
		}
	}
}

// addWide adds the parts of a Chinese or Japanese name: what stands after the
// dot of a transcribed one, and the given name of a short one.
func (l *lexicon) addWide(name string, strong, weak end) {
	folded := strings.FieldsFunc(name, func(r rune) bool { return r == '·' || r == '・' || r == '•' || unicode.IsSpace(r) })
	if len(folded) > 1 {
		last := folded[len(folded)-1]
		if utf8.RuneCountInString(last) >= 3 {
			l.addText(last, strong)
		} else {
			l.addText(last, weak)
		}
		if first := folded[0]; utf8.RuneCountInString(first) >= 3 {
			l.addText(first, weak)
		}
	} else if rs := []rune(name); len(rs) >= 3 && len(rs) <= 4 {
		l.addText(string(rs[len(rs)-2:]), weak)
	}
}

// addName adds one word of a name, to be found misspelt as well.
func (l *lexicon) addName(w string, e end) {
	if utf8.RuneCountInString(w) < 3 || e.sig == rules.MaybePerson && common[w] {
		return
	}
	l.addPhrase(rules.Phrase{{Word: w}}, e)
	l.names = append(l.names, nameToken{w, l.exact[w], letterMask(w), utf8.RuneCountInString(w), []end{e}})
	if n := utf8.RuneCountInString(w); n >= 6 && e.sig == rules.Person {
		for i := range w {
			if i > 0 {
				l.join[w[:i]] = append(l.join[w[:i]], int32(len(l.names)-1))
			}
		}
	}
}

// distinctive tells a surname that is hardly ever anything else.
func distinctive(w string) bool {
	n := utf8.RuneCountInString(w)
	return !common[w] && (n >= 5 || n >= 4 && w[0] >= utf8.RuneSelf)
}

func wide(w string) bool {
	r, _ := utf8.DecodeRuneInString(w)
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana)
}

func letterMask(w string) uint64 {
	var m uint64
	for _, r := range w {
		m |= 1 << (uint32(r) & 63)
	}
	return m
}

// fuzzy adds the names that a word is a misspelling or an inflected form of.
func (l *lexicon) fuzzy(w string, ids []int32) []int32 {
	n := utf8.RuneCountInString(w)
	if n < 4 || len(ids) > 0 && ids[0] <= l.words && l.exact[w] != 0 {
		return ids
	}
	if w[0] < utf8.RuneSelf && isASCIINumber(w) {
		return ids
	}
	mask := letterMask(w)
	for i := range l.names {
		t := &l.names[i]
		if d := n - t.size; d < -2 || d > 3 || bits.OnesCount64(mask^t.mask) > 6 {
			continue
		}
		if sameName(w, n, t) {
			ids = append(ids, t.id)
		}
	}
	return ids
}

func isASCIINumber(w string) bool { return strings.Trim(w, "0123456789") == "" }

func sameName(w string, n int, t *nameToken) bool {
	if strings.HasPrefix(w, t.text) {
		rest := w[len(t.text):]
		return rest == "s" || rest == "es" && t.size > 4 || w[0] >= utf8.RuneSelf && t.size >= 4
	}
	first, size := utf8.DecodeRuneInString(w)
	if unicode.Is(unicode.Cyrillic, first) && t.size >= 5 {
		_, last := utf8.DecodeLastRuneInString(t.text) // "-а", "-я", "-й" change with the case
		if stem := t.text[:len(t.text)-last]; strings.HasPrefix(w, stem) && n <= t.size+2 {
			return true
		}
	}
	if common[w] {
		return false
	}
	same := strings.HasPrefix(t.text, w[:size])
	switch {
	case t.size >= 9 && n >= 8 && same:
		return within(w, t.text, 2)
	case t.size >= 6 && n >= 5 && (same || t.size >= 8), t.size == 5 && n >= 5 && same:
		return within(w, t.text, 1)
	}
	return false
}

// joined matches a name that is written in two or three pieces.
func (l *lexicon) joined(f *facts, name int32, at int) {
	t := &l.names[name]
	rest := t.text[len(f.words[at].Text):]
	for k := at + 1; k < len(f.words) && k < at+4; k++ {
		w := f.words[k].Text
		if f.words[k].Start-f.words[k-1].End > 2 || !strings.HasPrefix(rest, w) {
			return
		}
		if rest = rest[len(w):]; rest == "" {
			for _, e := range t.ends {
				f.add(e.sig, at, k+1, e.person)
			}
			f.bits.add(rules.Evasive)
			return
		}
	}
}
