package indexer_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"stakeout/indexer"
	"stakeout/message"
)

// run follows in the background until the test ends.
func run(t *testing.T, x *indexer.Indexer) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := x.Run(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("Run ended with %v", err)
		}
	})
	t.Cleanup(func() { stop(); wg.Wait() })
}

// reach waits until the index has got as far as the ledger.
func reach(t *testing.T, x *indexer.Indexer, w *world) {
	t.Helper()
	for x.Cursor() < w.ledger.Size() {
		if t.Context().Err() != nil {
			t.Fatal("the index does not catch up")
		}
		runtime.Gosched()
	}
}

func TestRunFollowsTheLedger(t *testing.T) {
	w := newWorld(t)
	x := w.open(nil)
	run(t, x)
	for i := range 30 {
		w.add(posted(i, "tern"))
		reach(t, x, w)
		if got := len(find(t, x, "tern")); got != i+1 {
			t.Fatalf("%d messages, want %d", got, i+1)
		}
	}
	// Entries without anything to index move the cursor too.
	size := w.ledger.Size()
	w.add(posted(3, "tern"))
	if w.ledger.Size() != size+1 {
		t.Fatal("the same message again gave no entry")
	}
	reach(t, x, w)
	if got := len(find(t, x, "tern")); got != 30 {
		t.Errorf("%d messages, want 30", got)
	}
}

func TestRebuildWhileSearchingAndFollowing(t *testing.T) {
	w := filled(t, 400)
	x := w.open(nil)
	run(t, x)
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for _, q := range []string{"tern", `"tern number"`, "in:77 -owl"} {
		wg.Go(func() {
			for ctx.Err() == nil {
				res, err := x.Search(t.Context(), indexer.Request{Query: q, Limit: 10})
				if err != nil || res.Total < 400 || len(res.Hits) != 10 {
					t.Errorf("search during a rebuild: total %d, %d hits, %v", res.Total, len(res.Hits), err)
					return
				}
			}
		})
	}
	wg.Go(func() {
		for i := 0; ctx.Err() == nil && i < 500; i++ {
			w.add(posted(1000+i, "tern number"))
		}
	})
	for range 3 {
		done := int64(0)
		if err := x.Rebuild(t.Context(), func(d, total int64) {
			if d < done || d > total {
				t.Errorf("progress %d of %d after %d", d, total, done)
			}
			done = d
		}); err != nil {
			t.Error(err)
		}
	}
	stop()
	wg.Wait()
	reach(t, x, w)
	entries, err := os.ReadDir(w.path())
	if err != nil || len(entries) != 2 {
		t.Errorf("left in the index's folder: %v, %v", entries, err)
	}
}

func TestDamageFoundWhileReadingIsMended(t *testing.T) {
	w := filled(t, 500)
	x := w.open(nil)
	// The file becomes shorter under the open index.
	if err := os.Truncate(glob(t, w, "*/store/*.zap"), 64); err != nil {
		t.Fatal(err)
	}
	if _, err := x.Search(t.Context(), indexer.Request{Query: "tern"}); !errors.Is(err, indexer.ErrDamaged) {
		t.Fatalf("search of a damaged index: %v", err)
	}
	run(t, x)
	for {
		res, err := x.Search(t.Context(), indexer.Request{Query: "tern"})
		if err == nil && res.Total == 500 {
			break
		}
		if err != nil && !errors.Is(err, indexer.ErrDamaged) || t.Context().Err() != nil {
			t.Fatal(err)
		}
		runtime.Gosched()
	}
	if found, _ := filepath.Glob(w.path() + ".damaged-*"); len(found) != 1 {
		t.Errorf("set aside: %v", found)
	}
}

func TestDamageFoundWhileWritingIsMended(t *testing.T) {
	w := filled(t, 500)
	x := w.open(nil)
	if err := os.Truncate(glob(t, w, "*/store/*.zap"), 64); err != nil {
		t.Fatal(err)
	}
	// Several batches, so that one fails while the next is being prepared.
	var more []*message.Observation
	for i := range 5000 {
		more = append(more, posted(500+i, "tern"))
	}
	w.add(more...)
	if err := x.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := len(find(t, x, "tern")); got != 5500 {
		t.Errorf("%d messages, want 5500", got)
	}
	if len(aside(t, w)) != 1 {
		t.Errorf("set aside: %v", aside(t, w))
	}
	// Whatever was at work on a batch has ended.
	for stacks := make([]byte, 1<<20); ; runtime.Gosched() {
		left := string(stacks[:runtime.Stack(stacks, true)])
		if !strings.Contains(left, "(*Indexer).commit") {
			break
		}
		if t.Context().Err() != nil {
			t.Fatal(left)
		}
	}
}

func TestLargeBatchesOfEveryKind(t *testing.T) {
	w := newWorld(t)
	var os []*message.Observation
	for i := range 3000 {
		switch {
		case i%7 == 3:
			os = append(os, posted(i-1, fmt.Sprintf("tern changed %d", i), edited(i)))
		case i%11 == 5:
			os = append(os, posted(i-1, "", deleted))
		default:
			os = append(os, posted(i, fmt.Sprintf("tern %d", i)))
		}
	}
	w.add(os...)
	x := w.open(nil)
	want := map[string]int{}
	for _, q := range []string{"tern", "is:superseded", "is:deleted", "is:edited"} {
		want[q] = len(find(t, x, q))
	}
	if want["is:superseded"] == 0 || want["is:deleted"] == 0 || want["tern"] < 2000 {
		t.Fatal(want)
	}
	// Put in a few at a time, as they come when live, leads to the same.
	slow := newWorld(t)
	y := slow.open(nil)
	run(t, y)
	for part := range slices.Chunk(os, 50) {
		slow.add(part...)
		reach(t, y, slow)
	}
	for q, n := range want {
		if got := len(find(t, y, q)); got != n {
			t.Errorf("%s: %d, want %d", q, got, n)
		}
	}
}
