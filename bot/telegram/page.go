package telegram

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"stakeout/bot"
	"stakeout/message"
)

type rawUpdate = json.RawMessage

// page is what became of an answer to getUpdates.
type page struct {
	last  int64 // the highest update id, 0: none
	stale bool  // it holds nothing but updates that offset confirmed
}

// take hands a page over: one commit for the page, the state and the coverage
// that it gives. all says that nothing more was pending; began is when the page
// was asked for, and offset what was confirmed with that.
func (w *watch) take(ctx context.Context, list []rawUpdate, offset int64, all bool, began time.Time) (page, error) {
	var p page
	fresh := 0
	if err := w.expire(ctx, began); err != nil {
		return p, err
	}
	var b bot.Batch
	var newest time.Time
	seen := make([]string, 0, len(list))
	for _, raw := range list {
		u := w.examine(ctx, raw)
		p.last = max(p.last, u.id)
		d := digest(raw)
		seen = append(seen, d)
		if slices.Contains(w.state.Seen, d) || slices.Contains(seen[:len(seen)-1], d) {
			continue // committed, but not confirmed before a crash, or told twice
		}
		fresh++
		w.put(ctx, &u, &b)
		if n := len(b.Observations); n > 0 {
			newest = latest(newest, b.Observations[n-1].Sent.UTC, b.Observations[n-1].Edited.UTC)
		}
	}
	if fresh > 0 { // else they come again, and those after them may too
		w.state.Seen = seen
	}
	p.stale = p.last > 0 && fresh == 0 && offset > p.last
	if all && !p.stale {
		w.caughtUp(&b, began)
	} else {
		// The clock is Telegram's, which does no harm: only hours count here.
		if newest.Before(began) {
			w.reached = latest(w.reached, newest)
		}
	}
	value, err := w.state.save()
	if err != nil {
		return p, err
	}
	b.Checkpoints = []bot.Checkpoint{{Name: stateName, Value: value}}
	if _, err := w.acq.Hand(ctx, b); err != nil {
		return p, err
	}
	w.broken = 0
	if !b.Through.IsZero() {
		w.through, w.reached, w.live = began, began, true
		w.in.State(bot.Live, "", time.Time{})
	}
	return p, nil
}

// digest names the bytes of an update. The server keeps updates as they were
// written, so one that comes again has the same bytes.
func digest(raw []byte) string {
	h := sha256.Sum256(raw)
	return hex.EncodeToString(h[:12])
}

func latest(ts ...time.Time) time.Time {
	return slices.MaxFunc(ts, time.Time.Compare)
}

// route puts an update where it belongs.
func (w *watch) route(ctx context.Context, u *update, b *bot.Batch) {
	known := u.chat.ID != 0
	var in *watched
	if known {
		in = w.state.find(&u.chat, u.body, w.c.cfg.Channels)
	}
	switch {
	case u.kind == "" && u.broken == nil: // nobody asked for it
	case known && u.chat.private():
		w.in.Dropped(u.chat.ID.String(), "")
	case known && in == nil:
		w.in.Dropped(u.chat.ID.String(), u.chat.name())
	case u.broken != nil:
		b.Rejected = append(b.Rejected, u.rejected(u.broken))
	case u.kind == "my_chat_member":
		w.membership(ctx, u, in, b)
	default:
		o, err := w.c.observe(u, w.account)
		if err != nil {
			b.Rejected = append(b.Rejected, u.rejected(err))
			return
		}
		o.Observed = w.in.Now()
		if !w.live {
			o.Via = message.Backfill
		}
		b.Observations = append(b.Observations, o)
		w.heard(ctx, u, in, o, b)
	}
}

func (u *update) rejected(why error) bot.Rejected {
	return bot.Rejected{Place: fmt.Sprintf("update %d", u.id), Reason: why.Error(), Bytes: u.raw}
}

// heard notes what a message tells of its chat: its number, and where the chat
// moved to.
func (w *watch) heard(ctx context.Context, u *update, in *watched, o *message.Observation, b *bot.Batch) {
	if !in.Known {
		in.Known, w.checked = true, time.Time{} // the first of this chat: look at the rights there
	}
	in.learn(&u.chat)
	if id, ok := integer([]byte(o.ID)); ok && o.Kind == message.Posted && u.chat.broad() {
		w.counted(in, id, b)
	}
	if to, ok := integer(member(u.body, "migrate_to_chat_id")); ok {
		w.moved(ctx, in, to, b)
	}
}
