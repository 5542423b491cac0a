package alerts

import (
	"context"
	"runtime"
	"testing"

	"stakeout/alerts/detect"
	"stakeout/ledger"
	"stakeout/message"
	"stakeout/store"
)

// none finds nothing: what is left is the follower's own cost.
type none struct{}

func (none) Observe(detect.Message) []detect.Finding { return nil }
func (none) Failed() []string                        { return nil }
func (none) MaskName(s string) string                { return s }

// BenchmarkFollow judges a ledger of 20,000 messages with an engine that finds
// nothing, reading every entry back from the file.
func BenchmarkFollow(b *testing.B) {
	const messages = 20_000
	w := &world{dir: b.TempDir(), clock: newClock(), box: &box{name: "slack"}}
	ctx := b.Context()
	db, err := store.Open(ctx, w.dir+"/stakeout.db", append(append([]store.Migration{}, ledger.Migrations...), Migrations...)...)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	l, err := ledger.Open(ctx, db, w.dir, w.clock.now)
	if err != nil {
		b.Fatal(err)
	}
	err = l.Write(ctx, store.Bulk, func(tx *store.Tx) error {
		seq, err := l.OpenAcquisition(tx, ledger.Acquisition{Kind: "import", Source: "chat.json"})
		if err != nil {
			return err
		}
		w.acq = seq
		for range messages {
			if _, err := l.Append(tx, w.observation(message.Import, "nothing to be found in these words, however often they are read")); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		a, err := New(ctx, db, l, none{}, Options{Config: DefaultConfig()})
		if err != nil {
			b.Fatal(err)
		}
		a.cursor.Store(0)
		run, cancel := context.WithCancel(ctx)
		done := make(chan error, 1)
		go func() { done <- a.Run(run) }()
		for a.Cursor() < l.Size() {
			runtime.Gosched()
		}
		cancel()
		<-done
	}
	b.ReportMetric(messages*float64(b.N)/b.Elapsed().Seconds(), "messages/s")
}
