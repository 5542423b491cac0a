package indexer

import (
	"context"
	"time"

	"stakeout/ledger"
	"stakeout/message"
)

// alone is the state of a message's only version.
func alone(o *message.Observation) state {
	gone := o.Kind == message.Deleted
	return state{deleted: gone, absent: gone && o.Grade == message.Absent}
}

// overtaken works out the states of all versions of the messages that entries
// of a batch are further versions of. Versions already in the index whose
// state the batch changes are handed to again; those of the batch itself are
// in the map, by sequence number.
func (x *Indexer) overtaken(ctx context.Context, indexed int64, batch []ledger.Entry, again func(ledger.Entry, state) error) (map[int64]state, error) {
	type key struct{ platform, channel, account, id string }
	seen := map[key]bool{}
	states := map[int64]state{}
	last := batch[len(batch)-1].Seq
	for _, e := range batch {
		if e.First || e.Type != ledger.Observation || e.Obs == nil {
			continue
		}
		k := key{e.Obs.Channel.Platform, e.Obs.Channel.ID, e.Obs.Channel.Account, e.Obs.ID}
		if seen[k] {
			continue
		}
		seen[k] = true
		versions, err := x.ledger.Versions(ctx, e.Obs.Channel, e.Obs.ID)
		if err != nil {
			return nil, err
		}
		before, after := statesOf(versions, indexed), statesOf(versions, last)
		for _, v := range versions {
			s, ok := after[v.Seq]
			switch {
			case !ok:
			case v.Seq > indexed:
				states[v.Seq] = s
			case s != before[v.Seq]:
				if err := again(v, s); err != nil {
					return nil, err
				}
			}
		}
	}
	return states, nil
}

// statesOf gives the states of a message's versions as far as the entries up
// to a sequence number tell. A version is superseded by an edit later than it;
// a posted one is before all edits, and an edit without a time of its own
// counts from when it was observed. Other content under a known identity
// supersedes nothing: it may be forged. A deletion marks all versions; that it is
// known from an absence alone holds only until the platform tells of it too.
func statesOf(versions []ledger.Entry, last int64) map[int64]state {
	var newest time.Time
	deleted, told := false, false
	for _, v := range versions {
		if v.Seq > last || v.Obs == nil {
			continue
		}
		if v.Obs.Kind == message.Deleted {
			deleted, told = true, told || v.Obs.Grade != message.Absent
		}
		if t := editTime(v.Obs); v.Obs.Kind == message.Edited && !v.Differs && t.After(newest) {
			newest = t
		}
	}
	states := map[int64]state{}
	for _, v := range versions {
		if v.Seq <= last && v.Obs != nil {
			states[v.Seq] = state{
				superseded: v.Obs.Kind != message.Deleted && editTime(v.Obs).Before(newest),
				deleted:    deleted,
				absent:     deleted && !told,
			}
		}
	}
	return states
}

// editTime orders versions: zero for one that is no edit.
func editTime(o *message.Observation) time.Time {
	switch {
	case o.Kind != message.Edited:
		return time.Time{}
	case o.Edited.IsZero():
		return o.Observed
	}
	return o.Edited.UTC
}
