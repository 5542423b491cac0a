package slacktest

import (
	"encoding/json"
	"net/url"
	"unicode/utf8"
)

type message struct {
	Text   string  `json:"text"`
	Blocks []block `json:"blocks"`
}

type block struct {
	Type     string    `json:"type"`
	ID       string    `json:"block_id"`
	Text     *element  `json:"text"`
	Fields   []element `json:"fields"`
	Elements []element `json:"elements"`
}

type element struct {
	Type  string `json:"type"`
	Text  string `json:"text"`
	Emoji *bool  `json:"emoji"`
}

func parse(raw []byte) (url.Values, error) { return url.ParseQuery(string(raw)) }

// check holds a message against the limits of Block Kit's reference. It gives
// the first block's id and the fallback text, or Slack's word for what is
// wrong.
func check(body []byte) (id, text, reason string) {
	var m message
	if err := json.Unmarshal(body, &m); err != nil {
		return "", "", "invalid_payload"
	}
	if m.Text == "" && len(m.Blocks) == 0 {
		return "", "", "no_text"
	}
	if utf8.RuneCountInString(m.Text) > 40000 {
		return "", "", "msg_too_long"
	}
	if len(m.Blocks) > 50 {
		return "", "", "invalid_blocks"
	}
	ids := map[string]bool{}
	for _, b := range m.Blocks {
		if !b.fine() || utf8.RuneCountInString(b.ID) > 255 || b.ID != "" && ids[b.ID] {
			return "", "", "invalid_blocks"
		}
		ids[b.ID] = true
	}
	if len(m.Blocks) > 0 {
		id = m.Blocks[0].ID
	}
	return id, m.Text, ""
}

func (b block) fine() bool {
	switch b.Type {
	case "header":
		return b.Text != nil && b.Text.Type == "plain_text" && b.Text.fine(150)
	case "section":
		if b.Text == nil && len(b.Fields) == 0 || len(b.Fields) > 10 || b.Text != nil && !b.Text.fine(3000) {
			return false
		}
		for _, f := range b.Fields {
			if !f.fine(2000) {
				return false
			}
		}
		return true
	case "context":
		if len(b.Elements) == 0 || len(b.Elements) > 10 {
			return false
		}
		for _, e := range b.Elements {
			if !e.fine(3000) {
				return false
			}
		}
		return true
	case "divider":
		return true
	}
	return false
}

func (e element) fine(size int) bool {
	n := utf8.RuneCountInString(e.Text)
	return n > 0 && n <= size && (e.Type == "plain_text" || e.Type == "mrkdwn" && e.Emoji == nil)
}
