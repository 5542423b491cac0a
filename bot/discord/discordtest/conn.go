package discordtest

import (
	"bytes"
	"compress/zlib"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// compressFrom is the size from which a frame is sent compressed to a client
// that asked for it, bytes.
const compressFrom = 2048

// conn is one websocket. Its frames are written by a goroutine of its own, so
// that a slow client keeps nobody else waiting.
type conn struct {
	ws       *websocket.Conn
	host     string   // by which the client reached us
	session  *session // under Server.mu; nil before identify or resume
	next     int64    // number of the event to send next; under Server.mu
	compress bool     // under Server.mu
	woken    chan struct{}
	done     chan struct{}
	once     sync.Once

	mu      sync.Mutex
	pending [][]byte // frames that are no events
	code    int      // not 0: close with this code after pending
}

func newConn(ws *websocket.Conn, host string) *conn {
	return &conn{ws: ws, host: host, woken: make(chan struct{}, 1), done: make(chan struct{})}
}

func (c *conn) wake() {
	select {
	case c.woken <- struct{}{}:
	default:
	}
}

// control sends a frame that is no event.
func (c *conn) control(f frame) {
	c.mu.Lock()
	c.pending = append(c.pending, mustJSON(f))
	c.mu.Unlock()
	c.wake()
}

// close ends the connection with a code, after what is pending.
func (c *conn) close(code int) {
	c.mu.Lock()
	c.code = code
	c.mu.Unlock()
	c.wake()
}

// drop ends the connection without a word.
func (c *conn) drop() {
	c.once.Do(func() {
		close(c.done)
		_ = c.ws.Close()
	})
}

// write sends what there is to send until the connection ends.
func (s *Server) write(c *conn) {
	defer c.drop()
	for {
		c.mu.Lock()
		frames, code := c.pending, c.code
		c.pending = nil
		c.mu.Unlock()
		compress := false
		if code == 0 {
			s.mu.Lock()
			compress = c.compress
			if ss := c.session; ss != nil && ss.conn == c {
				if c.next < ss.first { // too slow: what it needs is gone
					delete(s.sessions, ss.id)
					s.mu.Unlock()
					return
				}
				from := int(c.next - ss.first)
				to := min(len(ss.events), from+256)
				frames = append(frames, ss.events[from:to]...)
				c.next += int64(to - from)
			}
			s.mu.Unlock()
		}
		for _, f := range frames {
			if err := c.send(f, compress); err != nil {
				return
			}
		}
		if code != 0 {
			_ = c.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, ""), time.Now().Add(time.Second))
			return
		}
		if len(frames) > 0 {
			continue
		}
		s.mu.Lock()
		s.told()
		s.mu.Unlock()
		select {
		case <-c.woken:
		case <-c.done:
			return
		}
	}
}

func (c *conn) send(f []byte, compress bool) error {
	if !compress || len(f) < compressFrom {
		return c.ws.WriteMessage(websocket.TextMessage, f)
	}
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	if _, err := z.Write(f); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	return c.ws.WriteMessage(websocket.BinaryMessage, b.Bytes())
}
