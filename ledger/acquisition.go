package ledger

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"stakeout/store"
)

// Acquisition says how observations were collected: by which import or
// connector, with what, from when to when. It is entered twice, when it opens
// and when it closes; the sequence number of the first names it.
type Acquisition struct {
	Phase   string `json:"phase"`            // "opened" or "closed"
	Kind    string `json:"kind"`             // "import" or "connector"
	Source  string `json:"source"`           // the file's base name or the connector's name
	Format  string `json:"format,omitempty"` // of an import
	Version string `json:"version"`          // of Stakeout
	Account string `json:"account,omitempty"`
	Method  string `json:"method,omitempty"` // what was done with which options, in words
	// Under whose authority a connector collected: who allowed it, on what
	// basis, for which matter, up to and with which day, kept for how long.
	Authority string `json:"authority,omitempty"`
	Basis     string `json:"basis,omitempty"`
	Matter    string `json:"matter,omitempty"`
	Until     string `json:"until,omitempty"`
	Retention string `json:"retention,omitempty"`
	// Alert is how findings in it are told: "each", "summary" or "none"; empty
	// leaves it to the alerts' own rule.
	Alert   string           `json:"alert,omitempty"`
	Offset  int64            `json:"offset,omitempty"` // where reading began, bytes
	Size    int64            `json:"size,omitempty"`   // of the file, bytes
	SHA256  string           `json:"sha256,omitempty"` // of the file's own bytes, hex
	Started time.Time        `json:"started"`
	Ended   time.Time        `json:"ended,omitzero"`
	Counts  map[string]int64 `json:"counts,omitempty"` // at closing
	Note    string           `json:"note,omitempty"`
}

// Phases of an acquisition.
const (
	Opened = "opened"
	Closed = "closed"
)

// OpenAcquisition enters the beginning of an acquisition. An import whose
// SHA256 is known already can later be found with OpenImport.
func (l *Ledger) OpenAcquisition(tx *store.Tx, a Acquisition) (int64, error) {
	a.Phase = Opened
	seq := l.next
	if err := l.enterAcquisition(tx, a, nil); err != nil {
		return 0, fmt.Errorf("open acquisition: %w", err)
	}
	return seq, l.nameImport(tx, a, seq)
}

// CloseAcquisition enters the end of the acquisition that opening opened.
func (l *Ledger) CloseAcquisition(tx *store.Tx, opening int64, a Acquisition) error {
	a.Phase = Closed
	if err := l.enterAcquisition(tx, a, &opening); err != nil {
		return fmt.Errorf("close acquisition %d: %w", opening, err)
	}
	return l.nameImport(tx, a, opening)
}

func (l *Ledger) enterAcquisition(tx *store.Tx, a Acquisition, of *int64) error {
	content, err := json.Marshal(a)
	if err != nil {
		return err
	}
	h := header{typ: Acquired, acquisition: l.next, of: of}
	if of != nil {
		h.acquisition = *of
	}
	p := newPayload("", nil, content, make([]byte, sameSize))
	if err := l.add(tx, &h, &p, nil); err != nil {
		return err
	}
	l.pending[len(l.pending)-1].entry.Acq = &a
	return nil
}

// nameImport lets OpenImport find an import by what its file holds.
func (l *Ledger) nameImport(tx *store.Tx, a Acquisition, opening int64) error {
	if a.Kind != "import" || a.SHA256 == "" {
		return nil
	}
	_, err := tx.Exec(`INSERT INTO ledger_import VALUES(?,?) ON CONFLICT DO NOTHING`, a.SHA256, opening)
	return err
}

// OpenImport finds the latest import of a file with this hash. Where it is not
// closed it can be resumed.
func (l *Ledger) OpenImport(ctx context.Context, sha256 string) (opening int64, found, closed bool, err error) {
	rows, err := l.db.Read().QueryContext(ctx, `SELECT acquisition,
		EXISTS(SELECT 1 FROM ledger_entry WHERE type = 3 AND of = acquisition)
		FROM ledger_import WHERE sha256 = ? ORDER BY acquisition DESC LIMIT 1`, sha256)
	if err != nil {
		return 0, false, false, fmt.Errorf("look for an earlier import: %w", err)
	}
	defer rows.Close()
	if rows.Next() {
		found = true
		err = rows.Scan(&opening, &closed)
	}
	if err == nil {
		err = rows.Err()
	}
	return opening, found, closed, err
}

// Tally is what came of an acquisition.
type Tally struct{ Observations, Sightings, Differs, Quarantined int64 }

// Tally counts the entries that an acquisition brought, and what it put into
// quarantine.
func (l *Ledger) Tally(ctx context.Context, opening int64) (t Tally, err error) {
	err = l.db.Read().QueryRowContext(ctx, `SELECT count(*) FILTER (WHERE type = 1), count(*) FILTER (WHERE type = 2), count(*) FILTER (WHERE type = 1 AND flags & 2),
		(SELECT count(*) FROM ledger_quarantine WHERE acquisition = ?1) FROM ledger_entry WHERE seq > ?1 AND acquisition = ?1`, opening).
		Scan(&t.Observations, &t.Sightings, &t.Differs, &t.Quarantined)
	if err != nil {
		err = fmt.Errorf("count acquisition %d: %w", opening, err)
	}
	return t, err
}
