package telegram

import (
	"strings"

	"stakeout/message"
)

// shown reads what stands below the words: polls, contacts, places, buttons.
// Numbers of votes are left to the native bytes, as with exports: they change
// without the message being another.
func (m *reader) shown(key string, v []byte) bool {
	o := m.o
	switch key {
	case "poll":
		m.poll(v)
	case "checklist":
		m.checklist(v)
	case "contact":
		m.contact(v)
	case "location":
		if !m.place {
			o.Embeds = addText(o.Embeds, place(v))
		}
	case "venue": // comes with its location for old clients
		m.place = true
		if p := place(member(v, "location")); len(o.Embeds) == 0 || o.Embeds[len(o.Embeds)-1] != p {
			o.Embeds = addText(o.Embeds, p)
		}
		m.details = append(m.details, str(member(v, "title")), str(member(v, "address")))
		for _, k := range []string{"foursquare_id", "foursquare_type", "google_place_id", "google_place_type"} {
			m.details = append(m.details, labelled(k, str(member(v, k))))
		}
	case "dice":
		o.Embeds = addText(o.Embeds, strings.TrimSpace(str(member(v, "emoji"))+" "+scalar(member(v, "value"))))
	case "game":
		m.game = true
		m.details = m.walk(m.details, "game", v, 0)
	case "invoice":
		o.Embeds = addText(o.Embeds, str(member(v, "title")), str(member(v, "description")), money(v), labelled("start_parameter", str(member(v, "start_parameter"))))
	case "giveaway", "giveaway_winners":
		o.Embeds = addText(o.Embeds, m.walk(nil, key, v, 0)...)
	case "story":
		o.Embeds = addText(o.Embeds, labelled(key, story(v)))
	case "link_preview_options":
		m.link(str(member(v, "url")))
	case "reply_markup":
		m.buttons(v)
	default:
		return false
	}
	return true
}

// poll gives the question and its answers, then what is said about them.
func (m *reader) poll(v []byte) {
	lines := []string{str(member(v, "question")), str(member(v, "description"))}
	for option := range elements(member(v, "options")) {
		lines = append(lines, str(member(option, "text")))
		m.hidden(member(option, "text_entities"))
		lines = m.walk(lines, "option", member(option, "media"), 0)
		lines = append(lines, labelled("added by", people(member(option, "added_by_user"), member(option, "added_by_chat"))))
	}
	lines = append(lines, str(member(v, "explanation")))
	lines = m.walk(lines, "explanation", member(v, "explanation_media"), 0)
	lines = m.walk(lines, "poll", member(v, "media"), 0)
	lines = m.walk(lines, "country_codes", member(v, "country_codes"), 0)
	m.o.Embeds = addText(m.o.Embeds, lines...)
	for _, key := range []string{"question_entities", "description_entities", "explanation_entities"} {
		m.hidden(member(v, key))
	}
}

func (m *reader) checklist(v []byte) {
	lines := []string{str(member(v, "title"))}
	m.hidden(member(v, "title_entities"))
	for task := range elements(member(v, "tasks")) {
		lines = append(lines, str(member(task, "text")),
			labelled("completed by", people(member(task, "completed_by_user"), member(task, "completed_by_chat"))))
		m.hidden(member(task, "text_entities"))
	}
	m.o.Embeds = addText(m.o.Embeds, lines...)
}

// people names a user or a chat.
func people(rawUser, rawChat []byte) string {
	var u user
	var c chat
	read(rawUser, &u)
	read(rawChat, &c)
	return strings.TrimSpace(u.shown() + " " + c.shown())
}

func (m *reader) contact(v []byte) {
	var c struct {
		Phone text   `json:"phone_number"`
		First text   `json:"first_name"`
		Last  text   `json:"last_name"`
		ID    number `json:"user_id"`
		VCard text   `json:"vcard"`
	}
	read(v, &c)
	m.o.Embeds = addText(m.o.Embeds, strings.TrimSpace(string(c.First)+" "+string(c.Last)), string(c.Phone))
	if c.ID != 0 {
		m.link("tg://user?id=" + c.ID.String())
	}
	if c.VCard != "" { // an export has it as a file
		m.attach(message.Attachment{Type: "text/vcard"})
		m.o.Embeds = addText(m.o.Embeds, string(c.VCard))
	}
}

func place(v []byte) string {
	if lat := scalar(member(v, "latitude")); lat != "" {
		return lat + ", " + scalar(member(v, "longitude"))
	}
	return ""
}

// money is an amount in the smallest units of its currency.
func money(v []byte) string {
	return strings.TrimSpace(scalar(member(v, "total_amount")) + " " + str(member(v, "currency")))
}

// buttons reads an inline keyboard: what stands on the buttons, and where they
// lead.
func (m *reader) buttons(v []byte) {
	for row := range elements(member(v, "inline_keyboard")) {
		for b := range elements(row) {
			m.o.Embeds = addText(m.o.Embeds, str(member(b, "text")), str(member(member(b, "copy_text"), "text")))
			m.link(str(member(b, "url")))
			m.link(str(member(member(b, "login_url"), "url")))
			m.link(str(member(member(b, "web_app"), "url")))
		}
	}
}
