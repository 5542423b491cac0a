package discord

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"time"

	"stakeout/bot"
	"stakeout/message"
)

// lookUp asks what channel it is that a message of a watched server came from,
// and lets the pump judge it like one that the gateway told of.
func (c *catching) lookUp(ctx context.Context, id string) error {
	path := "/channels/"
	b, err := c.rest.get(ctx, path, path+id)
	if err != nil {
		return unread(err)
	}
	c.tellPump(ctx, "THREAD_UPDATE", b)
	return nil
}

func (r *run) tellPump(ctx context.Context, name string, raw []byte) {
	select {
	case r.events <- event{name: name, raw: raw, at: r.in.Now()}:
	case <-ctx.Done():
	}
}

// slack is by how much an archived thread may be older than the last list and
// still be looked at again: lists and clocks are not of one moment.
const slack = 24 * time.Hour

func archivedKey(channel string) string { return "archived/" + channel }

// list finds the archived threads of a channel: active ones the gateway tells
// of. Those archived before the last complete list are known.
func (c *catching) list(ctx context.Context, id string) error {
	c.mu.Lock()
	ch := c.dir.channels[id]
	if ch == nil || c.obstacleTo(ch).reason != "" || c.dir.may(ch)&readHistory == 0 {
		delete(c.listed, id)
		c.mu.Unlock()
		return nil
	}
	guild, manages := ch.guild, c.dir.may(ch)&manageThreads != 0
	c.mu.Unlock()
	began := c.in.Now()
	var until time.Time
	b, err := c.in.Checkpoint(ctx, archivedKey(id))
	if err != nil {
		return err
	}
	if b != nil {
		if until, err = time.Parse(time.RFC3339, string(b)); err != nil {
			return fmt.Errorf("checkpoint %s: %w", archivedKey(id), err)
		}
		until = until.Add(-slack)
	}
	kinds := []string{"/threads/archived/public", "/users/@me/threads/archived/private"}
	if manages {
		kinds[1] = "/threads/archived/private"
	}
	for _, kind := range kinds {
		if err := c.archived(ctx, id, guild, kind, until); err != nil {
			if _, refused := lost(err); refused && kind != kinds[0] {
				continue // private threads that are not ours to see
			}
			c.mu.Lock()
			c.listed[id] = unlisted
			c.mu.Unlock()
			return err
		}
	}
	return c.hand(ctx, false, bot.Batch{Checkpoints: []bot.Checkpoint{{Name: archivedKey(id), Value: []byte(began.Format(time.RFC3339))}}})
}

// unlisted stands in run.listed for a channel whose list failed.
const unlisted = -1

// archived reads one kind of list, the thread archived last first. The list of
// joined private threads goes on by id, the others by time.
func (c *catching) archived(ctx context.Context, id, guild, kind string, until time.Time) error {
	route := "/channels/" + id + kind
	for before := ""; ; {
		path := route + "?limit=100"
		if before != "" {
			path += "&before=" + url.QueryEscape(before)
		}
		var page struct {
			Threads []json.RawMessage `json:"threads"`
			More    bool              `json:"has_more"`
		}
		if err := c.rest.read(ctx, route, path, &page); err != nil {
			return unread(err)
		}
		if len(page.Threads) == 0 {
			return nil
		}
		sync, err := json.Marshal(map[string]any{"guild_id": guild, "threads": page.Threads})
		if err != nil {
			return unread(err)
		}
		c.tellPump(ctx, "THREAD_LIST_SYNC", sync)
		var oldest wireChannel
		if err := decode(page.Threads[len(page.Threads)-1], &oldest); err != nil {
			return unread(err)
		}
		at, err := message.ParseTime(oldest.Metadata.ArchivedAt, nil)
		if !page.More || err == nil && at.UTC.Before(until) {
			return nil
		}
		next := oldest.Metadata.ArchivedAt
		if kind == "/users/@me/threads/archived/private" {
			next = oldest.ID
		}
		if next == "" || next == before {
			return unread(errors.New("the list of archived threads does not go on"))
		}
		before = next
	}
}
