package alerts

import (
	"context"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"stakeout/alerts/detect"
	"stakeout/alerts/notify"
	"stakeout/ledger"
	"stakeout/message"
)

// snapshot copies the database as a crash would leave it: the file and its
// write-ahead log, wherever the writer is. SQLite's own promise is that the log
// is replayed up to its last whole commit.
func (w *world) snapshot(to string) {
	w.t.Helper()
	for _, name := range []string{"stakeout.db-wal", "stakeout.db", "ledger.key", "ledger.key.pub"} {
		in, err := os.Open(filepath.Join(w.dir, name))
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			w.t.Fatal(err)
		}
		out, err := os.OpenFile(filepath.Join(to, name), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
		if err != nil {
			w.t.Fatal(err)
		}
		if _, err := io.Copy(out, in); err != nil {
			w.t.Fatal(err)
		}
		in.Close()
		out.Close()
	}
}

// frozen is a receiver that stops the world after some notifications.
type frozen struct {
	*box
	after int
	then  func()
}

func (f *frozen) Send(ctx context.Context, n notify.Notification) error {
	err := f.box.Send(ctx, n)
	if f.after--; f.after == 0 {
		f.then()
	}
	return err
}

// outcome is everything that alerts wrote, without times.
func (w *world) outcome() string {
	w.t.Helper()
	out := ""
	for _, q := range []string{
		`SELECT seq || ' ' || rule || ' ' || person || ' A' || alert FROM alerts_finding ORDER BY seq, rule, person`,
		`SELECT id || ' ' || seq || ' ' || label || ' ' || count || ' ' || historical FROM alerts_alert ORDER BY id`,
		`SELECT seq || ' ' || finding FROM alerts_evidence ORDER BY seq, finding`,
		`SELECT notification || ' ' || receiver FROM alerts_outbox WHERE notification NOT LIKE '%.%' ORDER BY notification`,
		`SELECT alert || ' ' || kind || ' ' || value FROM alerts_act ORDER BY alert, value`,
		`SELECT 'cursor ' || seq FROM alerts_cursor`,
	} {
		rows, err := w.db.Read().Query(q)
		if err != nil {
			w.t.Fatal(err)
		}
		for rows.Next() {
			var s string
			if err := rows.Scan(&s); err != nil {
				w.t.Fatal(err)
			}
			out += s + "\n"
		}
		rows.Close()
	}
	return out
}

// fill writes a ledger that has some of everything.
func (w *world) fill() {
	w.t.Helper()
	texts := []string{"hello", "a dox", "a key and the law", "part one", "a split dox", "boom", "the law"}
	imp := w.acquire(ledger.Acquisition{Kind: "import", Source: "chat.json"})
	for i := range 40 {
		w.append(w.observation(message.Import, texts[i%len(texts)]))
	}
	w.close(imp)
	w.acquire(ledger.Acquisition{Kind: "connector", Source: "discord"})
	for i := range 60 {
		o := w.observation(message.Live, texts[i%len(texts)])
		o.Channel.ID = fmt.Sprint(70 + i%4)
		w.append(o)
		if i%9 == 0 {
			gone := *o
			gone.Kind, gone.Text = message.Deleted, ""
			w.append(&gone)
		}
	}
}

func TestResumedFromAnyMomentGivesTheSame(t *testing.T) {
	whole := newWorld(t)
	whole.fill()
	base := t.TempDir()
	whole.snapshot(base)
	whole.judge()
	whole.drain()
	want, told := whole.outcome(), set(whole.box.ids())
	if len(told) < 10 {
		t.Fatalf("only %d notifications", len(told))
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for round := range 12 {
		w := &world{t: t, dir: t.TempDir(), clock: newClock(), box: &box{name: "slack"}}
		(&world{t: t, dir: base}).snapshot(w.dir)
		for crash := range 3 { // crash in the midst of judging or delivering, and copy what is on disk
			w.open()
			ctx, cancel := context.WithCancel(t.Context())
			next := t.TempDir()
			stop := func() { w.snapshot(next); cancel() }
			if crash == 0 {
				after := 1 + rng.IntN(30)
				w.alerts.judge = &stopping{wordEngine{}, after, stop}
				_ = w.alerts.Run(ctx)
			} else {
				w.judge()
				w.alerts.opt.Receivers = []Receiver{&frozen{w.box, 1 + rng.IntN(5), stop}}
				_, _ = w.alerts.Drain(ctx)
			}
			cancel()
			if err := w.db.Close(); err != nil {
				t.Fatal(err)
			}
			if _, err := os.Stat(filepath.Join(next, "stakeout.db")); err == nil {
				w.dir = next
			}
		}
		w.open()
		w.judge()
		w.drain()
		if got := w.outcome(); got != want {
			t.Fatalf("round %d: resumed gave\n%s\nwant\n%s", round, got, want)
		}
		if got := set(w.box.ids()); !maps.Equal(got, told) {
			t.Fatalf("round %d: told %v, want %v", round, got, told)
		}
		if err := w.db.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func set(ids []string) map[string]bool {
	out := map[string]bool{}
	for _, id := range slices.Compact(ids) {
		out[id] = true
	}
	return out
}

// stopping is an engine that stops the world after some messages.
type stopping struct {
	wordEngine
	after int
	then  func()
}

func (s *stopping) Observe(m detect.Message) []detect.Finding {
	if s.after--; s.after == 0 {
		s.then()
	}
	return s.wordEngine.Observe(m)
}
