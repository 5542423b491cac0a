package discord

import "context"

// begin starts a session: nothing is sure of any channel until its server's
// state comes.
func (r *run) begin(ctx context.Context, guilds []wireGuild, e event, b *pending) error {
	r.mu.Lock()
	r.session++
	r.waited = false
	clear(r.strange)
	here := map[string]bool{}
	for _, g := range guilds {
		here[g.ID] = true
		if old := r.dir.guilds[g.ID]; old != nil {
			old.here = false
		} else {
			r.dir.guilds[g.ID] = &guild{id: g.ID, name: g.Name}
		}
	}
	var left []string
	for id := range r.dir.guilds {
		if !here[id] {
			left = append(left, id)
		}
	}
	for _, w := range r.watches {
		w.ok = false // a Watching is said anew when the server's state comes
		w.broken(r.cfg.Rescan)
	}
	r.mu.Unlock()
	for _, id := range left {
		if err := r.leave(ctx, id, e, b); err != nil {
			return err
		}
	}
	if len(guilds) == 0 {
		return r.reconcile(ctx, "", kicked, e, b)
	}
	return nil
}

// overdue says of the servers whose state has not come, though all is quiet,
// that there is an outage.
func (r *run) overdue(ctx context.Context, e event, b *pending) error {
	r.mu.Lock()
	var away []string
	if !r.waited {
		for id, g := range r.dir.guilds {
			if !g.here {
				away = append(away, id)
			}
		}
	}
	r.waited = true
	r.mu.Unlock()
	for _, id := range away {
		if err := r.reconcile(ctx, id, outage, e, b); err != nil {
			return err
		}
	}
	return nil
}

// leave forgets a server that the bot is not in any more.
func (r *run) leave(ctx context.Context, id string, e event, b *pending) error {
	r.mu.Lock()
	delete(r.dir.guilds, id)
	for _, c := range r.dir.of(id) {
		delete(r.dir.channels, c.id)
	}
	r.mu.Unlock()
	return r.reconcile(ctx, id, kicked, e, b)
}

// structure takes over what an event tells of servers, channels and roles. What
// cannot be read is left: nothing of a channel is lost by it.
func (r *run) structure(ctx context.Context, e event, b *pending) error {
	var w struct {
		wireChannel
		RoleID  string        `json:"role_id"`
		Role    wireRole      `json:"role"`
		Threads []wireChannel `json:"threads"`
		User    wireUser      `json:"user"`
		Roles   []string      `json:"roles"`
	}
	var g wireGuild
	var err error
	switch e.name {
	case "GUILD_CREATE", "GUILD_UPDATE", "GUILD_DELETE":
		err = decode(e.raw, &g)
	default:
		err = decode(e.raw, &w)
	}
	if err != nil {
		r.in.Log().Warn("an event of Discord's could not be read", "event", e.name, "err", err)
		return nil
	}
	guild, why := w.GuildID, gone
	r.mu.Lock()
	switch e.name {
	case "GUILD_CREATE", "GUILD_UPDATE", "GUILD_DELETE":
		guild = g.ID
		if e.name == "GUILD_DELETE" && !g.Unavailable {
			r.mu.Unlock()
			return r.leave(ctx, guild, e, b)
		}
		r.setGuild(e.name, &g)
	case "GUILD_ROLE_CREATE", "GUILD_ROLE_UPDATE":
		if g := r.dir.guilds[guild]; g != nil && g.roles != nil {
			g.roles[w.Role.ID] = role{w.Role.Name, bits(w.Role.Permissions)}
		}
	case "GUILD_ROLE_DELETE":
		if g := r.dir.guilds[guild]; g != nil {
			delete(g.roles, w.RoleID)
		}
	case "GUILD_MEMBER_UPDATE":
		if g := r.dir.guilds[guild]; g != nil && w.User.ID == r.me {
			g.mine, g.known = w.Roles, true
		}
	case "CHANNEL_CREATE", "CHANNEL_UPDATE", "THREAD_CREATE", "THREAD_UPDATE":
		c := r.dir.setChannel(&w.wireChannel)
		if c != nil && !c.thread() {
			clear(r.strange) // it may have come under a listed category
		}
	case "CHANNEL_DELETE", "THREAD_DELETE":
		delete(r.dir.channels, w.ID)
		for _, c := range r.dir.of(guild) {
			if c.parent == w.ID && c.thread() {
				delete(r.dir.channels, c.id)
			}
		}
		if e.name == "THREAD_DELETE" {
			why = threadX
		}
	case "THREAD_LIST_SYNC":
		for i := range w.Threads {
			w.Threads[i].GuildID = guild
			r.dir.setChannel(&w.Threads[i])
		}
	}
	r.mu.Unlock()
	return r.reconcile(ctx, guild, why, e, b)
}

func (r *run) setGuild(event string, w *wireGuild) {
	old := r.dir.guilds[w.ID]
	switch {
	case w.ID == "":
	case w.Unavailable:
		if old == nil {
			old = &guild{id: w.ID}
			r.dir.guilds[w.ID] = old
		}
		old.here = false
	case event == "GUILD_CREATE":
		r.dir.setGuild(w)
	case old != nil && old.here:
		old.name = w.Name
		for _, x := range w.Roles {
			old.roles[x.ID] = role{x.Name, bits(x.Permissions)}
		}
	}
}
