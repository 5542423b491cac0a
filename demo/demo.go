// Package demo shows Stakeout at work on bundled, fictional chats: the very
// pipeline that real ones go through, in a temporary directory, with a
// receiver on loopback in Slack's place.
//
// It promises that whatever it prints was measured in this run. It reaches
// nothing outside this machine and leaves nothing behind.
package demo

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"stakeout/alerts"
	"stakeout/alerts/notify/slack/slacktest"
	"stakeout/app"
	"stakeout/bot/export"
	"stakeout/config"
	"stakeout/secret"
)

// Options of the demonstration.
type Options struct {
	Out     io.Writer
	Exit    bool // end after the show instead of serving the page
	Version string
	// Handle carries out commands that other processes send to the running
	// demonstration.
	Handle func(*app.App) app.Handler
}

// A step that takes longer than this has failed: everything runs on this
// machine.
const patience = 60 * time.Second

// Run gives the demonstration. It ends with an error when something that it
// shows did not happen.
func Run(ctx context.Context, opt Options) (err error) {
	dir, err := os.MkdirTemp("", "stakeout-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	receiver, err := listen(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, receiver.stop()) }()
	cfg, err := configure(dir, receiver.url)
	if err != nil {
		return err
	}
	a, err := app.Open(ctx, cfg, app.Options{Command: "demo", Create: true, Version: opt.Version, Log: slog.New(slog.DiscardHandler), Banner: "DEMO: everything here is invented"})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	running, stop := context.WithCancel(ctx)
	defer stop()
	group, running := errgroup.WithContext(running)
	page := make(chan string, 1)
	group.Go(func() error { return a.Run(running, opt.Handle(a), func(address string) { page <- address }) })

	s := &show{out: opt.Out, app: a, receiver: receiver, running: running}
	err = s.all(ctx)
	if err == nil && !opt.Exit {
		s.say("The page: %s   (search and alerts; Ctrl-C ends the demonstration and removes its data)", <-page)
		s.say("In another terminal: go run . search --data %s 'seized OR subpoena'", cfg.Data)
		select {
		case <-ctx.Done():
		case <-running.Done():
		}
	}
	stop()
	return errors.Join(err, group.Wait())
}

func configure(dir, webhook string) (config.Config, error) {
	cfg := config.Default()
	cfg.Data = filepath.Join(dir, "data")
	cfg.Watchlist = filepath.Join(dir, "watchlist.yaml")
	cfg.Slack.WebhookURL = secret.Value(webhook)
	if l, err := net.Listen("tcp", cfg.Web.Listen); err == nil {
		l.Close()
	} else {
		cfg.Web.Listen = "127.0.0.1:0" // the usual port is taken; any will do
	}
	b, err := fs.ReadFile(Data(), "watchlist.yaml")
	if err != nil {
		return cfg, err
	}
	return cfg, os.WriteFile(cfg.Watchlist, b, 0o600)
}

// archive packs the bundled exports into one zip, as an analyst would be
// handed them.
func archive() (*bytes.Reader, error) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range Exports {
		w, err := z.Create(name)
		if err != nil {
			return nil, err
		}
		data, err := fs.ReadFile(Data(), name)
		if err != nil {
			return nil, err
		}
		if _, err := w.Write(data); err != nil {
			return nil, err
		}
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return bytes.NewReader(b.Bytes()), nil
}

// importHistory imports the archive and waits until it is judged.
func importHistory(ctx context.Context, a *app.App) (export.Summary, error) {
	r, err := archive()
	if err != nil {
		return export.Summary{}, err
	}
	sum, err := a.Importer().Import(ctx, export.Input{Name: "handed-over.zip", Reader: r}, export.Options{Alert: alerts.Summary}, nil)
	if err != nil {
		return sum, err
	}
	return sum, until(ctx, func() bool { return a.Lag() == 0 })
}

// until waits for something that other goroutines bring about.
func until(ctx context.Context, done func() bool) error {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, fmt.Errorf("nothing happened for %s", patience))
	defer cancel()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// receiver is what stands in for Slack.
type receiver struct {
	*slacktest.Server
	url  string
	http *http.Server
	done chan error
}

func listen(ctx context.Context) (*receiver, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &receiver{Server: &slacktest.Server{}, url: "http://" + l.Addr().String() + slacktest.HookPath, done: make(chan error, 1)}
	r.http = &http.Server{Handler: r.Server, ReadHeaderTimeout: 5 * time.Second}
	go func() { r.done <- r.http.Serve(l) }()
	return r, nil
}

func (r *receiver) stop() error {
	err := r.http.Close()
	if end := <-r.done; !errors.Is(end, http.ErrServerClosed) {
		err = errors.Join(err, end)
	}
	return err
}
