package digest

import (
	"cmp"
	"context"
	"slices"
	"time"

	"stakeout/alerts/notify"
	"stakeout/ledger"
	"stakeout/message"
)

// Source is what a watched source is doing at a moment. Its texts are our own.
type Source struct {
	Name  string `json:"name"`
	State string `json:"state"`
	// Troubled: it fails, or somebody must mend it.
	Troubled  bool      `json:"troubled,omitempty"`
	Reason    string    `json:"reason,omitempty"`
	Mend      string    `json:"mend,omitempty"`
	Since     time.Time `json:"since,omitzero"` // of the state
	Until     time.Time `json:"until,omitzero"` // end of a wait, where it is known
	LastEvent time.Time `json:"last_event,omitzero"`
	Silent    bool      `json:"silent,omitempty"` // for longer than its usual rhythm
	Ends      time.Time `json:"ends,omitzero"`    // of its terms: the first moment after them
	Lost      []Lost    `json:"lost,omitempty"`   // channels that cannot be heard
}

// Lost is a channel that cannot be heard.
type Lost struct {
	Channel message.Channel `json:"-"`
	Place   Place           `json:"place"` // filled in by the digest
	Reason  string          `json:"reason"`
	Mend    string          `json:"mend,omitempty"`
	Since   time.Time       `json:"since"`
}

// Place is a channel by the names that may be told.
type Place struct {
	Platform string         `json:"platform"`
	Server   notify.Foreign `json:"server,omitempty"`
	Name     notify.Foreign `json:"name"`
}

// Outage is a time in which a source did not watch some channels.
type Outage struct {
	Source  string    `json:"source"`
	Places  []Place   `json:"places"`
	From    time.Time `json:"from"`
	To      time.Time `json:"to,omitzero"` // zero: it goes on
	Reason  string    `json:"reason,omitempty"`
	Filled  bool      `json:"filled"`
	Missing bool      `json:"missing,omitempty"` // a part of it is known to be
}

// Missing is a stretch of a channel that cannot be had any more.
type Missing struct {
	Source string    `json:"source"`
	Place  Place     `json:"place"`
	From   time.Time `json:"from,omitzero"`
	To     time.Time `json:"to,omitzero"`
	Count  int64     `json:"count,omitempty"` // ids, 0 unknown
	Reason string    `json:"reason,omitempty"`
}

// watch adds what the sources are doing, and what the ledger's coverage lacks.
func (d *Digest) watch(ctx context.Context, out *Data) error {
	list, running := d.sources()
	out.Running = running
	for _, s := range list {
		s.Lost = slices.Clone(s.Lost)
		for i := range s.Lost {
			s.Lost[i].Place = d.where(s.Lost[i].Channel)
		}
		out.Sources = append(out.Sources, s)
	}
	covers, err := d.ledger.Coverage(ctx)
	if err != nil {
		return err
	}
	for _, c := range covers {
		if len(c.Intervals) == 0 {
			continue
		}
		p := d.where(c.Channel)
		for _, o := range c.Outages {
			if news(c, o, out.After, out.Since) {
				out.outage(Outage{o.Source, []Place{p}, o.From, o.To, o.Reason, o.Filled, o.Missing})
			}
		}
		for _, n := range c.Intervals {
			if n.Change == ledger.Missing && n.Seq > out.After && n.Seq <= out.To {
				out.Missing = append(out.Missing, Missing{n.Source, p, n.From, n.To, n.Count, n.Reason})
			}
		}
	}
	slices.SortStableFunc(out.Outages, func(a, b Outage) int { return cmp.Or(a.From.Compare(b.From), cmp.Compare(a.Source, b.Source)) })
	return nil
}

func (d *Digest) where(c message.Channel) Place {
	n := d.channel(c)
	return Place{n.Platform, n.Server, n.Name}
}

// outage adds one channel's outage to those of others that say the same: one
// lost connection is an outage of every channel behind it.
func (out *Data) outage(o Outage) {
	for i := range out.Outages {
		if k := &out.Outages[i]; k.Source == o.Source && k.From.Equal(o.From) && k.To.Equal(o.To) && k.Reason == o.Reason && k.Filled == o.Filled && k.Missing == o.Missing {
			k.Places = append(k.Places, o.Places...)
			return
		}
	}
	out.Outages = append(out.Outages, o)
}

// news reports that an outage goes on, ended after the last digest, or that
// something was entered about it since.
func news(c ledger.Cover, o ledger.Outage, after int64, since time.Time) bool {
	if o.To.IsZero() || o.To.After(since) {
		return true
	}
	return slices.ContainsFunc(c.Intervals, func(n ledger.Interval) bool {
		if n.Seq <= after || n.Source != o.Source {
			return false
		}
		switch n.Change {
		case ledger.Watching: // which ended it
			return n.From.Equal(o.To)
		case ledger.Fetched, ledger.Missing:
			return n.From.Before(o.To) && n.To.After(o.From)
		}
		return false
	})
}
