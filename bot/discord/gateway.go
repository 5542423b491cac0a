package discord

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"sync/atomic"
	"time"

	"github.com/bwmarrin/discordgo"
	"github.com/gorilla/websocket"
	"golang.org/x/sync/errgroup"

	"stakeout/bot"
)

const (
	firstPause   = time.Second
	longestPause = 2 * time.Minute
	// signEvery is how often a quiet connection is looked at for signs of life.
	signEvery = 15 * time.Second
	// openTime bounds connecting, up to the session's first event.
	openTime = time.Minute
	// closeTime bounds the farewell; discordgo waits a second in it.
	closeTime = 5 * time.Second
)

// gateway keeps the bot connected until ctx ends, resuming where that can be.
// It returns a *bot.Fault where only somebody's mending helps.
func (r *run) gateway(ctx context.Context) error {
	pause := firstPause
	var l *link
	for {
		if l == nil {
			var err error
			if l, err = r.link(ctx); err != nil {
				return err
			}
		}
		err := l.connect(ctx)
		r.mu.Lock()
		r.connected = false
		r.mu.Unlock()
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if fault := mend(err); fault != nil {
			return fault
		}
		var unreached *net.OpError
		switch {
		case l.welcomed.Load():
			pause = firstPause
		case errors.As(err, &unreached) && unreached.Op == "dial": // nobody was asked yet: the session may still be resumed
		default:
			l = nil // whatever could be resumed was not: begin anew
		}
		wait := pause/2 + rand.N(pause)
		pause = min(2*pause, longestPause)
		r.in.State(bot.Waiting, "the connection to Discord was lost", r.in.Now().Add(wait))
		r.in.Log().Info("gateway closed", "again_in", wait.Round(time.Millisecond), "err", err)
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// mend tells a close code that stays the same until somebody acts.
//
// Source: Discord API reference, "Gateway Close Event Codes".
func mend(err error) *bot.Fault {
	var fault *bot.Fault
	if errors.As(err, &fault) {
		return fault
	}
	var closed *websocket.CloseError
	if !errors.As(err, &closed) {
		var refused *discordgo.RESTError
		if errors.As(err, &refused) && refused.Response.StatusCode == 401 {
			return errToken()
		}
		return nil
	}
	switch closed.Code {
	case 4004:
		return errToken()
	case 4010, 4011:
		return &bot.Fault{What: "Discord wants the bot to be sharded: it is in too many servers", Mend: "use a bot of its own for Stakeout, in the watched servers alone"}
	case 4012:
		return &bot.Fault{What: "Discord no longer speaks this version of the gateway", Mend: "upgrade Stakeout"}
	case 4013:
		return &bot.Fault{What: "Discord does not know the intents that Stakeout asks for", Mend: "upgrade Stakeout"}
	case 4014:
		return errContent()
	}
	return nil
}

// link is one session of the gateway, over as many connections as it can be
// resumed by.
type link struct {
	run      *run
	dg       *discordgo.Session
	wire     atomic.Pointer[wire] // of the connection
	stalled  atomic.Bool          // the queue is full, so that nothing is read
	welcomed atomic.Bool          // on this connection
	since    atomic.Int64         // of that, Unix nanoseconds
	seq      int64                // number of the last event; the reading goroutine's alone
	lost     bool                 // one before it could not be read; the same
	heard    atomic.Int64         // when the last event came, Unix nanoseconds
	closed   chan struct{}
}

func (r *run) link(ctx context.Context) (*link, error) {
	dg, err := r.Connector.session(ctx)
	if err != nil {
		return nil, err
	}
	l := &link{run: r, dg: dg, closed: make(chan struct{}, 1)}
	dg.Dialer = l.dialer(ctx)
	// Events come in their order, by the goroutine that reads the socket: while
	// the queue is full it reads no further.
	dg.AddHandler(func(_ *discordgo.Session, e *discordgo.Event) { l.receive(ctx, e) })
	dg.AddHandler(func(*discordgo.Session, *discordgo.Disconnect) {
		select {
		case l.closed <- struct{}{}:
		default:
		}
	})
	return l, nil
}

// receive queues an event; only the end of the run keeps it from that.
func (l *link) receive(ctx context.Context, d *discordgo.Event) {
	if l.hole(d) || !heard[d.Type] {
		return
	}
	r := l.run
	at := r.in.Now()
	l.heard.Store(time.Now().UnixNano())
	if d.Type == "READY" || d.Type == "RESUMED" {
		l.since.Store(at.UnixNano())
		l.welcomed.Store(true)
		r.mu.Lock()
		r.connected = true
		r.mu.Unlock()
	}
	l.queue(ctx, event{name: d.Type, raw: d.RawData, at: at, settled: l.welcomed.Load()})
}

// hole reports that an event before this one never came: discordgo drops a
// frame that is no JSON. What it said can only be fetched, so the session is
// given up, as one that cannot be resumed; from here on nothing of it counts.
func (l *link) hole(d *discordgo.Event) bool {
	if d.Type != "READY" && l.seq != 0 && d.Sequence > l.seq+1 && !l.lost {
		l.lost = true
		l.welcomed.Store(false)
		l.run.in.Log().Warn("events of the gateway are missing; the session begins anew", "after", l.seq, "until", d.Sequence)
		l.wire.Load().cut()
	}
	l.seq = d.Sequence
	return l.lost
}

func (l *link) queue(ctx context.Context, e event) {
	select {
	case l.run.events <- e:
		return
	default:
	}
	l.stalled.Store(true)
	select {
	case l.run.events <- e:
	case <-ctx.Done():
	}
	l.stalled.Store(false)
}

// connect makes one connection and waits for its end.
func (l *link) connect(ctx context.Context) error {
	l.welcomed.Store(false)
	select {
	case <-l.closed: // of an earlier connection
	default:
	}
	if err := l.open(ctx); err != nil {
		return err
	}
	g, watched := errgroup.WithContext(ctx)
	g.Go(func() error { return l.signs(watched) })
	g.Go(func() error {
		select {
		case <-l.closed:
			return errors.New("the connection ended")
		case <-watched.Done():
			return context.Cause(watched)
		}
	})
	err := g.Wait()
	if ctx.Err() != nil {
		l.farewell()
	}
	return err
}

// open connects, and waits for the session's first event. discordgo reads
// without a time limit then, and locks itself up when Discord asks for a new
// connection at that very moment: it is given up after a while.
func (l *link) open(ctx context.Context) error {
	opened := make(chan error, 1)
	go func() { opened <- l.dg.Open() }()
	timer := time.NewTimer(openTime)
	defer timer.Stop()
	for {
		select {
		case err := <-opened:
			if errors.Is(err, discordgo.ErrWSAlreadyOpen) {
				err = nil
			}
			if err != nil {
				return fmt.Errorf("connect to Discord: %w", err)
			}
			return nil
		case <-timer.C:
			if l.stalled.Load() { // it waits for the ledger, not for Discord
				timer.Reset(openTime)
				continue
			}
		case <-ctx.Done():
		}
		l.wire.Load().cut()
		select {
		case <-opened:
		case <-time.After(closeTime):
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		l.welcomed.Store(false) // this session is of no more use
		return errors.New("the session did not begin in time")
	}
}

// farewell closes the connection so that the bot is shown offline at once, and
// waits for discordgo's goroutines.
func (l *link) farewell() {
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = l.dg.Close() // the connection may be gone already
	}()
	select {
	case <-done:
	case <-time.After(closeTime):
	}
	l.wire.Load().cut()
}

// quiet is how long no event may have come before an answer to a heartbeat that
// counts as a sign of life: while events queue up at Discord's end, an answer
// may overtake them.
const quiet = 2 * time.Second

// signs turns the answers to heartbeats of a quiet connection into signs of
// life: what Discord said before has been read before.
func (l *link) signs(ctx context.Context) error {
	tick := time.NewTicker(signEvery)
	defer tick.Stop()
	var last time.Time
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		l.dg.RLock()
		ack := l.dg.LastHeartbeatAck
		l.dg.RUnlock()
		if n := ack.Add(-quiet).UnixNano(); l.welcomed.Load() && ack.After(last) && n > l.since.Load() && n > l.heard.Load() {
			last = ack
			l.queue(ctx, event{at: ack, settled: true})
		}
	}
}
