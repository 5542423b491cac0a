package telegramtest

import (
	"math/rand/v2"
	"net/http"
	"slices"
	"time"
)

// Fault spoils an answer. The zero value spoils nothing.
type Fault struct {
	Method string // that it is for; "": any
	// Code answers with this error in the place of the method, Description and
	// RetryAfter (seconds) with it. Body, if set, is what is answered, as it is.
	Code        int
	Description string
	RetryAfter  any
	Body        string
	// Cut sends so many bytes of the true answer and breaks the connection:
	// what the request confirmed is confirmed.
	Cut int
	// Slow sends the true answer in pieces with that much time between.
	Slow time.Duration
	// Wait holds the request that long before anything is done.
	Wait time.Duration
	// Repeat tells updates again that were confirmed before, Shuffle tells a
	// page in another order.
	Repeat, Shuffle bool

	times int
}

// Fail spoils the answers to the next so many requests that the fault is for.
func (s *Server) Fail(times int, f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f.times = times
	s.faults = append(s.faults, f)
}

// fault takes the fault for a request. It is called with the lock.
func (s *Server) fault(method string) Fault {
	for i := range s.faults {
		f := &s.faults[i]
		if f.Method != "" && f.Method != method {
			continue
		}
		out := *f
		if f.times--; f.times == 0 {
			s.faults = slices.Delete(s.faults, i, i+1)
		}
		return out
	}
	if s.chaos != nil {
		return s.chaos()
	}
	return Fault{}
}

func random(rng *rand.Rand) Fault {
	switch rng.IntN(10) {
	case 0:
		return Fault{Code: http.StatusTooManyRequests, Description: "Too Many Requests: retry after 1", RetryAfter: 1}
	case 1:
		return Fault{Code: http.StatusInternalServerError, Description: "Internal Server Error"}
	case 2:
		return Fault{Code: http.StatusBadGateway, Body: "<html><h1>502 Bad Gateway</h1></html>"}
	case 3, 4:
		return Fault{Cut: 1 + rng.IntN(4000)}
	case 5:
		return Fault{Slow: time.Duration(1+rng.IntN(20)) * time.Millisecond}
	case 6, 7:
		return Fault{Repeat: true}
	}
	return Fault{Shuffle: true}
}

// before does what comes in the place of the method; it reports whether the
// method is to run.
func (f *Fault) before(w http.ResponseWriter, r *http.Request) bool {
	if f.Wait > 0 {
		t := time.NewTimer(f.Wait)
		defer t.Stop()
		select {
		case <-t.C:
		case <-r.Context().Done():
			return false
		}
	}
	switch {
	case f.Body != "":
		status := f.Code
		if status == 0 {
			status = http.StatusOK
		}
		write(w, reply{status, []byte(f.Body)})
		return false
	case f.Code != 0:
		var parameters map[string]any
		if f.RetryAfter != nil {
			parameters = map[string]any{"retry_after": f.RetryAfter}
		}
		write(w, failure(f.Code, f.Description, parameters))
		return false
	}
	return true
}

// write writes the true answer, spoiled on the way.
func (f *Fault) write(w http.ResponseWriter, a reply) {
	switch {
	case f.Cut > 0:
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(a.status)
		_, _ = w.Write(a.body[:min(f.Cut, len(a.body)/2)])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler) // net/http's way to break a connection
	case f.Slow > 0:
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(a.status)
		for part := range slices.Chunk(a.body, max(1, len(a.body)/8)) {
			_, _ = w.Write(part)
			_ = http.NewResponseController(w).Flush()
			time.Sleep(f.Slow)
		}
	default:
		write(w, a)
	}
}
