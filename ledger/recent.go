package ledger

import (
	"slices"
	"sync"
)

// Recent is how many of the newest entries are kept in memory: a follower no
// further behind than this need not read and unpack what was packed a moment
// ago.
const Recent = 8192

// recent keeps the newest entries as they were appended.
type recent struct {
	mu   sync.Mutex
	ring [Recent]Entry
	size [Recent]int32 // bytes that the slot's entry holds in memory, roughly
	held int64
	last int64
}

const (
	largestRecent = 64 << 10 // bytes; a larger message is read back from the file
	allRecent     = 32 << 20 // bytes; beyond this nothing more is kept
)

func (r *recent) add(e Entry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	i := e.Seq % int64(len(r.ring))
	r.held -= int64(r.size[i])
	r.ring[i], r.size[i] = Entry{}, 0
	r.last = e.Seq
	n := 512
	if e.Obs != nil {
		n += len(e.Obs.Native) + 2*len(e.Obs.Text)
	}
	// A sighting without its own payload looks the same from here as one with.
	if e.Type == Sighting || n > largestRecent || r.held+int64(n) > allRecent {
		return
	}
	r.ring[i], r.size[i] = e, int32(n)
	r.held += int64(n)
}

func (r *recent) get(seq int64) (Entry, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e := r.ring[seq%int64(len(r.ring))]
	return e, e.Seq == seq && seq > 0
}

// page answers a page only if every entry of it is here.
func (r *recent) page(after, size int64, limit int, types []Type) ([]Entry, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var es []Entry
	for seq := after + 1; seq <= size && len(es) < limit; seq++ {
		e := r.ring[seq%int64(len(r.ring))]
		if e.Seq != seq {
			return nil, false
		}
		if len(types) == 0 || slices.Contains(types, e.Type) {
			es = append(es, e)
		}
	}
	return es, true
}
