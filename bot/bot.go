// Package bot is what all connectors share: the one door by which what they
// saw gets into the ledger, the watch over their running, and what is known of
// their health.
//
// It promises: what a connector hands over is committed whole or not at all,
// together with its checkpoint, before the connector hears of it; nothing is
// dropped to keep up, handing over waits instead; a watch that a crash cut
// short ends in the record where the last commit was, never later; one
// connector's failure or panic touches no other. It knows no platform and
// sends nothing anywhere.
package bot

import (
	"context"
	"time"

	"stakeout/ledger"
	"stakeout/message"
)

// Connector watches one source. Supervise runs it.
type Connector interface {
	// Name names its checkpoints, acquisitions and metrics: "discord".
	Name() string
	// Run watches until ctx ends. After an error it is started again, later
	// each time; after a *Fault seldom, since somebody must mend it first.
	Run(ctx context.Context, in *Intake) error
}

// Fault is an error that goes away only when somebody mends it: a token that
// is refused, a missing intent. Its texts hold no secret and nothing from a
// channel.
type Fault struct{ What, Mend string }

func (f *Fault) Error() string { return f.What + ": " + f.Mend }

// Batch is what a connector hands over at once.
type Batch struct {
	// Observations are complete but for Acquisition and, where it is zero,
	// Observed.
	Observations []*message.Observation
	// Rejected goes to quarantine.
	Rejected []Rejected
	// Coverage may say what is known already: a Watching of a channel that is
	// being watched and a Stopped of one that is not are left out. Source and Of
	// are filled in. A Fetched that closes an outage runs From the end of the
	// last watch To the moment when the fetch began.
	Coverage []ledger.Coverage
	// Checkpoints move with the rest.
	Checkpoints []Checkpoint
	// Through, if not zero: everything that the source told up to then stands in
	// the ledger with this batch.
	Through time.Time
	// Bulk gives way to what is live.
	Bulk bool
}

// Rejected is a record that could not be read.
type Rejected struct {
	Place  string // where it stood, naming it among all of the acquisition: "update 12345"
	Reason string // without any of its content
	Bytes  []byte
}

// Checkpoint is a connector's note to itself, kept as "<source>/<Name>".
type Checkpoint struct {
	Name  string
	Value []byte
}

// Method is how an acquisition collects.
type Method struct {
	Account string // the bot's or mailbox's own id or name
	How     string // in words: "gateway v10, live"
	// History marks the first fetch of a channel's past; what is found in it is
	// told in one summary.
	History bool
}

// Finding is one thing that a look at a source's set-up showed.
type Finding struct {
	Source  string `json:"source"`
	Subject string `json:"subject"` // what was looked at: "token", "#general", "INBOX"
	State   string `json:"state"`   // ok, warn or fault
	What    string `json:"what"`
	Mend    string `json:"mend,omitempty"` // what to do about it
}

// States of a Finding.
const (
	OK      = "ok"
	Warn    = "warn"
	Faulted = "fault"
)

// Visible is a channel that a source can see.
type Visible struct {
	Source   string   `json:"source"`
	Server   string   `json:"server,omitempty"`
	ServerID string   `json:"server_id,omitempty"`
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Type     string   `json:"type,omitempty"`
	Listed   bool     `json:"listed"`            // on the allow-list
	Missing  []string `json:"missing,omitempty"` // permissions that the bot needs and lacks
}

// Doctor looks at a source's set-up by calls that change nothing.
type Doctor interface {
	Doctor(ctx context.Context) []Finding
}

// Lister lists the channels that a source can see; a source that learns of them
// only as messages arrive goes on until ctx ends.
type Lister interface {
	Channels(ctx context.Context, emit func(Visible) error) error
}
