package export

import (
	"strings"

	"stakeout/message"
)

// telegramMessage reads one record of a chat.
type telegramMessage struct {
	*fields
	o   *message.Observation
	ids *idForm

	kind, action  string
	written       message.Time // date, edited: without a zone
	stamped       message.Time // date_unixtime: an instant
	editedWritten message.Time
	editedStamped message.Time
	replyTo       string
	replyPeer     string
	forwarded     bool
	from, saved   string
	fromID        string
	file          message.Attachment
	hasFile       bool
	mime, media   string
	photo         message.Attachment
	hasPhoto      bool
	details       []string
	rest          []keyed

	parts, entities, rich []byte // "text", "text_entities", "rich_message"
}

func (m *telegramMessage) read(raw []byte) {
	for key, v := range members(raw) {
		if !m.core(key, v) && !m.origin(key, v) && !m.attached(key, v) {
			m.shown(key, v)
		}
	}
	m.finish()
}

// core reads what every message has.
func (m *telegramMessage) core(key, v []byte) bool {
	switch string(key) {
	case "id":
		m.o.ID = m.id(string(key), v)
	case "type":
		m.kind = loose(v)
	case "date":
		if isNull(v) || v[0] == '"' {
			m.written = m.time(string(key), v)
		} else {
			m.written = m.unix(string(key), v)
		}
	case "date_unixtime":
		m.stamped = m.unix(string(key), v)
		if *m.ids == unknownIDs {
			*m.ids = plainIDs // younger than plain ids
		}
	case "edited":
		m.editedWritten = m.time(string(key), v)
	case "edited_unixtime":
		m.editedStamped = m.unix(string(key), v)
	case "from", "actor":
		m.o.Author.Name = m.text(string(key), v)
	case "from_id", "actor_id":
		m.o.Author.ID = m.ids.peerID(m.fields, string(key), v)
	case "text":
		m.words(v)
	case "text_entities":
		m.entities = v
	case "rich_message":
		m.rich = v
	case "action":
		m.action = loose(v)
	case "reactions":
		m.reactions(v)
	default:
		return false
	}
	return true
}

// words reads "text": a string, or an array of strings and entities. Telegram
// Desktop writes the key twice in some service messages, empty at last.
func (m *telegramMessage) words(v []byte) {
	if !isNull(v) && v[0] != '"' && v[0] != '[' {
		m.fail("text", "text")
		return
	}
	if text := entityText(v); text != "" {
		m.o.Text = text
		m.parts = v
	}
}

// entityText is the text of a string or of an array of strings and entities.
func entityText(v []byte) string {
	if isNull(v) || v[0] != '[' {
		return str(v)
	}
	var b strings.Builder
	for part := range elements(v) {
		if part[0] == '{' {
			b.WriteString(str(member(part, "text")))
		} else {
			b.WriteString(str(part))
		}
	}
	return b.String()
}

// hidden notes where words lead that do not say so themselves.
func (m *telegramMessage) hidden(v []byte) {
	for part := range elements(v) {
		if part[0] != '{' {
			continue
		}
		addLink(m.o, str(member(part, "href")))
		if id := loose(member(part, "user_id")); id != "" {
			addLink(m.o, "tg://user?id="+id)
		}
	}
}

// origin reads what a message answers and where it comes from.
func (m *telegramMessage) origin(key, v []byte) bool {
	switch string(key) {
	case "reply_to_message_id", "message_id", "game_message_id", "invoice_message_id":
		m.replyTo = m.id(string(key), v)
	case "reply_to_peer_id":
		m.replyPeer = m.ids.peerID(m.fields, string(key), v)
	case "forwarded_from":
		m.forwarded, m.from = true, str(v)
	case "forwarded_from_id":
		m.forwarded, m.fromID = true, m.ids.peerID(m.fields, string(key), v)
	case "saved_from":
		m.forwarded, m.saved = true, str(v)
	default:
		return false
	}
	return true
}

func (m *telegramMessage) reactions(v []byte) {
	for r := range elements(v) {
		emoji := str(member(r, "emoji"))
		kind := str(member(r, "type"))
		if kind == "custom_emoji" {
			emoji = "custom_emoji:" + loose(member(r, "document_id"))
		}
		if emoji == "" {
			emoji = kind // "paid"
		}
		m.o.Reactions = append(m.o.Reactions, message.Reaction{Emoji: emoji, Count: count(member(r, "count"))})
	}
}

// finish puts together what stood in several members.
func (m *telegramMessage) finish() {
	o := m.o
	if o.Text == "" {
		o.Text = entityText(m.entities)
	}
	if m.rich != nil {
		o.Text = strings.TrimPrefix(o.Text+"\n"+m.richText(m.rich), "\n")
	}
	m.hidden(m.parts)
	m.hidden(m.entities)
	o.Sent = prefer(m.stamped, m.written)
	// Before 2020 every message had "edited", in 1970 when it was not.
	if e := prefer(m.editedStamped, m.editedWritten); !e.IsZero() && e.UTC.Year() > 1970 {
		o.Kind, o.Edited = message.Edited, e
	}
	switch {
	case m.kind == "service" && m.action == "":
		o.Event = "custom_action" // as the API calls one that is nothing but a text
	case m.kind == "service":
		o.Event = word(m.action)
	case m.kind != "message":
		o.Event = word(m.kind)
	}
	if m.replyTo != "" {
		o.ReplyTo = &message.Ref{Channel: m.replyPeer, ID: m.replyTo}
	}
	if m.forwarded {
		o.Forward = &message.Forward{From: m.from, FromID: m.fromID}
		if strings.HasPrefix(m.fromID, "-") {
			o.Forward.Channel = m.fromID
		}
		if m.from == "" {
			o.Forward.From = m.saved
		}
	}
	if m.hasPhoto {
		o.Attachments = append(o.Attachments, m.photo)
	}
	if m.hasFile {
		if m.file.Type = m.mime; m.file.Type == "" {
			m.file.Type = m.media
		}
		o.Attachments = append(o.Attachments, m.file)
	}
	m.others()
	o.Embeds = addText(o.Embeds, m.details...)
}

// prefer takes the instant where there is one, else the time as written.
func prefer(instant, written message.Time) message.Time {
	if !instant.IsZero() {
		return instant
	}
	return written
}
