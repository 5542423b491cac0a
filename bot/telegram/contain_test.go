package telegram

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"stakeout/bot/telegram/telegramtest"
	"stakeout/message"
)

// An update that the program cannot bear costs itself, at the first reading,
// and shows nothing of what it says.
func TestAnUpdateThatPanicsGoesToQuarantine(t *testing.T) {
	poison := func(raw []byte) {
		if bytes.Contains(raw, []byte("poison")) {
			panic("said: " + string(raw))
		}
	}
	for name, spoil := range map[string]func(*Connector){
		"looking": func(c *Connector) {
			c.look = func(raw []byte) update { poison(raw); return readUpdate(raw) }
		},
		"reading": func(c *Connector) {
			c.observe = func(u *update, account string) (*message.Observation, error) {
				poison(u.raw)
				return u.observe(account)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			c := b.connector()
			spoil(c)
			b.server.Say(quay, ida, "before", nil)
			b.server.Say(quay, ida, "poison of Doe 3", nil)
			b.server.Say(quay, ida, "after", nil)
			b.run(c)
			b.settled()
			want(t, "texts", strings.Join(b.texts(), " "), "before after")
			want(t, "pending", b.server.Pending(), 0)
			qs, err := b.ledger.Quarantines(t.Context(), 0, 0)
			if err != nil || len(qs) != 1 {
				t.Fatal(qs, err)
			}
			if q := qs[0]; q.Place != "update 700000001" || q.Reason != "panicked (string)" || !bytes.Contains(q.Bytes, []byte("poison of Doe 3")) {
				t.Errorf("%+v", q)
			}
			if a := <-b.alarms; a.Name != "update not read" || a.Mend == "" {
				t.Errorf("alarm %+v", a)
			}
			if log := b.log.String(); strings.Contains(log, "Doe") || !strings.Contains(log, "contain_test.go") {
				t.Errorf("the log holds the message, or no stack: %s", log)
			}
		})
	}
}

// A page that stands before the Bot API, other each time, does not fill the
// quarantine.
func TestAPageThatChangesIsKeptOnce(t *testing.T) {
	b := newBench(t)
	b.running()
	b.settled()
	for i := range 3 * giveUp {
		page := fmt.Sprintf("<html>Sign in, guest %d%s</html>", i, strings.Repeat(" ", 2*maxStrange))
		b.server.Fail(1, telegramtest.Fault{Method: "getUpdates", Body: page})
	}
	b.server.Say(quay, ida, "one", nil)
	b.server.Say(quay, ida, "two", nil)
	b.settled()
	want(t, "texts", strings.Join(b.texts(), " "), "one two")
	qs, err := b.ledger.Quarantines(t.Context(), 0, 0)
	if err != nil || len(qs) != 1 {
		t.Fatal(len(qs), err)
	}
	want(t, "kept bytes", len(qs[0].Bytes), maxStrange)
	want(t, "alarms", len(b.alarms), 1)
	if !strings.Contains(qs[0].Reason, "the beginning is kept") {
		t.Error(qs[0].Reason)
	}
}
