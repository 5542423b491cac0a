package backup_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"stakeout/backup"
	"stakeout/ledger"
)

// TestFigures measures a backup and what it costs a writer who commits one
// small message after the other. STAKEOUT_BACKUP_ENTRIES sets how many entries;
// it states no limit, since machines differ.
func TestFigures(t *testing.T) {
	n, err := strconv.Atoi(os.Getenv("STAKEOUT_BACKUP_ENTRIES"))
	if err != nil {
		t.Skip("set STAKEOUT_BACKUP_ENTRIES to measure")
	}
	w := newWorld(t)
	for w.next < n {
		if err := w.add(t.Context(), 1000, 400); err != nil {
			t.Fatal(err)
		}
	}
	alone := w.commits(t, func(ctx context.Context) {
		select {
		case <-time.After(5 * time.Second):
		case <-ctx.Done():
		}
	})
	t.Logf("%d entries; commits alone: %v", n, alone)
	for range 3 {
		dir := filepath.Join(t.TempDir(), "backup")
		var m backup.Manifest
		var took time.Duration
		during := w.commits(t, func(ctx context.Context) {
			began := time.Now()
			if m, err = w.make(ctx, dir, nil); err != nil {
				t.Error(err)
			}
			took = time.Since(began)
		})
		began := time.Now()
		if _, err := backup.Check(t.Context(), dir, ledger.Migrations, nil); err != nil {
			t.Fatal(err)
		}
		mb := float64(m.Bytes()) / 1e6
		t.Logf("%.0f MB in %.2f s (%.0f MB/s); checked in %.1f s; commits meanwhile: %v; p99 %.1f times as long", mb, took.Seconds(), mb/took.Seconds(),
			time.Since(began).Seconds(), during, float64(during.p99)/float64(alone.p99))
	}
}

type latency struct {
	commits       int
	p50, p99, max time.Duration
}

// commits measures single commits, one at a time, for as long as fn runs.
func (w *world) commits(t *testing.T, fn func(context.Context)) latency {
	ctx, stop := context.WithCancel(t.Context())
	var took []time.Duration
	var writer sync.WaitGroup
	writer.Go(func() {
		tick := time.NewTicker(5 * time.Millisecond) // 200 messages a second
		defer tick.Stop()
		for ctx.Err() == nil {
			<-tick.C
			began := time.Now()
			if w.add(ctx, 1, 400) == nil {
				took = append(took, time.Since(began))
			}
		}
	})
	fn(ctx)
	stop()
	writer.Wait()
	slices.Sort(took)
	return latency{len(took), took[len(took)/2], took[len(took)*99/100], took[len(took)-1]}
}
