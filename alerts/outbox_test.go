package alerts

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"stakeout/alerts/notify"
)

func TestPassingFailuresAreTriedAgainLater(t *testing.T) {
	w := newWorld(t)
	w.box.fault = func(n int) error {
		if n <= 3 {
			return errors.New("could not be reached")
		}
		return nil
	}
	w.live("a dox")
	w.live("a key")
	w.judge()
	for _, wait := range []time.Duration{0, 2 * time.Second, 4 * time.Second} {
		w.clock.move(wait)
		left := w.drain()
		if len(left) != 1 || left[0].Waiting != 2 || left[0].Reason != "could not be reached" {
			t.Errorf("after %s: %+v", wait, left)
		}
		tries := w.box.tries
		if w.drain(); w.box.tries != tries {
			t.Errorf("after %s: tried again at once", wait)
		}
	}
	w.clock.move(8 * time.Second)
	if left := w.drain(); len(left) != 0 {
		t.Errorf("left %+v", left)
	}
	if got := strings.Join(w.box.ids(), " "); got != "A-000001 A-000002" && got != "A-000002 A-000001" {
		t.Errorf("told %s", got)
	}
}

func TestRetryAfterIsHonoured(t *testing.T) {
	w := newWorld(t)
	w.box.fault = func(n int) error {
		if n == 1 {
			return &notify.RetryAfter{Wait: 90 * time.Second}
		}
		return nil
	}
	w.live("a dox")
	w.live("a key")
	w.judge()
	w.drain()
	w.clock.move(89 * time.Second)
	w.drain()
	if w.box.tries != 1 {
		t.Errorf("%d tries before the time asked for", w.box.tries)
	}
	w.clock.move(time.Second)
	if left := w.drain(); len(left) != 0 {
		t.Errorf("left %+v", left)
	}
}

func TestRefusedIsKeptToldAndTriedSeldom(t *testing.T) {
	w := newWorld(t)
	refuse := true
	w.box.fault = func(int) error {
		if refuse {
			return &notify.Refused{Reason: "invalid_auth"}
		}
		return nil
	}
	for i := range 6 {
		o := w.observation(1, "a dox")
		o.Channel.ID = fmt.Sprint(100 + i)
		w.append(o)
	}
	w.judge()
	for range 40 { // one try after the other, as the holds allow
		w.drain()
		w.clock.move(time.Minute)
	}
	left := w.drain()
	if w.box.tries != 6 || len(left) != 1 || left[0].Refused != 6 || left[0].Reason != "refused: invalid_auth" {
		t.Errorf("%d tries, left %+v", w.box.tries, left)
	}
	d, err := w.alerts.Show(t.Context(), "1", false)
	if err != nil || len(d.Posts) != 1 || d.Posts[0].State != refused || d.Posts[0].Attempts != 1 {
		t.Errorf("posts %+v, %v", d.Posts, err)
	}
	refuse = false
	w.clock.move(time.Hour)
	if left := w.drain(); len(left) != 0 {
		t.Errorf("left %+v", left)
	}
}

func TestOnePoisonousNotificationHoldsNobodyBack(t *testing.T) {
	w := newWorld(t)
	poison := &poisoned{box: w.box, id: "A-000001"}
	w.alerts.opt.Receivers = []Receiver{poison}
	w.live("a dox")
	w.live("a key")
	w.live("the law")
	w.judge()
	for range 10 {
		w.drain()
		w.clock.move(5 * time.Second)
	}
	w.expect("A-000002", "A-000003")
	if left := w.drain(); len(left) != 1 || left[0].Refused != 1 {
		t.Errorf("left %+v", left)
	}
}

type poisoned struct {
	*box
	id string
}

func (p *poisoned) Send(ctx context.Context, n notify.Notification) error {
	if n.ID == p.id {
		return &notify.Refused{Reason: "invalid_payload"}
	}
	return p.box.Send(ctx, n)
}

func TestEachReceiverApartAndMissingOnesAreTold(t *testing.T) {
	w := newWorld(t)
	other := &box{name: "other", fault: func(int) error { return errors.New("down") }}
	w.alerts.opt.Receivers = append(w.alerts.opt.Receivers, other)
	w.alerts.lanes["other"] = &laneState{}
	w.live("a dox")
	w.judge()
	if left := w.drain(); len(left) != 1 || left[0].Receiver != "other" || left[0].Missing {
		t.Errorf("left %+v", left)
	}
	w.expect("A-000001")
	w.reopen()
	if left := w.drain(); len(left) != 1 || !left[0].Missing {
		t.Errorf("left %+v", left)
	}
	results := w.alerts.Test(t.Context())
	if len(results) != 1 || results[0].Err != nil || w.box.got[1].Kind != notify.Test {
		t.Errorf("test: %+v", results)
	}
}

func TestSentButNotMarkedIsSentAgainUnderTheSameID(t *testing.T) {
	w := newWorld(t)
	w.live("a dox")
	w.judge()
	// The process ends between sending and marking.
	ctx, cancel := context.WithCancel(t.Context())
	w.alerts.opt.Receivers = []Receiver{&killer{w.box, cancel}}
	if _, err := w.alerts.Drain(ctx); err == nil {
		t.Error("no error from a cancelled drain")
	}
	w.reopen()
	w.drain()
	w.expect("A-000001", "A-000001")
}

type killer struct {
	*box
	kill func()
}

func (k *killer) Send(ctx context.Context, n notify.Notification) error {
	defer k.kill()
	return k.box.Send(ctx, n)
}

func TestDeliverWakesOnCommitsAndTimers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, dir: t.TempDir(), clock: newClock(), box: &box{name: "slack"}}
		w.open()
		defer w.db.Close()
		w.alerts.opt.Now, w.clock.t = time.Now, time.Now()
		w.box.fault = func(n int) error {
			if n == 1 {
				return errors.New("down")
			}
			return nil
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 2)
		go func() { done <- w.alerts.Run(ctx) }()
		go func() { done <- w.alerts.Deliver(ctx) }()
		w.live("a dox")
		w.live("a dox")
		synctest.Wait()
		w.expect()
		time.Sleep(2*time.Second + 1)
		synctest.Wait()
		w.expect("A-000001")
		time.Sleep(30 * time.Minute)
		synctest.Wait()
		w.expect("A-000001", "A-000001.2")
		cancel()
		for range 2 {
			if err := <-done; !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		}
	})
}

func TestBackoffGrowsAndIsBounded(t *testing.T) {
	a := &Alerts{}
	for _, j := range []float64{0, 0.5, 0.999} {
		a.jitter = func() float64 { return j }
		for n, want := range []time.Duration{2 * time.Second, 4 * time.Second, 8 * time.Second} {
			if got := a.backoff(n); got < want*3/4 || got > want*5/4 {
				t.Errorf("backoff(%d) = %s", n, got)
			}
		}
		if got := a.backoff(1000); got < longestWait*3/4 || got > longestWait*5/4 {
			t.Errorf("backoff(1000) = %s", got)
		}
	}
}
