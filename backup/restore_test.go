package backup_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"stakeout/backup"
	"stakeout/ledger"
)

func restore(ctx context.Context, dir, data string, progress backup.Progress) error {
	_, err := backup.Restore(ctx, dir, data, ledger.Migrations, progress)
	return err
}

func TestARestoredLedgerGoesOn(t *testing.T) {
	w, dir := made(t)
	data := t.TempDir()
	writeFile(t, filepath.Join(data, "lock"), nil) // of who restores
	if err := restore(t.Context(), dir, data, nil); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(listing(t, data), " "); got != "ledger.db ledger.key ledger.pub lock" {
		t.Error(got)
	}
	if st, err := os.Stat(filepath.Join(data, "ledger.key")); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", st.Mode(), err)
	}
	again, err := openWorld(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	defer again.db.Close()
	again.next = w.next
	if err := again.add(t.Context(), 5, 10); err != nil {
		t.Fatal(err)
	}
	if rep, err := again.ledger.Verify(t.Context(), nil); err != nil || len(rep.Problems) > 0 || rep.Size != w.ledger.Size()+6 {
		t.Errorf("%+v, %v", rep, err)
	}
	// Nothing may be put over it.
	if err := restore(t.Context(), dir, data, nil); err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Error(err)
	}
}

func TestABadBackupIsNotRestored(t *testing.T) {
	_, dir := made(t)
	path := filepath.Join(dir, "ledger.db")
	b := readFile(t, path)
	b[len(b)/2] ^= 1
	writeFile(t, path, b)
	data := t.TempDir()
	named(t, restore(t.Context(), dir, data, nil), "ledger.db")
	if got := listing(t, data); len(got) > 0 {
		t.Error(got)
	}
}

func TestARestoreThatIsBrokenOffIsNoLedger(t *testing.T) {
	_, dir := made(t)
	data := t.TempDir()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	half := false
	err := restore(ctx, dir, data, func(step string, _, _ int64, _ string) {
		if step == "restore" {
			half, _ = backup.Unfinished(data)
			stop()
		}
	})
	if !errors.Is(err, context.Canceled) || !half || len(listing(t, data)) > 0 {
		t.Errorf("stopped: %v, unfinished meanwhile %v, left %v", err, half, listing(t, data))
	}
	// After a kill the files stand there under other names, and do not hinder
	// the next attempt.
	for _, name := range []string{"ledger.db.restoring", "ledger.key.restoring", "other.restoring"} {
		writeFile(t, filepath.Join(data, name), []byte("half"))
	}
	if broken, err := backup.Unfinished(data); !broken || err != nil {
		t.Error(broken, err)
	}
	if err := restore(t.Context(), dir, data, nil); err != nil {
		t.Fatal(err)
	}
	if broken, err := backup.Unfinished(data); broken || err != nil || slices.Contains(listing(t, data), "other.restoring") {
		t.Error(broken, err, listing(t, data))
	}
}
