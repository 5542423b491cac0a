package ledger

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"stakeout/message"
)

// pageSize bounds how many entries a follower gets at once, and with that how
// much of the ledger is in memory.
const pageSize = 512

// Follow hands on the entries after a cursor, of the given types or of all, in
// short pages, and waits for new ones. No transaction is open while the page
// is worked on or while it waits. It ends with ctx's error or the first error
// of the database.
func (l *Ledger) Follow(ctx context.Context, after int64, types ...Type) iter.Seq2[[]Entry, error] {
	return func(yield func([]Entry, error) bool) {
		for {
			changed := l.db.Changed()
			size := l.Size()
			for after < size {
				es, err := l.Page(ctx, after, pageSize, types...)
				if err != nil {
					yield(nil, err)
					return
				}
				if len(es) > 0 && !yield(es, nil) {
					return
				}
				if len(es) == pageSize {
					after = es[len(es)-1].Seq
				} else {
					after = size
				}
			}
			select {
			case <-changed:
			case <-ctx.Done():
				yield(nil, context.Cause(ctx))
				return
			}
		}
	}
}

// Page reads at most limit entries after a sequence number, of the given types
// or of all. It does not wait.
func (l *Ledger) Page(ctx context.Context, after int64, limit int, types ...Type) ([]Entry, error) {
	size := l.Size()
	if es, ok := l.recent.page(after, size, limit, types); ok {
		return es, nil
	}
	where := `e.seq > ? AND e.seq <= ?`
	if len(types) > 0 {
		names := make([]string, len(types))
		for i, t := range types {
			names[i] = strconv.Itoa(int(t))
		}
		where += ` AND e.type IN (` + strings.Join(names, ",") + `)`
	}
	return l.entries(ctx, where+` ORDER BY e.seq LIMIT ?`, after, size, limit)
}

// Entries reads the entries with these numbers, in this order.
func (l *Ledger) Entries(ctx context.Context, seqs []int64) ([]Entry, error) {
	out := make([]Entry, len(seqs))
	missing := map[int64][]int{} // number -> places in out
	for i, seq := range seqs {
		e, ok := l.recent.get(seq)
		if ok {
			out[i] = e
		} else {
			missing[seq] = append(missing[seq], i)
		}
	}
	for some := range slices.Chunk(slices.Sorted(maps.Keys(missing)), pageSize) {
		list, err := json.Marshal(some)
		if err != nil {
			return nil, err
		}
		// One text for any number of them, so that it is prepared once.
		es, err := l.entries(ctx, `e.seq IN (SELECT value FROM json_each(?))`, string(list))
		if err != nil {
			return nil, err
		}
		for _, e := range es {
			for _, i := range missing[e.Seq] {
				out[i] = e
			}
			delete(missing, e.Seq)
		}
	}
	for seq := range missing {
		return nil, fmt.Errorf("the ledger has no entry %d", seq)
	}
	return out, nil
}

// Versions gives every observation of one message, in the order stored.
func (l *Ledger) Versions(ctx context.Context, c message.Channel, id string) ([]Entry, error) {
	return l.entries(ctx, `e.type = 1 AND e.channel = (SELECT id FROM ledger_channel WHERE platform = ? AND channel = ? AND account = ?) AND e.message = ? ORDER BY e.seq`,
		c.Platform, c.ID, c.Account, messageID(id))
}

// Stretch gives a channel's observations sent from one time up to, not with,
// another, in the order sent, whatever order they came in; limit 0 means all.
// A message without a sent time stands where it was observed.
func (l *Ledger) Stretch(ctx context.Context, c message.Channel, from, to time.Time, limit int) ([]Entry, error) {
	if limit == 0 {
		limit = -1 // SQLite's word for no limit
	}
	return l.entries(ctx, `e.type = 1 AND e.channel = (SELECT id FROM ledger_channel WHERE platform = ? AND channel = ? AND account = ?)
		AND coalesce(e.sent, e.observed) >= ? AND coalesce(e.sent, e.observed) < ? ORDER BY coalesce(e.sent, e.observed), e.message, e.seq LIMIT ?`,
		c.Platform, c.ID, c.Account, micros(from), micros(to), limit)
}

const selectEntry = `SELECT e.seq, e.type, e.stored, e.acquisition, e.of, e.channel, e.message, e.kind, e.via, e.sent, e.edited, e.observed, e.flags, e.native_hash, e.content_hash,
	p.salt, p.same, p.dict, p.body, p.crc FROM ledger_entry e LEFT JOIN ledger_payload p USING(seq) WHERE `

// entries reads and unpacks what a condition selects.
func (l *Ledger) entries(ctx context.Context, where string, args ...any) ([]Entry, error) {
	rows, err := l.db.Read().QueryContext(ctx, selectEntry+where, args...)
	if err != nil {
		return nil, fmt.Errorf("read ledger: %w", err)
	}
	defer rows.Close()
	var es []Entry
	for rows.Next() {
		h, r, err := scan(rows)
		if err != nil {
			return nil, fmt.Errorf("read ledger: %w", err)
		}
		e := h.entry()
		if r != nil {
			// One damaged entry must not keep readers from all the others.
			if err := l.fill(&e, r); err != nil {
				e.Damaged, e.Obs, e.Acq, e.Cov = true, nil, nil, nil
			}
		}
		es = append(es, e)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read ledger: %w", err)
	}
	return es, nil
}

// scan reads one row of selectEntry; the payload is nil when there is none.
func scan(rows *sql.Rows) (header, *row, error) {
	var h header
	var r row
	var dict, crc sql.NullInt64
	err := rows.Scan(&h.seq, &h.typ, &h.stored, &h.acquisition, &h.of, &h.channel, &h.message, &h.kind, &h.via, &h.sent, &h.edited, &h.observed,
		&h.flags, &h.native, &h.content, &r.salt, &r.same, &dict, &r.body, &crc)
	if err != nil {
		return h, nil, err
	}
	if !dict.Valid {
		return h, nil, nil
	}
	r.dict, r.crc = dict.Int64, crc.Int64
	return h, &r, nil
}

// fill puts what a payload says into its entry.
func (l *Ledger) fill(e *Entry, r *row) error {
	p, err := l.decode.unpack(r)
	if err != nil {
		return err
	}
	switch e.Type {
	case Acquired:
		e.Acq = new(Acquisition)
		return json.Unmarshal(p.content, e.Acq)
	case Covered:
		e.Cov = new(Coverage)
		return json.Unmarshal(p.content, e.Cov)
	}
	e.Obs, err = p.observation(e.Acquisition)
	return err
}
