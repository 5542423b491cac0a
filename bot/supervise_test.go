package bot_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"stakeout/bot"
	"stakeout/message"
)

// A database's own goroutines cannot live in a bubble of synctest, so the
// ledger is opened outside, and what runs inside writes nothing: a source that
// never ran has nothing to end.

func TestSupervisePausesLongerAfterEachFailure(t *testing.T) {
	in := quiet(t, "2099-12-31")
	in.strict = true
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var starts []time.Time
		c := connector(func(context.Context, *bot.Intake) error {
			starts = append(starts, time.Now())
			switch len(starts) {
			case 3:
				panic("text of a message")
			case 16:
				cancel()
			}
			return errors.New("connection reset")
		})
		if err := bot.Supervise(ctx, c, in.Intake); err != nil {
			t.Fatal(err)
		}
		for i := 1; i < len(starts); i++ {
			most := min(time.Second<<(i-1), 5*time.Minute)
			if pause := starts[i].Sub(starts[i-1]); pause < most/2 || pause > most*3/2 {
				t.Errorf("pause %d was %s, want about %s", i, pause, most)
			}
		}
		if h := in.Health(); h.Reconnects != 15 {
			t.Errorf("%d reconnects", h.Reconnects)
		}
		if len(in.alarms) < 2 || in.alarms[0].Name != "panicked" || strings.Contains(in.alarms[0].Detail, "text") || in.alarms[1].Name != "keeps failing" {
			t.Errorf("alarms %+v", in.alarms)
		}
	})
}

func TestAFaultIsToldAndTriedSeldom(t *testing.T) {
	in := quiet(t, "2099-12-31")
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		runs := 0
		c := connector(func(context.Context, *bot.Intake) error {
			if runs++; runs == 2 {
				cancel()
			}
			return &bot.Fault{What: "the token is refused", Mend: "make a new one"}
		})
		ended := make(chan error, 1)
		began := time.Now()
		go func() { ended <- bot.Supervise(ctx, c, in.Intake) }()
		synctest.Wait()
		if h := in.Health(); h.State != bot.Broken || h.Reason != "the token is refused" || h.Mend != "make a new one" || h.Until.IsZero() {
			t.Errorf("%+v", h)
		}
		if err := <-ended; err != nil || time.Since(began) < 5*time.Minute {
			t.Error(err, time.Since(began))
		}
		if len(in.alarms) == 0 || in.alarms[0].Mend != "make a new one" {
			t.Errorf("%+v", in.alarms)
		}
	})
}

func TestCollectionEndsWithItsTermsAndWarnsBefore(t *testing.T) {
	// In a bubble time begins on 1 January 2000.
	in := quiet(t, "2000-01-10")
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var ran time.Duration
		began, runs := time.Now(), 0
		c := connector(func(ctx context.Context, _ *bot.Intake) error {
			if runs++; runs < 5 { // starting again is no reason to warn again
				return errors.New("connection reset")
			}
			<-ctx.Done()
			ran = time.Since(began)
			return ctx.Err()
		})
		ended := make(chan error, 1)
		go func() { ended <- bot.Supervise(ctx, c, in.Intake) }()
		time.Sleep(30 * 24 * time.Hour)
		synctest.Wait()
		if h := in.Health(); h.State != bot.Ended || ran != 10*24*time.Hour {
			t.Errorf("%v after %v", h.State, ran)
		}
		var told []string
		for _, a := range in.alarms {
			told = append(told, a.Name)
		}
		if got := strings.Join(told, ", "); got != "collection ends soon, collection ends soon, collection ends soon, collection ended" {
			t.Error(got)
		}
		cancel()
		<-ended
	})
}

// quietIntake is an intake on a ledger that stays empty, with the clock of
// whoever calls.
type quietIntake struct {
	*bot.Intake
	mu     sync.Mutex
	alarms []bot.Alarm
	strict bool // a context that has ended raises none
}

func quiet(t *testing.T, until string) *quietIntake {
	t.Helper()
	d := openDesk(t, t.TempDir())
	q := &quietIntake{}
	q.Intake = bot.NewIntake("discord", terms(until), bot.Deps{Ledger: d.ledger, Now: time.Now, Alarm: func(ctx context.Context, a bot.Alarm) error {
		if q.strict && ctx.Err() != nil {
			return ctx.Err()
		}
		q.mu.Lock()
		defer q.mu.Unlock()
		q.alarms = append(q.alarms, a)
		return nil
	}})
	return q
}

func TestASourceThatCannotBeReachedIsSilentToo(t *testing.T) {
	in := quiet(t, "2099-12-31")
	a, err := in.Acquire(t.Context(), bot.Method{How: "live"})
	if err != nil {
		t.Fatal(err)
	}
	var week []*message.Observation // up to where a bubble's time begins
	for n := range 8 * 24 * 12 {
		o := posted(strconv.Itoa(n+1), "one")
		o.Observed = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).Add(-time.Duration(n) * 5 * time.Minute)
		week = append(week, o)
	}
	if _, err := a.Hand(t.Context(), bot.Batch{Observations: week}); err != nil {
		t.Fatal(err)
	}
	if err := a.Close(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() {
			ended <- bot.Supervise(ctx, connector(func(context.Context, *bot.Intake) error { return errors.New("connection refused") }), in.Intake)
		}()
		time.Sleep(time.Hour)
		synctest.Wait()
		if !in.Health().Silent || !slices.ContainsFunc(in.alarms, func(a bot.Alarm) bool { return a.Name == "silent" }) {
			t.Errorf("%+v %+v", in.Health(), in.alarms)
		}
		cancel()
		<-ended
	})
}
