package bottest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"time"

	"stakeout/bot"
)

// Watch makes a Func for Main: a ledger on the directory and the connector,
// supervised as in the service. connect gets the address and the directory.
// Beside the ledger it keeps a file for Sample, written anew all the time.
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
		go count(ctx, filepath.Join(dir, inside))
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
	inside = "inside"
	often  = 200 * time.Millisecond
)

// count notes the number of goroutines and the live heap until ctx ends.
func count(ctx context.Context, path string) {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	tick := time.NewTicker(often)
	defer tick.Stop()
	for {
		metrics.Read(live)
		// A reader sees the old numbers or the new ones, never half of them.
		if os.WriteFile(path+".new", fmt.Appendln(nil, runtime.NumGoroutine(), live[0].Value.Uint64()), 0o600) == nil {
			_ = os.Rename(path+".new", path)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}
