package export

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"
)

func TestChatIDsAreCanonical(t *testing.T) {
	for _, c := range []struct {
		kind string
		id   int64
		form idForm
		want string
	}{
		{"private_supergroup", 1111111111, plainIDs, "-1001111111111"},
		{"public_channel", 500, plainIDs, "-1000000000500"},
		{"private_channel", -1001111111111, plainIDs, "-1001111111111"},
		{"private_group", 4696915167, plainIDs, "-4696915167"},
		{"private_group", 4696915167, unknownIDs, "-4696915167"},
		{"private_group", -4696915167, unknownIDs, "-4696915167"},
		{"private_group", tagChat + 100000, taggedIDs, "-100000"},
		{"private_group", tagUser + 100000, taggedIDs, "-100000"},
		{"private_group", 20001, taggedIDs, "-20001"},
		{"personal_chat", tagUser + 55501, taggedIDs, "55501"},
		{"personal_chat", 7000000001, plainIDs, "7000000001"},
		{"public_supergroup", tagChat + 1357387300, taggedIDs, "-1001357387300"},
		{"public_channel", tagChat + 1357387300, unknownIDs, "-1001357387300"},
		{"public_channel", 3000000000, unknownIDs, "-1003000000000"},
		{"", 55501, plainIDs, "55501"},
	} {
		if got := chatID(c.kind, c.id, c.form); got != c.want {
			t.Errorf("%s %d (%d): %s, want %s", c.kind, c.id, c.form, got, c.want)
		}
	}
}

func TestSendersAreCanonical(t *testing.T) {
	for raw, want := range map[string]string{
		`"user55501"`: "55501", `"channel1098765432"`: "-1001098765432", `"chat20001"`: "-20001",
		`55501`: "55501", `4295022797`: "55501", `9947321892`: "-1001357387300", `null`: "", `"odd"`: "odd", `"user"`: "user",
	} {
		var f fields
		var form idForm
		if got := form.peerID(&f, "from_id", []byte(raw)); got != want || f.err != nil {
			t.Errorf("%s: %q, %v, want %q", raw, got, f.err, want)
		}
	}
}

// The chat's id stands before its messages, and what it means after them.
func TestRecordsAreHeldUntilTheIDIsKnown(t *testing.T) {
	head := `{"name":"Quay","type":"private_group","id":4696915167,"messages":[{"id":1,"type":"unsupported"},{"id":2,"type":"message","date":"2019-01-01T00:00:00","text":"x"}`
	for end, want := range map[string]string{
		`,{"id":3,"type":"message","from_id":"user5","text":"y"}]}`:            "-4696915167",
		`,{"id":3,"type":"message","date_unixtime":"1735689600","text":"y"}]}`: "-4696915167",
		`,{"id":3,"type":"service","actor_id":5,"action":"pin_message"}]}`:     "-401947871",
		`]}`: "-4696915167",
	} {
		recs, err := readAll(t, "f", []byte(head+end), Options{})
		if err != nil || len(recs) < 2 {
			t.Fatal(recs, err)
		}
		for i, r := range recs {
			if r.Err != nil || r.Obs.Channel.ID != want || r.Number != int64(i)+1 {
				t.Errorf("%s: record %d in channel %s (%v), want %s", end, r.Number, r.Obs.Channel.ID, r.Err, want)
			}
		}
	}
	// A break while records are held must not lose them.
	recs, err := readAll(t, "f", []byte(head+`,{"id":3,`), Options{})
	if good, bad := tally(recs); err != nil || good != 2 || len(bad) != 1 {
		t.Errorf("%d records, %v, %v", good, bad, err)
	}
}

func TestAFailingDiskIsAnErrorNotABreak(t *testing.T) {
	im := newImporter(t)
	broken := errors.New("input/output error")
	chat := chatOf(2000)
	s, err := im.Import(t.Context(), Input{Name: "x", Reader: io.MultiReader(bytes.NewReader(chat[:len(chat)-50]), iotest.ErrReader(broken))}, Options{}, nil)
	if !errors.Is(err, broken) || s.Truncated || s.Quarantined != 0 || s.Observations != 1999 || s.Resumable {
		t.Errorf("%+v, %v", s, err)
	}
	if !strings.HasPrefix(err.Error(), "import x: ") || strings.Contains(err.Error(), "\n") {
		t.Error(err)
	}
}

func TestAZipNeedsAFile(t *testing.T) {
	in, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	if _, err := out.Write(zipped(t, [2]string{"a.json", string(chatOf(1))})); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	for _, err := range Read(t.Context(), Input{Name: "-", Reader: in}, Options{}) {
		if err == nil || !strings.Contains(err.Error(), "read standard input: a zip archive cannot be read from a stream; name the file") {
			t.Error(err)
		}
	}
}
