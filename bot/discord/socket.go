package discord

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
)

// wire is a connection of the gateway below TLS. It notices when Discord falls
// silent, which discordgo does only after five heartbeats, and can be cut,
// which leaves the session to be resumed.
type wire struct {
	net.Conn
	link        *link
	read, wrote atomic.Int64 // when last, Unix nanoseconds
}

const (
	// grace is how long an answer may take at least before the connection counts
	// as dead; heartbeats are tens of seconds apart.
	grace = 5 * time.Second
	// writeTime bounds a write.
	writeTime = 10 * time.Second
	dialTime  = 30 * time.Second
)

var errSilent = errors.New("heartbeats are not answered any more")

func (l *link) dialer(ctx context.Context) *websocket.Dialer {
	d := &net.Dialer{Timeout: dialTime}
	return &websocket.Dialer{
		Proxy:            http.ProxyFromEnvironment,
		HandshakeTimeout: dialTime,
		NetDialContext: func(_ context.Context, network, address string) (net.Conn, error) {
			c, err := d.DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			w := &wire{Conn: c, link: l}
			w.read.Store(time.Now().UnixNano())
			l.wire.Store(w)
			return w, nil
		},
	}
}

func (w *wire) Read(b []byte) (int, error) {
	n, err := w.Conn.Read(b)
	if n > 0 {
		w.read.Store(time.Now().UnixNano())
	}
	return n, err
}

// Write sends; what is sent are heartbeats, but for the first frame. When
// nothing at all came since the last one, although somebody was reading, the
// connection is dead.
//
// Source: Discord API reference, "Gateway", Heartbeat Interval.
func (w *wire) Write(b []byte) (int, error) {
	now, wrote := time.Now().UnixNano(), w.wrote.Load()
	if wrote > w.read.Load() && now-wrote > int64(grace) && !w.link.stalled.Load() {
		w.cut()
		return 0, errSilent
	}
	_ = w.Conn.SetWriteDeadline(time.Now().Add(writeTime))
	n, err := w.Conn.Write(b)
	w.wrote.Store(now)
	return n, err
}

// cut ends the connection without a word. It does nothing on nil.
func (w *wire) cut() {
	if w != nil {
		_ = w.Conn.Close()
	}
}
