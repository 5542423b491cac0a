package telegram

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"stakeout/bot"
	"stakeout/bot/telegram/telegramtest"
	"stakeout/ledger"
)

func TestDeafInPrivacyMode(t *testing.T) {
	b := newBench(t)
	b.server.SetReadsAll(false)
	b.running()
	b.settled()
	h := b.in.Health()
	if len(h.Channels) != 1 || h.Channels[0].Channel.ID != "-1001234500001" || !strings.Contains(h.Channels[0].Mend, "/setprivacy") {
		t.Fatalf("channels in trouble: %+v", h.Channels)
	}
	if a := <-b.alarms; a.Channel == nil || !strings.Contains(a.Detail, "privacy mode") {
		t.Errorf("alarm %+v", a)
	}
	want(t, "a watch of a deaf chat", len(b.cover("-1001234500001").Intervals), 0)
	want(t, "a watch of the channel, where it is an administrator", len(b.cover("-1001234500002").Intervals), 1)
	b.server.SetStatus(quay, "administrator")
	b.settled()
	b.server.Say(quay, ida, "now we hear", nil)
	b.settled()
	want(t, "channels in trouble", len(b.in.Health().Channels), 0)
	want(t, "watches", len(b.cover("-1001234500001").Intervals), 1)
}

// Polls come back to a deaf bot too. What no update told of is proven up to the
// last look at the rights only.
func TestDeafWithoutAnUpdate(t *testing.T) {
	b := newBench(t)
	b.running()
	b.settled()
	b.clock.forward(30 * time.Minute)
	b.server.Say(quay, ida, "/command", nil)
	b.settled()
	b.server.SetReadsAll(false)
	changed := b.clock.now()
	b.clock.forward(29 * time.Minute)
	b.server.Say(quay, ida, "/command", nil)
	b.settled()
	b.clock.forward(2 * time.Minute)
	b.until("the loss", func() bool { return len(b.in.Health().Channels) == 1 })
	// The health knows it a moment before the record does.
	b.until("the end of the watch", func() bool { i := b.cover("-1001234500001").Intervals; return len(i) != 1 || !i[0].Open })
	i := b.cover("-1001234500001").Intervals
	if len(i) != 1 || i[0].To.After(changed) {
		t.Errorf("deaf since %v, and yet watched: %+v", changed, i)
	}
}

func TestThrownOutAndBackAgain(t *testing.T) {
	b := newBench(t)
	b.running()
	b.settled()
	b.server.Say(quay, ida, "one", nil)
	b.settled()
	b.server.SetStatus(quay, "kicked")
	b.settled()
	want(t, "channels in trouble", len(b.in.Health().Channels), 1)
	for range 5 {
		b.server.Say(quay, ida, "unheard", nil)
	}
	b.server.SetStatus(quay, "member")
	b.settled()
	b.server.Say(quay, ida, "seven", nil)
	b.settled()
	c := b.cover("-1001234500001")
	if len(c.Outages) != 1 || !c.Outages[0].Missing || c.Outages[0].Count != 5 || c.Outages[0].Reason != "the bot was thrown out" {
		t.Errorf("outages %+v", c.Outages)
	}
	want(t, "channels in trouble", len(b.in.Health().Channels), 0)
}

// A downtime shorter than a day is filled, a longer one is a gap whose missing
// ids are counted, also by the first message long after it.
func TestDowntime(t *testing.T) {
	b := newBench(t)
	stop := b.running()
	b.settled()
	b.server.Say(quay, ida, "one", nil)
	b.server.Say(radio, telegramtest.User{}, "post one", nil)
	b.settled()
	stop()
	b.clock.forward(23 * time.Hour)
	b.server.Say(quay, ida, "two", nil)
	stop = b.restart(stop)
	b.settled()
	c := b.cover("-1001234500001")
	if len(c.Outages) != 1 || !c.Outages[0].Filled || c.Outages[0].Missing {
		t.Errorf("after 23 hours: %+v", c.Outages)
	}
	stop()
	for range 10 { // ids 3 to 12
		b.server.Say(quay, ida, "expires", nil)
		b.server.Say(radio, telegramtest.User{}, "expires", nil)
	}
	b.clock.forward(30 * time.Hour)
	b.server.Say(quay, ida, "thirteen", nil)
	b.restart(stop)
	b.settled()
	c = b.cover("-1001234500001")
	if o := c.Outages[1]; o.Filled || !o.Missing || o.Count != 10 {
		t.Errorf("after 30 hours: %+v", o)
	}
	for _, i := range c.Intervals {
		if i.Change == ledger.Missing {
			want(t, "missing ids", i.FromID+" to "+i.ToID, "3 to 12")
			if d := i.To.Sub(i.From); d < 5*time.Hour || d > 7*time.Hour {
				t.Errorf("%s are missing, want about 6 hours", d)
			}
		}
	}
	r := b.cover("-1001234500002")
	if o := r.Outages[1]; !o.Missing || o.Count != 0 {
		t.Errorf("of the channel, where nothing was said since: %+v", o)
	}
	b.server.Say(radio, telegramtest.User{}, "post twelve", nil)
	b.settled()
	want(t, "missing ids of the channel, now that it spoke", b.cover("-1001234500002").Outages[1].Count, 10)
	want(t, "texts", strings.Join(b.texts(), ", "), "one, post one, two, thirteen, post twelve")
}

// The same while the process lives: a day without a connection.
func TestALongOutageOfTheConnection(t *testing.T) {
	b := newBench(t)
	b.running()
	b.settled()
	b.server.Fail(1_000_000, telegramtest.Fault{Method: "getUpdates", Code: 502, Description: "Bad Gateway"})
	b.server.Say(quay, ida, "one", nil) // ends the poll that is held
	b.until("commit", func() bool { return len(b.texts()) == 1 })
	b.clock.forward(25 * time.Hour)
	b.until("the interruption", func() bool {
		i := b.cover("-1001234500001").Intervals
		return len(i) == 1 && !i[0].Open
	})
	b.server.Calm()
	b.settled()
	o := b.cover("-1001234500001").Outages
	if len(o) != 1 || !o[0].Missing {
		t.Errorf("outages %+v", o)
	}
	want(t, "state", b.in.Health().State, bot.Live)
}

// The machine slept for a day: no poll failed, and yet updates are gone.
func TestASleepOfTheMachine(t *testing.T) {
	b := newBench(t)
	b.running()
	b.settled()
	b.server.Say(quay, ida, "one", nil)
	b.settled()
	b.clock.forward(25 * time.Hour)
	b.until("the gap", func() bool {
		o := b.cover("-1001234500001").Outages
		return len(o) == 1 && o[0].Missing && !o[0].To.IsZero()
	})
}

// Another entry for the same chat keeps what is known of it.
func TestListedByAnotherName(t *testing.T) {
	b := newBench(t)
	stop := b.running()
	b.settled()
	stop()
	b.cfg.Channels = []string{"Quay", "-1001234500002"}
	b.door()
	b.running()
	b.settled()
	for _, id := range []string{"-1001234500001", "-1001234500002"} {
		if o := b.cover(id).Outages; len(o) != 1 || !o[0].Filled {
			t.Errorf("%s: outages %+v", id, o)
		}
	}
}

func TestDoctor(t *testing.T) {
	b := newBench(t)
	b.cfg.Channels = []string{"-1001234500001", "@portradio", "Pier talk", "-1001", "-1001234500009"}
	b.server.SetReadsAll(false)
	b.server.SetWebhook("https://hook.example/secret")
	b.server.SetStatus(-1001234500009, "left")
	b.server.Say(quay, ida, "/start", nil)
	var got strings.Builder
	for _, f := range b.connector().Doctor(t.Context()) {
		fmt.Fprintf(&got, "%s %s: %s\n", f.State, f.Subject, f.What)
		if f.State == bot.Faulted && f.Mend == "" {
			t.Errorf("no mend for %s", f.Subject)
		}
	}
	const expected = `ok token: the bot is @watcher_test_bot, "Watcher", id 5550100
warn privacy mode: is on: in groups where it is no administrator the bot is deaf
fault webhook: a webhook is set for this bot, so updates go there and none can be fetched
ok pending updates: 2 wait to be fetched; each is kept for 24 hours
fault -1001234500001: supergroup "Quay", id -1001234500001: privacy mode is on and the bot is no administrator, so it gets commands and answers to itself alone
ok @portradio: channel "Port Radio", id -1001234500002: the bot gets its messages as administrator
warn @portradio: listed by its username, which its owner can give to another chat
warn Pier talk: a chat cannot be looked up by its title; it is known when a message comes from it
fault -1001: the bot cannot see this chat
fault -1001234500009: supergroup "Elsewhere", id -1001234500009: the bot is not a member
`
	if got.String() != expected {
		t.Errorf("got\n%s", got.String())
	}
	want(t, "pending", b.server.Pending(), 2)
	readOnly(t, b.server)
}

func TestChannelsConfirmsNothing(t *testing.T) {
	b := newBench(t)
	b.server.SetStatus(pier, "left")
	b.server.Say(quay, ida, "hidden", nil)
	b.server.Say(5550001, ida, "/start", nil)
	b.server.Say(quay, ida, "hidden", nil)
	ctx, cancel := context.WithCancel(b.within())
	var got []string
	err := b.connector().Channels(ctx, func(v bot.Visible) error {
		got = append(got, fmt.Sprint(v))
		if len(got) == 2 {
			cancel()
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	want(t, "channels", strings.Join(got, "\n"), "{telegram   -4500003 Pier talk private_group true [membership]}\n{telegram   -1001234500001 Quay private_supergroup true []}")
	want(t, "pending", b.server.Pending(), 4)
	readOnly(t, b.server)
}

// On the wire there is nothing but methods that change nothing, whatever
// happens.
func TestNothingIsEverSent(t *testing.T) {
	b := newBench(t)
	stop := b.running()
	b.settled()
	b.server.Say(quay, ida, "@watcher_test_bot are you there?", nil)
	b.server.Say(5550001, ida, "/start", nil)
	b.server.SetStatus(radio, "kicked")
	b.server.SetStatus(radio, "administrator")
	b.server.Migrate(pier, -1001234500055)
	b.settled()
	b.server.Fail(3, telegramtest.Fault{Code: 409, Description: "Conflict: terminated by other getUpdates request"})
	b.server.Say(quay, ida, "more", nil)
	b.settled()
	b.restart(stop)
	b.settled()
	readOnly(t, b.server)
}

func readOnly(t *testing.T, s *telegramtest.Server) {
	t.Helper()
	for _, r := range s.Requests() {
		switch r.Method {
		case "getMe", "getUpdates", "getWebhookInfo", "getChat", "getChatMember":
		default:
			t.Errorf("called %s", r.Method)
		}
		if n, ok := r.Params["offset"]; ok && strings.HasPrefix(fmt.Sprint(n), "-") {
			t.Error("a negative offset forgets updates")
		}
	}
}
