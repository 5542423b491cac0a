package telegram

import (
	"strings"
	"time"
)

// maxNesting bounds how deep parts within parts are followed; Telegram nests
// less deep.
const maxNesting = 32

// technical are members that say nothing to a reader: handles for machines,
// measures, and what is told by another member.
var technical = map[string]bool{
	"file_id": true, "file_unique_id": true, "thumbnail": true, "cover": true, "qualities": true, "mask_position": true,
	"premium_animation": true, "custom_emoji_id": true, "icon_custom_emoji_id": true, "width": true, "height": true,
	"length": true, "duration": true, "language_code": true, "is_bot": true, "colors": true, "background": true, "fill": true,
	"owned_gift_id": true, "gift_id": true,
	"needs_repainting": true, "icon_color": true, "message_id": true, "option_persistent_id": true, "invoice_payload": true, "shipping_option_id": true,
	"telegram_payment_charge_id": true, "provider_payment_charge_id": true,
}

// walk appends what a value says to a reader, a line "key: value" for each
// part. People and chats are named; messages are left alone, for they are
// others; numbers and truth values count only where they stand near the top.
func (m *reader) walk(to []string, key string, v []byte, depth int) []string {
	if depth > maxNesting {
		return to
	}
	switch kind(v) {
	case '"':
		if key == "url" || key == "link" {
			m.link(str(v))
			return to
		}
		return append(to, labelled(key, str(v)))
	case '[':
		return m.list(to, key, v, depth)
	case '{':
		return m.object(to, key, v, depth)
	case 0, 'n', 'f':
		return to
	case 't':
		if depth == 0 { // the event itself says so
			return to
		}
	}
	if depth > 1 {
		return to
	}
	if t, ok := integer(v); ok && strings.HasSuffix(key, "_date") && t > 0 && t <= lastSecond {
		return append(to, labelled(key, time.Unix(t, 0).UTC().Format(time.RFC3339)))
	}
	return append(to, labelled(key, scalar(v)))
}

// list puts names and words on one line, and whatever is composed below.
func (m *reader) list(to []string, key string, v []byte, depth int) []string {
	var line []string
	var rest []string
	for e := range elements(v) {
		switch name, ok := named(e); {
		case ok:
			line = append(line, name)
		case kind(e) == '{' || kind(e) == '[':
			rest = m.walk(rest, key, e, depth+1)
		default:
			line = append(line, scalar(e))
		}
	}
	return append(append(to, labelled(key, strings.Join(line, ", "))), rest...)
}

func (m *reader) object(to []string, key string, v []byte, depth int) []string {
	if name, ok := named(v); ok {
		return append(to, labelled(key, name))
	}
	if member(v, "message_id") != nil && member(v, "chat") != nil && member(v, "date") != nil && member(v, "type") == nil {
		return to
	}
	if p := place(v); p != "" {
		return append(to, labelled(key, p))
	}
	for k, e := range members(v) {
		switch {
		case strings.HasSuffix(k, "entities"):
			m.hidden(e)
		case technical[k], k == "type" && kind(e) == '"':
		default:
			to = m.walk(to, k, e, depth+1)
		}
	}
	return to
}

// named gives the name of a user or a chat.
func named(v []byte) (string, bool) {
	if kind(v) != '{' || member(v, "id") == nil && member(v, "user_id") == nil || member(v, "phone_number") != nil {
		return "", false
	}
	if member(v, "first_name") != nil {
		var u user
		read(v, &u)
		return u.shown(), true
	}
	switch str(member(v, "type")) {
	case "private", "group", "supergroup", "channel":
		var c chat
		read(v, &c)
		return c.shown(), true
	}
	return "", false
}
