package backup_test

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"stakeout/backup"
	"stakeout/ledger"
	"stakeout/store"
)

// named wants one line that says that the backup is bad and names the file.
func named(t *testing.T, err error, name string) {
	t.Helper()
	var bad *backup.BadError
	if !errors.As(err, &bad) || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), name) {
		t.Errorf("%s: %v", name, err)
	}
}

func TestEveryChangeOfAFileIsFoundAndNamed(t *testing.T) {
	_, dir := made(t)
	r := rand.New(rand.NewPCG(1, 1))
	for _, name := range listing(t, dir) {
		path := filepath.Join(dir, name)
		whole := readFile(t, path)
		spoil := func(b []byte) {
			t.Helper()
			writeFile(t, path, b)
			named(t, check(t.Context(), dir), name)
		}
		for i := range 40 {
			at := r.IntN(len(whole))
			if i == 0 {
				at = 0
			} else if i == 1 {
				at = len(whole) - 1
			}
			b := slices.Clone(whole)
			b[at] ^= 1 << r.IntN(8)
			spoil(b)
		}
		spoil(whole[:len(whole)-1])
		spoil(append(slices.Clone(whole), '\n'))
		spoil(nil)
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		named(t, check(t.Context(), dir), name)
		if err := os.Symlink("/etc/hostname", path); err != nil {
			t.Fatal(err)
		}
		named(t, check(t.Context(), dir), name)
		if err := errors.Join(os.Remove(path), os.Mkdir(path, 0o700)); err != nil {
			t.Fatal(err)
		}
		named(t, check(t.Context(), dir), name)
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		writeFile(t, path, whole)
		if err := check(t.Context(), dir); err != nil {
			t.Fatalf("%s put back as it was: %v", name, err)
		}
	}
	// What stands beside a backup is none of its business.
	writeFile(t, filepath.Join(dir, "note.txt"), []byte("made on Sunday"))
	if err := check(t.Context(), dir); err != nil {
		t.Error(err)
	}
}

func TestOtherVersions(t *testing.T) {
	later := store.Migration{Name: "later/1", SQL: `CREATE TABLE later(x); CREATE INDEX later_sent ON ledger_entry(sent)`}
	_, newer := made(t, later)
	var version *store.NewerError
	if err := check(t.Context(), newer); !errors.As(err, &version) || !strings.Contains(err.Error(), "later/1") {
		t.Errorf("a newer one: %v", err)
	}
	_, older := made(t)
	before := readFile(t, filepath.Join(older, "ledger.db"))
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	if _, err := backup.Check(t.Context(), older, append(slices.Clone(ledger.Migrations), later), nil); err != nil {
		t.Errorf("an older one: %v", err)
	}
	broken := store.Migration{Name: "later/2", SQL: `DROP TABLE no_such_table`}
	_, err := backup.Check(t.Context(), older, append(slices.Clone(ledger.Migrations), later, broken), nil)
	named(t, err, "cannot be migrated")
	if after := readFile(t, filepath.Join(older, "ledger.db")); !slices.Equal(before, after) || len(listing(t, older)) != 6 || len(listing(t, tmp)) != 0 {
		t.Errorf("checking an older one left %v and %v", listing(t, older), listing(t, tmp))
	}
}
