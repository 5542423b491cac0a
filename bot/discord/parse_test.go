package discord

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"stakeout/bot/export"
	"stakeout/message"
)

func known() names {
	table := func(m map[string]string) func(string) string { return func(id string) string { return m[id] } }
	return names{
		nick:    table(map[string]string{"700000000000000199": "Helmsman"}),
		role:    table(map[string]string{"700000000000000900": "deckhands"}),
		channel: table(map[string]string{"700000000000000002": "general"}),
	}
}

func samples(t testing.TB) []json.RawMessage {
	b, err := os.ReadFile("testdata/messages.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []json.RawMessage
	if err := json.Unmarshal(b, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestMessagesAreReadAsTheGoldenFileSays(t *testing.T) {
	var got bytes.Buffer
	for _, raw := range samples(t) {
		o, _, err := parse(raw, message.Channel{Platform: message.Discord, ID: "700000000000000002", Name: "general"}, known())
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(o.Native, raw) {
			t.Errorf("%s: the native bytes changed", o.ID)
		}
		b, err := json.MarshalIndent(o, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		got.Write(append(b, '\n'))
	}
	golden := filepath.Join("testdata", "messages.golden")
	if f := flag.Lookup("update"); f != nil && f.Value.String() == "true" {
		if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Errorf("got\n%s", got.Bytes())
	}
}

// TestALiveMessageAndItsExportAreTheSame reads the exports that the package
// export is tested with, and their messages as the gateway gives them.
func TestALiveMessageAndItsExportAreTheSame(t *testing.T) {
	exported := map[string]*message.Observation{}
	for _, name := range []string{"discord-2019.json", "discord-thread-2025.json"} {
		f, err := os.Open(filepath.Join("..", "export", "testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		for r, err := range export.Read(t.Context(), export.Input{Name: name, Reader: f}, export.Options{}) {
			if err != nil {
				t.Fatal(err)
			}
			if r.Obs != nil {
				exported[r.Obs.ID] = r.Obs
			}
		}
	}
	n := 0
	for _, raw := range samples(t) {
		var at whence
		if err := json.Unmarshal(raw, &at); err != nil {
			t.Fatal(err)
		}
		want := exported[at.ID]
		if want == nil {
			continue
		}
		n++
		got, _, err := parse(raw, want.Channel, known())
		if err != nil {
			t.Fatal(err)
		}
		if got.Kind != want.Kind || got.Text != want.Text || got.Event != want.Event || got.Author.ID != want.Author.ID || got.Author.Handle != want.Author.Handle || got.Author.Bot != want.Author.Bot {
			t.Errorf("%s: live %+v, exported %+v", at.ID, got, want)
		}
		if !got.Edited.UTC.Equal(want.Edited.UTC) || !got.Sent.UTC.Equal(want.Sent.UTC) {
			t.Errorf("%s: sent %v edited %v, exported %v %v", at.ID, got.Sent, got.Edited, want.Sent, want.Edited)
		}
		asJSON := func(v any) string { b, _ := json.Marshal(v); return string(b) }
		if asJSON(got.ReplyTo) != asJSON(want.ReplyTo) || got.Forward != nil && (got.Forward.Channel != want.Forward.Channel || got.Forward.ID != want.Forward.ID) {
			t.Errorf("%s: refers to %s %s, exported %s %s", at.ID, asJSON(got.ReplyTo), asJSON(got.Forward), asJSON(want.ReplyTo), asJSON(want.Forward))
		}
		if len(got.Attachments) != len(want.Attachments) {
			t.Fatalf("%s: %d files, exported %d", at.ID, len(got.Attachments), len(want.Attachments))
		}
		for i, a := range got.Attachments {
			if w := want.Attachments[i]; a.Name != w.Name || a.Size != w.Size {
				t.Errorf("%s: file %+v, exported %+v", at.ID, a, w)
			}
		}
	}
	if n < 5 {
		t.Errorf("only %d messages stand in both", n)
	}
}

func TestWhatCannotBeReadIsSaidByItsKeyAlone(t *testing.T) {
	for raw, want := range map[string]string{
		`[]`:                                   "is not a JSON object",
		`{"id":"1","content":"hush"`:           "is not JSON near byte",
		`{"content":"hush"}`:                   "id is not an id",
		`{"id":"hush"}`:                        "id is not an id",
		`{"id":"-1"}`:                          "id is not an id",
		`{"id":"1","content":["hush"]}`:        "content is not a string",
		`{"id":"1","timestamp":"hush"}`:        "timestamp is not a time",
		`{"id":"1","edited_timestamp":"hush"}`: "edited_timestamp is not a time",
		`{"id":"1","author":"hush"}`:           "author is not an object",
		`{"id":"1","message_snapshots":[{"message":{"content":7}}]}`: "message_snapshots.content is not a string",
	} {
		_, _, err := parse([]byte(raw), message.Channel{}, names{})
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: %v, want %q", raw, err, want)
		}
	}
}

func TestServiceMessagesHaveTheExportersWords(t *testing.T) {
	for kind, want := range map[string][2]string{
		"0": {"", "x"}, "19": {"", "x"}, "20": {"", "x"}, "23": {"", "x"},
		"1": {"RecipientAdd", "Added Cora to the group."}, "2": {"RecipientRemove", "Removed Cora from the group."},
		"3": {"Call", "x"}, "4": {"ChannelNameChange", "Changed the channel name: x"}, "5": {"ChannelIconChange", "Changed the channel icon."},
		"7": {"GuildMemberJoin", "Joined the server."}, "8": {"8", "x"}, "21": {"21", "x"}, "46": {"46", "x"}, "18": {"ThreadCreated", "Started a thread."},
		`"hush me"`: {"unknown", "x"}, "null": {"", "x"},
	} {
		raw := `{"id":"1","type":` + kind + `,"content":"x","mentions":[{"id":"2","username":"cormorant","global_name":"Cora"}]}`
		o, _, err := parse([]byte(raw), message.Channel{}, names{})
		if err != nil || o.Event != want[0] || o.Text != want[1] {
			t.Errorf("type %s: event %q, text %q, %v; want %q", kind, o.Event, o.Text, err, want)
		}
	}
}

func TestRevise(t *testing.T) {
	at, _ := message.ParseTime("2026-05-03T18:10:00.123456Z", nil)
	version := func(kind message.Kind, edited message.Time, content, shown string) *message.Observation {
		return &message.Observation{Kind: kind, Edited: edited, Text: shown, Format: formatGateway, Native: []byte(`{"content":"` + content + `"}`)}
	}
	posted := version(message.Posted, message.Time{}, "hi <@1>", "hi @Ada")
	edited := version(message.Edited, at, "bye", "bye")
	imported := &message.Observation{Kind: message.Posted, Text: "hi @Countess", Format: "discord-export", Native: []byte(`{"content":"hi @Countess"}`)}
	for name, c := range map[string]struct {
		now      *message.Observation
		versions []*message.Observation
		news     bool
		kind     message.Kind
		text     string
	}{
		"unknown":                             {version(message.Posted, message.Time{}, "hi <@1>", "hi @Ada"), nil, true, message.Posted, "hi @Ada"},
		"another name":                        {version(message.Posted, message.Time{}, "hi <@1>", "hi @Lovelace"), []*message.Observation{posted}, false, message.Posted, "hi @Ada"},
		"a late copy of the first version":    {version(message.Posted, message.Time{}, "hi <@1>", "hi @Ada"), []*message.Observation{edited, posted}, false, message.Posted, "hi @Ada"},
		"an unfurled link of an edited one":   {version(message.Posted, message.Time{}, "bye", "bye"), []*message.Observation{posted, edited}, false, message.Edited, "bye"},
		"other words without an edit time":    {version(message.Posted, message.Time{}, "hello", "hello"), []*message.Observation{posted}, true, message.Edited, "hello"},
		"what was posted, after its edit":     {version(message.Posted, message.Time{}, "hi <@1>", "hi @Ada"), []*message.Observation{edited}, true, message.Posted, "hi @Ada"},
		"an edit":                             {version(message.Edited, at, "bye", "bye"), []*message.Observation{posted}, true, message.Edited, "bye"},
		"the same edit":                       {version(message.Edited, at, "bye", "bye"), []*message.Observation{posted, edited}, false, message.Edited, "bye"},
		"the same edit with other words":      {version(message.Edited, at, "forged", "forged"), []*message.Observation{edited}, true, message.Edited, "forged"},
		"known by an import, shown otherwise": {version(message.Posted, message.Time{}, "hi <@1>", "hi @Ada"), []*message.Observation{imported}, true, message.Posted, "hi @Ada"},
	} {
		if news := revise(c.now, c.versions); news != c.news || c.now.Kind != c.kind || c.now.Text != c.text {
			t.Errorf("%s: news %v, %s %q; want %v, %s %q", name, news, c.now.Kind, c.now.Text, c.news, c.kind, c.text)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, raw := range samples(f) {
		f.Add([]byte(raw))
	}
	f.Add([]byte(`{"id":"1","embeds":[{"title":"a"}]}`))
	before := &message.Observation{Kind: message.Posted, Text: "before", Format: formatGateway, Native: []byte(`{"content":"before"}`)}
	f.Fuzz(func(t *testing.T, raw []byte) {
		o, w, err := parse(raw, message.Channel{Platform: message.Discord, ID: "2"}, known())
		if err != nil {
			if len(err.Error()) > 80 {
				t.Errorf("a long error: %v", err)
			}
			return
		}
		if !isID(o.ID) || !utf8.ValidString(o.Text) || (o.Kind == message.Edited) == o.Edited.IsZero() {
			t.Errorf("%+v", o)
		}
		if err := w.complete(o, before); err != nil {
			t.Error(err)
		}
		revise(o, []*message.Observation{before})
		if _, err := json.Marshal(o); err != nil {
			t.Error(err)
		}
	})
}
