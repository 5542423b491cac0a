package mail

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"stakeout/bot/bottest"
	"stakeout/ledger"
)

// BenchmarkSustained is how many mails a second get from the server into a
// ledger on disk, when there are always more.
func BenchmarkSustained(b *testing.B) {
	p := serve(b, idling(), nil, false)
	for n := range b.N {
		p.put("INBOX", written(n))
	}
	l := bottest.Temp(b, "mail")
	b.ResetTimer()
	watch(b, quiet(New(p.settings(), nil)), l)
	covered(b, l, is(ledger.Watching))
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "mails/s")
}

// BenchmarkLatency is the time from a mail's arrival in the folder until the
// ledger has it on disk, at 200 mails a second.
func BenchmarkLatency(b *testing.B) {
	p := serve(b, idling(), nil, false)
	l := bottest.Temp(b, "mail")
	watch(b, quiet(New(p.settings(), nil)), l)
	covered(b, l, is(ledger.Watching))
	sent := make([]time.Time, b.N)
	took := make([]time.Duration, 0, b.N)
	done := make(chan error, 1)
	after := l.Size()
	go func() {
		for es, err := range l.Follow(b.Context(), after, ledger.Observation) {
			if err != nil {
				done <- err
				return
			}
			for _, e := range es {
				var n int
				if _, err := fmt.Sscanf(e.Obs.ID, "%d@", &n); err == nil {
					took = append(took, time.Since(sent[n]))
				}
			}
			if len(took) == b.N {
				done <- nil
				return
			}
		}
	}()
	tick := time.NewTicker(time.Second / 200)
	defer tick.Stop()
	b.ResetTimer()
	for n := range b.N {
		<-tick.C
		sent[n] = time.Now()
		p.put("INBOX", written(n))
	}
	if err := <-done; err != nil {
		b.Fatal(err)
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
}
