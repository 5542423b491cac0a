package discord

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"stakeout/bot"
	"stakeout/message"
)

// target is the channel that pages are read of.
type target struct {
	id, guild string
	place     message.Channel
}

// page reads at most a hundred messages after an id. A failure is the channel's
// own.
func (c *catching) page(ctx context.Context, t target, after uint64) ([]json.RawMessage, error) {
	path := "/channels/" + t.id + "/messages"
	b, err := c.rest.get(ctx, path, fmt.Sprintf("%s?limit=%d&after=%d", path, pageSize, after))
	if err != nil {
		return nil, unread(err)
	}
	var page []json.RawMessage
	if err := json.Unmarshal(b, &page); err != nil {
		return nil, unread(errors.New("the answer is no list of messages"))
	}
	return page, nil
}

// pageSize is Discord's largest page.
const pageSize = 100

func unread(err error) error {
	return &mistake{err, obstacle{"what was said in the channel could not be fetched; it is tried again", "look at Discord's status page, if it lasts"}}
}

// read makes observations of a page's messages after an id, the oldest first,
// and gives their ids. What cannot be read is rejected with its bytes.
func (c *catching) read(ctx context.Context, t target, page []json.RawMessage, after uint64, b *bot.Batch) ([]uint64, error) {
	type record struct {
		id  uint64
		raw json.RawMessage
	}
	var records []record
	for i, raw := range page {
		var at whence
		if err := decode(raw, &at); err != nil || !isID(at.ID) {
			b.Rejected = append(b.Rejected, bot.Rejected{Place: fmt.Sprintf("channel %s, page after %d, record %d", t.id, after, i+1), Reason: "has no message id", Bytes: raw})
			continue
		}
		if n := number(at.ID); n > after {
			records = append(records, record{n, raw})
		}
	}
	slices.SortFunc(records, func(x, y record) int { return cmp.Compare(x.id, y.id) })
	var ids []uint64
	for _, x := range records {
		if err := c.askNicks(ctx, t.guild, x.raw); err != nil {
			return nil, err
		}
		ids = append(ids, x.id)
		o, _, err := parse(x.raw, t.place, c.names(t.guild))
		if err != nil {
			b.Rejected = append(b.Rejected, bot.Rejected{Place: "channel " + t.id + ", message " + decimal(x.id), Reason: err.Error(), Bytes: x.raw})
			continue
		}
		o.Via, o.Observed, o.Format = message.Backfill, c.in.Now(), formatREST
		b.Observations = append(b.Observations, o)
	}
	return ids, nil
}

// one reads a single message; see isUnknown for one that there is not.
func (c *catching) one(ctx context.Context, t target, id uint64) ([]byte, error) {
	path := "/channels/" + t.id + "/messages/"
	b, err := c.rest.get(ctx, path, path+decimal(id))
	if err != nil {
		return nil, unread(err)
	}
	return b, nil
}

// isUnknown reports that Discord says of a message that it does not exist.
func isUnknown(err error) bool {
	var e *refused
	return errors.As(err, &e) && e.status == 404 && e.code == unknownMessage
}

// askNicks asks for the nicknames of those whom a text mentions: REST's
// messages do not tell them, the gateway's and exports do.
func (c *catching) askNicks(ctx context.Context, guild string, raw []byte) error {
	if !refers(raw) {
		return nil
	}
	var w wireMessage
	if decode(raw, &w) != nil {
		return nil // parse says so
	}
	for _, u := range w.Mentions {
		c.mu.Lock()
		_, known := c.nicks[guild+"/"+u.ID]
		c.mu.Unlock()
		if known || !isID(u.ID) || !strings.Contains(string(raw), u.ID+">") && !strings.Contains(string(raw), u.ID+`\u003e`) {
			continue
		}
		var m wireMember
		path := "/guilds/" + guild + "/members/"
		err := c.rest.read(ctx, path, path+u.ID, &m)
		var fault *bot.Fault
		if ctx.Err() != nil || errors.As(err, &fault) {
			return err
		}
		// Whoever has left the server, or cannot be asked for now, has none.
		c.mu.Lock()
		c.nicks.learn(guild, u.ID, m.Nick)
		c.mu.Unlock()
	}
	return nil
}
