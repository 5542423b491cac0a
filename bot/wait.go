package bot

import (
	"context"
	"errors"
	"time"

	"stakeout/store"
)

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
