package telegram

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"stakeout/message"
)

// reader reads one Message into an observation.
// https://core.telegram.org/bots/api#message
type reader struct {
	o    *message.Observation
	chat *chat
	err  error

	from, sender    []byte
	entities        [][]byte
	thread          string
	inTopic         bool
	forwarded       bool
	photo, document message.Attachment
	animation, game bool
	rich            []byte
	place           bool // a venue told of the location
	details         []string
	events          []string // of service messages
	strange         []string // members that the documentation of our time does not have
}

func (m *reader) fail(key, want string) {
	if m.err == nil {
		m.err = fmt.Errorf("%s is not %s", key, want)
	}
}

func (m *reader) message(raw []byte) {
	for key, v := range members(raw) {
		if kind(v) == 'n' {
			continue
		}
		if !m.core(key, v) && !m.origin(key, v) && !m.attached(key, v) && !m.shown(key, v) && !m.service(key, v) {
			m.unknown(key, v)
		}
	}
	if m.forwarded && m.o.Forward == nil {
		m.oldForward(raw)
	}
	m.finish()
}

// core reads what every message has.
func (m *reader) core(key string, v []byte) bool {
	switch key {
	case "message_id":
		// 0 is a message that the server has yet to send.
		if n, ok := integer(v); ok && n > 0 {
			m.o.ID = scalar(v)
		}
	case "chat": // read with the update
	case "date":
		m.o.Sent = m.time(key, v)
	case "edit_date":
		if m.o.Edited = m.time(key, v); !m.o.Edited.IsZero() {
			m.o.Kind = message.Edited
		}
	case "from":
		m.from = v
	case "sender_chat":
		m.sender = v
	case "text", "caption":
		if kind(v) != '"' {
			m.fail(key, "a string")
		}
		m.o.Text = cmp.Or(m.o.Text, str(v))
	case "entities", "caption_entities":
		m.entities = append(m.entities, v)
	case "rich_message":
		m.rich = v
	default:
		return false
	}
	return true
}

// lastSecond is the end of the year 9999, beyond which RFC 3339 ends.
const lastSecond = 253402300799

func (m *reader) time(key string, v []byte) message.Time {
	n, ok := integer(v)
	if !ok || n < 0 || n > lastSecond {
		m.fail(key, "a Unix time")
		return message.Time{}
	}
	if n == 0 {
		return message.Time{}
	}
	return message.Seconds(n)
}

// finish puts together what stood in several members.
func (m *reader) finish() {
	o := m.o
	if o.ID == "" {
		m.fail("message_id", "a number above 0")
	}
	m.author()
	if m.rich != nil {
		o.Text = strings.TrimPrefix(o.Text+"\n"+m.richText(m.rich), "\n")
	}
	for _, e := range m.entities {
		m.hidden(e)
	}
	if m.thread != "" && m.inTopic {
		m.details = append(m.details, "topic: "+m.thread)
	}
	// For old clients an animation comes as a document as well.
	if m.document != (message.Attachment{}) && !m.animation {
		o.Attachments = append(o.Attachments, m.document)
	}
	if m.photo != (message.Attachment{}) {
		o.Attachments = append([]message.Attachment{m.photo}, o.Attachments...)
	}
	if len(m.events) == 0 && m.silent() && len(m.strange) > 0 {
		m.events = m.strange // a kind of service message that is younger than this
	}
	if len(m.events) > 0 {
		o.Event = m.events[0]
	}
	o.Embeds = addText(o.Embeds, m.details...)
}

// silent tells a message in which nobody says or shows anything.
func (m *reader) silent() bool {
	return m.o.Text == "" && len(m.o.Attachments) == 0 && len(m.o.Embeds) == 0 && !m.game
}

// author is whom a reader sees as the author: the chat in whose name it was
// written, a channel for its own posts, else the user.
func (m *reader) author() {
	var c chat
	var u user
	read(m.sender, &c)
	read(m.from, &u)
	switch {
	case c.ID != 0:
		m.o.Author = c.author()
	case u.ID != 0:
		m.o.Author = u.author()
	case m.chat.Type == "channel":
		m.o.Author = m.chat.author()
	}
}

// hidden notes where words lead that do not say so themselves.
func (m *reader) hidden(entities []byte) {
	for e := range elements(entities) {
		var entity struct {
			URL  text `json:"url"`
			User user `json:"user"`
		}
		read(e, &entity)
		m.link(string(entity.URL))
		if entity.User.ID != 0 {
			m.link("tg://user?id=" + entity.User.ID.String())
		}
	}
}

// maxLinks bounds the links noted of one message; Telegram allows a hundred
// entities.
const maxLinks = 1000

// link notes a target that the text does not show.
func (m *reader) link(url string) {
	o := m.o
	if url != "" && len(o.Links) < maxLinks && !slices.Contains(o.Links, url) && !strings.Contains(o.Text, url) {
		o.Links = append(o.Links, url)
	}
}

// addText appends texts as one, a line for each.
func addText(to []string, texts ...string) []string {
	texts = slices.DeleteFunc(texts, func(s string) bool { return s == "" })
	if len(texts) == 0 {
		return to
	}
	return append(to, strings.Join(texts, "\n"))
}

// labelled is a line "key: value", "" without a value.
func labelled(key, value string) string {
	if value == "" {
		return ""
	}
	return key + ": " + value
}
