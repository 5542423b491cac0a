package indexer

import (
	"context"
	"fmt"
	"slices"

	"github.com/blevesearch/bleve/v2"
	bq "github.com/blevesearch/bleve/v2/search/query"

	"stakeout/text"
)

// hits fetches matches from the ledger and makes them fit to be shown. A nil
// mask reveals; privileged leaves in what only privileged readers may see.
func (x *Indexer) hits(ctx context.Context, g *generation, seqs []int64, needles []needle, mask func(string) string, privileged bool) ([]Hit, error) {
	es, err := x.ledger.Entries(ctx, seqs)
	if err != nil {
		return nil, fmt.Errorf("fetch what was found: %w", err)
	}
	var masked map[int64]string
	if x.findings != nil {
		if masked, err = x.findings.Masked(ctx, seqs); err != nil {
			return nil, fmt.Errorf("ask what is masked: %w", err)
		}
	}
	superseded, err := x.flagged(ctx, g, seqs, flagSuperseded)
	if err != nil {
		return nil, err
	}
	deleted, err := x.flagged(ctx, g, seqs, flagDeleted)
	if err != nil {
		return nil, err
	}
	var absent map[int64]bool
	if len(deleted) > 0 {
		if absent, err = x.flagged(ctx, g, seqs, flagAbsent); err != nil {
			return nil, err
		}
	}
	out := make([]Hit, len(es))
	for i, e := range es {
		h := Hit{Seq: e.Seq, Entry: e, Masked: masked[e.Seq], Superseded: superseded[e.Seq], Deleted: deleted[e.Seq], Absent: absent[e.Seq]}
		if e.Obs != nil {
			h.Privileged = e.Obs.Privileged != ""
			if !privileged {
				h.Entry.Obs = e.Obs.Unprivileged()
			}
			if mask != nil {
				h.Entry.Obs = withhold(h.Entry.Obs, h.Masked != "", mask)
			}
			h.Highlights = highlight(h.Entry.Obs.Text, needles)
		}
		out[i] = h
	}
	return out, nil
}

// flagged gives those of the entries that have a flag.
func (x *Indexer) flagged(ctx context.Context, g *generation, seqs []int64, flag string) (map[int64]bool, error) {
	q := bq.NewConjunctionQuery([]bq.Query{newEntries(seqs), term(fieldFlag, flag)})
	r := bleve.NewSearchRequestOptions(q, len(seqs), 0, false)
	r.Score = "none"
	r.SortBy([]string{"_id"})
	res, err := x.ask(ctx, g, r)
	if err != nil {
		return nil, err
	}
	out := map[int64]bool{}
	for _, h := range res.Hits {
		if seq, err := parseDocID(h.ID); err == nil {
			out[seq] = true
		}
	}
	return out, nil
}

// highlight finds the needles in a text, in bytes of the text as received.
func highlight(s string, needles []needle) [][2]int {
	if s == "" || len(needles) == 0 {
		return nil
	}
	f := text.Fold(s)
	ws := words(f, nil)
	var out [][2]int
	for _, n := range needles {
		n.in(ws, func(first, last int) bool {
			start, end := f.Span(ws[first].start, ws[last].end)
			out = append(out, [2]int{start, end})
			return true
		})
	}
	slices.SortFunc(out, func(a, b [2]int) int { return a[0] - b[0] })
	merged := out[:0]
	for _, r := range out {
		if n := len(merged); n > 0 && r[0] < merged[n-1][1] {
			merged[n-1][1] = max(merged[n-1][1], r[1])
			continue
		}
		merged = append(merged, r)
	}
	return merged
}
