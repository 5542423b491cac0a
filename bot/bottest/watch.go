package bottest

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	"stakeout/bot"
)

// Watch makes a Func for Main: a ledger on the directory and the connector,
// supervised as in the service. connect gets the address and the directory.
// Beside the ledger it keeps the file "goroutines" with their number, written
// anew all the time.
func Watch(source string, connect func(dir, addr string, log *slog.Logger) (bot.Connector, error)) Func {
	return func(ctx context.Context, dir, addr string) (err error) {
		log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level()}))
		l, err := Open(ctx, dir, source, log)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, l.Close()) }()
		c, err := connect(dir, addr, log)
		if err != nil {
			return err
		}
		go count(ctx, filepath.Join(dir, goroutines))
		return bot.Supervise(ctx, c, l.Intake)
	}
}

// level is that of the children's log: warnings, or what STAKEOUT_TEST_LOG says.
func level() slog.Level {
	l := slog.LevelWarn
	if s := os.Getenv("STAKEOUT_TEST_LOG"); s != "" {
		_ = l.UnmarshalText([]byte(s))
	}
	return l
}

const (
	goroutines = "goroutines"
	often      = 200 * time.Millisecond
)

// count notes the number of goroutines until ctx ends.
func count(ctx context.Context, path string) {
	tick := time.NewTicker(often)
	defer tick.Stop()
	for {
		_ = os.WriteFile(path, []byte(strconv.Itoa(runtime.NumGoroutine())), 0o600)
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}
