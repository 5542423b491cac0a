package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"stakeout/app"
	"stakeout/config"
)

// environment looks a variable up.
func (s *session) environment(key string) string {
	for _, kv := range slices.Backward(s.Environ) {
		if v, ok := strings.CutPrefix(kv, key+"="); ok {
			return v
		}
	}
	return ""
}

// configPath is the configuration file, "" for none: --config, else
// STAKEOUT_CONFIG, else stakeout.yaml in the working directory if it is there.
func (s *session) configPath() string {
	if s.config != "" {
		return s.config
	}
	if p := s.environment("STAKEOUT_CONFIG"); p != "" {
		return p
	}
	if _, err := os.Stat("stakeout.yaml"); err == nil {
		return "stakeout.yaml"
	}
	return ""
}

// load reads the configuration and applies the flags.
func (s *session) load() (config.Config, error) {
	if s.Service != nil {
		return s.Service.Config, nil
	}
	cfg, err := config.Load(s.configPath(), s.Environ)
	if err != nil {
		return cfg, err
	}
	for _, w := range cfg.Warnings() {
		fmt.Fprintln(s.Err, "stakeout: warning:", w)
	}
	if s.data != "" {
		cfg.Data = s.data
	}
	cfg.Data, err = filepath.Abs(cfg.Data)
	return cfg, err
}

// withApp carries out a command on the data directory: here, if nobody else
// has it, else through the service that has it. files are paths that the
// command reads; through the service they go as open descriptors.
func (s *session) withApp(ctx context.Context, command string, files []string, fn func(context.Context, *app.App) error) (err error) {
	if s.Service != nil {
		return fn(ctx, s.Service)
	}
	cfg, err := s.load()
	if err != nil {
		return err
	}
	if cfg.Log.Level == "info" {
		cfg.Log.Level = "warn" // a command speaks for itself
	}
	a, err := app.Open(ctx, cfg, app.Options{Command: command, Create: command == "import", Version: version(), Log: cfg.Log.Logger(s.Err)})
	if elsewhere(cfg, err) {
		return s.forward(ctx, cfg, err, files)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	return fn(ctx, a)
}

// elsewhere tells from the error of opening a directory that a service may
// have it: somebody holds it, or it is not ours but its socket may be for our
// group.
func elsewhere(cfg config.Config, err error) bool {
	var held *app.HeldError
	return errors.As(err, &held) || errors.Is(err, fs.ErrPermission) && cfg.Control.Socket != ""
}

func (s *session) forward(ctx context.Context, cfg config.Config, held error, files []string) error {
	in := s.In
	if !slices.Contains(s.Args, "-") {
		in = strings.NewReader("") // the command reads none, so leave the terminal's alone
	}
	code, err := app.Forward(ctx, cfg, app.Request{Args: s.Args, Files: files, Made: s.packed, Terminal: s.Terminal}, app.Streams{In: in, Out: s.Out, Err: s.Err})
	if errors.Is(err, app.ErrNoService) {
		return held
	}
	if err != nil {
		return err
	}
	if code != exitOK {
		return &statusError{code, ""}
	}
	return nil
}

// caughtUp runs fn once every follower has seen the whole ledger. Within the
// service they run anyway: there it waits for the last few entries, so that
// people find what they have just imported, but not for an import under way.
func (s *session) caughtUp(ctx context.Context, a *app.App, fn func() error) error {
	if s.Service != nil {
		a.Settle(ctx)
		return fn()
	}
	f := a.Follow(ctx, false)
	err := f.CatchUp(ctx)
	if err == nil {
		err = fn()
	}
	return errors.Join(err, f.Stop())
}

// handler carries out what clients of the running service ask for.
func handler(a *app.App) app.Handler {
	return func(ctx context.Context, c app.Call) int {
		return Main(ctx, Env{Args: c.Args, In: c.In, Out: c.Out, Err: c.Err, UID: c.UID, Terminal: c.Terminal, Service: a, Open: c.Open})
	}
}

// export writes down that data is taken out in a form for other programs.
func (s *session) export(ctx context.Context, a *app.App, f format, what string) error {
	if f == "table" {
		return nil
	}
	return a.RecordAccess(ctx, s.UID, "export", what, "")
}

// moment shows a time in a zone, "" for none.
func moment(t time.Time, zone *time.Location) string {
	if t.IsZero() {
		return ""
	}
	return t.In(zone).Format(time.RFC3339)
}
