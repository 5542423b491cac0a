package discord

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"stakeout/bot"
	"stakeout/message"
)

// watch is one channel or thread that is listened to.
type watch struct {
	place message.Channel
	guild string
	// mark is how far the channel's messages are in the ledger without a hole.
	mark mark
	// filling: there may be a hole behind the mark, so live messages do not move
	// it.
	filling bool
	turn    int    // counts what may make a hole: a fetch that began before closes none
	newest  uint64 // id of the newest message told live
	ok      bool   // heard, and readable as far as is known
	lost    bool   // it has been said that it is not ok
	refused bool   // REST does not let the bot read it; heard again when it does
	sick    bool   // fetching fails for a reason that may pass; it has been said
}

// mark is a channel's checkpoint.
type mark struct {
	// Last is the id of the newest message of those without a hole, 0 in an
	// empty channel.
	Last uint64 `json:"last,string"`
	// ScanFrom and ScanTo bound the ids of a rescan that is still to be done,
	// after the one, up to and with the other; 0, 0 for none.
	ScanFrom uint64 `json:"scan_from,string,omitempty"`
	ScanTo   uint64 `json:"scan_to,string,omitempty"`
	// Hole is what Last was when a fetch began that is not at its end; Open says
	// that there is one.
	Open bool   `json:"open,omitempty"`
	Hole uint64 `json:"hole,string,omitempty"`
	// History: the first fetch of the channel's past is not at its end.
	History bool `json:"history,omitempty"`

	known bool // there is a checkpoint: the channel was fetched before
}

func markKey(channel string) string { return "channel/" + channel }

func (m mark) checkpoint(channel string) (bot.Checkpoint, error) {
	b, err := json.Marshal(m)
	return bot.Checkpoint{Name: markKey(channel), Value: b}, err
}

func readMark(ctx context.Context, in *bot.Intake, channel string) (mark, error) {
	var m mark
	b, err := in.Checkpoint(ctx, markKey(channel))
	if err != nil || b == nil {
		return m, err
	}
	if err := json.Unmarshal(b, &m); err != nil {
		return m, fmt.Errorf("checkpoint %s: %w", markKey(channel), err)
	}
	m.known = true
	return m, nil
}

// gap notes that messages may have been missed since the mark: the range behind
// it must be read again too. One that is still to be read again stays so.
func (m *mark) gap(window time.Duration) {
	if !m.known || m.Last == 0 || window <= 0 {
		return
	}
	from := firstAt(timeOf(m.Last).Add(-window))
	if m.ScanTo == 0 || from < m.ScanFrom {
		m.ScanFrom = from
	}
	m.ScanTo = max(m.ScanTo, m.Last)
}

// broken notes that from now on messages may be missed. It wants mu.
func (w *watch) broken(window time.Duration) {
	w.mark.gap(window)
	w.filling = true
	w.turn++
}

// want asks for a channel to be fetched. It wants mu.
func (r *run) want(id string, w *watch) {
	w.broken(r.cfg.Rescan)
	r.jobs.add(job{fetch, id})
	if w.mark.ScanTo != 0 {
		r.jobs.add(job{rescan, id})
	}
}

// watch begins to listen to a channel. It wants mu.
func (r *run) watch(ctx context.Context, c *channel) (*watch, error) {
	m, err := readMark(ctx, r.in, c.id)
	if err != nil {
		return nil, err
	}
	w := &watch{place: r.dir.place(c), guild: c.guild, mark: m}
	r.watches[c.id] = w
	return w, nil
}

// nicks are members' nicknames by server and user, "" where there is none;
// bounded, since they can be asked for again.
type nicks map[string]string

const maxNicks = 4096

func (n nicks) learn(guild, user, nick string) {
	if len(n) >= maxNicks {
		clear(n)
	}
	n[guild+"/"+user] = nick
}

// learnFrom takes the nicknames that a live message tells.
func (n nicks) learnFrom(guild string, w *wireMessage, author string) {
	if w.Member.there && author != "" {
		n.learn(guild, author, w.Member.Nick)
	}
	for _, m := range w.Mentions {
		if m.Member != nil && m.Member.there {
			n.learn(guild, m.ID, m.Member.Nick)
		}
	}
}

// names tells what the directory knows, for texts of a server. Its functions
// take mu.
func (r *run) names(guild string) names {
	locked := func(f func(id string) string) func(string) string {
		return func(id string) string {
			r.mu.Lock()
			defer r.mu.Unlock()
			return f(id)
		}
	}
	return names{
		nick: locked(func(id string) string { return r.nicks[guild+"/"+id] }),
		role: locked(func(id string) string {
			if g := r.dir.guilds[guild]; g != nil {
				return g.roles[id].name
			}
			return ""
		}),
		channel: locked(func(id string) string {
			if c := r.dir.channels[id]; c != nil {
				return c.name
			}
			return ""
		}),
	}
}
