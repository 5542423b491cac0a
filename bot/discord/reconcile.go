package discord

import (
	"context"
	"encoding/json"
	"maps"

	"stakeout/bot"
	"stakeout/ledger"
	"stakeout/message"
)

// Why a channel is not heard, and what to do about it.
var (
	outage  = obstacle{"Discord reports an outage of the server", "nothing: Discord will mend it"}
	unseen  = obstacle{"the bot may not see the channel any more", "give the bot's role the permission View Channel there (and Connect, for a voice channel)"}
	gone    = obstacle{"the channel was deleted", "take it out of discord.channels"}
	kicked  = obstacle{"the bot is not in the server any more", "invite it again, or take the server out of the configuration"}
	dropped = obstacle{"the channel is not on the allow-list any more", ""}
	noPast  = obstacle{"the bot may not read what was said before: gaps cannot be filled", "give the bot's role the permission Read Message History there"}
	refusal = obstacle{"Discord refuses to let the bot read the channel", "give the bot's role the permissions View Channel and Read Message History there"}
	threadX = obstacle{"the thread was deleted", ""}
)

type obstacle struct{ reason, mend string }

// limits are what this way of watching cannot show.
const limits = "what was posted, edited or deleted again while the bot did not listen; earlier texts of what was edited then"

// verdict is news of a channel's health, told when mu is free.
type verdict struct {
	place message.Channel
	ok    bool
	obstacle
}

func (r *run) announce(ctx context.Context, vs []verdict) {
	for _, v := range vs {
		r.in.ChannelState(ctx, v.place, v.ok, v.reason, v.mend)
	}
}

// obstacleTo says why a channel cannot be heard, nothing where it can. It wants
// mu.
func (r *run) obstacleTo(c *channel) obstacle {
	switch g := r.dir.guilds[c.guild]; {
	case g == nil:
		return kicked
	case !g.here:
		return outage
	case !r.dir.hears(c):
		return unseen
	}
	return obstacle{}
}

// reconcile brings the watches of a server in line with what is known of it.
// Channels that are no longer there are lost by why.
func (r *run) reconcile(ctx context.Context, guild string, why obstacle, e event, b *pending) error {
	r.mu.Lock()
	before := r.sel.on
	r.sel.coming = r.coming()
	troubles, changed := r.sel.resolve(r.dir)
	var said []verdict
	err := r.compare(ctx, guild, why, e, b, &said)
	if !maps.Equal(before, r.sel.on) { // a name may mean something in another server now
		for id, g := range r.dir.guilds {
			if id != guild && g.here && err == nil {
				err = r.compare(ctx, id, gone, e, b, &said)
			}
		}
	}
	if changed && err == nil {
		var found []byte
		if found, err = json.Marshal(r.sel.found); err == nil {
			b.Checkpoints = append(b.Checkpoints, bot.Checkpoint{Name: foundKey, Value: found})
		}
	}
	troubles = r.newTroubles(troubles)
	r.wakeUp()
	r.mu.Unlock()
	if err != nil {
		return err
	}
	r.announce(ctx, said)
	for _, t := range troubles {
		r.in.Alarm(ctx, "allow-list: "+t.entry, t.what, t.mend)
	}
	r.tell()
	return nil
}

func (r *run) compare(ctx context.Context, guild string, why obstacle, e event, b *pending, said *[]verdict) error {
	for _, c := range r.dir.of(guild) {
		w := r.watches[c.id]
		if !r.sel.listed(r.dir, c) {
			if w != nil {
				r.stop(w, dropped, e, b, said)
				delete(r.watches, c.id)
			}
			if c.thread() {
				delete(r.dir.channels, c.id)
				r.stranger(c.id)
			}
			continue
		}
		ob := r.obstacleTo(c)
		if ob.reason != "" {
			delete(r.listed, c.id) // threads may come and be archived before it is seen again
		} else if c.threaded() && r.listed[c.id] != r.session {
			r.listed[c.id] = r.session
			r.jobs.add(job{list, c.id})
		}
		if !c.holds() {
			continue
		}
		if w == nil {
			var err error
			if w, err = r.watch(ctx, c); err != nil {
				return err
			}
		}
		w.place = r.dir.place(c) // a channel may have been renamed
		switch {
		case ob.reason != "":
			if w.ok || !w.lost || w.refused { // now it is known why
				r.stop(w, ob, e, b, said)
			}
		case w.refused:
			r.want(c.id, w) // heard again when it can be read
		case !w.ok:
			w.ok, w.lost = true, false
			b.Coverage = append(b.Coverage, ledger.Coverage{Channel: w.place, Change: ledger.Watching, From: e.at, Limits: limits})
			*said = append(*said, verdict{place: w.place, ok: true})
			r.want(c.id, w)
		case w.filling:
			r.jobs.add(job{fetch, c.id})
		}
	}
	for id, w := range r.watches {
		if w.guild == guild && r.dir.channels[id] == nil {
			r.stop(w, why, e, b, said)
			delete(r.watches, id)
		}
	}
	return nil
}

// stop ends a watch that an event makes impossible.
func (r *run) stop(w *watch, ob obstacle, e event, b *pending, said *[]verdict) {
	w.ok, w.lost, w.refused = false, true, false
	w.broken(r.cfg.Rescan)
	b.Coverage = append(b.Coverage, ledger.Coverage{Channel: w.place, Change: ledger.Stopped, To: e.at, Reason: ob.reason})
	// A thread comes and goes, and a channel off the list is nobody's worry:
	// only the record tells of them.
	fine := ob == dropped || ob == threadX || ob == gone && w.place.Parent != nil
	*said = append(*said, verdict{w.place, fine, ob})
}

// coming reports that servers' states are still to come. It wants mu.
func (r *run) coming() bool {
	for _, g := range r.dir.guilds {
		if !g.here && !r.waited {
			return true
		}
	}
	return false
}

// newTroubles are those that were not there before; none are told while servers
// are still to come.
func (r *run) newTroubles(ts []trouble) []trouble {
	if r.coming() {
		return nil
	}
	now := map[trouble]bool{}
	var news []trouble
	for _, t := range ts {
		now[t] = true
		if !r.troubled[t] {
			news = append(news, t)
		}
	}
	r.troubled = now
	return news
}

// maxStrange bounds the threads that are remembered for not being listed.
const maxStrange = 4096

// stranger remembers a thread that is not listed, so that its messages do not
// make the bot ask again what it is. It wants mu.
func (r *run) stranger(id string) {
	if len(r.strange) >= maxStrange {
		clear(r.strange)
	}
	r.strange[id] = true
}

// partlyListed reports that something of a server is on the list. It wants mu.
func (r *run) partlyListed(guild string) bool {
	for id := range r.sel.on {
		if c := r.dir.channels[id]; id == guild || c != nil && c.guild == guild {
			return true
		}
	}
	return false
}

func (r *run) wakeUp() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}
