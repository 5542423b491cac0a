package telegram

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	tele "gopkg.in/telebot.v3"

	"stakeout/bot"
)

// poller is the Poller that telebot's loop runs. Telebot's own confirms updates
// before they are handled, so a crash loses them; this one confirms what the
// ledger has committed.
type poller struct {
	ctx   context.Context
	watch *watch
	done  chan error // the end of polling, once
}

// Poll polls until the poller's own context ends or nothing more can be done.
// It gives telebot no updates: they are read from their bytes.
func (p *poller) Poll(*tele.Bot, chan tele.Update, chan struct{}) {
	p.done <- p.watch.in.Contain(p.ctx, func() error { return p.watch.loop(p.ctx) })()
}

var errStuck = errors.New("getUpdates: the server gives updates again that were confirmed")

// loop polls. An offset confirms, and is sent only while there is something to
// confirm: update ids start anew after an idle week or on another server, and
// an old offset would then be taken for one in the future.
func (w *watch) loop(ctx context.Context) error {
	w.in.State(bot.CatchingUp, "fetching what Telegram kept meanwhile", time.Time{})
	var offset int64
	t := troubles{w: w, lastOK: w.in.Now()}
	for ctx.Err() == nil {
		if err := w.checkDue(ctx); err != nil {
			return err
		}
		limit, seconds := pageSize, int(w.c.pollFor/time.Second)
		if w.broken > 0 {
			limit = 1 // to lose no more than what is broken
		}
		if !w.live {
			seconds = 0 // to know at once that nothing is pending
		}
		began := w.in.Now()
		list, whole, err := w.api.updates(offset, limit, seconds)
		var bad *answerError
		if errors.As(err, &bad) {
			list, err = w.passOver(ctx, bad)
		}
		if err == nil {
			var p page
			if p, err = w.take(ctx, list, offset, whole && len(list) < limit, began); err != nil {
				return err // the ledger's: ctx ended, or the database is broken
			}
			switch {
			case p.last == 0 && len(list) > 0:
				err = &answerError{method: "getUpdates", reason: "holds updates without an id"}
			case p.stale:
				err = errStuck
			case p.last > 0:
				offset = p.last + 1
			default:
				offset = 0
			}
		}
		early := err == nil && len(list) == 0 && seconds > 0
		if err = t.after(ctx, err, began); err != nil {
			return err
		}
		if err = w.held(ctx, early, began); err != nil {
			return err
		}
	}
	return context.Cause(ctx)
}

// atLeast is the time from one poll to the next where an empty one was not
// held: some servers and proxies answer at once.
const atLeast = time.Second

func (w *watch) held(ctx context.Context, empty bool, began time.Time) error {
	if rest := atLeast - w.in.Now().Sub(began); empty && rest > 0 {
		return sleep(ctx, min(rest, w.c.pollFor))
	}
	return nil
}

// passOver goes on after an answer of which nothing can be read. It is asked
// for again, one update at a time; after some times the first update goes to
// quarantine and is confirmed by what looks like its id.
func (w *watch) passOver(ctx context.Context, bad *answerError) ([]rawUpdate, error) {
	if w.broken++; w.broken < giveUp || len(bad.body) == 0 {
		return nil, bad
	}
	id := firstID(bad.body)
	if id == 0 {
		return nil, w.keepStrange(ctx, bad)
	}
	if d := digest(bad.body); d != w.quarantined {
		r := bot.Rejected{Place: fmt.Sprintf("an answer to getUpdates, with update %d", id), Reason: "is not valid JSON", Bytes: bad.body}
		if err := w.keepAnswer(ctx, r); err != nil {
			return nil, err
		}
		w.quarantined = d
	}
	// An update of no kind: it is confirmed, and nothing else.
	return []rawUpdate{fmt.Appendf(nil, `{"update_id":%d}`, id)}, nil
}

// maxStrange is how much is kept of an answer that names no update.
const maxStrange = 1 << 20

// keepStrange puts an answer without an update's id into quarantine, one in a
// run: such as a hotel's sign-in page, which comes at every poll, with other
// bytes each time. It returns bad, since there is nothing to go on with.
func (w *watch) keepStrange(ctx context.Context, bad *answerError) error {
	if w.strange {
		return bad
	}
	r := bot.Rejected{Place: "an answer to getUpdates, without an update", Reason: bad.reason + "; further ones are not kept", Bytes: bad.body}
	if len(bad.body) > maxStrange {
		r.Reason = fmt.Sprintf("%s; of its %d bytes the beginning is kept, and further ones are not kept", bad.reason, len(bad.body))
		r.Bytes = bad.body[:maxStrange]
	}
	if err := w.keepAnswer(ctx, r); err != nil {
		return err
	}
	w.strange = true
	return bad
}

func (w *watch) keepAnswer(ctx context.Context, r bot.Rejected) error {
	if _, err := w.acq.Hand(ctx, bot.Batch{Rejected: []bot.Rejected{r}}); err != nil {
		return err
	}
	w.in.Alarm(ctx, "unreadable answer", "an answer of the Bot API could not be read; its bytes are in quarantine", "look at the quarantine; a proxy may damage what passes")
	return nil
}

// troubles keeps count of what goes wrong.
type troubles struct {
	w      *watch
	lastOK time.Time
	pause  time.Duration
	failed bool
}

// after looks at how a poll that began then went, and waits after one that failed. It returns
// what only somebody else can mend, or the end of ctx.
func (t *troubles) after(ctx context.Context, err error, began time.Time) error {
	w := t.w
	if err == nil {
		if t.failed {
			w.in.Reconnected()
		}
		t.failed, t.pause, t.lastOK = false, 0, began
		return nil
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	t.failed = true
	t.pause = min(max(2*t.pause, w.c.first), w.c.limit)
	wait := t.pause/2 + rand.N(t.pause)
	reason := err.Error()
	var e *apiError
	switch errors.As(err, &e); {
	case e == nil:
	case e.webhook():
		if err := w.lose(ctx, "a webhook is set for this bot, and what it took cannot be fetched"); err != nil {
			return err
		}
		return e
	case e.Code == 401 || e.Code == 404:
		return e
	case e.Code == 409:
		reason = "another program polls with this bot's token; it may take updates that are then missing here"
		if err := w.lose(ctx, "another program polled with this bot's token, and what it took cannot be fetched"); err != nil {
			return err
		}
		w.in.Alarm(ctx, "another poller", reason, "stop the other program, or take a new token from @BotFather for Stakeout alone")
	case e.RetryAfter > 0:
		reason = "Telegram asks to wait (429)"
		wait = e.RetryAfter + rand.N(w.c.first)
	}
	if w.in.Now().Sub(t.lastOK) > grace && len(w.in.Open()) > 0 {
		if err := w.interrupted(ctx, "Telegram could not be reached"); err != nil {
			return err
		}
	}
	w.in.State(bot.Waiting, reason, w.in.Now().Add(wait))
	return sleep(ctx, wait)
}

// sleep waits, and returns an error only when ctx ends first.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
