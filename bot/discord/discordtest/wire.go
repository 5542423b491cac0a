package discordtest

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
)

// Wire is what the server received, in numbers that do not grow with time, and
// whatever is not everyday in full.
type Wire struct {
	Requests map[string]int // "GET /channels/{channel}/messages"; "" stands for paths that Discord has, but not this server
	Unknown  []string       // method and path of those, the first hundred
	Sent     []Sent         // requests that are no GET, the first thousand
	Frames   map[int]int    // by opcode
	Identify []string       // payloads of identify, the last ten
	Other    []string       // frames other than identify, resume and heartbeat, the first hundred

	lastBody []byte
}

// Sent is a request that changes something.
type Sent struct{ Method, Path, Body string }

func newWire() Wire { return Wire{Requests: map[string]int{}, Frames: map[int]int{}} }

// Wire is what was received so far.
func (s *Server) Wire() Wire {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.wire
	w.Requests, w.Frames = maps.Clone(w.Requests), maps.Clone(w.Frames)
	w.Unknown, w.Sent, w.Identify, w.Other = slices.Clone(w.Unknown), slices.Clone(w.Sent), slices.Clone(w.Identify), slices.Clone(w.Other)
	return w
}

func (w *Wire) request(pattern string, r *http.Request, body []byte) {
	w.Requests[pattern]++
	if pattern == "" && len(w.Unknown) < 100 {
		w.Unknown = append(w.Unknown, r.Method+" "+r.URL.Path)
	}
	if r.Method == http.MethodGet {
		return
	}
	w.lastBody = body
	if len(w.Sent) < 1000 {
		w.Sent = append(w.Sent, Sent{r.Method, r.URL.Path, string(w.lastBody)})
	}
}

func (w *Wire) frame(f frame) {
	w.Frames[f.Op]++
	switch f.Op {
	case opHeartbeat, opResume:
	case opIdentify:
		if w.Identify = append(w.Identify, string(f.D)); len(w.Identify) > 10 {
			w.Identify = slices.Delete(w.Identify, 0, 1)
		}
	default:
		if b, err := json.Marshal(f); err == nil && len(w.Other) < 100 {
			w.Other = append(w.Other, string(b))
		}
	}
}
