package telegram

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"stakeout/message"
)

var rewrite = flag.Bool("update", false, "write the golden files anew")

// lines reads the checked-in updates.
func lines(t testing.TB) [][]byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "updates.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	var out [][]byte
	for s := bufio.NewScanner(bytes.NewReader(b)); s.Scan(); {
		out = append(out, bytes.Clone(s.Bytes()))
	}
	return out
}

func TestGolden(t *testing.T) {
	var got bytes.Buffer
	for _, line := range lines(t) {
		o, err := Parse(line, "5550100")
		switch {
		case err != nil:
			got.WriteString("cannot be read: " + err.Error())
		case o == nil:
			got.WriteString("no message")
		default:
			if !bytes.Equal(o.Native, line) || o.Format != Format {
				t.Errorf("the native bytes are not those received: %s", o.Native)
			}
			e := json.NewEncoder(&got)
			e.SetEscapeHTML(false)
			if err := e.Encode(o); err != nil {
				t.Fatal(err)
			}
			continue
		}
		got.WriteByte('\n')
	}
	golden := filepath.Join("testdata", "updates.golden")
	if *rewrite {
		if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	expected, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), expected) {
		t.Errorf("differs from %s (run with -update to see how):\n%s", golden, got.Bytes())
	}
}

// FuzzParse: whatever comes, nothing panics; what is read has an id and its
// channel, in valid JSON; and reading it again gives the same.
func FuzzParse(f *testing.F) {
	for _, line := range lines(f) {
		f.Add(line)
	}
	f.Add([]byte(`{"ok":true,"result":[{"update_id":1},{"update_id":2`))
	f.Fuzz(func(t *testing.T, b []byte) {
		_ = salvage(b)
		_ = firstID(b)
		o, err := Parse(b, "5550100")
		if err != nil || o == nil {
			return
		}
		if o.ID == "" || o.Channel.ID == "" || o.Kind == 0 || o.Channel.Platform != message.Telegram {
			t.Errorf("%s: incomplete: %+v", b, o)
		}
		if o.Event != "" && !identifier(o.Event) {
			t.Errorf("%s: event %q", b, o.Event)
		}
		j, err := json.Marshal(o)
		if err != nil {
			t.Errorf("%s: %v", b, err)
		}
		again, err := Parse(b, "5550100")
		if k, _ := json.Marshal(again); err != nil || !bytes.Equal(j, k) {
			t.Errorf("%s: read as\n%s, then as\n%s", b, j, k)
		}
	})
}
