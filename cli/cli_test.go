package cli_test

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func (w world) write(name, content string) string {
	w.t.Helper()
	path := filepath.Join(w.dir, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		w.t.Fatal(err)
	}
	return path
}

func TestUsageErrorsExitWithTwoAndNameTheMend(t *testing.T) {
	w, _ := newWorld(t, watched())
	for _, c := range []struct {
		args string
		want string
	}{
		{"serch x", `did you mean "search"?`},
		{"search", "usage: stakeout search"},
		{"search --limit x y", "limit"},
		{"search -o xml y", "want one of table, json, jsonl, csv"},
		{"search --reveal y", "--reason"},
		{"import --alert loud f", "each, summary or none"},
		{"import --zone Nowhere f", "Europe/Berlin"},
		{"alerts verdict A-000001 maybe", "true or false"},
		{"--nonsense", "unknown flag"},
	} {
		_, talk := w.run(2, strings.Fields(c.args)...)
		if !strings.Contains(talk, c.want) || strings.Count(talk, "\n") != 1 {
			t.Errorf("stakeout %s said %q, want one line with %q", c.args, talk, c.want)
		}
	}
}

func TestInitWritesAConfigurationThatPassesItsCheck(t *testing.T) {
	w, _ := newWorld(t, watched())
	w.webhook = ""
	w.run(0, "init")
	out, _ := w.run(0, "config", "check")
	if !strings.HasPrefix(out, "ok: stakeout.yaml") {
		t.Errorf("config check said %q", out)
	}
	w.run(1, "init") // never overwritten
	w.write("bad.yaml", "data: here\nwatchlists: w.yaml\n")
	_, talk := w.run(1, "config", "check", "bad.yaml")
	if !strings.Contains(talk, "bad.yaml:2:1") || !strings.Contains(talk, "watchlist") {
		t.Errorf("config check said %q", talk)
	}
	out, _ = w.run(0, "config", "schema")
	if !json.Valid([]byte(out)) {
		t.Error("the schema is not JSON")
	}
}

func TestPartialImportExitsWithFourAndKeepsTheBytes(t *testing.T) {
	w, _ := newWorld(t, watched())
	file := w.write("chat.jsonl", `{"platform":"irc","channel":{"id":"c"},"id":"1","author":{"handle":"ada"},"sent":"2026-05-01T10:00:00Z","text":"hello"}
{"platform":"irc","channel":{"id":"c"},"id":"2","sent":"yesterday","text":"broken"}
`)
	_, talk := w.run(4, "import", file)
	if !strings.Contains(talk, "1 new") || !strings.Contains(talk, "1 records could not be read") {
		t.Errorf("import said %q", talk)
	}
	var list []struct {
		Place, Reason string
		Bytes         []byte
	}
	w.json(&list, "status", "quarantine", "-o", "json", "--reveal", "--reason", "mend the export")
	if len(list) != 1 || !strings.Contains(list[0].Place, "chat.jsonl") || !strings.Contains(string(list[0].Bytes), `"yesterday"`) {
		t.Errorf("quarantine holds %+v", list)
	}
	_, talk = w.run(4, "import", file)
	if !strings.Contains(talk, "imported before") {
		t.Errorf("the second import said %q", talk)
	}
}

func TestHostileNamesAndTextsAreEscapedForWhereTheyGo(t *testing.T) {
	w, _ := newWorld(t, watched())
	hostile := map[string]any{"platform": "irc", "id": "1", "sent": "2026-05-01T10:00:00Z",
		"channel": map[string]any{"id": "c", "name": "=cmd|' /C calc'!A0\x1b[31m"}, "author": map[string]any{"handle": "+evil\u202e"},
		"text": "=HYPERLINK(\"http://x.test\") \x1b]0;owned\x07 \u202etxt.exe <script>alert(1)</script> findme"}
	b, err := json.Marshal(hostile)
	if err != nil {
		t.Fatal(err)
	}
	var gz bytes.Buffer
	z := gzip.NewWriter(&gz)
	if _, err := z.Write(append(b, '\n')); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	w.run(0, "import", w.write("x\x1b[31m.jsonl.gz", gz.String()))
	for _, args := range [][]string{{"search", "findme"}, {"status"}, {"search", "-o", "csv", "findme"}, {"search", "-o", "json", "findme"}, {"digest"}} {
		out, talk := w.run(0, args...)
		if strings.ContainsAny(out+talk, "\x1b\x07\u202e") {
			t.Errorf("stakeout %s lets control characters through:\n%q", strings.Join(args, " "), out+talk)
		}
	}
	out, _ := w.run(0, "search", "-o", "csv", "findme")
	rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	if err != nil || len(rows) != 2 {
		t.Fatalf("%v %q", err, out)
	}
	for _, cell := range rows[1] {
		if cell != "" && strings.ContainsAny(cell[:1], "=+-@") {
			t.Errorf("a spreadsheet would run the cell %q", cell)
		}
	}
}

func TestVerifyExitsWithThreeAndNamesTheEntry(t *testing.T) {
	w, _ := newWorld(t, watched())
	w.run(0, "import", w.export(0, 120))
	out, _ := w.run(0, "status", "-o", "json")
	var st []struct{ Checkpoint string }
	if err := json.Unmarshal([]byte(out), &st); err != nil {
		t.Fatal(err)
	}
	head := w.write("head.txt", st[0].Checkpoint)
	w.run(0, "verify", "--checkpoint", head)
	// Turn one bit of the text of a stored message.
	path := filepath.Join(w.dir, "data", "ledger.db")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(b, []byte("nothing much going on in row 77"))
	if at < 0 {
		at = bytes.Index(b, []byte("row 77"))
	}
	if at < 0 {
		t.Fatal("no text stands in the file as it is: turn another bit")
	}
	b[at+5] ^= 1
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	out, _ = w.run(3, "verify")
	if !strings.Contains(out, "entry 79") {
		t.Errorf("verify said %q", out)
	}
}
