package web

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"stakeout/bot"
	"stakeout/ledger"
	"stakeout/message"
)

func TestReadyTellsOfSourcesAndStaysReady(t *testing.T) {
	h := &house{health: []bot.Health{
		{Source: "discord", State: bot.Live},
		{Source: "telegram", State: bot.Failing, Reason: "a reason", Silent: true},
		{Source: "mail", State: bot.Broken, Channels: []bot.ChannelHealth{{Channel: message.Channel{ID: "secret room"}}}},
	}}
	w := get(t, h.handler(DefaultConfig()), "/readyz")
	want := "ready\nsource telegram: failing\nsource telegram: silent\nsource mail: broken\nsource mail: 1 channels in trouble\n"
	if w.Code != http.StatusOK || w.Body.String() != want {
		t.Errorf("%d %q", w.Code, w.Body)
	}
}

// ours are the lines of our own figures.
func ours(body string) string {
	var out strings.Builder
	for line := range strings.Lines(body) {
		if strings.Contains(line, "stakeout_") {
			out.WriteString(line)
		}
	}
	return out.String()
}

func TestFigures(t *testing.T) {
	w := get(t, exampleHouse().handler(DefaultConfig()), "/metrics")
	if w.Code != http.StatusOK || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/plain") {
		t.Errorf("%d %s", w.Code, w.Header())
	}
	if !strings.Contains(w.Body.String(), "\nprocess_resident_memory_bytes ") || !strings.Contains(w.Body.String(), "\ngo_goroutines ") {
		t.Error("nothing of the process itself")
	}
	got, file := ours(w.Body.String()), filepath.Join("testdata", "metrics.txt")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil || got != string(want) {
		t.Errorf("the figures are not as in %s (%v; -update writes it):\n%s", file, err, got)
	}
	// Every sample carries names of ours alone.
	for _, m := range regexp.MustCompile(`="([^"]*)"`).FindAllStringSubmatch(got, -1) {
		if strings.Contains(m[1], "general") || strings.Contains(m[1], "after hours") || strings.Contains(m[1], "strangers") {
			t.Errorf("a label says %q", m[1])
		}
	}
}

func TestFiguresAreIncompleteRatherThanNone(t *testing.T) {
	var log bytes.Buffer
	h := exampleHouse()
	h.fail = errFake
	handler := New(Deps{Record: h, Search: h, Alerts: h, Sources: func() []bot.Health { return h.health }, Log: slog.New(slog.NewTextHandler(&log, nil))}, DefaultConfig())
	w := get(t, handler, "/metrics")
	for _, want := range []string{"stakeout_unreadable 3", "stakeout_ledger_entries 10", `stakeout_source_events_total{source="discord"} 9120`} {
		if !strings.Contains(w.Body.String(), want+"\n") {
			t.Errorf("no %s:\n%s", want, ours(w.Body.String()))
		}
	}
	for _, gone := range []string{"source_open_outages", "quarantine_records", "disk_", "canary_"} {
		if strings.Contains(w.Body.String(), "stakeout_"+gone) {
			t.Errorf("%s is given, though nobody knows it", gone)
		}
	}
	if w.Code != http.StatusOK || strings.Count(log.String(), "figures are incomplete") != 3 {
		t.Errorf("%d\n%s", w.Code, log.String())
	}
}

// counted counts how often the coverage is read.
type counted struct {
	*house
	read int
}

func (c *counted) Coverage(ctx context.Context) ([]ledger.Cover, error) {
	c.read++
	return c.house.Coverage(ctx)
}

func TestFiguresReadTheCoverageOnceAMinute(t *testing.T) {
	c, now := &counted{house: exampleHouse()}, noon
	handler := New(Deps{Record: c, Search: c, Alerts: c, Now: func() time.Time { return now }}, DefaultConfig())
	for i, want := range []int{1, 1, 1, 2, 2, 3} {
		get(t, handler, "/metrics")
		if c.read != want {
			t.Errorf("after %d looks it was read %d times, want %d", i+1, c.read, want)
		}
		now = now.Add(25 * time.Second)
		if i == 4 {
			now = now.Add(-time.Hour) // the clock was put back
		}
	}
}

func TestFiguresAreForKnownHosts(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, "/metrics", nil)
	r.Host = "evil.example"
	w := httptest.NewRecorder()
	exampleHouse().handler(DefaultConfig()).ServeHTTP(w, r)
	if w.Code != http.StatusMisdirectedRequest || strings.Contains(w.Body.String(), "stakeout_") {
		t.Errorf("%d", w.Code)
	}
}

func TestCoverageIsBoundedAndTroubleComesFirst(t *testing.T) {
	h := &house{}
	for i := range channelMost + 3 {
		c := ledger.Cover{Channel: message.Channel{Platform: "discord", ID: fmt.Sprint(i), Name: fmt.Sprintf("name %d.", i)}}
		for k := range 2*coverMost + 1 {
			from := noon.Add(time.Duration(k) * time.Hour)
			c.Intervals = append(c.Intervals, ledger.Interval{Change: ledger.Watching, Source: "discord", From: from, To: from.Add(time.Minute)})
		}
		if i == channelMost+1 {
			c.Outages = []ledger.Outage{{Source: "discord", From: noon, To: noon.Add(time.Hour)}}
		}
		h.covers = append(h.covers, c, ledger.Cover{Channel: message.Channel{Platform: "jsonl", ID: fmt.Sprint(i), Name: fmt.Sprintf("import %d.", i)}})
	}
	body := get(t, h.handler(DefaultConfig()), "/coverage").Body.String()
	if n := strings.Count(body, "<details class=\"cover\""); n != channelMost || !strings.Contains(body, "3 more channels are not shown") || !strings.Contains(body, "3 more are not shown") {
		t.Errorf("%d channels", n)
	}
	if !strings.Contains(body, fmt.Sprintf("%d earlier intervals are not shown", coverMost+1)) {
		t.Error("all intervals are shown")
	}
	first, open := strings.Index(body, fmt.Sprintf("name %d.", channelMost+1)), strings.Index(body, "<details class=\"cover\" open>")
	if first < 0 || open < 0 || first > strings.Index(body, "name 0.") || strings.Count(body, " open>") != 1 {
		t.Errorf("the channel with an outage stands at %d, open at %d", first, open)
	}
}
