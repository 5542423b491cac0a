package ledger

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"stakeout/message"
)

// Comparison says of one channel what an import brought and what everything
// else in the ledger (live capture, other imports) has, within the stretch of
// messages that the import spans. A message is had where its post or an edit
// of it was seen; a deletion alone is not having it.
type Comparison struct {
	Channel message.Channel `json:"channel"`
	// The stretch, both ends included: the import's first and last message, by
	// their ids where all of them are whole numbers, else ByTime, by the times
	// sent (observed, where none is known).
	ByTime bool      `json:"by_time,omitempty"`
	FromID string    `json:"from_id,omitempty"`
	ToID   string    `json:"to_id,omitempty"`
	From   time.Time `json:"from"`
	To     time.Time `json:"to"`
	Both   int64     `json:"both"`
	// OnlyImport were not seen otherwise: said before the channel was watched,
	// in an outage, or by somebody whom the connector is not told of. Earlier of
	// them stand before the first message that the others have of the channel,
	// Later after the last.
	OnlyImport int64 `json:"only_import"`
	Earlier    int64 `json:"earlier"`
	Later      int64 `json:"later"`
	// OnlyOthers are missing from the import: deleted before it was made, or
	// left out of it. Deleted of them are known to be deleted.
	OnlyOthers int64 `json:"only_others"`
	Deleted    int64 `json:"deleted"`
}

// Compare compares an import with the rest of the ledger, for each channel that
// the rest knows as well. It reads the entries since the import began, and of
// each such channel those of the import's stretch; 16 bytes of memory a message
// of the import.
func (l *Ledger) Compare(ctx context.Context, acquisition int64) ([]Comparison, error) {
	fail := func(err error) ([]Comparison, error) {
		return nil, fmt.Errorf("compare acquisition %d: %w", acquisition, err)
	}
	brought, err := l.brought(ctx, acquisition)
	if err != nil {
		return fail(err)
	}
	keys, err := l.channelKeys(ctx)
	if err != nil {
		return fail(err)
	}
	var out []Comparison
	for channel, b := range brought {
		if len(b.numbers)+len(b.names) == 0 {
			continue
		}
		known := b.others
		if !known {
			if known, err = l.knewBefore(ctx, channel, acquisition); err != nil {
				return fail(err)
			}
		}
		if !known {
			continue
		}
		var c Comparison
		if len(b.names) > 0 {
			c, err = l.compareNames(ctx, channel, acquisition, b)
		} else {
			c, err = l.compareNumbers(ctx, channel, acquisition, b)
		}
		if err != nil {
			return fail(err)
		}
		k := keys[channel]
		if c.Channel, err = l.Latest(ctx, message.Channel{Platform: k.platform, ID: k.id, Account: k.account}); err != nil {
			return fail(err)
		}
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b Comparison) int {
		return cmp.Or(cmp.Compare(a.Channel.Platform, b.Channel.Platform), cmp.Compare(a.Channel.ID, b.Channel.ID), cmp.Compare(a.Channel.Account, b.Channel.Account))
	})
	return out, nil
}

// theOthers are observations that did not come by an import.
const theOthers = `FROM ledger_entry WHERE type = 1 AND channel = ?1 AND (seq < ?2 OR acquisition <> ?2)`

// compareNumbers compares by ids in order, between the import's first and last.
func (l *Ledger) compareNumbers(ctx context.Context, channel, acquisition int64, b *brought) (c Comparison, err error) {
	own := distinct(b.numbers)
	first, last := own[0], own[len(own)-1]
	c.FromID, c.ToID = written(first.id), written(last.id)
	c.From, c.To = span(own)
	var before, after bool
	err = l.db.Read().QueryRowContext(ctx, `SELECT EXISTS(SELECT 1 `+theOthers+` AND message < ?3), EXISTS(SELECT 1 `+theOthers+` AND message > ?4)`,
		channel, acquisition, first.id, last.id).Scan(&before, &after)
	if err != nil {
		return c, err
	}
	rows, err := l.db.Read().QueryContext(ctx, `SELECT message, kind, 0 `+theOthers+` AND message BETWEEN ?3 AND ?4 ORDER BY message`,
		channel, acquisition, first.id, last.id)
	if err != nil {
		return c, err
	}
	var lead, tail int64
	met := false
	err = merge(own, rows, func(id int64, mine, theirs, deleted bool, _ int64) {
		theirs = theirs || mine && b.again[written(id)]
		c.count(mine, theirs, deleted)
		switch {
		case theirs:
			met, tail = true, 0
		case mine && !met:
			lead++
			tail++
		case mine:
			tail++
		}
	})
	if !before && (met || after) {
		c.Earlier = lead
	}
	if !after && (met || before) {
		c.Later = tail
	}
	return c, err
}

// compareNames compares by ids as written; what the others have outside of the
// import's times does not count as missing from it.
func (l *Ledger) compareNames(ctx context.Context, channel, acquisition int64, b *brought) (c Comparison, err error) {
	own := distinct(b.names)
	c.ByTime = true
	c.From, c.To = span(own)
	rows, err := l.db.Read().QueryContext(ctx, `SELECT CAST(message AS TEXT), kind, coalesce(sent, observed) `+theOthers+` ORDER BY 1`, channel, acquisition)
	if err != nil {
		return c, err
	}
	var alone []int64 // times of what only the import has
	var first, last int64
	met := false
	err = merge(own, rows, func(id string, mine, theirs, deleted bool, at int64) {
		theirs = theirs || mine && b.again[id]
		if theirs && !met {
			first, last, met = at, at, true
		}
		switch {
		case theirs:
			first, last = min(first, at), max(last, at)
		case mine:
			alone = append(alone, at)
		}
		if mine || at >= micros(c.From) && at <= micros(c.To) {
			c.count(mine, theirs, deleted)
		}
	})
	for _, at := range alone {
		switch {
		case met && at < first:
			c.Earlier++
		case met && at > last:
			c.Later++
		}
	}
	return c, err
}

func (c *Comparison) count(mine, theirs, deleted bool) {
	switch {
	case mine && theirs:
		c.Both++
	case mine:
		c.OnlyImport++
	case theirs:
		c.OnlyOthers++
		if deleted {
			c.Deleted++
		}
	}
}
