package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"stakeout/indexer"
	"stakeout/indexer/query"
)

// Searcher answers queries; *indexer.Indexer is one.
type Searcher interface {
	Search(context.Context, indexer.Request) (indexer.Result, error)
	Cursor() int64 // number of the last entry that can be found
}

const (
	pageSize = 50   // results on the first page
	pageMost = 1000 // beyond this a reader narrows the search
	queryMax = 2000 // characters; more is no query that a person wrote
)

type searchBody struct {
	Asked   bool
	Total   int64
	Hits    []shown
	More    string // address of this search with more results; "" when all are shown
	Narrow  bool   // all that one page can hold is shown
	Partial bool   // not every text was looked through for a phrase
	Behind  int64  // entries that cannot be found yet
	Stored  int64
	Problem *queryProblem
}

// queryProblem shows where a query cannot be read.
type queryProblem struct {
	Column       int
	Reason, Hint string
	Before, Rest string // the query, cut at the column
	Mend         string // address of the query put right
	MendText     string
}

func (p *page) search(w http.ResponseWriter, r *http.Request) {
	q := strings.TrimSpace(r.URL.Query().Get("q"))
	limit, err := strconv.Atoi(r.URL.Query().Get("limit"))
	if err != nil || limit < 1 {
		limit = pageSize
	}
	limit = min(limit, pageMost)
	f := frame{Title: "Search", Tab: "search", Query: q}
	body := searchBody{Asked: q != "", Stored: p.Record.Size()}
	body.Behind = max(0, body.Stored-p.Search.Cursor())
	if body.Asked {
		f.Title = "Results"
	}
	status, err := p.find(r.Context(), q, limit, &body)
	if err != nil {
		p.failed(w, r, "searching", err)
		return
	}
	f.Body = body
	p.show(w, status, "search", f)
}

// find fills the body with results, or with what is wrong with the query.
func (p *page) find(ctx context.Context, q string, limit int, body *searchBody) (int, error) {
	if n := utf8.RuneCountInString(q); n > queryMax {
		body.Problem = &queryProblem{Column: queryMax + 1, Reason: "too long"}
		return http.StatusBadRequest, nil
	}
	res, err := p.Search.Search(ctx, indexer.Request{Query: q, Limit: limit, Zone: p.Zone, Now: p.Now()})
	var bad *query.Error
	if errors.As(err, &bad) {
		body.Problem = explain(q, bad)
		return http.StatusBadRequest, nil
	}
	if err != nil {
		return 0, err
	}
	body.Total, body.Partial = res.Total, res.Partial
	mask := indexer.Remembered(p.Alerts.MaskName)
	for _, h := range res.Hits {
		body.Hits = append(body.Hits, p.view(h.Entry, standing{h.Superseded, h.Deleted, h.Absent, h.Privileged}, h.Masked, h.Highlights, mask))
	}
	if shown := len(res.Hits); int64(shown) < res.Total {
		if limit >= pageMost {
			body.Narrow = true
		} else if shown > 0 {
			more := url.Values{"q": {q}, "limit": {strconv.Itoa(min(limit*2, pageMost))}}
			body.More = "/?" + more.Encode() + "#e" + strconv.FormatInt(res.Hits[shown-1].Seq, 10)
		}
	}
	return http.StatusOK, nil
}

func explain(q string, e *query.Error) *queryProblem {
	rs := []rune(q)
	cut := min(max(e.Column-1, 0), len(rs))
	b := &queryProblem{Column: e.Column, Reason: e.Reason, Hint: e.Hint, Before: visible(string(rs[:cut])), Rest: visible(string(rs[cut:]))}
	if e.Mend != "" {
		b.Mend, b.MendText = "/?"+url.Values{"q": {e.Mend}}.Encode(), visible(e.Mend)
	}
	return b
}
