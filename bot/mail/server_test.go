package mail

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"

	"stakeout/bot"
	"stakeout/bot/bottest"
	"stakeout/ledger"
	"stakeout/message"
	"stakeout/secret"
)

const (
	user     = "watch@firm.example"
	password = "hush-hush-hush"
)

// peer is go-imap's own server on loopback. sent is every byte that clients
// sent.
type peer struct {
	t    testing.TB
	addr string
	user *imapmemserver.User
	srv  *imapserver.Server
	mute bool // says nothing of IDLE

	mu   sync.Mutex
	sent bytes.Buffer
	fault
}

// hears keeps what is read from a connection.
type hears struct {
	net.Conn
	p *peer
}

func (h hears) Read(b []byte) (int, error) {
	n, err := h.Conn.Read(b)
	h.p.mu.Lock()
	h.p.sent.Write(b[:n])
	h.p.mu.Unlock()
	return n, err
}

// Write leaves IDLE out of what the server says it can do, where a test wants
// it without: go-imap's server names it always.
func (h hears) Write(b []byte) (int, error) {
	if !h.p.mute {
		return h.Conn.Write(b)
	}
	_, err := h.Conn.Write(bytes.ReplaceAll(b, []byte(" IDLE"), nil))
	return len(b), err
}

type hearing struct {
	net.Listener
	p *peer
}

func (h hearing) Accept() (net.Conn, error) {
	c, err := h.Listener.Accept()
	return hears{c, h.p}, err
}

// serve starts a server with an INBOX. implicit is TLS from the first byte.
func serve(t testing.TB, caps imap.CapSet, over *tls.Config, implicit bool) *peer {
	t.Helper()
	p := &peer{t: t, user: imapmemserver.NewUser(user, password), mute: caps != nil && !caps.Has(imap.CapIdle)}
	if err := p.user.Create("INBOX", nil); err != nil {
		t.Fatal(err)
	}
	mem := imapmemserver.New()
	mem.AddUser(p.user)
	options := &imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return faulty{mem.NewSession(), p}, nil, nil
		},
		Caps: caps, InsecureAuth: true, Logger: log.New(io.Discard, "", 0),
	}
	if !implicit {
		options.TLSConfig = over
	}
	p.srv = imapserver.New(options)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.addr = l.Addr().String()
	l = hearing{l, p}
	if implicit {
		l = tls.NewListener(l, over)
	}
	var wait sync.WaitGroup
	wait.Go(func() { _ = p.srv.Serve(l) })
	t.Cleanup(func() { _ = p.srv.Close(); wait.Wait() })
	return p
}

func idling() imap.CapSet { return imap.CapSet{imap.CapIMAP4rev1: {}, imap.CapIdle: {}} }

// literal is what Append wants.
type literal struct{ *bytes.Reader }

func (l literal) Size() int64 { return l.Reader.Size() }

func (p *peer) put(folder, raw string) {
	p.t.Helper()
	if _, err := p.user.Append(folder, literal{bytes.NewReader([]byte(raw))}, &imap.AppendOptions{}); err != nil {
		p.t.Fatal(err)
	}
}

// commands are the names of the commands that clients sent.
func (p *peer) commands() map[string]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := map[string]int{}
	for line := range strings.SplitSeq(p.sent.String(), "\r\n") {
		if g := regexp.MustCompile(`^T\d+ ((?:UID )?\w+)`).FindStringSubmatch(line); g != nil {
			out[g[1]]++
		}
	}
	return out
}

func (p *peer) everything() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.sent.String()
}

func written(n int) string {
	return fmt.Sprintf("From: Marlow <marlow@postbin.example>\r\nTo: hannah@firm.example\r\nSubject: number %d\r\nDate: Tue, 3 Mar 2026 09:14:58 +0000\r\nMessage-ID: <%d@postbin.example>\r\n\r\nmail number %d\r\n", n, n, n)
}

// settings are those of a watched INBOX.
func (p *peer) settings() Config {
	return Config{Server: p.addr, TLS: Plain, Username: user, Password: secret.Value(password), Counsel: []string{"@firm.example"}}
}

// watch runs a connector under supervision until stop is called.
func watch(t testing.TB, c *Connector, l *bottest.Ledger) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var wait sync.WaitGroup
	wait.Go(func() {
		if err := bot.Supervise(ctx, c, l.Intake); err != nil {
			t.Error(err)
		}
	})
	stop = func() { cancel(); wait.Wait() }
	t.Cleanup(stop)
	return stop
}

// entries are the ledger's of these types.
func entries(t testing.TB, l *bottest.Ledger, types ...ledger.Type) []ledger.Entry {
	t.Helper()
	var out []ledger.Entry
	for after := int64(0); ; {
		es, err := l.Page(context.WithoutCancel(t.Context()), after, 500, types...)
		if err != nil {
			t.Fatal(err)
		}
		if len(es) == 0 {
			return out
		}
		after = es[len(es)-1].Seq
		out = append(out, es...)
	}
}

// until waits for so many entries of a type.
func until(t testing.TB, l *bottest.Ledger, n int, kind ledger.Type) []ledger.Entry {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	err := l.Until(ctx, func() (bool, error) { return len(entries(t, l, kind)) >= n, nil })
	if err != nil {
		t.Fatalf("waited for %d entries of type %s, got %d: %v; %+v", n, kind, len(entries(t, l, kind)), err, l.Intake.Health())
	}
	return entries(t, l, kind)
}

// covered waits until the coverage changed in a way.
func covered(t testing.TB, l *bottest.Ledger, ok func(ledger.Coverage) bool) ledger.Coverage {
	t.Helper()
	var found ledger.Coverage
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	err := l.Until(ctx, func() (bool, error) {
		for _, e := range entries(t, l, ledger.Covered) {
			if ok(*e.Cov) {
				found = *e.Cov
				return true, nil
			}
		}
		return false, nil
	})
	if err != nil {
		t.Fatalf("waited for coverage: %v; %+v", err, l.Intake.Health())
	}
	return found
}

func is(change ledger.Change) func(ledger.Coverage) bool {
	return func(c ledger.Coverage) bool { return c.Change == change }
}

func ids(es []ledger.Entry) map[string]message.Via {
	out := map[string]message.Via{}
	for _, e := range es {
		out[e.Obs.ID] = e.Obs.Via
	}
	return out
}
