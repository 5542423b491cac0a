package cli

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"sync"

	"stakeout/app"
	"stakeout/config"
)

// setup is what the commands that look at a source's set-up work with. They
// need the configuration and no data directory, so that they can be used before
// the first start; a running service carries them out itself, since it holds
// the connections.
type setup struct {
	cfg     config.Config
	sources []app.Configured
	mask    func(string) string // hides protected names
	masking error               // why mask knows no watchlist
}

// withSetup carries out such a command: through the service, if one runs, else
// here.
func (s *session) withSetup(ctx context.Context, fn func(context.Context, setup) error) error {
	if a := s.Service; a != nil {
		return fn(ctx, setup{cfg: a.Config, sources: a.Configured(), mask: a.Alerts.MaskName})
	}
	cfg, err := s.load()
	if err != nil {
		return err
	}
	// The socket of somebody else's service is none of ours.
	err = s.forward(ctx, cfg, app.ErrNoService, nil)
	if !errors.Is(err, app.ErrNoService) && !errors.Is(err, fs.ErrPermission) {
		return err
	}
	set := setup{cfg: cfg, sources: app.Sources(cfg, slog.New(slog.DiscardHandler))}
	engine, _, err := app.Detection(cfg)
	if err != nil {
		set.masking = err
		if engine, _, err = app.Detection(config.Default()); err != nil {
			return err
		}
	}
	var mu sync.Mutex
	set.mask = func(name string) string {
		mu.Lock()
		defer mu.Unlock()
		return engine.MaskName(name)
	}
	return fn(ctx, set)
}
