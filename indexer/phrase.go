package indexer

import (
	"context"
	"fmt"

	bleve "github.com/blevesearch/bleve/v2/search/query"

	"stakeout/indexer/query"
)

// verify looks for a row of words in the texts of what matches candidates.
func (c *compiler) verify(ctx context.Context, n needle, candidates bleve.Query) (found []int64, cut bool, err error) {
	p := pager{x: c.x, g: c.g, query: candidates, oldest: c.oldest}
	var room []word
	for looked := 0; ; {
		seqs, total, err := p.next(ctx, verifyPage)
		if err != nil {
			return nil, false, err
		}
		es, err := c.x.ledger.Entries(ctx, seqs)
		if err != nil {
			return nil, false, fmt.Errorf("look at texts: %w", err)
		}
		for _, e := range es {
			if e.Obs != nil && n.inAny(texts(e.Obs), &room) {
				found = append(found, e.Seq)
			}
		}
		looked += len(seqs)
		switch {
		case len(seqs) < verifyPage || int64(looked) >= total:
			return found, false, nil
		case c.bound > 0 && looked >= c.bound, c.enough > 0 && len(found) >= c.enough:
			return found, true, nil
		}
	}
}

// enoughFor is when looking for a row of words may end early: when the results
// are a part of what was found, in the same order.
func enoughFor(n query.Node, limit int) int {
	parts := []query.Node{n}
	if and, ok := n.(query.And); ok {
		parts = and.Parts
	}
	dears := 0
	for _, p := range parts {
		switch {
		case !dear(p):
		case isText(p):
			dears++
		default:
			return 0
		}
	}
	if dears != 1 {
		return 0
	}
	return limit
}

func isText(n query.Node) bool {
	switch n.(type) {
	case query.Word, query.Phrase:
		return true
	}
	return false
}

// dear tells parts that may need texts to be looked at.
func dear(n query.Node) bool {
	switch n := n.(type) {
	case query.And:
		return anyDear(n.Parts)
	case query.Or:
		return anyDear(n.Parts)
	case query.Not:
		return dear(n.Part)
	case query.Word:
		k, _ := newNeedle(n.Text)
		return !k.exact()
	case query.Phrase:
		k, _ := newNeedle(n.Text)
		return !k.exact()
	}
	return false
}

func anyDear(ns []query.Node) bool {
	for _, n := range ns {
		if dear(n) {
			return true
		}
	}
	return false
}
