package alerts

import (
	"context"

	"stakeout/alerts/notify"
	"stakeout/ledger"
	"stakeout/message"
	"stakeout/store"
)

// acquisition is what must be known of an acquisition to judge what it brings.
type acquisition struct{ kind, source, mode string }

// acquisitions reads back those already followed.
func (a *Alerts) acquisitions(ctx context.Context) (map[int64]acquisition, error) {
	rows, err := a.db.Read().QueryContext(ctx, `SELECT seq, kind, source, mode FROM alerts_acquisition`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[int64]acquisition{}
	for rows.Next() {
		var seq int64
		var q acquisition
		if err := rows.Scan(&seq, &q.kind, &q.source, &q.mode); err != nil {
			return nil, err
		}
		out[seq] = q
	}
	return out, rows.Err()
}

// acquired takes note of the beginning of an acquisition; at its end it makes
// the one summary of the history it brought.
func (a *Alerts) acquired(b *batch, e *ledger.Entry) {
	if e.Acq.Phase == ledger.Opened {
		seq, q := e.Seq, acquisition{kind: e.Acq.Kind, source: string(a.Mask(e.Acq.Source)), mode: mode(*e.Acq)}
		a.modes[seq] = q
		b.add(func(tx *store.Tx) error {
			_, err := tx.Exec(`INSERT INTO alerts_acquisition(seq, kind, source, mode) VALUES(?,?,?,?) ON CONFLICT DO NOTHING`, seq, q.kind, q.source, q.mode)
			return err
		})
		return
	}
	opening, seq := e.Of, e.Seq
	b.pressing = true
	b.add(func(tx *store.Tx) error {
		if _, err := tx.Exec(`UPDATE alerts_acquisition SET closing = ? WHERE seq = ?`, seq, opening); err != nil {
			return err
		}
		if a.modes[opening].mode != Summary {
			return nil
		}
		s, err := summary(tx, opening)
		if err != nil || s.Findings == 0 {
			return err
		}
		s.Kind, s.Source = a.modes[opening].kind, a.modes[opening].source
		return a.Enqueue(tx, s.notification(a.opt.Now()), nil)
	})
}

// told is what an alert may say of a message with findings, and how it is
// to be told.
type told struct {
	found       notify.Finding
	channel     string
	seq         int64
	stored      int64 // µs
	sent        *int64
	opened      int64 // µs, what grouping reckons from
	acquisition int64
	historical  bool
	single      bool
}

func (a *Alerts) describe(e *ledger.Entry) told {
	o := e.Obs
	q := a.modes[e.Acquisition]
	t := told{
		channel: channelKey(o.Channel), seq: e.Seq, stored: micros(e.Stored), opened: micros(e.Stored), acquisition: e.Acquisition,
		historical: historical(o.Via, q.mode),
		found: notify.Finding{
			Platform: o.Channel.Platform, Stored: e.Stored, Via: o.Via.String(),
			Server: a.name(o.Channel.Server.Name, o.Channel.Server.ID, o), Channel: a.place(o),
			Author: a.name(o.Author.Shown(), o.Author.ID, o),
		},
	}
	if !o.Sent.IsZero() {
		sent, n := o.Sent.UTC, micros(o.Sent.UTC)
		t.found.Sent, t.sent = &sent, &n
	}
	// An import stores a year in a minute: there, half an hour is half an hour
	// of the conversation.
	if t.sent != nil && (t.historical || o.Via == message.Import) {
		t.opened = *t.sent
	}
	t.single = !t.historical
	return t
}
