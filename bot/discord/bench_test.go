package discord_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"stakeout/bot/bottest"
	"stakeout/bot/discord"
	"stakeout/bot/discord/discordtest"
	"stakeout/ledger"
	"stakeout/message"
)

// live starts a world and a connector that watches it, and hears when messages
// are committed.
func live(b *testing.B) (*world, *bottest.Ledger) {
	b.Helper()
	w := newWorld(b, discordtest.Options{Global: 10_000, PerBucket: 5000})
	l := bottest.Temp(b, discord.Name)
	watch(b, l, connector(w.Addr(), logger()))
	first := w.Post(w.text[0], "first")
	var r bottest.Record
	if v := settled(b.Context(), b, l, w, &r); v.Failures > 0 || !r.Holds(w.text[0], first) {
		b.Fatalf("%+v", v)
	}
	return w, l
}

// BenchmarkSustained is how many events a second get from the gateway into a
// ledger on disk, when there are always more.
func BenchmarkSustained(b *testing.B) {
	w, l := live(b)
	rng := rand.New(rand.NewPCG(1, 1))
	seen := make(chan error, 1)
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	after := l.Size()
	b.ResetTimer()
	go func() {
		for es, err := range l.Follow(ctx, after, ledger.Observation) {
			if err != nil {
				seen <- err
				return
			}
			for _, e := range es {
				if e.Obs.Text == "the last word" {
					seen <- nil
					return
				}
			}
		}
	}()
	for i := range b.N {
		speak(w, rng, i)
		if i%500 == 499 {
			if err := w.Drained(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	}
	w.Post(w.text[0], "the last word")
	if err := <-seen; err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

// BenchmarkLatency is the time from the server's sending a message until the
// ledger has it on disk, at 200 messages a second.
func BenchmarkLatency(b *testing.B) {
	const every = time.Second / 200
	w, l := live(b)
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	took := make([]time.Duration, 0, b.N)
	done := make(chan error, 1)
	go func() {
		for es, err := range l.Follow(ctx, l.Size(), ledger.Observation) {
			now := time.Now()
			if err != nil {
				done <- err
				return
			}
			for _, e := range es {
				var sent int64
				if _, err := fmt.Sscanf(e.Obs.Text, "sent %d", &sent); err == nil && e.Obs.Kind == message.Posted {
					took = append(took, now.Sub(time.Unix(0, sent)))
				}
			}
			if len(took) >= b.N {
				done <- nil
				return
			}
		}
	}()
	tick := time.NewTicker(every)
	defer tick.Stop()
	for i := range b.N {
		<-tick.C
		w.Post(w.text[i%len(w.text)], fmt.Sprintf("sent %d", time.Now().UnixNano()))
	}
	if err := <-done; err != nil {
		b.Fatal(err)
	}
	slices.Sort(took)
	for _, p := range []int{50, 99} {
		b.ReportMetric(float64(took[(len(took)-1)*p/100].Microseconds())/1000, fmt.Sprintf("p%d-ms", p))
	}
}
