package indexer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/blevesearch/bleve/v2"

	"stakeout/ledger"
)

// batchSize is how many entries go into the index at once while more are
// waiting; the rate of Bleve is flat from about here on. When the ledger is
// idle, what is there goes in at once.
const batchSize = 1000

// follow brings a generation up to date, and keeps it so until ctx ends, the
// generation does, or done says so.
func (x *Indexer) follow(ctx context.Context, g *generation, done func() bool) (err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(g.ctx, func() { cancel(context.Cause(g.ctx)) })()

	// While Bleve works on one batch the next is read and prepared.
	var under chan error
	wait := func() error {
		if under == nil {
			return nil
		}
		err := <-under
		under = nil
		return err
	}
	defer func() {
		// One cause, such as damage, commonly ends the reading and the batch.
		if e := wait(); e != nil && !errors.Is(err, e) {
			err = errors.Join(err, e)
		}
	}()

	// Entries of all types, so that the cursor passes those that hold nothing
	// to index and the lag that others see is honest.
	at := g.cursor.Load() // up to there entries have been handed to Bleve
	var waiting []ledger.Entry
	for es, err := range x.ledger.Follow(ctx, at) {
		if err != nil {
			return err
		}
		waiting = append(waiting, es...)
		last := waiting[len(waiting)-1].Seq
		more := last < x.ledger.Size()
		if len(waiting) < batchSize && more {
			continue
		}
		b, err := x.prepare(ctx, g, at, waiting)
		if err == nil {
			err = wait()
		}
		if err != nil {
			return err
		}
		under = make(chan error, 1)
		go func() { under <- x.commit(ctx, g, b) }()
		at = last
		clear(waiting)
		waiting = waiting[:0]
		if !more {
			if err := wait(); err != nil {
				return err
			}
		}
		if done != nil && done() {
			return wait()
		}
	}
	return context.Cause(ctx)
}

// batch is what goes into the index at once.
type batch struct {
	bleve *bleve.Batch
	last  int64 // the cursor behind it
	texts []*field
}

// prepare makes the batch of entries, which follow those up to at.
func (x *Indexer) prepare(ctx context.Context, g *generation, at int64, es []ledger.Entry) (batch, error) {
	last := es[len(es)-1]
	b := batch{bleve: g.index.NewBatch(), last: last.Seq}
	add := func(e ledger.Entry, s state) error {
		d, text := newDocument(e, s)
		b.texts = append(b.texts, text)
		return b.bleve.IndexAdvanced(d)
	}
	states, err := x.overtaken(ctx, at, es, add)
	if err != nil {
		return batch{}, err
	}
	for _, e := range es {
		if e.Type != ledger.Observation || e.Obs == nil {
			continue
		}
		s, ok := states[e.Seq]
		if !ok {
			s = alone(e.Obs)
		}
		if err := add(e, s); err != nil {
			return batch{}, fmt.Errorf("index entry %d: %w", e.Seq, err)
		}
	}
	b.bleve.SetInternal(keyCursor, cursorAt(last).encode())
	return b, nil
}

// lastBatch is how long an index that is damaged or replaced has to finish the
// batch it is at, which takes a second at most where Bleve still works.
const lastBatch = 5 * time.Second

// commit hands a batch to Bleve and moves the cursor. It waits while too many
// batches are not on disk.
//
// Bleve's Batch takes no context and waits for one of Bleve's background tasks;
// when that one has died it never returns, and closing the index does not free
// it either. So it has a goroutine of its own, which is waited for as long as
// the index is in use, and for lastBatch after that. Then it is left behind,
// the one thing here that nobody can end: at most one for each index given up,
// for there is one batch under way at a time; it holds that batch and touches
// nothing else.
func (x *Indexer) commit(ctx context.Context, g *generation, b batch) error {
	select {
	case g.pending <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	b.bleve.SetPersistedCallback(func(error) { <-g.pending })
	applied := make(chan error, 1)
	go func() { applied <- contain(func() error { return g.index.Batch(b.bleve) }) }()
	var err error
	select {
	case err = <-applied:
	case <-g.ctx.Done():
		select {
		case <-applied: // whatever became of it: the index is not used any more
		case <-time.After(lastBatch):
			x.log.Error("a search index no longer used does not finish its last batch, whose memory is held until Stakeout restarts")
		}
		if g.failed() != nil {
			return ErrDamaged
		}
		return context.Cause(g.ctx)
	}
	if err != nil {
		if x.damaged(g, err) {
			return ErrDamaged
		}
		return fmt.Errorf("index entries up to %d: %w", b.last, err)
	}
	for _, t := range b.texts {
		if t.broken {
			x.log.Error("a text could not be taken apart into words and is not found by all of them", "entry", t.seq)
		}
	}
	g.cursor.Store(b.last)
	return nil
}

// damaged looks whether an error of Bleve comes from damaged files, and notes
// it if so.
func (x *Indexer) damaged(g *generation, err error) bool {
	if err := checkDamage(g, err); err != nil {
		g.fail(err.Error())
		return true
	}
	return false
}
