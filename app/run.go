package app

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"time"

	"golang.org/x/sync/errgroup"

	"stakeout/bot"
	"stakeout/config"
	"stakeout/heartbeat"
	"stakeout/web"
)

// Run is the service: followers, delivery, digests, the page and the control
// socket, until ctx ends. ready, if not nil, is called once with the page's
// address when everything listens.
func (a *App) Run(ctx context.Context, handle Handler, ready func(address string)) error {
	var page *web.Server
	if !a.Config.Web.Off() {
		deps := web.Deps{Record: a.Ledger, Search: a.Index, Alerts: a.Alerts, Sources: a.Health, Disk: a.space, Zone: a.Zone, Banner: a.Banner, Now: a.Now, Log: a.Log}
		if a.canary != nil {
			deps.Canary = func() web.CanaryState {
				s := a.canary.State()
				return web.CanaryState{LastOK: s.LastOK, Ledger: s.Ledger, Index: s.Index, Receiver: s.Receiver, Failing: s.Failing}
			}
		}
		var err error
		if page, err = web.Listen(deps, a.Config.Web); err != nil {
			return err
		}
	}
	control := &Control{Dir: a.Config.Data, Config: a.Config.Control, Handle: handle, Log: a.Log}
	if err := control.Listen(ctx); err != nil {
		if page != nil {
			err = errors.Join(err, page.Close())
		}
		return err
	}
	a.running.Store(true)
	defer a.running.Store(false)
	group, ctx := errgroup.WithContext(ctx)
	// One part's failure must not end the others: collection goes on without
	// an index, search without Slack.
	parts := map[string]func(context.Context) error{"index": a.Index.Run, "alerts": a.Alerts.Run, "delivery": a.Alerts.Deliver, "disk": a.watchDisk}
	if a.Config.Heartbeat.Enabled() {
		parts["heartbeat"] = func(ctx context.Context) error { return heartbeat.Run(ctx, a.Config.Heartbeat, a.well, a.Log) }
	}
	if !a.Config.Digest.Off() {
		parts["digest"] = a.Digest.Run
	}
	for name, run := range parts {
		group.Go(func() error {
			return supervise(ctx, a.Log, name, run, func(failing bool) {
				if failing {
					a.failing.Store(name, true)
				} else {
					a.failing.Delete(name)
				}
			})
		})
	}
	for _, s := range a.Sources {
		group.Go(func() error { return bot.Supervise(ctx, s.Connector, s.Intake) })
	}
	if a.canary != nil {
		group.Go(func() error { return a.canary.Run(ctx) })
	}
	group.Go(func() error { return control.Run(ctx) })
	if page != nil {
		group.Go(func() error { return page.Run(ctx) })
		if ready != nil {
			ready(page.URL())
		}
	} else if ready != nil {
		ready("")
	}
	err := group.Wait()
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

const (
	firstPause   = time.Second
	longestPause = time.Minute
)

// supervise runs a part again, after a growing pause with jitter, for as long
// as ctx lasts. tell hears when it fails, and when it has run for a while since. A part that ran for a while before it failed starts with a
// short pause again.
func supervise(ctx context.Context, log *slog.Logger, name string, run func(context.Context) error, tell func(failing bool)) error {
	pause := firstPause
	for {
		began := time.Now()
		well := time.AfterFunc(firstPause, func() { tell(false) })
		err := run(ctx)
		well.Stop()
		if ctx.Err() != nil {
			return nil
		}
		tell(true)
		if time.Since(began) > longestPause {
			pause = firstPause
		}
		wait := pause/2 + rand.N(pause)
		log.Error("a part failed and will be started again", "part", name, "in", wait.Round(time.Millisecond), "err", err)
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return nil
		}
		pause = min(2*pause, longestPause)
	}
}

// Forward has the service that owns cfg's data directory carry out a command.
func Forward(ctx context.Context, cfg config.Config, req Request, std Streams) (int, error) {
	return forward(ctx, socketPath(cfg.Data, cfg.Control), req, std)
}
