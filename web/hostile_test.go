package web

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"stakeout/alerts"
	"stakeout/alerts/notify"
	"stakeout/bot"
	"stakeout/indexer"
	"stakeout/ledger"
	"stakeout/message"
)

const (
	script = `<script>alert(1)</script><img src=x onerror=alert(1)>"' onmouseover='x`
	bidi   = "a\u202eb\u2066c"
	ansi   = "\x1b[31mred\x1b]0;title\x07\x00"
	evil   = "javascript:alert(1)"
)

// hostileHouse holds everything hostile everywhere that a channel can put it.
func hostileHouse() *house {
	h := &house{detail: map[string]alerts.Detail{}}
	all := script + bidi + ansi + "\xff"
	h.add(message.Observation{
		ID: "1", Text: "needle " + all + "\nhttps://evil.example/", Event: all,
		Channel:     message.Channel{Platform: all, ID: all, Name: all, Server: message.Server{ID: all, Name: all}, Parent: &message.ChannelRef{ID: all, Name: all}},
		Author:      message.Author{ID: all, Handle: all, Name: "N" + all},
		Links:       []string{evil, "https://evil.example/"},
		Attachments: []message.Attachment{{Name: all, Type: all, URL: "https://evil.example/a.png", Size: 5}},
		Embeds:      []string{all},
		Reactions:   []message.Reaction{{Emoji: all, Count: 1}},
		ReplyTo:     &message.Ref{ID: all, Channel: all},
		Forward:     &message.Forward{From: all},
	})
	c := h.entries[0].Obs.Channel
	h.health = []bot.Health{{Source: all, Account: all, State: bot.Waiting, Reason: all, Mend: all, Channels: []bot.ChannelHealth{{Channel: c, Reason: all, Mend: all}}, Dropped: []bot.Dropped{{ID: all, Title: all, Count: 1}}}}
	h.covers = []ledger.Cover{{Channel: c, Intervals: []ledger.Interval{{Change: ledger.Watching, Source: all, FromID: all, ToID: all, Reason: all, Limits: all}}, Outages: []ledger.Outage{{Source: all, Reason: all}}}, {Channel: c}}
	a := alerts.Alert{Finding: notify.Finding{Alert: "A-000001", Label: "doxxing", Level: "high", Title: all, Platform: "discord",
		Server: notify.Foreign(all), Channel: notify.Foreign(all), Author: notify.Foreign(all), Count: 1}, Seq: 1, Status: alerts.Open}
	h.found = []alerts.Alert{a}
	h.detail["A-000001"] = alerts.Detail{Alert: a,
		Findings: []alerts.Finding{{Reason: all, Seq: 1}},
		Messages: []alerts.Message{{Seq: 1, Evidence: true, Obs: h.entries[0].Obs}},
		Acts:     []alerts.Act{{Kind: alerts.Acknowledged, Who: all, Note: all}}}
	return h
}

func TestHostileTextStaysText(t *testing.T) {
	h := hostileHouse().handler(DefaultConfig())
	for _, target := range []string{"/", "/?q=needle", "/?q=" + "%3Cscript%3E%29", "/messages/1", "/alerts", "/alerts/A-000001", "/alerts/%3Cscript%3E", "/status", "/coverage", "/%3Cscript%3E"} {
		body := get(t, h, target).Body.String()
		for _, bad := range []string{"<script", "<img", "\u202e", "\u2066", "\x1b", "\x07", "\x00", "\xff"} {
			if strings.Contains(body, bad) {
				t.Errorf("%s holds %q", target, bad)
			}
		}
		// Every address on a page is one of ours.
		for _, m := range regexp.MustCompile(`(?i)(?:href|src|action)\s*=\s*"([^"]*)"`).FindAllStringSubmatch(body, -1) {
			if !strings.HasPrefix(m[1], "/") || strings.HasPrefix(m[1], "//") {
				if !strings.HasPrefix(m[1], "#") {
					t.Errorf("%s links to %q", target, m[1])
				}
			}
		}
		if m := regexp.MustCompile(`(?i)<[^>]*\s(on\w+|style|srcset)\s*=`).FindString(body); m != "" {
			t.Errorf("%s holds %q", target, m)
		}
	}
	body := get(t, h, "/?q=needle").Body.String()
	if !strings.Contains(body, `a\u202eb\u2066c`) || !strings.Contains(body, `\x1b[31mred`) || !strings.Contains(body, "<mark>needle</mark>") {
		t.Error("the hostile text is not shown in readable form")
	}
}

func TestMaskedTextIsNowhere(t *testing.T) {
	const secret = "14 Elderflower Row"
	h := &house{masks: map[int64]string{2: "doxxing"}, detail: map[string]alerts.Detail{}}
	h.add(message.Observation{Text: "who knows"})
	h.add(message.Observation{ID: "9", Text: secret, Author: message.Author{Name: "Harrowgate fan"}, Links: []string{"https://x.example/" + secret},
		Embeds: []string{secret}, Attachments: []message.Attachment{{Name: secret}}, Forward: &message.Forward{From: secret}})
	edit := h.add(message.Observation{ID: "9", Kind: message.Edited, Text: "never mind", Edited: message.Time{UTC: noon.Add(1e12)}})
	handler := h.handler(DefaultConfig())
	for _, target := range []string{"/", "/?q=Elder", "/messages/1", "/messages/2", "/messages/3"} {
		body := get(t, handler, target).Body.String()
		if strings.Contains(body, secret) || strings.Contains(body, "Harrowgate") {
			t.Errorf("%s shows what is masked", target)
		}
		if target != "/messages/1" && !strings.Contains(body, "masked: doxxing") {
			t.Errorf("%s does not say that something is masked", target)
		}
	}
	if body := get(t, handler, "/messages/2").Body.String(); !strings.Contains(body, "never mind") || !strings.Contains(body, "superseded") {
		t.Errorf("the later version is missing")
	}
	if s := stands(*edit, h.entries); s.superseded || s.deleted {
		t.Errorf("the newest version stands as %+v", s)
	}
}

func TestNamesAreMaskedOnEveryPage(t *testing.T) {
	const name, event = "Harrowgate\u202e lives here", "Harrowgate_house"
	h := &house{masks: map[int64]string{2: "doxxing"}, detail: map[string]alerts.Detail{}}
	c := message.Channel{Platform: message.Discord, ID: "77", Name: name, Server: message.Server{ID: "7", Name: name}, Parent: &message.ChannelRef{ID: "76", Name: name}}
	for _, id := range []string{"1", "2", "3"} {
		h.add(message.Observation{ID: id, Channel: c, Author: message.Author{ID: name, Handle: name, Name: "N" + name}, Event: event,
			Forward: &message.Forward{From: name}, Reactions: []message.Reaction{{Emoji: event, Count: 1}}})
	}
	h.entries[1].Obs.Event = "elderflower_row" // which no rule knows
	h.counts = []ledger.ChannelCount{{Channel: c, Via: message.Live, Posted: 3, Last: noon}}
	h.health = []bot.Health{{Source: "discord", State: bot.Live, Channels: []bot.ChannelHealth{{Channel: c, Reason: "gone"}}}}
	h.covers = []ledger.Cover{{Channel: c, Intervals: []ledger.Interval{{Change: ledger.Watching, Source: "discord", FromID: name, ToID: name}}}, {Channel: c}}
	h.detail["A-000001"] = alerts.Detail{Alert: alerts.Alert{Finding: notify.Finding{Alert: "A-000001", Label: "threat"}},
		Messages: []alerts.Message{{Seq: 1, Obs: h.entries[0].Obs}, {Seq: 2, Masked: "doxxing", Obs: h.entries[1].Obs}}}
	handler := h.handler(DefaultConfig())
	for _, target := range []string{"/", "/messages/1", "/messages/2", "/alerts/A-000001", "/status", "/coverage"} {
		body := get(t, handler, target).Body.String()
		if strings.Contains(body, "Harrowgate") || strings.Contains(body, "elderflower") {
			t.Errorf("%s shows what is masked in names:\n%s", target, body)
		}
		if !strings.Contains(body, "▮▮▮") {
			t.Errorf("%s does not show that something is masked", target)
		}
	}
	if h.entries[0].Obs.Channel.Parent.Name != name || h.entries[0].Obs.Reactions[0].Emoji != event {
		t.Error("a page changed an entry of the ledger")
	}
}

func TestErrorsTellNothing(t *testing.T) {
	h := hostileHouse()
	h.fail = errFake
	handler := h.handler(DefaultConfig())
	for _, target := range []string{"/?q=needle", "/messages/1", "/alerts", "/alerts/A-000001", "/status", "/coverage"} {
		w := get(t, handler, target)
		if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), errFake.Error()) || !strings.Contains(w.Body.String(), "This did not work") {
			t.Errorf("%s: %d\n%s", target, w.Code, w.Body)
		}
	}
}

func TestPanicsTellNothing(t *testing.T) {
	var log bytes.Buffer
	h := exampleHouse()
	handler := New(Deps{Record: h, Search: panicking{}, Alerts: h, Log: slog.New(slog.NewTextHandler(&log, nil))}, DefaultConfig())
	w := get(t, handler, "/?q=verysecretword")
	if w.Code != http.StatusInternalServerError || !strings.Contains(w.Body.String(), "This did not work") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if out := log.String(); strings.Contains(out+w.Body.String(), "verysecretword") || !strings.Contains(out, "panicked") {
		t.Errorf("logged %s", out)
	}
}

// panicking fails as a bug would, with the query in the panic's value.
type panicking struct{}

func (panicking) Cursor() int64 { return 0 }

func (panicking) Search(_ context.Context, r indexer.Request) (indexer.Result, error) {
	panic("cannot do " + r.Query)
}

func FuzzPieces(f *testing.F) {
	f.Add("a\u202eb\ncd", 1, 4)
	f.Add("\xff\x00", 0, 1)
	f.Fuzz(func(t *testing.T, s string, from, to int) {
		plain, marked := "", ""
		for _, p := range pieces(s, nil) {
			plain += p.Text
		}
		for _, p := range pieces(s, [][2]int{{from, to}, {to, from}}) {
			marked += p.Text
		}
		if strings.ContainsAny(plain, "\x00\x1b\u202e\u2066") {
			t.Errorf("%q shows as %q", s, plain)
		}
		// Highlights may cut a broken character, but lose nothing.
		if len(marked) < len(plain) {
			t.Errorf("%q with marks %d, %d lost something: %q", s, from, to, marked)
		}
	})
}

var errFake = fakeError("the disk said needle")

type fakeError string

func (e fakeError) Error() string { return string(e) }

var _ Record = (*ledger.Ledger)(nil)
var _ Alerts = (*alerts.Alerts)(nil)
