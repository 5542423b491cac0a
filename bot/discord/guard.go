package discord

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// guard is the only way from this package to Discord's REST interface. It lets
// nothing pass but reading, and the canary's own post: whatever a mistake here
// or in a library might try to send does not leave the process. It also takes
// requests for Discord's own address to the configured one.
type guard struct {
	ctx    context.Context // of the run; some requests of the library have none of their own
	next   http.RoundTripper
	api    string // where Discord's API is
	canary string // the channel that may be posted to, "" for none
}

var errForbidden = errors.New("refused to send anything to Discord but a reading request")

func (g *guard) RoundTrip(r *http.Request) (*http.Response, error) {
	path, ok := strings.CutPrefix(r.URL.String(), defaultAPI)
	if !ok {
		return nil, errForbidden
	}
	post := r.Method == http.MethodPost && g.canary != "" && path == "/channels/"+g.canary+"/messages"
	if r.Method != http.MethodGet && !post {
		return nil, errForbidden
	}
	to, err := url.Parse(g.api + path)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(r.Context(), requestTime)
	stop := context.AfterFunc(g.ctx, cancel)
	end := func() { stop(); cancel() }
	r = r.Clone(ctx)
	r.URL, r.Host = to, to.Host
	if r.Method == http.MethodGet {
		r.Body, r.ContentLength, r.GetBody = http.NoBody, 0, nil
	}
	resp, err := g.next.RoundTrip(r)
	if err != nil {
		end()
		return nil, err
	}
	resp.Body = &body{resp.Body, end}
	return resp, nil
}

// body ends its request's time when it is closed.
type body struct {
	io.ReadCloser
	end func()
}

func (b *body) Close() error {
	defer b.end()
	return b.ReadCloser.Close()
}

// requestTime bounds one request with its answer.
const requestTime = 30 * time.Second

// client makes an HTTP client behind a guard.
func (c *Connector) client(ctx context.Context) *http.Client {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost = 2
	return &http.Client{
		Transport:     &guard{ctx, t, c.cfg.api(), c.cfg.Canary.Channel},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
