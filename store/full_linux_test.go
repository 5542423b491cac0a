package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"stakeout/store"
)

// A file system of 4 MiB fills up for real: SQLite meets ENOSPC where it
// writes, grows its shared memory and syncs.
func TestAFileSystemThatFillsUp(t *testing.T) {
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=4m"); err != nil {
		t.Skipf("a small file system cannot be mounted here: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 2<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), filepath.Join(dir, "x.db"), schema)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	stored, memory := 0, 0
	write := func(size int) error {
		err := db.Write(t.Context(), store.Bulk, func(tx *store.Tx) error {
			memory++
			tx.OnRollback(func() { memory-- })
			return insert(large[:size])(tx)
		})
		if err == nil {
			stored++
		}
		return err
	}
	for round := range 2 {
		// Large rows until the first does not fit, then small ones: the last
		// bytes of a disk are met at every place where SQLite writes.
		for _, size := range []int{100_000, 10_000, 1000, 10} {
			for err = nil; err == nil; {
				err = write(size)
			}
			if !errors.Is(err, store.ErrFull) {
				t.Fatalf("round %d, rows of %d bytes: %v", round, size, err)
			}
		}
		if round == 0 {
			if err := os.Remove(ballast); err != nil {
				t.Fatal(err)
			}
			if err := write(100_000); err != nil {
				t.Fatalf("with room again: %v", err)
			}
		}
	}
	var rows int
	var sound string
	if err := errors.Join(db.Read().QueryRow(`SELECT count(*) FROM t`).Scan(&rows), db.Read().QueryRow(`PRAGMA integrity_check`).Scan(&sound)); err != nil {
		t.Fatal(err)
	}
	if rows != stored || memory != stored || sound != "ok" {
		t.Errorf("%d rows in the file, %d in memory, %d told as stored; %s", rows, memory, stored, sound)
	}
}
