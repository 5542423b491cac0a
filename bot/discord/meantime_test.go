package discord_test

import (
	"strings"
	"testing"

	"stakeout/bot/bottest"
	"stakeout/bot/discord"
	"stakeout/bot/discord/discordtest"
	"stakeout/ledger"
)

// Of a thread that came and was archived during an outage the gateway never
// tells.
func TestAThreadArchivedDuringAnOutageIsFound(t *testing.T) {
	w := newWorld(t, fast)
	l := bottest.Temp(t, discord.Name)
	stop := watch(t, l, connector(w.Addr(), logger()))
	defer stop()
	w.Post(w.text[0], "before")
	var r bottest.Record
	caught(t, l, w, &r)
	listed := func() (bool, error) {
		b, err := l.Intake.Checkpoint(t.Context(), "archived/"+w.forum)
		return b != nil, err
	}
	if err := l.Until(soon(t), listed); err != nil {
		t.Fatalf("the archived threads are not asked for: %v", err)
	}
	w.Outage(w.guild, true)
	covered(t, l, w.text[0], ledger.Stopped, "outage")
	thread := w.AddThread(w.forum, "a post", discordtest.PublicThread)
	w.Post(thread, "unheard")
	w.Archive(thread, true)
	w.Outage(w.guild, false)
	covered(t, l, thread, ledger.Fetched, "")
	caught(t, l, w, &r)
}

// Whichever server comes first must not decide what a name means.
func TestANameThatStandsInTwoServersIsNotWatched(t *testing.T) {
	w := newWorld(t, fast)
	cfg := discord.DefaultConfig()
	cfg.Token, cfg.APIURL = discordtest.Token, "http://"+w.Addr()+"/api/v9"
	cfg.Channels = []string{"general", watched + "/quay"}
	l := bottest.Temp(t, discord.Name)
	stop := watch(t, l, discord.New(cfg, logger()))
	defer stop()
	covered(t, l, w.text[1], ledger.Fetched, "")
	told := false
	for _, a := range l.Alarms() {
		told = told || strings.HasSuffix(a.Name, "general") && strings.Contains(a.Detail, "several")
	}
	open := l.Intake.Open()
	if !told || len(open) != 1 || open[0].ID != w.text[1] {
		t.Errorf("watched: %+v, alarms: %+v", open, l.Alarms())
	}
}
