package telegram

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"stakeout/bot"
	"stakeout/bot/bottest"
	"stakeout/bot/telegram/telegramtest"
	"stakeout/secret"
)

var chaosChats = []int64{quay, radio, pier}

// chaosConnector is what the killed process runs: the connector of the service,
// with shorter pauses.
func chaosConnector(_, addr string, log *slog.Logger) (bot.Connector, error) {
	c := New(Config{
		Token: secret.Value(telegramtest.Token), APIURL: "http://" + addr,
		Channels: []string{strconv.Itoa(quay), strconv.Itoa(radio), strconv.Itoa(pier)},
	}, log)
	c.first, c.limit, c.pollFor = 20*time.Millisecond, 200*time.Millisecond, time.Second
	return c, nil
}

// source produces messages, and knows all that was ever said.
type source struct {
	server *telegramtest.Server
	rng    *rand.Rand
	mu     sync.Mutex
	said   []bottest.Message
}

// produce says n things, a tenth of them edits, spread over so much time.
func (s *source) produce(ctx context.Context, n int, over time.Duration) {
	began := time.Now()
	for i := range n {
		chat := chaosChats[s.rng.IntN(len(chaosChats))]
		s.mu.Lock()
		if len(s.said) > 0 && s.rng.IntN(10) == 0 {
			m := &s.said[max(0, len(s.said)-1-s.rng.IntN(50))]
			id, _ := strconv.ParseInt(m.ID, 10, 64)
			chat, _ := strconv.ParseInt(m.Channel, 10, 64)
			words := fmt.Sprintf("edit %d", i)
			e := s.server.Edit(chat, id, words)
			m.Versions = append(m.Versions, bottest.Version{At: e.At, Edited: time.Unix(e.Date, 0).UTC(), Text: words})
		} else {
			words := fmt.Sprintf("message %d %s", i, strings.Repeat("ahoy ", s.rng.IntN(20)))
			m := s.server.Say(chat, ida, words, nil)
			s.said = append(s.said, bottest.Message{Channel: strconv.FormatInt(chat, 10), ID: strconv.FormatInt(m.ID, 10), Versions: []bottest.Version{{At: m.At, Text: words}}})
		}
		s.mu.Unlock()
		if err := sleep(ctx, time.Until(began.Add(over*time.Duration(i+1)/time.Duration(n)))); err != nil {
			return
		}
	}
}

func (s *source) all() []bottest.Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := append([]bottest.Message(nil), s.said...)
	for i := range out {
		out[i].Versions = append([]bottest.Version(nil), out[i].Versions...)
	}
	return out
}

func fromEnv(t *testing.T, name string, otherwise int) int {
	t.Helper()
	v := os.Getenv(name)
	if v == "" {
		return otherwise
	}
	n, err := strconv.Atoi(v)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestChaos: messages and edits are produced while the connection is cut,
// half-closed, slowed, held and refused, answers are 429, 5xx, cut, slow,
// repeated and shuffled, and the process is killed with SIGKILL again and
// again. At the end everything stands in the ledger once, and at no moment did
// the ledger claim to cover what it did not hold.
func TestChaos(t *testing.T) {
	messages, kills := fromEnv(t, "STAKEOUT_CHAOS", 2000), fromEnv(t, "STAKEOUT_KILLS", 4)
	seed := uint64(fromEnv(t, "STAKEOUT_SEED", int(time.Now().UnixNano()&0xffffff)))
	t.Logf("seed %d", seed)
	rng := func() *rand.Rand { seed++; return rand.New(rand.NewPCG(seed, 7)) }

	server, err := telegramtest.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	server.Add(telegramtest.Chat{ID: quay, Type: "supergroup", Title: "Quay", Status: "member"})
	server.Add(telegramtest.Chat{ID: radio, Type: "channel", Title: "Port Radio", Status: "administrator"})
	server.Add(telegramtest.Chat{ID: pier, Type: "group", Title: "Pier talk", Status: "member"})
	proxy, err := bottest.NewProxy(server.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer proxy.Close()

	const life = 2 * time.Second
	dir := t.TempDir()
	var log syncBuffer
	src := &source{server: server, rng: rng()}
	var record bottest.Record
	ctx, cancel := context.WithTimeout(t.Context(), time.Duration(kills)*20*time.Second+2*time.Minute)
	defer cancel()
	wild, calm := context.WithCancel(ctx)
	var wait sync.WaitGroup
	proxyChaos := rng()
	wait.Go(func() { src.produce(ctx, messages, time.Duration(kills)*life*3/4) })
	wait.Go(func() { proxy.Chaos(wild, proxyChaos, 300*time.Millisecond) })
	server.Chaos(rng(), 0.2)

	err = bottest.Kills{
		Name: "telegram", Dir: dir, Addr: proxy.Addr(), Times: kills, Life: life, Log: &log,
		Dead: func(ctx context.Context) error { return ahead(ctx, dir, &record, src) },
	}.Run(ctx, rng())
	if err != nil {
		t.Fatal(err, log.String())
	}
	child, err := bottest.Start("telegram", dir, proxy.Addr(), &log)
	if err != nil {
		t.Fatal(err)
	}
	calm()
	wait.Wait()
	server.Calm()
	proxy.Calm()
	if err := server.Polled(ctx); err != nil {
		t.Errorf("the connector did not catch up: %v, %d pending", err, server.Pending())
	}
	if err := child.Stop(ctx); err != nil {
		t.Error(err, log.String())
	}
	if bytes.Contains([]byte(log.String()), []byte("panic")) {
		t.Error(log.String())
	}
	l, err := bottest.Open(t.Context(), dir, "telegram", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if err := record.Read(t.Context(), l.Ledger); err != nil {
		t.Fatal(err)
	}
	v := record.Judge(src.all())
	for _, p := range v.Problems {
		t.Error(p)
	}
	if v.Failures > 0 {
		t.Errorf("%d failures", v.Failures)
	}
	covers, err := l.Coverage(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	outages, filled := 0, 0
	for _, c := range covers {
		for _, o := range c.Outages {
			if outages++; o.Filled {
				filled++
			}
		}
	}
	t.Logf("%d messages, %d versions in the ledger after %d kills; %d requests; %d outages, %d of them filled", v.Messages, v.Versions, kills, len(server.Requests()), outages, filled)
}

// ahead checks, while no process runs, that the ledger claims no more than it
// holds.
func ahead(ctx context.Context, dir string, record *bottest.Record, src *source) error {
	said := src.all()
	l, err := bottest.Open(ctx, dir, "telegram", nil)
	if err != nil {
		return err
	}
	defer l.Close()
	if err := record.Read(ctx, l.Ledger); err != nil {
		return err
	}
	return record.Ahead(said)
}
