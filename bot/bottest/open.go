package bottest

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"stakeout/bot"
	"stakeout/ledger"
	"stakeout/store"
)

// Ledger is a real ledger on a directory, with one source's door into it.
type Ledger struct {
	*ledger.Ledger
	Intake *bot.Intake
	Dir    string

	db    *store.DB
	beats io.WriteCloser // in a child process
	wait  sync.WaitGroup
	done  chan struct{}

	mu     sync.Mutex
	alarms []bot.Alarm
}

// Open opens or makes the ledger in dir. Close it before opening it again. In a
// child process it tells the parent of every commit.
func Open(ctx context.Context, dir, source string, log *slog.Logger) (*Ledger, error) {
	db, err := store.Open(ctx, filepath.Join(dir, "stakeout.db"), ledger.Migrations...)
	if err != nil {
		return nil, err
	}
	l := &Ledger{db: db, Dir: dir, done: make(chan struct{})}
	if l.Ledger, err = ledger.Open(ctx, db, dir, time.Now); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	terms := bot.Terms{Authority: "R. Okafor", Basis: "test", Matter: "26-cv-0000", Until: "2099-12-31", Retention: "30d"}
	l.Intake = bot.NewIntake(source, terms, bot.Deps{Ledger: l.Ledger, Version: "test", Log: log, Alarm: l.alarm})
	if f, child := running(); child {
		l.beats = f
		l.wait.Go(l.beat)
	}
	return l, nil
}

// Temp opens a ledger in a directory of the test's own, and closes it with the
// test.
func Temp(t testing.TB, source string) *Ledger {
	t.Helper()
	l, err := Open(t.Context(), t.TempDir(), source, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Errorf("close the ledger: %v", err)
		}
	})
	return l
}

// Close closes the database.
func (l *Ledger) Close() error {
	close(l.done)
	l.wait.Wait()
	return l.db.Close()
}

// Changed returns a channel that is closed after the next commit.
func (l *Ledger) Changed() <-chan struct{} { return l.db.Changed() }

// Until waits for a state of the ledger or of the source's health: it asks again
// after every commit, and now and then, since health changes without one. It
// ends with ctx.
func (l *Ledger) Until(ctx context.Context, ok func() (bool, error)) error {
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for {
		changed := l.Changed()
		if done, err := ok(); done || err != nil {
			return err
		}
		select {
		case <-changed:
		case <-tick.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// Alarms are those raised so far.
func (l *Ledger) Alarms() []bot.Alarm {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.alarms)
}

func (l *Ledger) alarm(_ context.Context, a bot.Alarm) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.alarms = append(l.alarms, a)
	return nil
}

func (l *Ledger) beat() {
	for {
		changed := l.Changed()
		if _, err := l.beats.Write([]byte{'.'}); err != nil {
			return // the parent is gone
		}
		select {
		case <-changed:
		case <-l.done:
			return
		}
	}
}
