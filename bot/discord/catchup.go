package discord

import (
	"context"
	"errors"
	"net/http"
	"time"

	"stakeout/bot"
	"stakeout/ledger"
)

// again is how often channels that could not be read are tried again.
const again = 5 * time.Minute

// catchUp fetches what was missed, one channel after the other, until ctx ends.
func (r *run) catchUp(ctx context.Context) error {
	tick := time.NewTicker(again)
	defer tick.Stop()
	c := &catching{run: r}
	for {
		r.mu.Lock()
		j, ok := r.jobs.next()
		r.mu.Unlock()
		if ok {
			if err := c.do(ctx, j); err != nil {
				return err
			}
			continue
		}
		if err := c.close(ctx); err != nil {
			return err
		}
		r.tell()
		select {
		case <-r.wake:
		case <-tick.C:
			c.retry()
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// retry asks again for the channels that could not be read.
func (c *catching) retry() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, id := range c.unknown {
		c.jobs.add(job{lookUp, id})
	}
	c.unknown = nil
	for id, w := range c.watches {
		if w.refused || w.ok && w.filling {
			c.jobs.add(job{fetch, id})
		}
		if w.ok && w.mark.ScanTo != 0 {
			c.jobs.add(job{rescan, id})
		}
	}
	for id, session := range c.listed {
		if session == unlisted {
			c.jobs.add(job{list, id})
		}
	}
}

// catching is a round of catching up, with its acquisitions, opened when they
// are needed.
type catching struct {
	*run
	past, missed *bot.Acquisition
	// unknown are channels that could not be asked for: what was said in them
	// may be for us, and nothing more may be said.
	unknown []string
}

func (c *catching) do(ctx context.Context, j job) error {
	c.tell()
	var err error
	switch j.task {
	case lookUp:
		err = c.lookUp(ctx, j.channel)
	case fetch:
		err = c.fetch(ctx, j.channel)
	case list:
		err = c.list(ctx, j.channel)
	case rescan:
		err = c.rescan(ctx, j.channel)
	}
	return c.judge(ctx, j, err)
}

// mistake is a failure of one channel's; any other error ends the run.
type mistake struct {
	error
	obstacle
}

func (m *mistake) Unwrap() error { return m.error }

// judge decides what a failure means: a channel's own is noted and tried again
// later, and the others go on.
func (c *catching) judge(ctx context.Context, j job, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var m *mistake
	var fault *bot.Fault
	if errors.As(err, &fault) || !errors.As(err, &m) {
		return err
	}
	c.in.Log().Warn("a channel could not be caught up", "channel", j.channel, "err", m.error)
	refused, isLost := lost(err)
	switch {
	case j.task == lookUp && isLost:
		c.mu.Lock()
		c.stranger(j.channel)
		c.mu.Unlock()
		return nil
	case j.task == lookUp:
		if len(c.unknown) < maxLookUps {
			c.unknown = append(c.unknown, j.channel)
		}
		return nil
	case j.task == list:
		return nil
	}
	if !isLost {
		return c.sick(ctx, j, m)
	}
	return c.lose(ctx, j, refused)
}

// sick notes a failure that may pass: the channel is still heard, but a hole
// stays open. It is a channel's trouble only while it is heard.
func (c *catching) sick(ctx context.Context, j job, m *mistake) error {
	c.mu.Lock()
	w := c.watches[j.channel]
	if w == nil || !w.ok {
		c.mu.Unlock()
		return nil
	}
	w.sick = true
	place := w.place
	c.mu.Unlock()
	c.in.ChannelState(ctx, place, false, m.reason, m.obstacle.mend)
	return nil
}

// lose ends the watch of a channel that REST refuses.
func (c *catching) lose(ctx context.Context, j job, e *refused) error {
	c.mu.Lock()
	w := c.watches[j.channel]
	if w == nil || w.lost { // the gateway has said why
		c.mu.Unlock()
		return nil
	}
	ob := refusal
	if e.status == http.StatusNotFound {
		ob = gone
	}
	w.ok, w.lost, w.refused = false, true, true
	w.broken(c.cfg.Rescan) // whoever refuses to show what was said may tell nothing new either
	place := w.place
	c.mu.Unlock()
	if ob != gone || place.Parent == nil { // a thread comes and goes
		c.in.ChannelState(ctx, place, false, ob.reason, ob.mend)
	}
	stop := ledger.Coverage{Channel: place, Change: ledger.Stopped, To: c.in.Now(), Reason: ob.reason}
	return c.hand(ctx, false, bot.Batch{Coverage: []ledger.Coverage{stop}})
}

// hand commits what was fetched; history is the first fetch of a channel's
// past.
func (c *catching) hand(ctx context.Context, history bool, b bot.Batch) error {
	to, m := &c.missed, bot.Method{Account: c.me, How: "REST v9, what was missed: messages after each channel's checkpoint, and those before it read again"}
	if history {
		to, m = &c.past, bot.Method{Account: c.me, How: "REST v9, all messages, oldest first", History: true}
	}
	if *to == nil {
		a, err := c.in.Acquire(ctx, m)
		if err != nil {
			return err
		}
		*to = a
	}
	b.Bulk = true
	_, err := (*to).Hand(ctx, b)
	return err
}

// close ends the round.
func (c *catching) close(ctx context.Context) error {
	for _, a := range []**bot.Acquisition{&c.past, &c.missed} {
		if *a == nil {
			continue
		}
		if err := (*a).Close(ctx, ""); err != nil {
			return err
		}
		*a = nil
	}
	return nil
}
