package export

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"stakeout/bot/mail/letter"
	"stakeout/ledger"
)

const mailHead = "From: Marlow <marlow@postbin.example>\nTo: hannah@firm.example\nDate: Tue, 3 Mar 2026 09:14:58 +0000\nMessage-ID: <%d@postbin.example>\nSubject: mail %d\n"

// mboxOf is an mbox of n short mails.
func mboxOf(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "From marlow@postbin.example Tue Mar  3 09:14:58 2026\n"+mailHead+"\nsaid %d\n\n", i, i, i)
	}
	return b.String()
}

func texts(t *testing.T, file string, opt Options) []string {
	t.Helper()
	recs, err := readAll(t, "x", []byte(file), opt)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, r := range recs {
		if r.Err != nil {
			out = append(out, r.Err.Error())
			continue
		}
		if r.Obs.Format != letter.Format || !bytes.Equal(r.Obs.Native, r.Raw) {
			t.Errorf("%s: %q", r.Place, r.Obs.Format)
		}
		out = append(out, r.Obs.Text)
	}
	return out
}

func TestMailboxFiles(t *testing.T) {
	head := func(n int) string { return fmt.Sprintf(mailHead, n, n) }
	const from = "From marlow@postbin.example Tue Mar  3 09:14:58 2026\n"
	for name, c := range map[string]struct {
		file string
		want []string
	}{
		"one mail":              {head(1) + "\nalone\n", []string{"alone"}},
		"a From_ line too":      {from + head(1) + "\nalone\n", []string{"alone"}},
		"mboxo":                 {from + head(1) + "\nsay\n\n>From here on\n\n" + from + head(2) + "\nb\n\n", []string{"say\n\nFrom here on", "b"}},
		"mboxrd":                {from + head(1) + "\n>>From >From\n>From a\n\n" + from + head(2) + "\nb\n", []string{"> From >From\nFrom a", "b"}},
		"unquoted":              {from + head(1) + "\na\n\nFrom now on at 10:30 in 2026\nit is over\n\n" + from + head(2) + "\nb\n", []string{"a\n\nFrom now on at 10:30 in 2026\nit is over", "b"}},
		"no blank line":         {from + head(1) + "\na\n" + from + head(2) + "\nb\n", []string{"a", "b"}},
		"mboxcl2":               {from + head(1) + fmt.Sprintf("Content-Length: %d\n", len(from+head(9)+"\nquoted\n")) + "\n" + from + head(9) + "\nquoted\n\n" + from + head(2) + "\nb\n", []string{strings.TrimSpace(from + head(9) + "\nquoted"), "b"}},
		"mboxcl with a lie":     {from + head(1) + "Content-Length: 999999\n\na\n\n" + from + head(2) + "Content-Length: 2\n\nbbbbbb\n\n" + from + head(3) + "\nc\n", []string{"a", "bbbbbb", "c"}},
		"CRLF":                  {strings.ReplaceAll(from+head(1)+"\na\n\n"+from+head(2)+"\nb\n", "\n", "\r\n"), []string{"a", "b"}},
		"Thunderbird":           {"From - Tue Mar 03 09:14:58 2026\nX-Mozilla-Status: 0001\n" + head(1) + "\na\n\nFrom - Tue Mar 03 09:15:00 2026\n" + head(2) + "\nb\n", []string{"a", "b"}},
		"another time":          {"From marlow@postbin.example Tue Mar  3 2026 09:14:58 +0100\n" + head(1) + "\na\n", []string{"a"}},
		"a mail without header": {from + head(1) + "\na\n\n" + "From marlow@postbin.example Tue Mar  3 09:14:58 2026\nX: 1\n\nb\n", []string{"a", letter.ErrNoMail.Error()}},
		"cut off":               {from + head(1) + "\na\n\n" + from + "From: mar", []string{"a", ""}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := texts(t, c.file, Options{Counsel: []string{"@firm.example"}}); fmt.Sprint(got) != fmt.Sprint(c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestMailsInArchives(t *testing.T) {
	one := fmt.Sprintf(mailHead, 1, 1) + "\na\n"
	recs, err := readAll(t, "x.zip", zipped(t, [2]string{"a.eml", one}, [2]string{"box", mboxOf(2)}, [2]string{"b.eml", "nothing"}, [2]string{"c.jpg", "nothing"}), Options{})
	if err != nil || len(recs) != 4 || !errors.Is(recs[3].Err, letter.ErrNoMail) || string(recs[3].Raw) != "nothing" {
		t.Errorf("%+v, %v", recs, err)
	}
	if got := texts(t, string(gzipped(t, []byte(mboxOf(3)))), Options{}); len(got) != 3 {
		t.Errorf("%q", got)
	}
}

func TestCounselsWordsStayApart(t *testing.T) {
	file := "From: Hannah <hannah@firm.example>\nDate: Tue, 3 Mar 2026 10:00:00 +0000\nMessage-ID: <f@firm.example>\nSubject: advice\n\nour position\n"
	recs, err := readAll(t, "x.eml", []byte(file), Options{Counsel: []string{"@firm.example"}})
	if err != nil || len(recs) != 1 || recs[0].Obs.Text != "" || !strings.Contains(recs[0].Obs.Privileged, "our position") {
		t.Errorf("%+v, %v", recs, err)
	}
}

func TestLargeMailIsKeptAsABeginning(t *testing.T) {
	big := fmt.Sprintf(mailHead, 1, 1) + "\n" + strings.Repeat("x\n", 100<<10)
	for name, file := range map[string]string{"eml": big, "mbox": "From marlow@postbin.example Tue Mar  3 09:14:58 2026\n" + big + "\n" + mboxOf(1)} {
		var recs []Record
		r := newReader(Input{Name: name, Reader: strings.NewReader(file)}, Options{}, func(rec Record) error { recs = append(recs, rec); return nil })
		r.maxMail = 150 << 10
		if err := r.run(t.Context()); err != nil || !errors.Is(recs[0].Err, ErrTooLarge) || len(recs[0].Raw) != maxKept {
			t.Errorf("%s: %v, %v, %d bytes", name, err, recs[0].Err, len(recs[0].Raw))
		}
		if name == "mbox" && (len(recs) != 2 || recs[1].Err != nil) {
			t.Errorf("%d records", len(recs))
		}
	}
}

func TestMailboxIsImportedOnceAndResumed(t *testing.T) {
	const n = 3000
	file := filepath.Join(t.TempDir(), "box")
	if err := os.WriteFile(file, []byte(mboxOf(n)), 0o600); err != nil {
		t.Fatal(err)
	}
	im := newImporter(t)
	try := func(ctx context.Context, progress func(Progress)) (Summary, error) {
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		return im.Import(ctx, Input{Name: file, Reader: f}, Options{}, progress)
	}
	ctx, cancel := context.WithCancel(t.Context())
	s, err := try(ctx, func(p Progress) {
		if p.Records > 0 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) || !s.Resumable || s.Observations == 0 || s.Observations == n {
		t.Fatalf("%+v, %v", s, err)
	}
	if s, err = try(t.Context(), nil); err != nil || !s.Resumed || s.Observations != n || s.Sightings != 0 || s.Format != FormatMbox {
		t.Fatalf("%+v, %v", s, err)
	}
	if s, err = try(t.Context(), nil); err != nil || !s.Already {
		t.Fatalf("%+v, %v", s, err)
	}
	if seen := observed(t, im); len(seen) != n {
		t.Errorf("%d mails", len(seen))
	}
	es, err := im.Ledger.Page(t.Context(), 0, 1, ledger.Observation)
	if err != nil || len(es) != 1 || !strings.HasPrefix(string(es[0].Obs.Native), "From marlow") {
		t.Errorf("%+v, %v", es, err)
	}
}

// FuzzMbox: every byte of a file of mails stands in one record, in order.
func FuzzMbox(f *testing.F) {
	f.Add([]byte(mboxOf(2)))
	f.Add([]byte(strings.ReplaceAll(mboxOf(2), "\n", "\r\n")))
	f.Add([]byte("From a Tue Mar  3 09:14:58 2026\nFrom: a\nContent-Length: 3\n\nab\n\nFrom a Tue Mar  3 09:14:58 2026\nFrom: b\nDate: c\n\n>From\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		b = append([]byte("From a Tue Mar  3 09:14:58 2026\nFrom: a\n"), b...)
		recs, err := readAll(t, "fuzz", b, Options{})
		if err != nil {
			t.Fatal(err)
		}
		var got []byte
		place := ""
		for _, r := range recs {
			if r.Place != place {
				got = append(got, r.Raw...)
			}
			place = r.Place
		}
		bare := func(b []byte) []byte { return bytes.Join(bytes.Fields(b), nil) }
		if !bytes.Equal(bare(got), bare(b)) {
			t.Errorf("%q was read as %q", b, got)
		}
	})
}
