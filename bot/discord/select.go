package discord

import (
	"maps"
	"slices"
	"strings"
)

// selection is the allow-list as it applies to what there is.
type selection struct {
	cfg Config
	// found remembers which id an entry meant, so that a channel is still
	// watched when somebody renames it.
	found map[string]string
	on    map[string]bool // ids of listed servers and channels
	// coming: servers are still to come. A name that is new means nothing yet, or
	// it would mean the same name in whichever server comes first.
	coming bool
}

// trouble is an entry of the allow-list that means nothing, or too much.
type trouble struct{ entry, what, mend string }

func fold(s string) string { return strings.ToLower(strings.TrimPrefix(strings.TrimSpace(s), "#")) }

// resolve finds out what the entries mean now. It reports whether found
// changed.
func (s *selection) resolve(d *directory) (troubles []trouble, changed bool) {
	before := maps.Clone(s.found)
	on := map[string]bool{}
	for _, e := range s.cfg.Servers {
		var ids []string
		for id, g := range d.guilds {
			if e == id || g.here && fold(g.name) == fold(e) {
				ids = append(ids, id)
			}
		}
		_, there := d.guilds[s.found["server "+e]]
		troubles = s.take(on, troubles, "server "+e, "server", e, ids, there)
	}
	entries := s.cfg.Channels
	if s.cfg.Canary.Channel != "" {
		entries = append(slices.Clone(entries), s.cfg.Canary.Channel)
	}
	for _, e := range entries {
		var ids []string
		for id, c := range d.channels {
			if d.named(c, e) {
				ids = append(ids, id)
			}
		}
		_, there := d.channels[s.found["channel "+e]]
		troubles = s.take(on, troubles, "channel "+e, "channel", e, ids, there)
	}
	s.on = on
	return troubles, !maps.Equal(before, s.found)
}

// named reports that an entry means a channel: by id, or, unless it is a
// thread, by name, alone or behind the server's name or id.
func (d *directory) named(c *channel, entry string) bool {
	if entry == c.id {
		return true
	}
	if c.thread() {
		return false
	}
	e := fold(entry)
	if e == fold(c.name) {
		return true
	}
	g := d.guilds[c.guild]
	return g != nil && (e == fold(g.name+"/"+c.name) || e == fold(g.id+"/"+c.name) || e == fold(g.name+"/#"+c.name))
}

func (s *selection) take(on map[string]bool, troubles []trouble, key, what, entry string, ids []string, there bool) []trouble {
	if there {
		on[s.found[key]] = true
		return troubles
	}
	if s.coming && !slices.Contains(ids, entry) {
		return troubles
	}
	switch len(ids) {
	case 1:
		s.found[key] = ids[0]
		on[ids[0]] = true
	case 0:
		mend := "invite the bot to its server and give it the permission View Channel, or take the entry out of discord.channels; stakeout channels lists what there is"
		if what == "server" {
			mend = "invite the bot to it, or take the entry out of discord.servers; stakeout channels lists what there is"
		}
		troubles = append(troubles, trouble{entry, "a listed " + what + " is not among what the bot can see", mend})
	default:
		mend := "write it as server/channel, or give its id"
		if what == "server" {
			mend = "give its id"
		}
		troubles = append(troubles, trouble{entry, "several are called like a listed " + what + "; none of them is watched", mend})
	}
	return troubles
}

// listed reports that a channel is watched: itself, or with its server, its
// category, or the channel that a thread hangs on.
func (s *selection) listed(d *directory, c *channel) bool {
	if s.on[c.guild] {
		return true
	}
	// Thread, channel, category: there are no more levels.
	for range 3 {
		if c == nil {
			return false
		}
		if s.on[c.id] {
			return true
		}
		c = d.above(c)
	}
	return false
}
