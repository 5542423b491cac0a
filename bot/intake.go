package bot

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"stakeout/ledger"
	"stakeout/message"
)

// Deps are what an Intake is given from outside.
type Deps struct {
	Ledger  *ledger.Ledger
	Version string // of Stakeout, for acquisitions
	// Lag is how many entries the slowest follower is behind; handing over waits
	// while it is above Bound. Nil: never wait.
	Lag   func() int64
	Bound int64
	// Room is nil while there is space on the disk, else a channel that closes
	// when that may have changed. Nil: there always is.
	Room func() <-chan struct{}
	// Alarm tells a person, at most once a day for each name. Nil: nobody.
	Alarm func(ctx context.Context, a Alarm) error
	Zone  *time.Location   // of Terms.Until; nil: UTC
	Now   func() time.Time // nil: time.Now
	Log   *slog.Logger     // nil: none
}

// Alarm is something about a source that a person must know. Channel is set
// where it is about one; its names come from outside.
type Alarm struct {
	Source  string
	Name    string // says what happened, the same words each time: "thrown out"
	Channel *message.Channel
	Detail  string // one sentence, with nothing from a channel and no secret
	Mend    string
}

// Intake is the door of one source into the ledger, for the life of the
// process. Its methods may be called from any goroutine.
type Intake struct {
	deps   Deps
	source string
	terms  Terms
	health health
	rhythm rhythm // guarded by health
	log    *slog.Logger

	mu       sync.Mutex
	open     map[channelKey]watch
	acquired map[int64]*Acquisition // under way
}

// watch is a watch under way: the entry that began it.
type watch struct {
	seq     int64
	channel message.Channel
}

type channelKey struct{ platform, id, account string }

func keyOf(c message.Channel) channelKey { return channelKey{c.Platform, c.ID, c.Account} }

// NewIntake makes the door for a source.
func NewIntake(source string, terms Terms, d Deps) *Intake {
	if d.Now == nil {
		d.Now = time.Now
	}
	if d.Zone == nil {
		d.Zone = time.UTC
	}
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	in := &Intake{deps: d, source: source, terms: terms, log: d.Log.With("source", source), open: map[channelKey]watch{}, acquired: map[int64]*Acquisition{}}
	in.health.h = Health{Source: source, State: Starting, Since: d.Now().UTC()}
	if end := terms.End(d.Zone); !end.IsZero() {
		in.health.h.Ends = end
	}
	return in
}

// Source is the connector's name.
func (in *Intake) Source() string { return in.source }

// Log is where the connector logs; no line holds anything from a channel.
func (in *Intake) Log() *slog.Logger { return in.log }

// Now is the time by the clock of the record.
func (in *Intake) Now() time.Time { return in.deps.Now().UTC() }

// Ledger is for reading alone.
func (in *Intake) Ledger() *ledger.Ledger { return in.deps.Ledger }

// Checkpoint gives what a Batch kept under this name, nil for nothing.
func (in *Intake) Checkpoint(ctx context.Context, name string) ([]byte, error) {
	return in.deps.Ledger.Checkpoint(ctx, in.source+"/"+name)
}

// Through is up to when everything that the source told is in the ledger, also
// by an earlier process; zero when it never ran.
func (in *Intake) Through(ctx context.Context) (time.Time, error) {
	return in.deps.Ledger.Through(ctx, in.source)
}

// Open are the channels that are being watched.
func (in *Intake) Open() []message.Channel {
	in.mu.Lock()
	defer in.mu.Unlock()
	out := make([]message.Channel, 0, len(in.open))
	for _, w := range in.open {
		out = append(out, w.channel)
	}
	return out
}

// Health is what is known of the source now.
func (in *Intake) Health() Health { return in.health.snapshot() }

// State says what the source is doing; until is the end of a wait, zero where
// it is not known.
func (in *Intake) State(s State, reason string, until time.Time) { in.state(s, reason, "", until) }

func (in *Intake) state(s State, reason, mend string, until time.Time) {
	now := in.Now()
	changed := false
	in.health.change(func(h *Health) {
		changed = h.State != s || h.Reason != reason
		if h.State != s {
			h.Since = now
		}
		if s == Waiting && changed {
			h.Waits++
		}
		h.State, h.Reason, h.Mend, h.Until = s, reason, mend, until
	})
	if changed {
		about := []any{"state", s}
		if reason != "" {
			about = append(about, "reason", reason)
		}
		if !until.IsZero() {
			about = append(about, "until", until)
		}
		in.log.Info("source", about...)
	}
}

// hold shows the source as waiting until it is let go.
func (in *Intake) hold(reason string) (letGo func()) {
	w := &hold{reason, in.Now()}
	in.health.mu.Lock()
	in.health.h.Waits++
	in.health.holds = append(in.health.holds, w)
	first := len(in.health.holds) == 1
	in.health.mu.Unlock()
	if first {
		in.log.Info("source", "state", Waiting, "reason", reason)
	}
	return func() {
		in.health.mu.Lock()
		in.health.holds = slices.DeleteFunc(in.health.holds, func(other *hold) bool { return other == w })
		last := len(in.health.holds) == 0
		in.health.mu.Unlock()
		if last {
			in.log.Info("source", "state", in.Health().State, "waited", in.Now().Sub(w.since).Round(time.Millisecond))
		}
	}
}

// Reconnected counts a connection that was made anew.
func (in *Intake) Reconnected() { in.health.change(func(h *Health) { h.Reconnects++ }) }

// Dropped notes a message of a chat that is not on the allow-list: its id, its
// title and how many, in memory alone.
func (in *Intake) Dropped(chat, title string) {
	in.health.change(func(h *Health) { h.drop(chat, title) })
}

// ChannelState says whether a channel can be heard; reason and mend name no
// channel. Losing one alarms once, until it is heard again.
func (in *Intake) ChannelState(ctx context.Context, ch message.Channel, ok bool, reason, mend string) {
	k := keyOf(ch)
	news := false
	in.health.change(func(h *Health) {
		for i := range h.Channels {
			if keyOf(h.Channels[i].Channel) != k {
				continue
			}
			if ok {
				h.Channels = append(h.Channels[:i:i], h.Channels[i+1:]...)
			} else {
				news = h.Channels[i].Reason != reason
				h.Channels[i].Reason, h.Channels[i].Mend = reason, mend
			}
			return
		}
		if !ok {
			news = true
			h.Channels = append(h.Channels, ChannelHealth{ch, reason, mend, in.Now()})
		}
	})
	if news {
		in.alarm(ctx, Alarm{Name: "channel lost", Channel: &ch, Detail: reason, Mend: mend})
	}
}

// Alarm tells a person, at most once a day for each name.
func (in *Intake) Alarm(ctx context.Context, name, detail, mend string) {
	in.alarm(ctx, Alarm{Name: name, Detail: detail, Mend: mend})
}

func (in *Intake) alarm(ctx context.Context, a Alarm) {
	a.Source = in.source
	in.log.Warn("alarm", "what", a.Name, "detail", a.Detail, "mend", a.Mend)
	if in.deps.Alarm == nil {
		return
	}
	if err := in.deps.Alarm(ctx, a); err != nil && ctx.Err() == nil {
		in.log.Error("an alarm could not be raised", "what", a.Name, "err", err)
	}
}
