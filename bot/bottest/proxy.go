package bottest

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"time"
)

// Proxy passes TCP connections on loopback on to a target and breaks them when
// told to. Its methods may be called from any goroutine.
type Proxy struct {
	target string
	listen net.Listener
	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	wait   sync.WaitGroup

	mu      sync.Mutex
	changed chan struct{} // closed and made anew when a fault below changes
	conns   map[*pair]struct{}
	rate    int // bytes a second, 0: as fast as it goes
	paused  bool
	refuse  bool
}

// pair is one connection: the client's end and the target's.
type pair struct{ client, server *net.TCPConn }

// NewProxy listens on a free port of 127.0.0.1. Close it.
func NewProxy(target string) (*Proxy, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Proxy{target: target, listen: l, changed: make(chan struct{}), conns: map[*pair]struct{}{}}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	p.wait.Go(p.accept)
	return p, nil
}

// Addr is where clients connect, "127.0.0.1:port".
func (p *Proxy) Addr() string { return p.listen.Addr().String() }

// Close resets what is open and waits until nothing runs any more.
func (p *Proxy) Close() error {
	p.cancel()
	err := p.listen.Close()
	p.Cut()
	p.wait.Wait()
	return err
}

// Cut resets every open connection, at both ends (RST).
func (p *Proxy) Cut() {
	p.each(func(c *pair) {
		_ = c.client.SetLinger(0)
		_ = c.server.SetLinger(0)
		_ = c.client.Close()
		_ = c.server.Close()
	})
}

// HalfClose ends the stream towards the client (FIN); the client may go on
// writing to the target.
func (p *Proxy) HalfClose() { p.each(func(c *pair) { _ = c.client.CloseWrite() }) }

// Slow limits every direction of every connection to so many bytes a second;
// 0 lifts the limit.
func (p *Proxy) Slow(rate int) { p.set(func() { p.rate = rate }) }

// Pause holds all bytes back: connections stay open and silent.
func (p *Proxy) Pause(on bool) { p.set(func() { p.paused = on }) }

// Refuse resets new connections at once; those that are open stay.
func (p *Proxy) Refuse(on bool) { p.set(func() { p.refuse = on }) }

// Calm lifts Slow, Pause and Refuse.
func (p *Proxy) Calm() { p.set(func() { p.rate, p.paused, p.refuse = 0, false, false }) }

// Chaos breaks connections at random until ctx ends, then calms down. Between
// two faults it leaves on average so much time; a fault that lasts, lasts up to
// half of that.
func (p *Proxy) Chaos(ctx context.Context, rng *rand.Rand, between time.Duration) {
	defer p.Calm()
	for sleep(ctx, time.Duration(rng.Int64N(int64(2*between)))) {
		lasting := true
		switch rng.IntN(5) {
		case 0:
			p.Cut()
			lasting = false
		case 1:
			p.HalfClose()
			lasting = false
		case 2:
			p.Slow(2000 + rng.IntN(50_000))
		case 3:
			p.Pause(true)
		case 4:
			p.Refuse(true)
			p.Cut()
		}
		if lasting {
			sleep(ctx, time.Duration(rng.Int64N(int64(between/2)+1)))
			p.Calm()
		}
	}
}

// sleep reports whether the time passed before ctx ended.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func (p *Proxy) set(change func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
	close(p.changed)
	p.changed = make(chan struct{})
}

func (p *Proxy) each(do func(*pair)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		do(c)
	}
}

func (p *Proxy) accept() {
	for {
		c, err := p.listen.Accept()
		if err != nil {
			return
		}
		p.wait.Go(func() { p.pass(c.(*net.TCPConn)) })
	}
}

func (p *Proxy) pass(client *net.TCPConn) {
	c := &pair{client: client}
	server, err := net.Dial("tcp", p.target)
	p.mu.Lock()
	if err != nil || p.refuse || p.ctx.Err() != nil {
		p.mu.Unlock()
		_ = client.SetLinger(0)
		_ = client.Close()
		if err == nil {
			_ = server.Close()
		}
		return
	}
	c.server = server.(*net.TCPConn)
	p.conns[c] = struct{}{}
	p.mu.Unlock()

	var both sync.WaitGroup
	both.Go(func() { p.copy(c.server, c.client) })
	both.Go(func() { p.copy(c.client, c.server) })
	both.Wait()
	_ = c.client.Close()
	_ = c.server.Close()
	p.mu.Lock()
	delete(p.conns, c)
	p.mu.Unlock()
}

// copy moves bytes one way until either end is closed. The end of the stream
// is passed on as such; a broken one breaks both ends.
func (p *Proxy) copy(to, from *net.TCPConn) {
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf[:p.portion(len(buf))])
		if !p.hold(n) {
			return
		}
		if n > 0 {
			if _, werr := to.Write(buf[:n]); werr != nil {
				// The reader is gone or was half-closed by us: swallow what
				// still comes, so that the writer's side stays as it is.
				_, _ = io.Copy(io.Discard, from)
				return
			}
		}
		if errors.Is(err, io.EOF) {
			_ = to.CloseWrite()
			return
		}
		if err != nil {
			_ = to.SetLinger(0)
			_ = to.Close()
			return
		}
	}
}

// portion keeps reads small while a limit holds, so that bytes trickle.
func (p *Proxy) portion(most int) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.rate > 0 {
		return min(most, max(1, p.rate/20))
	}
	return most
}

// hold waits as long as n bytes have to be held back; false: the proxy closed.
func (p *Proxy) hold(n int) bool {
	for p.ctx.Err() == nil {
		p.mu.Lock()
		rate, paused, changed := p.rate, p.paused, p.changed
		p.mu.Unlock()
		var pass <-chan time.Time
		switch {
		case paused:
		case rate > 0:
			pass = time.After(time.Duration(n) * time.Second / time.Duration(rate))
		default:
			return true
		}
		select {
		case <-pass:
			return true
		case <-changed: // look again
		case <-p.ctx.Done():
		}
	}
	return false
}
