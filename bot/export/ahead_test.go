package export

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
)

// sorted writes an export as jq -S does.
func sorted(t testing.TB, b []byte) []byte {
	t.Helper()
	var v any
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// said lists what was read: where, which message, and what of it a change of
// the keys' order leaves alone.
func said(t testing.TB, recs []Record) string {
	t.Helper()
	var b strings.Builder
	for _, r := range recs {
		if r.Err != nil {
			t.Errorf("%s: %v", r.Place, r.Err)
			continue
		}
		o := r.Obs
		c, err := json.Marshal(o.Channel)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s %s %s %q\n", c, o.ID, o.Author.ID, o.Text)
	}
	return b.String()
}

const discordLast = `{"messages":[{"id":"1001","type":"Default","content":"one","author":{"id":"9","name":"wren"}}],"x":[1,{"guild":2}],"channel":{"id":"2","type":"GuildTextChat","name":"c"},"guild":{"id":"1","name":"g"}}`

func TestKeysInAnotherOrder(t *testing.T) {
	account, err := os.ReadFile("testdata/telegram-account-2025.json")
	if err != nil {
		t.Fatal(err)
	}
	// Two texts under one key do not survive a sorter.
	account = bytes.Replace(account, []byte(`"text": "payload", "text": ""`), []byte(`"text": "payload"`), 1)
	single, err := os.ReadFile("testdata/telegram-2019.json")
	if err != nil {
		t.Fatal(err)
	}
	single = bytes.Replace(single, []byte(`\x07`), []byte(`\u0007`), 1)
	thread, err := os.ReadFile("testdata/discord-thread-2025.json")
	if err != nil {
		t.Fatal(err)
	}
	discordFirst := `{"guild":{"id":"1","name":"g"},"channel":{"id":"2","type":"GuildTextChat","name":"c"},"messages":[{"id":"1001","type":"Default","content":"one","author":{"id":"9","name":"wren"}}]}`
	for name, c := range map[string]struct{ plain, other []byte }{
		"telegram account": {account, sorted(t, account)},
		"telegram chat":    {single, sorted(t, single)},
		"discord thread":   {thread, sorted(t, thread)},
		"discord last":     {[]byte(discordFirst), []byte(discordLast)},
		"type last": {[]byte(`{"name":"x","type":"personal_chat","id":5,"messages":[{"id":1,"type":"message"}]}`),
			[]byte(`{"id":5,"messages":[{"id":1,"type":"message"}],"type":"personal_chat","messages2":{"type":"y"},"name":"x"}`)},
	} {
		recs, err := readAll(t, "plain", c.plain, testOptions())
		if err != nil || len(recs) == 0 {
			t.Fatal(name, err)
		}
		want := said(t, recs)
		for wrapping, b := range map[string][]byte{
			"plain": c.other, "BOM": append([]byte("\xef\xbb\xbf"), c.other...), "gzip": gzipped(t, c.other),
			"zip": zipped(t, [2]string{"a.jpg", "x"}, [2]string{"result.json", string(c.other)}),
		} {
			recs, err := readAll(t, "other", b, testOptions())
			if err != nil {
				t.Errorf("%s, %s: %v", name, wrapping, err)
			}
			if got := said(t, recs); got != want {
				t.Errorf("%s, %s:\n%s\nwant\n%s", name, wrapping, got, want)
			}
		}
	}
}

// TestAStreamInAnotherOrderIsRefused, whole: nothing of it may be kept in a
// form that loses where it was said.
func TestAStreamInAnotherOrderIsRefused(t *testing.T) {
	account, err := os.ReadFile("testdata/telegram-account-2025.json")
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{
		"account": sorted(t, account),
		"discord": []byte(discordLast),
		"chat":    []byte(`{"id":5,"messages":[{"id":1,"type":"message"}],"name":"x","type":"personal_chat"}`),
		"gzip":    gzipped(t, []byte(discordLast)),
	} {
		im := newImporter(t)
		s, err := im.Import(t.Context(), Input{Name: "-", Reader: io.MultiReader(bytes.NewReader(b))}, Options{}, nil)
		if !errors.Is(err, ErrOrder) || s.Acquisition != 0 || im.Ledger.Size() != 0 {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
		if err != nil && (strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), "save it to a file first")) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// In Telegram Desktop's own order there is nothing to look for.
	im := newImporter(t)
	s, err := im.Import(t.Context(), Input{Name: "-", Reader: io.MultiReader(bytes.NewReader(account))}, Options{}, nil)
	if err != nil || s.Observations != 9 || s.Quarantined != 0 {
		t.Errorf("%+v, %v", s, err)
	}
}

// TestAStreamThatTurnsOutOfOrderIsClosed: a later chat may be the first that
// cannot be placed.
func TestAStreamThatTurnsOutOfOrderIsClosed(t *testing.T) {
	im := newImporter(t)
	var b bytes.Buffer
	b.WriteString(`{"chats":{"list":[{"name":"x","type":"private_supergroup","id":5,"messages":[`)
	for i := range batchRecords {
		fmt.Fprintf(&b, `{"id":%d,"type":"message","date_unixtime":"1767261600","text":"x"},`, i+1)
	}
	b.WriteString(`{"id":9000,"type":"message"}]},{"id":6,"messages":[{"id":1,"type":"message"}],"name":"y","type":"private_supergroup"}]}}`)
	s, err := im.Import(t.Context(), Input{Name: "-", Reader: io.MultiReader(&b)}, Options{}, nil)
	as := acquisitions(t, im)
	if !errors.Is(err, ErrOrder) || s.Observations != batchRecords+1 || len(as) != 2 {
		t.Fatalf("%+v, %v", s, err)
	}
	if a := as[1].Acq; a.Note != "broken off: "+ErrOrder.Error() || a.Counts["observations"] != batchRecords+1 {
		t.Errorf("%+v", a)
	}
}

func TestABrokenFileInAnotherOrder(t *testing.T) {
	whole := []byte(`{"id":5,"messages":[{"id":1,"type":"message"},{"id":2,"type":"message"}],"name":"x","type":"personal_chat"}`)
	for cut := bytes.Index(whole, []byte(`"messages"`)) + 12; cut < len(whole); cut++ {
		recs, err := readAll(t, "cut", whole[:cut], Options{})
		if err != nil || len(recs) == 0 || recs[len(recs)-1].Err == nil {
			t.Fatalf("cut at %d: %+v, %v", cut, recs, err)
		}
	}
}

// TestManyChatsInAnotherOrder: what stands behind each one's messages must not
// be looked for from the beginning each time.
func TestManyChatsInAnotherOrder(t *testing.T) {
	const n = 20_000
	var b bytes.Buffer
	b.WriteString(`{"chats":{"list":[{}`)
	for i := range n {
		fmt.Fprintf(&b, `,{"id":%d,"messages":[{"id":1,"text":"%s","type":"message"}],"name":"n","type":"private_supergroup"}`, i+1, strings.Repeat("y", 200))
	}
	b.WriteString(`]}}`)
	f := &countedFile{Reader: bytes.NewReader(b.Bytes())}
	good := 0
	for rec, err := range Read(t.Context(), Input{Name: "x", Reader: f}, Options{}) {
		if err != nil || rec.Err != nil || rec.Obs.Channel.ID != fmt.Sprint(-botChannel-rec.Number) {
			t.Fatalf("%+v, %v", rec, err)
		}
		good++
	}
	if good != n || f.read > 4*int64(b.Len()) {
		t.Errorf("%d records; read %d bytes of %d", good, f.read, b.Len())
	}
}

// countedFile counts the bytes that are read from it.
type countedFile struct {
	*bytes.Reader
	read int64
}

func (f *countedFile) ReadAt(p []byte, off int64) (int, error) {
	n, err := f.Reader.ReadAt(p, off)
	f.read += int64(n)
	return n, err
}
