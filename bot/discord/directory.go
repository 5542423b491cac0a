package discord

import (
	"strconv"

	"stakeout/message"
)

// directory is what is known of the servers that the bot is in: names, roles,
// channels, and the threads of watched channels. It holds no message and no
// member but the bot. It is not safe for concurrent use.
type directory struct {
	me     string // the bot's user id
	guilds map[string]*guild
	// channels are those of all servers, threads included.
	channels map[string]*channel
}

type guild struct {
	id, name string
	// here: the server's state has come; else it is in an outage.
	here  bool
	roles map[string]role
	mine  []string // roles of the bot
	// known: mine could be read.
	known bool
}

type role struct {
	name  string
	rules permissions
}

type channel struct {
	id, guild, parent, name string
	kind                    int
	overwrites              []overwrite
	last                    uint64 // id of the last message, as far as was told; it may be deleted
}

type overwrite struct {
	id          string // of a role, or of the bot
	allow, deny permissions
}

// Kinds of channels.
//
// Source: Discord API reference, "Channel Types".
const (
	kindText         = 0
	kindVoice        = 2
	kindCategory     = 4
	kindNews         = 5
	kindNewsThread   = 10
	kindPublicThread = 11
	kindPrivate      = 12
	kindStage        = 13
	kindForum        = 15
	kindMedia        = 16
)

func (c *channel) thread() bool { return c.kind >= kindNewsThread && c.kind <= kindPrivate }

// holds reports that messages stand in the channel itself.
func (c *channel) holds() bool {
	switch c.kind {
	case kindText, kindVoice, kindNews, kindStage:
		return true
	}
	return c.thread()
}

// threaded reports that threads can hang on the channel.
func (c *channel) threaded() bool {
	return c.kind == kindText || c.kind == kindNews || c.kind == kindForum || c.kind == kindMedia
}

// word is DiscordChatExporter's word for the kind; kinds that it has no name
// for are numbers there.
func (c *channel) word() string {
	switch c.kind {
	case kindText:
		return "GuildTextChat"
	case kindVoice:
		return "GuildVoiceChat"
	case kindCategory:
		return "GuildCategory"
	case kindNews:
		return "GuildNews"
	case kindNewsThread:
		return "GuildNewsThread"
	case kindPublicThread:
		return "GuildPublicThread"
	case kindPrivate:
		return "GuildPrivateThread"
	case kindStage:
		return "GuildStageVoice"
	case kindForum:
		return "GuildForum"
	}
	return strconv.Itoa(c.kind)
}

func newDirectory(me string) *directory {
	return &directory{me: me, guilds: map[string]*guild{}, channels: map[string]*channel{}}
}

// place is how a channel stands in observations.
func (d *directory) place(c *channel) message.Channel {
	p := message.Channel{Platform: message.Discord, ID: c.id, Name: c.name, Type: c.word(), Server: message.Server{ID: c.guild}}
	if g := d.guilds[c.guild]; g != nil {
		p.Server.Name = g.name
	}
	if c.thread() && c.parent != "" {
		p.Parent = &message.ChannelRef{ID: c.parent}
		if up := d.channels[c.parent]; up != nil {
			p.Parent.Name = up.name
		}
	}
	return p
}

// above is the channel that a thread hangs on, or the category of a channel;
// nil for none.
func (d *directory) above(c *channel) *channel { return d.channels[c.parent] }

// setGuild takes over the state of a server, all of it.
func (d *directory) setGuild(w *wireGuild) *guild {
	g := &guild{id: w.ID, name: w.Name, here: true, roles: map[string]role{}}
	for _, r := range w.Roles {
		g.roles[r.ID] = role{r.Name, bits(r.Permissions)}
	}
	for _, m := range w.Members {
		if m.User.ID == d.me {
			g.mine, g.known = m.Roles, true
		}
	}
	if old := d.guilds[w.ID]; old != nil && !g.known {
		g.mine, g.known = old.mine, old.known
	}
	d.guilds[w.ID] = g
	for id, c := range d.channels {
		// Archived threads are not among what is told; they stay.
		if c.guild == g.id && !c.thread() {
			delete(d.channels, id)
		}
	}
	for i := range w.Channels {
		w.Channels[i].GuildID = w.ID
		d.setChannel(&w.Channels[i])
	}
	for i := range w.Threads {
		w.Threads[i].GuildID = w.ID
		d.setChannel(&w.Threads[i])
	}
	return g
}

// setChannel takes over a channel or thread; nil when it has no id or belongs
// to no server.
func (d *directory) setChannel(w *wireChannel) *channel {
	if !isID(w.ID) || w.GuildID == "" {
		return nil
	}
	c := &channel{id: w.ID, guild: w.GuildID, parent: w.ParentID, name: w.Name, kind: w.Type, last: number(w.LastMessageID)}
	for _, o := range w.Overwrites {
		// Of those for single members only the bot's own matters.
		if o.Type == 0 || o.ID == d.me {
			c.overwrites = append(c.overwrites, overwrite{o.ID, bits(o.Allow), bits(o.Deny)})
		}
	}
	if old := d.channels[w.ID]; old != nil {
		c.last = max(c.last, old.last)
		if c.parent == "" && old.thread() {
			c.parent = old.parent
		}
	}
	d.channels[w.ID] = c
	return c
}

// of lists a server's channels.
func (d *directory) of(guild string) []*channel {
	var out []*channel
	for _, c := range d.channels {
		if c.guild == guild {
			out = append(out, c)
		}
	}
	return out
}

// Objects of Discord's, as far as they are read.
//
// Source: Discord API reference, "Guild", "Channel", "Role", "Gateway Events".

type wireGuild struct {
	ID          string        `json:"id"`
	Name        string        `json:"name"`
	Unavailable bool          `json:"unavailable"`
	Roles       []wireRole    `json:"roles"`
	Channels    []wireChannel `json:"channels"`
	Threads     []wireChannel `json:"threads"`
	Members     []wireJoined  `json:"members"`
}

type wireJoined struct {
	User  wireUser `json:"user"`
	Roles []string `json:"roles"`
}

type wireRole struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Permissions string `json:"permissions"`
}

type wireChannel struct {
	ID            string          `json:"id"`
	GuildID       string          `json:"guild_id"`
	ParentID      string          `json:"parent_id"`
	Name          string          `json:"name"`
	Type          int             `json:"type"`
	LastMessageID string          `json:"last_message_id"`
	Overwrites    []wireOverwrite `json:"permission_overwrites"`
	Metadata      struct {
		ArchivedAt string `json:"archive_timestamp"`
	} `json:"thread_metadata"`
}

type wireOverwrite struct {
	ID    string `json:"id"`
	Type  int    `json:"type"` // 0 role, 1 member
	Allow string `json:"allow"`
	Deny  string `json:"deny"`
}
