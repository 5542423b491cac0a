package canary_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"stakeout/canary"
	"stakeout/ledger"
	"stakeout/message"
	"stakeout/store"
)

// aviary is a ledger into which whatever is posted comes back, unless it is
// deaf.
type aviary struct {
	*canary.Canary
	posts  []string
	alarms chan string
	deaf   atomic.Bool
}

func open(t *testing.T) *aviary {
	t.Helper()
	dir := t.TempDir()
	db, err := store.Open(t.Context(), filepath.Join(dir, "ledger.db"), ledger.Migrations...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	l, err := ledger.Open(t.Context(), db, dir, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	a := &aviary{alarms: make(chan string, 10)}
	own := message.Channel{Platform: message.Discord, ID: "900"}
	a.Canary = &canary.Canary{
		Channel: own, Every: time.Hour, Ledger: l, Indexed: l.Size, Changed: db.Changed, Now: time.Now,
		Alarm: func(_ context.Context, detail, _ string) { a.alarms <- detail },
		Post: func(ctx context.Context, channel, text string) (string, error) {
			a.posts = append(a.posts, channel+" "+text)
			if a.deaf.Load() {
				return "", errors.New("no route to host")
			}
			return "1", l.Write(ctx, store.Urgent, func(tx *store.Tx) error {
				seq, err := l.OpenAcquisition(tx, ledger.Acquisition{Kind: "connector", Source: "discord"})
				if err != nil {
					return err
				}
				_, err = l.Append(tx, &message.Observation{Kind: message.Posted, Via: message.Live, Channel: own, ID: "1", Text: text, Acquisition: seq, Observed: time.Now()})
				return err
			})
		},
	}
	return a
}

func TestACanaryIsTimedToTheReceiver(t *testing.T) {
	a := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	proved := make(chan struct{})
	a.Prove = func(context.Context) error { close(proved); return nil }
	done := make(chan error)
	go func() { done <- a.Run(ctx) }()
	<-proved
	cancel() // seen between two canaries: the one under way comes to its end
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	s := a.State()
	if s.Failing || s.LastOK.IsZero() || s.Ledger <= 0 || s.Index < s.Ledger || s.Receiver < s.Index {
		t.Errorf("%+v", s)
	}
	if len(a.posts) != 1 || !strings.HasPrefix(a.posts[0], "900 Test message") {
		t.Errorf("%q", a.posts)
	}
}

func TestAMissingCanaryIsToldWithItsStage(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(*aviary)
		want  string
	}{
		{"not posted", func(a *aviary) { a.deaf.Store(true) }, "was not posted"},
		{"not indexed", func(a *aviary) { a.Every = 50 * time.Millisecond; a.Indexed = func() int64 { return 0 } }, "was not indexed"},
		{"not delivered", func(a *aviary) { a.Prove = func(context.Context) error { return errors.New("refused") } }, "did not arrive"},
		{"deaf", func(a *aviary) {
			a.Every = 50 * time.Millisecond
			a.Post = func(context.Context, string, string) (string, error) { return "2", nil }
		}, "did not come back"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := open(t)
			c.spoil(a)
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error)
			go func() { done <- a.Run(ctx) }()
			if detail := <-a.alarms; !strings.Contains(detail, c.want) {
				t.Errorf("told %q, want %q", detail, c.want)
			}
			cancel()
			<-done
		})
	}
}

func TestNothingIsPostedAfterTheLastDay(t *testing.T) {
	a := open(t)
	a.Ended = func() bool { return true }
	if err := a.Run(t.Context()); err != nil || len(a.posts) != 0 || a.State().Failing {
		t.Errorf("%v, posted %q, %+v", err, a.posts, a.State())
	}
}
