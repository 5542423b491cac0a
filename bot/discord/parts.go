package discord

import (
	"errors"
	"slices"
	"strings"

	"stakeout/message"
)

var errAuthor = errors.New("author is not an object")

// parts reads what hangs on a text: files, stickers, previews, buttons.
func (w *wireContent) parts(o *message.Observation) {
	for _, f := range w.Attachments {
		o.Attachments = append(o.Attachments, message.Attachment{Name: f.Name, Type: f.Type, Size: max(f.Size, 0), URL: f.URL})
	}
	for _, s := range w.Whole {
		if !slices.ContainsFunc(w.Stickers, func(item wireSticker) bool { return item.ID == s.ID }) {
			w.Stickers = append(w.Stickers, s)
		}
	}
	for _, s := range w.Stickers {
		o.Attachments = append(o.Attachments, message.Attachment{Name: s.Name, Type: "sticker", URL: s.url()})
	}
	for _, e := range w.Embeds {
		lines := []string{e.Author.Name, e.Title, e.Description}
		for _, f := range e.Fields {
			lines = append(lines, f.Name, f.Value)
		}
		addLink(o, e.URL)
		addText(o, append(lines, e.Footer.Text)...)
	}
	for i := range w.Components {
		w.Components[i].parts(o, maxNesting)
	}
}

// parts gathers what a component says and where it leads.
func (c *wireComponent) parts(o *message.Observation, depth int) {
	if depth == 0 {
		return
	}
	addText(o, c.Label, c.Content, c.Description)
	addLink(o, c.URL)
	for i := range c.Components {
		c.Components[i].parts(o, depth-1)
	}
	for i := range c.Items {
		c.Items[i].parts(o, depth-1)
	}
	if c.Accessory != nil {
		c.Accessory.parts(o, depth-1)
	}
}

func (p *wirePoll) parts(o *message.Observation) {
	lines := []string{p.Question.Text}
	for _, a := range p.Answers {
		lines = append(lines, a.Media.Text)
	}
	addText(o, lines...)
}

// url is where a sticker's picture stands.
//
// Source: Discord API reference, "CDN Endpoints" and "Sticker Format Types".
func (s wireSticker) url() string {
	if s.ID == "" || strings.Trim(s.ID, "0123456789") != "" {
		return ""
	}
	switch s.Format {
	case 3:
		return "https://cdn.discordapp.com/stickers/" + s.ID + ".json"
	case 4:
		return "https://cdn.discordapp.com/stickers/" + s.ID + ".gif"
	}
	return "https://cdn.discordapp.com/stickers/" + s.ID + ".png"
}

// reactions reads counts; a server's own emoji is shown as :name:, as in texts.
func reactions(rs []wireReaction) []message.Reaction {
	var out []message.Reaction
	for _, r := range rs {
		name := r.Emoji.Name
		if r.Emoji.ID != "" {
			name = ":" + name + ":"
		}
		out = append(out, message.Reaction{Emoji: name, Count: max(r.Count, 0)})
	}
	return out
}

const (
	// maxNesting bounds how deep components within components are followed;
	// Discord allows a few levels.
	maxNesting = 32
	// maxLinks bounds the links noted of one message.
	maxLinks = 1000
	// maxSearched bounds how much of a text is searched for each link.
	maxSearched = 64 << 10
)

// addText appends the texts that are there as one, a line each.
func addText(o *message.Observation, texts ...string) {
	texts = slices.DeleteFunc(texts, func(s string) bool { return s == "" })
	if len(texts) > 0 {
		o.Embeds = append(o.Embeds, strings.Join(texts, "\n"))
	}
}

// addLink notes a target that the text does not show.
func addLink(o *message.Observation, url string) {
	if url == "" || len(o.Links) >= maxLinks || slices.Contains(o.Links, url) || strings.Contains(o.Text[:min(len(o.Text), maxSearched)], url) {
		return
	}
	o.Links = append(o.Links, url)
}
