package bot_test

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"stakeout/bot"
	"stakeout/ledger"
	"stakeout/message"
	"stakeout/store"
)

var general = message.Channel{Platform: message.Discord, ID: "77", Name: "general"}

// desk is a ledger in a directory that can be left as a crash leaves it.
type desk struct {
	t      *testing.T
	db     *store.DB
	ledger *ledger.Ledger
	alarms atomic.Pointer[[]bot.Alarm]
}

func openDesk(t *testing.T, dir string) *desk {
	t.Helper()
	db, err := store.Open(t.Context(), filepath.Join(dir, "ledger.db"), ledger.Migrations...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	l, err := ledger.Open(t.Context(), db, dir, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	return &desk{t: t, db: db, ledger: l}
}

func (d *desk) intake(change func(*bot.Deps)) *bot.Intake {
	deps := bot.Deps{Ledger: d.ledger, Version: "test", Alarm: func(_ context.Context, a bot.Alarm) error {
		list := append([]bot.Alarm(nil), d.told()...)
		list = append(list, a)
		d.alarms.Store(&list)
		return nil
	}}
	if change != nil {
		change(&deps)
	}
	return bot.NewIntake("discord", terms("2099-12-31"), deps)
}

func (d *desk) told() []bot.Alarm {
	if list := d.alarms.Load(); list != nil {
		return *list
	}
	return nil
}

func terms(until string) bot.Terms {
	return bot.Terms{Authority: "R. Okafor", Basis: "order of 2 May", Matter: "26-cv-0107", Until: until, Retention: "730d"}
}

func posted(id, text string) *message.Observation {
	return &message.Observation{Kind: message.Posted, Via: message.Live, Channel: general, ID: id, Text: text,
		Sent: message.Seconds(1_800_000_000), Native: []byte(`{"content":"` + text + `"}`), Format: "discord-gateway"}
}

func TestABatchIsKeptWholeOrNotAtAll(t *testing.T) {
	d := openDesk(t, t.TempDir())
	in := d.intake(nil)
	a, err := in.Acquire(t.Context(), bot.Method{Account: "bot 5", How: "gateway v10, live"})
	if err != nil {
		t.Fatal(err)
	}
	through := time.Date(2026, 11, 1, 10, 0, 0, 0, time.UTC)
	out, err := a.Hand(t.Context(), bot.Batch{
		Observations: []*message.Observation{posted("1", "one"), posted("1", "one"), posted("2", "two"), {Kind: message.Posted, Native: []byte(`{"id":null}`)}},
		Rejected:     []bot.Rejected{{Place: "event 9", Reason: "is no JSON", Bytes: []byte("{")}},
		Coverage:     []ledger.Coverage{{Channel: general, Change: ledger.Watching, From: through}, {Channel: general, Change: ledger.Watching, From: through}},
		Checkpoints:  []bot.Checkpoint{{Name: "channel/77", Value: []byte("2")}},
		Through:      through,
	})
	if err != nil || len(out) != 4 || out[0].Sighting || !out[1].Sighting {
		t.Fatal(out, err)
	}
	if b, err := in.Checkpoint(t.Context(), "channel/77"); string(b) != "2" || err != nil {
		t.Errorf("checkpoint %q %v", b, err)
	}
	if at, _ := in.Through(t.Context()); !at.Equal(through) {
		t.Errorf("through %v", at)
	}
	q, err := d.ledger.Quarantines(t.Context(), 0, 0)
	if err != nil || len(q) != 2 || string(q[0].Bytes) != `{"id":null}` || string(q[1].Bytes) != "{" {
		t.Errorf("quarantine %+v %v", q, err)
	}
	h := in.Health()
	if h.Rejected != 2 || h.Events != 4 || h.Account != "bot 5" || h.LastEvent.IsZero() {
		t.Errorf("health %+v", h)
	}

	// A batch whose context has ended leaves nothing, its checkpoint neither.
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	before := d.ledger.Size()
	if _, err := a.Hand(gone, bot.Batch{Observations: []*message.Observation{posted("3", "three")}, Checkpoints: []bot.Checkpoint{{Name: "channel/77", Value: []byte("3")}}}); err == nil {
		t.Error("handed over without a context")
	}
	if b, _ := in.Checkpoint(t.Context(), "channel/77"); string(b) != "2" || d.ledger.Size() != before {
		t.Errorf("something was kept: checkpoint %q, %d entries", b, d.ledger.Size()-before)
	}
	if err := a.Close(t.Context(), "over"); err != nil {
		t.Fatal(err)
	}
	es, _ := d.ledger.Page(t.Context(), 0, 100, ledger.Acquired)
	if len(es) != 2 || es[0].Acq.Authority != "R. Okafor" || es[0].Acq.Until != "2099-12-31" || es[0].Acq.Retention != "730d" ||
		es[1].Acq.Counts["observations"] != 2 || es[1].Acq.Counts["sightings"] != 1 || es[1].Acq.Counts["quarantined"] != 2 {
		b, _ := json.Marshal(es)
		t.Errorf("acquisitions: %s", b)
	}
}

func TestAfterACrashTheRecordEndsWhereTheLastCommitWas(t *testing.T) {
	dir := t.TempDir()
	through := time.Date(2026, 11, 1, 10, 0, 0, 0, time.UTC)
	d := openDesk(t, dir)
	in := d.intake(nil)
	a, err := in.Acquire(t.Context(), bot.Method{How: "live"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Hand(t.Context(), bot.Batch{Observations: []*message.Observation{posted("1", "one")},
		Coverage: []ledger.Coverage{{Channel: general, Change: ledger.Watching, From: through.Add(-time.Hour)}}, Through: through}); err != nil {
		t.Fatal(err)
	}
	d.db.Close() // and no word more

	d = openDesk(t, dir)
	in = d.intake(nil)
	ctx, cancel := context.WithCancel(t.Context())
	supervised := make(chan error)
	go func() {
		supervised <- bot.Supervise(ctx, connector(func(context.Context, *bot.Intake) error { cancel(); return nil }), in)
	}()
	if err := <-supervised; err != nil {
		t.Fatal(err)
	}
	covers, err := d.ledger.Coverage(t.Context())
	if err != nil || len(covers) != 1 || len(covers[0].Outages) != 1 {
		t.Fatalf("%+v %v", covers, err)
	}
	if o := covers[0].Outages[0]; !o.From.Equal(through) || !strings.Contains(o.Reason, "before it could say why") {
		t.Errorf("outage %+v", o)
	}
	es, _ := d.ledger.Page(t.Context(), 0, 100, ledger.Acquired)
	if len(es) != 2 || es[1].Of != es[0].Seq || es[1].Acq.Counts["observations"] != 1 || !strings.Contains(es[1].Acq.Note, "next start") {
		t.Errorf("acquisitions %+v", es)
	}
	if h := in.Health(); h.State != bot.Off {
		t.Errorf("state %v", h.State)
	}
}

// connector is a Run.
type connector func(context.Context, *bot.Intake) error

func (connector) Name() string                                    { return "discord" }
func (c connector) Run(ctx context.Context, in *bot.Intake) error { return c(ctx, in) }

func TestHandingOverWaitsForFollowersAndForRoom(t *testing.T) {
	d := openDesk(t, t.TempDir())
	var lag, full atomic.Int64
	looked, changed := make(chan struct{}, 100), make(chan struct{})
	in := d.intake(func(deps *bot.Deps) {
		deps.Bound = 10
		deps.Lag = func() int64 {
			select {
			case looked <- struct{}{}:
			default:
			}
			return lag.Load()
		}
		deps.Room = func() <-chan struct{} {
			if full.Load() > 0 {
				return changed
			}
			return nil
		}
	})
	a, err := in.Acquire(t.Context(), bot.Method{How: "live"})
	if err != nil {
		t.Fatal(err)
	}
	lag.Store(100)
	handed := make(chan error)
	go func() {
		_, err := a.Hand(t.Context(), bot.Batch{Observations: []*message.Observation{posted("1", "one")}})
		handed <- err
	}()
	for range 5 {
		<-looked
	}
	if h := in.Health(); h.State != bot.Waiting || !strings.Contains(h.Reason, "behind") || h.Waits != 1 {
		t.Errorf("%+v", h)
	}
	lag.Store(6) // above half of the bound: not yet
	for range 5 {
		<-looked
	}
	select {
	case err := <-handed:
		t.Fatal("did not wait", err)
	default:
	}
	lag.Store(5)
	if err := <-handed; err != nil {
		t.Fatal(err)
	}
	full.Store(1)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := a.Hand(gone, bot.Batch{}); err == nil {
		t.Error("went on without room")
	}
	// Two wait at once while the connector goes on to say what it does.
	in.State(bot.Starting, "", time.Time{})
	for range 2 {
		go func() {
			_, err := a.Hand(t.Context(), bot.Batch{})
			handed <- err
		}()
	}
	for waits := in.Health().Waits; in.Health().Waits < waits+2 && in.Health().Waits < 4; {
		runtime.Gosched()
	}
	in.State(bot.Live, "", time.Time{})
	if h := in.Health(); h.State != bot.Waiting || !strings.Contains(h.Reason, "disk is full") {
		t.Errorf("without room: %+v", h)
	}
	full.Store(0)
	close(changed)
	for range 2 {
		if err := <-handed; err != nil {
			t.Error(err)
		}
	}
	if h := in.Health(); h.State != bot.Live || h.Reason != "" {
		t.Errorf("after the wait: %+v", h)
	}
}

// Two batches on their way at once say of the same channel that it is watched;
// the record must have one watch, or the other would never end.
func TestAChannelIsWatchedOnceHoweverManySaySo(t *testing.T) {
	d := openDesk(t, t.TempDir())
	in := d.intake(nil)
	a, err := in.Acquire(t.Context(), bot.Method{How: "live"})
	if err != nil {
		t.Fatal(err)
	}
	// The writer is kept busy until all of them wait for it.
	busy, handed := make(chan struct{}), make(chan error)
	go func() { handed <- d.db.Write(t.Context(), store.Urgent, func(*store.Tx) error { <-busy; return nil }) }()
	for range 8 {
		go func() {
			_, err := a.Hand(t.Context(), bot.Batch{Coverage: []ledger.Coverage{{Channel: general, Change: ledger.Watching, From: time.Now()}}})
			handed <- err
		}()
	}
	close(busy)
	for range 9 {
		if err := <-handed; err != nil {
			t.Fatal(err)
		}
	}
	if open, err := d.ledger.OpenWatches(t.Context(), "discord"); err != nil || len(open) != 1 {
		t.Errorf("%d watches %v", len(open), err)
	}
	// What is rolled back was never watched.
	gone, cancel := context.WithCancel(t.Context())
	other := general
	other.ID = "78"
	err = d.db.Write(t.Context(), store.Urgent, func(*store.Tx) error { cancel(); return nil })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Hand(gone, bot.Batch{Coverage: []ledger.Coverage{{Channel: other, Change: ledger.Watching}}}); err == nil || len(in.Open()) != 1 {
		t.Errorf("%v; open %v", err, in.Open())
	}
}

func TestAChannelLostAlarmsOnceUntilItIsHeardAgain(t *testing.T) {
	d := openDesk(t, t.TempDir())
	in := d.intake(nil)
	for range 3 {
		in.ChannelState(t.Context(), general, false, "the bot was removed", "invite it again")
	}
	if told := d.told(); len(told) != 1 || told[0].Channel.ID != "77" || told[0].Mend == "" || in.Health().Well() {
		t.Errorf("%+v", told)
	}
	in.ChannelState(t.Context(), general, true, "", "")
	if !in.Health().Well() {
		t.Error("still not well")
	}
	in.ChannelState(t.Context(), general, false, "the bot was removed", "invite it again")
	if len(d.told()) != 2 {
		t.Errorf("%+v", d.told())
	}
}

func TestStrangeChatsAreCountedAndBounded(t *testing.T) {
	in := openDesk(t, t.TempDir()).intake(nil)
	for i := range 1000 {
		in.Dropped(string(rune('a'+i%26))+strings.Repeat("x", i/26), "somewhere")
	}
	in.Dropped("b", "elsewhere")
	list := in.Health().Dropped
	if len(list) != 256 || list[0] != (bot.Dropped{ID: "b", Title: "elsewhere", Count: 2}) {
		t.Errorf("%d %+v", len(list), list[0])
	}
}

func TestPumpKeepsOrderAndTakesWhatWaits(t *testing.T) {
	in := make(chan int, 100)
	for i := range 100 {
		in <- i
	}
	close(in)
	next, batches := 0, 0
	err := bot.Pump(t.Context(), in, 64, func(some []int) error {
		batches++
		for _, v := range some {
			if v != next {
				t.Fatalf("%d for %d", v, next)
			}
			next++
		}
		return nil
	})
	if err != nil || next != 100 || batches != 2 {
		t.Error(err, next, batches)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := bot.Pump(ctx, make(chan int), 4, func([]int) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
