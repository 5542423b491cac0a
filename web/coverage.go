package web

import (
	"fmt"
	"net/http"
	"slices"

	"stakeout/indexer"
	"stakeout/ledger"
	"stakeout/message"
)

// coverMost is how many intervals, and how many outages, of one channel are
// shown, the newest: a year of reconnecting makes thousands.
const coverMost = 30

type coverageBody struct {
	Now         stamp
	Covered     []coverRow
	MoreCovered int
	Uncovered   []place // known from imports alone
	More        int
}

// coverRow is what was covered of one channel. Names in it are masked.
type coverRow struct {
	Place         place
	State, Class  string
	Trouble       bool   // something is missing, or nobody watches
	Summary       string // how many outages there were
	Limits        []string
	Outages       []outageRow
	MoreOutages   int
	Intervals     []intervalRow
	MoreIntervals int
	Numbers       string // what the platform's own numbering tells
}

type outageRow struct {
	From, To            stamp
	Source, Why, Length string
	Filled, Class       string
}

type intervalRow struct {
	Kind, Source string
	From, To     stamp
	Open         bool
	IDs, Why     string
	Count        int64
}

func (p *page) coverage(w http.ResponseWriter, r *http.Request) {
	covers, err := p.Record.Coverage(r.Context())
	if err != nil {
		p.failed(w, r, "reading the coverage", err)
		return
	}
	body := coverageBody{Now: at(p.Now(), p.Zone)}
	mask := indexer.Remembered(p.Alerts.MaskName)
	var covered []ledger.Cover
	for _, c := range covers {
		switch {
		case len(c.Intervals) > 0:
			covered = append(covered, c)
		case len(body.Uncovered) < channelMost:
			body.Uncovered = append(body.Uncovered, p.place(c.Channel, mask))
		default:
			body.More++
		}
	}
	// What somebody must look at comes first.
	slices.SortStableFunc(covered, func(a, b ledger.Cover) int { return unfilled(b) - unfilled(a) })
	if body.MoreCovered = max(0, len(covered)-channelMost); body.MoreCovered > 0 {
		covered = covered[:channelMost]
	}
	for _, c := range covered {
		body.Covered = append(body.Covered, p.cover(c, mask))
	}
	p.show(w, http.StatusOK, "coverage", frame{Title: "Coverage", Tab: "coverage", Body: body})
}

// unfilled counts the outages of which something may be missing.
func unfilled(c ledger.Cover) (n int) {
	for _, o := range c.Outages {
		if !o.Filled {
			n++
		}
	}
	return n
}

// outages says how many there were, and of how many something may be missing.
func outages(c ledger.Cover) string {
	missing := unfilled(c)
	switch n := len(c.Outages); {
	case n == 0:
		return "no outage"
	case n == 1 && missing == 0:
		return "1 outage, filled"
	case n == 1:
		return "1 outage, not filled"
	case missing == 0:
		return fmt.Sprintf("%d outages, all filled", n)
	default:
		return fmt.Sprintf("%d outages, %d not filled", n, missing)
	}
}

func (p *page) cover(c ledger.Cover, mask func(string) string) coverRow {
	row := coverRow{Place: p.place(c.Channel, mask)}
	row.State, row.Class = watched(c)
	row.Trouble, row.Summary = unfilled(c) > 0, outages(c)
	for _, n := range slices.Backward(c.Intervals) {
		if s := visible(n.Limits); s != "" && !slices.Contains(row.Limits, s) {
			row.Limits = append(row.Limits, s)
		}
		if len(row.Intervals) < coverMost {
			row.Intervals = append(row.Intervals, p.interval(n, c.Channel, mask))
		}
	}
	row.MoreIntervals = len(c.Intervals) - len(row.Intervals)
	for _, o := range slices.Backward(c.Outages) {
		if len(row.Outages) < coverMost {
			row.Outages = append(row.Outages, p.outage(o, mask))
		}
	}
	row.MoreOutages = len(c.Outages) - len(row.Outages)
	if n := c.Messages; n != nil {
		row.Numbers = fmt.Sprintf("Its messages are numbered one by one: of 1 to %d, %d are in the ledger and %d are not. Those before the first one held, number %d, count among them, and so do numbers spent on nothing visible.",
			n.Last, n.Held, n.Missing(), n.First)
	}
	return row
}

// watched says whether somebody watches a channel now.
func watched(c ledger.Cover) (state, class string) {
	last := -1
	for i, n := range c.Intervals {
		if n.Change != ledger.Watching {
			continue
		}
		if last = i; n.Open {
			return "watched live", "edited"
		}
	}
	if last < 0 {
		return "never watched live", ""
	}
	return "not watched now", "deleted"
}

func (p *page) interval(n ledger.Interval, c message.Channel, mask func(string) string) intervalRow {
	row := intervalRow{Kind: intervalWord(n.Change), Source: visible(n.Source), From: at(n.From, p.Zone), To: at(n.To, p.Zone),
		Open: n.Open, Why: visible(mask(n.Reason)), Count: n.Count}
	if (n.FromID != "" || n.ToID != "") && !c.IsMail() { // a mail's id holds an address
		row.IDs = visible(mask(n.FromID)) + " – " + visible(mask(n.ToID))
	}
	return row
}

func intervalWord(c ledger.Change) string {
	switch c {
	case ledger.Watching:
		return "watched live"
	case ledger.Fetched:
		return "fetched afterwards"
	case ledger.Scanned:
		return "read again"
	case ledger.Missing:
		return "known to be missing"
	}
	return visible(string(c))
}

func (p *page) outage(o ledger.Outage, mask func(string) string) outageRow {
	row := outageRow{From: at(o.From, p.Zone), To: at(o.To, p.Zone), Source: visible(o.Source), Why: visible(mask(o.Reason)), Filled: "not filled", Class: "deleted"}
	end := o.To
	if end.IsZero() {
		end = p.Now()
	}
	row.Length = brief(end.Sub(o.From))
	switch {
	case o.Filled:
		row.Filled, row.Class = "fetched afterwards", "edited"
	case o.Missing && o.Count > 0:
		row.Filled = fmt.Sprintf("%d messages missing", o.Count)
	case o.Missing:
		row.Filled = "some is missing"
	case o.To.IsZero():
		row.Filled, row.Class = "not yet", "differs"
	}
	return row
}
