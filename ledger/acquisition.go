package ledger

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"stakeout/message"
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

// Closing is the entry that closed an acquisition; found is false while it is
// open.
func (l *Ledger) Closing(ctx context.Context, opening int64) (e Entry, found bool, err error) {
	var seq int64
	rows, err := l.db.Read().QueryContext(ctx, `SELECT seq FROM ledger_entry WHERE type = 3 AND of = ? ORDER BY seq DESC LIMIT 1`, opening)
	if err != nil {
		return e, false, fmt.Errorf("closing of acquisition %d: %w", opening, err)
	}
	defer rows.Close()
	if !rows.Next() {
		return e, false, rows.Err()
	}
	if err := rows.Scan(&seq); err != nil {
		return e, false, err
	}
	rows.Close()
	es, err := l.Entries(ctx, []int64{seq})
	if err != nil {
		return e, false, err
	}
	return es[0], true, nil
}

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

// Counts is what a stretch of the ledger holds.
type Counts struct {
	From, To  int64 // after From, up to and with To
	Channels  []ChannelCount
	Sightings int64
	Differs   int64
}

// ChannelCount counts the observations of one channel that came one way.
type ChannelCount struct {
	Channel message.Channel // platform, id, account; names as last observed
	Via     message.Via
	Posted  int64
	Edited  int64
	Deleted int64
	Last    time.Time // stored time of the last one
}

// Counts counts the entries after from, up to and with to.
func (l *Ledger) Counts(ctx context.Context, from, to int64) (Counts, error) {
	c := Counts{From: from, To: to}
	fail := func(err error) (Counts, error) { return c, fmt.Errorf("count entries: %w", err) }
	err := l.db.Read().QueryRowContext(ctx, `SELECT count(*) FILTER (WHERE type = 2), count(*) FILTER (WHERE type = 1 AND flags & 2)
		FROM ledger_entry WHERE seq > ? AND seq <= ?`, from, to).Scan(&c.Sightings, &c.Differs)
	if err != nil {
		return fail(err)
	}
	rows, err := l.db.Read().QueryContext(ctx, `SELECT channel, via, count(*) FILTER (WHERE kind = 1), count(*) FILTER (WHERE kind = 2), count(*) FILTER (WHERE kind = 3),
		max(stored), max(seq) FROM ledger_entry WHERE seq > ? AND seq <= ? AND type = 1 GROUP BY channel, via ORDER BY channel, via`, from, to)
	if err != nil {
		return fail(err)
	}
	defer rows.Close()
	var lasts []int64
	for rows.Next() {
		var n ChannelCount
		var channel, stored, seq int64
		if err := rows.Scan(&channel, &n.Via, &n.Posted, &n.Edited, &n.Deleted, &stored, &seq); err != nil {
			return fail(err)
		}
		n.Last = fromMicros(stored)
		c.Channels = append(c.Channels, n)
		lasts = append(lasts, seq)
	}
	if err := rows.Err(); err != nil {
		return fail(err)
	}
	rows.Close()
	es, err := l.Entries(ctx, lasts)
	if err != nil {
		return fail(err)
	}
	for i, e := range es {
		if e.Obs != nil {
			c.Channels[i].Channel = e.Obs.Channel
		}
	}
	return c, nil
}
