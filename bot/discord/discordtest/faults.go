package discordtest

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"
)

// Fault spoils answers of the REST interface.
type Fault struct {
	// Path is a part of the paths that it spoils, "" for all but the gateway's.
	Path string
	// Times is how many requests it spoils, 0: until Mend.
	Times int
	// Chance is the share of requests that it spoils; 0: every one.
	Chance float64
	Rand   *rand.Rand // for Chance

	head  func(http.Header) answer // instead of the answer
	shape func(answer) answer      // of the answer
	cut   bool                     // break off in the middle
}

// Break answers with a status and, where Discord has one, its error object.
func Break(status int) Fault {
	a := answer{status, failure(0, http.StatusText(status))}
	for _, known := range []answer{unauthorized, unknownChannel, missingAccess} {
		if known.status == status {
			a = known
		}
	}
	if status >= 500 { // an intermediary answers, not Discord
		a.body = []byte("<html><head><title>" + http.StatusText(status) + "</title></head></html>")
	}
	return Fault{head: func(http.Header) answer { return a }}
}

// Limited answers 429: wait so long, on this route or with every request.
func Limited(wait time.Duration, all bool) Fault {
	return Fault{head: func(h http.Header) answer { return tooMany(h, wait, all) }}
}

// Cut sends half of the answer and breaks the connection.
func Cut() Fault { return Fault{cut: true, shape: func(a answer) answer { return a }} }

// Empty answers with an empty list instead of a page, as if nothing were there.
func Empty() Fault {
	return Fault{shape: func(a answer) answer {
		if a.status == http.StatusOK && bytes.HasPrefix(a.body, []byte("[")) {
			a.body = []byte("[]")
		}
		return a
	}}
}

// Stuck answers every request with the first page that was asked for, whatever
// the cursor.
func Stuck() Fault {
	var page *answer
	return Fault{shape: func(a answer) answer {
		if page == nil && string(a.body) != "[]" {
			page = &a
		}
		if page != nil {
			return *page
		}
		return a
	}}
}

// Garbled puts a record into pages of messages that cannot be read as one: its
// id is a number and its content a list.
func Garbled() Fault {
	return Fault{shape: func(a answer) answer {
		var page []json.RawMessage
		if a.status == http.StatusOK && json.Unmarshal(a.body, &page) == nil && len(page) > 0 {
			page = append(page, []byte(`{"id":17,"channel_id":{},"content":["x"],"timestamp":false}`))
			a.body = mustJSON(page)
		}
		return a
	}}
}

// On restricts a fault to paths with this part in them.
func (f Fault) On(path string) Fault { f.Path = path; return f }

// For restricts a fault to so many requests.
func (f Fault) For(times int) Fault { f.Times = times; return f }

// Sometimes restricts a fault to a share of the requests.
func (f Fault) Sometimes(rng *rand.Rand, chance float64) Fault {
	f.Rand, f.Chance = rng, chance
	return f
}

// Spoil adds a fault. Of several, the first one that fits is taken.
func (s *Server) Spoil(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &f)
}

// Mend takes all faults away.
func (s *Server) Mend() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

func (s *Server) fault(r *http.Request) *Fault {
	for i, f := range s.faults {
		switch {
		case f.Path == "" && strings.HasPrefix(r.URL.Path, "/gateway"):
		case !strings.Contains(r.URL.Path, f.Path):
		case f.Chance > 0 && f.Rand.Float64() >= f.Chance:
		default:
			if f.Times > 0 {
				if f.Times--; f.Times == 0 {
					s.faults = append(s.faults[:i:i], s.faults[i+1:]...)
				}
			}
			return f
		}
	}
	return nil
}

func (f *Fault) apply(h http.Header, a answer) answer {
	if f.shape != nil {
		return f.shape(a)
	}
	return f.head(h)
}
