package bot

import (
	"context"
	"errors"
	"fmt"
	"time"

	"stakeout/ledger"
	"stakeout/message"
	"stakeout/store"
)

// Acquisition is a stretch of collecting by one method; it stands in the record
// with what came of it. Its methods may be called from any goroutine.
type Acquisition struct {
	in    *Intake
	seq   int64
	entry ledger.Acquisition
	count counts
}

type counts struct{ observations, sightings, differs, quarantined int64 }

// Acquire opens an acquisition.
func (in *Intake) Acquire(ctx context.Context, m Method) (*Acquisition, error) {
	how := m.How
	if m.History {
		how = "first fetch of the past; " + how
	}
	a := &Acquisition{in: in, entry: ledger.Acquisition{
		Kind: "connector", Source: in.source, Version: in.deps.Version, Account: m.Account, Method: how,
		Authority: in.terms.Authority, Basis: in.terms.Basis, Matter: in.terms.Matter, Until: in.terms.Until, Retention: in.terms.Retention,
		Started: in.Now(),
	}}
	if !m.History {
		a.entry.Alert = "each"
	} else {
		a.entry.Alert = "summary"
	}
	in.health.change(func(h *Health) { h.Account = m.Account })
	err := in.write(ctx, false, func(tx *store.Tx) error {
		seq, err := in.deps.Ledger.OpenAcquisition(tx, a.entry)
		if err != nil {
			return err
		}
		a.seq = seq
		return in.underWay(tx, seq, true)
	})
	if err != nil {
		return nil, fmt.Errorf("open an acquisition: %w", err)
	}
	in.mu.Lock()
	in.acquired[a.seq] = a
	in.mu.Unlock()
	return a, nil
}

// Close ends the acquisition with its counts. One that is left open is closed
// when Run returns.
func (a *Acquisition) Close(ctx context.Context, note string) error {
	in := a.in
	in.mu.Lock()
	entry, n := a.entry, a.count
	delete(in.acquired, a.seq)
	in.mu.Unlock()
	entry.Ended, entry.Note = in.Now(), note
	entry.Counts = map[string]int64{"observations": n.observations, "sightings": n.sightings, "differs": n.differs, "quarantined": n.quarantined}
	err := in.write(ctx, false, func(tx *store.Tx) error {
		if err := in.deps.Ledger.CloseAcquisition(tx, a.seq, entry); err != nil {
			return err
		}
		return in.underWay(tx, a.seq, false)
	})
	if err != nil {
		return fmt.Errorf("close acquisition %d: %w", a.seq, err)
	}
	return nil
}

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

func (c *counts) add(d counts) {
	c.observations += d.observations
	c.sightings += d.sightings
	c.differs += d.differs
	c.quarantined += d.quarantined
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

// How often a wait looks again.
const (
	lagEvery  = 20 * time.Millisecond
	fullEvery = 5 * time.Second
)

// What a source waits for.
const (
	noRoom   = "the disk is full; collection goes on by itself when there is room"
	farAhead = "search and rules are behind"
)

// giveWay waits until followers have caught up enough and there is room on the
// disk.
func (in *Intake) giveWay(ctx context.Context) error {
	if err := in.room(ctx); err != nil {
		return err
	}
	if in.deps.Lag == nil || in.deps.Lag() <= in.deps.Bound {
		return nil
	}
	defer in.hold(farAhead)()
	tick := time.NewTicker(lagEvery)
	defer tick.Stop()
	for in.deps.Lag() > in.deps.Bound/2 {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// room waits until there is room on the disk.
func (in *Intake) room(ctx context.Context) error {
	if in.deps.Room == nil {
		return nil
	}
	changed := in.deps.Room()
	if changed == nil {
		return nil
	}
	defer in.hold(noRoom)()
	for ; changed != nil; changed = in.deps.Room() {
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// write is a write of the ledger that waits while the disk is full.
func (in *Intake) write(ctx context.Context, bulk bool, fn func(*store.Tx) error) error {
	p := store.Urgent
	if bulk {
		p = store.Bulk
	}
	full := false
	for {
		err := in.deps.Ledger.Write(ctx, p, fn)
		if !errors.Is(err, store.ErrFull) {
			return err
		}
		if !full {
			full = true
			defer in.hold(noRoom)()
		}
		select {
		case <-time.After(fullEvery):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
