package discord_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"stakeout/bot/bottest"
	"stakeout/bot/discord"
	"stakeout/bot/discord/discordtest"
)

// TestChaos produces messages, edits and deletions while everything breaks:
// the connections, the answers, the order of events, the process. In the end
// the ledger must hold each message and each last edit that the server has
// exactly once, each deletion, and nothing else; at no kill may it have claimed
// more than it had. STAKEOUT_CHAOS sets how many messages, STAKEOUT_KILLS how
// often the process is killed, STAKEOUT_SEED repeats a run's choices.
func TestChaos(t *testing.T) {
	if testing.Short() {
		t.Skip("kills for half a minute")
	}
	messages, kills := setting(t, "STAKEOUT_CHAOS", 2000), setting(t, "STAKEOUT_KILLS", 4)
	seed := uint64(setting(t, "STAKEOUT_SEED", int(rand.Int64()>>1)))
	t.Logf("STAKEOUT_SEED=%d", seed)
	rng := func(n uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, n)) }

	w := newWorld(t, fast)
	for i := range 300 { // what was there before the bot came, over three pages
		w.PostDraft(w.text[0], discordtest.Draft{Content: fmt.Sprint("old ", i), At: time.Now().Add(-10*24*time.Hour + time.Duration(i)*time.Minute)})
	}
	proxy, err := bottest.NewProxy(w.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer proxy.Close()

	// The process lives up to life, and in the end once for as long as all the
	// others together, at least so long that sessions are resumed and lost.
	const life = 5 * time.Second
	long := max(8*time.Second, time.Duration(kills)*life/2)
	storm, calm := context.WithCancel(t.Context())
	defer calm()
	w.Disorder(rng(1), 0.02, 0.05)
	for n, f := range []discordtest.Fault{
		discordtest.Break(http.StatusInternalServerError), discordtest.Break(http.StatusBadGateway), discordtest.Break(http.StatusServiceUnavailable),
		discordtest.Cut(), discordtest.Limited(300*time.Millisecond, false), discordtest.Limited(200*time.Millisecond, true),
	} {
		w.Spoil(f.Sometimes(rng(uint64(2+n)), 0.02))
	}
	var wait sync.WaitGroup
	wait.Go(func() { proxy.Chaos(storm, rng(10), 700*time.Millisecond) })
	wait.Go(func() { upset(storm, w, rng(11)) })
	p := &producer{w: w, rng: rng(12), channels: append([]string(nil), w.text...)}
	pace := (time.Duration(kills)*life/2 + long) / time.Duration(messages+1)
	wait.Go(func() { p.produce(storm, messages, pace) })

	dir := t.TempDir()
	var log bytes.Buffer
	r := bottest.Record{Slack: time.Second} // events out of order come late
	k := bottest.Kills{Name: "discord", Dir: dir, Addr: proxy.Addr(), Times: kills, Life: life, Log: &log, Dead: func(ctx context.Context) error {
		l, err := bottest.Open(ctx, dir, discord.Name, nil)
		if err != nil {
			return err
		}
		defer l.Close()
		if err := r.Read(ctx, l.Ledger); err != nil {
			return err
		}
		return errors.Join(r.Ahead(w.said()), marksAhead(ctx, l, w, &r))
	}}
	if err := k.Run(t.Context(), rng(13)); err != nil {
		t.Fatalf("%v\n%s", err, tail(&log))
	}
	c, err := bottest.Start(k.Name, dir, proxy.Addr(), &log)
	if err != nil {
		t.Fatal(err)
	}
	select {
	case <-time.After(long):
	case <-c.Exited():
	}
	if err := errors.Join(c.Kill(), k.Dead(t.Context())); err != nil {
		t.Fatalf("%v\n%s", err, tail(&log))
	}
	calm()
	wait.Wait()
	w.Mend()
	w.Disorder(nil, 0, 0)
	p.produce(t.Context(), messages, 0)

	l, err := bottest.Open(t.Context(), dir, discord.Name, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	stop := watch(t, l, connector(w.Addr(), logger()))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	v := settled(ctx, t, l, w, &r)
	stop()
	if err := r.Read(t.Context(), l.Ledger); err != nil {
		t.Fatal(err)
	}
	v = r.Judge(w.said())
	for _, problem := range v.Problems {
		t.Error(problem)
	}
	report, err := l.Verify(t.Context(), nil)
	if err != nil || len(report.Problems) > 0 {
		t.Errorf("the tree does not verify: %v, %v", report.Problems, err)
	}
	if n, _, err := l.QuarantineCount(t.Context(), 0); err != nil || n > 0 {
		t.Errorf("%d records in quarantine, %v", n, err)
	}
	wire := w.Wire()
	t.Logf("%d messages, %d kept, %d versions, %d passed unseen, deletions: %d told, %d absent, %d unseen; %d identified, %d resumed; %d failures",
		v.Messages, v.Kept, v.Versions, v.Passed, v.Told, v.Absent, v.Unseen, wire.Frames[2], wire.Frames[6], v.Failures)
	if t.Failed() {
		t.Logf("the children's log ends with\n%s", tail(&log))
	}
	if os.Getenv("STAKEOUT_CHAOS") != "" {
		t.Logf("requests: %v", wire.Requests)
	}
}

// marksAhead looks at the channels' checkpoints: of the messages up to the one
// that a checkpoint names, those that the server still has must be held.
func marksAhead(ctx context.Context, l *bottest.Ledger, w *world, r *bottest.Record) error {
	marks := map[string]int64{}
	for _, m := range w.said() {
		if _, known := marks[m.Channel]; !known {
			var mark struct {
				Last int64 `json:"last,string"`
			}
			b, err := l.Intake.Checkpoint(ctx, "channel/"+m.Channel)
			if err != nil {
				return err
			}
			if b != nil {
				if err := json.Unmarshal(b, &mark); err != nil {
					return err
				}
			}
			marks[m.Channel] = mark.Last
		}
		id, err := strconv.ParseInt(m.ID, 10, 64)
		if err != nil {
			return err
		}
		// Events out of order may still be on their way; what lies behind a mark
		// is read again after every start.
		late := int64(r.Slack/time.Millisecond) << 22
		if m.Deleted.IsZero() && id <= marks[m.Channel]-late && !r.Holds(m.Channel, m.ID) {
			return fmt.Errorf("the checkpoint of %s is at %d, but message %d is not held", m.Channel, marks[m.Channel], id)
		}
	}
	return nil
}

func tail(b *bytes.Buffer) string {
	s := b.String()
	return s[max(0, len(s)-4000):]
}

// upset does what the gateway does to its clients now and then.
func upset(ctx context.Context, w *world, rng *rand.Rand) {
	for {
		select {
		case <-time.After(time.Duration(rng.IntN(2500)) * time.Millisecond):
		case <-ctx.Done():
			return
		}
		switch rng.IntN(6) {
		case 0:
			w.Reconnect()
		case 1:
			w.Invalidate(true)
		case 2:
			w.Invalidate(false)
		case 3:
			w.CloseAll(4000)
		case 4:
			w.Forget()
			w.Drop()
		case 5:
			w.AskHeartbeat()
		}
	}
}

// producer is the people in the world.
type producer struct {
	w        *world
	rng      *rand.Rand
	channels []string // where they talk: text channels and threads
	threads  []string
	recent   [400][2]string // channel and id of what may be edited and deleted
	n        int            // messages so far
}

// produce goes on until there are so many messages or ctx ends, with a pause
// between two.
func (p *producer) produce(ctx context.Context, messages int, pace time.Duration) {
	for ; p.n < messages && ctx.Err() == nil; p.n++ {
		p.step()
		if pace > 0 {
			select {
			case <-time.After(pace):
			case <-ctx.Done():
			}
		}
	}
}

func (p *producer) step() {
	w, rng := p.w, p.rng
	channel := p.channels[rng.IntN(len(p.channels))]
	text := fmt.Sprintf("message %d, %x", p.n, rng.Uint64())
	id := w.PostDraft(channel, discordtest.Draft{Content: text, Broken: rng.IntN(200) == 0})
	p.recent[p.n%len(p.recent)] = [2]string{channel, id}
	some := func() (string, string) {
		m := p.recent[rng.IntN(len(p.recent))]
		return m[0], m[1]
	}
	switch n := rng.IntN(1000); {
	case n < 200:
		channel, id := some()
		w.Edit(channel, id, fmt.Sprintf("edited %d, %x", p.n, rng.Uint64()))
	case n < 250:
		channel, id := some()
		w.Delete(channel, id)
	case n < 260:
		var ids []string
		for range 10 {
			if c, id := some(); c == channel {
				ids = append(ids, id)
			}
		}
		w.DeleteBulk(channel, ids)
	case n < 280:
		channel, id := some()
		w.Touch(channel, id)
	case n < 290 && len(p.threads) < 40:
		parent, kind := w.text[rng.IntN(len(w.text))], discordtest.PublicThread
		if rng.IntN(3) == 0 {
			parent = w.forum
		}
		thread := w.AddThread(parent, fmt.Sprint("aside ", len(p.threads)), kind)
		w.Post(thread, fmt.Sprint("the first word of ", thread))
		p.threads, p.channels = append(p.threads, thread), append(p.channels, thread)
	case n < 295 && len(p.threads) > 0:
		w.Archive(p.threads[rng.IntN(len(p.threads))], true)
	case n < 300:
		w.Post(w.elsewhere, "not for us")
	}
}
