package web

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"stakeout/alerts"
	"stakeout/alerts/notify"
	"stakeout/message"
)

const counsel = "quaggamire" // a word of counsel's own

// privilegedHouse has a mail of which a part is privileged, and one of which
// all is.
func privilegedHouse() *house {
	h := &house{masks: map[int64]string{3: "doxxing"}, detail: map[string]alerts.Detail{}}
	mail := message.Channel{Platform: message.Mail, ID: "thread@mail.example"}
	for _, text := range []string{"needle of the original", "", "needle that is masked"} {
		h.add(message.Observation{Text: text, Channel: mail, Privileged: "we think " + counsel, Native: []byte("we think " + counsel), Format: "mail"})
	}
	h.detail["A-000001"] = alerts.Detail{Alert: alerts.Alert{Finding: notify.Finding{Alert: "A-000001", Label: "threat"}},
		Messages: []alerts.Message{{Seq: 1, Evidence: true, Obs: h.entries[0].Obs}, {Seq: 3, Masked: "doxxing", Obs: h.entries[2].Obs}}}
	return h
}

func TestPrivilegedIsOnNoPage(t *testing.T) {
	var log bytes.Buffer
	h := privilegedHouse()
	handler := New(Deps{Record: h, Search: h, Alerts: h, Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))}, DefaultConfig())
	for target, says := range map[string]string{
		"/":                "part of this mail is privileged",
		"/?q=needle":       "part of this mail is privileged",
		"/messages/1":      "part of this mail is privileged",
		"/messages/2":      "this mail is privileged",
		"/messages/3":      "masked: doxxing",
		"/alerts/A-000001": "",
		"/alerts":          "",
		"/status":          "",
		"/coverage":        "",
		"/metrics":         "",
	} {
		body := get(t, handler, target).Body.String()
		if strings.Contains(body, counsel) {
			t.Errorf("%s shows what is privileged", target)
		}
		if !strings.Contains(body, says) {
			t.Errorf("%s does not say %q:\n%s", target, says, body)
		}
	}
	h.fail = errFake
	get(t, handler, "/messages/1")
	if strings.Contains(log.String(), counsel) {
		t.Errorf("logged: %s", log.String())
	}
	if h.entries[0].Obs.Privileged == "" || h.entries[0].Obs.Native == nil {
		t.Error("a page changed an entry of the ledger")
	}
}

func TestPagesSayHowADeletionIsKnown(t *testing.T) {
	for _, c := range []struct {
		grades []message.Grade
		badge  string // of the message itself
		says   []string
	}{
		{[]message.Grade{message.Told}, `>deleted</span>`, []string{"deleted, told by the platform"}},
		{[]message.Grade{message.Absent}, `>deleted: absent</span>`, []string{"deleted: absent from a complete scan of its range"}},
		{[]message.Grade{0}, `>deleted</span>`, []string{"deleted, as the source says"}},
		{[]message.Grade{message.Absent, message.Told}, `>deleted</span>`, []string{"deleted, told by the platform", "deleted: absent from a complete scan"}},
	} {
		h := &house{}
		h.add(message.Observation{ID: "9", Text: "here once"})
		for _, g := range c.grades {
			h.add(message.Observation{ID: "9", Kind: message.Deleted, Grade: g})
		}
		body := get(t, h.handler(DefaultConfig()), "/messages/1").Body.String()
		for _, s := range c.says {
			if !strings.Contains(body, s) {
				t.Errorf("%v: the page does not say %q:\n%s", c.grades, s, body)
			}
		}
		posted, _, _ := strings.Cut(body[strings.Index(body, `id="e1"`):], "</li>")
		if !strings.Contains(posted, c.badge) {
			t.Errorf("%v: the message is not marked %s:\n%s", c.grades, c.badge, posted)
		}
	}
}

func TestAMailsPageSaysWhatItsHeadersSayOfItsWay(t *testing.T) {
	h := &house{masks: map[int64]string{2: "doxxing"}}
	mail := message.Channel{Platform: message.Mail, ID: "thread@mail.example"}
	for range 2 {
		h.add(message.Observation{Text: "needle", Channel: mail, Route: []string{"Received (unverified): from <b>relay.example</b>"}})
	}
	handler := New(Deps{Record: h, Search: h, Alerts: h}, DefaultConfig())
	if body := get(t, handler, "/messages/1").Body.String(); !strings.Contains(body, "from &lt;b&gt;relay.example&lt;/b&gt;") {
		t.Errorf("the page says\n%s", body)
	}
	if body := get(t, handler, "/messages/2").Body.String(); strings.Contains(body, "Way and checks") {
		t.Error("the way of a masked mail is shown")
	}
}
