package bottest

import (
	"context"
	"time"

	"stakeout/ledger"
	"stakeout/message"
)

// Record is what a ledger holds of messages and coverage, read for a verdict.
// The zero value is an empty one. It can be read on when the ledger has grown.
type Record struct {
	// Slack is how late the source may tell of a thing without being cut off: a
	// test server that sends events out of order holds them back for a while.
	Slack time.Duration

	at       int64
	messages map[key]*held
	covers   map[string]ledger.Cover // by channel id
}

type key struct{ channel, id string }

// held is what stands of one message.
type held struct {
	versions  []version
	deletions []message.Grade
}

type version struct {
	seq    int64
	kind   message.Kind
	edited time.Time
	text   string
}

// Read adds what the ledger got since the last Read.
func (r *Record) Read(ctx context.Context, l *ledger.Ledger) error {
	if r.messages == nil {
		r.messages = map[key]*held{}
	}
	for {
		es, err := l.Page(ctx, r.at, 1000, ledger.Observation)
		if err != nil {
			return err
		}
		if len(es) == 0 {
			break
		}
		for _, e := range es {
			r.at = e.Seq
			if e.Obs != nil {
				r.add(e)
			}
		}
	}
	covers, err := l.Coverage(ctx)
	if err != nil {
		return err
	}
	r.covers = map[string]ledger.Cover{}
	for _, c := range covers {
		r.covers[c.Channel.ID] = c
	}
	return nil
}

func (r *Record) add(e ledger.Entry) {
	k := key{e.Obs.Channel.ID, e.Obs.ID}
	h := r.messages[k]
	if h == nil {
		h = &held{}
		r.messages[k] = h
	}
	if e.Obs.Kind == message.Deleted {
		h.deletions = append(h.deletions, e.Obs.Grade)
		return
	}
	h.versions = append(h.versions, version{e.Seq, e.Obs.Kind, e.Obs.Edited.UTC, e.Obs.Text})
}

// Holds reports that some version of a message stands in the ledger.
func (r *Record) Holds(channel, id string) bool {
	h := r.messages[key{channel, id}]
	return h != nil && len(h.versions) > 0
}

// live reports that the ledger claims to have watched the channel live from one
// time to another, and long enough after the first to have heard of it.
func (r *Record) live(channel string, from, to time.Time) bool {
	for _, i := range r.covers[channel].Intervals {
		if i.Change == ledger.Watching && !from.Before(i.From) && !to.After(i.To) && !from.Add(r.Slack).After(i.To) && to.Sub(from) > r.Slack {
			return true
		}
	}
	return false
}
