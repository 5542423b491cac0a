package bottest_test

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"stakeout/bot"
	"stakeout/bot/bottest"
	"stakeout/ledger"
	"stakeout/message"
)

// counter is a connector that says the next number, for ever.
type counter struct{}

var room = message.Channel{Platform: "test", ID: "7", Name: "room"}

func (counter) Name() string { return "counter" }

func (counter) Run(ctx context.Context, in *bot.Intake) error {
	a, err := in.Acquire(ctx, bot.Method{Account: "9", How: "counting"})
	if err != nil {
		return err
	}
	b, err := in.Checkpoint(ctx, "at")
	if err != nil {
		return err
	}
	n, _ := strconv.Atoi(string(b))
	for ctx.Err() == nil {
		n++
		now := in.Now()
		o := &message.Observation{
			Kind: message.Posted, Via: message.Live, Channel: room, ID: strconv.Itoa(n), Text: "number " + strconv.Itoa(n),
			Sent: message.Seconds(int64(n)), Native: []byte("{}"), Format: "test",
		}
		watching := ledger.Coverage{Channel: room, Change: ledger.Watching, From: now}
		_, err := a.Hand(ctx, bot.Batch{
			Observations: []*message.Observation{o}, Coverage: []ledger.Coverage{watching}, Through: now,
			Checkpoints: []bot.Checkpoint{{Name: "at", Value: []byte(strconv.Itoa(n))}},
		})
		if err != nil {
			return err
		}
	}
	return ctx.Err()
}

func TestMain(m *testing.M) {
	bottest.Main(m, map[string]bottest.Func{
		"counter": bottest.Watch("counter", func(string, string, *slog.Logger) (bot.Connector, error) { return counter{}, nil }),
	})
}

func TestKilledCounterCountsOn(t *testing.T) {
	dir := t.TempDir()
	deaths := 0
	k := bottest.Kills{
		Name: "counter", Dir: dir, Times: 4, Life: 300 * time.Millisecond, Log: os.Stderr,
		Dead: func(context.Context) error { deaths++; return nil },
	}
	if err := k.Run(t.Context(), rand.New(rand.NewPCG(1, 2))); err != nil {
		t.Fatal(err)
	}
	c, err := bottest.Start("counter", dir, "", os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	<-c.Beat()
	if err := c.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	l, err := bottest.Open(t.Context(), dir, "counter", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	at, err := l.Intake.Checkpoint(t.Context(), "at")
	if err != nil {
		t.Fatal(err)
	}
	n, _ := strconv.Atoi(string(at))
	if deaths != 4 || n == 0 {
		t.Fatalf("%d deaths, counted to %d", deaths, n)
	}
	var said []bottest.Message
	for i := range n {
		text := strconv.Itoa(i + 1)
		said = append(said, bottest.Message{Channel: "7", ID: text, Versions: []bottest.Version{{Text: "number " + text}}})
	}
	var r bottest.Record
	if err := r.Read(t.Context(), l.Ledger); err != nil {
		t.Fatal(err)
	}
	v := r.Judge(said)
	// The counter fetches nothing, so its outages stay open: one for each kill
	// of a process that had begun to watch.
	if v.Versions != n || v.Failures > 4 {
		t.Errorf("of %d numbers: %+v", n, v)
	}
	v = r.Judge(said[1:])
	if len(v.Problems) == 0 || v.Problems[0] != "message 1 in 7: the source never had it" {
		t.Errorf("an invented message passes: %+v", v)
	}
}
