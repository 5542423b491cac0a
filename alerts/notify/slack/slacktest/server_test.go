package slacktest

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

func TestWebhookAnswersAsSlackDoes(t *testing.T) {
	text := func(n int) string { return strings.Repeat("ü", n) }
	section := func(n int) string {
		return fmt.Sprintf(`{"type":"section","text":{"type":"plain_text","text":%q,"emoji":false}}`, text(n))
	}
	list := func(block string, n int) string { return strings.TrimSuffix(strings.Repeat(block+",", n), ",") }
	field := fmt.Sprintf(`{"type":"plain_text","text":%q}`, text(2000))
	for _, c := range []struct {
		name, path, body string
		status           int
		reason           string
	}{
		{"fine", HookPath, `{"text":"a","blocks":[` + section(3000) + `]}`, 200, "ok"},
		{"other hook", "/hook/x", `{"text":"a"}`, 404, "no_service"},
		{"no JSON", HookPath, `{`, 400, "invalid_payload"},
		{"nothing", HookPath, `{}`, 400, "no_text"},
		{"text too long", HookPath, `{"text":"` + text(40001) + `"}`, 400, "msg_too_long"},
		{"section too long", HookPath, `{"blocks":[` + section(3001) + `]}`, 400, "invalid_blocks"},
		{"empty section", HookPath, `{"blocks":[` + section(0) + `]}`, 400, "invalid_blocks"},
		{"most blocks", HookPath, `{"blocks":[` + list(section(1), 50) + `]}`, 200, "ok"},
		{"too many blocks", HookPath, `{"blocks":[` + list(section(1), 51) + `]}`, 400, "invalid_blocks"},
		{"most fields", HookPath, `{"blocks":[{"type":"section","fields":[` + list(field, 10) + `]}]}`, 200, "ok"},
		{"too many fields", HookPath, `{"blocks":[{"type":"section","fields":[` + list(field, 11) + `]}]}`, 400, "invalid_blocks"},
		{"long header", HookPath, `{"blocks":[{"type":"header","text":{"type":"plain_text","text":"` + text(151) + `"}}]}`, 400, "invalid_blocks"},
		{"parsed header", HookPath, `{"blocks":[{"type":"header","text":{"type":"mrkdwn","text":"a"}}]}`, 400, "invalid_blocks"},
		{"emoji in mrkdwn", HookPath, `{"blocks":[{"type":"section","text":{"type":"mrkdwn","text":"a","emoji":false}}]}`, 400, "invalid_blocks"},
		{"same id twice", HookPath, `{"blocks":[{"type":"divider","block_id":"a"},{"type":"divider","block_id":"a"}]}`, 400, "invalid_blocks"},
		{"unknown block", HookPath, `{"blocks":[{"type":"confetti"}]}`, 400, "invalid_blocks"},
	} {
		w := httptest.NewRecorder()
		new(Server).ServeHTTP(w, httptest.NewRequest("POST", c.path, strings.NewReader(c.body)))
		if w.Code != c.status || strings.TrimSpace(w.Body.String()) != c.reason {
			t.Errorf("%s: %d %q", c.name, w.Code, w.Body)
		}
	}
}

func TestPostMessageAnswersAsSlackDoes(t *testing.T) {
	for _, c := range []struct{ token, channel, blocks, want string }{
		{Token, Channel, `[{"type":"divider"}]`, ""},
		{"xoxb-other", Channel, `[]`, "invalid_auth"},
		{Token, "C9", `[]`, "channel_not_found"},
		{Token, Channel, `[`, "invalid_blocks"},
		{Token, Channel, `[{"type":"confetti"}]`, "invalid_blocks"},
	} {
		w, s := httptest.NewRecorder(), new(Server)
		form := url.Values{"token": {c.token}, "channel": {c.channel}, "blocks": {c.blocks}, "text": {"a"}}
		s.ServeHTTP(w, httptest.NewRequest("POST", APIPath+"chat.postMessage", strings.NewReader(form.Encode())))
		var got struct {
			OK    bool
			Error string
		}
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		if w.Code != 200 || got.OK != (c.want == "") || got.Error != c.want || len(s.Posts()) != map[bool]int{true: 1}[got.OK] {
			t.Errorf("%+v: %d %+v", c, w.Code, got)
		}
	}
}
