package discord_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"stakeout/bot"
	"stakeout/bot/bottest"
	"stakeout/bot/discord"
	"stakeout/bot/discord/discordtest"
	"stakeout/secret"
)

// watched and strange are the servers of the tests' world: the connector is to
// watch all of the first, and nothing of the second.
const (
	watched = "Harbour"
	strange = "Elsewhere"
)

func TestMain(m *testing.M) {
	bottest.Main(m, map[string]bottest.Func{"discord": bottest.Watch(discord.Name, func(_, addr string, log *slog.Logger) (bot.Connector, error) {
		return connector(addr, log), nil
	})})
}

// connector is one against the peer at addr.
func connector(addr string, log *slog.Logger) *discord.Connector {
	cfg := discord.DefaultConfig()
	cfg.Token = secret.Value(discordtest.Token)
	cfg.Servers = []string{watched}
	cfg.APIURL = "http://" + addr + "/api/v9"
	return discord.New(cfg, log)
}

// world is a server with both guilds and a few channels.
type world struct {
	*discordtest.Server
	guild, other string
	text         []string // text channels of the watched guild
	forum        string
	elsewhere    string      // a channel of the strange guild
	last         [][2]string // channel and id of what was said of late
}

func newWorld(t testing.TB, opt discordtest.Options) *world {
	t.Helper()
	w := &world{Server: discordtest.New(opt)}
	t.Cleanup(w.Close)
	w.guild, w.other = w.AddGuild(watched), w.AddGuild(strange)
	for _, name := range []string{"general", "quay", "ropes"} {
		w.text = append(w.text, w.AddChannel(w.guild, "", name, discordtest.Text))
	}
	w.forum = w.AddChannel(w.guild, "", "tides", discordtest.Forum)
	w.elsewhere = w.AddChannel(w.other, "", "general", discordtest.Text)
	return w
}

// said is all that was ever said in the watched guild.
func (w *world) said() []bottest.Message {
	var out []bottest.Message
	for _, m := range w.History() {
		if m.Channel != w.elsewhere {
			out = append(out, m)
		}
	}
	return out
}

// watch runs a connector in this process until stop is called or the test ends.
func watch(t testing.TB, l *bottest.Ledger, c bot.Connector) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- bot.Supervise(ctx, c, l.Intake) }()
	stopped := false
	stop = func() {
		cancel()
		if !stopped {
			stopped = true
			if err := <-done; err != nil {
				t.Errorf("the connector ended with %v", err)
			}
		}
	}
	t.Cleanup(stop)
	return stop
}

// settled waits until the ledger holds all that the world has, and gives the
// verdict; after ctx the verdict as it then is.
func settled(ctx context.Context, t testing.TB, l *bottest.Ledger, w *world, r *bottest.Record) bottest.Verdict {
	t.Helper()
	var v bottest.Verdict
	err := l.Until(ctx, func() (bool, error) {
		if err := r.Read(ctx, l.Ledger); err != nil {
			return false, err
		}
		v = r.Judge(w.said())
		return v.Failures == 0, nil
	})
	if err != nil {
		t.Errorf("not all is there: %v", err)
	}
	return v
}

// log is where connectors of this process log: nowhere, or to the standard
// error from the level that STAKEOUT_TEST_LOG names.
func logger() *slog.Logger {
	var l slog.Level
	if s := os.Getenv("STAKEOUT_TEST_LOG"); s == "" || l.UnmarshalText([]byte(s)) != nil {
		return nil
	}
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: l}))
}

// setting is a number from the environment.
func setting(t testing.TB, name string, otherwise int) int {
	t.Helper()
	s := os.Getenv(name)
	if s == "" {
		return otherwise
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// fast are the options of a server whose clients notice a dead connection soon.
var fast = discordtest.Options{Heartbeat: 500 * time.Millisecond, Global: 10_000, PerBucket: 5000}

// speak is one event: mostly something new, sometimes an edit or a deletion of
// something that was said a moment ago.
func speak(w *world, rng *rand.Rand, i int) {
	switch n := rng.IntN(100); {
	case n < 15 && len(w.last) > 0:
		m := w.last[rng.IntN(len(w.last))]
		w.Edit(m[0], m[1], fmt.Sprintf("said otherwise in event %d", i))
		return
	case n < 25 && len(w.last) > 0:
		m := w.last[rng.IntN(len(w.last))]
		w.Delete(m[0], m[1])
		return
	}
	channel := w.text[rng.IntN(len(w.text))]
	id := w.Post(channel, fmt.Sprintf("event %d: the ferry to %x leaves at %02d:%02d from pier %d, %x", i, rng.Uint32(), rng.IntN(24), rng.IntN(60), rng.IntN(12), rng.Uint64()))
	if w.last = append(w.last, [2]string{channel, id}); len(w.last) > 200 {
		w.last = slices.Delete(w.last, 0, 100)
	}
}
