package query

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Bounds, so that no query costs more than a moment. Analysts' longest
// searches are lists of handles, which stay far below.
const (
	MaxLength = 4096 // bytes
	maxDepth  = 32   // brackets and minus signs within each other
	maxTerms  = 256
)

// Clock says what a day and "7d" mean: days begin at midnight in Zone (UTC
// when nil), and "7d" is seven times 24 hours before Now.
type Clock struct {
	Zone *time.Location
	Now  time.Time
}

// Parse reads a query. An empty one gives an And without parts. The error is
// an *Error.
func Parse(s string, clock Clock) (Node, error) {
	p := &parser{src: s, clock: clock}
	if p.clock.Zone == nil {
		p.clock.Zone = time.UTC
	}
	n, err := p.query()
	if err != nil {
		return nil, err
	}
	return n, nil
}

type parser struct {
	src   string
	pos   int // bytes
	clock Clock
	depth int
	terms int
}

func (p *parser) query() (Node, *Error) {
	if len(p.src) > MaxLength {
		return nil, p.errorAt(0, fmt.Sprintf("longer than %d bytes", MaxLength), "search for less at once", "")
	}
	if i := strings.IndexFunc(p.src, func(r rune) bool { return r == utf8.RuneError || r == 0 }); i >= 0 {
		return nil, p.errorAt(i, "not a character", "", "")
	}
	if p.space(); p.pos == len(p.src) {
		return And{}, nil
	}
	n, err := p.or()
	if err != nil {
		return nil, err
	}
	if p.pos < len(p.src) {
		return nil, p.errorAt(p.pos, "a closing bracket without an opening one", "take it out, or put it in quotes", p.src[:p.pos]+p.src[p.pos+1:])
	}
	return n, nil
}

func (p *parser) or() (Node, *Error) {
	var parts []Node
	for {
		n, err := p.and()
		if err != nil {
			return nil, err
		}
		parts = append(parts, n)
		if !p.keyword("OR") {
			break
		}
	}
	if len(parts) == 1 {
		return parts[0], nil
	}
	return Or{parts}, nil
}

func (p *parser) and() (Node, *Error) {
	var parts []Node
	for {
		joined := len(parts) > 0 && p.keyword("AND")
		p.space()
		end := p.pos == len(p.src) || p.peek() == ')' || p.at("OR")
		if end && len(parts) > 0 && !joined {
			break
		}
		if end || p.at("AND") {
			return nil, p.errorAt(p.pos, "something to search for is missing here", "to find the word or itself, write it in small letters or in quotes", "")
		}
		n, err := p.unary()
		if err != nil {
			return nil, err
		}
		parts = append(parts, n)
	}
	if len(parts) == 1 {
		return parts[0], nil
	}
	return And{parts}, nil
}

func (p *parser) unary() (Node, *Error) {
	p.depth++
	defer func() { p.depth-- }()
	if p.depth > maxDepth {
		return nil, p.errorAt(p.pos, fmt.Sprintf("more than %d brackets or minus signs within each other", maxDepth), "", "")
	}
	switch r := p.peek(); {
	case r == '-' && p.pos+1 < len(p.src) && !unicode.IsSpace(p.after(1)) && p.after(1) != ')':
		p.pos++
		n, err := p.unary()
		if err != nil {
			return nil, err
		}
		return Not{n}, nil
	case r == '(':
		open := p.pos
		p.pos++
		n, err := p.or()
		if err != nil {
			return nil, err
		}
		if p.pos == len(p.src) {
			return nil, p.errorAt(open, "this bracket is never closed", "add a closing one", p.src+")")
		}
		p.pos++
		return n, nil
	}
	if p.terms++; p.terms > maxTerms {
		return nil, p.errorAt(p.pos, fmt.Sprintf("more than %d words", maxTerms), "search for less at once", "")
	}
	return p.term()
}

func (p *parser) term() (Node, *Error) {
	at, column := p.pos, p.column(p.pos)
	if opens(p.peek()) {
		s, err := p.quoted()
		if err != nil {
			return nil, err
		}
		if strings.TrimSpace(s) == "" {
			return nil, p.errorAt(at, "there is nothing between these quotes", "", "")
		}
		return Phrase{s, column}, nil
	}
	word := p.bare()
	if name, rest, ok := strings.Cut(word, ":"); ok && fieldLike(name) && !strings.HasPrefix(rest, "//") {
		return p.field(at, column, strings.ToLower(name), rest)
	}
	if r, n := utf8.DecodeLastRuneInString(word); (r == '*' || r == '~') && len(word) > n && wordRune(word[:len(word)-n]) {
		return nil, p.errorAt(p.pos-n, "beginnings of words and near misses are not searched yet", "write the whole word, or put it in quotes", p.src[:p.pos-n]+p.src[p.pos:])
	}
	return Word{word, column}, nil
}

func (p *parser) field(at, column int, name, value string) (Node, *Error) {
	valueAt := p.pos - len(value)
	if !slices.Contains(fields, name) {
		near := nearest(name, fields)
		if near == "" {
			return nil, p.errorAt(at, "unknown field", "known are "+strings.Join(fields, ", ")+"; to search for the text itself, put it in quotes",
				p.src[:at]+quote(p.src[at:p.pos])+p.src[p.pos:])
		}
		return nil, p.errorAt(at, "unknown field", "did you mean "+near+":", p.src[:at]+near+p.src[at+len(name):])
	}
	if value == "" && opens(p.peek()) {
		s, err := p.quoted()
		if err != nil {
			return nil, err
		}
		value = s
	}
	if strings.TrimSpace(value) == "" {
		hint := "write it right after the colon, in quotes when it has spaces"
		return nil, p.errorAt(valueAt, "a value is missing after "+name+":", hint, "")
	}
	f := Field{Name: name, Value: value, At: column}
	if known := values[name]; known != nil && !slices.Contains(known, value) {
		hint, mend := "known are "+strings.Join(known, ", "), ""
		if near := nearest(strings.ToLower(value[:min(len(value), 32)]), known); near != "" {
			hint, mend = "did you mean "+name+":"+near, p.src[:valueAt]+near+p.src[p.pos:]
		}
		return nil, p.errorAt(valueAt, "unknown value for "+name+":", hint, mend)
	}
	if name == "before" || name == "after" {
		t, ok := p.clock.time(value)
		if !ok {
			return nil, p.errorAt(valueAt, "not a date", "write 2026-05-03, 2026-05-03T18:10:00Z, or 7d for the last seven days", "")
		}
		f.Time = t
	}
	return f, nil
}

// quoted reads what stands in quotes, straight or typographic.
func (p *parser) quoted() (string, *Error) {
	open := p.pos
	p.next()
	var b strings.Builder
	for p.pos < len(p.src) {
		r := p.next()
		if r == '\\' && p.pos < len(p.src) {
			b.WriteRune(p.next())
			continue
		}
		if opens(r) {
			return b.String(), nil
		}
		b.WriteRune(r)
	}
	return "", p.errorAt(open, "this quote is never closed", "add a closing one", p.src+`"`)
}

// bare reads up to a space, a bracket or a quote.
func (p *parser) bare() string {
	start := p.pos
	for p.pos < len(p.src) && !ends(p.peek()) {
		p.next()
	}
	return p.src[start:p.pos]
}
