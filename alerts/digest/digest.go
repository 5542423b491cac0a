package digest

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"time"

	"stakeout/alerts"
	"stakeout/alerts/notify"
	"stakeout/ledger"
	"stakeout/store"
)

// Digest makes the digests of one ledger.
type Digest struct {
	db        *store.DB
	ledger    *ledger.Ledger
	alerts    *alerts.Alerts
	schedule  *Schedule
	off       bool
	receivers []string
	sources   func() (list []Source, running bool)
	now       func() time.Time
	log       *slog.Logger
}

// Options are what the outside gives to a Digest.
type Options struct {
	Config Config
	Zone   string // where Config names none
	// Sources tells what the watched sources are doing, and whether a service is
	// running that knows it. Nil: none is.
	Sources func() (list []Source, running bool)
	Now     func() time.Time // nil: time.Now
	Log     *slog.Logger     // nil: none
}

// New reads the schedule.
func New(db *store.DB, l *ledger.Ledger, a *alerts.Alerts, opt Options) (*Digest, error) {
	c, zone := opt.Config, opt.Zone
	if c.Zone != "" {
		zone = c.Zone
	}
	if opt.Sources == nil {
		opt.Sources = func() ([]Source, bool) { return nil, false }
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	d := &Digest{db: db, ledger: l, alerts: a, receivers: c.Receivers, sources: opt.Sources, now: opt.Now, log: opt.Log}
	at := c.At
	if d.off = c.Off(); d.off {
		at = "00:00" // a preview needs a zone all the same
	}
	var err error
	if d.schedule, err = NewSchedule(at, c.Cron, zone); err != nil {
		return nil, fmt.Errorf("digest: %w", err)
	}
	return d, nil
}

// slot is a row of digest_slot.
type slot struct {
	date                    Date
	made                    time.Time
	after, upto, quarantine int64
}

// checkTime is how often the clock is looked at: a timer does not notice that
// it was set, or that the machine slept.
const checkTime = time.Minute

// patience is how long a digest that is due waits for the messages of a
// downtime to be judged.
const patience = 5 * time.Minute

// Run makes each digest when it is due, until ctx ends or the database fails.
// The first start makes none: digests begin with the next moment. Where they
// are off it only waits.
func (d *Digest) Run(ctx context.Context) error {
	if d.off {
		<-ctx.Done()
		return context.Cause(ctx)
	}
	if err := d.begin(ctx); err != nil {
		return fmt.Errorf("digest: begin: %w", err)
	}
	var done, waitingFor Date
	var patient time.Time
	for {
		now := d.now()
		wait := checkTime
		if date, _, ok := d.schedule.Due(now); ok && date != done {
			if date != waitingFor {
				waitingFor, patient = date, now.Add(patience)
			}
			if d.alerts.Cursor() < d.ledger.Size() && now.Before(patient) {
				wait = time.Second
			} else {
				if err := d.make(ctx, date); err != nil {
					return fmt.Errorf("digest for %s: %w", date, err)
				}
				done = date
			}
		}
		if next := d.schedule.Next(now); !next.IsZero() {
			wait = min(wait, next.Sub(now))
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return context.Cause(ctx)
		}
	}
}

// begin marks, at the first start ever, the date whose moment has passed.
func (d *Digest) begin(ctx context.Context) error {
	if _, found, err := d.last(ctx); err != nil || found {
		return err
	}
	date, _, ok := d.schedule.Due(d.now())
	if !ok {
		date = "0000-00-00"
	}
	return d.db.Write(ctx, store.Urgent, func(tx *store.Tx) error {
		_, err := tx.Exec(`INSERT INTO digest_slot(date, kind, made, after, upto, quarantine) VALUES(?, 'begun', ?, 0, 0, 0) ON CONFLICT DO NOTHING`,
			string(date), d.now().UnixMicro())
		return err
	})
}

// make puts the digest of one date into the outbox, unless that was done.
func (d *Digest) make(ctx context.Context, date Date) error {
	var known bool
	if err := d.db.Read().QueryRowContext(ctx, `SELECT EXISTS(SELECT 1 FROM digest_slot WHERE date = ?)`, string(date)).Scan(&known); err != nil || known {
		return err
	}
	last, _, err := d.last(ctx)
	if err != nil {
		return err
	}
	data, quarantine, err := d.since(ctx, last)
	if err != nil {
		return err
	}
	data.Date, data.Missed = date, d.schedule.Between(last.date, date)
	report := Report(data)
	err = d.db.Write(ctx, store.Urgent, func(tx *store.Tx) error {
		res, err := tx.Exec(`INSERT INTO digest_slot(date, kind, made, after, upto, quarantine) VALUES(?, 'made', ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
			string(date), data.Made.UnixMicro(), data.After, data.To, quarantine)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err
		}
		return d.alerts.Enqueue(tx, notify.Notification{ID: "D-" + string(date), Kind: notify.Digest, Made: data.Made, Told: &report}, d.receivers)
	})
	if err == nil {
		d.log.Info("digest made", slog.String("date", string(date)), slog.Int64("entries", data.To-data.After), slog.Int("missed", len(data.Missed)))
	}
	return err
}

// Preview is the digest as it would be made now. It changes nothing.
func (d *Digest) Preview(ctx context.Context) (Data, error) {
	last, _, err := d.last(ctx)
	if err != nil {
		return Data{}, fmt.Errorf("digest: %w", err)
	}
	data, _, err := d.since(ctx, last)
	return data, err
}

// weekTime reaches back to the digest of seven days ago, whose range is the
// first of the seven days before a day's own, whichever hour it was made at.
const weekTime = (7*24 + 12) * time.Hour

// since collects what came after a slot, as far as it has been judged.
func (d *Digest) since(ctx context.Context, last slot) (Data, int64, error) {
	to := max(last.upto, min(d.ledger.Size(), d.alerts.Cursor()))
	week := last.upto
	err := d.db.Read().QueryRowContext(ctx, `SELECT coalesce(min(after), ?) FROM digest_slot WHERE made >= ?`,
		last.upto, d.now().Add(-weekTime).UnixMicro()).Scan(&week)
	if err != nil {
		return Data{}, 0, err
	}
	since := last.made
	if last.upto == 0 {
		since = time.Time{}
	}
	return d.collect(ctx, last.upto, to, week, last.quarantine, since)
}

// last is the slot written last; the ledger's numbers go on from it, whatever
// clocks have said since.
func (d *Digest) last(ctx context.Context) (s slot, found bool, err error) {
	var made int64
	err = d.db.Read().QueryRowContext(ctx, `SELECT date, made, after, upto, quarantine FROM digest_slot ORDER BY id DESC LIMIT 1`).
		Scan(&s.date, &made, &s.after, &s.upto, &s.quarantine)
	if err == sql.ErrNoRows {
		return s, false, nil
	}
	s.made = time.UnixMicro(made).UTC()
	return s, err == nil, err
}
