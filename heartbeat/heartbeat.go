// Package heartbeat calls an address at regular times while all is well, so
// that somebody outside notices when the calls stop: a process that has died
// cannot raise an alarm itself.
//
// It promises that the address, which works like a password, stands in no log
// line and no error, that it follows nobody to another host, and that no call
// holds up the next for long. It sends nothing but the request.
package heartbeat

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"syscall"
	"time"
)

const (
	timeout   = 10 * time.Second // of a whole call
	maxBody   = 1 << 10          // bytes that are read of an answer, which nobody looks at
	redirects = 3                // followed, on the same host
)

// Run calls cfg.URL now and then at every interval, each time only if well says
// so, until ctx ends. What goes wrong is logged by its kind, when it begins and
// when it is over; no call is made up for.
func Run(ctx context.Context, cfg Config, well func() bool, log *slog.Logger) error {
	b := beater{client: client(), url: cfg.URL.Reveal(), log: log}
	return b.run(ctx, cfg.Every, well)
}

func (b *beater) run(ctx context.Context, every time.Duration, well func() bool) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		state := withheld
		if well() {
			state = b.call(ctx)
		}
		if ctx.Err() != nil {
			return nil
		}
		b.note(state)
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

type beater struct {
	client *http.Client
	url    string
	log    *slog.Logger
	last   string // state that was logged
}

// States besides the kinds of failure.
const (
	fine     = ""
	withheld = "withheld"
)

// note logs a state that has changed.
func (b *beater) note(state string) {
	if state == b.last {
		return
	}
	switch state {
	case fine:
		b.log.Info("the heartbeat arrives again")
	case withheld:
		b.log.Warn("the heartbeat is withheld: not all is well")
	default:
		b.log.Warn("the heartbeat does not arrive", "kind", state)
	}
	b.last = state
}

var errElsewhere = errors.New("redirected elsewhere")

func client() *http.Client {
	return &http.Client{
		Timeout: timeout,
		// A connection kept for a minute helps nobody.
		Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true},
		CheckRedirect: func(next *http.Request, before []*http.Request) error {
			if len(before) > redirects || next.URL.Host != before[0].URL.Host || next.URL.Scheme != before[0].URL.Scheme {
				return errElsewhere
			}
			next.Header.Del("Referer") // would hold the address
			return nil
		},
	}
}

// call makes one call and gives the kind of its failure, fine for none.
func (b *beater) call(ctx context.Context) string {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, b.url, nil)
	if err != nil {
		return "bad address"
	}
	req.Header.Set("User-Agent", "stakeout")
	resp, err := b.client.Do(req)
	if err != nil {
		return kind(err)
	}
	defer resp.Body.Close()
	_, _ = io.CopyN(io.Discard, resp.Body, maxBody)
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return fmt.Sprintf("status %d", resp.StatusCode)
	}
	return fine
}

// kind names an error without its text, which holds the address or what the
// other side said.
func kind(err error) string {
	var dns *net.DNSError
	var cert *tls.CertificateVerificationError
	var wrapped *url.Error
	switch {
	case errors.Is(err, errElsewhere):
		return "redirected to another host, or too often"
	case errors.As(err, &wrapped) && wrapped.Timeout():
		return "timeout"
	case errors.As(err, &dns):
		return "name not resolved"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	case errors.As(err, &cert):
		return "certificate not trusted"
	}
	return "connection failed"
}
