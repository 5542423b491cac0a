package alerts

import (
	"context"
	"fmt"
	"time"

	"stakeout/alerts/notify"
	"stakeout/store"
)

// repeats puts into the outbox the alerts whose count grew and whose interval
// is over. It returns when the next one is.
func (a *Alerts) repeats(ctx context.Context) (time.Time, error) {
	for {
		rows, err := a.db.Read().QueryContext(ctx, `SELECT min(due) FROM alerts_alert WHERE due IS NOT NULL`)
		if err != nil {
			return time.Time{}, err
		}
		var due *int64
		if rows.Next() {
			err = rows.Scan(&due)
		}
		rows.Close()
		if err != nil || due == nil {
			return time.Time{}, err
		}
		now := a.opt.Now()
		if next := fromMicros(*due); next.After(now) {
			return next, nil
		}
		if err := a.db.Write(ctx, store.Urgent, func(tx *store.Tx) error { return a.repeat(tx, micros(now)) }); err != nil {
			return time.Time{}, err
		}
	}
}

// repeat tells of all alerts that are due.
func (a *Alerts) repeat(tx *store.Tx, now int64) error {
	rows, err := tx.Query(`SELECT id FROM alerts_alert WHERE due <= ? ORDER BY due LIMIT 100`, now)
	if err != nil {
		return err
	}
	ids, err := column(rows)
	if err != nil {
		return err
	}
	for _, id := range ids {
		rows, err := tx.Query(`SELECT `+alertColumns+` FROM alerts_alert a WHERE a.id = ?`, id)
		if err != nil {
			return err
		}
		rows.Next()
		one, err := a.scan(rows)
		rows.Close()
		if err != nil {
			return fmt.Errorf("alert %s: %w", alertID(id), err)
		}
		if err := a.enqueue(tx, notify.Notification{
			ID: fmt.Sprintf("%s.%d", alertID(id), one.Count), Kind: notify.Repeat, Made: fromMicros(now), Found: &one.Finding,
		}, id, nil); err != nil {
			return err
		}
		if _, err := tx.Exec(`UPDATE alerts_alert SET told = count, due = NULL WHERE id = ?`, id); err != nil {
			return err
		}
	}
	return nil
}
