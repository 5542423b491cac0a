package mail

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"stakeout/bot"
	"stakeout/bot/bottest"
	"stakeout/ledger"
	"stakeout/secret"
)

func TestMain(m *testing.M) {
	bottest.Main(m, map[string]bottest.Func{
		"mail": bottest.Watch("mail", func(_, addr string, log *slog.Logger) (bot.Connector, error) {
			c := New(Config{Server: addr, TLS: Plain, Username: user, Password: secret.Value(password), Counsel: []string{"@firm.example"}}, log)
			c.beat, c.answer = 100*time.Millisecond, 2*time.Second
			return c, nil
		}),
	})
}

func setting(t *testing.T, name string, otherwise int) int {
	t.Helper()
	s := os.Getenv(name)
	if s == "" {
		return otherwise
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(name, err)
	}
	return n
}

// sender puts mails into the mailbox, and now and then the mailbox is made anew
// with all of them, under new numbers.
type sender struct {
	p    *peer
	mu   sync.Mutex
	sent []bottest.Message
}

func (s *sender) send(ctx context.Context, mails int, pace time.Duration) {
	for ctx.Err() == nil {
		s.mu.Lock()
		n := len(s.sent)
		if n < mails {
			id := fmt.Sprintf("%d@postbin.example", n)
			s.sent = append(s.sent, bottest.Message{Channel: id, ID: id, Versions: []bottest.Version{{At: time.Now(), Text: fmt.Sprintf("mail number %d", n)}}})
			s.p.put("INBOX", written(n))
		}
		s.mu.Unlock()
		if n >= mails {
			return
		}
		if pace > 0 {
			select {
			case <-time.After(pace):
			case <-ctx.Done():
			}
		}
	}
}

func (s *sender) said() []bottest.Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]bottest.Message(nil), s.sent...)
}

func (s *sender) renumber(t *testing.T) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.p.user.Delete("INBOX"); err != nil {
		t.Error(err)
	}
	if err := s.p.user.Create("INBOX", nil); err != nil {
		t.Error(err)
	}
	for n := range s.sent {
		s.p.put("INBOX", written(n))
	}
}

// TestChaos delivers mails while the connection is cut, half closed, slowed
// and stalled, the mailbox is numbered anew, and the process is killed. In the
// end each mail stands in the ledger exactly once, and at no kill may it have
// claimed more than it had. STAKEOUT_CHAOS sets how many mails, STAKEOUT_KILLS
// how often the process is killed, STAKEOUT_SEED repeats a run's choices.
func TestChaos(t *testing.T) {
	if testing.Short() {
		t.Skip("kills for half a minute")
	}
	mails, kills := setting(t, "STAKEOUT_CHAOS", 1500), setting(t, "STAKEOUT_KILLS", 4)
	seed := uint64(setting(t, "STAKEOUT_SEED", int(rand.Int64()>>1)))
	t.Logf("STAKEOUT_SEED=%d", seed)
	rng := func(n uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, n)) }

	s := &sender{p: serve(t, idling(), nil, false)}
	proxy, err := bottest.NewProxy(s.p.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer proxy.Close()
	const life = 4 * time.Second
	storm, calm := context.WithCancel(t.Context())
	defer calm()
	var wait sync.WaitGroup
	wait.Go(func() { proxy.Chaos(storm, rng(1), 700*time.Millisecond) })
	pace := time.Duration(kills) * life / 2 / time.Duration(mails+1)
	wait.Go(func() { s.send(storm, mails, pace) })

	dir := t.TempDir()
	var log bytes.Buffer
	var r bottest.Record
	killed := 0
	k := bottest.Kills{Name: "mail", Dir: dir, Addr: proxy.Addr(), Times: kills, Life: life, Log: &log, Dead: func(ctx context.Context) error {
		l, err := bottest.Open(ctx, dir, "mail", nil)
		if err != nil {
			return err
		}
		defer l.Close()
		if killed++; killed%25 == 3 {
			s.renumber(t)
			proxy.Cut()
		}
		return r.Read(ctx, l.Ledger)
	}}
	if err := k.Run(t.Context(), rng(2)); err != nil {
		t.Fatalf("%v\n%s", err, tail(&log))
	}
	calm()
	wait.Wait()
	s.send(t.Context(), mails, 0)

	l, err := bottest.Open(t.Context(), dir, "mail", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c := New(s.p.settings(), nil)
	c.cfg.Server, c.beat = proxy.Addr(), 100*time.Millisecond
	stop := watch(t, c, l)
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	err = l.Until(ctx, func() (bool, error) {
		if err := r.Read(ctx, l.Ledger); err != nil {
			return false, err
		}
		return r.Judge(s.said()).Failures == 0, nil
	})
	stop()
	if err := r.Read(t.Context(), l.Ledger); err != nil {
		t.Fatal(err)
	}
	v := r.Judge(s.said())
	if err != nil {
		t.Errorf("%v; %+v", err, l.Intake.Health())
	}
	for _, problem := range v.Problems {
		t.Error(problem)
	}
	report, err := l.Verify(t.Context(), nil)
	if err != nil || len(report.Problems) > 0 {
		t.Errorf("the tree does not verify: %v, %v", report.Problems, err)
	}
	missing := 0
	for _, e := range entries(t, l, ledger.Covered) {
		if e.Cov.Change == ledger.Missing {
			missing++
		}
	}
	if missing > 0 {
		t.Errorf("%d times mails are called missing, and none was", missing)
	}
	t.Logf("%d mails, %d sightings, %d logins, %d failures", v.Messages, len(entries(t, l, ledger.Sighting)), s.p.commands()["LOGIN"]+s.p.commands()["AUTHENTICATE"], v.Failures)
	if t.Failed() {
		t.Logf("the children's log ends with\n%s", tail(&log))
	}
}

func tail(b *bytes.Buffer) string {
	s := b.String()
	return s[max(0, len(s)-4000):]
}
