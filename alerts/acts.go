package alerts

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"stakeout/ledger"
	"stakeout/store"
)

// ErrUnknown is what methods return that were given an id no alert has.
var ErrUnknown = errors.New("no such alert")

// Kinds of an Act.
const (
	Acknowledged = "acknowledged" // somebody has seen to it
	Judged       = "verdict"      // Value is "true" or "false"
	Gone         = "deleted"      // a message of it was deleted; Value is the ledger's number of the deletion
)

// Act is something done to an alert. Acts are only ever added.
type Act struct {
	Kind  string    `json:"kind"`
	Value string    `json:"value,omitempty"`
	Who   string    `json:"who,omitempty"`
	Note  string    `json:"note,omitempty"`
	At    time.Time `json:"at"`
}

// number reads an alert's id; the "A-" and leading noughts may be left out.
func number(id string) (int64, error) {
	n, err := strconv.ParseInt(strings.TrimPrefix(strings.ToUpper(id), "A-"), 10, 64)
	if err != nil || n < 1 {
		return 0, fmt.Errorf("%w: %q is no alert id such as A-000123", ErrUnknown, id)
	}
	return n, nil
}

// Ack notes that who has seen to an alert. Again is no error.
func (a *Alerts) Ack(ctx context.Context, id, who, note string) error {
	return a.act(ctx, id, Act{Kind: Acknowledged, Who: who, Note: note}, `UPDATE alerts_alert SET acked = 1 WHERE id = ?`)
}

// Verdict notes that an alert was right or wrong. The last verdict counts; the
// messages of an alert judged wrong lose its label, but not the mask.
func (a *Alerts) Verdict(ctx context.Context, id string, right bool, note, who string) error {
	query := `UPDATE alerts_alert SET verdict = 0 WHERE id = ?`
	if right {
		query = `UPDATE alerts_alert SET verdict = 1 WHERE id = ?`
	}
	return a.act(ctx, id, Act{Kind: Judged, Value: strconv.FormatBool(right), Who: who, Note: note}, query)
}

func (a *Alerts) act(ctx context.Context, id string, act Act, update string) error {
	n, err := number(id)
	if err != nil {
		return err
	}
	return a.db.Write(ctx, store.Urgent, func(tx *store.Tx) error {
		res, err := tx.Exec(update, n)
		if err != nil {
			return fmt.Errorf("alert %s: %w", id, err)
		}
		if changed, err := res.RowsAffected(); err != nil || changed == 0 {
			return errors.Join(fmt.Errorf("%w: %s", ErrUnknown, alertID(n)), err)
		}
		return addAct(tx, n, act, micros(a.opt.Now()))
	})
}

func addAct(tx *store.Tx, alert int64, act Act, at int64) error {
	_, err := tx.Exec(`INSERT INTO alerts_act(alert, kind, value, who, note, at) VALUES(?,?,?,?,?,?) ON CONFLICT DO NOTHING`,
		alert, act.Kind, act.Value, act.Who, act.Note, at)
	if err != nil {
		return fmt.Errorf("alert %s: note what was done: %w", alertID(alert), err)
	}
	return nil
}

// deleted notes on the alerts of a message that it is gone. Nobody is told:
// that a message was deleted is no finding.
func (a *Alerts) deleted(ctx context.Context, b *batch, e *ledger.Entry) error {
	versions, err := a.ledger.Versions(ctx, e.Obs.Channel, e.Obs.ID)
	if err != nil {
		return fmt.Errorf("deletion at entry %d: %w", e.Seq, err)
	}
	seqs := make([]int64, len(versions))
	for i, v := range versions {
		seqs[i] = v.Seq
	}
	list, err := json.Marshal(seqs)
	if err != nil {
		return err
	}
	seq, at := e.Seq, micros(e.Stored)
	b.add(func(tx *store.Tx) error {
		rows, err := tx.Query(`SELECT DISTINCT f.alert FROM alerts_evidence e JOIN alerts_finding f ON f.id = e.finding
			WHERE e.seq IN (SELECT value FROM json_each(?))`, string(list))
		if err != nil {
			return err
		}
		alerts, err := column(rows)
		if err != nil {
			return err
		}
		for _, alert := range alerts {
			if err := addAct(tx, alert, Act{Kind: Gone, Value: strconv.FormatInt(seq, 10)}, at); err != nil {
				return err
			}
		}
		return nil
	})
	return nil
}

// acts lists what was done to an alert, oldest first.
func (a *Alerts) acts(ctx context.Context, alert int64) ([]Act, error) {
	rows, err := a.db.Read().QueryContext(ctx, `SELECT kind, value, who, note, at FROM alerts_act WHERE alert = ? ORDER BY id`, alert)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Act
	for rows.Next() {
		var act Act
		var at int64
		if err := rows.Scan(&act.Kind, &act.Value, &act.Who, &act.Note, &at); err != nil {
			return nil, err
		}
		act.At = fromMicros(at)
		out = append(out, act)
	}
	return out, rows.Err()
}
