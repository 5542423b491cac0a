package detect

import (
	"strings"
	"unicode/utf8"

	"stakeout/alerts/rules"
	"stakeout/text"
)

// lexicon is the one dictionary of all terms and names, and the tree of
// phrases over it.
type lexicon struct {
	exact    map[string]int32 // word -> id
	prefixes map[string]int32 // beginning -> id
	lengths  []int            // of the beginnings, in bytes, ascending
	words    int32            // ids given

	tree  []treeNode
	names []nameToken
	join  map[string][]int32 // beginnings of names -> indexes in names

	insiders map[string]bool // e-mail domains of the company's side

	cache   map[string]*wordInfo
	authors map[string]bool

	street, suffix, unit, keyWord, passWord, plateWord, bornWord, digitWord, doorWord, vehicleWord, glueWord rules.Signal
}

// wordInfo is what is known of one word, cached since chat repeats itself.
type wordInfo struct {
	ids    []int32 // dictionary words that it stands for
	number bool
	digit  bool    // a single figure, in figures or words
	leet   bool    // needed figures read as letters
	author bool    // somebody who wrote
	starts []int32 // names that it may be the beginning of
}

type treeNode struct {
	next map[int32]int32 // word id -> node
	gap  int32           // node after a gap, 0 for none
	ends []end
}

type end struct {
	sig    rules.Signal
	person int32
}

// maxCache bounds the words remembered; beyond, the cache starts anew.
const maxCache = 1 << 16

// maxAuthors bounds the handles remembered.
const maxAuthors = 1 << 15

func newLexicon(set *rules.Set) *lexicon {
	l := &lexicon{
		exact: map[string]int32{}, prefixes: map[string]int32{}, tree: make([]treeNode, 1),
		join: map[string][]int32{}, cache: map[string]*wordInfo{}, authors: map[string]bool{}, insiders: map[string]bool{},
	}
	for i, fam := range set.Families {
		for _, p := range fam.Phrases {
			l.addPhrase(p, end{rules.Signal(len(rules.Builtins) + i), -1})
		}
	}
	for name, sig := range map[string]*rules.Signal{
		"street": &l.street, "street_suffix": &l.suffix, "unit": &l.unit, "key_word": &l.keyWord, "pass_word": &l.passWord,
		"plate_word": &l.plateWord, "born_word": &l.bornWord, "digit_word": &l.digitWord,
		"door_word": &l.doorWord, "vehicle": &l.vehicleWord, "glue_word": &l.glueWord,
	} {
		*sig = -1
		if s, ok := set.Signal(name); ok {
			*sig = s
		}
	}
	return l
}

// finish is called once after the last phrase.
func (l *lexicon) finish() {
	seen := map[int]bool{}
	for p := range l.prefixes {
		seen[len(p)] = true
	}
	for n := range 64 {
		if seen[n] {
			l.lengths = append(l.lengths, n)
		}
	}
}

func (l *lexicon) word(t rules.Term) int32 {
	m := l.exact
	if t.Prefix {
		m = l.prefixes
	}
	id, ok := m[t.Word]
	if !ok {
		l.words++
		id = l.words
		m[t.Word] = id
	}
	return id
}

func (l *lexicon) addPhrase(p rules.Phrase, e end) {
	at := int32(0)
	for _, t := range p {
		if t.Gap {
			if l.tree[at].gap == 0 {
				l.tree = append(l.tree, treeNode{})
				l.tree[at].gap = int32(len(l.tree) - 1)
			}
			at = l.tree[at].gap
			continue
		}
		id := l.word(t)
		next, ok := l.tree[at].next[id]
		if !ok {
			l.tree = append(l.tree, treeNode{})
			next = int32(len(l.tree) - 1)
			if l.tree[at].next == nil {
				l.tree[at].next = map[int32]int32{}
			}
			l.tree[at].next[id] = next
		}
		at = next
	}
	l.tree[at].ends = append(l.tree[at].ends, e)
}

// addText adds a name or handle as it is written.
func (l *lexicon) addText(s string, e end) {
	var p rules.Phrase
	for _, w := range text.Fold(s).Words(nil) {
		p = append(p, rules.Term{Word: w.Text})
	}
	if len(p) > 0 {
		l.addPhrase(p, e)
	}
}

// addAuthor makes a handle known as a persona.
func (l *lexicon) addAuthor(handle string) {
	if handle == "" || l.authors[handle] {
		return
	}
	if len(l.authors) >= maxAuthors {
		clear(l.authors)
	}
	l.authors[handle] = true
	name, _, _ := strings.Cut(handle, "@")
	for _, w := range text.Fold(name).Words(nil) {
		// Short parts and known terms are words rather than names.
		if utf8.RuneCountInString(w.Text) >= 4 && l.exact[w.Text] == 0 {
			l.authors["\x00"+w.Text] = true
			delete(l.cache, w.Text)
		}
	}
}

// info looks a word up.
func (l *lexicon) info(w string) *wordInfo {
	if in, ok := l.cache[w]; ok {
		return in
	}
	if len(l.cache) >= maxCache {
		clear(l.cache)
	}
	in := l.lookup(w)
	l.cache[strings.Clone(w)] = in
	return in
}

func (l *lexicon) lookup(w string) *wordInfo {
	in := &wordInfo{}
	in.ids = l.ids(w, nil)
	for i := range len(w) {
		if '0' <= w[i] && w[i] <= '9' {
			in.number = true
			in.digit = len(w) == 1
		}
	}
	in.author = l.authors["\x00"+w]
	if len(in.ids) == 0 && len(w) > 2 {
		for _, one := range []byte("il") {
			if plain, ok := text.Unleet(w, one); ok {
				if ids := l.fuzzy(plain, l.ids(plain, nil)); len(ids) > 0 {
					in.ids, in.leet = ids, true
					return in
				}
			}
		}
	}
	in.ids = l.fuzzy(w, in.ids)
	in.starts = l.join[w]
	return in
}

// ids gives the dictionary words that a word is or begins with.
func (l *lexicon) ids(w string, out []int32) []int32 {
	if id := l.exact[w]; id != 0 {
		out = append(out, id)
	}
	for _, n := range l.lengths {
		if n > len(w) {
			break
		}
		if id := l.prefixes[w[:n]]; id != 0 {
			out = append(out, id)
		}
	}
	return out
}

// match looks all words of the facts up and walks the phrases.
func (l *lexicon) match(f *facts) {
	for i := range f.words {
		in := l.info(f.words[i].Text)
		f.infos = append(f.infos, in)
		if in.number {
			f.add(rules.Number, i, i+1, -1)
		}
		if in.leet {
			f.bits.add(rules.Evasive)
		}
		if in.author {
			f.add(rules.Persona, i, i+1, -1)
		}
	}
	for i, in := range f.infos {
		for _, id := range in.ids {
			if next, ok := l.tree[0].next[id]; ok {
				l.walk(f, next, i, i+1)
			}
		}
		for _, n := range in.starts {
			l.joined(f, n, i)
		}
	}
}

// walk follows the phrases from a node; from is where the phrase began, at the
// next word to read.
func (l *lexicon) walk(f *facts, node int32, from, at int) {
	n := &l.tree[node]
	for _, e := range n.ends {
		f.add(e.sig, from, at, e.person)
	}
	if at >= len(f.infos) {
		return
	}
	if n.next != nil {
		for _, id := range f.infos[at].ids {
			if next, ok := n.next[id]; ok {
				l.walk(f, next, from, at+1)
			}
		}
	}
	if n.gap == 0 {
		return
	}
	g := &l.tree[n.gap]
	for skip := 0; skip <= rules.MaxGap && at+skip < len(f.infos); skip++ {
		for _, id := range f.infos[at+skip].ids {
			if next, ok := g.next[id]; ok {
				l.walk(f, next, from, at+skip+1)
			}
		}
	}
}
