package discordtest

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
)

// chances are how often the gateway repeats an event or sends it late.
type chances struct {
	rng             *rand.Rand
	double, reorder float64
}

func (c *chances) hit(p float64) bool { return p > 0 && c.rng.Float64() < p }

// Disorder makes the gateway repeat events and send them late, each with a
// probability. Zero ends it and sends what was held back.
func (s *Server) Disorder(rng *rand.Rand, double, reorder float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.chance = chances{rng, double, reorder}
	for _, ss := range s.sessions {
		s.release(ss)
	}
}

// Drop ends all connections without a close frame; sessions stay.
func (s *Server) Drop() { s.each(func(c *conn) { c.drop() }) }

// CloseAll ends all connections with a close code; sessions stay but for 4007
// and 4009, which end them.
func (s *Server) CloseAll(code int) {
	s.each(func(c *conn) {
		if c.session != nil && (code == closeSeq || code == 4009) {
			delete(s.sessions, c.session.id)
		}
		c.close(code)
	})
}

// Reconnect asks the clients to connect anew and resume (opcode 7).
func (s *Server) Reconnect() { s.each(func(c *conn) { c.control(frame{Op: opReconnect}) }) }

// Invalidate tells the clients that their session is invalid (opcode 9).
// A resumable one stays, another is gone.
func (s *Server) Invalidate(resumable bool) {
	s.each(func(c *conn) {
		if ss := c.session; ss != nil {
			c.session = nil
			ss.conn = nil
			if !resumable {
				delete(s.sessions, ss.id)
			}
		}
		c.control(frame{opInvalid, mustJSON(resumable)})
	})
}

// Forget ends the sessions, not the connections: none can be resumed later.
func (s *Server) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.sessions)
}

// AskHeartbeat asks for a heartbeat at once (opcode 1).
func (s *Server) AskHeartbeat() { s.each(func(c *conn) { c.control(frame{Op: opHeartbeat}) }) }

func (s *Server) each(do func(*conn)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		do(c)
	}
}

// Send dispatches an event with any payload, well-formed or not.
func (s *Server) Send(name string, d json.RawMessage) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, ss := range s.sessions {
		s.add(ss, name, d)
	}
}

// SendBroken sends an event's frame cut in the middle: no client can read it,
// but its number is spent.
func (s *Server) SendBroken(name string, d json.RawMessage) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, ss := range s.sessions {
		s.addBroken(ss, name, d)
	}
}

func (s *Server) addBroken(ss *session, name string, d json.RawMessage) {
	f := fmt.Appendf(nil, `{"t":%q,"s":%d,"op":0,"d":%s}`, name, ss.last()+1, d)
	s.addFrame(ss, f[:len(f)/2])
}

// Ready waits until a client is connected and has a session.
func (s *Server) Ready(ctx context.Context) error {
	return s.until(ctx, func() bool {
		for c := range s.conns {
			if c.session != nil {
				return true
			}
		}
		return false
	})
}

// Drained waits until every session has a connection and all its events are on
// their way.
func (s *Server) Drained(ctx context.Context) error {
	return s.until(ctx, func() bool {
		for _, ss := range s.sessions {
			if ss.conn == nil || ss.conn.next <= ss.last() {
				return false
			}
		}
		return true
	})
}

// until asks again whenever a client came, went or got its last event.
func (s *Server) until(ctx context.Context, ok func() bool) error {
	for {
		s.mu.Lock()
		changed, done := s.changed, ok()
		s.mu.Unlock()
		if done {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
