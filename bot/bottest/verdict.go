package bottest

import (
	"fmt"
	"time"

	"stakeout/ledger"
	"stakeout/message"
)

// Message is what a source knows of a message that it ever had.
type Message struct {
	Channel, ID string
	Versions    []Version // as posted, then each edit; the last one is how it stands
	Deleted     time.Time // zero: the source still has it
}

// Version is how a message read from some time on.
type Version struct {
	At     time.Time // when it was said, by this machine's clock
	Edited time.Time // as the source writes it; zero for what was posted
	Text   string
}

// Verdict says what the ledger holds of a source's messages.
type Verdict struct {
	Messages int // that the source ever had
	Kept     int // that it still has: all of them stand in the ledger, or it is a problem
	Versions int // earlier and last ones that stand in the ledger
	Passed   int // earlier ones that nobody could have seen: they came and went during an outage
	Told     int // deletions that the platform told of
	Absent   int // deletions found by a scan
	Unseen   int // messages that came and went during an outage

	Problems []string // the first few
	Failures int      // how many there are
}

func (v *Verdict) fail(format string, args ...any) {
	if v.Failures++; v.Failures <= 20 {
		v.Problems = append(v.Problems, fmt.Sprintf(format, args...))
	}
}

// Judge compares the ledger with all that the source ever had, once the
// connector has caught up. Each message and each last edit that the source has
// must stand there exactly once, with its text. Each deletion of a message that
// the ledger knows must be there, told or absent, and no other. Nothing may
// stand there that was never said. What was said and withdrawn within a time
// that the ledger claims to have watched must be there too. Every outage must be
// filled, or on record as missing.
func (r *Record) Judge(source []Message) Verdict {
	var v Verdict
	known := map[key]bool{}
	for _, m := range source {
		k := key{m.Channel, m.ID}
		known[k] = true
		h := r.messages[k]
		if h == nil {
			h = &held{}
		}
		r.judge(&v, m, h)
	}
	for k := range r.messages {
		if !known[k] {
			v.fail("message %s in %s: the source never had it", k.id, k.channel)
		}
	}
	for id, c := range r.covers {
		for _, o := range c.Outages {
			if !o.Filled && !o.Missing && !o.To.IsZero() {
				v.fail("channel %s: the outage from %s to %s (%s) is neither filled nor missing", id, clock(o.From), clock(o.To), o.Reason)
			}
		}
	}
	return v
}

func (r *Record) judge(v *Verdict, m Message, h *held) {
	v.Messages++
	name := "message " + m.ID + " in " + m.Channel
	stand := make([]int, len(m.Versions))
	for _, got := range h.versions {
		i := said(m, got)
		if i < 0 {
			v.fail("%s: entry %d (%s, edited %s) says what nobody said", name, got.seq, got.kind, clock(got.edited))
			continue
		}
		if stand[i]++; stand[i] == 2 {
			v.fail("%s: version %d of %d stands there more than once, last as entry %d", name, i+1, len(m.Versions), got.seq)
		}
	}
	last := len(m.Versions) - 1
	for i, n := range stand {
		until := m.Deleted
		if i < last {
			until = m.Versions[i+1].At
		}
		switch {
		case n > 0:
			v.Versions++
		case until.IsZero():
			v.fail("%s: the last version (%d, said %s) is not there", name, i+1, clock(m.Versions[i].At))
		case r.live(m.Channel, m.Versions[i].At, until):
			v.fail("%s: version %d, said %s and gone %s, is not there although the channel was watched", name, i+1, clock(m.Versions[i].At), clock(until))
		case i < last:
			v.Passed++
		}
	}
	r.deletions(v, name, m, h)
}

func (r *Record) deletions(v *Verdict, name string, m Message, h *held) {
	if m.Deleted.IsZero() {
		v.Kept++
		if len(h.deletions) > 0 {
			v.fail("%s: a deletion (%s) stands there, but the source has it", name, h.deletions[0])
		}
		return
	}
	told, absent := 0, 0
	for _, g := range h.deletions {
		switch g {
		case message.Told:
			told++
		case message.Absent:
			absent++
		}
	}
	switch {
	case told > 1 || absent > 1 || told+absent < len(h.deletions):
		v.fail("%s: its deletion stands there as %v", name, h.deletions)
	case told == 1: // it may have been found absent a moment before
		v.Told++
	case absent == 1:
		v.Absent++
	case len(h.versions) == 0:
		v.Unseen++
	default:
		v.fail("%s: it was deleted %s, which is not there", name, clock(m.Deleted))
	}
}

// said finds the version that an observation shows, -1 for none.
func said(m Message, got version) int {
	for i, w := range m.Versions {
		if w.Text == got.text && w.Edited.Equal(got.edited) && (got.kind == message.Edited) == !w.Edited.IsZero() {
			return i
		}
	}
	return -1
}

// Ahead checks that the ledger claims no more than it has, at whatever moment:
// of the messages that the source still has, every one said within a time that
// the ledger calls watched or fetched must stand there. It returns the first
// one that does not.
func (r *Record) Ahead(source []Message) error {
	for _, m := range source {
		if !m.Deleted.IsZero() || r.Holds(m.Channel, m.ID) {
			continue
		}
		at := m.Versions[0].At
		for _, i := range r.covers[m.Channel].Intervals {
			claimed := i.Change == ledger.Watching || i.Change == ledger.Fetched
			if claimed && !at.Before(i.From) && !at.Add(r.Slack).After(i.To) {
				return fmt.Errorf("message %s in %s, said %s, is not there, but the channel is called %s from %s to %s", m.ID, m.Channel, clock(at), i.Change, clock(i.From), clock(i.To))
			}
		}
	}
	return nil
}

func clock(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.UTC().Format("15:04:05.000000")
}
