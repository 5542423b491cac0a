package telegram

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"stakeout/ledger"
)

var benchWords = strings.Repeat("the pilot boat leaves at noon, bring the list. ", 4)

// BenchmarkParse reads one text message.
func BenchmarkParse(b *testing.B) {
	raw := lines(b)[0]
	b.SetBytes(int64(len(raw)))
	for b.Loop() {
		if _, err := Parse(raw, "5550100"); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSustained: updates a second from the server into the ledger on disk,
// with every commit synchronised and every page confirmed.
func BenchmarkSustained(b *testing.B) {
	bench := newBench(b)
	bench.running()
	bench.settled()
	const each = 2000
	n := 0
	for b.Loop() {
		for i := range each {
			bench.server.Say(quay, ida, benchWords+strconv.Itoa(i), nil)
		}
		n += each
		if err := bench.server.Drained(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "updates/s")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkLatency: from the moment when the server has a message, at 200 a
// second, until it stands in the ledger.
func BenchmarkLatency(b *testing.B) {
	bench := newBench(b)
	bench.running()
	bench.settled()
	said := make(chan time.Time, 1<<20)
	took := make(chan []time.Duration)
	go func() {
		var all []time.Duration
		after := int64(0)
		err := bench.ledger.Until(b.Context(), func() (bool, error) {
			es, err := bench.ledger.Page(b.Context(), after, 10_000, ledger.Observation)
			if err != nil {
				return false, err
			}
			now := time.Now()
			for _, e := range es {
				after = e.Seq
				if e.Obs.Text == "the end" {
					return true, nil
				}
				all = append(all, now.Sub(<-said))
			}
			return false, nil
		})
		if err != nil {
			b.Error(err)
		}
		took <- all
	}()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for b.Loop() {
		said <- time.Now()
		bench.server.Say(quay, ida, benchWords, nil)
		<-tick.C
	}
	bench.server.Say(quay, ida, "the end", nil)
	all := <-took
	slices.Sort(all)
	b.ReportMetric(float64(all[len(all)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(all[len(all)*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(0, "ns/op")
}
