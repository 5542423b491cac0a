package web

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"html"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"stakeout/alerts"
	"stakeout/alerts/notify"
	"stakeout/bot"
	"stakeout/indexer/query"
	"stakeout/ledger"
	"stakeout/message"
)

var update = flag.Bool("update", false, "write the golden pages")

// exampleHouse has one of everything that a page can show.
func exampleHouse() *house {
	h := &house{masks: map[int64]string{3: "credential_exposure", 5: alerts.NotJudged}, detail: map[string]alerts.Detail{}, behind: 1}
	h.add(message.Observation{Text: "the unsealed complaint is out", Reactions: []message.Reaction{{Emoji: "🔥", Count: 2}}})
	h.add(message.Observation{ID: "20", Text: "chị đọc complaint chưa", ReplyTo: &message.Ref{ID: "1001"}, Via: message.Live,
		Author: message.Author{ID: "6", Name: "ぶん", Bot: true}, Channel: message.Channel{Platform: "telegram", ID: "-1001", Name: "after hours"}})
	h.add(message.Observation{Text: "a key of the complaint"})
	h.add(message.Observation{ID: "1001", Kind: message.Edited, Edited: message.Time{UTC: noon.Add(time.Hour)}, Text: "the complaint? never saw it"})
	h.add(message.Observation{Text: "about the complaint"})
	h.add(message.Observation{ID: "1001", Kind: message.Deleted, Via: message.Live})
	h.add(message.Observation{ID: "40", Text: "complaint.pdf", Sent: message.Time{UTC: noon, Written: "2026-06-02 12:00:00"},
		Attachments: []message.Attachment{{Name: "complaint.pdf", Type: "application/pdf", Size: 1840231}}, Embeds: []string{"a preview"}, Links: []string{"https://court.example/1"},
		Forward: &message.Forward{From: "court watch", Sent: message.Time{UTC: noon.Add(-time.Hour)}}}).Differs = true
	h.entries = append(h.entries, ledger.Entry{Seq: 8, Type: ledger.Acquired, Stored: noon, Acq: &ledger.Acquisition{}})
	h.entries = append(h.entries, ledger.Entry{Seq: 9, Type: ledger.Sighting, Stored: noon, Of: 2})
	h.entries = append(h.entries, ledger.Entry{Seq: 10, Type: ledger.Observation, Stored: noon})
	sent := noon.Add(3 * time.Minute)
	a := alerts.Alert{Seq: 3, Acquisition: 1, Status: alerts.Right, Changed: noon, Finding: notify.Finding{Alert: "A-000002", Rule: "key", Title: "A key was posted",
		Label: "credential_exposure", Level: "critical", Initials: "A.H.", Role: "counsel", Exposed: []string{"API key", "host name"}, Platform: "discord",
		Server: "The Example", Channel: "general", Author: "ada", Sent: &sent, Stored: noon, Via: "live", Count: 2}}
	old := alerts.Alert{Seq: 1, Status: alerts.Open, Historical: true, Finding: notify.Finding{Alert: "A-000001", Rule: "legal", Title: "Legal talk",
		Label: "legal_mention", Level: "low", Platform: "telegram", Channel: "after hours", Author: "ぶん", Stored: noon, Via: "import", Count: 1}}
	h.found = []alerts.Alert{a, old}
	h.detail["A-000002"] = alerts.Detail{Alert: a,
		Findings: []alerts.Finding{{Rule: "key", Level: "critical", Reason: "about A.H.; an API key beside a host name", Seq: 3, Evidence: []int64{1, 3}}},
		Messages: []alerts.Message{{Seq: 1, Evidence: true, Stored: noon, Obs: h.entries[0].Obs}, {Seq: 3, Evidence: true, Masked: "credential_exposure", Stored: noon, Obs: h.entries[2].Obs},
			{Seq: 4, Stored: noon, Obs: h.entries[3].Obs}, {Seq: 10, Evidence: true, Stored: noon}},
		Acts:  []alerts.Act{{Kind: alerts.Acknowledged, Who: "grace", At: noon}, {Kind: alerts.Judged, Value: "true", Who: "grace", Note: "live key", At: noon}, {Kind: alerts.Gone, Value: "6", At: noon}},
		Posts: []alerts.Delivery{{Receiver: "slack", State: "sent", Attempts: 2, Created: noon, Sent: &sent}}}
	h.box = []alerts.Undelivered{{Receiver: "slack", Waiting: 1, Oldest: noon, Reason: "503 Service Unavailable"}, {Receiver: "old", Missing: true, Refused: 2, Oldest: noon}}
	h.bad = 2
	h.trouble = []alerts.Trouble{{Name: "detection", Detail: "panicked (string)", Count: 3, First: noon.Add(-time.Hour), Last: noon, Seq: 4},
		{Name: "long ago", Last: noon.AddDate(0, 0, -8)}}
	h.counts = []ledger.ChannelCount{
		{Channel: message.Channel{Platform: "telegram", ID: "-1001", Name: "after hours"}, Via: message.Live, Posted: 1, Last: noon},
		{Channel: h.entries[0].Obs.Channel, Via: message.Import, Posted: 4, Edited: 1, Deleted: 1, Last: noon.Add(time.Hour)},
	}
	h.watched()
	return h
}

// watched adds sources in every kind of state, and what they covered.
func (h *house) watched() {
	room, nest := h.counts[0].Channel, h.counts[1].Channel
	hour := func(n int) time.Time { return noon.Add(time.Duration(n) * time.Hour) }
	h.health = []bot.Health{
		{Source: "discord", Account: "watchbird#0001", State: bot.CatchingUp, Reason: "the connection could not be resumed", Since: hour(-1), LastEvent: hour(-1), Through: noon.Add(-9 * time.Second),
			Lag: 1400 * time.Millisecond, Events: 9120, Rejected: 2, Reconnects: 3, Waits: 1, Ends: hour(9 * 24), Dropped: []bot.Dropped{{ID: "1", Title: "strangers", Count: 7}, {ID: "2", Count: 2}},
			Channels: []bot.ChannelHealth{{Channel: nest, Reason: "the permission Read Message History is missing", Mend: "let an administrator give it to the bot", Since: hour(-5)}}},
		{Source: "telegram", State: bot.Waiting, Reason: "the platform asked for a pause", Until: hour(1), Since: noon, Silent: true, Waits: 4, Ends: hour(90 * 24)},
		{Source: "mail", State: bot.Broken, Reason: "the server refused the password", Mend: "put the new one into STAKEOUT_MAIL_PASSWORD", Since: hour(-30), Ends: hour(2)},
	}
	h.covers = []ledger.Cover{
		{Channel: nest, Intervals: []ledger.Interval{
			{Seq: 1, Change: ledger.Fetched, Source: "discord", To: hour(-30), FromID: "1001", ToID: "1090"},
			{Seq: 2, Change: ledger.Watching, Source: "discord", From: hour(-30), To: hour(-20), Reason: "the process was killed", Limits: "messages that were posted and deleted between two connections"},
			{Seq: 4, Change: ledger.Fetched, Source: "discord", From: hour(-20), To: hour(-19)},
			{Seq: 5, Change: ledger.Scanned, Source: "discord", From: hour(-168), To: hour(-20)},
			{Seq: 6, Change: ledger.Watching, Source: "discord", From: hour(-19), To: noon.Add(-9 * time.Second), Open: true, Limits: "messages that were posted and deleted between two connections"}},
			Outages: []ledger.Outage{{Source: "discord", From: hour(-20), To: hour(-19), Reason: "the process was killed", Filled: true}}},
		{Channel: room, Intervals: []ledger.Interval{
			{Seq: 7, Change: ledger.Watching, Source: "telegram", From: hour(-80), To: hour(-50), Reason: "the connection was lost", Limits: "deletions; posts of other bots"},
			{Seq: 8, Change: ledger.Missing, Source: "telegram", From: hour(-50), To: hour(-30), FromID: "51", ToID: "64", Reason: "updates are kept for 24 hours only", Count: 14},
			{Seq: 9, Change: ledger.Watching, Source: "telegram", From: hour(-24), To: hour(-2), Reason: "the bot was thrown out", Limits: "deletions; posts of other bots"}},
			Outages: []ledger.Outage{{Source: "telegram", From: hour(-50), To: hour(-24), Reason: "the connection was lost", Missing: true, Count: 14},
				{Source: "telegram", From: hour(-2), Reason: "the bot was thrown out"}},
			Messages: &ledger.Numbers{First: 17, Last: 250, Held: 220}},
		{Channel: message.Channel{Platform: "jsonl", ID: "old", Name: "old room"}},
	}
	h.canary = CanaryState{LastOK: hour(-1), Ledger: 310 * time.Millisecond, Index: 900 * time.Millisecond, Receiver: 2 * time.Second}
}

func TestPages(t *testing.T) {
	h := exampleHouse().handler(DefaultConfig())
	for name, target := range map[string]string{
		"search":       "/?q=complaint",
		"search_start": "/",
		"search_more":  "/?q=complaint&limit=2",
		"search_bad":   "/?q=complaint)",
		"search_none":  "/?q=zzz",
		"message":      "/messages/4",
		"alerts":       "/alerts?label=doxxing&level=low&status=open&history=1",
		"alert":        "/alerts/A-000002",
		"status":       "/status",
		"coverage":     "/coverage",
		"missing":      "/messages/99",
	} {
		t.Run(name, func(t *testing.T) {
			got := get(t, h, target).Body.Bytes()
			file := filepath.Join("testdata", name+".html")
			if *update {
				if err := os.WriteFile(file, got, 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%s is not as in %s (-update writes it):\n%s", target, file, got)
			}
		})
	}
}

func TestAnswers(t *testing.T) {
	h := exampleHouse().handler(DefaultConfig())
	for target, want := range map[string]int{
		"/?q=complaint":                          200,
		"/?q=complaint)":                         400,
		"/?q=" + strings.Repeat("x", queryMax+1): 400,
		"/?q=a&limit=-3":                         200,
		"/messages/2":                            200,
		"/messages/8":                            404, // an acquisition
		"/messages/9":                            303, // a sighting
		"/messages/10":                           404, // purged
		"/messages/99":                           404,
		"/messages/0":                            404,
		"/messages/x":                            404,
		"/alerts?level=no":                       200,
		"/alerts/A-000009":                       404,
		"/healthz":                               200,
		"/readyz":                                200,
		"/favicon.ico":                           404,
		"/style.css":                             200,
	} {
		if w := get(t, h, target); w.Code != want {
			t.Errorf("%.40s: %d, want %d", target, w.Code, want)
		}
	}
	if to := get(t, h, "/messages/9").Header().Get("Location"); to != "/messages/2" {
		t.Errorf("a sighting leads to %q", to)
	}
}

func TestFiltersReachTheAlerts(t *testing.T) {
	h := exampleHouse()
	handler := h.handler(DefaultConfig())
	get(t, handler, "/alerts?label=doxxing&level=high&status=acknowledged&history=1&limit=7")
	get(t, handler, "/alerts?label=nonsense&level=&status=%27")
	want := []alerts.Filter{{Label: "doxxing", Level: "high", Status: "acknowledged", Historical: true, Limit: 8}, {Limit: alertPage + 1}}
	if fmt.Sprint(h.listed) != fmt.Sprint(want) {
		t.Errorf("asked for %+v, want %+v", h.listed, want)
	}
}

func TestAlertLeadsToItsLike(t *testing.T) {
	for _, id := range []string{"-1001", "the nest", `say "hi" \ (now)`, "//nest", "„nest”"} {
		h := &house{detail: map[string]alerts.Detail{"A-000001": {Alert: alerts.Alert{Finding: notify.Finding{Alert: "A-000001", Label: "threat"}},
			Messages: []alerts.Message{{Seq: 1, Obs: &message.Observation{Channel: message.Channel{ID: id}}}}}}}
		body := get(t, h.handler(DefaultConfig()), "/alerts/A-000001").Body.String()
		m := regexp.MustCompile(`href="([^"]*)">All messages`).FindStringSubmatch(body)
		if m == nil {
			t.Fatalf("%s: no link", id)
		}
		to, err := url.Parse(html.UnescapeString(m[1]))
		if err != nil {
			t.Fatal(err)
		}
		n, err := query.Parse(to.Query().Get("q"), query.Clock{})
		if err != nil {
			t.Errorf("%s: %v", id, err)
			continue
		}
		got := n.(query.And).Parts
		if label, in := got[0].(query.Field), got[1].(query.Field); len(got) != 2 || label.Value != "threat" || in.Name != "in" || in.Value != id {
			t.Errorf("%s: leads to %s", id, n)
		}
	}
}

func TestStatusBoundsItsChannels(t *testing.T) {
	h := &house{}
	for i := range channelMost + 3 {
		h.counts = append(h.counts, ledger.ChannelCount{Channel: message.Channel{Platform: "jsonl", ID: fmt.Sprintf("c %d", i), Name: fmt.Sprintf("name %d.", i)},
			Via: message.Import, Last: noon.Add(time.Duration(i) * time.Second)})
	}
	body := html.UnescapeString(get(t, h.handler(DefaultConfig()), "/status").Body.String())
	if n := strings.Count(body, "/?q=in"); n != channelMost || !strings.Contains(body, "3 more were last heard of") || strings.Contains(body, "name 2.") || !strings.Contains(body, "name 3.") {
		t.Errorf("%d channels:\n%s", n, body)
	}
	if !strings.Contains(body, "/?q=in%3A%22c+9%22") {
		t.Error("a channel does not lead to its messages")
	}
}

func TestNotReadyWhileFarBehind(t *testing.T) {
	h := &house{behind: readyLag + 1}
	if w := get(t, h.handler(DefaultConfig()), "/readyz"); w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "behind") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	h = &house{fail: errFake}
	if w := get(t, h.handler(DefaultConfig()), "/readyz"); w.Code != http.StatusServiceUnavailable || strings.Contains(w.Body.String(), errFake.Error()) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestNeighboursAreBoundedAndInOrder(t *testing.T) {
	h := &house{}
	for i := range 40 {
		h.add(message.Observation{Text: fmt.Sprintf("line %02d.", i)})
	}
	body := get(t, h.handler(DefaultConfig()), "/messages/21").Body.String()
	_, around, _ := strings.Cut(body, "Around it")
	last := -1
	for i := range 40 {
		at := strings.Index(around, fmt.Sprintf("line %02d.", i))
		if near := i >= 20-neighbours && i <= 20+neighbours; near != (at >= 0) {
			t.Errorf("line %d shown: %v", i, at >= 0)
		} else if near && at < last {
			t.Errorf("line %d is out of order", i)
		} else if near {
			last = at
		}
	}
}

func TestQueriesAreNotLogged(t *testing.T) {
	var log bytes.Buffer
	h := &house{fail: errFake}
	handler := New(Deps{Record: h, Search: h, Alerts: h, Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))}, DefaultConfig())
	get(t, handler, "/?q=verysecretword")
	get(t, handler, "/?q=verysecretword)")
	if strings.Contains(log.String(), "verysecretword") {
		t.Errorf("logged: %s", log.String())
	}
}

func TestServerOpensAndCloses(t *testing.T) {
	h := exampleHouse()
	s, err := Listen(Deps{Record: h, Search: h, Alerts: h}, Config{Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	res, err := http.Get(s.URL() + "healthz")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Errorf("healthz: %s", res.Status)
	}
	http.DefaultClient.CloseIdleConnections()
	cancel()
	if err := <-done; err != nil {
		t.Errorf("Run ended with %v", err)
	}
}
