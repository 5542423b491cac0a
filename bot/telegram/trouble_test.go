package telegram

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"stakeout/bot"
	"stakeout/bot/telegram/telegramtest"
	"stakeout/ledger"
	"stakeout/secret"
)

// once runs the connector without supervision until it fails.
func (b *bench) once(ctx context.Context) error {
	b.t.Helper()
	done := make(chan error, 1)
	c := b.connector()
	go func() { done <- c.Run(ctx, b.in) }()
	select {
	case err := <-done:
		return err
	case <-b.within().Done():
		b.t.Fatalf("it neither failed nor ended: %+v", b.in.Health())
		return nil
	}
}

func TestWhatSomebodyMustMendIsAFault(t *testing.T) {
	for name, spoil := range map[string]func(*bench){
		"token": func(b *bench) {
			b.cfg.Token = secret.Value("5550100:AAnotherFictionalTokenForTests00000")
		},
		"webhook": func(b *bench) { b.server.SetWebhook("https://hook.example/") },
		"no such bot": func(b *bench) {
			b.server.Fail(1, telegramtest.Fault{Method: "getMe", Code: 404, Description: "Not Found"})
		},
	} {
		b := newBench(t)
		spoil(b)
		err := b.once(t.Context())
		var fault *bot.Fault
		if !errors.As(err, &fault) || fault.What == "" || fault.Mend == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Whatever fails for the moment, the messages come, each once, and the waits
// are told.
func TestTroublesPass(t *testing.T) {
	for name, f := range map[string]telegramtest.Fault{
		"500":                 {Code: 500, Description: "Internal Server Error"},
		"gateway":             {Code: 502, Body: "<html>bad gateway</html>"},
		"cut":                 {Cut: 60},
		"cut short":           {Cut: 1},
		"not JSON":            {Body: `{"ok":true,"result":[{"upd`},
		"no list":             {Body: `{"ok":true,"result":{}}`},
		"nothing":             {Body: "null"},
		"odd retry_after":     {Code: 429, Description: "Too Many Requests", RetryAfter: "soon"},
		"migrated, no number": {Code: 400, Description: "Bad Request: group chat was upgraded to a supergroup chat", RetryAfter: nil},
		"elsewhere":           {Code: 302, Body: "moved"},
		"repeated":            {Repeat: true},
		"shuffled":            {Shuffle: true},
		"slow":                {Slow: time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.running()
			b.settled()
			f.Method = "getUpdates"
			b.server.Fail(2, f)
			for i := range 3 {
				b.server.Say(quay, ida, fmt.Sprint("message ", i), nil)
				b.settled()
			}
			want(t, "observations", len(b.entries(ledger.Observation)), 3)
			want(t, "outages", len(b.cover("-1001234500001").Outages), 0)
			want(t, "rejected", b.in.Health().Rejected, 0)
		})
	}
}

// A gateway's page is no answer of the Bot API: it is waited out, however long,
// and not kept.
func TestAGatewayThatStaysBroken(t *testing.T) {
	b := newBench(t)
	b.running()
	b.settled()
	b.server.Fail(3*giveUp, telegramtest.Fault{Method: "getUpdates", Code: 502, Body: "<html>bad gateway</html>"})
	b.server.Say(quay, ida, "one", nil)
	b.server.Say(quay, ida, "two", nil)
	b.settled()
	want(t, "observations", len(b.entries(ledger.Observation)), 2)
	want(t, "rejected", b.in.Health().Rejected, 0)
	want(t, "alarms", len(b.alarms), 0)
}

func TestAskedToWait(t *testing.T) {
	b := newBench(t)
	b.running()
	b.settled()
	b.server.Fail(1, telegramtest.Fault{Method: "getUpdates", Code: 429, Description: "Too Many Requests: retry after 1", RetryAfter: 1})
	asked := time.Now()
	b.server.Say(quay, ida, "one", nil) // ends the poll that is held
	b.server.Say(quay, ida, "two", nil)
	b.settled()
	if time.Since(asked) < time.Second {
		t.Error("it did not wait as long as it was asked to")
	}
	h := b.in.Health()
	want(t, "waits", h.Waits, 1)
	if !strings.Contains(b.log.String(), "Telegram asks to wait (429)") {
		t.Error("the wait was not told")
	}
}

// What another program took is a gap on record, even when we die meanwhile.
func TestAnotherPoller(t *testing.T) {
	b := newBench(t)
	b.running()
	b.settled()
	b.server.Say(quay, ida, "ours", nil)
	b.settled()
	other, err := dial(t.Context(), b.cfg, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	defer other.close()
	if _, _, err := other.updates(0, 1, 0); err != nil {
		t.Fatal(err)
	}
	b.until("the gap", func() bool {
		o := b.cover("-1001234500001").Outages
		return len(o) == 1 && o[0].Missing && !o[0].To.IsZero()
	})
	if a := <-b.alarms; a.Name != "another poller" || a.Mend == "" {
		t.Errorf("alarm %+v", a)
	}
	b.settled()
	b.server.Say(quay, ida, "ours again", nil)
	b.settled()
	want(t, "texts", strings.Join(b.texts(), ", "), "ours, ours again")
}

func TestBrokenUpdatesGoToQuarantine(t *testing.T) {
	b := newBench(t)
	b.running()
	b.settled()
	for _, raw := range []string{
		`{"update_id":%d,"message":{"message_id":"x","date":1,"chat":{"id":-1001234500001,"type":"supergroup"}}}`,
		`{"update_id":%d,"message":{"message_id":9,"date":"later","text":"t","chat":{"id":-1001234500001,"type":"supergroup"}}}`,
		`{"update_id":%d,"message":{"message_id":9,"date":1,"text":{"a":1},"chat":{"id":-1001234500001,"type":"supergroup"}}}`,
		`{"update_id":%d,"message":{"message_id":9,"date":1}}`,
		`{"update_id":%d,"message":[1,2]}`,
		`[%d]`,
	} {
		b.server.PushRaw(func(id int64) string { return fmt.Sprintf(raw, id) })
	}
	b.server.PushRaw(func(id int64) string { return fmt.Sprintf(`{"update_id":%d,"poll":{"id":"1"}}`, id) })
	b.server.Say(quay, ida, "after it", nil)
	b.settled()
	want(t, "rejected", b.in.Health().Rejected, 6)
	want(t, "texts", strings.Join(b.texts(), " "), "after it")
}

// An update that breaks the whole answer costs itself and nothing else.
func TestAnAnswerThatIsNeverJSON(t *testing.T) {
	b := newBench(t)
	b.running()
	b.settled()
	b.server.Say(quay, ida, "before", nil)
	b.server.PushRaw(func(id int64) string { return fmt.Sprintf(`{"update_id":%d,"message":{"message_id":`+"\x00}}", id) })
	b.server.Say(quay, ida, "after", nil)
	b.settled()
	want(t, "texts", strings.Join(b.texts(), " "), "before after")
	want(t, "rejected", b.in.Health().Rejected, 1)
}

// A server that does not forget what was confirmed is not asked in a loop, and
// what it repeats is not taken for news.
func TestAServerThatRepeatsItself(t *testing.T) {
	b := newBench(t)
	b.running()
	b.settled()
	const same = `{"update_id":800000000,"message":{"message_id":1,"date":1767225600,"text":"once","chat":{"id":-1001234500001,"type":"supergroup","title":"Quay"}}}`
	b.server.RestartIDs(800000000)
	b.server.Fail(5, telegramtest.Fault{Method: "getUpdates", Body: `{"ok":true,"result":[` + same + `]}`})
	b.server.PushRaw(func(int64) string { return same })
	b.settled()
	b.logged("gives updates again that were confirmed")
	want(t, "observations", len(b.entries(ledger.Observation)), 1)
	want(t, "sightings", len(b.entries(ledger.Sighting)), 0)
}

func TestTheTokenIsNowhere(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := "http://" + closed.Addr().String()
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*bench){
		"refused":   func(b *bench) { b.cfg.APIURL = nobody },
		"no name":   func(b *bench) { b.cfg.APIURL = "https://nobody.invalid" },
		"no scheme": func(b *bench) { b.cfg.APIURL = "ht!tp://x" },
		"told back": func(b *bench) {
			b.server.Fail(1, telegramtest.Fault{Code: 400, Description: "Bad Request: /bot" + telegramtest.Token + "/getMe and " + strings.ReplaceAll(telegramtest.Token, ":", "%3A")})
		},
		"redirect": func(b *bench) { b.server.Fail(1, telegramtest.Fault{Code: 307, Body: "x"}) },
		"cut":      func(b *bench) { b.server.Fail(1, telegramtest.Fault{Cut: 3}) },
	} {
		b := newBench(t)
		spoil(b)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		c := b.connector()
		go func() { done <- c.Run(ctx, b.in) }()
		b.logged("state=waiting")
		reason := b.in.Health().Reason
		cancel()
		err := <-done
		if err == nil || !strings.Contains(reason, "getMe") {
			t.Errorf("%s: %v, %s", name, err, reason)
		}
		findings := fmt.Sprint(b.connector().Doctor(t.Context()))
		for what, s := range map[string]string{"error": err.Error(), "verbose": fmt.Sprintf("%+v %#v", err, err), "log": b.log.String(), "reason": reason, "doctor": findings, "config": fmt.Sprintf("%+v", b.cfg)} {
			if strings.Contains(s, "AAFictional") {
				t.Errorf("%s: the %s holds the token: %s", name, what, s)
			}
		}
		for u := err; u != nil; u = errors.Unwrap(u) {
			if strings.Contains(u.Error(), "AAFictional") {
				t.Errorf("%s: a wrapped error holds the token", name)
			}
		}
	}
}

// A mistake in reading must not end the process, nor show what was read.
func TestAPanicWhilePollingIsContained(t *testing.T) {
	b := newBench(t)
	c := b.connector()
	api, err := dial(t.Context(), b.cfg, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	defer api.close()
	w := &watch{c: c, api: api, in: b.in, log: c.log} // no state was loaded: the first chat looked up panics
	if err := w.run(t.Context()); err == nil || !strings.Contains(err.Error(), "panicked") {
		t.Error(err)
	}
	select {
	case a := <-b.alarms:
		want(t, "alarm", a.Name, "panicked")
	default:
		t.Error("no alarm was raised")
	}
}
