package telegram

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"stakeout/bot/telegram/telegramtest"
)

// conforms checks a value against the reference: nothing that it does not
// document, and all that it requires.
func (s *spec) conforms(t *testing.T, typ, path string, raw []byte) {
	t.Helper()
	if elem, ok := strings.CutPrefix(typ, "Array of "); ok {
		if kind(raw) != '[' {
			t.Errorf("%s is no array", path)
		}
		for e := range elements(raw) {
			s.conforms(t, elem, path, e)
		}
		return
	}
	def, ok := s.Types[typ]
	if !ok {
		return
	}
	if len(def.Subtypes) > 0 { // told apart by status here
		for _, sub := range def.Subtypes {
			for _, f := range s.Types[sub].Fields {
				if m := quoted.FindStringSubmatch(f.Description); f.Name == "status" && m != nil && m[1] == str(member(raw, "status")) {
					s.conforms(t, sub, path, raw)
					return
				}
			}
		}
		t.Errorf("%s: no %s has the status %s", path, typ, member(raw, "status"))
		return
	}
	documented := map[string]string{}
	for _, f := range def.Fields {
		documented[f.Name] = f.Types[0]
		if f.Required && member(raw, f.Name) == nil {
			t.Errorf("%s: %s has no %s", path, typ, f.Name)
		}
	}
	for key, v := range members(raw) {
		of, ok := documented[key]
		if !ok {
			t.Errorf("%s: %s documents no %s", path, typ, key)
		}
		s.conforms(t, of, path+"."+key, v)
	}
}

func TestTheFakeIsFaithful(t *testing.T) {
	s := readSpec(t)
	b := newBench(t)
	api, err := dial(t.Context(), b.cfg, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	defer api.close()
	call := func(typ, method string, params map[string]any) json.RawMessage {
		t.Helper()
		raw, err := api.call(method, params)
		if err != nil {
			t.Fatalf("%s: %v", method, err)
		}
		s.conforms(t, typ, method, raw)
		return raw
	}
	call("User", "getMe", map[string]any{})
	call("WebhookInfo", "getWebhookInfo", map[string]any{})
	call("ChatFullInfo", "getChat", map[string]any{"chat_id": quay})
	call("ChatFullInfo", "getChat", map[string]any{"chat_id": "@PortRadio"})
	call("Array of ChatMember", "getChatAdministrators", map[string]any{"chat_id": radio})
	m := b.server.Say(quay, ida, "one", nil)
	b.server.Edit(quay, m.ID, "two")
	b.server.Say(radio, telegramtest.User{}, "post", nil)
	for _, status := range []string{"restricted", "kicked", "left", "member", "administrator"} {
		b.server.SetStatus(quay, status)
		call("ChatMember", "getChatMember", map[string]any{"chat_id": quay, "user_id": telegramtest.BotID})
	}
	b.server.Migrate(pier, -1001234500055)
	all := call("Array of Update", "getUpdates", map[string]any{"timeout": 0})
	n := func(params map[string]any) string {
		t.Helper()
		var ids []int64
		for u := range elements(call("Array of Update", "getUpdates", params)) {
			id, _ := integer(member(u, "update_id"))
			ids = append(ids, id-700_000_000)
		}
		return fmt.Sprint(ids)
	}
	if len(all) == 0 {
		t.Fatal("no updates")
	}
	// https://core.telegram.org/bots/api#getupdates
	want(t, "nothing is confirmed without an offset", n(map[string]any{"limit": 3}), "[0 1 2]")
	want(t, "an offset confirms", n(map[string]any{"offset": 700_000_002, "limit": 2}), "[2 3]")
	want(t, "one far in the future is taken for none", n(map[string]any{"offset": 900_000_000, "limit": 2}), "[2 3]")
	want(t, "a negative one counts from the end and forgets the rest", n(map[string]any{"offset": -2}), "[8 9]")
	want(t, "forgotten", n(map[string]any{}), "[8 9]")
	b.clock.forward(25 * time.Hour)
	want(t, "expired", n(map[string]any{"allowed_updates": []string{"channel_post"}}), "[]")
	b.server.Say(quay, ida, "not asked for", nil)
	b.server.Say(radio, telegramtest.User{}, "asked for", nil)
	want(t, "allowed", n(map[string]any{}), "[10]")
	if _, err := api.call("sendMessage", map[string]any{}); err == nil {
		t.Error("it sends")
	}
}
