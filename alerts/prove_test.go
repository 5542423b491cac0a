package alerts

import (
	"context"
	"strings"
	"testing"

	"stakeout/alerts/notify"
)

func TestProveEndsWhenTheTestHasArrived(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- w.alerts.Deliver(ctx) }()
	if err := w.alerts.Prove(t.Context(), "slack"); err != nil {
		t.Fatal(err)
	}
	if len(w.box.got) != 1 || w.box.got[0].Kind != notify.Test {
		t.Errorf("%+v", w.box.got)
	}
	w.box.mu.Lock()
	w.box.fault = func(int) error { return &notify.Refused{Reason: "channel_not_found"} }
	w.box.mu.Unlock()
	w.clock.move(1)
	w.clock.move(1000)
	if err := w.alerts.Prove(t.Context(), "slack"); err == nil || !strings.Contains(err.Error(), "channel_not_found") {
		t.Error(err)
	}
	cancel()
	<-done
}

func TestWhatIsWrongWithCollectingIsToldOnceADay(t *testing.T) {
	w := newWorld(t)
	for range 3 {
		if err := w.alerts.Operational(t.Context(), "discord: channel lost (general)", "the bot was removed", "Channel: general", "The bot was removed."); err != nil {
			t.Fatal(err)
		}
	}
	w.drain()
	if len(w.box.got) != 1 || w.box.got[0].Kind != notify.Trouble || !strings.Contains(w.box.got[0].Told.Title, "channel lost") {
		t.Errorf("%+v", w.box.got)
	}
	troubles, err := w.alerts.Troubles(t.Context(), w.clock.now())
	if err != nil || len(troubles) != 1 || troubles[0].Count != 3 || troubles[0].Detail != "the bot was removed" {
		t.Errorf("%+v %v", troubles, err)
	}
}
