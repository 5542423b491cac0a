package telegram

import (
	"bytes"
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"stakeout/bot"
	"stakeout/bot/bottest"
	"stakeout/bot/telegram/telegramtest"
	"stakeout/ledger"
	"stakeout/message"
	"stakeout/secret"
)

func TestMain(m *testing.M) {
	bottest.Main(m, map[string]bottest.Func{"telegram": bottest.Watch("telegram", chaosConnector)})
}

const (
	quay  = -1001234500001 // a supergroup
	radio = -1001234500002 // a channel
	pier  = -4500003       // a small group
)

var (
	ida = telegramtest.User{ID: 5550001, First: "Ida", Last: "Quist", Username: "idaq"}
	ove = telegramtest.User{ID: 5550002, First: "Ove"}
)

// clock is a clock that tests move on.
type clock struct {
	mu  sync.Mutex
	off time.Duration
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.off)
}

func (c *clock) forward(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.off += d
}

// bench is a connector on the fake server and a real ledger.
type bench struct {
	t      testing.TB
	server *telegramtest.Server
	ledger *bottest.Ledger
	in     *bot.Intake
	clock  *clock
	cfg    Config
	log    *syncBuffer
	alarms chan bot.Alarm
}

type syncBuffer struct {
	mu    sync.Mutex
	b     bytes.Buffer
	wrote chan struct{} // receives after a write, when somebody waits
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	select {
	case b.wrote <- struct{}{}:
	default:
	}
	return b.b.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

func newBench(t testing.TB) *bench {
	t.Helper()
	c := &clock{}
	s, err := telegramtest.New(c.now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	s.Add(telegramtest.Chat{ID: quay, Type: "supergroup", Title: "Quay", Status: "member"})
	s.Add(telegramtest.Chat{ID: radio, Type: "channel", Title: "Port Radio", Username: "portradio", Status: "administrator"})
	s.Add(telegramtest.Chat{ID: pier, Type: "group", Title: "Pier talk", Status: "member"})
	s.Add(telegramtest.Chat{ID: -1001234500009, Type: "supergroup", Title: "Elsewhere", Status: "member"})
	s.Add(telegramtest.Chat{ID: 5550001, Type: "private", Title: "Ida", Status: "member"})
	b := &bench{t: t, server: s, ledger: bottest.Temp(t, "telegram"), clock: c, log: &syncBuffer{wrote: make(chan struct{}, 1)}, alarms: make(chan bot.Alarm, 100)}
	b.cfg = Config{Token: secret.Value(telegramtest.Token), APIURL: s.URL(), Channels: []string{"-1001234500001", "@portradio", "Pier talk"}}
	b.door()
	return b
}

// door makes the intake anew, as a new process does.
func (b *bench) door() {
	terms := bot.Terms{Authority: "R. Okafor", Basis: "test", Matter: "26-cv-0000", Until: "2099-12-31", Retention: "30d"}
	b.in = bot.NewIntake("telegram", terms, bot.Deps{
		Ledger: b.ledger.Ledger, Version: "test", Now: b.clock.now,
		Log:   b.logger(),
		Alarm: func(_ context.Context, a bot.Alarm) error { b.alarms <- a; return nil },
	})
}

func (b *bench) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(b.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

func (b *bench) connector() *Connector {
	c := New(b.cfg, b.logger())
	c.first, c.limit, c.pollFor = time.Millisecond, 20*time.Millisecond, time.Second
	return c
}

// running starts the connector under supervision; the function that it returns
// stops it.
func (b *bench) running() func() { return b.run(b.connector()) }

func (b *bench) run(c *Connector) func() {
	ctx, cancel := context.WithCancel(b.t.Context())
	done := make(chan error, 1)
	go func() { done <- bot.Supervise(ctx, c, b.in) }()
	var once sync.Once
	stop := func() {
		once.Do(func() {
			cancel()
			if err := <-done; err != nil {
				b.t.Error(err)
			}
		})
	}
	b.t.Cleanup(stop)
	return stop
}

// restart stops and starts it as a new process does.
func (b *bench) restart(stop func()) func() {
	stop()
	b.door()
	return b.running()
}

func (b *bench) within() context.Context {
	ctx, cancel := context.WithTimeout(b.t.Context(), 20*time.Second)
	b.t.Cleanup(cancel)
	return ctx
}

// settled waits until all is fetched, committed and confirmed, and a poll is
// held.
func (b *bench) settled() {
	b.t.Helper()
	if err := b.server.Polled(b.within()); err != nil {
		b.t.Fatalf("the connector did not settle: %v, state %+v", err, b.in.Health())
	}
}

// logged waits until the log holds a line.
func (b *bench) logged(line string) {
	b.t.Helper()
	for !strings.Contains(b.log.String(), line) {
		select {
		case <-b.log.wrote:
		case <-b.within().Done():
			b.t.Fatalf("the log never said %q: %s", line, b.log)
		}
	}
}

// until waits for what the ledger says.
func (b *bench) until(what string, ok func() bool) {
	b.t.Helper()
	err := b.ledger.Until(b.within(), func() (bool, error) { return ok(), nil })
	if err != nil {
		b.t.Fatalf("%s: %v, state %+v", what, err, b.in.Health())
	}
}

func (b *bench) entries(types ...ledger.Type) []ledger.Entry {
	b.t.Helper()
	es, err := b.ledger.Page(b.t.Context(), 0, 100_000, types...)
	if err != nil {
		b.t.Fatal(err)
	}
	return es
}

// texts are all texts in the ledger, in their order.
func (b *bench) texts() []string {
	var out []string
	for _, e := range b.entries(ledger.Observation) {
		out = append(out, e.Obs.Text)
	}
	return out
}

func (b *bench) cover(id string) ledger.Cover {
	b.t.Helper()
	covers, err := b.ledger.Coverage(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	i := slices.IndexFunc(covers, func(c ledger.Cover) bool { return c.Channel.ID == id })
	if i < 0 {
		return ledger.Cover{Channel: message.Channel{ID: id}}
	}
	return covers[i]
}

func want[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}
