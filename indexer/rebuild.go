package indexer

import (
	"context"
	"errors"
	"fmt"
	"os"
)

// Rebuild makes the index anew from the ledger while the old one serves, and
// puts it in the old one's place. When it fails or is cut off, the old one
// stays. progress, when not nil, hears of entries done and to do.
func (x *Indexer) Rebuild(ctx context.Context, progress func(done, total int64)) error {
	if !x.rebuilding.TryLock() {
		return ErrBusy
	}
	defer x.rebuilding.Unlock()
	old, err := x.acquire()
	if err != nil {
		return err
	}
	path := old.path
	old.readers.Done()
	g, err := x.create(ctx)
	if err != nil {
		return fmt.Errorf("rebuild search index: %w", err)
	}
	err = x.fill(ctx, g, x.ledger.Size(), progress)
	if err == nil {
		b := g.index.NewBatch()
		b.SetInternal(keyLayout, []byte(layout))
		err = g.flush(ctx, b)
	}
	if err == nil {
		err = x.point(g)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("rebuild search index: %w", err), g.close(), os.RemoveAll(g.path))
	}
	x.swap(g)
	if err := old.close(); err != nil {
		x.log.Warn("close old search index", "error", err)
	}
	if err := os.RemoveAll(path); err != nil {
		return fmt.Errorf("remove old search index: %w", err)
	}
	return nil
}

// fill follows the ledger until the generation has got to the goal, and as far
// as the one in use is then.
func (x *Indexer) fill(ctx context.Context, g *generation, goal int64, progress func(done, total int64)) error {
	done := func() bool {
		at := g.cursor.Load()
		if progress != nil {
			progress(min(at, goal), goal)
		}
		return at >= goal && at >= x.Cursor()
	}
	if done() {
		return nil
	}
	return x.follow(ctx, g, done)
}
