package backup_test

import (
	"errors"
	"path/filepath"
	"testing"

	"stakeout/store"
)

// A disk that was full in between must leave no trace: the ledger goes on with
// the next number, and the backup of it is proven like any other.
func TestALedgerWhoseDiskWasFullIsSound(t *testing.T) {
	w := newWorld(t)
	pages := func(most string) {
		t.Helper()
		err := w.db.Write(t.Context(), store.Urgent, func(tx *store.Tx) error {
			_, err := tx.Row(`PRAGMA max_page_count=`+most, nil, new(int))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for round, most := range []string{"150", "300", "450"} {
		pages(most)
		var err error
		for err == nil {
			err = w.add(t.Context(), 7, 2000)
		}
		for range 20 { // nor does trying again
			if again := w.add(t.Context(), 7, 2000); again == nil || !errors.Is(err, store.ErrFull) || !errors.Is(again, store.ErrFull) {
				t.Fatalf("round %d: %v, then %v", round, err, again)
			}
		}
		pages("1000000")
		before := w.ledger.Size()
		if err := w.add(t.Context(), 1, 2000); err != nil {
			t.Fatal(err)
		}
		if got := w.ledger.Size(); got != before+1 {
			t.Errorf("round %d: entry %d follows %d", round, got, before)
		}
	}
	dir := filepath.Join(t.TempDir(), "backup")
	if _, err := w.make(t.Context(), dir, nil); err != nil {
		t.Fatal(err)
	}
	if err := check(t.Context(), dir); err != nil {
		t.Error(err)
	}
}
