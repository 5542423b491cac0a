// Package indexer makes the ledger searchable: one Bleve document for each
// version of each message, kept up to date by following the ledger.
//
// It promises: the index holds nothing that the ledger does not, so it may be
// lost at any time; its cursor is written in the same batch as the documents
// it covers, so a crash neither skips nor repeats one; an index that is
// damaged, of another layout or of another ledger is set aside and made anew
// from the ledger by itself; the text of masked messages, and what the rules
// mask in names, is never handed out unless the request says so. A version that an edit or a deletion has
// overtaken stays findable and is marked.
//
// It does not judge messages and keeps no findings: what the rules found is
// asked for at query time, since it changes with the rules.
package indexer

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"stakeout/ledger"
)

// Findings is what the rules found, by sequence number. With none given to
// Open, searches by findings fail and nothing is masked.
type Findings interface {
	// Seqs gives the messages with a finding; field is "label", "level" or
	// "rule", or "has" with the value "alert".
	Seqs(ctx context.Context, field, value string) ([]int64, error)
	// Masked gives those of the messages whose text must not be shown, with
	// the reason.
	Masked(ctx context.Context, seqs []int64) (map[int64]string, error)
	// MaskName gives a name with what must not be read replaced.
	MaskName(name string) string
}

// ErrDamaged means that the index cannot be read. Run makes a new one from the
// ledger; searches work again at once and are complete when it has caught up.
var ErrDamaged = errors.New("the search index is damaged and is being made anew")

// ErrBusy means that a rebuild is already under way.
var ErrBusy = errors.New("the search index is already being rebuilt")

// Indexer is an open index. All its methods may be called from any goroutine;
// Run only once at a time.
type Indexer struct {
	dir      string
	ledger   *ledger.Ledger
	findings Findings
	log      *slog.Logger

	mu  sync.RWMutex
	cur *generation // replaced under mu

	rebuilding sync.Mutex
}

// Open opens the index in dir, or makes one. An index that cannot be used is
// renamed to dir.damaged-TIME and begun anew; Run fills it. Every file of the
// index is read once to check its sum.
func Open(ctx context.Context, dir string, l *ledger.Ledger, f Findings, log *slog.Logger) (*Indexer, error) {
	x := &Indexer{dir: dir, ledger: l, findings: f, log: log}
	g, err := x.openCurrent(ctx)
	if err != nil {
		return nil, fmt.Errorf("open search index %s: %w", dir, err)
	}
	x.cur = g
	return x, nil
}

// flushTime is how long Close waits for what is not on disk yet. What does not
// get there is taken from the ledger next time.
const flushTime = 5 * time.Second

// Close waits for searches under way, brings what is in memory to disk and
// closes the index. Run and Rebuild must have ended.
func (x *Indexer) Close() error {
	x.mu.Lock()
	g := x.cur
	x.cur = nil
	x.mu.Unlock()
	if g == nil {
		return nil
	}
	if g.failed() == nil && len(g.pending) > 0 {
		ctx, cancel := context.WithTimeout(context.Background(), flushTime)
		defer cancel()
		b := g.index.NewBatch()
		b.SetInternal(keyLayout, []byte(layout))
		if err := g.flush(ctx, b); err != nil {
			x.log.Warn("not all of the search index is on disk; the rest is made anew at the next start", "error", err)
		}
	}
	if err := g.close(); err != nil {
		return fmt.Errorf("close search index: %w", err)
	}
	return nil
}

// Cursor is the sequence number up to which the ledger can be searched.
func (x *Indexer) Cursor() int64 {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if x.cur == nil {
		return 0
	}
	return x.cur.cursor.Load()
}

// Run follows the ledger until ctx ends, and replaces an index that turns out
// to be damaged.
func (x *Indexer) Run(ctx context.Context) error {
	for {
		g, err := x.acquire()
		if err != nil {
			return err
		}
		err = x.follow(ctx, g, nil)
		g.readers.Done()
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case g.failed() != nil:
			if err := x.replace(ctx, g); err != nil {
				return err
			}
		case g.ctx.Err() != nil: // a rebuild has put another in its place
		default:
			return fmt.Errorf("follow ledger into search index: %w", err)
		}
	}
}

// CatchUp brings the index to where the ledger is now and returns: what a
// command does that searches while no Run is going on, which it must not be.
func (x *Indexer) CatchUp(ctx context.Context) error {
	for {
		g, err := x.acquire()
		if err != nil {
			return err
		}
		err = x.fill(ctx, g, x.ledger.Size(), nil)
		g.readers.Done()
		if g.failed() == nil || ctx.Err() != nil {
			return err
		}
		if err := x.replace(ctx, g); err != nil {
			return err
		}
	}
}

// acquire gives the current generation; the caller ends with readers.Done.
func (x *Indexer) acquire() (*generation, error) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if x.cur == nil {
		return nil, errors.New("the search index is closed")
	}
	x.cur.readers.Add(1)
	return x.cur, nil
}

// replace sets a damaged generation aside and puts an empty one in its place.
func (x *Indexer) replace(ctx context.Context, old *generation) error {
	g, err := x.create(ctx)
	if err == nil {
		err = x.point(g)
	}
	if err != nil {
		return fmt.Errorf("make a new search index: %w", err)
	}
	x.swap(g)
	if err := old.close(); err != nil {
		x.log.Warn("close damaged search index", "error", err)
	}
	aside, err := x.setAside(old.path)
	if err != nil {
		return err
	}
	x.log.Warn("search index is damaged and is made anew from the ledger", "reason", old.failed(), "aside", aside)
	return nil
}

func (x *Indexer) swap(g *generation) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.cur = g
}

// stamp is the time in the names of what is set aside.
func stamp() string { return time.Now().UTC().Format("20060102T150405.000Z") }
