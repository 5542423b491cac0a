package backup_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"stakeout/backup"
	"stakeout/ledger"
	"stakeout/message"
	"stakeout/store"
)

var start = time.Date(2026, 5, 3, 18, 10, 0, 0, time.UTC)

// world is a data directory with an open ledger.
type world struct {
	data   string
	db     *store.DB
	ledger *ledger.Ledger
	next   int
	source int64 // acquisition
	random *rand.ChaCha8
}

func openWorld(ctx context.Context, data string, migrations ...store.Migration) (*world, error) {
	db, err := store.Open(ctx, filepath.Join(data, "ledger.db"), slices.Concat(ledger.Migrations, migrations)...)
	if err != nil {
		return nil, err
	}
	w := &world{data: data, db: db, random: rand.NewChaCha8([32]byte{1})}
	if w.ledger, err = ledger.Open(ctx, db, data, func() time.Time { return start }); err != nil {
		return nil, err
	}
	return w, w.ledger.Write(ctx, store.Bulk, func(tx *store.Tx) (err error) {
		w.source, err = w.ledger.OpenAcquisition(tx, ledger.Acquisition{Kind: "import", Source: "a.json", Version: "test", Started: start})
		return err
	})
}

func newWorld(t testing.TB, migrations ...store.Migration) *world {
	t.Helper()
	w, err := openWorld(t.Context(), t.TempDir(), migrations...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.db.Close() })
	return w
}

// add stores messages whose native form has so many bytes that do not compress.
func (w *world) add(ctx context.Context, messages, bytes int) error {
	return w.ledger.Write(ctx, store.Bulk, func(tx *store.Tx) error {
		for range messages {
			w.next++
			native := make([]byte, bytes)
			_, _ = w.random.Read(native)
			_, err := w.ledger.Append(tx, &message.Observation{
				Kind: message.Posted, Via: message.Import, ID: fmt.Sprint(w.next), Text: fmt.Sprintf("nothing much, number %d", w.next), Acquisition: w.source, Format: "test",
				Channel: message.Channel{Platform: message.Discord, ID: "77", Name: "general"}, Author: message.Author{ID: "5", Handle: "ada"},
				Sent: message.Time{UTC: start}, Observed: start, Native: native,
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func (w *world) make(ctx context.Context, dir string, progress backup.Progress) (backup.Manifest, error) {
	return backup.Make(ctx, backup.Source{DB: w.db, Data: w.data, Version: "test", Settings: []byte("zone: UTC\n"), Now: start}, dir, progress)
}

// made is a backup of a small ledger, with the world it is of.
func made(t testing.TB, migrations ...store.Migration) (*world, string) {
	t.Helper()
	w := newWorld(t, migrations...)
	if err := w.add(t.Context(), 300, 100); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "backup")
	if _, err := w.make(t.Context(), dir, nil); err != nil {
		t.Fatal(err)
	}
	return w, dir
}

func check(ctx context.Context, dir string) error {
	_, err := backup.Check(ctx, dir, ledger.Migrations, nil)
	return err
}

func readFile(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func writeFile(t testing.TB, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func listing(t testing.TB, dir string) (names []string) {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		names = append(names, e.Name())
	}
	return names
}
