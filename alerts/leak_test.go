package alerts_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"stakeout/alerts"
	"stakeout/alerts/detect"
	"stakeout/alerts/notify"
	"stakeout/alerts/notify/slack"
	"stakeout/alerts/notify/slack/slacktest"
	"stakeout/alerts/rules"
	"stakeout/ledger"
	"stakeout/message"
	"stakeout/secret"
	"stakeout/store"
	"stakeout/watchlist"
)

// told runs messages through detection, alerts, outbox and Slack by either
// way, and gives what went over the wire.
func told(t *testing.T, engine alerts.Engine, obs []*message.Observation, open ledger.Acquisition) []slacktest.Post {
	t.Helper()
	ctx, dir := t.Context(), t.TempDir()
	db, err := store.Open(ctx, filepath.Join(dir, "stakeout.db"), slices.Concat(ledger.Migrations, alerts.Migrations)...)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	now := time.Date(2031, 1, 2, 3, 4, 5, 0, time.UTC)
	clock := func() time.Time { return now }
	l, err := ledger.Open(ctx, db, dir, clock)
	if err != nil {
		t.Fatal(err)
	}
	server := &slacktest.Server{}
	loopback := httptest.NewServer(server)
	defer loopback.Close()
	a, err := alerts.New(ctx, db, l, engine, alerts.Options{Config: alerts.DefaultConfig(), Now: clock, Receivers: []alerts.Receiver{
		slack.New("hook", slack.Config{WebhookURL: secret.Value(loopback.URL + slacktest.HookPath)}),
		slack.New("bot", slack.Config{Token: slacktest.Token, Channel: slacktest.Channel, APIURL: loopback.URL + slacktest.APIPath}),
	}})
	if err != nil {
		t.Fatal(err)
	}
	err = l.Write(ctx, store.Urgent, func(tx *store.Tx) error {
		seq, err := l.OpenAcquisition(tx, open)
		if err != nil {
			return err
		}
		for _, o := range obs {
			o.Acquisition = seq
			if _, err := l.Append(tx, o); err != nil {
				return err
			}
		}
		return l.CloseAcquisition(tx, seq, open)
	})
	if err != nil {
		t.Fatal(err)
	}
	run, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- a.Run(run) }()
	for a.Cursor() < l.Size() {
		select {
		case err := <-done:
			t.Fatal(err)
		default:
			runtime.Gosched()
		}
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	for _, wait := range []time.Duration{0, time.Hour} {
		now = now.Add(wait)
		if left, err := a.Drain(ctx); err != nil || len(left) > 0 {
			t.Fatalf("left %+v, %v", left, err)
		}
	}
	return server.Posts()
}

// readings are the ways in which a post's bytes can be read.
func readings(t *testing.T, p slacktest.Post) []string {
	out := []string{string(p.Raw)}
	if form, err := url.ParseQuery(string(p.Raw)); err == nil {
		out = append(out, fmt.Sprint(form))
	}
	var v any
	if err := json.Unmarshal(p.JSON, &v); err != nil {
		t.Fatal(err)
	}
	return append(out, fmt.Sprint(v))
}

// stretches are all runs of six characters in a text.
func stretches(text string) (out []string) {
	r := []rune(text)
	for i := 0; i+6 <= len(r); i++ {
		out = append(out, string(r[i:i+6]))
	}
	return out
}

// triggers finds something in every message and panics on some.
type triggers struct{}

func (triggers) Observe(m detect.Message) []detect.Finding {
	if m.Seq%17 == 0 {
		panic(m.Text)
	}
	return []detect.Finding{{Rule: "r", Title: "t", Label: rules.Labels[m.Seq%8], Level: rules.Levels[m.Seq%5], Reason: "r", Seq: m.Seq, Evidence: []int64{m.Seq}}}
}
func (triggers) Failed() []string         { return nil }
func (triggers) MaskName(s string) string { return s }

func TestNoStretchOfAMessageLeavesTheHouse(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	alphabets := []string{"qzxjkvw y", "бгджзклмн п", "阿巴科拉軟體沈雨涵 律师", "3579-+", "<>&*_~`|:@!#/\\\"' ", "ạấầẩẫậắằ ẳ", "😀🔥\u200d\u202e\u0000\n x"}
	text := func() string {
		letters := []rune(alphabets[rng.IntN(len(alphabets))])
		r := make([]rune, 20+rng.IntN(200))
		for i := range r {
			r[i] = letters[rng.IntN(len(letters))]
		}
		return string(r)
	}
	for _, mode := range []string{alerts.Each, alerts.Summary} {
		var obs []*message.Observation
		for i := range 120 {
			o := &message.Observation{
				Kind: message.Posted, Via: message.Import, ID: fmt.Sprint(i), Text: text(), Embeds: []string{text()}, Links: []string{text()},
				Attachments: []message.Attachment{{Name: text()}}, Observed: time.Unix(0, 0), Native: []byte("{}"), Format: "jsonl",
				Channel: message.Channel{Platform: message.Discord, ID: fmt.Sprint(i % 9), Name: "main", Server: message.Server{ID: "1", Name: "hall"}},
				Author:  message.Author{Handle: "ann"},
			}
			if i%3 == 0 { // a thread named after its first message
				o.Text = "wvq xzk jjq vwy kqz " + o.Text
				o.Channel.Name = strings.ToUpper(o.Text[:40])
				o.Author = message.Author{ID: "9", Name: o.Text}
			}
			obs = append(obs, o)
		}
		posts := told(t, triggers{}, obs, ledger.Acquisition{Kind: "import", Source: "chat.json", Alert: mode})
		if len(posts) < 4 {
			t.Fatalf("%s: only %d posts", mode, len(posts))
		}
		secret := map[string]bool{}
		for _, o := range obs {
			for _, s := range append([]string{o.Text, strings.ToUpper(o.Text), o.Attachments[0].Name}, append(o.Embeds, o.Links...)...) {
				for _, run := range stretches(s) {
					secret[run] = true
				}
			}
		}
		for _, p := range posts {
			for _, reading := range readings(t, p) {
				for _, run := range stretches(reading) {
					if secret[run] {
						t.Fatalf("%s: %q of a message left in %s", mode, run, reading)
					}
				}
			}
		}
	}
}

// worlds is the folder of the labelled worlds, "" when it is not there.
func worlds() string {
	dir := os.Getenv("STAKEOUT_SHARED")
	if dir == "" {
		dir = "../../shared"
	}
	if _, err := os.Stat(filepath.Join(dir, "eval")); err != nil {
		return ""
	}
	return filepath.Join(dir, "eval")
}

var stamps = regexp.MustCompile(`\d{4}-\d\d-\d\dT[0-9:.]+Z|A-\d{6}(\.\d+)?|\d+ times`)

// TestLabelledWorldsLeaveNothing runs the shipped rules over the worlds. What
// may stand in a post is our own: the rules' words, the frame of a post, and
// the names of place and author.
func TestLabelledWorldsLeaveNothing(t *testing.T) {
	dir := worlds()
	if dir == "" {
		t.Skip("the labelled worlds are not here")
	}
	set, err := rules.Default()
	if err != nil {
		t.Fatal(err)
	}
	names, err := fs.Glob(os.DirFS(dir), "*/messages.jsonl")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	if testing.Short() {
		names = names[:3]
	}
	for _, name := range names {
		t.Run(filepath.Dir(name), func(t *testing.T) {
			t.Parallel() // most of the time is waiting for the disk
			w, err := watchlist.Load(filepath.Join(dir, filepath.Dir(name), "watchlist.yaml"))
			if err != nil {
				t.Fatal(err)
			}
			obs, own := world(t, filepath.Join(dir, name))
			for _, r := range set.Rules {
				own = append(own, r.ID, r.Title, r.Label)
			}
			posts := told(t, detect.New(set, w), obs, ledger.Acquisition{Kind: "connector", Source: "telegram"})
			if len(posts) == 0 {
				t.Fatal("nothing was told")
			}
			engine := detect.New(set, w)
			for _, name := range own {
				own = append(own, string(notify.Clean(name, engine.MaskName)))
			}
			secret := map[string]string{}
			for _, o := range obs {
				for _, run := range stretches(o.Text) {
					secret[run] = o.ID
				}
			}
			slices.SortFunc(own, func(a, b string) int { return len(b) - len(a) })
			ours := strings.NewReplacer(pairs(own)...)
			for _, p := range posts {
				var m struct {
					Text   string
					Blocks []struct {
						Text   struct{ Text string }
						Fields []struct{ Text string }
					}
				}
				if err := json.Unmarshal(p.JSON, &m); err != nil {
					t.Fatal(err)
				}
				var parts []string
				for _, b := range m.Blocks {
					parts = append(parts, b.Text.Text)
					for _, f := range b.Fields {
						_, value, _ := strings.Cut(f.Text, ": ")
						if !strings.HasPrefix(f.Text, "Exposed: ") && !strings.HasPrefix(f.Text, "Concerns: ") {
							parts = append(parts, value)
						}
					}
				}
				all := m.Text + "\n" + strings.Join(parts, "\n")
				for _, person := range w.Protected {
					for _, s := range slices.Concat([]string{person.Name}, person.Also, person.Emails, person.Phones, person.Family) {
						if len([]rune(s)) >= 6 && strings.Contains(all, s) {
							t.Errorf("a protected name left in %s", all)
						}
					}
				}
				rest := stamps.ReplaceAllString(ours.Replace(all), "\x00")
				for _, run := range stretches(rest) {
					if id, ok := secret[run]; ok && !strings.Contains(frame, run) {
						t.Fatalf("%q of message %s left in %q", run, id, rest)
					}
				}
			}
		})
	}
}

// frame is the words of ours that stand in every post.
const frame = "(named after a message) (subject not shown) [masked], once so far, now  To read it: stakeout alerts show Stakeout the source gave no time once so far times so far now times discord telegram mail email " +
	"[CRITICAL] [HIGH] [MEDIUM] [LOW] [INFORMATIONAL] (live)"

func pairs(own []string) []string {
	var out []string
	for _, s := range own {
		if s != "" {
			out = append(out, s, "\x00")
		}
	}
	return out
}

// world reads a labelled world as live messages; own are its names.
func world(t *testing.T, path string) (obs []*message.Observation, own []string) {
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	in := bufio.NewScanner(f)
	in.Buffer(nil, 1<<20)
	for in.Scan() {
		var m struct {
			ID, Conversation, Platform, Channel, Author, Text string
			Time                                              time.Time
		}
		if err := json.Unmarshal(in.Bytes(), &m); err != nil {
			t.Fatal(err)
		}
		obs = append(obs, &message.Observation{
			Kind: message.Posted, Via: message.Live, ID: m.ID, Text: m.Text, Observed: m.Time, Sent: message.Time{UTC: m.Time},
			Channel: message.Channel{Platform: m.Platform, ID: m.Conversation, Name: m.Channel}, Author: message.Author{Handle: m.Author},
			Native: []byte(m.ID), Format: "jsonl",
		})
		own = append(own, m.Channel, m.Author, m.ID, m.Conversation)
	}
	slices.Sort(own)
	return obs, slices.Compact(own)
}
