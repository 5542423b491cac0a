package discordtest

import (
	"time"
)

// Types of channels,
// https://discord.com/developers/docs/resources/channel#channel-object-channel-types
const (
	Text          = 0
	Category      = 4
	Announcement  = 5
	PublicThread  = 11
	PrivateThread = 12
	Forum         = 15
)

// Permissions that a reading bot needs,
// https://discord.com/developers/docs/topics/permissions
const (
	ViewChannel        = 1 << 10
	SendMessages       = 1 << 11
	ReadMessageHistory = 1 << 16
	ManageThreads      = 1 << 34
)

type guild struct {
	id, name string
	order    []*channel // channels and threads, as made
	away     bool       // an outage
}

type channel struct {
	id, name string
	kind     int
	guild    *guild
	parent   *channel // of a thread: its channel; else a category, or nil
	deny     int64    // permissions that the bot lacks here
	gone     bool
	archived bool
	since    time.Time // of archived
	posts    []*post   // by id, deleted ones included
	byID     map[int64]*post
}

func (c *channel) thread() bool {
	return c.kind == PublicThread || c.kind == PrivateThread || c.kind == 10
}

// denied says whether the bot lacks a permission; threads inherit their
// channel's.
func (c *channel) denied(bit int64) bool {
	if c.thread() && c.parent != nil && c.parent.deny&bit != 0 {
		return true
	}
	return c.deny&bit != 0
}

func (c *channel) visible() bool { return !c.gone && !c.guild.away && !c.denied(ViewChannel) }

// AddGuild makes a server and lets the bot in.
func (s *Server) AddGuild(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := &guild{id: s.id(time.Now()), name: name}
	s.guilds = append(s.guilds, g)
	s.dispatch(intentGuilds, "GUILD_CREATE", s.guildCreate(g))
	return g.id
}

// AddChannel makes a channel; parent is a category or "".
func (s *Server) AddChannel(guildID, parent, name string, kind int) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.guild(guildID)
	c := s.newChannel(g, name, kind, s.channels[parent])
	s.dispatch(intentGuilds, "CHANNEL_CREATE", s.channelObject(c))
	return c.id
}

func (s *Server) newChannel(g *guild, name string, kind int, parent *channel) *channel {
	c := &channel{id: s.id(time.Now()), name: name, kind: kind, guild: g, parent: parent, byID: map[int64]*post{}}
	g.order = append(g.order, c)
	s.channels[c.id] = c
	return c
}

// AddThread makes a thread of a channel, or a post of a forum.
func (s *Server) AddThread(parent, name string, kind int) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.channels[parent]
	c := s.newChannel(p.guild, name, kind, p)
	if c.visible() {
		o := s.channelObject(c)
		o["newly_created"] = true
		s.dispatch(intentGuilds, "THREAD_CREATE", o)
	}
	return c.id
}

// Archive closes a thread or opens it again.
func (s *Server) Archive(thread string, on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.archive(s.channels[thread], on)
}

func (s *Server) archive(c *channel, on bool) {
	c.archived, c.since = on, time.Now().UTC()
	if c.visible() {
		s.dispatch(intentGuilds, "THREAD_UPDATE", s.channelObject(c))
	}
}

// Rename gives a channel or thread another name.
func (s *Server) Rename(id, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.channels[id]
	c.name = name
	s.updated(c)
}

// Deny takes permissions from the bot in a channel; 0 gives all back.
func (s *Server) Deny(id string, bits int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.channels[id]
	regained := c.denied(ViewChannel) && bits&ViewChannel == 0
	c.deny = bits
	s.updated(c)
	if regained {
		s.dispatch(intentGuilds, "THREAD_LIST_SYNC", map[string]any{
			"guild_id": c.guild.id, "channel_ids": []string{c.id}, "threads": s.activeThreads(c.guild, c), "members": []any{},
		})
	}
}

func (s *Server) updated(c *channel) {
	name := "CHANNEL_UPDATE"
	if c.thread() {
		name = "THREAD_UPDATE"
	}
	s.dispatch(intentGuilds, name, s.channelObject(c))
}

// DeleteChannel deletes a channel or thread with all that is in it. Discord
// tells of the channel alone, not of its messages.
func (s *Server) DeleteChannel(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.channels[id]
	seen := c.visible()
	c.gone = true
	switch {
	case !c.thread():
		s.dispatch(intentGuilds, "CHANNEL_DELETE", s.channelObject(c))
	case seen:
		s.dispatch(intentGuilds, "THREAD_DELETE", map[string]any{"id": c.id, "guild_id": c.guild.id, "parent_id": c.parent.id, "type": c.kind})
	}
}

// Kick removes the bot from a server.
func (s *Server) Kick(guildID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.guild(guildID)
	for i := range s.guilds {
		if s.guilds[i] == g {
			s.guilds = append(s.guilds[:i:i], s.guilds[i+1:]...)
			break
		}
	}
	for _, c := range g.order {
		c.deny = -1
	}
	s.dispatch(intentGuilds, "GUILD_DELETE", map[string]any{"id": g.id})
}

// Outage makes a server unavailable, or available again.
func (s *Server) Outage(guildID string, on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.guild(guildID)
	g.away = on
	if on {
		s.dispatch(intentGuilds, "GUILD_DELETE", map[string]any{"id": g.id, "unavailable": true})
	} else {
		s.dispatch(intentGuilds, "GUILD_CREATE", s.guildCreate(g))
	}
}

func (s *Server) guild(id string) *guild {
	for _, g := range s.guilds {
		if g.id == id {
			return g
		}
	}
	return nil
}
