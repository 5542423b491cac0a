package ledger

import (
	"context"
	"fmt"
	"time"

	"stakeout/store"
)

// Quarantined is a record that could not be read: its bytes, where they stood
// and why.
type Quarantined struct {
	ID          int64 // given by the ledger, rising
	Acquisition int64
	Place       string
	Reason      string
	Bytes       []byte
	At          time.Time
}

// Quarantine keeps a record. The same place of the same acquisition again (a
// resumed import reads on from its last checkpoint) adds nothing.
func (l *Ledger) Quarantine(tx *store.Tx, q Quarantined) error {
	if q.Bytes == nil {
		q.Bytes = []byte{}
	}
	_, err := tx.Exec(`INSERT INTO ledger_quarantine(acquisition, place, reason, bytes, at) VALUES(?,?,?,?,?) ON CONFLICT DO NOTHING`,
		q.Acquisition, q.Place, q.Reason, q.Bytes, micros(l.now()))
	if err != nil {
		return fmt.Errorf("quarantine %s: %w", q.Place, err)
	}
	return nil
}

// Quarantines lists what stands in quarantine with an ID above after, oldest
// first; limit 0 means all.
func (l *Ledger) Quarantines(ctx context.Context, after int64, limit int) ([]Quarantined, error) {
	if limit == 0 {
		limit = -1 // SQLite's word for no limit
	}
	rows, err := l.db.Read().QueryContext(ctx, `SELECT id, acquisition, place, reason, bytes, at FROM ledger_quarantine WHERE id > ? ORDER BY id LIMIT ?`, after, limit)
	if err != nil {
		return nil, fmt.Errorf("list quarantine: %w", err)
	}
	defer rows.Close()
	var qs []Quarantined
	for rows.Next() {
		var q Quarantined
		var at int64
		if err := rows.Scan(&q.ID, &q.Acquisition, &q.Place, &q.Reason, &q.Bytes, &at); err != nil {
			return nil, fmt.Errorf("list quarantine: %w", err)
		}
		q.At = fromMicros(at)
		qs = append(qs, q)
	}
	return qs, rows.Err()
}

// QuarantineCount counts what stands in quarantine with an ID above after, and
// gives the last such ID, after itself where there is none.
func (l *Ledger) QuarantineCount(ctx context.Context, after int64) (n, last int64, err error) {
	err = l.db.Read().QueryRowContext(ctx, `SELECT count(*), coalesce(max(id), ?) FROM ledger_quarantine WHERE id > ?`, after, after).Scan(&n, &last)
	if err != nil {
		err = fmt.Errorf("count quarantine: %w", err)
	}
	return n, last, err
}
