package rules

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// lex splits a condition into names, numbers, brackets and commas.
func lex(s string) ([]string, error) {
	var out []string
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == ' ' || c == '\n' || c == '\t' || c == '\r':
			i++
		case c == '(' || c == ')' || c == ',':
			out = append(out, s[i:i+1])
			i++
		case nameByte(c):
			j := i
			for j < len(s) && nameByte(s[j]) {
				j++
			}
			out = append(out, s[i:j])
			i = j
		default:
			return nil, fmt.Errorf("unexpected %q; conditions are made of names, and, or, not, brackets and calls", c)
		}
	}
	if len(out) > 2000 {
		return nil, fmt.Errorf("condition of %d parts; split it into several rules", len(out))
	}
	return out, nil
}

func nameByte(c byte) bool {
	return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '_'
}

type grammar struct {
	toks  []string
	depth int
	scope
}

func (p *grammar) peek() string {
	if len(p.toks) == 0 {
		return ""
	}
	return p.toks[0]
}

func (p *grammar) next() string {
	t := p.peek()
	if t != "" {
		p.toks = p.toks[1:]
	}
	return t
}

func (p *grammar) or() (node, error) {
	a, err := p.and()
	for err == nil && p.peek() == "or" {
		p.next()
		var b node
		b, err = p.and()
		a = or{a, b}
	}
	return a, err
}

func (p *grammar) and() (node, error) {
	a, err := p.unary()
	for err == nil && p.peek() == "and" {
		p.next()
		var b node
		b, err = p.unary()
		a = and{a, b}
	}
	return a, err
}

// maxDepth keeps a hostile condition from exhausting the stack.
const maxDepth = 100

func (p *grammar) unary() (node, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, fmt.Errorf("brackets nested more than %d deep", maxDepth)
	}
	defer func() { p.depth-- }()
	switch t := p.next(); {
	case t == "not":
		a, err := p.unary()
		return not{a}, err
	case t == "(":
		a, err := p.or()
		if err != nil {
			return nil, err
		}
		if p.next() != ")" {
			return nil, fmt.Errorf("a bracket is not closed")
		}
		return a, nil
	case t == "":
		return nil, fmt.Errorf("the condition ends too early")
	case t == "and" || t == "or" || t == ")" || t == ",":
		return nil, fmt.Errorf("%q where a name should stand", t)
	case p.peek() == "(":
		return p.call(t)
	default:
		if n, ok := p.defined[t]; ok {
			return n, nil
		}
		s, err := p.lookup(t)
		return has{s}, err
	}
}

func (p *grammar) call(fn string) (node, error) {
	p.next()
	switch fn {
	case "recent", "replied":
		return p.past(fn)
	case "found":
		label := p.next()
		if !slices.Contains(Labels, label) {
			return nil, fmt.Errorf("found: unknown label %s; known are %s", label, strings.Join(Labels, ", "))
		}
		if p.next() != ")" {
			return nil, fmt.Errorf("write found(label)")
		}
		return found{label}, nil
	case "atleast":
		return p.atleast()
	case "many":
		a, err := p.lookup(p.next())
		if err != nil {
			return nil, err
		}
		n, err := p.last(fn, true)
		return many{a, n}, err
	case "near", "then":
		a, err := p.lookup(p.next())
		if err != nil {
			return nil, err
		}
		if p.next() != "," {
			return nil, fmt.Errorf("write %s(a, b, words)", fn)
		}
		b, err := p.lookup(p.next())
		if err != nil {
			return nil, err
		}
		n, err := p.last(fn, true)
		return near{a, b, n, fn == "then"}, err
	}
	return nil, fmt.Errorf("unknown call %s; known are near, then, many, atleast, recent, replied, found", fn)
}

// atleast reads the rest of atleast(n, a, b, …).
func (p *grammar) atleast() (node, error) {
	n, err := strconv.Atoi(p.next())
	if err != nil || n < 1 || n > 20 {
		return nil, fmt.Errorf("write atleast(2, a, b, c)")
	}
	x := atleast{n: n}
	for {
		switch t := p.next(); t {
		case ")":
			if len(x.parts) < n {
				return nil, fmt.Errorf("atleast(%d, …) names only %d conditions", n, len(x.parts))
			}
			return x, nil
		case ",":
			part, err := p.or()
			if err != nil {
				return nil, err
			}
			x.parts = append(x.parts, part)
		default:
			return nil, fmt.Errorf("atleast: a comma or bracket is missing")
		}
	}
}

// past reads the rest of recent(…) and replied(…), whose first argument is a
// condition of its own.
func (p *grammar) past(fn string) (node, error) {
	a, err := p.or()
	if err != nil {
		return nil, err
	}
	c := &Condition{root: a, signals: named(a, nil)}
	if fn == "replied" {
		if p.next() != ")" {
			return nil, fmt.Errorf("write replied(a)")
		}
		return replied{c}, nil
	}
	n, err := p.last(fn, false)
	return recent{c, n}, err
}

// last reads the number that ends a call, and its bracket.
func (p *grammar) last(fn string, must bool) (int, error) {
	t := p.next()
	if t == ")" && !must {
		return 0, nil
	}
	n, err := strconv.Atoi(p.next())
	if t != "," || err != nil || n < 1 || n > 100 || p.next() != ")" {
		return 0, fmt.Errorf("%s ends in a number between 1 and 100 and a closing bracket", fn)
	}
	return n, nil
}
