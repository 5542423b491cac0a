package store_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"stakeout/store"
)

// Every write adds one row here and one there: a copy that holds one without
// the other was not taken at one moment.
func pair(tx *store.Tx) error {
	if err := insert(large[:3000])(tx); err != nil {
		return err
	}
	return exec(tx, `INSERT INTO twin(n) SELECT max(n) FROM t`)
}

func TestACopyIsOfOneMomentWhileWritesGoOn(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "x.db")
	twin := store.Migration{Name: "test/2", SQL: `CREATE TABLE twin(n INTEGER PRIMARY KEY)`}
	db, err := store.Open(t.Context(), path, schema, twin)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for range 3000 { // several steps of the copy
		if err := db.Write(t.Context(), store.Bulk, pair); err != nil {
			t.Fatal(err)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	var writer sync.WaitGroup
	writer.Go(func() {
		for db.Write(ctx, store.Urgent, pair) == nil {
		}
	})
	// Between two steps of the copy the writer must get on.
	before, steps := count(t, db, "t"), 0
	err = db.CopyTo(t.Context(), filepath.Join(dir, "copy.db"), func(done, total int64) {
		if steps++; done < total {
			<-db.Changed()
		}
	})
	stop()
	writer.Wait()
	if err != nil {
		t.Fatal(err)
	}
	if steps < 3 {
		t.Errorf("the copy took %d steps", steps)
	}
	copied, err := store.OpenStill(filepath.Join(dir, "copy.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer copied.Close()
	if n, twins := count(t, copied, "t"), count(t, copied, "twin"); n != twins || n < before || n == count(t, db, "t") {
		t.Errorf("%d rows before, %d in the copy with %d twins, %d after", before, n, twins, count(t, db, "t"))
	}
	var sound string
	if err := copied.Read().QueryRow(`PRAGMA integrity_check`).Scan(&sound); err != nil || sound != "ok" {
		t.Error(sound, err)
	}
	if s, err := copied.Schema(t.Context(), schema, twin); err != nil || len(s.Applied) != 2 || s.Older() || copied.Newer(s) != nil {
		t.Errorf("%+v, %v", s, err)
	}
	names, err := filepath.Glob(filepath.Join(dir, "copy.db*"))
	if err != nil || len(names) != 1 {
		t.Errorf("beside the copy stand %v", names)
	}
	if st, err := os.Stat(names[0]); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", st.Mode(), err)
	}
	// Nothing holds the old snapshot any more: the WAL can be emptied.
	var busy, pages, moved int
	if err := db.Write(t.Context(), store.Bulk, insert("x")); err != nil {
		t.Fatal(err)
	}
	if err := db.Read().QueryRow(`PRAGMA wal_checkpoint(FULL)`).Scan(&busy, &pages, &moved); err != nil || busy != 0 || pages != moved {
		t.Errorf("checkpoint: busy %d, %d of %d pages, %v", busy, moved, pages, err)
	}
}

func count(t *testing.T, db *store.DB, table string) (n int) {
	t.Helper()
	if err := db.Read().QueryRow(`SELECT count(*) FROM ` + table).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestACopyStopsAndOverwritesNothing(t *testing.T) {
	dir := t.TempDir()
	db := open(t, filepath.Join(dir, "x.db"))
	for range 8 {
		if err := db.Write(t.Context(), store.Bulk, insert(large)); err != nil {
			t.Fatal(err)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	err := db.CopyTo(ctx, filepath.Join(dir, "half.db"), func(done, total int64) {
		if done == total {
			t.Error("it went on to the end")
		}
		stop()
	})
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if err := db.CopyTo(t.Context(), filepath.Join(dir, "half.db"), nil); !errors.Is(err, fs.ErrExist) {
		t.Error(err)
	}
	if err := db.CopyTo(t.Context(), filepath.Join(dir, "x.db"), nil); !errors.Is(err, fs.ErrExist) {
		t.Error(err)
	}
}
