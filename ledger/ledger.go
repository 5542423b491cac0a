// Package ledger is the record: what connectors saw, in the order in which it
// was stored, for ever.
//
// It promises: entries have dense numbers from 1 and are never changed or
// deleted; every entry is a leaf of one RFC 6962 Merkle tree that moves in the
// same transaction, as do connectors' checkpoints; the same message seen again
// adds no message; other content under a known identity is kept and marked.
// Payloads stand apart from the entries' headers and could be removed by a
// recorded purge without the tree ceasing to verify. It judges nothing and
// calls nobody: others follow it.
package ledger

import (
	"context"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"time"

	"stakeout/store"
)

// Ledger is open on a database. Its reading methods may be called from any
// goroutine; those that take a store.Tx only within a Write.
type Ledger struct {
	key
	db   *store.DB
	now  func() time.Time
	size atomic.Int64 // last committed sequence number

	// What follows belongs to the writer goroutine.
	next    int64 // sequence number of the next entry
	tree    tree
	pending []pendingEntry // of the open group
	codec   *encoder

	ids map[channelKey]int64

	recent recent
	decode *decoder
}

// Open loads the tree's head and the signing key (dir/ledger.key, made at
// first start with mode 0600). Migrations must have run on db, and no Write
// may have happened yet.
func Open(ctx context.Context, db *store.DB, dir string, now func() time.Time) (*Ledger, error) {
	l := &Ledger{db: db, now: now, ids: map[channelKey]int64{}}
	var err error
	if l.codec, err = newEncoder(); err == nil {
		l.decode, err = newDecoder()
	}
	if err != nil {
		return nil, fmt.Errorf("open ledger: %w", err)
	}
	var size int64
	if err := db.Read().QueryRowContext(ctx, `SELECT coalesce(max(seq), 0) FROM ledger_entry`).Scan(&size); err != nil {
		return nil, fmt.Errorf("open ledger: %w", err)
	}
	if l.key, err = readKey(filepath.Join(dir, keyFile), size == 0); err != nil {
		return nil, fmt.Errorf("open ledger: %w", err)
	}
	if err := l.tree.load(ctx, db, size); err != nil {
		return nil, fmt.Errorf("open ledger: %w", err)
	}
	l.next = size + 1
	l.size.Store(size)
	db.BeforeCommit(l.seal)
	db.AfterCommit(l.publish)
	return l, nil
}

const keyFile = "ledger.key"

// Inspect opens a ledger for Verify alone, also one so damaged that Open
// refuses it. db may be read-only; nothing is written or made. Without a
// readable key, Verify says that the signature could not be checked.
func Inspect(db *store.DB, dir string) (*Ledger, error) {
	l := &Ledger{db: db}
	var err error
	if l.decode, err = newDecoder(); err != nil {
		return nil, fmt.Errorf("inspect ledger: %w", err)
	}
	l.key, _ = readKey(filepath.Join(dir, keyFile), false)
	return l, nil
}

// Write runs fn in the database's single writer; see store.DB.Write.
func (l *Ledger) Write(ctx context.Context, p store.Priority, fn func(*store.Tx) error) error {
	return l.db.Write(ctx, p, fn)
}

// Size is the sequence number of the last entry on disk, 0 for none.
func (l *Ledger) Size() int64 { return l.size.Load() }

// Origin names this ledger among all ledgers; it is the first line of its
// checkpoints and the name of its key.
func (l *Ledger) Origin() string { return l.origin }

// publish makes the group's entries visible to followers.
func (l *Ledger) publish() {
	for _, p := range l.pending {
		l.recent.add(p.entry)
	}
	l.pending = l.pending[:0]
	l.size.Store(l.next - 1)
}

func micros(t time.Time) int64     { return t.UnixMicro() }
func fromMicros(n int64) time.Time { return time.UnixMicro(n).UTC() }
