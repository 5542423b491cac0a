package cli_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// finding is what doctor -o json prints.
type finding struct{ Source, Subject, State, What, Mend string }

func TestDoctorLooksAtAFreshHostAndMakesNothing(t *testing.T) {
	w, _ := newWorld(t, watched())
	out, talk := w.run(0, "doctor")
	for _, want := range []string{"host\n", "is made at the first start", "slack\n", "cannot be seen without posting", "docs/telegram.md"} {
		if !strings.Contains(out, want) {
			t.Errorf("doctor does not say %q:\n%s", want, out)
		}
	}
	if !strings.Contains(talk, "0 faults") {
		t.Errorf("doctor said %q", talk)
	}
	if _, err := os.Stat(filepath.Join(w.dir, "data")); !os.IsNotExist(err) {
		t.Errorf("doctor made the data directory: %v", err)
	}
	if strings.Contains(out, "hook/") {
		t.Error("doctor shows the webhook")
	}
	w.write("watchlist.yaml", "protected_people: 7\n")
	out, _ = w.run(1, "doctor")
	if !strings.Contains(out, "FAULT") || !strings.Contains(out, "watchlist") {
		t.Errorf("a broken watchlist:\n%s", out)
	}
	_, talk = w.run(1, "channels")
	if !strings.Contains(talk, "no source is configured") {
		t.Errorf("channels said %q", talk)
	}
	w.run(2, "channels", "--for", "-1m")
}

func TestDoctorWorksThroughTheService(t *testing.T) {
	w, _ := newWorld(t, watched())
	run := w.service()
	var list []finding
	w.json(&list, "doctor", "-o", "json")
	if len(list) < 4 || list[0].Source != "host" || list[0].What != filepath.Join(w.dir, "data") {
		t.Errorf("through the service: %+v", list)
	}
	w.stop(run)
}

func TestDoctorAsksSlackWhatTheTokenMayDo(t *testing.T) {
	const token = "xoxb-fictional-token"
	const known = `{"ok":true,"user":"watch","team":"Quill"}`
	var mu sync.Mutex // guards what follows
	var scopes, answer, asked string
	slack := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		asked += r.URL.Path + "\n"
		if scopes != "" {
			rw.Header().Set("X-Oauth-Scopes", scopes)
		}
		fmt.Fprint(rw, answer)
	}))
	defer slack.Close()
	w, _ := newWorld(t, watched())
	w.webhook = ""
	config := w.write("stakeout.yaml", "slack:\n  token: "+token+"\n  channel: C0FICTION01\n  api_url: "+slack.URL+"/api\n")
	for _, c := range []struct {
		scopes, answer, want string
		status               int
	}{
		{"chat:write", known, "ok     scopes: chat:write", 0},
		{"chat:write,channels:history", known, "is all that is needed", 0},
		{"channels:read", known, "may not post", 1},
		{"", known, "did not say", 0},
		{"", `{"ok":false,"error":"invalid_auth"}`, "refuses it: invalid_auth", 1},
		{"", `{"ok":false,"error":"\u001b[31m` + token + `"}`, "word that is not Slack's", 1},
		{"", `<html>`, "could not be asked", 1},
	} {
		mu.Lock()
		scopes, answer = c.scopes, c.answer
		mu.Unlock()
		out, talk := w.run(c.status, "doctor", "--config", config)
		if !strings.Contains(out, c.want) {
			t.Errorf("%s %s: no %q in\n%s", c.scopes, c.answer, c.want, out)
		}
		if strings.Contains(out+talk, token) || strings.Contains(out+talk, "\x1b") {
			t.Errorf("the token or a control character shows:\n%s%s", out, talk)
		}
	}
	slack.Close()
	if strings.Trim(strings.ReplaceAll(asked, "/api/auth.test", ""), "\n") != "" {
		t.Errorf("more was asked than who the token is:\n%s", asked)
	}
	if out, _ := w.run(1, "doctor", "--config", config); !strings.Contains(out, "could not be asked") || strings.Contains(out, token) {
		t.Errorf("an unreachable Slack:\n%s", out)
	}
}

func TestCoverageSaysTheSameThroughTheService(t *testing.T) {
	w, _ := newWorld(t, watched())
	w.run(0, "import", w.export(0, 120))
	commands := [][]string{{"coverage"}, {"coverage", "--gaps"}, {"coverage", "room 0", "-o", "json"}, {"coverage", "-o", "csv"}, {"coverage", "1178300000000000000", "--since", "2026-05-01"}}
	var before []string
	for _, args := range commands {
		out, _ := w.run(0, args...)
		before = append(before, out)
	}
	if !strings.Contains(before[0], "Rehearsal") || !strings.Contains(before[0], "(id 1178300000000000000)") {
		t.Errorf("coverage does not name the channel:\n%s", before[0])
	}
	if !strings.Contains(before[1], "no outage") {
		t.Errorf("coverage --gaps says\n%s", before[1])
	}
	if !json.Valid([]byte(before[2])) {
		t.Errorf("no JSON:\n%s", before[2])
	}
	if rows, err := csv.NewReader(strings.NewReader(before[3])).ReadAll(); err != nil || len(rows) < 2 || len(rows[0]) != 14 {
		t.Errorf("no CSV: %v\n%s", err, before[3])
	}
	run := w.service()
	for i, args := range commands {
		if out, _ := w.run(0, args...); out != before[i] {
			t.Errorf("stakeout %s says\n%s\nthrough the service\n%s", strings.Join(args, " "), out, before[i])
		}
	}
	w.stop(run)
	if _, talk := w.run(1, "coverage", "no such room"); !strings.Contains(talk, "no channel") {
		t.Errorf("an unknown channel: %q", talk)
	}
	w.run(2, "coverage", "--since", "yesterday")
}

func TestDeletionsAreShownWithTheirGrade(t *testing.T) {
	w, _ := newWorld(t, watched())
	line := func(id int, kind string) string {
		return fmt.Sprintf(`{"platform":"irc","channel":{"id":"c"},"id":"%d","kind":%q,"author":{"handle":"ada"},"sent":"2026-05-01T10:00:00Z","text":"findme"}`+"\n", id, kind)
	}
	w.run(0, "import", w.write("chat.jsonl", line(1, "posted")+line(2, "posted")+strings.Replace(line(2, "deleted"), `"findme"`, `""`, 1)))
	out, _ := w.run(0, "search", "findme")
	if strings.Count(out, "deleted (told by an import)") != 1 {
		t.Errorf("search says\n%s", out)
	}
	var hits []struct {
		MessageID  string `json:"message_id"`
		Deleted    bool
		DeletedHow string `json:"deleted_how"`
	}
	w.json(&hits, "search", "findme", "-o", "json")
	for _, h := range hits {
		if h.Deleted != (h.MessageID == "2") || (h.DeletedHow != "") != h.Deleted {
			t.Errorf("%+v", h)
		}
	}
}
