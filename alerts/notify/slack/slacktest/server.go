// Package slacktest is a stand-in for Slack on loopback, for tests and for
// the demonstration. It takes incoming webhooks at /hook and chat.postMessage
// at /api/chat.postMessage, answers as Slack does, refuses what breaks Block
// Kit's limits, and keeps the bytes it got.
//
// It is no Slack: it knows one webhook, one token and one channel, and only
// the blocks that Stakeout posts.
package slacktest

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// What the server accepts.
const (
	Token    = "xoxb-fictional-token"
	Channel  = "C0FICTION01"
	HookPath = "/hook/T0FICTION/B0FICTION/fictionalsecret"
	APIPath  = "/api/"
)

// Post is one message that was accepted.
type Post struct {
	ID   string // block_id of the first block
	Text string // the fallback
	Raw  []byte // the request's body, as received
	JSON []byte // the message as JSON, whichever way it came
	At   time.Time
}

// Reply is an answer to give instead of looking at the message. Status 0
// hangs until the client goes away.
type Reply struct {
	Status     int
	Body       string
	RetryAfter string
	Accept     bool // keep the message all the same: the answer got lost
}

// Server is an http.Handler; the zero value accepts everything valid.
type Server struct {
	mu      sync.Mutex
	posts   []Post
	replies []Reply
	seen    int
	OnPost  func(Post) // called for each accepted message, may be nil
}

// Next queues answers for the coming requests.
func (s *Server) Next(replies ...Reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.replies = append(s.replies, replies...)
}

// Posts are the accepted messages in the order they came.
func (s *Server) Posts() []Post {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Post(nil), s.posts...)
}

// Requests counts every request, refused ones included.
func (s *Server) Requests() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen
}

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		return
	}
	api := r.URL.Path == APIPath+"chat.postMessage"
	body, reason := read(r, raw, api)
	p := Post{Raw: raw, JSON: body, At: time.Now()}
	if reason == "" {
		p.ID, p.Text, reason = check(body)
	}
	s.mu.Lock()
	s.seen++
	var reply *Reply
	if len(s.replies) > 0 {
		reply = &s.replies[0]
		s.replies = s.replies[1:]
	}
	accepted := reason == "" && (reply == nil || reply.Accept)
	if accepted {
		s.posts = append(s.posts, p)
	}
	s.mu.Unlock()
	if accepted && s.OnPost != nil {
		s.OnPost(p)
	}
	switch {
	case reply != nil:
		reply.write(w, r)
	case api:
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		_ = json.NewEncoder(w).Encode(map[string]any{"ok": reason == "", "error": reason, "channel": Channel, "ts": "1700000000.000100"})
	case reason == "no_service":
		http.Error(w, reason, http.StatusNotFound)
	case reason != "":
		http.Error(w, reason, http.StatusBadRequest)
	default:
		_, _ = io.WriteString(w, "ok")
	}
}

func (r *Reply) write(w http.ResponseWriter, req *http.Request) {
	if r.Status == 0 {
		<-req.Context().Done()
		return
	}
	if r.RetryAfter != "" {
		w.Header().Set("Retry-After", r.RetryAfter)
	}
	if len(r.Body) > 0 && r.Body[0] == '{' {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
	}
	if r.Status/100 == 3 {
		w.Header().Set("Location", "/elsewhere")
	}
	w.WriteHeader(r.Status)
	_, _ = io.WriteString(w, r.Body)
}

// read gives the message as JSON, or Slack's word for what is wrong.
func read(r *http.Request, raw []byte, api bool) (body []byte, reason string) {
	if !api {
		if r.Method != http.MethodPost || r.URL.Path != HookPath {
			return nil, "no_service"
		}
		if !json.Valid(raw) {
			return nil, "invalid_payload"
		}
		return raw, ""
	}
	form, err := parse(raw)
	switch {
	case err != nil:
		return nil, "invalid_form_data"
	case form.Get("token") != Token:
		return nil, "invalid_auth"
	case form.Get("channel") != Channel:
		return nil, "channel_not_found"
	}
	m := map[string]any{"text": form.Get("text")}
	for _, key := range []string{"unfurl_links", "unfurl_media"} {
		if v, err := strconv.ParseBool(form.Get(key)); err == nil {
			m[key] = v
		}
	}
	for _, key := range []string{"blocks", "metadata"} {
		if v := form.Get(key); v != "" {
			if !json.Valid([]byte(v)) {
				return nil, "invalid_" + key
			}
			m[key] = json.RawMessage(v)
		}
	}
	body, err = json.Marshal(m)
	if err != nil {
		return nil, "internal_error"
	}
	return body, ""
}
