package store_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"stakeout/store"
)

var schema = store.Migration{Name: "test/1", SQL: `CREATE TABLE t(n INTEGER PRIMARY KEY, who TEXT); CREATE INDEX t_who ON t(who);`}

func open(t *testing.T, path string) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), path, schema)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func insert(who string) func(*store.Tx) error {
	return func(tx *store.Tx) error {
		_, err := tx.Exec(`INSERT INTO t(who) VALUES(?)`, who)
		return err
	}
}

func list(t *testing.T, db *store.DB) (got string) {
	t.Helper()
	if err := db.Read().QueryRow(`SELECT coalesce(group_concat(who, ' '), '') FROM (SELECT who FROM t ORDER BY n)`).Scan(&got); err != nil {
		t.Fatal(err)
	}
	return got
}

func TestMigrationsRunOnceAndWritesSurviveReopening(t *testing.T) {
	path := filepath.Join(t.TempDir(), "odd name?%20#.db")
	db := open(t, path)
	if err := db.Write(t.Context(), store.Bulk, insert("a")); err != nil {
		t.Fatal(err)
	}
	db.Close()
	if got := list(t, open(t, path)); got != "a" {
		t.Error(got)
	}
}

func TestUrgentWritesGoBeforeBulkOnes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "x.db"), schema)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		hold := make(chan struct{})
		var wg sync.WaitGroup
		wg.Go(func() {
			_ = db.Write(t.Context(), store.Bulk, func(tx *store.Tx) error { <-hold; return insert("first")(tx) })
		})
		synctest.Wait() // the writer is held within a group
		for range 3 {
			wg.Go(func() { _ = db.Write(t.Context(), store.Bulk, insert("bulk")) })
		}
		wg.Go(func() { _ = db.Write(t.Context(), store.Urgent, insert("urgent")) })
		synctest.Wait() // all of them wait
		if got := list(t, db); got != "" {
			t.Errorf("a reader sees %q of an open group", got)
		}
		close(hold)
		wg.Wait()
		if got := list(t, db); got != "first urgent bulk bulk bulk" {
			t.Error(got)
		}
	})
}

func TestAFailingOrPanickingWriteUndoesItselfAlone(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "x.db"))
	boom := errors.New("boom")
	undone := 0
	bad := func(end func() error) func(*store.Tx) error {
		return func(tx *store.Tx) error {
			tx.OnRollback(func() { undone++ })
			if err := insert("bad")(tx); err != nil {
				return err
			}
			return end()
		}
	}
	if err := db.Write(t.Context(), store.Bulk, insert("a")); err != nil {
		t.Fatal(err)
	}
	if err := db.Write(t.Context(), store.Bulk, bad(func() error { return boom })); !errors.Is(err, boom) {
		t.Error(err)
	}
	if err := db.Write(t.Context(), store.Bulk, bad(func() error { panic("text of a message") })); err == nil || strings.Contains(err.Error(), "text of a message") {
		t.Error(err)
	}
	if err := db.Write(t.Context(), store.Bulk, insert("b")); err != nil {
		t.Fatal(err)
	}
	if got := list(t, db); got != "a b" || undone != 2 {
		t.Error(got, undone)
	}
}

func TestASealThatFailsUndoesTheGroup(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "x.db"))
	boom := errors.New("boom")
	fail, undone := true, false
	db.BeforeCommit(func(*store.Tx) error {
		if fail {
			return boom
		}
		return nil
	})
	err := db.Write(t.Context(), store.Bulk, func(tx *store.Tx) error {
		tx.OnRollback(func() { undone = true })
		return insert("a")(tx)
	})
	if !errors.Is(err, boom) || !undone || list(t, db) != "" {
		t.Error(err, undone, list(t, db))
	}
	fail = false
	if err := db.Write(t.Context(), store.Bulk, insert("b")); err != nil || list(t, db) != "b" {
		t.Error(err, list(t, db))
	}
}

func TestChangedIsClosedByTheNextCommit(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "x.db"))
	changed := db.Changed()
	if err := db.Write(t.Context(), store.Urgent, insert("a")); err != nil {
		t.Fatal(err)
	}
	<-changed
}

func TestWriteEndsWithItsContextAndWithTheDatabase(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "x.db"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := db.Write(ctx, store.Bulk, insert("a")); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	db.Close()
	if err := db.Write(t.Context(), store.Bulk, insert("a")); !errors.Is(err, store.ErrClosed) {
		t.Error(err)
	}
}

func TestReadersCannotWrite(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "x.db"))
	if _, err := db.Read().Exec(`INSERT INTO t(who) VALUES('x')`); err == nil {
		t.Error("a reader wrote")
	}
}
