package export

import (
	"strings"

	"stakeout/message"
)

// attached reads the members that tell of a file. Stakeout takes note of
// files and never opens one. A path is the exporter's invention
// ("photos/photo_1@…", "files/rota (2).pdf"), another in each export, and so
// no name: only file_name is one.
func (m *telegramMessage) attached(key, v []byte) bool {
	switch string(key) {
	case "photo":
		m.hasPhoto, m.photo.Type, m.photo.URL = true, "photo", exported(str(v))
	case "photo_file_size":
		m.photo.Size = size(v)
	case "file":
		m.hasFile, m.file.URL = true, exported(str(v))
	case "sticker", "voice_message", "video_message", "video_file", "audio_file", "animation":
		m.hasFile, m.media, m.file.URL = true, string(key), exported(str(v))
	case "file_name":
		m.file.Name = str(v)
	case "file_size", "sticker_file_size", "voice_message_file_size", "video_message_file_size",
		"video_file_file_size", "audio_file_file_size", "animation_file_size":
		m.file.Size = size(v)
	case "mime_type":
		m.mime = str(v)
	case "media_type":
		m.media = str(v)
	case "sticker_emoji":
		m.o.Embeds = addText(m.o.Embeds, str(v))
	case "contact_vcard":
		m.o.Attachments = append(m.o.Attachments, message.Attachment{Type: "text/vcard", URL: exported(str(v))})
	case "width", "height", "duration_seconds", "thumbnail", "thumbnail_file_size", "contact_vcard_file_size",
		"voice_message_duration", "media_spoiler", "self_destruct_period_seconds", "live_location_period_seconds":
		// kept in the native bytes
	default:
		return false
	}
	return true
}

// exported is the path of an exported file, "" for the sentence that stands
// there when the file was not exported.
func exported(path string) string {
	if strings.HasSuffix(path, ")") {
		for _, excuse := range []string{"(File not included.", "(File exceeds maximum size.", "(File unavailable,",
			"(Photo not included.", "(Photo exceeds maximum size.", "(Photo unavailable,"} {
			if strings.Contains(path, excuse) {
				return ""
			}
		}
	}
	return path
}

// shown reads what stands below the words: polls, contacts, places, buttons;
// and, of service messages, everything that is left. Numbers of votes are left
// to the native bytes: they change without the message being another.
func (m *telegramMessage) shown(key, v []byte) {
	o := m.o
	switch string(key) {
	case "poll", "todo_list":
		lines := []string{entityText(member(v, "question")), entityText(member(v, "title"))}
		for answer := range elements(member(v, "answers")) {
			lines = append(lines, entityText(member(answer, "text")))
		}
		o.Embeds = addText(o.Embeds, lines...)
	case "contact_information":
		name := strings.TrimSpace(str(member(v, "first_name")) + " " + str(member(v, "last_name")))
		o.Embeds = addText(o.Embeds, name, str(member(v, "phone_number")))
	case "location_information":
		if lat := loose(member(v, "latitude")); lat != "" {
			o.Embeds = addText(o.Embeds, lat+", "+loose(member(v, "longitude")))
		}
	case "invoice_information":
		o.Embeds = addText(o.Embeds, str(member(v, "title")), str(member(v, "description")),
			strings.TrimSpace(loose(member(v, "amount"))+" "+str(member(v, "currency"))))
	case "giveaway_information", "giveaway_results":
		var lines []string
		for k, d := range members(v) {
			lines = detail(lines, string(k), d)
		}
		o.Embeds = addText(o.Embeds, lines...)
	case "inline_bot_buttons":
		for row := range elements(v) {
			for button := range elements(row) {
				o.Embeds = addText(o.Embeds, str(member(button, "text")))
				if str(member(button, "type")) == "url" {
					addLink(o, str(member(button, "data")))
				}
			}
		}
	case "game_link":
		addLink(o, str(v))
	case "place_name", "address", "game_title", "game_description", "performer":
		m.details = append(m.details, loose(v))
	case "via_bot", "author", "paid_stars_amount":
		m.details = detail(m.details, string(key), v)
	default:
		m.rest = append(m.rest, keyed{string(key), v})
	}
}

type keyed struct {
	key   string
	value []byte
}

// others takes from the members without a meaning of their own what a service
// message says with them, and a song's title.
func (m *telegramMessage) others() {
	for _, r := range m.rest {
		if m.kind == "service" {
			m.details = detail(m.details, r.key, r.value)
		} else if r.key == "title" {
			m.details = append(m.details, loose(r.value))
		}
	}
}

// detail is one line "key: value"; lists are joined, of objects the text.
func detail(to []string, key string, v []byte) []string {
	value := loose(v)
	if !isNull(v) && v[0] == '[' {
		var parts []string
		for e := range elements(v) {
			part := loose(e)
			if e[0] == '{' {
				part = str(member(e, "text"))
			}
			if part != "" {
				parts = append(parts, part)
			}
		}
		value = strings.Join(parts, ", ")
	}
	if value == "" {
		return to
	}
	return append(to, key+": "+value)
}

// richText is the text of a message made of blocks (headings, lists, tables),
// a line for each.
func (m *telegramMessage) richText(v []byte) string {
	var b strings.Builder
	m.gather(&b, v, 2*maxNesting)
	lines := strings.FieldsFunc(b.String(), func(r rune) bool { return r == '\n' })
	return strings.Join(lines, "\n")
}

func (m *telegramMessage) gather(b *strings.Builder, v []byte, depth int) {
	switch {
	case isNull(v), depth == 0:
	case v[0] == '"':
		b.WriteString(unquote(v))
	case v[0] == '[':
		for e := range elements(v) {
			m.gather(b, e, depth-1)
		}
	case v[0] == '{':
		for key, e := range members(v) {
			switch string(key) {
			case "href", "url":
				addLink(m.o, str(e))
			case "blocks", "items", "rows", "cells", "block", "articles":
				for part := range elements(e) {
					b.WriteByte('\n')
					m.gather(b, part, depth-1)
				}
				b.WriteByte('\n')
			case "title", "caption", "credit", "author", "formula", "source", "description":
				b.WriteByte('\n')
				m.gather(b, e, depth-1)
			case "text":
				m.gather(b, e, depth-1)
			}
		}
	}
}
