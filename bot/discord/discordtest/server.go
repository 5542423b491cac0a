package discordtest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"
)

// Token is the bot's token unless Options name another.
const Token = "fictional.bot.token"

// Flags of an application,
// https://discord.com/developers/docs/resources/application#application-object-application-flags
const (
	PresenceLimited = 1 << 13
	MembersLimited  = 1 << 15
	ContentLimited  = 1 << 19
)

// Options are how a Server behaves. The zero value is like Discord, with room
// for many requests.
type Options struct {
	Token         string        // ""; Token
	Flags         int           // of the application: the privileged intents it may ask for; 0: ContentLimited, NoFlags for none
	Heartbeat     time.Duration // interval told to clients; 0: 41.25 s
	Keep          time.Duration // how long a session can be resumed after its connection ended; 0: 2 minutes
	Replay        int           // events kept for that; 0: 10,000
	PerBucket     int           // requests a second on one route and channel; 0: 100
	Global        int           // requests a second in all; 0: 1,000
	ManageThreads bool          // the bot may list private threads that it has not joined
}

// NoFlags is an application without any privileged intent.
const NoFlags = -1

// Server is a Discord with one bot. Its methods may be called from any
// goroutine.
type Server struct {
	opt  Options
	http *httptest.Server
	bot  user

	mu       sync.Mutex
	counter  int64
	guilds   []*guild
	channels map[string]*channel
	sessions map[string]*session
	conns    map[*conn]struct{}
	changed  chan struct{} // closed and made anew when a client identifies, resumes or goes
	chance   chances
	faults   []*Fault
	limits   map[string]*bucket
	wire     Wire
	closed   bool
	wait     sync.WaitGroup // of the gateway's goroutines
}

// New starts a server with an empty world. Close it.
func New(opt Options) *Server {
	if opt.Token == "" {
		opt.Token = Token
	}
	switch opt.Flags {
	case 0:
		opt.Flags = ContentLimited
	case NoFlags:
		opt.Flags = 0
	}
	if opt.Heartbeat == 0 {
		opt.Heartbeat = 41250 * time.Millisecond
	}
	if opt.Keep == 0 {
		opt.Keep = 2 * time.Minute
	}
	if opt.Replay == 0 {
		opt.Replay = 10_000
	}
	if opt.PerBucket == 0 {
		opt.PerBucket = 100
	}
	if opt.Global == 0 {
		opt.Global = 1000
	}
	s := &Server{
		opt: opt, channels: map[string]*channel{}, sessions: map[string]*session{}, conns: map[*conn]struct{}{},
		changed: make(chan struct{}), limits: map[string]*bucket{}, wire: newWire(),
	}
	s.bot = user{ID: s.id(time.Now()), Username: "stakeout-watch", Discriminator: "0000", Bot: true}
	s.http = httptest.NewServer(s.routes())
	return s
}

// Addr is where it listens, "127.0.0.1:port".
func (s *Server) Addr() string { return strings.TrimPrefix(s.http.URL, "http://") }

// BotID is the bot's user id, which is its application's id too.
func (s *Server) BotID() string { return s.bot.ID }

// Close ends all connections.
func (s *Server) Close() {
	s.mu.Lock()
	s.closed = true
	for c := range s.conns {
		c.drop()
	}
	s.mu.Unlock()
	s.http.CloseClientConnections()
	s.http.Close()
	s.wait.Wait()
}

// epoch is the first millisecond of Discord's snowflakes, 2015-01-01 UTC,
// https://discord.com/developers/docs/reference#snowflakes
const epoch = 1420070400000

// id makes a snowflake of a time; those made later are greater within a
// millisecond. It wants mu.
func (s *Server) id(at time.Time) string { return fmt.Sprint(s.snowflake(at)) }

func (s *Server) snowflake(at time.Time) int64 {
	s.counter++
	return (at.UnixMilli()-epoch)<<22 | s.counter&(1<<22-1)
}

// timeOf is the time in a snowflake, in milliseconds.
func timeOf(id int64) time.Time { return time.UnixMilli(id>>22 + epoch).UTC() }

// stamp writes a time as Discord does: microseconds and a numeric zone.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000") + "+00:00" }

// told wakes those who wait for clients to come or go. It wants mu.
func (s *Server) told() {
	close(s.changed)
	s.changed = make(chan struct{})
}

func (s *Server) authorized(r *http.Request) bool {
	return r.Header.Get("Authorization") == "Bot "+s.opt.Token
}
