//go:build linux

package discord_test

import (
	"bytes"
	"context"

	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"stakeout/bot"
	"stakeout/bot/bottest"
	"stakeout/bot/discord"
	"stakeout/bot/discord/discordtest"
)

// TestSoak sends STAKEOUT_SOAK events to a connector in a process of its own,
// as fast as it takes them, and looks at what that process uses meanwhile:
// after the warm-up it must not grow.
func TestSoak(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a while")
	}
	const (
		samples = 50
		// steady is from how many events on memory must be flat: before, the Go
		// heap and SQLite's cache are still finding their size.
		steady = 200_000
	)
	events := setting(t, "STAKEOUT_SOAK", soakEvents)
	opt := discordtest.Options{Global: 10_000, PerBucket: 5000}
	w := newWorld(t, opt)
	dir := t.TempDir()
	var log bytes.Buffer
	c, err := bottest.Start("discord", dir, w.Addr(), &log)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, uint64(events)))
	var used []bottest.Sample
	for i := range events {
		speak(w, rng, i)
		if i%500 == 499 { // no faster than it reads
			if err := w.Drained(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if (i+1)%(events/samples) == 0 {
			s, err := c.Sample(dir)
			if err != nil {
				t.Fatalf("%v\n%s", err, tail(&log))
			}
			used = append(used, s)
		}
	}
	last := w.Post(w.text[0], "the last word")
	if err := c.Stop(t.Context()); err != nil {
		t.Fatalf("%v\n%s", err, tail(&log))
	}
	if got := w.Wire(); got.Frames[2] != 1 || got.Frames[6] != 0 {
		t.Errorf("the connection did not last: %d identified, %d resumed", got.Frames[2], got.Frames[6])
	}

	// The heap goes up and down between collections: the peaks of the time after
	// the warm-up are compared, and of the rest what there always is.
	early, late := used[samples/4:samples*5/8], used[samples*5/8:]
	rss := func(s bottest.Sample) int64 { return s.RSS >> 10 }
	heap := func(s bottest.Sample) int64 { return s.Heap >> 10 }
	files := func(s bottest.Sample) int64 { return int64(s.Files) }
	goroutines := func(s bottest.Sample) int64 { return int64(s.Goroutines) }
	t.Logf("%d events: RSS up to %d kB, then %d kB; live heap up to %d kB, then %d kB; %d files, then %d; %d goroutines, then %d", events,
		most(early, rss), most(late, rss), most(early, heap), most(late, heap), least(early, files), least(late, files), least(early, goroutines), least(late, goroutines))
	for i, s := range used {
		if i%5 == 4 {
			t.Logf("%3d %%: %d kB, heap %d kB, %d files, %d goroutines", 100*(i+1)/samples, rss(s), heap(s), s.Files, s.Goroutines)
		}
	}
	if a, b := most(early, rss), most(late, rss); events >= steady && b > a+a/5 {
		t.Errorf("RSS grew from %d kB to %d kB", a, b)
	}
	if a, b := least(early, files), least(late, files); b > a+8 {
		t.Errorf("open files grew from %d to %d", a, b)
	}
	if a, b := least(early, goroutines), least(late, goroutines); a > 0 && b > a+16 { // the database opens some as it needs them
		t.Errorf("goroutines grew from %d to %d", a, b)
	}

	l, err := bottest.Open(t.Context(), dir, discord.Name, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	stop := watch(t, l, connector(w.Addr(), logger())) // what was on its way when it stopped
	defer stop()
	var r bottest.Record
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	err = l.Until(ctx, func() (bool, error) {
		err := r.Read(ctx, l.Ledger)
		return r.Holds(w.text[0], last) && l.Intake.Health().State == bot.Live, err
	})
	if err != nil {
		t.Errorf("the last word is not there: %v", err)
	}
	v := r.Judge(w.said())
	for _, problem := range v.Problems {
		t.Error(problem)
	}
}

// least is what a process needs between two bursts, most what it needs in them.
func least(s []bottest.Sample, of func(bottest.Sample) int64) int64 { return slices.Min(each(s, of)) }
func most(s []bottest.Sample, of func(bottest.Sample) int64) int64  { return slices.Max(each(s, of)) }

func each(s []bottest.Sample, of func(bottest.Sample) int64) []int64 {
	var all []int64
	for _, x := range s {
		all = append(all, of(x))
	}
	return all
}
