package discordtest

import (
	"encoding/json"
	"strconv"
)

// plain are the fields that every message has,
// https://discord.com/developers/docs/resources/message#message-object
type plain struct {
	ID              string  `json:"id"`
	Type            int     `json:"type"`
	ChannelID       string  `json:"channel_id"`
	Content         string  `json:"content"`
	Author          object  `json:"author"`
	Timestamp       string  `json:"timestamp"`
	EditedTimestamp *string `json:"edited_timestamp"`
	TTS             bool    `json:"tts"`
	MentionEveryone bool    `json:"mention_everyone"`
	Mentions        []any   `json:"mentions"`
	MentionRoles    []any   `json:"mention_roles"`
	Attachments     []any   `json:"attachments"`
	Embeds          []any   `json:"embeds"`
	Components      []any   `json:"components"`
	Pinned          bool    `json:"pinned"`
	Flags           int     `json:"flags"`
	// GuildID and Member come by the gateway alone.
	GuildID string `json:"guild_id,omitempty"`
	Member  object `json:"member,omitempty"`
}

// hidden are the fields that stay empty without the message content intent,
// https://discord.com/developers/docs/events/gateway#message-content-intent
var hidden = []string{"content", "embeds", "attachments", "components", "poll", "message_snapshots"}

// messageJSON writes a message as it stands now.
func (s *Server) messageJSON(c *channel, p *post, gateway, content bool) json.RawMessage {
	v := p.versions[len(p.versions)-1]
	m := plain{
		ID: strconv.FormatInt(p.id, 10), Type: p.kind, ChannelID: c.id, Content: v.Text, Author: userObject(p.author), Timestamp: stamp(timeOf(p.id)),
		Mentions: []any{}, MentionRoles: []any{}, Attachments: []any{}, Embeds: []any{}, Components: []any{},
	}
	content = content || p.author.ID == s.bot.ID
	if !content {
		m.Content = ""
	}
	if !v.Edited.IsZero() {
		at := stamp(v.Edited)
		m.EditedTimestamp = &at
	}
	if gateway {
		m.GuildID, m.Member = c.guild.id, object{"roles": []string{}, "joined_at": stamp(timeOf(p.id)), "nick": nil, "deaf": false, "mute": false, "flags": 0}
	}
	b := mustJSON(m)
	if len(p.extra) == 0 {
		return b
	}
	var o map[string]json.RawMessage
	if err := json.Unmarshal(b, &o); err != nil {
		panic(err)
	}
	for k, x := range p.extra {
		o[k] = mustJSON(x)
	}
	if !content {
		for _, k := range hidden {
			delete(o, k)
		}
		o["content"], o["embeds"], o["attachments"], o["components"] = mustJSON(""), mustJSON([]any{}), mustJSON([]any{}), mustJSON([]any{})
	}
	return mustJSON(o)
}

// mustJSON writes what this package made up, which can be written.
func mustJSON(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}
