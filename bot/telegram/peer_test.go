package telegram

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"slices"
	"testing"
	"time"

	"stakeout/secret"
)

// TestPeer runs against a server that others wrote, the npm package
// telegram-test-api, which scripts/telegram-peer starts. That one knows no
// offsets and answers at once, forgets what it told, and has neither getChat
// nor getChatMember, so it shows the parser, the calls and the patience.
func TestPeer(t *testing.T) {
	url, token := os.Getenv("STAKEOUT_TELEGRAM_TEST_API"), os.Getenv("STAKEOUT_TELEGRAM_TEST_TOKEN")
	if url == "" || token == "" {
		t.Skip("no peer: see scripts/telegram-peer")
	}
	b := newBench(t)
	b.cfg.APIURL, b.cfg.Token = url, secret.Value(token)
	say := func(chat map[string]any, words string) {
		t.Helper()
		body, err := json.Marshal(map[string]any{
			"botToken": token, "date": time.Now().Unix(), "text": words, "chat": chat,
			"from": map[string]any{"id": 5550001, "is_bot": false, "first_name": "Ida", "username": "idaq"},
		})
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.Post(url+"/sendMessage", "application/json", bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if err := resp.Body.Close(); err != nil || resp.StatusCode != http.StatusOK {
			t.Fatal(resp.Status, err)
		}
	}
	listed := map[string]any{"id": quay, "type": "supergroup", "title": "Quay"}
	const n = 300
	var expected []string
	stop := b.running()
	for i := range n {
		words := fmt.Sprintf("message %d with emoji 🚢 and \"quotes\"", i)
		expected = append(expected, words)
		say(listed, words)
		if i%10 == 0 {
			say(map[string]any{"id": -99, "type": "group", "title": "Elsewhere"}, "not ours")
			say(map[string]any{"id": 5550001, "type": "private", "first_name": "Ida"}, "/start")
		}
		if i == n/2 {
			b.until("the first half", func() bool { return len(b.texts()) == len(expected) })
			stop = b.restart(stop)
		}
	}
	b.until("the second half", func() bool { return len(b.texts()) >= n })
	stop()
	if got := b.texts(); !slices.Equal(got, expected) {
		t.Errorf("%d texts, want %d in their order", len(got), n)
	}
	want(t, "rejected", b.in.Health().Rejected, 0)
	if d := b.in.Health().Dropped; len(d) != 2 {
		t.Errorf("dropped %+v", d)
	}
}
