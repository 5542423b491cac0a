package bot_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"stakeout/bot"
)

// A database's own goroutines cannot live in a bubble of synctest, so the
// ledger is opened outside, and what runs inside writes nothing: a source that
// never ran has nothing to end.

func TestSupervisePausesLongerAfterEachFailure(t *testing.T) {
	in := quiet(t, "2099-12-31")
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var starts []time.Time
		c := connector(func(context.Context, *bot.Intake) error {
			starts = append(starts, time.Now())
			switch len(starts) {
			case 3:
				panic("text of a message")
			case 12:
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
		if h := in.Health(); h.Reconnects != 11 {
			t.Errorf("%d reconnects", h.Reconnects)
		}
		if len(in.alarms) != 1 || in.alarms[0].Name != "panicked" || strings.Contains(in.alarms[0].Detail, "text") {
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
		c := connector(func(ctx context.Context, _ *bot.Intake) error {
			began := time.Now()
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
		if got := strings.Join(told, ", "); got != "collection ends in 14 days, collection ends in 7 days, collection ends in 1 days, collection ended" {
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
	alarms []bot.Alarm
}

func quiet(t *testing.T, until string) *quietIntake {
	t.Helper()
	d := openDesk(t, t.TempDir())
	q := &quietIntake{}
	q.Intake = bot.NewIntake("discord", terms(until), bot.Deps{Ledger: d.ledger, Now: time.Now, Alarm: func(_ context.Context, a bot.Alarm) error {
		q.alarms = append(q.alarms, a)
		return nil
	}})
	return q
}
