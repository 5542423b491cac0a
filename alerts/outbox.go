package alerts

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"stakeout/alerts/notify"
	"stakeout/store"
)

// States of an outbox row. Refused rows are tried again too, seldom.
const (
	waiting = "waiting"
	refused = "refused"
	sent    = "sent"
)

// Enqueue puts a notification into the outbox for the receivers named, or for
// all when none is, in the caller's transaction. One already there under the
// same id is left as it is. A receiver that is not configured is left out.
func (a *Alerts) Enqueue(tx *store.Tx, n notify.Notification, receivers []string) error {
	return a.enqueue(tx, n, nil, receivers)
}

func (a *Alerts) enqueue(tx *store.Tx, n notify.Notification, alert any, receivers []string) error {
	body, err := json.Marshal(n)
	if err != nil {
		return fmt.Errorf("outbox: %w", err)
	}
	now := micros(a.opt.Now())
	for _, r := range a.Receivers() {
		if len(receivers) > 0 && !slices.Contains(receivers, r) {
			continue
		}
		if _, err := tx.Exec(`INSERT INTO alerts_outbox(notification, receiver, alert, body, created, next, state) VALUES(?,?,?,?,?,?,'waiting')
			ON CONFLICT(notification, receiver) DO NOTHING`, n.ID, r, alert, string(body), now, now); err != nil {
			return fmt.Errorf("outbox: %w", err)
		}
	}
	return nil
}

// unjudged keeps that an entry could not be judged, and tells of it.
func (a *Alerts) unjudged(tx *store.Tx, name, detail string, seq int64) error {
	return a.trouble(tx, name, detail, seq, "Stakeout needs somebody: "+name+" failed", []string{
		fmt.Sprintf("At entry %d of the ledger: %s.", seq, detail),
		"That message was not judged; the others are. This is told once a day.",
	})
}

// Operational tells that the collecting itself needs somebody, once a day for
// each name. Lines hold no message text; a channel stands in them as Place
// tells it.
func (a *Alerts) Operational(ctx context.Context, name, detail string, lines ...string) error {
	return a.db.Write(ctx, store.Urgent, func(tx *store.Tx) error {
		return a.trouble(tx, name, detail, 0, "Stakeout needs somebody: "+name, append(lines, "This is told once a day."))
	})
}

// trouble keeps that something of Stakeout's own failed, and tells of it, once
// a day for each name.
func (a *Alerts) trouble(tx *store.Tx, name, detail string, seq int64, title string, lines []string) error {
	now := a.opt.Now().UTC()
	if _, err := tx.Exec(`INSERT INTO alerts_trouble(name, detail, count, first, last, seq) VALUES(?,?,1,?,?,?)
		ON CONFLICT(name) DO UPDATE SET detail = excluded.detail, count = count + 1, last = excluded.last, seq = excluded.seq`,
		name, detail, micros(now), micros(now), seq); err != nil {
		return fmt.Errorf("keep trouble: %w", err)
	}
	return a.Enqueue(tx, notify.Notification{
		ID: "E-" + name + "-" + now.Format("2006-01-02"), Kind: notify.Trouble, Made: now,
		Told: &notify.Report{
			Title:    title,
			Sections: []notify.Section{{Lines: lines}},
			Command:  "stakeout status",
		},
	}, nil)
}

func trimSlash(s string) string { return strings.TrimRight(s, "/") }
