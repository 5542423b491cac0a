// Package store opens the one SQLite file that everything durable stands in,
// and is its single writer.
//
// It promises: a write is on disk when Write returns nil (WAL with
// synchronous=FULL), writes are never interleaved, urgent writes go before
// bulk ones, and readers are never blocked by the writer. It knows nothing of
// what the tables mean: each part brings its own migrations and statements.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	_ "modernc.org/sqlite" // the driver, in pure Go
)

// ErrClosed is what Write returns once the database is being closed.
var ErrClosed = errors.New("the database is closed")

// DB is the open file. Its methods may be called from any goroutine.
type DB struct {
	path  string
	still string    // parameter of every connection where the file is still
	write *sql.Conn // used by the writer goroutine alone
	pool  *sql.DB   // owns write
	read  *sql.DB

	urgent, bulk chan *request
	quit         chan struct{}
	done         sync.WaitGroup
	closing      atomic.Bool
	statements   map[string]*sql.Stmt // writer goroutine only
	sealers      []func(*Tx) error
	committed    []func()

	mu      sync.Mutex
	changed chan struct{}
}

const readers = 4 // SQLite readers run in parallel; more than this only adds memory on two cores

// Open opens or creates the file (mode 0600), runs the migrations that it has
// not seen and starts the writer. A file of a newer version is left alone: the
// error is a *NewerError.
func Open(ctx context.Context, path string, migrations ...Migration) (*DB, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	db := &DB{
		path: path, urgent: make(chan *request), bulk: make(chan *request), quit: make(chan struct{}),
		statements: map[string]*sql.Stmt{}, changed: make(chan struct{}),
	}
	if err := db.open(ctx, path); err != nil {
		return nil, errors.Join(fmt.Errorf("open database %s: %w", path, err), db.closePools())
	}
	if err := db.migrate(ctx, migrations); err != nil {
		return nil, errors.Join(fmt.Errorf("open database %s: %w", path, err), db.closePools())
	}
	db.done.Go(db.run)
	return db, nil
}

// OpenReadOnly opens an existing file for reading alone: nothing is made or
// migrated, and Write must not be called. Whoever relies on what the tables
// mean asks Schema first.
func OpenReadOnly(path string) (*DB, error) { return openExisting(path, "") }

// OpenStill is OpenReadOnly for a file that nobody else has open, a copy from
// CopyTo for one: SQLite takes no lock and makes no file beside it, so that the
// folder may be read-only.
func OpenStill(path string) (*DB, error) { return openExisting(path, "&immutable=1") }

func openExisting(path, still string) (*DB, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	db := &DB{path: path, still: still, quit: make(chan struct{}), changed: make(chan struct{})}
	var err error
	if db.read, err = openReaders(path, "&mode=ro"+still); err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	return db, nil
}

const pragmas = "_pragma=busy_timeout(10000)&_pragma=foreign_keys(1)&_pragma=temp_store(2)"

// dsn names the file for the driver. The path goes through url.URL so that "?"
// and "%" in a directory's name are not taken for parameters.
func dsn(path, params string) (string, error) {
	abs, err := filepath.Abs(path)
	return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: abs}).EscapedPath()}).String() + "?" + pragmas + params, err
}

func openReaders(path, params string) (*sql.DB, error) {
	name, err := dsn(path, "&_pragma=query_only(1)&_pragma=cache_size(-4096)"+params)
	if err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", name)
	if err == nil {
		db.SetMaxOpenConns(readers)
		db.SetMaxIdleConns(readers)
	}
	return db, err
}

func (db *DB) open(ctx context.Context, path string) error {
	name, err := dsn(path, "&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=cache_size(-32768)&_pragma=wal_autocheckpoint(4000)&_pragma=journal_size_limit(67108864)")
	if err != nil {
		return err
	}
	if db.pool, err = sql.Open("sqlite", name); err != nil {
		return err
	}
	if db.write, err = db.pool.Conn(ctx); err != nil {
		return err
	}
	db.read, err = openReaders(path, "")
	return err
}

// Read is a pool of connections that cannot write. Whoever waits for anything
// must not hold a transaction or rows of it: an old snapshot keeps the WAL
// from being checkpointed.
func (db *DB) Read() *sql.DB { return db.read }

// Changed returns a channel that is closed after the next commit. Take it
// before looking, so that no commit falls between the look and the wait.
func (db *DB) Changed() <-chan struct{} {
	db.mu.Lock()
	defer db.mu.Unlock()
	return db.changed
}

func (db *DB) announce() {
	db.mu.Lock()
	defer db.mu.Unlock()
	close(db.changed)
	db.changed = make(chan struct{})
}

// Close finishes the group being written, refuses what is still queued and
// closes the file.
func (db *DB) Close() error {
	if db.closing.Swap(true) {
		return nil
	}
	close(db.quit)
	db.done.Wait()
	return db.closePools()
}

func (db *DB) closePools() error {
	var errs []error
	for _, st := range db.statements {
		errs = append(errs, st.Close())
	}
	if db.read != nil {
		errs = append(errs, db.read.Close())
	}
	if db.write != nil {
		errs = append(errs, db.write.Close())
	}
	if db.pool != nil {
		errs = append(errs, db.pool.Close())
	}
	return errors.Join(errs...)
}
