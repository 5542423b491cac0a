package cli

import (
	"fmt"
	"strings"
	"time"

	"stakeout/ledger"
)

// coverRow is one channel's coverage as it is shown: times in the configured
// zone, all of it in the order of time.
type coverRow struct {
	Platform string `json:"platform"`
	Server   string `json:"server,omitempty"`
	Channel  string `json:"channel"`
	ID       string `json:"id,omitempty"`
	// Covered and Missing are stretches of the channel, Outages the times
	// between two watches.
	Covered []ledger.Interval `json:"covered"`
	Outages []ledger.Outage   `json:"outages"`
	Missing []ledger.Interval `json:"missing"`
	// IDs counts the messages by their ids, where the platform's run on.
	IDs *idCount `json:"ids,omitempty"`
	// Limits are what its ways of watching cannot show, by source.
	Limits []limit `json:"limits"`

	thread bool // one thread of mails: covered as its mailbox is
	gone   bool // there is coverage, but it ended before what was asked for
}

type idCount struct {
	First int64 `json:"first"`
	Last  int64 `json:"last"`
	Held  int64 `json:"held"`
	// Missing are the ids up to the last that the ledger does not hold; Before of
	// them stand before the first.
	Missing int64 `json:"missing"`
	Before  int64 `json:"before"`
}

type limit struct {
	Source string `json:"source"`
	Cannot string `json:"cannot_show"`
}

// newCoverRow leaves server, channel and id to its caller.
func newCoverRow(c ledger.Cover, sel coverSelection, zone *time.Location) coverRow {
	r := coverRow{Platform: c.Channel.Platform, Covered: []ledger.Interval{}, Outages: []ledger.Outage{}, Missing: []ledger.Interval{}, Limits: []limit{},
		thread: c.Channel.IsMail() && (c.Channel.Type == "" || c.Channel.Type == mailThread)}
	ended := func(to time.Time) bool { return !to.IsZero() && to.Before(sel.since) }
	for _, n := range c.Intervals {
		r.limited(n)
		switch {
		case ended(n.To) && !n.Open:
			r.gone = true
			continue
		}
		n.From, n.To = in(n.From, zone), in(n.To, zone)
		switch {
		case n.Change == ledger.Missing:
			r.Missing = append(r.Missing, n)
		case !sel.gaps:
			r.Covered = append(r.Covered, n)
		}
	}
	for _, o := range c.Outages {
		if ended(o.To) {
			continue
		}
		o.From, o.To = in(o.From, zone), in(o.To, zone)
		r.Outages = append(r.Outages, o)
	}
	if n := c.Messages; n != nil {
		r.IDs = &idCount{n.First, n.Last, n.Held, n.Missing(), n.First - 1}
	}
	return r
}

// in shows a time in a zone; one that is not known stays so.
func in(t time.Time, zone *time.Location) time.Time {
	if t.IsZero() {
		return t
	}
	return t.In(zone)
}

func (r *coverRow) limited(n ledger.Interval) {
	for _, l := range r.Limits {
		if l.Source == n.Source && l.Cannot == n.Limits {
			return
		}
	}
	if n.Limits != "" {
		r.Limits = append(r.Limits, limit{n.Source, n.Limits})
	}
}

// gaps reports that something of the channel is missing, or was out.
func (r *coverRow) gaps() bool {
	return len(r.Outages)+len(r.Missing) > 0 || r.IDs != nil && r.IDs.Missing > 0
}

// cells are the channel's lines of a spreadsheet.
func (r *coverRow) cells() (lines [][]string) {
	place := strings.TrimSpace(r.Server + " " + r.Channel)
	line := func(what, source string, from, to time.Time, fromID, toID, open, filled string, count int64, reason, limits string) {
		n := ""
		if count > 0 {
			n = fmt.Sprint(count)
		}
		lines = append(lines, []string{r.Platform, place, r.ID, what, source, stamp(from), stamp(to), fromID, toID, open, filled, n, reason, limits})
	}
	for _, e := range r.events() {
		switch {
		case e.outage != nil:
			o := e.outage
			line("outage", o.Source, o.From, o.To, "", "", yes(o.To.IsZero()), yesNo(o.Filled), o.Count, o.Reason, "")
		default:
			n := e.interval
			line(coverWord(*n), n.Source, n.From, n.To, n.FromID, n.ToID, yes(n.Open), "", n.Count, n.Reason, n.Limits)
		}
	}
	if r.IDs != nil {
		line("ids not held", "", time.Time{}, time.Time{}, "1", fmt.Sprint(r.IDs.Last), "", "", r.IDs.Missing, fmt.Sprintf("%d of them before the first one held", r.IDs.Before), "")
	}
	if len(lines) == 0 {
		line("nothing on record", "", time.Time{}, time.Time{}, "", "", "", "", 0, "", "")
	}
	return lines
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339)
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return ""
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
