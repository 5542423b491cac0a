package export

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"strings"
	"testing"

	"golang.org/x/text/encoding/unicode"
)

func gzipped(t testing.TB, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := z.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func zipped(t testing.TB, members ...[2]string) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, m := range members {
		w, err := z.Create(m[0])
		if err == nil {
			_, err = w.Write([]byte(m[1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// tally is how many records were read, and the complaints about the others.
func tally(recs []Record) (good int, bad []string) {
	for _, r := range recs {
		if r.Err == nil {
			good++
		} else {
			bad = append(bad, r.Place+": "+r.Err.Error())
		}
	}
	return good, bad
}

func TestWrappings(t *testing.T) {
	chat := chatOf(20)
	lines := []byte("{\"platform\":\"forum\",\"channel\":\"c\",\"id\":1}\r\n")
	for _, c := range []struct {
		name  string
		b     []byte
		good  int
		place string
	}{
		{"plain", chat, 20, "plain: byte "},
		{"BOM", append([]byte("\xef\xbb\xbf"), chat...), 20, ""},
		{"gzip.zip", gzipped(t, chat), 20, "gzip.zip: byte "},
		{"gzip with BOM", gzipped(t, append([]byte("\xef\xbb\xbf"), lines...)), 1, ""},
		{"two gzip members", append(gzipped(t, lines), gzipped(t, lines)...), 2, ""},
		{"archive.gz", zipped(t, [2]string{"a/one.json", string(chat)}, [2]string{"cat.jpg", "\xff\xd8\xff\xe0"},
			[2]string{"two", string(lines)}, [2]string{"config.json", `{"theme":"dark"}`}), 21, "a/one.json: byte "},
		{"spaces before", append([]byte("\n\n  "), chat...), 20, ""},
	} {
		recs, err := readAll(t, c.name, c.b, Options{})
		good, bad := tally(recs)
		if err != nil || good != c.good || len(bad) > 0 {
			t.Errorf("%s: %d records, %v, %v", c.name, good, bad, err)
		}
		if len(recs) > 0 && !strings.HasPrefix(recs[0].Place, c.place) {
			t.Errorf("%s: first at %q", c.name, recs[0].Place)
		}
	}
}

func TestForeignFilesAreRefused(t *testing.T) {
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().Bytes(chatOf(1))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		b    []byte
		want error
	}{
		"UTF-16":           {utf16, ErrUTF16},
		"UTF-16, no BOM":   {utf16[2:], ErrUTF16},
		"empty":            {nil, ErrFormat},
		"blank":            {[]byte("\n \n"), ErrFormat},
		"web page":         {[]byte("<html><body>{\"messages\":[]}"), ErrFormat},
		"other JSON":       {[]byte(`{"a":1,"b":[1,2]}`), ErrFormat},
		"array":            {[]byte(`[{"id":1}]`), ErrFormat},
		"no messages":      {[]byte(`{"guild":{"id":"1"},"channel":{"id":"2"}}`), ErrFormat},
		"zip without chat": {zipped(t, [2]string{"cat.jpg", "x"}), ErrFormat},
		"empty zip":        {zipped(t), ErrFormat},
	} {
		recs, err := readAll(t, name, c.b, Options{})
		if !errors.Is(err, c.want) || len(recs) > 0 {
			t.Errorf("%s: %d records, %v", name, len(recs), err)
		}
		if err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: more than one line: %v", name, err)
		}
	}
}

func TestTruncatedFileGivesEverythingUpToTheBreak(t *testing.T) {
	chat := chatOf(5)
	for cut := bytes.Index(chat, []byte(`"messages"`)) + 12; cut < len(chat); cut++ {
		recs, err := readAll(t, "cut", chat[:cut], Options{})
		good, bad := tally(recs)
		whole := bytes.Count(chat[:cut], []byte(`"name":"wren"}}`))
		if err != nil || good != whole || len(bad) != 1 || !errors.Is(recs[len(recs)-1].Err, ErrTruncated) {
			t.Fatalf("cut at %d: %d of %d records, %v, %v", cut, good, whole, bad, err)
		}
		if last := recs[len(recs)-1]; !bytes.HasSuffix(chat[:cut], last.Raw) {
			t.Fatalf("cut at %d: the tail is %q", cut, last.Raw)
		}
	}
}

func TestDamagedCompressionIsATruncatedFile(t *testing.T) {
	z := gzipped(t, chatOf(3000))
	flipped := bytes.Clone(z)
	flipped[len(flipped)-6] ^= 1 // in the checksum
	for name, b := range map[string][]byte{"cut": z[:len(z)*2/3], "checksum": flipped} {
		recs, err := readAll(t, name, b, Options{})
		good, bad := tally(recs)
		if err != nil || good < 100 || len(bad) != 1 || !errors.Is(recs[len(recs)-1].Err, ErrTruncated) {
			t.Errorf("%s: %d records, %v, %v", name, good, bad, err)
		}
	}
}

func TestOnlyTheBrokenRecordIsLost(t *testing.T) {
	chat := chatOf(10)
	for name, c := range map[string][2]string{
		"no colon":           {`"content":"message 4"`, `"content" "message 4"`},
		"bad literal":        {`"content":"message 4"`, `"content":nil`},
		"wrong type":         {`"content":"message 4"`, `"content":["message 4"]`},
		"no id":              {`"id":"1004",`, ``},
		"bad time":           {`"content":"message 4"`, `"timestampEdited":"soon"`},
		"lost quote, broken": {`"content":"message 4"`, "\"content\":\"message 4\n"},
		"brackets in string": {`"content":"message 4"`, `"content":"]}}}{[ \"message 4", "x": 01`},
		"control character":  {`"content":"message 4"`, "\"content\":\"message\x014\""},
		"not an object":      {`{"id":"1004","type":"Default","timestamp":"2026-01-01T00:00:00+00:00","content":"message 4","author":{"id":"9","name":"wren"}}`, `4`},
	} {
		recs, err := readAll(t, name, bytes.Replace(chat, []byte(c[0]), []byte(c[1]), 1), Options{})
		good, bad := tally(recs)
		if err != nil || good != 9 || len(bad) != 1 || recs[4].Err == nil || errors.Is(recs[4].Err, ErrTruncated) {
			t.Errorf("%s: %d records, %v, %v", name, good, bad, err)
		}
		for _, b := range bad {
			if strings.Contains(b, "message 4") {
				t.Errorf("%s: the complaint quotes the message: %s", name, b)
			}
		}
	}
}

func TestHugeRecordIsPassedOver(t *testing.T) {
	chat := bytes.Replace(chatOf(3), []byte("message 1"), bytes.Repeat([]byte("m"), maxRecord+1), 1)
	lines := []byte("{\"platform\":\"f\",\"channel\":\"c\",\"id\":1}\n{\"text\":\"" + strings.Repeat("x", maxRecord) + "\"}\n{\"platform\":\"f\",\"channel\":\"c\",\"id\":2}")
	for name, b := range map[string][]byte{"envelope": chat, "lines": lines} {
		recs, err := readAll(t, name, b, Options{})
		good, bad := tally(recs)
		if err != nil || good != 2 || len(bad) != 1 || !errors.Is(recs[1].Err, ErrTooLarge) || len(recs[1].Raw) != maxKept {
			t.Errorf("%s: %d records, %.200v, %v", name, good, bad, err)
		}
	}
}

func TestInvalidUTF8KeepsNativeBytes(t *testing.T) {
	b := bytes.Replace(chatOf(1), []byte("message 0"), []byte("caf\xe9 \\ud83d \\x1b"), 1)
	recs, err := readAll(t, "latin1", b, Options{})
	if err != nil || len(recs) != 1 || recs[0].Err != nil {
		t.Fatalf("%+v %v", recs, err)
	}
	if o := recs[0].Obs; o.Text != "caf\uFFFD \uFFFD \x1b" || !bytes.Contains(o.Native, []byte("caf\xe9 \\ud83d \\x1b")) {
		t.Errorf("text %q, native %q", o.Text, o.Native)
	}
}

func TestChatsThatCannotBePlacedAreRefusedWithTheirBytes(t *testing.T) {
	for name, b := range map[string]string{
		"no id":              `{"name":"x","type":"personal_chat","messages":[{"id":1,"type":"message","text":"x"}]}`,
		"no type":            `{"id":5,"messages":[{"id":1,"type":"message","text":"x"}]}`,
		"messages no list":   `{"id":5,"type":"personal_chat","messages":{"a":1}}`,
		"discord without id": `{"guild":{"id":"1"},"channel":{"name":"x"},"messages":[{"id":"1"}]}`,
	} {
		recs, err := readAll(t, name, []byte(b), Options{})
		if err != nil || len(recs) != 1 || recs[0].Err == nil || len(recs[0].Raw) == 0 {
			t.Errorf("%s: %+v, %v", name, recs, err)
		}
	}
}

func TestCountMismatchIsANote(t *testing.T) {
	im := newImporter(t)
	s := importBytes(t, im, "chat.json", bytes.Replace(chatOf(3), []byte(`"messageCount":3`), []byte(`"messageCount":4`), 1), Options{})
	if len(s.Notes) != 1 || !strings.Contains(s.Notes[0], "holds 4 messages, 3 were read") {
		t.Errorf("%q", s.Notes)
	}
	as := acquisitions(t, im)
	if as[1].Acq.Note != s.Notes[0] {
		t.Errorf("noted %q", as[1].Acq.Note)
	}
}

func TestImportOfAZipAndOfATruncatedFile(t *testing.T) {
	im := newImporter(t)
	chat := chatOf(30)
	s := importBytes(t, im, "x.zip", zipped(t, [2]string{"photo.jpg", "no"}, [2]string{"chat.json", string(chat)}), Options{})
	if s.Observations != 30 || s.Ignored != 1 || s.Truncated {
		t.Errorf("%+v", s)
	}
	s = importBytes(t, im, "cut.json", chat[:len(chat)-40], Options{})
	if s.Sightings != 29 || s.Quarantined != 1 || !s.Truncated {
		t.Errorf("%+v", s)
	}
	if _, err := im.Import(t.Context(), Input{Name: "-", Reader: struct{ *strings.Reader }{strings.NewReader("no")}}, Options{}, nil); !errors.Is(err, ErrFormat) {
		t.Error(err)
	}
	if n := len(acquisitions(t, im)); n != 4 {
		t.Errorf("%d acquisition entries; a foreign file makes none", n)
	}
}

// TestHostileShapesEnd: shapes that would cost the square of their size. Read
// must come to an end with each; go test's own limit is the judge.
func TestHostileShapesEnd(t *testing.T) {
	const size = 4 << 20
	many := func(s string) string { return strings.Repeat(s, size/len(s)) }
	discord := func(member string) string {
		return `{"guild":{"id":"1"},"channel":{"id":"2"},"messages":[{"id":"1",` + member + `}]}`
	}
	deep := func(open, closing string) string {
		const levels = 3000
		return strings.Repeat(open, levels) + `"` + many("x") + `"` + strings.Repeat(closing, levels)
	}
	telegram := func(member string) string {
		return `{"type":"personal_chat","id":5,"messages":[{"id":1,"type":"message",` + member + `}]}`
	}
	for name, text := range map[string]string{
		"open brackets":    discord(`"content":"` + many("<") + `"`),
		"mentions":         discord(`"content":"` + many("<@1>") + `","mentions":[` + many(`{"id":"2"},`) + `{"id":"1","name":"x"}]`),
		"embeds' links":    discord(`"content":"` + many("y") + `","embeds":[` + many(`{"url":"https://a.example/x"},`) + `{}]`),
		"nested buttons":   discord(`"components":` + deep(`[{"components":`, `}]`)),
		"nested rich text": telegram(`"rich_message":` + deep(`{"text":`, `}`)),
		"backslashes":      discord(`"content":"` + many(`\\`) + `"`),
		"many keys":        `{"platform":"f","channel":"c","id":"1"` + many(`,"x":1`) + `}`,
		"open arrays":      many(`{"messages":[`),
	} {
		t.Run(name, func(t *testing.T) {
			recs, err := readAll(t, name, []byte(text), Options{})
			if err == nil && (len(recs) < 1 || len(recs) > 2) {
				t.Errorf("%d records", len(recs))
			}
		})
	}
}
