package telegramtest

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"slices"
	"time"
)

// Kept is how long an update waits to be fetched.
const Kept = 24 * time.Hour

// queued is an update that waits, in the bytes that it will always have.
type queued struct {
	id  int64
	at  time.Time
	raw json.RawMessage
}

// notByDefault are the kinds that must be asked for by name.
var notByDefault = []string{"chat_member", "message_reaction", "message_reaction_count"}

// Push tells an update of that kind, body as it is. It reports the update's
// id, 0 when nobody subscribed to the kind.
func (s *Server) Push(kind string, body any) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.push(kind, body)
}

// PushRaw puts bytes in the queue as an update, be they what they may.
func (s *Server) PushRaw(raw func(id int64) string) {
	s.change(func() {
		s.queue = append(s.queue, queued{s.nextID, s.now(), json.RawMessage(raw(s.nextID))})
		s.nextID++
	})
}

func (s *Server) push(kind string, body any) int64 {
	if len(s.allowed) > 0 && !slices.Contains(s.allowed, kind) || len(s.allowed) == 0 && slices.Contains(notByDefault, kind) {
		return 0
	}
	raw, err := json.Marshal(map[string]any{"update_id": s.nextID, kind: body})
	if err != nil {
		panic("telegramtest: an update that cannot be written") // a mistake of the test
	}
	s.queue = append(s.queue, queued{s.nextID, s.now(), raw})
	s.nextID++
	s.notify()
	return s.nextID - 1
}

// RestartIDs makes update ids go on at another number, as after a week without
// updates.
func (s *Server) RestartIDs(next int64) { s.change(func() { s.nextID = next }) }

// Pending is how many updates wait.
func (s *Server) Pending() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expire()
	return len(s.queue)
}

// Drained waits until every update is confirmed.
func (s *Server) Drained(ctx context.Context) error {
	for {
		s.mu.Lock()
		n, changed := len(s.queue), s.changed
		s.mu.Unlock()
		if n == 0 {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// Polled waits until a poll is being held: all that was told before is
// fetched and nothing else is pending.
func (s *Server) Polled(ctx context.Context) error {
	for {
		s.mu.Lock()
		held, changed := s.poll != nil && len(s.queue) == 0, s.changed
		s.mu.Unlock()
		if held {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// confirm forgets what an offset confirms. One far in the future is taken for
// none, as Telegram's server does. It is called with the lock.
func (s *Server) confirm(offset int64) {
	n := 0
	switch {
	case offset < 0:
		n = max(0, len(s.queue)+int(offset))
	case offset > s.nextID+10:
		return
	default:
		for n < len(s.queue) && s.queue[n].id < offset {
			n++
		}
	}
	if n == 0 {
		return
	}
	s.recent = append(s.recent, s.queue[:n]...)
	s.recent = s.recent[max(0, len(s.recent)-5):]
	s.queue = slices.Delete(s.queue, 0, n)
	s.notify()
}

// expire forgets what nobody fetched in time. It is called with the lock.
func (s *Server) expire() {
	now := s.now()
	n := 0
	for n < len(s.queue) && now.Sub(s.queue[n].at) > Kept {
		n++
	}
	s.queue = slices.Delete(s.queue, 0, n)
}

// page is what a poll gets. It is called with the lock.
func (s *Server) page(limit int, f *Fault) [][]byte {
	var out [][]byte
	for _, q := range s.queue[:min(limit, len(s.queue))] {
		out = append(out, q.raw)
	}
	if len(out) == 0 {
		return out
	}
	if f.Repeat {
		for _, q := range s.recent {
			if len(out) < limit {
				out = append(out, q.raw)
			}
		}
		out = append(out, out[0])[:min(len(out)+1, limit)]
	}
	if f.Shuffle {
		rand.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	}
	return out
}
