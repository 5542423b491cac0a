package telegram

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"stakeout/bot"
	"stakeout/bot/telegram/telegramtest"
	"stakeout/ledger"
	"stakeout/message"
)

func TestMessagesAreKeptOnceWithTheirEdits(t *testing.T) {
	b := newBench(t)
	b.server.Say(quay, ida, "before the start", nil)
	stop := b.running()
	b.settled()
	first := b.server.Say(quay, ida, "who is Doe 3?", nil)
	b.server.Say(radio, telegramtest.User{}, "news", nil)
	b.server.Say(pier, ove, "small talk", nil)
	b.settled()
	b.server.Edit(quay, first.ID, "who is Doe 4?")
	b.settled()
	stop()
	if got, want := b.texts(), []string{"before the start", "who is Doe 3?", "news", "small talk", "who is Doe 4?"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	es := b.entries(ledger.Observation)
	o := es[0].Obs
	want(t, "via", o.Via, message.Backfill)
	want(t, "channel", o.Channel, message.Channel{Platform: "telegram", ID: "-1001234500001", Name: "Quay", Type: "private_supergroup"})
	want(t, "author", o.Author, message.Author{ID: "5550001", Handle: "idaq", Name: "Ida Quist"})
	want(t, "via", es[1].Obs.Via, message.Live)
	want(t, "author of a post", es[2].Obs.Author, message.Author{ID: "-1001234500002", Handle: "portradio", Name: "Port Radio"})
	want(t, "account", es[3].Obs.Channel.Account, "5550100")
	want(t, "kind", es[4].Obs.Kind, message.Edited)
	want(t, "sightings", len(b.entries(ledger.Sighting)), 0)
	want(t, "health", b.in.Health().State, bot.Off)
}

// The offset that confirms goes out only after the commit, and only while
// there is something to confirm.
func TestConfirmedOnlyAfterTheCommit(t *testing.T) {
	b := newBench(t)
	b.running()
	b.settled()
	for i := range 250 {
		b.server.Say(quay, ida, fmt.Sprint("message ", i), nil)
	}
	b.settled()
	want(t, "messages", len(b.entries(ledger.Observation)), 250)
	var offsets, none int
	for _, r := range b.server.Requests() {
		if r.Method != "getUpdates" {
			continue
		}
		if got := fmt.Sprint(r.Params["allowed_updates"]); got != "[message edited_message channel_post edited_channel_post my_chat_member]" {
			t.Errorf("allowed_updates %s", got)
		}
		if _, ok := r.Params["offset"]; ok {
			offsets++
		} else {
			none++
		}
	}
	if offsets < 3 || none < 2 {
		t.Errorf("%d polls with an offset, %d without", offsets, none)
	}
	b.server.RestartIDs(17) // a week later
	b.server.Say(quay, ida, "after an idle week", nil)
	b.settled()
	if got := b.texts(); got[len(got)-1] != "after an idle week" {
		t.Errorf("lost after the ids started anew: %q", got[len(got)-1])
	}
}

func TestCommittedButUnconfirmedIsNotRepeated(t *testing.T) {
	b := newBench(t)
	stop := b.running()
	b.settled()
	// The poll that is held gets the message; those that would confirm it fail.
	b.server.Fail(1_000_000, telegramtest.Fault{Method: "getUpdates", Code: 500, Description: "Internal Server Error"})
	b.server.Say(quay, ida, "once", nil)
	b.until("commit", func() bool { return len(b.texts()) == 1 })
	stop()
	want(t, "pending", b.server.Pending(), 1)
	b.server.Calm()
	b.door()
	b.running()
	b.settled()
	want(t, "observations", len(b.entries(ledger.Observation)), 1)
	want(t, "sightings", len(b.entries(ledger.Sighting)), 0)
}

// After a broken answer updates are asked for one by one: those behind the first
// are known still.
func TestUnconfirmedUpdatesAreKnownOneByOneToo(t *testing.T) {
	b := newBench(t)
	b.server.Say(quay, ida, "one", nil)
	b.server.Say(quay, ida, "two", nil)
	b.server.Say(quay, ida, "three", nil)
	b.server.Fail(1, telegramtest.Fault{Method: "getUpdates", Slow: time.Nanosecond})
	b.server.Fail(1_000_000, telegramtest.Fault{Method: "getUpdates", Code: 500, Description: "Internal Server Error"})
	stop := b.running()
	b.until("commit", func() bool { return len(b.texts()) == 3 })
	stop()
	want(t, "pending", b.server.Pending(), 3)
	b.server.Calm()
	b.server.Fail(1, telegramtest.Fault{Method: "getUpdates", Body: `{"ok":true,"result":[{"upd`})
	b.door()
	b.running()
	b.settled()
	want(t, "observations", len(b.entries(ledger.Observation)), 3)
	want(t, "sightings", len(b.entries(ledger.Sighting)), 0)
}

func TestOtherChatsAreDroppedAndConfirmed(t *testing.T) {
	b := newBench(t)
	b.running()
	b.settled()
	b.server.Say(-1001234500009, ove, "none of our business", nil)
	b.server.Say(-1001234500009, ove, "really", nil)
	b.server.Say(5550001, ida, "/start", nil)
	b.server.SetStatus(-1001234500009, "administrator")
	b.server.PushRaw(func(id int64) string {
		return fmt.Sprintf(`{"update_id":%d,"message":{"message_id":"x","date":1,"text":7,"chat":{"id":-99,"type":"group","title":"Broken elsewhere"}}}`, id)
	})
	b.settled()
	want(t, "pending", b.server.Pending(), 0)
	want(t, "entries", len(b.entries(ledger.Observation, ledger.Sighting)), 0)
	want(t, "rejected", b.in.Health().Rejected, 0)
	want(t, "dropped", fmt.Sprint(b.in.Health().Dropped), "[{-1001234500009 Elsewhere 3} {-99 Broken elsewhere 1} {5550001  1}]")
	if s := b.log.String(); strings.Contains(s, "Elsewhere") || strings.Contains(s, "business") {
		t.Error("the log names a chat or holds a text")
	}
}

// A chat that was listed by its title stays listed under another one.
func TestATitleHoldsOn(t *testing.T) {
	b := newBench(t)
	stop := b.running()
	b.settled()
	b.server.Say(pier, ida, "one", nil)
	b.settled()
	b.server.Say(pier, ida, "two", map[string]any{"chat": map[string]any{"id": pier, "type": "group", "title": "Renamed"}})
	b.settled()
	stop = b.restart(stop)
	b.server.Say(pier, ida, "three", map[string]any{"chat": map[string]any{"id": pier, "type": "group", "title": "Renamed"}})
	b.settled()
	want(t, "texts", strings.Join(b.texts(), " "), "one two three")
	stop()
	b.cfg.Channels = b.cfg.Channels[:2]
	b.door()
	b.running()
	b.settled()
	b.server.Say(pier, ida, "four", nil)
	b.settled()
	want(t, "texts after the chat was taken off the list", strings.Join(b.texts(), " "), "one two three")
}

func TestAGroupThatBecomesASupergroup(t *testing.T) {
	b := newBench(t)
	stop := b.running()
	b.settled()
	b.server.Say(pier, ida, "in the group", nil)
	b.settled()
	const super = -1001234500077
	b.server.Migrate(pier, super)
	b.server.Say(super, ida, "in the supergroup", nil)
	b.settled()
	stop = b.restart(stop)
	b.settled()
	b.server.Say(super, ida, "after a restart", nil)
	b.settled()
	stop()
	var got []string
	for _, e := range b.entries(ledger.Observation) {
		got = append(got, e.Obs.Channel.ID+" "+e.Obs.Event+e.Obs.Text)
	}
	if want := []string{
		"-4500003 in the group", "-4500003 migrate_to_supergroup", "-1001234500077 migrate_from_group",
		"-1001234500077 in the supergroup", "-1001234500077 after a restart",
	}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	old, next := b.cover("-4500003"), b.cover("-1001234500077")
	if n := old.Intervals; len(n) != 1 || n[0].Open || !strings.Contains(n[0].Reason, "-1001234500077") {
		t.Errorf("coverage of the group: %+v", n)
	}
	if n := next.Intervals; len(n) == 0 || n[0].Change != ledger.Watching || n[0].From.After(b.entries(ledger.Observation)[3].Obs.Observed) {
		t.Errorf("coverage of the supergroup: %+v", n)
	}
}
