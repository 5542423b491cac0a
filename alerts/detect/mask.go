package detect

import (
	"slices"
	"strings"
	"unicode/utf8"

	"stakeout/alerts/rules"
	"stakeout/text"
)

// Masked stands for what MaskName took out.
const Masked = "[masked]"

var masking = []rules.Signal{
	rules.Person, rules.MaybePerson, rules.Relative, rules.PersonEmail, rules.Phone, rules.Email, rules.Address, rules.Postcode,
	rules.Coordinates, rules.Key, rules.HalfKey, rules.Connection, rules.Login,
}

// MaskName replaces, in the name of a channel, an author or a file, what must
// not be shown in an alert: protected names however written, telephone
// numbers, addresses, e-mail addresses and keys. It changes nothing in the
// engine's memory of conversations.
func (e *Engine) MaskName(s string) string {
	if len(s) > maxPiece {
		return Masked // longer than any name
	}
	var f facts
	f.reset(&window{}, Message{})
	e.read(&f, s)
	var spans [][2]int
	for _, h := range f.hits {
		if slices.Contains(masking, h.sig) && h.from < h.to {
			a, _ := f.folded.Span(f.words[h.from].Start, f.words[h.from].End)
			_, b := f.folded.Span(f.words[h.to-1].Start, f.words[h.to-1].End)
			for a > 0 && strings.IndexByte("+(@", s[a-1]) >= 0 { // words leave a number's signs out
				a--
			}
			spans = append(spans, [2]int{a, b})
		}
	}
	spans = append(spans, e.inside(s)...)
	if len(spans) == 0 {
		return s
	}
	slices.SortFunc(spans, func(a, b [2]int) int { return a[0] - b[0] })
	var b strings.Builder
	at := 0
	for _, sp := range spans {
		if sp[1] <= at {
			continue
		}
		if sp[0] >= at {
			b.WriteString(s[at:sp[0]])
			b.WriteString(Masked)
		}
		at = sp[1]
	}
	b.WriteString(s[at:])
	return b.String()
}

// inside finds names that stand within longer words, as in file names.
func (e *Engine) inside(s string) [][2]int {
	n := text.Normalise(s)
	var out [][2]int
	for _, t := range e.lex.names {
		if t.size < 5 && !(t.size >= 4 && t.text[0] >= utf8.RuneSelf) || common[t.text] {
			continue
		}
		for at := 0; ; {
			i := strings.Index(n.Text[at:], t.text)
			if i < 0 {
				break
			}
			a, b := n.Span(at+i, at+i+len(t.text))
			out = append(out, [2]int{a, b})
			at += i + len(t.text)
		}
	}
	return out
}
