package bot

import (
	"context"
	"errors"
	"fmt"

	"stakeout/ledger"
	"stakeout/message"
	"stakeout/store"
)

// Hand commits a batch, and returns when it is on disk. It waits while
// followers are far behind or the disk is full: meanwhile the connector must
// not read on. An error means that ctx ended or that the database is broken;
// nothing of the batch is kept then.
func (a *Acquisition) Hand(ctx context.Context, b Batch) ([]ledger.Outcome, error) {
	in := a.in
	if err := in.giveWay(ctx); err != nil {
		return nil, err
	}
	h := handing{a: a, b: &b}
	if err := in.write(ctx, b.Bulk, h.commit); err != nil {
		return nil, fmt.Errorf("hand over to the ledger: %w", err)
	}
	in.mu.Lock()
	a.count.add(h.count)
	in.mu.Unlock()
	in.note(&b, h.count)
	return h.outcomes, nil
}

// note keeps in memory what a batch tells of the source's health.
func (in *Intake) note(b *Batch, n counts) {
	now := in.Now()
	in.health.change(func(h *Health) {
		h.Rejected += n.quarantined
		h.Events += int64(len(b.Observations))
		if !b.Through.IsZero() {
			h.Through = b.Through
		}
		for _, o := range b.Observations {
			if o.Via != message.Live {
				continue
			}
			h.LastEvent, h.Silent = o.Observed, false
			in.rhythm.add(o.Observed, 1)
			if o.Kind == message.Posted && !o.Sent.IsZero() {
				h.Lag = max(0, now.Sub(o.Sent.UTC))
			}
		}
	})
}

// handing is one batch on its way into one transaction. It may be run again
// when the disk was full.
type handing struct {
	a        *Acquisition
	b        *Batch
	outcomes []ledger.Outcome
	count    counts
}

func (h *handing) commit(tx *store.Tx) error {
	in, l := h.a.in, h.a.in.deps.Ledger
	h.outcomes, h.count = h.outcomes[:0], counts{}
	for _, o := range h.b.Observations {
		out, err := h.append(tx, o)
		if err != nil {
			return err
		}
		h.outcomes = append(h.outcomes, out)
	}
	for _, r := range h.b.Rejected {
		if err := h.quarantine(tx, r); err != nil {
			return err
		}
	}
	for _, c := range h.b.Coverage {
		if err := h.cover(tx, c); err != nil {
			return err
		}
	}
	for _, c := range h.b.Checkpoints {
		if err := l.SetCheckpoint(tx, in.source+"/"+c.Name, c.Value); err != nil {
			return err
		}
	}
	if !h.b.Through.IsZero() {
		return l.SetThrough(tx, in.source, h.b.Through)
	}
	return nil
}

func (h *handing) append(tx *store.Tx, o *message.Observation) (ledger.Outcome, error) {
	o.Acquisition = h.a.seq
	if o.Observed.IsZero() {
		o.Observed = h.a.in.Now()
	}
	out, err := h.a.in.deps.Ledger.Append(tx, o)
	switch {
	case errors.Is(err, ledger.ErrIncomplete):
		return ledger.Outcome{}, h.quarantine(tx, Rejected{Place: fmt.Sprintf("%s %s of %s", o.Kind, o.ID, o.Channel.ID), Reason: "has no message id, channel or kind", Bytes: o.Native})
	case err != nil:
		return out, err
	case out.Sighting:
		h.count.sightings++
	default:
		h.count.observations++
	}
	if out.Differs {
		h.count.differs++
	}
	return out, nil
}

func (h *handing) quarantine(tx *store.Tx, r Rejected) error {
	h.count.quarantined++
	return h.a.in.deps.Ledger.Quarantine(tx, ledger.Quarantined{Acquisition: h.a.seq, Place: r.Place, Reason: r.Reason, Bytes: r.Bytes})
}

// cover enters a change of coverage that is news.
func (h *handing) cover(tx *store.Tx, c ledger.Coverage) error {
	in, k := h.a.in, keyOf(c.Channel)
	in.mu.Lock()
	w, watched := in.open[k]
	in.mu.Unlock()
	if c.Change == ledger.Watching && watched || c.Change == ledger.Stopped && !watched {
		return nil
	}
	c.Source = in.source
	if c.Change == ledger.Stopped {
		c.Of = w.seq
	}
	seq, err := in.deps.Ledger.Cover(tx, h.a.seq, c)
	switch {
	case err != nil:
		return err
	case c.Change == ledger.Watching:
		in.setOpen(tx, k, &watch{seq, c.Channel})
	case c.Change == ledger.Stopped:
		in.setOpen(tx, k, nil)
	}
	return nil
}

// setOpen notes the watch of a channel that is under way, nil for none, as the
// transaction writes it: whoever hands over next must know of it already, or a
// channel would be watched twice. It is undone with the transaction.
func (in *Intake) setOpen(tx *store.Tx, k channelKey, now *watch) {
	in.mu.Lock()
	defer in.mu.Unlock()
	before, had := in.open[k]
	if now != nil {
		in.open[k] = *now
	} else {
		delete(in.open, k)
	}
	tx.OnRollback(func() {
		in.mu.Lock()
		defer in.mu.Unlock()
		if delete(in.open, k); had {
			in.open[k] = before
		}
	})
}
