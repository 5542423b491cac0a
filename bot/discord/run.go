package discord

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"stakeout/bot"
)

const (
	// queued bounds the events between the gateway and the ledger; a full queue
	// stops the reading of the socket.
	queued = 1024
	// atOnce is how many of them one commit takes.
	atOnce = 512
)

// run is one Run: what it knows of servers and channels, and the three that
// work on it. The gateway hands events to the pump, which alone writes what is
// live; the catching up fetches what was missed.
type run struct {
	*Connector
	in     *bot.Intake
	rest   *rest
	events chan event
	wake   chan struct{} // there is something to catch up
	me     string        // the bot's user id
	// since is when this source last listened; channels made later are no
	// history when they are first fetched.
	since time.Time

	// The pump's alone.
	acq     *bot.Acquisition // of the live session
	seen    repeats
	begun   time.Time // the session, until the servers' states are overdue
	through time.Time // up to when all that Discord told is known

	mu        sync.Mutex // guards what follows
	dir       *directory
	sel       selection
	watches   map[string]*watch
	nicks     nicks
	jobs      jobs
	session   int            // counts those that began anew
	listed    map[string]int // in which session a channel's archived threads were asked for
	troubled  map[trouble]bool
	waited    bool            // long enough for all servers' states
	strange   map[string]bool // threads that are not listed; bounded
	connected bool            // and welcomed
}

// Run watches until ctx ends; see bot.Connector.
func (c *Connector) Run(ctx context.Context, in *bot.Intake) error {
	if err := tokenError(c.cfg.Token.Reveal()); err != nil {
		return &bot.Fault{What: "the Discord token cannot be used", Mend: err.Error()}
	}
	outside := ctx
	g, ctx := errgroup.WithContext(ctx)
	r := &run{
		Connector: c, in: in, events: make(chan event, queued), wake: make(chan struct{}, 1), seen: newRepeats(),
		watches: map[string]*watch{}, nicks: nicks{}, jobs: newJobs(), listed: map[string]int{}, strange: map[string]bool{}, sel: selection{cfg: c.cfg, found: map[string]string{}},
	}
	var err error
	if r.rest, err = c.rest(ctx); err != nil {
		return err
	}
	r.rest.waiting = r.waiting
	defer r.rest.dg.Client.CloseIdleConnections()
	if err := r.prepare(ctx); err != nil {
		return err
	}
	for _, part := range []func() error{
		func() error { return r.gateway(ctx) },
		func() error {
			return bot.Pump(ctx, r.events, atOnce, func(es []event) error { return r.take(ctx, es) })
		},
		func() error { return r.catchUp(ctx) },
	} {
		g.Go(in.Contain(outside, part))
	}
	return g.Wait()
}

// prepare finds out who the bot is and whether it may hear anything.
func (r *run) prepare(ctx context.Context) error {
	who, err := r.rest.whoami(ctx)
	if err != nil {
		return fmt.Errorf("ask Discord who the bot is: %w", err)
	}
	r.me = who.id
	if !who.bot {
		return &bot.Fault{What: "the Discord token is a user's, not a bot's", Mend: "make a bot in the developer portal and set its token; Stakeout watches with a bot of its own alone"}
	}
	if who.asked && !who.content {
		return errContent()
	}
	r.dir = newDirectory(r.me)
	if r.through, err = r.in.Through(ctx); err != nil {
		return err
	}
	if r.since = r.through; r.since.IsZero() {
		r.since = r.in.Now()
	}
	b, err := r.in.Checkpoint(ctx, foundKey)
	if err != nil {
		return err
	}
	if b != nil {
		if err := json.Unmarshal(b, &r.sel.found); err != nil {
			return fmt.Errorf("checkpoint %s: %w", foundKey, err)
		}
	}
	return nil
}

// foundKey names the checkpoint with the ids that the allow-list's names meant.
const foundKey = "found"

func errContent() *bot.Fault {
	return &bot.Fault{What: "the bot lacks the intent MESSAGE CONTENT, so messages would come without their text", Mend: "switch on Message Content Intent in the developer portal under Bot, Privileged Gateway Intents"}
}

// who is the bot as Discord knows it.
type who struct {
	id, name string
	bot      bool
	asked    bool // the application could be asked for
	content  bool // it may have the intent MESSAGE CONTENT
}

// Flags of an application: the intent is granted, or granted for small bots.
//
// Source: Discord API reference, "Application Flags".
const contentFlags = 1<<18 | 1<<19

func (c *rest) whoami(ctx context.Context) (who, error) {
	var u wireUser
	if err := c.read(ctx, "/users/@me", "/users/@me", &u); err != nil {
		return who{}, err
	}
	w := who{id: u.ID, name: u.Username, bot: u.Bot}
	var app struct {
		Flags int64 `json:"flags"`
	}
	err := c.read(ctx, "/applications/@me", "/applications/@me", &app)
	if errors.As(err, new(*refused)) {
		return w, nil
	}
	w.asked, w.content = err == nil, app.Flags&contentFlags != 0
	return w, err
}

// waiting shows a wait of the REST interface.
func (r *run) waiting(reason string, until time.Time) func() {
	r.in.State(bot.Waiting, reason, until)
	return r.tell
}

// tell says what the source is doing.
func (r *run) tell() {
	r.mu.Lock()
	connected, busy := r.connected, r.jobs.busy()
	r.mu.Unlock()
	switch {
	case !connected:
	case busy:
		r.in.State(bot.CatchingUp, "fetching what was missed", time.Time{})
	default:
		r.in.State(bot.Live, "", time.Time{})
	}
}
