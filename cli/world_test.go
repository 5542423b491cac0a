package cli_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"stakeout/alerts/notify/slack/slacktest"
)

var binaries string // directory of what build made

func TestMain(m *testing.M) {
	var err error
	if binaries, err = os.MkdirTemp("", "stakeout-test-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	_ = os.RemoveAll(binaries)
	os.Exit(code)
}

// build makes the real program.
func build(name string, cgo string, flags ...string) string {
	bin := filepath.Join(binaries, name)
	cmd := exec.Command("go", append(append([]string{"build", "-o", bin}, flags...), "stakeout")...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED="+cgo)
	if out, err := cmd.CombinedOutput(); err != nil {
		panic(fmt.Sprintf("build: %v\n%s", err, out))
	}
	return bin
}

// shipped is the program as it is released; watched has the race detector in
// it when the tests have.
var (
	shipped = sync.OnceValue(func() string { return build("stakeout", "0") })
	watched = sync.OnceValue(func() string {
		if !raceDetector {
			return shipped()
		}
		return build("stakeout-race", "1", "-race")
	})
)

// world is a data directory with its configuration, and the binary on it.
type world struct {
	t       *testing.T
	bin     string
	dir     string
	webhook string
}

func (w world) command(args ...string) *exec.Cmd {
	cmd := exec.Command(w.bin, args...)
	cmd.Dir = w.dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + w.dir, "TMPDIR=" + w.dir,
		"STAKEOUT_DATA=" + filepath.Join(w.dir, "data"), "STAKEOUT_WATCHLIST=" + filepath.Join(w.dir, "watchlist.yaml"),
		"STAKEOUT_SLACK_WEBHOOK_URL=" + w.webhook, "STAKEOUT_WEB_LISTEN=127.0.0.1:0"}
	return cmd
}

// run runs a command to its end and wants the given exit status.
func (w world) run(status int, args ...string) (stdout, stderr string) {
	w.t.Helper()
	var out, errs bytes.Buffer
	cmd := w.command(args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if got := cmd.ProcessState.ExitCode(); got != status {
		w.t.Fatalf("stakeout %s: exit status %d, want %d (%v)\n%s%s", strings.Join(args, " "), got, status, err, out.String(), errs.String())
	}
	return out.String(), errs.String()
}

func (w world) json(into any, args ...string) {
	w.t.Helper()
	out, _ := w.run(0, args...)
	if err := json.Unmarshal([]byte(out), into); err != nil {
		w.t.Fatalf("stakeout %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

const watchlistYAML = `company:
  name: Example Foundry, Inc.
  aliases: [Example Foundry]
cases:
  - name: Example Foundry, Inc. v. Does 1-9
    docket: "1:26-cv-00001"
    court: E.D. Va.
    filed: 2026-01-05
    keywords: [rehearsal-room.example]
protected_people:
  - name: Philippa Quillfeather
    also: [Pip Quillfeather]
    role: counsel
    employer: Quill LLP
    emails: [pq@quill.example]
personas:
  - {handle: member1, role: provider, country: US, platforms: [discord]}
`

func newWorld(t *testing.T, bin string) (world, *slacktest.Server) {
	t.Helper()
	slack := &slacktest.Server{}
	srv := httptest.NewServer(slack)
	t.Cleanup(srv.Close)
	w := world{t, bin, t.TempDir(), srv.URL + slacktest.HookPath}
	if err := os.WriteFile(filepath.Join(w.dir, "watchlist.yaml"), []byte(watchlistYAML), 0o600); err != nil {
		t.Fatal(err)
	}
	return w, slack
}

// export writes an export of n messages; every fiftieth is one that the rules
// find, each in a time of its own so that none is grouped with another.
func (w world) export(number, n int) string {
	w.t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, `{"guild":{"id":"1178300000000000000","name":"Rehearsal"},"channel":{"id":"117830000000000%04d","type":"GuildTextChat","categoryId":"1","category":"Text","name":"room %d","topic":null},"dateRange":{"after":null,"before":null},"messages":[`, number, number)
	for i := range n {
		text := fmt.Sprintf("nothing much going on in row %d tonight", i)
		switch {
		case i%100 == 50:
			text = "pip quillfeather lives at 12 Alderbrook Street, call her on 202-555-0143"
		case i%100 == 0:
			text = "the judge signed the arrest warrant for doe 3 and the court seized the domain"
		}
		if i > 0 {
			b.WriteByte(',')
		}
		sent := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(i) * time.Minute)
		fmt.Fprintf(&b, `{"id":"%d","type":"Default","timestamp":"%s","timestampEdited":null,"callEndedTimestamp":null,"isPinned":false,"content":%q,"author":{"id":"1178%015d","name":"member%d","discriminator":"0000","nickname":"m","color":null,"isBot":false,"avatarUrl":""},"attachments":[],"embeds":[],"stickers":[],"reactions":[],"mentions":[]}`,
			1500000000000000000+int64(number)*1_000_000+int64(i), sent.Format("2006-01-02T15:04:05.000+00:00"), text, i%40, i%40)
	}
	fmt.Fprintf(&b, `],"messageCount":%d}`, n)
	name := filepath.Join(w.dir, fmt.Sprintf("export-%d.json", number))
	if err := os.WriteFile(name, []byte(b.String()), 0o600); err != nil {
		w.t.Fatal(err)
	}
	return name
}
