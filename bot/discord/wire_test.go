package discord_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"stakeout/bot"
	"stakeout/bot/bottest"
	"stakeout/bot/discord"
	"stakeout/bot/discord/discordtest"
	"stakeout/secret"
)

// TestNothingIsSentButWhatListeningTakes drives the connector through all that
// it does and then looks at every request and frame that reached the server.
func TestNothingIsSentButWhatListeningTakes(t *testing.T) {
	w := newWorld(t, fast)
	canary := w.AddChannel(w.guild, "", "canary", discordtest.Text)
	id := w.Post(w.text[0], "see https://files.example/a.png and @everyone")
	cfg := discord.DefaultConfig()
	cfg.Token = secret.Value(discordtest.Token)
	cfg.Servers = []string{watched}
	cfg.APIURL = "http://" + w.Addr() + "/api/v9"
	cfg.Canary = discord.Canary{Channel: canary, Every: time.Minute}
	c := discord.New(cfg, logger())

	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	l := bottest.Temp(t, discord.Name)
	stop := watch(t, l, c)
	if err := w.Ready(ctx); err != nil {
		t.Fatal(err)
	}
	w.Edit(w.text[0], id, "see https://files.example/b.png")
	thread := w.AddThread(w.text[1], "aside", discordtest.PublicThread)
	w.Post(thread, "in a thread")
	w.Post(w.elsewhere, "not for us")
	posted, err := c.Post(ctx, canary, "canary 1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Post(ctx, w.text[0], "never"); err == nil {
		t.Error("the bot posts outside the canary's channel")
	}
	var r bottest.Record
	settled(ctx, t, l, w, &r)
	if !r.Holds(canary, posted) {
		t.Error("the canary is not in the ledger")
	}
	w.Forget()
	w.Drop()
	w.Delete(w.text[0], id)
	w.Archive(thread, true)
	settled(ctx, t, l, w, &r)
	// All may be there before the connector is back: what it does then counts too.
	if err := l.Until(ctx, func() (bool, error) { return w.Wire().Frames[2] >= 2, nil }); err != nil {
		t.Error(err)
	}
	for _, f := range c.Doctor(ctx) {
		if f.State == bot.Faulted {
			t.Errorf("doctor: %+v", f)
		}
	}
	if err := c.Channels(ctx, func(bot.Visible) error { return nil }); err != nil {
		t.Error(err)
	}
	stop()

	got := w.Wire()
	for op, n := range got.Frames {
		switch op {
		case 1, 2, 6: // heartbeat, identify, resume
		default:
			t.Errorf("%d frames with opcode %d: %v", n, op, got.Other)
		}
	}
	for _, raw := range got.Identify {
		var id map[string]json.RawMessage
		if err := json.Unmarshal([]byte(raw), &id); err != nil {
			t.Fatal(err)
		}
		var presence struct{ Activities []any }
		if p, ok := id["presence"]; ok {
			if err := json.Unmarshal(p, &presence); err != nil || len(presence.Activities) > 0 {
				t.Errorf("identify shows a presence: %s", p)
			}
		}
		if want := "33281"; string(id["intents"]) != want { // guilds, guild messages, message content
			t.Errorf("identify asks for the intents %s, want %s and no more", id["intents"], want)
		}
	}
	if len(got.Unknown) > 0 {
		t.Errorf("requests that a reader does not need: %v", got.Unknown)
	}
	for pattern := range got.Requests {
		if !strings.HasPrefix(pattern, http.MethodGet+" ") && pattern != "POST /channels/{channel}/messages" {
			t.Errorf("a request that changes something: %s", pattern)
		}
	}
	if len(got.Sent) != 1 || got.Sent[0].Path != "/channels/"+canary+"/messages" || !strings.Contains(got.Sent[0].Body, "canary 1") {
		t.Errorf("what was sent is %+v, want the canary alone", got.Sent)
	}
	if len(got.Frames) == 0 || got.Frames[2] < 2 {
		t.Errorf("the test saw too little: %+v", got)
	}
}
