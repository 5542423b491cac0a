package discord

import (
	"context"
	"fmt"
	"slices"
	"time"

	"stakeout/bot"
	"stakeout/message"
)

// pending is what one commit of live events takes.
type pending struct {
	bot.Batch
	moved map[string]mark // channels whose mark moves with it
}

// comeTime is how long the states of all servers may take to come.
const comeTime = time.Minute

// take works on events in their order.
func (r *run) take(ctx context.Context, es []event) error {
	b := &pending{moved: map[string]mark{}}
	for _, e := range es {
		var err error
		if !r.begun.IsZero() && e.at.Sub(r.begun) > comeTime { // it may never be quiet
			r.begun = time.Time{}
			if err := r.overdue(ctx, e, b); err != nil {
				return err
			}
		}
		switch {
		case e.name == "":
			r.reached(e.at, b)
			err = r.overdue(ctx, e, b)
		case e.name == "READY":
			if err = r.hand(ctx, b); err == nil {
				err = r.welcome(ctx, e)
			}
		case e.name == "RESUMED":
			r.in.Reconnected()
			r.tell()
		case messageEvents[e.name] != nil:
			if !r.seen.known(e) {
				err = messageEvents[e.name](r, ctx, e, b)
			}
		default:
			// What this makes to be fetched begins at a mark that must be in the
			// ledger by then.
			if err = r.hand(ctx, b); err == nil {
				err = r.structure(ctx, e, b)
			}
		}
		if err != nil {
			return err
		}
	}
	return r.hand(ctx, b)
}

// hand commits what is pending.
func (r *run) hand(ctx context.Context, b *pending) error {
	if r.acq == nil {
		return nil // before the first READY nothing can have been said
	}
	for id, m := range b.moved {
		c, err := m.checkpoint(id)
		if err != nil {
			return err
		}
		b.Checkpoints = append(b.Checkpoints, c)
	}
	if len(b.Observations)+len(b.Rejected)+len(b.Coverage)+len(b.Checkpoints) == 0 && b.Through.IsZero() {
		return nil
	}
	_, err := r.acq.Hand(ctx, b.Batch)
	*b = pending{moved: map[string]mark{}}
	return err
}

// welcome begins a session that is not the old one resumed: what was said
// between them must be fetched.
func (r *run) welcome(ctx context.Context, e event) error {
	if r.acq != nil {
		const why = "the connection was lost and could not be resumed"
		r.in.Reconnected()
		if err := r.in.Interrupted(ctx, why); err != nil {
			return err
		}
		if err := r.acq.Close(ctx, why); err != nil {
			return err
		}
	}
	acq, err := r.in.Acquire(ctx, bot.Method{Account: r.me, How: "gateway v9, live; intents GUILDS, GUILD_MESSAGES, MESSAGE_CONTENT"})
	if err != nil {
		return err
	}
	r.acq, r.begun = acq, e.at
	var ready struct {
		Guilds []wireGuild `json:"guilds"`
	}
	if err := decode(e.raw, &ready); err != nil {
		return fmt.Errorf("the gateway's READY %w", err)
	}
	b := &pending{moved: map[string]mark{}}
	r.reached(e.at, b) // of the watches that begin now
	if err := r.begin(ctx, ready.Guilds, e, b); err != nil {
		return err
	}
	return r.hand(ctx, b)
}

var messageEvents = map[string]func(*run, context.Context, event, *pending) error{
	"MESSAGE_CREATE":      (*run).created,
	"MESSAGE_UPDATE":      (*run).updated,
	"MESSAGE_DELETE":      (*run).deleted,
	"MESSAGE_DELETE_BULK": (*run).deleted,
}

// whence is what tells where a message event belongs.
type whence struct {
	ID        string   `json:"id"`
	IDs       []string `json:"ids"`
	ChannelID string   `json:"channel_id"`
	GuildID   string   `json:"guild_id"`
}

// at finds the watch of the channel that an event is about, nil for a channel
// that is not listed.
func (r *run) at(e event, b *pending) (whence, *watch, message.Channel) {
	var at whence
	if err := decode(e.raw, &at); err != nil || at.ChannelID == "" {
		if err == nil {
			err = fmt.Errorf("names no channel")
		}
		r.reject(b, e, "", fmt.Errorf("the event %w", err))
		return at, nil, message.Channel{}
	}
	if n := number(at.ID); e.name == "MESSAGE_CREATE" && e.settled && n != 0 {
		r.reached(earlier(timeOf(n), e.at), b)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	w := r.watches[at.ChannelID]
	if w == nil {
		if r.dir.channels[at.ChannelID] == nil && !r.strange[at.ChannelID] && r.partlyListed(at.GuildID) && isID(at.ChannelID) {
			r.jobs.add(job{lookUp, at.ChannelID}) // a thread, perhaps, of a listed channel
			r.wakeUp()
		}
		return at, nil, message.Channel{}
	}
	return at, w, w.place
}

// reached moves the time up to which everything is known that Discord told. A
// message came when it was said or, on a busy day, later: its id says which.
func (r *run) reached(t time.Time, b *pending) {
	if t.After(r.through) {
		r.through, b.Through = t, t
	}
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func (r *run) reject(b *pending, e event, id string, err error) {
	b.Rejected = append(b.Rejected, bot.Rejected{
		Place: fmt.Sprintf("%s %s at %s, %016x", e.name, id, e.at.UTC().Format("2006-01-02T15:04:05.000000Z"), r.seen.sum(e)), Reason: err.Error(), Bytes: e.raw,
	})
}

func (r *run) created(ctx context.Context, e event, b *pending) error {
	at, w, place := r.at(e, b)
	if w == nil {
		return nil
	}
	o, wire, err := parse(e.raw, place, r.names(at.GuildID))
	if err != nil {
		r.reject(b, e, at.ID, err)
		return nil
	}
	if refers(wire.Content) {
		versions, err := r.versions(ctx, o, b)
		if err != nil {
			return err
		}
		revise(o, versions)
		if o.Edited.IsZero() {
			o.Kind = message.Posted // what the platform says of an event of this name
		}
	}
	r.live(o, e, b)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.nicks.learnFrom(at.GuildID, wire, o.Author.ID)
	id := number(o.ID)
	w.newest = max(w.newest, id)
	if !w.filling && id > w.mark.Last {
		w.mark.Last = id
		b.moved[place.ID] = w.mark
	}
	return nil
}

func (r *run) updated(ctx context.Context, e event, b *pending) error {
	at, w, place := r.at(e, b)
	if w == nil {
		return nil
	}
	o, wire, err := parse(e.raw, place, r.names(at.GuildID))
	if err != nil {
		r.reject(b, e, at.ID, err)
		return nil
	}
	versions, err := r.versions(ctx, o, b)
	if err != nil {
		return err
	}
	before := last(versions)
	if err := wire.complete(o, before); err != nil {
		r.reject(b, e, at.ID, err)
		return nil
	}
	if len(wire.Content) == 0 {
		// Nothing that was said changed; it stands as it stood.
		if o.Edited.IsZero() {
			o.Kind, o.Edited = before.Kind, before.Edited
		}
	} else {
		revise(o, versions)
	}
	r.live(o, e, b)
	return nil
}

func (r *run) deleted(_ context.Context, e event, b *pending) error {
	at, w, place := r.at(e, b)
	if w == nil {
		return nil
	}
	ids := at.IDs
	if e.name == "MESSAGE_DELETE" {
		ids = []string{at.ID}
	}
	if len(ids) == 0 || slices.ContainsFunc(ids, func(id string) bool { return !isID(id) }) {
		r.reject(b, e, at.ID, fmt.Errorf("names no message"))
	}
	for _, id := range ids {
		if isID(id) {
			r.live(&message.Observation{Kind: message.Deleted, Grade: message.Told, Channel: place, ID: id, Native: e.raw}, e, b)
		}
	}
	return nil
}

func (r *run) live(o *message.Observation, e event, b *pending) {
	o.Via, o.Observed, o.Format = message.Live, e.at, formatGateway
	b.Observations = append(b.Observations, o)
}

// versions are those known of a message: in the ledger, and in the batch that
// is not there yet.
func (r *run) versions(ctx context.Context, o *message.Observation, b *pending) ([]*message.Observation, error) {
	es, err := r.in.Ledger().Versions(ctx, o.Channel, o.ID)
	if err != nil {
		return nil, err
	}
	var out []*message.Observation
	for _, e := range es {
		if e.Obs != nil && !e.Differs {
			out = append(out, e.Obs)
		}
	}
	for _, p := range b.Observations {
		if p.ID == o.ID && p.Channel.ID == o.Channel.ID {
			out = append(out, p)
		}
	}
	return out, nil
}
