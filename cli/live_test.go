package cli_test

import (
	"bufio"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"stakeout/bot/telegram/telegramtest"
)

// telegram puts a Telegram with a watched and a strange group beside the data
// directory, and a configuration that watches the one.
func (w world) telegram() *telegramtest.Server {
	w.t.Helper()
	srv, err := telegramtest.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = srv.Close() })
	srv.Add(telegramtest.Chat{ID: -1001000000001, Type: "supergroup", Title: "Quay News", Status: "member"})
	srv.Add(telegramtest.Chat{ID: -1001000000009, Type: "supergroup", Title: "Strangers \x1b[31m\u202e", Status: "member"})
	w.write("stakeout.yaml", `telegram:
  token: `+telegramtest.Token+`
  api_url: `+srv.URL()+`
  channels: ["-1001000000001"]
  authority: R. Okafor, General Counsel
  basis: order of 2 May 2026
  matter: 26-cv-0107
  until: 2999-12-31
  retention: 730d
`)
	return srv
}

var ida = telegramtest.User{ID: 55501, Username: "ida_q", First: "Ida"}

func TestChannelsOfTelegramComeWithTheirMessagesAndStayUnconfirmed(t *testing.T) {
	w, _ := newWorld(t, watched())
	srv := w.telegram()
	cmd := w.command("channels", "telegram", "-o", "jsonl")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	srv.Say(-1001000000001, ida, "hello", nil)
	srv.Say(-1001000000009, ida, "never kept", nil)
	seen := map[string]bool{}
	for lines := bufio.NewScanner(out); len(seen) < 2 && lines.Scan(); {
		var v struct {
			ID     string
			Listed bool
		}
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			t.Fatalf("%v: %s", err, lines.Text())
		}
		seen[v.ID] = true
		if v.Listed != (v.ID == "-1001000000001") || strings.ContainsAny(lines.Text(), "\x1b\u202e") {
			t.Errorf("told %q", lines.Text())
		}
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("Ctrl-C ends the list with %v", err)
	}
	if len(seen) != 2 || srv.Pending() != 2 {
		t.Errorf("saw %v; %d updates wait for the service, want 2", seen, srv.Pending())
	}
	if _, err := os.Stat(w.dir + "/data"); !os.IsNotExist(err) {
		t.Errorf("channels made the data directory: %v", err)
	}
}

func TestDoctorNamesWhatTelegramLacks(t *testing.T) {
	w, _ := newWorld(t, watched())
	srv := w.telegram()
	w.run(0, "doctor")
	srv.SetReadsAll(false)
	out, _ := w.run(1, "doctor")
	if !strings.Contains(out, "FAULT") || !strings.Contains(out, "/setprivacy") || strings.Contains(out, telegramtest.Token) {
		t.Errorf("doctor says\n%s", out)
	}
}

func TestALiveSourceIsTold(t *testing.T) {
	w, _ := newWorld(t, watched())
	srv := w.telegram()
	run := w.service()
	srv.Say(-1001000000001, ida, "hello", nil)
	srv.Say(-1001000000009, ida, "never kept", nil)
	if err := srv.Drained(t.Context()); err != nil {
		t.Fatal(err)
	}
	out, talk := w.run(0, "channels", "telegram") // asks the service, and steals nothing from it
	if !strings.Contains(out, "-1001000000001       yes") || !strings.Contains(out, "-1001000000009       no") || strings.ContainsAny(out, "\x1b\u202e") {
		t.Errorf("channels says\n%s%s", out, talk)
	}
	var st []struct {
		Sources []struct {
			Source, State, Through, Ends string
			Events                       int
		}
	}
	w.json(&st, "status", "-o", "json")
	if s := st[0].Sources; len(s) != 1 || s[0].Source != "telegram" || s[0].State != "live" || s[0].Events != 1 || s[0].Through == "" || s[0].Ends != "2999-12-31" {
		t.Errorf("status: %+v", s)
	}
	if out, _ = w.run(0, "status"); !strings.Contains(out, "source       telegram: live") {
		t.Errorf("status says\n%s", out)
	}
	if out, _ = w.run(0, "coverage"); !strings.Contains(out, "goes on") || !strings.Contains(out, "cannot be known     deletions") {
		t.Errorf("coverage says\n%s", out)
	}
	w.run(0, "doctor")
	w.stop(run)

	if out, _ = w.run(0, "coverage", "quay news", "--gaps"); !strings.Contains(out, "not watched again") || !strings.Contains(out, "why: the service was stopped") {
		t.Errorf("coverage says\n%s", out)
	}
	if out, _ = w.run(0, "status"); !strings.Contains(out, "telegram: not running") || !strings.Contains(out, "1 gap is not filled") {
		t.Errorf("status says\n%s", out)
	}
	if out, _ = w.run(0, "search", "-o", "json", "never"); strings.TrimSpace(out) != "[]" {
		t.Errorf("a strange chat was kept: %s", out)
	}
}
