package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"

	"modernc.org/sqlite"
)

const (
	// A step of CopyTo: long enough to cost nothing, short enough to stop at
	// once and to show progress. 4 MiB at SQLite's page size.
	copyPages = 1024
	// Steps between two syncs of the copy. Left to the end, one long sync held
	// the longest of the writer's commits up for 150 ms, like this for 20 ms.
	syncSteps = 4
)

// Size is how many bytes CopyTo would write now.
func (db *DB) Size(ctx context.Context) (bytes int64, err error) {
	err = db.read.QueryRowContext(ctx, `SELECT page_count * page_size FROM pragma_page_count, pragma_page_size`).Scan(&bytes)
	if err != nil {
		return 0, fmt.Errorf("size of %s: %w", db.path, err)
	}
	return bytes, nil
}

// CopyTo writes the database as it stands at one moment to a new file (mode
// 0600) and returns when that is on disk. Writers go on meanwhile: they never
// wait for it. The snapshot is held for as long as the copy takes, so the WAL
// grows by what is written in that time and is cut again by the next
// checkpoint. When ctx ends, the copy breaks off and what there is of it stays.
//
// It is SQLite's online backup and not VACUUM INTO: page by page, so that it is
// up to three times as fast, can be stopped, and takes a damaged page along
// instead of failing at it.
func (db *DB) CopyTo(ctx context.Context, path string, progress func(done, total int64)) error {
	if err := db.copyTo(ctx, path, progress); err != nil {
		return fmt.Errorf("copy %s to %s: %w", db.path, path, full(err))
	}
	return nil
}

func (db *DB) copyTo(ctx context.Context, path string, progress func(done, total int64)) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	err = db.snapshot(ctx, func(conn any) error { return copyAll(ctx, conn, path, f, progress) })
	return errors.Join(err, f.Sync(), f.Close())
}

// snapshot runs fn on a connection of its own whose view of the file stays the
// same. Copying without that would have to begin again after every commit of
// another connection (sqlite3_backup_step).
func (db *DB) snapshot(ctx context.Context, fn func(conn any) error) (err error) {
	pool, err := openReaders(db.path, "&mode=ro"+db.still)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, pool.Close()) }()
	conn, err := pool.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	tx, err := conn.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // it has written nothing
	// Only the first read takes the snapshot.
	if _, err := tx.ExecContext(ctx, `SELECT 1 FROM sqlite_schema LIMIT 1`); err != nil {
		return err
	}
	return conn.Raw(fn)
}

func copyAll(ctx context.Context, conn any, path string, f *os.File, progress func(done, total int64)) (err error) {
	// A copy that breaks off is thrown away, so it needs no journal; the file is
	// synced here.
	to, err := dsn(path, "&_pragma=journal_mode(OFF)&_pragma=synchronous(OFF)")
	if err != nil {
		return err
	}
	source, ok := conn.(interface {
		NewBackup(to string) (*sqlite.Backup, error)
	})
	if !ok {
		return errors.New("the driver cannot copy a database")
	}
	b, err := source.NewBackup(to)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Finish()) }()
	n := 0
	for more := true; more; {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if more, err = b.Step(copyPages); err != nil {
			return err
		}
		if n++; n%syncSteps == 0 {
			if err := f.Sync(); err != nil {
				return err
			}
		}
		if progress != nil {
			total := int64(b.PageCount())
			progress(total-int64(b.Remaining()), total)
		}
	}
	return nil
}
