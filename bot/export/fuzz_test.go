package export

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"
	"testing/iotest"

	"stakeout/bot/mail/letter"
)

// FuzzScanner: slicing gives back exactly what stands in the file, whatever
// the pieces in which it comes, and agrees with encoding/json on valid input.
func FuzzScanner(f *testing.F) {
	f.Add([]byte(`{"a":[1,"x\"}",{"b":null}],"c":-1.5e3} `))
	f.Add([]byte("[\"a\\\\\",\"open\n]"))
	f.Add([]byte(`  true`))
	f.Fuzz(func(t *testing.T, b []byte) {
		take := func(in io.Reader) (string, error) {
			s := newScanner(in, "f", func(error) bool { return false })
			s.buf = s.buf[:7] // small, to be refilled often
			raw, err := s.take(1 << 20)
			return string(raw), err
		}
		whole, err := take(bytes.NewReader(b))
		pieces, err2 := take(iotest.OneByteReader(bytes.NewReader(b)))
		if whole != pieces || (err == nil) != (err2 == nil) {
			t.Errorf("%q as a whole %q, %v; in pieces %q, %v", b, whole, err, pieces, err2)
		}
		if json.Valid(b) {
			if want := bytes.Trim(b, " \t\r\n"); err != nil || whole != string(want) {
				t.Errorf("%q: took %q, %v", b, whole, err)
			}
		}
		skipped := newScanner(bytes.NewReader(b), "f", func(error) bool { return false })
		if skipErr := skipped.skip(); err == nil && skipErr != nil {
			t.Errorf("%q: taken but not skipped: %v", b, skipErr)
		}
	})
}

// FuzzStrings: decoding a valid string agrees with encoding/json.
func FuzzStrings(f *testing.F) {
	f.Add(`"a\u00e9\ud83d\udea2\n\/"`)
	f.Add(`"\ud83d\u0041"`)
	f.Fuzz(func(t *testing.T, s string) {
		var want string
		if len(s) == 0 || s[0] != '"' || json.Unmarshal([]byte(s), &want) != nil {
			_ = unquote([]byte(s))
			return
		}
		if s = string(bytes.TrimRight([]byte(s), " \t\r\n")); bytes.ContainsRune([]byte(want), '\uFFFD') {
			return // runs of broken bytes are counted differently
		}
		if got := unquote([]byte(s)); got != want {
			t.Errorf("%s: %q, want %q", s, got, want)
		}
	})
}

// FuzzMembers: walking a valid object gives encoding/json's keys and values.
func FuzzMembers(f *testing.F) {
	f.Add([]byte(`{"a":1, "b" : [ {} , "x" ] ,"c":{"d":null}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		b = bytes.Trim(b, " \t\r\n")
		var want map[string]json.RawMessage
		if len(b) == 0 || b[0] != '{' || json.Unmarshal(b, &want) != nil {
			for _, v := range members(b) {
				for range elements(v) {
				}
			}
			return
		}
		got := map[string]string{}
		n := 0
		for k, v := range members(b) {
			got[string(bytes.ToValidUTF8(k, []byte("\uFFFD")))] = string(v)
			n++
		}
		if n < len(want) {
			t.Fatalf("%d members of %d", n, len(want))
		}
		for k, v := range want {
			if g, ok := got[k]; ok && g != string(v) {
				t.Errorf("%s: %s, want %s", k, g, v)
			}
		}
	})
}

// FuzzRead: no input may make a reader fail in an unforeseen way, give a record
// without its bytes, or give more than the file holds.
func FuzzRead(f *testing.F) {
	files, err := filepath.Glob("testdata/*.json*")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add(gzipped(f, chatOf(2)))
	f.Add(zipped(f, [2]string{"a.json", string(chatOf(2))}))
	f.Add([]byte(mboxOf(2)))
	f.Fuzz(func(t *testing.T, b []byte) {
		recs, err := readAll(t, "fuzz", b, testOptions())
		plain := len(b) < 2 || b[0] != 0x1f && b[0] != 'P'
		total := 0
		for i, r := range recs {
			if r.Number != int64(i)+1 || r.Place == "" {
				t.Errorf("record %d is number %d at %q", i, r.Number, r.Place)
			}
			if (r.Obs == nil) == (r.Err == nil) {
				t.Errorf("record %d: %v, %v", i, r.Obs, r.Err)
			}
			part := r.Obs != nil && r.Obs.Format == letter.Format && i > 0 && recs[i-1].Place == r.Place // a mail attached to the one before
			if plain && !part && !bytes.Contains(b, r.Raw) {
				t.Errorf("record %d: its bytes are not the file's", i)
			}
			if r.Err == nil && !part {
				total += len(r.Raw)
			}
			if r.Err == nil {
				checkObservation(t, r)
			}
		}
		if plain && err == nil && total > len(b) {
			t.Errorf("%d bytes of records in %d bytes", total, len(b))
		}
	})
}

// checkObservation: what the ledger demands is there, and it can be stored.
func checkObservation(t *testing.T, r Record) {
	t.Helper()
	o := r.Obs
	if o.ID == "" || o.Channel.ID == "" || o.Channel.Platform == "" || o.Kind == 0 || o.Via == 0 || o.Format == "" {
		t.Errorf("record %d is incomplete: %+v", r.Number, o)
	}
	if _, err := json.Marshal(o); err != nil {
		t.Errorf("record %d cannot be stored: %v", r.Number, err)
	}
	if !bytes.Equal(o.Native, r.Raw) {
		t.Errorf("record %d: native bytes", r.Number)
	}
}
