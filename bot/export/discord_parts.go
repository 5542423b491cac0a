package export

import (
	"slices"
	"strings"

	"stakeout/message"
)

func discordFiles(to []message.Attachment, raw []byte) []message.Attachment {
	for a := range elements(raw) {
		to = append(to, message.Attachment{
			Name: str(member(a, "fileName")), Size: size(member(a, "fileSizeBytes")), URL: str(member(a, "url")),
		})
	}
	return to
}

func discordStickers(to []message.Attachment, raw []byte) []message.Attachment {
	for a := range elements(raw) {
		to = append(to, message.Attachment{
			Name: str(member(a, "name")), Type: "sticker", URL: str(member(a, "sourceUrl")),
		})
	}
	return to
}

// discordEmbeds gathers each embed's texts, top to bottom.
func discordEmbeds(o *message.Observation, raw []byte) {
	for e := range elements(raw) {
		var title, description, author, footer string
		var cells []string
		for key, v := range members(e) {
			switch string(key) {
			case "title":
				title = str(v)
			case "description":
				description = str(v)
			case "author":
				author = str(member(v, "name"))
			case "footer":
				footer = str(member(v, "text"))
			case "fields":
				for cell := range elements(v) {
					cells = append(cells, str(member(cell, "name")), str(member(cell, "value")))
				}
			case "url":
				addLink(o, str(v))
			}
		}
		o.Embeds = addText(o.Embeds, append(append([]string{author, title, description}, cells...), footer)...)
	}
}

// discordButtons gathers what buttons say and where they lead.
func discordButtons(o *message.Observation, raw []byte, depth int) {
	if depth == 0 {
		return
	}
	for c := range elements(raw) {
		o.Embeds = addText(o.Embeds, str(member(c, "label")))
		addLink(o, str(member(c, "url")))
		if inner := member(c, "components"); inner != nil {
			discordButtons(o, inner, depth-1)
		}
	}
}

// discordReactions reads counts; a server's own emoji is shown as :name:, as
// in texts.
func discordReactions(raw []byte) []message.Reaction {
	var out []message.Reaction
	for r := range elements(raw) {
		emoji := member(r, "emoji")
		name := str(member(emoji, "name"))
		if loose(member(emoji, "id")) != "" {
			name = ":" + name + ":"
		}
		out = append(out, message.Reaction{Emoji: name, Count: count(member(r, "count"))})
	}
	return out
}

// addText appends the texts that are there as one, a line each.
func addText(to []string, texts ...string) []string {
	texts = slices.DeleteFunc(texts, func(s string) bool { return s == "" })
	if len(texts) == 0 {
		return to
	}
	return append(to, strings.Join(texts, "\n"))
}

const (
	// maxNesting bounds how deep parts within parts are followed; no platform
	// nests deeper, and every level costs a look at all that is in it.
	maxNesting = 32
	// maxLinks bounds the links noted of one message; platforms allow a
	// hundred parts or so.
	maxLinks = 1000
)

// addLink notes a target that the text does not show.
func addLink(o *message.Observation, url string) {
	text := o.Text[:min(len(o.Text), maxKept)] // looking through megabytes for each link would take for ever
	if url != "" && len(o.Links) < maxLinks && !slices.Contains(o.Links, url) && !strings.Contains(text, url) {
		o.Links = append(o.Links, url)
	}
}
