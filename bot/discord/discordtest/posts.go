package discordtest

import (
	"slices"
	"sort"
	"strconv"
	"time"

	"stakeout/bot/bottest"
)

type user struct {
	ID, Username, Discriminator, GlobalName string
	Bot                                     bool
}

// post is one message with all it ever said.
type post struct {
	id       int64
	author   user
	kind     int
	extra    object // fields beyond the plain ones
	versions []bottest.Version
	deleted  time.Time
}

// Draft is a message to be posted. Only Content is needed.
type Draft struct {
	Content string
	Author  string    // a user's name; "": one of the world's own
	Type    int       // of the message, as Discord numbers them
	At      time.Time // zero: now. The past is history: no event tells of it
	Extra   map[string]any
	Broken  bool // the event that tells of it is cut in the middle
}

// Post says something in a channel, and gives the message's id.
func (s *Server) Post(channel, content string) string {
	return s.PostDraft(channel, Draft{Content: content})
}

// PostDraft posts a message. In an archived thread it opens the thread again.
func (s *Server) PostDraft(id string, d Draft) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	author := s.author(d.Author)
	return strconv.FormatInt(s.post(s.channels[id], author, d).id, 10)
}

func (s *Server) post(c *channel, author user, d Draft) *post {
	at, live := d.At, d.At.IsZero()
	if live {
		at = time.Now()
		if c.archived {
			s.archive(c, false)
		}
	}
	id := s.snowflake(at)
	if n := len(c.posts); n > 0 && id <= c.posts[n-1].id {
		id = c.posts[n-1].id + 1
	}
	p := &post{id: id, author: author, kind: d.Type, extra: d.Extra, versions: []bottest.Version{{At: at, Text: d.Content}}}
	c.posts = append(c.posts, p)
	c.byID[id] = p
	switch {
	case !live || !c.visible():
	case d.Broken:
		for _, ss := range s.sessions {
			s.addBroken(ss, "MESSAGE_CREATE", s.messageJSON(c, p, true, true))
		}
	default:
		s.dispatchMessage("MESSAGE_CREATE", c, p)
	}
	return p
}

// author gives a name a steady id.
func (s *Server) author(name string) user {
	if name == "" {
		name = "rook"
	}
	sum := int64(0)
	for _, r := range name {
		sum = sum*31 + int64(r)
	}
	return user{ID: strconv.FormatInt(200000000000000000+sum&(1<<50-1), 10), Username: name, Discriminator: "0"}
}

// Edit changes a message's content.
func (s *Server) Edit(channel, id, content string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, p := s.find(channel, id)
	if p == nil {
		return
	}
	// Microseconds, as Discord writes them, so that each edit has its own.
	now := time.Now().UTC().Truncate(time.Microsecond)
	if prev := p.versions[len(p.versions)-1].Edited; !now.After(prev) {
		now = prev.Add(time.Microsecond)
	}
	p.versions = append(p.versions, bottest.Version{At: time.Now(), Edited: now, Text: content})
	if c.visible() {
		s.dispatchMessage("MESSAGE_UPDATE", c, p)
	}
}

// Touch updates a message without changing what it says: a pin, a flag.
func (s *Server) Touch(channel, id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c, p := s.find(channel, id); p != nil && c.visible() {
		s.dispatchMessage("MESSAGE_UPDATE", c, p)
	}
}

// Unfurl adds embeds to a message, as Discord does by itself when it has looked
// at a link: without an edit time, and told of by an update with nothing else
// in it when partial.
func (s *Server) Unfurl(channel, id string, partial bool, embeds ...map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, p := s.find(channel, id)
	if p == nil {
		return
	}
	extra := object{"embeds": embeds}
	for k, v := range p.extra {
		if k != "embeds" {
			extra[k] = v
		}
	}
	p.extra = extra
	switch {
	case !c.visible():
	case partial:
		s.dispatch(intentMessages, "MESSAGE_UPDATE", object{"id": id, "channel_id": channel, "guild_id": c.guild.id, "embeds": embeds})
	default:
		s.dispatchMessage("MESSAGE_UPDATE", c, p)
	}
}

// Delete deletes a message.
func (s *Server) Delete(channel, id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, p := s.find(channel, id)
	if p == nil {
		return
	}
	p.deleted = time.Now()
	if c.visible() {
		s.dispatch(intentMessages, "MESSAGE_DELETE", object{"id": id, "channel_id": channel, "guild_id": c.guild.id})
	}
}

// DeleteBulk deletes several messages of a channel at once.
func (s *Server) DeleteBulk(channel string, ids []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var gone []string
	for _, id := range ids {
		if _, p := s.find(channel, id); p != nil {
			p.deleted = time.Now()
			gone = append(gone, id)
		}
	}
	if c := s.channels[channel]; len(gone) > 0 && c.visible() {
		s.dispatch(intentMessages, "MESSAGE_DELETE_BULK", object{"ids": gone, "channel_id": channel, "guild_id": c.guild.id})
	}
}

// find gives a message that is still there.
func (s *Server) find(channel, id string) (*channel, *post) {
	c := s.channels[channel]
	n, err := strconv.ParseInt(id, 10, 64)
	if c == nil || err != nil {
		return nil, nil
	}
	if p := c.byID[n]; p != nil && p.deleted.IsZero() {
		return c, p
	}
	return nil, nil
}

// History is every message there ever was, for bottest.Record.
func (s *Server) History() []bottest.Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []bottest.Message
	for _, c := range s.channels {
		for _, p := range c.posts {
			all = append(all, bottest.Message{
				Channel: c.id, ID: strconv.FormatInt(p.id, 10), Versions: slices.Clone(p.versions), Deleted: p.deleted,
			})
		}
	}
	sort.Slice(all, func(i, j int) bool { return all[i].ID < all[j].ID })
	return all
}
