package indexer

import (
	"context"
	"slices"
	"time"

	"github.com/blevesearch/bleve/v2/mapping"
	"github.com/blevesearch/bleve/v2/search"
	bleve "github.com/blevesearch/bleve/v2/search/query"
	"github.com/blevesearch/bleve/v2/search/searcher"
	index "github.com/blevesearch/bleve_index_api"
)

// entries matches the entries with these numbers, ascending. Looking up
// a document by its id costs some microseconds a segment, asking a document for
// its id a third of one; which way is taken follows from that.
type entries struct{ seqs []int64 }

func newEntries(seqs []int64) entries {
	seqs = slices.Clone(seqs)
	slices.Sort(seqs)
	return entries{slices.Compact(seqs)}
}

// many is from how many entries on a set is laid over what else is searched
// for, instead of being looked up.
const many = 1000

func (s entries) Searcher(ctx context.Context, i index.IndexReader, m mapping.IndexMapping, o search.SearcherOptions) (search.Searcher, error) {
	count, err := i.DocCount()
	if err != nil {
		return nil, err
	}
	if len(s.seqs) > many && uint64(len(s.seqs)) > count/16 {
		return overlaid{bleve.NewMatchAllQuery(), []entries{s}, nil}.Searcher(ctx, i, m, o)
	}
	ids := make([]string, len(s.seqs))
	for k, seq := range s.seqs {
		ids[k] = docID(seq)
	}
	return searcher.NewDocIDSearcher(ctx, i, ids, 1, o)
}

func (s entries) has(seq int64) bool {
	_, found := slices.BinarySearch(s.seqs, seq)
	return found
}

// overlaid matches what a query does, is in all of some sets and in none of
// others.
type overlaid struct {
	query   bleve.Query
	in, out []entries
}

func (f overlaid) Searcher(ctx context.Context, i index.IndexReader, m mapping.IndexMapping, o search.SearcherOptions) (search.Searcher, error) {
	s, err := f.query.Searcher(ctx, i, m, o)
	if err != nil {
		return nil, err
	}
	return searcher.NewFilteringSearcher(ctx, s, func(_ *search.SearchContext, d *search.DocumentMatch) bool {
		id, err := i.ExternalID(d.IndexInternalID)
		if err != nil {
			return false
		}
		seq, err := parseDocID(id)
		return err == nil &&
			!slices.ContainsFunc(f.in, func(s entries) bool { return !s.has(seq) }) &&
			!slices.ContainsFunc(f.out, func(s entries) bool { return s.has(seq) })
	}), nil
}

// split parts large sets from other queries.
func split(qs []bleve.Query) (others []bleve.Query, large []entries) {
	for _, q := range qs {
		if s, ok := q.(entries); ok && len(s.seqs) > many {
			large = append(large, s)
		} else {
			others = append(others, q)
		}
	}
	return others, large
}

// sentBefore and sentSince match by the time sent. Whole days are counted by
// their terms, which costs a few bitmaps; only on the day of the time itself
// is each message's own time looked at.
type (
	sentBefore struct{ time time.Time }
	sentSince  struct{ time time.Time }
)

func (b sentBefore) Searcher(ctx context.Context, i index.IndexReader, _ mapping.IndexMapping, o search.SearcherOptions) (search.Searcher, error) {
	key := timeKey(b.time)
	return sent(ctx, i, o, nil, []byte(dayKey(b.time)), b.time, func(k string) bool { return k < key })
}

func (a sentSince) Searcher(ctx context.Context, i index.IndexReader, _ mapping.IndexMapping, o search.SearcherOptions) (search.Searcher, error) {
	key := timeKey(a.time)
	return sent(ctx, i, o, []byte(dayKey(a.time)), nil, a.time, func(k string) bool { return k >= key })
}

// sent matches the days between two others, those not included, nil for no
// end, and what is right on the day of the time.
func sent(ctx context.Context, i index.IndexReader, o search.SearcherOptions, low, high []byte, t time.Time, right func(key string) bool) (search.Searcher, error) {
	no := false
	days, err := searcher.NewTermRangeSearcher(ctx, i, low, high, &no, &no, fieldDay, 1, o)
	if err != nil {
		return nil, err
	}
	day, err := searcher.NewTermSearcher(ctx, i, dayKey(t), fieldDay, 1, o)
	if err != nil {
		return nil, err
	}
	column, err := i.DocValueReader([]string{fieldSent})
	if err != nil {
		return nil, err
	}
	part := searcher.NewFilteringSearcher(ctx, day, func(_ *search.SearchContext, d *search.DocumentMatch) bool {
		ok := false
		err := column.VisitDocValues(d.IndexInternalID, func(_ string, key []byte) { ok = right(string(key)) })
		return err == nil && ok
	})
	return searcher.NewDisjunctionSearcher(ctx, i, []search.Searcher{days, part}, 1, o)
}
