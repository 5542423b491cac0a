package cli_test

import (
	"strings"
	"testing"

	"stakeout/bot/discord/discordtest"
)

// TestADiscordServerFromTheGatewayToSlack walks one day of a watched server:
// its past is fetched, a dox is told at once, a restart misses nothing, an edit
// and a deletion made meanwhile are found, and the canary comes through.
func TestADiscordServerFromTheGatewayToSlack(t *testing.T) {
	w, slack := newWorld(t, watched())
	srv := discordtest.New(discordtest.Options{})
	t.Cleanup(srv.Close)
	guild := srv.AddGuild("Quay")
	general, own := srv.AddChannel(guild, "", "general", 0), srv.AddChannel(guild, "", "canary", 0)
	strange := srv.AddChannel(guild, "", "elsewhere", 0)
	w.write("stakeout.yaml", `discord:
  token: `+discordtest.Token+`
  api_url: http://`+srv.Addr()+`/api/v9
  channels: [general]
  canary:
    channel: "`+own+`"
    receiver: slack
  authority: R. Okafor, General Counsel
  basis: order of 2 May 2026
  matter: 26-cv-0107
  until: 2999-12-31
  retention: 730d
`)
	srv.Post(general, "the marmalade of yesterday")
	srv.Post(strange, "marmalade that nobody watches")
	edited := srv.Post(general, "marmalade before the edit")
	gone := srv.Post(general, "marmalade before it went")

	w.run(0, "doctor")
	if out, _ := w.run(0, "channels"); !strings.Contains(out, general) || !strings.Contains(out, strange) {
		t.Errorf("channels says\n%s", out)
	}
	told := func(n int) bool {
		alerts := 0
		for _, p := range slack.Posts() {
			if strings.Contains(string(p.JSON), "doxxing") {
				alerts++
			}
		}
		return alerts >= n
	}
	run := w.service()
	w.until("the past to be fetched", func() bool { return w.count("marmalade") == 3 })
	srv.Post(general, "pip quillfeather lives at 12 Alderbrook Street, call her on 202-555-0143")
	w.until("the dox to be told", func() bool { return told(1) })
	w.until("the canary to arrive", func() bool {
		for _, p := range slack.Posts() {
			if strings.Contains(string(p.JSON), "all the way") {
				return true
			}
		}
		return false
	})
	w.stop(run)

	srv.Post(general, "marmalade of the night")
	srv.Edit(general, edited, "jam instead")
	srv.Delete(general, gone)
	run = w.service()
	w.until("what was missed", func() bool {
		return w.count("jam") == 1 && w.count("marmalade") == 4 && w.count("marmalade is:absent") == 1
	})
	out, _ := w.run(0, "coverage")
	if !strings.Contains(out, "filled") && !strings.Contains(out, "fetched") {
		t.Errorf("coverage says\n%s", out)
	}
	out, _ = w.run(0, "status")
	w.run(0, "verify")
	w.stop(run)
	if strings.Contains(out, discordtest.Token) || w.count("elsewhere") != 0 {
		t.Errorf("status says\n%s", out)
	}
}

// count is how many messages a search finds.
func (w world) count(query string) int {
	w.t.Helper()
	out, _ := w.run(0, "search", "-o", "jsonl", "--limit", "0", query)
	return strings.Count(out, "\n")
}

// until asks again and again; the test's own deadline bounds it.
func (w world) until(what string, ok func() bool) {
	w.t.Helper()
	for !ok() {
		if err := w.t.Context().Err(); err != nil {
			w.t.Fatalf("waited for %s: %v", what, err)
		}
	}
}
