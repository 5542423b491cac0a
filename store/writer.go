package store

import (
	"context"
	"database/sql"
	"fmt"
	"runtime/debug"
	"time"
)

// Priority orders waiting writes.
type Priority uint8

const (
	Urgent Priority = iota // live messages and alerts
	Bulk                   // imports and rebuilds
)

// A group is committed when nothing more is waiting or when it has been open
// this long: long enough to share one fsync among many small writes, short
// enough that nobody notices the wait.
const groupTime = 20 * time.Millisecond

type request struct {
	ctx  context.Context
	fn   func(*Tx) error
	done chan error
	err  error // of the function, told after the commit
}

// Write runs fn in the writer's next group and returns after the group is on
// disk. When fn returns an error or panics, what it wrote is rolled back, the
// rest of the group is not, and the error is returned. ctx ends the wait for
// a turn; once fn has started, Write waits for its outcome, so that the caller
// always knows it. On a full disk (ErrFull) the whole group is rolled back.
func (db *DB) Write(ctx context.Context, p Priority, fn func(*Tx) error) error {
	r := &request{ctx: ctx, fn: fn, done: make(chan error, 1)}
	queue := db.urgent
	if p == Bulk {
		queue = db.bulk
	}
	select {
	case queue <- r:
		return <-r.done
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-db.quit:
		return ErrClosed
	}
}

// BeforeCommit adds fn to what runs once at the end of every group, within its
// transaction. An error fails the whole group. Call it before the first Write.
func (db *DB) BeforeCommit(fn func(*Tx) error) { db.sealers = append(db.sealers, fn) }

// AfterCommit adds fn to what runs after every successful commit, before its
// writers hear back. Call it before the first Write.
func (db *DB) AfterCommit(fn func()) { db.committed = append(db.committed, fn) }

func (db *DB) run() {
	for {
		r := db.next(true)
		if r == nil {
			return
		}
		group, err := db.group(r)
		if err == nil {
			for _, fn := range db.committed {
				fn()
			}
		}
		for _, r := range group {
			if r.err == nil {
				r.err = err
			}
			r.done <- r.err
		}
		if err == nil {
			db.announce()
		}
	}
}

// next takes the most urgent waiting request; without wait, nil means that
// none is waiting, with it, that the database is closing.
func (db *DB) next(wait bool) *request {
	select {
	case r := <-db.urgent:
		return r
	case <-db.quit:
		return nil
	default:
	}
	if !wait {
		select {
		case r := <-db.urgent:
			return r
		case r := <-db.bulk:
			return r
		default:
			return nil
		}
	}
	select {
	case r := <-db.urgent:
		return r
	case r := <-db.bulk:
		return r
	case <-db.quit:
		return nil
	}
}

// group runs r and those that wait behind it in one transaction. It returns
// all that took part and the error of the commit.
func (db *DB) group(r *request) (group []*request, err error) {
	// The transaction belongs to no caller: one who leaves must not undo the
	// others' writes.
	tx := &Tx{db: db, ctx: context.Background()}
	if _, err := db.write.ExecContext(tx.ctx, `BEGIN IMMEDIATE`); err != nil {
		return []*request{r}, fmt.Errorf("begin: %w", full(err))
	}
	start := time.Now()
	for ; r != nil; r = db.next(false) {
		group = append(group, r)
		if r.err = full(tx.savepoint(r)); tx.broken != nil {
			break
		}
		if time.Since(start) > groupTime {
			break
		}
	}
	err = tx.broken
	for _, seal := range db.sealers {
		if err == nil {
			err = contain(func() error { return seal(tx) })
		}
	}
	if err == nil {
		err = tx.broken // a seal that went on regardless
	}
	if err == nil {
		_, err = db.write.ExecContext(tx.ctx, `COMMIT`)
	}
	if err != nil {
		_, _ = db.write.ExecContext(tx.ctx, `ROLLBACK`) // fails when SQLite already did
		tx.undo(0)
		return group, fmt.Errorf("commit: %w", full(err))
	}
	return group, nil
}

// Tx is the writer's transaction, valid within the function it was given to.
type Tx struct {
	db     *DB
	ctx    context.Context
	undos  []func()
	broken error // a savepoint could not be handled, or the disk is full: the whole group fails
}

func (tx *Tx) savepoint(r *request) error {
	if err := context.Cause(r.ctx); err != nil {
		return err
	}
	mark := len(tx.undos)
	if _, tx.broken = tx.Exec(`SAVEPOINT w`); tx.broken != nil {
		return tx.broken
	}
	err := contain(func() error { return r.fn(tx) })
	if _ = tx.outcome(err); tx.broken != nil {
		return err
	}
	if err != nil {
		if _, tx.broken = tx.Exec(`ROLLBACK TO w`); tx.broken != nil {
			return err
		}
		tx.undo(mark)
	}
	_, tx.broken = tx.Exec(`RELEASE w`)
	return err
}

// outcome notes that the disk is full. SQLite may have rolled the whole
// transaction back by itself then, with what others wrote in it, and whatever
// came after would commit on its own: so nothing more is run in this group.
func (tx *Tx) outcome(err error) error {
	if tx.broken == nil && err != nil && isFull(err) {
		tx.broken = full(err)
	}
	return err
}

// contain turns a panic into an error, so that one writer's mistake does not
// end collection. The value of the panic is left out: it may hold what a
// message said.
func contain(fn func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("write panicked (%T) at %s", p, debug.Stack())
		}
	}()
	return fn()
}

// OnRollback adds a function that undoes a change in memory if what the
// current function wrote is rolled back.
func (tx *Tx) OnRollback(undo func()) { tx.undos = append(tx.undos, undo) }

func (tx *Tx) undo(mark int) {
	for i := len(tx.undos) - 1; i >= mark; i-- {
		tx.undos[i]()
	}
	tx.undos = tx.undos[:mark]
}

func (tx *Tx) statement(query string) (*sql.Stmt, error) {
	if tx.broken != nil {
		return nil, tx.broken
	}
	if st := tx.db.statements[query]; st != nil {
		return st, nil
	}
	st, err := tx.db.write.PrepareContext(tx.ctx, query)
	if err == nil {
		tx.db.statements[query] = st
	}
	return st, tx.outcome(err)
}

// Exec runs a statement. Statements are prepared once and kept, so a query's
// text must be one of few.
func (tx *Tx) Exec(query string, args ...any) (sql.Result, error) {
	st, err := tx.statement(query)
	if err != nil {
		return nil, err
	}
	res, err := st.ExecContext(tx.ctx, args...)
	return res, tx.outcome(err)
}

// Query is Exec for rows; close them before the next statement.
func (tx *Tx) Query(query string, args ...any) (*sql.Rows, error) {
	st, err := tx.statement(query)
	if err != nil {
		return nil, err
	}
	rows, err := st.QueryContext(tx.ctx, args...)
	return rows, tx.outcome(err)
}

// Row reads at most one row into dest; found tells whether there was one.
func (tx *Tx) Row(query string, args []any, dest ...any) (found bool, err error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return false, err
	}
	defer rows.Close()
	if !rows.Next() {
		return false, rows.Err()
	}
	if err := rows.Scan(dest...); err != nil {
		return false, err
	}
	return true, rows.Err()
}
