package discord

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"stakeout/bot"
	"stakeout/ledger"
	"stakeout/message"
)

// rescan reads what lies behind a channel's mark again, after a gap: an edit or
// a deletion that nobody told of shows only so.
func (c *catching) rescan(ctx context.Context, id string) error {
	c.mu.Lock()
	w, ch := c.watches[id], c.dir.channels[id]
	if w == nil || ch == nil || !w.ok || w.mark.ScanTo == 0 {
		c.mu.Unlock()
		return nil
	}
	t := target{id, w.guild, w.place}
	from, to := w.mark.ScanFrom, w.mark.ScanTo
	may := c.dir.may(ch)
	c.mu.Unlock()
	if may&readHistory == 0 {
		return &mistake{errors.New("the permission Read Message History is missing"), noPast}
	}
	began := c.in.Now()
	for at := from; at < to; {
		page, err := c.page(ctx, t, at)
		if err != nil {
			return err
		}
		up := to
		b := bot.Batch{}
		var ids []uint64
		if len(page) > 0 {
			if ids, err = c.read(ctx, t, page, at, &b); err != nil {
				return err
			}
			if len(ids) == 0 {
				return errStuck
			}
			up = min(to, ids[len(ids)-1])
		}
		if err := c.compare(ctx, t, at, up, ids, &b); err != nil {
			return err
		}
		if len(b.Observations)+len(b.Rejected) > 0 {
			if err := c.hand(ctx, false, b); err != nil {
				return err
			}
		}
		at = up
	}
	return c.scanned(ctx, t, from, to, began)
}

// scanned enters a rescan that is complete.
func (c *catching) scanned(ctx context.Context, t target, from, to uint64, began time.Time) error {
	c.mu.Lock()
	w := c.watches[t.id]
	if w == nil || w.mark.ScanFrom != from || w.mark.ScanTo != to {
		c.mu.Unlock()
		return nil // another gap asked for another one
	}
	w.mark.ScanFrom, w.mark.ScanTo = 0, 0
	m := w.mark
	well := w.sick && !w.filling
	w.sick = w.sick && !well
	c.mu.Unlock()
	if well {
		c.in.ChannelState(ctx, t.place, true, "", "")
	}
	check, err := m.checkpoint(t.id)
	if err != nil {
		return err
	}
	cov := ledger.Coverage{Channel: t.place, Change: ledger.Scanned, From: timeOf(from), To: began, FromID: idOf(from), ToID: idOf(to), Limits: limits}
	return c.hand(ctx, false, bot.Batch{Coverage: []ledger.Coverage{cov}, Checkpoints: []bot.Checkpoint{check}})
}

// compare leaves in b only what is news of the messages after one id up to and
// with another, and adds those that are gone.
func (c *catching) compare(ctx context.Context, t target, after, upTo uint64, ids []uint64, b *bot.Batch) error {
	known := map[string][]*message.Observation{}
	err := c.held(ctx, t, after, upTo, func(o *message.Observation) {
		known[o.ID] = append(known[o.ID], o)
	})
	if err != nil {
		return err
	}
	b.Observations = slices.DeleteFunc(b.Observations, func(o *message.Observation) bool {
		return number(o.ID) > upTo || !revise(o, known[o.ID])
	})
	return c.gone(ctx, t, known, ids, b)
}

// absent adds to b the messages after one id up to and with another that the
// ledger has and Discord does not have any more. ids are those that it has.
// Those known by an import alone count only on demand.
func (c *catching) absent(ctx context.Context, t target, after, upTo uint64, ids []uint64, imports bool, b *bot.Batch) error {
	known := map[string][]*message.Observation{}
	err := c.held(ctx, t, after, upTo, func(o *message.Observation) {
		if imports || o.Via != message.Import {
			known[o.ID] = append(known[o.ID], o)
		}
	})
	if err != nil {
		return err
	}
	return c.gone(ctx, t, known, ids, b)
}

// gone adds a deletion for each known message that is not among ids. That a
// page does not have it is not enough: Discord must say of the message itself
// that it is unknown.
func (c *catching) gone(ctx context.Context, t target, known map[string][]*message.Observation, ids []uint64, b *bot.Batch) error {
	for mid, versions := range known {
		if _, there := slices.BinarySearch(ids, number(mid)); there {
			continue
		}
		if slices.ContainsFunc(versions, func(v *message.Observation) bool { return v.Kind == message.Deleted }) {
			continue
		}
		// A deletion has no time of sending, so that it need not be among those.
		told, err := c.goneBefore(ctx, t, mid)
		if err != nil {
			return err
		}
		if told {
			continue
		}
		raw, err := c.one(ctx, t, number(mid))
		var said *refused
		switch {
		case err == nil:
			// It is there, but a page withheld it, or it was just posted.
			if _, err := c.read(ctx, t, []json.RawMessage{raw}, number(mid)-1, b); err != nil {
				return err
			}
			n := len(b.Observations) - 1 // none where it could not be read
			if n >= 0 && b.Observations[n].ID == mid && !revise(b.Observations[n], versions) {
				b.Observations = b.Observations[:n]
			}
		case isUnknown(err) && errors.As(err, &said):
			b.Observations = append(b.Observations, &message.Observation{
				Kind: message.Deleted, Grade: message.Absent, Via: message.Backfill, Channel: t.place, ID: mid,
				Observed: c.in.Now(), Native: said.body, Format: formatREST,
			})
		default:
			return err
		}
	}
	return nil
}

// goneBefore reports that the ledger has a message's deletion already.
func (c *catching) goneBefore(ctx context.Context, t target, id string) (bool, error) {
	es, err := c.in.Ledger().Versions(ctx, t.place, id)
	return slices.ContainsFunc(es, func(e ledger.Entry) bool { return e.Obs != nil && e.Obs.Kind == message.Deleted }), err
}

// heldAtOnce is how many observations are read from the ledger at a time.
const heldAtOnce = 1000

// held gives the observations of a channel's messages after one id up to and
// with another.
func (c *catching) held(ctx context.Context, t target, after, upTo uint64, each func(*message.Observation)) error {
	// The times of messages are those of their ids.
	from, to := timeOf(after), timeOf(upTo).Add(time.Second)
	for {
		es, err := c.in.Ledger().Stretch(ctx, t.place, from, to, heldAtOnce)
		if err != nil {
			return err
		}
		var sent time.Time
		for _, e := range es {
			if e.Obs == nil {
				continue
			}
			if sent = e.Obs.Sent.UTC; sent.IsZero() {
				sent = e.Obs.Observed
			}
			if n := number(e.Obs.ID); n > after && n <= upTo {
				each(e.Obs)
			}
		}
		if len(es) < heldAtOnce || !sent.After(from) {
			return nil
		}
		from = sent
	}
}
