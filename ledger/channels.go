package ledger

import (
	"context"
	"fmt"

	"stakeout/message"
)

// Latest gives a channel with its names and kind as one of its latest messages
// had them; with its ids alone where none can be read. Only platform, id and
// account of c are looked at.
func (l *Ledger) Latest(ctx context.Context, c message.Channel) (message.Channel, error) {
	bare := message.Channel{Platform: c.Platform, ID: c.ID, Account: c.Account}
	// The highest id, not the latest time: the index gives it at once, and for
	// names it is as good.
	es, err := l.entries(ctx, `e.type = 1 AND e.channel = (SELECT id FROM ledger_channel WHERE platform = ? AND channel = ? AND account = ?)
		ORDER BY e.message DESC, e.seq DESC LIMIT 1`, c.Platform, c.ID, c.Account)
	if err != nil {
		return bare, fmt.Errorf("name of a channel: %w", err)
	}
	if len(es) == 0 || es[0].Obs == nil {
		return bare, nil
	}
	return es[0].Obs.Channel, nil
}
