package telegram

import (
	"strings"
)

// richText is the text of a RichMessage, a line for each block, as an export
// of it reads. https://core.telegram.org/bots/api#richmessage
func (m *reader) richText(v []byte) string {
	var b strings.Builder
	m.gather(&b, v, maxNesting)
	lines := strings.FieldsFunc(b.String(), func(r rune) bool { return r == '\n' })
	return strings.Join(lines, "\n")
}

func (m *reader) gather(b *strings.Builder, v []byte, depth int) {
	switch {
	case depth == 0:
	case kind(v) == '"':
		b.WriteString(str(v))
	case kind(v) == '[':
		for e := range elements(v) {
			m.gather(b, e, depth-1)
		}
	case kind(v) == '{':
		for key, e := range members(v) {
			m.block(b, key, e, depth)
		}
	}
}

// block reads one member of a block or of a text within it.
func (m *reader) block(b *strings.Builder, key string, v []byte, depth int) {
	switch key {
	case "text", "alternative_text":
		m.gather(b, v, depth-1)
	case "blocks", "items", "cells":
		for part := range elements(v) {
			b.WriteByte('\n')
			if kind(part) == '[' { // a row
				m.block(b, key, part, depth-1)
				continue
			}
			m.gather(b, part, depth-1)
		}
		b.WriteByte('\n')
	case "caption", "credit", "summary", "expression":
		b.WriteByte('\n')
		m.gather(b, v, depth-1)
	case "url":
		m.link(str(v))
	case "user":
		if id := scalar(member(v, "id")); id != "" {
			m.link("tg://user?id=" + id)
		}
		m.details = m.walk(m.details, key, v, 0)
	case "email_address", "phone_number", "bank_card_number", "username", "hashtag", "cashtag", "bot_command":
		// The text shows it as a rule, but need not.
		if s := str(v); s != "" && !strings.Contains(b.String(), s) {
			m.details = append(m.details, labelled(key, s))
		}
	case "location", "animation", "audio", "photo", "video", "voice_note":
		// An export has no files of such a message: they are told in words.
		m.details = m.walk(m.details, key, v, 0)
	}
}
