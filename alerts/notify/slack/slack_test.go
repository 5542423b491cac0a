package slack

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"stakeout/alerts/notify"
	"stakeout/alerts/notify/slack/slacktest"
	"stakeout/secret"
)

var update = flag.Bool("update", false, "write the golden files anew")

var made = time.Date(2026, 5, 3, 18, 10, 4, 0, time.UTC)

func alert() notify.Notification {
	sent := time.Date(2026, 5, 3, 18, 10, 0, 0, time.UTC)
	return notify.Notification{ID: "A-000017", Kind: notify.Alert, Made: made, Found: &notify.Finding{
		Alert: "A-000017", Rule: "dox-address", Title: "Home address of a protected person", Label: "doxxing", Level: "critical",
		Initials: "H.W.", Role: "counsel", Exposed: []string{"street address", "phone number"},
		Platform: "discord", Server: "counting-house <!channel>", Channel: "*main* :skull: <https://evil.example|x>", Author: "wee_malky",
		Sent: &sent, Stored: made, Via: "live", Count: 1, Command: "stakeout alerts show A-000017",
	}}
}

func examples() map[string]notify.Notification {
	linked, repeat := alert(), alert()
	linked.Found.Command, linked.Found.Link = "", "https://stakeout.example/alerts/A-000017?a=1&b=2"
	linked.Found.Sent, linked.Found.Initials, linked.Found.Role, linked.Found.Exposed = nil, "", "", nil
	repeat.ID, repeat.Kind, repeat.Found.Count = "A-000017.2", notify.Repeat, 12
	report := func(id string, kind notify.Kind, title, command string, s ...notify.Section) notify.Notification {
		return notify.Notification{ID: id, Kind: kind, Made: made, Told: &notify.Report{Title: title, Sections: s, Command: command}}
	}
	return map[string]notify.Notification{
		"alert": alert(), "linked": linked, "repeat": repeat,
		"history": report("H-000003", notify.History, "History: 14 findings in an import", "stakeout alerts list --acquisition 3",
			notify.Section{Title: "By label and level", Lines: []string{"doxxing, critical: 4", "legal_mention, low: 10"}}),
		"digest": report("D-2026-05-03", notify.Digest, "Stakeout digest for 2026-05-03", "stakeout digest --date 2026-05-03",
			notify.Section{Title: "Messages", Lines: []string{"discord · <!everyone> · main: 12 new"}}, notify.Section{Title: "Nothing else", Lines: []string{""}}),
		"trouble": report("E-000001", notify.Trouble, "A rule fails: dox-address", "", notify.Section{Lines: []string{"It panicked on entry 12."}}),
		"test":    report("T-1", notify.Test, "Test: this is no alert", ""),
	}
}

func serve(t *testing.T) (*slacktest.Server, string) {
	s := &slacktest.Server{}
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	return s, h.URL
}

func both(t *testing.T, url string) map[string]*Receiver {
	t.Helper()
	out := map[string]*Receiver{}
	for name, c := range map[string]Config{
		"webhook": {WebhookURL: secret.Value(url + slacktest.HookPath)},
		"token":   {Token: slacktest.Token, Channel: slacktest.Channel, APIURL: url + slacktest.APIPath},
	} {
		if err := c.Validate(); err != nil {
			t.Fatal(err)
		}
		out[name] = New("slack", c)
	}
	return out
}

func TestEveryKindIsAcceptedAndAsTheGoldenFile(t *testing.T) {
	s, url := serve(t)
	for way, r := range both(t, url) {
		for name, n := range examples() {
			if err := r.Send(t.Context(), n); err != nil {
				t.Errorf("%s by %s: %v", name, way, err)
				continue
			}
			posts := s.Posts()
			last := posts[len(posts)-1]
			if last.ID != n.ID {
				t.Errorf("%s by %s: block_id %q, want %q", name, way, last.ID, n.ID)
			}
			var got bytes.Buffer
			if err := json.Indent(&got, last.JSON, "", "  "); err != nil {
				t.Fatal(err)
			}
			got.WriteByte('\n')
			path := filepath.Join("testdata", name+"."+way+".json")
			if *update {
				if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil || !bytes.Equal(got.Bytes(), want) {
				t.Errorf("%s by %s is not as %s (%v):\n%s", name, way, path, err, got.Bytes())
			}
		}
	}
}

func TestForeignStringsStandOnlyWhereNothingIsParsed(t *testing.T) {
	s, url := serve(t)
	for way, r := range both(t, url) {
		for name, n := range examples() {
			if err := r.Send(t.Context(), n); err != nil {
				t.Fatal(err)
			}
			posts := s.Posts()
			var m struct {
				Text   string
				Unfurl *bool `json:"unfurl_links"`
				Media  *bool `json:"unfurl_media"`
				Blocks []any
			}
			if err := json.Unmarshal(posts[len(posts)-1].JSON, &m); err != nil {
				t.Fatal(err)
			}
			if m.Unfurl == nil || *m.Unfurl || m.Media == nil || *m.Media {
				t.Errorf("%s by %s: unfurling is not off", name, way)
			}
			for _, foreign := range []string{"!channel", "evil.example", "wee_malky", "skull", "!everyone"} {
				if strings.Contains(m.Text, foreign) {
					t.Errorf("%s by %s: fallback %q holds %q", name, way, m.Text, foreign)
				}
				for _, bad := range parsed(m.Blocks) {
					if strings.Contains(bad, foreign) {
						t.Errorf("%s by %s: a parsed element %q holds %q", name, way, bad, foreign)
					}
				}
			}
		}
	}
}

// parsed collects the texts that Slack would parse: mrkdwn, and plain_text
// with emoji on.
func parsed(v any) (out []string) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			out = append(out, parsed(e)...)
		}
	case map[string]any:
		if text, ok := v["text"].(string); ok && (v["type"] != "plain_text" || v["emoji"] != false) {
			out = append(out, text)
		}
		for _, e := range v {
			out = append(out, parsed(e)...)
		}
	}
	return out
}

func TestHugeReportStaysWithinSlacksLimits(t *testing.T) {
	s, url := serve(t)
	n := examples()["digest"]
	n.ID = strings.Repeat("x", 400)
	n.Told.Title = strings.Repeat("title ", 100)
	n.Told.Sections = nil
	for i := range 90 {
		lines := []string{strings.Repeat("ü", 5000)}
		for range 200 {
			lines = append(lines, strings.Repeat("w", 60))
		}
		n.Told.Sections = append(n.Told.Sections, notify.Section{Title: fmt.Sprint("section ", i), Lines: lines})
	}
	for way, r := range both(t, url) {
		if err := r.Send(t.Context(), n); err != nil {
			t.Errorf("%s: %v", way, err)
		}
	}
	if last := s.Posts()[0].JSON; !bytes.Contains(last, []byte("do not fit")) {
		t.Error("what was left out is not told")
	}
}

func TestAnswersAreToldApart(t *testing.T) {
	s, url := serve(t)
	wait := func(d time.Duration) func(error) bool {
		return func(err error) bool {
			var e *notify.RetryAfter
			return errors.As(err, &e) && e.Wait == d
		}
	}
	refused := func(reason string) func(error) bool {
		return func(err error) bool {
			var e *notify.Refused
			return errors.As(err, &e) && e.Reason == reason
		}
	}
	passing := func(err error) bool {
		var w *notify.RetryAfter
		var r *notify.Refused
		return err != nil && !errors.As(err, &w) && !errors.As(err, &r)
	}
	for _, c := range []struct {
		way   string
		reply slacktest.Reply
		want  func(error) bool
	}{
		{"webhook", slacktest.Reply{Status: 429, RetryAfter: "7"}, wait(7 * time.Second)},
		{"webhook", slacktest.Reply{Status: 429, RetryAfter: "soon"}, wait(30 * time.Second)},
		{"webhook", slacktest.Reply{Status: 429}, wait(30 * time.Second)},
		{"webhook", slacktest.Reply{Status: 404, Body: "no_service"}, refused("Not Found no_service")},
		{"webhook", slacktest.Reply{Status: 400, Body: "invalid_payload"}, refused("Bad Request invalid_payload")},
		{"webhook", slacktest.Reply{Status: 403, Body: "<html>secret page"}, refused("Forbidden unknown_reason")},
		{"webhook", slacktest.Reply{Status: 302}, refused("Found unknown_reason")},
		{"webhook", slacktest.Reply{Status: 500, Body: "oops"}, passing},
		{"webhook", slacktest.Reply{Status: 200, Body: "<html>Please log in"}, passing},
		{"token", slacktest.Reply{Status: 429, RetryAfter: "3"}, wait(3 * time.Second)},
		{"token", slacktest.Reply{Status: 200, Body: `{"ok":false,"error":"invalid_auth"}`}, refused("invalid_auth")},
		{"token", slacktest.Reply{Status: 200, Body: `{"ok":false,"error":"internal_error"}`}, passing},
		{"token", slacktest.Reply{Status: 200, Body: `{"ok":false}`}, passing},
		{"token", slacktest.Reply{Status: 200, Body: `<html>`}, passing},
		{"token", slacktest.Reply{Status: 503}, passing},
	} {
		s.Next(c.reply)
		err := both(t, url)[c.way].Send(t.Context(), alert())
		if !c.want(err) {
			t.Errorf("%s, %+v: %v", c.way, c.reply, err)
		}
		if err != nil && (strings.Contains(err.Error(), "fictional") || strings.Contains(err.Error(), "127.0.0.1")) {
			t.Errorf("%s, %+v: the error holds a secret: %v", c.way, c.reply, err)
		}
	}
	if n := len(s.Posts()); n != 0 {
		t.Errorf("%d refused messages were kept", n)
	}
}

func TestHangingOrMissingSlackIsPassingAndKeepsTheSecret(t *testing.T) {
	s, url := serve(t)
	for way, r := range both(t, url) {
		s.Next(slacktest.Reply{})
		r.timeout = 50 * time.Millisecond
		if err := r.Send(t.Context(), alert()); err == nil || err.Error() != "no answer in time" {
			t.Errorf("%s: %v", way, err)
		}
	}
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	for way, r := range both(t, gone.URL) {
		if err := r.Send(t.Context(), alert()); err == nil || err.Error() != "could not be reached" {
			t.Errorf("%s: %v", way, err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := r.Send(ctx, alert()); err == nil || strings.Contains(err.Error(), "fictional") {
			t.Errorf("%s: %v", way, err)
		}
	}
}

func TestConfigNamesTheFieldAndNoSecret(t *testing.T) {
	for _, c := range []struct {
		config Config
		want   string
	}{
		{Config{}, ""},
		{Config{WebhookURL: "https://hooks.slack.example/services/fictional"}, ""},
		{Config{Token: "xoxb-fictional", Channel: "C1"}, ""},
		{Config{Token: "xoxb-fictional"}, "channel:"},
		{Config{Token: "xoxb-fictional\n", Channel: "C1"}, "token:"},
		{Config{WebhookURL: "https://hooks.slack.example/fictional", Token: "xoxb-fictional", Channel: "C1"}, "webhook_url:"},
		{Config{WebhookURL: "http://hooks.slack.example/fictional"}, "webhook_url:"},
		{Config{WebhookURL: "http://127.0.0.1:9/fictional"}, ""},
		{Config{WebhookURL: "fictional"}, "webhook_url:"},
		{Config{WebhookURL: "https://hooks.slack.example/fictional", Channel: "#general"}, "channel:"},
		{Config{Token: "xoxb-fictional", Channel: "C1", APIURL: "http://slack.example/"}, "api_url:"},
	} {
		err := c.config.Validate()
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("Validate() = %v, want %q", err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), "fictional") {
			t.Errorf("the error holds a secret: %v", err)
		}
	}
}
