package indexer

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"

	"stakeout/ledger"
)

// layout names everything that the content of the index depends on: fields,
// terms, folding. Another layout means another index.
const layout = "1"

// Keys in the index's own store.
var (
	keyLayout = []byte("stakeout/layout")
	keyLedger = []byte("stakeout/ledger")
	keyCursor = []byte("stakeout/cursor")
)

// callbackName is under which Bleve finds background.
const callbackName = "stakeout"

// Settings are what Bleve is opened with, anew for each index.
//
// With unsafe_batch a batch is searchable when Batch returns, and on disk a
// moment later. That is safe here: scorch writes snapshots, each with the
// segments and the internal values, our cursor among them, of one and the same
// epoch (persistSnapshotDirect: segment files are synced first, then one bolt
// transaction names them and holds the internal values). After a crash the
// newest snapshot on disk is an older but consistent index with its own older
// cursor, and the ledger has the rest.
//
// The persister naps between snapshots, so that it merges what piles up in
// memory into one file instead of writing and merging many small ones; batches
// not yet on disk are bounded by maxPending. One snapshot is kept: the ledger
// is what to go back to.
func Settings() map[string]any {
	return map[string]any{
		"unsafe_batch":           true,
		"numSnapshotsToKeep":     1,
		"bolt_timeout":           "2s",
		"asyncErrorCallbackName": callbackName,
		"scorchPersisterOptions": map[string]any{
			"PersisterNapTimeMSec":      napMillis,
			"PersisterNapUnderNumFiles": 500,
		},
	}
}

const (
	napMillis  = 100
	maxPending = 40 // batches, about 20 MB
)

// generation is one Bleve index on disk.
type generation struct {
	path    string
	index   bleve.Index
	cursor  atomic.Int64
	readers sync.WaitGroup
	pending chan struct{} // one for each batch not yet on disk
	log     *slog.Logger

	mu     sync.Mutex
	warned time.Time // when a failed write was last told

	ctx    context.Context // ends when the generation is replaced, damaged or closed
	cancel context.CancelCauseFunc
}

func newGeneration(path string, index bleve.Index, log *slog.Logger) *generation {
	g := &generation{path: path, index: index, pending: make(chan struct{}, maxPending), log: log}
	g.ctx, g.cancel = context.WithCancelCause(context.Background())
	generations.Store(path+"/store", g)
	return g
}

// damage is the reason why a generation cannot be used.
type damage struct{ reason string }

func (d damage) Error() string { return d.reason }
func (d damage) Unwrap() error { return ErrDamaged }

func (g *generation) fail(reason string) { g.cancel(damage{reason}) }

// failed is the damage, nil when there is none.
func (g *generation) failed() error {
	var d damage
	if errors.As(context.Cause(g.ctx), &d) {
		return d
	}
	return nil
}

// flush gives Bleve a batch and waits until it, and with it all before it, is
// on disk.
func (g *generation) flush(ctx context.Context, b *bleve.Batch) error {
	onDisk := make(chan error, 1)
	b.SetPersistedCallback(func(err error) { onDisk <- err })
	if err := g.index.Batch(b); err != nil {
		return err
	}
	select {
	case err := <-onDisk:
		return err
	case <-g.ctx.Done():
		return context.Cause(g.ctx)
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// close waits for readers and closes the index.
func (g *generation) close() error {
	g.cancel(nil)
	g.readers.Wait()
	generations.Delete(g.path + "/store")
	return contain(g.index.Close)
}

// generations finds an open one by the path that scorch names in its errors.
var generations sync.Map

func init() {
	scorch.RegistryAsyncErrorCallbacks[callbackName] = background
}

// warnEvery is how often a lasting failure to write is told again.
const warnEvery = time.Minute

// background hears of errors in scorch's own goroutines. A panic there means
// that the index works no more. A write that failed (a full disk, say) is
// tried again by scorch itself, at once and for ever: slow that down, and let
// the follower come to a stop by maxPending.
func background(err error, path string) {
	v, ok := generations.Load(path)
	if !ok {
		return
	}
	g := v.(*generation)
	if errors.Is(err, scorch.ErrAsyncPanic) {
		g.fail("a background task of the index failed")
		return
	}
	g.mu.Lock()
	tell := time.Since(g.warned) >= warnEvery
	if tell {
		g.warned = time.Now()
	}
	g.mu.Unlock()
	if tell {
		g.log.Error("search index cannot be written; search falls behind until it can", "error", err)
	}
	select {
	case <-time.After(napMillis * time.Millisecond):
	case <-g.ctx.Done():
	}
}

// contain runs fn, which reads files that may be damaged: a panic, or a fault
// in a mapped file that became shorter, becomes an error. What was panicked
// with may hold text and is not told.
func contain(fn func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			err = damage{fmt.Sprintf("reading it failed (%T)", r)}
		}
	}()
	return fn()
}

// cursor is how far an index has got: the last entry, and when that was
// stored, which tells a ledger that was put back and grew anew.
type cursor struct{ seq, stored int64 }

func cursorAt(e ledger.Entry) cursor { return cursor{e.Seq, e.Stored.UnixMicro()} }

func (c cursor) encode() []byte { return fmt.Appendf(nil, "%d %d", c.seq, c.stored) }

func parseCursor(b []byte) (c cursor, err error) {
	seq, stored, _ := strings.Cut(string(b), " ")
	if c.seq, err = strconv.ParseInt(seq, 10, 64); err == nil {
		c.stored, err = strconv.ParseInt(stored, 10, 64)
	}
	if err != nil || c.seq < 0 {
		return cursor{}, damage{"its cursor cannot be read"}
	}
	return c, nil
}
