package app

import (
	"context"
	"fmt"
	"time"

	"stakeout/store"
)

// Migrations make the record of who looked behind the mask or took data out.
// It can only grow.
var Migrations = []store.Migration{{Name: "app/1", SQL: `
CREATE TABLE app_access(
	id INTEGER PRIMARY KEY,
	at INTEGER NOT NULL,
	uid INTEGER NOT NULL,
	what TEXT NOT NULL,
	query TEXT NOT NULL,
	reason TEXT NOT NULL,
	head INTEGER NOT NULL
) STRICT;
CREATE TRIGGER app_access_no_replace BEFORE INSERT ON app_access WHEN EXISTS (SELECT 1 FROM app_access WHERE id = NEW.id)
BEGIN SELECT raise(ABORT, 'the record of accesses is for ever'); END;
CREATE TRIGGER app_access_no_update BEFORE UPDATE ON app_access BEGIN SELECT raise(ABORT, 'the record of accesses is for ever'); END;
CREATE TRIGGER app_access_no_delete BEFORE DELETE ON app_access BEGIN SELECT raise(ABORT, 'the record of accesses is for ever'); END;
`}}

// Access is one look behind the mask ("reveal") or at what is privileged
// ("privileged"), or data taken out ("export").
type Access struct {
	At     time.Time `json:"at"`
	UID    int       `json:"uid"` // of the person, as the kernel told; -1 unknown
	What   string    `json:"what"`
	Query  string    `json:"query"`
	Reason string    `json:"reason,omitempty"`
	Head   int64     `json:"head"` // size of the ledger at that time
}

// RecordAccess writes an access down; whatever it allows happens only after it
// returned nil.
func (a *App) RecordAccess(ctx context.Context, uid int, what, query, reason string) error {
	err := a.DB.Write(ctx, store.Urgent, func(tx *store.Tx) error {
		_, err := tx.Exec(`INSERT INTO app_access(at, uid, what, query, reason, head) VALUES(?,?,?,?,?,?)`,
			a.Now().UnixMicro(), uid, what, query, reason, a.Ledger.Size())
		return err
	})
	if err != nil {
		return fmt.Errorf("record the access: %w", err)
	}
	return nil
}

// Accesses lists them, oldest first.
func (a *App) Accesses(ctx context.Context) ([]Access, error) {
	rows, err := a.DB.Read().QueryContext(ctx, `SELECT at, uid, what, query, reason, head FROM app_access ORDER BY id`)
	if err != nil {
		return nil, fmt.Errorf("list accesses: %w", err)
	}
	defer rows.Close()
	var out []Access
	for rows.Next() {
		var x Access
		var at int64
		if err := rows.Scan(&at, &x.UID, &x.What, &x.Query, &x.Reason, &x.Head); err != nil {
			return nil, fmt.Errorf("list accesses: %w", err)
		}
		x.At = time.UnixMicro(at).UTC()
		out = append(out, x)
	}
	return out, rows.Err()
}
