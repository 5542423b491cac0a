package ledger

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strconv"
	"time"

	"stakeout/message"
)

// had is one message: its id, and its time in microseconds.
type had[K cmp.Ordered] struct {
	id K
	at int64
}

// brought is what an import brought of one channel.
type brought struct {
	numbers []had[int64]  // by whole-number ids, while all are
	names   []had[string] // by ids as written, as soon as one is not
	others  bool          // entered something since
	again   map[string]bool
}

func (b *brought) add(id any, at int64) {
	n, whole := id.(int64)
	if whole && b.names == nil {
		b.numbers = append(b.numbers, had[int64]{n, at})
		return
	}
	for _, h := range b.numbers {
		b.names = append(b.names, had[string]{strconv.FormatInt(h.id, 10), h.at})
	}
	b.numbers = nil
	b.names = append(b.names, had[string]{written(id), at})
}

// written is a message id in its own writing.
func written(id any) string {
	if n, ok := id.(int64); ok {
		return strconv.FormatInt(n, 10)
	}
	s, _ := id.(string)
	return s
}

// brought reads what an import brought, and what others entered of the same
// channels since it began.
func (l *Ledger) brought(ctx context.Context, acquisition int64) (map[int64]*brought, error) {
	rows, err := l.db.Read().QueryContext(ctx, `SELECT channel, message, type, acquisition = ?1, coalesce(of, 0) > ?1, coalesce(sent, observed)
		FROM ledger_entry WHERE seq > ?1 AND type IN (1, 2) AND kind IN (1, 2)`, acquisition)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[int64]*brought{}
	for rows.Next() {
		var channel, at int64
		var id any
		var typ Type
		var own, ofLater bool
		if err := rows.Scan(&channel, &id, &typ, &own, &ofLater, &at); err != nil {
			return nil, err
		}
		b := out[channel]
		if b == nil {
			b = &brought{again: map[string]bool{}}
			out[channel] = b
		}
		switch {
		case own:
			b.add(id, at)
		case typ == Observation:
			b.others = true
		case ofLater: // of something that the import may have brought first
			b.others = true
			b.again[written(id)] = true
		}
	}
	return out, rows.Err()
}

// knewBefore reports that something of the channel stood in the ledger before
// the import.
func (l *Ledger) knewBefore(ctx context.Context, channel, acquisition int64) (known bool, err error) {
	err = l.db.Read().QueryRowContext(ctx, `SELECT EXISTS(SELECT 1 FROM ledger_entry INDEXED BY ledger_identity WHERE type = 1 AND channel = ? AND seq < ?)`,
		channel, acquisition).Scan(&known)
	return known, err
}

// distinct sorts messages by id and leaves one of each, the earliest.
func distinct[K cmp.Ordered](hs []had[K]) []had[K] {
	slices.SortFunc(hs, func(a, b had[K]) int { return cmp.Or(cmp.Compare(a.id, b.id), cmp.Compare(a.at, b.at)) })
	return slices.CompactFunc(hs, func(a, b had[K]) bool { return a.id == b.id })
}

func span[K cmp.Ordered](hs []had[K]) (from, to time.Time) {
	first, last := hs[0].at, hs[0].at
	for _, h := range hs {
		first, last = min(first, h.at), max(last, h.at)
	}
	return fromMicros(first), fromMicros(last)
}

// merge walks along the import's messages and rows of id, kind and time of the
// others', both in the order of ids, and tells each message once: who has it,
// whether the others know it deleted, and its time, the import's where it has
// it. It closes rows.
func merge[K cmp.Ordered](own []had[K], rows *sql.Rows, each func(id K, mine, theirs, deleted bool, at int64)) error {
	defer rows.Close()
	var id K
	var at int64
	var theirs, deleted, any bool
	tell := func() {
		if !any {
			return
		}
		for len(own) > 0 && own[0].id < id {
			each(own[0].id, true, false, false, own[0].at)
			own = own[1:]
		}
		mine := len(own) > 0 && own[0].id == id
		if mine {
			at, own = own[0].at, own[1:]
		}
		each(id, mine, theirs, deleted, at)
	}
	for rows.Next() {
		var next K
		var kind message.Kind
		var t int64
		if err := rows.Scan(&next, &kind, &t); err != nil {
			return err
		}
		if !any || next != id {
			tell()
			id, at, theirs, deleted, any = next, t, false, false, true
		}
		if kind == message.Deleted {
			deleted = true
		} else {
			theirs = true
		}
	}
	tell()
	for _, h := range own {
		each(h.id, true, false, false, h.at)
	}
	return rows.Err()
}
