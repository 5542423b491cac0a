package ledger

import (
	"context"
	"fmt"
	"time"

	"stakeout/message"
)

// Counts is what a stretch of the ledger holds.
type Counts struct {
	From, To  int64 // after From, up to and with To
	Channels  []ChannelCount
	Sightings int64
	Differs   int64
}

// ChannelCount counts the observations of one channel that came one way.
type ChannelCount struct {
	Channel message.Channel // platform, id, account; names as last observed
	Via     message.Via
	Posted  int64
	Edited  int64
	Deleted int64
	Last    time.Time // stored time of the last one
}

// Counts counts the entries after from, up to and with to.
func (l *Ledger) Counts(ctx context.Context, from, to int64) (Counts, error) {
	c := Counts{From: from, To: to}
	fail := func(err error) (Counts, error) { return c, fmt.Errorf("count entries: %w", err) }
	err := l.db.Read().QueryRowContext(ctx, `SELECT count(*) FILTER (WHERE type = 2), count(*) FILTER (WHERE type = 1 AND flags & 2)
		FROM ledger_entry WHERE seq > ? AND seq <= ?`, from, to).Scan(&c.Sightings, &c.Differs)
	if err != nil {
		return fail(err)
	}
	keys, err := l.channelKeys(ctx)
	if err != nil {
		return fail(err)
	}
	rows, err := l.db.Read().QueryContext(ctx, `SELECT channel, via, count(*) FILTER (WHERE kind = 1), count(*) FILTER (WHERE kind = 2), count(*) FILTER (WHERE kind = 3),
		max(stored), max(seq) FROM ledger_entry WHERE seq > ? AND seq <= ? AND type = 1 GROUP BY channel, via ORDER BY channel, via`, from, to)
	if err != nil {
		return fail(err)
	}
	defer rows.Close()
	var lasts []int64
	var names []channelKey
	for rows.Next() {
		var n ChannelCount
		var channel, stored, seq int64
		if err := rows.Scan(&channel, &n.Via, &n.Posted, &n.Edited, &n.Deleted, &stored, &seq); err != nil {
			return fail(err)
		}
		n.Last = fromMicros(stored)
		c.Channels = append(c.Channels, n)
		lasts, names = append(lasts, seq), append(names, keys[channel])
	}
	if err := rows.Err(); err != nil {
		return fail(err)
	}
	rows.Close()
	es, err := l.Entries(ctx, lasts)
	if err != nil {
		return fail(err)
	}
	for i, e := range es {
		k := names[i]
		c.Channels[i].Channel = message.Channel{Platform: k.platform, ID: k.id, Account: k.account} // all that is known of a purged one
		if e.Obs != nil {
			c.Channels[i].Channel = e.Obs.Channel
		}
	}
	return c, nil
}
