package digest

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"stakeout/alerts/notify"
	"stakeout/ledger"
	"stakeout/message"
	"stakeout/store"
)

// cover enters changes of coverage.
func (w *world) cover(cs ...ledger.Coverage) (seqs []int64) {
	w.t.Helper()
	err := w.ledger.Write(w.t.Context(), store.Urgent, func(tx *store.Tx) error {
		seqs = seqs[:0]
		for _, c := range cs {
			seq, err := w.ledger.Cover(tx, w.acq, c)
			if err != nil {
				return err
			}
			seqs = append(seqs, seq)
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return seqs
}

// today is the part of the last digest about sources and outages.
func (w *world) today() string {
	w.t.Helper()
	last := w.box.got[len(w.box.got)-1]
	if last.Kind != notify.Digest {
		w.t.Fatalf("the last post is %+v", last)
	}
	var b strings.Builder
	for _, s := range last.Told.Sections {
		if s.Title == "Sources" || s.Title == "Outages" {
			b.WriteString(s.Title + "\n" + strings.Join(s.Lines, "\n") + "\n")
		}
	}
	return b.String()
}

func TestOutagesAreToldWhileTheyAreNews(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		at(t, "2000-05-01T12:00:00Z")
		w := &world{t: t, dir: t.TempDir(), zone: "UTC", box: &box{}, health: []Source{{Name: "discord", State: "live"}}}
		rooms := make([]message.Channel, 3)
		for i := range rooms {
			rooms[i] = message.Channel{Platform: message.Discord, ID: fmt.Sprint(100 + i), Name: fmt.Sprint("room Placeholder ", i)}
		}
		day := func(enter func()) string {
			w.open(Config{At: "08:00"})
			enter()
			w.runOpen(24 * time.Hour)
			return w.today()
		}
		all := func(c ledger.Coverage) (cs []ledger.Coverage) {
			for i := range rooms {
				c.Channel, c.Source = rooms[i], "discord"
				cs = append(cs, c)
			}
			return cs
		}
		want := func(got string, has ...string) {
			t.Helper()
			for _, s := range has {
				if !strings.Contains(got, s) {
					t.Errorf("the digest of %s lacks %q:\n%s", time.Now().UTC().Format(time.DateOnly), s, got)
				}
			}
			if strings.Contains(got, "Placeholder") {
				t.Errorf("a name is not masked:\n%s", got)
			}
		}
		var stopped time.Time
		got := day(func() {
			w.append(message.Live, "1", "one")
			seqs := w.cover(all(ledger.Coverage{Change: ledger.Watching, From: w.now()})...)
			stopped = w.now().Add(time.Hour)
			stops := all(ledger.Coverage{Change: ledger.Stopped, To: stopped, Reason: "the connection was lost"})
			for i := range stops {
				stops[i].Of = seqs[i]
			}
			w.cover(stops...)
			w.cover(ledger.Coverage{Channel: rooms[1], Source: "discord", Change: ledger.Missing, From: stopped, To: stopped.Add(time.Minute), Count: 3, Reason: "thrown away"})
		})
		want(got, "Outages\ndiscord, 2 channels: from 2000-05-01T13:00:00Z, goes on: the connection was lost\n", "discord, discord · room [masked] 1: from 2000-05-01T13:00:00Z, goes on",
			"discord: 3 messages of discord · room [masked] 1 known to be missing, 2000-05-01T13:00:00Z to 2000-05-01T13:01:00Z: thrown away")

		back := time.Time{}
		got = day(func() {
			back = w.now()
			w.cover(all(ledger.Coverage{Change: ledger.Watching, From: back})...)
			w.cover(ledger.Coverage{Channel: rooms[0], Source: "discord", Change: ledger.Fetched, From: stopped, To: back.Add(time.Minute)})
		})
		want(got, "discord, discord · room [masked] 0: from 2000-05-01T13:00:00Z to 2000-05-02T12:00:00Z, fetched afterwards: the connection was lost",
			"discord, discord · room [masked] 1: from 2000-05-01T13:00:00Z to 2000-05-02T12:00:00Z, a part is known to be missing",
			"discord, discord · room [masked] 2: from 2000-05-01T13:00:00Z to 2000-05-02T12:00:00Z, not filled")
		if strings.Contains(got, "3 messages") {
			t.Errorf("what is missing is told twice:\n%s", got)
		}

		// The third is filled only now; nothing is new of the others.
		got = day(func() {
			w.cover(ledger.Coverage{Channel: rooms[2], Source: "discord", Change: ledger.Fetched, From: stopped, To: back.Add(time.Minute)})
		})
		want(got, "discord, discord · room [masked] 2: from 2000-05-01T13:00:00Z to 2000-05-02T12:00:00Z, fetched afterwards")
		if strings.Count(got, "discord, ") != 1 {
			t.Errorf("old outages are told again:\n%s", got)
		}

		if got = day(func() {}); got != "Sources\nNothing to report: 1 source at work, no outage.\n" {
			t.Errorf("all is well, and the digest says\n%s", got)
		}
		w.health = nil
		if got = day(func() {}); got != "" {
			t.Errorf("nobody knows, and the digest says\n%s", got)
		}
	})
}

func TestLostChannelsAreMaskedAndNothingPrivilegedIsTold(t *testing.T) {
	const counsel = "quaggamire"
	w := &world{t: t, dir: t.TempDir(), zone: "UTC", box: &box{}}
	lost := []Lost{{Channel: message.Channel{Platform: message.Discord, ID: "7", Name: "Placeholder's room", Server: message.Server{Name: "Placeholder"}}, Reason: "thrown out", Since: time.Unix(0, 0)}}
	w.health = []Source{{Name: "discord", State: "live", Lost: lost}}
	w.open(Config{At: "08:00"})
	w.append(message.Live, "1", "the law")
	err := w.ledger.Write(t.Context(), store.Urgent, func(tx *store.Tx) error {
		_, err := w.ledger.Append(tx, &message.Observation{Kind: message.Posted, Via: message.Live, ID: "<1@mail.example>", Acquisition: w.acq, Observed: w.now(), Text: "the law",
			Channel: message.Channel{Platform: message.Mail, ID: "thread"}, Privileged: counsel, Native: []byte(counsel), Format: "mail"})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- w.alerts.Run(ctx) }()
	for w.alerts.Cursor() < w.ledger.Size() {
		runtime.Gosched()
	}
	cancel()
	<-done
	d, err := w.digest.Preview(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	for _, out := range []string{Text(d), string(b), fmt.Sprint(Report(d))} {
		if strings.Contains(out, "Placeholder") || strings.Contains(out, counsel) || !strings.Contains(out, "[masked]'s room") {
			t.Errorf("the digest says %s", out)
		}
	}
	if lost[0].Place != (Place{}) {
		t.Error("the digest changed what it was given")
	}
	if err := w.db.Close(); err != nil {
		t.Error(err)
	}
}
