package indexer

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/search"
	blevequery "github.com/blevesearch/bleve/v2/search/query"

	"stakeout/indexer/query"
	"stakeout/ledger"
)

const (
	// maxVerified is how many texts Search looks at for one row of words, a
	// page at a time: about a second's work. Each has no such bound.
	maxVerified = 10_000
	verifyPage  = 1_000
	// streamPage is how many hits Each takes from the index at once, and
	// entryPage how many of them from the ledger. Every page of the index
	// costs the whole search again, every page of the ledger holds its texts.
	streamPage = 10_000
	entryPage  = 256
)

// Request is a search.
type Request struct {
	// Query is in the language of package query; empty finds everything.
	Query string
	Limit int            // at most so many hits, 0: all
	Zone  *time.Location // of days in the query, UTC when nil
	Now   time.Time      // what "7d" counts from
	// Reveal gives the texts of masked messages too, and names as they are. Who
	// may ask for that, and that it is on record, is the caller's to see to.
	Reveal bool
	// Privileged leaves in the hits what only privileged readers may see, but
	// for those that are masked and not revealed. It is the caller's to see to
	// likewise.
	Privileged bool
	Oldest     bool // oldest first instead of newest first, by time sent
}

// Result is what a search found.
type Result struct {
	// Total counts all matches, Hits or not.
	Total int64
	Hits  []Hit
	// Partial: there were more texts to look through for a phrase or a row of
	// signs. When it alone decides, looking ends with the page of a thousand
	// that completes Hits, and Hits are the right ones; otherwise it ends after
	// ten thousand, the newest (or oldest) first. Total counts what was found.
	Partial bool
	// Behind is how many of the ledger's entries were not in the index yet.
	Behind int64
}

// Hit is one version of a message.
type Hit struct {
	Seq int64
	// Entry is the ledger's, the caller's to keep but not to change. Its names
	// are masked, and what repeats a masked message is emptied, as Withhold
	// says; not so with Reveal. Nothing privileged is in it unless asked for.
	Entry ledger.Entry
	// Masked is why the text is withheld, "" when it is not. With Reveal it
	// still says why it would be.
	Masked     string
	Superseded bool // a later edit is known
	Deleted    bool // the message is known to be deleted
	Absent     bool // Deleted is only known from its absence from a complete scan
	Privileged bool // a part of the message is privileged
	// Highlights are the byte ranges of Entry.Obs.Text that matched, in order,
	// without overlaps; none when masked.
	Highlights [][2]int
}

// Search finds messages, newest first by the time sent. An error of the query
// is a *query.Error.
func (x *Indexer) Search(ctx context.Context, req Request) (Result, error) {
	var out Result
	var err error
	out.Total, out.Partial, out.Behind, err = x.each(ctx, req, maxVerified, func(h Hit) error {
		out.Hits = append(out.Hits, h)
		return nil
	})
	if err != nil {
		return Result{}, err
	}
	return out, nil
}

// Each hands hits to fn one by one, any number of them in bounded memory, and
// gives the number of all matches. What is indexed meanwhile may or may not be
// among them. It ends with fn's error.
func (x *Indexer) Each(ctx context.Context, req Request, fn func(Hit) error) (int64, error) {
	total, _, _, err := x.each(ctx, req, 0, fn)
	return total, err
}

func (x *Indexer) each(ctx context.Context, req Request, bound int, fn func(Hit) error) (total int64, partial bool, behind int64, err error) {
	tree, err := query.Parse(req.Query, query.Clock{Zone: req.Zone, Now: req.Now})
	if err != nil {
		return 0, false, 0, err
	}
	g, err := x.acquire()
	if err != nil {
		return 0, false, 0, err
	}
	defer g.readers.Done()
	behind = max(0, x.ledger.Size()-g.cursor.Load())
	c := &compiler{x: x, g: g, bound: bound, oldest: req.Oldest}
	if bound > 0 {
		c.enough = enoughFor(tree, req.Limit)
	}
	q, err := c.compile(ctx, tree, nil, true)
	if err != nil {
		return 0, false, 0, err
	}
	p := pager{x: x, g: g, query: q, oldest: req.Oldest}
	mask := x.mask(req.Reveal)
	for left := req.Limit; ; {
		size := streamPage
		if req.Limit > 0 {
			size = min(size, left)
		}
		seqs, matches, err := p.next(ctx, size)
		if err != nil {
			return 0, false, 0, err
		}
		if total == 0 {
			total = matches
		}
		for chunk := range slices.Chunk(seqs, entryPage) {
			hits, err := x.hits(ctx, g, chunk, c.needles, mask, req.Privileged)
			if err != nil {
				return 0, false, 0, err
			}
			for _, h := range hits {
				if err := fn(h); err != nil {
					return 0, false, 0, err
				}
			}
		}
		left -= len(seqs)
		if len(seqs) < size || req.Limit > 0 && left == 0 {
			return total, c.cut, behind, nil
		}
	}
}

// mask is what names of one search go through, nil when they are revealed.
func (x *Indexer) mask(reveal bool) func(string) string {
	if reveal || x.findings == nil {
		return nil
	}
	return Remembered(x.findings.MaskName)
}

// pager walks through the matches of a query in the order of time sent.
type pager struct {
	x      *Indexer
	g      *generation
	query  blevequery.Query
	oldest bool
	after  []string // sort values of the last match handed out
}

// next gives at most size further matches, and how many there are altogether.
func (p *pager) next(ctx context.Context, size int) (seqs []int64, total int64, err error) {
	r := bleve.NewSearchRequestOptions(p.query, size, 0, false)
	r.Score = "none" // nothing is ordered by it, and Bleve can work on bitmaps
	r.SortByCustom(search.SortOrder{
		&search.SortField{Field: fieldSent, Desc: !p.oldest, Type: search.SortFieldAsString},
		&search.SortDocID{Desc: !p.oldest},
	})
	if p.after != nil {
		r.SetSearchAfter(p.after)
	}
	res, err := p.x.ask(ctx, p.g, r)
	if err != nil {
		return nil, 0, err
	}
	for _, h := range res.Hits {
		seq, err := parseDocID(h.ID)
		if err != nil {
			return nil, 0, fmt.Errorf("search index holds a foreign document: %w", err)
		}
		seqs = append(seqs, seq)
	}
	if n := len(res.Hits); n > 0 {
		p.after = res.Hits[n-1].Sort
	}
	return seqs, int64(res.Total), nil
}

// ask hands a request to Bleve and holds off what damage does.
func (x *Indexer) ask(ctx context.Context, g *generation, r *bleve.SearchRequest) (res *bleve.SearchResult, err error) {
	if g.failed() != nil {
		return nil, ErrDamaged
	}
	err = contain(func() (err error) {
		res, err = g.index.SearchInContext(ctx, r)
		return err
	})
	switch {
	case err == nil:
		return res, nil
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case x.damaged(g, err):
		return nil, ErrDamaged
	}
	return nil, fmt.Errorf("search: %w", err)
}
