package ledger

import (
	"context"
	"fmt"
	"sort"
	"time"
)

// LiveCount is how many messages a platform told live in a stretch of time.
type LiveCount struct {
	From     time.Time
	Messages int64
}

// LiveCounts counts what a platform told live since a time, in stretches of a
// length that begin at its multiples since 1970; empty ones are left out.
func (l *Ledger) LiveCounts(ctx context.Context, platform string, since time.Time, length time.Duration) ([]LiveCount, error) {
	fail := func(err error) ([]LiveCount, error) { return nil, fmt.Errorf("count live messages: %w", err) }
	first, err := l.storedFrom(ctx, since)
	if err != nil {
		return fail(err)
	}
	rows, err := l.db.Read().QueryContext(ctx, `SELECT observed / ?1, count(*) FROM ledger_entry
		WHERE seq >= ?2 AND type = 1 AND via = 1 AND observed >= ?3 AND channel IN (SELECT id FROM ledger_channel WHERE platform = ?4) GROUP BY 1 ORDER BY 1`,
		length.Microseconds(), first, micros(since), platform)
	if err != nil {
		return fail(err)
	}
	defer rows.Close()
	var out []LiveCount
	for rows.Next() {
		var n, count int64
		if err := rows.Scan(&n, &count); err != nil {
			return fail(err)
		}
		out = append(out, LiveCount{fromMicros(n * length.Microseconds()), count})
	}
	return out, rows.Err()
}

// storedFrom finds the first entry stored at or after a time, by halving:
// numbers rise with the time of storing.
func (l *Ledger) storedFrom(ctx context.Context, t time.Time) (int64, error) {
	var failed error
	size := l.Size()
	n := sort.Search(int(size), func(i int) bool {
		var stored int64
		if err := l.db.Read().QueryRowContext(ctx, `SELECT stored FROM ledger_entry WHERE seq = ?`, i+1).Scan(&stored); err != nil {
			failed = err
			return true
		}
		return stored >= micros(t)
	})
	return int64(n) + 1, failed
}
