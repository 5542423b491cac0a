package rules

import (
	"errors"
	"fmt"
	"strings"

	"stakeout/text"
)

// Family is a set of words and phrases with one meaning, by language. In a
// phrase, "word*" stands for every word with that beginning, "(a|b c)" for
// either, "(a)?" for nothing as well, and ".." for up to three words of any
// kind. Phrases are folded like messages: case, accents and apostrophes do not
// matter.
type Family struct {
	About string `yaml:"about"`
	// Exposes is what kind of private thing the terms give away ("school"),
	// for the finding's list; empty for none.
	Exposes string   `yaml:"exposes"`
	Any     []string `yaml:"any"`
	En      []string `yaml:"en"`
	Ru      []string `yaml:"ru"`
	Zh      []string `yaml:"zh"`
	Vi      []string `yaml:"vi"`
	Es      []string `yaml:"es"`
	Fa      []string `yaml:"fa"`
	FaLatn  []string `yaml:"fa-latn"`

	Name    string   `yaml:"-"`
	Phrases []Phrase `yaml:"-"` // all of the above, read
}

// Phrase is a sequence of words as they stand in folded text.
type Phrase []Term

// Term is one word of a phrase.
type Term struct {
	Word   string
	Prefix bool // any word that begins so
	Gap    bool // up to MaxGap words of any kind; Word is empty
}

// MaxGap is how many words ".." may stand for: enough for "where does that
// clever lawyer live", too few to tie two sentences together.
const MaxGap = 3

// maxPhrases bounds what the alternatives of one phrase may multiply to.
const maxPhrases = 2000

func (f *Family) compile(name string) error {
	f.Name = name
	f.Phrases = nil
	for _, list := range [][]string{f.Any, f.En, f.Ru, f.Zh, f.Vi, f.Es, f.Fa, f.FaLatn} {
		for _, s := range list {
			ps, err := ParsePhrase(s)
			if err != nil {
				return fmt.Errorf("family %s: phrase %q: %w", name, s, err)
			}
			f.Phrases = append(f.Phrases, ps...)
		}
	}
	if len(f.Phrases) == 0 {
		return fmt.Errorf("family %s has no phrases", name)
	}
	return nil
}

// ParsePhrase reads one phrase and multiplies its alternatives out.
func ParsePhrase(s string) ([]Phrase, error) {
	texts, rest, err := alternatives(s, 0)
	if err != nil {
		return nil, err
	}
	if rest != "" {
		return nil, errors.New("a closing bracket without an opening one")
	}
	var out []Phrase
	for _, t := range texts {
		p, err := words(t)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

// alternatives expands brackets: each result is a text without any. At depth
// above 0 it stops at the closing bracket, and rest begins with it.
func alternatives(s string, depth int) (texts []string, rest string, err error) {
	if depth > 3 {
		return nil, "", errors.New("brackets nested more than three deep")
	}
	var done []string
	now := []string{""}
	for s != "" {
		i := strings.IndexAny(s, "(|)")
		if i < 0 {
			i = len(s)
		}
		for k := range now {
			now[k] += s[:i]
		}
		s = s[i:]
		switch {
		case s == "":
		case s[0] == '(':
			inner, rest, err := alternatives(s[1:], depth+1)
			if err != nil {
				return nil, "", err
			}
			if !strings.HasPrefix(rest, ")") {
				return nil, "", errors.New("a bracket is not closed")
			}
			s = rest[1:]
			if strings.HasPrefix(s, "?") {
				inner = append(inner, "")
				s = s[1:]
			}
			var next []string
			for _, a := range now {
				for _, b := range inner {
					next = append(next, a+b)
				}
			}
			if now = next; len(now) > maxPhrases {
				return nil, "", errors.New("too many alternatives")
			}
		case depth == 0 && s[0] == ')':
			return append(done, now...), s, nil
		case s[0] == '|':
			done = append(done, now...)
			now = []string{""}
			s = s[1:]
		default:
			return append(done, now...), s, nil
		}
	}
	return append(done, now...), "", nil
}

func words(s string) (Phrase, error) {
	var p Phrase
	for _, part := range strings.Fields(s) {
		if part == ".." {
			p = append(p, Term{Gap: true})
			continue
		}
		body, prefix := strings.CutSuffix(part, "*")
		ws := text.Fold(body).Words(nil)
		if len(ws) == 0 {
			return nil, fmt.Errorf("no word in %q", part)
		}
		for i, w := range ws {
			p = append(p, Term{Word: w.Text, Prefix: prefix && i == len(ws)-1})
		}
	}
	if len(p) == 0 {
		return nil, errors.New("no words")
	}
	if p[0].Gap || p[len(p)-1].Gap {
		return nil, errors.New("a gap (..) needs words on both sides")
	}
	for i := range p[1:] {
		if p[i].Gap && p[i+1].Gap {
			return nil, errors.New("two gaps in a row")
		}
	}
	return p, nil
}
