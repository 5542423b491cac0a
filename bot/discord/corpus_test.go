package discord_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"stakeout/bot/bottest"
	"stakeout/bot/discord"
	"stakeout/bot/discord/discordtest"
	"stakeout/ledger"
	"stakeout/message"
)

var update = flag.Bool("update", false, "write testdata/corpus.jsonl.gz anew from Discord's OpenAPI document")

const corpusFile = "testdata/corpus.jsonl.gz"

// TestCorpus sends messages with every field and every value that Discord
// documents, live and as history, and looks for each text that a reader of the
// channel would see. The corpus is made from Discord's own OpenAPI document
// where that is at hand; the one in testdata was made from it.
func TestCorpus(t *testing.T) {
	kept := readCorpus(t)
	t.Run("kept", func(t *testing.T) { throughTheLedger(t, kept) })
	spec, err := os.ReadFile(filepath.Join(shared(), "specs", "discord", "openapi.json"))
	if err != nil {
		t.Skip("Discord's OpenAPI document is not at hand")
	}
	t.Run("made", func(t *testing.T) {
		made := makeCorpus(t, spec)
		throughTheLedger(t, made)
		if *update {
			writeCorpus(t, made)
		} else if len(made) != len(kept) {
			t.Errorf("the document gives %d messages, %s holds %d: run go test -update", len(made), corpusFile, len(kept))
		}
	})
}

// shared is the folder of material that lies beside the repository.
func shared() string {
	if dir := os.Getenv("STAKEOUT_SHARED"); dir != "" {
		return dir
	}
	return filepath.Join("..", "..", "..", "shared")
}

func makeCorpus(t *testing.T, spec []byte) []map[string]any {
	t.Helper()
	g, err := newGenerator(spec)
	if err != nil {
		t.Fatal(err)
	}
	var all []map[string]any
	for _, v := range g.values(g.schemas["MessageResponse"], nil) {
		all = append(all, v.(map[string]any))
	}
	if len(all) < 20 {
		t.Fatalf("the document gives only %d messages", len(all))
	}
	return all
}

func throughTheLedger(t *testing.T, corpus []map[string]any) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	w := newWorld(t, fast)
	ids := map[string]map[string]any{}
	for i, m := range corpus {
		extra := without(m, "id", "channel_id", "timestamp", "content", "type")
		content, _ := m["content"].(string)
		kind, _ := number(m["type"])
		at := time.Now().Add(-time.Hour + time.Duration(i)*time.Second)
		ids[w.PostDraft(w.text[0], discordtest.Draft{Content: content, Type: kind, At: at, Extra: extra})] = m
	}
	l := bottest.Temp(t, discord.Name)
	stop := watch(t, l, connector(w.Addr(), logger()))
	if err := w.Ready(ctx); err != nil {
		t.Fatal(err)
	}
	for i, m := range corpus {
		live := without(m)
		id := fmt.Sprint(time.Now().UnixMilli()-1420070400000) + fmt.Sprintf("%07d", i) // nobody else's
		live["id"], live["channel_id"], live["guild_id"] = id, w.text[1], w.guild
		raw, err := json.Marshal(live)
		if err != nil {
			t.Fatal(err)
		}
		w.Send("MESSAGE_CREATE", raw)
		ids[id] = m
	}
	got := map[string]*message.Observation{}
	for es, err := range l.Follow(ctx, 0, ledger.Observation) {
		if err != nil {
			n, _, _ := l.QuarantineCount(t.Context(), 0)
			qs, _ := l.Quarantines(t.Context(), 0, 3)
			for _, q := range qs {
				t.Logf("in quarantine: %s", q.Reason)
			}
			t.Fatalf("%d of %d messages came, %d are in quarantine: %v", len(got), len(ids), n, err)
		}
		for _, e := range es {
			got[e.Obs.ID] = e.Obs
		}
		if len(got) == len(ids) {
			break
		}
	}
	stop()
	lost := map[string]int{}
	for id, m := range ids {
		shown := everything(t, got[id])
		for path, text := range readable(m) {
			if !strings.Contains(shown, text) {
				lost[path]++
			}
		}
	}
	for path, n := range lost {
		t.Errorf("the text of %s is lost, %d times", path, n)
	}
}

// everything is all of an observation but the native bytes, as text.
func everything(t *testing.T, o *message.Observation) string {
	t.Helper()
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// seen are the fields whose text a reader of the channel sees, by the end of
// their path; unseen are places below which nothing is shown with the message.
var (
	seen = []string{
		"content", "embeds.title", "embeds.description", "embeds.author.name", "embeds.footer.text", "embeds.fields.name", "embeds.fields.value", "embeds.url",
		"attachments.filename", "attachments.url", "stickers.name", "sticker_items.name", "poll.question.text", "poll.answers.poll_media.text",
		"components.content", "components.label", "components.url", "components.placeholder", "components.options.label", "components.options.description",
		"components.components.content", "components.components.label", "components.items.description", "components.accessory.label",
	}
	unseen = []string{"referenced_message", "interaction_metadata", "thread", "resolved", "application", "attachments.application", "mentions", "attachments.clip_participants"}
)

// readable are the texts of a message that a reader sees, by their paths.
func readable(m map[string]any) map[string]string {
	out := map[string]string{}
	var walk func(path []string, v any)
	walk = func(path []string, v any) {
		here := strings.Join(path, ".")
		if slices.Contains(unseen, here) {
			return
		}
		switch v := v.(type) {
		case map[string]any:
			for k, x := range v {
				walk(append(slices.Clone(path), k), x)
			}
		case []any:
			for _, x := range v {
				walk(path, x)
			}
		case string:
			for _, s := range seen {
				if v != "" && (here == s || here == "message_snapshots.message."+s) {
					out[here] = v
				}
			}
		}
	}
	walk(nil, map[string]any(m))
	return out
}

func number(v any) (int, bool) {
	switch n := v.(type) {
	case float64:
		return int(n), true
	case int:
		return n, true
	}
	return 0, false
}

// without is a copy less some fields.
func without(m map[string]any, fields ...string) map[string]any {
	out := map[string]any{}
	for k, v := range m {
		if !slices.Contains(fields, k) {
			out[k] = v
		}
	}
	return out
}

func readCorpus(t *testing.T) (all []map[string]any) {
	t.Helper()
	f, err := os.Open(corpusFile)
	if err != nil {
		if *update {
			return nil
		}
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	for d := json.NewDecoder(z); ; {
		var m map[string]any
		err := d.Decode(&m)
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, m)
	}
}

func writeCorpus(t *testing.T, all []map[string]any) {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	e := json.NewEncoder(z)
	for _, m := range all {
		if err := e.Encode(m); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll("testdata", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(corpusFile, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}
