package export

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// once checks that each of n messages stands in the ledger once, and that one
// acquisition was opened and closed, with counts that say so.
func once(t *testing.T, im *Importer, n int) {
	t.Helper()
	seen := observed(t, im)
	for id, times := range seen {
		if times != 1 {
			t.Errorf("message %s %d times", id, times)
		}
	}
	as := acquisitions(t, im)
	if len(seen) != n || len(as) != 2 || as[1].Of != as[0].Seq {
		t.Fatalf("%d messages, %d acquisition entries", len(seen), len(as))
	}
	if c := as[1].Acq.Counts; c["observations"] != int64(n) || c["records"] != int64(n) || c["sightings"] != 0 {
		t.Errorf("closed with %v", c)
	}
}

func TestTwoImportsOfOneFileAtOnce(t *testing.T) {
	const n = 3000
	b := chatOf(n)
	file := func() Input { return Input{Name: "chat.json", Reader: bytes.NewReader(b)} }

	t.Run("the other one starts and ends before the first write", func(t *testing.T) {
		im := newImporter(t)
		var first sync.Once
		second := *im
		second.Lag = func() int64 {
			first.Do(func() { importBytes(t, im, "chat.json", b, Options{}) })
			return 0
		}
		s, err := second.Import(t.Context(), file(), Options{}, nil)
		if !errors.Is(err, ErrUnderWay) || err.Error() != "import chat.json: another import of this file is under way" || s.Acquisition != 0 || s.Resumable {
			t.Errorf("%+v, %v", s, err)
		}
		once(t, im, n)
	})
	t.Run("the other one carries on what the first began", func(t *testing.T) {
		im := newImporter(t)
		var first sync.Once
		_, err := im.Import(t.Context(), file(), Options{}, func(p Progress) {
			if p.Records > 0 {
				first.Do(func() {
					if s := importBytes(t, im, "chat.json", b, Options{}); !s.Resumed {
						t.Errorf("%+v", s)
					}
				})
			}
		})
		if !errors.Is(err, ErrUnderWay) {
			t.Error(err)
		}
		once(t, im, n)
	})
	t.Run("as a stream, too", func(t *testing.T) {
		im := newImporter(t)
		var first sync.Once
		s, err := im.Import(t.Context(), file(), Options{}, func(p Progress) {
			if p.Records > 0 {
				first.Do(func() {
					_, err := im.Import(t.Context(), Input{Name: "-", Reader: io.MultiReader(bytes.NewReader(b))}, Options{}, nil)
					if err != nil {
						t.Error(err)
					}
				})
			}
		})
		if err != nil || s.Observations+s.Sightings != n || s.Closed.IsZero() {
			t.Errorf("%+v, %v", s, err)
		}
		if as := acquisitions(t, im); len(as) != 4 {
			t.Errorf("%d acquisition entries", len(as))
		}
		for id, times := range observed(t, im) {
			if times != 1 {
				t.Errorf("message %s %d times", id, times)
			}
		}
	})
	t.Run("side by side", func(t *testing.T) {
		im := newImporter(t)
		var all sync.WaitGroup
		var went [4]error
		for i := range went {
			all.Go(func() {
				own := &Importer{Ledger: im.Ledger, Version: "test"}
				_, went[i] = own.Import(t.Context(), file(), Options{}, nil)
			})
		}
		all.Wait()
		through := 0
		for _, err := range went {
			if err == nil {
				through++
			} else if !errors.Is(err, ErrUnderWay) {
				t.Error(err)
			}
		}
		if through == 0 {
			t.Error("none went through")
		}
		once(t, im, n)
	})
}

func TestInterruptedStreamIsClosed(t *testing.T) {
	im := newImporter(t)
	in, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	defer out.Close()
	var writing sync.WaitGroup
	defer writing.Wait()
	writing.Go(func() { // and then neither writes nor closes
		_, _ = out.Write(chatOf(3000)[:300000])
	})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	s, err := im.Import(ctx, Input{Name: "-", Reader: in}, Options{}, func(p Progress) {
		if p.Records >= 1000 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) || s.Resumable || s.Records < 1000 {
		t.Fatalf("%+v, %v", s, err)
	}
	as := acquisitions(t, im)
	if len(as) != 2 || as[1].Of != s.Acquisition {
		t.Fatalf("%d acquisition entries", len(as))
	}
	a := as[1].Acq
	if a.Note != "broken off: it was interrupted" || a.Counts["observations"] != s.Observations || a.Source != "standard input" || a.Ended.IsZero() || a.SHA256 != "" {
		t.Errorf("closed %+v", a)
	}
	if int64(len(observed(t, im))) != s.Observations {
		t.Errorf("%d of %d", len(observed(t, im)), s.Observations)
	}
}

func TestCancelEndsAWaitingPipe(t *testing.T) {
	im := newImporter(t)
	in, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	defer out.Close()
	if _, err := out.Write(chatOf(600)[:40000]); err != nil {
		t.Fatal(err)
	}
	// Whenever it comes: nobody writes more and nobody closes the pipe.
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	s, err := im.Import(ctx, Input{Name: "-", Reader: in}, Options{}, nil)
	if err == nil {
		t.Fatalf("ended by itself: %+v", s)
	}
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

func TestInterruptedFileStaysOpen(t *testing.T) {
	im := newImporter(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	s, err := im.Import(ctx, Input{Name: "chat.json", Reader: bytes.NewReader(chatOf(3000))}, Options{}, func(p Progress) {
		if p.Records >= 1000 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) || !s.Resumable || len(acquisitions(t, im)) != 1 {
		t.Errorf("%+v, %v", s, err)
	}
	if s := importBytes(t, im, "chat.json", chatOf(3000), Options{}); !s.Resumed || s.Resumable {
		t.Errorf("%+v", s)
	}
	once(t, im, 3000)
}

func TestChangedFileIsClosedAndBegunAnew(t *testing.T) {
	im := newImporter(t)
	name := filepath.Join(t.TempDir(), "chat.json")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Write(chatOf(2000)); err != nil {
		t.Fatal(err)
	}
	s, err := im.Import(t.Context(), Input{Name: name, Reader: f}, Options{}, func(p Progress) {
		if !p.Hashing {
			_, _ = f.WriteAt([]byte(" "), int64(len(chatOf(2000))))
		}
	})
	if !errors.Is(err, ErrChanged) || s.Resumable || s.Observations != 2000 {
		t.Errorf("%+v, %v", s, err)
	}
	as := acquisitions(t, im)
	if len(as) != 2 || as[1].Acq.Note != "broken off: the file changed while it was being read" || as[1].Acq.Counts["observations"] != 2000 || as[1].Acq.SHA256 != "" {
		t.Fatalf("%d acquisition entries, %+v", len(as), as[len(as)-1].Acq)
	}
	// The bytes that it began with, whole this time.
	s = importBytes(t, im, "chat.json", chatOf(2000), Options{})
	if s.Already || s.Resumed || s.Sightings != 2000 || s.Acquisition == as[0].Seq || len(s.Notes) != 1 || !strings.Contains(s.Notes[0], "broken off") {
		t.Errorf("%+v", s)
	}
	if s := importBytes(t, im, "chat.json", chatOf(2000), Options{}); !s.Already {
		t.Errorf("%+v", s)
	}
}

func TestADirectoryIsRefusedInOneLine(t *testing.T) {
	im := newImporter(t)
	d, err := os.Open(".")
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	const want = ". is a directory; name the files in it"
	if _, err := im.Import(t.Context(), Input{Name: ".", Reader: d}, Options{}, nil); err == nil || err.Error() != want {
		t.Error(err)
	}
	for _, err := range Read(t.Context(), Input{Name: ".", Reader: d}, Options{}) {
		if err == nil || err.Error() != want {
			t.Error(err)
		}
	}
}

// TestFreeTextIsNoEvent: an event is shown where no mask is looked for.
func TestFreeTextIsNoEvent(t *testing.T) {
	const secret = "lives at 9 Quay Street"
	for name, c := range map[string]struct{ text, want string }{
		"telegram action": {`{"name":"x","type":"personal_chat","id":5,"messages":[{"id":1,"type":"service","action":"` + secret + `"}]}`, "unknown"},
		"telegram type":   {`{"name":"x","type":"personal_chat","id":5,"messages":[{"id":1,"type":"` + secret + `"}]}`, "unknown"},
		"telegram chat":   {`{"name":"x","type":"` + secret + `","id":5,"messages":[{"id":1,"type":"message"}]}`, ""},
		"discord type":    {`{"guild":{"id":"1"},"channel":{"id":"2"},"messages":[{"id":"1","type":"` + secret + `"}]}`, "unknown"},
		"discord channel": {`{"guild":{"id":"1"},"channel":{"id":"2","type":"` + secret + `"},"messages":[{"id":"1"}]}`, ""},
		"long":            {`{"guild":{"id":"1"},"channel":{"id":"2"},"messages":[{"id":"1","type":"` + strings.Repeat("x", 65) + `"}]}`, "unknown"},
		"a word":          {`{"guild":{"id":"1"},"channel":{"id":"2"},"messages":[{"id":"1","type":"Guild_Member.Join-2"}]}`, "Guild_Member.Join-2"},
	} {
		recs, err := readAll(t, name, []byte(c.text), Options{})
		if err != nil || len(recs) != 1 || recs[0].Err != nil {
			t.Errorf("%s: %+v, %v", name, recs, err)
			continue
		}
		o := recs[0].Obs
		j, err := json.Marshal(o)
		if err != nil || o.Event != c.want || strings.Contains(string(j), "Quay Street") || !bytes.Contains([]byte(c.text), o.Native) {
			t.Errorf("%s: %s, %v", name, j, err)
		}
	}
	for _, line := range []string{
		`{"platform":"forum","channel":"c","id":"1","event":"` + secret + `"}`,
		`{"platform":"forum","channel":{"id":"c","type":"` + secret + `"},"id":"1"}`,
		`{"platform":"forum","channel":"c","id":"1","event":"` + strings.Repeat("x", 65) + `"}`,
	} {
		recs, err := readAll(t, "lines", []byte(line), Options{})
		if err != nil || len(recs) != 1 || recs[0].Err == nil || strings.Contains(recs[0].Err.Error(), "Quay") {
			t.Errorf("%s: %+v, %v", line, recs, err)
		}
	}
}

// TestAFileThatWasLeftOutIsTheSame: one export with its photos, one without.
func TestAFileThatWasLeftOutIsTheSame(t *testing.T) {
	const chat = `{"name":"Quay","type":"private_supergroup","id":1234567890,"messages":[
{"id":1,"type":"message","date_unixtime":"1767261600","from_id":"user5","photo":"PHOTO","photo_file_size":4000,"text":"the pier"},
{"id":2,"type":"message","date_unixtime":"1767261601","from_id":"user5","file":"VOICE","media_type":"voice_message","mime_type":"audio/ogg","file_size":900,"text":""},
{"id":3,"type":"message","date_unixtime":"1767261602","from_id":"user5","file":"FILE","file_name":"rota.pdf","file_size":70,"text":""}]}`
	const out = "(File not included. Change data exporting settings to download.)"
	im := newImporter(t)
	importBytes(t, im, "without.json", []byte(strings.NewReplacer("PHOTO", out, "VOICE", out, "FILE", out).Replace(chat)), Options{})
	with := strings.NewReplacer("PHOTO", "photos/photo_1@01-01-2026_10-00-00.jpg", "VOICE", "voice_messages/audio_1@01-01-2026_10-00-01.ogg", "FILE", "files/rota (2).pdf").Replace(chat)
	if s := importBytes(t, im, "with.json", []byte(with), Options{}); s.Sightings != 3 || s.Differs != 0 {
		t.Errorf("%+v", s)
	}
	recs, err := readAll(t, "with.json", []byte(with), Options{})
	if err != nil || len(recs) != 3 {
		t.Fatal(recs, err)
	}
	for i, name := range []string{"", "", "rota.pdf"} {
		if a := recs[i].Obs.Attachments; len(a) != 1 || a[0].Name != name || a[0].URL == "" {
			t.Errorf("%+v", a)
		}
	}
}
