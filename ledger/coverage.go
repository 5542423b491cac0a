package ledger

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"stakeout/message"
	"stakeout/store"
)

// Change is what happened to the coverage of a channel.
type Change string

const (
	Watching Change = "watching" // live from From on, until a Stopped
	Stopped  Change = "stopped"  // the watch named by Of ended at To
	Fetched  Change = "fetched"  // From to To was fetched afterwards, all that the source still had
	Scanned  Change = "scanned"  // From to To was read again, all of it, for edits and absences
	Missing  Change = "missing"  // From to To is known to be missing and cannot be fetched
)

// Coverage says what was watched of a channel: an entry of its own, so that it
// can be shown later that nothing was left out, or what.
type Coverage struct {
	Channel message.Channel `json:"channel"`
	Source  string          `json:"source"` // the connector's name, or "import"
	Change  Change          `json:"change"`
	// From and To are times as our clock has them, UTC; for what was fetched or
	// imported, the times of messages. A zero From means: since ever.
	From time.Time `json:"from,omitzero"`
	To   time.Time `json:"to,omitzero"`
	// FromID and ToID are the first and last message that it is about, as far
	// as is known.
	FromID string `json:"from_id,omitempty"`
	ToID   string `json:"to_id,omitempty"`
	// Of is, for a Stopped, the entry that began the watch.
	Of     int64  `json:"of,omitempty"`
	Reason string `json:"reason,omitempty"` // why it stopped, or is missing
	Limits string `json:"limits,omitempty"` // what this way of watching cannot show
	Count  int64  `json:"count,omitempty"`  // of a Missing: how many ids; 0 unknown
}

// Cover enters a change of coverage, and gives its number.
func (l *Ledger) Cover(tx *store.Tx, acquisition int64, c Coverage) (int64, error) {
	fail := func(err error) (int64, error) { return 0, fmt.Errorf("enter coverage: %w", err) }
	channel, err := l.channelID(tx, keyOf(c.Channel))
	if err != nil {
		return fail(err)
	}
	content, err := json.Marshal(c)
	if err != nil {
		return fail(err)
	}
	h := header{typ: Covered, acquisition: acquisition, channel: &channel, key: keyOf(c.Channel)}
	if c.Of != 0 {
		h.of = &c.Of
	}
	seq := l.next
	p := newPayload("", nil, content, make([]byte, sameSize))
	if err := l.add(tx, &h, &p, nil); err != nil {
		return fail(err)
	}
	l.pending[len(l.pending)-1].entry.Cov = &c
	return seq, nil
}

// Changes reads the changes of coverage after an entry, in the order entered.
func (l *Ledger) Changes(ctx context.Context, after int64) ([]Entry, error) {
	return l.entries(ctx, `e.type = 4 AND e.seq > ? ORDER BY e.seq`, after)
}

// OpenWatches gives the watches of a source that no Stopped has ended, by their
// channels' last known names.
func (l *Ledger) OpenWatches(ctx context.Context, source string) ([]Entry, error) {
	es, err := l.entries(ctx, `e.type = 4 AND NOT EXISTS (SELECT 1 FROM ledger_entry s WHERE s.type = 4 AND s.seq > e.seq AND s.of = e.seq) ORDER BY e.seq`)
	if err != nil {
		return nil, err
	}
	open := es[:0]
	for _, e := range es {
		if e.Cov != nil && e.Cov.Change == Watching && e.Cov.Source == source {
			open = append(open, e)
		}
	}
	return open, nil
}

// SetThrough says up to when everything that a source told stands in the
// ledger; the source's open watches end there until they go on.
func (l *Ledger) SetThrough(tx *store.Tx, source string, t time.Time) error {
	return l.SetCheckpoint(tx, throughOf(source), []byte(t.UTC().Format(time.RFC3339Nano)))
}

// Through is what SetThrough kept; zero for a source that never ran.
func (l *Ledger) Through(ctx context.Context, source string) (time.Time, error) {
	b, err := l.Checkpoint(ctx, throughOf(source))
	if err != nil || b == nil {
		return time.Time{}, err
	}
	t, err := time.Parse(time.RFC3339Nano, string(b))
	if err != nil {
		return t, fmt.Errorf("checkpoint %q: %w", throughOf(source), err)
	}
	return t, nil
}

func throughOf(source string) string { return source + "/through" }
