// Package query is the search language: it parses what an analyst writes into
// a small tree that prints itself back.
//
//	words              every word must match, in any order
//	"two words"        in this order, next to each other
//	-word  -"a b"      must not match; before anything, a bracket too
//	a OR b             one of them; OR binds less than words side by side
//	( … )              brackets
//	from:name          author: handle, display name or id
//	in:channel         channel: name or id
//	platform:discord   the platform's name
//	before:2026-05-03  sent before that day began; also an RFC 3339 time, or 7d
//	after:2026-05-03   sent on that day or later; also an RFC 3339 time, or 7d
//	has:link           link, file, edit or alert
//	is:edited          edited, deleted, absent (deleted, known from a scan
//	                   alone), superseded or privileged (a part of it is)
//	label:doxxing      what the rules found: label, level or rule
//
// A value with spaces or signs stands in quotes: from:"Ada L". Inside quotes a
// backslash makes the next character ordinary.
//
// The package knows the language, not the index: it promises never to panic,
// trees of bounded size and depth, errors that point at their place and hold
// nothing of what was written, and that a printed tree parses to itself.
package query

import (
	"strings"
	"time"
)

// Node is a part of a query. String gives it in the language itself.
type Node interface {
	String() string
	// Column is where it began in what was written, in characters from 1.
	Column() int
}

// And matches when every part does; without parts it matches everything.
type And struct{ Parts []Node }

// Or matches when at least one of its two or more parts does.
type Or struct{ Parts []Node }

// Not matches when its part does not.
type Not struct{ Part Node }

// Word is one word as written.
type Word struct {
	Text string
	At   int
}

// Phrase is what stood in quotes.
type Phrase struct {
	Text string
	At   int
}

// Field is a name and a value. Time is set for "before" and "after" only.
type Field struct {
	Name, Value string
	Time        time.Time
	At          int
}

func (n And) Column() int    { return first(n.Parts) }
func (n Or) Column() int     { return first(n.Parts) }
func (n Not) Column() int    { return max(1, n.Part.Column()-1) }
func (n Word) Column() int   { return n.At }
func (n Phrase) Column() int { return n.At }
func (n Field) Column() int  { return n.At }

func first(parts []Node) int {
	if len(parts) == 0 {
		return 1
	}
	return parts[0].Column()
}

func (n And) String() string {
	return join(n.Parts, " ", func(p Node) bool { _, or := p.(Or); return or })
}

func (n Or) String() string {
	return join(n.Parts, " OR ", func(p Node) bool { _, or := p.(Or); return or })
}

func (n Not) String() string {
	switch n.Part.(type) {
	case And, Or:
		return "-(" + n.Part.String() + ")"
	}
	return "-" + n.Part.String()
}

func (n Word) String() string   { return n.Text }
func (n Phrase) String() string { return quote(n.Text) }

func (n Field) String() string {
	if plain(n.Value) {
		return n.Name + ":" + n.Value
	}
	return n.Name + ":" + quote(n.Value)
}

// join prints parts, in brackets where they would otherwise run together.
func join(parts []Node, by string, brackets func(Node) bool) string {
	var b strings.Builder
	for i, p := range parts {
		if i > 0 {
			b.WriteString(by)
		}
		_, and := p.(And)
		if brackets(p) || and && by == " " {
			b.WriteString("(" + p.String() + ")")
		} else {
			b.WriteString(p.String())
		}
	}
	return b.String()
}

var escape = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "“", `\“`, "”", `\”`, "„", `\„`)

func quote(s string) string { return `"` + escape.Replace(s) + `"` }

// plain tells values that need no quotes. After "//" a field would be read as
// the beginning of an address.
func plain(s string) bool {
	if strings.HasPrefix(s, "//") {
		return false
	}
	for _, r := range s {
		if ends(r) {
			return false
		}
	}
	return s != ""
}
