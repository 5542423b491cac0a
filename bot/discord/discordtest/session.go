package discordtest

import (
	"encoding/json"
	"fmt"
	"time"
)

// Intents, https://discord.com/developers/docs/events/gateway#list-of-intents
const (
	intentGuilds    = 1 << 0
	intentMembers   = 1 << 1
	intentPresences = 1 << 8
	intentMessages  = 1 << 9
	intentContent   = 1 << 15
	// knownIntents are all that exist.
	knownIntents = 1<<17 - 1 | 1<<20 | 1<<21 | 1<<24 | 1<<25
)

// session is what outlives a connection: the events sent so far, numbered from
// 1, as far back as they are kept.
type session struct {
	id      string
	intents int
	first   int64    // number of events[0]
	events  [][]byte // whole frames
	held    [][2]any // type and payload held back, to come out of order
	conn    *conn    // nil: none
	left    time.Time
}

// last is the number of the newest event, 0 for none.
func (ss *session) last() int64 { return ss.first + int64(len(ss.events)) - 1 }

// add numbers an event and keeps it for sending and for a resume.
func (s *Server) add(ss *session, name string, d json.RawMessage) {
	n := ss.last() + 1
	f := make([]byte, 0, len(d)+len(name)+40)
	f = fmt.Appendf(f, `{"t":%q,"s":%d,"op":0,"d":`, name, n)
	f = append(append(f, d...), '}')
	s.addFrame(ss, f)
}

func (s *Server) addFrame(ss *session, f []byte) {
	ss.events = append(ss.events, f)
	if cut := len(ss.events) - s.opt.Replay; cut > s.opt.Replay/4+1 {
		ss.events = append([][]byte(nil), ss.events[cut:]...)
		ss.first += int64(cut)
	}
	if ss.conn != nil {
		ss.conn.wake()
	}
}

// dispatch sends an event to every session that wants it. It wants mu.
func (s *Server) dispatch(intent int, name string, o object) {
	var d json.RawMessage
	for _, ss := range s.sessions {
		if ss.intents&intent == 0 || s.expired(ss) {
			continue
		}
		if d == nil {
			d = mustJSON(o)
		}
		s.emit(ss, name, d)
	}
}

// dispatchMessage is dispatch for a whole message, which a session without the
// content intent gets without its content.
func (s *Server) dispatchMessage(name string, c *channel, p *post) {
	var shown [2]json.RawMessage
	for _, ss := range s.sessions {
		if ss.intents&intentMessages == 0 || s.expired(ss) {
			continue
		}
		i := 0
		if ss.intents&intentContent != 0 {
			i = 1
		}
		if shown[i] == nil {
			shown[i] = s.messageJSON(c, p, true, i == 1)
		}
		s.emit(ss, name, shown[i])
	}
}

// emit adds an event, or twice, or later than the next ones.
func (s *Server) emit(ss *session, name string, d json.RawMessage) {
	if len(ss.held) < 3 && s.chance.hit(s.chance.reorder) {
		ss.held = append(ss.held, [2]any{name, d})
		return
	}
	s.add(ss, name, d)
	if s.chance.hit(s.chance.double) {
		s.add(ss, name, d)
	}
	s.release(ss)
}

func (s *Server) release(ss *session) {
	for _, h := range ss.held {
		s.add(ss, h[0].(string), h[1].(json.RawMessage))
	}
	ss.held = nil
}

// expired forgets a session that nobody came back to.
func (s *Server) expired(ss *session) bool {
	if ss.conn != nil || time.Since(ss.left) < s.opt.Keep {
		return false
	}
	delete(s.sessions, ss.id)
	return true
}
