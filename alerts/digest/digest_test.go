package digest

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"stakeout/alerts"
	"stakeout/alerts/detect"
	"stakeout/alerts/notify"
	"stakeout/ledger"
	"stakeout/message"
	"stakeout/store"
)

var update = flag.Bool("update", false, "write the golden files anew")

type quiet struct{}

func (quiet) Observe(m detect.Message) []detect.Finding {
	if !strings.Contains(m.Text, "law") {
		return nil
	}
	return []detect.Finding{{Rule: "r", Title: "t", Label: "legal_mention", Level: "low", Seq: m.Seq, ID: m.ID, Evidence: []int64{m.Seq}}}
}
func (quiet) Failed() []string         { return nil }
func (quiet) MaskName(s string) string { return strings.ReplaceAll(s, "Placeholder", "[masked]") }

type box struct{ got []notify.Notification }

func (*box) Name() string { return "slack" }
func (b *box) Send(_ context.Context, n notify.Notification) error {
	b.got = append(b.got, n)
	return nil
}

// world is a whole service without connectors. offset moves its wall clock.
type world struct {
	t      *testing.T
	dir    string
	zone   string
	offset time.Duration
	box    *box
	db     *store.DB
	ledger *ledger.Ledger
	alerts *alerts.Alerts
	digest *Digest
	health []Source // nil: no service is running
	acq    int64
	n      int
}

func (w *world) sources() ([]Source, bool) { return w.health, w.health != nil }

func (w *world) now() time.Time { return time.Now().Add(w.offset) }

func (w *world) open(c Config) {
	w.t.Helper()
	db, err := store.Open(w.t.Context(), filepath.Join(w.dir, "stakeout.db"), slices.Concat(ledger.Migrations, alerts.Migrations, Migrations)...)
	if err != nil {
		w.t.Fatal(err)
	}
	w.db = db
	if w.ledger, err = ledger.Open(w.t.Context(), db, w.dir, w.now); err != nil {
		w.t.Fatal(err)
	}
	w.alerts, err = alerts.New(w.t.Context(), db, w.ledger, quiet{}, alerts.Options{Config: alerts.DefaultConfig(), Receivers: []alerts.Receiver{w.box}, Now: w.now})
	if err != nil {
		w.t.Fatal(err)
	}
	if w.digest, err = New(db, w.ledger, w.alerts, Options{Config: c, Zone: w.zone, Sources: w.sources, Now: w.now}); err != nil {
		w.t.Fatal(err)
	}
}

// run keeps the service up for a while.
func (w *world) run(d time.Duration) {
	w.t.Helper()
	w.open(Config{At: "08:00", Zone: w.zone})
	w.runOpen(d)
}

func (w *world) runOpen(d time.Duration) {
	w.t.Helper()
	ctx, cancel := context.WithCancel(w.t.Context())
	done := make(chan error, 3)
	go func() { done <- w.alerts.Run(ctx) }()
	go func() { done <- w.alerts.Deliver(ctx) }()
	go func() { done <- w.digest.Run(ctx) }()
	time.Sleep(d)
	synctest.Wait()
	cancel()
	for range 3 {
		if err := <-done; !errors.Is(err, context.Canceled) {
			w.t.Error(err)
		}
	}
	if err := w.db.Close(); err != nil {
		w.t.Error(err)
	}
}

func (w *world) dates() (ds []string) {
	for _, n := range w.box.got {
		if n.Kind == notify.Digest {
			ds = append(ds, strings.TrimPrefix(n.ID, "D-"))
		}
	}
	return ds
}

func (w *world) append(via message.Via, channel, text string) {
	w.t.Helper()
	w.n++
	err := w.ledger.Write(w.t.Context(), store.Urgent, func(tx *store.Tx) (err error) {
		if w.acq == 0 {
			if w.acq, err = w.ledger.OpenAcquisition(tx, ledger.Acquisition{Kind: "connector", Source: "discord"}); err != nil {
				return err
			}
		}
		_, err = w.ledger.Append(tx, &message.Observation{
			Kind: message.Posted, Via: via, ID: fmt.Sprint(w.n), Text: text, Acquisition: w.acq, Observed: w.now(),
			Channel: message.Channel{Platform: message.Telegram, ID: channel, Name: "room Placeholder " + channel}, Native: []byte(text), Format: "jsonl",
		})
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// at sleeps until a moment; synctest's clock begins with the year 2000.
func at(t *testing.T, s string) {
	t.Helper()
	when, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Until(when))
}

func TestOneDigestADateOverClockChangesAndRestarts(t *testing.T) {
	for _, c := range []struct{ zone, start, first string }{
		{"Europe/London", "2000-03-24T09:00:00Z", "2000-03-25"},
		{"Europe/London", "2000-10-27T09:00:00Z", "2000-10-28"},
		{"America/New_York", "2000-03-31T15:00:00Z", "2000-04-01"},
		{"America/New_York", "2000-10-27T15:00:00Z", "2000-10-28"},
		{"America/Santiago", "2000-10-13T15:00:00Z", "2000-10-14"},
		{"Asia/Beirut", "2000-03-24T09:00:00Z", "2000-03-25"},
	} {
		t.Run(c.zone+" "+c.start, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				at(t, c.start)
				w := &world{t: t, dir: t.TempDir(), zone: c.zone, box: &box{}}
				day, err := time.Parse(dateForm, c.first)
				if err != nil {
					t.Fatal(err)
				}
				for _, up := range []time.Duration{26 * time.Hour, 5 * time.Hour, 40 * time.Hour, time.Minute, 25 * time.Hour} {
					w.run(up)
				}
				var want []string
				for d := day; d.Before(time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, 1)); d = d.AddDate(0, 0, 1) {
					s := schedule(t, "08:00", "", c.zone)
					if due, _, _ := s.Due(time.Now()); Date(d.Format(dateForm)) <= due {
						want = append(want, d.Format(dateForm))
					}
				}
				if got := w.dates(); len(got) < 3 || !slices.Equal(got, want) {
					t.Errorf("digests of %v, want %v", got, want)
				}
				loc, _ := time.LoadLocation(c.zone)
				for _, n := range w.box.got {
					if h := n.Made.In(loc); h.Hour() != 8 && h.Hour() != 9 {
						t.Errorf("%s was made at %s", n.ID, h)
					}
				}
			})
		})
	}
}

func TestDowntimeIsCaughtUpOnceAndClocksNeitherSkipNorRepeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		at(t, "2000-05-01T12:00:00Z")
		w := &world{t: t, dir: t.TempDir(), zone: "Europe/London", box: &box{}}
		w.run(24 * time.Hour)          // 2 May at 12:00
		time.Sleep(4 * 24 * time.Hour) // down until 6 May at 12:00
		w.run(time.Hour)               // 6 May at 13:00
		w.offset = 24 * time.Hour      // the clock is wrong by a day
		w.run(time.Hour)               // 7 May at 14:00, as it thinks
		w.offset = 0                   // and is put right
		w.run(24 * time.Hour)          // 7 May at 15:00
		w.offset = -49 * time.Hour     // and back, over dates that were missed
		w.run(time.Minute)             // 5 May at 14:00, as it thinks
		w.offset = 0
		w.run(24 * time.Hour) // 8 May at 15:00
		want := []string{"2000-05-02", "2000-05-06", "2000-05-07", "2000-05-05", "2000-05-08"}
		if got := w.dates(); !slices.Equal(got, want) {
			t.Fatalf("digests of %v, want %v", got, want)
		}
		if title := w.box.got[1].Told.Title; title != "Stakeout digest for 2000-05-06 and the 3 days missed before" {
			t.Errorf("title %q", title)
		}
	})
}

func TestDigestCoversLedgerNumbersOnceAndTellsWhoFellSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		at(t, "2000-05-01T12:00:00Z")
		w := &world{t: t, dir: t.TempDir(), zone: "UTC", box: &box{}}
		day := func(texts ...string) {
			w.open(Config{At: "08:00"})
			for i, text := range texts {
				w.append(message.Live, fmt.Sprint(i), text)
			}
			w.runOpen(24 * time.Hour)
		}
		day("one", "the law", "two")
		day("one", "three")
		day()
		day("again")
		var lines []string
		for _, n := range w.box.got {
			if n.Kind == notify.Digest {
				lines = append(lines, bare(n.Told))
			}
		}
		if len(lines) != 4 {
			t.Fatalf("%d digests", len(lines))
		}
		for i, want := range [][]string{
			{"entries 1 to 4", "telegram · room [masked] 1: 1 new", "legal_mention, low: 1 alert from 1 finding", "4 entries, root "},
			{"entries 5 to 6", "telegram · room [masked] 2: nothing live since 2000-05-01T12:00:00Z", "Alerts\nNone."},
			{"(no entries)", "None, neither live nor by backfill.", "room [masked] 0: nothing live", "room [masked] 1: nothing live", "room [masked] 2: nothing live"},
			{"entries 7 to 7", "room [masked] 0: 1 new", "room [masked] 1: nothing live"},
		} {
			for _, s := range want {
				if !strings.Contains(lines[i], s) {
					t.Errorf("digest %d lacks %q:\n%s", i, s, lines[i])
				}
			}
			if strings.Contains(lines[i], "Placeholder") || strings.Contains(lines[i], "the law") {
				t.Errorf("digest %d holds what it must not:\n%s", i, lines[i])
			}
		}
	})
}

// bare is a report's bare lines.
func bare(r *notify.Report) string {
	var b strings.Builder
	for _, s := range r.Sections {
		b.WriteString(s.Title + "\n" + strings.Join(s.Lines, "\n") + "\n")
	}
	return b.String()
}

func TestGoldenTexts(t *testing.T) {
	made := time.Date(2026, 5, 3, 7, 0, 0, 0, time.UTC)
	busy := Data{
		Date: "2026-05-03", Missed: []Date{"2026-05-01", "2026-05-02"}, Zone: "Europe/London", Made: made, Since: made.AddDate(0, 0, -3), After: 100, To: 512, Behind: 3,
		Watched:   []Channel{{Platform: "discord", Server: "counting house", Name: "main", New: 120, Edited: 3, Deleted: 1}, {Platform: "telegram", Name: "ink_window", New: 9}},
		Imported:  []Channel{{Platform: "telegram", Name: "old room", New: 200, Edited: 7}},
		Sightings: 40, Differs: 1,
		Alerts: []alerts.Tally{{Label: "doxxing", Level: "critical", Alerts: 2, Findings: 14, Acknowledged: 1, Wrong: 1}, {Label: "legal_mention", Level: "low", Alerts: 1, Findings: 1}},
		History: []alerts.HistorySummary{{Acquisition: 101, Kind: "import", Source: "result.json", Closed: true, Findings: 5, Alerts: 3,
			Counts: []alerts.LabelCount{{Label: "doxxing", Level: "critical", Count: 1}, {Label: "legal_mention", Level: "low", Count: 4}}},
			{Acquisition: 300, Kind: "import", Source: "more.json", Findings: 1, Alerts: 1}},
		Undelivered: []alerts.Undelivered{{Receiver: "slack", Waiting: 2, Refused: 1, Oldest: made.Add(-time.Hour), Reason: "refused: invalid_auth"}, {Receiver: "gone", Missing: true, Waiting: 1, Oldest: made}},
		Troubles: []alerts.Trouble{{Name: "detection", Detail: "panicked (string)", Count: 2, Seq: 400},
			{Name: "discord: canary missing", Detail: "the canary was not indexed", Count: 1, Last: made.Add(-2 * time.Hour)}},
		Quarantined: 4, Silent: []Silent{{Channel{Platform: "telegram", Name: "gone quiet"}, made.AddDate(0, 0, -2)}}, Head: 515, Root: "AAAA", Checkpoint: "stakeout/ledger/00\n515\nAAAA\n\n— stakeout/ledger/00 BBBB\n",
	}
	many := Data{Date: "2026-05-04", Zone: "UTC", Made: made, To: 9000, Head: 9000, Root: "BBBB"}
	for i := range 45 {
		many.Watched = append(many.Watched, Channel{Platform: "discord", Name: notify.Foreign(fmt.Sprint("room ", i)), New: int64(200 - i)})
	}
	room, nest := Place{"discord", "counting house", "main"}, Place{"telegram", "", "ink_window"}
	hour := func(n int) time.Time { return made.Add(time.Duration(n) * time.Hour) }
	troubled := Data{Date: "2026-05-03", Zone: "UTC", Made: made, Since: hour(-24), After: 7, To: 9, Head: 9, Root: "EEEE", Running: true,
		Sources: []Source{
			{Name: "discord", State: "catching up", Since: hour(-1), Reason: "the connection could not be resumed", Ends: hour(9 * 24),
				Lost: []Lost{{Place: room, Reason: "the permission Read Message History is missing", Mend: "let an administrator give it to the bot", Since: hour(-5)}}},
			{Name: "telegram", State: "waiting", Since: hour(-1), Until: hour(1), Reason: "the platform asked for a pause", Silent: true, LastEvent: hour(-20), Ends: hour(900)},
			{Name: "mail", State: "broken", Troubled: true, Since: hour(-30), Reason: "the server refused the password", Mend: "put the new one into STAKEOUT_MAIL_PASSWORD", Silent: true},
			{Name: "old", State: "ended", Since: hour(-2), Reason: "its terms ended on 2026-05-02", Ends: hour(-2)},
			{Name: "fine", State: "live", Since: hour(-2), Ends: hour(900)},
		},
		Missing: []Missing{{"telegram", nest, hour(-50), hour(-30), 14, "updates are kept for 24 hours only"}, {Source: "mail", Place: Place{"mail", "", "(subject not shown) 1a2b3c"}, Reason: "the mailbox was made anew"}},
		Outages: []Outage{
			{"telegram", []Place{nest}, hour(-50), hour(-20), "the connection was lost", false, true},
			{"discord", []Place{room, room, room}, hour(-20), hour(-19), "the process was killed", true, false},
			{"discord", []Place{room}, hour(-18), hour(-17), "", false, false},
			{"telegram", []Place{nest}, hour(-2), time.Time{}, "the bot was thrown out", false, false},
		}}
	well := Data{Date: "2026-05-03", Zone: "UTC", Made: made, Since: hour(-24), After: 7, To: 7, Head: 7, Root: "CCCC", Running: true,
		Sources: []Source{{Name: "discord", State: "live", Since: hour(-9), Ends: hour(900)}, {Name: "mail", State: "live", Since: hour(-9)}}}
	for name, d := range map[string]Data{
		"busy": busy, "many": many, "sources": troubled, "well": well,
		"idle":     {Date: "2026-05-03", Zone: "UTC", Made: made, Since: hour(-24), After: 7, To: 7, Head: 7, Root: "CCCC", Running: true},
		"recorded": {Zone: "UTC", Made: made, To: 1, Head: 1, Root: "DDDD", Outages: troubled.Outages[3:]},
		"nothing":  {Date: "2026-05-03", Zone: "UTC", Made: made, Since: made.AddDate(0, 0, -1), After: 7, To: 7, Head: 7, Root: "CCCC"},
		"preview":  {Zone: "UTC", Made: made, To: 1, Head: 1, Root: "DDDD"},
	} {
		path := filepath.Join("testdata", name+".txt")
		if *update {
			if err := os.WriteFile(path, []byte(Text(d)), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil || Text(d) != string(want) {
			t.Errorf("%s (%v):\n%s", name, err, Text(d))
		}
	}
}

func TestConfig(t *testing.T) {
	for _, c := range []struct {
		config Config
		want   string
	}{
		{DefaultConfig(), ""}, {Config{}, ""}, {Config{At: "off"}, ""}, {Config{Cron: "0 8 * * 1-5", Zone: "Europe/London"}, ""},
		{Config{At: "8am"}, "at:"}, {Config{At: "07:00", Cron: "0 8 * * *"}, "cron:"}, {Config{Cron: "nonsense"}, "cron:"},
		{Config{At: "08:00", Zone: "Middle/Earth"}, "zone:"}, {Config{At: "08:00", Receivers: []string{""}}, "receivers[0]:"},
	} {
		err := c.config.Validate()
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", c.config, err, c.want)
		}
	}
}
