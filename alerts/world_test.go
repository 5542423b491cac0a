package alerts

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"stakeout/alerts/detect"
	"stakeout/alerts/notify"
	"stakeout/ledger"
	"stakeout/message"
	"stakeout/store"
)

// clock is a time that only a test moves.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func newClock() *clock { return &clock{t: time.Date(2026, 5, 3, 12, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// wordEngine finds "dox" as doxxing about J.P., "key" as a credential,
// "law" as a legal mention, and with "split" the message before as well;
// "boom" panics with the text.
type wordEngine struct{ last int64 }

func (e *wordEngine) Observe(m detect.Message) []detect.Finding {
	defer func() { e.last = m.Seq }()
	if strings.Contains(m.Text, "boom") {
		panic("boom: " + m.Text)
	}
	var out []detect.Finding
	find := func(word, label, level, person string, exposed ...string) {
		if !strings.Contains(m.Text, word) {
			return
		}
		f := detect.Finding{Rule: "rule-" + word, Title: "Title of " + label, Label: label, Level: level, Score: 0.9, Reason: "found a word",
			Person: person, Exposed: exposed, Seq: m.Seq, ID: m.ID, Evidence: []int64{m.Seq}}
		if person != "" {
			f.Initials, f.Role = "J.P.", "counsel"
		}
		if strings.Contains(m.Text, "split") && e.last > 0 {
			f.Evidence = []int64{e.last, m.Seq}
		}
		out = append(out, f)
	}
	find("dox", "doxxing", "critical", "p1", "street address")
	find("key", "credential_exposure", "high", "")
	find("law", "legal_mention", "low", "")
	return out
}

func (e *wordEngine) Failed() []string { return nil }

func (e *wordEngine) MaskName(s string) string {
	if strings.Contains(s, "boom") {
		panic(s)
	}
	return strings.ReplaceAll(s, "Placeholder", "[masked]")
}

// box is a receiver that keeps what it gets and fails as told.
type box struct {
	mu    sync.Mutex
	name  string
	got   []notify.Notification
	fault func(n int) error // by attempt, from 1
	tries int
}

func (b *box) Name() string { return b.name }

func (b *box) Send(_ context.Context, n notify.Notification) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tries++
	if b.fault != nil {
		if err := b.fault(b.tries); err != nil {
			return err
		}
	}
	b.got = append(b.got, n)
	return nil
}

func (b *box) ids() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var ids []string
	for _, n := range b.got {
		ids = append(ids, n.ID)
	}
	return ids
}

// world is a ledger with alerts on it.
type world struct {
	t      *testing.T
	dir    string
	clock  *clock
	db     *store.DB
	ledger *ledger.Ledger
	alerts *Alerts
	box    *box
	acq    int64
	next   int
}

func (w *world) open() {
	w.t.Helper()
	db, err := store.Open(w.t.Context(), filepath.Join(w.dir, "stakeout.db"), slices.Concat(ledger.Migrations, Migrations)...)
	if err != nil {
		w.t.Fatal(err)
	}
	w.db = db
	if w.ledger, err = ledger.Open(w.t.Context(), db, w.dir, w.clock.now); err != nil {
		w.t.Fatal(err)
	}
	w.alerts, err = New(w.t.Context(), db, w.ledger, &wordEngine{}, Options{
		Config: DefaultConfig(), Receivers: []Receiver{w.box}, Now: w.clock.now, Ruleset: "r1", Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.alerts.jitter = func() float64 { return 0.5 }
}

// reopen closes the database and opens all anew, as a restart does.
func (w *world) reopen() {
	w.t.Helper()
	if err := w.db.Close(); err != nil {
		w.t.Fatal(err)
	}
	w.open()
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, dir: t.TempDir(), clock: newClock(), box: &box{name: "slack"}}
	w.open()
	t.Cleanup(func() {
		if err := w.db.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

func (w *world) write(fn func(*store.Tx) error) {
	w.t.Helper()
	if err := w.ledger.Write(w.t.Context(), store.Urgent, fn); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) acquire(a ledger.Acquisition) int64 {
	w.t.Helper()
	var seq int64
	w.write(func(tx *store.Tx) (err error) {
		seq, err = w.ledger.OpenAcquisition(tx, a)
		return err
	})
	w.acq = seq
	return seq
}

func (w *world) close(opening int64) {
	w.t.Helper()
	w.write(func(tx *store.Tx) error {
		return w.ledger.CloseAcquisition(tx, opening, ledger.Acquisition{Kind: "import", Source: "chat.json"})
	})
}

func (w *world) observation(via message.Via, text string) *message.Observation {
	w.next++
	return &message.Observation{
		Kind: message.Posted, Via: via, ID: fmt.Sprint(1000 + w.next), Text: text, Acquisition: w.acq,
		Channel: message.Channel{Platform: message.Discord, ID: "77", Name: "main", Server: message.Server{ID: "7", Name: "counting house"}},
		Author:  message.Author{ID: "5", Handle: "wee_malky"}, Sent: message.Time{UTC: w.clock.now()}, Observed: w.clock.now(),
		Native: []byte(fmt.Sprintf(`{"n":%d}`, w.next)), Format: "jsonl",
	}
}

func (w *world) append(o *message.Observation) int64 {
	w.t.Helper()
	if w.acq == 0 {
		w.acquire(ledger.Acquisition{Kind: "connector", Source: "discord"})
		o.Acquisition = w.acq
	}
	var out ledger.Outcome
	w.write(func(tx *store.Tx) (err error) {
		out, err = w.ledger.Append(tx, o)
		return err
	})
	return out.Seq
}

func (w *world) live(text string) int64 {
	w.t.Helper()
	return w.append(w.observation(message.Live, text))
}

// judge runs the follower until it has seen everything.
func (w *world) judge() {
	w.t.Helper()
	ctx, cancel := context.WithCancel(w.t.Context())
	done := make(chan error, 1)
	go func() { done <- w.alerts.Run(ctx) }()
	for w.alerts.Cursor() < w.ledger.Size() {
		select {
		case err := <-done:
			w.t.Fatal(err)
		default:
			runtime.Gosched()
		}
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		w.t.Fatal(err)
	}
}

func (w *world) drain() []Undelivered {
	w.t.Helper()
	left, err := w.alerts.Drain(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return left
}

func (w *world) list(f Filter) []Alert {
	w.t.Helper()
	as, err := w.alerts.List(w.t.Context(), f)
	if err != nil {
		w.t.Fatal(err)
	}
	return as
}

func (w *world) expect(ids ...string) {
	w.t.Helper()
	if got := w.box.ids(); !slices.Equal(got, ids) {
		w.t.Errorf("told %v, want %v", got, ids)
	}
}
