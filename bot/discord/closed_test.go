package discord_test

import (
	"net/http"
	"strings"
	"testing"

	"stakeout/bot/bottest"
	"stakeout/bot/discord"
	"stakeout/bot/discord/discordtest"
	"stakeout/ledger"
)

func TestAChannelThatIsClosedToTheBotIsSaidAndComesBack(t *testing.T) {
	w := newWorld(t, fast)
	channel := w.text[0]
	w.Post(channel, "first")
	l := bottest.Temp(t, discord.Name)
	stop := watch(t, l, connector(w.Addr(), logger()))
	defer stop()
	var r bottest.Record
	caught(t, l, w, &r)
	covered(t, l, channel, ledger.Fetched, "")

	w.Deny(channel, discordtest.ViewChannel)
	covered(t, l, channel, ledger.Stopped, "may not see")
	if trouble(l, channel) == "" {
		t.Error("the channel's health says nothing")
	}
	w.Post(channel, "unheard")
	w.Deny(channel, 0)
	caught(t, l, w, &r)
	if why := trouble(l, channel); why != "" {
		t.Errorf("the channel is still said to be lost: %s", why)
	}

	w.Outage(w.guild, true)
	// A request may have been refused before the gateway told of the outage.
	if err := l.Until(soon(t), func() (bool, error) { return strings.Contains(trouble(l, channel), "outage"), nil }); err != nil {
		t.Fatalf("the channel's health says %q: %v", trouble(l, channel), err)
	}
	w.Post(channel, "during the outage")
	w.Outage(w.guild, false)
	caught(t, l, w, &r)

	w.DeleteChannel(w.text[1])
	covered(t, l, w.text[1], ledger.Stopped, "")
	w.Kick(w.guild)
	if err := l.Until(soon(t), func() (bool, error) { return strings.Contains(trouble(l, channel), "not in the server"), nil }); err != nil {
		t.Fatalf("the channel's health says %q: %v", trouble(l, channel), err)
	}
	for _, c := range w.text {
		if told, absent := deletions(t, l, c); told+absent > 0 {
			t.Errorf("a channel that cannot be read became %d deletions", told+absent)
		}
	}
}

func TestARefusalOrAnEmptyPageIsNoDeletion(t *testing.T) {
	w := newWorld(t, fast)
	channel := w.text[0]
	for range 120 {
		w.Post(channel, "there")
	}
	l := bottest.Temp(t, discord.Name)
	var r bottest.Record
	stop := watch(t, l, connector(w.Addr(), logger()))
	caught(t, l, w, &r)
	stop()

	for name, f := range map[string]discordtest.Fault{
		"forbidden": discordtest.Break(http.StatusForbidden), "not found": discordtest.Break(http.StatusNotFound), "empty": discordtest.Empty().For(3),
	} {
		last := w.Post(channel, "unheard, "+name)
		w.Spoil(f.On("/channels/" + channel + "/messages"))
		stop = watch(t, l, connector(w.Addr(), logger()))
		if name != "empty" {
			covered(t, l, channel, ledger.Stopped, map[string]string{"forbidden": "refuses", "not found": "deleted"}[name])
			if r.Holds(channel, last) {
				t.Errorf("%s: the message came all the same", name)
			}
			w.Mend()
			w.Rename(channel, "again "+strings.ReplaceAll(name, " ", "-")) // whatever happens to the channel makes the bot ask again
		}
		caught(t, l, w, &r)
		stop()
		w.Mend()
		if told, absent := deletions(t, l, channel); told+absent > 0 {
			t.Errorf("%s: %d deletions", name, told+absent)
		}
	}
}
