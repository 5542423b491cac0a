package alerts

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"stakeout/alerts/detect"
	"stakeout/alerts/notify"
	"stakeout/ledger"
	"stakeout/store"
)

// Engine judges messages, one after the other; *detect.Engine does.
type Engine interface {
	Observe(detect.Message) []detect.Finding
	// Failed names the rules that panicked at the last message.
	Failed() []string
	MaskName(string) string
}

// Receiver takes notifications out of the house. Its error is a
// *notify.RetryAfter, a *notify.Refused, or else passing; it holds no secret.
type Receiver interface {
	Name() string
	Send(context.Context, notify.Notification) error
}

// Options are what Alerts is given from outside.
type Options struct {
	Config    Config
	Receivers []Receiver
	// PublicURL is where readers reach the page; empty: notifications name the
	// command instead.
	PublicURL string
	// Ruleset names the rules and watchlist in force; it is kept with each
	// finding.
	Ruleset string
	Now     func() time.Time // nil: time.Now
	Log     *slog.Logger     // nil: none
}

// Alerts is one engine on one ledger. Run and Deliver are called once each;
// the other methods may be called from any goroutine, before, during and after
// them.
type Alerts struct {
	db     *store.DB
	ledger *ledger.Ledger
	opt    Options
	post   int // lowest level that is posted

	engine sync.Mutex // guards judge
	judge  Engine

	cursor atomic.Int64
	modes  map[int64]acquisition // of Run alone, once New is done
	lanes  map[string]*laneState // by receiver
	jitter func() float64        // in [0,1)
}

// New reads the cursor. The database's Migrations have run; receivers have
// different names.
func New(ctx context.Context, db *store.DB, l *ledger.Ledger, e Engine, opt Options) (*Alerts, error) {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	a := &Alerts{db: db, ledger: l, judge: e, opt: opt, post: levelRank(opt.Config.PostFrom), jitter: rand.Float64, lanes: map[string]*laneState{}}
	for _, r := range opt.Receivers {
		if a.lanes[r.Name()] != nil {
			return nil, fmt.Errorf("open alerts: two receivers are called %q", r.Name())
		}
		a.lanes[r.Name()] = &laneState{}
	}
	var seq int64
	if err := db.Read().QueryRowContext(ctx, `SELECT seq FROM alerts_cursor`).Scan(&seq); err != nil {
		return nil, fmt.Errorf("open alerts: %w", err)
	}
	a.cursor.Store(seq)
	var err error
	if a.modes, err = a.acquisitions(ctx); err != nil {
		return nil, fmt.Errorf("open alerts: %w", err)
	}
	return a, nil
}

// Cursor is the number of the last entry that was judged and whose findings
// are on disk.
func (a *Alerts) Cursor() int64 { return a.cursor.Load() }

// Receivers are the names of the receivers, in the order given.
func (a *Alerts) Receivers() []string {
	names := make([]string, len(a.opt.Receivers))
	for i, r := range a.opt.Receivers {
		names[i] = r.Name()
	}
	return names
}

// Mask makes a name from a channel fit to be told: masked, cleaned, bounded. A
// name on which masking itself fails is withheld.
func (a *Alerts) Mask(name string) (masked notify.Foreign) {
	a.engine.Lock()
	defer a.engine.Unlock()
	defer func() {
		if recover() != nil {
			masked = "(name withheld)"
		}
	}()
	return notify.Clean(name, a.judge.MaskName)
}

func micros(t time.Time) int64     { return t.UnixMicro() }
func fromMicros(n int64) time.Time { return time.UnixMicro(n).UTC() }
