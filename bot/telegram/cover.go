package telegram

import (
	"context"
	"strconv"
	"time"

	"stakeout/bot"
	"stakeout/ledger"
)

const whyExpired = "Telegram keeps updates for 24 hours only; an export of the chat can fill this in"

// expire notes what Telegram dropped because nobody fetched it for a day.
// Polls that came back in time move reached on.
func (w *watch) expire(ctx context.Context, now time.Time) error {
	if w.reached.IsZero() || now.Sub(w.reached) <= kept {
		return nil
	}
	to := now.Add(-kept)
	for _, c := range w.state.Chats {
		if c.Hears && !c.Until.IsZero() {
			c.lost(latest(w.reached, c.Until), to, whyExpired)
		}
	}
	w.reached = to
	return w.interrupted(ctx, "no updates were fetched for more than 24 hours")
}

// counted compares a new message's number with the last one before a gap.
func (w *watch) counted(c *watched, id int64, b *bot.Batch) {
	if g := c.Gap; g != nil && g.First == 0 && id > g.After && g.After > 0 {
		g.First = id
		if g.Told {
			if missing := g.coverage(c, w.account, g.To); missing.Count > 0 {
				b.Coverage = append(b.Coverage, missing)
			}
			c.Gap = nil
		}
	}
	c.Last = max(c.Last, id)
}

// coverage is the gap as the record has it.
func (g *gap) coverage(c *watched, account string, to time.Time) ledger.Coverage {
	m := ledger.Coverage{Channel: c.channel(account), Change: ledger.Missing, From: g.From, To: to, Reason: g.Reason, Limits: limits}
	if g.First > g.After+1 {
		m.FromID, m.ToID = strconv.FormatInt(g.After+1, 10), strconv.FormatInt(g.First-1, 10)
		m.Count = g.First - g.After - 1
	}
	return m
}

// caughtUp says what is covered once nothing is pending any more: all that was
// said until now, a moment before the poll began, is in the batch or before it.
func (w *watch) caughtUp(b *bot.Batch, now time.Time) {
	w.begin(b, now)
	for _, c := range w.state.Chats {
		if c.Hears && c.Until.Before(now) {
			c.Until = now
		}
	}
	b.Through = now
}

// begin begins the watch of the chats that are heard and not watched yet.
func (w *watch) begin(b *bot.Batch, now time.Time) {
	open := map[string]bool{}
	for _, c := range w.in.Open() {
		open[c.ID] = true
	}
	for id, c := range w.state.Chats {
		if !c.Hears || open[id] {
			continue
		}
		from := latest(now, c.since)
		w.filled(c, b, from)
		b.Coverage = append(b.Coverage, ledger.Coverage{Channel: c.channel(w.account), Change: ledger.Watching, From: from, Limits: limits})
		if c.Until = from; c.sure.IsZero() {
			c.sure = from
		}
	}
}

// filled says what became of the time since the last watch of a chat: what was
// pending was fetched, but for a gap.
func (w *watch) filled(c *watched, b *bot.Batch, now time.Time) {
	if c.Until.IsZero() {
		return
	}
	fetched := func(from, to time.Time) {
		if from.Before(to) {
			b.Coverage = append(b.Coverage, ledger.Coverage{Channel: c.channel(w.account), Change: ledger.Fetched, From: from, To: to, Limits: limits})
		}
	}
	g := c.Gap
	if g == nil || g.Told {
		fetched(c.Until, now)
		return
	}
	if g.To.IsZero() {
		g.To = now
	}
	fetched(c.Until, g.From)
	b.Coverage = append(b.Coverage, g.coverage(c, w.account, g.To))
	fetched(g.To, now)
	if g.Told = true; g.First != 0 || g.After == 0 {
		c.Gap = nil
	}
}

// stop ends the watch of a chat that cannot be heard any more.
func (w *watch) stop(c *watched, to time.Time, reason string, b *bot.Batch) {
	if !c.Hears {
		return
	}
	c.Hears = false
	b.Coverage = append(b.Coverage, ledger.Coverage{Channel: c.channel(w.account), Change: ledger.Stopped, To: to, Reason: reason})
	if !c.Until.IsZero() {
		c.Until = to
		c.lost(to, time.Time{}, reason)
	}
}

// lose notes that updates went elsewhere from the last poll on, at once: if we
// die before the next page, it must not be taken for fetched.
func (w *watch) lose(ctx context.Context, reason string) error {
	for _, c := range w.state.Chats {
		if c.Hears && !c.Until.IsZero() {
			c.lost(latest(w.through, c.Until), time.Time{}, reason)
		}
	}
	value, err := w.state.save()
	if err != nil {
		return err
	}
	if err := w.interrupted(ctx, reason); err != nil {
		return err
	}
	_, err = w.acq.Hand(ctx, bot.Batch{Checkpoints: []bot.Checkpoint{{Name: stateName, Value: value}}})
	return err
}

// interrupted ends all watches; they begin anew when all that is pending has
// been fetched.
func (w *watch) interrupted(ctx context.Context, reason string) error {
	w.live = false
	return w.in.Interrupted(ctx, reason)
}

// moved goes on with the supergroup that a group became. Both are recorded
// under their own ids: their message ids have nothing to do with each other.
func (w *watch) moved(ctx context.Context, c *watched, to int64, b *bot.Batch) {
	id := strconv.FormatInt(to, 10)
	if c.Moved != 0 || to == 0 {
		return
	}
	heard := c.Hears
	w.stop(c, w.in.Now(), "the group became the supergroup "+id+", where its history goes on", b)
	c.Moved = number(to)
	if w.state.Chats[id] == nil {
		next := w.state.add(&chat{ID: number(to), Type: "supergroup", Title: c.Title}, c.Entry)
		next.Hears, next.since = heard, w.in.Now()
	}
	w.in.ChannelState(ctx, c.channel(w.account), true, "", "") // no longer of interest
	w.checked = time.Time{}
}
