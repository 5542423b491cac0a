package alerts

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"

	"stakeout/alerts/notify"
	"stakeout/store"
)

// Waits between tries. A receiver that is down for a minute costs seconds; one
// that refuses needs a person, and is asked seldom.
const (
	firstWait   = 2 * time.Second
	longestWait = 5 * time.Minute
	refusedWait = time.Hour
	longestHold = time.Minute // for a whole receiver that just failed
)

// mendedAfter is after how many failures in a row a success means that what
// was wrong has been mended, and everything is tried at once. A single message
// that is refused among others that are not must not count as that.
const mendedAfter = 3

// laneState is what is known of a receiver, of its goroutine in Deliver alone.
type laneState struct {
	hold  time.Time // it is left alone until then
	fails int       // in a row
}

// never is far enough for a timer that only a commit should outrun.
const never = 24 * time.Hour

// Deliver posts what stands in the outbox, each receiver apart so that none
// waits for another, until ctx ends or the database fails.
func (a *Alerts) Deliver(ctx context.Context) error {
	// What was refused is tried again after each start: its cause may have
	// been mended by one.
	err := a.db.Write(ctx, store.Urgent, func(tx *store.Tx) error {
		_, err := tx.Exec(`UPDATE alerts_outbox SET next = ? WHERE state = 'refused'`, micros(a.opt.Now()))
		return err
	})
	if err != nil {
		return fmt.Errorf("alerts: deliver: %w", err)
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return a.loop(ctx, a.repeats) })
	for _, r := range a.opt.Receivers {
		g.Go(func() error {
			return a.loop(ctx, func(ctx context.Context) (time.Time, error) { return a.deliver(ctx, r) })
		})
	}
	return g.Wait()
}

// loop calls work after every commit and at the time that it asks for.
func (a *Alerts) loop(ctx context.Context, work func(context.Context) (next time.Time, err error)) error {
	for {
		changed := a.db.Changed()
		next, err := work(ctx)
		if err != nil {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			return fmt.Errorf("alerts: deliver: %w", err)
		}
		wait := never
		if !next.IsZero() {
			wait = min(wait, max(0, next.Sub(a.opt.Now())))
		}
		timer := time.NewTimer(wait)
		select {
		case <-changed:
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return context.Cause(ctx)
		}
		timer.Stop()
	}
}

// Drain tries what is due, once, for commands that do not stay, until a
// receiver fails. It returns what remains undelivered, by receiver. It must not
// run beside Deliver.
func (a *Alerts) Drain(ctx context.Context) ([]Undelivered, error) {
	if _, err := a.repeats(ctx); err != nil {
		return nil, fmt.Errorf("alerts: deliver: %w", err)
	}
	for _, r := range a.opt.Receivers {
		if _, err := a.deliver(ctx, r); err != nil {
			return nil, fmt.Errorf("alerts: deliver: %w", err)
		}
	}
	return a.Undelivered(ctx)
}

// deliver posts every due row of one receiver, oldest first. After a failure
// the receiver is left alone for a while: the next row would mostly fail as
// well. It returns when to come again, zero for when something changes.
func (a *Alerts) deliver(ctx context.Context, r Receiver) (time.Time, error) {
	for {
		now := a.opt.Now()
		if hold := a.lanes[r.Name()].hold; now.Before(hold) {
			return hold, nil
		}
		p, found, err := a.due(ctx, r.Name())
		if err != nil || !found {
			return time.Time{}, err
		}
		if p.next.After(now) {
			return p.next, nil
		}
		fault := r.Send(ctx, p.notification)
		if ctx.Err() != nil {
			return time.Time{}, context.Cause(ctx) // whether it arrived is not known: it is sent again
		}
		if err := a.settle(ctx, r.Name(), p, fault); err != nil {
			return time.Time{}, err
		}
	}
}

// post is one row of the outbox.
type post struct {
	id           int64
	attempts     int
	next         time.Time
	notification notify.Notification
}

// due is a receiver's next row.
func (a *Alerts) due(ctx context.Context, receiver string) (p post, found bool, err error) {
	rows, err := a.db.Read().QueryContext(ctx, `SELECT id, attempts, next, body FROM alerts_outbox
		WHERE receiver = ? AND state <> 'sent' ORDER BY next, id LIMIT 1`, receiver)
	if err != nil {
		return p, false, err
	}
	defer rows.Close()
	if !rows.Next() {
		return p, false, rows.Err()
	}
	var next int64
	var body string
	if err := rows.Scan(&p.id, &p.attempts, &next, &body); err != nil {
		return p, false, err
	}
	p.next = fromMicros(next)
	return p, true, json.Unmarshal([]byte(body), &p.notification)
}

// settle writes what became of a try. A crash before it means that the
// notification is sent again under the same id.
func (a *Alerts) settle(ctx context.Context, receiver string, p post, fault error) error {
	now := a.opt.Now()
	lane := a.lanes[receiver]
	if fault == nil {
		mended := lane.fails >= mendedAfter
		*lane = laneState{}
		return a.db.Write(ctx, store.Urgent, func(tx *store.Tx) error {
			_, err := tx.Exec(`UPDATE alerts_outbox SET state = 'sent', attempts = attempts + 1, sent = ?, reason = '' WHERE id = ?`, micros(now), p.id)
			if err == nil && mended {
				_, err = tx.Exec(`UPDATE alerts_outbox SET next = ? WHERE receiver = ? AND state <> 'sent'`, micros(now), receiver)
			}
			return err
		})
	}
	var later *notify.RetryAfter
	var no *notify.Refused
	state, wait := waiting, a.backoff(p.attempts)
	hold := min(a.backoff(lane.fails), longestHold)
	lane.fails++
	switch {
	case errors.As(fault, &later):
		wait, hold = later.Wait, later.Wait
	case errors.As(fault, &no):
		state, wait = refused, refusedWait
	}
	lane.hold = now.Add(hold)
	a.opt.Log.Warn("a notification was not delivered", slog.String("receiver", receiver), slog.String("id", p.notification.ID),
		slog.Int("attempts", p.attempts+1), slog.Any("error", fault), slog.Duration("again_in", wait))
	return a.db.Write(ctx, store.Urgent, func(tx *store.Tx) error {
		_, err := tx.Exec(`UPDATE alerts_outbox SET state = ?, attempts = attempts + 1, next = ?, reason = ? WHERE id = ?`,
			state, micros(now.Add(wait)), fault.Error(), p.id)
		return err
	})
}

// backoff doubles from try to try, with jitter of a quarter either way.
func (a *Alerts) backoff(attempts int) time.Duration {
	wait := longestWait
	if attempts < 10 {
		wait = min(wait, firstWait<<attempts)
	}
	return time.Duration(float64(wait) * (0.75 + a.jitter()/2))
}
