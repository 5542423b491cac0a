package export

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"stakeout/ledger"
	"stakeout/store"
)

func newImporter(t testing.TB) *Importer {
	t.Helper()
	dir := t.TempDir()
	db, err := store.Open(t.Context(), filepath.Join(dir, "stakeout.db"), ledger.Migrations...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	l, err := ledger.Open(t.Context(), db, dir, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	return &Importer{Ledger: l, Version: "test"}
}

func importBytes(t testing.TB, im *Importer, name string, b []byte, opt Options) Summary {
	t.Helper()
	s, err := im.Import(t.Context(), Input{Name: name, Reader: bytes.NewReader(b)}, opt, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// observed counts a ledger's observations by message.
func observed(t testing.TB, im *Importer) map[string]int {
	t.Helper()
	seen := map[string]int{}
	for after := int64(0); ; {
		page, err := im.Ledger.Page(t.Context(), after, 500, ledger.Observation)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			return seen
		}
		for _, e := range page {
			after = e.Seq
			seen[e.Obs.Channel.ID+"/"+e.Obs.ID]++
		}
	}
}

func acquisitions(t testing.TB, im *Importer) []ledger.Entry {
	t.Helper()
	page, err := im.Ledger.Page(t.Context(), 0, 100, ledger.Acquired)
	if err != nil {
		t.Fatal(err)
	}
	return page
}

// chatOf is a Discord export of n short messages.
func chatOf(n int) []byte {
	var b bytes.Buffer
	b.WriteString(`{"guild":{"id":"1","name":"g"},"channel":{"id":"2","type":"GuildTextChat","name":"c"},"messages":[`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"id":"%d","type":"Default","timestamp":"2026-01-01T00:00:00+00:00","content":"message %d","author":{"id":"9","name":"wren"}}`, 1000+i, i)
	}
	fmt.Fprintf(&b, `],"messageCount":%d}`, n)
	return b.Bytes()
}

func TestImportSamplesTwice(t *testing.T) {
	im := newImporter(t)
	files := samples(t)
	var want, got census
	var sightings, differs int64
	for _, file := range files {
		c := countIndependently(t, file)
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		s := importBytes(t, im, file, b, Options{})
		if s.Records != c.messages || s.Observations+s.Sightings != c.messages || s.Quarantined != 0 || s.Service != c.service || s.Reactions != c.given {
			t.Errorf("%s: imported %+v, the file holds %+v", s.Source, s, c)
		}
		want.messages += c.messages
		got.messages += s.Observations + s.Sightings
		sightings += s.Sightings
		differs += s.Differs
	}
	if got.messages != want.messages {
		t.Errorf("imported %d of %d messages", got.messages, want.messages)
	}
	// The files hold several exports of the same chats, by different tools and
	// versions of them, some with other texts under the same ids.
	if sightings == 0 || differs == 0 {
		t.Errorf("%d sightings, %d differing versions; the samples overlap", sightings, differs)
	}
	size := im.Ledger.Size()
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if s := importBytes(t, im, "renamed", b, Options{}); !s.Already || s.Closed.IsZero() {
			t.Errorf("%s again: %+v", file, s)
		}
	}
	if im.Ledger.Size() != size {
		t.Errorf("importing again added %d entries", im.Ledger.Size()-size)
	}
}

func TestDifferingVersionsAreNamed(t *testing.T) {
	im := newImporter(t)
	one := chatOf(3)
	importBytes(t, im, "one.json", one, Options{})
	s := importBytes(t, im, "two.json", bytes.Replace(one, []byte("message 1"), []byte("something else"), 1), Options{})
	if s.Sightings != 2 || s.Observations != 1 || s.Differs != 1 {
		t.Fatalf("%+v", s)
	}
	want := Differing{"discord", "2", "1001", s.DiffersAt[0].Seq}
	if s.DiffersAt[0] != want || want.Seq == 0 {
		t.Errorf("differs at %+v", s.DiffersAt)
	}
}

func TestAcquisitionOpensAndCloses(t *testing.T) {
	im := newImporter(t)
	s := importBytes(t, im, "/home/ida/secret place/chat.json", chatOf(1234), Options{Account: "7", Alert: "none"})
	as := acquisitions(t, im)
	if len(as) != 2 || as[0].Seq != s.Acquisition || as[1].Of != s.Acquisition {
		t.Fatalf("%d acquisition entries, summary %+v", len(as), s)
	}
	open, closed := as[0].Acq, as[1].Acq
	if open.Source != "chat.json" || open.Format != FormatDiscord || open.Version != "test" || open.Alert != "none" || open.Account != "7" {
		t.Errorf("opened %+v", open)
	}
	if closed.SHA256 != s.SHA256 || len(closed.SHA256) != 64 || closed.Size != int64(len(chatOf(1234))) || closed.Counts["observations"] != 1234 || closed.Ended.IsZero() {
		t.Errorf("closed %+v", closed)
	}
	if s.First != 2 || s.Last != 1235 {
		t.Errorf("entries %d to %d", s.First, s.Last)
	}
}

func TestOtherOptionsAreAnotherImport(t *testing.T) {
	im := newImporter(t)
	b, err := os.ReadFile("testdata/telegram-2019.json")
	if err != nil {
		t.Fatal(err)
	}
	importBytes(t, im, "a", b, Options{Account: "1"})
	if s := importBytes(t, im, "a", b, Options{Account: "2"}); s.Already || s.Observations != 4 || len(s.Notes) != 1 {
		t.Errorf("under another account: %+v", s)
	}
	if s := importBytes(t, im, "a", b, Options{Account: "2"}); !s.Already {
		t.Errorf("the same again: %+v", s)
	}
}

func TestResumeAfterCancel(t *testing.T) {
	im := newImporter(t)
	const n = 5000
	b := chatOf(n)
	b = bytes.Replace(b, []byte(`"content":"message 17"`), []byte(`"content":17`), 1)
	var kept int64
	for tries := 0; ; tries++ {
		ctx, cancel := context.WithCancel(t.Context())
		s, err := im.Import(ctx, Input{Name: "chat.json", Reader: bytes.NewReader(b)}, Options{}, func(p Progress) {
			if p.Records >= kept+1000 {
				cancel()
			}
		})
		cancel()
		if tries > 0 && !s.Resumed {
			t.Errorf("try %d: not resumed: %+v", tries, s)
		}
		if err == nil {
			if s.Records != n || s.Observations != n-1 || s.Quarantined != 1 || s.Sightings != 0 {
				t.Errorf("at the end %+v", s)
			}
			break
		}
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		if s.Records <= kept {
			t.Fatalf("try %d: %d records kept after %d", tries, s.Records, kept)
		}
		kept = s.Records
	}
	if kept == 0 {
		t.Fatal("the import was never stopped")
	}
	seen := observed(t, im)
	for id, times := range seen {
		if times != 1 {
			t.Errorf("message %s %d times", id, times)
		}
	}
	if len(seen) != n-1 || len(acquisitions(t, im)) != 2 {
		t.Errorf("%d messages, %d acquisition entries", len(seen), len(acquisitions(t, im)))
	}
	if qs, err := im.Ledger.Quarantines(t.Context(), 0, 0); err != nil || len(qs) != 1 {
		t.Errorf("quarantine %v, %v", qs, err)
	}
}

func TestStreamIsHashedWhileReading(t *testing.T) {
	im := newImporter(t)
	b := chatOf(700)
	piped := func() io.Reader { return io.MultiReader(bytes.NewReader(b)) } // cannot seek
	s, err := im.Import(t.Context(), Input{Name: "-", Reader: piped()}, Options{}, nil)
	if err != nil || s.Observations != 700 || s.Size != int64(len(b)) {
		t.Fatalf("%+v, %v", s, err)
	}
	if s := importBytes(t, im, "chat.json", b, Options{}); !s.Already {
		t.Errorf("the same as a file: %+v", s)
	}
	s, err = im.Import(t.Context(), Input{Name: "-", Reader: piped()}, Options{}, nil)
	if err != nil || s.Sightings != 700 || s.Observations != 0 {
		t.Errorf("the same as a stream: %+v, %v", s, err)
	}
}

func TestAFailingLedgerEndsAWaitingPipe(t *testing.T) {
	dir := t.TempDir()
	db, err := store.Open(t.Context(), filepath.Join(dir, "stakeout.db"), ledger.Migrations...)
	if err != nil {
		t.Fatal(err)
	}
	l, err := ledger.Open(t.Context(), db, dir, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	in, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	var writing sync.WaitGroup
	writing.Go(func() { // more than the pipe holds: ends when in is closed
		_, _ = out.Write(chatOf(5000)[:300000])
	})
	defer out.Close()
	defer writing.Wait()
	defer in.Close()
	if _, err := (&Importer{Ledger: l}).Import(t.Context(), Input{Name: "-", Reader: in}, Options{}, nil); !errors.Is(err, store.ErrClosed) {
		t.Error(err)
	}
}

func TestQuarantineNamesPlaceAndKeepsBytes(t *testing.T) {
	im := newImporter(t)
	b := bytes.Replace(chatOf(10), []byte(`"timestamp":"2026-01-01T00:00:00+00:00","content":"message 3"`), []byte(`"timestamp":"last week","content":"message 3"`), 1)
	s := importBytes(t, im, "chat.json", b, Options{})
	qs, err := im.Ledger.Quarantines(t.Context(), 0, 0)
	if err != nil || len(qs) != 1 || s.Quarantined != 1 || s.Observations != 9 {
		t.Fatalf("%v %v %+v", qs, err, s)
	}
	q := qs[0]
	at := bytes.Index(b, []byte(`{"id":"1003"`))
	if q.Place != fmt.Sprintf("chat.json: byte %d", at) || !bytes.Contains(q.Bytes, []byte("last week")) || q.Acquisition != s.Acquisition {
		t.Errorf("%+v", q)
	}
	if strings.Contains(q.Reason, "last week") {
		t.Errorf("the reason quotes the content: %s", q.Reason)
	}
}

func TestGiveWayWaitsForFollowers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var lag atomic.Int64
		lag.Store(100)
		time.AfterFunc(3*time.Second, func() { lag.Store(10) })
		start := time.Now()
		var told []bool
		if err := giveWay(t.Context(), lag.Load, 50, func(paused bool, _ int64) { told = append(told, paused) }); err != nil {
			t.Fatal(err)
		}
		if d := time.Since(start); d < 3*time.Second || d > 4*time.Second || len(told) != 2 || !told[0] || told[1] {
			t.Errorf("waited %v, told %v", d, told)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := giveWay(ctx, func() int64 { return 100 }, 50, func(bool, int64) {}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a follower that never comes: %v", err)
		}
	})
}
