package alerts

import (
	"context"
	"fmt"

	"stakeout/alerts/notify"
	"stakeout/store"
)

// Prove puts a notification marked as a test into the outbox for one receiver,
// and waits until it has arrived there.
func (a *Alerts) Prove(ctx context.Context, receiver string) error {
	now := a.opt.Now().UTC()
	n := notify.Notification{ID: "T-" + now.Format("20060102T150405.000000Z"), Kind: notify.Test, Made: now, Told: &notify.Report{
		Title:    "TEST: this is no alert",
		Sections: []notify.Section{{Lines: []string{"Stakeout's own test message came all the way from its channel to here."}}},
	}}
	err := a.db.Write(ctx, store.Urgent, func(tx *store.Tx) error { return a.Enqueue(tx, n, []string{receiver}) })
	if err != nil {
		return fmt.Errorf("prove the way to %s: %w", receiver, err)
	}
	for {
		changed := a.db.Changed()
		var state, reason string
		err := a.db.Read().QueryRowContext(ctx, `SELECT state, reason FROM alerts_outbox WHERE notification = ? AND receiver = ?`, n.ID, receiver).Scan(&state, &reason)
		switch {
		case err != nil:
			return fmt.Errorf("prove the way to %s: %w", receiver, err)
		case state == sent:
			return nil
		case state == refused:
			return fmt.Errorf("prove the way to %s: refused: %s", receiver, reason)
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
