package bot

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"stakeout/message"
)

// State is what a source is doing.
type State string

const (
	Starting   State = "starting"
	Live       State = "live"
	CatchingUp State = "catching up" // live, and fetching what was missed
	Waiting    State = "waiting"     // for a reason and, where it is known, up to an end
	Failing    State = "failing"     // will be started again
	Broken     State = "broken"      // somebody must mend it
	Ended      State = "ended"       // its terms ran out
	Off        State = "off"         // the process is stopping
)

// Health is what is known of one source at a moment.
type Health struct {
	Source  string `json:"source"`
	Account string `json:"account,omitempty"`
	State   State  `json:"state"`
	// Reason is why, for every state but live; Until is when a wait ends, zero
	// where that is not known.
	Reason string    `json:"reason,omitempty"`
	Mend   string    `json:"mend,omitempty"`
	Until  time.Time `json:"until,omitzero"`
	Since  time.Time `json:"since"` // of the state
	// LastEvent is when the source last told of a message; zero: not since the
	// start. Through is up to when all it told is in the ledger.
	LastEvent time.Time `json:"last_event,omitzero"`
	Through   time.Time `json:"through,omitzero"`
	// Lag is how long after it was sent the last live message stood in the
	// ledger, by the source's clock and ours.
	Lag        time.Duration `json:"lag_ns"`
	Events     int64         `json:"events"` // observations handed over since the start
	Rejected   int64         `json:"rejected"`
	Reconnects int64         `json:"reconnects"`
	Waits      int64         `json:"waits"`
	Silent     bool          `json:"silent,omitempty"` // for longer than its usual rhythm
	Ends       time.Time     `json:"ends,omitzero"`    // of its terms
	// Channels are those in trouble.
	Channels []ChannelHealth `json:"channels,omitempty"`
	// Dropped are chats that are not on the allow-list.
	Dropped []Dropped `json:"dropped,omitempty"`
}

// ChannelHealth is a channel that is deaf, lost or closed to us.
type ChannelHealth struct {
	Channel message.Channel `json:"channel"`
	Reason  string          `json:"reason"`
	Mend    string          `json:"mend,omitempty"`
	Since   time.Time       `json:"since"`
}

// Dropped is a chat that is not on the allow-list; nothing else of it is kept.
type Dropped struct {
	ID    string `json:"id"`
	Title string `json:"title,omitempty"`
	Count int64  `json:"count"`
}

// Well reports that nothing is wrong with the source.
func (h Health) Well() bool {
	switch h.State {
	case Failing, Broken:
		return false
	}
	return !h.Silent && len(h.Channels) == 0
}

// health guards a Health.
type health struct {
	mu    sync.Mutex
	h     Health // as the connector says
	holds []*hold
}

// hold is a wait that handing over lays on a source. It stands above what the
// connector says of itself, so that several at once, and a connector that goes
// on reporting meanwhile, leave the right state behind.
type hold struct {
	reason string
	since  time.Time
}

func (h *health) change(f func(*Health)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	f(&h.h)
}

func (h *health) snapshot() Health {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := h.h
	if len(h.holds) > 0 {
		out.State, out.Reason, out.Since = Waiting, h.holds[0].reason, h.holds[0].since
		out.Mend, out.Until = "", time.Time{}
	}
	out.Channels = slices.Clone(out.Channels)
	out.Dropped = slices.Clone(out.Dropped)
	slices.SortFunc(out.Dropped, func(a, b Dropped) int { return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.ID, b.ID)) })
	return out
}

// maxDropped bounds how many strange chats are remembered: anyone can add a
// bot to a group.
const maxDropped = 256

func (h *Health) drop(id, title string) {
	for i := range h.Dropped {
		if h.Dropped[i].ID == id {
			h.Dropped[i].Count++
			h.Dropped[i].Title = title
			return
		}
	}
	if len(h.Dropped) < maxDropped {
		h.Dropped = append(h.Dropped, Dropped{id, title, 1})
	}
}
