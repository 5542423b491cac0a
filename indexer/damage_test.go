package indexer_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"stakeout/indexer"
	"stakeout/message"
)

// filled gives a world with an index on disk of so many messages.
func filled(t *testing.T, n int) *world {
	t.Helper()
	w := newWorld(t)
	var os []*message.Observation
	for i := range n {
		os = append(os, posted(i, fmt.Sprintf("tern number %d", i)))
	}
	w.add(os...)
	x := w.open(nil)
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	return w
}

func aside(t *testing.T, w *world) []string {
	t.Helper()
	found, err := filepath.Glob(w.path() + ".damaged-*")
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func glob(t *testing.T, w *world, pattern string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(w.path(), pattern))
	if err != nil || len(found) == 0 {
		t.Fatalf("no %s in the index: %v", pattern, err)
	}
	return found[0]
}

func TestDamagedIndexIsSetAsideAndMadeAnew(t *testing.T) {
	truncate := func(part int64) func(*testing.T, string) {
		return func(t *testing.T, path string) {
			info, err := os.Stat(path)
			if err == nil {
				err = os.Truncate(path, info.Size()/100*part)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	garble := func(from, to int) func(*testing.T, string) { // in hundredths
		return func(t *testing.T, path string) {
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for i := len(b) * from / 100; i < len(b)*to/100; i++ {
				b[i] ^= 0x5a
			}
			if err := os.WriteFile(path, b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	remove := func(t *testing.T, path string) {
		if err := os.RemoveAll(path); err != nil {
			t.Fatal(err)
		}
	}
	write := func(s string) func(*testing.T, string) {
		return func(t *testing.T, path string) {
			if err := os.WriteFile(path, []byte(s), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, c := range map[string]struct {
		file  string
		harm  func(*testing.T, string)
		aside bool
	}{
		"segment truncated":    {"*/store/*.zap", truncate(50), false},
		"segment emptied":      {"*/store/*.zap", truncate(0), false},
		"segment garbled":      {"*/store/*.zap", garble(0, 100), false},
		"segment bits flipped": {"*/store/*.zap", garble(40, 41), false},
		"segment missing":      {"*/store/*.zap", remove, false},
		"root truncated":       {"*/store/root.bolt", truncate(30), true},
		"root emptied":         {"*/store/root.bolt", truncate(0), true},
		"root garbled":         {"*/store/root.bolt", garble(0, 100), true},
		"root garbled behind":  {"*/store/root.bolt", garble(25, 100), false},
		"root missing":         {"*/store/root.bolt", remove, true},
		"store missing":        {"*/store", remove, true},
		"meta garbled":         {"*/index_meta.json", garble(0, 100), true},
		"meta missing":         {"*/index_meta.json", remove, true},
		"generation missing":   {"0*", remove, false},
		"pointer garbled":      {"current", write("../../etc"), true},
		"pointer to nothing":   {"current", write("000099\n"), false},
		"foreign folder": {"current", func(t *testing.T, path string) {
			remove(t, path)
			write("notes")(t, filepath.Join(filepath.Dir(path), "notes.txt"))
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := filled(t, 300)
			c.harm(t, glob(t, w, c.file))
			x := w.open(nil)
			wantFound(t, x, `"tern number 7"`, "07")
			if got := len(find(t, x, "tern")); got != 300 {
				t.Errorf("%d messages after damage, want 300", got)
			}
			// With a segment of the newest snapshot gone, Bleve may still have
			// the one before, whose cursor is older; that is no less right.
			if n := len(aside(t, w)); n > 1 || n == 0 && c.aside {
				t.Errorf("set aside: %v", aside(t, w))
			}
		})
	}
}

func TestIndexOfAnotherLedgerIsNotUsed(t *testing.T) {
	w, other := filled(t, 5), filled(t, 9)
	if err := os.RemoveAll(w.path()); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(w.path(), os.DirFS(other.path())); err != nil {
		t.Fatal(err)
	}
	if got := len(find(t, w.open(nil), "tern")); got != 5 {
		t.Errorf("%d messages, want 5", got)
	}
	if len(aside(t, w)) != 1 {
		t.Errorf("set aside: %v", aside(t, w))
	}
}

func TestLedgerPutBackFromACopy(t *testing.T) {
	w := filled(t, 5)
	// The same ledger grows on in two ways; the index follows one of them.
	fork := &world{t: t, dir: t.TempDir()}
	if err := os.CopyFS(fork.dir, os.DirFS(w.dir)); err != nil {
		t.Fatal(err)
	}
	fork.reopen()
	w.add(posted(50, "tern of the first course"), posted(51, "tern"))
	x := w.open(nil)
	x.Close()
	for _, more := range []int{0, 3} { // the index is ahead; the ledgers are level
		t.Run(fmt.Sprint(more), func(t *testing.T) {
			if err := os.RemoveAll(fork.path()); err != nil {
				t.Fatal(err)
			}
			if err := os.CopyFS(fork.path(), os.DirFS(w.path())); err != nil {
				t.Fatal(err)
			}
			for i := range more {
				fork.add(posted(60+i, "tern of the second course"))
			}
			y := fork.open(nil)
			defer y.Close()
			wantFound(t, y, "first", "")
			if got := len(find(t, y, "tern")); got != 5+more {
				t.Errorf("%d messages, want %d", got, 5+more)
			}
		})
	}
}

// An index that is left without closing, as by kill -9, is found at an earlier
// cursor and catches up.
func TestAbandonedIndexCatchesUp(t *testing.T) {
	w := newWorld(t)
	x := w.open(nil)
	for round := range 20 {
		for i := range 7 {
			w.add(posted(round*10+i, fmt.Sprintf("tern %d", round*10+i)))
			if err := x.CatchUp(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		left := filepath.Join(w.dir, fmt.Sprintf("left%d", round))
		if err := os.CopyFS(left, os.DirFS(w.path())); err != nil {
			if errors.Is(err, os.ErrNotExist) {
				continue // a file was merged away during the copy, as no crash does
			}
			t.Fatal(err)
		}
		y, err := indexer.Open(t.Context(), left, w.ledger, nil, quiet)
		if err != nil {
			t.Fatal(err)
		}
		if y.Cursor() > w.ledger.Size() {
			t.Errorf("cursor %d beyond the ledger", y.Cursor())
		}
		if err := y.CatchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := len(find(t, y, "tern")); got != (round+1)*7 {
			t.Errorf("%d messages, want %d", got, (round+1)*7)
		}
		y.Close()
	}
}

func TestInterruptedRebuildLeavesTheOldOne(t *testing.T) {
	w := filled(t, 20)
	x := w.open(nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := x.Rebuild(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("rebuild ended with %v", err)
	}
	if got := len(find(t, x, "tern")); got != 20 {
		t.Errorf("%d messages, want 20", got)
	}
	x.Close()
	// One that was killed leaves its folder behind.
	if err := os.CopyFS(filepath.Join(w.path(), "000099"), os.DirFS(filepath.Dir(glob(t, w, "*/store")))); err != nil {
		t.Fatal(err)
	}
	y := w.open(nil)
	if got := len(find(t, y, "tern")); got != 20 {
		t.Errorf("%d messages, want 20", got)
	}
	if _, err := os.Stat(filepath.Join(w.path(), "000099")); !os.IsNotExist(err) {
		t.Errorf("what the rebuild left is still there: %v", err)
	}
	if len(aside(t, w)) != 0 {
		t.Errorf("set aside: %v", aside(t, w))
	}
}
