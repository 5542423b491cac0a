package ledger

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"stakeout/message"
)

// Imported is the Source of the coverage that an import brings.
const Imported = "import"

// importLimits is what no exported file can show, whichever tool made it.
const importLimits = "what the exporter left out; deletions, and edits before the last"

// ImportCoverage says for each channel of an import, from its first to its last
// message, that it was fetched: the changes of coverage for Cover to enter in
// the transaction that closes the acquisition, after all else of it was
// committed. Times and ids that the messages do not give stay away. Mails are
// left out: their channels are threads, and a folder of mails tells of none
// that it is complete.
//
// It is apart from entering them because it looks at every entry since the
// import began, for which live messages must not wait.
func (l *Ledger) ImportCoverage(ctx context.Context, acquisition int64) ([]Coverage, error) {
	fail := func(err error) ([]Coverage, error) {
		return nil, fmt.Errorf("coverage of acquisition %d: %w", acquisition, err)
	}
	keys, err := l.channelKeys(ctx)
	if err != nil {
		return fail(err)
	}
	var out []Coverage
	const brought = ` FROM ledger_entry WHERE seq > ?1 AND acquisition = ?1 AND type IN (1, 2) AND kind IN (1, 2)`
	// Ids of one kind only: numbers sort before words in SQLite.
	rows, err := l.db.Read().QueryContext(ctx, `SELECT channel, min(message), max(message), coalesce(min(sent), 0), coalesce(max(sent), 0)`+brought+` GROUP BY channel`, acquisition)
	if err != nil {
		return fail(err)
	}
	defer rows.Close()
	for rows.Next() {
		var channel, from, to int64
		var first, last any
		if err := rows.Scan(&channel, &first, &last, &from, &to); err != nil {
			return fail(err)
		}
		k := keys[channel]
		if message.IsMail(k.platform) {
			continue
		}
		c := Coverage{Channel: message.Channel{Platform: k.platform, ID: k.id, Account: k.account}, Source: Imported, Change: Fetched, Limits: importLimits}
		if from != 0 {
			c.From, c.To = fromMicros(from), fromMicros(to)
		}
		if _, numbers := last.(int64); numbers { // the highest is a number, so all are
			c.FromID, c.ToID = written(first), written(last)
		}
		out = append(out, c)
	}
	if err := rows.Err(); err != nil {
		return fail(err)
	}
	rows.Close()
	for i := range out {
		if out[i].Channel, err = l.Latest(ctx, out[i].Channel); err != nil {
			return fail(err)
		}
	}
	slices.SortFunc(out, func(a, b Coverage) int {
		return cmp.Or(cmp.Compare(a.Channel.Platform, b.Channel.Platform), cmp.Compare(a.Channel.ID, b.Channel.ID), cmp.Compare(a.Channel.Account, b.Channel.Account))
	})
	return out, nil
}
