// Package canary proves that a source is not deaf: it has the source's own bot
// post a message in a channel that the operator owns, and times how long the
// message takes into the ledger, into the index and, as a test alert, to the
// receiver.
//
// It posts nowhere else, and nothing but the time and a number.
package canary

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"time"

	"stakeout/ledger"
	"stakeout/message"
)

// Canary is one canary. Run is called once.
type Canary struct {
	Channel message.Channel
	Every   time.Duration
	// Post has the bot post a text in a channel, and gives the message's id.
	Post func(ctx context.Context, channel, text string) (id string, err error)
	// Ledger is where the message must come to stand; Indexed is up to which
	// entry search finds.
	Ledger  *ledger.Ledger
	Indexed func() int64
	// Changed is closed after the ledger's next commit.
	Changed func() <-chan struct{}
	// Prove sends a test alert and waits until it has arrived. Nil: not done.
	Prove func(ctx context.Context) error
	// Alarm tells a person that a canary did not come through.
	Alarm func(ctx context.Context, detail, mend string)
	// Ended says that the source may collect no more: then the bot posts no more
	// either. Nil: it never ends.
	Ended func() bool
	Now   func() time.Time

	mu    sync.Mutex
	state State
}

// State is how the last canary fared.
type State struct {
	LastOK time.Time // zero: none yet
	// How long it took from the posting on.
	Ledger, Index, Receiver time.Duration
	Failing                 bool
	Reason                  string // why, without anything secret
}

// State is the state now.
func (c *Canary) State() State {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state
}

// patience is how long a canary may take before it counts as lost.
const patience = 5 * time.Minute

// looks is how often the index is asked how far it is.
const looks = 20 * time.Millisecond

// Run posts a canary at once and then every so often, until ctx ends.
func (c *Canary) Run(ctx context.Context) error {
	for {
		if c.Ended != nil && c.Ended() {
			c.mu.Lock()
			c.state.Failing, c.state.Reason = false, ""
			c.mu.Unlock()
			return nil
		}
		c.fly(ctx)
		select {
		case <-time.After(c.Every):
		case <-ctx.Done():
			return nil
		}
	}
}

// fly sends one canary and keeps how it fared.
func (c *Canary) fly(ctx context.Context) {
	limit, cancel := context.WithTimeout(ctx, min(patience, c.Every))
	defer cancel()
	next := c.State()
	began := c.Now()
	since := func() time.Duration { return c.Now().Sub(began) }
	stage, err := "was not posted", error(nil)
	var id string
	if id, err = c.Post(limit, c.Channel.ID, text(began)); err == nil {
		var seq int64
		stage = "did not come back into the ledger"
		if seq, err = c.stored(limit, id); err == nil {
			next.Ledger = since()
			stage = "was not indexed"
			err = c.indexed(limit, seq)
		}
	}
	if err == nil {
		next.Index = since()
		if c.Prove != nil {
			stage = "test alert did not arrive at the receiver"
			if err = c.Prove(limit); err == nil {
				next.Receiver = since()
			}
		}
	}
	if err != nil && ctx.Err() != nil {
		return // it was the end that came in between
	}
	next.Failing, next.Reason = err != nil, ""
	if err == nil {
		next.LastOK = c.Now()
	} else {
		next.Reason = fmt.Sprintf("the canary %s: %v", stage, told(err))
		c.Alarm(ctx, fmt.Sprintf("the canary %s within %s", stage, min(patience, c.Every)), "look at stakeout status and stakeout doctor: what should be watched may not be")
	}
	c.mu.Lock()
	c.state = next
	c.mu.Unlock()
}

func told(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return errors.New("waited in vain")
	}
	return err
}

// text tells people who see it what it is, and no two are the same.
func text(now time.Time) string {
	return "Test message of the operator's monitor, " + now.UTC().Format(time.RFC3339) + " " + rand.Text()[:8]
}

// stored waits for the message in the ledger.
func (c *Canary) stored(ctx context.Context, id string) (seq int64, err error) {
	for {
		changed := c.Changed()
		es, err := c.Ledger.Versions(ctx, c.Channel, id)
		if err != nil {
			return 0, err
		}
		if len(es) > 0 {
			return es[0].Seq, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return 0, context.Cause(ctx)
		}
	}
}

func (c *Canary) indexed(ctx context.Context, seq int64) error {
	tick := time.NewTicker(looks)
	defer tick.Stop()
	for c.Indexed() < seq {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}
