// Package telegramtest is a Bot API server for tests, on loopback, as the
// reference (https://core.telegram.org/bots/api) and Telegram's own server
// behave: updates wait until an offset confirms them or 24 hours have passed, a
// second poller ends the first one's poll with 409, privacy mode and membership
// decide what a bot is told, posts of bots are not told at all. Faults can be
// put in the way of any answer, and every request is recorded.
//
// It promises that what it tells of a chat is what the chat's history, which
// tests write, holds. It sends nothing to anybody.
package telegramtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Token is the bot's token, invented.
const Token = "5550100:AAFictionalTokenForTestsOnly_000000"

// BotID is the bot's id.
const BotID = 5550100

// Server is the server and all chats that it knows. Its methods may be called
// from any goroutine.
type Server struct {
	listen net.Listener
	http   *http.Server
	now    func() time.Time
	closed chan struct{}
	serve  sync.WaitGroup

	mu       sync.Mutex
	changed  chan struct{} // closed and made anew with every change
	readsAll bool
	webhook  string
	chats    map[int64]*Chat
	account  int64 // the last message id of chats that share them
	queue    []queued
	nextID   int64
	allowed  []string
	poll     chan struct{} // closed when a newer poll comes
	faults   []Fault
	chaos    func() Fault
	recent   []queued // confirmed, to be told twice
	requests []Request
}

// Request is a request as it came.
type Request struct {
	Method string
	At     time.Time
	Params map[string]any
}

// New starts a server on a free port of 127.0.0.1. A nil clock is the real
// one. Close it.
func New(now func() time.Time) (*Server, error) {
	if now == nil {
		now = time.Now
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &Server{
		listen: l, now: now, closed: make(chan struct{}), changed: make(chan struct{}), readsAll: true,
		chats: map[int64]*Chat{}, account: 100, nextID: 700_000_000,
	}
	s.http = &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second}
	s.serve.Go(func() { _ = s.http.Serve(l) })
	return s, nil
}

// URL is what api_url takes.
func (s *Server) URL() string { return "http://" + s.Addr() }

// Addr is "127.0.0.1:port".
func (s *Server) Addr() string { return s.listen.Addr().String() }

// Close ends every poll and stops.
func (s *Server) Close() error {
	close(s.closed)
	err := s.http.Close()
	s.serve.Wait()
	return err
}

// Requests are all requests so far.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.requests...)
}

// SetReadsAll turns privacy mode off (true) or on.
func (s *Server) SetReadsAll(on bool) { s.change(func() { s.readsAll = on }) }

// SetWebhook makes getUpdates conflict with a webhook; "" takes it away.
func (s *Server) SetWebhook(url string) { s.change(func() { s.webhook = url }) }

func (s *Server) change(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
	s.notify()
}

// notify wakes whoever waits. It is called with the lock.
func (s *Server) notify() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// ServeHTTP answers /bot<token>/<method>.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	token, method, ok := strings.Cut(strings.TrimPrefix(r.URL.Path, "/bot"), "/")
	params, err := parameters(r)
	if !ok || !strings.HasPrefix(r.URL.Path, "/bot") || err != nil {
		write(w, failure(http.StatusNotFound, "Not Found", nil))
		return
	}
	if token != Token {
		write(w, failure(http.StatusUnauthorized, "Unauthorized", nil))
		return
	}
	s.mu.Lock()
	s.requests = append(s.requests, Request{Method: method, At: s.now(), Params: params})
	f := s.fault(method)
	s.mu.Unlock()
	if !f.before(w, r) {
		return
	}
	a := s.answer(r, method, params, &f)
	f.write(w, a)
}

// parameters reads a request's parameters in any of the ways that the Bot API
// takes them, files aside.
func parameters(r *http.Request) (map[string]any, error) {
	out := map[string]any{}
	for k, v := range r.URL.Query() {
		out[k] = v[0]
	}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		d := json.NewDecoder(r.Body)
		d.UseNumber()
		if err := d.Decode(&out); err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		return out, nil
	}
	if err := r.ParseForm(); err != nil {
		return nil, err
	}
	for k, v := range r.PostForm {
		out[k] = v[0]
	}
	return out, nil
}

// reply is an answer before it is written.
type reply struct {
	status int
	body   []byte
}

func success(result any) reply {
	b, err := json.Marshal(map[string]any{"ok": true, "result": result})
	if err != nil {
		return failure(http.StatusInternalServerError, "Internal Server Error", nil)
	}
	return reply{http.StatusOK, b}
}

func failure(code int, description string, parameters map[string]any) reply {
	m := map[string]any{"ok": false, "error_code": code, "description": description}
	if parameters != nil {
		m["parameters"] = parameters
	}
	b, _ := json.Marshal(m) // strings and numbers always marshal
	return reply{code, b}
}

func write(w http.ResponseWriter, a reply) {
	kind := "application/json"
	if bytes.HasPrefix(a.body, []byte("<")) { // a gateway's page
		kind = "text/html"
	}
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body)
}

// Chaos spoils that share of the answers at random, from 0 to 1.
func (s *Server) Chaos(rng *rand.Rand, share float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.chaos = func() Fault {
		if rng.Float64() >= share {
			return Fault{}
		}
		return random(rng)
	}
}

// Calm ends Chaos and forgets the faults not yet used.
func (s *Server) Calm() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.chaos, s.faults = nil, nil
}
