package indexer

import (
	"context"
	"fmt"
	"strings"

	bleve "github.com/blevesearch/bleve/v2/search/query"

	"stakeout/indexer/query"
)

// compiler turns a query into Bleve's. What Bleve cannot answer becomes a set
// of documents: findings, which are asked for, and rows of words, which are
// looked for in the texts of what holds all the words.
type compiler struct {
	x      *Indexer
	g      *generation
	bound  int  // how many texts to look at for one row of words, 0: any number
	enough int  // stop looking when so many are found, 0: never
	oldest bool // look at the oldest first instead of the newest

	needles []needle // to highlight
	cut     bool     // there were more texts to look at
}

// compile gives a query that matches what n does, as far as documents match
// within, which hold for the whole query anyway.
func (c *compiler) compile(ctx context.Context, n query.Node, within []bleve.Query, wanted bool) (bleve.Query, error) {
	switch n := n.(type) {
	case query.And:
		return c.and(ctx, n, within, wanted)
	case query.Or:
		var parts []bleve.Query
		for _, p := range n.Parts {
			q, err := c.compile(ctx, p, within, wanted)
			if err != nil {
				return nil, err
			}
			parts = append(parts, q)
		}
		return bleve.NewDisjunctionQuery(parts), nil
	case query.Not:
		q, err := c.compile(ctx, n.Part, within, !wanted)
		if err != nil {
			return nil, err
		}
		return all(nil, []bleve.Query{q}), nil
	case query.Word:
		return c.words(ctx, n.Text, n.At, within, wanted)
	case query.Phrase:
		return c.words(ctx, n.Text, n.At, within, wanted)
	case query.Field:
		return c.field(ctx, n)
	}
	return nil, fmt.Errorf("a part of the query is of unknown kind %T", n)
}

// and compiles what is cheap first, so that rows of words are only looked for
// where all else holds.
func (c *compiler) and(ctx context.Context, n query.And, within []bleve.Query, wanted bool) (bleve.Query, error) {
	var must, not []bleve.Query
	for _, late := range []bool{false, true} {
		around := append(append([]bleve.Query{}, within...), must...)
		if len(not) > 0 {
			around = append(around, all(nil, not))
		}
		for _, p := range n.Parts {
			if dear(p) != late {
				continue
			}
			negated, is := p.(query.Not)
			if is {
				p = negated.Part
			}
			q, err := c.compile(ctx, p, around, wanted != is)
			if err != nil {
				return nil, err
			}
			if is {
				not = append(not, q)
			} else {
				must = append(must, q)
			}
		}
	}
	return all(must, not), nil
}

// all matches what all of must and none of not match.
func all(must, not []bleve.Query) bleve.Query {
	must, in := split(must)
	not, out := split(not)
	if len(must) == 0 && len(in) > 0 {
		must, in = []bleve.Query{in[0]}, in[1:]
	}
	var q bleve.Query
	switch len(must) {
	case 0:
		q = bleve.NewMatchAllQuery()
	case 1:
		q = must[0]
	default:
		q = bleve.NewConjunctionQuery(must)
	}
	if len(not) > 0 {
		q = bleve.NewBooleanQuery([]bleve.Query{q}, nil, not)
	}
	if len(in)+len(out) > 0 {
		q = overlaid{q, in, out}
	}
	return q
}

func (c *compiler) words(ctx context.Context, s string, column int, within []bleve.Query, wanted bool) (bleve.Query, error) {
	n, ok := newNeedle(s)
	if !ok {
		return nil, &query.Error{Column: column, Reason: "there is no letter, figure or pictogram to search for here", Hint: "take it out"}
	}
	if wanted {
		c.needles = append(c.needles, n)
	}
	must := make([]bleve.Query, len(n.terms))
	for i, t := range n.terms {
		must[i] = term(fieldText, t)
	}
	if n.exact() {
		return must[0], nil
	}
	seqs, cut, err := c.verify(ctx, n, all(append(must, within...), nil))
	if err != nil {
		return nil, err
	}
	c.cut = c.cut || cut
	return newEntries(seqs), nil
}

func (c *compiler) field(ctx context.Context, f query.Field) (bleve.Query, error) {
	switch f.Name {
	case "from":
		return name(fieldAuthor, f, "@")
	case "in":
		return name(fieldChannel, f, "#")
	case "platform":
		return name(fieldPlatform, f, "")
	case "before":
		return sentBefore{f.Time}, nil
	case "after":
		return sentSince{f.Time}, nil
	case "is":
		return term(fieldFlag, f.Value), nil // the values are the flags' names
	case "has":
		switch f.Value {
		case "link", "file":
			return term(fieldFlag, f.Value), nil
		case "edit":
			return bleve.NewDisjunctionQuery([]bleve.Query{term(fieldFlag, flagEdited), term(fieldFlag, flagSuperseded)}), nil
		}
	}
	if c.x.findings == nil {
		return nil, &query.Error{Column: f.At, Reason: f.Name + ":" + " asks for what the rules found, and no rules are running", Hint: "take it out"}
	}
	seqs, err := c.x.findings.Seqs(ctx, f.Name, f.Value)
	if err != nil {
		return nil, fmt.Errorf("ask for findings: %w", err)
	}
	return newEntries(seqs), nil
}

// name matches a whole name, with or without the sign that platforms put
// before it.
func name(field string, f query.Field, sign string) (bleve.Query, error) {
	names := whole(f.Value, strings.TrimPrefix(f.Value, sign))
	switch len(names) {
	case 0:
		return nil, &query.Error{Column: f.At, Reason: "there is no name after " + f.Name + ":"}
	case 2:
		if names[0] != names[1] {
			return bleve.NewDisjunctionQuery([]bleve.Query{term(field, names[0]), term(field, names[1])}), nil
		}
	}
	return term(field, names[0]), nil
}

func term(field, value string) bleve.Query {
	q := bleve.NewTermQuery(value)
	q.SetField(field)
	return q
}
