package discordtest

import (
	"strconv"
	"time"
)

// everything is what the role @everyone may do in this world, but for listing
// foreign private threads.
const everything = ViewChannel | SendMessages | ReadMessageHistory | 1<<14 | 1<<15 | 1<<38

type object = map[string]any

func (s *Server) botObject() object {
	o := userObject(s.bot)
	o["verified"], o["mfa_enabled"], o["email"], o["flags"] = true, true, nil, 0
	return o
}

func userObject(u user) object {
	return object{
		"id": u.ID, "username": u.Username, "discriminator": u.Discriminator, "global_name": nilIfEmpty(u.GlobalName),
		"avatar": nil, "bot": u.Bot, "public_flags": 0, "primary_guild": nil,
	}
}

func nilIfEmpty(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// channelObject is a channel or a thread,
// https://discord.com/developers/docs/resources/channel#channel-object
func (s *Server) channelObject(c *channel) object {
	o := object{"id": c.id, "type": c.kind, "name": c.name, "guild_id": c.guild.id, "flags": 0, "parent_id": nil, "last_message_id": c.last()}
	if c.parent != nil {
		o["parent_id"] = c.parent.id
	}
	if c.thread() {
		live := 0
		for _, p := range c.posts {
			if p.deleted.IsZero() {
				live++
			}
		}
		since := c.since
		if since.IsZero() {
			n, _ := strconv.ParseInt(c.id, 10, 64)
			since = timeOf(n)
		}
		o["owner_id"], o["message_count"], o["total_message_sent"], o["member_count"] = s.bot.ID, live, len(c.posts), 1
		o["thread_metadata"] = object{"archived": c.archived, "archive_timestamp": stamp(since), "auto_archive_duration": 1440, "locked": false}
		return o
	}
	o["position"], o["nsfw"], o["topic"], o["permission_overwrites"] = 0, false, nil, []any{}
	if c.deny != 0 {
		o["permission_overwrites"] = []any{object{"id": s.bot.ID, "type": 1, "allow": "0", "deny": strconv.FormatInt(max(c.deny, 0), 10)}}
	}
	return o
}

// last is the id of the newest message; it may be deleted, as on Discord.
func (c *channel) last() any {
	if len(c.posts) == 0 {
		return nil
	}
	return strconv.FormatInt(c.posts[len(c.posts)-1].id, 10)
}

func (s *Server) guildObject(g *guild) object {
	return object{"id": g.id, "name": g.name, "owner_id": s.bot.ID, "icon": nil, "banner": nil, "features": []string{}, "roles": s.roleObjects(g), "emojis": []any{}, "stickers": []any{}}
}

func (s *Server) roleObjects(g *guild) []object {
	may := int64(everything)
	if s.opt.ManageThreads {
		may |= ManageThreads
	}
	return []object{{
		"id": g.id, "name": "@everyone", "permissions": strconv.FormatInt(may, 10), "position": 0, "color": 0,
		"hoist": false, "managed": false, "mentionable": false, "icon": nil, "unicode_emoji": nil, "flags": 0,
	}}
}

// guildCreate is a server as the gateway tells of it, with its channels and the
// active threads that the bot can see,
// https://discord.com/developers/docs/events/gateway-events#guild-create
func (s *Server) guildCreate(g *guild) object {
	o := s.guildObject(g)
	channels := []object{}
	for _, c := range g.order {
		if !c.thread() && !c.gone {
			channels = append(channels, s.channelObject(c))
		}
	}
	o["joined_at"], o["large"], o["unavailable"], o["member_count"] = stamp(time.Now()), false, false, 1
	o["channels"], o["threads"], o["members"] = channels, s.activeThreads(g, nil), []object{s.memberObject()}
	o["presences"], o["voice_states"], o["stage_instances"], o["guild_scheduled_events"] = []any{}, []any{}, []any{}, []any{}
	return o
}

func (s *Server) memberObject() object {
	return object{
		"user": s.botObject(), "roles": []string{}, "joined_at": stamp(time.Now()), "nick": nil, "avatar": nil, "banner": nil,
		"flags": 0, "pending": false, "premium_since": nil, "communication_disabled_until": nil, "mute": false, "deaf": false,
	}
}

// activeThreads are those of one channel, or of the server.
func (s *Server) activeThreads(g *guild, of *channel) []object {
	threads := []object{}
	for _, c := range g.order {
		if c.thread() && !c.archived && c.visible() && (of == nil || c.parent == of) && (c.kind != PrivateThread || s.opt.ManageThreads) {
			threads = append(threads, s.channelObject(c))
		}
	}
	return threads
}
