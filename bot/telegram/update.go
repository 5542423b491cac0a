package telegram

import (
	"encoding/json"
	"errors"
	"fmt"

	"stakeout/message"
)

// Format names the native bytes: a Bot API Update as received.
const Format = "telegram-bot"

// allowed are the kinds of updates that are asked for; all others are of no
// use here. https://core.telegram.org/bots/api#update
var allowed = []string{"message", "edited_message", "channel_post", "edited_channel_post", "my_chat_member"}

// update is one Update, read as far as is needed to know what to do with it.
type update struct {
	id     int64 // 0: it has none
	kind   string
	chat   chat
	body   []byte // the member named by kind
	raw    []byte
	broken error // why it cannot be read
}

// readUpdate looks at an Update without reading its message. Kinds that nobody
// asked for, which come when another program asked for them before, have no
// kind here.
func readUpdate(raw []byte) update {
	u := update{raw: raw}
	if kind(raw) != '{' || !json.Valid(raw) {
		u.broken = errors.New("the update is not an object")
		return u
	}
	for key, v := range members(raw) {
		switch key {
		case "update_id":
			if n, ok := integer(v); ok && n > 0 {
				u.id = n
			}
		case "message", "edited_message", "channel_post", "edited_channel_post", "my_chat_member":
			u.kind, u.body = key, v
		}
	}
	switch {
	case u.kind == "":
	case kind(u.body) != '{':
		u.broken = fmt.Errorf("%s is not an object", u.kind)
	default:
		read(member(u.body, "chat"), &u.chat)
		if u.chat.ID == 0 {
			u.broken = fmt.Errorf("%s has no chat", u.kind)
		}
	}
	if u.broken == nil && u.id == 0 {
		u.broken = errors.New("update_id is not there")
	}
	return u
}

// Parse reads the message of an Update from its bytes, as the account of that
// id, the bot's, received it. An Update without a message gives nil. The
// error says what is wrong without any of the content.
func Parse(raw []byte, account string) (*message.Observation, error) {
	u := readUpdate(raw)
	if u.broken != nil {
		return nil, u.broken
	}
	return u.observe(account)
}

func (u *update) observe(account string) (*message.Observation, error) {
	switch u.kind {
	case "message", "channel_post", "edited_message", "edited_channel_post":
	default:
		return nil, nil
	}
	o := &message.Observation{Kind: message.Posted, Via: message.Live, Native: u.raw, Format: Format}
	o.Channel = u.chat.channel(account)
	if u.kind == "edited_message" || u.kind == "edited_channel_post" {
		o.Kind = message.Edited
	}
	m := reader{o: o, chat: &u.chat}
	m.message(u.body)
	return o, m.err
}
