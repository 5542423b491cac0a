package telegram

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// spec is the Bot API's reference as data.
type spec struct {
	Types map[string]struct {
		Fields []struct {
			Name        string
			Types       []string
			Required    bool
			Description string
		}
		Subtypes []string
	}
}

func readSpec(t testing.TB) *spec {
	t.Helper()
	dir := os.Getenv("STAKEOUT_SHARED")
	if dir == "" {
		at, err := os.Getwd()
		if err != nil {
			t.Fatal(err)
		}
		for dir = filepath.Join(at, "shared"); at != filepath.Dir(at); dir = filepath.Join(at, "shared") {
			if _, err := os.Stat(dir); err == nil {
				break
			}
			at = filepath.Dir(at)
		}
	}
	b, err := os.ReadFile(filepath.Join(dir, "specs", "telegram", "api.json"))
	if err != nil {
		t.Skip("the reference does not stand beside the repository")
	}
	var s spec
	if err := json.Unmarshal(b, &s); err != nil {
		t.Fatal(err)
	}
	return &s
}

// writer writes values of the reference's types, with invented content, and
// remembers what a reader of the chat could read in them.
type writer struct {
	spec  *spec
	n     int
	words []string // all strings that must come out
	where map[string]string
}

// silentFields are strings that say nothing to a reader of the chat.
var silentFields = map[string]bool{
	"file_id": true, "file_unique_id": true, "custom_emoji_id": true, "icon_custom_emoji_id": true, "language_code": true,
	"language": true, "date_time_format": true, "callback_data": true, "style": true, "codec": true, "type": true,
	"owned_gift_id": true, "gift_id": true, "invoice_payload": true, "shipping_option_id": true, "telegram_payment_charge_id": true,
	"provider_payment_charge_id": true, "option_persistent_id": true, "persistent_id": true, "anchor_name": true, "reference_name": true,
	"label": true, "guest_query_id": true, "business_connection_id": true, "effect_id": true, "reply_to_poll_option_id": true,
	"switch_inline_query": true, "switch_inline_query_current_chat": true, "query": true, "forward_text": true, "bot_username": true,
	"point": true, "rarity": true, "align": true, "valign": true, "mime_type": true,
}

// silentPaths are parts that are another message's, or that are shown nowhere.
var silentPaths = []string{
	"MessageEntity.user.", "RichTextAnchor.name", "RichTextReference.name", "RichBlockAnchor.name", "Poll.id", ".thumbnail.", ".cover.", ".qualities.",
	".premium_animation.", "PassportData.", ".Message.", "InaccessibleMessage.", "via_bot.User.first_name", "via_bot.User.last_name",
	"UniqueGiftColors.",
}

var quoted = regexp.MustCompile(`[“"]([a-z0-9_./A-Z]+)[”"]`)

// value writes a value of one of the types; path names where it stands.
func (w *writer) value(types []string, path, description string, depth int) any {
	typ := types[w.n%len(types)]
	if elem, ok := strings.CutPrefix(typ, "Array of "); ok {
		return []any{w.value([]string{elem}, path, description, depth+1)}
	}
	name := path[strings.LastIndexByte(path, '.')+1:]
	switch typ {
	case "Integer":
		w.n++
		if strings.Contains(description, "Unix") || strings.HasSuffix(name, "date") {
			return 1767225600 + w.n
		}
		if name == "entity offset" || name == "length" {
			return 1
		}
		return w.n
	case "Float":
		return 18.25
	case "Boolean", "True":
		return true
	case "String":
		return w.word(path, name, description)
	}
	return w.object(typ, path, depth)
}

func (w *writer) word(path, name, description string) string {
	if strings.Contains(description, "always") || strings.Contains(description, "one of") || strings.Contains(description, "can be") && name == "type" {
		if vs := quoted.FindAllStringSubmatch(description, -1); len(vs) > 0 && (name == "type" || name == "status" || name == "source") {
			w.n++
			return vs[w.n%len(vs)][1]
		}
	}
	w.n++
	s := fmt.Sprintf("invented%dx", w.n)
	// A channel has no handle in the ledger, as it has none in an export.
	if path != "chat.Chat.username" && !silentFields[name] && !slices.ContainsFunc(silentPaths, func(p string) bool { return strings.Contains(path+".", p) || strings.HasSuffix(path, p) }) {
		w.words = append(w.words, s)
		w.where[s] = path
	}
	return s
}

const maxDepth = 7 // of what is optional

func (w *writer) object(typ, path string, depth int) any {
	t := w.spec.Types[typ]
	if len(t.Subtypes) > 0 {
		w.n++
		sub := t.Subtypes[w.n%len(t.Subtypes)]
		if depth > maxDepth {
			sub = t.Subtypes[0] // the plainest stands first
		}
		return w.value([]string{sub}, path, "", depth)
	}
	out := map[string]any{}
	for _, f := range t.Fields {
		if typ == "Chat" && (f.Name == "first_name" || f.Name == "last_name" || f.Name == "type") {
			out["type"] = []string{"group", "supergroup", "channel"}[w.n%3] // others have names and no title
			continue
		}
		if !f.Required && (depth > maxDepth || typ == "Message") {
			continue // a message within a message is another one
		}
		at := typ + "." + f.Name
		if path != "" {
			at = path + "." + at
		}
		out[f.Name] = w.value(f.Types, at, f.Description, depth+1)
	}
	return out
}

// TestTheWholeReference writes a message with every documented field of Message
// in turn, with all that may stand in it and every variant of it, and looks
// for every readable string in what Parse makes of it.
func TestTheWholeReference(t *testing.T) {
	s := readSpec(t)
	messages := 0
	lost := map[string]int{}
	kinds := []string{"message", "edited_message", "channel_post", "edited_channel_post"}
	for _, f := range s.Types["Message"].Fields {
		for variant := range 60 { // more than any union has variants
			kind := kinds[variant%len(kinds)]
			w := &writer{spec: s, n: 1000 + variant, where: map[string]string{}}
			v := w.value(f.Types, f.Name, f.Description, 0)
			m := map[string]any{"message_id": 7, "date": 1767225600, "chat": map[string]any{"id": -1001234500001, "type": "supergroup", "title": "Quay"}}
			m[f.Name] = v
			if f.Name == "venue" || f.Name == "live_photo" || f.Name == "animation" {
				m[map[string]string{"venue": "location", "live_photo": "photo", "animation": "document"}[f.Name]] = w.value([]string{map[string]string{
					"venue": "Location", "live_photo": "Array of PhotoSize", "animation": "Document"}[f.Name]}, "double", "", 0)
			}
			messages++
			raw, err := json.Marshal(map[string]any{"update_id": 1, kind: m})
			if err != nil {
				t.Fatal(err)
			}
			o, err := Parse(raw, "5550100")
			if err != nil {
				t.Errorf("%s: %v", f.Name, err)
				continue
			}
			shown, err := json.Marshal(o)
			if err != nil {
				t.Fatal(err)
			}
			for _, word := range w.words {
				if !strings.Contains(string(shown), word) && !strings.HasPrefix(w.where[word], "double") {
					lost[w.where[word]]++
				}
			}
		}
	}
	for path, n := range lost {
		t.Errorf("%s is not to be found in what was read (%d times)", path, n)
	}
	if messages < 1000 {
		t.Errorf("only %d messages were made", messages)
	}
}
