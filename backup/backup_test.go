package backup_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"stakeout/backup"
	"stakeout/ledger"
	"stakeout/store"
)

func TestABackupMadeWhileOthersWriteIsProven(t *testing.T) {
	w := newWorld(t)
	for range 12 {
		if err := w.add(t.Context(), 10, 100_000); err != nil {
			t.Fatal(err)
		}
	}
	before := w.ledger.Size()
	ctx, stop := context.WithCancel(t.Context())
	var writer sync.WaitGroup
	writer.Go(func() {
		for w.add(ctx, 3, 500) == nil {
		}
	})
	dir := filepath.Join(t.TempDir(), "backup")
	m, err := w.make(t.Context(), dir, func(step string, done, total int64, _ string) {
		if step == "backup" && done < total {
			<-w.db.Changed() // a commit between two steps of the copy
		}
	})
	stop()
	writer.Wait()
	if err != nil {
		t.Fatal(err)
	}
	if m.Entries < before || m.Entries >= w.ledger.Size() {
		t.Errorf("%d entries before, %d in the backup, %d after", before, m.Entries, w.ledger.Size())
	}
	if got := strings.Join(listing(t, dir), " "); got != "SHA256SUMS config.yaml ledger.db ledger.key ledger.pub manifest.json" {
		t.Error(got)
	}
	for _, name := range append(listing(t, dir), ".") {
		if st, err := os.Stat(filepath.Join(dir, name)); err != nil || st.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v, %v", name, st.Mode(), err)
		}
	}
	told := map[string]bool{}
	again, err := backup.Check(t.Context(), dir, ledger.Migrations, func(step string, _, _ int64, _ string) { told[step] = true })
	if err != nil || again.Checkpoint != m.Checkpoint || !told["hashes"] || !told["verify"] {
		t.Errorf("%v, %v, %+v", err, told, again)
	}
	if got := len(listing(t, dir)); got != 6 {
		t.Errorf("checking left %v", listing(t, dir))
	}
	// The running ledger still stands on what the backup was made at.
	if err := w.ledger.VerifyCheckpoint(t.Context(), []byte(m.Checkpoint)); err != nil {
		t.Error(err)
	}
}

func TestAnEmptyLedgerCanBeKept(t *testing.T) {
	data, dir := t.TempDir(), t.TempDir()
	db, err := store.Open(t.Context(), filepath.Join(data, "ledger.db"), ledger.Migrations...)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := ledger.Open(t.Context(), db, data, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := backup.Make(t.Context(), backup.Source{DB: db, Data: data, Now: start}, dir, nil); err != nil {
		t.Fatal(err)
	}
	if err := check(t.Context(), dir); err != nil {
		t.Error(err)
	}
}

func TestABackupTouchesNothingThatIsThere(t *testing.T) {
	w := newWorld(t)
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "letter.txt"), []byte("mine"))
	if _, err := w.make(t.Context(), dir, nil); err == nil || !strings.Contains(err.Error(), "letter.txt") {
		t.Error(err)
	}
	if _, err := w.make(t.Context(), filepath.Join(dir, "missing", "backup"), nil); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	if _, err := w.make(t.Context(), filepath.Join(dir, "letter.txt"), nil); err == nil {
		t.Error("it took a file for a folder")
	}
	if got := listing(t, dir); !slices.Equal(got, []string{"letter.txt"}) {
		t.Error(got)
	}
}

func TestABackupThatIsStoppedOrFailsLeavesNothing(t *testing.T) {
	w := newWorld(t)
	if err := w.add(t.Context(), 100, 100_000); err != nil {
		t.Fatal(err)
	}
	for _, at := range []string{"backup", "hashes"} {
		for _, there := range []bool{true, false} {
			dir := filepath.Join(t.TempDir(), "backup")
			if there {
				if err := os.Mkdir(dir, 0o755); err != nil {
					t.Fatal(err)
				}
			}
			ctx, stop := context.WithCancel(t.Context())
			_, err := w.make(ctx, dir, func(step string, _, _ int64, _ string) {
				if step == at {
					stop()
				}
			})
			stop()
			if !errors.Is(err, context.Canceled) {
				t.Errorf("stopped at %s: %v", at, err)
			}
			if _, err := os.Stat(dir); there != (err == nil) {
				t.Errorf("stopped at %s: folder there before: %v; after: %v", at, there, err)
			}
			if there && len(listing(t, dir)) > 0 {
				t.Errorf("stopped at %s: left %v", at, listing(t, dir))
			}
		}
	}
	if err := os.Remove(filepath.Join(w.data, "ledger.key")); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "backup")
	if _, err := w.make(t.Context(), dir, nil); err == nil || !strings.Contains(err.Error(), "ledger.key") {
		t.Errorf("without the key: %v", err)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("the folder of a failed backup stays")
	}
}
