package bot

import (
	"context"
	"fmt"

	"stakeout/ledger"
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

func (c *counts) add(d counts) {
	c.observations += d.observations
	c.sightings += d.sightings
	c.differs += d.differs
	c.quarantined += d.quarantined
}
