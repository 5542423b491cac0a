package cli_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"stakeout/app"
	"stakeout/cli"
	"stakeout/config"
	"stakeout/ledger"
	"stakeout/message"
	"stakeout/store"
)

const (
	counsel = "quaggamire" // a word of counsel's own, privileged
	reader  = 4242001      // a user whom nobody has a name for
)

// mailed makes a data directory with a mail of which a part is privileged, one
// of which all is, and two records in quarantine, one of them a mail.
func mailed(t *testing.T) []string {
	t.Helper()
	dir := t.TempDir()
	list := filepath.Join(dir, "watchlist.yaml")
	if err := os.WriteFile(list, []byte(watchlistYAML), 0o600); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "stakeout.yaml")
	if err := os.WriteFile(file, fmt.Appendf(nil, "data: %s\nwatchlist: %s\nlog: {level: debug}\nmail: {readers: [\"%d\"]}\n", filepath.Join(dir, "data"), list, reader), 0o600); err != nil {
		t.Fatal(err)
	}
	environ := []string{"STAKEOUT_CONFIG=" + file}
	cfg, err := config.Load(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	a, err := app.Open(t.Context(), cfg, app.Options{Create: true, Log: cfg.Log.Logger(new(bytes.Buffer))})
	if err != nil {
		t.Fatal(err)
	}
	err = a.Ledger.Write(t.Context(), store.Urgent, func(tx *store.Tx) error {
		for _, source := range []string{message.Mail, message.Discord} {
			acq, err := a.Ledger.OpenAcquisition(tx, ledger.Acquisition{Kind: "connector", Source: source})
			if err != nil {
				return err
			}
			if err := a.Ledger.Quarantine(tx, ledger.Quarantined{Acquisition: acq, Place: source + " 7", Reason: "cut short", Bytes: []byte(counsel + " of " + source)}); err != nil {
				return err
			}
			if source != message.Mail {
				continue
			}
			for i, text := range []string{"pip quillfeather lives at 12 Alderbrook Street, call her on 202-555-0143", "the judge signed the arrest warrant for doe 3 and the court seized the domain", ""} {
				_, err := a.Ledger.Append(tx, &message.Observation{Kind: message.Posted, Via: message.Live, ID: strconv.Itoa(i) + "@mail.example", Acquisition: acq,
					Channel: message.Channel{Platform: message.Mail, ID: "thread@mail.example"}, Author: message.Author{ID: "a@member.example", Name: "Ann"},
					Sent: message.Time{UTC: time.Date(2026, 5, 1, 10, i, 0, 0, time.UTC)}, Observed: time.Date(2026, 5, 1, 11, 0, 0, 0, time.UTC),
					Text: text, Privileged: "we think " + counsel, Native: []byte("we think " + counsel + "\r\n" + text), Format: "mail"})
				if err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	return environ
}

func TestPrivilegedStaysWithItsReaders(t *testing.T) {
	environ := mailed(t)
	run := func(uid, want int, args ...string) string {
		t.Helper()
		var out, talk bytes.Buffer
		if got := cli.Main(t.Context(), cli.Env{Args: args, In: strings.NewReader(""), Out: &out, Err: &talk, Environ: environ, UID: uid}); got != want {
			t.Errorf("stakeout %s: status %d, want %d\n%s", strings.Join(args, " "), got, want, talk.String())
		}
		return out.String() + talk.String()
	}
	everything := [][]string{{"search", counsel}, {"alerts", "list", "--history", "-o", "json"}, {"alerts", "export"}, {"alerts", "export", "--reveal", "--reason", "r"},
		{"digest"}, {"digest", "-o", "json"}, {"status"}, {"status", "-o", "json"}, {"status", "quarantine", "-o", "json"}, {"verify"}}
	for _, f := range []string{"table", "json", "jsonl", "csv"} {
		everything = append(everything, []string{"search", "platform:mail", "-o", f}, []string{"search", "platform:mail", "-o", f, "--limit", "0", "--reveal", "--reason", "r"})
		for _, id := range []string{"A-000001", "A-000002"} {
			everything = append(everything, []string{"alerts", "show", id, "-o", f}, []string{"alerts", "show", id, "-o", f, "--reveal", "--reason", "r"})
		}
	}
	if out := run(0, 0, "alerts", "list", "-o", "json"); strings.Count(out, `"id"`)+strings.Count(out, "A-00000") < 2 {
		t.Fatalf("the mails raised no alerts: %s", out)
	}
	run(0, 0, "alerts", "verdict", "A-000001", "true")
	for _, uid := range []int{0, reader} {
		for _, args := range everything {
			if out := run(uid, 0, args...); strings.Contains(out, counsel) && args[1] != counsel {
				t.Errorf("stakeout %s gives away what is privileged:\n%s", strings.Join(args, " "), out)
			}
		}
	}
	if out := run(0, 0, "search", "is:privileged"); strings.Count(out, "privileged") < 3 {
		t.Errorf("nothing says that something is privileged:\n%s", out)
	}

	ask := []string{"search", "is:privileged", "--privileged", "--reason", "brief for the partner", "-o", "json"}
	if out := run(0, 1, ask...); strings.Contains(out, counsel) || !strings.Contains(out, "mail.readers") {
		t.Errorf("root reads what is privileged:\n%s", out)
	}
	run(reader, 2, "search", "is:privileged", "--privileged")
	// Two of the three belong to a dox, and nobody judged counsel's part of them.
	if out := run(reader, 0, ask...); strings.Count(out, counsel) != 1 {
		t.Errorf("its reader is shown\n%s", out)
	}
	if out := run(reader, 0, append(ask, "--reveal")...); strings.Count(out, counsel) != 3 {
		t.Errorf("its reader is shown, revealed,\n%s", out)
	}
	var record []struct {
		UID          int
		What, Reason string
	}
	read(t, run(0, 0, "status", "access", "-o", "json"), &record)
	looks := 0
	for _, x := range record {
		if x.What != "privileged" {
			continue
		}
		if looks++; x.UID != reader || x.Reason != "brief for the partner" {
			t.Errorf("the record says %+v", x)
		}
	}
	if looks != 2 {
		t.Errorf("%d looks are on record, want 2", looks)
	}
}

func TestQuarantinedMailsMayBePrivileged(t *testing.T) {
	environ := mailed(t)
	run := func(uid, want int, more ...string) (got []string) {
		t.Helper()
		var out, talk bytes.Buffer
		args := append([]string{"status", "quarantine", "-o", "json", "--reason", "why"}, more...)
		if status := cli.Main(t.Context(), cli.Env{Args: args, In: strings.NewReader(""), Out: &out, Err: &talk, Environ: environ, UID: uid}); status != want {
			t.Errorf("%v: status %d, want %d: %s", more, status, want, talk.String())
		}
		if want != 0 {
			return nil
		}
		var list []struct{ Bytes []byte }
		read(t, out.String(), &list)
		for _, q := range list {
			got = append(got, string(q.Bytes))
		}
		return got
	}
	for _, c := range []struct {
		uid, status int
		flags       []string
		want        string
	}{
		{0, 0, nil, "|"},
		{0, 0, []string{"--reveal"}, "|" + counsel + " of discord"},
		{reader, 0, []string{"--reveal"}, "|" + counsel + " of discord"},
		{0, 1, []string{"--privileged"}, ""},
		{reader, 0, []string{"--privileged"}, counsel + " of mail|"},
		{reader, 0, []string{"--privileged", "--reveal"}, counsel + " of mail|" + counsel + " of discord"},
	} {
		if got := strings.Join(run(c.uid, c.status, c.flags...), "|"); got != c.want {
			t.Errorf("uid %d, %v: %q, want %q", c.uid, c.flags, got, c.want)
		}
	}
}

// read reads what a command printed as JSON.
func read(t *testing.T, out string, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(out), into); err != nil {
		t.Fatalf("%v in\n%s", err, out)
	}
}
