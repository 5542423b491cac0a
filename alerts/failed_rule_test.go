package alerts

import (
	"strings"
	"testing"
	"time"
)

// limping is an engine of which one rule panics at every message.
type limping struct{ *wordEngine }

func (limping) Failed() []string { return []string{"rule-broken"} }

func TestBrokenRuleIsToldAndTheOthersGoOn(t *testing.T) {
	w := newWorld(t)
	w.alerts.judge = limping{&wordEngine{}}
	w.live("a dox")
	w.judge()
	if as := w.list(Filter{}); len(as) != 1 || as[0].Label != "doxxing" {
		t.Errorf("listed %+v", as)
	}
	ts, err := w.alerts.Troubles(t.Context(), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if len(ts) != 1 || !strings.Contains(ts[0].Detail, "rule-broken") {
		t.Errorf("troubles %+v", ts)
	}
}
