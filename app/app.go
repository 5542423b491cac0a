// Package app is the running service: it builds the parts from the
// configuration, starts them, stops them in the reverse order, and owns the
// data directory while it does. Commands that find the directory owned by a
// running service work through its control socket.
//
// It holds no logic of its own about messages; the parts do.
package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	stdlog "log"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"stakeout/alerts"
	"stakeout/alerts/detect"
	"stakeout/alerts/digest"
	"stakeout/alerts/notify/slack"
	"stakeout/alerts/rules"
	"stakeout/bot/export"
	"stakeout/canary"
	"stakeout/config"
	"stakeout/indexer"
	"stakeout/ledger"
	"stakeout/store"
	"stakeout/watchlist"
)

// Options are what the outside gives to an App.
type Options struct {
	Command string // the command that opens the directory, for others to read
	Create  bool   // make the directory if it is not there
	Version string
	Log     *slog.Logger
	Now     func() time.Time // nil: time.Now
	Banner  string           // stands above every page; empty: none
}

// App is an opened data directory with its parts. The parts may be used at
// once; nothing moves before Follow or Run.
type App struct {
	Config  config.Config
	Zone    *time.Location
	Now     func() time.Time
	Log     *slog.Logger
	Version string
	Banner  string

	DB     *store.DB
	Ledger *ledger.Ledger
	Index  *indexer.Indexer
	Alerts *alerts.Alerts
	Digest *digest.Digest
	// Sources are the configured connectors; only Run starts them.
	Sources []Source
	canary  *canary.Canary // nil: none
	room    *room

	lock    *Lock
	running atomic.Bool // Run is under way, and so the sources' health is known
	failing sync.Map    // names of the parts that failed last
}

// Failing names the parts of the running service that failed and wait to be
// started again.
func (a *App) Failing() (names []string) {
	a.failing.Range(func(name, _ any) bool { names = append(names, name.(string)); return true })
	slices.Sort(names)
	return names
}

// Open locks the data directory (a *HeldError names the process that has it)
// and builds the parts. Close gives everything up again.
func Open(ctx context.Context, cfg config.Config, opt Options) (_ *App, err error) {
	a := &App{room: newRoom(), Config: cfg, Zone: cfg.Location(), Now: opt.Now, Log: opt.Log, Version: opt.Version, Banner: opt.Banner}
	if a.Now == nil {
		a.Now = time.Now
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Close())
		}
	}()
	collectLessOften()
	stdlog.SetOutput(io.Discard) // Bleve writes there what it tells us anyway
	dir := cfg.Data
	if a.lock, err = lockDir(dir, opt.Command, opt.Create); err != nil {
		return nil, err
	}
	engine, ruleset, err := Detection(cfg)
	if err != nil {
		return nil, err
	}
	if a.DB, err = openStore(ctx, dir, a.Log); err != nil {
		return nil, err
	}
	if a.Ledger, err = ledger.Open(ctx, a.DB, dir, a.Now); err != nil {
		return nil, err
	}
	var receivers []alerts.Receiver
	if cfg.Slack.Enabled() {
		receivers = append(receivers, slack.New(config.SlackReceiver, cfg.Slack))
	}
	a.Alerts, err = alerts.New(ctx, a.DB, a.Ledger, engine, alerts.Options{
		Config: cfg.Alerts, Receivers: receivers, PublicURL: cfg.Web.PublicURL, Ruleset: ruleset, Now: a.Now, Log: a.Log,
	})
	if err != nil {
		return nil, err
	}
	if a.Digest, err = digest.New(a.DB, a.Ledger, a.Alerts, digest.Options{Config: cfg.Digest, Zone: cfg.Zone, Sources: a.watched, Now: a.Now, Log: a.Log}); err != nil {
		return nil, err
	}
	if a.Index, err = indexer.Open(ctx, filepath.Join(dir, "index"), a.Ledger, a.Alerts, a.Log); err != nil {
		return nil, err
	}
	a.Sources = a.sources()
	a.canary = a.newCanary(a.Sources)
	return a, nil
}

// Detection builds the engine from the configured rules and watchlist, and a
// name for exactly these: a hash that is kept with every finding.
func Detection(cfg config.Config) (*detect.Engine, string, error) {
	set, err := Rules(cfg)
	if err != nil {
		return nil, "", err
	}
	sum := sha256.New()
	list := &watchlist.Watchlist{}
	if cfg.Watchlist != "" {
		b, err := os.ReadFile(cfg.Watchlist)
		if err != nil {
			return nil, "", fmt.Errorf("watchlist: %w", err)
		}
		if list, err = watchlist.Parse(b); err != nil {
			return nil, "", fmt.Errorf("watchlist %s: %w", cfg.Watchlist, err)
		}
		sum.Write(b)
	}
	for _, r := range set.Rules {
		fmt.Fprintf(sum, "\x00%s\x00%s", r.ID, r.When)
	}
	return detect.New(set, list), hex.EncodeToString(sum.Sum(nil)[:6]), nil
}

// Rules loads the configured rules, or those that come with the program. A rule
// that fails its own examples is refused; the set comes back all the same.
func Rules(cfg config.Config) (*rules.Set, error) {
	if cfg.Rules == "" {
		return rules.Default()
	}
	set, err := rules.Load(os.DirFS(cfg.Rules))
	if err != nil {
		return nil, fmt.Errorf("rules in %s: %w", cfg.Rules, err)
	}
	// Those that come with the program are tested where it is built.
	var failed []error
	for _, f := range detect.TestRules(set) {
		failed = append(failed, fmt.Errorf("rules in %s: %s", cfg.Rules, f))
	}
	return set, errors.Join(failed...)
}

// collectLessOften trades memory for speed: what lives long is small (tens of
// megabytes), what an import allocates dies at once, and at Go's default a
// third of its time goes into collecting it. GOGC and GOMEMLIMIT, where set,
// are left alone.
func collectLessOften() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(1 << 30) // bytes; near it the collector works harder again
	}
}

// Close closes the parts and gives the directory up.
func (a *App) Close() error {
	var errs []error
	if a.Index != nil {
		errs = append(errs, a.Index.Close())
	}
	if a.DB != nil {
		errs = append(errs, a.DB.Close())
	}
	if a.lock != nil {
		errs = append(errs, a.lock.release())
	}
	return errors.Join(errs...)
}

// An import waits while a follower is further behind than this many entries:
// enough for full batches on both cores, and few enough that followers find
// what they read still in the ledger's memory.
const importBound = ledger.Recent - 2048

// Importer imports into this ledger, giving way to the followers.
func (a *App) Importer() *export.Importer {
	return &export.Importer{Ledger: a.Ledger, Lag: a.Lag, Bound: importBound, Version: a.Version, Log: a.Log, Now: a.Now}
}

// Lag is how many entries the slowest follower is behind the ledger.
func (a *App) Lag() int64 {
	return a.Ledger.Size() - min(a.Index.Cursor(), a.Alerts.Cursor())
}

// Followers are the index and the alert engine at work in the background.
type Followers struct {
	app    *App
	ctx    context.Context
	cancel context.CancelFunc
	group  *errgroup.Group
}

// Follow starts the followers, and with deliver what posts alerts. Stop them
// before Close.
func (a *App) Follow(ctx context.Context, deliver bool) *Followers {
	ctx, cancel := context.WithCancel(ctx)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return a.Index.Run(ctx) })
	group.Go(func() error { return a.Alerts.Run(ctx) })
	if deliver {
		group.Go(func() error { return a.Alerts.Deliver(ctx) })
	}
	return &Followers{a, ctx, cancel, group}
}

// Stop ends the followers and waits for them. Their being stopped is no error.
func (f *Followers) Stop() error {
	stopped := f.ctx.Err() == nil // else one of them failed, or the caller's context ended
	f.cancel()
	err := f.group.Wait()
	if stopped || errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// CatchUp waits until the followers have seen every entry that the ledger has
// now.
func (f *Followers) CatchUp(ctx context.Context) error {
	goal := f.app.Ledger.Size()
	tick := time.NewTicker(settleEvery)
	defer tick.Stop()
	for min(f.app.Index.Cursor(), f.app.Alerts.Cursor()) < goal {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-f.ctx.Done():
			return fmt.Errorf("following the ledger stopped: %w", f.group.Wait())
		}
	}
	return nil
}

const (
	fewEntries  = 5000
	settleTime  = 2 * time.Second
	settleEvery = 5 * time.Millisecond
)

// Settle waits, within a running service, for followers that are only a few
// entries behind; not for long, and not for those that are far behind.
func (a *App) Settle(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, settleTime)
	defer cancel()
	tick := time.NewTicker(settleEvery)
	defer tick.Stop()
	for lag := a.Lag(); lag > 0 && lag < fewEntries; lag = a.Lag() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}
