package ledger

import (
	"context"
	"fmt"

	"stakeout/store"
)

// SetCheckpoint keeps a connector's or an import's progress; it moves together
// with whatever else the transaction writes.
func (l *Ledger) SetCheckpoint(tx *store.Tx, name string, value []byte) error {
	_, err := tx.Exec(`INSERT INTO ledger_checkpoint VALUES(?,?) ON CONFLICT DO UPDATE SET value = excluded.value`, name, value)
	if err != nil {
		return fmt.Errorf("set checkpoint %q: %w", name, err)
	}
	return nil
}

// Checkpoint gives what SetCheckpoint kept, nil for nothing.
func (l *Ledger) Checkpoint(ctx context.Context, name string) ([]byte, error) {
	rows, err := l.db.Read().QueryContext(ctx, `SELECT value FROM ledger_checkpoint WHERE name = ?`, name)
	if err != nil {
		return nil, fmt.Errorf("checkpoint %q: %w", name, err)
	}
	defer rows.Close()
	var b []byte
	if rows.Next() {
		if err := rows.Scan(&b); err != nil {
			return nil, fmt.Errorf("checkpoint %q: %w", name, err)
		}
	}
	return b, rows.Err()
}

// CheckpointIn is Checkpoint within a transaction: what stands there when the
// transaction writes, nil for nothing.
func (l *Ledger) CheckpointIn(tx *store.Tx, name string) ([]byte, error) {
	var b []byte
	if _, err := tx.Row(`SELECT value FROM ledger_checkpoint WHERE name = ?`, []any{name}, &b); err != nil {
		return nil, fmt.Errorf("checkpoint %q: %w", name, err)
	}
	return b, nil
}
