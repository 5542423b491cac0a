package rules

import (
	"fmt"
	"maps"
	"slices"
)

// Signal is something a message may have: a term family or a builtin. Signals
// are numbered within a Set.
type Signal int

// MaxSignals bounds a set's signals: builtins, shared families and families of
// single rules. Engines keep one bit for each with every message remembered.
const MaxSignals = 512

// Facts is what a condition asks about one message in its conversation.
type Facts interface {
	Has(s Signal) bool
	Near(a, b Signal, words int, ordered bool) bool
	Count(s Signal) int
	// Recent tells whether c holds for one of the n messages before; 0: for
	// one of the whole window. Of those messages only Has is known.
	Recent(c *Condition, n int) bool
	// Replied tells whether c holds for the message answered to.
	Replied(c *Condition) bool
	// Found tells whether the message had a finding with a label. It is known
	// of messages of the past only.
	Found(label string) bool
	// Mark and Release bracket questions whose answers speak against the
	// condition: the messages looked at between them are no evidence.
	Mark() int
	Release(mark int)
}

// Condition is a compiled condition.
type Condition struct {
	root    node
	signals []Signal
}

// Eval tells whether the condition holds. It allocates nothing.
func (c *Condition) Eval(f Facts) bool { return c.root.eval(f) }

// Signals lists what of the message itself the condition names, for the
// reason of a finding. Names that only stand under "not" are left out.
func (c *Condition) Signals() []Signal { return c.signals }

type node interface{ eval(Facts) bool }

type (
	and  struct{ a, b node }
	or   struct{ a, b node }
	not  struct{ a node }
	has  struct{ s Signal }
	near struct {
		a, b    Signal
		n       int
		ordered bool
	}
	many struct {
		s Signal
		n int
	}
	recent struct {
		c *Condition
		n int
	}
	replied struct{ c *Condition }
	found   struct{ label string }
	atleast struct {
		n     int
		parts []node
	}
)

func (x and) eval(f Facts) bool { return x.a.eval(f) && x.b.eval(f) }
func (x or) eval(f Facts) bool  { return x.a.eval(f) || x.b.eval(f) }

func (x not) eval(f Facts) bool {
	mark := f.Mark()
	held := x.a.eval(f)
	f.Release(mark)
	return !held
}

func (x has) eval(f Facts) bool     { return f.Has(x.s) }
func (x near) eval(f Facts) bool    { return f.Near(x.a, x.b, x.n, x.ordered) }
func (x many) eval(f Facts) bool    { return f.Count(x.s) >= x.n }
func (x recent) eval(f Facts) bool  { return f.Recent(x.c, x.n) }
func (x replied) eval(f Facts) bool { return f.Replied(x.c) }
func (x found) eval(f Facts) bool   { return f.Found(x.label) }

func (x atleast) eval(f Facts) bool {
	n := x.n
	for _, p := range x.parts {
		if p.eval(f) {
			if n--; n == 0 {
				return true
			}
		}
	}
	return false
}

// named collects the signals that speak for the condition.
func named(n node, out []Signal) []Signal {
	switch x := n.(type) {
	case and:
		return named(x.b, named(x.a, out))
	case or:
		return named(x.b, named(x.a, out))
	case has:
		return append(out, x.s)
	case near:
		return append(out, x.a, x.b)
	case many:
		return append(out, x.s)
	case atleast:
		for _, p := range x.parts {
			out = named(p, out)
		}
		return out
	}
	return out
}

// points is a weighted sum that must reach a number.
type points struct {
	parts []point
	at    int
}

type point struct {
	n    node
	plus int
}

func (x points) eval(f Facts) bool {
	sum := 0
	for _, p := range x.parts {
		mark := f.Mark()
		if p.n.eval(f) {
			sum += p.plus
		}
		if p.plus < 0 {
			f.Release(mark)
		}
	}
	return sum >= x.at
}

// weigh adds a sum to a condition; c may be nil.
func weigh(c *Condition, parts map[string]int, at int, in scope) (*Condition, error) {
	sum := points{at: at}
	var speak []Signal
	for _, src := range slices.Sorted(maps.Keys(parts)) {
		part, err := compile(src, in)
		if err != nil {
			return nil, fmt.Errorf("points: %s: %w", src, err)
		}
		sum.parts = append(sum.parts, point{part.root, parts[src]})
		if parts[src] > 0 {
			speak = append(speak, part.signals...)
		}
	}
	if c == nil {
		return &Condition{root: sum, signals: speak}, nil
	}
	return &Condition{root: and{c.root, sum}, signals: append(c.signals, speak...)}, nil
}

// scope is what names mean in one rule.
type scope struct {
	lookup  func(name string) (Signal, error)
	defined map[string]node
}

// compile parses a condition.
func compile(src string, in scope) (*Condition, error) {
	toks, err := lex(src)
	if err != nil {
		return nil, err
	}
	p := &grammar{toks: toks, scope: in}
	root, err := p.or()
	if err != nil {
		return nil, err
	}
	if t := p.peek(); t != "" {
		return nil, fmt.Errorf("%q is left over; join parts with and, or", t)
	}
	return &Condition{root: root, signals: named(root, nil)}, nil
}
