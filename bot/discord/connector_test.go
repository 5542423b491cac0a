package discord_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"stakeout/bot"
	"stakeout/bot/bottest"
	"stakeout/bot/discord"
	"stakeout/bot/discord/discordtest"
	"stakeout/ledger"
	"stakeout/message"
	"stakeout/secret"
)

const patience = time.Minute

func soon(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// caught waits until the ledger has all that the world has.
func caught(t *testing.T, l *bottest.Ledger, w *world, r *bottest.Record) {
	t.Helper()
	if v := settled(soon(t), t, l, w, r); v.Failures > 0 {
		t.Fatalf("%v", v.Problems)
	}
}

// covered waits until a channel's coverage has a change.
func covered(t *testing.T, l *bottest.Ledger, channel string, change ledger.Change, reason string) {
	t.Helper()
	var all []string
	err := l.Until(soon(t), func() (bool, error) {
		all = nil
		es, err := l.Changes(t.Context(), 0)
		for _, e := range es {
			if c := e.Cov; c.Channel.ID == channel {
				all = append(all, string(c.Change)+" "+c.Reason)
				if c.Change == change && strings.Contains(c.Reason, reason) {
					return true, err
				}
			}
		}
		return false, err
	})
	if err != nil {
		t.Fatalf("channel %s is not %s (%s): %v; it was %q, and the source is %+v", channel, change, reason, err, all, l.Intake.Health())
	}
}

func trouble(l *bottest.Ledger, channel string) string {
	for _, c := range l.Intake.Health().Channels {
		if c.Channel.ID == channel {
			return c.Reason
		}
	}
	return ""
}

// deletions counts those of a channel.
func deletions(t *testing.T, l *bottest.Ledger, channel string) (told, absent int) {
	t.Helper()
	es, err := l.Page(t.Context(), 0, 100_000, ledger.Observation)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range es {
		if o := e.Obs; o.Channel.ID == channel && o.Kind == message.Deleted {
			if o.Grade == message.Absent {
				absent++
			} else {
				told++
			}
		}
	}
	return told, absent
}

func TestWhatOnlyAPersonCanMendIsAFault(t *testing.T) {
	for name, c := range map[string]struct {
		opt   discordtest.Options
		token string
		want  string
	}{
		"a wrong token":    {discordtest.Options{}, "hush.wrong.token", "refuses the bot's token"},
		"a user's token":   {discordtest.Options{}, "mfa.hush", "cannot be used"},
		"a missing intent": {discordtest.Options{Flags: discordtest.NoFlags}, discordtest.Token, "MESSAGE CONTENT"},
	} {
		w := newWorld(t, c.opt)
		cfg := discord.DefaultConfig()
		cfg.Token, cfg.Servers, cfg.APIURL = secret.Value(c.token), []string{watched}, "http://"+w.Addr()+"/api/v9"
		err := discord.New(cfg, nil).Run(soon(t), bottest.Temp(t, discord.Name).Intake)
		var fault *bot.Fault
		if !errors.As(err, &fault) || !strings.Contains(fault.What, c.want) || fault.Mend == "" || strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhatWasMissedIsFetchedAndReadAgain(t *testing.T) {
	w := newWorld(t, fast)
	old := w.PostDraft(w.text[0], discordtest.Draft{Content: "long ago", At: time.Now().Add(-400 * 24 * time.Hour)})
	kept := w.Post(w.text[0], "before")
	edited, gone := w.Post(w.text[0], "to be edited"), w.Post(w.text[0], "to be deleted")
	l := bottest.Temp(t, discord.Name)
	var r bottest.Record
	stop := watch(t, l, connector(w.Addr(), logger()))
	caught(t, l, w, &r)
	for _, channel := range w.text {
		covered(t, l, channel, ledger.Fetched, "")
	}
	stop()

	w.Edit(w.text[0], edited, "edited")
	w.Delete(w.text[0], gone)
	w.Delete(w.text[0], old) // beyond the window
	for range 250 {
		w.Post(w.text[1], "while nobody listened")
	}
	thread := w.AddThread(w.forum, "a post", discordtest.PublicThread)
	w.Post(thread, "in the post")
	w.Archive(thread, true)
	stop = watch(t, l, connector(w.Addr(), logger()))
	defer stop()
	covered(t, l, w.text[0], ledger.Scanned, "")
	covered(t, l, thread, ledger.Fetched, "")
	if told, absent := deletions(t, l, w.text[0]); told != 0 || absent != 1 {
		t.Errorf("%d deletions told, %d absent; want the one within the window, absent", told, absent)
	}
	vs, err := l.Versions(t.Context(), message.Channel{Platform: message.Discord, ID: w.text[0]}, edited)
	if err != nil || len(vs) != 2 || vs[1].Obs.Kind != message.Edited || vs[1].Obs.Text != "edited" || vs[1].Obs.Via != message.Backfill {
		t.Errorf("the edit: %+v, %v", vs, err)
	}
	vs, err = l.Versions(t.Context(), message.Channel{Platform: message.Discord, ID: w.text[0]}, kept)
	if err != nil || len(vs) != 1 {
		t.Errorf("what did not change stands there %d times, %v", len(vs), err)
	}
	es, err := l.Page(t.Context(), 0, 100_000, ledger.Acquired)
	if err != nil {
		t.Fatal(err)
	}
	summaries := 0
	for _, e := range es {
		if e.Acq.Phase == ledger.Opened && e.Acq.Alert == "summary" {
			summaries++
		}
	}
	if summaries != 1 {
		t.Errorf("%d acquisitions are told in a summary, want the first fetch alone", summaries)
	}
}

func TestALookAtALinkIsNoEdit(t *testing.T) {
	w := newWorld(t, fast)
	l := bottest.Temp(t, discord.Name)
	stop := watch(t, l, connector(w.Addr(), logger()))
	defer stop()
	if err := w.Ready(soon(t)); err != nil {
		t.Fatal(err)
	}
	id := w.Post(w.text[0], "see https://tides.example/ <@1>")
	w.Unfurl(w.text[0], id, true, map[string]any{"title": "Tides"})
	w.Unfurl(w.text[0], id, false, map[string]any{"title": "Tides of today"})
	w.Touch(w.text[0], id)
	w.Edit(w.text[0], id, "see nothing")
	w.Unfurl(w.text[0], id, true)
	last := w.Post(w.text[0], "last")
	var r bottest.Record
	caught(t, l, w, &r)
	if !r.Holds(w.text[0], last) {
		t.Error("the last one is not there")
	}
	vs, err := l.Versions(t.Context(), message.Channel{Platform: message.Discord, ID: w.text[0]}, id)
	if err != nil || len(vs) != 2 {
		t.Fatalf("%d versions, %v", len(vs), err)
	}
	for _, v := range vs { // in either order: the first fetch may have seen the edit before the gateway told of the message
		if edited := v.Obs.Kind == message.Edited; edited != (v.Obs.Text == "see nothing") {
			t.Errorf("%s as %q", v.Obs.Kind, v.Obs.Text)
		}
	}
}

func TestPagesThatDoNotGoOnEndTheFetch(t *testing.T) {
	w := newWorld(t, fast)
	channel := w.text[0]
	for range 150 {
		w.Post(channel, "there")
	}
	w.Spoil(discordtest.Stuck().On("/channels/" + channel + "/messages"))
	l := bottest.Temp(t, discord.Name)
	stop := watch(t, l, connector(w.Addr(), logger()))
	defer stop()
	covered(t, l, w.text[2], ledger.Fetched, "") // the others go on
	err := l.Until(soon(t), func() (bool, error) { return strings.Contains(trouble(l, channel), "repeat"), nil })
	if err != nil {
		t.Fatalf("nobody is told: %v", err)
	}
	w.Mend()
	w.Rename(channel, "mended")
	var r bottest.Record
	caught(t, l, w, &r)
}

func TestWhatCannotBeReadGoesToQuarantine(t *testing.T) {
	w := newWorld(t, fast)
	w.Post(w.text[0], "before")
	w.Spoil(discordtest.Garbled().On("/channels/" + w.text[0] + "/messages").For(1))
	l := bottest.Temp(t, discord.Name)
	stop := watch(t, l, connector(w.Addr(), logger()))
	defer stop()
	var r bottest.Record
	caught(t, l, w, &r)
	w.Send("MESSAGE_CREATE", []byte(`{"id":"123","channel_id":"`+w.text[0]+`","guild_id":"`+w.guild+`","content":{"x":1}}`))
	w.Send("MESSAGE_UPDATE", []byte(`{"id":"456","channel_id":"`+w.text[0]+`","guild_id":"`+w.guild+`","embeds":[]}`))
	w.Send("MESSAGE_CREATE", []byte(`"nothing"`))
	w.Post(w.text[0], "after")
	caught(t, l, w, &r)
	n := int64(0)
	err := l.Until(soon(t), func() (ok bool, err error) {
		n, _, err = l.QuarantineCount(t.Context(), 0)
		return n == 4, err
	})
	if err != nil {
		t.Errorf("%d records in quarantine, want 4: %v", n, err)
	}
}

func TestARenamedChannelIsFollowed(t *testing.T) {
	w := newWorld(t, fast)
	cfg := discord.DefaultConfig()
	cfg.Token, cfg.APIURL = discordtest.Token, "http://"+w.Addr()+"/api/v9"
	cfg.Channels = []string{watched + "/general", "no such channel"}
	l := bottest.Temp(t, discord.Name)
	channel := w.text[0]
	stop := watch(t, l, discord.New(cfg, logger()))
	covered(t, l, channel, ledger.Fetched, "")
	w.Rename(channel, "moved")
	heard := func(id string) {
		t.Helper()
		var r bottest.Record
		err := l.Until(soon(t), func() (bool, error) { return r.Holds(channel, id), r.Read(t.Context(), l.Ledger) })
		if err != nil {
			t.Fatalf("not heard: %v", err)
		}
	}
	heard(w.Post(channel, "after the move"))
	stop()
	missed := w.Post(channel, "meanwhile")
	stop = watch(t, l, discord.New(cfg, logger()))
	defer stop()
	heard(missed)
	var r bottest.Record
	if err := r.Read(t.Context(), l.Ledger); err != nil || r.Holds(w.text[1], w.Post(w.text[1], "not listed")) {
		t.Errorf("a channel that is not listed is kept (%v)", err)
	}
	found := false
	for _, a := range l.Alarms() {
		found = found || strings.Contains(a.Name, "no such channel") && a.Mend != ""
	}
	if !found {
		t.Errorf("nobody is told of an entry that means nothing: %+v", l.Alarms())
	}
}

func TestAThreadThatIsNotListedIsAskedForAtMostOnce(t *testing.T) {
	w := newWorld(t, fast)
	cfg := discord.DefaultConfig()
	cfg.Token, cfg.APIURL, cfg.Channels = discordtest.Token, "http://"+w.Addr()+"/api/v9", []string{w.text[0]}
	l := bottest.Temp(t, discord.Name)
	stop := watch(t, l, discord.New(cfg, logger()))
	defer stop()
	covered(t, l, w.text[0], ledger.Fetched, "")
	thread := w.AddThread(w.text[1], "elsewhere", discordtest.PublicThread)
	for range 20 {
		w.Post(thread, "not for us")
	}
	last := w.Post(w.text[0], "for us")
	var r bottest.Record
	err := l.Until(soon(t), func() (bool, error) { return r.Holds(w.text[0], last), r.Read(t.Context(), l.Ledger) })
	if err != nil {
		t.Fatal(err)
	}
	if n := w.Wire().Requests["GET /channels/{channel}"]; n > 1 {
		t.Errorf("it was asked for %d times", n)
	}
}

// kept is a log that can be read while it is written.
type kept struct {
	mu sync.Mutex
	bytes.Buffer
}

func (k *kept) Write(b []byte) (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.Buffer.Write(b)
}

func TestTheLogHoldsNoTextAndNoToken(t *testing.T) {
	w := newWorld(t, fast)
	var out kept
	log := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
	l, err := bottest.Open(t.Context(), t.TempDir(), discord.Name, log)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	stop := watch(t, l, connector(w.Addr(), log))
	if err := w.Ready(soon(t)); err != nil {
		t.Fatal(err)
	}
	w.Post(w.text[0], "hushed words")
	w.Send("SOMETHING_NEW", []byte(`{"content":"hushed words"}`))
	w.Send("MESSAGE_CREATE", []byte(`{"id":1,"channel_id":"`+w.text[0]+`","content":["hushed words"]}`))
	var r bottest.Record
	caught(t, l, w, &r)
	w.CloseAll(4000)
	w.Post(w.text[0], "hushed words")
	caught(t, l, w, &r)
	stop()
	if s := out.String(); s == "" || strings.Contains(s, "hushed") || strings.Contains(s, discordtest.Token) {
		t.Errorf("the log says\n%s", s)
	}
}

func TestDoctorAndChannelsShowWhatIsMissing(t *testing.T) {
	w := newWorld(t, fast)
	w.Deny(w.text[1], discordtest.ReadMessageHistory)
	c := connector(w.Addr(), nil)
	faults := ""
	for _, f := range c.Doctor(t.Context()) {
		if f.State == bot.Faulted {
			faults += f.What + ": " + f.Mend + "\n"
		}
	}
	if !strings.Contains(faults, "Read Message History") || !strings.Contains(faults, w.text[1]) || strings.Count(faults, "\n") != 1 {
		t.Errorf("doctor finds %q", faults)
	}
	listed, missing := 0, 0
	err := c.Channels(t.Context(), func(v bot.Visible) error {
		if v.Listed {
			listed++
		}
		missing += len(v.Missing)
		return nil
	})
	if err != nil || listed != 4 || missing != 1 {
		t.Errorf("%d channels listed, %d permissions missing, %v", listed, missing, err)
	}
}
