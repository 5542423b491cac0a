package letter_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"stakeout/bot/mail/letter"
	"stakeout/message"
)

var update = flag.Bool("update", false, "write the golden files anew")

// firm is counsel in these tests.
var firm = letter.Options{Counsel: []string{"@firm.example"}, Mailbox: &message.ChannelRef{ID: "watch@firm.example/INBOX", Name: "INBOX"}}

func TestMailsAreReadAsWritten(t *testing.T) {
	files, err := filepath.Glob("testdata/mails/*.eml")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			obs, err := letter.Read(raw, firm)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(obs[0].Native, raw) {
				t.Error("the native bytes are not those of the mail")
			}
			got := indent(t, obs)
			golden := strings.TrimSuffix(file, ".eml") + ".golden"
			if *update {
				if err := os.WriteFile(golden, got, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func indent(t *testing.T, v any) []byte {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
