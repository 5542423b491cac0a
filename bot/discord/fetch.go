package discord

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"stakeout/bot"
	"stakeout/ledger"
	"stakeout/message"
)

// errStuck says that Discord's pages do not go on.
var errStuck = &mistake{errors.New("the pages do not go on: the last id of a page is not after the one asked for"),
	obstacle{"Discord's pages of the channel's messages repeat themselves; fetching has stopped", "it is tried again; if it lasts, tell the makers of Stakeout"}}

var errWithheld = errors.New("an empty page came though there are newer messages")

// fetching is one fetch of a channel, as it was when it began.
type fetching struct {
	*catching
	target
	watch   *watch
	mark    mark
	turn    int
	asked   int // the turn in which the last page was asked for
	history bool
	// imports: also of messages that only an import told of it is asked whether
	// they are still there. Not so when a channel's past is fetched first: it
	// may be long.
	imports bool
}

// fetch reads a channel from its mark to its end. Then the mark follows what is
// live, unless the session broke meanwhile.
func (c *catching) fetch(ctx context.Context, id string) error {
	c.mu.Lock()
	w, ch := c.watches[id], c.dir.channels[id]
	if w == nil || ch == nil || !w.filling || !w.ok && !w.refused {
		c.mu.Unlock()
		return nil
	}
	f := &fetching{catching: c, target: target{id, w.guild, w.place}, watch: w, mark: w.mark, turn: w.turn, asked: w.turn}
	f.history = w.mark.History || !w.mark.known && timeOf(number(id)).Before(c.since)
	f.imports = w.mark.known && !f.history
	if !f.mark.Open {
		f.mark.Open, f.mark.Hole = true, f.mark.Last
	}
	may := c.dir.may(ch)
	c.mu.Unlock()
	if may&readHistory == 0 {
		// Discord would give empty pages, as if nothing had been said.
		return &mistake{errors.New("the permission Read Message History is missing"), noPast}
	}
	began, err := f.pages(ctx)
	if err != nil {
		return err
	}
	return f.end(ctx, began)
}

// pages hands over all messages after the mark. It gives when the last page was
// asked for.
func (f *fetching) pages(ctx context.Context) (began time.Time, err error) {
	for withheld := 0; ; {
		began = f.in.Now()
		page, err := f.page(ctx, f.target, f.mark.Last)
		if err != nil {
			return began, err
		}
		if len(page) == 0 {
			err := f.atEnd(ctx)
			if err == nil {
				err = f.tail(ctx, began)
			}
			if !errors.Is(err, errWithheld) {
				return began, err
			}
			if withheld++; withheld == tries {
				return began, unread(errWithheld)
			}
			if err := f.rest.wait(ctx, "Discord withholds messages", time.Duration(withheld)*firstRetry); err != nil {
				return began, err
			}
			continue
		}
		withheld = 0
		if err := f.take(ctx, page); err != nil {
			return began, err
		}
	}
}

// atEnd makes sure that an empty page is the end: the channel's last message,
// as far as it is known, must stand before the mark or be deleted.
func (f *fetching) atEnd(ctx context.Context) error {
	f.mu.Lock()
	newest := uint64(0)
	if ch := f.dir.channels[f.id]; ch != nil {
		newest = ch.last
	}
	f.mu.Unlock()
	if newest <= f.mark.Last {
		return nil
	}
	_, err := f.one(ctx, f.target, newest)
	switch {
	case err == nil:
		return errWithheld
	case isUnknown(err):
		return nil
	}
	return err
}

// take hands over a page, and moves the mark to its newest message.
func (f *fetching) take(ctx context.Context, page []json.RawMessage) error {
	b := bot.Batch{}
	ids, err := f.read(ctx, f.target, page, f.mark.Last, &b)
	if err != nil {
		return err
	}
	if len(ids) == 0 {
		if err := f.hand(ctx, f.history, b); err != nil { // what could not be read
			return err
		}
		return errStuck
	}
	for i, o := range b.Observations {
		if !refers(o.Native) {
			continue
		}
		versions, err := f.versions(ctx, o, &pending{Batch: bot.Batch{Observations: b.Observations[:i]}})
		if err != nil {
			return err
		}
		settle(o, versions)
	}
	newest := ids[len(ids)-1]
	// What was told live while the hole was open may be gone by now.
	if err := f.absent(ctx, f.target, f.mark.Last, newest, ids, f.imports, &b); err != nil {
		return err
	}
	f.mark.Last = newest
	return f.move(ctx, b)
}

// tail looks for messages that were told live after the mark and are not there
// any more.
func (f *fetching) tail(ctx context.Context, began time.Time) error {
	b := bot.Batch{}
	if err := f.absent(ctx, f.target, f.mark.Last, firstAt(began), nil, f.imports, &b); err != nil || len(b.Observations) == 0 {
		return err
	}
	return f.move(ctx, b)
}

// settle lets a message that is known already show the names that it showed
// first, and changes nothing else.
func settle(o *message.Observation, versions []*message.Observation) {
	p := *o
	if !revise(&p, versions) && p.Kind == o.Kind && p.Edited.UTC.Equal(o.Edited.UTC) {
		o.Text = p.Text
	}
}

// move hands over a batch with the mark.
func (f *fetching) move(ctx context.Context, b bot.Batch) error { return f.moveAs(ctx, f.history, b) }

func (f *fetching) moveAs(ctx context.Context, history bool, b bot.Batch) error {
	f.mu.Lock()
	w := f.watches[f.id]
	if w != f.watch || !w.filling {
		f.mu.Unlock()
		return nil
	}
	// A rescan asked for meanwhile stays asked for.
	f.mark.ScanFrom, f.mark.ScanTo = w.mark.ScanFrom, w.mark.ScanTo
	f.mark.known, f.mark.History = true, f.history
	if w.turn != f.asked {
		// The gap came while this page was on its way: edits in it since then were
		// told to nobody, and what is read again must reach to its end.
		f.asked = w.turn
		if f.mark.gap(f.cfg.Rescan); f.mark.ScanTo != 0 {
			f.jobs.add(job{rescan, f.id})
		}
	}
	w.mark = f.mark
	f.mu.Unlock()
	c, err := f.mark.checkpoint(f.id)
	if err != nil {
		return err
	}
	b.Checkpoints = append(b.Checkpoints, c)
	return f.hand(ctx, history, b)
}

// skew is by how much Discord's clock, which dates messages, may be ahead of
// ours, which dates watches. All that was said up to the hole is held anyway.
const skew = time.Minute

// end enters that the channel was fetched, and lets the mark follow what is
// live.
func (f *fetching) end(ctx context.Context, began time.Time) error {
	cov := ledger.Coverage{Channel: f.place, Change: ledger.Fetched, To: began, ToID: idOf(f.mark.Last), Limits: limits}
	if hole := f.mark.Hole; hole != 0 {
		cov.From, cov.FromID = timeOf(hole).Add(-skew), idOf(hole)
	}
	f.mark.Open, f.mark.Hole = false, 0
	f.mu.Lock()
	w := f.watches[f.id]
	back := w == f.watch && w.refused && w.turn == f.turn
	f.mu.Unlock()
	if w != f.watch {
		return nil
	}
	b := bot.Batch{Coverage: []ledger.Coverage{cov}}
	if back {
		b.Coverage = append(b.Coverage, ledger.Coverage{Channel: f.place, Change: ledger.Watching, From: began, Limits: limits})
	}
	was := f.history
	f.history = false // the next fetch is none, wherever this one is told
	if err := f.moveAs(ctx, was, b); err != nil {
		return err
	}
	f.mu.Lock()
	well := w.turn == f.turn && (w.refused || w.sick)
	if w.turn == f.turn {
		w.ok, w.lost, w.refused, w.sick, w.filling = true, false, false, false, false
	}
	f.mu.Unlock()
	if well {
		f.in.ChannelState(ctx, f.place, true, "", "")
	}
	return nil
}

// idOf writes an id, "" for none.
func idOf(n uint64) string {
	if n == 0 {
		return ""
	}
	return decimal(n)
}
