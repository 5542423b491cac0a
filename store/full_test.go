package store_test

import (
	"bytes"
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"

	"stakeout/store"
)

// limit sets how many pages the file may have; beyond, SQLite says SQLITE_FULL.
func limit(t *testing.T, db *store.DB, pages string) {
	t.Helper()
	err := db.Write(t.Context(), store.Urgent, func(tx *store.Tx) error {
		var n int
		_, err := tx.Row(`PRAGMA max_page_count=`+pages, nil, &n)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

var large = string(bytes.Repeat([]byte("x"), 1<<20))

func TestAFullDiskUndoesTheGroupAndTheNextWriteWorks(t *testing.T) {
	// Whether a statement that fails takes the whole transaction with it is
	// SQLite's choice; the second of these may leave several rows half written.
	for name, fill := range map[string]func(*store.Tx) error{
		"one row":           insert(large),
		"many rows":         func(tx *store.Tx) error { return exec(tx, `INSERT INTO t(who) SELECT ? FROM t, t, t, t`, large[:4000]) },
		"the error ignored": func(tx *store.Tx) error { _ = insert(large)(tx); return nil },
		"and more after it": func(tx *store.Tx) error { _ = insert(large)(tx); return insert("stray")(tx) },
		"through a row": func(tx *store.Tx) error {
			_, err := tx.Row(`INSERT INTO t(who) VALUES(?) RETURNING n`, []any{large}, new(int))
			return err
		},
		"through the rows": returning,
		"in an inner select": func(tx *store.Tx) error {
			return exec(tx, `CREATE TABLE u AS SELECT ? AS a FROM t, t, t, t`, large[:4000])
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "x.db"), schema)
				if err != nil {
					t.Fatal(err)
				}
				defer db.Close()
				for range 6 {
					if err := db.Write(t.Context(), store.Bulk, insert("a")); err != nil {
						t.Fatal(err)
					}
				}
				limit(t, db, "20")

				// Three writes share a group; the second fills the disk.
				hold := make(chan struct{})
				undone := map[string]bool{}
				var wg sync.WaitGroup
				errs := map[string]error{}
				var mu sync.Mutex
				write := func(who string, fn func(*store.Tx) error) {
					wg.Go(func() {
						err := db.Write(t.Context(), store.Bulk, func(tx *store.Tx) error {
							tx.OnRollback(func() { undone[who] = true })
							return fn(tx)
						})
						mu.Lock()
						defer mu.Unlock()
						errs[who] = err
					})
					synctest.Wait()
				}
				write("first", func(tx *store.Tx) error { <-hold; return insert("first")(tx) })
				write("second", fill)
				close(hold)
				wg.Wait()
				for _, who := range []string{"first", "second"} {
					if !errors.Is(errs[who], store.ErrFull) || !undone[who] {
						t.Errorf("%s: undone %v, %v", who, undone[who], errs[who])
					}
				}
				if got := list(t, db); got != "a a a a a a" {
					t.Errorf("the table holds %.60q", got)
				}
				if err := db.Write(t.Context(), store.Bulk, insert("small")); err != nil {
					t.Errorf("what fits: %v", err)
				}
				limit(t, db, "100000")
				if err := db.Write(t.Context(), store.Bulk, insert("again")); err != nil {
					t.Errorf("with room: %v", err)
				}
				if got := list(t, db); got != "a a a a a a small again" {
					t.Errorf("the table holds %.60q", got)
				}
			})
		})
	}
}

func exec(tx *store.Tx, query string, args ...any) error {
	_, err := tx.Exec(query, args...)
	return err
}

func returning(tx *store.Tx) error {
	rows, err := tx.Query(`INSERT INTO t(who) SELECT ? FROM t, t, t, t RETURNING n`, large[:4000])
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
	}
	return rows.Err()
}

func TestASealThatFindsTheDiskFullUndoesTheGroup(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "x.db"))
	seal := func(*store.Tx) error { return nil }
	db.BeforeCommit(func(tx *store.Tx) error { return seal(tx) })
	limit(t, db, "20")
	seal = insert(large)
	undone := false
	err := db.Write(t.Context(), store.Bulk, func(tx *store.Tx) error {
		tx.OnRollback(func() { undone = true })
		return insert("a")(tx)
	})
	if !errors.Is(err, store.ErrFull) || !undone || list(t, db) != "" {
		t.Error(err, undone, list(t, db))
	}
	seal = func(*store.Tx) error { return nil }
	if err := db.Write(t.Context(), store.Bulk, insert("b")); err != nil || list(t, db) != "b" {
		t.Error(err, list(t, db))
	}
}

func TestOtherErrorsAreNotAFullDisk(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "x.db"))
	for _, query := range []string{`INSERT INTO t(n) VALUES('no number')`, `INSERT INTO missing VALUES(1)`} {
		if err := db.Write(t.Context(), store.Bulk, func(tx *store.Tx) error { return exec(tx, query) }); err == nil || errors.Is(err, store.ErrFull) {
			t.Errorf("%s: %v", query, err)
		}
	}
}
