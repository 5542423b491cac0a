package telegram

import (
	"strings"

	"stakeout/message"
)

// origin reads what a message answers, where it comes from and through whom.
func (m *reader) origin(key string, v []byte) bool {
	switch key {
	case "message_thread_id":
		m.thread = scalar(v)
	case "is_topic_message":
		m.inTopic = string(v) == "true"
	case "direct_messages_topic":
		m.thread, m.inTopic = scalar(member(v, "topic_id")), true
		m.details = m.walk(m.details, key, v, 0)
	case "reply_to_message":
		m.refer(v)
	case "external_reply":
		m.externalReply(v)
	case "quote":
		m.o.Embeds = addText(m.o.Embeds, labelled("quote", str(member(v, "text"))))
		m.hidden(member(v, "entities"))
	case "reply_to_story":
		m.details = append(m.details, labelled(key, story(v)))
	case "forward_origin":
		m.forward(v)
	case "forward_from", "forward_from_chat", "forward_from_message_id", "forward_signature", "forward_sender_name", "forward_date":
		m.forwarded = true // as servers before Bot API 7.0 tell of it, and later ones as well
	case "via_bot":
		// As the export writes it; a bot without a username does not exist.
		if name := str(member(v, "username")); name != "" {
			m.details = append(m.details, "via_bot: @"+name)
		} else {
			m.details = m.walk(m.details, key, v, 0)
		}
	case "author_signature":
		m.details = append(m.details, labelled("author", str(v)))
	case "sender_tag", "media_group_id", "paid_star_count":
		m.details = append(m.details, labelled(key, scalar(v)))
	case "sender_business_bot", "guest_bot_caller_user", "guest_bot_caller_chat", "suggested_post_info":
		m.details = m.walk(m.details, key, v, 0)
	case "sender_boost_count", "guest_query_id", "business_connection_id", "is_automatic_forward",
		"reply_to_checklist_task_id", "reply_to_poll_option_id", "has_protected_content", "is_from_offline",
		"is_paid_post", "effect_id", "show_caption_above_media", "has_media_spoiler":
		// kept in the native bytes
	default:
		return false
	}
	return true
}

// refer points at the message that this one answers or is about. Its content
// is another message's and is left alone.
func (m *reader) refer(v []byte) {
	var to struct {
		ID   number `json:"message_id"`
		Chat chat   `json:"chat"`
	}
	if read(v, &to); to.ID == 0 {
		return
	}
	m.o.ReplyTo = &message.Ref{ID: to.ID.String()}
	if to.Chat.ID != m.chat.ID {
		m.o.ReplyTo.Channel = to.Chat.ID.String()
	}
}

// externalReply is an answer to a message of another chat or topic. What that
// message shows here is told in words: its files are not this message's.
func (m *reader) externalReply(v []byte) {
	if m.o.ReplyTo == nil {
		m.refer(v)
	}
	m.o.Embeds = addText(m.o.Embeds, append([]string{"answers in another place:"}, m.walk(nil, "external_reply", v, 0)...)...)
}

// forward reads a MessageOrigin of any kind.
// https://core.telegram.org/bots/api#messageorigin
func (m *reader) forward(v []byte) {
	var from struct {
		Date       number `json:"date"`
		User       user   `json:"sender_user"`
		UserName   text   `json:"sender_user_name"`
		SenderChat chat   `json:"sender_chat"`
		Chat       chat   `json:"chat"`
		ID         number `json:"message_id"`
		Signature  text   `json:"author_signature"`
	}
	read(v, &from)
	f := &message.Forward{From: string(from.UserName), ID: from.ID.String()}
	if from.Date > 0 && from.Date <= lastSecond {
		f.Sent = message.Seconds(int64(from.Date))
	}
	for _, c := range []*chat{&from.SenderChat, &from.Chat} {
		if c.ID != 0 {
			f.From, f.FromID = c.name(), c.ID.String()
		}
	}
	if from.User.ID != 0 {
		f.From, f.FromID = from.User.name(), from.User.ID.String()
	}
	if strings.HasPrefix(f.FromID, "-") {
		f.Channel = f.FromID
	}
	m.o.Forward = f
	m.details = append(m.details, labelled("forward author", string(from.Signature)))
	for _, username := range []text{from.User.Username, from.SenderChat.Username, from.Chat.Username} {
		if username != "" {
			m.details = append(m.details, "forwarded from: @"+string(username))
		}
	}
}

// oldForward reads what servers before Bot API 7.0 tell of a forward.
func (m *reader) oldForward(raw []byte) {
	var old struct {
		User       user   `json:"forward_from"`
		Chat       chat   `json:"forward_from_chat"`
		ID         number `json:"forward_from_message_id"`
		SenderName text   `json:"forward_sender_name"`
		Date       number `json:"forward_date"`
	}
	read(raw, &old)
	f := &message.Forward{From: string(old.SenderName), ID: old.ID.String()}
	if old.Date > 0 && old.Date <= lastSecond {
		f.Sent = message.Seconds(int64(old.Date))
	}
	if old.User.ID != 0 {
		f.From, f.FromID = old.User.name(), old.User.ID.String()
	}
	if old.Chat.ID != 0 {
		f.From, f.FromID, f.Channel = old.Chat.name(), old.Chat.ID.String(), old.Chat.ID.String()
	}
	m.o.Forward = f
}

func story(v []byte) string {
	var s struct {
		Chat chat   `json:"chat"`
		ID   number `json:"id"`
	}
	read(v, &s)
	return strings.TrimSpace(s.Chat.shown() + " " + s.ID.String())
}
