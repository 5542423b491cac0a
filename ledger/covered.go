package ledger

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"stakeout/message"
)

// Interval is a stretch of time in which a channel was covered one way, or is
// known to be missing.
type Interval struct {
	Seq    int64  `json:"seq"`  // of the entry that began it
	Change Change `json:"kind"` // Watching, Fetched, Scanned or Missing
	Source string `json:"source"`
	// Open: still being watched; To is then up to when everything told stands
	// in the ledger.
	Open   bool      `json:"open,omitempty"`
	From   time.Time `json:"from,omitzero"`
	To     time.Time `json:"to,omitzero"`
	FromID string    `json:"from_id,omitempty"`
	ToID   string    `json:"to_id,omitempty"`
	Reason string    `json:"reason,omitempty"` // why it ended, or is missing
	Limits string    `json:"limits,omitempty"`
	Count  int64     `json:"count,omitempty"` // ids missing, 0 unknown
}

// Outage is a time between two watches of a channel by one source.
type Outage struct {
	Source string    `json:"source"`
	From   time.Time `json:"from"`
	To     time.Time `json:"to,omitzero"` // zero: not watched again since
	Reason string    `json:"reason"`
	// Filled: what was said meanwhile was fetched afterwards, all that the
	// source still had.
	Filled bool `json:"filled"`
	// Missing: a part of it is known to be missing; Count ids, 0 unknown.
	Missing bool  `json:"missing"`
	Count   int64 `json:"count,omitempty"`
}

// Cover is what was covered of one channel.
type Cover struct {
	Channel   message.Channel
	Intervals []Interval // by their beginning
	Outages   []Outage
	// Messages says how far its numbers run, where the platform numbers the
	// messages of a channel one after the other; nil where it does not.
	Messages *Numbers
}

// Numbers counts the message ids of a channel that are known.
type Numbers struct {
	First int64 `json:"first"`
	Last  int64 `json:"last"`
	Held  int64 `json:"held"` // different ids in the ledger, deletions included
}

// Missing is how many ids up to the last known one are not in the ledger, those
// before the first included. Ids that the platform spent on nothing visible
// count as well: it cannot be told.
func (n Numbers) Missing() int64 { return n.Last - n.Held }

// Coverage folds the changes of coverage into intervals, for every channel that
// the ledger knows; one without any is there with no intervals.
func (l *Ledger) Coverage(ctx context.Context) ([]Cover, error) {
	fail := func(err error) ([]Cover, error) { return nil, fmt.Errorf("coverage: %w", err) }
	changes, err := l.Changes(ctx, 0)
	if err != nil {
		return fail(err)
	}
	through := map[string]time.Time{}
	for _, e := range changes {
		if e.Cov == nil {
			continue
		}
		if _, known := through[e.Cov.Source]; !known {
			if through[e.Cov.Source], err = l.Through(ctx, e.Cov.Source); err != nil {
				return fail(err)
			}
		}
	}
	covers, place := fold(changes, through)
	keys, err := l.channelKeys(ctx)
	if err != nil {
		return fail(err)
	}
	for id, k := range keys {
		i, known := place[k]
		if !known {
			i = len(covers)
			covers = append(covers, Cover{Channel: message.Channel{Platform: k.platform, ID: k.id, Account: k.account}})
		}
		if numbered(k) {
			if covers[i].Messages, err = l.numbers(ctx, id); err != nil {
				return fail(err)
			}
		}
	}
	slices.SortFunc(covers, func(a, b Cover) int {
		return cmp.Or(cmp.Compare(a.Channel.Platform, b.Channel.Platform), cmp.Compare(a.Channel.ID, b.Channel.ID), cmp.Compare(a.Channel.Account, b.Channel.Account))
	})
	return covers, nil
}

// numbered tells the channels whose message ids run on one by one: Telegram's
// supergroups and channels, https://core.telegram.org/api/updates.
func numbered(k channelKey) bool {
	return k.platform == message.Telegram && len(k.id) > 4 && k.id[:4] == "-100"
}

func (l *Ledger) numbers(ctx context.Context, channel int64) (*Numbers, error) {
	var n Numbers
	err := l.db.Read().QueryRowContext(ctx, `SELECT coalesce(min(message), 0), coalesce(max(message), 0), count(DISTINCT message) FROM ledger_entry
		WHERE type = 1 AND channel = ? AND typeof(message) = 'integer'`, channel).Scan(&n.First, &n.Last, &n.Held)
	if err != nil || n.Held == 0 {
		return nil, err
	}
	return &n, nil
}

// fold makes intervals of changes in the order entered. through is up to when
// each source's word stands in the ledger; place is where each channel came to
// stand.
func fold(changes []Entry, through map[string]time.Time) (covers []Cover, place map[channelKey]int) {
	place = map[channelKey]int{}
	for _, e := range changes {
		if e.Cov == nil {
			continue // damaged
		}
		c := e.Cov
		k := keyOf(c.Channel)
		i, known := place[k]
		if !known {
			i = len(covers)
			place[k] = i
			covers = append(covers, Cover{})
		}
		cover := &covers[i]
		cover.Channel = c.Channel
		if c.Change == Stopped {
			cover.stop(c)
			continue
		}
		n := Interval{Seq: e.Seq, Change: c.Change, Source: c.Source, From: c.From, To: c.To, FromID: c.FromID, ToID: c.ToID,
			Reason: c.Reason, Limits: c.Limits, Count: c.Count}
		if c.Change == Watching {
			n.Open = true
			if n.To = through[c.Source]; n.To.Before(n.From) {
				n.To = n.From
			}
		}
		cover.Intervals = append(cover.Intervals, n)
	}
	for i := range covers {
		slices.SortStableFunc(covers[i].Intervals, func(a, b Interval) int { return a.From.Compare(b.From) })
		covers[i].outages()
	}
	return covers, place
}

func (c *Cover) stop(s *Coverage) {
	for i := range c.Intervals {
		n := &c.Intervals[i]
		if n.Seq == s.Of && n.Open {
			n.Open, n.Reason, n.ToID = false, s.Reason, cmp.Or(s.ToID, n.ToID)
			if n.To = s.To; n.To.Before(n.From) {
				n.To = n.From
			}
		}
	}
}

// outages finds what lies between the watches of each source, and after the
// last one that ended.
func (c *Cover) outages() {
	last := map[string]int{} // source -> its watch that reaches furthest
	for i, n := range c.Intervals {
		if n.Change != Watching {
			continue
		}
		if j, ok := last[n.Source]; ok && n.From.After(c.Intervals[j].To) {
			c.outage(c.Intervals[j], n.From)
		}
		if j, ok := last[n.Source]; !ok || n.Open || n.To.After(c.Intervals[j].To) {
			last[n.Source] = i
		}
	}
	for i, n := range c.Intervals {
		if j, ok := last[n.Source]; ok && i == j && !n.Open {
			c.outage(n, time.Time{})
		}
	}
	slices.SortStableFunc(c.Outages, func(a, b Outage) int { return a.From.Compare(b.From) })
}

// outage adds the time after a watch up to to; zero: until now.
func (c *Cover) outage(after Interval, to time.Time) {
	o := Outage{Source: after.Source, From: after.To, To: to, Reason: after.Reason}
	covered := after.To // up to here, by what was fetched
	for _, n := range c.Intervals {
		ends := to.IsZero() || n.From.Before(to)
		switch {
		case n.Source != after.Source || n.Seq < after.Seq:
		case n.Change == Fetched && !n.From.After(covered) && n.To.After(covered):
			covered = n.To
		case n.Change == Missing && ends && n.To.After(o.From):
			o.Missing, o.Count = true, o.Count+n.Count
		}
	}
	o.Filled = !to.IsZero() && !covered.Before(to) && !o.Missing
	c.Outages = append(c.Outages, o)
}
