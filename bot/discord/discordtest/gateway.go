package discordtest

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/gorilla/websocket"
)

// Opcodes and close codes,
// https://discord.com/developers/docs/topics/opcodes-and-status-codes#gateway
const (
	opDispatch = iota
	opHeartbeat
	opIdentify
	opPresence
	opVoice
	_
	opResume
	opReconnect
	opMembers
	opInvalid
	opHello
	opAck
)

const (
	closeOpcode     = 4001
	closeDecode     = 4002
	closeFirst      = 4003 // not authenticated
	closeToken      = 4004
	closeTwice      = 4005
	closeSeq        = 4007
	closeIntents    = 4013
	closeDisallowed = 4014
)

// largestFrame is what a client may send at once, bytes.
const largestFrame = 4096

type frame struct {
	Op int             `json:"op"`
	D  json.RawMessage `json:"d"`
}

var upgrader = websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}

func (s *Server) gateway(w http.ResponseWriter, r *http.Request) {
	ws, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return // the client has been told
	}
	c := newConn(ws, r.Host)
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		_ = ws.Close()
		return
	}
	s.conns[c] = struct{}{}
	s.wait.Add(1)
	s.mu.Unlock()
	defer s.wait.Done()

	s.wait.Go(func() { s.write(c) })
	c.control(frame{opHello, mustJSON(object{"heartbeat_interval": s.opt.Heartbeat.Milliseconds()})})
	s.read(c)
}

// read takes the client's frames until the connection ends.
func (s *Server) read(c *conn) {
	code := 0
	c.ws.SetReadLimit(16 * largestFrame)
	for {
		// A client that misses its heartbeats is let go; it may resume.
		_ = c.ws.SetReadDeadline(time.Now().Add(2*s.opt.Heartbeat + 5*time.Second))
		_, b, err := c.ws.ReadMessage()
		if err != nil {
			if e := (*websocket.CloseError)(nil); errors.As(err, &e) {
				code = e.Code
			}
			break
		}
		s.mu.Lock()
		s.take(c, b)
		s.mu.Unlock()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
	if ss := c.session; ss != nil && ss.conn == c {
		ss.conn, ss.left = nil, time.Now()
		// By these codes the client ends its session.
		if code == websocket.CloseNormalClosure || code == websocket.CloseGoingAway {
			delete(s.sessions, ss.id)
		}
	}
	c.drop()
	s.told()
}

// take answers one frame of the client.
func (s *Server) take(c *conn, b []byte) {
	var f frame
	if len(b) > largestFrame || json.Unmarshal(b, &f) != nil {
		c.close(closeDecode)
		return
	}
	s.wire.frame(f)
	switch f.Op {
	case opHeartbeat:
		c.control(frame{Op: opAck})
	case opIdentify:
		s.identify(c, f.D)
	case opResume:
		s.resume(c, f.D)
	case opPresence, opVoice, opMembers:
		if c.session == nil {
			c.close(closeFirst)
		}
	default:
		c.close(closeOpcode)
	}
}

func (s *Server) identify(c *conn, d json.RawMessage) {
	var id struct {
		Token    string `json:"token"`
		Intents  *int   `json:"intents"`
		Compress bool   `json:"compress"`
	}
	switch err := json.Unmarshal(d, &id); {
	case err != nil:
		c.close(closeDecode)
	case c.session != nil:
		c.close(closeTwice)
	case strings.TrimPrefix(id.Token, "Bot ") != s.opt.Token:
		c.close(closeToken)
	case id.Intents == nil || *id.Intents&^knownIntents != 0:
		c.close(closeIntents)
	case *id.Intents&^s.allowed() != 0:
		c.close(closeDisallowed)
	default:
		c.compress = id.Compress
		s.ready(c, *id.Intents)
	}
}

// allowed are the intents that the application may ask for.
func (s *Server) allowed() int {
	may := knownIntents &^ (intentMembers | intentPresences | intentContent)
	for flag, intent := range map[int]int{ContentLimited: intentContent, MembersLimited: intentMembers, PresenceLimited: intentPresences} {
		if s.opt.Flags&flag != 0 || s.opt.Flags&(flag>>1) != 0 { // the flag below is the same, unlimited
			may |= intent
		}
	}
	return may
}

// ready begins a session: READY names the servers, and each follows by a
// GUILD_CREATE.
func (s *Server) ready(c *conn, intents int) {
	ss := &session{id: s.id(time.Now()), intents: intents, first: 1, conn: c}
	c.session, c.next = ss, 1
	s.sessions[ss.id] = ss
	guilds := []object{}
	for _, g := range s.guilds {
		guilds = append(guilds, object{"id": g.id, "unavailable": true})
	}
	s.add(ss, "READY", mustJSON(object{
		"v": 9, "user": s.botObject(), "guilds": guilds, "session_id": ss.id, "session_type": "normal",
		"resume_gateway_url": "ws://" + c.host, "application": object{"id": s.bot.ID, "flags": s.opt.Flags}, "private_channels": []any{},
	}))
	if intents&intentGuilds != 0 {
		for _, g := range s.guilds {
			if g.away {
				continue
			}
			s.add(ss, "GUILD_CREATE", mustJSON(s.guildCreate(g)))
		}
	}
	s.told()
}

// resume replays what a session has missed.
func (s *Server) resume(c *conn, d json.RawMessage) {
	var r struct {
		Token   string `json:"token"`
		Session string `json:"session_id"`
		Seq     int64  `json:"seq"`
	}
	if json.Unmarshal(d, &r) != nil {
		c.close(closeDecode)
		return
	}
	if c.session != nil {
		c.close(closeTwice)
		return
	}
	if strings.TrimPrefix(r.Token, "Bot ") != s.opt.Token {
		c.close(closeToken)
		return
	}
	ss := s.sessions[r.Session]
	if ss == nil || s.expired(ss) || r.Seq+1 < ss.first {
		c.control(frame{opInvalid, mustJSON(false)})
		return
	}
	if r.Seq > ss.last() {
		c.close(closeSeq)
		return
	}
	if ss.conn != nil {
		ss.conn.drop()
	}
	c.session, c.next, ss.conn = ss, r.Seq+1, c
	s.add(ss, "RESUMED", mustJSON(object{}))
	s.told()
}
