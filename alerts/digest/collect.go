package digest

import (
	"cmp"
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"time"

	"stakeout/ledger"
	"stakeout/message"
)

// collect gathers what happened in the ledger after one number, up to and with
// another. week is where the seven days before began; quarantine is the last
// quarantined record that was told, and the new last one is returned.
func (d *Digest) collect(ctx context.Context, after, to, week, quarantine int64, since time.Time) (Data, int64, error) {
	out := Data{Zone: d.schedule.Zone().String(), Made: d.now().UTC(), Since: since, After: after, To: to, Behind: max(0, d.ledger.Size()-to)}
	fail := func(err error) (Data, int64, error) { return Data{}, 0, fmt.Errorf("collect digest: %w", err) }
	counts, err := d.ledger.Counts(ctx, after, to)
	if err != nil {
		return fail(err)
	}
	out.Sightings, out.Differs = counts.Sightings, counts.Differs
	out.Watched = d.channels(counts.Channels, func(v message.Via) bool { return v != message.Import })
	out.Imported = d.channels(counts.Channels, func(v message.Via) bool { return v == message.Import })
	if out.Silent, err = d.silent(ctx, week, after, counts); err != nil {
		return fail(err)
	}
	if err := d.watch(ctx, &out); err != nil {
		return fail(err)
	}
	if out.Alerts, err = d.alerts.Tally(ctx, after, to); err != nil {
		return fail(err)
	}
	if out.History, err = d.alerts.History(ctx, after, to); err != nil {
		return fail(err)
	}
	if out.Undelivered, err = d.alerts.Undelivered(ctx); err != nil {
		return fail(err)
	}
	if out.Troubles, err = d.alerts.Troubles(ctx, since); err != nil {
		return fail(err)
	}
	head, err := d.ledger.Head(ctx)
	if err != nil {
		return fail(err)
	}
	out.Head, out.Root, out.Checkpoint = head.Size, base64.StdEncoding.EncodeToString(head.Root[:]), head.Signed
	if out.Quarantined, quarantine, err = d.ledger.QuarantineCount(ctx, quarantine); err != nil {
		return fail(err)
	}
	return out, quarantine, nil
}

// key names a channel whatever it is called at the time.
func key(c message.Channel) [3]string { return [3]string{c.Platform, c.ID, c.Account} }

// channels adds up what came in the ways wanted, by channel, busiest first.
func (d *Digest) channels(counts []ledger.ChannelCount, wanted func(message.Via) bool) []Channel {
	var out []Channel
	at := map[[3]string]int{}
	for _, n := range counts {
		if !wanted(n.Via) {
			continue
		}
		i, ok := at[key(n.Channel)]
		if !ok {
			i = len(out)
			at[key(n.Channel)] = i
			out = append(out, d.channel(n.Channel))
		}
		out[i].New += n.Posted
		out[i].Edited += n.Edited
		out[i].Deleted += n.Deleted
	}
	slices.SortStableFunc(out, func(x, y Channel) int {
		return cmp.Compare(y.New+y.Edited+y.Deleted, x.New+x.Edited+x.Deleted)
	})
	return out
}

// channel is a channel under the names that may be told.
func (d *Digest) channel(c message.Channel) Channel {
	return Channel{Platform: c.Platform, Server: d.alerts.Mask(c.Server.Name), Name: d.alerts.Place(c)}
}

// silent finds the channels with live messages in the days before and none
// since.
func (d *Digest) silent(ctx context.Context, week, after int64, now ledger.Counts) ([]Silent, error) {
	before, err := d.ledger.Counts(ctx, week, after)
	if err != nil {
		return nil, err
	}
	live := map[[3]string]bool{}
	for _, n := range now.Channels {
		if n.Via == message.Live {
			live[key(n.Channel)] = true
		}
	}
	var out []Silent
	for _, n := range before.Channels {
		if n.Via == message.Live && !live[key(n.Channel)] {
			out = append(out, Silent{d.channel(n.Channel), n.Last})
		}
	}
	slices.SortFunc(out, func(x, y Silent) int { return x.Last.Compare(y.Last) })
	return out, nil
}
