package alerts

import (
	"context"
	"fmt"
	"time"

	"stakeout/alerts/notify"
)

// Delivery is what became of one notification at one receiver.
type Delivery struct {
	Notification string     `json:"notification"`
	Receiver     string     `json:"receiver"`
	State        string     `json:"state"` // waiting, refused, sent
	Attempts     int64      `json:"attempts"`
	Reason       string     `json:"reason,omitempty"` // of the last failure
	Created      time.Time  `json:"created"`
	Next         *time.Time `json:"next,omitempty"`
	Sent         *time.Time `json:"sent,omitempty"`
}

// posts lists the notifications of one alert.
func (a *Alerts) posts(ctx context.Context, alert int64) ([]Delivery, error) {
	rows, err := a.db.Read().QueryContext(ctx, `SELECT notification, receiver, state, attempts, reason, created, next, sent
		FROM alerts_outbox WHERE alert = ? ORDER BY id`, alert)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Delivery
	for rows.Next() {
		var d Delivery
		var created, next int64
		var done *int64
		if err := rows.Scan(&d.Notification, &d.Receiver, &d.State, &d.Attempts, &d.Reason, &created, &next, &done); err != nil {
			return nil, err
		}
		d.Created, d.Sent = fromMicros(created), instant(done)
		if d.State != sent {
			d.Next = instant(&next)
		}
		out = append(out, d)
	}
	return out, rows.Err()
}

// Undelivered is what one receiver has not taken yet.
type Undelivered struct {
	Receiver string    `json:"receiver"`
	Missing  bool      `json:"missing,omitempty"` // no longer configured: nothing tries
	Waiting  int64     `json:"waiting"`
	Refused  int64     `json:"refused"`
	Oldest   time.Time `json:"oldest"`
	Reason   string    `json:"reason,omitempty"` // of the last failure
}

// Undelivered tells what stands in the outbox, by receiver.
func (a *Alerts) Undelivered(ctx context.Context) ([]Undelivered, error) {
	rows, err := a.db.Read().QueryContext(ctx, `SELECT o.receiver, sum(o.state = 'waiting'), sum(o.state = 'refused'), min(o.created),
		coalesce((SELECT l.reason FROM alerts_outbox l WHERE l.receiver = o.receiver AND l.state <> 'sent' AND l.reason <> '' ORDER BY l.next DESC LIMIT 1), '')
		FROM alerts_outbox o WHERE o.state <> 'sent' GROUP BY o.receiver ORDER BY o.receiver`)
	if err != nil {
		return nil, fmt.Errorf("look at the outbox: %w", err)
	}
	defer rows.Close()
	known := map[string]bool{}
	for _, name := range a.Receivers() {
		known[name] = true
	}
	var out []Undelivered
	for rows.Next() {
		var u Undelivered
		var oldest int64
		if err := rows.Scan(&u.Receiver, &u.Waiting, &u.Refused, &oldest, &u.Reason); err != nil {
			return nil, fmt.Errorf("look at the outbox: %w", err)
		}
		u.Oldest, u.Missing = fromMicros(oldest), !known[u.Receiver]
		out = append(out, u)
	}
	return out, rows.Err()
}

// Trouble is something of Stakeout's own that failed.
type Trouble struct {
	Name   string    `json:"name"`
	Detail string    `json:"detail"`
	Count  int64     `json:"count"`
	First  time.Time `json:"first"`
	Last   time.Time `json:"last"`
	Seq    int64     `json:"seq"` // the entry at which it last failed
}

// Troubles lists what failed since a time.
func (a *Alerts) Troubles(ctx context.Context, since time.Time) ([]Trouble, error) {
	from := int64(0)
	if !since.IsZero() {
		from = micros(since)
	}
	rows, err := a.db.Read().QueryContext(ctx, `SELECT name, detail, count, first, last, seq FROM alerts_trouble WHERE last >= ? ORDER BY last DESC`, from)
	if err != nil {
		return nil, fmt.Errorf("list what failed: %w", err)
	}
	defer rows.Close()
	var out []Trouble
	for rows.Next() {
		var t Trouble
		var first, last int64
		if err := rows.Scan(&t.Name, &t.Detail, &t.Count, &first, &last, &t.Seq); err != nil {
			return nil, fmt.Errorf("list what failed: %w", err)
		}
		t.First, t.Last = fromMicros(first), fromMicros(last)
		out = append(out, t)
	}
	return out, rows.Err()
}

// TestResult is what became of a test at one receiver; Err is nil when it
// arrived.
type TestResult struct {
	Receiver string
	Err      error
}

// Test sends a notification marked as a test to each receiver, at once and
// past the outbox.
func (a *Alerts) Test(ctx context.Context) []TestResult {
	now := a.opt.Now().UTC()
	n := notify.Notification{ID: "T-" + now.Format("20060102T150405Z"), Kind: notify.Test, Made: now, Told: &notify.Report{
		Title:    "TEST: this is no alert",
		Sections: []notify.Section{{Lines: []string{"Somebody asked Stakeout to show that its alerts arrive here. They do."}}},
	}}
	var out []TestResult
	for _, r := range a.opt.Receivers {
		out = append(out, TestResult{r.Name(), r.Send(ctx, n)})
	}
	return out
}
